"""Rows that hold together: by equal and cheapest shares, independence and a Gaussian copula, with what safe ways overpay."""

from __future__ import annotations

import re
import sys

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
    ("way", "name"),
    [
        ("equal", "equal"),
        ("cheapest", "cheapest"),
        ("bonferroni", "cheapest"),
        ("independent", "independent"),
    ],
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
    assert "exact if they are independent" in notes["independent"]
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
    assert "approximate: 3 entries hold together: the probability of a Gaussian copula" in m.lab.explain()


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
    if way == "vine":
        pytest.importorskip("pyvinecopulib", reason="the extra `fit` is not installed")
    one = of_values(way, ", seen=H")
    levels = one.solve().table("x").values.reshape(-1)
    correlation = np.array([[1.0, 0.9, 0.5], [0.9, 1.0, 0.4], [0.5, 0.4, 1.0]])
    assert multivariate_normal(np.zeros(3), correlation).cdf((levels - 300.0) / 30.0) == pytest.approx(
        0.95, abs=0.008
    )
    assert "approximate: 3 entries hold together: the probability of a" in one.lab.explain()
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


def over(
    items: str,
    name: str = "Q",
    turned: bool = False,
    times: int = 60,
    way: str = "gaussian",
    carried: str = "",
) -> Model:
    """Values of a, b, c in a table over a set with these items; carried: whose values they have, each by default its own."""
    values = seen_together(times)
    known = {"a": values[:, 0], "b": values[:, 1], "c": values[:, 2], "z": values[:, 2]}
    m = Model()
    goods = m.set("P", ["a", "b", "c"])
    of = goods if name == "P" else m.set(name, [*items])
    days = m.set("T", [f"t{k}" for k in range(times)])
    table = np.stack([known[i] for i in carried or items], axis=1)
    sides = {"rows": of, "cols": days} if turned else {"rows": days, "cols": of}
    m.data("H", *((of, days) if turned else (days, of)), table.T if turned else table, **sides)
    m.uncertain("D", goods, distribution="normal", mean=300, std=[5, 60, 30], cols=goods)
    x = m.decide("x", goods, cols=goods)
    m.minimise(call("sum", x))
    m.subject_to(served=Expression(f"chance(x >= D, 0.95, joint={way}, seen=H)"))
    return m


def test_values_seen_together_are_found_by_the_names_of_their_items() -> None:
    known = over("abc", "P").solve().table("x").values.reshape(-1)
    other = over("abc", "P", carried="bca").solve().table("x").values.reshape(-1)
    assert known != pytest.approx(other, rel=1e-5)
    for items in ("cab", "cbza"):
        for turned in (False, True):
            found = over(items, turned=turned).solve().table("x").values.reshape(-1)
            assert found == pytest.approx(known, rel=1e-9)


def test_a_table_over_another_set_says_nothing() -> None:
    with pytest.raises(SaddleError) as caught:
        over("cbz").solve()
    told = caught.value.diagnostics[0]
    assert told.code == "R787"
    assert "Q has no item 'a'" in told.why
    assert "'D' (over P)" in told.message
    assert "P" in told.fix


def test_as_many_times_as_entries_are_not_taken_for_each_other() -> None:
    """10 goods by 10 days: the side with the set of the uncertain table has the entries, however the table lies."""

    def levels(turned: bool) -> np.ndarray:
        m = Model()
        goods = m.set("P", [f"p{k}" for k in range(10)])
        days = m.set("T", [f"t{k}" for k in range(10)])
        rng = np.random.default_rng(5)
        table = rng.normal(size=(10, 1)) + np.linspace(0.1, 3.0, 10) * rng.normal(size=(10, 10))
        sides = {"rows": goods, "cols": days} if turned else {"rows": days, "cols": goods}
        m.data("H", *((goods, days) if turned else (days, goods)), table.T if turned else table, **sides)
        m.uncertain("D", goods, distribution="normal", mean=300, std=30, cols=goods)
        x = m.decide("x", goods, cols=goods)
        m.minimise(call("sum", x))
        m.subject_to(served=Expression("chance(x >= D, 0.95, joint=gaussian, seen=H)"))
        return m.solve().table("x").values.reshape(-1)

    assert levels(True) == pytest.approx(levels(False), rel=1e-9)


def test_few_times_tell_nothing() -> None:
    with pytest.raises(SaddleError, match="those of 9 times"):
        over("abc", times=9).solve()


def test_safe_ways_need_no_vines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyvinecopulib", None)
    safe, tied = of_values("equal", ", seen=H"), of_values("gaussian", ", seen=H")
    more = float(safe.solve().objective[""][0]) - float(tied.solve().objective[""][0])
    found = re.search(r"costs (\S+) more than a Gaussian copula of what was seen would", safe.lab.explain())
    assert found is not None
    assert float(found[1]) == pytest.approx(more, rel=1e-3)
    with pytest.raises(SaddleError) as caught:
        over("abc", times=50, way="vine").solve()
    assert caught.value.diagnostics[0].code == "X131"
