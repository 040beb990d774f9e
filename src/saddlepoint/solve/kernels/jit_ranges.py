# pyright: basic
"""Compiled ranging: how far one number may move before the optimal basis, and with it the prices, changes."""

from numba import njit

from saddlepoint.solve.kernels.answer import LOWER, UPPER
from saddlepoint.solve.kernels.cache import writable
from saddlepoint.solve.kernels.jit_codes import INF, inner
from saddlepoint.solve.kernels.jit_dictionary import PINNED, basics, fill, price, refactor, settle
from saddlepoint.solve.kernels.jit_vertex import SHARP, blank_room, load_scenario


@inner
def room_for(j, room, tiny):
    """How far nonbasic variable j may move down and up before a basic one meets a bound."""
    dictionary, lo, hi, xb = room.dictionary, room.sides.lo, room.sides.hi, room.standing.xb
    down, up = -INF, INF
    for i in range(len(xb)):
        a = dictionary.T[i, j]
        if abs(a) > SHARP:
            v = dictionary.head[i]
            to_lo = 0.0 if abs(lo[v] - xb[i]) <= tiny else min(lo[v] - xb[i], 0.0) / a
            to_hi = 0.0 if abs(hi[v] - xb[i]) <= tiny else max(hi[v] - xb[i], 0.0) / a
            down = max(down, min(to_lo, to_hi))
            up = min(up, max(to_lo, to_hi))
    return down, up


@inner
def of_nonbasic(j, room, tiny, lower, upper, cost):
    """Intervals of the bounds and of the cost of nonbasic variable j."""
    v, side, here = room.dictionary.nonbasic[j], room.dictionary.side[j], room.standing.xn[j]
    lo, hi = room.sides.lo[v], room.sides.hi[v]
    down, up = room_for(j, room, tiny)
    if side == PINNED:
        lower[v, 0] = upper[v, 0] = here + down
        lower[v, 1] = upper[v, 1] = here + up
    elif side == LOWER:
        lower[v, 0], lower[v, 1] = here + down, min(here + up, hi)
        if hi < INF:
            upper[v, 0], upper[v, 1] = here, INF
    elif side == UPPER:
        upper[v, 0], upper[v, 1] = max(here + down, lo), here + up
        if lo > -INF:
            lower[v, 0], lower[v, 1] = -INF, here
    if v < len(cost):
        d = room.dictionary.T[len(room.dictionary.head), j]
        now = room.sides.cost[v]
        cost[v, 0], cost[v, 1] = -INF, INF
        if side == LOWER:
            cost[v, 0] = now - max(d, 0.0)
        elif side == UPPER:
            cost[v, 1] = now - min(d, 0.0)
        elif side != PINNED:
            cost[v, 0] = cost[v, 1] = now


@inner
def cost_of_basic(i, room, tiny):
    """By how much the cost of basic variable i may fall and rise before a reduced cost changes its sign.

    d_j + δ a keeps its sign: δ ≥ −d_j/a where a pushes with the sign, δ ≤ −d_j/a against it.
    """
    T, side = room.dictionary.T, room.dictionary.side
    m = len(room.dictionary.head)
    down, up = -INF, INF
    for j in range(len(side)):
        a = T[i, j]
        if side[j] != PINNED and abs(a) > SHARP:
            here = 0.0 if abs(T[m, j]) <= tiny else -T[m, j] / a
            if (side[j] != UPPER and a > 0.0) or (side[j] != LOWER and a < 0.0):
                down = max(down, here)
            if (side[j] != UPPER and a < 0.0) or (side[j] != LOWER and a > 0.0):
                up = min(up, here)
    return down, up


@inner
def of_basic(i, room, tiny, lower, upper, cost):
    """Intervals of the bounds and of the cost of basic variable i."""
    v, here = room.dictionary.head[i], room.standing.xb[i]
    if room.sides.lo[v] > -INF:
        lower[v, 0], lower[v, 1] = -INF, here
    if room.sides.hi[v] < INF:
        upper[v, 0], upper[v, 1] = here, INF
    if v < len(cost):
        down, up = cost_of_basic(i, room, tiny)
        cost[v, 0], cost[v, 1] = room.sides.cost[v] + down, room.sides.cost[v] + up


@njit(nogil=True, error_model="numpy", cache=writable())
def ranges(data, answer, done, lower, upper, cost):
    """Intervals of the lower side, upper side (S, n + m, 2) and cost (S, n, 2), in the kernel's scale."""
    n, m = len(data.column_scale), len(data.row_scale)
    room = blank_room(n, m)
    dictionary = room.dictionary
    filled = False
    for s in range(len(done)):
        if not done[s]:
            continue
        if not filled or data.A.shape[0] > 1:
            filled = fill(room.D, data, s)
        big_p, big_d = load_scenario(data, s, room.sides)
        refactor(room.D, dictionary, answer.basis[s])
        price(dictionary.T, dictionary.head, dictionary.nonbasic, room.sides.cost)
        settle(dictionary, room.sides, room.standing.xn, INF)
        basics(dictionary.T, room.standing.xn, room.standing.xb)
        for j in range(n):
            of_nonbasic(j, room, SHARP * big_p, lower[s], upper[s], cost[s])
        for i in range(m):
            of_basic(i, room, SHARP * big_d, lower[s], upper[s], cost[s])
