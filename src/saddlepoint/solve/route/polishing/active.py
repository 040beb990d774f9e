"""What is active at an answer with cones: sides of rows and columns, cones at their boundary, rows pinned to zero."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from saddlepoint.algebra.products import times, transposed_times
from saddlepoint.algebra.structure import Batch, Cone, ConeKind
from saddlepoint.arrays import Array, Mask
from saddlepoint.records import dataclass
from saddlepoint.solve.proof.sizes import column_terms
from saddlepoint.solve.route.polishing.smooth import RESTS, boundary

WRONG = 1e-10
"""In balanced units: a price or slack of the wrong sign beyond it changes the active set."""
NEAR = 1e-5
"""In balanced units: a point is at the apex or on a face of its cone where its numbers are so much smaller than others."""

UNMET = 1e-3
"""Part of its terms by which a column's costs and prices differ where they do not by a solver's tolerance."""


@dataclass(frozen=True, slots=True)
class ConicPoint:
    """A plan x (n,) and its multipliers y (m,), z (n,), w (rows of F,)."""

    x: Array
    y: Array
    z: Array
    w: Array


@dataclass(frozen=True, slots=True)
class Active:
    """Which side of rows and columns holds (−1 lower, +1 upper, 2 both, 0 none); which cones hold at their smooth
    boundary; which rows of F are zero, where a cone holds at its apex or on a flat face."""

    rows: Array
    columns: Array
    smooth: Mask
    pinned: Mask

    @classmethod
    def of(cls, batch: Batch, point: ConicPoint) -> Active:
        """As plan and prices of an interior point say: what has more price than slack is active, and so is what alone a free column that costs something meets."""
        s = batch.structure
        activity = times(s.A, batch.A, point.x[None])[0]
        v = values(batch, point.x)
        columns = _side(point.x, point.z, batch.lb[0], batch.ub[0])
        columns = np.where(_rests_upon(batch, columns), 0.0, columns)
        rows = _side(activity, point.y, batch.l[0], batch.u[0])
        smooth = _held_by_costs(batch, columns, np.where(rows != 0.0, point.y, 0.0))
        pinned = np.zeros(s.F.shape[0], np.bool_)
        at_sides = values(batch, _at_sides(batch, columns, point.x))
        for k, (part, cone) in enumerate(blocks(batch)):
            pinned[part] = _pinned(cone, v[part], point.w[part], at_sides[part])
            edge = None if pinned[part].any() else boundary(cone, v[part])
            priced = edge is not None and point.w[part][edge.place] / edge.slope[edge.place] > edge.value
            smooth[k] = edge is not None and (priced or smooth[k])
        return cls(rows, columns, smooth, pinned)

    def corrected(self, batch: Batch, point: ConicPoint) -> Active | None:
        """The set after what the signs of prices and slacks say; None where it stays."""
        activity = times(batch.structure.A, batch.A, point.x[None])[0]
        rows = _moved(self.rows, activity, point.y, batch.l[0], batch.u[0])
        columns = _moved(self.columns, point.x, point.z, batch.lb[0], batch.ub[0])
        v, smooth = values(batch, point.x), self.smooth.copy()
        for k, (part, cone) in enumerate(blocks(batch)):
            edge = None if self.pinned[part].any() else boundary(cone, v[part])
            if edge is None:
                continue
            priced = point.w[part][edge.place] * edge.slope[edge.place] >= -WRONG
            smooth[k] = priced if smooth[k] else edge.value < -WRONG
        same = np.array_equal(rows, self.rows) and np.array_equal(columns, self.columns)
        same = same and np.array_equal(smooth, self.smooth)
        return None if same else Active(rows, columns, smooth, self.pinned)


def values(batch: Batch, x: Array) -> Array:
    """Fx + g of one scenario, (rows of F,)."""
    return times(batch.structure.F, batch.F, x[None])[0] + batch.g[0]


def blocks(batch: Batch) -> Iterator[tuple[slice, Cone]]:
    """The rows of every cone."""
    start = 0
    for cone in batch.structure.cones:
        yield slice(start, start + cone.size), cone
        start += cone.size


def _held_by_costs(batch: Batch, columns: Array, y: Array) -> Mask:
    """The cones that alone meet a column at no bound whose costs the prices y of active rows do not meet, as an epigraph: they hold, however small their
    price is beside others."""
    s = batch.structure
    cones = len(s.cones)
    cone_of_row = np.repeat(np.arange(cones), [cone.size for cone in s.cones])
    entries = batch.F[0] != 0
    pairs = np.unique(s.F.columns()[entries] * np.int64(cones) + cone_of_row[s.F.indices[entries]])
    column, cone = np.divmod(pairs, max(1, cones))
    curved = np.zeros(s.n, np.bool_)
    there = batch.P[0] != 0
    curved[s.P.columns()[there]] = curved[s.P.indices[there]] = True
    left = np.abs(batch.q[0] - transposed_times(s.A, batch.A, y[None])[0])
    terms = np.maximum(np.abs(batch.q[0]), column_terms(s.A, batch.A, y[None], np.ones(s.n, np.bool_))[0])
    alone = (columns == 0.0) & (left > UNMET * terms) & ~curved & (np.bincount(column, minlength=s.n) == 1)
    out = np.zeros(cones, np.bool_)
    out[cone[alone[column]]] = True
    return out


def _rests_upon(batch: Batch, columns: Array) -> Mask:
    """The columns at a bound of 0 that are alone a coordinate on which a boundary rests, and could move into the cone: there its slope has no end, as that of √x
    at 0, so that no optimum lies there."""
    s = batch.structure
    rests = np.concatenate(
        [np.zeros(0, np.bool_), *(np.isin(np.arange(cone.size), RESTS[cone.kind]) for cone in s.cones)]
    )
    entries = batch.F[0] != 0
    row, column, value = s.F.indices[entries], s.F.columns()[entries], batch.F[0][entries]
    alone = (np.bincount(row, minlength=len(rests)) == 1) & (batch.g[0] == 0) & rests
    side = np.where(columns == 1.0, batch.ub[0], batch.lb[0])
    inward = columns[column] * value < 0
    out = np.zeros(s.n, np.bool_)
    out[column[alone[row] & inward]] = True
    return out & (np.abs(columns) == 1.0) & (side == 0.0)


def _at_sides(batch: Batch, columns: Array, x: Array) -> Array:
    """The plan with the columns at bounds exactly there."""
    side = np.where(columns == 1.0, batch.ub[0], batch.lb[0])
    return np.where(columns == 0.0, x, side)


def _pinned(cone: Cone, v: Array, w: Array, at_sides: Array) -> Mask:
    """The rows that are zero: all at the apex; on a face of an exponential or power cone those that vanish. at_sides: v once columns near bounds are there, which
    may lay a power cone on its face."""
    size, price = float(np.abs(v).max()), float(np.abs(w).max())
    if size < NEAR * min(price, 1.0):
        return np.ones(cone.size, np.bool_)
    none = np.zeros(cone.size, np.bool_)
    if price < NEAR * NEAR:
        return none
    if cone.kind is ConeKind.EXPONENTIAL and v[1] < NEAR * size:
        return np.abs(v) < NEAR * size
    if cone.kind is ConeKind.POWER and v[:2].min() < NEAR * NEAR * size:
        return np.array([v[0] <= v[1], v[0] > v[1], True])
    if cone.kind is ConeKind.POWER and at_sides[2] == 0.0 and v[:2].min() < NEAR * size:
        return np.array([v[0] <= v[1], v[0] > v[1], True])
    return none


def _side(value: Array, price: Array, low: Array, high: Array) -> Array:
    to_low, to_high = value - low, high - value
    lower, upper = to_low <= np.maximum(price, 1e-12), to_high <= np.maximum(-price, 1e-12)
    state = np.where(lower & (~upper | (to_low <= to_high)), -1.0, np.where(upper, 1.0, 0.0))
    return np.where((low == high) & np.isfinite(low), 2.0, state)


def _moved(state: Array, value: Array, price: Array, low: Array, high: Array) -> Array:
    wrong = ((state == -1.0) & (price < -WRONG)) | ((state == 1.0) & (price > WRONG))
    free = state == 0.0
    below, above = free & (value < low - WRONG), free & (value > high + WRONG)
    return np.where(wrong, 0.0, np.where(below, -1.0, np.where(above, 1.0, state)))
