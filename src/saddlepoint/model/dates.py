"""Dates in the order of a country: 01/02/2025 or 1.2.2025 03:00 as the ISO labels that it may mean."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from saddlepoint.arrays import Index
from saddlepoint.files.sheet import as_label
from saddlepoint.labels.axis import Axis

_ORDERED: Final = re.compile(
    r"(\d{1,2})([/.])(\d{1,2})\2(\d{4})(?:[T ]+(\d{1,2}):(\d\d)(?::(\d\d))?)?", re.ASCII
)


def date_readings(label: str) -> tuple[str, ...]:
    """The labels that a date may mean, day first and month first; none where it is no date of this kind."""
    found = _ORDERED.fullmatch(label.strip())
    if found is None:
        return ()
    first, second, year = int(found[1]), int(found[3]), int(found[4])
    hour, minute, seconds = (int(part or 0) for part in (found[5], found[6], found[7]))
    out: list[str] = []
    for day, month in ((first, second), (second, first)):
        try:
            at = datetime.datetime(year, month, day, hour, minute, seconds)
        except ValueError:
            continue
        out += [as_label(at)] if found[5] else [at.date().isoformat(), as_label(at)]
    return tuple(dict.fromkeys(out))


def dated_codes(axis: Axis, labels: Sequence[str]) -> Index:
    """Positions on the axis of labels that are dates with one reading among its items, −1 for all others: (k,)."""
    codes = np.full(len(labels), -1, np.int64)
    if not any(map(_ORDERED.fullmatch, labels)):
        return codes
    place = {item: k for k, item in enumerate(axis.items)}
    for k, label in enumerate(labels):
        meant = [item for item in date_readings(label) if item in place]
        if len(meant) == 1:
            codes[k] = place[meant[0]]
    return codes
