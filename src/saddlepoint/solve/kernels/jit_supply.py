# pyright: basic
"""Compiled supply of one row: what its variables give at a price, and the price at which they give enough.

A variable enters its row as t = a·x, so that every t counts once: cost ½pt² + qt with p, q divided by a², a. At a
price λ of the row t(λ) = clip((λ − q)/p, low, high), with a jump at λ = q where p = 0. Supply Σ t(λ) never falls.
Where many targets share one row, `supply.SupplyCurve` knows their prices; here one price is searched for.
"""

from typing import Any, NamedTuple

import numpy as np

from saddlepoint.solve.kernels.jit_codes import INF, inner

EXACT_SUM = 1e-14
"""Of the sum of all |t|: a supply nearer to its target differs by roundings of the sum only."""
PASSES = 240
"""Every fourth pass halves the interval, so that sixty halvings are made: more than a number has binary digits."""


class RowVariables(NamedTuple):
    """The variables of one row in units of a·x: curvature p, slope q, bounds low and high, (k,) each."""

    p: Any
    q: Any
    low: Any
    high: Any


@inner
def domain(row):
    """The prices at which no t runs away: only those without curvature and without an end set limits."""
    p, q, low, high = row
    first = -INF
    last = INF
    for i in range(len(p)):
        if p[i] == 0.0:
            if low[i] == -INF:
                first = max(first, q[i])
            if high[i] == INF:
                last = min(last, q[i])
    return first, last


@inner
def supply(row, price):
    """Σ t just left and just right of a price."""
    p, q, low, high = row
    left = 0.0
    right = 0.0
    for i in range(len(p)):
        if p[i] > 0.0:
            v = min(max((price - q[i]) / p[i], low[i]), high[i])
            left += v
            right += v
        else:
            left += high[i] if price > q[i] else low[i]
            right += high[i] if price >= q[i] else low[i]
    return left, right


@inner
def mirror(row, other):
    """The same row with all signs turned, so that walking down is walking up."""
    p, q, low, high = row
    for v in range(len(p)):
        other.p[v] = p[v]
        other.q[v] = -q[v]
        other.low[v] = -high[v]
        other.high[v] = -low[v]


@inner
def around(row, price):
    """Supply near a price: (left, right, slope to the left, to the right, next kink below, above, Σ|t|)."""
    p, q, low, high = row
    left, right, fall, rise, size = 0.0, 0.0, 0.0, 0.0, 0.0
    below, above = -INF, INF
    for i in range(len(p)):
        if p[i] > 0.0:
            start = q[i] + p[i] * low[i]
            end = q[i] + p[i] * high[i]
            v = min(max((price - q[i]) / p[i], low[i]), high[i])
            left += v
            right += v
            size += abs(v)
            if start < end:
                rise += 1.0 / p[i] if start <= price < end else 0.0
                fall += 1.0 / p[i] if start < price <= end else 0.0
                below = max(below, start if start < price else -INF, end if end < price else -INF)
                above = min(above, start if start > price else INF, end if end > price else INF)
        else:
            v = high[i] if price > q[i] else low[i]
            left += v
            right += high[i] if price >= q[i] else low[i]
            size += abs(v) if abs(v) < INF else 0.0
            if low[i] < high[i]:
                below = max(below, q[i] if q[i] < price else -INF)
                above = min(above, q[i] if q[i] > price else INF)
    return left, right, fall, rise, below, above, size


@inner
def search(row, target, begin):
    """The least price above `begin` at which supply reaches the target, NaN where it never does; and the passes.

    Newton's method on the rising polyline, kept in an interval that every fourth pass is halved (R. Cominetti, W. Mascarenhas,
    P. Silva, Math. Prog. Comp. 6 (2014) 151–169). Where supply is level at the target the price goes back to its start.
    """
    lo, hi = begin, INF
    price = begin
    for it in range(1, PASSES + 1):
        left, right, fall, rise, below, above, size = around(row, price)
        slack = EXACT_SUM * size
        if right < target - slack:
            lo = price
            after = price + (target - right) / rise if rise > 0.0 else above
            if after == INF:
                # a target at full capacity may lie above it by rounding
                enough = target <= right + 1e-13 * abs(right)
                return (price if fall > 0.0 else max(below, begin)) if enough else np.nan, it
        elif left > target + slack or (fall == 0.0 and left >= target - slack):
            hi = price
            after = price - (left - target) / fall if fall > 0.0 else below
            if fall == 0.0 and below <= lo:
                return price, it
        else:
            return price, it
        if after == price:
            return price, it
        if hi < INF and (it % 4 == 0 or not (lo < after < hi)):
            after = 0.5 * (lo + hi)
        price = after
    return price, PASSES


@inner
def pour(row, price, target_low, target_high, t):
    """The plan at a price; returns the price, sharpened by direct summation, or NaN where no plan meets the target.

    What stands at its jump takes up what is missing, in the order of the variables.
    """
    p, q, low, high = row
    k = len(p)
    for _ in range(4):
        total = 0.0
        size = 0.0
        slope = 0.0
        loose = 0
        for i in range(k):
            if p[i] > 0.0:
                v = (price - q[i]) / p[i]
                if v <= low[i]:
                    v = low[i]
                elif v >= high[i]:
                    v = high[i]
                else:
                    slope += 1.0 / p[i]
            elif price == q[i] and low[i] < high[i]:
                v = low[i] if low[i] > -INF else (high[i] if high[i] < INF else 0.0)
                loose += 1
            else:
                v = high[i] if price > q[i] else low[i]
            t[i] = v
            total += v
            size += abs(v)
        miss = min(max(total, target_low), target_high) - total
        if loose > 0:
            for i in range(k):
                if p[i] == 0.0 and price == q[i] and miss != 0.0:
                    v = min(max(t[i] + miss, low[i]), high[i])
                    miss -= v - t[i]
                    t[i] = v
        if abs(miss) <= EXACT_SUM * size:
            return price
        if slope <= 0.0 or (price + miss / slope) == price:
            break
        price += miss / slope
    return price if abs(miss) <= 100.0 * EXACT_SUM * size + 1e-300 else np.nan
