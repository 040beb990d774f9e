"""Plain tables of text: the same on a terminal, in a pipe and in a file."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from typing import Any, Final

from saddlepoint.report.letters import visible

NOISE: Final = 1e-9
"""Beside the largest number of a column, what is smaller than this part of it (and than 1e-6) is shown as 0."""


def grid(
    header: Sequence[str], rows: Sequence[Sequence[Any]], indent: str = "", texts: int | None = None
) -> list[str]:
    """The lines of a table: columns of numbers to the right, texts to the left, a rule below the header.

    texts: how many columns from the left hold texts; None = those in which a cell is text.
    """
    columns = [[row[k] for row in rows] for k in range(len(header))]
    cells = [_column(column) for column in columns]
    right = [
        bool(rows) and not any(isinstance(cell, str) for cell in column) if texts is None else k >= texts
        for k, column in enumerate(columns)
    ]
    titles = [visible(title) for title in header]
    widths = [max([width(t), *map(width, column)]) for t, column in zip(titles, cells, strict=True)]
    lines = [_line(titles, widths, right), "  ".join("-" * w for w in widths)]
    lines += [_line(row, widths, right) for row in zip(*cells, strict=True)] if rows else []
    return [indent + line.rstrip() for line in lines]


def number(value: float) -> str:
    """A number for a sentence: six decimals where they suffice, no trailing zeros."""
    if not math.isfinite(value):
        return "–" if math.isnan(value) else "∞" if value > 0 else "−∞"
    if value == 0.0:
        return "0"
    return f"{value:.6f}".rstrip("0").rstrip(".") if 1e-4 <= abs(value) < 1e9 else f"{value:.6g}"


def width(text: str) -> int:
    """The columns a text takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF") for c in text)


def _column(cells: Sequence[Any]) -> list[str]:
    """Cells as texts; numbers of one column have the same decimals, as few as show every one to six of them."""
    form, least = _form(cells)
    return [_cell(0.0 if isinstance(c, float) and abs(c) < least else c, form) for c in cells]


def _form(cells: Sequence[Any]) -> tuple[str, float]:
    """The format of a column, and the size below which its numbers are nothing but rounding."""
    sizes = [abs(c) for c in cells if isinstance(c, float) and math.isfinite(c)]
    least = min(NOISE * max(sizes, default=0.0), 1e-6)
    seen = [s for s in sizes if s >= least and s != 0.0]
    if not all(1e-5 <= s < 1e9 for s in seen):
        return ".6g", least
    places = [len(f"{s:.6f}".rstrip("0").partition(".")[2]) for s in seen]
    return f".{max(places, default=0)}f", least


def numerals(column: Sequence[float | None]) -> list[str]:
    """The numbers of one column as texts, as a table shows them."""
    return _column(column)


def _cell(cell: Any, form: str) -> str:
    if cell is None:
        return "–"
    if isinstance(cell, float):
        return format(cell + 0.0, form) if math.isfinite(cell) else number(cell)
    return visible(str(cell))


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    return "  ".join(_pad(c, w, r) for c, w, r in zip(cells, widths, right, strict=True))


def _pad(text: str, wanted: int, right: bool) -> str:
    space = " " * (wanted - width(text))
    return space + text if right else text + space
