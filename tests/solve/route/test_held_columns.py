"""Columns that an answer settles are held at their bounds, and what is left is solved in units of its own."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from saddlepoint.algebra.structure import Cone, ConeKind
from saddlepoint.solve.route.stages.held_columns import hold_columns, with_costs_of_held
from saddlepoint.solve.solution import Status
from saddlepoint.solve.solve import solve
from tests.solve.conftest import make_batch


def cubes(gain, cost, upper=np.inf):
    """min −gain·x + cost·y + t + s with x³ ≤ t, y³ ≤ s, 0 ≤ x, 0 ≤ y ≤ upper; optimal at x = √(gain/3), y = 0."""
    cone = Cone(ConeKind.POWER, 3, 1 / 3)
    rows, constant = np.zeros((6, 4)), np.zeros(6)
    rows[[0, 2], [2, 0]] = rows[[3, 5], [3, 1]] = 1.0
    constant[[1, 4]] = 1.0
    free = [-np.inf, -np.inf]
    return make_batch(
        [-gain, cost, 1.0, 1.0],
        lb=[0.0, 0.0, *free],
        ub=[np.inf, upper, np.inf, np.inf],
        F=rows,
        g=constant,
        cones=(cone, cone),
    )


@pytest.mark.parametrize("gain", [3e-14, 3e-16])
def test_a_cost_of_dust_beside_one_at_its_bound(gain):
    answer = solve(cubes(gain, 1.0))
    assert answer.status[0] == Status.OPTIMAL
    assert answer.certificates.verified[0]
    assert_allclose(answer.x[0, :2], [np.sqrt(gain / 3), 0.0], rtol=1e-4, atol=0)
    assert_allclose(answer.z[0, 1], 1.0)


def test_what_an_answer_settles_is_held():
    one = cubes(3.0, 1.0, upper=5.0)
    held = hold_columns(one, np.array([1.0, 1e-9, 1.0, 0.0]), np.array([1e-9, 0.9, 0.0, 0.0]))
    assert held.columns.tolist() == [False, True, False, False]
    assert held.batch.lb[0, 1] == held.batch.ub[0, 1] == 0.0
    assert held.batch.q[0].tolist() == [-3.0, 0.0, 1.0, 1.0]


def test_a_column_at_its_upper_bound_leaves_its_cost_as_a_constant():
    one = cubes(3.0, -200.0, upper=5.0)
    held = hold_columns(one, np.array([1.0, 5.0, 1.0, 125.0]), np.array([0.0, -125.0, 0.0, 0.0]))
    assert held.batch.lb[0, 1] == held.batch.ub[0, 1] == 5.0
    assert held.batch.r[0, 0] == -1000.0
    found = with_costs_of_held(one, held, solve(held.batch))
    assert_allclose(found.z[0], [0.0, -125.0, 0.0, 0.0], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("x", "z"),
    [(1.0, 0.9), (1e-9, 0.05), (1e-9, -0.9)],
    ids=["away from its bound", "of little price", "a price of the other side"],
)
def test_what_an_answer_leaves_open_is_not_held(x, z):
    assert hold_columns(cubes(3.0, 1.0), np.array([1.0, x, 1.0, 1.0]), np.array([0.0, z, 0.0, 0.0])) is None
