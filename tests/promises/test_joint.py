"""Joint promises: against closed forms, simulation, enumeration; the safe ways are never below, and say what they overpay."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from saddlepoint.errors import PlanningError
from saddlepoint.planning import Demand
from saddlepoint.promises import joint, joint_of_draws

PAIR = (Demand(300.0, 30.0, buffer="normal"), Demand(100.0, 25.0, buffer="gamma"))
PRICES = (1.0, 4.0)


def test_independent_levels_multiply_to_the_promise() -> None:
    found = joint(PAIR, 0.95, "independent", PRICES)
    each = [d.coverage(x) for d, x in zip(PAIR, found.levels, strict=True)]
    assert float(np.prod(each)) == pytest.approx(0.95, abs=1e-9)
    assert found.degree == "exact"
    shares = np.linspace(0.05, 0.95, 400)
    costs = []
    for share in shares:
        first = 1.0 - 0.05 * share
        levels = [PAIR[0].but(reliability=first).level, PAIR[1].but(reliability=0.95 / first).level]
        costs.append(float(np.dot(PRICES, levels)))
    assert found.cost <= min(costs) + 1e-6
    assert found.cost == pytest.approx(min(costs), rel=1e-4)


def test_safe_ways_overpay_in_order() -> None:
    ways = {way: joint(PAIR, 0.9, way, PRICES) for way in ("equal", "cheapest", "independent")}
    assert ways["equal"].cost > ways["cheapest"].cost > ways["independent"].cost
    assert ways["cheapest"].each.sum() == pytest.approx(1.9, abs=1e-9)
    assert {w.degree for w in ways.values()} == {"safe", "exact"}
    assert ways["cheapest"].overpaid == pytest.approx(ways["cheapest"].cost - ways["independent"].cost)
    assert ways["independent"].overpaid == 0.0
    assert joint(PAIR, 0.9, "bonferroni", PRICES).way == "cheapest"


@pytest.mark.parametrize("way", ["gaussian", "vine"])
def test_copulas_know_what_comes_together(way: str) -> None:
    if way == "vine":
        pytest.importorskip("pyvinecopulib", reason="the extra `fit` is not installed")
    covariance = np.array([[1.0, 0.9], [0.9, 1.0]])
    history = np.random.default_rng(1).multivariate_normal([0.0, 0.0], covariance, 1500)
    pair = (Demand(300.0, 30.0, buffer="normal"), Demand(300.0, 30.0, buffer="normal"))
    found = joint(pair, 0.95, way, history=history, draws=40_000)
    scaled = (found.levels - 300.0) / 30.0
    reached = multivariate_normal([0.0, 0.0], covariance).cdf(scaled)
    assert reached == pytest.approx(0.95, abs=0.006)
    assert found.cost < joint(pair, 0.95, "independent").cost
    assert found.degree == "approximate"


@pytest.mark.parametrize("seed", range(6))
def test_levels_of_draws_by_enumeration(seed: int) -> None:
    rng = np.random.default_rng(seed)
    draws, prices = rng.gamma(3.0, 10.0, (12, 3)), rng.uniform(0.5, 3.0, 3)
    found = joint_of_draws(draws, 0.75, prices)
    best = min(
        float(prices @ np.delete(draws, left, axis=0).max(axis=0))
        for left in map(list, itertools.combinations(range(12), 3))
    )
    assert found.cost == pytest.approx(best, rel=1e-9)
    assert found.joint >= 0.75
    assert joint_of_draws(draws, 0.99, prices).levels == pytest.approx(draws.max(axis=0))


def test_levels_of_many_draws_are_those_of_the_law() -> None:
    draws = np.random.default_rng(9).normal([300.0, 100.0], [30.0, 10.0], (200, 2))
    found = joint_of_draws(draws, 0.9, (1.0, 1.0))
    assert (draws <= found.levels).all(axis=1).mean() >= 0.9
    safe = joint([Demand(samples=draws[:, k], buffer="empirical") for k in range(2)], 0.9, "equal")
    assert found.cost <= safe.cost
    assert norm.cdf(found.levels, [300.0, 100.0], [30.0, 10.0]).prod() == pytest.approx(0.9, abs=0.05)


@pytest.mark.parametrize(
    ("demands", "p", "way"),
    [(PAIR[:1], 0.9, "equal"), (PAIR, 1.0, "equal"), (PAIR, 0.9, "vin"), (PAIR, 0.9, "vine")],
)
def test_refusals(demands: tuple[Demand, ...], p: float, way: str) -> None:
    with pytest.raises(PlanningError) as caught:
        joint(demands, p, way)
    assert caught.value.diagnostics[0].code == "U546"


@pytest.mark.parametrize("way", ["gaussian", "vine"])
@pytest.mark.parametrize("count", [0, 1, 9])
@pytest.mark.filterwarnings("error")
def test_few_times_seen_together_tell_nothing(way: str, count: int) -> None:
    with pytest.raises(PlanningError, match=f"values of {count} times") as caught:
        joint(PAIR, 0.9, way, history=np.random.default_rng(1).normal(size=(count, 2)))
    assert caught.value.diagnostics[0].code == "U546"


@pytest.mark.filterwarnings("error")
def test_a_quantity_that_never_changed_is_tied_to_nothing() -> None:
    history = np.random.default_rng(1).normal(size=(40, 2)) * [1.0, 0.0]
    found = joint(PAIR, 0.9, "gaussian", PRICES, history=history, draws=40_000)
    assert found.cost == pytest.approx(joint(PAIR, 0.9, "independent", PRICES).cost, rel=5e-3)
    with pytest.raises(PlanningError, match="no number"):
        joint(PAIR, 0.9, "gaussian", PRICES, history=np.where(history == history[3, 0], np.nan, history))
