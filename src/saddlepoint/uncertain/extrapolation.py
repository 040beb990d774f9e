"""The limit of values on grids that are halved each time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise


def limit_of(values: Sequence[float]) -> tuple[float, float]:
    """The limit as h → 0 of values at h, h/2, h/4, …, and how far the two latest estimates are apart.

    Two ways, the one whose estimates are closer: errors in even powers of h (W. Romberg, Norske Vid. Selsk. Forh. 28 (1955)
    30–36), and of any powers (P. Wynn, Math. Tables Aids Comput. 10 (1956) 91–96).
    """
    estimates = (_even_powers, _any_powers)
    found = [(way(values), way(values[:-1])) for way in estimates if len(values) > 1]
    if not found:
        return values[-1], float("inf")
    best, before = min(found, key=lambda pair: abs(pair[0] - pair[1]))
    return best, abs(best - before)


def _even_powers(values: Sequence[float]) -> float:
    row, factor = list(values), 4.0
    while len(row) > 1:
        row = [b + (b - a) / (factor - 1.0) for a, b in pairwise(row)]
        factor *= 4.0
    return row[0]


def _any_powers(values: Sequence[float]) -> float:
    """Wynn's ε-algorithm: the last entry of its last even column."""
    before, row, best = [0.0] * (len(values) + 1), list(values), values[-1]
    for column in range(1, len(values)):
        steps = [b - a for a, b in pairwise(row)]
        if any(step == 0.0 for step in steps):
            return best
        before, row = row, [x + 1.0 / s for x, s in zip(before[1:], steps, strict=False)]
        best = row[-1] if column % 2 == 0 else best
    return best
