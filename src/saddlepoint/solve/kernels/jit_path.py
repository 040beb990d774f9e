# pyright: basic
"""Compiled path of principal pivots from a shifted to the true problem."""

from saddlepoint.solve.kernels.answer import BASIC, FIXED, LOWER, UPPER
from saddlepoint.solve.kernels.form import GOLDEN
from saddlepoint.solve.kernels.jit_codes import (
    DONE,
    INACCURATE,
    INF,
    INFEASIBLE,
    LIMIT,
    UNBOUNDED,
    inner,
)
from saddlepoint.solve.kernels.jit_pairs import column_now, exchange_pair, limits

FLAT = 1e-9
"""A diagonal entry below this is zero: the pair cannot be exchanged alone (as PIVOT of the simplex)."""


@inner
def shift(pair, state, sides, tol_p, tol_d):
    """Shift every dependent side by what makes it feasible.

    Shifts are a little larger than the violations, each by another share: ties along the path become unlikely.
    """
    kind, value = state.kind, state.value
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
        state.shift[k] = c
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
def first_to_stop(pair, state, sides, tau, floor_p, floor_d):
    """The position whose dependent side meets its limit first as the shifts shrink from tau: (position or −1, step).

    Of those that meet it at once the one with the largest shift.
    """
    kind, value, lo, hi = state.kind, state.value, sides.lo, sides.hi
    N = len(pair)
    k = -1
    step = tau
    strength = 0.0
    for i in range(N):
        c = state.shift[i]
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
def first_to_block(column, pair, state, sides, k, sign):
    """The pair that stops the independent side of k on its way: (position or −1, step, whether its side falls).

    Of those within a rounding of the least step the one with the largest entry.
    """
    kind, value, lo, hi = state.kind, state.value, sides.lo, sides.hi
    t = INF
    strength = 0.0
    r = -1
    falls = False
    for i in range(len(pair)):
        rate = sign * column[i]
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
def turn_alone(file, pair, state, sides, k, down):
    """Exchange pair k with itself; its column stands in `here`."""
    kind, known, value = state.kind, state.known, state.value
    new_kind, at_limit = arrival(k, pair, kind, sides.lo, sides.hi, down)
    value[k] = known[k]
    known[k] = at_limit
    kind[k] = new_kind
    exchange_pair(file, k, k, state.shift)


@inner
def turn_both(file, pair, state, sides, k, r, move, down, falls):
    """Exchange pairs k and r after the independent side of k, whose column stands in `here`, has moved until r stopped it; they change places."""
    kind, known, value = state.kind, state.known, state.value
    kind_k, known_k = arrival(k, pair, kind, sides.lo, sides.hi, down)
    kind_r, known_r = arrival(r, pair, kind, sides.lo, sides.hi, falls)
    value[r], value[k] = known[k] + move, known[r]
    known[r], known[k] = known_k, known_r
    kind[r], kind[k] = kind_k, kind_r
    exchange_pair(file, r, k, state.shift)
    column_now(file, r, file.here)
    exchange_pair(file, k, r, state.shift)
    pair[r], pair[k] = pair[k], pair[r]


@inner
def walk(file, pair, state, sides, limit, floor_p, floor_d):
    """Follow the shifts from 1 to 0. Returns (outcome, pivots, position, direction of its independent side).

    Parametric principal pivoting (Cottle, Pang & Stone 1992, § 4.4–4.5; Best 1996).
    """
    kind, known, value, shifts, column = state.kind, state.known, state.value, state.shift, file.here
    lo, hi = sides.lo, sides.hi
    N = len(pair)
    tau = 1.0
    for it in range(limit):
        k, step = first_to_stop(pair, state, sides, tau, floor_p, floor_d)
        for i in range(N):
            value[i] -= step * shifts[i]
        tau -= step
        if k < 0:
            return DONE, it, -1, 0.0
        down = shifts[k] > 0.0
        column_now(file, k, column)
        if column[k] > FLAT:
            turn_alone(file, pair, state, sides, k, down)
            continue
        sign = 1.0 if down else -1.0
        if column[k] < -1e-6:
            return INACCURATE, it, k, sign  # P is convex (`prepare`): what is left is rounding
        # the pair's own diagonal is flat: its independent side moves until another pair stops it
        far = hi[pair[k]] - lo[pair[k]] if kind[k] in (LOWER, UPPER) else INF
        r, t, falls = first_to_block(column, pair, state, sides, k, sign)
        if t == INF and far == INF:
            if (tau + 1e-12) * abs(shifts[k]) <= 10.0 * (floor_p if kind[k] == BASIC else floor_d):
                # stopped by rounding: a row implied by others, whose shift is as good as taken back
                shifts[k] = 0.0
                continue
            return (INFEASIBLE if kind[k] == BASIC else UNBOUNDED), it, k, sign
        move = sign * min(t, far)
        for i in range(N):
            value[i] += column[i] * move
        if far <= t:
            kind[k] = UPPER if kind[k] == LOWER else LOWER
            known[k] = hi[pair[k]] if kind[k] == UPPER else lo[pair[k]]
            value[k] = 0.0
        else:
            turn_both(file, pair, state, sides, k, r, move, down, falls)
    return LIMIT, limit, -1, 0.0
