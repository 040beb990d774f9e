"""Robust constraints against dual programs by hand, against the worst vertex, and what is said of wrong ones."""

from __future__ import annotations

from itertools import product

import cvxpy as cp
import numpy as np
import pytest

import saddlepoint
from saddlepoint import Model, call
from saddlepoint.building import Expression
from saddlepoint.errors import SaddleError

N = 6
RNG = np.random.default_rng(3)
MEAN, REACH = RNG.uniform(1.0, 1.3, N), RNG.uniform(0.05, 0.4, N)


def portfolio(against: str, stated: str | None = None, **columns: object) -> Model:
    m = Model()
    assets = m.set("A", range(N))
    columns = columns or {"distribution": "cantelli", "mean": MEAN, "std": REACH}
    r = m.uncertain("r", assets, against=stated, **columns)
    x, least = m.decide("x", assets, lower=0, upper=0.4), m.decide("least")
    m.maximise(least)
    held = call("sum", r * x, over=assets) >= least
    m.subject_to(worst=call("robust", held, set=Expression(against)) if against else call("robust", held))
    m.subject_to(all=call("sum", x, over=assets) == 1)
    return m


def by_hand(against: str) -> float:
    x = cp.Variable(N, nonneg=True)
    kind, _, size = against.rstrip(")").partition("(")
    k = float(size or 1.0)
    moved = cp.multiply(REACH, x)
    if kind == "budget":
        t = cp.Variable(nonneg=True)
        worst = k * t + cp.sum(cp.pos(moved - t))
    else:
        worst = k * (cp.norm1(moved) if kind == "box" else cp.norm2(moved))
    problem = cp.Problem(cp.Maximize(MEAN @ x - worst), [cp.sum(x) == 1, x <= 0.4])
    return float(problem.solve(solver="CLARABEL"))


@pytest.mark.parametrize(
    "against", ["box", "box(0.5)", "budget(2)", "budget(2.5)", "budget(99)", "ellipsoid(1.5)"]
)
def test_sets_are_their_dual_programs(against: str) -> None:
    result = portfolio(against).solve()
    assert result.exit_code == 0
    assert float(result.objective[""][0]) == pytest.approx(by_hand(against), abs=1e-7)


def test_the_set_of_the_table_is_meant_where_none_is_named() -> None:
    assert portfolio("", "budget(2)").solve().objective[""] == pytest.approx(
        portfolio("budget(2)").solve().objective[""], abs=1e-12
    )


def test_ends_that_are_not_equally_far_count_as_they_are() -> None:
    """Against every vertex of the box, and of it only those with at most two ends for the budget."""
    low, high = MEAN - REACH, MEAN + 0.3 * REACH
    given = {"distribution": "support", "mean": MEAN, "lower": low, "upper": high}
    for against, most in (("box", N), ("budget(2)", 2)):
        result = portfolio(against, **given).solve()
        x = result.table("x").values
        ends = [low - MEAN, np.zeros(N), high - MEAN]
        worst = min(
            float((MEAN + [ends[k][i] for i, k in enumerate(choice)]) @ x)
            for choice in product(range(3), repeat=N)
            if sum(k != 1 for k in choice) <= most
        )
        assert float(result.objective[""][0]) == pytest.approx(worst, abs=1e-8)


def test_a_budget_is_data_and_a_sweep_is_one_program() -> None:
    m = Model()
    assets, cases = m.set("A", range(N)), m.set("Cases", ["none", "two", "all"], scenarios=True)
    budget = m.data("gamma", cases, [0.0, 2.0, float(N)])
    r = m.uncertain("r", assets, distribution="cantelli", mean=MEAN, std=REACH, against="budget(gamma)")
    x, least = m.decide("x", assets, cases, lower=0, upper=0.4), m.decide("least", cases)
    m.maximise(least)
    m.subject_to(worst=call("robust", call("sum", r * x, over=assets) >= least))
    m.subject_to(all=call("sum", x, over=assets) == 1)
    assert budget.text == "gamma"
    found = m.solve().objective[""]
    assert found == pytest.approx([by_hand("budget(0)"), by_hand("budget(2)"), by_hand("box")], abs=1e-7)


def test_prices_are_derivatives() -> None:
    def at(b: float) -> tuple[float, float]:
        m = Model()
        goods = m.set("G", ["a", "b", "c"])
        w = m.uncertain(
            "w", goods, distribution="cantelli", mean=[2, 3, 4], std=[0.5, 0.4, 1], against="budget(1)"
        )
        x = m.decide("x", goods, lower=0, upper=2)
        m.maximise(call("sum", x, over=goods))
        m.subject_to(room=call("robust", call("sum", w * x, over=goods) <= b))
        result = m.solve()
        return float(result.objective[""][0]), float(result.price("room").columns["price"][0])

    (low, _), (_, price), (high, _) = at(9.99), at(10.0), at(10.01)
    assert price == pytest.approx((high - low) / 0.02, rel=1e-6)


def test_explain_says_what_it_became() -> None:
    text = portfolio("budget(2)").lab.explain()
    assert "exact: holds for every value in budget(2)" in text
    assert "worst_of_budget" in text


@pytest.mark.parametrize(
    ("stated", "code", "words"),
    [
        ("robust(sum(r * x, over=A) >= least)", "R780", "for which values of 'r'"),
        ("robust(sum(r * x, over=A) >= least, set=ball(2))", "E780", "is no set of values"),
        ("robust(sum(r * x, over=A) >= least, set=budget(x))", "E2", ""),
        ("robust(sum(r * x, over=A) == least, set=box)", "R781", "nothing in it adapts"),
        ("robust(sum(x, over=A) >= least, set=box)", "R002", "nothing in this robust constraint"),
        ("robust(sum(r * r * x, over=A) >= least, set=box)", "R003", "product of two uncertain"),
        ("robust(set=box)", "E111", "robust takes relations"),
        ("1 + robust(least <= 1, set=box) <= 2", "E1", ""),
    ],
)
def test_wrong_ones_are_told_with_their_place(stated: str, code: str, words: str) -> None:
    m = Model()
    assets = m.set("A", range(N))
    m.uncertain("r", assets, distribution="cantelli", mean=MEAN, std=REACH)
    m.decide("x", assets, lower=0)
    m.maximise(m.decide("least"))
    m.subject_to(worst=Expression(stated))
    with pytest.raises(SaddleError) as told:
        m.solve()
    assert told.value.diagnostics[0].code.startswith(code)
    assert words in told.value.diagnostics[0].message
    assert told.value.diagnostics[0].mark.line is not None


def test_chance_over_a_named_axis_counts_every_element() -> None:
    m = Model()
    goods = m.set("P", ["a", "b", "c"])
    d = m.uncertain("D", goods, distribution="normal", mean=[10, 20, 30], std=[1, 2, 3])
    x = m.decide("x", lower=0)
    m.minimise(x)
    m.subject_to(served=call("chance", x >= call("sum", d, over=goods), 0.95))
    result = m.solve()
    assert result.objective[""] == pytest.approx([60.0 + 1.6448536269514722 * np.sqrt(14.0)], rel=1e-9)
    assert "exact for Normal" in m.lab.explain()


def test_chance_of_a_shifted_element_stays_its_quantile() -> None:
    m = Model()
    weeks = m.set("W", range(4))
    d = m.uncertain("D", weeks, distribution="lognormal", mean=[10, 20, 30, 40], std=[1, 2, 3, 4])
    x = m.decide("x", weeks, lower=0)
    m.minimise(call("sum", x, over=weeks))
    m.subject_to(served=call("chance", x >= call("lag", d, weeks, first=0), 0.95))
    assert "exact: each row holds one" in m.lab.explain()
    assert m.solve().exit_code == 0


@pytest.mark.parametrize("kind", ["box", "budget", "ellipsoid"])
@pytest.mark.parametrize("given", ["number", "data"])
def test_a_size_below_zero_is_refused(kind: str, given: str) -> None:
    size = "-1" if given == "number" else "g"
    lab = saddlepoint.define(
        sets="P:\n",
        variables="x: {type: endogenous, coordinates: [P], variables_info: {x: {lower: 0, upper: 10}}}\n"
        "use: {type: uncertain, coordinates: [P], variables_info: {D: }}\n"
        "size: {type: exogenous, coordinates: [], variables_info: {g: }}\n",
        problem="objective: ['Maximize(sum(x, over=P))']\n"
        f"expressions:\n  - cap: robust(sum(D * x, over=P) <= 20 + 0 * g, set={kind}({size}))",
        items={"P": ["a", "b"]},
        data={
            "use": {
                "P_Name": ["a", "b"],
                "distribution": ["normal"] * 2,
                "mean": [2.0, 3.0],
                "std": [0.5] * 2,
            },
            "size": -1.0,
        },
    )
    with pytest.raises(SaddleError, match="size of an uncertainty set is -1"):
        lab.solve()
