"""Words over outcomes: values that can be counted by hand, wrong uses, and the way through files."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import saddlepoint
from saddlepoint import call
from saddlepoint.errors import SaddleError

RNG = np.random.default_rng(5)
SHARES = np.array([0.3, 0.5, 0.2])
DEMAND = np.array([100.0, 60.0, 20.0])


def newsvendor(**more: Any) -> tuple[saddlepoint.Model, Any, Any, Any]:
    m = saddlepoint.Model("news")
    weather = m.set("Weather", ["good", "fair", "bad"], probability="p")
    m.data("p", weather, SHARES)
    demand = m.data("demand", weather, DEMAND)
    made, sold = m.decide("made", lower=0, upper=200), m.decide("sold", weather, lower=0)
    m.subject_to(market=sold <= demand, stock=sold <= made)
    return m, weather, made, sold


def profits(made: float) -> np.ndarray:
    return 10 * np.minimum(made, DEMAND) - 4 * made


def tail_mean(losses: np.ndarray, shares: np.ndarray, level: float) -> float:
    """By the definition: the worst 1 − level of the mass."""
    left, total = 1 - level, 0.0
    for k in np.argsort(-losses):
        taken = min(left, shares[k])
        total, left = total + taken * losses[k], left - taken
    return total / (1 - level)


def test_expectation_worst_and_tail_are_those_of_the_definition() -> None:
    grid = np.arange(0.0, 201.0, 20.0)
    best = {
        "expect": max(profits(g) @ SHARES for g in grid),
        "worst": max(profits(g).min() for g in grid),
        "cvar": max(-tail_mean(-profits(g), SHARES, 0.6) for g in grid),
    }
    for word, want in best.items():
        m, weather, made, sold = newsvendor()
        loss = 4 * made - 10 * sold
        args = (0.6,) if word == "cvar" else ()
        m.minimise(call(word, loss, *args, over=weather))
        assert m.solve().objective[""][0] == pytest.approx(-want, abs=1e-6), word


def test_expected_price_is_what_one_more_unit_is_worth() -> None:
    m, weather, made, sold = newsvendor()
    m.maximise(call("expect", 10 * sold, over=weather) - 4 * made)
    m.report("worth", saddlepoint.sum(call("price", "stock"), over=weather))
    run = m.solve()
    assert run.objective[""][0] == pytest.approx(280.0)
    assert run.price("stock").columns["price"].sum() == pytest.approx(4.0)


def test_words_bound_relations() -> None:
    for word, args in (("expect", ()), ("worst", ()), ("cvar", (0.5,))):
        m = saddlepoint.Model("m")
        o = m.set("O", range(4), outcomes=True)
        d = m.data("d", o, [1.0, 2.0, 3.0, 10.0])
        x = m.decide("x", lower=0, upper=20)
        m.subject_to(limit=call(word, d - x, *args, over=o) <= 0)
        m.minimise(x)
        want = {"expect": 4.0, "worst": 10.0, "cvar": 6.5}[word]
        assert m.solve().objective[""][0] == pytest.approx(want), word


def test_chance_is_exact_against_all_choices_of_outcomes() -> None:
    count, level = 9, 0.7
    a, b = RNG.uniform(10, 100, (2, count)).round()
    shares = RNG.dirichlet(np.full(count, 4.0)).round(3)
    shares[0] += 1 - shares.sum()
    m = saddlepoint.Model("c")
    o = m.set("O", range(count), probability="p")
    m.data("p", o, shares)
    d, e = m.data("d", o, a), m.data("e", o, b)
    x, y = m.decide("x", lower=0, upper=150), m.decide("y", lower=0, upper=150)
    m.subject_to(kept=call("chance", x >= d, y >= e, level, over=o))
    m.minimise(x + 2 * y)
    best = min(u + 2 * v for u, v in product(a, b) if shares[(a <= u) & (b <= v)].sum() >= level - 1e-9)
    assert m.solve().objective[""][0] == pytest.approx(best)


def test_chance_over_several_sets_is_joint_in_the_outcome() -> None:
    values = RNG.uniform(10, 100, (2, 8)).round()
    m = saddlepoint.Model("c")
    shops, o = m.set("Shops", ["a", "b"]), m.set("O", range(8), outcomes=True)
    d = m.data("d", shops, o, values)
    x = m.decide("x", shops, lower=0, upper=150)
    m.subject_to(kept=call("chance", x >= d, 0.75, over=(o, shops)))
    m.minimise(saddlepoint.sum(x, over=shops))
    held = (u + v for u, v in product(*values) if ((values[0] <= u) & (values[1] <= v)).mean() >= 0.75)
    assert m.solve().objective[""][0] == pytest.approx(min(held))


def tree() -> tuple[saddlepoint.Model, Any, Any]:
    m = saddlepoint.Model("tree")
    nodes = m.set(
        "Nodes",
        ["r", "u", "d", "uu", "ud", "dd"],
        parent=["", "r", "r", "u", "u", "d"],
        outcomes=True,
    )
    cost = m.data("cost", nodes, [1.0, 2.0, 3.0, 4.0, 5.0, 7.0])
    return m, nodes, cost * m.decide("x", nodes, lower=1)


def test_tree_weighs_whole_paths() -> None:
    """Paths r-u-uu 7 and r-u-ud 8 with 1/4 each, r-d-dd 11 with 1/2."""
    want = {"expect": 9.25, "worst": 11.0, "cvar": (0.5 * 11 + 0.25 * 8) / 0.75}
    for word, value in want.items():
        m, nodes, cost = tree()
        m.minimise(call(word, cost, *((0.25,) if word == "cvar" else ()), over=nodes))
        assert m.solve().objective[""][0] == pytest.approx(value), word


def test_chance_along_a_tree_counts_paths() -> None:
    m, nodes, _ = tree()
    need = m.data("need", nodes, [0.0, 2.0, 9.0, 3.0, 8.0, 1.0])
    size = m.decide("size", lower=0, upper=20)
    m.subject_to(kept=call("chance", size >= need, 0.5, over=nodes))
    m.minimise(size)
    assert m.solve().objective[""][0] == pytest.approx(8.0)  # giving up the path of 9 leaves exactly one half


def test_decisions_on_a_tree_anticipate_nothing() -> None:
    m = saddlepoint.Model("t")
    nodes = m.set("Nodes", ["now", "high", "low"], parent=["", "now", "now"], outcomes=True)
    price = m.data("price", nodes, [5.0, 9.0, 1.0])
    buy, stock = m.decide("buy", nodes, lower=0), m.decide("stock", nodes, lower=0)
    need = m.data("need", nodes, [0.0, 10.0, 10.0])
    m.subject_to(flow=stock == call("lag", stock, nodes, first=0) + buy - need)
    m.minimise(call("expect", price * buy, over=nodes))
    assert m.solve().objective[""][0] == pytest.approx(50.0)


def test_folder_says_the_same(tmp_path: Path) -> None:
    m, weather, made, sold = newsvendor()
    m.maximise(call("expect", 10 * sold, over=weather) - 4 * made)
    m.write(tmp_path / "news")
    settings = (tmp_path / "news" / "structure_sets.yml").read_text("utf-8")
    assert "role: outcomes" in settings and "probability: p" in settings
    lab = saddlepoint.open(tmp_path / "news")
    assert lab.solve().objective[""][0] == pytest.approx(280.0)


@pytest.mark.parametrize(
    ("formula", "code"),
    [
        ("expect(q, over=P) <= 1", "E800"),
        ("worst(q, over=P) <= 1", "E800"),
        ("cvar(q, 0.5, over=P) <= 1", "E800"),
        ("chance(q >= 1, 0.5, over=P)", "E800"),
        ("chance(y == d, 0.5, over=O)", "E801"),
        ("chance(y >= d, 0.5, over=O)", "E802"),
        ("cvar(d - x, 1.5, over=O) <= 1", "E803"),
        ("chance(x >= d, 1, over=O)", "E803"),
        ("expect(q, over=O) <= 1", "E122"),
        ("cvar(d - x, y, over=O) <= 1", "E205"),
        ("expect(u - x, over=O) <= 1", "E804"),
    ],
)
def test_wrong_uses_say_what_to_do(formula: str, code: str) -> None:
    m = saddlepoint.Model("m")
    m.set("P", ["a"])
    m.set("O", range(3), outcomes=True)
    p, o = (saddlepoint.building.expression.AxisSet(k) for k in "PO")
    m.data("d", o, [1.0, 2.0, 3.0])
    m.decide("x", lower=0, upper=9)
    m.decide("y")
    m.decide("q", p, lower=0, upper=1)
    m.uncertain("u", o, distribution="normal", mean=[1.0, 2.0, 3.0], std=1.0)
    m.subject_to(r=saddlepoint.building.expression.Expression(formula))
    m.minimise(saddlepoint.building.expression.Expression("x"))
    with pytest.raises(SaddleError) as caught:
        m.solve()
    assert caught.value.diagnostics[0].code == code
    assert caught.value.diagnostics[0].fix


def test_probabilities_must_add_up_but_for_rounding() -> None:
    for shares, fine in (
        ([0.333333, 0.333333, 0.333334], True),
        ([0.3, 0.3, 0.3], False),
        ([1.2, -0.2, 0], False),
    ):
        m = saddlepoint.Model("m")
        o = m.set("O", range(3), probability="p")
        m.data("p", o, shares)
        x = m.decide("x", o, lower=1)
        m.minimise(call("expect", x, over=o))
        if fine:
            assert m.solve().objective[""][0] == pytest.approx(1.0)
        else:
            with pytest.raises(SaddleError, match="probabilit"):
                m.solve()


def test_settings_that_contradict_each_other(tmp_path: Path) -> None:
    for line, code in (
        ("O: {probability: p, items: [a]}", "Y800"),
        ("O: {role: outcomes, split_problem: true, items: [a]}", "Y801"),
        ("O: {role: outcomes, probability: q, items: [a]}", "M800"),
        ("O: {role: outcomes, probability: w, items: [a]}", "M800"),
        ("O: {role: outcomes, items: [a]}", "M801"),
    ):
        use = "{O: {dim: rows}}" if code == "M801" else ""
        text = (
            f"sets:\n  {line}\n  P: {{items: [b]}}\n"
            f"tables:\n  x: {{type: endogenous, coordinates: [O], variables_info: {{x: {use}}}}}\n"
            "  w: {type: exogenous, coordinates: [P], variables_info: {w: }}\n"
            "problem: {objective: [Minimize(sum(x))], expressions: [x >= 1]}\n"
        )
        (tmp_path / "model.yml").write_text(text, encoding="utf-8")
        with pytest.raises(SaddleError) as caught:
            saddlepoint.open(tmp_path / "model.yml").solve()
        assert code in {d.code for d in caught.value.diagnostics}, line
