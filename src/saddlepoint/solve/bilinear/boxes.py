"""Intervals of columns, narrowed by the rows that hold no product (bounds propagation; Savelsbergh, ORSA J. Computing 6, 1994)."""

from __future__ import annotations

import numpy as np

from saddlepoint.arrays import Array, Mask
from saddlepoint.solve.bilinear.problem import Bilinear

_ROUNDS = 6
_MARGIN = 1e-9
"""What an interval keeps beyond what a row says, relative: rounding must not cut a plan off."""


def narrowed(
    problem: Bilinear, low: Array, high: Array, rounds: int = _ROUNDS, margin: float = _MARGIN
) -> tuple[Array, Array, Mask]:
    """Intervals (S, n) after some rounds, and (S,) whether one is empty: then the box holds no plan."""
    plain = ~(problem.B != 0).any(axis=2)
    A = np.where(plain[:, :, None], problem.A, 0.0)
    l, u = np.where(plain, problem.l, -np.inf), np.where(plain, problem.u, np.inf)
    used, up = A != 0, A > 0
    divisor = np.where(used, A, 1.0)
    for _ in range(rounds):
        least = divisor * np.where(used, np.where(up, low[:, None, :], high[:, None, :]), 0.0)
        most = divisor * np.where(used, np.where(up, high[:, None, :], low[:, None, :]), 0.0)
        # what the others leave to this column: the side less the extreme of the other columns
        over = (u[:, :, None] - _others(least, -np.inf)) / divisor
        under = (l[:, :, None] - _others(most, np.inf)) / divisor
        upper = np.where(used, np.where(up, over, under), np.inf)
        lower = np.where(used, np.where(up, under, over), -np.inf)
        new_high = np.minimum(high, _kept(upper.min(axis=1, initial=np.inf), margin))
        new_low = np.maximum(low, _kept(lower.max(axis=1, initial=-np.inf), -margin))
        if np.array_equal(new_low, low) and np.array_equal(new_high, high):
            break
        low, high = new_low, new_high
    crossed = low > high
    empty: Mask = np.any(crossed & (low - high > 1e-7 * np.maximum(1.0, np.abs(low))), axis=1)
    middle = 0.5 * (np.where(crossed, low, 0.0) + np.where(crossed, high, 0.0))
    return np.where(crossed, middle, low), np.where(crossed, middle, high), empty


def _others(parts: Array, infinite: float) -> Array:
    """The sum over the other columns of each row; infinite where one of them is."""
    endless = np.isinf(parts)
    finite = np.where(endless, 0.0, parts)
    total = finite.sum(axis=2, keepdims=True) - finite
    return np.where(endless.sum(axis=2, keepdims=True) - endless > 0, infinite, total)


def _kept(numbers: Array, margin: float) -> Array:
    return numbers + margin * np.maximum(1.0, np.abs(np.where(np.isfinite(numbers), numbers, 0.0)))
