# pyright: basic
"""Compiled parts of the dense bounded simplex on a dictionary, shared by the linear kernels.

Variables 0…n−1 are the columns, n…n+m−1 the row activities s = Ax, all with bounds [lo, hi]. A dictionary
(Chvátal 1983, ch. 2 and 8) writes the m basic ones by the n others: x_B = T x_N; the last row of T holds the reduced
costs d. There is no right-hand side: rows are bounds. Reduced costs of nonbasic rows are their prices.
"""

import numpy as np
from numba import njit

from saddlepoint.solve.kernels.answer import BASIC, LOWER, UPPER, ZERO

QUIET = {"nogil": True, "error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
inner = njit(**QUIET)
summing = njit(fastmath={"reassoc", "contract", "nsz"}, **QUIET)

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
