"""Numbers that no solver may see: NaN, infinities out of place, sizes of 1e100 and more; and the range of the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Mask
from saddlepoint.errors import Diagnostic, SolveError
from saddlepoint.records import dataclass
from saddlepoint.solve.interfaces import NO_SIDE

SMALL, LARGE = 1e-9, 1e15
"""HiGHS drops matrix entries below the first and refuses entries above the second."""
HUGE = 1e100
"""Finite numbers from here on have products that no float holds; below, units are chosen for them."""

_PLACES = {
    "P": ("entry", "quadratic cost"),
    "q": ("column", "cost"),
    "r": ("", "constant of the objective"),
    "A": ("entry", "matrix coefficient"),
    "F": ("entry", "coefficient of a cone row"),
    "g": ("cone row", "constant"),
    "l": ("row", "lower side"),
    "u": ("row", "upper side"),
    "lb": ("column", "lower bound"),
    "ub": ("column", "upper bound"),
}
_SIDES = ("l", "u", "lb", "ub")


@dataclass(frozen=True, slots=True)
class Range:
    """The smallest and largest non-zero size of matrix coefficients, costs and finite sides over all scenarios."""

    matrix: tuple[float, float]
    cost: tuple[float, float]
    side: tuple[float, float]

    @property
    def needs_scaling(self) -> bool:
        """Whether HiGHS would drop or refuse an entry or a side, or take a cost for infinite."""
        large = self.matrix[1] > LARGE or self.cost[1] > LARGE or self.side[1] >= NO_SIDE
        return large or self.matrix[0] < SMALL


Names = Callable[[str, int], str]
"""What a user calls a row or column of the batch, "" where it has no name of his."""


def check_finite(batch: Batch, names: Names | None = None) -> Batch:
    """The batch with sides that cross by rounding alone made equal. A side is a limit whatever its size; none is ±inf alone.

    Raises SolveError (L101) that names array, scenario and position of what is NaN, infinite out of place or of 1e100 and
    more; names: what these positions are called.
    """
    findings: list[Diagnostic] = []
    for name in _PLACES:
        array: Array = getattr(batch, name)
        bad = ~(np.abs(array) < HUGE)
        if name in _SIDES:
            bad &= array != (-np.inf if name in ("l", "lb") else np.inf)
        if bad.any():
            findings.append(_finding(batch, name, array, bad, names))
    if findings:
        raise SolveError(findings)
    return _mend(batch)


def ranges(batch: Batch) -> Range:
    """The range of sizes that decides whether the batch is scaled before HiGHS sees it."""
    return Range(
        _range(batch.A, batch.F), _range(batch.q, batch.P), _range(*(getattr(batch, k) for k in _SIDES))
    )


def _range(*arrays: Array) -> tuple[float, float]:
    low, high = np.inf, 0.0
    for array in arrays:
        if array.size == 0:
            continue
        size = np.abs(array)
        high = max(high, float(np.max(size, initial=0.0, where=np.isfinite(size))))
        low = min(low, float(np.min(size, initial=np.inf, where=size > 0)))
    return (low, high) if high > 0 else (1.0, 1.0)


def _finding(batch: Batch, name: str, array: Array, bad: Mask, names: Names | None) -> Diagnostic:
    scenario, position = (int(k) for k in np.argwhere(bad)[0])
    kind, title = _PLACES[name]
    called = names(kind, position) if names is not None else ""
    place = f" of {called}" if called else _place(batch, name, kind, position)
    whose = "" if array.shape[0] == 1 else f" in scenario {scenario}"
    count = int(bad.sum())
    more = f" ({count} such numbers in all)" if count > 1 else ""
    value = float(array[scenario, position])
    why = "no product with it is a number that 64 bits hold"
    if np.isnan(value):
        why = "it is no number"
    elif np.isinf(value) and name in _SIDES:
        why = f"no plan is {'at least' if value > 0 else 'at most'} that"
    return Diagnostic(
        "L101",
        f"the {title}{place} is {value:g}{whose}{more}",
        why=why,
        fix=f"Give a finite number below {HUGE:g}"
        + (", or leave the side out (−inf below, +inf above)." if name in _SIDES else "."),
    )


def _place(batch: Batch, name: str, kind: str, position: int) -> str:
    if kind != "entry":
        return f" of {kind} {position}" if kind else ""
    pattern = getattr(batch.structure, name)
    return f" at row {pattern.indices[position]}, column {pattern.columns()[position]}"


def _mend(batch: Batch) -> Batch:
    u, ub = _touching(batch.l, batch.u), _touching(batch.lb, batch.ub)
    return batch if u is batch.u and ub is batch.ub else replace(batch, u=u, ub=ub)


def _touching(low: Array, high: Array) -> Array:
    """The upper sides, those below their lower sides by rounding alone made equal to these."""
    if not (low > high).any():
        return high
    touching = (low > high) & (low - high <= 1e-12 * np.maximum(np.abs(low), np.abs(high)))
    return np.where(touching, low, high) if touching.any() else high
