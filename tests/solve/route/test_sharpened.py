"""A certified quadratic optimum is made exact where that is asked for: its gap says little about a flat one."""

from dataclasses import replace

import numpy as np

from saddlepoint.algebra.columnar import Coded
from saddlepoint.solve.proof.certificate import certify
from saddlepoint.solve.route.polishing.refine import sharpened
from saddlepoint.solve.solution import Method, Solution, Status


def judge(batch, answers, where, spread=None):
    a = answers
    return certify(batch, a.x, a.y, a.z, a.w, a.status, spread=spread)


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
