"""The rows of a workbook's tab as XML (ECMA-376, part 1, §18.3.1), column by column: some million cells in seconds."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from saddlepoint.files.sheet import Sheet, as_label, column_letters

PIECE: Final = 4096
"""Rows that are written at once."""
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_MARKUP: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def row_pieces(sheet: Sheet, styles: Sequence[str]) -> Iterator[str]:
    """The rows below the header, some thousand at a time; styles: of each column the attribute that says its format."""
    known: dict[str, str] = {}
    heads = [f'<c r="{column_letters(k)}' for k in range(len(sheet.columns))]
    for first in range(0, len(sheet), PIECE):
        numbers = range(first + 2, min(first + PIECE, len(sheet)) + 2)
        columns = [
            [_cell(cell, f'{head}{row}"{style}', known) for row, cell in zip(numbers, cells, strict=True)]
            for head, style, cells in zip(
                heads, styles, (c[first : first + PIECE] for c in sheet.columns), strict=True
            )
        ]
        rows = zip(numbers, zip(*columns, strict=True), strict=True)
        yield "".join(f'<row r="{row}">{"".join(cells)}</row>' for row, cells in rows)


def _cell(cell: object, head: str, known: dict[str, str]) -> str:
    """One cell, "" where it is blank; known: the texts met so far, as XML."""
    kind = type(cell)
    if kind is float:
        return f"{head}><v>{cell!r}</v></c>" if math.isfinite(cell) else _endless(cell, head)  # pyright: ignore[reportArgumentType]
    if kind is str:
        return f'{head} t="inlineStr">{_text(cell, known)}</c>' if cell else ""  # pyright: ignore[reportArgumentType]
    if cell is None:
        return ""
    if isinstance(cell, bool | np.bool_):
        return f'{head} t="b"><v>{int(cell)}</v></c>'
    if isinstance(cell, int | np.integer):
        whole = int(cell)
        return f"{head}><v>{whole}</v></c>" if abs(whole) < 10**308 else _cell(str(whole), head, known)
    if isinstance(cell, float | np.floating):
        return _cell(float(cell), head, known)
    return _cell(str(cell) if isinstance(cell, str) else as_label(cell), head, known)


def _endless(cell: float, head: str) -> str:
    """No number of a workbook: a text, or a blank where it is none at all."""
    if math.isnan(cell):
        return ""
    return f'{head} t="inlineStr"><is><t>{"inf" if cell > 0 else "-inf"}</t></is></c>'


def _text(text: str, known: dict[str, str]) -> str:
    found = known.get(text)
    if found is None:
        safe = _CONTROL.sub(lambda one: f"_x{ord(one[0]):04X}_", text).translate(_MARKUP)
        space = ' xml:space="preserve"' if text != text.strip() else ""
        found = known[text] = f"<is><t{space}>{safe}</t></is>"
    return found
