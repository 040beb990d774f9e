# pyright: basic
"""Compiled water-filling: separable convex quadratic costs, every variable in at most one row."""

import numpy as np
from numba import njit

from saddlepoint.solve.kernels.answer import BASIC, LOWER, UPPER, ZERO, Outcome
from saddlepoint.solve.kernels.cache import writable
from saddlepoint.solve.kernels.jit_dictionary import INF, inner
from saddlepoint.solve.kernels.jit_supply import clear, curve, domain, pour, supply

DONE, INFEASIBLE, UNBOUNDED = int(Outcome.DONE), int(Outcome.INFEASIBLE), int(Outcome.UNBOUNDED)
INACCURATE, CROSSED, NOT_CONVEX = int(Outcome.INACCURATE), int(Outcome.CROSSED), int(Outcome.NOT_CONVEX)


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
