"""Figures of a report: what they are worth, where they are kept, and what they refuse."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import saddlepoint
from saddlepoint.cli.commands import saddle
from saddlepoint.errors import SaddleError

D = np.array([[4.0, 6.0, 9.0], [2.0, 2.0, 30.0]])


def lab(report: Any, demand: np.ndarray = D) -> Any:
    sets = {
        "Case": {"split_problem": True, "items": ["low", "high"]},
        "Hours": {"items": "1..3"},
        "Tech": {"items": ["sun", "gas"]},
    }
    one = {"type": "exogenous"}
    variables = {
        "cost": {**one, "coordinates": ["Tech"], "variables_info": {"c": None}},
        "size": {**one, "coordinates": ["Tech"], "variables_info": {"k": None}},
        "carbon": {**one, "coordinates": ["Tech"], "variables_info": {"co2": None}},
        "need": {**one, "coordinates": ["Case", "Hours"], "variables_info": {"d": None}},
        "plan": {
            "type": "endogenous",
            "coordinates": ["Case", "Tech", "Hours"],
            "variables_info": {"g": {"nonneg": True}},
        },
    }
    problem = {
        "objective": ["Minimize(sum(c * g, over=(Tech, Hours)))"],
        "expressions": [{"served": "sum(g, over=Tech) >= d"}, {"limit": "g <= k"}],
        "report": report,
    }
    data = {"cost": [1.0, 5.0], "size": [5.0, 9.0], "carbon": [0.0, 0.4], "need": demand}
    return saddlepoint.define(sets=sets, variables=variables, problem=problem, data=data)


def test_figures_are_what_they_say() -> None:
    """low: sun 4, 5, 5 and gas 0, 1, 4; prices 1, 5, 5; high cannot be served in the third hour."""
    result = lab(
        {
            "emissions": {
                "value": "sum(co2 * g, over=(Tech, Hours))",
                "unit": "t",
                "description": "all hours",
            },
            "utilisation": "sum(g, over=Hours) / (size(Hours) * k)",
            "capture": "sum(price(served) * g, over=Hours) / sum(g, over=Hours)",
            "room": "sum(slack(limit), over=(Tech, Hours))",
            "share": "g / d",
            "none": "1 / (k - k)",
        }
    ).solve()
    figures = result.reports
    assert result.table("report_room").values[0] == figures["room"].values[0]
    assert figures["emissions"].to_pandas()["values"].tolist()[0] == pytest.approx(0.4 * 5)
    assert figures["emissions"].unit == "t"
    first = {name: t.to_pandas().query("Case == 'low'")["values"].to_numpy() for name, t in figures.items()}
    assert first["utilisation"] == pytest.approx([14 / 15, 5 / 27])
    assert first["capture"] == pytest.approx([(4 * 1 + 5 * 5 + 5 * 5) / 14, 5.0])
    assert first["room"] == pytest.approx([(15 - 14) + (27 - 5)])
    assert first["share"] == pytest.approx(np.array([4, 0, 5, 1, 5, 4]) / np.repeat(D[0], 2))
    assert np.isnan(first["none"]).all()
    high = figures["emissions"].to_pandas().query("Case == 'high'")["values"]
    assert high.isna().all()


@pytest.mark.parametrize(
    ("figure", "code"),
    [
        ("sum(g, over=Techs)", "E120"),
        ("price(balance)", "E128"),
        ("price(1)", "E111"),
        ("g * gg", "E105"),
        ("", "Y011"),
        ({"valu": "1"}, "Y010"),
    ],
)
def test_what_cannot_be_computed_is_refused_before_the_solve(figure: Any, code: str) -> None:
    with pytest.raises(SaddleError) as caught:
        lab({"odd": figure}).solve()
    assert caught.value.diagnostics[0].code == code


FILES = {
    "structure_sets.yml": "Tech: {items: [sun, gas]}\n",
    "structure_variables.yml": "cost: {type: exogenous, coordinates: [Tech], variables_info: {c: }}\n"
    "plan: {type: endogenous, coordinates: [Tech], unit: MWh, variables_info: {g: {nonneg: true, upper: 6}}}\n",
    "problem.yml": "objective: ['Minimize(sum(c * g, over=Tech))']\n"
    "expressions:\n  - served: sum(g, over=Tech) >= 8\n"
    "report:\n"
    "  unit_cost: {value: 'sum(c * g, over=Tech) / sum(g, over=Tech)', unit: EUR/MWh}\n"
    "  spent: c * g\n",
    "input_data/cost.csv": "Tech_Name,values\nsun,1\ngas,5\n",
}


def test_figures_are_stored_and_shown(tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / "m" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "m" / name).write_text(text)
    run = CliRunner().invoke(saddle, ["run", str(tmp_path / "m")])
    assert run.exit_code == 0, run.output
    assert "Report" in run.output and "unit_cost [EUR/MWh]" in run.output
    with sqlite3.connect(tmp_path / "m" / "database.db") as store:
        assert store.execute('SELECT "values" FROM report_unit_cost').fetchall() == [(2.0,)]
        assert store.execute('SELECT Tech_Name, "values" FROM report_spent').fetchall() == [
            ("sun", 6),
            ("gas", 10),
        ]
    store.close()
    shown = CliRunner().invoke(saddle, ["show", str(tmp_path / "m"), "report_spent"])
    assert shown.exit_code == 0 and "gas" in shown.output


@pytest.mark.parametrize(
    ("kind", "mine", "told"),
    [
        ("endogenous", "x >= d", "which problem 'other' decides"),
        ({"one": "exogenous", "other": "endogenous"}, "x >= d + y", "which problem 'other' decides"),
        ("endogenous", None, "which stands in no objective and no relation"),
    ],
)
def test_a_figure_of_what_its_problem_does_not_decide_is_refused(
    kind: Any, mine: str | None, told: str
) -> None:
    variables = {
        "d": {"type": "exogenous", "coordinates": ["T"], "variables_info": {"d": None}},
        "x": {"type": "endogenous", "coordinates": ["T"], "variables_info": {"x": {"lower": 0}}},
        "y": {"type": kind, "coordinates": ["T"], "variables_info": {"y": {"lower": 0}}},
    }
    figure = {"spare": "sum(x, over=T) + sum(y, over=T)"}
    one = {"objective": ["Minimize(sum(x))"], "expressions": [mine or "x >= d"], "report": figure}
    other = {"objective": ["Minimize(sum(y))"], "expressions": ["y >= d"]}
    problem = {"one": one, "other": other} if mine else one
    with pytest.raises(SaddleError) as raised:
        saddlepoint.define(
            sets={"T": {"items": "1..2"}}, variables=variables, problem=problem, data={"d": [1, 2]}
        ).solve()
    (found,) = raised.value.diagnostics
    assert (found.code, "'spare' names 'y'" in found.message, told in found.message) == ("M030", True, True)
