# pyright: basic
"""Compiled loading of a scenario, and the check of a vertex on the data themselves."""

from saddlepoint.solve.kernels.answer import BASIC, LOWER, UPPER
from saddlepoint.solve.kernels.jit_dictionary import FIXED, INF, inner, summing, wrong


@inner
def scatter(n, head, nonbasic, side, xn, xb, point, codes):
    """Values and status codes of all variables in their own order."""
    for j in range(len(nonbasic)):
        point[nonbasic[j]] = xn[j]
        codes[nonbasic[j]] = LOWER if side[j] == FIXED else side[j]
    for i in range(len(head)):
        point[head[i]] = xb[i]
        codes[head[i]] = BASIC


@summing
def residuals(D, cost, point, prices, activity):
    """Activities Dx, and stationarity q − Dᵀy at 0…n−1 of prices, whose y stand at n…n+m−1."""
    m, n = D.shape
    for j in range(n):
        prices[j] = cost[j]
    for i in range(m):
        row = D[i]
        v = 0.0
        for j in range(n):
            v += row[j] * point[j]
        activity[i] = v
        f = prices[n + i]
        if f != 0.0:
            for j in range(n):
                prices[j] -= f * row[j]


@summing
def sizes(D, cost, point, prices, row_size, column_size):
    """What the terms of activities and of stationarity add up to in absolute value."""
    m, n = D.shape
    for j in range(n):
        column_size[j] = abs(cost[j])
    for i in range(m):
        row = D[i]
        v = 0.0
        f = abs(prices[n + i])
        for j in range(n):
            v += abs(row[j] * point[j])
            column_size[j] += f * abs(row[j])
        row_size[i] = v


@inner
def verify(D, lo, hi, cost, point, codes, prices, floor_p, floor_d, activity, row_size, column_size):
    """Whether the vertex holds on the data themselves: to a floor, or to 1e-9 of what a row or column adds up.

    prices: those of the rows come in at n…n+m−1; z = q − Dᵀy goes out at 0…n−1. Wrong signs within the tolerance
    become zero, basic columns within it are put on their bounds.
    """
    m, n = D.shape
    for i in range(n, n + m):
        if codes[i] == BASIC:
            prices[i] = 0.0
        elif lo[i] != hi[i] and wrong(prices[i], codes[i]) > 0.0:
            if not (wrong(prices[i], codes[i]) <= floor_d):
                return False
            prices[i] = 0.0
    residuals(D, cost, point, prices, activity)
    for try_ in range(2):
        if holds(
            lo, hi, point, codes, prices, floor_p, floor_d, activity, row_size, column_size, try_ * 1e-9
        ):
            break
        if try_ == 1:
            return False
        sizes(D, cost, point, prices, row_size, column_size)
    for j in range(n):
        if codes[j] == BASIC:
            prices[j] = 0.0
            point[j] = min(max(point[j], lo[j]), hi[j])
        elif lo[j] != hi[j] and wrong(prices[j], codes[j]) > 0.0:
            prices[j] = 0.0
    return True


@inner
def holds(lo, hi, point, codes, prices, floor_p, floor_d, activity, row_size, column_size, share):
    """Signs of z and bounds of basic columns and of all rows, within floor + share × size."""
    n = len(column_size)
    m = len(row_size)
    for j in range(n):
        slack = floor_d if share == 0.0 else share * column_size[j] + floor_d
        if codes[j] == BASIC:
            if not (abs(prices[j]) <= slack):
                return False
            slack = share * abs(point[j]) + floor_p
            if not (point[j] >= lo[j] - slack and point[j] <= hi[j] + slack):
                return False
        elif lo[j] != hi[j] and not (wrong(prices[j], codes[j]) <= slack):
            return False
    for i in range(m):
        slack = floor_p if share == 0.0 else share * row_size[i] + floor_p
        low = hi[n + i] if codes[n + i] == UPPER else lo[n + i]
        high = lo[n + i] if codes[n + i] == LOWER else hi[n + i]
        if not (activity[i] >= low - slack and activity[i] <= high + slack):
            return False
    return True


@inner
def load(s, q, l, u, lb, ub, row_scale, column_scale, lo, hi, cost):
    """Scaled bounds and costs of one scenario; returns the sizes of bounds and costs.

    The first is −1 where lo ≤ hi fails or a bound is not a number, the second NaN where a cost is not finite.
    """
    n = len(column_scale)
    m = len(row_scale)
    big_p = 0.0
    big_d = 0.0
    crossed = False
    qs = q[s if q.shape[0] > 1 else 0]
    lbs = lb[s if lb.shape[0] > 1 else 0]
    ubs = ub[s if ub.shape[0] > 1 else 0]
    ls = l[s if l.shape[0] > 1 else 0]
    us = u[s if u.shape[0] > 1 else 0]
    for j in range(n):
        c = column_scale[j]
        cost[j] = qs[j] * c
        lo[j] = lbs[j] / c
        hi[j] = ubs[j] / c
        big_d = max(big_d, abs(cost[j])) + 0.0 * cost[j]
    for i in range(m):
        cost[n + i] = 0.0
        lo[n + i] = ls[i] * row_scale[i]
        hi[n + i] = us[i] * row_scale[i]
    for v in range(n + m):
        if not (lo[v] <= hi[v]) or lo[v] == INF or hi[v] == -INF:
            crossed = True
        if lo[v] > -INF:
            big_p = max(big_p, abs(lo[v]))
        if hi[v] < INF:
            big_p = max(big_p, abs(hi[v]))
    return (-1.0 if crossed else big_p), big_d
