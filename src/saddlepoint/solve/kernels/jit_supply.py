# pyright: basic
"""Compiled supply curve of one row: what its variables give at a price, and the price at which they give enough.

A variable enters its row as t = a·x, so that every t counts once: cost ½pt² + qt with p, q divided by a², a. At a
price λ of the row t(λ) = clip((λ − q)/p, low, high), with a jump at λ = q where p = 0. Supply Σ t(λ) never falls.
"""

import numpy as np

from saddlepoint.solve.kernels.jit_dictionary import INF, inner


@inner
def sort(keys, order, count):
    """The order of the first `count` keys, increasing: insertion for a few, quicksort for many."""
    if count > 48:
        order[:count] = np.argsort(keys[:count])
        return
    for i in range(count):
        k = i
        while k > 0 and keys[order[k - 1]] > keys[i]:
            order[k] = order[k - 1]
            k -= 1
        order[k] = i


@inner
def domain(p, q, low, high, k):
    """The prices at which no t runs away: only those without curvature and without an end set limits."""
    first = -INF
    last = INF
    for i in range(k):
        if p[i] == 0.0:
            if low[i] == -INF:
                first = max(first, q[i])
            if high[i] == INF:
                last = min(last, q[i])
    return first, last


@inner
def supply(p, q, low, high, k, price):
    """Σ t just left and just right of a price."""
    left = 0.0
    right = 0.0
    for i in range(k):
        if p[i] > 0.0:
            v = min(max((price - q[i]) / p[i], low[i]), high[i])
            left += v
            right += v
        else:
            left += high[i] if price > q[i] else low[i]
            right += high[i] if price >= q[i] else low[i]
    return left, right


@inner
def curve(p, q, low, high, k, begin, base, keys, order, steps, jumps, kinks, before, after, slopes):
    """Supply along the prices above `begin`, where it is `base`; returns the number of kinks.

    kinks: prices, increasing; before, after: supply just left and right of each; slopes: left of each, and one more
    behind the last.
    """
    count = 0
    active = 0
    slope = 0.0
    for i in range(k):
        if low[i] == high[i]:
            continue
        if p[i] > 0.0:
            first = q[i] + p[i] * low[i]
            last = q[i] + p[i] * high[i]
            if first <= begin < last:
                slope += 1.0 / p[i]
                active += 1
            if first > begin:
                keys[count], steps[count], jumps[count] = first, 1.0 / p[i], 0.0
                count += 1
            if begin < last < INF:
                keys[count], steps[count], jumps[count] = last, -1.0 / p[i], 0.0
                count += 1
        elif q[i] > begin:
            keys[count], steps[count], jumps[count] = q[i], 0.0, high[i] - low[i]
            count += 1
    sort(keys, order, count)
    price = begin
    level = base
    for c in range(count):
        e = order[c]
        if active > 0:
            level += slope * (keys[e] - price)
        price = keys[e]
        kinks[c] = price
        before[c] = level
        slopes[c] = slope if active > 0 else 0.0
        level += jumps[e]
        after[c] = level
        slope += steps[e]
        active += 1 if steps[e] > 0.0 else (-1 if steps[e] < 0.0 else 0)
    slopes[count] = slope if active > 0 else 0.0
    return count


@inner
def clear(target, begin, base, count, kinks, before, after, slopes):
    """The price above `begin` at which supply is target; NaN where it never is."""
    lo = 0
    hi = count
    while lo < hi:
        middle = (lo + hi) >> 1
        if after[middle] < target:
            lo = middle + 1
        else:
            hi = middle
    if lo < count:
        if before[lo] < target or slopes[lo] <= 0.0:
            return kinks[lo]
        return kinks[lo] - (before[lo] - target) / slopes[lo]
    price, level = (kinks[count - 1], after[count - 1]) if count > 0 else (begin, base)
    if slopes[count] > 0.0:
        return price + (target - level) / slopes[count]
    # a target at full capacity may lie above it by rounding
    return price if target <= level + 1e-13 * abs(level) else np.nan


@inner
def pour(p, q, low, high, k, price, target_low, target_high, t):
    """The plan at a price; returns the price, sharpened by direct summation, or NaN where no plan meets the target.

    What stands at its jump takes up what is missing, in the order of the variables.
    """
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
        if abs(miss) <= 1e-14 * size:
            return price
        if slope <= 0.0 or (price + miss / slope) == price:
            break
        price += miss / slope
    return price if abs(miss) <= 1e-12 * size + 1e-300 else np.nan
