"""The workbook a planner sends: a front sheet, units, filters, number formats, labels that are numbers and dates."""

import datetime
from pathlib import Path

import numpy as np
import pytest

import saddlepoint
from saddlepoint.declare.examples import copy_example
from saddlepoint.files import Sheet, read_workbook, write_workbook
from saddlepoint.report.workbook import dressed, number_form
from saddlepoint.study.results.compare import compare, read_results

openpyxl = pytest.importorskip("openpyxl")


@pytest.fixture
def lab(tmp_path: Path) -> saddlepoint.Lab:
    folder = tmp_path / "plan"
    made = saddlepoint.open(copy_example("production_planning", folder))
    made.run(name="base", note="before the tariff")
    return made


def test_the_front_sheet_says_what_and_whence(lab: saddlepoint.Lab, tmp_path: Path) -> None:
    (path,) = lab.export("xlsx", tmp_path / "a.xlsx")
    sheets = read_workbook(path)
    assert [*sheets][:2] == ["summary", "contents"]
    front = dict(zip(*sheets["summary"].columns, strict=True))
    assert sheets["summary"].header == ("Model", "plan")
    assert front["Scenarios"] == "optimal: 4"
    ((_, objectives),) = [*lab.solve().objective.items()]
    assert front["Objective, least"] == pytest.approx(objectives.min(), rel=1e-9)
    assert front["Objective, largest"] == pytest.approx(objectives.max(), rel=1e-9)
    assert "Run 1 (base)" in front
    assert front["Note"] == "before the tariff"
    assert front["Hash of the inputs"] == lab.history()[0].inputs_hash
    assert "Stale" not in front


def test_stale_results_are_called_so_on_the_front_sheet(lab: saddlepoint.Lab, tmp_path: Path) -> None:
    book = lab.folder / "input_data" / "input_data.xlsx"  # pyright: ignore
    sheets = read_workbook(book)
    energy = sheets["energy_avail"]
    k = energy.header.index("values")
    columns = tuple([2 * c for c in cells] if j == k else cells for j, cells in enumerate(energy.columns))
    write_workbook(
        book,
        [
            *(s for n, s in sheets.items() if n != "energy_avail"),
            Sheet("energy_avail", energy.header, columns),
        ],
    )
    again = saddlepoint.open(lab.folder)  # pyright: ignore
    (path,) = again.export("xlsx", tmp_path / "a.xlsx")
    front = read_workbook(path)["summary"]
    assert front.columns[0][0] == "Stale"
    assert "energy_avail" in str(front.columns[1][0]) or "input_data" in str(front.columns[1][0])
    (path,) = again.export("xlsx", tmp_path / "b.xlsx", run="base")
    assert "Stale" not in read_workbook(path)["summary"].columns[0]


def test_filters_formats_and_an_equal_reading(lab: saddlepoint.Lab, tmp_path: Path) -> None:
    (path,) = lab.export("xlsx", tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(path)
    tab = book["production"]
    assert tab.auto_filter.ref == f"A1:{tab.cell(1, tab.max_column).column_letter}{tab.max_row}"
    assert book["summary"].auto_filter.ref is None or book["summary"].auto_filter.ref.startswith("A1:B")
    values = next(cell for cell in tab[1] if cell.value == "values")
    assert tab.cell(2, values.column).number_format in ("#,##0.00", "#,##0")
    assert compare(read_results(lab.folder), read_results(path)).same  # pyright: ignore


def test_labels_become_numbers_and_dates_only_where_they_read_back(tmp_path: Path) -> None:
    start = datetime.datetime(2030, 1, 1)
    minutes = [(start + datetime.timedelta(minutes=k)).strftime("%Y-%m-%d %H:%M") for k in range(2880)]
    n = len(minutes)
    labels = {
        "t_Name": minutes,
        "day_Name": [m[:10] for m in minutes],
        "year_Name": ["2030", "2040"] * (n // 2),
        "code_Name": ["007", "8"] * (n // 2),
        "old_Name": ["1815-06-18", "2030-01-01"] * (n // 2),
        "dawn_Name": ["2030-01-01 00:00"] * n,
    }
    sheet = Sheet("t", (*labels, "values"), (*([*c] for c in labels.values()), np.arange(n).tolist()))
    shown, forms = dressed(sheet, "MW")
    assert forms[:3] == ("yyyy-mm-dd hh:mm", "yyyy-mm-dd", "General")
    assert forms[3:6] == ("", "", "")
    assert shown.header[-1] == "values [MW]"
    write_workbook(tmp_path / "a.xlsx", [shown], forms=[forms])
    cells = openpyxl.load_workbook(tmp_path / "a.xlsx")["t"]
    assert cells.cell(3, 1).value == datetime.datetime(2030, 1, 1, 0, 1)
    assert cells.cell(2, 3).value == 2030
    from saddlepoint.files import as_labels

    back = read_workbook(tmp_path / "a.xlsx")["t"]
    for name, cells in labels.items():
        assert as_labels(back.column(name)) == cells, name


@pytest.mark.parametrize(
    ("cells", "form"),
    [
        ([1.0, None, 25_000.0], "#,##0"),
        ([1.5, 25_000.0], "#,##0.00"),
        ([0.25, -0.5], "0.0000"),
        ([1e-7, 0.0], "0.00E+00"),
        ([1e15], "0.00E+00"),
        (["a", 1.0], ""),
        ([float("nan"), float("inf"), 2.5], "#,##0.00"),
    ],
)
def test_number_forms(cells: list[object], form: str) -> None:
    assert number_form(cells) == form
