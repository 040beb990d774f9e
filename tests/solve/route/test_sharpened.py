"""A certified quadratic optimum is made exact where that is asked for: its gap says little about a flat one."""

from dataclasses import replace

import numpy as np
import pytest

from saddlepoint.algebra.columnar import Coded
from saddlepoint.solve.proof.certificate import check_claims
from saddlepoint.solve.route.polishing.refine import sharpened
from saddlepoint.solve.solution import Method, Solution, Status
from saddlepoint.solve.solve import solve
from tests.solve.conftest import make_batch


def judge(batch, answers, where, spread=None):
    a = answers
    return check_claims(batch, a.x, a.y, a.z, a.w, a.status, spread=spread)


def test_a_flat_optimum_within_the_gap_becomes_exact(make) -> None:
    """min 100 (x₁ − 3)² + 1e-4 (x₂ − 1)² − 1: x₂ = 1.001 costs 1e-10 more, and is off by a thousandth."""
    curved = np.diag([200.0, 2e-4])
    batch = make(P=curved, q=[-600.0, -2e-4], A=np.zeros((0, 2)), lb=[0.0, 0.0], ub=[10.0, 10.0])
    blank = Solution.blank(batch.structure, 1, Status.OPTIMAL)
    rough = replace(
        blank,
        x=np.array([[3.0, 1.001]]),
        y=np.zeros((1, 0)),
        z=np.zeros((1, 2)),
        w=np.zeros((1, 0)),
        method=Coded.all(1, Method("by hand")),
    )
    found = judge(batch, rough, None)
    assert found.verified[0] and found.worst[0] < 1e-6
    made, after = sharpened(batch, rough, found, np.array([0]), judge)
    np.testing.assert_allclose(made.x[0], [3.0, 1.0], rtol=1e-14)
    assert after.verified[0] and after.worst[0] < 1e-13


def test_a_miss_that_is_worth_more_than_the_objective_is_made_good() -> None:
    """x₀ ≥ 0.03125 is a bound, and its row asks for 1e-7 more: HiGHS' tolerance keeps the bound, whose price hides what the miss is worth beside an objective near nothing."""
    over = 0.75000007
    batch = make_batch(
        [0.375, 0.0625, 1.0, 2.0],
        [[-24.0, 0, 0, 0], [0, 0, 0, -98304.0], [0, 0.25, 8.0, 16.0], [2.0, 0, 0, 0]],
        [-0.750000075, -768.0, 0.03125, 0.0625],
        [-over, np.inf, 0.03125, np.inf],
        lb=[0.03125, -0.5, -np.inf, -np.inf],
        ub=[np.inf, -0.25, np.inf, np.inf],
    )
    found = solve(batch, kernels=())
    assert found.certificates.verified[0]
    assert found.objective[0] == pytest.approx(0.375 * (over / 24.0 - 0.03125), rel=1e-6)
