# pyright: basic
"""Compiled batch simplex: every scenario from the dictionary of one known basis."""

import numpy as np
from numba import njit

from saddlepoint.solve.kernels.answer import Outcome
from saddlepoint.solve.kernels.cache import writable
from saddlepoint.solve.kernels.jit_dictionary import fill, inner, price, refactor
from saddlepoint.solve.kernels.jit_phases import optimise
from saddlepoint.solve.kernels.jit_vertex import load, scatter, verify

DONE, INFEASIBLE, UNBOUNDED = int(Outcome.DONE), int(Outcome.INFEASIBLE), int(Outcome.UNBOUNDED)
INACCURATE, CROSSED = int(Outcome.INACCURATE), int(Outcome.CROSSED)
ROUNDS = 4


@inner
def prove(T, head, nonbasic, outcome, where, lo, hi, point, prices):
    """The Farkas vector of a row of the dictionary into prices, or the ray of a column into point."""
    m = T.shape[0] - 1
    n = T.shape[1]
    for v in range(n + m):
        point[v] = 0.0
        prices[v] = 0.0
    if outcome == INFEASIBLE:
        row, sign = (where, 1.0) if where >= 0 else (~where, -1.0)
        prices[head[row]] = sign
        for j in range(n):
            prices[nonbasic[j]] = -sign * T[row, j]
        # what is no larger than rounding on a side that does not exist is nothing
        for v in range(n + m):
            missing = (prices[v] > 0.0 and lo[v] == -np.inf) or (prices[v] < 0.0 and hi[v] == np.inf)
            if missing and abs(prices[v]) <= 1e-9:
                prices[v] = 0.0
    else:
        d = T[m, where]
        sign = -1.0 if d > 0.0 else 1.0
        point[nonbasic[where]] = sign
        for i in range(m):
            point[head[i]] = sign * T[i, where]


@njit(nogil=True, error_model="numpy", cache=writable())
def simplex(
    indptr,
    indices,
    A,
    q,
    l,
    u,
    lb,
    ub,
    row_scale,
    column_scale,
    codes0,
    limit,
    x,
    y,
    z,
    objective,
    iterations,
    outcomes,
    codes,
):
    """Solve all scenarios; arrays as in Batch, C-contiguous; outputs are filled in place."""
    size = x.shape[0]
    n = len(column_scale)
    m = len(row_scale)
    shared = A.shape[0] == 1
    D = np.empty((m, n))
    T0 = np.empty((m + 1, n))
    head0 = np.empty(m, np.int64)
    nonbasic0 = np.empty(n, np.int64)
    side0 = np.empty(n, np.int8)
    T = np.empty((m + 1, n))
    head = np.empty(m, np.int64)
    nonbasic = np.empty(n, np.int64)
    side = np.empty(n, np.int8)
    lo = np.empty(n + m)
    hi = np.empty(n + m)
    cost = np.empty(n + m)
    xn = np.empty(n)
    xb = np.empty(m)
    point = np.empty(n + m)
    prices = np.empty(n + m)
    code = np.empty(n + m, np.int8)
    activity = np.empty(m)
    row_size = np.empty(m)
    column_size = np.empty(n)
    candidates = np.empty(n, np.int64)
    ratios = np.empty(m)
    spare = np.empty(n)
    finite = True
    if shared:
        finite = fill(D, indptr, indices, A[0], row_scale, column_scale)
        refactor(D, T0, head0, nonbasic0, side0, codes0, spare)
    for s in range(size):
        big_p, big_d = load(s, q, l, u, lb, ub, row_scale, column_scale, lo, hi, cost)
        if big_p < 0.0:
            outcomes[s] = CROSSED
            continue
        if not shared:
            finite = fill(D, indptr, indices, A[s], row_scale, column_scale)
        if not finite or np.isnan(big_d):
            outcomes[s] = INACCURATE
            continue
        if shared:
            T[:, :] = T0
            head[:] = head0
            nonbasic[:] = nonbasic0
            side[:] = side0
        else:
            refactor(D, T, head, nonbasic, side, codes0, spare)
        total = 0
        outcome = INACCURATE
        sharp = 1e-11
        for _ in range(ROUNDS):
            price(T, head, nonbasic, cost)
            outcome, pivots, where = optimise(
                T,
                head,
                nonbasic,
                side,
                lo,
                hi,
                cost,
                xn,
                xb,
                sharp * big_p,
                sharp * big_d,
                limit,
                candidates,
                ratios,
                spare,
            )
            total += pivots
            if outcome in (INFEASIBLE, UNBOUNDED):
                prove(T, head, nonbasic, outcome, where, lo, hi, point, prices)
                break
            if outcome != DONE:
                break
            scatter(n, head, nonbasic, side, xn, xb, point, code)
            for v in range(n + m):
                prices[v] = 0.0
            for j in range(n):
                prices[nonbasic[j]] = T[m, j]
            if verify(
                D,
                lo,
                hi,
                cost,
                point,
                code,
                prices,
                1e-13 * big_p,
                1e-13 * big_d,
                activity,
                row_size,
                column_size,
            ):
                break
            outcome = INACCURATE
            sharp *= 1e-2
            refactor(D, T, head, nonbasic, side, code, spare)
        iterations[s] = total
        outcomes[s] = outcome
        if outcome in (DONE, UNBOUNDED):
            for j in range(n):
                x[s, j] = point[j] * column_scale[j]
        if outcome in (DONE, INFEASIBLE):
            for j in range(n):
                z[s, j] = prices[j] / column_scale[j]
            for i in range(m):
                y[s, i] = prices[n + i] * row_scale[i]
        if outcome == DONE:
            total_cost = 0.0
            for j in range(n):
                total_cost += cost[j] * point[j]
            objective[s] = total_cost
            for v in range(n + m):
                codes[s, v] = code[v]
