# pyright: basic
"""Compiled start of a tableau of pairs: the quadratic part, whether it is convex, and the pairs that a basis calls for exchanged."""

from saddlepoint.solve.kernels.answer import BASIC
from saddlepoint.solve.kernels.jit_codes import (
    at,
    inner,
    put,
)
from saddlepoint.solve.kernels.jit_dictionary import pivot
from saddlepoint.solve.kernels.jit_pairs import swap_pairs

STRONG = 1e-7
"""The least pivot of a start: weaker ones wait for the path, which needs them only if the solution does."""


@inner
def is_convex(Q, L):
    """Whether Q is positive semidefinite. A pivot that is rounding spoils the quick way where rank is missing: a no is asked again."""
    return _is_convex_in_turn(Q, L) or _is_convex_by_largest_pivots(Q, L)


@inner
def _is_convex_by_largest_pivots(Q, L):
    """Of an LDLᵀ that takes the largest diagonal entry first, what is left must be rounding (Higham 1990)."""
    n = Q.shape[0]
    put(Q.reshape(-1), L.reshape(-1))
    size = 0.0
    for _ in range(n):
        p = 0
        for j in range(n):
            if L[j, j] > L[p, p]:
                p = j
        d = L[p, p]
        size = max(size, d)
        if not (d > 1e-12 * size):
            break
        for i in range(n):
            f = L[i, p] / d
            if i != p and f != 0.0:
                for k in range(n):
                    L[i, k] -= f * L[p, k]
        for i in range(n):
            L[i, p] = 0.0
            L[p, i] = 0.0
    for i in range(n):
        if not (L[i, i] >= -1e-10 * size):
            return False
        for j in range(i):
            if not (abs(L[i, j]) <= 1e-7 * size):
                return False
    return True


@inner
def _is_convex_in_turn(Q, L):
    """By an LDLᵀ that stops at rounding (Golub & Van Loan 2013, § 4.2.8).

    A diagonal entry within 1e-12 of the largest counts as zero, and its column must then vanish, to the root of
    rounding; −1e-10 allows for what the elimination of n columns has added up.
    """
    n = Q.shape[0]
    put(Q.reshape(-1), L.reshape(-1))
    size = 0.0
    for j in range(n):
        size = max(size, abs(Q[j, j]))
    for j in range(n):
        d = L[j, j]
        if not (d >= -1e-10 * size):
            return False
        if d <= 1e-12 * size:
            for i in range(j + 1, n):
                if not (abs(L[i, j]) <= 1e-7 * size):
                    return False
            continue
        for i in range(j + 1, n):
            f = L[i, j] / d
            if f != 0.0:
                for k in range(j + 1, i + 1):
                    L[i, k] -= f * L[k, j]
    return True


@inner
def fill_quadratic(Q, data, s):
    """The symmetric scaled P of scenario s, dense, from its upper triangle; returns whether it is finite."""
    Q[:, :] = 0.0
    start, row, values, scale = data.P_start, data.P_row, data.P[at(data.P, s)], data.column_scale
    check = 0.0
    for j in range(Q.shape[1]):
        for e in range(start[j], start[j + 1]):
            i = row[e]
            v = values[e] * scale[i] * scale[j]
            Q[i, j] = v
            Q[j, i] = v
            check += 0.0 * values[e]
    return check == 0.0


@inner
def is_wanted(v, n, codes, turned):
    """Whether a pair is to be exchanged: a column that is basic, or a row that is not."""
    return not turned and (codes[v] == BASIC) == (v < n)


@inner
def alone(tableau, n, codes):
    """The wanted pair with the largest diagonal entry; −1 without a strong one."""
    M, pair, turned, _ = tableau
    best = STRONG
    r = -1
    for k in range(len(pair)):
        if is_wanted(pair[k], n, codes, turned[k]) and M[k, k] > best:
            best = M[k, k]
            r = k
    return r


@inner
def in_two(tableau, n, codes):
    """The two wanted pairs with the largest entry between them; −1 without a strong one."""
    M, pair, turned, _ = tableau
    best = STRONG
    r, c = -1, -1
    for k in range(len(pair)):
        if is_wanted(pair[k], n, codes, turned[k]):
            for i in range(len(pair)):
                if i != k and is_wanted(pair[i], n, codes, turned[i]) and abs(M[i, k]) > best:
                    best = abs(M[i, k])
                    r, c = i, k
    return r, c


@inner
def factor(Q, D, tableau, codes):
    """The tableau in which the columns that `codes` calls basic and the rows it does not are dependent on the rest.

    What would be singular stays as it was.
    """
    m, n = D.shape
    M, pair, turned, spare = tableau
    M[:, :] = 0.0
    for j in range(n):
        for k in range(n):
            M[j, k] = Q[j, k]
    for i in range(m):
        for j in range(n):
            M[n + i, j] = D[i, j]
            M[j, n + i] = -D[i, j]
    for k in range(n + m):
        pair[k] = k
        turned[k] = False
    while True:
        r = alone(tableau, n, codes)
        if r >= 0:
            pivot(M, r, r, spare)
            turned[r] = True
            continue
        r, c = in_two(tableau, n, codes)
        if r < 0:
            return
        swap_pairs(M, r, c, pair, spare)
        turned[r] = True
        turned[c] = True
