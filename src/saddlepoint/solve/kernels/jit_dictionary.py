# pyright: basic
"""Compiled parts of the dense bounded simplex on a dictionary, shared by the linear kernels.

Variables 0…n−1 are the columns, n…n+m−1 the row activities s = Ax, all with bounds [lo, hi]. A dictionary
(Chvátal 1983, ch. 2 and 8) writes the m basic ones by the n others: x_B = T x_N; the last row of T holds the reduced
costs d. There is no right-hand side: rows are bounds. Reduced costs of nonbasic rows are their prices.
"""

from typing import Any, NamedTuple

import numpy as np

from saddlepoint.solve.kernels.answer import BASIC, LOWER, UPPER, ZERO
from saddlepoint.solve.kernels.jit_codes import INF, at, inner, making, put, summing

PIVOT = 1e-9
"""Entries of a matrix scaled to 1 below this are what cancellation has left of zeros (16 digits less the growth)."""
SAFE = 0.03
"""A pivot of this size in its row bounds the growth of an elimination step by 1 + 1/0.03 (threshold pivoting, Duff,
Erisman & Reid 1986, § 5.4); smaller ones wait for complete pivoting."""
PINNED = BASIC
"""The side of a nonbasic variable with lo = hi: between LOWER 0 and UPPER 2, so that 1 − side, the way it may go, is 0."""


class Dictionary(NamedTuple):
    """T: (m + 1, n); head (m,), nonbasic (n,): variables of rows and columns; side (n,): where a nonbasic one stands;
    spare: (n,) to work in."""

    T: Any
    head: Any
    nonbasic: Any
    side: Any
    spare: Any


class Sides(NamedTuple):
    """One scenario in the kernel's scale: bounds lo, hi and cost of all variables, (n + m,) each."""

    lo: Any
    hi: Any
    cost: Any


class Standing(NamedTuple):
    """Values of the nonbasic variables (n,) and of the basic ones (m,)."""

    xn: Any
    xb: Any


@making
def blank_dictionary(n, m):
    return Dictionary(
        np.empty((m + 1, n)), np.empty(m, np.int64), np.empty(n, np.int64), np.empty(n, np.int8), np.empty(n)
    )


@making
def blank_sides(size):
    return Sides(np.empty(size), np.empty(size), np.empty(size))


@inner
def copy(source, target):
    """One dictionary into another."""
    put(source.T.reshape(-1), target.T.reshape(-1))
    put(source.head, target.head)
    put(source.nonbasic, target.nonbasic)
    put(source.side, target.side)


@summing
def pivot(T, r, k, spare):
    """Exchange basic row r with nonbasic column k in all rows of T.

    The pivot row is worked on in `spare`: what cannot overlap the others is vectorised. Column k comes last: a number that has just been written alone
    holds up those that are read beside it.
    """
    rows, n = T.shape
    p = 1.0 / T[r, k]
    for j in range(n):
        spare[j] = -p * T[r, j]
    spare[k] = 0.0
    for i in range(rows):
        f = T[i, k]
        if f != 0.0 and i != r:
            row = T[i]
            for j in range(n):
                row[j] += f * spare[j]
            T[i, k] = f * p
    for j in range(n):
        T[r, j] = spare[j]
    T[r, k] = p


@inner
def swap(dictionary, r, k):
    """Pivot, and let the two variables change places."""
    pivot(dictionary.T, r, k, dictionary.spare)
    head, nonbasic = dictionary.head, dictionary.nonbasic
    head[r], nonbasic[k] = nonbasic[k], head[r]


@inner
def fill(D, data, s):
    """The matrix RAC of scenario s, dense, (m, n); returns whether it is finite."""
    dense, place, scale, values = D.reshape(-1), data.A_place, data.A_scale, data.A[at(data.A, s)]
    if len(place) < len(dense):
        dense[:] = 0.0
    for e in range(len(place)):
        dense[place[e]] = values[e] * scale[e]
    return is_finite(values)


@summing
def sum_of_sizes(values):
    total = 0.0
    for e in range(len(values)):
        total += abs(values[e])
    return total


@inner
def is_finite(values):
    """Whether all numbers are finite. In a sum whose order is free no product by 0 may be compared with 0: LLVM 14 (numba 0.60) calls it 0 without looking."""
    return sum_of_sizes(values) < INF


@inner
def refactor(D, dictionary, codes):
    """The dictionary of the basis `codes` of the matrix D, without d; what would be singular stays out.

    Gauss–Jordan by rows where the pivot is safe, then complete pivoting among what is left.
    """
    m, n = D.shape
    T, head, nonbasic, side = dictionary.T, dictionary.head, dictionary.nonbasic, dictionary.side
    T[m] = 0.0
    for j in range(n):
        nonbasic[j] = j
    for i in range(m):
        put(D[i], T[i])
        head[i] = n + i
    for i in range(m):
        if codes[n + i] != BASIC:
            k = safest(T[i], nonbasic, codes, SAFE)
            if k >= 0:
                swap(dictionary, i, k)
    while True:
        r, k = largest(dictionary, codes)
        if r < 0:
            break
        swap(dictionary, r, k)
    for j in range(n):
        side[j] = LOWER if codes[nonbasic[j]] == BASIC else codes[nonbasic[j]]


@inner
def safest(row, nonbasic, codes, least):
    """The column with the largest entry of a row, above `least`, that is to become basic; −1 without."""
    k = -1
    n = len(row)
    for j in range(n):
        larger = (abs(row[j]) > least) & (nonbasic[j] < n) & (codes[nonbasic[j]] == BASIC)
        least = abs(row[j]) if larger else least
        k = j if larger else k
    return k


@inner
def largest(dictionary, codes):
    """Row and column of the largest pivot that still brings the basis nearer; −1 without."""
    T, head, nonbasic = dictionary.T, dictionary.head, dictionary.nonbasic
    best = PIVOT
    r, k = -1, -1
    for i in range(len(head)):
        if head[i] >= len(nonbasic) and codes[head[i]] != BASIC:
            j = safest(T[i], nonbasic, codes, best)
            if j >= 0:
                best = abs(T[i, j])
                r, k = i, j
    return r, k


@summing
def price(T, head, nonbasic, cost):
    """Reduced costs d = q_N + Σ q_B T into the last row of T, four rows at once."""
    m = T.shape[0] - 1
    n = T.shape[1]
    whole = m // 4 * 4
    d = T[m]
    for j in range(n):
        d[j] = cost[nonbasic[j]]
    for i in range(0, whole, 4):
        a, b, c, e = cost[head[i]], cost[head[i + 1]], cost[head[i + 2]], cost[head[i + 3]]
        first, second, third, fourth = T[i], T[i + 1], T[i + 2], T[i + 3]
        if a != 0.0 or b != 0.0 or c != 0.0 or e != 0.0:
            for j in range(n):
                d[j] += (a * first[j] + b * second[j]) + (c * third[j] + e * fourth[j])
    for i in range(whole, m):
        a, row = cost[head[i]], T[i]
        for j in range(n):
            d[j] += a * row[j]


@inner
def settle(dictionary, sides, xn, tolerance):
    """Nonbasic variables onto finite bounds; boxed ones onto the side their reduced cost likes."""
    T, nonbasic, side = dictionary.T, dictionary.nonbasic, dictionary.side
    lo, hi = sides.lo, sides.hi
    d = T[T.shape[0] - 1]
    for j in range(len(nonbasic)):
        low = lo[nonbasic[j]]
        high = hi[nonbasic[j]]
        if low == high:
            side[j] = PINNED
        elif low == -INF:
            side[j] = ZERO if high == INF else UPPER
        elif high == INF or d[j] > tolerance:
            side[j] = LOWER
        elif d[j] < -tolerance:
            side[j] = UPPER
        elif side[j] != UPPER:
            side[j] = LOWER
        xn[j] = 0.0 if side[j] == ZERO else (high if side[j] == UPPER else low)


@summing
def product(M, vector, target):
    """The first rows of M, as many as `target` has, by a vector, four at once: one reading of the vector, and sums that need not wait for each other."""
    rows, n = len(target), M.shape[1]
    whole = rows // 4 * 4
    for i in range(0, whole, 4):
        first, second, third, fourth = M[i], M[i + 1], M[i + 2], M[i + 3]
        a, b, c, d = 0.0, 0.0, 0.0, 0.0
        for j in range(n):
            v = vector[j]
            a += first[j] * v
            b += second[j] * v
            c += third[j] * v
            d += fourth[j] * v
        target[i], target[i + 1], target[i + 2], target[i + 3] = a, b, c, d
    for i in range(whole, rows):
        row = M[i]
        a = 0.0
        for j in range(n):
            a += row[j] * vector[j]
        target[i] = a


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
def exchange(dictionary, xn, xb, r, k, target, leaving_side):
    """Move the entering variable k until basic r stands at target, then pivot."""
    T = dictionary.T
    t = (target - xb[r]) / T[r, k]
    for i in range(len(xb)):
        xb[i] += T[i, k] * t
    entered = xn[k] + t
    swap(dictionary, r, k)
    xb[r] = entered
    xn[k] = target
    dictionary.side[k] = leaving_side


@inner
def flip(dictionary, sides, xn, xb, k):
    """Send a boxed nonbasic variable to its other bound."""
    v = dictionary.nonbasic[k]
    step = sides.hi[v] - sides.lo[v]
    if dictionary.side[k] == UPPER:
        step = -step
        dictionary.side[k] = LOWER
        xn[k] = sides.lo[v]
    else:
        dictionary.side[k] = UPPER
        xn[k] = sides.hi[v]
    T = dictionary.T
    for i in range(len(xb)):
        xb[i] += T[i, k] * step
