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
_NUMBER: Final = re.compile(r"[+-]?(\d+|(0|[1-9]\d*)\.\d+)")
_DAY_OF_NO_YEAR: Final = re.compile(r"\d{1,2}\.(0[1-9]|1[0-2])\.?")
_COUNTED: Final = re.compile(r"([^\W\d_]+)[ .-]?(\d+)")
_WEEK: Final = r"(?:calendar week|kalenderwoche|week|woche|wk|kw|cw|w)\.? ?"
_WEEK_FIRST: Final = re.compile(_WEEK + r"(\d{1,2})[ ,./-]+(\d{4}|\d{2})", re.IGNORECASE)
_YEAR_FIRST: Final = re.compile(r"(\d{4})[ ,./-]*" + _WEEK + r"(\d{1,2})", re.IGNORECASE)
_BARE_WEEK: Final = re.compile(
    r"(?P<week>\d{1,2})[/.-](?P<year>(19|20)\d\d)|(?P<year6>(19|20)\d\d)(?P<week6>\d\d)"
)
_WEEKDAY: Final = re.compile(r"([^\W\d_]+)[.,]*\s+(.+)")
_WEEKDAYS: Final = {
    word: day
    for day, words in enumerate(
        (
            *("monday mon montag mo", "tuesday tue tues dienstag di", "wednesday wed mittwoch mi"),
            *("thursday thu thur thurs donnerstag do", "friday fri freitag fr"),
            *("saturday sat samstag sonnabend sa", "sunday sun sonntag so"),
        )
    )
    for word in words.split()
}


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """places: days since the year 1, or numbers; NaN of `slips`, labels that are none where most are; dated: whether they are days."""

    places: tuple[float, ...]
    dated: bool
    slips: tuple[int, ...]


def moments(labels: Sequence[str]) -> Moments | None:
    """Where labels lie in time; None where no way of writing fits, or several fit alike.

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
    return Moments(
        tuple(float("nan") if p is None else p for p in places), read not in (_as_number, _as_counted), slips
    )


def _ways(labels: Sequence[str]) -> list[Callable[[str], float | None]]:
    for form, digits in _LIKE_NUMBERS.items():
        way = _by(form)
        if all(re.fullmatch(digits, label) and way(label) is not None for label in labels):
            return [way]
    if _bare_weeks(labels):
        return [_as_bare_week]
    if all(map(_DAY_OF_NO_YEAR.fullmatch, labels)):
        return []
    if any(map(_NUMBER.fullmatch, labels)):
        return [_as_number]
    if len({found and found[1].lower() for found in map(_COUNTED.fullmatch, labels)} - {None}) == 1:
        return [_as_counted]
    return [_as_iso, _as_week, *map(_by, _WRITTEN)]


def _bare_weeks(labels: Sequence[str]) -> bool:
    """Whether 28/2024, 28.2024 or 202428 are weeks: where some are beyond 12, and none is beyond 53."""
    weeks = [_bare(label)[1] for label in labels if _BARE_WEEK.fullmatch(label)]
    return bool(weeks) and len(weeks) >= MOST * len(labels) and 12 < max(weeks) <= 53


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


def _as_counted(label: str) -> float | None:
    """Week 3, KW03, P3: the number behind the word."""
    found = _COUNTED.fullmatch(label)
    return float(found[2]) if found else None


def _as_week(label: str) -> float | None:
    """2024-W28, 2024 KW28, W28/2024, KW28/24, Week 28 2024: the Monday of that week of ISO 8601."""
    if found := _YEAR_FIRST.fullmatch(label):
        return _monday(int(found[1]), int(found[2]))
    if found := _WEEK_FIRST.fullmatch(label):
        year = int(found[2])
        return _monday(year if len(found[2]) == 4 else 2000 + year, int(found[1]))
    return None


def _as_bare_week(label: str) -> float | None:
    return _monday(*_bare(label)) if _BARE_WEEK.fullmatch(label) else None


def _bare(label: str) -> tuple[int, int]:
    """Year and week."""
    found = _BARE_WEEK.fullmatch(label)
    parts = found.groupdict() if found else {}
    return int(parts.get("year") or parts.get("year6") or 0), int(
        parts.get("week") or parts.get("week6") or 0
    )


def _monday(year: int, week: int) -> float | None:
    try:
        return float(date.fromisocalendar(year, week, 1).toordinal())
    except ValueError:
        return None


def _as_iso(label: str) -> float | None:
    """2021-03-07, 2021-03, 2021-W09, 2021-Q1, with or without a time of day."""
    weekday, label = _weekday(label)
    place = _in_iso(label)
    return place if _on(weekday, place) else None


def _weekday(label: str) -> tuple[int | None, str]:
    """The day of the week before a date (Monday 08.07.2024; Mo, 08.07.2024), and the rest."""
    found = _WEEKDAY.fullmatch(label)
    day = _WEEKDAYS.get(found[1].lower()) if found else None
    return (None, label) if found is None or day is None else (day, found[2])


def _on(weekday: int | None, place: float | None) -> bool:
    return place is None or weekday is None or (int(place) - 1) % 7 == weekday


def _in_iso(label: str) -> float | None:
    try:
        if found := re.fullmatch(r"(\d{4})[-/ ]?Q([1-4])", label):
            return float(date(int(found[1]), 3 * int(found[2]) - 2, 1).toordinal())
        if found := re.fullmatch(r"Q([1-4])[-/ ]?(\d{4})", label):
            return float(date(int(found[2]), 3 * int(found[1]) - 2, 1).toordinal())
        if found := re.fullmatch(r"(\d{4})[-/](\d{1,2})", label):
            return float(date(int(found[1]), int(found[2]), 1).toordinal())
        at = datetime.fromisoformat(label)
    except ValueError:
        return None
    return at.toordinal() + (at.hour + at.minute / 60.0 + at.second / 3600.0) / 24.0


def _by(form: str) -> Callable[[str], float | None]:
    """A way of writing of strptime, with or without the day of the week, which must be that of the date, and a time of day."""

    def read(label: str) -> float | None:
        weekday, label = _weekday(label)
        clock = _CLOCK.fullmatch(label)
        hours = (int(clock[2]) + int(clock[3]) / 60.0) / 24.0 if clock else 0.0
        try:
            place = datetime.strptime(clock[1] if clock else label, form).toordinal() + hours
        except ValueError:
            return None
        return place if _on(weekday, place) else None

    return read
