"""How far columns can take a row: by their bounds alone, or by a linear problem where these do not say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array
from saddlepoint.solve.adapters.highs import solve_highs
from saddlepoint.solve.matrices import batch_of_matrices
from saddlepoint.solve.proof.integer_bound import IntegerProgram, dual_bound
from saddlepoint.solve.route.units.scaling import scale
from saddlepoint.solve.solution import Options

SECONDS = 2.0
"""For one linear problem."""


def row_reach(
    problem: IntegerProgram,
    lb: Array,
    ub: Array,
    *,
    row: int,
    column: int,
    at: float,
    sign: float,
    cutoff: float,
) -> float:
    """What the other columns of a row come to at most (sign −1: at least, negated) while `column` stands at `at` and no plan
    costs more than `cutoff`; inf where a linear problem over the other rows gives no limit.

    The problem's dual bound is ours, from the multipliers that HiGHS leaves (`dual_bound`), so that the value is safe.
    """
    part = _without(problem, lb, ub, row=row, column=column, at=at, sign=sign, cutoff=cutoff)
    units = scale(part)
    answer = units.restore(solve_highs(units.apply(part), Options(time_limit=SECONDS)))
    y = np.nan_to_num(answer.y[0])
    linear = IntegerProgram.of(part)
    return -dual_bound(linear, y, linear.lb, linear.ub)[0]


def _without(
    problem: IntegerProgram,
    lb: Array,
    ub: Array,
    *,
    row: int,
    column: int,
    at: float,
    sign: float,
    cutoff: float,
) -> Batch:
    """min −sign · (the row's other columns) over the other rows and the cost."""
    from scipy.sparse import csr_matrix, vstack

    a = csr_matrix(problem.matrix.T)
    goal = -sign * np.asarray(a[row].todense()).ravel()
    goal[column] = 0.0
    l, u = problem.l.copy(), problem.u.copy()
    l[row], u[row] = -np.inf, np.inf
    if np.isfinite(cutoff) and problem.q.any():
        a = vstack([a, csr_matrix(problem.q[None])])
        l, u = np.append(l, -np.inf), np.append(u, cutoff)
    low, high = lb.copy(), ub.copy()
    low[column] = high[column] = at
    made = batch_of_matrices(goal, a, l, u)
    return replace(made, lb=low[None], ub=high[None])


def reach_by_bounds(batch: Batch) -> tuple[Array, Array, Array]:
    """The least and the most that every row of one scenario comes to within the bounds, and the sum of the sizes of its terms; each (m,)."""
    s, a = batch.structure, batch.A[0]
    column, (lb, ub) = s.A.columns(), (batch.lb[0], batch.ub[0])
    with np.errstate(invalid="ignore"):
        first, last = a * lb[column], a * ub[column]
    parts = np.minimum(first, last), np.maximum(first, last), np.maximum(np.abs(first), np.abs(last))
    sums = [np.bincount(s.A.indices, np.where(a == 0.0, 0.0, part), s.m).astype(np.float64) for part in parts]
    return sums[0], sums[1], sums[2]
