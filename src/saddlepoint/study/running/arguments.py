"""The one table of what a run can be told: name, type, kind, range, default, help, CVXlab's name.

It is the signature of `Lab.solve` and `Lab.run`; the checks of requests, the command line with its help, CVXlab's names
and the reference page follow from it. Kinds are in study.running.kinds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from typing import Annotated, Any, Final, TypedDict, get_args, get_type_hints

from saddlepoint.errors import Diagnostic, suggest
from saddlepoint.records import dataclass
from saddlepoint.solve.interfaces import Kernel
from saddlepoint.solve.solution import POSITIVE, RANGES, NumberRange, Options
from saddlepoint.study.coupling.coupling import Coupling, Scheme
from saddlepoint.study.coupling.norms import NORMS
from saddlepoint.study.coupling.order import Mode
from saddlepoint.study.running.kinds import (
    KERNELS,
    KEYS,
    MAPPING,
    NAMES,
    NUMBER,
    SEED,
    TEXT,
    WHOLE,
    YES_OR_NO,
    Kind,
)


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument, but for its name and type.

    kind: what it holds; help: a sentence on it; limits: of numbers; choices: one of these;
    unit: of its numbers; cvxlab: its name there.
    """

    kind: Kind
    help: str
    limits: NumberRange | None = None
    choices: tuple[str, ...] = ()
    unit: str = ""
    cvxlab: str = ""

    def findings(self, name: str, value: object) -> list[Diagnostic]:
        """What is wrong with a value: X111."""
        if self.choices and value not in self.choices:
            message = f"{value!r} is no {name}"
            return [Diagnostic("X111", message, fix=suggest(str(value), self.choices))]
        if not self.kind.holds(value):
            message = f"{name} must be {self.kind.words}, not {value!r}"
            return [Diagnostic("X111", message, fix=self.kind.fix)]
        found = None if self.limits is None else self.limits.finding(name, value)
        return [] if found is None else [found]


class SolveArguments(TypedDict, total=False):
    """The arguments of a run: the type is for editors and type checkers, the Argument for everything else; None = the default."""

    scenarios: Annotated[
        str | Sequence[str] | None,
        Argument(NAMES, "Only these scenarios: labels such as low,high, or Set=label, A:B, or a run's name."),
    ]
    mode: Annotated[
        Mode | None,
        Argument(
            TEXT,
            "How sub-problems are solved: integrated (in a loop, to a fixed point), sequential (in a chain) or parallel.",
            choices=get_args(Mode),
        ),
    ]
    chain: Annotated[Sequence[str] | None, Argument(KEYS, "Sub-problems in this order (implies sequential).")]
    solver: Annotated[str | None, Argument(TEXT, "Name of a solver; one that fits is chosen if not given.")]
    settings: Annotated[Mapping[str, Any] | None, Argument(MAPPING, "Settings of the solver, by name.")]
    each: Annotated[
        Mapping[str, Mapping[str, Any]] | None,
        Argument(MAPPING, "Options of a sub-problem, by its key: {'supply': {'solver': 'clarabel'}}."),
    ]
    kernels: Annotated[Sequence[Kernel] | None, Argument(KERNELS, "Batch kernels that may be used.")]
    workers: Annotated[int | None, Argument(WHOLE, "Threads.", limits=RANGES["workers"])]
    chunk: Annotated[
        int | None, Argument(WHOLE, "Scenarios solved at once (if not given, by memory).", limits=POSITIVE)
    ]
    time_limit: Annotated[
        float | None,
        Argument(
            NUMBER,
            "Of all that is sought, per scenario; scenarios that are sought together share the sum.",
            limits=RANGES["time_limit"],
            unit="seconds",
        ),
    ]
    isolate: Annotated[
        bool | None, Argument(YES_OR_NO, "Solve in processes of their own, safe from crashes and hangs.")
    ]
    memory_limit: Annotated[
        float | None,
        Argument(
            NUMBER,
            "Of each process of a solver, which is then one of its own.",
            limits=RANGES["memory_limit"],
            unit="MB",
        ),
    ]
    exact: Annotated[
        bool | None, Argument(YES_OR_NO, "Prove linear optima in rational arithmetic, without any rounding.")
    ]
    price_ends: Annotated[
        bool | None,
        Argument(
            YES_OR_NO,
            "Find the left and right ends of all prices that are one of several, however long it takes.",
        ),
    ]
    ranges: Annotated[
        bool | None,
        Argument(YES_OR_NO, "Find as well how far every price and every plan of linear problems holds."),
    ]
    input_ranges: Annotated[
        bool | None,
        Argument(
            YES_OR_NO,
            "Find as well how far every number of the input tables may move in linear problems (with ranges).",
        ),
    ]
    tolerance: Annotated[
        float | None,
        Argument(
            NUMBER,
            "Of the certificates.",
            limits=RANGES["tolerance"],
        ),
    ]
    verbose: Annotated[bool | None, Argument(YES_OR_NO, "The solver's own log as well.")]
    norm: Annotated[
        str | None,
        Argument(
            TEXT,
            "How the change of a table between two sweeps of a loop is measured.",
            choices=tuple(NORMS),
            cvxlab="convergence_norm",
        ),
    ]
    relative_tolerance: Annotated[
        float | None,
        Argument(NUMBER, "Of the stopping test of loops.", limits=POSITIVE, cvxlab="relative_tolerance"),
    ]
    limit: Annotated[
        int | None,
        Argument(
            WHOLE,
            "Sweeps of a loop after the first (if not given, 20, and on to 400 while they bring a scenario nearer).",
            limits=POSITIVE,
            cvxlab="maximum_iterations",
        ),
    ]
    scheme: Annotated[
        Scheme | None,
        Argument(
            TEXT, "How a loop goes on from sweep to sweep; auto: these in turn.", choices=get_args(Scheme)
        ),
    ]
    damping: Annotated[
        float | None, Argument(NUMBER, "The part of a step that damped sweeps take.", limits=POSITIVE)
    ]
    memory: Annotated[int | None, Argument(WHOLE, "Sweeps that anderson mixes.", limits=POSITIVE)]
    check: Annotated[
        str | Sequence[str] | None,
        Argument(
            NAMES,
            "Tables that the stopping test looks at (if not given, all that are decided).",
            cvxlab="convergence_tables_to_check",
        ),
    ]
    skip: Annotated[
        str | Sequence[str] | None,
        Argument(NAMES, "Tables that the stopping test leaves out.", cvxlab="convergence_tables_to_skip"),
    ]
    starts: Annotated[
        int | None,
        Argument(
            WHOLE,
            "Points to start loops from, to keep the best fixed point and prove a bound of the joint problem.",
            limits=POSITIVE,
        ),
    ]
    seed: Annotated[int | None, Argument(SEED, "Of the random starts.")]


def _argument(hint: Any) -> Argument:
    found: Argument = hint.__metadata__[0]
    return found


ARGUMENTS: Final[Mapping[str, Argument]] = {
    name: _argument(hint) for name, hint in get_type_hints(SolveArguments, include_extras=True).items()
}


def names_of(kind: type[Options] | type[Coupling]) -> tuple[str, ...]:
    """The arguments that are fields of one of the values that a Request holds."""
    return tuple(f.name for f in fields(kind) if f.name in ARGUMENTS)


DEFAULTS: Final[Mapping[str, Any]] = {
    f.name: f.default
    for kind in (Options, Coupling)
    for f in fields(kind)
    if f.default not in (MISSING, None, ())
}
"""What holds where nothing is said, for the arguments that have such a value."""
