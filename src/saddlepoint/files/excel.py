"""Reading workbooks: tabs as Sheets, at compiled speed."""

from __future__ import annotations

import datetime
import io
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from saddlepoint.errors import Diagnostic, FileError, Mark, collected
from saddlepoint.files.delimited import check_header
from saddlepoint.files.package import Contents, inspect_workbook, not_a_workbook
from saddlepoint.files.sheet import NoResult, Sheet, as_label, column_letters
from saddlepoint.files.text import read_bytes
from saddlepoint.garbage import uncollected


def read_workbook(
    path: Path, tabs: Collection[str] | None = None, source: str | None = None
) -> dict[str, Sheet]:
    """The tabs of an .xlsx file in its order, hidden ones too; all if None, else those named, whatever the case.

    Error values of formulas stay as text ("#N/A"), formulas without a stored result as "=A1*2"; FileError
    F001, F002, F020–F025, F030, F031. A tab without any cell is a Sheet without columns.
    """
    name = source or path.name
    data = read_bytes(path, name)
    contents = inspect_workbook(data, name, tabs)
    found: list[Diagnostic] = []
    sheets: dict[str, Sheet] = {}
    with uncollected():
        for tab, (rows, top, left) in _grids(data, name, list(contents)).items():
            with collected(found):
                sheets[tab] = _sheet(rows, tab, name, top, left, contents[tab])
    if found:
        raise FileError(found)
    return sheets


def tab_names(path: Path, source: str | None = None) -> tuple[str, ...]:
    """The tabs of a workbook in its order; FileError F001, F002, F020–F022."""
    name = source or path.name
    data = read_bytes(path, name)
    inspect_workbook(data, name, ())
    with _opened(data, name) as book:
        return tuple(book.sheet_names)


def _opened(data: bytes, source: str) -> Any:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(data))
    except (CalamineError, OSError, ValueError) as error:
        raise FileError(not_a_workbook(data, source, str(error))) from error


def _grids(data: bytes, source: str, tabs: Sequence[str]) -> dict[str, tuple[list[list[object]], int, int]]:
    """Rows of each tab with the number of empty rows above and empty columns before."""
    grids: dict[str, tuple[list[list[object]], int, int]] = {}
    with _opened(data, source) as book:
        for tab in tabs:
            try:
                sheet = book.get_sheet_by_name(tab)
                top, left = sheet.start or (0, 0)
                grids[tab] = (sheet.to_python(skip_empty_area=True), top, left)
            except BaseException as error:  # a panic of the reader is no Exception
                if isinstance(error, KeyboardInterrupt | SystemExit):
                    raise
                raise FileError(not_a_workbook(data, source, f"tab {tab!r}: {error}")) from error
    return grids


def _sheet(rows: list[list[object]], tab: str, source: str, top: int, left: int, contents: Contents) -> Sheet:
    if not rows:
        return Sheet(tab, (), (), source=source)
    columns: list[list[object]] = [list(cells) for cells in zip(*rows, strict=True)]
    for (row, column), note in contents.notes.items():
        _place(columns, row - top, column - left, NoResult(note))
    header = tuple(as_label(cells.pop(0)) for cells in columns)
    columns = [_moments(cells) for cells in columns]
    while header and not header[-1] and not any(map(as_label, columns[-1])):
        header = header[:-1]
        columns.pop()
    check_header(header, tab, source, top + 2, cells=True)
    sheet = Sheet(tab, header, tuple(columns), source=source, first_row=top + 2, first_column=left)
    _check_merged(sheet, contents)
    return sheet


def _moments(cells: list[object]) -> list[object]:
    """Days among the instants of one column are midnights: the file does not tell them apart."""
    if not {datetime.date, datetime.datetime} <= set(map(type, cells)):
        return cells
    midnight = datetime.time()
    return [
        datetime.datetime.combine(cell, midnight) if type(cell) is datetime.date else cell for cell in cells
    ]


def _place(columns: list[list[object]], row: int, column: int, note: str) -> None:
    """Put a note where the reader left a blank; the grid grows if the cell lies outside it."""
    if row < 0 or column < 0:
        return
    height = len(columns[0])
    while len(columns) <= column:
        columns.append([""] * height)
    if row >= height:
        for cells in columns:
            cells.extend([""] * (row + 1 - height))
    columns[column][row] = note


def _check_merged(sheet: Sheet, contents: Contents) -> None:
    last = sheet.first_column + len(sheet.header) - 1
    found = [
        Diagnostic(
            "F025",
            "merged cells in a table",
            Mark(
                sheet.source,
                cell=f"{sheet.name}!{column_letters(left)}{top + 1}:{column_letters(right)}{bottom + 1}",
            ),
            why="Only the first cell of a merged range holds a value; the others are blank.",
            fix="Unmerge them and write the value into every cell.",
        )
        for top, left, bottom, right in contents.merged
        if left <= last and right >= sheet.first_column and bottom >= sheet.first_row - 2
    ]
    if found:
        raise FileError(found)
