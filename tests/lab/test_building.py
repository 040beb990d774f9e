"""Models written in Python."""

from __future__ import annotations

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


def test_scenarios_are_kept_in_memory(tmp_path: Path) -> None:
    m = Model(scenarios={"overrides": {"more": {"table": "d", "multiply": 2}}, "runs": {"high": ["more"]}})
    d = m.data("d", 3.0)
    x = m.decide("x")
    m.minimise(x)
    m.subject_to(least=x >= d)
    assert m.solve().objective[""].tolist() == [3, 6]
    with pytest.raises(SaddleError) as wrong:
        m.write(tmp_path / "none")
    assert wrong.value.diagnostics[0].code == "X210"


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
