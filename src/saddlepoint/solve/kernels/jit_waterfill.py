# pyright: basic
"""Compiled water-filling: separable convex quadratic costs, every variable in at most one row.

A variable enters its row as t = a·x, so that every t counts once: cost ½pt² + qt with p, q divided by a², a. At a
price λ of the row t(λ) = clip((λ − q)/p, low, high), with a jump at λ = q where p = 0. Supply Σ t(λ) never falls.
"""

import numpy as np
from numba import njit

from saddlepoint.solve.kernels.answer import BASIC, LOWER, UPPER, ZERO, Outcome
from saddlepoint.solve.kernels.cache import writable
from saddlepoint.solve.kernels.jit_dictionary import inner

DONE, INFEASIBLE, UNBOUNDED = int(Outcome.DONE), int(Outcome.INFEASIBLE), int(Outcome.UNBOUNDED)
INACCURATE, CROSSED, NOT_CONVEX = int(Outcome.INACCURATE), int(Outcome.CROSSED), int(Outcome.NOT_CONVEX)
INF = np.inf


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


@inner
def alone(p, q, low, high):
    """The minimiser of ½px² + qx in [low, high]; infinite where there is none."""
    if p > 0.0:
        return min(max(-q / p, low), high)
    if q == 0.0:
        return min(max(0.0, low), high)
    return low if q > 0.0 else high


@inner
def settle(p, q, lb, ub, x):
    """Reduced cost and code of a variable at x, where q already bears the price of its row."""
    z = q + p * x
    if x == lb and x == ub:
        return z, LOWER
    if x == lb:
        return max(z, 0.0), LOWER
    if x == ub:
        return min(z, 0.0), UPPER
    return 0.0, BASIC


@inner
def check_columns(P_of, Ps, qs, lbs, ubs):
    """DONE where all numbers of the columns are usable, else what they are."""
    for j in range(len(P_of)):
        p = Ps[P_of[j]] if P_of[j] >= 0 else 0.0
        if not (lbs[j] <= ubs[j]) or lbs[j] == INF or ubs[j] == -INF:
            return CROSSED
        if not (abs(p) < INF) or not (abs(qs[j]) < INF):
            return INACCURATE
        if p < 0.0:
            return NOT_CONVEX
    return DONE


@inner
def gather(row_column, row_entry, P_of, Ps, qs, As, lbs, ubs, member, factor, p, q, low, high):
    """The variables of one row in units of a·x; returns how many have a ≠ 0, −1 where an a is not finite."""
    k = 0
    for e in range(len(row_column)):
        j = row_column[e]
        a = As[row_entry[e]]
        if not (abs(a) < INF):
            return -1
        if a != 0.0:
            member[k] = j
            factor[k] = a
            p[k] = Ps[P_of[j]] / a / a if P_of[j] >= 0 else 0.0
            q[k] = qs[j] / a
            low[k] = (lbs[j] if a > 0.0 else ubs[j]) * a
            high[k] = (ubs[j] if a > 0.0 else lbs[j]) * a
            k += 1
    return k


@inner
def mirror(k, p, q, low, high, pm, qm, lowm, highm):
    """The same row with all signs turned, so that walking down is walking up."""
    for v in range(k):
        pm[v] = p[v]
        qm[v] = -q[v]
        lowm[v] = -high[v]
        highm[v] = -low[v]


@njit(nogil=True, error_model="numpy", cache=writable())
def waterfill(
    row_start, row_column, row_entry, P_of, P, q, A, l, u, lb, ub, shared, x, y, z, objective, iterations, outcomes,
    codes,
):  # fmt: skip
    """All scenarios; row_start, row_column, row_entry: the variables of each row; P_of: place of P_jj or −1."""
    size, n = x.shape
    m = len(row_start) - 1
    entries = len(row_column)
    widest = 1
    for i in range(m):
        widest = max(widest, row_start[i + 1] - row_start[i])
    # one place per row and direction where the curves are shared, else one for all
    places = 2 * m if shared else 1
    kinks = np.empty((places, 2 * widest))
    before = np.empty((places, 2 * widest))
    after = np.empty((places, 2 * widest))
    slopes = np.empty((places, 2 * widest + 1))
    counts = np.full(places, -1)
    keys = np.empty(2 * widest)
    order = np.empty(2 * widest, np.int64)
    steps = np.empty(2 * widest)
    jumps = np.empty(2 * widest)
    pt = np.empty(entries)
    qt = np.empty(entries)
    low = np.empty(entries)
    high = np.empty(entries)
    member = np.empty(entries, np.int64)
    factor = np.empty(entries)
    kept = np.empty(m, np.int64)
    ends = np.empty((m, 4))
    pm = np.empty(widest)
    qm = np.empty(widest)
    lowm = np.empty(widest)
    highm = np.empty(widest)
    t = np.empty(widest)
    reached = np.zeros(n, np.int8)
    columns = DONE
    for s in range(size):
        qs = q[s if q.shape[0] > 1 else 0]
        Ps = P[s if P.shape[0] > 1 else 0]
        As = A[s if A.shape[0] > 1 else 0]
        ls = l[s if l.shape[0] > 1 else 0]
        us = u[s if u.shape[0] > 1 else 0]
        lbs = lb[s if lb.shape[0] > 1 else 0]
        ubs = ub[s if ub.shape[0] > 1 else 0]
        if s == 0 or not shared:
            columns = check_columns(P_of, Ps, qs, lbs, ubs)
            reached[:] = 0
            for i in range(m):
                b = row_start[i]
                e = row_start[i + 1]
                k = gather(
                    row_column[b:e], row_entry[b:e], P_of, Ps, qs, As, lbs, ubs, member[b:e], factor[b:e], pt[b:e],
                    qt[b:e], low[b:e], high[b:e],
                )  # fmt: skip
                kept[i] = max(k, 0)
                for v in range(b, b + kept[i]):
                    reached[member[v]] = 1
                if k < 0:
                    columns = INACCURATE
                    continue
                first, last = domain(pt[b:e], qt[b:e], low[b:e], high[b:e], k)
                begin = min(max(0.0, first), last)
                left, right = supply(pt[b:e], qt[b:e], low[b:e], high[b:e], k, begin)
                ends[i, 0], ends[i, 1], ends[i, 2], ends[i, 3] = first, last, left, right
        outcome = columns
        for i in range(m):
            if not (ls[i] <= us[i]) or ls[i] == INF or us[i] == -INF:
                outcome = CROSSED
        if outcome != DONE:
            outcomes[s] = outcome
            continue
        for j in range(n):
            p = Ps[P_of[j]] if P_of[j] >= 0 else 0.0
            if reached[j] == 0:
                x[s, j] = alone(p, qs[j], lbs[j], ubs[j])
                z[s, j], codes[s, j] = settle(p, qs[j], lbs[j], ubs[j], x[s, j])
        for i in range(m):
            y[s, i] = 0.0
            codes[s, n + i] = BASIC
        for i in range(m):
            b = row_start[i]
            k = kept[i]
            p_row = pt[b : b + k]
            q_row = qt[b : b + k]
            low_row = low[b : b + k]
            high_row = high[b : b + k]
            first, last, left, right = ends[i, 0], ends[i, 1], ends[i, 2], ends[i, 3]
            if first > last or (first > 0.0 and ls[i] == -INF) or (last < 0.0 and us[i] == INF):
                outcome = UNBOUNDED
                break
            begin = min(max(0.0, first), last)
            target_low = us[i] if begin < 0.0 else ls[i]
            target_high = ls[i] if begin > 0.0 else us[i]
            price = begin
            up = right < target_low
            if up or left > target_high:
                place = (2 * i + (0 if up else 1)) if shared else 0
                sign = 1.0 if up else -1.0
                target = target_low if up else target_high
                target_low = target
                target_high = target
                base = right if up else -left
                if counts[place] < 0 or not shared:
                    if up:
                        counts[place] = curve(
                            p_row, q_row, low_row, high_row, k, begin, base, keys, order, steps, jumps, kinks[place],
                            before[place], after[place], slopes[place],
                        )  # fmt: skip
                    else:
                        mirror(k, p_row, q_row, low_row, high_row, pm, qm, lowm, highm)
                        counts[place] = curve(
                            pm, qm, lowm, highm, k, -begin, base, keys, order, steps, jumps, kinks[place],
                            before[place], after[place], slopes[place],
                        )  # fmt: skip
                iterations[s] += counts[place]
                price = sign * clear(
                    sign * target, sign * begin, base, counts[place], kinks[place], before[place], after[place],
                    slopes[place],
                )  # fmt: skip
                if np.isnan(price):
                    outcome = INFEASIBLE
                    y[s] = 0.0
                    z[s] = 0.0
                    y[s, i] = sign
                    for v in range(b, b + k):
                        z[s, member[v]] = -sign * factor[v]
                    break
            price = pour(p_row, q_row, low_row, high_row, k, price, target_low, target_high, t)
            if np.isnan(price):
                outcome = INACCURATE
                break
            y[s, i] = price
            if price != 0.0:
                codes[s, n + i] = LOWER if price > 0.0 else UPPER
            for v in range(k):
                j = member[b + v]
                a = factor[b + v]
                if t[v] == low_row[v]:
                    value = lbs[j] if a > 0.0 else ubs[j]
                elif t[v] == high_row[v]:
                    value = ubs[j] if a > 0.0 else lbs[j]
                else:
                    value = t[v] / a
                x[s, j] = value
                p = Ps[P_of[j]] if P_of[j] >= 0 else 0.0
                z[s, j], codes[s, j] = settle(p, qs[j] - a * price, lbs[j], ubs[j], value)
        if outcome == DONE:
            total = 0.0
            for j in range(n):
                if not (abs(x[s, j]) < INF):
                    outcome = UNBOUNDED
                p = Ps[P_of[j]] if P_of[j] >= 0 else 0.0
                total += (0.5 * p * x[s, j] + qs[j]) * x[s, j]
                if lbs[j] == -INF and ubs[j] == INF and p == 0.0 and x[s, j] == 0.0:
                    codes[s, j] = ZERO
            objective[s] = total
        outcomes[s] = outcome
        if outcome != DONE:
            x[s] = np.nan
            objective[s] = np.nan
            if outcome != INFEASIBLE:
                y[s] = np.nan
                z[s] = np.nan
