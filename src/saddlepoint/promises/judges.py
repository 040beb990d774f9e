"""Which values of a history judge a promise, what may be asked of them, and the limits of what they tell."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.errors import NOWHERE, Diagnostic, PlanningError
from saddlepoint.uncertain import History
from saddlepoint.uncertain.fitting.terms import TimeTerms
from saddlepoint.uncertain.fitting.values import LEAST as LEAST_PAST
from saddlepoint.uncertain.samples import least_chance

LEAST: Final = 12
"""Judges; fewer tell nothing."""
LEAST_FIRST: Final = 20
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
    if not enough(history, first):
        text = f"{len(history)} values leave {max(len(history) - first, 0)} to judge after the first {first}"
        latest, least = len(history) - LEAST, LEAST_PAST if pattern else 2
        fix = (
            f"Give a longer history, or start after {latest} values or fewer."
            if latest >= least
            else f"Give a history of {least + LEAST} values or more."
        )
        raise _wrong(text, fix, f"{LEAST} are the least.")
    if pattern and first < LEAST_PAST:
        text = f"trend and season are sought in the first {first} values of {history.name!r}"
        fix = f"Start after {LEAST_PAST} values or more, or take the values raw, without a pattern."
        raise _wrong(text, fix, f"{LEAST_PAST} are the least.")
    low, high = float(given.get("lower", -math.inf)), float(given.get("upper", math.inf))
    if not low < high:
        text = f"no demand lies between lower = {low:g} and upper = {high:g}"
        raise PlanningError(Diagnostic("U782", text, NOWHERE, fix="Give lower less than upper."))


def check_part(part: float, name: str) -> None:
    """PlanningError U545 where a probability is outside (0, 1)."""
    if not 0.0 < part < 1.0:
        raise _wrong(f"{name} of {part:g} is outside (0, 1)", "Give a probability such as 0.95.")


def _wrong(text: str, fix: str, why: str = "") -> PlanningError:
    return PlanningError(Diagnostic("U545", text, NOWHERE, why=why, fix=fix))


def limits(hits: Index, count: int, confidence: float = CONFIDENCE) -> tuple[Array, Array]:
    """Limits of probabilities, hits of count each; each of the two is passed with at most half of 1 − confidence."""
    each = 0.5 * (1.0 + confidence)
    return least_chance(hits, count, each), 1.0 - least_chance(count - hits, count, each)
