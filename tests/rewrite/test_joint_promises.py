"""Rows that hold together: by equal and cheapest shares, independence and a Gaussian copula, with what safe ways overpay."""

from __future__ import annotations

import re

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from saddlepoint import Model, call
from saddlepoint.building import Expression
from saddlepoint.errors import SaddleError
from saddlepoint.planning import Demand
from saddlepoint.promises import joint

COST = [1.0, 4.0, 2.0]
LAWS = {"distribution": ["normal", "gamma", "lognormal"], "mean": [300, 100, 50], "std": [30, 25, 20]}
DEMANDS = tuple(
    Demand(float(m), float(s), buffer=b)
    for b, m, s in zip(LAWS["distribution"], LAWS["mean"], LAWS["std"], strict=True)
)


def model(way: str, stated: str = "x >= D", sense: int = 1) -> Model:
    m = Model()
    goods = m.set("P", ["a", "b", "c"])
    cost = m.data("c", goods, COST)
    m.uncertain("D", goods, **LAWS)
    x = m.decide("x", goods, lower=0)
    (m.minimise if sense > 0 else m.maximise)(call("sum", cost * x, over=goods))
    m.subject_to(served=Expression(f"chance({stated}, 0.95{way})"))
    return m


@pytest.mark.parametrize(
    ("way", "name"), [("equal", "equal"), ("cheapest", "bonferroni"), ("independent", "independent")]
)
def test_ways_are_those_of_the_demands_alone(way: str, name: str) -> None:
    known = joint(DEMANDS, 0.95, name, COST)
    result = model(f", joint={way}, cost=c").solve()
    assert float(result.objective[""][0]) == pytest.approx(known.cost, rel=1e-6)


def test_cheaper_ways_are_cheaper_and_explain_says_by_how_much() -> None:
    cost, notes = {}, {}
    for way in ("equal", "cheapest", "independent"):
        one = model(f", joint={way}, cost=c")
        cost[way] = float(one.solve().objective[""][0])
        notes[way] = one.lab.explain()
    assert cost["equal"] > cost["cheapest"] > cost["independent"]
    for way in ("equal", "cheapest"):
        assert "safe: 3 entries hold together" in notes[way]
        found = re.search(r"costs (\S+) more than independent entries would", notes[way])
        assert found is not None
        assert float(found[1]) == pytest.approx(cost[way] - cost["independent"], rel=1e-4)
    assert "exact if the entries are independent" in notes["independent"]
    assert "more than" not in notes["independent"]


def test_lower_levels_are_shared_alike() -> None:
    """x ≤ D for all at once, as much as possible: the failures of lower levels are shared out."""
    plan = model(", joint=independent, cost=c", "x <= D", -1).solve().table("x").values
    reached = [1.0 - d.coverage(float(v)) for d, v in zip(DEMANDS, plan, strict=True)]
    assert float(np.prod(reached)) == pytest.approx(0.95, abs=1e-6)
    each = model("", "x <= D", -1).solve().objective[""][0]
    assert float(np.dot(COST, plan)) < float(each)


def test_a_copula_knows_what_comes_together() -> None:
    covariance = 900.0 * np.array([[1.0, 0.9, 0.5], [0.9, 1.0, 0.4], [0.5, 0.4, 1.0]])
    m = Model()
    goods = m.set("P", ["a", "b", "c"])
    v = m.data("V", goods, m.copy("P2", goods), covariance, rows=goods, cols=Expression("P2"))
    m.uncertain("D", goods, distribution="normal", mean=300, covariance=v, cols=goods)
    x = m.decide("x", goods, cols=goods)
    m.minimise(call("sum", x))
    m.subject_to(served=Expression("chance(x >= D, 0.95, joint=gaussian)"))
    result = m.solve()
    levels = result.table("x").values
    assert multivariate_normal(np.full(3, 300.0), covariance).cdf(levels) == pytest.approx(0.95, abs=0.004)
    assert "approximate: 3 entries hold together by a Gaussian copula" in m.lab.explain()


@pytest.mark.parametrize(
    ("stated", "code"),
    [
        ("chance(x >= D, 0.95, joint=vines)", "E781"),
        ("chance(x >= D, 0.95, cost=c)", "E781"),
        ("chance(x >= D, x <= 900, 0.95, joint=equal)", "E781"),
        ("chance(sum(x, over=P) >= sum(D, over=P), 0.95, joint=equal)", "R785"),
        ("chance(x >= D, 0.95, joint=gaussian)", "R786"),
        ("chance(x >= D, c / 5, joint=equal)", "R014"),
        ("chance(x >= D, 0.95, joint=cheapest, cost=x)", "E205"),
        ("chance(x >= D, 0.95, together=cheapest)", "E111"),
    ],
)
def test_wrong_ones_are_told(stated: str, code: str) -> None:
    m = model("")
    m.subject_to(wrong=Expression(stated))
    with pytest.raises(SaddleError) as told:
        m.solve()
    assert told.value.diagnostics[0].code == code


def seen_together(count: int = 400) -> np.ndarray:
    """Values of three goods that come together with 0.9, 0.5, 0.4."""
    tied = 900.0 * np.array([[1.0, 0.9, 0.5], [0.9, 1.0, 0.4], [0.5, 0.4, 1.0]])
    return np.random.default_rng(3).multivariate_normal([300.0, 300.0, 300.0], tied, count)


def of_values(way: str, stated: str = "") -> Model:
    m = Model()
    goods = m.set("P", ["a", "b", "c"])
    days = m.set("T", [f"t{k}" for k in range(400)])
    m.data("H", days, goods, seen_together(), rows=days, cols=goods)
    m.uncertain("D", goods, distribution="normal", mean=300, std=30, cols=goods)
    x = m.decide("x", goods, cols=goods)
    m.minimise(call("sum", x))
    m.subject_to(served=Expression(f"chance(x >= D, 0.95, joint={way}{stated})"))
    return m


@pytest.mark.parametrize("way", ["vine", "gaussian"])
def test_values_seen_together_make_a_copula(way: str) -> None:
    pytest.importorskip("pyvinecopulib", reason="the extra `fit` is not installed")
    one = of_values(way, ", seen=H")
    levels = one.solve().table("x").values.reshape(-1)
    correlation = np.array([[1.0, 0.9, 0.5], [0.9, 1.0, 0.4], [0.5, 0.4, 1.0]])
    assert multivariate_normal(np.zeros(3), correlation).cdf((levels - 300.0) / 30.0) == pytest.approx(
        0.95, abs=0.008
    )
    assert "approximate: 3 entries hold together by a" in one.lab.explain()
    assert "fitted to what was seen" in one.lab.explain()


def test_safe_ways_say_what_a_vine_would_cost() -> None:
    pytest.importorskip("pyvinecopulib", reason="the extra `fit` is not installed")
    safe, vine = of_values("equal", ", seen=H"), of_values("vine", ", seen=H")
    more = float(safe.solve().objective[""][0]) - float(vine.solve().objective[""][0])
    found = re.search(r"costs (\S+) more than a vine copula of what was seen would", safe.lab.explain())
    assert found is not None
    assert float(found[1]) == pytest.approx(more, rel=1e-3)


def test_a_vine_needs_what_was_seen() -> None:
    with pytest.raises(SaddleError) as caught:
        of_values("vine").solve()
    assert caught.value.diagnostics[0].code == "R786"
    with pytest.raises(SaddleError) as caught:
        of_values("vine", ", seen=x").solve()
    assert caught.value.diagnostics[0].code == "E205"
