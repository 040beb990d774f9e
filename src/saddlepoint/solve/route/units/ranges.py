"""A linear problem in the units of how far its real columns can go: what whole numbers switch on may be dust beside them."""

from __future__ import annotations

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array
from saddlepoint.solve.proof.integer_bound import IntegerProgram, implied_bounds, tightened
from saddlepoint.solve.route.units.scaling import Units, as_unit, scale

DUST = 1e-9
"""Part of what a row alone allows below which a range is what rounding leaves of nothing."""


def column_reach(batch: Batch) -> Array:
    """How far the rows of one scenario let every column go, (n,); inf where they set no limit. Cones are not looked at.

    Of columns that the rows together hold at 0, how far a row alone lets them go, beside the bounds of the others.
    """
    problem = IntegerProgram.of(batch)
    lb, ub = tightened(problem, problem.lb, problem.ub)
    low, high = implied_bounds(
        problem.row, problem.column, problem.value, problem.l, problem.u, problem.lb, problem.ub
    )
    reach, first = np.maximum(np.abs(lb), np.abs(ub)), np.maximum(np.abs(low), np.abs(high))
    least = DUST * np.where(np.isfinite(first), first, 0.0)
    return np.where(reach > least, reach, first)


def scale_to(batch: Batch, size: Array) -> Units:
    """Units in which the real columns of one linear scenario have these sizes (n,), and rows and costs are near one; where a size is not known
    (0, inf or NaN) the column has the unit that `scale` gives it.

    A row with real columns has the unit of these alone, as there.
    """
    s = batch.structure
    known = ~s.integer & np.isfinite(size) & (size > 0)
    column = np.where(known, as_unit(np.log2(np.where(known, size, 1.0))), scale(batch).column[0])
    entries = np.abs(batch.A[0] * column[s.A.columns()])
    largest, of_reals = np.zeros((2, s.m))
    np.maximum.at(largest, s.A.indices, entries)
    np.maximum.at(of_reals, s.A.indices, np.where(s.integer[s.A.columns()], 0.0, entries))
    largest = np.where(of_reals > 0, of_reals, largest)
    row = as_unit(-np.log2(np.where(largest > 0, largest, 1.0)))
    costs = float(np.abs(batch.q[0] * column).max(initial=0.0))
    objective = as_unit(-np.log2(np.array(costs if costs > 0 else 1.0)))
    return Units(column[None], row[None] / objective, np.ones((1, s.F.shape[0])), objective[None, None])
