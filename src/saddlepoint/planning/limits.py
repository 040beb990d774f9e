"""How much demand, and how much reliability, a capacity can take."""

from __future__ import annotations

import math

from saddlepoint.errors import PlanningError
from saddlepoint.planning.demand import Demand


def highest_reliability(demand: Demand, capacity: float) -> float:
    """The probability with which a capacity covers this demand under its assumption, in [0, 1]."""
    return demand.coverage(capacity)


def largest_mean(demand: Demand, capacity: float) -> float | None:
    """The largest mean, all else equal, whose D_eff is within the capacity; None if there is none.

    By bisection between 0 and the capacity to 1e-12 of it; D_eff rises with the mean.
    """
    if demand.mean is None:
        return None
    low, high = capacity * 1e-9, capacity
    if not _fits(demand, low, capacity):
        return None
    if _fits(demand, high, capacity):
        return high
    while high - low > 1e-12 * capacity:
        middle = 0.5 * (low + high)
        low, high = (middle, high) if _fits(demand, middle, capacity) else (low, middle)
    return low


def _fits(demand: Demand, mean: float, capacity: float) -> bool:
    try:
        level = demand.but(mean=mean).level
    except PlanningError:
        return False
    return math.isfinite(level) and level <= capacity
