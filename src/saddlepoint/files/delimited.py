"""CSV files: every field is kept as the text it is."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from saddlepoint.errors import Diagnostic, FileError, Mark
from saddlepoint.files.atomic import replacing
from saddlepoint.files.sheet import Sheet, as_label
from saddlepoint.files.text import read_text

_CHUNK = 200
_SHOWN = 20
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def read_csv(path: Path, source: str | None = None) -> Sheet:
    """A CSV file (separator comma, semicolon or tab; UTF-8 or UTF-16); FileError F001–F005, F030–F033."""
    name = source or path.name
    return parse_csv(read_text(path, name), path.stem, name)


def parse_csv(text: str, name: str, source: str) -> Sheet:
    """CSV text as a Sheet; FileError F030 (empty), F031 (double header), F032 (ragged), F033 (malformed)."""
    lines = text.split("\n", 1)[0]
    separator = _delimiter(lines)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        header = tuple(as_label(title) for title in next(reader, ()))
        check_header(header, name, source, first_row=2, cells=False)
        columns, numbers, ragged = _columns(reader, len(header), source, header)
    except csv.Error as error:
        raise FileError(_malformed(source, reader.line_num, error)) from error
    if ragged:
        raise FileError(ragged)
    return Sheet(name, header, columns, source=source, lines=numbers, cells=False, separator=separator)


def write_csv(path: Path, sheet: Sheet, guard: bool = True, force: bool = True) -> None:
    """Write a Sheet as CSV (UTF-8), atomically; FileError F041, F042.

    guard: texts that a spreadsheet would take for a formula (= + - @) get a leading apostrophe.
    """
    with replacing(path, force) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_guarded(sheet.header) if guard else sheet.header)
        columns = [_guarded(cells) for cells in sheet.columns] if guard else sheet.columns
        writer.writerows(zip(*columns, strict=True))


def check_header(header: tuple[str, ...], name: str, source: str, first_row: int, cells: bool) -> None:
    """FileError F030 if there is no column name, F031 if one is there twice."""
    whole = Sheet(name, header, tuple([] for _ in header), source=source, first_row=first_row, cells=cells)
    if not any(header):
        mark = whole.mark(-1) if header else Mark(source, cell=f"{name}!A1") if cells else Mark(source, 1)
        fix = "Write the column names into the first row; `lab.template()` makes a file with them."
        raise FileError.of("F030", f"{name!r} is empty: there are no column names", mark, fix=fix)
    seen: dict[str, int] = {}
    found: list[Diagnostic] = []
    for k, title in enumerate(header):
        first = seen.setdefault(title.casefold(), k)
        if title and first != k:
            message = f"the column {title!r} is there twice"
            fix = "Delete or rename one of them."
            found.append(
                Diagnostic(
                    "F031", message, whole.mark(-1, k), why=f"First: {whole.mark(-1, first)}.", fix=fix
                )
            )
    if found:
        raise FileError(found)


def _delimiter(line: str) -> str:
    if "," in line:
        return ","
    return next((mark for mark in (";", "\t") if mark in line), ",")


def _columns(
    reader: Iterator[list[str]], width: int, source: str, header: tuple[str, ...]
) -> tuple[tuple[list[object], ...], list[int] | None, list[Diagnostic]]:
    """All rows as columns, the line of each row unless rows are lines, and a finding for each ragged row."""
    columns: tuple[list[object], ...] = tuple([] for _ in range(width))
    ragged: list[Diagnostic] = []
    lines: list[int] | None = None
    count = 0
    while chunk := list(islice(reader, _CHUNK)):
        before = count
        count += len(chunk)
        if {len(row) for row in chunk} != {width}:
            ragged += _mend(chunk, before, source, header)
            if len(ragged) > _SHOWN:
                break
        for cells, part in zip(columns, zip(*chunk, strict=True), strict=True):
            cells.extend(part)
    if reader.line_num != count + 1 and not ragged:  # pyright: ignore[reportAttributeAccessIssue]
        lines = _row_lines(columns, count)
    return columns, lines, ragged


def _mend(chunk: list[list[str]], before: int, source: str, header: tuple[str, ...]) -> list[Diagnostic]:
    """Pad blank lines in place; a finding for every other row of the wrong length."""
    width = len(header)
    found: list[Diagnostic] = []
    for k, row in enumerate(chunk):
        if len(row) == width:
            continue
        extra = row[width:]
        if row and (len(row) < width or any(map(str.strip, extra))):
            found.append(_ragged(row, before + k + 2, source, header))
        chunk[k] = (row + [""] * width)[:width]
    return found


def _row_lines(columns: tuple[list[object], ...], count: int) -> list[int]:
    """The first line of each row where quoted fields contain line ends."""
    lines: list[int] = []
    line = 2
    for k in range(count):
        lines.append(line)
        line += 1 + sum(str(cells[k]).count("\n") for cells in columns)
    return lines


def _ragged(row: list[str], line: int, source: str, header: tuple[str, ...]) -> Diagnostic:
    text = ",".join(row)
    start = len(",".join(row[: len(header)])) if len(row) > len(header) else len(text)
    return Diagnostic(
        "F032",
        f"the row has {len(row)} fields and the header {len(header)}",
        Mark(source, line, min(len(row), len(header)) + 1, text=text, start=start, end=len(text)),
        why=f"Columns: {', '.join(header)}. A shifted field would put numbers under wrong labels.",
        fix="Add the missing field, or quote the field that contains the separator.",
    )


def _malformed(source: str, line: int, error: csv.Error) -> Diagnostic:
    fix = 'Close every quoted field with "; a quote inside a field is written "".'
    return Diagnostic("F033", f"the row cannot be read: {error}", Mark(source, line), fix=fix)


def _guarded(cells: Iterable[object]) -> list[object]:
    return [f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell for cell in cells]
