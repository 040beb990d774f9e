"""Columns that an answer settles, held at their bounds, so that what is left has units of its own.

Where the cost of a column at its bound is 1e15 times that of another, an interior point brings the objective near one by the first and never sees the
second. Held, the first is a constant; its reduced cost is what its costs and the prices found leave, and the certificate of the problem as it is looks at its sign.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from saddlepoint.algebra.products import symmetric_times, transposed_times
from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Mask
from saddlepoint.records import dataclass
from saddlepoint.solve.route.units.sizes import balance
from saddlepoint.solve.solution import Solution

PRICED = 0.1
"""Part of a column's cost that its reduced cost must be for the column to be held."""
NEAR = 1e-3
"""Part of its bound, or of the size that the data let expect of it, within which a column must be."""


@dataclass(frozen=True, slots=True)
class Held:
    """One scenario with some columns held: the problem that is left, and which columns, (n,)."""

    batch: Batch
    columns: Mask


def hold_columns(one: Batch, x: Array, z: Array) -> Held | None:
    """One scenario whose columns that plan x (n,) and reduced costs z (n,) settle are held at their bounds; None where there are none."""
    low, high = one.lb[0], one.ub[0]
    size = balance(one).column[0]
    cost = PRICED * np.abs(one.q[0])
    at_low = (z > 0) & (z > cost) & _is_near(x, low, size)
    at_high = (z < 0) & (-z > cost) & _is_near(x, high, size)
    columns = (at_low | at_high) & (low < high)
    if not columns.any():
        return None
    side = np.where(columns, np.where(at_low, low, high), 0.0)
    lb, ub = np.where(columns, side, one.lb), np.where(columns, side, one.ub)
    constant = one.r + (one.q[0] * side).sum()
    return Held(replace(one, q=np.where(columns, 0.0, one.q), r=constant, lb=lb, ub=ub), columns)


def _is_near(x: Array, side: Array, size: Array) -> Mask:
    return np.isfinite(side) & (np.abs(x - side) <= NEAR * np.maximum(np.abs(side), size))


def with_costs_of_held(one: Batch, held: Held, answers: Solution) -> Solution:
    """The answers to the problem that is left, as answers to the one scenario it came from."""
    s = one.structure
    slope = one.q + symmetric_times(s.P, one.P, answers.x)
    slope = slope - transposed_times(s.A, one.A, answers.y) - transposed_times(s.F, one.F, answers.w)
    return replace(answers, z=np.where(held.columns, slope, answers.z))
