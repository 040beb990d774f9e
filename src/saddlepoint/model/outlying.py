"""Numbers of a table that stand apart from the others by size, where the others are alike.

Sizes are compared as logarithms, each beside the median of its line along one set: the set along which the numbers of the table are
most alike, or the whole table. A few numbers stand apart where a gap parts them from the others that is wider than these spread.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from saddlepoint.arrays import Array

FEWEST: Final = 3
"""Numbers of a line, zeros left out, from which a median is told."""
PART: Final = 0.05
"""No more than this part of the numbers of a table stands apart; else they are a group of their own."""
SIGNS: Final = 0.01
"""The same of signs."""
INNER: Final = 20
"""From so many numbers on the spread of the others is told without their outer tenths."""
LARGER: Final = ((5, 30.0, 100.0), (3, 100.0, 100.0), (2, 1e4, 1e4))
"""Where so many others are alike: how wide the gap is at least, and how far the number from the median, above …"""
SMALLER: Final = ((5, 100.0, 300.0), (3, 300.0, 300.0), (2, 1e4, 1e4))
"""… and below, where tails are longer."""
CLOSE: Final = 5
"""So many others that are close together make less enough, …"""
WIDER, LEAST_GAP, LEAST_FAR = 4.0, 5.0, 7.0
"""… where the gap is so many times their spread: one digit too many."""
SIZES: Final = 2.0
"""A number of another sign has at most so much more, or less, size than any of the others: a slip changes the sign alone."""
ALONE: Final = 3
"""Numbers of one sign in a line beside which one of the other sign is told."""


def times_apart(numbers: Array) -> Array:
    """How many times larger (above 1) or smaller (below) than its neighbours a number is where it stands apart, NaN elsewhere; of
    any shape."""
    size = np.abs(numbers)
    known = np.where((size > 0) & np.isfinite(size), size, np.nan)
    beside = _beside(np.log(known))
    out = np.full(numbers.shape, np.nan)
    if beside is None:
        return out
    ordered = np.sort(beside[np.isfinite(beside)])
    for side, rules in ((1.0, LARGER), (-1.0, SMALLER)):
        edge = _edge(ordered if side > 0 else -ordered[::-1], rules)
        if edge is not None:
            far = side * beside >= edge
            out[far] = np.exp(beside[far])
    return out


def _beside(logs: Array) -> Array | None:
    """Logarithms beside the median of their lines, along the set where these are most alike; None with too few of them.

    Numbers of lines with too few others are beside the median of the table: so all of them count where sets are compared.
    """
    known = np.isfinite(logs)
    if known.sum() < FEWEST:
        return None
    best = whole = logs - np.nanmedian(logs)
    for axis in range(logs.ndim if logs.ndim > 1 else 0):
        enough = known.sum(axis=axis, keepdims=True) >= FEWEST
        if not enough.any():
            continue
        filled = np.where(enough, logs, 0.0)
        line = np.where(enough, filled - np.nanmedian(filled, axis=axis, keepdims=True), whole)
        if _spread(np.sort(line[np.isfinite(line)])) < _spread(np.sort(best[np.isfinite(best)])):
            best = line
    return best


def _spread(ordered: Array) -> float:
    """Of increasing numbers: from the lowest to the highest, of many without their outer tenths; of few without the outermost one."""
    n = len(ordered)
    if n >= INNER:
        return float(ordered[n - 1 - n // 10] - ordered[n // 10])
    return float(min(ordered[-1] - ordered[1], ordered[-2] - ordered[0])) if n > 1 else 0.0


def _edge(ordered: Array, rules: tuple[tuple[int, float, float], ...]) -> float | None:
    """The least of the highest numbers that stand apart; None if none do."""
    most = max(1, int(PART * len(ordered)))
    gaps = np.diff(ordered)[-most:]
    if not len(gaps):
        return None
    k = len(ordered) - len(gaps) + int(np.argmax(gaps))
    others = ordered[:k]
    rule = next((r for r in rules if len(others) >= r[0]), None)
    if rule is None:
        return None
    low, high = (len(others) // 10, k - 1 - len(others) // 10) if len(others) >= INNER else (0, k - 1)
    spread, gap = float(others[high] - others[low]), float(ordered[k] - ordered[k - 1])
    beyond = float(ordered[k] - np.median(others))
    plain = gap >= max(np.log(rule[1]), spread) and beyond >= np.log(rule[2])
    tight = (
        len(others) >= CLOSE and gap >= max(np.log(LEAST_GAP), WIDER * spread) and beyond >= np.log(LEAST_FAR)
    )
    return float(ordered[k]) if plain or tight else None
