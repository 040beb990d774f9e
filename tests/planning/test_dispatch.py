"""The cheapest plan: published numbers, kinks and ties, and a general QP solver beside ours."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saddlepoint.errors import PlanningError
from saddlepoint.planning import Demand, Fleet, dispatch, plans, prove, service_value

# Source: the reference table of the dispatch example (fleets drawn from default_rng(42) and default_rng(7)).
REFERENCE = json.loads((Path(__file__).parents[1] / "data" / "dispatch.json").read_text())
CASES = [("n5seed42", 5, 42, 300.0, 30.0), ("n6seed7", 6, 7, 350.0, 40.0)]


@pytest.mark.parametrize(("key", "n", "seed", "mean", "std"), CASES)
@pytest.mark.parametrize("model", ["normal", "robust"])
def test_reference_fleet(key: str, n: int, seed: int, mean: float, std: float, model: str) -> None:
    fleet, expected = Fleet.random(n, seed), REFERENCE[key]
    np.testing.assert_array_equal(fleet.alpha, expected["alpha"])
    np.testing.assert_array_equal(fleet.upper, expected["u"])
    np.testing.assert_array_equal(fleet.gamma, expected["gamma"])
    assert fleet.capacity == pytest.approx(expected["cap"], abs=1e-9)
    answer = dispatch(fleet, Demand(mean, std, 0.95, model))
    truth = expected[model]
    assert answer.level == pytest.approx(truth["D_eff"], abs=1e-9)
    assert answer.price == pytest.approx(truth["lam"], abs=1e-9)
    assert answer.cost == pytest.approx(truth["cost"], abs=1e-8)
    np.testing.assert_allclose(answer.plan, truth["x"], atol=1e-9)
    assert answer.certificate.holds(1e-9)
    assert answer.costs.sum() == pytest.approx(answer.cost, rel=1e-12)
    assert answer.objective == pytest.approx(answer.cost - fleet.gamma.sum(), rel=1e-12)
    stationarity = answer.marginal_costs - answer.price + answer.nu_upper - answer.nu_lower
    np.testing.assert_allclose(stationarity, 0.0, atol=1e-12)


def test_wood_wollenberg_three_units() -> None:
    fleet = Fleet.of(
        [0.001562, 0.00194, 0.00482], [7.92, 7.85, 7.97], [561, 310, 78], [150, 100, 50], [600, 400, 200]
    )
    answer = dispatch(fleet, 850.0)
    np.testing.assert_allclose(answer.plan, [393.2, 334.6, 122.2], atol=0.05)
    assert answer.price == pytest.approx(9.148, abs=5e-4)
    assert answer.cost == pytest.approx(8194.36, abs=5e-3)
    assert answer.certificate.holds(1e-12)


def _by_clarabel(fleet: Fleet, level: float) -> tuple[np.ndarray, float]:
    import clarabel
    import scipy.sparse as sp

    n = len(fleet.alpha)
    rows = sp.vstack([-np.ones((1, n)), -sp.eye(n), sp.eye(n)], format="csc")
    base = fleet.lower.sum() - fleet.minimum.sum()
    right = np.concatenate([[-(level + base)], -fleet.lower, fleet.upper])
    settings_ = clarabel.DefaultSettings()
    settings_.verbose = False
    settings_.tol_gap_abs = settings_.tol_gap_rel = settings_.tol_feas = 1e-11
    curvature = sp.diags(2.0 * fleet.alpha, format="csc")
    cone = [clarabel.NonnegativeConeT(2 * n + 1)]
    solution = clarabel.DefaultSolver(curvature, fleet.beta, rows, right, cone, settings_).solve()
    return np.array(solution.x), float(solution.z[0])


machines = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.01, 0.1, 0.5, 2.0]),
        st.sampled_from([-3.0, 0.0, 1.0, 2.0, 2.5, 10.0]),
        st.sampled_from([0.0, 5.0, 20.0]),
        st.sampled_from([0.0, 10.0, 30.0]),
    ),
    min_size=1,
    max_size=7,
)


@settings(max_examples=150, deadline=None)
@given(machines, st.floats(0.0, 0.999))
def test_against_an_interior_point_solver(rows: list[tuple[float, float, float, float]], part: float) -> None:
    alpha, beta, lower, width = (np.array(v) for v in zip(*rows, strict=True))
    width = np.maximum(width, 1.0)  # an interior-point solver needs an interior
    fleet = Fleet.of(alpha, beta, 1.0, lower, lower + width)
    level = part * fleet.capacity
    answer = dispatch(fleet, level)
    assert answer.certificate.holds(1e-9), answer.certificate.residuals()
    other, _ = _by_clarabel(fleet, level)
    cost = float(fleet.costs(np.clip(other, fleet.lower, fleet.upper)).sum())
    assert answer.cost == pytest.approx(cost, rel=1e-6, abs=1e-5)
    left, right = answer.price_range
    assert left - 1e-9 <= answer.price <= right + 1e-9
    assert float(fleet.supply.cost_at(level)) + len(fleet) == pytest.approx(answer.cost, rel=1e-10, abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(machines, st.lists(st.floats(0.0, 1.0), min_size=1, max_size=30))
def test_many_demands_are_the_single_ones(
    rows: list[tuple[float, float, float, float]], parts: list[float]
) -> None:
    alpha, beta, lower, width = (np.array(v) for v in zip(*rows, strict=True))
    fleet = Fleet.of(alpha, beta, 0.0, lower, lower + width)
    levels = np.array(parts) * fleet.capacity
    together = plans(fleet, levels)
    assert together.plan is not None
    assert together.certificate is not None
    assert together.certificate.holds(1e-9)
    for k, level in enumerate(levels):
        alone = dispatch(fleet, float(level))
        np.testing.assert_allclose(together.plan[k], alone.plan, atol=1e-9)
        assert together.price[k] == pytest.approx(alone.price, rel=1e-12, abs=1e-12)
        assert together.cost[k] == pytest.approx(alone.cost, rel=1e-10, abs=1e-8)


def test_the_price_is_the_slope_of_the_cost() -> None:
    fleet, level, step = Fleet.random(8, 3), 400.0, 1e-4
    up, down = (float(fleet.supply.cost_at(level + s)) for s in (step, -step))
    assert dispatch(fleet, level).price == pytest.approx((up - down) / (2 * step), rel=1e-8)


def test_kink_between_linear_machines_has_two_prices() -> None:
    fleet = Fleet.of(0.0, [2.0, 5.0], 0.0, 0.0, [10.0, 10.0])
    answer = dispatch(fleet, 10.0)
    np.testing.assert_allclose(answer.plan, [10.0, 0.0])
    assert (answer.price, answer.price_range) == (2.0, (2.0, 5.0))
    assert dispatch(fleet, 10.5).price_range == (5.0, 5.0)


def test_tied_linear_machines_share_evenly() -> None:
    answer = dispatch(Fleet.of(0.0, [4.0, 4.0, 1.0], 0.0, 0.0, [10.0, 30.0, 5.0]), 25.0)
    np.testing.assert_allclose(answer.plan, [5.0, 15.0, 5.0], atol=1e-12)
    assert answer.price == 4.0


def test_at_capacity_the_right_price_is_infinite() -> None:
    fleet = Fleet.random(5, 42)
    answer = dispatch(fleet, fleet.capacity + 9e-7)
    np.testing.assert_array_equal(answer.plan, fleet.upper)
    assert answer.price_range[1] == np.inf
    assert answer.price == pytest.approx((2 * fleet.alpha * fleet.upper + fleet.beta).max(), rel=1e-12)


def test_free_capacity_has_price_zero() -> None:
    answer = dispatch(Fleet.of(0.1, [2.0, 3.0], 0.0, [10.0, 5.0], 50.0), 12.0)
    np.testing.assert_array_equal(answer.plan, [10.0, 5.0])
    assert answer.price == 0.0
    assert answer.production == 15.0
    np.testing.assert_allclose(answer.nu_lower, [4.0, 4.0])
    assert answer.certificate.holds()


def test_negative_marginal_cost_produces_more_than_demand() -> None:
    answer = dispatch(Fleet.of([0.1], [-2.0], 0.0, 0.0, 50.0), 4.0)
    np.testing.assert_allclose(answer.plan, [10.0])
    assert answer.price == 0.0
    assert answer.cost == pytest.approx(-10.0)


def test_pieces_of_one_machine() -> None:
    fleet = Fleet.of(
        [0.0, 0.0, 0.05], [2.0, 6.0, 1.0], [7.0, 0.0, 3.0], [10.0, 30.0, 0.0], [30.0, 60.0, 80.0], list("AAB")
    )
    assert (fleet.names, len(fleet), fleet.simple) == (("A", "B"), 2, False)
    np.testing.assert_allclose((fleet.minimum, fleet.maximum), ([10.0, 0.0], [60.0, 80.0]))
    answer = dispatch(fleet, 85.0)
    np.testing.assert_allclose(answer.plan, [35.0, 50.0], atol=1e-12)
    assert answer.price == 6.0
    assert answer.cost == pytest.approx(7 + 2 * 30 + 6 * 5 + 3 + 0.05 * 2500 + 50)
    np.testing.assert_allclose(answer.marginal_costs, [6.0, 6.0])
    assert answer.certificate.holds(1e-12)


def test_extreme_coefficients_stay_exact() -> None:
    rng = np.random.default_rng(5)
    fleet = Fleet.of(
        10.0 ** rng.uniform(-10, 3, 300), rng.uniform(1, 9, 300), 0.0, 0.0, 10.0 ** rng.uniform(-3, 4, 300)
    )
    answer = plans(fleet, rng.uniform(0, 1, 500) * fleet.capacity)
    assert answer.certificate is not None
    assert answer.certificate.holds(1e-9), answer.certificate.residuals()


def test_a_wrong_plan_is_not_certified() -> None:
    from saddlepoint.planning.certificate import certify_one, certify_plans

    fleet = Fleet.random(5, 42)
    good = dispatch(fleet, 300.0)
    for shift, price in ((1e-4, good.price), (0.0, good.price + 1e-4), (0.0, -1.0)):
        x = good.plan + shift * np.array([1.0, -1.0, 0.0, 0.0, 0.0])
        one = certify_one(fleet.conditions, 300.0, price, x)
        many = certify_plans(
            fleet.conditions,
            np.array([300.0]),
            np.array([price]),
            x[None, :],
            np.empty((1, 5)),
            np.empty((1, 5)),
        )
        assert max(one) > 1e-7
        np.testing.assert_allclose([v[0] for v in many], one, rtol=1e-9, atol=1e-15)
    short = certify_one(fleet.conditions, 301.0, good.price, good.plan)
    assert short[0] == pytest.approx(1.0 / 302.0, rel=1e-6)


def test_value_of_one_point_of_service() -> None:
    fleet, demand = Fleet.random(5, 42), Demand(300.0, 30.0, 0.95)
    value = service_value(fleet, demand)
    h = 1e-6
    slope = [float(fleet.supply.cost_at(demand.but(reliability=0.95 + s).level)) for s in (h, -h)]
    assert value.reliability == pytest.approx((slope[0] - slope[1]) / (2 * h), rel=1e-6)
    assert value.mean == pytest.approx(dispatch(fleet, demand).price, rel=1e-9)
    assert value.std == pytest.approx(dispatch(fleet, demand).price * 1.6448536269514722, rel=1e-9)
    assert value.next_point > 0.01 * value.reliability > value.last_point > 0
    assert value.buffer_cost == pytest.approx(4305.6779851349 - dispatch(fleet, 300.0).cost)


def test_above_capacity_says_what_fits() -> None:
    fleet = Fleet.random(5, 42)
    with pytest.raises(PlanningError) as caught:
        dispatch(fleet, Demand(400.0, 60.0, 0.95, "robust"))
    (finding,) = caught.value.diagnostics
    assert finding.code == "P002"
    assert "661.534, is 181.04 above the capacity of the fleet, 480.494" in finding.message
    assert "largest mean that fits is 218.96" in finding.fix
    assert "highest reliability that fits is 0.64283" in finding.fix
    dispatch(fleet, Demand(218.95, 60.0, 0.95, "robust"))
    dispatch(fleet, Demand(400.0, 60.0, 0.6428, "robust"))


@pytest.mark.parametrize(
    ("call", "codes"),
    [
        (lambda: Demand(-1.0, 30.0), ["P001"]),
        (lambda: Demand(-1.0, -30.0, 1.0), ["P001", "U002", "U003"]),
        (lambda: Demand(300.0, 30.0, 95.0), ["U002"]),
        (lambda: Demand(300.0, 30.0, buffer="cantali"), ["U001"]),
        (lambda: Demand(300.0, 30.0, buffer="student-t"), ["U004"]),
        (lambda: Demand(0.0, 30.0, buffer="lognormal"), ["U005"]),
        (lambda: Demand(300.0, float("nan")), ["U006"]),
        (lambda: dispatch(Fleet.random(2, 1), -1.0), ["P001"]),
        (lambda: dispatch(Fleet.random(2, 1), float("nan")), ["P001"]),
        (lambda: plans(Fleet.random(2, 1), [1.0, 1e9]), ["P002"]),
        (lambda: plans(Fleet.random(2, 1), [-1.0]), ["P001"]),
        (lambda: prove(Fleet.random(2, 1), 9.0, [1.0], 2.0), ["P011"]),
        (lambda: prove(Fleet.random(2, 1), 9.0, [1.0, np.nan], 2.0), ["P011"]),
        (lambda: Fleet.of([-0.1], [1.0], upper=5.0), ["P003"]),
        (lambda: Fleet.of(0.0, [3.0, 2.0], 0.0, [0, 5], [5, 9], "AA"), ["P003"]),
        (lambda: Fleet.of(0.0, [1.0], lower=6.0, upper=5.0), ["P004"]),
        (lambda: Fleet.of(0.0, [1.0], lower=-1.0, upper=5.0), ["P004"]),
        (lambda: Fleet.of(0.0, [1.0, np.nan], upper=np.inf), ["P005", "P005", "P005"]),
        (lambda: Fleet.of(0.0, [1.0, 2.0], upper=5.0, names=["a"]), ["P006"]),
        (lambda: Fleet.of(0.0, [1.0, 2.0], upper=5.0, names=["a", "a"]), ["P007"]),
        (lambda: Fleet.of(0.0, [1.0, 2.0, 3.0], upper=5.0, names="aba"), ["P007"]),
        (lambda: Fleet.of([], [], upper=[]), ["P008"]),
        (lambda: Fleet.of([1.0, 2.0], [1.0, 2.0, 3.0], upper=5.0), ["P006"]),
        (lambda: Fleet.of("x", 1.0, upper=5.0), ["P006"]),
        (lambda: Fleet.random(0), ["P010"]),
        (lambda: Fleet.random(3, alpha=(2.0, 1.0)), ["P010"]),
    ],
)
def test_refusals(call: object, codes: list[str]) -> None:
    with pytest.raises(PlanningError) as caught:
        call()  # type: ignore[operator]
    assert [d.code for d in caught.value.diagnostics] == codes


@pytest.mark.parametrize("n", [1, 7, 60])
def test_the_compiled_pass_agrees(n: int) -> None:
    pytest.importorskip("numba")
    rng = np.random.default_rng(n)
    lower = rng.uniform(0, 5, n)
    fleet = Fleet.of(
        rng.uniform(0.01, 1, n), rng.uniform(-1, 9, n), 2.0, lower, lower + rng.uniform(0.5, 90, n)
    )
    levels = rng.uniform(0, 1, 50) * fleet.capacity
    ours, compiled = plans(fleet, levels), plans(fleet, levels, engine="numba")
    np.testing.assert_allclose(compiled.plan, ours.plan, rtol=1e-14, atol=1e-13)
    assert compiled.certificate is not None
    assert ours.certificate is not None
    np.testing.assert_allclose(compiled.certificate.worst, ours.certificate.worst, atol=1e-14)
    flat = Fleet.of(0.0, [1.0, 2.0], upper=5.0)
    np.testing.assert_allclose(plans(flat, [6.0], engine="numba").plan, [[5.0, 1.0]])


def test_plans_of_other_solvers_are_judged() -> None:
    fleet = Fleet.random(6, 7)
    ours = dispatch(fleet, Demand(350.0, 40.0, 0.95))
    theirs, price = _by_clarabel(fleet, ours.level)
    np.testing.assert_allclose(theirs, ours.plan, atol=1e-6)
    assert price == pytest.approx(ours.price, abs=1e-6)
    assert prove(fleet, ours.level, np.clip(theirs, 0.0, fleet.upper), price).residuals()["gap"] < 1e-8
    assert prove(fleet, ours.level, ours.plan, ours.price).holds(1e-12)
    pieces = Fleet.of(0.0, [2.0, 6.0], upper=[30.0, 60.0], lower=[0.0, 30.0], names="AA")
    assert prove(pieces, 40.0, [40.0], 6.0).holds(1e-12)
    assert not prove(pieces, 40.0, [40.0], 5.0).holds()
    assert not prove(pieces, 61.0, [61.0], 6.0).holds()


def test_every_code_of_planning_is_registered_and_used() -> None:
    import re

    from saddlepoint.errors.codes import CODES

    source = Path(__file__).parents[2] / "src" / "saddlepoint"
    files = [f for f in source.rglob("*.py") if f.name != "errors.py"]
    used = {code for f in files for code in re.findall(r'"([PU]\d{3})"', f.read_text(encoding="utf-8"))}
    assert used == {code for code in CODES if code[0] in "PU"}


def _wild_fleet(rng: np.random.Generator) -> tuple[Fleet, float, float]:
    """Pieces of every kind in random units: flat, empty, nearly flat, touching, with negative costs."""
    size, money = 10.0 ** rng.integers(-9, 10), 10.0 ** rng.integers(-9, 10)
    rows: list[tuple[str, float, float, float, float]] = []
    for machine in range(rng.integers(1, 8)):
        low, price = rng.choice([0.0, rng.random()]), rng.choice([rng.uniform(-1, 3), 1.0, 2.0])
        for _ in range(rng.integers(1, 4)):
            width, bend = (
                rng.choice([0.0, rng.random(), 1.0]),
                rng.choice([0.0, rng.random(), 1e-9 * rng.random()]),
            )
            beta = (price - 2 * bend * low) * money
            rows.append((str(machine), bend * money / size, beta, low * size, (low + width) * size))
            price += 2 * bend * width + rng.choice([0.0, rng.random(), 1.0])
            low += width
    names, alpha, beta, lower, upper = zip(*rows, strict=True)
    return Fleet.of(alpha, beta, 0.0, lower, upper, names), size, money


def test_wild_fleets_stay_exact() -> None:
    rng = np.random.default_rng(0)
    for _ in range(300):
        fleet, size, money = _wild_fleet(rng)
        special = [0.0, fleet.capacity, fleet.minimum.sum(), *np.cumsum(fleet.maximum)]
        levels = np.minimum(np.append(rng.random(5) * fleet.capacity, special), fleet.capacity)
        answer = plans(fleet, levels)
        assert answer.certificate is not None
        assert answer.certificate.holds(1e-11), (answer.certificate.residuals(), str(fleet))
        costs = fleet.costs(fleet.positions(answer.plan)).sum(axis=1)
        np.testing.assert_allclose(answer.cost, costs, rtol=1e-9, atol=1e-9 * size * money)
        left, right = fleet.supply.prices_at(levels)
        assert (left <= answer.price * (1 + 1e-9) + 1e-12 * money).all()
        assert (answer.price <= right * (1 + 1e-9) + 1e-12 * money).all()
        for k in range(3):
            alone = dispatch(fleet, float(levels[k]))
            np.testing.assert_allclose(alone.plan, answer.plan[k], atol=1e-9 * size)
            assert alone.certificate.holds(1e-11)
