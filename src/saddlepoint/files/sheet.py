"""One tab of a workbook or one CSV file: columns of cells that know their place."""

from __future__ import annotations

import datetime
import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import KW_ONLY
from typing import Final

import numpy as np

from saddlepoint.errors import Mark
from saddlepoint.records import dataclass

FIRST_LINE: Final = 2
"""The first row below the header of a file without empty lines."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A header and columns of equal length, as the file holds them.

    name: tab, or file name without its ending; header: "" where a column has no name; columns: cells in the order
    of the rows, "" or None where blank; source: file name; first_row: number of the first row below the header in
    the file, counted from 1 (1: given in memory, where rows have no lines); first_column: number of empty columns to the left;
    lines: line of each row, where rows are not one line each; separator: between the cells of a line, as places quote it; cells:
    whether places are written as Sheet!B7 (workbook) or line and column (text).
    """

    name: str
    header: tuple[str, ...]
    columns: tuple[list[object], ...]
    _: KW_ONLY
    source: str = ""
    first_row: int = 2
    first_column: int = 0
    lines: Sequence[int] | None = None
    cells: bool = True
    separator: str = ","

    def __len__(self) -> int:
        return len(self.columns[0]) if self.columns else 0

    def index(self, name: str) -> int | None:
        """Position of a column by its name, whatever its case; None if there is none."""
        if name in self.header:
            return self.header.index(name)
        wanted = name.casefold()
        return next((k for k, title in enumerate(self.header) if title.casefold() == wanted), None)

    def column(self, name: str) -> list[object]:
        """The cells of a column by its name, whatever its case; KeyError if there is none."""
        k = self.index(name)
        if k is None:
            raise KeyError(name)
        return self.columns[k]

    def mark(self, row: int, column: int = 0) -> Mark:
        """The place of a cell; row counted from 0 below the header (-1: the header), column from 0."""
        line = self.first_row + row if self.lines is None or row < 0 else self.lines[row]
        whole = self.header if row < 0 else tuple(as_label(cells[row]) for cells in self.columns)
        content = whole[column] if column < len(whole) else ""
        if self.cells:
            place = f"{self.name}!{column_letters(self.first_column + column)}{line}"
            return Mark(self.source, cell=place, text=content or None, end=len(content))
        start = sum(len(part) + 1 for part in whole[:column])
        place = (None, None) if self.first_row < FIRST_LINE else (line, column + 1)
        text = self.separator.join(whole)
        return Mark(self.source, *place, text=text, start=start, end=start + len(content))

    def is_blank_row(self, row: int) -> bool:
        """Whether every cell of a row is blank."""
        return not any(as_label(cells[row]) for cells in self.columns)


def column_letters(position: int) -> str:
    """The name of a workbook column, counted from 0: A, B, … Z, AA, …"""
    letters = ""
    position += 1
    while position:
        position, digit = divmod(position - 1, 26)
        letters = chr(65 + digit) + letters
    return letters


_MOMENT: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d+))?)? ?(Z|[+-]\d\d:?\d\d)?", re.ASCII
)


class NoResult(str):
    """What stands in a workbook's cell whose formula has no stored result, or an error: no text of the user."""

    __slots__ = ()


def as_label(cell: object) -> str:
    """A cell as the text a person sees: 2030.0 is "2030", blanks are "", white space around is dropped.

    An instant has one form, "2030-01-31 07:30", whether it is a date-time or its text (ISO 8601, with T or a space);
    seconds and the offset from UTC stand only where there are some.
    """
    if isinstance(cell, str):
        text = cell.strip()
        if not text.isascii():
            return unicodedata.normalize("NFC", text)
        return _moment(text) if len(text) > 15 and text[4] == "-" and text[13] == ":" else text
    if cell is None:
        return ""
    if isinstance(cell, bool | np.bool_):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float | np.floating):
        value = float(cell)
        if math.isnan(value):
            return ""
        return str(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(value)
    if isinstance(cell, datetime.datetime):
        return _moment(cell.isoformat())
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat()
    return as_label(str(cell))


def _moment(text: str) -> str:
    found = _MOMENT.fullmatch(text)
    if found is None:
        return text
    date, clock, seconds, fraction, zone = found.groups("")
    fraction = fraction.rstrip("0")
    if fraction or seconds not in ("", "00"):
        clock += f":{seconds}" + (f".{fraction}" if fraction else "")
    zone = "+00:00" if zone == "Z" else zone if ":" in zone or not zone else f"{zone[:3]}:{zone[3:]}"
    return f"{date} {clock}{zone}"


def as_labels(column: Sequence[object]) -> list[str]:
    """A column as texts (see as_label)."""
    if set(map(type, column)) == {str}:
        joined = "".join(column)  # pyright: ignore[reportCallIssue, reportArgumentType]
        plain = joined.isascii() and not any(space in joined for space in " \t\r\n\v\f")
        if plain and not ("T" in joined and ":" in joined):
            return list(column)  # pyright: ignore[reportReturnType]
    known: dict[tuple[type, object], str] = {}
    labels: list[str] = []
    for cell in column:
        if not isinstance(cell, str | int | float):
            labels.append(as_label(cell))
            continue
        key = (type(cell), cell)
        label = known.get(key)
        if label is None:
            label = known[key] = as_label(cell)
        labels.append(label)
    return labels
