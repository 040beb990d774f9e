"""Sweeps, limits and coverage."""

import json
from pathlib import Path

import numpy as np
import pytest

from saddlepoint.errors import PlanningError
from saddlepoint.planning import (
    Demand,
    Fleet,
    coverage,
    dispatch,
    highest_reliability,
    largest_mean,
    sweep,
)
from saddlepoint.planning.coverage import wilson
from saddlepoint.uncertain import BUFFERS

REFERENCE = json.loads((Path(__file__).parents[1] / "data" / "dispatch.json").read_text())


@pytest.mark.parametrize(("key", "n", "seed", "std"), [("n5seed42", 5, 42, 30.0), ("n6seed7", 6, 7, 40.0)])
def test_reference_sweep(key: str, n: int, seed: int, std: float) -> None:
    table = sweep(Fleet.random(n, seed), std=std).table()
    assert list(table) == ["mean_demand", "normal_cost", "robust_cost", "normal_D_eff", "robust_D_eff"]
    mean, normal_level, normal_cost, robust_level, robust_cost = np.array(REFERENCE[key]["sweep"]).T
    np.testing.assert_allclose(table["mean_demand"], mean)
    np.testing.assert_allclose(table["normal_D_eff"], normal_level, atol=1e-9)
    np.testing.assert_allclose(table["normal_cost"], normal_cost, atol=1e-8)
    np.testing.assert_allclose(table["robust_D_eff"], robust_level, atol=1e-9)
    np.testing.assert_allclose(table["robust_cost"], robust_cost, atol=1e-8)


def test_arrays_of_everything() -> None:
    fleet = Fleet.random(6, 7)
    found = sweep(
        fleet, [[100.0], [200.0]], [10.0, 20.0, 30.0], 0.9, ["normal", "student-t"], plan=True, dof=4.0
    )
    assert len(found) == 6
    for k in range(6):
        mean, std = found.varied["mean_demand"][k], found.varied["std"][k]
        for name in found.buffers:
            alone = dispatch(fleet, Demand(mean, std, 0.9, name, dof=4.0))
            assert found.cost[name][k] == pytest.approx(alone.cost, rel=1e-12)
            assert found.price[name][k] == pytest.approx(alone.price, rel=1e-12)
            np.testing.assert_allclose(found.plans[name].plan[k], alone.plan, atol=1e-10)
            assert found.plans[name].certificate.holds(1e-12)


def test_rows_above_capacity_have_no_number() -> None:
    fleet = Fleet.random(5, 42)
    found = sweep(fleet, [300.0, 400.0, 500.0], 30.0, 0.95)
    np.testing.assert_array_equal(found.fits["normal"], [True, True, False])
    np.testing.assert_array_equal(found.fits["robust"], [True, False, False])
    assert np.isnan(found.cost["robust"][1:]).all()
    assert len(found.table()["mean_demand"]) == 1
    assert len(found.table(complete=False)["mean_demand"]) == 3


def test_refusals() -> None:
    fleet = Fleet.random(5, 42)
    for call, code in (
        (lambda: sweep(fleet, [500.0, 600.0], 30.0), "P009"),
        (lambda: sweep(fleet, []), "P009"),
        (lambda: sweep(fleet, [-1.0, 600.0], 30.0), "P001"),
        (lambda: sweep(fleet, [100.0, 200.0], [30.0, -1.0]), "U003"),
        (lambda: sweep(fleet, [100.0], 1.0, [0.9, 1.0]), "U002"),
        (lambda: sweep(fleet, [100.0], buffers=["nromal"]), "U001"),
    ):
        with pytest.raises(PlanningError) as caught:
            call()
        assert caught.value.diagnostics[0].code == code


@pytest.mark.parametrize(
    "name", ["normal", "robust", "gamma", "lognormal", "poisson", "moments", "wasserstein"]
)
def test_limits_are_tight(name: str) -> None:
    demand = Demand(300.0, 60.0, 0.95, name, gamma1=0.1, gamma2=1.2, radius=3.0)
    capacity = demand.level * 0.9
    mean = largest_mean(demand, capacity)
    assert mean is not None
    assert demand.but(mean=mean).level <= capacity + 1e-9
    assert demand.but(mean=mean * 1.001).level > capacity
    reliability = highest_reliability(demand, capacity)
    assert 0.0 < reliability < 0.95
    if name != "poisson":
        assert demand.but(reliability=reliability).level == pytest.approx(capacity, rel=1e-9)


def test_no_mean_fits_a_wide_scatter() -> None:
    assert largest_mean(Demand(300.0, 200.0, 0.99, "robust"), 480.0) is None


def test_coverage_of_a_plan() -> None:
    fleet, demand = Fleet.random(6, 7), Demand(350.0, 40.0, 0.95)
    found = coverage(dispatch(fleet, demand).production, demand)
    assert found.kept
    assert found.assumed.probability == pytest.approx(0.95, abs=1e-12)
    named = {line.buffer.name: line for line in found.lines}
    k = 1.6448536269514722
    assert named["cantelli"].kind == "worst case"
    assert named["cantelli"].probability == pytest.approx(k**2 / (1 + k**2))
    assert named["gamma"].kind == "rival"
    assert named["gamma"].probability < 0.95
    assert all(line.consistent for line in found.lines)
    assert np.isfinite(named["cantelli"].simulated)
    assert found == coverage(found.production, demand)
    assert not coverage(400.0, demand).kept
    assert [line.buffer.name for line in coverage(400.0, demand, ["robust"]).lines] == ["normal", "cantelli"]


def test_coverage_of_samples() -> None:
    samples = np.random.default_rng(0).gamma(30.0, 10.0, 500)
    demand = Demand(samples=samples, reliability=0.9, buffer="order-statistic", confidence=0.95)
    found = coverage(demand.level, demand)
    assert found.kept
    named = {line.buffer.name: line for line in found.lines}
    assert named["empirical"].probability > 0.9


def test_wilson_interval_keeps_its_confidence() -> None:
    rng = np.random.default_rng(2)
    kept = [
        low <= 0.97 <= high
        for low, high in (wilson(int(h), 500, 0.95) for h in rng.binomial(500, 0.97, 4000))
    ]
    assert 0.93 <= np.mean(kept) <= 0.975
    assert wilson(0, 100, 0.95)[0] == 0.0
    assert wilson(100, 100, 0.95)[1] == pytest.approx(1.0)


def test_every_buffer_dispatches() -> None:
    fleet = Fleet.of(0.1, np.linspace(1, 5, 20), upper=100.0)
    samples = np.random.default_rng(0).normal(300.0, 30.0, 200)
    given = {"lower": 100.0, "upper": 500.0, "dof": 20.0, "radius": 2.0, "gamma1": 0.01, "gamma2": 1.1}
    for buffer in BUFFERS:
        demand = Demand(300.0, 30.0, 0.9, buffer.name, confidence=0.9, samples=samples, **given)
        answer = dispatch(fleet, demand)
        assert 300.0 < answer.level <= 500.0
        assert answer.certificate.holds(1e-12)


def test_arrays_that_do_not_broadcast_are_named() -> None:
    fleet = Fleet.random(5, 42)
    with pytest.raises(PlanningError, match=r"P900.*mean \(3,\), std \(2,\)"):
        sweep(fleet, [100.0, 200.0, 300.0], [10.0, 20.0])
