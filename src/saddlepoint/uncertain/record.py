"""What a buffer is: an assumption on a random quantity, and the level that covers it with probability p."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY
from typing import Annotated, Any, Final, Literal, get_type_hints

import numpy as np

from saddlepoint.arrays import Array, Mask
from saddlepoint.errors import Diagnostic, Mark, PlanningError
from saddlepoint.records import dataclass

Columns = Mapping[str, Array]
"""Parameter name → array; all broadcast together (`samples`, `weights` have one more axis, the draws)."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a buffer may read. help: what it is; draws: it is a list of observed values, not a number."""

    help: str
    draws: bool = False

    def __str__(self) -> str:
        return self.help


@dataclass(frozen=True, slots=True, eq=False)
class Parameters:
    """The parameters of all buffers, None where one is not given: of `Demand`, of the command line, columns of uncertain tables."""

    mean: Annotated[float | None, Parameter("mean")] = None
    std: Annotated[float | None, Parameter("standard deviation")] = None
    _: KW_ONLY
    lower: Annotated[float | None, Parameter("lower end of the support")] = None
    upper: Annotated[float | None, Parameter("upper end of the support")] = None
    dof: Annotated[float | None, Parameter("degrees of freedom")] = None
    radius: Annotated[float | None, Parameter("radius of the ball, in units of the quantity")] = None
    gamma1: Annotated[float | None, Parameter("squared error of the mean, in units of the variance")] = None
    gamma2: Annotated[float | None, Parameter("factor on the variance")] = None
    confidence: Annotated[float | None, Parameter("confidence in (0, 1)")] = None
    parts: Annotated[float | None, Parameter("number of independent parts of equal width")] = None
    season: Annotated[float | None, Parameter("length of a season, in observed values")] = None
    memory: Annotated[float | None, Parameter("how many values back the past counts")] = None
    rate: Annotated[float | None, Parameter("how fast misses raise the level, in (0, 1)")] = None
    decisions: Annotated[float | None, Parameter("number of decisions that were fitted to the samples")] = (
        None
    )
    samples: Annotated[Any, Parameter("observed values, the draws on the last axis", draws=True)] = None
    weights: Annotated[Any, Parameter("weights of the observed values", draws=True)] = None

    def parameters(self) -> dict[str, Any]:
        """Every parameter by name, None where it was not given."""
        return {name: getattr(self, name) for name in PARAMETERS}


PARAMETERS: Final[Mapping[str, Parameter]] = {
    name: hint.__metadata__[0]
    for name, hint in get_type_hints(Parameters, include_extras=True).items()
    if name != "_"
}
"""What each field of `Parameters` is."""
SHOWN: Final = 20
"""How many findings of one kind are listed before the rest is only counted."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """A condition on the parameters: `holds(columns, p)` per row, and the sentence when it does not."""

    holds: Callable[[Columns, Array], Mask]
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Buffer:
    """One assumption and everything that follows from it.

    kind: `law` (the distribution is known), `ambiguity` (worst case of a family), `sample` (observed draws).
    needs, optional: the parameters it reads. quantile(columns, p): the least level that covers the quantity
    with probability p. coverage(columns, level): the probability guaranteed at a level, its inverse.
    cvar(columns, p): the (worst-case) mean of the worst 1 − p. shortage(columns, level): the (worst-case) mean of
    what exceeds a level, in closed form. draw(columns, shape, rng): random values of a
    law. worst(columns, level, draws, rng): values of a distribution of the family that covers a level above the
    mean least. whole: values are whole numbers.
    """

    name: str
    title: str
    kind: Literal["law", "ambiguity", "sample"]
    assumption: str
    formula: str
    source: str
    doc: str
    needs: tuple[str, ...]
    quantile: Callable[[Columns, Array], Array]
    coverage: Callable[[Columns, Array], Array]
    requirements: tuple[Requirement, ...] = ()
    aliases: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    cvar: Callable[[Columns, Array], Array] | None = None
    shortage: Callable[[Columns, Array], Array] | None = None
    draw: Callable[[Columns, tuple[int, ...], np.random.Generator], Array] | None = None
    worst: Callable[[Columns, Array, int, np.random.Generator], Array] | None = None
    mean: Callable[[Columns], Array] = lambda c: c["mean"]
    std: Callable[[Columns], Array] | None = lambda c: c["std"]
    whole: bool = False

    def effective(self, mean: object, std: object, p: object, **needed: object) -> Any:
        """D_eff, the level that covers the quantity with probability p.

        mean, std, p and the parameters in `needs` are numbers or arrays that broadcast together; the answer
        is a float if all are numbers, else an array. Raises PlanningError (U002–U006) with every finding.
        """
        columns = self.columns(mean=mean, std=std, **needed)
        reliability = np.asarray(p, dtype=np.float64)
        found = self.findings(columns, reliability)
        if found:
            raise PlanningError(found)
        with np.errstate(all="ignore"):
            level = self.quantile(columns, reliability)
        if not np.isfinite(level).all():
            message = f"{self.name}: the level that covers these numbers is not finite in 64 bits"
            raise PlanningError.of("U006", message, why=_SIZE_WHY, fix=_SIZE_FIX)
        return float(level) if np.ndim(level) == 0 else level

    def columns(self, **given: object) -> Columns:
        """The parameters this buffer reads, as arrays; what is None stays out, an unused `std` too."""
        used = (*self.needs, *self.optional)
        return {k: np.asarray(given[k], dtype=np.float64) for k in used if given.get(k) is not None}

    def checked(self, **given: object) -> Columns:
        """The parameters that it reads, as arrays; PlanningError (U003–U006) with every finding."""
        columns = self.columns(**given)
        found = self.findings(columns, np.asarray(0.5))
        if found:
            raise PlanningError(found)
        return columns

    def findings(
        self, columns: Columns, p: Array, mark: Callable[[int], Mark] | None = None, fix: str = ""
    ) -> list[Diagnostic]:
        """Everything wrong with these parameters; `mark(row)` locates a row of arrays."""
        where = mark or _row_mark
        missing = [name for name in self.needs if name not in columns]
        if missing:
            text = ", ".join(f"`{name}` ({PARAMETERS[name]})" for name in missing)
            why = f"It assumes: {self.assumption}."
            return [Diagnostic("U004", f"the buffer {self.name!r} also needs {text}", why=why, fix=fix)]
        if p.ndim == 0 and _plainly_fine(columns, p.item()):
            return self._broken(columns, p, where) if self.requirements else []
        found: list[Diagnostic] = []
        outside = ~((p > 0.0) & (p < 1.0))
        if outside.any():
            found += _listed(
                "U002", "a reliability of {0:g} is outside (0, 1)", outside, (p,), where, _P_WHY, _P_FIX
            )
        for name, column in columns.items():
            odd = ~np.isfinite(column)
            if odd.any():
                found += _listed("U006", f"`{name}` is not a finite number", odd, (column,), where)
            extreme = ~odd & ~_in_range(column)
            if extreme.any():
                text = f"`{name}` = {{0:g}} is no size that can be computed with"
                found += _listed("U006", text, extreme, (column,), where, _SIZE_WHY, _SIZE_FIX)
        std = columns.get("std")
        if std is not None and (std < 0.0).any():
            text = "a standard deviation of {0:g} is negative"
            found += _listed("U003", text, std < 0.0, (std,), where, fix="Give σ ≥ 0.")
        return found or self._broken(columns, p, where)

    def _broken(self, columns: Columns, p: Array, where: Callable[[int], Mark]) -> list[Diagnostic]:
        found: list[Diagnostic] = []
        for requirement in self.requirements:
            bad = ~np.asarray(requirement.holds(columns, p), dtype=bool)
            if bad.any():
                text = f"{self.name}: {requirement.sentence}"
                why, fix = (
                    f"It assumes: {self.assumption}.",
                    "Give numbers for which this holds, or take another buffer.",
                )
                found += _listed("U005", text, bad, (), where, why, fix)
        return found


def _in_range(column: Array) -> Mask:
    """Zero, or a size whose square and reciprocal are ordinary numbers."""
    size = np.abs(column)
    return (size == 0.0) | ((size >= LEAST) & (size <= MOST))


LEAST: Final = 1e-100
MOST: Final = 1e100
"""Sizes of parameters; beyond these, squares and quotients leave the numbers of 64 bits."""
_SIZE_WHY: Final = "Sizes from 1e-100 to 1e100, and 0, are meant."
_SIZE_FIX: Final = "Check the number, or choose another unit."
_P_WHY: Final = "Certainty (0 or 1) has no finite buffer in most families."
_P_FIX: Final = "Give a probability such as 0.95 (a percentage is divided by 100)."


def _plainly_fine(columns: Columns, p: float) -> bool:
    """The common checks for plain numbers, at the speed of one call."""
    if not 0.0 < p < 1.0:
        return False
    for name, column in columns.items():
        if column.ndim > 0 or not (column.item() == 0.0 or LEAST <= abs(column.item()) <= MOST):
            return False
        if name == "std" and column.item() < 0.0:
            return False
    return True


def _row_mark(row: int) -> Mark:
    return Mark(source="row", line=row + 1)


def _listed(
    code: str,
    text: str,
    bad: Mask,
    values: tuple[Array, ...],
    where: Callable[[int], Mark],
    why: str = "",
    fix: str = "",
) -> list[Diagnostic]:
    """One finding per bad row (the first SHOWN of them), or one without a place for plain numbers."""
    if bad.ndim == 0:
        return [Diagnostic(code, text.format(*(v.item() for v in values)), why=why, fix=fix)]
    rows = np.flatnonzero(bad.reshape(bad.shape[0], -1).any(axis=1))
    found: list[Diagnostic] = []
    for row in rows[:SHOWN].tolist():
        place = np.unravel_index(int(np.argmax(bad[row])), bad.shape[1:]) if bad.ndim > 1 else ()
        shown = text.format(*(np.broadcast_to(v, bad.shape)[(row, *place)] for v in values))
        found.append(Diagnostic(code, shown, where(row), why=why, fix=fix))
    if len(rows) > SHOWN:
        found.append(Diagnostic(code, f"… and {len(rows) - SHOWN} rows more of this kind"))
    return found
