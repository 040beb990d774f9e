"""The table of what `Lab.solve` and `Lab.run` can be told: names, kinds, ranges, CVXlab's names."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from numbers import Integral, Real
from typing import Any, Final, TypedDict, cast, get_args

import numpy as np

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
class Kind:
    """What an argument may hold. words: as messages call it; holds: whether a value is of it; fix: how to write one."""

    words: str
    holds: Callable[[object], bool]
    fix: str


def _whole(value: object) -> bool:
    return not isinstance(value, bool) and isinstance(value, Integral)


def _number(value: object) -> bool:
    return not isinstance(value, bool) and isinstance(value, Real)


def _names(value: object) -> bool:
    return isinstance(value, Collection) and all(isinstance(v, str) for v in cast(Collection[object], value))


def _keys(value: object) -> bool:
    if isinstance(value, str) or not isinstance(value, Collection):
        return False
    return all(isinstance(v, str) or _whole(v) for v in cast(Collection[object], value))


def _kernels(value: object) -> bool:
    return isinstance(value, Collection) and all(
        isinstance(v, Kernel) for v in cast(Collection[object], value)
    )


WHOLE: Final = Kind("a whole number", _whole, "write it without quotes and without a point: 3")
SEED: Final = Kind("a whole number from 0 on", lambda v: _whole(v) and cast(int, v) >= 0, "for example 0")
NUMBER: Final = Kind("a number", _number, "write it without quotes: 0.5")
YES_OR_NO: Final = Kind("True or False", lambda v: isinstance(v, bool | np.bool_), "write it without quotes")
TEXT: Final = Kind("a text", lambda v: isinstance(v, str), "write it in quotes")
NAMES: Final = Kind("a text or a list of texts", _names, "write names in quotes: 'a' or ['a', 'b']")
KEYS: Final = Kind("a list of keys of problems", _keys, "for example ['supply', 'demand']")
MAPPING: Final = Kind("a mapping", lambda v: isinstance(v, Mapping), "for example {'presolve': 'off'}")
KERNELS: Final = Kind("a list of kernels", _kernels, "for example [], for none")


@dataclass(frozen=True, slots=True)
class Option:
    """One argument. kind: what it holds; positive: above 0; below: and below this; choices: one of these; cvxlab: its name there."""

    name: str
    kind: Kind
    positive: bool = False
    below: float = math.inf
    choices: tuple[str, ...] = ()
    cvxlab: str = ""

    def findings(self, value: object) -> list[Diagnostic]:
        """What is wrong with a value: X111."""
        if self.choices and value not in self.choices:
            message = f"{value!r} is no {self.name}"
            return [Diagnostic("X111", message, fix=suggest(str(value), self.choices))]
        if not self.kind.holds(value):
            message = f"{self.name} must be {self.kind.words}, not {value!r}"
            return [Diagnostic("X111", message, fix=self.kind.fix)]
        if self.positive and not cast(float, value) > 0:
            message = f"{self.name} must be a positive number, not {value!r}"
            return [Diagnostic("X111", message, fix="give a number above 0")]
        if self.below < math.inf and cast(float, value) >= self.below:
            message = f"{self.name} must be below {self.below:g}, not {value!r}"
            why = "such a certificate would call any answer right"
            return [Diagnostic("X111", message, why=why, fix="1e-6 is usual")]
        return []


_RULES: Final = (
    Option("scenarios", NAMES),
    Option("mode", TEXT, choices=get_args(Mode)),
    Option("chain", KEYS),
    Option("chunk", WHOLE, positive=True),
    Option("kernels", KERNELS),
    Option("solver", TEXT),
    Option("settings", MAPPING),
    Option("time_limit", NUMBER, positive=True),
    Option("workers", WHOLE, positive=True),
    Option("isolate", YES_OR_NO),
    Option("memory_limit", NUMBER, positive=True),
    Option("verbose", YES_OR_NO),
    Option("tolerance", NUMBER, positive=True, below=1.0),
    Option("exact", YES_OR_NO),
    Option("norm", TEXT, choices=tuple(NORMS), cvxlab="convergence_norm"),
    Option("relative_tolerance", NUMBER, positive=True, cvxlab="relative_tolerance"),
    Option("limit", WHOLE, positive=True, cvxlab="maximum_iterations"),
    Option("scheme", TEXT, choices=get_args(Scheme)),
    Option("damping", NUMBER, positive=True),
    Option("memory", WHOLE, positive=True),
    Option("check", NAMES),
    Option("skip", NAMES),
    Option("starts", WHOLE, positive=True),
    Option("seed", SEED),
)


def names_of(kind: type[Options] | type[Coupling]) -> tuple[str, ...]:
    """The options that are fields of one of the values that a Request holds."""
    return tuple(f.name for f in fields(kind) if f.name != "stop")


OPTIONS: Final[Mapping[str, Option]] = {rule.name: rule for rule in _RULES}
