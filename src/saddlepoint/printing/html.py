"""Tables as HTML; small ones for notebooks: escaped, and never longer than a page of some kilobytes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any, Final

from saddlepoint.printing.grid import number

MOST_ROWS: Final = 10
_MOST_COLUMNS: Final = 12
_MOST_LETTERS: Final = 40
_RIGHT: Final = ' style="text-align:right"'


class _Number(str):
    """The text of a number, which stands to the right."""

    __slots__ = ()


def html_cells(titles: Sequence[str], rows: Iterable[Sequence[str]], kind: str = "") -> str:
    """A table of titles and cells that are HTML already, without titles one whose first cells are titles; kind: its class of style."""
    lines = [_row(titles, len(titles))] if titles else []
    lines += [_row(row, 0 if titles else 1) for row in rows]
    return "\n".join([f'<table class="{kind}">' if kind else "<table>", *lines, "</table>"])


def _row(cells: Sequence[str], titles: int) -> str:
    head = "".join(f"<th>{title}</th>" for title in cells[:titles])
    return (
        f"<tr>{head}{''.join(f'<td{_RIGHT * isinstance(c, _Number)}>{c}</td>' for c in cells[titles:])}</tr>"
    )


def html_table(sentence: str, header: Sequence[str], rows: Sequence[Sequence[Any]], total: int) -> str:
    """A sentence, and the first rows of `total` ones below titles; numbers to the right, long texts cut."""
    shown = [row[:_MOST_COLUMNS] for row in rows[:MOST_ROWS]]
    parts = [f"<p>{escape(_cut(sentence, 400))}</p>"]
    if shown:
        titles = [escape(_cut(title)) for title in header[:_MOST_COLUMNS]]
        parts.append(html_cells(titles, [[*map(_cell, row)] for row in shown]))
    left = []
    if total > len(shown):
        left.append(f"{total - len(shown):,} more rows")
    if len(header) > _MOST_COLUMNS:
        left.append(f"{len(header) - _MOST_COLUMNS:,} more columns")
    if left:
        parts.append(f"<p>… and {' and '.join(left)}</p>")
    return "".join(parts)


def _cell(cell: Any) -> str:
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    if isinstance(cell, float | int) and not isinstance(cell, bool):
        return _Number(escape(number(float(f"{cell:.9g}"))))
    return escape(_cut(str(cell)))


def _cut(text: str, most: int = _MOST_LETTERS) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
