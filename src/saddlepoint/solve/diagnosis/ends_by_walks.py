"""What a basis leaves open of ranges, by short walks of the parametric simplex from it, as many as there are open ends."""

from __future__ import annotations

import numpy as np

from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.solve.diagnosis.basis_ranges import AskedRanges, BasisRanges, Intervals
from saddlepoint.solve.kernels.walks import BasisDictionary, MovingNumbers, Slopes, walk
from saddlepoint.solve.vertex import AT, OptimalVertex


def walk_ends(
    dictionary: BasisDictionary, vertex: OptimalVertex, ranges: BasisRanges, asked: AskedRanges, most: int
) -> int:
    """Settle in place what is open of one scenario among what is asked; the pivots that it took, `most` at most.

    vertex, ranges: of this scenario alone. What a walk does not settle stays open. Raises ImportError without numba.
    """
    fixed = vertex.lower[0] == vertex.upper[0]
    alone = asked.upper & ~(fixed & asked.lower)
    ends = [*_open_ends(ranges.lower, asked.lower), *_open_ends(ranges.upper, alone)]
    costs = _open_ends(ranges.cost, asked.cost)
    low = [(fixed[v] | (k < 2)).astype(np.float64) for k, (v, _) in enumerate(ends)]
    high = [(fixed[v] | (k >= 2)).astype(np.float64) for k, (v, _) in enumerate(ends)]
    every = [np.ones(len(v)) for v, _ in costs]
    start = dictionary.start(vertex, 0)
    of_sides, of_costs, made = walk(start, _lines(ends, low, high), _lines(costs, every, every), most)
    _write_sides(ranges, vertex, ends, of_sides)
    _write_costs(ranges.cost, vertex, costs, of_costs)
    _repeat(ranges, np.flatnonzero(fixed & asked.lower & asked.upper))
    return made


_OpenEnds = tuple[Index, float]
"""Variables, and whether their numbers grow (1) or fall (−1)."""


def _open_ends(found: Intervals, mine: Mask) -> list[_OpenEnds]:
    """Those that fall, then those that grow."""
    return [
        (np.flatnonzero(marks[0] & mine), sign)
        for marks, sign in ((found.open_down, -1.0), (found.open_up, 1.0))
    ]


def _lines(ends: list[_OpenEnds], low: list[Array], high: list[Array]) -> MovingNumbers:
    variable = np.concatenate([v for v, _ in ends])
    lower = np.concatenate([sign * part for (_, sign), part in zip(ends, low, strict=True)])
    upper = np.concatenate([sign * part for (_, sign), part in zip(ends, high, strict=True)])
    return MovingNumbers.single(variable, lower, upper)


def _write_sides(ranges: BasisRanges, vertex: OptimalVertex, ends: list[_OpenEnds], found: Slopes) -> None:
    first = 0
    for k, (v, sign) in enumerate(ends):
        here = slice(first, first + len(v))
        end, slope, known = found.end[here], found.slope[here], found.known[here]
        end = np.where(end <= AT * vertex.size[0, v], 0.0, end)
        _write(ranges.lower if k < 2 else ranges.upper, v[known], sign, end[known], sign * slope[known])
        first += len(v)


def _write_costs(cost: Intervals, vertex: OptimalVertex, ends: list[_OpenEnds], found: Slopes) -> None:
    first = 0
    for v, sign in ends:
        here = slice(first, first + len(v))
        amount, known = vertex.value[0, v] + sign * found.slope[here], found.known[here]
        amount = _at_bounds(amount, vertex, v)
        end = found.end[here]
        end = np.where(end <= AT * vertex.worth[0, v], 0.0, end)
        _write(cost, v[known], sign, end[known], amount[known])
        first += len(v)


def _at_bounds(amount: Array, vertex: OptimalVertex, v: Index) -> Array:
    """Amounts that rounding has left beside a bound are at it."""
    for bound in (vertex.lower[0, v], vertex.upper[0, v]):
        with np.errstate(invalid="ignore"):
            amount = np.where(np.abs(amount - bound) <= AT * vertex.size[0, v], bound, amount)
    return amount


def _write(found: Intervals, v: Index, sign: float, end: Array, slope: Array) -> None:
    if sign > 0:
        found.up[0, v], found.slope_up[0, v], found.open_up[0, v] = end, slope, False
    else:
        found.down[0, v], found.slope_down[0, v], found.open_down[0, v] = -end, slope, False


def _repeat(ranges: BasisRanges, v: Index) -> None:
    """Both sides of an equality move together: what is known of the lower is known of the upper."""
    for name in ("down", "up", "slope_down", "slope_up", "open_down", "open_up"):
        getattr(ranges.upper, name)[0, v] = getattr(ranges.lower, name)[0, v]
