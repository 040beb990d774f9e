"""Small tables for notebooks: escaped, and never longer than a page of some kilobytes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Any, Final

from saddlepoint.printing.grid import number

MOST_ROWS: Final = 10
_MOST_COLUMNS: Final = 12
_MOST_LETTERS: Final = 40
_RIGHT: Final = ' style="text-align:right"'


def html_table(sentence: str, header: Sequence[str], rows: Sequence[Sequence[Any]], total: int) -> str:
    """A sentence, and the first rows of `total` ones below titles; numbers to the right, long texts cut."""
    shown = [row[:_MOST_COLUMNS] for row in rows[:MOST_ROWS]]
    parts = [f"<p>{escape(_cut(sentence, 400))}</p>"]
    if shown:
        titles = "".join(f"<th>{escape(_cut(title))}</th>" for title in header[:_MOST_COLUMNS])
        lines = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in shown)
        parts.append(f"<table><thead><tr>{titles}</tr></thead><tbody>{lines}</tbody></table>")
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
        return "<td></td>"
    if isinstance(cell, float | int) and not isinstance(cell, bool):
        return f"<td{_RIGHT}>{escape(number(float(f'{cell:.9g}')))}</td>"
    return f"<td>{escape(_cut(str(cell)))}</td>"


def _cut(text: str, most: int = _MOST_LETTERS) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
