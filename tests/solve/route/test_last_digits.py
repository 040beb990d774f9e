"""What is certified by a hair and is not: sums that leave something in columns without end, rays that fall by little, costs that sums of floats barely see."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from saddlepoint.algebra.structure import Batch, Cone, ConeKind
from saddlepoint.solve.proof.exclusion import exclusion
from saddlepoint.solve.proof.farkas import farkas, ray
from saddlepoint.solve.route.polishing.nudge import nudged
from saddlepoint.solve.solution import Options, Solution, Status
from saddlepoint.solve.solve import solve
from tests.solve.conftest import make_batch

INF = np.inf
NONE = np.zeros(0)


def climbing(hair: float, gain: float = 2.0, beside: int = 0) -> Batch:
    """min u with u − v ≥ 1 and (1 + hair) v − u ≥ gain − 1, so v ≥ gain / hair; beside it columns and rows x ≥ 1 that have nothing to do with it."""
    A = np.zeros((2 + beside, 2 + beside))
    A[:2, :2] = [[1.0, -1.0], [-1.0, 1.0 + hair]]
    A[2:, 2:] = np.eye(beside)
    return make_batch(
        np.eye(1, 2 + beside)[0],
        A,
        [1.0, gain - 1.0, *np.ones(beside)],
        np.full(2 + beside, INF),
        lb=np.full(2 + beside, -INF),
    )


@pytest.mark.parametrize("solver", [None, "highs", "clarabel"])
@pytest.mark.parametrize("hair", [2.0**-38, 2.0**-30])
def test_what_a_sum_leaves_in_a_column_without_end_is_no_rounding(solver: str | None, hair: float) -> None:
    one = climbing(hair)
    many = replace(one, size=4, q=np.tile(one.q, (4, 1)), A=np.tile(one.A, (4, 1)))
    for batch in (one, many) if solver is None else (one,):
        found = solve(batch, Options(solver=solver))
        assert not (found.certificates.verified & (found.status == Status.INFEASIBLE)).any()
        assert solver is not None or found.certificates.verified.all()
        assert solver is not None or found.objective == pytest.approx(2 / hair, rel=1e-6)


def test_multipliers_off_by_a_tolerance_are_moved_to_where_their_sum_vanishes() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        y, A = rng.uniform(0.5, 2.0, 6), rng.normal(size=(6, 4))
        A[5] = -(y[:5] @ A[:5]) / y[5]
        A = np.hstack((A, rng.normal(size=(6, 3))))
        batch = make_batch(
            np.zeros(7),
            A,
            np.ones(6) * 9,
            np.full(6, INF),
            lb=[-INF] * 4 + [-1.0] * 3,
            ub=[INF] * 4 + [1.0] * 3,
        )
        off = y * (1 + 1e-10 * rng.normal(size=6))
        assert exclusion(batch, off[None]).stray_columns[0] > 1e-12
        proof = farkas(batch, off, NONE)
        assert proof.holds and proof.y is not None
        assert exclusion(batch, proof.y[None]).stray_columns[0] <= 1e-13


@pytest.mark.parametrize(
    ("gain", "hair", "holds"), [(2.0, 2.0**-33, True), (1e-3, 2.0**-40, True), (1e-5, 2.0**-33, False)]
)
def test_a_large_problem_has_no_plan_where_its_proof_excludes_all_of_a_size_that_matters(
    gain: float, hair: float, holds: bool
) -> None:
    """Terms of v would have to be gain / hair times the sides: beyond a million of them no plan is meant."""
    batch = climbing(hair, gain, 120)
    y = np.array([1.0, 1.0, *np.zeros(120)])
    assert farkas(batch, y, NONE).holds is holds
    assert not farkas(climbing(hair, gain), y[:2], NONE).holds


@pytest.mark.parametrize("hair", [2.0**-33, 2.0**-36, 2.0**-39])
def test_costs_that_fall_by_a_hair_of_their_terms_have_no_end(hair: float) -> None:
    """min v − (1 + hair) u between u − v ≥ 0 and ≤ 1."""
    one = make_batch([-1.0 - hair, 1.0], [[1.0, -1.0]], [0.0], [1.0], lb=[-INF, -INF])
    many = replace(one, size=20, q=np.tile(one.q, (20, 1)), A=np.tile(one.A, (20, 1)))
    for found in (solve(one), solve(many)):
        assert (found.status == Status.UNBOUNDED).all()
        assert found.certificates.verified.all()


@pytest.mark.parametrize("hair", [2.0**-37, 2.0**-41])
def test_prices_miss_a_cost_by_more_than_sums_leave(hair: float) -> None:
    """min z + y − (1 + h) x with x = y and z ≥ 1 is 1 − h x, and a row lets x go to 1/h."""
    one = make_batch(
        [-1 - hair, 1.0, 1.0],
        [[1.0, -1.0, 0.0], [1.0, hair - 1, 0.0], [1.0, -1.0, 1.0]],
        [0.0, -INF, 1.0],
        [0.0, 1.0, INF],
        lb=[-INF] * 3,
    )
    many = replace(one, size=40, q=np.tile(one.q, (40, 1)), A=np.tile(one.A, (40, 1)))
    for found in (solve(one), solve(many)):
        assert found.certificates.verified.all()
        assert found.objective == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("curved", [False, True])
def test_less_than_a_billionth_of_a_thousandth_of_a_cost_is_worth_the_way_to_a_far_bound(
    curved: bool,
) -> None:
    """min (1 + h) x + y with x + y = 1 is 1 + h x, least at the far bound of x, −0.1 / h."""
    hair = 2.0**-40
    batch = make_batch(
        [1.0 + hair, 1.0, 0.0],
        [[1.0, 1.0, 0.0]],
        [1.0],
        [1.0],
        lb=[-0.1 / hair, -9.0, 0.0],
        ub=[2.0, 0.2 / hair, 9.0],
        P=np.diag([0.0, 0.0, 1.0]) if curved else None,
    )
    found = solve(batch)
    assert found.certificates.verified[0]
    assert found.objective[0] == pytest.approx(0.9, rel=1e-4)


@pytest.mark.parametrize("curved", [False, True])
def test_prices_off_their_costs_are_moved_onto_them(curved: bool) -> None:
    """min x + 2 y with x + y = 1 and x − y = 0: prices 3/2 and −1/2."""
    batch = make_batch(
        [1.0, 2.0],
        [[1.0, 1.0], [1.0, -1.0]],
        [1.0, 0.0],
        [1.0, 0.0],
        lb=[-INF, -INF],
        P=np.eye(2) if curved else None,
    )
    rough = Solution.blank(batch.structure, 1, Status.OPTIMAL)
    rough.x[0], rough.y[0], rough.z[0] = [0.5, 0.5], [1.5 + curved * 0.5 + 1e-11, -0.5 + 2e-11], 0.0
    made = nudged(batch, rough)[0]
    assert np.abs(made.y[0] - [1.5 + curved * 0.5, -0.5]).max() < 1e-15


@pytest.mark.parametrize("whole", [False, True])
def test_terms_of_a_plan_far_away_excuse_no_side_that_is_not_met_in_whole_numbers_either(whole: bool) -> None:
    """2 y = 3 x and 4 y ≥ 6 x + 7e-9, x whole: at y = 310 that is 5e-12 of the terms, which no certificate sees."""
    batch = make_batch(
        [-3.0, 1.0],
        [[-3.0, 2.0], [6e3, -4e3]],
        [0.0, -INF],
        [0.0, -6.787614613742386e-06],
        lb=[-INF, 0.0],
        ub=[INF, 310.0],
        integer=[whole, False],
    )
    found = solve(batch)
    assert Status(int(found.status[0])) is Status.INFEASIBLE
    assert found.certificates.verified[0]


def slanted(hair: float, gain: float, sign: float) -> Batch:
    """2 p q ≥ z² with q ≤ z/2 and p ≤ (1 + sign · hair) z − sign · gain: z ≥ gain / hair for sign 1, z ≤ gain / hair for sign −1; min sign · z."""
    return make_batch(
        [0.0, 0.0, sign],
        [[1.0, 0.0, -1.0 - sign * hair], [0.0, 1.0, -0.5]],
        [-INF, -INF],
        [-sign * gain, 0.0],
        lb=[-INF] * 3,
        F=np.eye(3),
        cones=[Cone(ConeKind.ROTATED, 3)],
    )


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_cone_that_opens_by_a_hair_has_a_plan_and_one_that_closes_an_end(sign: float) -> None:
    hair = 2.0**-27
    found = solve(slanted(hair, 2.0, sign))
    certified = found.certificates.verified[0]
    assert not certified or found.status[0] == Status.OPTIMAL
    assert not certified or abs(found.objective[0]) == pytest.approx(2 / hair, rel=1e-5)


@pytest.mark.parametrize("hair", [2.0**-30, 2.0**-33, 2.0**-40])
def test_a_bound_makes_plans_large_whose_multiplier_is_small(hair: float) -> None:
    """‖(x, y)‖ ≤ s ≤ (1 + hair) x with y ≥ 1: x ≥ 1 / √(2 hair), however small the price of y ≥ 1 is beside those of x and s."""
    one = make_batch(
        [1.0, 0.0, 0.0],
        [[-1.0 - hair, 0.0, 1.0]],
        [-INF],
        [0.0],
        lb=[-INF, 1.0, -INF],
        F=[[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
        cones=[Cone(ConeKind.SECOND_ORDER, 3)],
    )
    angle = 1e-4
    y, w = np.array([-1.0]), np.array([1.0, -np.cos(angle), -np.sin(angle)])
    assert not farkas(one, y, w).holds


@pytest.mark.parametrize(
    ("kind", "alpha"),
    [
        (ConeKind.SECOND_ORDER, 0.5),
        (ConeKind.ROTATED, 0.5),
        (ConeKind.POWER, 0.3),
        (ConeKind.EXPONENTIAL, 0.5),
    ],
)
def test_what_interior_points_leave_beside_cones_is_moved_away(kind: ConeKind, alpha: float) -> None:
    """Multipliers and rays inside their cones, off by 1e-9."""
    rng = np.random.default_rng(5)
    inside = np.array([-1.0, 0.3, 2.0] if kind is ConeKind.EXPONENTIAL else [2.0, 1.5, 0.4])
    dual = np.array([-1.0, 0.3, 2.0] if kind is ConeKind.EXPONENTIAL else [2.0, 1.0, 0.3])
    cone = Cone(kind, 3, alpha) if kind is ConeKind.POWER else Cone(kind, 3)
    for _ in range(5):
        F, y = rng.normal(size=(3, 4)), rng.uniform(0.5, 2.0, 2)
        A = rng.normal(size=(2, 4))
        A[1] = -(y[0] * A[0] + dual @ F) / y[1]
        sides = [3.0, 3.0]
        none = make_batch(np.zeros(4), A, sides, [INF, INF], lb=[-INF] * 4, F=F, cones=[cone])
        proof = farkas(none, y * (1 + 1e-9), dual * (1 + 1e-9 * rng.normal(size=3)))
        assert proof.holds and max(proof.rel_dual, proof.rel_prim) <= 1e-13
        x = np.linalg.lstsq(F, inside, rcond=None)[0]
        along = rng.normal(size=4)
        along -= x * (along @ x) / (x @ x)
        endless = make_batch(-x, along[None], [0.0], [0.0], lb=[-INF] * 4, F=F, cones=[cone])
        found = ray(endless, x + 1e-9 * rng.normal(size=4))
        assert found.holds and max(found.rel_dual, found.rel_prim) <= 1e-12
