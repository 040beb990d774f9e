"""Writing workbooks: XlsxWriter makes the book with its headers and formats, our rows go into it; every text stays text, every
digit is kept."""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from saddlepoint.errors import Diagnostic, FileError, Mark
from saddlepoint.files.atomic import replacing
from saddlepoint.files.sheet import Sheet, as_label, column_letters
from saddlepoint.files.workbook_rows import PIECE, row_pieces

_ROWS: Final = 1_048_576
_CHARACTERS: Final = 32_767
_FORBIDDEN: Final = str.maketrans(dict.fromkeys("[]:*?/\\", "_"))
_STYLE: Final = re.compile(rb'<c r="[A-Z]+\d+"( s="\d+")?')
_NUMERALS: Final = 18
"""The width of a column of formatted numbers, at most."""
_EPOCH: Final = datetime.datetime(2000, 1, 1)
"""When every workbook says it was made, so that equal sheets give equal files."""


class _Disk(io.RawIOBase):
    """A file that fails once: what would be written after that, when the archive around it is torn down, is let go."""

    def __init__(self, file: io.RawIOBase) -> None:
        self._file, self._failed, self._end = file, False, 0

    def write(self, data: Any, /) -> int:
        """All of the bytes; OSError the first time that the disk takes no more."""
        view = memoryview(data).cast("B")
        done = 0
        while not self._lost and done < len(view):
            try:
                done += self._file.write(view[done:]) or 0
            except OSError:
                self._failed, self._end = True, self._file.tell()
                raise
        return len(view)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """As of the file."""
        return self._end if self._lost else self._file.seek(offset, whence)

    def tell(self) -> int:
        """As of the file."""
        return self._end if self._lost else self._file.tell()

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


Tell = Callable[[int, int], None]
"""Told how many rows of how many are written."""


def write_workbook(
    path: Path,
    sheets: Sequence[Sheet],
    force: bool = True,
    forms: Sequence[Sequence[str]] = (),
    tell: Tell | None = None,
) -> None:
    """Write Sheets as the tabs of an .xlsx file, atomically; every text stays text, NaN is a blank cell.

    forms: of each sheet the number format of each column ("" = none); tables then have a filter over their header; tell: is told
    how many rows of how many are written.
    FileError F041 (cannot write), F042 (exists, without force), F043 (more rows than a tab holds, a text longer than a
    cell holds, or two tabs of one name).
    """
    sheets = sheets or (Sheet("empty", (), ()),)
    _check_tabs(path, sheets)
    frame = _frame(sheets, forms)
    with replacing(path, force) as part, part.open("r+b", buffering=0) as file:
        target: Any = _Disk(file)
        with ZipFile(target, "w", ZIP_DEFLATED, compresslevel=4) as book:
            _fill(book, frame, sheets, tell or (lambda _done, _total: None))


def _frame(sheets: Sequence[Sheet], forms: Sequence[Sequence[str]]) -> ZipFile:
    """The workbook with its headers and formats; in place of the rows of each tab there is one, the last."""
    from xlsxwriter import Workbook

    file = io.BytesIO()
    book = Workbook(file, {"in_memory": True})
    book.set_properties({"created": _EPOCH})
    bold = book.add_format({"bold": True})
    made = {form: book.add_format({"num_format": form}) for each in forms for form in each if form}
    for k, sheet in enumerate(sheets):
        tab = book.add_worksheet(tab_name(sheet.name))
        formats = [made.get(form) for form in forms[k]] if forms else [None] * len(sheet.header)
        _lay_out(tab, sheet, formats if forms else None)
        for column, title in enumerate(sheet.header):
            if title:
                tab.write_string(0, column, title, bold)
        for column, form in enumerate(formats if len(sheet) else ()):
            tab.write_number(len(sheet), column, 0, form)
    book.close()
    return ZipFile(file)


def _fill(book: ZipFile, frame: ZipFile, sheets: Sequence[Sheet], tell: Tell) -> None:
    """Copy a workbook and put the rows of each tab in the place of its last one. OSError."""
    tabs = {f"xl/worksheets/sheet{k}.xml": sheet for k, sheet in enumerate(sheets, 1)}
    total = sum(map(len, sheets))
    done = 0
    for info in frame.infolist():
        entry = ZipInfo(info.filename, info.date_time)
        entry.compress_type = ZIP_DEFLATED
        text, sheet = frame.read(info), tabs.get(info.filename)
        last = text.rfind(f'<row r="{len(sheet) + 1}"'.encode()) if sheet else -1
        if sheet is None or last < 0:
            book.writestr(entry, text)
            continue
        after = text.index(b"</row>", last) + len(b"</row>")
        styles = [style.decode() for style in _STYLE.findall(text[last:after])]
        with book.open(entry, "w", force_zip64=len(sheet) > _ROWS // 8) as tab:
            tab.write(text[:last])
            for piece in row_pieces(sheet, styles):
                tab.write(piece.encode())
                done = min(done + PIECE, total)
                tell(done, total)
            tab.write(text[after:])


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
    tab.freeze_panes(1, 0)
    arrow = 3 if forms else 0
    for k, (title, cells) in enumerate(zip(sheet.header, sheet.columns, strict=True)):
        form, wanted = forms[k] if forms else None, _width(title + " " * arrow, cells)
        tab.set_column(
            k, k, wanted if form is None else max(len(title) + arrow, min(wanted, _NUMERALS)), form
        )
    if forms and len(sheet) and len(sheet.header) > 1 and all(sheet.header):
        tab.autofilter(0, 0, len(sheet), len(sheet.header) - 1)


def _too_long(path: Path, sheet: Sheet) -> Iterator[Diagnostic]:
    for k, cells in enumerate(sheet.columns):
        texts = any(issubclass(kind, str) for kind in set(map(type, cells)))
        for row, cell in enumerate(cells if texts else ()):
            if isinstance(cell, str) and 2 * len(cell) > _CHARACTERS < len(cell.encode("utf-16-le")) // 2:
                place = f"{tab_name(sheet.name)}!{column_letters(k)}{row + 2}"
                message = f"a text of {len(cell):,} characters is longer than a cell holds ({_CHARACTERS:,})"
                fix = "Shorten it, or write CSV or Parquet files instead."
                yield Diagnostic("F043", message, Mark(path.name, cell=place), fix=fix)


def _width(title: str, cells: Sequence[object]) -> int:
    longest = max(len(title), max((len(as_label(cell)) for cell in cells[:50]), default=0))
    return min(60, max(10, longest + 2))
