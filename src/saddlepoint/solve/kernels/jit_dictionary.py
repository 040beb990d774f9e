# pyright: basic
"""Compiled parts of the dense bounded simplex on a dictionary, shared by the linear kernels.

Variables 0…n−1 are the columns, n…n+m−1 the row activities s = Ax, all with bounds [lo, hi]. A dictionary
(Chvátal 1983, ch. 2 and 8) writes the m basic ones by the n others: x_B = T x_N; the last row of T holds the reduced
costs d. There is no right-hand side: rows are bounds. Reduced costs of nonbasic rows are their prices.
"""

import numpy as np
from numba import njit

from saddlepoint.solve.kernels.answer import BASIC, LOWER, UPPER, ZERO, Outcome

inner = njit(nogil=True, error_model="numpy")
summing = njit(nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})

DONE, INFEASIBLE, UNBOUNDED, LIMIT = (
    int(Outcome.DONE),
    int(Outcome.INFEASIBLE),
    int(Outcome.UNBOUNDED),
    int(Outcome.LIMIT),
)
PIVOT = 1e-9
INF = np.inf


@inner
def pivot(T, r, k):
    """Exchange basic row r with nonbasic column k in all rows of T."""
    rows, n = T.shape
    p = 1.0 / T[r, k]
    pivot_row = T[r]
    for j in range(n):
        pivot_row[j] *= -p
    pivot_row[k] = p
    for i in range(rows):
        if i != r:
            f = T[i, k]
            if f != 0.0:
                T[i, k] = 0.0
                row = T[i]
                for j in range(n):
                    row[j] += f * pivot_row[j]


@inner
def fill(T, indptr, indices, values, row_scale, column_scale, head, nonbasic):
    """The dictionary of the slack basis: T = RAC, d = 0."""
    m = T.shape[0] - 1
    n = T.shape[1]
    T[:, :] = 0.0
    for j in range(n):
        nonbasic[j] = j
        for e in range(indptr[j], indptr[j + 1]):
            T[indices[e], j] = values[e] * row_scale[indices[e]] * column_scale[j]
    for i in range(m):
        head[i] = n + i


@inner
def refactor(T, head, nonbasic, codes):
    """Pivot the columns that `codes` calls basic into the slack dictionary; what would be singular stays out.

    Complete pivoting among wanted columns and leaving rows. The dictionary must be the one of `fill`.
    """
    m = T.shape[0] - 1
    n = T.shape[1]
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
            return
        pivot(T, r, k)
        head[r], nonbasic[k] = nonbasic[k], head[r]


@inner
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
        if low == -INF:
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
def is_optimal(T, nonbasic, side, lo, hi, tolerance):
    d = T[T.shape[0] - 1]
    for j in range(len(nonbasic)):
        if wrong(d[j], side[j]) > tolerance and lo[nonbasic[j]] != hi[nonbasic[j]]:
            return False
    return True


@inner
def wrong(d, side):
    """By how much a reduced cost has the sign that invites its variable to move; ≤ 0 when it has not."""
    if side == LOWER:
        return -d
    if side == UPPER:
        return d
    return abs(d)


@inner
def exchange(T, head, nonbasic, side, xn, xb, r, k, target, leaving_side):
    """Move the entering variable k until basic r stands at target, then pivot."""
    m = T.shape[0] - 1
    t = (target - xb[r]) / T[r, k]
    for i in range(m):
        xb[i] += T[i, k] * t
    entered = xn[k] + t
    pivot(T, r, k)
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
def dual(T, head, nonbasic, side, lo, hi, xn, xb, tol_p, tol_d, limit, candidates):
    """Dual simplex with bound flipping (Maros 2003) and Harris' ratio test, after mirroring wrong reduced costs.

    Returns (outcome, pivots, row): DONE when primal feasible, INFEASIBLE with the row that proves it.
    """
    m = T.shape[0] - 1
    n = T.shape[1]
    d = T[m]
    for j in range(n):
        if wrong(d[j], side[j]) > 0.0 and lo[nonbasic[j]] != hi[nonbasic[j]]:
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
            a = sign * row[j]
            if ((a > PIVOT and side[j] != UPPER) or (a < -PIVOT and side[j] != LOWER)) and lo[
                nonbasic[j]
            ] != hi[nonbasic[j]]:
                candidates[count] = j
                count += 1
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
            return INFEASIBLE, it, r
        if wrong(d[k], side[k]) > 0.0:
            d[k] = 0.0
        stall = stall + 1 if abs(d[k]) <= tol_d else 0
        exchange(T, head, nonbasic, side, xn, xb, r, k, lo[v] if up else hi[v], LOWER if up else UPPER)
    return LIMIT, limit, -1


@inner
def primal(T, head, nonbasic, side, lo, hi, xn, xb, tol_p, tol_d, limit):
    """Primal simplex, Dantzig's rule, Harris' ratio test, Bland's rule after a stall.

    Returns (outcome, pivots, column): DONE when dual feasible, UNBOUNDED with the column of the ray.
    """
    m = T.shape[0] - 1
    n = T.shape[1]
    d = T[m]
    stall = 0
    for it in range(limit):
        bland = stall > m + n
        k = -1
        worst = tol_d
        for j in range(n):
            w = wrong(d[j], side[j])
            if w > tol_d and lo[nonbasic[j]] != hi[nonbasic[j]]:
                if bland:
                    if k < 0 or nonbasic[j] < nonbasic[k]:
                        k = j
                elif w > worst:
                    worst = w
                    k = j
        if k < 0:
            return DONE, it, -1
        sign = 1.0 if d[k] < 0.0 else -1.0
        room = hi[nonbasic[k]] - lo[nonbasic[k]]
        slack = 0.0 if bland else tol_p
        bound = INF
        for i in range(m):
            a = sign * T[i, k]
            if a > PIVOT:
                bound = min(bound, (max(hi[head[i]] - xb[i], 0.0) + slack) / a)
            elif a < -PIVOT:
                bound = min(bound, (min(lo[head[i]] - xb[i], 0.0) - slack) / a)
        if bound == INF and room == INF:
            return UNBOUNDED, it, k
        r = -1
        big = 0.0
        step = INF
        for i in range(m):
            a = sign * T[i, k]
            if abs(a) > PIVOT:
                gap = max(hi[head[i]] - xb[i], 0.0) if a > 0.0 else min(lo[head[i]] - xb[i], 0.0)
                ratio = gap / a
                if ratio <= bound and bound < INF:
                    if bland:
                        if r < 0 or head[i] < head[r]:
                            r = i
                            step = ratio
                    elif abs(a) > big:
                        big = abs(a)
                        r = i
                        step = ratio
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
        exchange(T, head, nonbasic, side, xn, xb, r, k, target, UPPER if upper else LOWER)
    return LIMIT, limit, -1


@inner
def optimise(T, head, nonbasic, side, lo, hi, cost, xn, xb, tol_p, tol_d, limit, candidates):
    """From a dictionary with d priced: dual simplex if primal infeasible, then primal simplex.

    Returns (outcome, pivots, row or column of the proof).
    """
    place(T, nonbasic, side, lo, hi, xn, tol_d)
    basics(T, xn, xb)
    pivots = 0
    if not is_feasible(head, lo, hi, xb, tol_p):
        outcome, pivots, where = dual(
            T, head, nonbasic, side, lo, hi, xn, xb, tol_p, tol_d, limit, candidates
        )
        if outcome != DONE:
            return outcome, pivots, where
        price(T, head, nonbasic, cost)
    if is_optimal(T, nonbasic, side, lo, hi, tol_d):
        return DONE, pivots, -1
    outcome, more, where = primal(T, head, nonbasic, side, lo, hi, xn, xb, tol_p, tol_d, limit)
    return outcome, pivots + more, where


@inner
def scatter(n, head, nonbasic, side, xn, xb, point, codes):
    """Values and status codes of all variables in their own order."""
    for j in range(len(nonbasic)):
        point[nonbasic[j]] = xn[j]
        codes[nonbasic[j]] = side[j]
    for i in range(len(head)):
        point[head[i]] = xb[i]
        codes[head[i]] = BASIC


@inner
def verify(
    indptr, indices, values, row_scale, column_scale, lo, hi, cost, point, codes, price_of, floor_p, floor_d, work
):
    """Whether the vertex holds on the data themselves, to 1e-9 of what each row and column adds up.

    price_of: prices of the rows come in at n…n+m−1; stationarity z = q − Aᵀy goes out at 0…n−1. Wrong signs
    within the tolerance become zero, basic values within it are put on their bounds.
    """
    n = len(indptr) - 1
    m = len(lo) - n
    for i in range(2 * m):
        work[i] = 0.0
    for i in range(n, n + m):
        if not (price_of[i] >= -floor_d or hi[i] < INF) or not (price_of[i] <= floor_d or lo[i] > -INF):
            return False
        if codes[i] == BASIC:
            price_of[i] = 0.0
        elif lo[i] != hi[i] and wrong(price_of[i], codes[i]) > 0.0:
            if wrong(price_of[i], codes[i]) > floor_d:
                return False
            price_of[i] = 0.0
    for j in range(n):
        x = point[j]
        z = cost[j]
        size = abs(z)
        for e in range(indptr[j], indptr[j + 1]):
            i = indices[e]
            a = values[e] * row_scale[i] * column_scale[j]
            work[i] += a * x
            work[m + i] += abs(a * x)
            z -= a * price_of[n + i]
            size += abs(a * price_of[n + i])
        slack = 1e-9 * size + floor_d
        if codes[j] == BASIC:
            if not (abs(z) <= slack):
                return False
            z = 0.0
            slack = 1e-9 * abs(x) + floor_p
            if not (x >= lo[j] - slack and x <= hi[j] + slack):
                return False
            point[j] = min(max(x, lo[j]), hi[j])
        elif lo[j] != hi[j]:
            w = wrong(z, codes[j])
            if not (w <= slack):
                return False
            if w > 0.0:
                z = 0.0
        price_of[j] = z
    for i in range(m):
        slack = 1e-9 * work[m + i] + floor_p
        if codes[n + i] == LOWER:
            low = lo[n + i]
            high = low
        elif codes[n + i] == UPPER:
            high = hi[n + i]
            low = high
        else:
            low = lo[n + i]
            high = hi[n + i]
        if not (work[i] >= low - slack and work[i] <= high + slack):
            return False
    return True


@inner
def load(s, q, l, u, lb, ub, row_scale, column_scale, lo, hi, cost):
    """Scaled bounds and costs of one scenario; returns the sizes of bounds and costs, −1 where lo > hi."""
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
        big_d = max(big_d, abs(cost[j]))
    for i in range(m):
        cost[n + i] = 0.0
        lo[n + i] = ls[i] * row_scale[i]
        hi[n + i] = us[i] * row_scale[i]
    for v in range(n + m):
        if lo[v] > hi[v]:
            crossed = True
        if lo[v] > -INF:
            big_p = max(big_p, abs(lo[v]))
        if hi[v] < INF:
            big_p = max(big_p, abs(hi[v]))
    return (-1.0 if crossed else big_p), big_d
