"""Units of prices: that of the objective over that of the relation, in the model's words, or none."""

from __future__ import annotations

from pathlib import Path

import pytest

import saddlepoint
from saddlepoint.declare.examples import copy_example
from saddlepoint.files import read_workbook
from saddlepoint.labels.column_units import column_unit, joined_units, main_unit
from saddlepoint.study.results.exported import read_exported

SETS = "Hours: {items: 1..2}"


def _lab(objective: str, relation: str, **units: str) -> saddlepoint.Lab:
    known = {"x": "MW", "c": "EUR/MWh", "i": "EUR/MW", "d": "MW", "s": "", "e": "MWh"} | units
    variables = f"""
x: {{type: endogenous, coordinates: [Hours], unit: {known["x"]!r}, variables_info: {{x: {{nonneg: true}}}}}}
y: {{type: endogenous, coordinates: [Hours], unit: {known["e"]!r}, variables_info: {{y: {{nonneg: true}}}}}}
c: {{type: exogenous, coordinates: [Hours], unit: {known["c"]!r}, variables_info: {{c: }}}}
i: {{type: exogenous, coordinates: [Hours], unit: {known["i"]!r}, variables_info: {{i: }}}}
d: {{type: exogenous, coordinates: [Hours], unit: {known["d"]!r}, variables_info: {{d: }}}}
s: {{type: exogenous, coordinates: [Hours], unit: {known["s"]!r}, variables_info: {{s: }}}}
"""
    problem = {"objective": [objective], "expressions": [f"row: {relation}", "y <= 5"]}
    data = {"c": [3, 4], "i": [1, 1], "d": [1, 2], "s": [1, 1]}
    return saddlepoint.define(sets=SETS, variables=variables, problem=problem, data=data)


@pytest.mark.parametrize(
    ("objective", "relation", "units", "price", "slack", "reduced"),
    [
        ("Minimize(sum(mult(c, x)))", "x >= d", {}, "EUR/MWh", "MW", "EUR/MWh"),
        ("Minimize(sum(mult(i, x)))", "x >= d", {}, "EUR/MW", "MW", "EUR/MW"),
        ("Minimize(sum(mult(i, x)))", "x >= mult(0.5, d)", {}, "EUR/MW", "MW", "EUR/MW"),
        ("Minimize(sum(mult(c, x)) + sum(mult(i, x)))", "x >= d", {}, "EUR/MW", "MW", "EUR/MW"),
        ("Minimize(sum(mult(i, x)))", "y + x >= d", {}, "EUR/MWh", "MWh", "EUR/MW"),
        ("Minimize(sum(mult(c, x)))", "x >= d", {"c": "EUR/t", "x": "t", "d": "t"}, "EUR/t", "t", "EUR/t"),
        ("Minimize(sum(mult(c, x)))", "x >= d", {"c": "kEUR/crate", "x": "crate", "d": "crate"}, "kEUR/crate", "crate", "kEUR/crate"),
        ("Minimize(sum(mult(c, mult(s, x))))", "x >= d", {}, "", "MW", ""),
        ("Minimize(sum(mult(c, mult(s, x))))", "x >= d", {"s": "%"}, "", "MW", ""),
        ("Minimize(1000 * sum(mult(c, x)))", "x >= d", {}, "", "MW", ""),
        ("Minimize(sum(mult(c, x)))", "mult(2, x) >= 3", {}, "", "", "EUR/MWh"),
        ("Minimize(sum(mult(c, x)))", "mult(s, x) >= d", {}, "EUR/MWh", "MW", "EUR/MWh"),
        ("Minimize(sum(mult(c, x)))", "mult(c, x) >= 3", {"c": "EUR/MW"}, "", "EUR", "EUR/MW"),
        ("Minimize(sum(mult(c, x)))", "x >= d", {"c": "EUR per MWh"}, "", "MW", ""),
        ("Minimize(sum(mult(c, x)))", "x >= d", {"c": "", "i": ""}, "", "MW", ""),
    ],
)  # fmt: skip
def test_units_follow_from_those_of_tables_or_are_blank(
    objective: str, relation: str, units: dict[str, str], price: str, slack: str, reduced: str
) -> None:
    result = _lab(objective, relation, **units).solve()
    row = result.price("row").unit
    assert (column_unit(row, "price"), column_unit(row, "slack")) == (price, slack)
    assert column_unit(row, "price_left") == price
    assert not column_unit(row, "binding")
    assert column_unit(result.reduced_cost("x").unit, "reduced_cost") == reduced


def test_a_text_for_the_units_of_columns_is_read_as_it_was_joined() -> None:
    text = joined_units("EUR/MWh", {"slack": "MW", "price_left, price_right": ""})
    found = [column_unit(text, name) for name in ("price", "slack", "price_right", "binding")]
    assert found == ["EUR/MWh", "MW", "", ""]
    assert joined_units("", {"slack": ""}) == ""
    assert (main_unit(joined_units("", {"slack": "MW"})), column_unit("slack: MW", "slack")) == ("", "MW")
    for own in ("a sentence; with: more", "MW; or so", "note: MW", ""):
        assert main_unit(own) == column_unit(own, "values") == own


def test_units_of_prices_stand_in_headers_of_workbooks_and_are_read_back(tmp_path: Path) -> None:
    lab = saddlepoint.open(copy_example("energy_storage", tmp_path / "plan"))
    lab.run()
    (path,) = lab.export("xlsx", tmp_path / "plan.xlsx")
    sheets = {name: sheet.header for name, sheet in read_workbook(path).items()}
    assert "price [EUR/MWh]" in sheets["price_full"]
    assert "slack [MWh]" in sheets["price_full"]
    assert "reduced_cost [EUR/MW]" in sheets["reduced_cost_capacity"]
    read = read_exported(path)
    assert {"price", "slack", "binding"} <= set(read["price_full"].header)
