"""How often buffers about a line miss by chance alone: promises share the slope that was estimated, so misses come together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from saddlepoint.arrays import Array, Mask
from saddlepoint.promises.drift import alarms
from saddlepoint.uncertain import Buffer
from saddlepoint.uncertain.fitting.terms import TimeTerms, above

SIMULATED: Final = 39
"""Histories; as many misses as all of them have a chance of one in forty."""
MOST: Final = 1_000
"""A longer history is simulated by so many values: the excess of misses is one of shares."""


_OF_PAST: Final[Mapping[str, Callable[[Array], Array]]] = {
    "samples": lambda past: past,
    "mean": lambda past: past.mean(axis=1),
    "std": lambda past: past.std(axis=1, ddof=1),
    "dof": lambda past: np.full(len(past), past.shape[1] - 1.0),
}
"""What a buffer may need, of the values before an origin (r, n)."""


def more_than_chance(
    buffer: Buffer, values: Array, misses: Mask, promise: float, season: int, window: int | None
) -> tuple[bool, bool]:
    """Whether misses (T,) of the last values are more than in any simulated history, and whether none of those raises an alarm.

    Simulated: errors about a line and a season in another order, promised for as the history is. Independent misses, as
    Clopper–Pearson limits and alarms take them, would be rarer than the nominal chance of a false word allows.
    """
    step = -(-len(values) // MOST)
    lined = TimeTerms(season=season, trend=True, memory=False)
    errors = lined.errors(values)[::step]
    rng = np.random.default_rng(0)
    rows = rng.permuted(np.broadcast_to(errors, (SIMULATED, len(errors))), axis=1)
    first = (len(values) - len(misses)) // step
    found = row_misses(buffer, rows, first, promise, season, None if window is None else window // step)
    if found is None:
        return True, True
    return bool(misses.mean() > found.mean(axis=1).max()), bool((alarms(found, promise) < 0).all())


def row_misses(
    buffer: Buffer, rows: Array, first: int, promise: float, season: int = 1, window: int | None = None
) -> Mask | None:
    """(r, T) misses of each row (r, n) from `first` on; None where its past never suffices; none of a row that breaks a requirement."""
    p = np.full(len(rows), promise)
    levels: list[Array] = []
    for now in range(first, rows.shape[1]):
        past = rows[:, max(0, now - (window or now)) : now]
        read: dict[str, Any] = {name: _OF_PAST[name](past) for name in buffer.needs}
        if "season" in buffer.optional and season > 1:
            read["season"] = np.asarray(float(season))
        fit = [np.broadcast_to(r.holds(read, p), len(past)) for r in buffer.requirements]
        able = np.all(fit, axis=0) if fit else np.ones(len(past), bool)
        if not able.any():
            return None
        given = {k: v[able] if np.ndim(v) else v for k, v in read.items()}
        level = np.full(len(past), np.inf)
        level[able] = buffer.quantile(given, p[able])
        levels.append(level)
    return above(rows[:, first:], np.stack(levels, axis=1))
