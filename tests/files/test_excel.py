"""Workbooks: values and places, and every trap a workbook can hold."""

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saddlepoint.errors import FileError
from saddlepoint.files import Sheet, package, read_workbook, tab_name, tab_names, write_workbook


def refused(path: Path) -> FileError:
    with pytest.raises(FileError) as caught:
        read_workbook(path)
    return caught.value


def made(path: Path, rows: list[list[object]], title: str = "demand") -> Path:
    book = openpyxl.Workbook()
    tab = book.active
    assert tab is not None
    tab.title = title
    for row in rows:
        tab.append(row)
    book.save(path)
    return path


def altered(path: Path, part: str, change) -> Path:
    """The same package with one part changed."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    parts[part] = change(parts[part])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return path


SHEET = "xl/worksheets/sheet1.xml"


def test_values_keep_their_kind_and_place(tmp_path) -> None:
    path = made(
        tmp_path / "a.xlsx",
        [["id", "Name", "values"], [1, "007", 0.25], [2, "NA", True], [3, None, "x"]],
    )
    sheet = read_workbook(path)["demand"]
    assert sheet.header == ("id", "Name", "values")
    assert sheet.columns == ([1.0, 2.0, 3.0], ["007", "NA", ""], [0.25, True, "x"])
    assert str(sheet.mark(2, 2)) == "a.xlsx, demand!C4"
    assert str(sheet.mark(-1, 1)) == "a.xlsx, demand!B1"


def test_a_table_that_starts_further_down_keeps_its_places(tmp_path) -> None:
    path = made(tmp_path / "a.xlsx", [[], [], [None, "id", "v"], [None, 1, 2]])
    sheet = read_workbook(path)["demand"]
    assert sheet.header == ("id", "v")
    assert str(sheet.mark(0, 1)) == "a.xlsx, demand!C4"


def test_errors_and_formulas_without_results_stay_visible(tmp_path) -> None:
    path = made(tmp_path / "a.xlsx", [["id", "values"], [1, "=1+1"], [2, "#N/A"], [3, "=A2*3"], [None, "=1"]])
    sheet = read_workbook(path)["demand"]
    assert sheet.column("values") == ["=1+1", "#N/A", "=A2*3", "=1"]


def test_a_stored_result_of_a_formula_is_its_value(tmp_path) -> None:
    path = made(tmp_path / "a.xlsx", [["values"], [1]])
    altered(path, SHEET, lambda x: x.replace(b"<v>1</v>", b"<f>2-1</f><v>1</v>"))
    assert read_workbook(path)["demand"].column("values") == [1.0]


def test_hidden_tabs_are_read_and_only_wanted_ones(tmp_path) -> None:
    book = openpyxl.Workbook()
    for name in ("One", "two"):
        tab = book.create_sheet(name)
        tab.append(["h"])
        tab.append([name])
        tab.sheet_state = "hidden"
    book.save(tmp_path / "a.xlsx")
    assert tab_names(tmp_path / "a.xlsx") == ("Sheet", "One", "two")
    assert {k: v.columns for k, v in read_workbook(tmp_path / "a.xlsx", ["ONE", "three"]).items()} == {
        "One": (["One"],)
    }


def test_an_empty_tab_has_no_columns(tmp_path) -> None:
    assert read_workbook(made(tmp_path / "a.xlsx", []))["demand"] == Sheet("demand", (), (), source="a.xlsx")


def test_a_double_column_is_refused(tmp_path) -> None:
    error = refused(made(tmp_path / "a.xlsx", [["id", "values", "id"], [1, 2, 3]]))
    assert str(error).startswith("error F031: a.xlsx, demand!C1: the column 'id' is there twice")


def test_merged_cells_in_the_table_are_refused_and_beside_it_not(tmp_path) -> None:
    path = made(tmp_path / "a.xlsx", [["id", "values"], [1, 2], [3, 4]])
    book = openpyxl.load_workbook(path)
    book["demand"].merge_cells("F1:G2")
    book.save(path)
    assert len(read_workbook(path)["demand"]) == 2
    book["demand"].merge_cells("A2:A3")
    book.save(path)
    assert str(refused(path)).startswith("error F025: a.xlsx, demand!A2:A3: merged cells in a table")


@pytest.mark.parametrize("cell", ["XFD1048576", "A1048576", "XFD400"])
def test_a_cell_far_out_is_refused_at_its_place(tmp_path, cell: str) -> None:
    path = made(tmp_path / "a.xlsx", [["id", "values"], [1, 2]])
    book = openpyxl.load_workbook(path)
    book["demand"][cell] = 1
    book.save(path)
    assert str(refused(path)).startswith(f"error F023: a.xlsx, demand!{cell}: a cell lies far away")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b"id,values\n", "not one"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 80, "encrypted"),
        (b"PK", "cut"),
    ],
)
def test_what_is_no_workbook(tmp_path, data: bytes, why: str) -> None:
    (tmp_path / "a.xlsx").write_bytes(data)
    found = refused(tmp_path / "a.xlsx").diagnostics[0]
    assert found.code == "F020" and why in found.why


def test_truncated_at_any_place(tmp_path) -> None:
    data = made(tmp_path / "a.xlsx", [["id"], [1]]).read_bytes()
    for length in range(1, len(data), 97):
        (tmp_path / "b.xlsx").write_bytes(data[:length])
        assert refused(tmp_path / "b.xlsx").diagnostics[0].code == "F020"


def test_damaged_bytes_never_give_a_traceback_of_another_kind(tmp_path) -> None:
    data = made(tmp_path / "a.xlsx", [["id", "values"], [1, 2.5]]).read_bytes()
    for place in range(0, len(data), 41):
        (tmp_path / "b.xlsx").write_bytes(data[:place] + bytes([data[place] ^ 255]) + data[place + 1 :])
        try:
            read_workbook(tmp_path / "b.xlsx")
        except FileError as error:
            assert error.diagnostics


def test_xml_entities_are_refused(tmp_path) -> None:
    path = made(tmp_path / "a.xlsx", [["id"], [1]])
    head = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
    altered(path, SHEET, lambda x: x.replace(b"<worksheet", head + b"<worksheet", 1))
    assert refused(path).diagnostics[0].code == "F022"


def test_a_zip_bomb_is_refused_before_it_unpacks(tmp_path) -> None:
    path = made(tmp_path / "a.xlsx", [["id"], [1]])
    altered(path, SHEET, lambda x: x + b" " * (40 << 20))
    assert path.stat().st_size < 1 << 20
    found = refused(path).diagnostics[0]
    assert found.code == "F021" and SHEET in found.message


def test_cells_that_never_end_are_refused(tmp_path) -> None:
    """100,000 of them, a few KB as a file: looked through once, not from each of them to the end."""
    path = made(tmp_path / "a.xlsx", [["id"], [1]])
    cells = b'<row r="1">' + b'<c r="A1" t="e">x' * 100_000 + b"</row>"
    altered(path, SHEET, lambda x: x.replace(b"<sheetData>", b"<sheetData>" + cells, 1))
    assert path.stat().st_size < 1 << 16
    assert refused(path).diagnostics[0].code == "F020"


def test_a_part_that_lies_about_its_size_is_refused(tmp_path) -> None:
    path = made(tmp_path / "a.xlsx", [["id"], [1]])
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as package:
        size = package.getinfo(SHEET).file_size
    at = data.rindex(SHEET.encode()) - 46
    assert int.from_bytes(data[at + 24 : at + 28], "little") == size
    data[at + 24 : at + 28] = (size - 50).to_bytes(4, "little")
    path.write_bytes(bytes(data))
    assert refused(path).diagnostics[0].code == "F020"


def test_two_parts_of_one_name_are_refused(tmp_path) -> None:
    path = made(tmp_path / "a.xlsx", [["id"], [1]])
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as package:
        package.writestr(SHEET, b"<worksheet/>")
    assert refused(path).diagnostics[0].code == "F020"


def test_texts_are_written_as_texts_and_numbers_exactly(tmp_path) -> None:
    texts = ["=1+1", "+x", "-x", "@x", "<&>\"'", " pad ", "a\nb", "_x0041_", "\x01", "NA"]
    numbers = [0.1 + 0.2, 1e-300, -0.0, 1e22, 12345678901234567, 5, True, None, float("nan"), 2.5]
    write_workbook(tmp_path / "a.xlsx", [Sheet("t & <u>", ("a", "values"), (texts, numbers))])
    tab = openpyxl.load_workbook(tmp_path / "a.xlsx")["t & <u>"]
    assert {tab.cell(k, 1).data_type for k in range(2, 12)} <= {"s", "inlineStr"}
    assert tab["A2"].value == "=1+1"
    sheet = read_workbook(tmp_path / "a.xlsx")["t & <u>"]
    assert sheet.columns[0][:8] == texts[:8]
    assert sheet.columns[1] == [
        0.1 + 0.2,
        1e-300,
        0.0,
        1e22,
        float(12345678901234567),
        5.0,
        True,
        "",
        "",
        2.5,
    ]


def test_tabs_that_would_have_one_name_are_refused(tmp_path) -> None:
    sheets = [Sheet("a" * 31 + "x", ("h",), ([],)), Sheet("A" * 31 + "y", ("h",), ([],))]
    with pytest.raises(FileError) as caught:
        write_workbook(tmp_path / "a.xlsx", sheets)
    assert caught.value.diagnostics[0].code == "F043"
    assert list(tmp_path.iterdir()) == []
    assert tab_name("a/b:c[d]*?\\" + "x" * 40) == "a_b_c_d____" + "x" * 20


cells = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False), st.booleans(),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="\ufffe\uffff"), min_size=1),
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(column=st.lists(cells, min_size=1, max_size=6))
def test_written_cells_are_read_back(tmp_path_factory, column: list[object]) -> None:
    path = tmp_path_factory.mktemp("x") / "a.xlsx"
    kept = ["a", *[c for c in column if not isinstance(c, str) or "_x" not in c], "z"]
    write_workbook(path, [Sheet("t", ("h",), (kept,))])
    assert read_workbook(path)["t"].columns[0] == kept
    assert path.read_bytes()[:2] == b"PK"


def test_a_workbook_without_tables_is_still_a_workbook(tmp_path) -> None:
    write_workbook(tmp_path / "a.xlsx", [])
    assert openpyxl.load_workbook(tmp_path / "a.xlsx").sheetnames == ["empty"]


def test_entities_are_seen_in_every_part_that_is_read(tmp_path) -> None:
    path = made(tmp_path / "a.xlsx", [["id"], [1]])
    head = b"<!ENTITY x 'y'>"
    altered(path, "xl/workbook.xml", lambda x: x.replace(b"<workbook", head + b"<workbook", 1))
    assert refused(path).diagnostics[0].code == "F022"


def test_a_row_beyond_every_sheet_is_refused(tmp_path) -> None:
    path = made(tmp_path / "a.xlsx", [["id"], [1]])
    altered(path, SHEET, lambda x: x.replace(b'r="2"', b'r="99999999"').replace(b'r="A2"', b'r="A99999999"'))
    assert refused(path).diagnostics[0].code == "F023"


def test_a_text_longer_than_a_cell_holds_is_refused_at_its_cell(tmp_path) -> None:
    sheet = Sheet("t", ("h",), (["short", "x" * 40_000],))
    with pytest.raises(FileError) as caught:
        write_workbook(tmp_path / "a.xlsx", [sheet])
    assert (
        str(caught.value).startswith("error F043: a.xlsx, t!A3: a text of 40,000")
        and list(tmp_path.iterdir()) == []
    )


def test_equal_sheets_give_equal_bytes(tmp_path) -> None:
    sheet = Sheet("t", ("h", "v"), (["a", "b"], [1.0, 0.1 + 0.2]))
    for name in ("a.xlsx", "b.xlsx"):
        write_workbook(tmp_path / name, [sheet])
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


@pytest.mark.parametrize("part", [b"<f", b't="e'])
def test_a_few_bytes_are_found_wherever_they_stand(part, monkeypatch):
    monkeypatch.setattr(package, "_BLOCK", 4)
    for length in range(24):
        for place in range(length - len(part) + 1):
            data = b"<" * place + part + b"t" * (length - place - len(part))
            assert package._holds(data, part)
        assert not package._holds(b"<" * length, part)
        assert not package._holds(part[1:] + b"x" * length + part[:1], part)
