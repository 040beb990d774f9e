"""`saddle template` adds what is missing and loses nothing."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

import saddlepoint
from saddlepoint.errors import FileError, SaddleError
from saddlepoint.files import Sheet, read_csv, read_workbook, write_csv, write_workbook

VARIABLES = """
demand: {type: exogenous, coordinates: [Sites, Goods], variables_info: {d: }}
extra: {type: exogenous, coordinates: [Sites], default: 0, variables_info: {e: }}
sent: {type: endogenous, coordinates: [Sites, Goods], variables_info: {x: {nonneg: true}}}
"""
PROBLEM = "{objective: 'Minimize(sum(x))', expressions: [x >= d + e]}"


def _folder(place: Path, sites: list[str]) -> Path:
    folder = place / "model"
    folder.mkdir(exist_ok=True)
    (folder / "structure_sets.yml").write_text("Sites: {filters: {kind: [a, b]}}\nGoods: {items: [p, q]}\n")
    (folder / "structure_variables.yml").write_text(VARIABLES)
    (folder / "problem.yml").write_text(PROBLEM)
    kinds: list[object] = ["a"] * len(sites)
    write_workbook(
        folder / "sets.xlsx", [Sheet("_set_SITES", ("Sites_Name", "Sites_kind"), ([*sites], kinds))]
    )
    return folder


def test_rows_are_added_and_formulas_formats_and_notes_stay(tmp_path: Path) -> None:
    folder = _folder(tmp_path, ["one", "two"])
    saddlepoint.open(folder).template()
    path = folder / "input_data" / "input_data.xlsx"
    book = openpyxl.load_workbook(path)
    for row in range(2, 6):
        book["demand"].cell(row, 4, row * 1.5)
    book["demand"]["D2"].number_format = "0.000"
    book.create_sheet("notes")["A1"] = "=1+1"
    book.save(path)
    before = path.read_bytes()
    _folder(tmp_path, ["one", "new & <odd>", "two"])
    (done,) = saddlepoint.open(folder).template()
    assert done.added == {"demand": 2}
    assert done.backup is not None
    assert done.backup.read_bytes() == before
    after = openpyxl.load_workbook(path)
    assert after["notes"]["A1"].value == "=1+1"
    assert after["demand"]["D2"].number_format == "0.000"
    assert [after["demand"].cell(row, 4).value for row in range(2, 8)] == [3, 4.5, 6, 7.5, None, None]
    assert [c.value for c in after["demand"][6]][:3] == [5, "new & <odd>", "p"]
    assert saddlepoint.open(folder).template() == ()
    with pytest.raises(SaddleError) as blank:
        saddlepoint.open(folder).inputs()
    assert {d.code for d in blank.value.diagnostics} == {"D005"}
    assert "template" in blank.value.diagnostics[0].fix


def test_tabs_of_new_tables_and_sets_and_columns_of_sets_are_added(tmp_path: Path) -> None:
    folder = _folder(tmp_path, ["one"])
    saddlepoint.open(folder).template()
    (folder / "structure_variables.yml").write_text(
        VARIABLES + "more: {type: exogenous, coordinates: [Goods], variables_info: {m: }}\n"
    )
    (folder / "problem.yml").write_text(PROBLEM.replace("d + e", "d + e + m"))
    (done,) = saddlepoint.open(folder).template()
    assert done.added == {"more": 2}
    assert read_workbook(done.path)["more"].column("Goods_Name") == ["p", "q"]
    (folder / "structure_sets.yml").write_text(
        "Sites: {filters: {kind: [a, b]}, aggregations: [land]}\nGoods:\n"
    )
    (done,) = saddlepoint.open(folder).template()
    sheets = read_workbook(folder / "sets.xlsx")
    assert sheets["_set_SITES"].header == ("Sites_Name", "Sites_kind", "Sites_agg_land")
    assert sheets["_set_SITES"].column("Sites_kind") == ["a"]
    assert sheets["_set_GOODS"].header == ("Goods_Name",)


def test_wide_files_are_read_and_grow_in_both_directions(tmp_path: Path) -> None:
    folder = _folder(tmp_path, ["one", "two"])
    (folder / "input_data").mkdir()
    write_csv(folder / "input_data" / "demand.csv", Sheet("demand", ("", "p"), (["one"], ["7"])))
    (done,) = saddlepoint.open(folder).template()
    sheet = read_csv(done.path)
    assert (sheet.header, [*map(list, sheet.columns)]) == (
        ("", "p", "q"),
        [["one", "two"], ["7", ""], ["", ""]],
    )
    write_csv(done.path, Sheet("demand", ("place", "q", "p"), (["two", "one"], ["4", "2"], ["3", "1"])))
    table = saddlepoint.open(folder).inputs().tables["demand"]
    assert table.columns["values"].tolist() == [1, 2, 3, 4]
    write_csv(done.path, Sheet("demand", ("place", "q", "pp"), (["two", "one"], ["4", "x"], ["3", "1"])))
    with pytest.raises(SaddleError) as wrong:
        saddlepoint.open(folder).inputs()
    found = {(d.code, d.mark.line, d.mark.column) for d in wrong.value.diagnostics}
    assert {("D003", 1, 3), ("D006", 3, 2)} <= found


def test_force_moves_what_was_there(tmp_path: Path) -> None:
    folder = _folder(tmp_path, ["one"])
    (book,) = saddlepoint.open(folder).template()
    before = book.path.read_bytes()
    written = saddlepoint.open(folder).template("csv", force=True)
    assert [each.path.name for each in written] == ["demand.csv", "extra.csv"]
    assert (folder / "backup" / "input_data-1.xlsx").read_bytes() == before
    assert not book.path.exists()


def test_sets_in_files_of_their_own(tmp_path: Path) -> None:
    folder = _folder(tmp_path, ["one"])
    (folder / "sets").mkdir()
    (folder / "sets" / "Sites.csv").write_text("name,kind\nhere,a\nthere,b\n")
    with pytest.raises(FileError) as twice:
        _ = saddlepoint.open(folder).items
    assert twice.value.diagnostics[0].code == "F130"
    (folder / "sets.xlsx").unlink()
    sites = saddlepoint.open(folder).items.items[0]
    assert (sites.names, sites.filters["kind"]) == (("here", "there"), ("a", "b"))
    assert saddlepoint.open(folder).template()[0].added == {"demand": 4, "extra": 2}
