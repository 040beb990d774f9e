"""Models written in Python."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import saddlepoint
from saddlepoint.building import Model
from saddlepoint.errors import ExpressionError, ModelError, SaddleError


def _model() -> Model:
    m = Model("energy")
    hours, tech = m.set("Hours", range(4)), m.set("Tech", ["pv", "gas"], fuel=["none", "gas"])
    cost = m.data("cost", tech, {"pv": 0, "gas": 50}, unit="EUR/MW")
    demand = m.data("demand", hours, np.array([1.0, 2, 3, 4]), unit="MW")
    cap = m.data("cap", tech, pd.Series([2.0, 9.0], index=["pv", "gas"]), unit="MW")
    g = m.decide("g", tech, hours, lower=0, upper=cap, unit="MW")
    m.minimise(saddlepoint.sum(cost * g, over=(tech, hours)))
    m.subject_to(balance=saddlepoint.sum(g, over=tech) == demand)
    m.subject_to(ramp=g - saddlepoint.lag(g, hours, skip=True) <= 5, where=tech.fuel == "gas")
    m.report("burnt", saddlepoint.sum(g, over=(tech, hours), where=tech.fuel == "gas"), unit="MW")
    return m


def test_the_model_is_solved_written_and_read_back_equal(tmp_path: Path) -> None:
    m = _model()
    run = m.solve()
    assert run.objective[""].tolist() == [150]
    assert run.table("report_burnt").columns["values"].tolist() == [3]
    assert run.price("balance").columns["price"].tolist() == [0, 0, 50, 50]
    again = saddlepoint.open(m.write(tmp_path / "energy"))
    assert again.solve().objective[""].tolist() == [150]
    assert again.explain() == m.lab.explain()
    assert again.mathematics() == m.lab.mathematics()


def test_it_is_the_model_that_the_settings_would_make() -> None:
    x = saddlepoint.call("sqrt", Model().decide("x"))
    assert (2 * (x + 1) - x / 3 * -x).text == "2 * (sqrt(x) + 1) - sqrt(x) / 3 * -sqrt(x)"
    assert (-(x**2)).text == "-sqrt(x) ** 2"
    assert ((x > 1) & (x < 2) | ~(x == 3)).text == "(sqrt(x) > 1 and sqrt(x) < 2) or (not (sqrt(x) == 3))"


def test_errors_name_the_python_line() -> None:
    m = _model()
    here = Path(__file__).name
    m.subject_to(wrong=saddlepoint.sum(m.decide("h"), over="Place") >= 1)
    with pytest.raises(ModelError) as wrong:
        m.solve()
    line = next(
        k for k, text in enumerate(Path(__file__).read_text().splitlines(), 1) if 'over="Place"' in text
    )
    assert str(wrong.value.diagnostics[0].mark).startswith(f"{here}:{line}")
    x = Model().decide("x")
    with pytest.raises(ExpressionError) as chained:
        assert 0 <= x <= 5
    assert (chained.value.diagnostics[0].code, chained.value.diagnostics[0].mark.source) == ("E370", here)
    with pytest.raises(ExpressionError) as unnamed:
        _ = np.ones(3) * x
    assert unnamed.value.diagnostics[0].code == "E371"


@pytest.mark.parametrize("half", [Decimal("0.5"), Fraction(1, 2), np.float16(0.5)], ids=repr)
def test_numbers_of_other_kinds_stand_in_formulas_and_settings(half: object) -> None:
    m = Model(scenarios={"overrides": {"more": {"table": "d", "multiply": half}}, "runs": {"high": ["more"]}})
    d, x = m.data("d", half), m.decide("x", lower=half)
    m.minimise(half * x)
    m.subject_to(least=x >= d + half)
    assert m.solve().objective[""].tolist() == [0.5, 0.375]


@pytest.mark.parametrize("number", [math.nan, Decimal("nan"), Decimal("snan"), 10**400, Fraction(10**400)])
def test_no_number_of_64_bits_stands_in_a_formula(number: object) -> None:
    with pytest.raises(ExpressionError, match="missing or too large") as raised:
        _ = Model().decide("x") >= number
    assert raised.value.diagnostics[0].code == "E371"


def test_scenarios_are_kept_in_memory(tmp_path: Path) -> None:
    m = Model(scenarios={"overrides": {"more": {"table": "d", "multiply": 2}}, "runs": {"high": ["more"]}})
    d = m.data("d", 3.0)
    x = m.decide("x")
    m.minimise(x)
    m.subject_to(least=x >= d)
    assert m.solve().objective[""].tolist() == [3, 6]
    assert saddlepoint.open(m.write(tmp_path / "model")).solve().objective[""].tolist() == [3, 6]


def _everything() -> Model:
    """Groups, copies, trees, sparse cells, distributions, chance, soft, each, priorities, definitions, runs."""
    m = Model(
        "everything", {"overrides": {"more": {"table": "need", "multiply": 1.5}}, "runs": {"high": ["more"]}}
    )
    towns = m.set("Towns", ["A", "B", "C"], region=["n", "n", "s"])
    regions, ends = m.groups("Regions", towns.region), m.copy("Ends", towns)
    nodes = m.set("Tree nodes", ["r", "u", "d"], parent=["", "r", "r"])
    need = m.data("need", towns, {"A": 5, "B": 3, "C": 4}, unit="t")
    dist = m.data("dist", towns, ends, {("A", "B"): 1, ("B", "C"): 2, ("A", "C"): 4}, default=0)
    cost = m.data("cost", towns, [1, 2, 3], unit="EUR/t")
    asked = m.uncertain("asked", regions, distribution="normal", mean={"n": 5, "s": 6}, std=1, unit="t")
    on = m.decide("on", towns, domain="boolean")
    make = m.decide("make", towns, lower=0, upper=20, unit="t")
    semi = m.decide("semi", towns, domain="semicontinuous", lower=1, upper=9, unit="t")
    flow = m.decide("flow", towns, ends, lower=0, where=saddlepoint.call("exists", dist))
    left = m.decide("left", nodes, lower=0)
    whole = saddlepoint.sum(make, over=towns, by=regions)
    spent = m.define("spent", saddlepoint.sum(cost * make, over=towns), unit="EUR", description="all costs")
    m.minimise(spent, "cost", priority=2)
    m.minimise(saddlepoint.sum(on, over=towns), priority=1)
    m.subject_to(served=make + semi >= need, description="nobody waits")
    m.subject_to(sure=saddlepoint.call("chance", whole >= asked, 0.9), run=make <= 20 * on)
    m.subject_to(cap=saddlepoint.sum(make, over=towns) <= 11, soft=100, priority=1)
    m.subject_to(tree=left >= saddlepoint.lag(left, nodes, first=4) - 1)
    m.subject_to(few=flow <= 3, where=dist > 1, each=(towns, ends))
    m.report("share", make / saddlepoint.sum(make, over=towns), description="of all")
    return m


def _loop() -> Model:
    """Two sub-problems that read each other."""
    m = Model("loop")
    k = m.set("K", ["a", "b"])
    up, down = m.problem("up"), m.problem("down")
    u = m.decide("u", k, decided_in=up, lower=0, start=[1, 1])
    v = m.decide("v", k, decided_in=down, start={"a": 2, "b": 2})
    c = m.data("c", k, [1, 2])
    up.minimise(saddlepoint.sum(u, over=k))
    up.subject_to(r=u >= 1 + 0.1 * v * c)
    down.minimise(saddlepoint.sum(v, over=k))
    down.subject_to(q=v >= 0.1 * u)
    return m


def _draws() -> Model:
    """Draws instead of a distribution."""
    m = Model("draws")
    places, draws = m.set("N", ["x", "y"]), m.set("Draw", range(20))
    d = m.uncertain("d", places, draws, samples=draws, values=np.linspace(1, 2, 40))
    x = m.decide("x", places, nonneg=True)
    m.minimise(saddlepoint.sum(x, over=places))
    m.subject_to(ok=saddlepoint.call("chance", x >= d, 0.9))
    return m


def _sides() -> Model:
    """Matrix sides, filters, a second view, a constant of the language."""
    m = Model("sides")
    i = m.set("I", ["p", "q"], filters={"kind": ["old", "new"]})
    j = m.copy("J", i)
    a = m.data("a", i, j, [[0.1, 0.2], [0.3, 0.1]], rows=i, cols=j)
    one = m.constant("one", "identity", i, j, rows=i, cols=j)
    f = m.data("f", i, [5, 6], rows=i)
    x = m.decide("x", i, rows=i, nonneg=True)
    new = m.view("x_new", x, only={i: {"kind": "new"}}, rows=i)
    m.minimise(saddlepoint.call("sum", x))
    m.subject_to(need=x >= f, limit=new <= 100, mixed=saddlepoint.call("sum", one - a) * f >= 0 * x)
    return m


def _figures() -> Model:
    """No decision at all: figures of data, in two scenarios."""
    m = Model("figures")
    k, s = m.set("K", ["a", "b"]), m.set("S", ["x", "y"], scenarios=True)
    m.report("whole", saddlepoint.sum(m.data("c", k, s, [[1, 2], [3, 4]]), over=k))
    return m


@pytest.mark.parametrize("make", [_model, _everything, _loop, _draws, _sides, _figures])
def test_what_is_written_is_the_same_model(make: Callable[[], Model], tmp_path: Path) -> None:
    m = make()
    again = saddlepoint.open(m.write(tmp_path / m.name))
    assert again.explain() == m.lab.explain()
    assert again.mathematics() == m.lab.mathematics()
    mine, theirs = m.solve(), again.solve()
    assert mine.exit_code == theirs.exit_code == 0
    for key, objective in mine.objective.items():
        assert objective == pytest.approx(theirs.objective[key], nan_ok=True)
    for name, table in mine.reports.items():
        assert table.columns["values"] == pytest.approx(theirs.reports[name].columns["values"], nan_ok=True)


def test_figures_of_data_need_no_problem() -> None:
    found = _figures().solve()
    assert found.reports["whole"].columns["values"].tolist() == [4, 6]


def test_a_loop_has_its_fixed_point() -> None:
    """u = 1 + 0.1 v c and v = 0.1 u."""
    found = _loop().solve()
    assert found.objective["up"] == pytest.approx([1 / 0.99 + 1 / 0.98], rel=1e-6)


def test_wrong_parts_are_refused_where_they_are_said() -> None:
    m = Model()
    k = m.set("K", ["a", "b"])
    wrong: dict[str, Callable[[], object]] = {
        "X442": lambda: m.view("y", saddlepoint.call("sqrt", k)),
        "X445": lambda: m.subject_to(saddlepoint.call("sqrt", k) >= 1),
        "E372": lambda: saddlepoint.call("sqrt", k)["a"],
        "X443": lambda: m.uncertain("d", k, distribution="normal", mean=[1, 2, 3], std=1),
        "S005": lambda: m.set("M", ["a", "a"]),
        "S015": lambda: m.set("L", ["a", "b"], kind=["one"]),
        "S070": lambda: m.set("T", ["a", "b"], parent=["", "c"]),
    }
    for code, say in wrong.items():
        with pytest.raises(SaddleError) as caught:
            say()
        assert caught.value.diagnostics[0].code == code
        assert caught.value.diagnostics[0].mark.source == Path(__file__).name


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_side_of_infinity_is_no_limit(sign: float) -> None:
    m = Model()
    x = m.decide("x", lower=-np.inf if sign > 0 else 0, upper=np.inf)
    m.minimise(x)
    m.subject_to(need=sign * x >= sign * 3)
    m.subject_to(free=sign * x <= np.inf if sign > 0 else sign * x >= -np.inf)
    run = m.solve()
    assert run.objective[""].tolist() == [3.0 if sign > 0 else 0.0]
    assert m.lab.check() == ()
    for wrong in (x >= np.inf, x == np.inf, x * np.inf <= 3):
        bad = Model()
        bad.decide("x")
        bad.minimise(x)
        bad.subject_to(wrong=wrong)
        with pytest.raises(ExpressionError, match="E303"):
            bad.solve()


def test_a_name_of_the_model_comes_before_infinity() -> None:
    m = Model()
    x = m.decide("x")
    m.maximise(x)
    m.subject_to(cap=x <= m.data("inf", 7.0))
    assert m.solve().objective[""].tolist() == [7.0]


def test_sums_of_python_are_refused_and_absolute_values_are_words() -> None:
    m = Model()
    x = m.decide("x", m.set("K", ["a", "b"]))
    with pytest.raises(SaddleError, match=r"saddlepoint.sum\(x, over=…\)"):
        sum(x)  # pyright: ignore[reportArgumentType]
    assert abs(x).text == "abs(x)"


def test_a_name_given_twice_would_change_what_was_said_with_the_first() -> None:
    m = Model()
    k = m.set("K", ["a", "b"])
    m.decide("x", k, lower=0)
    m.data("d", k, [1, 2])
    for again in (
        lambda: m.decide("x", k),
        lambda: m.data("d", k, [10, 20]),
        lambda: m.data("x", k, [1, 2]),
        lambda: m.set("K", ["c"]),
        lambda: m.copy("K", k),
    ):
        with pytest.raises(SaddleError, match="have the name") as caught:
            again()
        assert caught.value.diagnostics[0].code == "X444"


ONE = """
sets: {Tech: {items: [pv, gas]}}
tables:
    cap: {type: exogenous, coordinates: [Tech], variables_info: {k: }}
    gen: {type: endogenous, coordinates: [Tech], variables_info: {g: {lower: 0, upper: k}}}
problem: {objective: Maximize(sum(g)), expressions: ["g <= 5"]}
data: {cap: {pv: 3, gas: 10}}
"""


def test_a_model_in_one_file(tmp_path: Path) -> None:
    file = tmp_path / "model.yml"
    file.write_text(ONE)
    lab = saddlepoint.open(file)
    assert [d for d in lab.check() if d.severity == "error"] == []
    lab.run()
    assert saddlepoint.open(file).show("gen").rows[0][-1] == 3
    assert (tmp_path / "model.db").exists()
    assert lab.template() == ()
    file.write_text(ONE.replace("pv: 3", "pv: 4"))
    saddlepoint.open(file).run()
    assert saddlepoint.open(file).show("gen").rows[0][-1] == 4
    file.write_text(ONE.replace("sets:", "set:"))
    with pytest.raises(SaddleError) as wrong:
        saddlepoint.open(file)
    assert {d.code for d in wrong.value.diagnostics} == {"Y010", "Y001"}
