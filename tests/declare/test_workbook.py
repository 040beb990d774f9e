"""The workbook form of the settings: short YAML in cells, and mistakes at their cells."""

from pathlib import Path

import pytest

from saddlepoint import declare
from saddlepoint.errors import DeclareError
from saddlepoint.files import Sheet, write_workbook

SETS = {
    "set_key": ["Products", "Kinds"],
    "split_problem": [None, "TRUE"],
    "filters": ["{type: [a, b]}", None],
}
TABLES = {
    "table_key": ["plan", "data", "data"],
    "type": ["endogenous", "exogenous", "exogenous"],
    "coordinates": ["[Products]", "Products, Kinds", "Products, Kinds"],
    "variables_info": ["x", "c", "d"],
    "blank_fill": [None, 0, None],
    "nonneg": [True, None, None],
    "Products": ["dim: cols", "{dim: cols}", "dim: rows, filters: {type: [a]}"],
}
PROBLEM = {
    "problem_key": [None, None, None],
    "objective": ["Maximize(c @ tran(x))", None, None],
    "expressions": [None, "cap: x <= 3", "[x <= 4, x <= 5]"],
    "description": ["gain", "limit", None],
}


def sheet(name: str, columns: dict[str, list]) -> Sheet:
    return Sheet(name, tuple(columns), tuple(columns.values()))


def read(folder: Path, sets=SETS, tables=TABLES, problem=PROBLEM) -> declare.Reading:
    sheets = [sheet("structure_sets", sets), sheet("structure_variables", tables), sheet("Problem", problem)]
    write_workbook(folder / "model_settings.xlsx", sheets)
    return declare.read_settings(folder)


def found(folder: Path, **changed) -> list[tuple[str, str]]:
    with pytest.raises(DeclareError) as caught:
        read(folder, **changed)
    return [(d.code, str(d.mark).removeprefix("model_settings.xlsx, ")) for d in caught.value.diagnostics]


def test_short_yaml_with_and_without_brackets(tmp_path) -> None:
    spec = read(tmp_path).spec
    assert spec.sets[0].filters == {"type": ("a", "b")}
    assert [each.split_problem for each in spec.sets] == [False, True]
    plan, data = spec.tables
    assert plan.variables[0].nonneg and plan.coordinates == ("Products",)
    assert data.coordinates == ("Products", "Kinds")
    assert [v.name for v in data.variables] == ["c", "d"]
    assert (data.variables[0].blank_fill, data.variables[1].blank_fill) == (0.0, None)
    assert data.variables[1].sets["Products"].dim == "rows"
    assert data.variables[1].sets["Products"].filters == {"type": ("a",)}
    (problem,) = spec.problems
    assert problem.key == ""
    assert [(f.name, f.text, f.description) for f in problem.expressions] == [
        ("cap", "x <= 3", "limit"),
        (None, "x <= 4", ""),
        (None, "x <= 5", ""),
    ]
    assert problem.objectives[0].description == "gain"


def test_a_description_stays_with_the_formula_of_its_row(tmp_path) -> None:
    rows = {
        "problem_key": [1, 1, 1],
        "expressions": ["x <= 3", None, "x >= 0"],
        "objective": [None, "Minimize(x)", None],
        "description": ["cap", "cost", None],
    }
    (problem,) = read(tmp_path, problem=rows).spec.problems
    assert problem.key == "1"
    assert [f.description for f in (*problem.objectives, *problem.expressions)] == ["cost", "cap", ""]


def test_the_old_column_integer_and_ignored_columns(tmp_path) -> None:
    tables = {
        **TABLES,
        "integer": ["TRUE", None, None],
        "notes": ["x", None, None],
        "Prodcts": ["dim: rows", None, None],
    }
    reading = read(tmp_path, tables=tables)
    assert reading.spec.tables[0].domain == "integer"
    assert [(w.code, str(w.mark), w.fix) for w in reading.warnings] == [
        (
            "Y053",
            "model_settings.xlsx, structure_variables!J1",
            "Did you mean 'Products'?",
        )
    ]


def test_rows_marked_skip_are_switched_off(tmp_path) -> None:
    problem = {**PROBLEM, "Skip": [None, None, "x"]}
    tables = {**TABLES, "skip": [None, None, "TRUE"]}
    reading = read(tmp_path, tables=tables, problem=problem)
    assert [f.text for f in reading.spec.problems[0].expressions] == ["x <= 3"]
    assert [v.name for v in reading.spec.tables[1].variables] == ["c"]
    assert not reading.warnings


def test_mistakes_are_marked_by_cells(tmp_path) -> None:
    tables = {
        **TABLES,
        "type": ["endogenos", "exogenous", "constant"],
        "blank_fill": [None, "1,5", None],
        "Products": ["dim: [cols", "dims: cols", "dim: column"],
    }
    assert found(tmp_path, tables=tables, sets={**SETS, "split_problem": [None, "maybe"]}) == [
        ("Y054", "structure_variables!G2"),
        ("Y052", "structure_variables!B4"),
        ("Y012", "structure_sets!B3"),
        ("Y014", "structure_variables!B2"),
        ("Y010", "structure_variables!G3"),
        ("Y013", "structure_variables!E3"),
        ("Y014", "structure_variables!G4"),
    ]


def test_missing_tabs_keys_and_mixed_problems(tmp_path) -> None:
    write_workbook(
        tmp_path / "model_settings.xlsx", [sheet("structure_sets", SETS), sheet("problems", PROBLEM)]
    )
    with pytest.raises(DeclareError) as caught:
        declare.read_settings(tmp_path)
    assert [d.code for d in caught.value.diagnostics] == ["Y050", "Y050"]
    assert "structure_sets" in str(caught.value)
    assert ("Y051", "structure_sets!A1") in found(tmp_path, sets={"key": ["a"]})
    assert ("Y051", "structure_sets!A3") in found(tmp_path, sets={**SETS, "set_key": ["Products", None]})
    mixed = {**PROBLEM, "problem_key": ["one", "one", None]}
    assert ("Y040", "Problem!C4") in found(tmp_path, problem=mixed)
    assert found(tmp_path, tables={**TABLES, "variables_info": ["x", "c", "c"]})[0] == (
        "Y016",
        "structure_variables!D4",
    )


def test_operators_are_trusted_by_a_column(tmp_path) -> None:
    assert read(tmp_path, problem={**PROBLEM, "operators": ["trust", None, None]}).spec.trust
    assert not read(tmp_path).spec.trust


def test_a_description_in_every_row_of_a_table(tmp_path) -> None:
    tables = {**TABLES, "description": ["plan", "price", "cost"]}
    assert [t.description for t in read(tmp_path, tables=tables).spec.tables] == ["plan", "price; cost"]


@pytest.mark.parametrize(
    "cell",
    [
        "dim: rows,\nfilters: {type: [a]}",
        "dim: rows, filters: {type:\n[a]}",
        "dim: rows\nfilters: {type: a}",
        "dim:rows, filters:{type:[a]}",
        "{dim:rows,filters:{type:a}}",
        "dim:rows,\nfilters: {type: a}",
    ],
)
def test_cells_with_line_breaks_and_without_spaces(tmp_path, cell) -> None:
    tables = {**TABLES, "Products": ["dim:cols", "{dim: cols}", cell]}
    plan, data = read(tmp_path, tables=tables).spec.tables
    assert plan.variables[0].sets["Products"].dim == "cols"
    use = data.variables[1].sets["Products"]
    assert (use.dim, use.filters) == ("rows", {"type": ("a",)})


def test_labels_that_begin_like_signs_of_yaml(tmp_path) -> None:
    labels = ("#1", "@home", "%", "&b", "*", "!c", "|", ">", "a #2")
    sets = {**SETS, "filters": [f"type: [{', '.join(labels)}]", None]}
    tables = {**TABLES, "Products": ["dim: cols", "dim: cols", "dim: rows, filters: {type: [*, a #2]}"]}
    spec = read(tmp_path, sets=sets, tables=tables).spec
    assert spec.sets[0].filters == {"type": labels}
    assert spec.tables[1].variables[1].sets["Products"].filters == {"type": ("*", "a #2")}


def test_quoted_labels_keep_every_letter(tmp_path) -> None:
    cell = """{"type": ["#", "\\"", "a  b", 'it''s', #2]}"""
    spec = read(tmp_path, sets={**SETS, "filters": [cell, None]}).spec
    assert spec.sets[0].filters == {"type": ("#", '"', "a  b", "it's", "#2")}


def test_one_and_zero_are_truth_values_and_doubles_a_warning(tmp_path) -> None:
    sets = {**SETS, "split_problem": [0, 1]}
    tables = {**TABLES, "coordinates": ["Products, Products", "Products, Kinds", "Products, Kinds"]}
    reading = read(tmp_path, sets=sets, tables=tables)
    assert [each.split_problem for each in reading.spec.sets] == [False, True]
    assert reading.spec.tables[0].coordinates == ("Products",)
    assert [w.code for w in reading.warnings] == ["Y018"]
