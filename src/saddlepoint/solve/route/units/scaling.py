"""The same problem in other units: rows, columns and objective brought near one by powers of two.

Every scenario has its own units wherever its numbers are its own: its answer does not depend on its neighbours.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.records import dataclass
from saddlepoint.solve.proof import cones
from saddlepoint.solve.route.units.parts import hides_costs, spread_of_parts
from saddlepoint.solve.solution import Solution

HUGE = 1e14
"""Ratio of the entries of a row beyond which those of integers count for its unit."""
NOISE = 27.0
"""Binary orders of magnitude (about 1e8) within a row or column beyond which small entries do not count."""
PASSES = 6
FARTHEST = 500.0
"""The largest exponent of a unit: units of data near 1e-310 would be none."""

ENTRIES, COSTS, SIDES = (1e-4, 1e5), (1e-4, 1e7), (1e-4, 1e8)
"""Sizes at which solvers' absolute tolerances of 1e-7 … 1e-9 are meant; beyond them the problem is scaled first."""


@dataclass(frozen=True, slots=True)
class Units:
    """How a scaled problem maps back: x = column·x′, y = row·y′, z = z′/(column·objective), w = cone·w′.

    column: (1|S, n); row: (1|S, m); cone: (1|S, rows of F); both of the latter include the unit of the objective,
    (1|S, 1).
    """

    column: Array
    row: Array
    cone: Array
    objective: Array

    def apply(self, batch: Batch) -> Batch:
        """The batch in these units."""
        s, up = batch.structure, self.objective
        row, cone, column = self.row * up, self.cone * up, self.column
        return replace(
            batch,
            P=batch.P * column[:, s.P.indices] * column[:, s.P.columns()] * up,
            q=batch.q * column * up,
            r=batch.r * up,
            A=batch.A * (row[:, s.A.indices] * column[:, s.A.columns()]),
            l=batch.l * row,
            u=batch.u * row,
            lb=batch.lb / column,
            ub=batch.ub / column,
            F=batch.F * (cone[:, s.F.indices] * column[:, s.F.columns()]),
            g=batch.g * cone,
        )

    def restore(self, answers: Solution) -> Solution:
        """The answers to the scaled problem in the units of the original."""
        return replace(
            answers,
            x=answers.x * self.column,
            y=answers.y * self.row,
            z=answers.z / (self.column * self.objective),
            w=answers.w * self.cone,
            bound=answers.bound / self.objective[:, 0],
        )


def scale(batch: Batch) -> Units:
    """Units that make the entries of a batch near one.

    Rows and columns by geometric means (Curtis and Reid 1972, simplified), then one unit for all columns from
    the sides and one for the objective from the costs; one unit for the rows of a cone; integers keep theirs. Parts of a linear problem that share no
    row get units of their own where costs would be hidden in those of all.
    """
    s = batch.structure
    row, cone, column = _equilibrate(batch)
    spread = np.ones((1, 1)) if s.is_integer else _spread(batch, row, cone, column)
    hidden = hides_costs(batch.q * column)
    if hidden.any() and not (s.is_integer or s.is_quadratic or s.is_conic):
        of_rows, of_columns = (np.where(hidden, as_unit(v), 1.0) for v in spread_of_parts(batch, row, column))
        row, column, spread = row / of_rows, column * of_columns, np.where(hidden, 1.0, spread)
    column = column * spread
    p = batch.P * column[:, s.P.indices] * column[:, s.P.columns()]
    costs = np.maximum(_largest(batch.q * column), _largest(p))
    objective = 1.0 / _power_of_two(np.where(costs > 0, costs, 1.0))
    whole = spread * objective
    return Units(column, row / whole, cone / whole, objective)


def in_wild_units(batch: Batch) -> bool:
    """Whether entries of the matrix, all costs or all sides of some scenario are of sizes for which solvers are not made."""
    for array in (batch.A, batch.F):
        size = np.abs(array)
        if ((size > 0) & (size < ENTRIES[0]) | (size > ENTRIES[1])).any():
            return True
    costs = np.maximum(_largest(batch.q), _largest(batch.P))
    sides = np.maximum(np.maximum(_largest(batch.l), _largest(batch.u)), _largest(batch.g))
    sides = np.maximum(sides, np.maximum(_largest(batch.lb), _largest(batch.ub)))
    return _outside(costs, COSTS) or _outside(sides, SIDES)


def _outside(size: Array, limits: tuple[float, float]) -> bool:
    return bool(((size > 0) & (size < limits[0]) | (size > limits[1])).any())


def _spread(batch: Batch, row: Array, cone: Array, column: Array) -> Array:
    """One unit for all columns, (1|S, 1): the middle side, or where curvature and costs balance if that is smaller.

    The bounds of columns count only where no row has a side: they may be meant as no limit.
    """
    s = batch.structure
    sides = [
        np.broadcast_to(side, (_length(side, unit), side.shape[1])) * unit
        for side, unit in ((batch.l, row), (batch.u, row), (batch.g, cone))
    ]
    bounds = [side / column for side in (batch.lb, batch.ub)]
    size = _middle_size(sides)
    size = np.where(np.isfinite(size), size, _least_size(bounds))
    curvature = _largest(batch.P * column[:, s.P.indices] * column[:, s.P.columns()])
    costs = _largest(batch.q * column)
    with np.errstate(divide="ignore", invalid="ignore"):
        balance = np.where((curvature > 0) & (costs > 0), costs / curvature, np.inf)
    size = np.minimum(balance, size)
    return _power_of_two(np.where(np.isfinite(size), size, 1.0))


def _equilibrate(batch: Batch) -> tuple[Array, Array, Array]:
    """Factors of rows (1|S, m), cone rows (1|S, ·) and columns (1|S, n); curvature counts as one more row."""
    s = batch.structure
    alike = _entries_alike(batch)
    if alike is not None:
        unit = np.exp2(np.round(-np.log2(alike)))
        held = np.bincount(s.A.indices, minlength=s.m) > 0
        return np.where(held, unit, 1.0)[None], np.ones((1, s.F.shape[0])), np.ones((1, s.n))
    diagonal = np.flatnonzero(s.P.indices == s.P.columns())
    blocks = _block_of_row(batch)
    group = np.concatenate(
        (s.A.indices, blocks[s.F.indices] + s.m, np.full(len(diagonal), s.m + max(1, len(s.cones))))
    ).astype(np.int64)
    columns = np.concatenate((s.A.columns(), s.F.columns(), s.P.indices[diagonal])).astype(np.int64)
    parts = np.abs(batch.A), np.abs(batch.F), np.sqrt(np.abs(batch.P[:, diagonal]))
    size = max(len(part) for part in parts)
    entries = np.concatenate([np.broadcast_to(part, (size, part.shape[1])) for part in parts], axis=1)
    beside = _beside_continuous(s.integer[columns], group, entries.max(axis=0, initial=0.0))
    with np.errstate(divide="ignore"):
        logs = np.log2(np.where(beside, 0.0, entries))
    total = s.m + max(1, len(s.cones)) + 1
    by_row, by_column = _Groups.of(group, total), _Groups.of(columns, s.n)
    r, c = np.zeros((size, total)), np.zeros((size, s.n))
    for k in range(PASSES):
        before, r = r, -by_row.middle(logs + c[:, columns])
        if k and np.array_equal(before, r):
            break
        c = -by_column.middle(logs + r[:, group])
        c[:, s.integer] = 0.0
    factors = np.exp2(np.round(r))
    return factors[:, : s.m], factors[:, s.m + blocks], np.exp2(np.round(c))


def _entries_alike(batch: Batch) -> float | None:
    """The size of all entries of a matrix that stands for all scenarios, where they have one, and neither cones nor curvature: 1 of sums and flows, whose
    rows then have one unit and whose columns none."""
    s = batch.structure
    if len(batch.A) > 1 or not s.A.nnz or s.F.shape[0] or s.P.nnz:
        return None
    size = abs(float(batch.A[0, 0]))
    return size if size > 0 and (np.abs(batch.A) == size).all() else None


def _beside_continuous(whole: Mask, rows: Index, entries: Array) -> Mask:
    """Entries of integers in rows that also hold others, which alone give such a row its unit (x ≤ 10⁹ y is one of x).

    Unless they would become too large for HiGHS.
    """
    if not whole.any() or whole.all():
        return np.zeros(len(rows), np.bool_)
    most, other = np.zeros(rows.max() + 1), np.zeros(rows.max() + 1)
    np.maximum.at(most, rows, entries)
    np.maximum.at(other, rows, np.where(whole, 0.0, entries))
    return whole & (other[rows] > 0) & (most[rows] < HUGE * other[rows])


def _block_of_row(batch: Batch) -> Index:
    blocks = np.zeros(batch.structure.F.shape[0], np.int64)
    first = cones.starts(batch.structure.cones)
    blocks[first[1:]] = 1
    return np.cumsum(blocks)


@dataclass(frozen=True, slots=True)
class _Groups:
    """Entries sorted by the group to which they belong."""

    order: Index
    first: Index
    places: Index
    size: int

    @classmethod
    def of(cls, group: Index, size: int) -> _Groups:
        order = np.argsort(group, kind="stable")
        places, first = np.unique(group[order], return_index=True)
        return cls(order, first, places, size)

    def middle(self, logs: Array) -> Array:
        """Half-way between the smallest and largest logarithm of every group, zero where there is none.

        Entries far below the largest are taken for noise: they do not draw the middle further down.
        """
        out = np.zeros((len(logs), self.size))
        if not len(self.order):
            return out
        ordered = logs[:, self.order]
        high = np.maximum.reduceat(ordered, self.first, axis=1)
        low = np.minimum.reduceat(np.where(np.isneginf(ordered), np.inf, ordered), self.first, axis=1)
        there = np.isfinite(high)
        high, low = np.where(there, high, 0.0), np.where(there, low, 0.0)
        out[:, self.places] = 0.5 * (np.maximum(low, high - NOISE) + high)
        return out


def _length(*arrays: Array) -> int:
    return max(len(array) for array in arrays)


def _middle_size(arrays: list[Array]) -> Array:
    """The median of the sizes that are neither zero nor infinite, (1|S, 1); ∞ where there is none."""
    size = _length(*arrays)
    every = np.abs(np.concatenate([np.broadcast_to(a, (size, a.shape[1])) for a in arrays], axis=1))
    counted = np.isfinite(every) & (every > 0)
    ordered = np.sort(np.where(counted, every, np.inf), axis=1)
    if not ordered.shape[1]:
        return np.full((1, 1), np.inf)
    place = np.maximum(counted.sum(axis=1) - 1, 0) // 2
    return ordered[np.arange(size), place][:, None]


def _least_size(arrays: list[Array]) -> Array:
    """The least of the sizes that are neither zero nor infinite, (1|S, 1); ∞ where there is none."""
    least = np.full((1, 1), np.inf)
    for array in arrays:
        size = np.abs(array)
        least = np.minimum(least, np.where(size > 0, size, np.inf).min(axis=1, initial=np.inf, keepdims=True))
    return least


def _largest(array: Array) -> Array:
    """The largest finite size of every scenario, (1|S, 1)."""
    size = np.abs(array)
    return np.max(size, axis=1, initial=0.0, where=np.isfinite(size), keepdims=True)


def _power_of_two(value: Array) -> Array:
    """The nearest power of two whose products with others and inverses are floats."""
    return as_unit(np.log2(value))


def as_unit(exponent: Array) -> Array:
    """The power of two of the whole number next to an exponent, whose products with others and inverses are floats."""
    return np.exp2(np.clip(np.round(exponent), -FARTHEST, FARTHEST))
