"""The workbook a planner sends: a front sheet, units, filters, number formats, labels that are numbers and dates."""

import datetime
from pathlib import Path

import numpy as np
import pytest

import saddlepoint
from saddlepoint.declare.examples import copy_example
from saddlepoint.files import Sheet, read_workbook, write_workbook
from saddlepoint.report.workbook import dressed, number_form, spread_across
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
    (path,) = lab.export("xlsx", tmp_path / "a.xlsx", long=True)
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


def test_items_stand_across_where_two_sets_ask_for_it_and_read_back(tmp_path: Path) -> None:
    lab = saddlepoint.open(copy_example("energy_storage", tmp_path / "plan"))
    lab.run()
    told: list[tuple[int, int]] = []
    (path,) = lab.export("xlsx", tmp_path / "wide.xlsx", tell=lambda done, total: told.append((done, total)))
    (long,) = lab.export("xlsx", tmp_path / "long.xlsx", long=True)
    book = openpyxl.load_workbook(path)
    rows = [*book["generation"].values]
    assert rows[0] == ("Prices", "Hours", "pv [MW]", "wind [MW]", "gas [MW]")
    assert len(rows) == 1 + 2 * 24
    stored = lab.result().table("gen").slice({"Prices": "high", "Hours": "12"}).column("values")
    assert rows[36][:2] == ("high", 12)
    assert rows[36][2:] == pytest.approx(stored.tolist())
    assert book["generation"].auto_filter.ref == "A1:E49"
    assert {row[0]: row[4:] for row in book["contents"].values}["generation"] == (
        "Tech",
        "Prices, Tech, Hours",
    )
    assert book.sheetnames[3:7] == [
        "capacity",
        "generation",
        "storage_size",
        "charging",
    ]  # as the settings have them
    assert book.sheetnames[-1] == "efficiency"  # inputs last
    assert next(iter(openpyxl.load_workbook(long)["generation"].values))[-1] == "values [MW]"
    assert told[-1][0] == told[-1][1] > 500
    results = read_results(lab.folder)  # pyright: ignore
    for exported in (path, long):
        assert compare(results, read_results(exported)).same


def test_only_whole_tables_of_one_number_stand_across() -> None:
    header, labels = ("A_Name", "B_Name", "values"), ([*"xxyy"], [*"abab"])
    whole = Sheet("t", header, (*labels, [1.0, 2.0, None, 4.0]))
    found = spread_across(whole)
    assert found is not None and found[1] == "B_Name"
    assert found[0].header == ("A_Name", "a", "b")
    assert found[0].columns == (["x", "y"], [1.0, None], [2.0, 4.0])
    assert spread_across(Sheet("t", header, ([*"xxy"], [*"aba"], [1.0, 2.0, 3.0]))) is None  # a hole
    assert spread_across(Sheet("t", (*header, "slack"), (*labels, [1.0] * 4, [0.0] * 4))) is None
    assert spread_across(Sheet("t", header[1:], ([*"ab"], [1.0, 2.0]))) is None
    assert spread_across(Sheet("t", header, ([*"xyxy"], [*"aabb"], [1.0] * 4))) is None  # another order


def test_every_kind_of_cell_is_written_as_it_is(tmp_path: Path) -> None:
    cells: list[object] = [
        "a<b&c",
        " blank ",
        "_x0041_",
        "\x07",
        "=1+1",
        "",
        None,
        True,
        np.int64(7),
        0.1 + 0.2,
    ]
    cells += [np.nan, np.inf, -np.inf, 10**400, datetime.date(2030, 1, 2), np.float64(1e-300), 2**60]
    path = tmp_path / "all.xlsx"
    write_workbook(path, [Sheet("t", ("x", "n"), (cells, [*range(len(cells))]))], forms=[("", "0.0")])
    found = [row[0] for row in openpyxl.load_workbook(path)["t"].iter_rows(min_row=2, values_only=True)]
    assert found[2:4] == ["_x005F_x0041_", "_x0007_"] or found[2:4] == ["_x0041_", "\x07"]
    assert found[:2] == ["a<b&c", " blank "]
    assert found[4:11] == ["=1+1", None, None, True, 7, 0.1 + 0.2, None]
    assert found[11:] == ["inf", "-inf", str(10**400), "2030-01-02", 1e-300, 2**60]
