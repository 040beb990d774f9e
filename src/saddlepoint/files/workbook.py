"""Writing workbooks with XlsxWriter, row by row: memory stays flat, every text stays text, every digit is kept."""

from __future__ import annotations

import datetime
import io
import math
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from saddlepoint.errors import Diagnostic, FileError, Mark
from saddlepoint.files.atomic import replacing
from saddlepoint.files.sheet import Sheet, as_label, column_letters

_ROWS: Final = 1_048_576
_CHARACTERS: Final = 32_767
_FORBIDDEN: Final = str.maketrans(dict.fromkeys("[]:*?/\\", "_"))
_OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_NUMERALS: Final = 18
"""The width of a column of formatted numbers, at most."""
_EPOCH: Final = datetime.datetime(2000, 1, 1)
"""When every workbook says it was made, so that equal sheets give equal files."""


class _Exact(float):
    """A float that XlsxWriter, which asks for 16 digits, writes with all its digits."""

    def __format__(self, _spec: str) -> str:
        return float.__repr__(self)


class _Disk(io.RawIOBase):
    """A file that fails once: what would be written after that, when the archive around it is torn down, is let go."""

    def __init__(self, file: io.RawIOBase) -> None:
        self._file, self._failed = file, False

    def write(self, data: Any, /) -> int:
        """All of the bytes; OSError the first time that the disk takes no more."""
        view = memoryview(data).cast("B")
        done = 0
        while not self._lost and done < len(view):
            try:
                done += self._file.write(view[done:]) or 0
            except OSError:
                self._failed = True
                raise
        return len(view)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """As of the file."""
        return 0 if self._lost else self._file.seek(offset, whence)

    def tell(self) -> int:
        """As of the file."""
        return 0 if self._lost else self._file.tell()

    def flush(self) -> None:
        """Nothing is held back, also when the archive is torn down after this object."""

    @property
    def _lost(self) -> bool:
        return self._failed or self._file.closed

    def seekable(self) -> bool:
        """Yes."""
        return True

    def writable(self) -> bool:
        """Yes."""
        return True


def write_workbook(
    path: Path, sheets: Sequence[Sheet], force: bool = True, forms: Sequence[Sequence[str]] = ()
) -> None:
    """Write Sheets as the tabs of an .xlsx file, atomically; every text stays text, NaN is a blank cell.

    forms: of each sheet the number format of each column ("" = none); tables then have a filter over their header.
    FileError F041 (cannot write), F042 (exists, without force), F043 (more rows than a tab holds, a text longer than a
    cell holds, or two tabs of one name).
    """
    sheets = sheets or (Sheet("empty", (), ()),)
    _check_tabs(path, sheets)
    with (
        replacing(path, force) as part,
        tempfile.TemporaryDirectory(prefix="saddle-", ignore_cleanup_errors=True) as rows,
        part.open("r+b", buffering=0) as file,
    ):
        _write_book(_Disk(file), rows, sheets, forms)


def _write_book(file: _Disk, rows: str, sheets: Sequence[Sheet], forms: Sequence[Sequence[str]]) -> None:
    """rows: a folder for the rows of the tabs until they are packed. OSError."""
    from xlsxwriter import Workbook
    from xlsxwriter.exceptions import FileCreateError

    target: Any = file
    book = Workbook(target, {**_OPTIONS, "tmpdir": rows})
    book.set_properties({"created": _EPOCH})
    bold = book.add_format({"bold": True})
    made = {form: book.add_format({"num_format": form}) for each in forms for form in each if form}
    for k, sheet in enumerate(sheets):
        tab = book.add_worksheet(tab_name(sheet.name))
        _lay_out(tab, sheet, [made.get(form) for form in forms[k]] if forms else None)
        _write_tab(tab, sheet, bold)
    try:
        book.close()
    except FileCreateError as error:
        if isinstance(error.__context__, OSError):
            raise error.__context__ from None
        raise OSError(str(error)) from error


def tab_name(key: str) -> str:
    """The name a workbook can give to a tab: at most 31 characters, none of []:*?/\\, no quote at its ends."""
    return key.translate(_FORBIDDEN)[:31].strip("'") or "_"


def _check_tabs(path: Path, sheets: Sequence[Sheet]) -> None:
    found: list[Diagnostic] = []
    seen: dict[str, str] = {}
    for sheet in sheets:
        tab = tab_name(sheet.name)
        if tab.casefold() in seen:
            message = f"the tabs for {seen[tab.casefold()]!r} and {sheet.name!r} would have one name, {tab!r}"
            why = "A workbook cuts tab names to 31 characters and does not tell capitals apart."
            found.append(
                Diagnostic("F043", message, Mark(path.name), why=why, fix="Use CSV files, or rename one.")
            )
        seen[tab.casefold()] = sheet.name
        if len(sheet) >= _ROWS:
            message = f"{sheet.name!r} has {len(sheet):,} rows, more than a workbook holds ({_ROWS - 1:,})"
            found.append(
                Diagnostic("F043", message, Mark(path.name), fix="Write CSV or Parquet files instead.")
            )
        found += _too_long(path, sheet)
    if found:
        raise FileError(found)


def _lay_out(tab: Any, sheet: Sheet, forms: Sequence[Any] | None) -> None:
    """Widths of columns; with formats, which cost nothing per cell where they are those of columns, a filter too."""
    arrow = 3 if forms else 0
    for k, (title, cells) in enumerate(zip(sheet.header, sheet.columns, strict=True)):
        form, wanted = forms[k] if forms else None, _width(title + " " * arrow, cells)
        tab.set_column(
            k, k, wanted if form is None else max(len(title) + arrow, min(wanted, _NUMERALS)), form
        )
    if forms and len(sheet) and len(sheet.header) > 1 and all(sheet.header):
        tab.autofilter(0, 0, len(sheet), len(sheet.header) - 1)


def _write_tab(tab: Any, sheet: Sheet, bold: Any) -> None:
    tab.freeze_panes(1, 0)
    for k, title in enumerate(sheet.header):
        if title:
            tab.write_string(0, k, title, bold)
    for row, cells in enumerate(zip(*sheet.columns, strict=True), 1):
        for k, cell in enumerate(cells):
            _write_cell(tab, row, k, cell)


def _write_cell(tab: Any, row: int, column: int, cell: object) -> None:
    if isinstance(cell, str):
        if cell:
            tab.write_string(row, column, cell)
    elif isinstance(cell, bool | np.bool_):
        tab.write_boolean(row, column, bool(cell))
    elif isinstance(cell, int | np.integer):
        _write_whole(tab, row, column, int(cell))
    elif isinstance(cell, float | np.floating):
        if math.isfinite(cell):
            tab.write_number(row, column, _Exact(cell))
        elif math.isinf(cell):
            tab.write_string(row, column, "inf" if cell > 0 else "-inf")
    elif cell is not None:
        _write_cell(tab, row, column, as_label(cell))


def _write_whole(tab: Any, row: int, column: int, cell: int) -> None:
    try:
        tab.write_number(row, column, _Exact(cell))
    except OverflowError:
        tab.write_string(row, column, str(cell))


def _too_long(path: Path, sheet: Sheet) -> Iterator[Diagnostic]:
    for k, cells in enumerate(sheet.columns):
        for row, cell in enumerate(cells):
            if isinstance(cell, str) and 2 * len(cell) > _CHARACTERS < len(cell.encode("utf-16-le")) // 2:
                place = f"{tab_name(sheet.name)}!{column_letters(k)}{row + 2}"
                message = f"a text of {len(cell):,} characters is longer than a cell holds ({_CHARACTERS:,})"
                fix = "Shorten it, or write CSV or Parquet files instead."
                yield Diagnostic("F043", message, Mark(path.name, cell=place), fix=fix)


def _width(title: str, cells: Sequence[object]) -> int:
    longest = max(len(title), max((len(as_label(cell)) for cell in cells[:50]), default=0))
    return min(60, max(10, longest + 2))
