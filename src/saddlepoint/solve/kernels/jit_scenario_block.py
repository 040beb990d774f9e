# pyright: basic
"""Compiled blocks of scenarios on which known bases are tried, by products.

A block is kept by scenarios last, so that the products run over neighbours in memory.
"""

from typing import Any, NamedTuple

import numpy as np

from saddlepoint.solve.kernels.answer import UPPER
from saddlepoint.solve.kernels.jit_codes import DONE, INF, at, dot, inner, making, put, summing
from saddlepoint.solve.kernels.jit_known_bases import STRICT, write_prices
from saddlepoint.solve.kernels.jit_vertex import FLOOR, residuals

WIDTH = 256
"""Scenarios of a block: its numbers stay in the processor's nearest cache."""


class ScenarioBlock(NamedTuple):
    """Scenarios side by side, the last axis (WIDTH,): lo, hi (n + m, ·) of what moves, cost (n, ·), values xb (m, ·) and reduced
    costs d (n, ·) of the basis that is tried; room, dear: the least distances from a limit of points and prices; near, cheap: how large
    they must be, infinite where a scenario is no longer here; scenario: its number."""

    lo: Any
    hi: Any
    cost: Any
    xb: Any
    d: Any
    room: Any
    dear: Any
    near: Any
    cheap: Any
    scenario: Any
    chosen: Any
    held: Any


@making
def blank_block(n, m):
    return ScenarioBlock(
        np.zeros((n + m, WIDTH)),
        np.zeros((n + m, WIDTH)),
        np.zeros((n, WIDTH)),
        np.zeros((m, WIDTH)),
        np.zeros((n, WIDTH)),
        np.zeros(WIDTH),
        np.zeros(WIDTH),
        np.zeros(WIDTH),
        np.zeros(WIDTH),
        np.zeros(WIDTH, np.int64),
        np.zeros(WIDTH + 1, np.int64),
        np.zeros(WIDTH, np.bool_),
    )


@inner
def load_block(data, known, sides, block, first, width):
    """The numbers of scenarios that move, scaled. What is crossed or no number is not here (`near` is infinite)."""
    n, m = len(data.column_scale), len(data.row_scale)
    still = 0.0
    for v in range(n + m):
        if not known.moving[v]:
            still = reach(sides.lo[v], sides.hi[v], still)
    dear = 0.0
    for j in range(n):
        dear = max(dear, abs(sides.cost[j]))
    for b in range(width):
        s = first + b
        block.scenario[b] = s
        big = still
        if m > 0 and known.moving[n]:
            l, u = data.l[at(data.l, s)], data.u[at(data.u, s)]
            for i in range(m):
                lo, hi = l[i] * data.row_scale[i], u[i] * data.row_scale[i]
                block.lo[n + i, b], block.hi[n + i, b] = lo, hi
                big = reach(lo, hi, big)
        if known.moving[0]:
            lb, ub = data.lb[at(data.lb, s)], data.ub[at(data.ub, s)]
            for j in range(n):
                lo, hi = lb[j] / data.column_scale[j], ub[j] / data.column_scale[j]
                block.lo[j, b], block.hi[j, b] = lo, hi
                big = reach(lo, hi, big)
        block.near[b] = STRICT * big
        if not known.priced:
            dear = load_costs(data, block, s, b)
        block.cheap[b] = STRICT * dear


@inner
def load_costs(data, block, s, b):
    """The costs of one scenario, and the size of the largest: infinite where one is no number."""
    dear = 0.0
    for j in range(len(data.column_scale)):
        c = data.q[s, j] * data.column_scale[j]
        block.cost[j, b] = c
        dear = max(dear, abs(c)) if abs(c) < INF else INF
    return dear


@inner
def reach(lo, hi, big):
    """The larger of `big` and finite sides; infinite where they are crossed or no numbers."""
    if not (lo <= hi) or lo == INF or hi == -INF:
        return INF
    if lo > -INF:
        big = max(big, abs(lo))
    return max(big, abs(hi)) if hi < INF else big


@inner
def points(known, block, sides, k, width):
    """x_B of basis k in all scenarios of the block, and how far the nearest limit is; returns whether any is strictly within."""
    T, head, nonbasic, code = known.T[k], known.head[k], known.nonbasic[k], known.codes[k]
    room = block.room
    for b in range(width):
        room[b] = INF
    for j in range(len(nonbasic)):
        v = nonbasic[j]
        if known.moving[v]:
            exists(block.lo[v], block.hi[v], code[v] == UPPER, known.fixed[v], room, width)
    for i in range(len(head)):
        xb = block.xb[i]
        for b in range(width):
            xb[b] = known.base[k, i]
        for j in range(len(nonbasic)):
            v = nonbasic[j]
            if known.moving[v] and T[i, j] != 0.0:
                add(T[i, j], block.hi[v] if code[v] == UPPER else block.lo[v], xb, width)
        v = head[i]
        if known.moving[v]:
            between(block.lo[v], block.hi[v], xb, room, width)
        else:
            within(sides.lo[v], sides.hi[v], xb, room, width)
    return any_beyond(room, block.near, width)


@inner
def add(factor, source, target, width):
    for b in range(width):
        target[b] += factor * source[b]


@inner
def exists(lo, hi, upper, fixed, room, width):
    """No room where the side is infinite, or where what is to be fixed is not."""
    for b in range(width):
        side = hi[b] if upper else lo[b]
        if abs(side) == INF or (fixed and lo[b] != hi[b]):
            room[b] = -INF


@inner
def between(lo, hi, x, room, width):
    for b in range(width):
        below, above = x[b] - lo[b], hi[b] - x[b]
        least = below if below < above else above
        room[b] = least if least < room[b] else room[b]


@inner
def within(lo, hi, x, room, width):
    for b in range(width):
        below, above = x[b] - lo, hi - x[b]
        least = below if below < above else above
        room[b] = least if least < room[b] else room[b]


@inner
def any_beyond(distance, margin, width):
    found = 0
    for b in range(width):
        found += distance[b] > margin[b]
    return found > 0


@inner
def prices(known, block, k, width):
    """Reduced costs of basis k in all scenarios of the block, and how far the nearest is from inviting; returns whether any is strict."""
    T, head, nonbasic, code = known.T[k], known.head[k], known.nonbasic[k], known.codes[k]
    n = len(nonbasic)
    dear = block.dear
    for b in range(width):
        dear[b] = INF
    for j in range(n):
        v = nonbasic[j]
        d = block.d[j]
        for b in range(width):
            d[b] = block.cost[v, b] if v < n else 0.0
        for i in range(len(head)):
            if head[i] < n and T[i, j] != 0.0:
                add(T[i, j], block.cost[head[i]], d, width)
        if not known.fixed[v]:
            sign = -1.0 if code[v] == UPPER else 1.0
            for b in range(width):
                away = sign * d[b]
                dear[b] = away if away < dear[b] else dear[b]
    return any_beyond(dear, block.cheap, width)


@summing
def activities(D, point, activity):
    """Dx."""
    m, n = D.shape
    for i in range(m):
        row = D[i]
        v = 0.0
        for j in range(n):
            v += row[j] * point[j]
        activity[i] = v


@inner
def write_answers(data, room, known, block, k, found, out):
    """The answers of the chosen scenarios of the block, from basis k, where point and prices hold on the data."""
    for t in range(found):
        block.held[t] = known.exact[k] or holds_on_data(room, known, block, k, block.chosen[t])
    if known.priced:
        write_shared_prices(known, block, k, found, out.y, out.z)
    else:
        write_own_prices(data, room.D, room.sides.cost, room.vertex, known, block, k, found, out.y, out.z)
    write_points(known, block, data.column_scale, data.q, k, found, out)


@inner
def write_shared_prices(known, block, k, found, y, z):
    """The prices of basis k for the chosen scenarios that hold."""
    of_rows, of_columns = known.y[k], known.z[k]
    for t in range(found):
        if block.held[t]:
            s = block.scenario[block.chosen[t]]
            put(of_rows, y[s])
            put(of_columns, z[s])


@inner
def write_own_prices(data, D, cost, vertex, known, block, k, found, y, z):
    """The prices of the chosen scenarios at their own costs; what does not hold on the data is held no longer."""
    nonbasic, code, prices = known.nonbasic[k], known.codes[k], vertex.prices
    row_scale, column_scale = data.row_scale, data.column_scale
    vertex.point[:] = 0.0
    for t in range(found):
        if block.held[t]:
            b = block.chosen[t]
            s = block.scenario[b]
            prices[:] = 0.0
            for j in range(len(nonbasic)):
                cost[j] = block.cost[j, b]
                prices[nonbasic[j]] = block.d[j, b]
            residuals(D, cost, vertex.point, prices, vertex.activity)
            floor = FLOOR / STRICT * block.cheap[b]
            block.held[t] = write_prices(code, row_scale, column_scale, prices, floor, y[s], z[s])


@inner
def write_points(known, block, column_scale, costs, k, found, out):
    """Points, codes and objectives of the chosen scenarios that hold."""
    head, nonbasic, code, rest_of = known.head[k], known.nonbasic[k], known.codes[k], known.x[k]
    n = len(nonbasic)
    columns_move = known.moving[0]
    for t in range(found):
        if not block.held[t]:
            continue
        b = block.chosen[t]
        s = block.scenario[b]
        x = out.x[s]
        put(rest_of, x)
        if columns_move:
            for j in range(n):
                v = nonbasic[j]
                if v < n:
                    x[v] = (block.hi[v, b] if code[v] == UPPER else block.lo[v, b]) * column_scale[v]
        for i in range(len(head)):
            v = head[i]
            if v < n:
                x[v] = block.xb[i, b] * column_scale[v]
        put(code, out.basis[s])
        out.objective[s] = dot(costs[at(costs, s)], x)
        out.outcome[s] = DONE


@inner
def holds_on_data(room, known, block, k, b):
    """Whether the activities of a scenario's point are those of its basis."""
    head, nonbasic, code = known.head[k], known.nonbasic[k], known.codes[k]
    point, activity, n = room.vertex.point, room.vertex.activity, len(nonbasic)
    for j in range(n):
        v = nonbasic[j]
        if known.moving[v]:
            point[v] = block.hi[v, b] if code[v] == UPPER else block.lo[v, b]
        else:
            point[v] = room.sides.hi[v] if code[v] == UPPER else room.sides.lo[v]
    for i in range(len(head)):
        point[head[i]] = block.xb[i, b]
    activities(room.D, point, activity)
    floor = FLOOR / STRICT * block.near[b]
    off = 0
    for i in range(len(activity)):
        off += not (abs(activity[i] - point[n + i]) <= floor)
    return off == 0


@inner
def close_up(known, block, width):
    """The scenarios of the block that are still here, next to each other; returns their number."""
    chosen = block.chosen
    kept = 0
    for b in range(width):
        chosen[kept] = b
        kept += block.near[b] < INF
    gather(block.near, chosen, kept)
    gather(block.cheap, chosen, kept)
    for t in range(kept):
        block.scenario[t] = block.scenario[chosen[t]]
    for v in range(len(known.moving)):
        if known.moving[v]:
            gather(block.lo[v], chosen, kept)
            gather(block.hi[v], chosen, kept)
    if not known.priced:
        for j in range(block.cost.shape[0]):
            gather(block.cost[j], chosen, kept)
    return kept


@inner
def gather(row, chosen, count):
    for t in range(count):
        row[t] = row[chosen[t]]


@inner
def strictly_within(known, block, width):
    """Which scenarios of the block are strictly within all limits of the basis that was tried, into `chosen`; returns how many."""
    chosen = block.chosen
    found = 0
    if known.priced:
        for b in range(width):
            chosen[found] = b
            found += block.room[b] > block.near[b]
    else:
        for b in range(width):
            chosen[found] = b
            found += (block.room[b] > block.near[b]) & (block.dear[b] > block.cheap[b])
    return found


@inner
def by_known_bases(data, room, known, block, first, width, out):
    """Answers of a block of scenarios where a basis holds; the others keep the outcome of a blank answer."""
    load_block(data, known, room.sides, block, first, width)
    here = width
    for k in range(len(known.codes)):
        if not (known.usable[k] and points(known, block, room.sides, k, width)):
            continue
        if not (known.priced or prices(known, block, k, width)):
            continue
        found = strictly_within(known, block, width)
        write_answers(data, room, known, block, k, found, out)
        for t in range(found):
            block.near[block.chosen[t]] = INF
        here -= found
        if 4 * here < 3 * width:
            width = close_up(known, block, width)
            here = width
        if width == 0:
            return
