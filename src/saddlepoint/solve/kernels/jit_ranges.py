# pyright: basic
"""Compiled ranging: how far one number may move before the optimal basis, and with it the prices, changes."""

import numpy as np
from numba import njit

from saddlepoint.solve.kernels.answer import LOWER, UPPER
from saddlepoint.solve.kernels.cache import writable
from saddlepoint.solve.kernels.jit_dictionary import FIXED, basics, fill, place, price, refactor
from saddlepoint.solve.kernels.jit_vertex import load

INF = np.inf


@njit(nogil=True, error_model="numpy", cache=writable())
def ranges(
    indptr, indices, A, q, l, u, lb, ub, row_scale, column_scale, codes, done, lower_of, upper_of, cost_of
):
    """Intervals of the lower side, upper side (S, n + m, 2) and cost (S, n, 2), in the kernel's scale."""
    n = len(column_scale)
    m = len(row_scale)
    D = np.empty((m, n))
    T = np.empty((m + 1, n))
    head = np.empty(m, np.int64)
    nonbasic = np.empty(n, np.int64)
    side = np.empty(n, np.int8)
    lo = np.empty(n + m)
    hi = np.empty(n + m)
    cost = np.empty(n + m)
    xn = np.empty(n)
    xb = np.empty(m)
    spare = np.empty(n)
    for s in range(len(done)):
        if not done[s]:
            continue
        if s == 0 or A.shape[0] > 1:
            fill(D, indptr, indices, A[s if A.shape[0] > 1 else 0], row_scale, column_scale)
        big_p, big_d = load(s, q, l, u, lb, ub, row_scale, column_scale, lo, hi, cost)
        refactor(D, T, head, nonbasic, side, codes[s], spare)
        price(T, head, nonbasic, cost)
        place(T, nonbasic, side, lo, hi, xn, INF)
        basics(T, xn, xb)
        tiny_p = 1e-11 * big_p
        tiny_d = 1e-11 * big_d
        d = T[m]
        for j in range(n):
            v = nonbasic[j]
            down = -INF
            up = INF
            for i in range(m):
                a = T[i, j]
                if abs(a) > 1e-11:
                    to_lo = min(lo[head[i]] - xb[i] + 0.0, 0.0) / a
                    to_hi = max(hi[head[i]] - xb[i], 0.0) / a
                    if abs(lo[head[i]] - xb[i]) <= tiny_p:
                        to_lo = 0.0
                    if abs(hi[head[i]] - xb[i]) <= tiny_p:
                        to_hi = 0.0
                    down = max(down, min(to_lo, to_hi))
                    up = min(up, max(to_lo, to_hi))
            here = xn[j]
            if side[j] == FIXED:
                lower_of[s, v, 0] = upper_of[s, v, 0] = here + down
                lower_of[s, v, 1] = upper_of[s, v, 1] = here + up
            elif side[j] == LOWER:
                lower_of[s, v, 0] = here + down
                lower_of[s, v, 1] = min(here + up, hi[v])
                if hi[v] < INF:
                    upper_of[s, v, 0] = here
                    upper_of[s, v, 1] = INF
            elif side[j] == UPPER:
                upper_of[s, v, 0] = max(here + down, lo[v])
                upper_of[s, v, 1] = here + up
                if lo[v] > -INF:
                    lower_of[s, v, 0] = -INF
                    lower_of[s, v, 1] = here
            if v < n:
                cost_of[s, v, 0] = -INF
                cost_of[s, v, 1] = INF
                if side[j] == LOWER:
                    cost_of[s, v, 0] = cost[v] - max(d[j], 0.0)
                elif side[j] == UPPER:
                    cost_of[s, v, 1] = cost[v] - min(d[j], 0.0)
                elif side[j] != FIXED:
                    cost_of[s, v, 0] = cost_of[s, v, 1] = cost[v]
        for i in range(m):
            v = head[i]
            if lo[v] > -INF:
                lower_of[s, v, 0] = -INF
                lower_of[s, v, 1] = xb[i]
            if hi[v] < INF:
                upper_of[s, v, 0] = xb[i]
                upper_of[s, v, 1] = INF
            if v < n:
                down = -INF
                up = INF
                for j in range(n):
                    a = T[i, j]
                    if side[j] != FIXED and abs(a) > 1e-11:
                        here = 0.0 if abs(d[j]) <= tiny_d else -d[j] / a
                        # d_j + δ a keeps its sign: δ ≥ −d_j/a where a pushes with the sign, δ ≤ −d_j/a against it
                        if (side[j] != UPPER and a > 0.0) or (side[j] != LOWER and a < 0.0):
                            down = max(down, here)
                        if (side[j] != UPPER and a < 0.0) or (side[j] != LOWER and a > 0.0):
                            up = min(up, here)
                cost_of[s, v, 0] = cost[v] + down
                cost_of[s, v, 1] = cost[v] + up
