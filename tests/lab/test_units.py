"""Units of formulas and of data."""

from __future__ import annotations

import subprocess
import sys

import pytest

import saddlepoint
from saddlepoint.errors import DataError, Diagnostic, ModelError
from saddlepoint.model.units import factor_between, unit_of

SETS = "Hours: {items: 1..2}"


def _findings(
    x: str, d: str, relation: str, objective: str = "Minimize(sum(x))", data: object = None
) -> list[Diagnostic]:
    variables = f"""
x: {{type: endogenous, coordinates: [Hours], unit: {x!r}, variables_info: {{x: {{nonneg: true}}}}}}
d: {{type: exogenous, coordinates: [Hours], unit: {d!r}, variables_info: {{d: }}}}
"""
    problem = {"objective": [objective], "expressions": [relation]}
    lab = saddlepoint.define(sets=SETS, variables=variables, problem=problem, data={"d": data or [1, 2]})
    return [found for found in lab.check() if found.code.startswith(("M09", "D08"))]


@pytest.mark.parametrize(
    ("unit", "relation"),
    [
        ("5e-324", "x >= d"),
        ("1e300 MW", "x / d >= 1"),
        ("1e140 MW", "x / power(d, 3) >= 1"),
        ("MW", "x / (1e-200 * d / 1e200) >= 1"),
        ("MW", "x / 5e-324 >= d"),
    ],
)
def test_factors_beyond_floats_are_no_finding_about_units(unit: str, relation: str) -> None:
    assert not _findings("kW", unit, relation)


@pytest.mark.parametrize(
    ("given", "wanted", "factor"),
    [
        ("GW", "MW", 1000),
        ("EUR/MWh", "EUR/kWh", 1e-3),
        ("kt/year", "1000 t/a", 1),
        ("GJ", "MWh", 1 / 3.6),
        ("m3/s", "l/min", 60_000),
        ("MEUR/GW", "EUR/kW", 1),
        ("1000 t CO2/year", "t CO2/year", 1000),
        ("EUR/(MW*h)", "EUR/MWh", 1),
        ("MW^2", "MW**2", 1),
        ("%", "1", 0.01),
        ("u", "kg", None),
        ("shown in outputs.", "MW", None),
        ("MW", "MWh", None),
    ],
)
def test_how_units_convert(given: str, wanted: str, factor: float | None) -> None:
    found = factor_between(given, wanted)
    assert found == (None if factor is None else pytest.approx(factor, rel=1e-12))


def test_words_of_the_user_are_units_of_their_own() -> None:
    crate = unit_of("EUR/crate")
    assert crate is not None
    assert crate.strange == {"crate"}
    alone = unit_of("crate")
    assert alone is not None and (crate * alone).powers == (("EUR", 1.0),)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("GW", "GW"),
        ("MWh", "MWh"),
        ("EUR/MWh", "EUR/MWh"),
        ("MEUR", "MEUR"),
        ("kW", "kW"),
        ("t/h", "t/h"),
        ("1000 MW", "GW"),
        ("EUR/MW/year", "EUR/MW/year"),
        ("m3", "m^3"),
        ("12 kWh", "12000 Wh"),
        ("t * t", "t^2"),
        ("t^0.5", "t^0.5"),
        ("MW^2", "MW^2"),
        ("t h", "h·t"),
        ("EUR / t / t", "EUR/t^2"),
    ],
)
def test_units_are_said_as_they_are_written(text: str, shown: str) -> None:
    unit = unit_of(text)
    assert str(unit) == shown
    assert unit is not None and unit_of(shown) == unit


@pytest.mark.parametrize("factor", ["1 *", "-1 *", "0.5 *", "2 * 3 *", "(1 + 2) *"])
def test_a_number_before_a_term_adopts_the_unit_that_it_lacks(factor: str) -> None:
    assert not _findings("t", "EUR", f"{factor} x >= d")
    (found,) = _findings("tonnes", "EUR", "x >= d")
    assert (found.code, "EUR" in found.message, "tonnes" in found.message) == ("M091", True, True)


def test_a_definition_at_fault_is_found_once() -> None:
    variables = """
x: {type: endogenous, coordinates: [Hours], unit: t, variables_info: {x: {lower: 0}}}
d: {type: exogenous, coordinates: [Hours], unit: EUR, variables_info: {d: }}
"""
    problem = {
        "define": {"both": "sum(x, over=Hours) + sum(d, over=Hours)"},
        "objective": ["Minimize(both)"],
        "expressions": ["x >= 0.5 * d"],
        "report": {"figure": "2 * both"},
    }
    lab = saddlepoint.define(sets=SETS, variables=variables, problem=problem, data={"d": [1, 2]})
    (found,) = lab.check()
    assert (found.code, "the definition of 'both'" in found.message) == ("M091", True)


def test_a_factor_is_named() -> None:
    (found,) = _findings("GW", "MW", "x >= d")
    assert (found.code, found.severity) == ("M090", "error")
    assert "factor of 1000" in found.message
    assert found.fix.startswith("Multiply x by 1000")


@pytest.mark.parametrize(
    "relation", ["x >= 1000 * d", "x / 1000 >= d", "x >= 3", "x >= lag(d, Hours, first=0) * 1000"]
)
def test_numbers_of_the_formula_may_convert(relation: str) -> None:
    assert _findings("MW", "GW", relation) == []


@pytest.mark.parametrize(
    ("x", "d", "relation", "code"),
    [
        ("EUR", "MW", "x >= d", "M091"),
        ("EUR", "crates", "x >= d", "M092"),
        ("MW", "GW", "sum(x, over=Hours) >= sum(d, over=Hours)", "M090"),
        ("MW", "GW", "cumsum(x, over=Hours) >= max(d, over=Hours)", "M090"),
        ("kWh", "MW", "x >= d", "M090"),
        ("MWh", "MW", "x >= d", None),
        ("MW", "", "x >= d", None),
        ("MW", "MW^2", "x >= sqrt(d)", None),
        ("MW", "MW^2", "x >= d ** 2", "M091"),
        ("MW", "MW", "x * d >= square(d)", None),
    ],
)
def test_what_fits_together(x: str, d: str, relation: str, code: str | None) -> None:
    assert [found.code for found in _findings(x, d, relation)] == ([] if code is None else [code])


def test_objectives_and_reports_are_checked() -> None:
    assert [f.code for f in _findings("MW", "EUR/MW", "x >= 1", "Minimize(sum(d * x) + sum(x))")] == ["M091"]
    problem = {
        "objective": "Minimize(sum(x))",
        "expressions": ["x >= d"],
        "report": {"r": {"value": "sum(x)", "unit": "GW"}},
    }
    variables = "{x: {type: endogenous, coordinates: [Hours], unit: MW, variables_info: {x: }}, d: {type: exogenous, coordinates: [Hours], variables_info: {d: }}}"
    with pytest.raises(ModelError) as wrong:
        _ = saddlepoint.define(sets=SETS, variables=variables, problem=problem).model
    assert "its unit GW" in wrong.value.diagnostics[0].message


def test_rows_are_converted_on_reading() -> None:
    lab = saddlepoint.define(
        sets=SETS,
        variables="{x: {type: endogenous, coordinates: [Hours], unit: MW, variables_info: {x: }}, d: {type: exogenous, coordinates: [Hours], unit: MW, variables_info: {d: }}}",
        problem="{objective: Minimize(sum(x)), expressions: [x >= d]}",
        data={"d": {"Hours": ["1", "2"], "values": [2, 300], "unit": ["GW", ""]}},
    )
    assert lab.inputs().tables["d"].columns["values"].tolist() == [2000, 300]
    lab.data = {"d": {"Hours": ["1", "2"], "values": [2, 300], "unit": ["GW", "t"]}}
    with pytest.raises(DataError) as wrong:
        lab.inputs()
    assert [d.code for d in wrong.value.diagnostics] == ["D080"]


def test_the_table_of_units_costs_nothing_where_there_are_none() -> None:
    asked = "import saddlepoint, sys; print('pint' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout
        == "False\n"
    )


@pytest.mark.parametrize(
    ("first", "second", "codes"),
    [("EUR/MWh", "kEUR/MWh", ["M090"]), ("EUR/MWh", "t/MWh", ["M091"]), ("EUR/MWh", "EUR/MWh", [])],
)
def test_objectives_that_are_added_up_have_one_unit(first: str, second: str, codes: list[str]) -> None:
    variables = f"""
x: {{type: endogenous, coordinates: [Hours], unit: MWh, variables_info: {{x: {{nonneg: true}}}}}}
c: {{type: exogenous, coordinates: [Hours], unit: {first}, variables_info: {{c: }}}}
e: {{type: exogenous, coordinates: [Hours], unit: {second}, variables_info: {{e: }}}}
"""
    goals = ["Minimize(sum(c * x, over=Hours))", "Minimize(sum(e * x, over=Hours))"]
    given = {"c": [1, 2], "e": [3, 4]}
    problem = {"objective": goals, "expressions": ["x >= 1"]}
    lab = saddlepoint.define(sets=SETS, variables=variables, problem=problem, data=given)
    assert [found.code for found in lab.check()] == codes
    problem["objective"] = [{"cost": goals[0]}, {"other": goals[1]}]  # named, they may be traded off
    named = saddlepoint.define(sets=SETS, variables=variables, problem=problem, data=given)
    assert [(found.code, found.severity) for found in named.check()] == [("M092", "warning")] * len(codes)
    assert named.frontier().units == ("EUR", second.removesuffix("/MWh"))
