"""The table of what `Lab.solve` and `Lab.run` can be told: names, ranges, CVXlab's names; kinds for editors."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, TypedDict, get_args

from saddlepoint.errors import Diagnostic, suggest
from saddlepoint.solve.answers import Kernel
from saddlepoint.solve.solution import Options
from saddlepoint.study.coupling.coupling import Coupling, Scheme
from saddlepoint.study.coupling.norms import NORMS
from saddlepoint.study.coupling.order import Mode


class SolveArguments(TypedDict, total=False):
    """The arguments of a run, for editors and type checkers; None = the default."""

    scenarios: str | Sequence[str] | None
    mode: Mode | None
    chain: Sequence[str] | None
    chunk: int | None
    kernels: Sequence[Kernel] | None
    solver: str | None
    settings: Mapping[str, Any] | None
    time_limit: float | None
    workers: int | None
    isolate: bool | None
    memory_limit: float | None
    verbose: bool | None
    tolerance: float | None
    exact: bool | None
    norm: str | None
    relative_tolerance: float | None
    limit: int | None
    scheme: Scheme | None
    damping: float | None
    memory: int | None
    check: str | Sequence[str] | None
    skip: str | Sequence[str] | None
    starts: int | None
    seed: int | None


@dataclass(frozen=True, slots=True)
class Option:
    """One argument. positive: a number above 0; below: and below this one; choices: one of these; cvxlab: its name there."""

    name: str
    positive: bool = False
    below: float = math.inf
    choices: tuple[str, ...] = ()
    cvxlab: str = ""

    def findings(self, value: object) -> list[Diagnostic]:
        """What is wrong with a value: X111."""
        if self.choices and value not in self.choices:
            message = f"{value!r} is no {self.name}"
            return [Diagnostic("X111", message, fix=suggest(str(value), self.choices))]
        if self.positive and not (isinstance(value, int | float) and value > 0):
            message = f"{self.name} must be a positive number, not {value!r}"
            return [Diagnostic("X111", message, fix="give a number above 0")]
        if isinstance(value, int | float) and value >= self.below:
            message = f"{self.name} must be below {self.below:g}, not {value!r}"
            why = "such a certificate would call any answer right"
            return [Diagnostic("X111", message, why=why, fix="1e-6 is usual")]
        return []


_RULES: Final = (
    Option("mode", choices=get_args(Mode)),
    Option("chunk", positive=True),
    Option("time_limit", positive=True),
    Option("workers", positive=True),
    Option("memory_limit", positive=True),
    Option("tolerance", positive=True, below=1.0),
    Option("norm", choices=tuple(NORMS), cvxlab="convergence_norm"),
    Option("relative_tolerance", positive=True, cvxlab="relative_tolerance"),
    Option("limit", positive=True, cvxlab="maximum_iterations"),
    Option("scheme", choices=get_args(Scheme)),
    Option("damping", positive=True),
    Option("memory", positive=True),
    Option("starts", positive=True),
)


def names_of(kind: type[Options] | type[Coupling]) -> tuple[str, ...]:
    """The options that are fields of one of the values that a Request holds."""
    return tuple(f.name for f in fields(kind) if f.name != "stop")


def _table() -> dict[str, Option]:
    rules = {rule.name: rule for rule in _RULES}
    names = ("scenarios", "mode", "chain", "chunk", "kernels", *names_of(Options), *names_of(Coupling))
    return {name: rules.get(name, Option(name)) for name in names}


OPTIONS: Final[Mapping[str, Option]] = _table()
