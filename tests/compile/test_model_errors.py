"""Every M and D code, by the smallest model that raises it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from saddlepoint.declare.spec import (
    FormulaSpec,
    ProblemSpec,
    SetItems,
    SetSpec,
    SetUse,
    Spec,
    TableSpec,
    VariableSpec,
)
from saddlepoint.errors import SaddleError
from saddlepoint.errors.codes import CODES
from saddlepoint.files.sheet import Sheet
from saddlepoint.model.fetch import fetch
from saddlepoint.model.resolve import resolve

SETS = (SetSpec("S", split_problem=True), SetSpec("I", filters={"kind": ("p", "q")}))
ITEMS = (SetItems("S", ("s1", "s2")), SetItems("I", ("i1", "i2"), filters={"kind": ("p", "q")}))


def table(key, kind, coordinates, *variables, **more):
    return TableSpec(
        key, kind=kind, coordinates=coordinates, variables=variables or (VariableSpec(key[-1], ROWS),), **more
    )


ROWS = {"I": SetUse("rows")}
X = table("t_x", "endogenous", ("S", "I"))
A = table("t_a", "exogenous", ("S", "I"))
SPEC = Spec(
    name="m",
    sets=SETS,
    tables=(X, A),
    problems=(
        ProblemSpec("", objectives=(FormulaSpec("Minimize(sum(x))"),), expressions=(FormulaSpec("x >= a"),)),
    ),
)


def problem(*formulas, key="", objective="Minimize(sum(x))"):
    goals = (FormulaSpec(objective),) if objective else ()
    return ProblemSpec(
        key,
        objectives=goals,
        expressions=tuple(FormulaSpec(f) if isinstance(f, str) else f for f in formulas),
    )


def with_table(*tables, **more):
    return replace(SPEC, tables=(X, A, *tables), **more)


def view(**more):
    return replace(A, variables=(VariableSpec("a", **more),))


MODELS = {
    "M001": with_table(table("t_b", "exogenous", ("Z",), VariableSpec("b"))),
    "M002": replace(SPEC, tables=(X, view(sets={"Z": SetUse("rows")}))),
    "M003": with_table(table("t_b", "exogenous", ("I",), VariableSpec("a", ROWS))),
    "M004": replace(SPEC, tables=(X, view(sets={"I": SetUse("rows", {"sort": ("p",)})}))),
    "M005": replace(SPEC, tables=(X, view(sets={"I": SetUse("rows", {"kind": ("z",)})}))),
    "M006": replace(SPEC, tables=(X, view(sets={"I": SetUse("rows", {"kind": ()})}))),
    "M007": with_table(table("t_b", "constant", ("I",), VariableSpec("b", ROWS, value="ones"))),
    "M008": with_table(table("t_b", "exogenous", ("I",), VariableSpec("sum", ROWS))),
    "M010": replace(SPEC, tables=(table("t_x", "endogenous", ("I",)), A)),
    "M011": with_table(table("t_b", "hybrid", ("I",), roles={"one": "endogenous"})),
    "M012": with_table(table("t_b", "hybrid", ("I",), roles={"": "exogenous"})),
    "M013": replace(SPEC, problems=(problem("x >= a", key="one"), problem("x >= a", key="two"))),
    "M014": replace(
        SPEC,
        tables=(X, A, table("t_h", "hybrid", ("S", "I"), roles={"one": "endogenous"})),
        problems=(problem("h >= a", key="one", objective=None), problem("x >= h", key="two")),
    ),
    "M015": replace(SPEC, problems=()),
    "M016": replace(SPEC, problems=(problem(FormulaSpec("x >= a", "need"), FormulaSpec("x >= 1", "Need")),)),
    "M017": replace(SPEC, sets=(*SETS, SetSpec("K", copy_from="Z"))),
    "M018": replace(SPEC, sets=(*SETS, SetSpec("K"))),
    "M019": replace(SPEC, tables=(X, view(sets={"S": SetUse("rows")}))),
    "M020": with_table(
        table(
            "t_b",
            "constant",
            ("S", "I"),
            VariableSpec("b", {"I": SetUse("rows"), "S": SetUse()}, value="set_length"),
        ),
        table(
            "t_c",
            "constant",
            ("I", "J"),
            VariableSpec("c", {"I": SetUse("rows"), "J": SetUse("cols")}, value="sum_vector"),
        ),
        sets=(*SETS, SetSpec("J")),
    ),
    "M021": with_table(table("t_b", "exogenous", ("I", "I"), VariableSpec("b", ROWS))),
    "M022": replace(
        SPEC,
        problems=(
            ProblemSpec(
                "",
                objectives=(FormulaSpec("Minimize(sum(x))"), FormulaSpec("Maximize(sum(x))")),
                expressions=(FormulaSpec("x >= a"),),
            ),
        ),
    ),
}
MORE_ITEMS = {"M020": (*ITEMS, SetItems("J", ("j1", "j2")))}


@pytest.mark.parametrize("code", MODELS)
def test_model_codes(code):
    with pytest.raises(SaddleError) as raised:
        resolve(MODELS[code], MORE_ITEMS.get(code, ITEMS))
    found = raised.value.diagnostics
    assert [d.code for d in found] == [code] * len(found)
    assert all(d.fix for d in found)


def test_an_unused_variable_is_a_warning():
    model = resolve(with_table(table("t_b", "exogenous", ("I",))), ITEMS)
    assert [(d.code, d.severity) for d in model.warnings] == [("M023", "warning")]


def objective(formula):
    """A model whose y is repeated over J, and x is not."""
    y = table("t_y", "endogenous", ("S", "I", "J"), VariableSpec("y", ROWS, nonneg=True))
    problems = (problem("x >= a", "y >= a", objective=formula),)
    return resolve(
        replace(SPEC, sets=(*SETS, SetSpec("J")), tables=(*SPEC.tables, y), problems=problems),
        (*ITEMS, SetItems("J", ("j1", "j2", "j3"))),
    )


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("Minimize(sum(y) + sum(x))", ["sum(x) 3 times: once for each item of J, over which"]),
        ("Minimize(sum(y) - 2 * sum(x))", ["2 * sum(x) 3 times: once for each item of J"]),
        ("Minimize(x + sum(x))", ["sum(x) 2 times: once for each entry of a matrix"]),
        ("Minimize(sum(y) + sum(a))", ["sum(a) 3 times"]),
        ("Minimize(sum(y))", []),
        ("Minimize(sum(x) + sum(a))", []),
    ],
)
def test_a_summand_that_is_counted_several_times_is_a_warning(formula, said):
    warned = [d for d in objective(formula).warnings if d.code == "M025"]
    assert len(warned) == len(said)
    for each, words in zip(warned, said, strict=True):
        assert words in each.message
        assert each.severity == "warning"


GOOD = {"S_Name": ["s1", "s1", "s2", "s2"], "I_Name": ["i1", "i2"] * 2, "values": [1.0, 2.0, 3.0, 4.0]}


def sheet(**changes):
    columns = {**GOOD, **changes}
    columns = {k: v for k, v in columns.items() if v is not None}
    return Sheet("t_a", tuple(columns), tuple(columns.values()), source="a.csv", first_row=2, cells=False)


SHEETS = {
    "D001": {},
    "D002": {"t_a": sheet(values=None)},
    "D003": {"t_a": sheet(I_Name=["i1", "i9", "i1", "i2"])},
    "D004": {"t_a": sheet(I_Name=["i1", "i1", "i1", "i2"])},
    "D005": {"t_a": sheet(values=[1.0, None, 3.0, 4.0])},
    "D006": {"t_a": sheet(values=[1.0, "much", 3.0, 4.0])},
}


@pytest.mark.parametrize("code", SHEETS)
def test_data_codes(code):
    with pytest.raises(SaddleError) as raised:
        fetch(resolve(SPEC, ITEMS), SHEETS[code])
    assert code in {d.code for d in raised.value.diagnostics}
    assert all(d.code in CODES for d in raised.value.diagnostics)


def test_an_ignored_column_is_a_warning():
    found = fetch(resolve(SPEC, ITEMS), {"t_a": sheet(notes=["", "", "", ""])})
    assert [(d.code, d.severity) for d in found.warnings] == [("D008", "warning")]


def test_blank_fill_makes_a_missing_sheet_complete():
    spec = replace(SPEC, tables=(X, replace(A, variables=(VariableSpec("a", ROWS, blank_fill=7.0),))))
    assert fetch(resolve(spec, ITEMS), {}).tables["t_a"].columns["values"].tolist() == [7.0] * 4
