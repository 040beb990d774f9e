# pyright: basic
"""Compiled tableau of complementary pairs, and the path of principal pivots from a shifted to the true problem.

Pairs k: a column (x_k, z_k) or a row (s_i = A_i x, y_i), with z = Px + q − Aᵀy. Of each pair one side is independent
and known (x or s at a bound, y or z zero), the other dependent: dep = M·ind, M positive semidefinite in any state.
"""

from saddlepoint.solve.kernels.answer import BASIC, LOWER, UPPER, ZERO, Outcome
from saddlepoint.solve.kernels.jit_dictionary import INF, inner, pivot, summing

DONE, INFEASIBLE, UNBOUNDED = int(Outcome.DONE), int(Outcome.INFEASIBLE), int(Outcome.UNBOUNDED)
LIMIT, NOT_CONVEX = int(Outcome.LIMIT), int(Outcome.NOT_CONVEX)
FIXED = 4
FLAT = 1e-9


@inner
def is_convex(Q, L):
    """Whether Q is positive semidefinite, by an LDLᵀ that stops at rounding."""
    n = Q.shape[0]
    L[:, :] = Q
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
def fill_quadratic(Q, indptr, indices, values, column_scale):
    """The symmetric scaled P, dense, from its upper triangle; returns whether it is finite."""
    Q[:, :] = 0.0
    check = 0.0
    for j in range(Q.shape[1]):
        for e in range(indptr[j], indptr[j + 1]):
            i = indices[e]
            v = values[e] * column_scale[i] * column_scale[j]
            Q[i, j] = v
            Q[j, i] = v
            check += 0.0 * values[e]
    return check == 0.0


@inner
def swap_pairs(M, r, k, pair, spare):
    """Exchange two pairs at once where a diagonal entry is zero; they change places."""
    pivot(M, r, k, spare)
    pivot(M, k, r, spare)
    pair[r], pair[k] = pair[k], pair[r]


@inner
def factor(Q, D, M, pair, turned, codes, spare):
    """The tableau in which the columns that `codes` calls basic and the rows it does not are dependent on the rest.

    turned: per position, whether its pair has been exchanged; what would be singular stays as it was.
    """
    m, n = D.shape
    N = n + m
    M[:, :] = 0.0
    M[:n, :n] = Q
    for i in range(m):
        for j in range(n):
            M[n + i, j] = D[i, j]
            M[j, n + i] = -D[i, j]
    for k in range(N):
        pair[k] = k
        turned[k] = False
    while True:
        best = 1e-7
        r = -1
        for k in range(N):
            wanted = (codes[pair[k]] == BASIC) == (pair[k] < n)
            if wanted and not turned[k] and M[k, k] > best:
                best = M[k, k]
                r = k
        if r >= 0:
            pivot(M, r, r, spare)
            turned[r] = True
            continue
        best = 1e-7
        c = -1
        for k in range(N):
            if not turned[k] and (codes[pair[k]] == BASIC) == (pair[k] < n):
                for i in range(N):
                    if (
                        not turned[i]
                        and (codes[pair[i]] == BASIC) == (pair[i] < n)
                        and abs(M[i, k]) > best
                        and i != k
                    ):
                        best = abs(M[i, k])
                        r = i
                        c = k
        if r < 0:
            return
        swap_pairs(M, r, c, pair, spare)
        turned[r] = True
        turned[c] = True


@inner
def seat(n, pair, turned, codes, lo, hi, kind, ind):
    """The state of each position and the value of its independent side, on bounds that exist."""
    for k in range(len(pair)):
        v = pair[k]
        if turned[k] == (v < n):
            kind[k] = BASIC
            ind[k] = 0.0
            continue
        if lo[v] == hi[v]:
            kind[k] = FIXED
        elif lo[v] == -INF and hi[v] == INF:
            kind[k] = ZERO
        elif lo[v] == -INF or (codes[v] == UPPER and hi[v] < INF):
            kind[k] = UPPER
        else:
            kind[k] = LOWER
        ind[k] = hi[v] if kind[k] == UPPER else (0.0 if kind[k] == ZERO else lo[v])


@inner
def limits(kind, low, high):
    """Between what the dependent side of a pair must lie."""
    if kind == BASIC:
        return low, high
    if kind == LOWER:
        return 0.0, INF
    if kind == UPPER:
        return -INF, 0.0
    if kind == FIXED:
        return -INF, INF
    return 0.0, 0.0


@summing
def values(M, n, pair, kind, ind, cost, val, source):
    """All dependent sides on the true data: dep = M·ind, costs carried along."""
    N = len(pair)
    for k in range(N):
        source[k] = -cost[pair[k]] if kind[k] == BASIC else ind[k]
    for i in range(N):
        row = M[i]
        v = 0.0
        for k in range(N):
            v += row[k] * source[k]
        if kind[i] != BASIC:
            v += cost[pair[i]]
        val[i] = v


@inner
def shift(M, n, pair, kind, lo, hi, val, tol_p, tol_d):
    """Put into the last column of M what makes every dependent side feasible; returns whether anything was not.

    Shifts are a little larger than the violations, each by another share: ties along the path become unlikely.
    """
    N = len(pair)
    wrong = False
    for k in range(N):
        low, high = limits(kind[k], lo[pair[k]], hi[pair[k]])
        primal = kind[k] == BASIC
        tolerance = tol_p if primal else tol_d
        if not (val[k] >= low - tolerance and val[k] <= high + tolerance):
            wrong = True
    if not wrong:
        return False
    share = 0.5
    for k in range(N):
        share = (share + 0.6180339887498949) % 1.0
        low, high = limits(kind[k], lo[pair[k]], hi[pair[k]])
        tolerance = tol_p if kind[k] == BASIC else tol_d
        room = 0.5 * (high - low)
        c = 0.0
        if val[k] < low + tolerance:
            c = (
                low
                - val[k]
                + min(room, (0.1 + 0.2 * share) * max(low - val[k], 0.0) + 1e3 * (1 + share) * tolerance)
            )
        elif val[k] > high - tolerance:
            c = (
                high
                - val[k]
                - min(room, (0.1 + 0.2 * share) * max(val[k] - high, 0.0) + 1e3 * (1 + share) * tolerance)
            )
        if room == 0.0 and abs(c) <= tolerance:
            c = 0.0
        M[k, N] = c
        val[k] += c
    return True


@inner
def put(k, pair, kind, ind, val, lo, hi, down):
    """The dependent side of position k has reached its limit and becomes the known one; returns (kind, value)."""
    v = pair[k]
    if kind[k] != BASIC:
        return BASIC, 0.0
    if lo[v] == hi[v]:
        return FIXED, lo[v]
    if down:
        return LOWER, lo[v]
    return UPPER, hi[v]


@inner
def walk(M, n, pair, kind, lo, hi, ind, val, limit, floor_p, floor_d, spare):
    """Follow the shifts from 1 to 0. Returns (outcome, pivots, position, direction of its independent side).

    Parametric principal pivoting (Cottle, Pang & Stone 1992, § 4.4–4.5; Best 1996).
    """
    N = len(pair)
    tau = 1.0
    for it in range(limit):
        k = -1
        step = tau
        strength = 0.0
        for i in range(N):
            c = M[i, N]
            if abs(c) > (floor_p if kind[i] == BASIC else floor_d):
                low, high = limits(kind[i], lo[pair[i]], hi[pair[i]])
                gap = val[i] - low if c > 0.0 else high - val[i]
                t = max(gap, 0.0) / abs(c)
                if t < step or (t == step and k >= 0 and abs(c) > strength):
                    step = t
                    k = i
                    strength = abs(c)
        for i in range(N):
            val[i] -= step * M[i, N]
        tau -= step
        if k < 0:
            return DONE, it, -1, 0.0
        down = M[k, N] > 0.0
        if M[k, k] > FLAT:
            new_kind, known = put(k, pair, kind, ind, val, lo, hi, down)
            val[k] = ind[k]
            ind[k] = known
            kind[k] = new_kind
            pivot(M, k, k, spare)
            continue
        sign = 1.0 if down else -1.0
        if M[k, k] < -1e-6:
            return NOT_CONVEX, it, k, sign
        # the pair's own diagonal is flat: its independent side moves until another pair stops it
        far = hi[pair[k]] - lo[pair[k]] if kind[k] in (LOWER, UPPER) else INF
        t = INF
        strength = 0.0
        r = -1
        falls = False
        for i in range(N):
            rate = sign * M[i, k]
            if i != k and abs(rate) > FLAT:
                low, high = limits(kind[i], lo[pair[i]], hi[pair[i]])
                gap = val[i] - low if rate < 0.0 else high - val[i]
                ratio = max(gap, 0.0) / abs(rate)
                if ratio == INF:
                    continue
                if t == INF or ratio < t - 1e-12 * t or (ratio <= t * (1.0 + 1e-12) and abs(rate) > strength):
                    t = min(ratio, t)
                    r = i
                    strength = abs(rate)
                    falls = rate < 0.0
        if (
            t == INF
            and far == INF
            and (tau + 1e-12) * abs(M[k, N]) <= 10.0 * (floor_p if kind[k] == BASIC else floor_d)
        ):
            # stopped by rounding: a row implied by others, whose shift is as good as taken back
            M[k, N] = 0.0
            continue
        if t == INF and far == INF:
            return (INFEASIBLE if kind[k] == BASIC else UNBOUNDED), it, k, sign
        move = min(t, far)
        for i in range(N):
            val[i] += M[i, k] * sign * move
        if far <= t:
            kind[k] = UPPER if kind[k] == LOWER else LOWER
            ind[k] = hi[pair[k]] if kind[k] == UPPER else lo[pair[k]]
            val[k] = 0.0
            continue
        kind_k, known_k = put(k, pair, kind, ind, val, lo, hi, down)
        kind_r, known_r = put(r, pair, kind, ind, val, lo, hi, falls)
        val[r], val[k] = ind[k] + sign * move, ind[r]
        ind[r], ind[k] = known_k, known_r
        kind[r], kind[k] = kind_k, kind_r
        swap_pairs(M, r, k, pair, spare)
    return LIMIT, limit, -1, 0.0
