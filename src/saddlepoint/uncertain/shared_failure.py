"""How a joint probability of failure is shared out among several quantities where that is cheapest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from saddlepoint.arrays import Array, Index

_GRID: Final = 96
_LEAST: Final = 1e-5
_ROUNDS: Final = 3


def cheapest_split(
    levels: Callable[[Array], Array], cost: Array, tail: float, multiplied: bool = False
) -> Array:
    """Failures e (n,) of least Σ cost·level(1 − e), with Σ e = tail, or 1 − Π(1 − e) = tail if they are multiplied.

    levels: failures (k, n) → levels (k, n), decreasing in e; cost: (n,) ≥ 0. The dual in one multiplier separates the
    quantities: each takes the failure of least cost·level + λ·share on a grid, which is refined around it; never dearer than
    equal shares. Sources: A. Prékopa, Stochastic Programming (1995), § 5; H. Everett, Operations Research 11 (1963) 399–417.
    """
    count = len(cost)
    weight: Callable[[Array], Array] = (lambda e: -np.log1p(-e)) if multiplied else (lambda e: e)
    budget = float(weight(np.asarray(tail)))
    back: Callable[[Array], Array] = (lambda w: -np.expm1(-w)) if multiplied else (lambda w: w)
    equal = back(np.full(count, budget / count))
    grid = np.repeat(tail * np.geomspace(_LEAST, 1.0 - 1e-9, _GRID)[:, None], count, axis=1)
    best = equal
    for _ in range(_ROUNDS):
        chosen = _at_multiplier(grid, cost * levels(grid), weight(grid), budget)
        place = np.arange(count)
        share = weight(grid[chosen, place])
        found = back(share * (budget / max(float(share.sum()), 1e-300)))
        best = min((best, found), key=lambda e: float(cost @ levels(e[None])[0]))
        low = grid[np.maximum(chosen - 1, 0), place]
        high = grid[np.minimum(chosen + 1, _GRID - 1), place]
        grid = low * (high / low) ** np.linspace(0.0, 1.0, _GRID)[:, None]
    return np.clip(best, 1e-15, 1.0 - 1e-15)


def _at_multiplier(grid: Array, spent: Array, weights: Array, budget: float) -> Index:
    """The places on the grid at the least multiplier with which the shares fit the budget."""
    low, high = 0.0, max(float(np.ptp(spent)), 1e-300) / max(float(weights.min()), 1e-300)
    for _ in range(100):
        middle = 0.5 * (low + high)
        chosen = np.argmin(spent + middle * weights, axis=0)
        fits = float(weights[chosen, np.arange(grid.shape[1])].sum()) <= budget
        low, high = (low, middle) if fits else (middle, high)
    return np.argmin(spent + high * weights, axis=0)


def scale_of_ranks(ranks: Array, shares: Array, tail: float) -> float:
    """The scale s at which the part `tail` of the draws fails: draw k does from min (1 − rank)/share on; ranks: (N, n)."""
    allowed = int(np.floor(tail * len(ranks)))
    first = ((1.0 - ranks) / shares).min(axis=1)
    return float(np.partition(first, allowed)[allowed])
