"""CSV: every field stays the text it is, every damage has its place."""

import csv

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saddlepoint.errors import FileError
from saddlepoint.files import Sheet, read_csv, write_csv
from saddlepoint.files.delimited import parse_csv


def refused(text: str) -> FileError:
    with pytest.raises(FileError) as caught:
        parse_csv(text, "demand", "input_data/demand.csv")
    return caught.value


def test_names_that_look_like_something_else_are_kept() -> None:
    sheet = parse_csv("Item_Name,values\nNA,1\n007,2\n1e3,3\nTRUE,4\nnan,5\n", "t", "t.csv")
    assert sheet.column("Item_Name") == ["NA", "007", "1e3", "TRUE", "nan"]
    assert sheet.column("item_name") == sheet.column("Item_Name")


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("F030", ""),
        ("F030", "\n\n"),
        ("F031", "id,values,Values\n1,2,3\n"),
        ("F032", "id,values\n1,2\n2\n"),
        ("F032", "id,values\n1,2,5\n"),
        ("F033", 'id,values\n1,"2\n'),
        ("F033", 'id,values\n1,"a"b\n'),
    ],
)
def test_refused_with_its_code(code: str, text: str) -> None:
    assert {d.code for d in refused(text).diagnostics} == {code}


def test_a_shifted_field_is_shown_with_its_line() -> None:
    assert str(refused("id,Tech_Name,values\n1,pv,2\n2,wind,,3\n")) == (
        "error F032: input_data/demand.csv:3:4: the row has 4 fields and the header 3\n"
        "    2,wind,,3\n"
        "           ^^\n"
        "  why: Columns: id, Tech_Name, values. A shifted field would put numbers under wrong labels.\n"
        "  fix: Add the missing field, or quote the field that contains the separator."
    )


def test_every_ragged_row_is_reported() -> None:
    assert [d.mark.line for d in refused("a,b\n1\n1,2\n3\n").diagnostics] == [2, 4]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators(separator: str) -> None:
    sheet = parse_csv(f"a{separator}b\n1{separator}2\n", "t", "t.csv")
    assert sheet.columns == (["1"], ["2"])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_marks(tmp_path, encoding: str) -> None:
    (tmp_path / "t.csv").write_bytes("Ort,values\nKöln,1\n".encode(encoding))
    assert read_csv(tmp_path / "t.csv").column("Ort") == ["Köln"]


@pytest.mark.parametrize(("code", "data"), [("F003", b"Ort\nK\xf6ln\n"), ("F004", b"a\n1\0\n")])
def test_bytes_that_are_no_text(tmp_path, code: str, data: bytes) -> None:
    (tmp_path / "t.csv").write_bytes(data)
    with pytest.raises(FileError) as caught:
        read_csv(tmp_path / "t.csv")
    assert caught.value.diagnostics[0].code == code
    assert caught.value.diagnostics[0].mark.line == 2


def test_marks_survive_blank_lines_and_line_ends_in_fields() -> None:
    sheet = parse_csv('a,b\n1,2\n\n"x\ny",4\n5,6\n', "t", "t.csv")
    assert sheet.column("a") == ["1", "", "x\ny", "5"]
    assert [sheet.mark(k).line for k in range(4)] == [2, 3, 4, 6]
    mark = sheet.mark(0, 1)
    assert (mark.line, mark.column, mark.text, mark.start, mark.end) == (2, 2, "1,2", 2, 3)


def test_formulas_are_guarded_in_exports_and_not_in_templates(tmp_path) -> None:
    sheet = Sheet("t", ("a", "values"), (["=1+1", "-x", "ok"], [1.5, None, -2.0]))
    write_csv(tmp_path / "a.csv", sheet)
    write_csv(tmp_path / "b.csv", sheet, guard=False)
    assert (tmp_path / "a.csv").read_text() == "a,values\n'=1+1,1.5\n'-x,\nok,-2.0\n"
    assert read_csv(tmp_path / "b.csv").column("a") == ["=1+1", "-x", "ok"]


fields = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=8)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(fields, fields), max_size=8))
def test_written_fields_are_read_back(rows) -> None:
    import io

    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([("a", "b"), *rows])
    sheet = parse_csv(text.getvalue(), "t", "t.csv")
    assert list(zip(*sheet.columns, strict=True)) == rows
