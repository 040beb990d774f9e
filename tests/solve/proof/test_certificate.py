"""The certificate accepts what is right in any units, and rejects what is perturbed."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saddlepoint.algebra.products import symmetric_times, times, transposed_times
from saddlepoint.algebra.structure import Cone, ConeKind
from saddlepoint.solve.adapters.clarabel import solve_clarabel
from saddlepoint.solve.adapters.highs import solve_highs
from saddlepoint.solve.proof import cones
from saddlepoint.solve.proof.certificate import check_claims, measure
from saddlepoint.solve.proof.farkas import farkas, ray
from saddlepoint.solve.solution import Options, Status
from saddlepoint.solve.solve import solve
from tests.solve.conftest import make_batch

OPTIMAL = np.zeros(1, np.int8)


def solved(batch):
    answer = (solve_highs if batch.P.size == 0 and not batch.structure.is_conic else solve_clarabel)(
        batch, Options()
    )
    assert (answer.status == Status.OPTIMAL).all()
    return answer.x, answer.y, answer.z, answer.w


def verified(batch, answer):
    return check_claims(batch, *answer, np.zeros(batch.size, np.int8)).verified


@pytest.mark.parametrize("quadratic", [False, True])
@pytest.mark.parametrize("size", [1, 7])
def test_products_agree_with_dense_ones(randomly, size, quadratic):
    batch = randomly(3, size=size, quadratic=True)
    rng = np.random.default_rng(0)
    values = rng.normal(size=(size if quadratic else 1, batch.structure.A.nnz))
    x, y = rng.normal(size=(size, 6)), rng.normal(size=(size, 4))
    a, p = batch.structure.A, batch.structure.P
    for s in range(size):
        dense = np.zeros(a.shape)
        dense[a.indices, a.columns()] = values[s % len(values)]
        np.testing.assert_allclose(times(a, values, x)[s], dense @ x[s], atol=1e-12)
        np.testing.assert_allclose(transposed_times(a, values, y)[s], dense.T @ y[s], atol=1e-12)
        upper = np.zeros(p.shape)
        upper[p.indices, p.columns()] = batch.P[0]
        full = upper + np.triu(upper, 1).T
        np.testing.assert_allclose(symmetric_times(p, batch.P, x)[s], full @ x[s], atol=1e-12)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_right_answers_pass_and_perturbed_ones_do_not(randomly, seed, quadratic):
    batch = randomly(seed, quadratic=quadratic)
    x, y, z, w = solved(batch)
    assert verified(batch, (x, y, z, w))[0]
    size = max(1.0, np.abs(x).max())
    assert not verified(batch, (x + 1e-3 * size, y, z, w))[0]
    prices = max(np.abs(y).max(), np.abs(z).max())
    if np.abs(y).max() > 1e-3 * prices:
        assert not verified(batch, (x, -y, z, w))[0]
        assert not verified(batch, (x, y * 1.01, z, w))[0]
    if np.abs(z).max() > 1e-3 * prices:
        assert not verified(batch, (x, y, -z, w))[0]
    assert not verified(batch, (np.full_like(x, np.nan), y, z, w))[0]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(-30, 30), st.integers(-30, 30), st.booleans())
def test_units_of_costs_and_quantities_do_not_matter_when_below_one(
    randomly, seed, cost_unit, quantity_unit, quadratic
):
    """The four numbers are the same in units in which all data are small, and never larger in others."""
    batch = randomly(seed, quadratic=quadratic)
    x, y, z, w = solved(batch)
    x = x + 1e-5
    cost, quantity = 2.0 ** -abs(cost_unit), 2.0 ** -abs(quantity_unit)
    small = replace(
        batch,
        q=batch.q / 1024 * cost / quantity,
        P=batch.P / 1024 * cost / quantity**2,
        l=batch.l * quantity,
        u=batch.u * quantity,
        lb=batch.lb * quantity,
        ub=batch.ub * quantity,
    )
    base = replace(batch, q=batch.q / 1024, P=batch.P / 1024)
    before = measure(base, x, y / 1024, z / 1024, w)
    if quadratic and cost / quantity**2 > 1:
        return
    after = measure(small, x * quantity, y / 1024 * cost / quantity, z / 1024 * cost / quantity, w)
    if quadratic:
        assert after.within(1e-6)[0] == before.within(1e-6)[0]
    elif cost / quantity <= 1:
        np.testing.assert_allclose(after.rel_dual, before.rel_dual, rtol=1e-6, atol=1e-15)


def test_tiny_costs_do_not_let_a_wrong_plan_pass(make):
    """Costs of 1e-8: x = (0, 5) with zero prices is three times dearer than (5, 0)."""
    batch = make([1e-8, 3e-8], [[1.0, 1.0]], [5.0], None)
    wrong = np.array([[0.0, 5.0]])
    zero = np.zeros((1, 1)), np.zeros((1, 2)), np.zeros((1, 0))
    assert not verified(batch, (wrong, *zero))[0]
    right = np.array([[5.0, 0.0]]), np.array([[1e-8]]), np.array([[0.0, 2e-8]]), np.zeros((1, 0))
    assert verified(batch, right)[0]


def test_a_large_constant_does_not_hide_a_gap(make):
    """With r = 1e9 in the denominators a plan 4 % off would pass."""
    batch = make([1.0, 2.0], [[1.0, 1.0]], [5.0], None, r=1e9)
    x = np.array([[5.2, 0.0]])
    prices = np.array([[1.0]]), np.array([[0.0, 1.0]]), np.zeros((1, 0))
    assert not verified(batch, (x, *prices))[0]


def test_a_multiplier_on_an_infinite_side_is_a_dual_residual(make):
    batch = make([-1.0], [[1.0]], None, [4.0])
    x, z, w = np.array([[4.0]]), np.zeros((1, 1)), np.zeros((1, 0))
    assert verified(batch, (x, np.array([[-1.0]]), z, w))[0]
    wrong = make([1.0], [[1.0]], None, [4.0], lb=[-np.inf])
    assert measure(wrong, x, np.array([[1.0]]), z, w).rel_dual[0] > 0.1


def test_batch_equals_one_by_one(randomly):
    batch = randomly(5, size=6)
    answer = solved(batch)
    together = measure(batch, *answer)
    for s in range(6):
        alone = measure(batch.take(np.array([s])), *(a[s : s + 1] for a in answer))
        for name in ("rel_prim", "rel_dual", "gap", "unc", "objective"):
            np.testing.assert_allclose(getattr(alone, name)[0], getattr(together, name)[s], atol=1e-14)


CONES = [Cone(ConeKind.SECOND_ORDER, 3), Cone(ConeKind.EXPONENTIAL, 3), Cone(ConeKind.POWER, 3, 0.3)]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(CONES), st.lists(st.floats(-4, 4), min_size=6, max_size=6))
def test_cone_and_dual_cone_have_nonnegative_products(cone, numbers):
    v, w = np.array([numbers[:3]]), np.array([numbers[3:]])
    if cones.violation([cone], v)[0, 0] == 0 and cones.dual_violation([cone], w)[0, 0] == 0:
        assert v[0] @ w[0] >= -1e-9


@pytest.mark.parametrize("cone", CONES)
def test_cone_borders(cone):
    border = {
        ConeKind.SECOND_ORDER: ([5.0, 3.0, 4.0], [5.0, 3.0, -4.0]),
        ConeKind.EXPONENTIAL: ([1.0, 2.0, 2 * np.exp(0.5)], [-1.0, 1.0, np.exp(-2.0)]),
        ConeKind.POWER: ([2.0, 3.0, 2**0.3 * 3**0.7], [0.6, 2.1, 2**0.3 * 3**0.7]),
    }[cone.kind]
    for inside, point in zip((cones.violation, cones.dual_violation), border, strict=True):
        step = {ConeKind.SECOND_ORDER: [1, 0, 0], ConeKind.EXPONENTIAL: [0, 0, 1], ConeKind.POWER: [1, 1, 0]}
        inward = 1e-3 * np.array(step[cone.kind], float)
        assert inside([cone], np.array([point + inward]))[0, 0] == 0
        outside = inside([cone], np.array([point - inward]))[0, 0]
        assert 1e-5 < outside <= 3e-3


def test_farkas_vectors_and_rays(make):
    batch = make([1.0, 1.0], [[1.0, 1.0], [1.0, 1.0]], [4.0, -np.inf], [np.inf, 3.0])
    assert farkas(batch, np.array([1.0, -1.0]), np.zeros(0)).holds
    assert not farkas(batch, np.array([1.0, 1.0]), np.zeros(0)).holds
    assert not farkas(batch, np.array([1.0, -0.5]), np.zeros(0)).holds
    possible = make([1.0, 1.0], [[1.0, 1.0], [1.0, 1.0]], [3.0, -np.inf], [np.inf, 4.0])
    assert not farkas(possible, np.array([1.0, -1.0]), np.zeros(0)).holds
    endless = make([-1.0, 1.0], [[1.0, -1.0]], None, [1.0], ub=[np.inf, np.inf])
    assert not ray(endless, np.array([1.0, 1.0])).holds
    endless = make([-2.0, 1.0], [[1.0, -1.0]], None, [1.0], ub=[np.inf, np.inf])
    assert ray(endless, np.array([1.0, 1.0])).holds
    assert not ray(endless, np.array([1.0, 0.5])).holds
    assert not ray(endless, np.array([-1.0, -1.0])).holds
    bent = make([-2.0, 1.0], [[1.0, -1.0]], None, [1.0], P=np.diag([0.0, 1.0]))
    assert not ray(bent, np.array([1.0, 1.0])).holds


@pytest.mark.parametrize("cone", CONES)
def test_conic_answers_pass_and_perturbed_ones_do_not(make, cone):
    """min cᵀx with x in the cone and one coordinate fixed; c inside the dual cone."""
    costs = {ConeKind.SECOND_ORDER: [3.0, 1.0, 1.0], ConeKind.EXPONENTIAL: [-1.0, 2.0, 1.0]}
    q = costs.get(cone.kind, [1.0, 1.0, 0.5])
    fixed = [[0, 1.0, 0]] if cone.kind is ConeKind.EXPONENTIAL else [[0, 0, 1.0]]
    batch = make(q, fixed, [2.0], [2.0], [-np.inf] * 3, F=np.eye(3), g=[0.0] * 3, cones=(cone,))
    x, y, z, w = solved(batch)
    assert verified(batch, (x, y, z, w))[0]
    outward = np.array([[-1e-3 if cone.kind is ConeKind.EXPONENTIAL else 1e-3, 0.0, 0.0]])
    for broken in (
        (x, y, z, w * 1.001),
        (x, y, z, -w),
        (x, y * 1.001, z, w),
        (x - outward, y, z, w),
        (x * 1.001, y, z, w),
    ):
        assert not verified(batch, broken)[0]


def test_a_price_outside_the_dual_cone_is_rejected(make):
    """Stationary, primal feasible and complementary, but w is not in the dual cone: the plan is a maximum."""
    cone = (Cone(ConeKind.SECOND_ORDER, 2),)
    batch = make([-1.0, -1.0], None, None, None, [-np.inf] * 2, F=np.eye(2), g=[0.0, 0.0], cones=cone)
    zero = np.zeros((1, 2))
    answer = zero, np.zeros((1, 0)), zero, np.array([[-1.0, -1.0]])
    found = measure(batch, *answer)
    assert found.rel_dual[0] > 0.1
    assert max(found.rel_prim[0], abs(found.gap[0]), found.unc[0]) < 1e-9
    assert not verified(batch, answer)[0]


def test_a_price_of_nothing_beside_a_cone_excuses_no_gap(make):
    """x₀ = 1 by its bounds and by a row, whose price may be anything; min x₁ over |x₁| ≤ 2 is −2, not −1."""
    cone = (Cone(ConeKind.SECOND_ORDER, 2),)
    F, g = [[0.0, 0.0], [0.0, 1.0]], [2.0, 0.0]
    batch = make([1.0, 1.0], [[1.0, 0.0]], [1.0], [1.0], [1.0, -3.0], [1.0, 3.0], F=F, g=g, cones=cone)
    optimal = np.array([Status.OPTIMAL], np.int8)

    def judged(x, z, price, w):
        y, fixed = np.array([[price]]), 1.0 - price
        given = np.array([[1.0, x]]), y, np.array([[fixed, z]]), np.array([w])
        return bool(check_claims(batch, *given, optimal).verified[0])

    assert judged(-2.0, 0.0, 1.0, [1.0, 1.0])
    assert not judged(-1.0, 1.0, 1.0, [0.0, 0.0])
    assert not judged(-1.0, 1.0, 6e15, [0.0, 0.0])


def test_integers_must_be_whole_and_the_bound_near(make):
    batch = make([-5.0, -4.0], [[6.0, 4.0], [1.0, 2.0]], None, [24.0, 6.0], integer=[True, False])
    x, y, z = np.array([[3.0, 1.5]]), np.array([[-1.0, 0.0]]), np.array([[1.0, 0.0]])
    none = np.zeros((1, 0))

    def holds(x, bound):
        status = np.zeros(1, np.int8)
        y_now, z_now = (np.array([[0.0, -2.0]]), np.array([[-3.0, 0.0]])) if x[0, 1] == 1.5 else (y, z)
        return check_claims(batch, x, y_now, z_now, none, status, bound)

    assert holds(x, np.array([-21.0])).verified[0]
    far = holds(x, np.array([-22.0]))
    assert not far.verified[0]
    assert far.gap[0] == pytest.approx(1 / 21)
    assert not holds(x, np.array([-20.0])).verified[0]
    assert not holds(x, None).verified[0]
    assert not holds(np.array([[3.4, 1.3]]), np.array([-22.2])).verified[0]


def test_a_violation_that_costs_nothing_is_rejected(make):
    """Rows and bounds without a price: only the primal residual can see it."""
    x, z, none = np.array([[0.0, 0.0]]), np.array([[1.0, 0.0]]), np.zeros((1, 0))
    row = make([1.0, 0.0], [[0.0, 1.0]], [1.0], None)
    assert not verified(row, (x, np.zeros((1, 1)), z, none))[0]
    assert verified(row, (np.array([[0.0, 1.0]]), np.zeros((1, 1)), z, none))[0]
    bound = make([1.0, 0.0], lb=[0.0, 1.0])
    assert not verified(bound, (x, np.zeros((1, 0)), z, none))[0]


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_infinite_sides_have_no_multipliers(make, sign):
    """On rows and on bounds, below and above: stationary and complementary, yet no optimum."""
    side = [4.0]
    sides = (None, side) if sign > 0 else (side, None)
    row = make([sign], [[1.0]], *sides, lb=[-np.inf])
    x, one, none = np.array([[4.0]]), np.array([[sign]]), np.zeros((1, 0))
    assert measure(row, x, one, np.zeros((1, 1)), none).rel_dual[0] > 0.1
    lb, ub = ([-np.inf], side) if sign > 0 else (side, [np.inf])
    bound = make([sign], lb=lb, ub=ub)
    assert measure(bound, x, np.zeros((1, 0)), one, none).rel_dual[0] > 0.1


def test_integrality_does_not_depend_on_other_sides(make):
    """Next to a bound of 1e9 a fraction of 0.4 is small, and still no integer."""
    batch = make([1.0, 0.0], ub=[1e9, 5.0], integer=[False, True])
    zero, none = np.zeros((1, 2)), np.zeros((1, 0))
    for part, whole in ((3.0, True), (3.4, False)):
        x, z = np.array([[0.0, part]]), np.array([[1.0, 0.0]])
        found = check_claims(batch, x, none, z, none, np.zeros(1, np.int8), np.zeros(1))
        assert found.verified[0] == whole
    assert not check_claims(batch, zero, none, zero, none, np.zeros(1, np.int8), np.zeros(1)).verified[0]


@pytest.mark.parametrize("cost", [1e-14, 1e-16, 1e-20, 1e-60])
@pytest.mark.parametrize("curved", [False, True])
def test_a_cost_that_is_dust_of_its_prices_is_proven_exactly(cost: float, curved: bool) -> None:
    """min cost x + y with x + 3y ≥ 1, −x + 7z ≥ 1: two prices of ⅓ cancel in column x but for its cost, which no float of theirs shows."""
    batch = make_batch(
        [cost, 1.0, 10.0],
        [[1.0, 3.0, 0.0], [-1.0, 0.0, 7.0]],
        [1.0, 1.0],
        [np.inf, np.inf],
        lb=[-np.inf, 0.0, 0.0],
        P=np.diag([0.0, 0.0, 1.0]) if curved else None,
    )
    found = solve(batch)
    assert found.certificates.verified[0], found.messages
    assert found.x[0] == pytest.approx([-1.0, 2 / 3, 0.0], abs=1e-15)
    assert found.y[0] == pytest.approx([1 / 3, 1 / 3])
