"""By which part of itself every side must give way for there to be a plan: the least one, its plan and its multipliers.

    min t  with  l − t|l| ≤ Ax ≤ u + t|u|,  lb − t|lb| ≤ x ≤ ub + t|ub|,  t ≥ 0

has a plan, t = 1 and x = 0, and its dual is the largest part of their terms that multipliers make as a Farkas sum. Both are the same in all units,
and for all who ask; what is within a hair of none, by this t, is not infeasible.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from saddlepoint.algebra.products import times
from saddlepoint.algebra.structure import Batch, Cone, ConeKind, Pattern
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.records import dataclass
from saddlepoint.solve.adapters.highs import solve_highs
from saddlepoint.solve.proof.exclusion import ROUNDED, exclusion
from saddlepoint.solve.proof.farkas import farkas
from saddlepoint.solve.proof.residuals import residuals
from saddlepoint.solve.route.units.scaling import scale
from saddlepoint.solve.route.units.walls import has_walls, without_far_bounds
from saddlepoint.solve.solution import Options, Status

MORE = 1 + 2.0**-7
"""Times the least part by which sides give way, so that solvers find room between them."""
TIGHT = {"primal_feasibility_tolerance": 1e-10}
NODES = 500
"""Of the tree for the least part in whole numbers, which may have no end; the best plan that it found counts, the same for all who ask."""


_INSIDE = {
    ConeKind.SECOND_ORDER: (1.0, 0.0, 0.0),
    ConeKind.ROTATED: (1.0, 1.0, 0.0),
    ConeKind.EXPONENTIAL: (-1.0, 1.0, 1.0),
    ConeKind.POWER: (1.0, 1.0, 0.0),
}
"""A direction into each cone, the rest zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """x: (n,) a plan of sides that give way by the least part; y: (m,) the multipliers of the rows that show that it is the least (0 in whole numbers)."""

    x: Array
    y: Array


def least_way(one: Batch, options: Options, whole: Mask | None = None) -> Way | None:
    """Of the rows and bounds of one scenario, without its cones; whole: the columns that must be whole numbers, whose bounds
    stay, with the least part found in `NODES` nodes. None where HiGHS finds nothing in time.

    Where walls are in the way of seeing it, first without them.
    """
    if has_walls(one):
        found = _least_way(without_far_bounds(one), options, whole)
        if found is not None and farkas(one, found.y, np.zeros(one.structure.F.shape[0]), options.hair).holds:
            return found
    return _least_way(one, options, whole)


def _least_way(one: Batch, options: Options, whole: Mask | None) -> Way | None:
    s = one.structure
    whole = np.zeros(s.n, np.bool_) if whole is None else whole
    problem, low, high = _giving(one, whole)
    units = scale(problem)
    settings = {**TIGHT, "mip_max_nodes": NODES} if whole.any() else TIGHT
    calm = Options(time_limit=options.time_limit, stop=options.stop, settings=settings)
    found = units.restore(solve_highs(units.apply(problem), calm))
    if found.status[0] not in (Status.OPTIMAL, Status.LIMIT) or not np.isfinite(found.x[0]).all():
        return None
    x = found.x[0, : s.n]
    prices = np.nan_to_num(found.y[0])
    y = np.zeros(s.m)
    y[low] += prices[: len(low)]
    y[high] += prices[len(low) : len(low) + len(high)]
    return Way(x=np.where(whole, np.round(x), x), y=y)


def given_way(one: Batch, x: Array) -> Batch:
    """The problem in which the sides that the plan x breaks lie where it is, equalities as equalities."""
    at = times(one.structure.A, one.A, x[None])
    rows, columns = one.l == one.u, one.lb == one.ub
    return replace(
        one,
        l=np.where(rows, at, np.minimum(one.l, at)),
        u=np.where(rows, at, np.maximum(one.u, at)),
        lb=np.where(columns, x, np.minimum(one.lb, x)),
        ub=np.where(columns, x, np.maximum(one.ub, x)),
    )


def part_proven(one: Batch, y: Array) -> float:
    """The part by which multipliers y (m,) of rows, or sides that cross by themselves, prove that all sides of one scenario must give way at least; 0 where they prove nothing
    beyond rounding."""
    sums = exclusion(one, y[None])
    part = float((sums.gain - sums.rounding)[0] / max(float(sums.size[0]), np.finfo(np.float64).tiny))
    part = part if part > 0 and sums.exceeds(0.0, ROUNDED)[0] else 0.0
    return max(part, _part_crossed(one.l, one.u), _part_crossed(one.lb, one.ub))


def _part_crossed(low: Array, high: Array) -> float:
    crossed = low > high
    with np.errstate(invalid="ignore", divide="ignore"):
        return float(np.max((low - high) / (np.abs(low) + np.abs(high)), initial=0.0, where=crossed))


def sides_wider(one: Batch, part: float) -> Batch:
    """The problem in which all sides but the bounds of integers give way by `part` of themselves."""
    moves = np.where(one.structure.integer, 0.0, part)
    return replace(
        one,
        l=one.l - part * np.abs(one.l),
        u=one.u + part * np.abs(one.u),
        lb=_moved(one.lb, -moves),
        ub=_moved(one.ub, moves),
    )


def _moved(side: Array, moves: Array) -> Array:
    return np.where(np.isfinite(side), side + moves * np.abs(np.where(np.isfinite(side), side, 0.0)), side)


def wider(one: Batch, part: float) -> Batch:
    """The same, with the constants of cones along a direction into them."""
    into = np.concatenate([np.zeros(0), *(inward(cone) for cone in one.structure.cones)])
    return replace(sides_wider(one, part), g=one.g + part * np.abs(one.g) * into)


def inward(cone: Cone) -> Array:
    """A direction into a cone, (size,)."""
    out = np.zeros(cone.size)
    size = min(3, cone.size)
    out[:size] = _INSIDE[cone.kind][:size]
    return out


def broken_by(one: Batch, x: Array) -> float:
    """The largest part of its own terms by which the plan x breaks a row or a bound of one scenario."""
    s = one.structure
    found = residuals(one, x[None], np.zeros((1, s.m)), np.zeros((1, s.n)), np.zeros((1, s.F.shape[0])))
    return float(max(found.rows.max(initial=0.0), found.bounds.max(initial=0.0)))


def _giving(batch: Batch, whole: Mask) -> tuple[Batch, Index, Index]:
    """The problem of the least part, and the rows whose lower and whose upper sides are its first rows: those of columns follow."""
    n = batch.structure.n
    low, high = (np.flatnonzero(np.isfinite(side[0])) for side in (batch.l, batch.u))
    from_below, from_above = (
        np.flatnonzero(np.isfinite(side[0]) & (side[0] != 0) & ~whole) for side in (batch.lb, batch.ub)
    )
    sides = [batch.l[0, low], batch.u[0, high], batch.lb[0, from_below], batch.ub[0, from_above]]
    gives = [np.abs(sides[0]), -np.abs(sides[1]), np.abs(sides[2]), -np.abs(sides[3])]
    starts = np.cumsum([0, *(len(part) for part in sides)])
    rows, columns, values = _entries(batch, low, high)
    giving = np.concatenate(gives)
    there = np.flatnonzero(giving)
    rows = np.concatenate((rows, starts[2] + np.arange(starts[4] - starts[2]), there))
    columns = np.concatenate((columns, from_below, from_above, np.full(len(there), n)))
    values = np.concatenate((values, np.ones(starts[4] - starts[2]), giving[there]))
    order = np.lexsort((rows, columns))
    pattern = Pattern.of(rows[order], columns[order], (int(starts[4]), n + 1))
    none = [np.full(len(part), np.inf) for part in sides]
    lb, ub = batch.lb[0].copy(), batch.ub[0].copy()
    lb[from_below], ub[from_above] = -np.inf, np.inf
    problem = Batch.linear(
        pattern,
        values[order][None],
        integer=np.append(whole, np.False_),
        q=np.eye(1, n + 1, n),
        r=np.zeros((1, 1)),
        l=np.concatenate((sides[0], -none[1], sides[2], -none[3]))[None],
        u=np.concatenate((none[0], sides[1], none[2], sides[3]))[None],
        lb=np.append(lb, 0.0)[None],
        ub=np.append(ub, np.inf)[None],
    )
    return problem, low, high


def _entries(batch: Batch, low: Index, high: Index) -> tuple[Index, Index, Array]:
    """Rows, columns and values of A with the rows `low`, and below them the rows `high`."""
    a = batch.structure.A
    row, column = a.indices.astype(np.int64), a.columns()
    place = np.full((2, a.shape[0]), -1)
    place[0, low], place[1, high] = np.arange(len(low)), len(low) + np.arange(len(high))
    first, second = np.flatnonzero(place[0, row] >= 0), np.flatnonzero(place[1, row] >= 0)
    kept = np.concatenate((first, second))
    rows = np.concatenate((place[0, row[first]], place[1, row[second]]))
    return rows, column[kept], batch.A[0, kept]
