# pyright: basic
"""Compiled parts of the dense bounded simplex on a dictionary, shared by the linear kernels.

Variables 0…n−1 are the columns, n…n+m−1 the row activities s = Ax, all with bounds [lo, hi]. A dictionary
(Chvátal 1983, ch. 2 and 8) writes the m basic ones by the n others: x_B = T x_N; the last row of T holds the reduced
costs d. There is no right-hand side: rows are bounds. Reduced costs of nonbasic rows are their prices.
"""

import numpy as np
from numba import njit

from saddlepoint.solve.kernels.answer import BASIC, LOWER, UPPER, ZERO, Outcome

QUIET = {"nogil": True, "error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
inner = njit(**QUIET)
summing = njit(fastmath={"reassoc", "contract", "nsz"}, **QUIET)

DONE, INFEASIBLE, UNBOUNDED, LIMIT = (
    int(Outcome.DONE),
    int(Outcome.INFEASIBLE),
    int(Outcome.UNBOUNDED),
    int(Outcome.LIMIT),
)
PIVOT = 1e-9
SAFE = 0.03
INF = np.inf
FIXED = BASIC  # the side of a nonbasic variable with lo = hi, so that 1 − side is the way it may go


@summing
def pivot(T, r, k, spare):
    """Exchange basic row r with nonbasic column k in all rows of T.

    The pivot row is worked on in `spare`: what cannot overlap the others is vectorised.
    """
    rows, n = T.shape
    p = 1.0 / T[r, k]
    for j in range(n):
        spare[j] = -p * T[r, j]
    spare[k] = p
    for i in range(rows):
        f = T[i, k]
        if f != 0.0 and i != r:
            T[i, k] = 0.0
            row = T[i]
            for j in range(n):
                row[j] += f * spare[j]
    for j in range(n):
        T[r, j] = spare[j]


@inner
def fill(D, indptr, indices, values, row_scale, column_scale):
    """The matrix RAC, dense, (m, n); returns whether it is finite."""
    D[:, :] = 0.0
    check = 0.0
    for j in range(D.shape[1]):
        c = column_scale[j]
        for e in range(indptr[j], indptr[j + 1]):
            D[indices[e], j] = values[e] * row_scale[indices[e]] * c
            check += 0.0 * values[e]
    return check == 0.0


@inner
def refactor(D, T, head, nonbasic, side, codes, spare):
    """The dictionary of the basis `codes` of the matrix D, without d; what would be singular stays out.

    Gauss–Jordan by rows where the pivot is safe, then complete pivoting among what is left.
    """
    m, n = D.shape
    T[:m] = D
    T[m] = 0.0
    for j in range(n):
        nonbasic[j] = j
    for i in range(m):
        head[i] = n + i
    for i in range(m):
        if codes[n + i] != BASIC:
            best = SAFE
            k = -1
            row = T[i]
            for j in range(n):
                if nonbasic[j] < n and abs(row[j]) > best and codes[nonbasic[j]] == BASIC:
                    best = abs(row[j])
                    k = j
            if k >= 0:
                pivot(T, i, k, spare)
                head[i], nonbasic[k] = nonbasic[k], head[i]
    while True:
        best = PIVOT
        r = -1
        k = -1
        for i in range(m):
            if head[i] >= n and codes[head[i]] != BASIC:
                row = T[i]
                for j in range(n):
                    if nonbasic[j] < n and codes[nonbasic[j]] == BASIC and abs(row[j]) > best:
                        best = abs(row[j])
                        r = i
                        k = j
        if r < 0:
            break
        pivot(T, r, k, spare)
        head[r], nonbasic[k] = nonbasic[k], head[r]
    for j in range(n):
        side[j] = LOWER if codes[nonbasic[j]] == BASIC else codes[nonbasic[j]]


@summing
def price(T, head, nonbasic, cost):
    """Reduced costs d = q_N + Σ q_B T into the last row of T."""
    m = T.shape[0] - 1
    n = T.shape[1]
    d = T[m]
    for j in range(n):
        d[j] = cost[nonbasic[j]]
    for i in range(m):
        f = cost[head[i]]
        if f != 0.0:
            row = T[i]
            for j in range(n):
                d[j] += f * row[j]


@inner
def place(T, nonbasic, side, lo, hi, xn, tolerance):
    """Nonbasic variables onto finite bounds; boxed ones onto the side their reduced cost likes."""
    m = T.shape[0] - 1
    d = T[m]
    for j in range(len(nonbasic)):
        low = lo[nonbasic[j]]
        high = hi[nonbasic[j]]
        if low == high:
            side[j] = FIXED
            xn[j] = low
        elif low == -INF:
            if high == INF:
                side[j] = ZERO
                xn[j] = 0.0
            else:
                side[j] = UPPER
                xn[j] = high
        elif high == INF:
            side[j] = LOWER
            xn[j] = low
        else:
            if d[j] > tolerance:
                side[j] = LOWER
            elif d[j] < -tolerance:
                side[j] = UPPER
            elif side[j] != UPPER:
                side[j] = LOWER
            xn[j] = high if side[j] == UPPER else low


@summing
def basics(T, xn, xb):
    """x_B = T x_N."""
    m = T.shape[0] - 1
    for i in range(m):
        row = T[i]
        v = 0.0
        for j in range(len(xn)):
            v += row[j] * xn[j]
        xb[i] = v


@inner
def is_feasible(head, lo, hi, xb, tolerance):
    for i in range(len(head)):
        v = head[i]
        if not (xb[i] >= lo[v] - tolerance and xb[i] <= hi[v] + tolerance):
            return False
    return True


@inner
def entering(T, nonbasic, side, tolerance, bland):
    """The column with the most wrong reduced cost (the first variable by number under Bland's rule), or −1."""
    d = T[T.shape[0] - 1]
    k = -1
    if bland:
        for j in range(len(side)):
            if wrong(d[j], side[j]) > tolerance and (k < 0 or nonbasic[j] < nonbasic[k]):
                k = j
        return k
    worst = tolerance
    for j in range(len(side)):
        w = wrong(d[j], side[j])
        if w > worst:
            worst = w
            k = j
    return k


@inner
def wrong(d, side):
    """By how much a reduced cost has the sign that invites its variable to move; ≤ 0 when it has not."""
    return abs(d) if side == ZERO else d * (side - 1)


@inner
def exchange(T, head, nonbasic, side, xn, xb, r, k, target, leaving_side, spare):
    """Move the entering variable k until basic r stands at target, then pivot."""
    m = T.shape[0] - 1
    t = (target - xb[r]) / T[r, k]
    for i in range(m):
        xb[i] += T[i, k] * t
    entered = xn[k] + t
    pivot(T, r, k, spare)
    head[r], nonbasic[k] = nonbasic[k], head[r]
    xb[r] = entered
    xn[k] = target
    side[k] = leaving_side


@inner
def flip(T, nonbasic, side, lo, hi, xn, xb, k):
    """Send a boxed nonbasic variable to its other bound."""
    v = nonbasic[k]
    step = hi[v] - lo[v]
    if side[k] == UPPER:
        step = -step
        side[k] = LOWER
        xn[k] = lo[v]
    else:
        side[k] = UPPER
        xn[k] = hi[v]
    for i in range(len(xb)):
        xb[i] += T[i, k] * step


@inner
def leaving_row(head, lo, hi, xb, tolerance, bland):
    """The most infeasible basic row (the first variable by number under Bland's rule), or −1."""
    r = -1
    worst = tolerance
    for i in range(len(head)):
        v = head[i]
        excess = max(lo[v] - xb[i], xb[i] - hi[v])
        if excess > tolerance:
            if bland:
                if r < 0 or v < head[r]:
                    r = i
            elif excess > worst:
                worst = excess
                r = i
    return r


@inner
def dual(T, head, nonbasic, side, lo, hi, xn, xb, tol_p, tol_d, limit, candidates, spare):
    """Dual simplex with bound flipping (Maros 2003) and Harris' ratio test, after mirroring wrong reduced costs.

    Returns (outcome, pivots, row): DONE when primal feasible, INFEASIBLE with the row that proves it
    (its complement ~row where the row stands above its upper side).
    """
    m = T.shape[0] - 1
    n = T.shape[1]
    d = T[m]
    for j in range(n):
        if wrong(d[j], side[j]) > 0.0:
            # mirrored rather than zeroed: zeros would make every dual step degenerate
            d[j] = 0.0 if side[j] == ZERO else -d[j]
    stall = 0
    for it in range(limit):
        bland = stall > m + n
        r = leaving_row(head, lo, hi, xb, tol_p, bland)
        if r < 0:
            return DONE, it, -1
        v = head[r]
        up = xb[r] < lo[v]
        row = T[r]
        sign = 1.0 if up else -1.0
        slope = lo[v] - xb[r] if up else xb[r] - hi[v]
        count = 0
        for j in range(n):
            a = abs(row[j]) if side[j] == ZERO else sign * row[j] * (1 - side[j])
            candidates[count] = j
            count += a > PIVOT
        k = -1
        while count > 0:
            slack = 0.0 if bland else tol_d
            bound = INF
            for c in range(count):
                j = candidates[c]
                bound = min(bound, (max(-wrong(d[j], side[j]), 0.0) + slack) / abs(row[j]))
            drop = 0.0
            big = 0.0
            rest = 0
            for c in range(count):
                j = candidates[c]
                a = abs(row[j])
                if max(-wrong(d[j], side[j]), 0.0) <= bound * a:
                    drop += a * (hi[nonbasic[j]] - lo[nonbasic[j]])
                    if bland:
                        if k < 0 or nonbasic[j] < nonbasic[k]:
                            k = j
                    elif a > big:
                        big = a
                        k = j
            if bland or slope - drop <= tol_p:
                break
            for c in range(count):
                j = candidates[c]
                if max(-wrong(d[j], side[j]), 0.0) <= bound * abs(row[j]):
                    flip(T, nonbasic, side, lo, hi, xn, xb, j)
                else:
                    candidates[rest] = j
                    rest += 1
            slope -= drop
            count = rest
            k = -1
        if k < 0:
            return INFEASIBLE, it, r if up else ~r
        if wrong(d[k], side[k]) > 0.0:
            d[k] = 0.0
        stall = stall + 1 if abs(d[k]) <= tol_d else 0
        exchange(T, head, nonbasic, side, xn, xb, r, k, lo[v] if up else hi[v], LOWER if up else UPPER, spare)
    return LIMIT, limit, -1


@inner
def primal(T, head, nonbasic, side, lo, hi, xn, xb, tol_p, tol_d, limit, ratios, spare):
    """Primal simplex, Dantzig's rule, Harris' ratio test, Bland's rule after a stall.

    Returns (outcome, pivots, column): DONE when dual feasible, UNBOUNDED with the column of the ray.
    """
    m = T.shape[0] - 1
    n = T.shape[1]
    d = T[m]
    stall = 0
    for it in range(limit):
        bland = stall > m + n
        k = entering(T, nonbasic, side, tol_d, bland)
        if k < 0:
            return DONE, it, -1
        sign = 1.0 if d[k] < 0.0 else -1.0
        room = hi[nonbasic[k]] - lo[nonbasic[k]]
        slack = 0.0 if bland else tol_p
        bound = INF
        for i in range(m):
            a = sign * T[i, k]
            gap = max(hi[head[i]] - xb[i] if a > 0.0 else xb[i] - lo[head[i]], 0.0) + slack
            ratios[i] = gap / abs(a) if abs(a) > PIVOT else INF
            bound = min(bound, ratios[i])
        if bound == INF and room == INF:
            return UNBOUNDED, it, k
        r = -1
        big = 0.0
        step = INF
        for i in range(m):
            a = abs(T[i, k])
            ratio = ratios[i] - slack / a
            if a > PIVOT and ratio <= bound < INF:
                if bland:
                    if r < 0 or head[i] < head[r]:
                        r = i
                        step = ratio
                elif a > big:
                    big = a
                    r = i
                    step = ratio
        step = max(step, 0.0)
        if room <= step:
            flip(T, nonbasic, side, lo, hi, xn, xb, k)
            stall = 0
            continue
        stall = stall + 1 if step * abs(d[k]) <= tol_p * tol_d else 0
        upper = sign * T[r, k] > 0.0
        target = hi[head[r]] if upper else lo[head[r]]
        # a basic variable past its bound within the tolerance leaves where it stands: no step backwards
        if (target - xb[r]) * T[r, k] * sign < 0.0:
            xb[r] = target
        exchange(T, head, nonbasic, side, xn, xb, r, k, target, UPPER if upper else LOWER, spare)
    return LIMIT, limit, -1


@inner
def optimise(T, head, nonbasic, side, lo, hi, cost, xn, xb, tol_p, tol_d, limit, candidates, ratios, spare):
    """From a dictionary with d priced: dual simplex if primal infeasible, then primal simplex.

    Returns (outcome, pivots, row or column of the proof).
    """
    place(T, nonbasic, side, lo, hi, xn, tol_d)
    basics(T, xn, xb)
    pivots = 0
    if not is_feasible(head, lo, hi, xb, tol_p):
        outcome, pivots, where = dual(
            T, head, nonbasic, side, lo, hi, xn, xb, tol_p, tol_d, limit, candidates, spare
        )
        if outcome != DONE:
            return outcome, pivots, where
        price(T, head, nonbasic, cost)
    if entering(T, nonbasic, side, tol_d, False) < 0:
        return DONE, pivots, -1
    outcome, more, where = primal(T, head, nonbasic, side, lo, hi, xn, xb, tol_p, tol_d, limit, ratios, spare)
    return outcome, pivots + more, where


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
