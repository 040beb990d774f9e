"""Items of a set written in the settings: a list, a record with labels, a range of numbers or of times."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Final

from saddlepoint.declare.fields import Findings, empty, entries, labels, text_in
from saddlepoint.declare.spec import ItemList
from saddlepoint.files import Listing, Record, Tree

MOST: Final = 1_000_000
_NUMBERS: Final = re.compile(r"(-?\d+)\s*\.\.\s*(-?\d+)")
_TIMES: Final = re.compile(r"(.+?)\s*\.\.\s*(.+?)\s*,\s*(\d+)\s*(min|h|d|w|months?|years?|y)")
_SECONDS: Final[Mapping[str, int]] = {"min": 60, "h": 3600, "d": 86400, "w": 604800}
_MONTHS: Final[Mapping[str, int]] = {"month": 1, "months": 1, "year": 12, "years": 12, "y": 12}


def listed_items(node: Tree | None, key: str, found: Findings) -> ItemList | None:
    """The items that a set has in the settings, with the labels given beside them; Y022 for a range that cannot be read."""
    if node is None or empty(node):
        return None
    owner = f"items of set {key!r}"
    if isinstance(node, Record):
        return _with_labels(node, owner, found)
    if isinstance(node, Listing):
        return ItemList(labels(node, owner, found))
    written = text_in(node, owner, found)
    if ".." not in written:
        return ItemList((written,))
    try:
        return ItemList(_range(written))
    except ValueError as error:
        fix = (
            "Write 1..24, or 2030-01-01 00:00 .. 2030-12-31 23:00, 1h (min, h, d, w, month, year); "
            "within {…} a range of times needs quotes."
        )
        found.error("Y022", f"{owner} cannot be read: {error}", node.mark, fix=fix)
        return None


def _with_labels(node: Record, owner: str, found: Findings) -> ItemList:
    """Items, each with the labels of its columns."""
    beside: dict[str, dict[str, str]] = {}
    for name, value in entries(node, owner, found):
        pairs = list(entries(value, f"{name.text!r} in {owner}", found))
        beside[name.text] = {
            c.text: text_in(label, f"{c.text} of {name.text!r}", found) for c, label in pairs
        }
    return ItemList(tuple(beside), beside)


def _range(written: str) -> tuple[str, ...]:
    numbers = _NUMBERS.fullmatch(written)
    if numbers is not None:
        first, last = int(numbers[1]), int(numbers[2])
        _check_length(last - first + 1)
        return tuple(str(k) for k in range(first, last + 1))
    times = _TIMES.fullmatch(written)
    if times is None:
        raise ValueError(f"{written!r} is no range")
    return _times(_time(times[1]), _time(times[2]), int(times[3]), times[4])


def _times(first: datetime.datetime, last: datetime.datetime, step: int, unit: str) -> tuple[str, ...]:
    if step < 1:
        raise ValueError("the step must be at least 1")
    if unit in _MONTHS:
        months = (last.year - first.year) * 12 + last.month - first.month
        jump = step * _MONTHS[unit]
        _check_length(months // jump + 1)
        moments = [_months_later(first, k) for k in range(0, months + 1, jump)]
        moments = [m for m in moments if m <= last]
    else:
        delta = datetime.timedelta(seconds=step * _SECONDS[unit])
        count = (last - first) // delta + 1
        _check_length(count)
        moments = [first + k * delta for k in range(count)]
    whole_days = all(m.time() == datetime.time() for m in moments)
    return tuple(m.strftime("%Y-%m-%d" if whole_days else "%Y-%m-%d %H:%M") for m in moments)


def _months_later(moment: datetime.datetime, months: int) -> datetime.datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    return moment.replace(year=year, month=month + 1)


def _time(written: str) -> datetime.datetime:
    try:
        return datetime.datetime.fromisoformat(written)
    except ValueError:
        raise ValueError(f"{written!r} is no time; write 2030-01-31 or 2030-01-31 23:00") from None


def _check_length(count: int) -> None:
    if count < 1:
        raise ValueError("it ends before it begins")
    if count > MOST:
        raise ValueError(f"it has {count} items; at most {MOST} are read")
