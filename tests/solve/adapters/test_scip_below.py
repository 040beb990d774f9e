"""SCIP as the second solver: what it says of plans below a cutoff."""

from __future__ import annotations

import numpy as np
import pytest

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array
from saddlepoint.solve.adapters.cvxpy_matrix import solve_cvxpy
from saddlepoint.solve.adapters.scip import solve_scip_below
from saddlepoint.solve.solution import Options, Status
from saddlepoint.testing import batch

pytest.importorskip("pyscipopt")


def knapsack(seed: int) -> tuple[Array, Batch]:
    rng = np.random.default_rng(seed)
    q = -rng.uniform(1e3, 1e4, 15)
    a = rng.uniform(1.0, 10.0, (2, 15))
    return q, batch(q, a, [-np.inf] * 2, 0.4 * a.sum(axis=1), 0.0, 1.0, integer=True)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("beside", [1e-10, 1e-9, 1e-7])
def test_a_cutoff_beside_the_optimum_is_a_proof(seed: int, beside: float) -> None:
    """SCIP finds the optimum again where the cutoff is within its own tolerance: its dual bound is what was shown."""
    q, one = knapsack(seed)
    every = np.array(np.meshgrid(*[[0.0, 1.0]] * 15)).reshape(15, -1)
    costs = q @ every
    rows = np.zeros((2, 15))
    rows[one.structure.A.indices, one.structure.A.columns()] = one.A[0]
    best = float(costs[(rows @ every <= one.u[0][:, None]).all(axis=0)].min())
    told = solve_scip_below(one, Options(), best - beside * abs(best))
    assert told.status[0] == Status.INFEASIBLE
    assert best * (1 + 1.1 * beside) - 1e-6 <= told.bound[0] <= best


def test_a_better_plan_is_told() -> None:
    q, one = knapsack(0)
    told = solve_scip_below(one, Options(), -1e4)
    assert told.status[0] == Status.OPTIMAL and q @ told.x[0] < -1e4


def test_the_plan_of_a_search_cut_short_is_no_bound() -> None:
    """CVXPY calls the plan that SCIP has when its time is over optimal, though inaccurate."""
    rng = np.random.default_rng(0)
    a, q = rng.integers(1, 50, (6, 30)).astype(float), -rng.integers(1, 50, 30).astype(float)
    one = batch(q, a, [-np.inf] * 6, a.sum(axis=1) / 3, 0.0, 1.0, integer=True)
    found = solve_cvxpy(one, Options(settings={"scip_params": {"limits/nodes": 1}}), "SCIP")
    assert found.messages[0] == "SCIP: optimal inaccurate" and np.isnan(found.bound[0])
