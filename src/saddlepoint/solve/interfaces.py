"""What solvers and kernels are to `solve`: adapters, sessions, the records of the tables."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import KW_ONLY, replace
from typing import Any, Final, Literal, Protocol

from saddlepoint.algebra.structure import Batch, ConeKind
from saddlepoint.arrays import Mask
from saddlepoint.errors import SaddleError, SolveError
from saddlepoint.records import dataclass
from saddlepoint.solve.solution import Options, Solution, Status

REFUSING: Final = (TypeError, ValueError, OverflowError)
"""What is raised of a value of the wrong kind or size."""
_UNKNOWN: Final = (
    "unrecogni",
    "unknown option",
    "unknown param",
    "unknown setting",
    "invalid mosek parameter",
    "invalid parameter name",
    "invalid keyword",
    "unexpected keyword",
    "not a valid param",
    "parameter, value pair",
)
"""What is said of the name of a setting that a solver does not have."""
_KINDS: Final[Mapping[type, str]] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
}
_GIVEN: Final[Mapping[type, str]] = {
    bool: "true or false",
    int: "whole numbers",
    float: "fractions",
    str: "text",
}
_SAYS_NOTHING: Final = "incompatible function arguments"
"""Of compiled functions: no word on what is wrong."""
MOMENT: Final = 0.1
"""Seconds that a nested search is given at least."""


class Session(Protocol):
    """One native solver kept over the scenarios of a batch."""

    def solve(self, s: int, out: Solution) -> None:
        """Solve scenario s and write its answer into row s of `out`."""
        ...


def in_turn(batch: Batch, start: Callable[[], Session], stop: Callable[[], bool] | None = None) -> Solution:
    """Solve every scenario in order with one session; a new one is started after a solver raised an exception.

    stop: asked before each whether to leave the rest.
    """
    out = Solution.blank(batch.structure, batch.size)
    session = start()
    for s in range(batch.size):
        if stop is not None and stop():
            break
        began = time.perf_counter()
        try:
            session.solve(s, out)
        except (KeyboardInterrupt, SystemExit, SaddleError):
            raise
        except BaseException as error:  # a panic of a Rust solver is not an Exception
            out.status[s], out.messages[s] = Status.ERROR, f"{type(error).__name__}: {error}"
            session = start()
        out.seconds[s] = time.perf_counter() - began
    return out


@dataclass(frozen=True, slots=True)
class Deadline:
    """When a search ends, with all that is nested in it: made once, where the limit is given, and handed down.

    until: on the clock of perf_counter, inf without a limit; stop: asked as well whether to give up.
    """

    until: float
    stop: Callable[[], bool] | None

    @classmethod
    def of(cls, options: Options, usual: float = math.inf) -> Deadline:
        """The end of the options' time limit, which begins now; usual: the seconds without one."""
        limit = usual if options.time_limit is None else options.time_limit
        return cls(time.perf_counter() + limit, options.stop)

    @property
    def left(self) -> float:
        """Seconds that are left, inf without a limit; negative where it is over."""
        return self.until - time.perf_counter()

    def over(self) -> bool:
        """Whether nothing is left, or a stop was asked for."""
        return self.left <= 0 or (self.stop is not None and self.stop())

    def within(self, options: Options, least: float = MOMENT) -> Options:
        """The options for a part of the search, with what is left as their limit, and `least` seconds where that is less."""
        return options if math.isinf(self.until) else replace(options, time_limit=max(least, self.left))


def refused_setting(solver: str, name: str, value: object, why: str = "") -> SolveError:
    """The error for a setting whose value the solver does not accept, with its own words where it has some."""
    if _SAYS_NOTHING in why:
        why = f"it does not take {_GIVEN.get(type(value), type(value).__name__)}"
    return _refusal(f"{solver} refuses the setting {name} = {value!r}", why)


def refused_among_settings(solver: str, settings: Mapping[str, object], why: str) -> SolveError:
    """The same where the solver does not say of which of several settings it speaks: of those that its words name, or whose text they hold, else of
    all. L106 where its words are about a name alone."""
    given = dict(each_setting(settings))
    named = {k: v for k, v in given.items() if k in why or (isinstance(v, str) and v in why)} or given
    if len(named) > 1:
        listed = ", ".join(f"{name} = {value!r}" for name, value in named.items())
        return _refusal(f"{solver} refuses one of the settings {listed}", why)
    ((name, value),) = named.items()
    if name in why and any(words in why.casefold() for words in _UNKNOWN):
        fix = "Leave it out, or take a name that the manual of the solver has."
        return SolveError.of("L106", f"{solver} has no setting {name!r}: {why}", fix=fix)
    return refused_setting(solver, name, value, why)


def each_setting(settings: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Settings by name, those in groups one by one."""
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from each_setting({str(k): v for k, v in value.items()})
        else:
            yield name, value


def first_line(error: Exception) -> str:
    """What was raised, in one line; nothing of a mere number."""
    said = (
        str(error)
        .partition("\n")[0]
        .removeprefix("(): ")
        .partition(". The following argument types")[0]
        .rstrip(" .:")
    )
    return "" if said.isdigit() else said


def kind_taken(usual: object) -> str:
    """What a setting takes, by its usual value; nothing where that does not say it."""
    kind = _KINDS.get(type(usual), "")
    return f"it takes {kind}" if kind else ""


def _refusal(message: str, why: str) -> SolveError:
    said = f"{message}: {why}" if why else message
    return SolveError.of("L107", said, fix="Give a value of the right kind and size.")


def joined_settings(*parts: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of which a later one goes before an earlier one of its name, and groups of settings are joined the same way."""
    found: dict[str, Any] = {}
    for part in parts:
        for name, value in part.items():
            before: Any = found.get(name)
            start = before if isinstance(before, Mapping) else {}
            found[name] = joined_settings(start, value) if isinstance(value, Mapping) else value
    return found


def take_settings(solver: str, settings: object, given: Mapping[str, object]) -> None:
    """Set what a user gave among a solver's settings, attributes of one object. Raises SolveError (L107)."""
    for name, value in given.items():
        try:
            setattr(settings, name, value)
        except REFUSING as error:
            why = first_line(error)
            usual = getattr(settings, name, None)
            raise refused_setting(
                solver, name, value, kind_taken(usual) if _SAYS_NOTHING in why else why
            ) from error


NO_SIDE: Final = 1e20 * (1 - 1e-9)
"""From here on HiGHS and SCIP take a finite side for none, or refuse it; less rounding."""

Adapter = Callable[[Batch, Options], Solution]
"""A solver: it takes a batch, keeps one session over its scenarios, and returns its words on them."""


L_SHAPED: Final = "L-shaped"
"""The kernel that solves decisions under outcomes one outcome at a time."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """A batch kernel: `fit` gives the reason why it can take the batch, or None; `run` solves what it can.

    run returns Solution (only rows where the mask is True are read) and the mask (S,) of finished scenarios;
    what it finished is certified like any solver's answer, the rest goes to the route's solvers.
    """

    name: str
    fit: Callable[[Batch], str | None]
    run: Callable[[Batch], tuple[Solution, Mask]]


OfSolvers = Literal["time_limit", "verbose"]
"""The options that each solver has to heed by itself; all others are heeded around them, for all alike."""

Holds = Literal["nothing", "setup", "work", "everything"]
"""What of a solver's work keeps the interpreter: its setup alone, all its work, or this however small a problem seems to be."""


@dataclass(frozen=True, slots=True)
class SolverRecord:
    """One solver of the table: what it can take, what it needs, and how it is called.

    classes: of "LP", "MILP", "QP", "cones", "MIQP", "mixed-integer cones"; package: the distribution that
    holds it; extra: the extra of this package that installs it, "" if it always is installed; through_cvxpy: whether
    CVXPY stands between; known_settings: the names of its own settings, None where it refuses others by itself; holds: what of
    its work keeps the interpreter to itself, so that no interruption is heard; cones, mixed_cones: the kinds that it knows,
    without and beside integers; heeds: the options of those left to solvers that it heeds (without `time_limit` it
    is ended from outside; what else it does not heed is refused).
    """

    name: str
    classes: frozenset[str]
    package: str
    _: KW_ONLY
    extra: str
    adapter: Adapter
    known_settings: Callable[[], frozenset[str] | None] | None = None
    tight: Mapping[str, float] | None = None
    through_cvxpy: bool = False
    holds: Holds = "nothing"
    cones: frozenset[ConeKind] = frozenset(ConeKind)
    mixed_cones: frozenset[ConeKind] = frozenset(ConeKind)
    heeds: frozenset[OfSolvers] = frozenset()
