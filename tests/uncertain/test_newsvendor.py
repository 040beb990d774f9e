"""The newsvendor: closed forms to 1e-9, the worst law of a family, the least quantity for a fill rate."""

from __future__ import annotations

import math

import numpy as np
import pytest
from click.testing import CliRunner
from scipy import integrate, stats

from saddlepoint.cli import saddle
from saddlepoint.errors import PlanningError
from saddlepoint.uncertain import UnitPrices, at_fill_rate, find, newsvendor, profit

MEAN, STD = 300.0, 60.0
PRICES = UnitPrices(price=5.0, cost=2.0, salvage=0.5, penalty=1.0)
LOG = math.sqrt(math.log1p((STD / MEAN) ** 2))
LAWS = {
    "normal": stats.norm(MEAN, STD),
    "gamma": stats.gamma((MEAN / STD) ** 2, scale=STD**2 / MEAN),
    "lognormal": stats.lognorm(LOG, scale=MEAN * math.exp(-0.5 * LOG**2)),
}


@pytest.mark.parametrize("name", LAWS)
def test_laws_in_closed_form(name: str) -> None:
    buffer = find(name)
    read = buffer.checked(mean=MEAN, std=STD)
    found = newsvendor(buffer, read, PRICES)
    assert found.quantity == pytest.approx(float(LAWS[name].ppf((5 + 1 - 2) / (5 + 1 - 0.5))), rel=1e-9)

    def earned(x: float) -> float:
        short = integrate.quad(LAWS[name].sf, x, MEAN + 40 * STD, epsabs=1e-12, epsrel=1e-13, limit=400)[0]
        return 5 * (MEAN - short) - 2 * x + 0.5 * (x - MEAN + short) - 1 * short

    assert found.profit == pytest.approx(earned(found.quantity), rel=1e-9)
    for other in (0.9, 1.1):
        assert float(profit(buffer, read, PRICES, other * found.quantity)) < found.profit


@pytest.mark.parametrize(("price", "cost"), [(5.0, 2.0), (10.0, 1.0), (3.0, 2.5)])
def test_scarf_in_closed_form(price: float, cost: float) -> None:
    """H. Scarf 1958: x = μ + σ/2·(√r − 1/√r), r = (p − c)/c; worst profit (p − c)μ − σ√(c(p − c))."""
    buffer = find("cantelli")
    found = newsvendor(buffer, buffer.checked(mean=MEAN, std=STD), UnitPrices(price=price, cost=cost))
    ratio = math.sqrt((price - cost) / cost)
    assert found.profit == pytest.approx(
        (price - cost) * MEAN - STD * math.sqrt(cost * (price - cost)), rel=1e-9
    )
    assert found.quantity == pytest.approx(MEAN + 0.5 * STD * (ratio - 1.0 / ratio), rel=1e-9)


def test_the_worst_law_agrees_with_a_distributionally_robust_program() -> None:
    """RSOME 1.3.1 with E(z) = 100, E(u) ≤ 900, (z − 100)² ≤ u gives 226.51531 at 106.123."""
    buffer = find("cantelli")
    found = newsvendor(buffer, buffer.checked(mean=100.0, std=30.0), UnitPrices(price=5.0, cost=2.0))
    assert found.profit == pytest.approx(226.51531, abs=1e-5)


@pytest.mark.parametrize("fill", [0.5, 0.9, 0.98, 0.9999])
@pytest.mark.parametrize("name", [*LAWS, "cantelli", "unimodal"])
def test_fill_rates_are_reached_exactly(name: str, fill: float) -> None:
    buffer = find(name)
    found = at_fill_rate(buffer, buffer.checked(mean=MEAN, std=STD), fill)
    assert float(found.expected.fill) == pytest.approx(fill, abs=1e-9)
    assert math.isnan(found.profit)


def test_observed_values_order_the_critical_fractile_of_their_counts() -> None:
    values = np.arange(1.0, 101.0)
    buffer = find("empirical")
    found = newsvendor(buffer, buffer.checked(samples=values), UnitPrices(price=4.0, cost=1.0))
    every = [float(np.mean(4.0 * np.minimum(values, x) - x)) for x in values]
    assert found.quantity == values[int(np.argmax(every))]
    assert found.profit == pytest.approx(max(every), rel=1e-12)


@pytest.mark.parametrize("wrong", [{"cost": 6.0}, {"salvage": 2.0}, {"penalty": -1.0}])
def test_prices_without_a_best_order(wrong: dict[str, float]) -> None:
    with pytest.raises(PlanningError) as told:
        UnitPrices(**{"price": 5.0, "cost": 2.0, **wrong})
    assert told.value.diagnostics[0].code == "U780"


def test_fill_rates_outside_are_told() -> None:
    buffer = find("normal")
    with pytest.raises(PlanningError) as told:
        at_fill_rate(buffer, buffer.checked(mean=MEAN, std=STD), 1.0)
    assert told.value.diagnostics[0].code == "U781"


def test_command() -> None:
    told = CliRunner().invoke(
        saddle,
        [
            "newsvendor",
            "--mean",
            "100",
            "--std",
            "30",
            "--price",
            "5",
            "--cost",
            "2",
            "--buffer",
            "normal,cantelli",
        ],
    )
    assert told.exit_code == 0
    assert "226.5153" in told.output and "critical ratio: 0.6" in told.output
    assert CliRunner().invoke(saddle, ["newsvendor", "--price", "5"]).exit_code == 2
