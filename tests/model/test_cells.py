"""Cells of input tables: no limit, sizes that cannot be computed with, numbers as text, blanks, what is not read."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import saddlepoint
from saddlepoint.declare.examples import copy_example
from saddlepoint.errors import SaddleError
from saddlepoint.files import Sheet, read_workbook, write_workbook
from saddlepoint.files.numbers import to_floats, why_not_number

INF = math.inf
BUY = """
buy: {type: endogenous, coordinates: [H, S], variables_info: {x: {H: {dim: rows}, nonneg: true}}}
cap: {type: exogenous, coordinates: [H], variables_info: {c: {H: {dim: rows}, blank_fill: .inf}}}
each: {type: exogenous, coordinates: [H, S], variables_info: {e: {H: {dim: rows}}}}
"""


def lab(expressions, cap=(1.0, 1.0), each=((1.0, 2.0), (3.0, 4.0)), objective="Maximize(sum(x))"):
    return saddlepoint.define(
        sets={"H": {}, "S": {"split_problem": True}},
        items={"H": ["a", "b"], "S": ["s", "t"]},
        variables=BUY,
        problem={"objective": [objective], "expressions": ["sum(x) <= 7", *expressions]},
        data={"cap": list(cap), "each": [list(row) for row in each]},
    )


@pytest.mark.parametrize(
    "cap", [(2.0, INF), (2.0, math.nan), ("2", "inf"), ("2", "+Infinity"), (2.0, "∞"), (2.0, "")]
)
def test_no_limit_in_a_cell_is_no_row(cap) -> None:
    result = lab(["x <= c"], cap).solve()
    assert result.table("buy").values[:, 0].tolist() == [2.0, 5.0]
    answer = result.answers[""]
    assert answer.slack[0].tolist() == [0.0, 0.0, INF]
    assert answer.price[0].tolist() == [1.0, 0.0, 0.0]


def test_no_limit_in_some_scenarios() -> None:
    result = lab(["x <= e"], each=((2.0, INF), (INF, 3.0))).solve()
    values = result.table("buy").values
    assert (values[0, 0] <= 2.0) and (values[1, 1] <= 3.0)
    assert values.sum(axis=0).tolist() == [7.0, 7.0]


@pytest.mark.parametrize(
    "form", ["x <= 2*c - 1", "c >= x", "-x >= -c", "x - c <= 0", "power(x, 2) <= c", "sum(x) <= sum(c)"]
)
def test_no_limit_on_either_side_and_in_sums(form: str) -> None:
    result = lab([form], (INF, INF)).solve()
    assert result.exit_code == 0
    assert result.table("buy").values.sum(axis=0) == pytest.approx([7.0, 7.0], abs=1e-5)


@pytest.mark.parametrize(
    ("form", "cap", "code"),
    [
        ("x >= c", (1.0, INF), "E303"),
        ("x <= c", (1.0, -INF), "E303"),
        ("x == c", (1.0, INF), "E303"),
        ("tran(c) @ x <= 1", (1.0, INF), "E303"),
        ("x <= c - c", (1.0, INF), "E302"),
        ("x <= 0 * c", (1.0, INF), "E302"),
        ("x <= 1 / (c - 1)", (1.0, 2.0), "E302"),
    ],
)
def test_no_limit_elsewhere_is_an_error_with_a_place(form: str, cap, code: str) -> None:
    with pytest.raises(SaddleError) as caught:
        lab([form], cap).solve()
    (found,) = caught.value.diagnostics
    assert found.code == code
    assert found.mark.source == "problem['expressions'][1]"
    assert found.fix


def test_a_cost_without_limit_is_an_error() -> None:
    with pytest.raises(SaddleError) as caught:
        lab([], (1.0, INF), objective="Maximize(tran(c) @ x)").solve()
    assert caught.value.diagnostics[0].code == "E303"


def test_no_limit_is_written_and_read_again(tmp_path: Path) -> None:
    write_workbook(tmp_path / "a.xlsx", [Sheet("a", ("values",), ([1.0, INF, -INF, math.nan],))])
    cells = read_workbook(tmp_path / "a.xlsx")["a"].column("values")
    numbers = to_floats(cells, endless=True)
    assert numbers.values[:3].tolist() == [1.0, INF, -INF]
    assert numbers.wrong.tolist() == []
    assert to_floats(cells).wrong.tolist() == [1, 2]
    assert to_floats(["1e999", "nan", "--inf", "-+inf", "info", True], endless=True).wrong.tolist() == [
        0,
        1,
        2,
        3,
        4,
        5,
    ]


def test_sizes_that_cannot_be_computed_with_are_told_with_table_and_item() -> None:
    found = lab(["x <= c"], (1e15, 5e-324)).inputs().warnings
    assert [(d.code, d.severity) for d in found] == [("D013", "warning")] * 2
    assert "'cap', a: 1e+15" in found[0].message
    assert "'cap', b: 4.94066e-324" in found[1].message
    assert lab(["x <= c"], (9e14, 3e-308)).inputs().warnings == ()
    (refused,) = lab(["x <= c"], (1e101, 3.0)).inputs().warnings
    assert refused.message.endswith("'cap', a: 1e+101 is too large to be computed with")


def test_a_run_names_the_cell_of_a_number_that_no_solver_sees(tmp_path: Path) -> None:
    """With the decision that it stands at, which is all that the problem knows of it; also where the files are not read again."""
    with pytest.raises(SaddleError) as caught:
        lab(["x <= 3"], (1.0, 1e120), objective="Maximize(tran(c) @ x)").solve()
    refused, cell = caught.value.diagnostics
    assert (refused.code, cell.code) == ("L101", "D013")
    assert "the cost of buy (b) is -1e+120" in refused.message
    assert cell.mark.source == "data['cap']" and "table 'cap', b: 1e+120" in cell.message
    folder = copy_example("production_planning", tmp_path / "plan")
    book = folder / "input_data" / "input_data.xlsx"
    sheets = read_workbook(book)
    sheets["products_data"].column("values")[0] = 1e120
    write_workbook(book, list(sheets.values()))
    for _ in range(2):
        with pytest.raises(
            SaddleError, match=r"L101(.|\n)*D013: input_data/input_data.xlsx, products_data!D2: "
        ):
            saddlepoint.open(folder).run()


def test_a_number_that_is_no_limit_is_told() -> None:
    found = [d for d in lab(["x >= -1e20", "x <= 9e19"]).warnings if d.code == "M029"]
    assert [d.message for d in found] == ["-1e+20 is a limit as any other number is"]
    found = [d for d in lab(["x <= 1e200"]).warnings if d.code == "M029"]
    assert [d.message for d in found] == ["1e+200 is too large to be computed with"]


def test_numbers_as_text_are_told_once() -> None:
    (found,) = lab(["x <= c"], ("1", "2")).inputs().warnings
    assert (found.code, found.severity) == ("D009", "warning")
    assert "(and 1 more)" in found.message


@pytest.mark.parametrize(
    ("cell", "both"),
    [("1,234", ("1.234", "1234")), ("1,500", ("1.5", "1500")), ("-12,000", ("-12", "-12000"))],
)
def test_an_ambiguous_comma_is_told_with_both_readings(cell: str, both: tuple[str, str]) -> None:
    why, fix = why_not_number(cell)
    assert "decimals or for thousands" in why
    assert fix.startswith(f"Write {both[0]} or {both[1]},")


@pytest.mark.parametrize(
    ("cell", "number"),
    [("1,5", "1.5"), ("0,123", "0.123"), ("1.234,5", "1234.5"), ("1,234,567.8", "1234567.8")],
)
def test_a_plain_comma_has_one_reading(cell: str, number: str) -> None:
    assert why_not_number(cell)[1] == f"Write {number}."


TWO = """
plan: {type: endogenous, coordinates: [P, Q], variables_info: {x: {P: {dim: rows}, Q: {dim: cols}}}}
given: {type: exogenous, coordinates: [P, Q], variables_info: {d: {P: {dim: rows}, Q: {dim: cols}}}}
"""


@pytest.mark.parametrize(
    "data",
    [
        pd.Series(
            [1, 2, 3, 4, 5.0],
            pd.MultiIndex.from_tuples([("a", "p"), ("a", "q"), ("b", "p"), ("b", "q"), ("a", "p")]),
        ),
        pd.DataFrame([[1, 2], [3, 4], [5, 6.0]], index=["a", "b", "a"], columns=["p", "q"]),
        pd.DataFrame([[1, 2, 5], [3, 4, 6.0]], index=["a", "b"], columns=["p", "q", "p"]),
        xr.DataArray(
            [[1, 2], [3, 4], [5, 6.0]], dims=["P", "Q"], coords={"P": ["a", "b", "a"], "Q": ["p", "q"]}
        ),
        {"a": {"p": 1, "q": 2}, "b": {"p": 3, "q": 4}, "a ": {"p": 5, "q": 6}},
    ],
)
def test_a_label_twice_in_memory_is_the_error_that_it_is_in_a_file(data: object) -> None:
    with pytest.raises(SaddleError) as caught:
        saddlepoint.define(
            sets={"P": {}, "Q": {}},
            items={"P": ["a", "b"], "Q": ["p", "q"]},
            variables=TWO,
            problem={"expressions": ["x == d"]},
            data={"given": data},
        ).solve()
    assert {d.code for d in caught.value.diagnostics} == {"D004"}


FILES = {
    "structure_sets.yml": "H: \n",
    "structure_variables.yml": """
plan: {type: endogenous, coordinates: [H], variables_info: {x: {H: {dim: rows}, nonneg: true}}}
demand: {type: exogenous, coordinates: [H], variables_info: {d: {H: {dim: rows}}}}
""",
    "problem.yml": "objective: [Minimize(sum(x))]\nexpressions: [x >= d]\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "m"
    (root / "input_data").mkdir(parents=True)
    for name, text in FILES.items():
        (root / name).write_text(text, encoding="utf-8")
    write_workbook(root / "sets.xlsx", [Sheet("_set_H", ("H_Name",), (["a", "b", "c"],))])
    return root


def test_a_blank_cell_is_told_at_its_row_and_an_absent_row_at_the_table(folder: Path) -> None:
    (folder / "input_data" / "demand.csv").write_text("H_Name,values\na,1\nb,\n")
    found = saddlepoint.open(folder).check()
    assert [(d.code, str(d.mark)) for d in found] == [
        ("D005", "input_data/demand.csv:3:2"),
        ("D005", "input_data/demand.csv:1:1"),
    ]
    assert ("b" in found[0].message) and ("c" in found[1].message)


def test_headers_of_exported_csv_are_guarded_like_cells(tmp_path: Path) -> None:
    from saddlepoint.files import write_csv

    write_csv(tmp_path / "a.csv", Sheet("a", ("=1+cmd_Name", "values"), (["=x"], [1.0])))
    assert (tmp_path / "a.csv").read_text() == "'=1+cmd_Name,values\n'=x,1.0\n"


def test_an_array_of_stamps_is_no_array_of_whole_numbers() -> None:
    stamps = np.array(["2030-01-01T00:00", "2030-01-01T01:00"], dtype="datetime64[ns]")
    given = saddlepoint.define(
        sets={"H": {}},
        items={"H": stamps},
        variables="plan: {type: endogenous, coordinates: [H], variables_info: {x: {H: {dim: rows}}}}",
        problem={"expressions": ["x == 1"]},
    )
    assert given.items.items[0].names == ("2030-01-01 00:00", "2030-01-01 01:00")
