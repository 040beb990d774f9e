"""Numbers of a table that stand apart from the others, by size or by sign, where the others are alike.

Sizes are compared as logarithms, each beside the median of its line along one set: the set along which the numbers of the table are
most alike, or the whole table. A few numbers stand apart where a gap parts them from the others that is wider than these spread.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from saddlepoint.arrays import Array, Mask

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
"""Numbers of one sign in a line beside which one of the other sign is told, …"""
MANY, ALIKE = 8, 4.0
"""… if they are so many, or lie within this factor of each other: a few numbers of any size may have any sign."""


def times_apart(numbers: Array) -> Array:
    """How many times larger (above 1) or smaller (below) than its neighbours a number is where it stands apart, NaN elsewhere; of any shape."""
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
    """Logarithms beside the median of their lines, along the set where these are most alike; None with too few of them."""
    known = np.isfinite(logs)
    if known.sum() < FEWEST:
        return None
    best = logs - np.nanmedian(logs)
    for axis in range(logs.ndim if logs.ndim > 1 else 0):
        enough = known.sum(axis=axis, keepdims=True) >= FEWEST
        if not enough.any():
            continue
        filled = np.where(enough, logs, 0.0)
        line = np.where(enough & known, filled - np.nanmedian(filled, axis=axis, keepdims=True), np.nan)
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


def odd_signs(numbers: Array) -> Mask:
    """Whether a number has another sign than all others of its line while it is of their size, of any shape: nowhere where signs vary."""
    known = np.isfinite(numbers) & (numbers != 0)
    out = np.zeros(numbers.shape, dtype=bool)
    total = float(np.abs(numbers[known]).sum())
    if known.sum() <= ALONE or abs(float(numbers[known].sum())) <= 1e-9 * total:
        return out
    for lines, mine in _ways(numbers, known, out):
        odd = _odd(lines)
        if odd.any():
            mine |= odd
            return out
    return out


def _ways(numbers: Array, known: Mask, out: Mask) -> Iterator[tuple[Array, Mask]]:
    """The numbers as lines: as one, then along every set (0 = unknown), each with the view of `out` that has its shape."""
    filled = np.where(known, numbers, 0.0)
    yield filled.reshape(1, -1), out.reshape(1, -1)
    for axis in range(numbers.ndim if numbers.ndim > 1 else 0):
        yield np.moveaxis(filled, axis, -1), np.moveaxis(out, axis, -1)


def _odd(lines: Array) -> Mask:
    """Numbers of another sign in lines that have one sign but for them; none where any line holds both signs."""
    up, down = (lines > 0).sum(axis=-1), (lines < 0).sum(axis=-1)
    few = np.minimum(up, down)
    allowed = max(1, int(SIGNS * np.count_nonzero(lines)))
    nothing = np.zeros(lines.shape, dtype=bool)
    if not 0 < few.sum() <= allowed or (few * ALONE > np.maximum(up, down)).any():
        return nothing
    rare = np.where((few > 0) & (up < down), 1, np.where(few > 0, -1, 0))[..., None]
    odd = (np.sign(lines) == rare) & (rare != 0)
    size = np.abs(lines)
    others = np.where(odd | (size == 0), np.nan, size)
    told = (few > 0)[..., None]
    high = np.nanmax(np.where(told, others, 1.0), axis=-1, keepdims=True)
    low = np.nanmin(np.where(told, others, 1.0), axis=-1, keepdims=True)
    plain = (np.maximum(up, down)[..., None] >= MANY) | (high <= ALIKE * low)
    return odd & plain & (size <= SIZES * high) & (size * SIZES >= low)
