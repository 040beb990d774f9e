"""The labels of a column of times as moments: one way of writing dates is sought for all of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Final

import numpy as np

from saddlepoint.records import dataclass

MOST: Final = 0.8
"""Part of the labels from which on a way of writing is that of the column, and other labels are slips."""
_FIRST: Final = 30
"""Labels by which the ways of writing are looked through."""
_WRITTEN: Final = (
    *("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%y", "%d/%m/%y", "%m/%d/%y"),
    *("%m/%Y", "%m-%Y", "%Y/%m/%d", "%Y.%m.%d"),
    *("%b %Y", "%B %Y", "%b %y", "%b-%Y", "%b-%y", "%Y %b", "%Y-%b"),
    *("%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y"),
)
"""Beside ISO 8601."""
_LIKE_NUMBERS: Final = {"%Y%m%d": r"\d{8}", "%Y%m": r"\d{6}", "%m.%Y": r"\d{1,2}\.\d{4}"}
"""Numbers, but for columns in which every one is a date."""
_CLOCK: Final = re.compile(r"(.*\S)[ T](\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)?")
_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?")


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """places: days since the year 1, or numbers; NaN of `slips`, labels that are none where most are; dated: whether they are days."""

    places: tuple[float, ...]
    dated: bool
    slips: tuple[int, ...]


def moments(labels: Sequence[str]) -> Moments | None:
    """Where labels lie in time; None where no way of writing fits, or several fit alike: they come in the order of the rows.

    Of several ways that fit all labels (01/02/2024), the one with the most even steps is meant.
    """
    few = labels[:_FIRST]
    ways = [read for read in _ways(few) if _read(read, few)[1] <= (1.0 - MOST) * len(few)]
    found = [(read, *_read(read, labels)) for read in ways]
    least = min((slips for *_, slips in found), default=len(labels))
    if least > (1.0 - MOST) * len(labels):
        return None
    able = sorted(
        ((_unevenness(places), read, places) for read, places, slips in found if slips == least),
        key=lambda one: one[0],
    )
    if len(able) > 1 and able[0][0] == able[1][0] and able[0][2] != able[1][2]:
        return None
    _, read, places = able[0]
    slips = tuple(k for k, place in enumerate(places) if place is None)
    return Moments(tuple(float("nan") if p is None else p for p in places), read is not _as_number, slips)


def _ways(labels: Sequence[str]) -> list[Callable[[str], float | None]]:
    for form, digits in _LIKE_NUMBERS.items():
        way = _by(form)
        if all(re.fullmatch(digits, label) and way(label) is not None for label in labels):
            return [way]
    if any(map(_NUMBER.fullmatch, labels)):
        return [_as_number]
    return [_as_iso, *map(_by, _WRITTEN)]


def _read(way: Callable[[str], float | None], labels: Sequence[str]) -> tuple[list[float | None], int]:
    places = [way(label) for label in labels]
    return places, sum(place is None for place in places)


def _unevenness(places: Sequence[float | None]) -> float:
    """The widest step beside the middle one, in time."""
    steps = np.diff(np.sort([p for p in places if p is not None]))
    middle = float(np.median(steps)) if len(steps) else 0.0
    return float(steps.max()) / middle if middle > 0.0 else float("inf")


def _as_number(label: str) -> float | None:
    return float(label) if _NUMBER.fullmatch(label) else None


def _as_iso(label: str) -> float | None:
    """2021-03-07, 2021-03, 2021-W09, 2021-Q1, with or without a time of day."""
    try:
        if found := re.fullmatch(r"(\d{4})[- ]?W(\d{1,2})", label):
            return float(date.fromisocalendar(int(found[1]), int(found[2]), 1).toordinal())
        if found := re.fullmatch(r"(\d{4})[-/ ]?Q([1-4])", label):
            return float(date(int(found[1]), 3 * int(found[2]) - 2, 1).toordinal())
        if found := re.fullmatch(r"(\d{4})[-/](\d{1,2})", label):
            return float(date(int(found[1]), int(found[2]), 1).toordinal())
        at = datetime.fromisoformat(label)
    except ValueError:
        return None
    return at.toordinal() + (at.hour + at.minute / 60.0 + at.second / 3600.0) / 24.0


def _by(form: str) -> Callable[[str], float | None]:
    """A way of writing of strptime, with or without a time of day."""

    def read(label: str) -> float | None:
        clock = _CLOCK.fullmatch(label)
        hours = (int(clock[2]) + int(clock[3]) / 60.0) / 24.0 if clock else 0.0
        try:
            return datetime.strptime(clock[1] if clock else label, form).toordinal() + hours
        except ValueError:
            return None

    return read
