# pyright: basic
"""Compiled convex quadratic programming: every scenario from the tableau of one known active set."""

import numpy as np
from numba import njit

from saddlepoint.solve.kernels.answer import BASIC, LOWER, UPPER, Outcome
from saddlepoint.solve.kernels.cache import writable
from saddlepoint.solve.kernels.jit_dictionary import fill, inner, summing
from saddlepoint.solve.kernels.jit_pairs import (
    FIXED,
    factor,
    fill_quadratic,
    is_convex,
    seat,
    shift,
    values,
    walk,
)
from saddlepoint.solve.kernels.jit_vertex import load

DONE, INFEASIBLE, UNBOUNDED = int(Outcome.DONE), int(Outcome.INFEASIBLE), int(Outcome.UNBOUNDED)
INACCURATE, CROSSED, NOT_CONVEX = int(Outcome.INACCURATE), int(Outcome.CROSSED), int(Outcome.NOT_CONVEX)


@inner
def spread(pair, kind, ind, val, point, prices, codes):
    """Values x, s into point, multipliers z, y into prices, both in the order of variables."""
    for k in range(len(pair)):
        v = pair[k]
        if kind[k] == BASIC:
            point[v] = val[k]
            prices[v] = 0.0
            codes[v] = BASIC
        else:
            point[v] = ind[k]
            prices[v] = val[k]
            codes[v] = LOWER if kind[k] == FIXED else kind[k]


@summing
def gradients(Q, D, cost, point, prices, z, activity):
    """z = Qx + q − Dᵀy and activities Dx."""
    m, n = D.shape
    for j in range(n):
        v = cost[j]
        row = Q[j]
        for k in range(n):
            v += row[k] * point[k]
        z[j] = v
    for i in range(m):
        row = D[i]
        v = 0.0
        f = prices[n + i]
        for j in range(n):
            v += row[j] * point[j]
            z[j] -= f * row[j]
        activity[i] = v


@summing
def magnitudes(Q, D, cost, point, prices, z_size, row_size):
    """What the terms of z and of the activities add up to in absolute value."""
    m, n = D.shape
    for j in range(n):
        v = abs(cost[j])
        row = Q[j]
        for k in range(n):
            v += abs(row[k] * point[k])
        z_size[j] = v
    for i in range(m):
        row = D[i]
        v = 0.0
        f = abs(prices[n + i])
        for j in range(n):
            v += abs(row[j] * point[j])
            z_size[j] += f * abs(row[j])
        row_size[i] = v


@summing
def refine(M, pair, kind, lo, hi, z, activity, val, source):
    """One correction of the dependent sides by the residuals on the data (iterative refinement)."""
    N = len(pair)
    n = len(z)
    for k in range(N):
        v = pair[k]
        source[k] = 0.0
        if v < n and kind[k] == BASIC:
            source[k] = -z[v]
        elif v >= n and kind[k] != BASIC:
            bound = hi[v] if kind[k] == UPPER else lo[v]
            source[k] = bound - activity[v - n]
    for i in range(N):
        row = M[i]
        v = 0.0
        for k in range(N):
            v += row[k] * source[k]
        val[i] += v


@inner
def holds(lo, hi, point, prices, codes, z, activity, z_size, row_size, floor_p, floor_d):
    """Optimality on the data: to 1e-9 of what each row and column adds up, above a floor. Cleans signs and bounds."""
    n = len(z)
    for j in range(n):
        slack = 1e-9 * z_size[j] + floor_d
        room = 1e-9 * abs(point[j]) + floor_p
        if not (point[j] >= lo[j] - room and point[j] <= hi[j] + room):
            return False
        if codes[j] == BASIC:
            if not (abs(z[j]) <= slack):
                return False
            z[j] = 0.0
            point[j] = min(max(point[j], lo[j]), hi[j])
        elif lo[j] < hi[j]:
            wrong = -z[j] if codes[j] == LOWER else (z[j] if codes[j] == UPPER else abs(z[j]))
            if not (wrong <= slack):
                return False
            if wrong > 0.0:
                z[j] = 0.0
    for i in range(len(activity)):
        v = n + i
        slack = 1e-9 * row_size[i] + floor_p
        low = hi[v] if codes[v] == UPPER else lo[v]
        high = lo[v] if codes[v] == LOWER else hi[v]
        if not (activity[i] >= low - slack and activity[i] <= high + slack):
            return False
        if codes[v] != BASIC and lo[v] < hi[v]:
            wrong = -prices[v] if codes[v] == LOWER else (prices[v] if codes[v] == UPPER else abs(prices[v]))
            if not (wrong <= floor_d):
                return False
            if wrong > 0.0:
                prices[v] = 0.0
    return True


@inner
def sizes_of(n, pair, kind, val, big_p, big_d):
    """Sizes of points and of multipliers, the values of the start among them."""
    for k in range(len(pair)):
        if kind[k] == BASIC:
            big_p = max(big_p, abs(val[k]))
        else:
            big_d = max(big_d, abs(val[k]))
    return big_p, big_d


@njit(nogil=True, error_model="numpy", cache=writable())
def qp(
    P_ptr, P_row, P, A_ptr, A_row, A, q, l, u, lb, ub, row_scale, column_scale, codes0, limit, x, y, z, objective,
    iterations, outcomes, codes,
):  # fmt: skip
    """Solve all scenarios; arrays as in Batch, C-contiguous; outputs are filled in place."""
    size = x.shape[0]
    n = len(column_scale)
    m = len(row_scale)
    N = n + m
    shared = A.shape[0] == 1 and P.shape[0] == 1
    Q = np.empty((n, n))
    work = np.empty((n, n))
    D = np.empty((m, n))
    M0 = np.empty((N, N + 1))
    M = np.empty((N, N + 1))
    pair0 = np.empty(N, np.int64)
    pair = np.empty(N, np.int64)
    turned0 = np.empty(N, np.bool_)
    turned = np.empty(N, np.bool_)
    kind = np.empty(N, np.int8)
    lo = np.empty(N)
    hi = np.empty(N)
    cost = np.empty(N)
    ind = np.empty(N)
    val = np.empty(N)
    source = np.empty(N)
    point = np.empty(N)
    prices = np.empty(N)
    code = np.empty(N, np.int8)
    zs = np.empty(n)
    activity = np.empty(m)
    z_size = np.empty(n)
    row_size = np.empty(m)
    spare = np.empty(N + 1)
    ready = DONE
    for s in range(size):
        if s == 0 or not shared:
            ready = DONE
            finite = fill(D, A_ptr, A_row, A[s if A.shape[0] > 1 else 0], row_scale, column_scale)
            if s == 0 or P.shape[0] > 1:
                finite &= fill_quadratic(Q, P_ptr, P_row, P[s if P.shape[0] > 1 else 0], column_scale)
                convex = is_convex(Q, work)
            if not finite:
                ready = INACCURATE
            elif not convex:
                ready = NOT_CONVEX
            else:
                factor(Q, D, M0, pair0, turned0, codes0, spare)
        big_p, big_d = load(s, q, l, u, lb, ub, row_scale, column_scale, lo, hi, cost)
        if big_p < 0.0 or np.isnan(big_d) or ready != DONE:
            outcomes[s] = CROSSED if big_p < 0.0 else (INACCURATE if ready == DONE else ready)
            continue
        outcome = INACCURATE
        where = -1
        sign = 0.0
        fresh = True
        code[:] = codes0
        for round_ in range(3):
            if round_ == 0:
                M[:, :] = M0
                pair[:] = pair0
                turned[:] = turned0
            elif fresh:
                factor(Q, D, M, pair, turned, code, spare)
            seat(n, pair, turned, code, lo, hi, kind, ind)
            values(M, n, pair, kind, ind, cost, val, source)
            if round_ == 0:
                big_p, big_d = sizes_of(n, pair, kind, val, big_p, big_d)
            outcome = DONE
            for _ in range(3):
                if not shift(M, n, pair, kind, lo, hi, val, 1e-11 * big_p, 1e-11 * big_d):
                    break
                outcome, pivots, where, sign = walk(
                    M, n, pair, kind, lo, hi, ind, val, limit, 1e-12 * big_p, 1e-12 * big_d, spare
                )
                iterations[s] += pivots
                if outcome != DONE:
                    break
                values(M, n, pair, kind, ind, cost, val, source)
            if outcome != DONE:
                break
            spread(pair, kind, ind, val, point, prices, code)
            gradients(Q, D, cost, point, prices, zs, activity)
            refine(M, pair, kind, lo, hi, zs, activity, val, source)
            spread(pair, kind, ind, val, point, prices, code)
            gradients(Q, D, cost, point, prices, zs, activity)
            magnitudes(Q, D, cost, point, prices, z_size, row_size)
            if holds(
                lo, hi, point, prices, code, zs, activity, z_size, row_size, 1e-12 * big_p, 1e-12 * big_d
            ):
                break
            outcome = INACCURATE
        if outcome in (INFEASIBLE, UNBOUNDED):
            point[:] = 0.0
            prices[:] = 0.0
            for k in range(N):
                if kind[k] == BASIC:
                    point[pair[k]] = sign * M[k, where]
                else:
                    prices[pair[k]] = sign * M[k, where]
            if kind[where] == BASIC:
                point[pair[where]] = 0.0
                prices[pair[where]] = sign
            else:
                prices[pair[where]] = 0.0
                point[pair[where]] = sign
            for j in range(n):
                zs[j] = prices[j]
        outcomes[s] = outcome
        if outcome in (DONE, UNBOUNDED):
            for j in range(n):
                x[s, j] = point[j] * column_scale[j]
        if outcome in (DONE, INFEASIBLE):
            for j in range(n):
                z[s, j] = zs[j] / column_scale[j]
            for i in range(m):
                y[s, i] = prices[n + i] * row_scale[i]
        if outcome == DONE:
            total = 0.0
            for j in range(n):
                v = cost[j]
                for k in range(n):
                    v += 0.5 * Q[j, k] * point[k]
                total += v * point[j]
            objective[s] = total
            codes[s] = code
