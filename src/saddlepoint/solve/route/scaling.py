"""The same problem in other units: rows, columns and objective brought near one by powers of two."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from saddlepoint.algebra.structure import Batch, Structure
from saddlepoint.solve.proof import cones
from saddlepoint.solve.solution import Solution

Array = NDArray[np.float64]


HUGE = 1e14
"""Ratio of the entries of a row beyond which those of integers count for its unit."""
NOISE = 27.0
"""Binary orders of magnitude (about 1e8) within a row or column beyond which small entries do not count."""


@dataclass(frozen=True, slots=True)
class Units:
    """How a scaled problem maps back: x = column·x′, y = row·y′, z = z′/(column·objective), w = cone·w′.

    column: (n,); row: (m,); cone: (rows of F,); both of the latter include the unit of the objective.
    """

    column: Array
    row: Array
    cone: Array
    objective: float

    def restore(self, answers: Solution) -> Solution:
        """The answers to the scaled problem in the units of the original."""
        return replace(
            answers,
            x=answers.x * self.column,
            y=answers.y * self.row,
            z=answers.z / (self.column * self.objective),
            w=answers.w * self.cone,
            bound=answers.bound / self.objective,
        )


def scaled(batch: Batch) -> tuple[Batch, Units]:
    """The batch in units that make its entries near one in all scenarios, and the way back.

    Rows and columns by geometric means (Curtis and Reid 1972, simplified), then one unit for all columns from
    the sides and one for the objective from the costs; one unit for the rows of a cone; integers keep theirs.
    """
    s = batch.structure
    row, cone, column = _equilibrate(batch)
    sides = [_largest(a * f) for a, f in ((batch.l, row), (batch.u, row), (batch.g, cone))]
    sides += [_largest(b / column) for b in (batch.lb, batch.ub)]
    spread = 1.0 if s.is_integer else _spread(batch, max(sides), column)
    column = column * spread
    p = batch.P * column[s.P.indices] * column[s.P.columns()]
    q = batch.q * column
    costs = max(_largest(q), _largest(p))
    objective = 1.0 if costs == 0.0 else float(_power_of_two(np.array(1.0 / costs)))
    row, cone = row / spread, cone / spread
    new = Batch(
        Structure(s.P, s.A, s.F, s.cones, s.integer),
        batch.size,
        p * objective,
        q * objective,
        batch.r * objective,
        batch.A * row[s.A.indices] * column[s.A.columns()],
        batch.l * row,
        batch.u * row,
        batch.lb / column,
        batch.ub / column,
        batch.F * cone[s.F.indices] * column[s.F.columns()],
        batch.g * cone,
    )
    return new, Units(column, row / objective, cone / objective, objective)


def _spread(batch: Batch, sides: float, column: Array) -> float:
    """One unit for all columns: the largest side, or where curvature and costs balance if that is smaller."""
    p = batch.structure.P
    curvature = _largest(batch.P * column[p.indices] * column[p.columns()])
    costs = _largest(batch.q * column)
    balance = costs / curvature if curvature > 0 and costs > 0 else np.inf
    size = min(balance, sides if sides > 0 else np.inf)
    return float(_power_of_two(np.array(size))) if np.isfinite(size) else 1.0


def _equilibrate(batch: Batch) -> tuple[Array, Array, Array]:
    s = batch.structure
    rows = np.concatenate((s.A.indices, s.F.indices + s.m)).astype(np.int64)
    columns = np.concatenate((s.A.columns(), s.F.columns()))
    entries = np.concatenate((np.abs(batch.A).max(axis=0), np.abs(batch.F).max(axis=0)))
    kept = (entries > 0) & ~_beside_continuous(s.integer[columns], rows, entries)
    logs, rows, columns = np.log2(entries[kept]), rows[kept], columns[kept]
    groups = np.concatenate((np.arange(s.m), s.m + _block_of_row(batch)))
    total = s.m + max(1, len(s.cones))
    r, c = np.zeros(total), np.zeros(s.n)
    for _ in range(4):
        r = -_middle(logs + c[columns], groups[rows], total)
        c = -_middle(logs + r[groups[rows]], columns, s.n)
        c[s.integer] = 0.0
    factors = np.exp2(np.round(r))[groups]
    return factors[: s.m], factors[s.m :], np.exp2(np.round(c))


def _beside_continuous(
    whole: NDArray[np.bool_], rows: NDArray[np.int64], entries: Array
) -> NDArray[np.bool_]:
    """Entries of integers in rows that also hold others, which alone give such a row its unit (x ≤ 10⁹ y is one of x).

    Unless they would become too large for HiGHS.
    """
    if not whole.any() or whole.all():
        return np.zeros(len(rows), np.bool_)
    most, other = np.zeros(rows.max() + 1), np.zeros(rows.max() + 1)
    np.maximum.at(most, rows, entries)
    np.maximum.at(other, rows, np.where(whole, 0.0, entries))
    return whole & (other[rows] > 0) & (most[rows] < HUGE * other[rows])


def _block_of_row(batch: Batch) -> NDArray[np.int64]:
    blocks = np.zeros(batch.structure.F.shape[0], np.int64)
    first = cones.starts(batch.structure.cones)
    blocks[first[1:]] = 1
    return np.cumsum(blocks)


def _middle(logs: Array, group: NDArray[np.int64], size: int) -> Array:
    """Half-way between the smallest and largest logarithm of every group, zero where there is none.

    Entries far below the largest are taken for noise: they do not draw the middle further down.
    """
    low, high = np.full(size, np.inf), np.full(size, -np.inf)
    np.minimum.at(low, group, logs)
    np.maximum.at(high, group, logs)
    there = np.isfinite(low)
    low, high = np.where(there, low, 0.0), np.where(there, high, 0.0)
    return 0.5 * (np.maximum(low, high - NOISE) + high)


def _largest(array: Array) -> float:
    size = np.abs(array)
    return float(np.max(size, initial=0.0, where=np.isfinite(size)))


def _power_of_two(value: Array) -> Array:
    return np.exp2(np.round(np.log2(value)))
