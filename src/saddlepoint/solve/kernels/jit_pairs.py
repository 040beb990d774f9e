# pyright: basic
"""Compiled tableau of complementary pairs, and the path of principal pivots from a shifted to the true problem.

Pairs k: a column (x_k, z_k) or a row (s_i = A_i x, y_i), with z = Px + q − Aᵀy. Of each pair one side is independent
and known (x or s at a bound, y or z zero), the other dependent: dep = M·ind, M positive semidefinite in any state.
"""

from typing import Any, NamedTuple

import numpy as np

from saddlepoint.solve.kernels.answer import BASIC, LOWER, UPPER, ZERO
from saddlepoint.solve.kernels.jit_codes import (
    DONE,
    INACCURATE,
    INF,
    INFEASIBLE,
    LIMIT,
    UNBOUNDED,
    at,
    inner,
    making,
    put,
    summing,
)
from saddlepoint.solve.kernels.jit_dictionary import pivot

FIXED = 4
"""The state of a pair whose known side has lo = hi: beside the codes of a basis, because its multiplier is free."""
FLAT = 1e-9
"""A diagonal entry below this is zero: the pair cannot be exchanged alone (as PIVOT of the simplex)."""
STRONG = 1e-7
"""The least pivot of a start: weaker ones wait for the path, which needs them only if the solution does."""
GOLDEN = 0.6180339887498949
"""Multiples of it, without their whole parts, are spread most evenly over (0, 1) (Weyl 1916)."""


class Tableau(NamedTuple):
    """M: (N, N + 1), the last column holds the shifts; pair (N,): which pair stands where; turned (N,): whether it has been
    exchanged; spare: (N + 1,) to work in."""

    M: Any
    pair: Any
    turned: Any
    spare: Any


class PositionState(NamedTuple):
    """Of every position (N,): kind (a code of a basis or FIXED), the known side, the dependent side, and a vector to work in."""

    kind: Any
    known: Any
    value: Any
    source: Any


@making
def blank_tableau(size):
    return Tableau(
        np.empty((size, size + 1)), np.empty(size, np.int64), np.empty(size, np.bool_), np.empty(size + 1)
    )


@making
def blank_state(size):
    return PositionState(np.empty(size, np.int8), np.empty(size), np.empty(size), np.empty(size))


@inner
def copy_tableau(source, target):
    put(source.M.reshape(-1), target.M.reshape(-1))
    put(source.pair, target.pair)
    put(source.turned, target.turned)


@inner
def is_convex(Q, L):
    """Whether Q is positive semidefinite, by an LDLᵀ that stops at rounding (Golub & Van Loan 2013, § 4.2.8).

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
def swap_pairs(M, r, k, pair, spare):
    """Exchange two pairs at once where a diagonal entry is zero; they change places."""
    pivot(M, r, k, spare)
    pivot(M, k, r, spare)
    pair[r], pair[k] = pair[k], pair[r]


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


@inner
def seat(n, tableau, codes, sides, state):
    """The state of each position and the value of its independent side, on bounds that exist."""
    pair, turned, lo, hi = tableau.pair, tableau.turned, sides.lo, sides.hi
    kind, known = state.kind, state.known
    for k in range(len(pair)):
        v = pair[k]
        if turned[k] == (v < n):
            kind[k] = BASIC
            known[k] = 0.0
            continue
        if lo[v] == hi[v]:
            kind[k] = FIXED
        elif lo[v] == -INF and hi[v] == INF:
            kind[k] = ZERO
        elif lo[v] == -INF or (codes[v] == UPPER and hi[v] < INF):
            kind[k] = UPPER
        else:
            kind[k] = LOWER
        known[k] = hi[v] if kind[k] == UPPER else (0.0 if kind[k] == ZERO else lo[v])


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
def values(tableau, state, cost):
    """All dependent sides on the true data: dep = M·ind, costs carried along."""
    M, pair = tableau.M, tableau.pair
    kind, known, value, source = state
    N = len(pair)
    for k in range(N):
        source[k] = -cost[pair[k]] if kind[k] == BASIC else known[k]
    for i in range(N):
        row = M[i]
        v = 0.0
        for k in range(N):
            v += row[k] * source[k]
        if kind[i] != BASIC:
            v += cost[pair[i]]
        value[i] = v


@inner
def is_solved(tableau, state, sides, tol_p, tol_d):
    """Whether every dependent side lies between its limits."""
    pair, kind, value, lo, hi = tableau.pair, state.kind, state.value, sides.lo, sides.hi
    for k in range(len(pair)):
        low, high = limits(kind[k], lo[pair[k]], hi[pair[k]])
        tolerance = tol_p if kind[k] == BASIC else tol_d
        if not (value[k] >= low - tolerance and value[k] <= high + tolerance):
            return False
    return True


@inner
def shift(tableau, state, sides, tol_p, tol_d):
    """Put into the last column of M what makes every dependent side feasible.

    Shifts are a little larger than the violations, each by another share: ties along the path become unlikely.
    """
    M, pair, kind, value = tableau.M, tableau.pair, state.kind, state.value
    lo, hi = sides.lo, sides.hi
    N = len(pair)
    share = 0.5
    for k in range(N):
        share = (share + GOLDEN) % 1.0
        low, high = limits(kind[k], lo[pair[k]], hi[pair[k]])
        tolerance = tol_p if kind[k] == BASIC else tol_d
        room = 0.5 * (high - low)
        c = 0.0
        if value[k] < low + tolerance:
            missing = low - value[k]
            c = missing + min(room, excess(missing, share, tolerance))
        elif value[k] > high - tolerance:
            missing = value[k] - high
            c = -missing - min(room, excess(missing, share, tolerance))
        if room == 0.0 and abs(c) <= tolerance:
            c = 0.0
        M[k, N] = c
        value[k] += c


@inner
def excess(missing, share, tolerance):
    """By how much a shift goes past its limit."""
    return (0.1 + 0.2 * share) * max(missing, 0.0) + 1e3 * (1 + share) * tolerance


@inner
def arrival(k, pair, kind, lo, hi, down):
    """The state in which the dependent side of position k becomes the known one at its limit: (kind, value)."""
    v = pair[k]
    if kind[k] != BASIC:
        return BASIC, 0.0
    if lo[v] == hi[v]:
        return FIXED, lo[v]
    if down:
        return LOWER, lo[v]
    return UPPER, hi[v]


@inner
def first_to_stop(M, pair, state, sides, tau, floor_p, floor_d):
    """The position whose dependent side meets its limit first as the shifts shrink from tau: (position or −1, step).

    Of those that meet it at once the one with the largest shift.
    """
    kind, value, lo, hi = state.kind, state.value, sides.lo, sides.hi
    N = len(pair)
    k = -1
    step = tau
    strength = 0.0
    for i in range(N):
        c = M[i, N]
        if abs(c) > (floor_p if kind[i] == BASIC else floor_d):
            low, high = limits(kind[i], lo[pair[i]], hi[pair[i]])
            gap = value[i] - low if c > 0.0 else high - value[i]
            t = max(gap, 0.0) / abs(c)
            if t < step or (t == step and k >= 0 and abs(c) > strength):
                step = t
                k = i
                strength = abs(c)
    return k, step


@inner
def first_to_block(M, pair, state, sides, k, sign):
    """The pair that stops the independent side of k on its way: (position or −1, step, whether its side falls).

    Of those within a rounding of the least step the one with the largest entry.
    """
    kind, value, lo, hi = state.kind, state.value, sides.lo, sides.hi
    t = INF
    strength = 0.0
    r = -1
    falls = False
    for i in range(len(pair)):
        rate = sign * M[i, k]
        if i != k and abs(rate) > FLAT:
            low, high = limits(kind[i], lo[pair[i]], hi[pair[i]])
            gap = value[i] - low if rate < 0.0 else high - value[i]
            ratio = max(gap, 0.0) / abs(rate)
            if ratio == INF:
                continue
            if t == INF or ratio < t - 1e-12 * t or (ratio <= t * (1.0 + 1e-12) and abs(rate) > strength):
                t = min(ratio, t)
                r = i
                strength = abs(rate)
                falls = rate < 0.0
    return r, t, falls


@inner
def turn_alone(tableau, state, sides, k, down):
    """Exchange pair k with itself."""
    M, pair, _, spare = tableau
    kind, known, value = state.kind, state.known, state.value
    new_kind, at_limit = arrival(k, pair, kind, sides.lo, sides.hi, down)
    value[k] = known[k]
    known[k] = at_limit
    kind[k] = new_kind
    pivot(M, k, k, spare)


@inner
def turn_both(tableau, state, sides, k, r, move, down, falls):
    """Exchange pairs k and r after the independent side of k has moved until r stopped it."""
    M, pair, _, spare = tableau
    kind, known, value = state.kind, state.known, state.value
    kind_k, known_k = arrival(k, pair, kind, sides.lo, sides.hi, down)
    kind_r, known_r = arrival(r, pair, kind, sides.lo, sides.hi, falls)
    value[r], value[k] = known[k] + move, known[r]
    known[r], known[k] = known_k, known_r
    kind[r], kind[k] = kind_k, kind_r
    swap_pairs(M, r, k, pair, spare)


@inner
def walk(tableau, state, sides, limit, floor_p, floor_d):
    """Follow the shifts from 1 to 0. Returns (outcome, pivots, position, direction of its independent side).

    Parametric principal pivoting (Cottle, Pang & Stone 1992, § 4.4–4.5; Best 1996).
    """
    M, pair = tableau.M, tableau.pair
    kind, known, value = state.kind, state.known, state.value
    lo, hi = sides.lo, sides.hi
    N = len(pair)
    tau = 1.0
    for it in range(limit):
        k, step = first_to_stop(M, pair, state, sides, tau, floor_p, floor_d)
        for i in range(N):
            value[i] -= step * M[i, N]
        tau -= step
        if k < 0:
            return DONE, it, -1, 0.0
        down = M[k, N] > 0.0
        if M[k, k] > FLAT:
            turn_alone(tableau, state, sides, k, down)
            continue
        sign = 1.0 if down else -1.0
        if M[k, k] < -1e-6:
            return INACCURATE, it, k, sign  # P is convex (`prepare`): what is left is rounding
        # the pair's own diagonal is flat: its independent side moves until another pair stops it
        far = hi[pair[k]] - lo[pair[k]] if kind[k] in (LOWER, UPPER) else INF
        r, t, falls = first_to_block(M, pair, state, sides, k, sign)
        if t == INF and far == INF:
            if (tau + 1e-12) * abs(M[k, N]) <= 10.0 * (floor_p if kind[k] == BASIC else floor_d):
                # stopped by rounding: a row implied by others, whose shift is as good as taken back
                M[k, N] = 0.0
                continue
            return (INFEASIBLE if kind[k] == BASIC else UNBOUNDED), it, k, sign
        move = sign * min(t, far)
        for i in range(N):
            value[i] += M[i, k] * move
        if far <= t:
            kind[k] = UPPER if kind[k] == LOWER else LOWER
            known[k] = hi[pair[k]] if kind[k] == UPPER else lo[pair[k]]
            value[k] = 0.0
        else:
            turn_both(tableau, state, sides, k, r, move, down, falls)
    return LIMIT, limit, -1, 0.0
