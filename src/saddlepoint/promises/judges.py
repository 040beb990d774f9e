"""Which values of a history judge a promise, what may be asked of them, and the limits of what they tell."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.errors import PlanningError
from saddlepoint.uncertain import History
from saddlepoint.uncertain.fitting.terms import TimeTerms
from saddlepoint.uncertain.fitting.values import LEAST as LEAST_PAST
from saddlepoint.uncertain.fitting.values import LEAST_JUDGED
from saddlepoint.uncertain.samples import least_chance

LEAST: Final = 12
"""Judges; fewer tell nothing."""
LEAST_FIRST: Final = LEAST_JUDGED - LEAST
CONFIDENCE: Final = 0.95
"""Of the limits of what was reached."""
NO_PATTERN: Final = TimeTerms(season=1, trend=False, memory=False)


def history_of(values: History | Sequence[float] | Array) -> History:
    """Values in order of time as a history; PlanningError U541, U542."""
    return values if isinstance(values, History) else History(values=np.asarray(values, dtype=np.float64))


def first_judge(history: History, start: int | None = None) -> int:
    """The place of the first value that judges: `start`, or half of them, at least 20."""
    return start if start is not None else max(LEAST_FIRST, len(history) // 2)


def enough(history: History, first: int) -> bool:
    """Whether sufficiently many values judge from this place on."""
    return first >= 2 and len(history) - first >= LEAST


def check_asked(
    history: History, first: int, promises: Iterable[float], pattern: bool, given: Mapping[str, Any]
) -> None:
    """PlanningError U545 (no promise or one outside (0, 1), too few values), U782 (limits without a demand between them)."""
    asked = list(promises)
    if not asked:
        raise _wrong("no promise is asked for", "Give probabilities such as 0.9, 0.95.")
    for p in asked:
        check_part(p, "a promise")
    _check_length(history, first, pattern)
    low, high = float(given.get("lower", -math.inf)), float(given.get("upper", math.inf))
    if not low < high:
        text = f"no demand lies between lower = {low:g} and upper = {high:g}"
        raise PlanningError.of("U782", text, fix="Give lower less than upper.")


def _check_length(history: History, first: int, pattern: bool) -> None:
    """PlanningError U545 where a history is too short, or the promises begin too early or too late; the remedy suffices for all of it."""
    count, earliest = len(history), LEAST_PAST if pattern else 2
    if earliest <= first <= count - LEAST:
        return
    because = (
        "trend and season are sought in them" if pattern else "a promise of each value needs values before it"
    )
    suffices = pattern and 2 <= first < LEAST_PAST and count - first >= LEAST
    raw = ", or take the values raw, without a pattern" if suffices else ""
    raise _wrong(
        f"{count} values of {history.name!r} leave {max(count - first, 0)} to judge after the first {first}",
        f"{_remedy(count, first, earliest)}{raw}.",
        f"At least {earliest} come before the first promise ({because}), and {LEAST} judge.",
    )


def _remedy(count: int, first: int, earliest: int) -> str:
    """The length, the start or both with which a history suffices."""
    longer = f"{max(LEAST_JUDGED, first + LEAST)} values or more" if first >= earliest else ""
    latest, shortest = count - LEAST, earliest + LEAST
    if count < shortest:
        both = f"at least {shortest} values with `start={earliest}`"
        return f"Give {longer}, or {both}" if longer else f"Give {both}"
    span = f"{earliest} to {latest}" if latest > earliest else f"{earliest}"
    begun = f"Start after {span} values, such as `start={max(earliest, min(LEAST_FIRST, latest))}`"
    return f"{begun}, or give {longer}" if longer else begun


def check_part(part: float, name: str) -> None:
    """PlanningError U545 where a probability is outside (0, 1)."""
    if not 0.0 < part < 1.0:
        raise _wrong(f"{name} of {part:g} is outside (0, 1)", "Give a probability such as 0.95.")


def _wrong(text: str, fix: str, why: str = "") -> PlanningError:
    return PlanningError.of("U545", text, why=why, fix=fix)


def limits(hits: Index, count: int, confidence: float = CONFIDENCE) -> tuple[Array, Array]:
    """Limits of probabilities, hits of count each; each of the two is passed with at most half of 1 − confidence."""
    each = 0.5 * (1.0 + confidence)
    return least_chance(hits, count, each), 1.0 - least_chance(count - hits, count, each)
