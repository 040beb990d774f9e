"""Columns of cells as numbers, without silent coercion."""

from __future__ import annotations

import math
import re
import string
from collections.abc import Sequence
from typing import Any

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.records import dataclass

_DECIMAL_COMMA = re.compile(r"[+-]?\d+(\.\d{3})*,\d+")
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
_COMMAS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?")
_GROUPED = re.compile(r"[+-]?\d{1,3}([ '_\u00a0\u202f]\d{3})+([.,]\d+)?")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class NumberColumn:
    """A column as numbers.

    values: float64, NaN at blank and wrong cells; blank, wrong: increasing positions of cells that hold nothing,
    and of cells that hold no finite number.
    """

    values: Array
    blank: Index
    wrong: Index


def to_floats(column: Sequence[object], endless: bool = False) -> NumberColumn:
    """A column of numbers (see is_number), text, bool or None as float64, shape (rows,); a boolean is a wrong cell.

    endless: whether a cell may say that there is no limit (inf, -inf).
    """
    values = _fast(column)
    if values is None:
        values = np.array([cell_number(cell, endless) for cell in column], dtype=np.float64)
    suspects = np.flatnonzero(~np.isfinite(values))
    if endless and len(suspects):
        limits = np.array([no_limit(column[k]) for k in suspects.tolist()])
        values[suspects] = limits
        suspects = suspects[np.isnan(limits)]
    empty = np.fromiter((is_blank(column[k]) for k in suspects.tolist()), dtype=bool, count=len(suspects))
    values[suspects] = np.nan
    return NumberColumn(values, suspects[empty], suspects[~empty])


def no_limit(cell: object) -> float:
    """inf or -inf if a cell says so, as a number or a word (inf, infinity, ∞, with a sign or without); else NaN."""
    if is_number(cell):
        value = _nearest(cell)
        return value if math.isinf(value) and cell == value else math.nan
    word = cell.strip().casefold().replace("\u2212", "-") if isinstance(cell, str) else ""
    size = (
        math.inf
        if word.lstrip("+-") in ("inf", "infinity", "\u221e") and word[:2] not in _TWICE
        else math.nan
    )
    return -size if word.startswith("-") else size


_TWICE = ("++", "--", "+-", "-+")


def cell_number(cell: object, endless: bool = False) -> float:
    """One cell as a finite number; NaN for anything else. endless: infinite too, where the cell says inf."""
    if endless and not math.isnan(limit := no_limit(cell)):
        return limit
    if is_number(cell):
        value = _nearest(cell)
        return value if math.isfinite(value) else math.nan
    if isinstance(cell, str) and cell.isascii() and _NUMBER.fullmatch(cell.strip(string.whitespace)):
        value = float(cell)
        return value if math.isfinite(value) else math.nan
    return math.nan


def is_number(cell: object) -> bool:
    """Whether a value is a real number of Python or numpy: int, float, Decimal, Fraction, or another that is a ratio of whole numbers; no bool."""
    ratio = isinstance(cell, np.integer) or hasattr(cell, "as_integer_ratio")
    return ratio and not isinstance(cell, bool)


def _nearest(number: Any) -> float:
    """A number rounded to float64, endless where it is too large; NaN where it is none, or Python cannot round it."""
    try:
        return float(number)
    except (OverflowError, ValueError):
        return math.nan


def is_blank(cell: object) -> bool:
    """Whether a cell holds nothing: None, or text of white space."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def is_missing(cell: object) -> bool:
    """Whether a cell is what numpy or pandas write for a missing value."""
    if isinstance(cell, float | np.floating):
        return math.isnan(cell)
    if is_number(cell) and hasattr(cell, "is_nan"):
        return bool(cell.is_nan())  # pyright: ignore[reportAttributeAccessIssue]
    if isinstance(cell, np.datetime64 | np.timedelta64):
        return bool(np.isnat(cell))
    return type(cell).__name__ in ("NAType", "NaTType")


def why_not_number(cell: object) -> tuple[str, str]:
    """Why a cell is no number, and how to mend it: (why, fix)."""
    if isinstance(cell, bool | np.bool_):
        return "It is a truth value (TRUE or FALSE).", "Write 1 or 0 if that is meant."
    if is_number(cell):
        return (
            "It is not a finite number that fits 64 bits.",
            "Write a finite number; leave a missing one blank.",
        )
    if not isinstance(cell, str):
        return _why_not_object(type(cell).__name__)
    return _why_not_text(cell.strip())


def _why_not_object(kind: str) -> tuple[str, str]:
    if kind in ("date", "datetime", "time", "timedelta"):
        return (
            f"It is a {kind}.",
            "Write a plain number; in a workbook give the cell the format 'General' first.",
        )
    return f"It is of the type {kind}.", "Give a real number: int, float, Decimal or Fraction."


def _why_not_text(text: str) -> tuple[str, str]:
    if _EITHER.fullmatch(text):
        decimal, whole = f"{float(text.replace(',', '.')):g}", text.replace(",", "")
        why = "Its comma may stand for decimals or for thousands."
        return why, f"Write {decimal} or {whole}, whichever is meant (they differ by a factor of 1,000)."
    if _DECIMAL_COMMA.fullmatch(text):
        return "It has a decimal comma.", f"Write {text.replace('.', '').replace(',', '.')}."
    if _COMMAS.fullmatch(text):
        return "It has commas between thousands.", f"Write {text.replace(',', '')}."
    if text.startswith("="):
        return (
            "It is a formula without a stored result.",
            "Open the workbook in Excel or LibreOffice and save it.",
        )
    if text.startswith("#"):
        return "It is the error value of a formula.", "Mend the formula, or write the number."
    if _GROUPED.fullmatch(text):
        return "It has a separator of thousands.", "Write the digits without separators."
    if not text.isascii():
        return "It has characters outside ASCII.", "Type the number again with the digits 0 to 9 and '-'."
    if text.endswith("%"):
        return "It has a percent sign.", "Write the fraction, as 0.05 for 5%."
    if _NUMBER.fullmatch(text):
        return (
            "It is too large for 64 bits.",
            "Choose another unit, or leave the cell blank if there is no limit.",
        )
    if text.casefold().lstrip("+-") in {"nan", "inf", "infinity", "na", "n/a", "null", "none"}:
        return (
            "It is a word for a missing or endless value.",
            "Leave the cell blank where there is no number; inf is for bounds that are not there.",
        )
    return "It is text.", "Write a number, with a point for decimals."


def _fast(column: Sequence[object]) -> Array | None:
    """All at once, if every cell is a float, an int or plain text; None where that cannot be trusted."""
    cells: Any = column
    kinds = set(map(type, column))
    try:
        if kinds <= {float, int}:
            return np.array(cells, dtype=np.float64)
        if not kinds <= {float, int, str}:
            return None
        joined = "".join(cells if kinds == {str} else [cell for cell in column if type(cell) is str])
        if not joined.isascii() or "_" in joined:
            return None
        return np.fromiter(map(float, cells), dtype=np.float64, count=len(column))
    except (ValueError, OverflowError):
        pass
    try:
        return np.array([math.nan if cell == "" else float(cell) for cell in cells], dtype=np.float64)
    except (ValueError, TypeError, OverflowError):
        return None
