"""Bounds that mean no limit, sides that differ in their thirteenth digit, and rays of tiny worth."""

import numpy as np
import pytest

from saddlepoint.algebra.structure import Cone, ConeKind
from saddlepoint.solve.proof.certificate import measure
from saddlepoint.solve.proof.exclusion import HAIR
from saddlepoint.solve.proof.sizes import far_away
from saddlepoint.solve.route.claims.exact_claims import exactly_infeasible, hidden_violation, strained
from saddlepoint.solve.route.units.walls import has_walls, without_far_bounds
from saddlepoint.solve.solution import Status
from saddlepoint.solve.solve import solve
from tests.solve.conftest import make_batch


@pytest.mark.parametrize("wall", [1e10, 1e12, 1e13, 1e22])
def test_a_plan_does_not_stand_at_a_wall_without_need(wall) -> None:
    q, a = [3.0, 4.3330078125], [[1.0, 1.4443359375]]
    found = solve(make_batch(q, a, [6.529955863952637], [np.inf], [-np.inf, -wall], [np.inf, wall]))
    assert found.status[0] == Status.OPTIMAL and np.abs(found.x).max() < 100
    assert found.objective[0] == pytest.approx(3 * 6.529955863952637, rel=1e-12)


def test_a_wall_that_the_costs_drive_to_is_the_answer() -> None:
    batch = make_batch([-1.0, 0.0], [[1.0, -1.0]], [-np.inf], [5.0], [0.0, 0.0], [np.inf, 1e12])
    assert has_walls(batch) and np.isinf(without_far_bounds(batch).ub).all()
    found = solve(batch)
    assert found.status[0] == Status.OPTIMAL and found.x[0].tolist() == [1e12 + 5, 1e12]


def test_ordinary_bounds_are_no_walls() -> None:
    assert not has_walls(make_batch([1.0, 1.0], [[1.0, 1.0]], [3.0], [3.0], [0.0, 0.0], [1e4, np.inf]))


@pytest.mark.parametrize("curvature", [None, [[8.0]]])
def test_a_millionth_of_a_millionth_is_nothing_and_a_thousandth_is_not(curvature) -> None:
    for apart, word in ((1.0, Status.OPTIMAL), (1e9, Status.INFEASIBLE)):
        batch = make_batch([33.0], [[-1.0]], [1e12 + apart], [np.inf], [-1e12], [1e12], P=curvature)
        found = solve(batch)
        assert found.status[0] == word and found.certificates.verified[0]


def test_rational_arithmetic_sees_the_last_digit() -> None:
    batch = make_batch([33.0], [[-1.0]], [1e12 + 1], [np.inf], [-1e12], [1e12])
    proof = exactly_infeasible(batch)
    assert proof is not None and proof.y is not None and proof.z is not None
    assert proof.y[0] == pytest.approx(1.0) and proof.z[0] == pytest.approx(1.0)
    assert exactly_infeasible(batch, HAIR) is None


INF = np.inf


@pytest.mark.parametrize("curvature", [None, np.eye(2)])
@pytest.mark.parametrize(
    ("rows", "low", "high"),
    [
        ([[1.0, -1.0], [-1.0, 1.0]], [5.0, -3.0], [INF, INF]),
        ([[1.0, -1.0], [1.0, -1.0]], [0.25, -INF], [0.25, 0.125]),
        ([[1.0, -1.0], [1.0, -1.0]], [1e-5, 0.0], [1e-5, 0.0]),
    ],
)
def test_terms_at_a_wall_excuse_no_side(curvature, rows, low, high) -> None:
    lb, ub = [-1e13, -1e13], [1e13, 1e13]
    given = make_batch([3.0, -9.0], rows, low, high, lb, ub, P=curvature)
    found = solve(given)
    assert found.status[0] == Status.INFEASIBLE and found.certificates.verified[0]
    plan = np.array([[rows[0][1] * -1e13, 1e13]])
    assert measure(given, plan, *(np.zeros((1, 2)) for _ in "yz"), np.zeros((1, 0))).rel_prim[0] < 1e-6
    assert strained(given, plan, HAIR).tolist() == [True]


def test_what_terms_of_a_million_millions_hide_among_many_rows() -> None:
    """150 rows beside one whose side of 0.25 a plan may break among terms of 1e13, two parts in 1e14."""
    size = 150
    rows = np.zeros((size + 1, size + 2))
    rows[0, :2], rows[1:, 2:] = 1.0, np.eye(size) + np.eye(size, k=1)
    bounds = [-1e13, -1e13, *[0.0] * size], [1e13, 1e13, *[9.0] * size]
    sides = [0.25, *[1.0] * size], [0.25, *[INF] * size]
    given = make_batch([3.0, 1.0, *[1.0] * size], rows, *sides, *bounds)
    assert hidden_violation(given, np.array([1e13, -1e13, *[1.0] * size])) > 1e-6
    assert hidden_violation(given, np.array([1.0, -0.75, *[1.0] * size])) == 0.0


@pytest.mark.parametrize("unit", [1.0, 2.0**-40, 1e9])
def test_a_plan_is_strained_by_what_sides_speak_of_in_any_units(unit) -> None:
    """x − y = 0 has a side of 0; what it may be broken by is a part of the 5 that y is held to by its other row."""
    rows = np.array([[unit, -1.0], [0.0, 1.0]])
    given = make_batch([0.0, 0.0], rows, [0.0, 5.0], [0.0, INF], [-INF, -INF], [INF, INF])
    plans = np.array([[5.0 / unit, 5.0], [1e9 / unit, 1e9 + 1e-3], [1e9 / unit, 1e9 + 1e-7]])
    assert strained(given, plans, HAIR).tolist() == [False, True, False]
    none = make_batch([0.0, 0.0], rows, [0.0, -INF], [0.0, 0.0], [-INF, -INF], [INF, INF])
    assert not strained(none, plans, HAIR).any()


def test_feasible_to_the_last_digit_is_not_infeasible() -> None:
    batch = make_batch([33.0], [[-1.0]], [1e12], [np.inf], [-1e12], [1e12])
    assert exactly_infeasible(batch) is None
    assert solve(batch).x[0, 0] == -1e12


def test_unbounded_is_not_said_where_there_is_no_plan() -> None:
    batch = make_batch([-4.0, 3.0], [[0.0, -1.0]], [1e10 + 1e5], [np.inf], [-np.inf, -1e10], [np.inf, 1e10])
    assert solve(batch).status[0] == Status.INFEASIBLE


def test_a_ray_of_tiny_worth_beside_a_large_cost_is_found() -> None:
    a = [[-2.86102294921875e-06, 6.103515625e-05, 0.0]]
    q = [-1.9073486328125e-06, -1.52587890625e-05, -134217728.0]
    batch = make_batch(q, a, [-np.inf], [2.0], [0.0, 0.0, -np.inf], [np.inf, np.inf, 2.384e-07])
    found = solve(batch)
    assert found.status[0] == Status.UNBOUNDED and found.certificates.verified[0]


def test_prices_that_cancel_are_no_excuse() -> None:
    p = np.diag([67108864.0, 1.0, 2.0, 0.0, 5.684341886080802e-14])
    q = [0.0, 9.0, 20.0, -4.470348358154297e-08, -4.291534423828125e-06]
    a = [[0.0, -3.0, -4.0, 0.0, 7.152557373046875e-07]] * 2
    lb, ub = [-np.inf, 3.0, -3.0, 268435456.0, 0.0], [np.inf, 5.0, 2.0, 335544320.0, np.inf]
    found = solve(make_batch(q, a, [-np.inf, -6.0], [-6.0, -6.0], lb, ub, P=p))
    assert found.status[0] == Status.OPTIMAL and found.objective[0] == pytest.approx(-7.0, rel=1e-6)


def test_a_problem_without_sides_has_no_scale_but_its_terms() -> None:
    a = [[4.0, 1.0, 1.0, 0.0], [1.0, 0.0, -1.0, 3.0]]
    q = [0.001708984375, 0.0003662109375, 0.0001220703125, 0.0008544921875]
    lb, ub = [-1e13, -1.0, 0.0, 0.0], [1e13, 1.0, np.inf, 0.0]
    found = solve(make_batch(q, a, [0.0, 0.0], [np.inf, np.inf], lb, ub))
    assert found.status[0] == Status.OPTIMAL and abs(found.objective[0]) < 1e-18


def test_plans_of_cones_beside_which_all_constants_are_nothing() -> None:
    cone = Cone(ConeKind.EXPONENTIAL, 3)
    batch = make_batch([1.0], F=[[1.0], [1.0], [2.0]], g=[1.0, 1.0, 1.0], cones=(cone,))
    assert far_away(batch, np.array([[1e8]])).tolist() == [True]
    assert far_away(batch, np.array([[1e4]])).tolist() == [False]
