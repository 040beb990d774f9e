"""Numbers that no solver may see: NaN, infinities out of place, sides beyond 1e20; and the range of the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Mask
from saddlepoint.errors import Diagnostic, SolveError
from saddlepoint.records import dataclass

INFINITE = 1e20 * (1 - 1e-9)
"""Sides of this size or beyond mean that there is no side, as in HiGHS and the MPS format; less rounding."""
SMALL, LARGE = 1e-9, 1e15
"""HiGHS drops matrix entries below the first and refuses entries above the second."""
HUGE = 1e100
"""Costs and coefficients from here on have products that no float holds; below, units are chosen for them."""

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
    """The smallest and largest non-zero size of matrix coefficients and of costs over all scenarios."""

    matrix: tuple[float, float]
    cost: tuple[float, float]

    @property
    def needs_scaling(self) -> bool:
        """Whether HiGHS would drop or refuse an entry, or take a cost for infinite."""
        return self.matrix[0] < SMALL or self.matrix[1] > LARGE or self.cost[1] > LARGE


Names = Callable[[str, int], str]
"""What a user calls a row or column of the batch, "" where it has no name of his."""


def check_finite(batch: Batch, names: Names | None = None) -> Batch:
    """The batch with sides beyond ±1e20 made infinite and sides that cross by rounding alone made equal.

    Raises SolveError (L101) that names array, scenario and position of what is NaN, infinite out of place or beyond 1e100;
    names: what these positions are called.
    """
    findings: list[Diagnostic] = []
    for name in _PLACES:
        array: Array = getattr(batch, name)
        bad = np.isnan(array)
        if name in _SIDES:
            bad |= (array >= INFINITE) if name in ("l", "lb") else (array <= -INFINITE)
        else:
            bad |= np.abs(array) >= HUGE
        if bad.any():
            findings.append(_finding(batch, name, array, bad, names))
    if findings:
        raise SolveError(findings)
    return _mend(batch)


def ranges(batch: Batch) -> Range:
    """The range of sizes that decides whether the batch is scaled before HiGHS sees it."""
    return Range(_range(batch.A, batch.F), _range(batch.q, batch.P))


def _range(*arrays: Array) -> tuple[float, float]:
    low, high = np.inf, 0.0
    for array in arrays:
        if array.size == 0:
            continue
        size = np.abs(array)
        high = max(high, float(size.max()))
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
    return Diagnostic(
        "L101",
        f"the {title}{place} is {array[scenario, position]:g}{whose}{more}",
        why="a solver would drop it or answer 'optimal' for another problem",
        fix="Give a finite number"
        + (", or leave the side out (−inf below, +inf above)." if name in _SIDES else f" below {HUGE:g}."),
    )


def _place(batch: Batch, name: str, kind: str, position: int) -> str:
    if kind != "entry":
        return f" of {kind} {position}" if kind else ""
    pattern = getattr(batch.structure, name)
    return f" at row {pattern.indices[position]}, column {pattern.columns()[position]}"


def _mend(batch: Batch) -> Batch:
    l, u = _sides(batch.l, batch.u)
    lb, ub = _sides(batch.lb, batch.ub)
    if l is batch.l and u is batch.u and lb is batch.lb and ub is batch.ub:
        return batch
    return replace(batch, l=l, u=u, lb=lb, ub=ub)


def _sides(low: Array, high: Array) -> tuple[Array, Array]:
    if ((low <= -INFINITE) & np.isfinite(low)).any():
        low = np.where(low <= -INFINITE, -np.inf, low)
    if ((high >= INFINITE) & np.isfinite(high)).any():
        high = np.where(high >= INFINITE, np.inf, high)
    if (low > high).any():
        touching = (low > high) & (low - high <= 1e-12 * np.maximum(np.abs(low), np.abs(high)))
        high = np.where(touching, low, high) if touching.any() else high
    return low, high
