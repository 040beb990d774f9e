# pyright: basic
"""Compiled regimes of a linear batch: a known basis is tried on a block of scenarios at once, by products.

At one matrix the points x_B = T x_N of a basis are products of its dictionary with the sides of a scenario, its reduced costs
products with the costs (critical regions of parametric programming, Gal 1995). The block is kept by scenarios last, so that the
products run over neighbours in memory. What is strictly within all its limits has this basis for its only optimal one, and is what
the simplex finds from anywhere; the others are left to it.
"""

from typing import Any, NamedTuple

import numpy as np

from saddlepoint.solve.kernels.answer import BASIC, UPPER
from saddlepoint.solve.kernels.jit_codes import DONE, INF, at, dot, inner, making, put, summing
from saddlepoint.solve.kernels.jit_dictionary import Dictionary, price, refactor
from saddlepoint.solve.kernels.jit_vertex import FLOOR, residuals

STRICT = 1e-9
"""Relative to the largest bound or cost: further than this from every limit, an optimal basis is the only one."""
WIDTH = 256
"""Scenarios of a block: its numbers stay in the processor's nearest cache."""


ROUNDING = 2.0**-53
EXACT = 1e-12
"""What a row may be off by at most, relative to the largest side, for its activity not to be looked at in every scenario."""


class RegimeWorkspace(NamedTuple):
    """K known bases of one matrix, and what is made of them.

    codes (K, n + m): the bases as given; fixed (n + m,): which variables are held by lo = hi; moving (n + m,): which of them have
    sides of every scenario's own; priced: whether all scenarios have the same costs. T (K, m + 1, n), head (K, m),
    nonbasic (K, n), side (K, n), spare (n,): dictionaries; usable (K,): whether there may be answers of it; base (K, m): x_B of what
    does not move. In the user's scale: x (K, n): the point of what does not move; y (K, m), z (K, n): prices, where all have
    the same costs.
    """

    codes: Any
    fixed: Any
    moving: Any
    priced: Any
    T: Any
    head: Any
    nonbasic: Any
    side: Any
    spare: Any
    usable: Any
    exact: Any
    base: Any
    x: Any
    y: Any
    z: Any


class ScenarioBlock(NamedTuple):
    """Scenarios side by side, the last axis (WIDTH,): lo, hi (n + m, ·) of what moves, cost (n, ·), values xb (m, ·) and reduced
    costs d (n, ·) of the regime that is tried; room, dear: the least distances from a limit of points and prices; near, cheap: how large
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
def blank_regimes(data, codes, fixed):
    """Room for regimes of these codes (K, n + m), which `make_ready` fills."""
    K, n, m = len(codes), len(data.column_scale), len(data.row_scale)
    moving = np.zeros(n + m, np.bool_)
    moving[:n] = data.lb.shape[0] > 1 or data.ub.shape[0] > 1
    moving[n:] = data.l.shape[0] > 1 or data.u.shape[0] > 1
    return RegimeWorkspace(
        codes,
        fixed,
        moving,
        data.q.shape[0] == 1,
        np.zeros((K, m + 1, n)),
        np.zeros((K, m), np.int64),
        np.zeros((K, n), np.int64),
        np.zeros((K, n), np.int8),
        np.zeros(n),
        np.zeros(K, np.bool_),
        np.zeros(K, np.bool_),
        np.zeros((K, m)),
        np.zeros((K, n)),
        np.zeros((K, m)),
        np.zeros((K, n)),
    )


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
def make_ready(data, room, regimes):
    """The dictionaries of all regimes of the matrix in `room.D`, and what they make of the numbers that do not move, in `room.sides`."""
    big_d = 0.0
    for j in range(len(data.column_scale)):
        big_d = max(big_d, abs(room.sides.cost[j]))
    for k in range(len(regimes.codes)):
        dictionary = Dictionary(
            regimes.T[k], regimes.head[k], regimes.nonbasic[k], regimes.side[k], regimes.spare
        )
        refactor(room.D, dictionary, regimes.codes[k])
        usable = is_whole(dictionary.head, regimes.codes[k]) and rest(data, room.sides, regimes, k)
        regimes.exact[k] = usable and is_exact(room.D, regimes, k)
        regimes.usable[k] = usable and (not regimes.priced or settle_prices(data, room, regimes, k, big_d))


@inner
def is_exact(D, regimes, k):
    """Whether the point of regime k holds on the data for any sides, to FLOOR of the largest.

    A row i of the data errs by Σ_j |E_ij| |x_N j| with E = D X − S, where X and S are what the dictionary says of columns and rows; what the
    rounding of the products adds is at most (2 n + 4) u |D| |X| |x_N| (Higham 2002, § 3.1), that of E itself as much again.
    """
    T, head, nonbasic = regimes.T[k], regimes.head[k], regimes.nonbasic[k]
    m, n = D.shape
    share = (4 * n + 8) * ROUNDING
    for i in range(m):
        off = 0.0
        for j in range(n):
            v = nonbasic[j]
            e = D[i, v] if v < n else 0.0
            size = abs(e)
            for r in range(m):
                if head[r] < n:
                    e += D[i, head[r]] * T[r, j]
                    size += abs(D[i, head[r]] * T[r, j])
                elif head[r] == n + i:
                    e -= T[r, j]
                    size += abs(T[r, j])
            if v == n + i:
                e -= 1.0
                size += 1.0
            off += abs(e) + share * size
        if not (off <= EXACT):
            return False
    return True


@inner
def is_whole(head, code):
    """Whether a dictionary has the basis it was asked for."""
    basic = 0
    for i in range(len(head)):
        basic += code[head[i]] == BASIC
    return basic == len(head)


@inner
def rest(data, sides, regimes, k):
    """Points of regime k as far as they do not move; returns whether there are the sides it stands on."""
    T, nonbasic, code, n = regimes.T[k], regimes.nonbasic[k], regimes.codes[k], len(data.column_scale)
    regimes.base[k][:] = 0.0
    regimes.x[k][:] = 0.0
    for j in range(n):
        v = nonbasic[j]
        if not regimes.moving[v]:
            value = sides.hi[v] if code[v] == UPPER else sides.lo[v]
            if abs(value) == INF or (regimes.fixed[v] and sides.lo[v] != sides.hi[v]):
                return False
            if v < n:
                regimes.x[k, v] = value * data.column_scale[v]
            for i in range(T.shape[0] - 1):
                regimes.base[k, i] += T[i, j] * value
    return True


@inner
def settle_prices(data, room, regimes, k, big_d):
    """The prices of regime k at the costs of all scenarios; returns whether they hold on the data and are the only ones."""
    T, head, nonbasic, code = regimes.T[k], regimes.head[k], regimes.nonbasic[k], regimes.codes[k]
    vertex, cost = room.vertex, room.sides.cost
    m, n = room.D.shape
    price(T, head, nonbasic, cost)
    vertex.prices[:] = 0.0
    vertex.point[:] = 0.0
    for j in range(n):
        v = nonbasic[j]
        d = T[m, j]
        if not regimes.fixed[v] and not ((-d if code[v] == UPPER else d) > STRICT * big_d):
            return False
        vertex.prices[v] = d
    residuals(room.D, cost, vertex.point, vertex.prices, vertex.activity)
    return write_prices(
        code, data.row_scale, data.column_scale, vertex.prices, FLOOR * big_d, regimes.y[k], regimes.z[k]
    )


@inner
def write_prices(code, row_scale, column_scale, prices, floor, y, z):
    """Prices in the user's scale, reduced costs as they are on the data; returns whether those of basic columns vanish."""
    n = len(z)
    off = 0
    for j in range(n):
        if code[j] == BASIC:
            off += not (abs(prices[j]) <= floor)
            z[j] = 0.0
        else:
            z[j] = prices[j] / column_scale[j]
    for i in range(len(y)):
        y[i] = prices[n + i] * row_scale[i]
    return off == 0


@inner
def load_block(data, regimes, sides, block, first, width):
    """The numbers of scenarios that move, scaled. What is crossed or no number is not here (`near` is infinite)."""
    n, m = len(data.column_scale), len(data.row_scale)
    still = 0.0
    for v in range(n + m):
        if not regimes.moving[v]:
            still = reach(sides.lo[v], sides.hi[v], still)
    dear = 0.0
    for j in range(n):
        dear = max(dear, abs(sides.cost[j]))
    for b in range(width):
        s = first + b
        block.scenario[b] = s
        big = still
        if m > 0 and regimes.moving[n]:
            l, u = data.l[at(data.l, s)], data.u[at(data.u, s)]
            for i in range(m):
                lo, hi = l[i] * data.row_scale[i], u[i] * data.row_scale[i]
                block.lo[n + i, b], block.hi[n + i, b] = lo, hi
                big = reach(lo, hi, big)
        if regimes.moving[0]:
            lb, ub = data.lb[at(data.lb, s)], data.ub[at(data.ub, s)]
            for j in range(n):
                lo, hi = lb[j] / data.column_scale[j], ub[j] / data.column_scale[j]
                block.lo[j, b], block.hi[j, b] = lo, hi
                big = reach(lo, hi, big)
        block.near[b] = STRICT * big
        if not regimes.priced:
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
def points(regimes, block, sides, k, width):
    """x_B of regime k in all scenarios of the block, and how far the nearest limit is; returns whether any is strictly within."""
    T, head, nonbasic, code = regimes.T[k], regimes.head[k], regimes.nonbasic[k], regimes.codes[k]
    room = block.room
    for b in range(width):
        room[b] = INF
    for j in range(len(nonbasic)):
        v = nonbasic[j]
        if regimes.moving[v]:
            exists(block.lo[v], block.hi[v], code[v] == UPPER, regimes.fixed[v], room, width)
    for i in range(len(head)):
        xb = block.xb[i]
        for b in range(width):
            xb[b] = regimes.base[k, i]
        for j in range(len(nonbasic)):
            v = nonbasic[j]
            if regimes.moving[v] and T[i, j] != 0.0:
                add(T[i, j], block.hi[v] if code[v] == UPPER else block.lo[v], xb, width)
        v = head[i]
        if regimes.moving[v]:
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
def prices(regimes, block, k, width):
    """Reduced costs of regime k in all scenarios of the block, and how far the nearest is from inviting; returns whether any is strict."""
    T, head, nonbasic, code = regimes.T[k], regimes.head[k], regimes.nonbasic[k], regimes.codes[k]
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
        if not regimes.fixed[v]:
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
def write_answers(data, room, regimes, block, k, found, out):
    """The answers of the chosen scenarios of the block, from regime k, where point and prices hold on the data."""
    for t in range(found):
        block.held[t] = regimes.exact[k] or holds_on_data(room, regimes, block, k, block.chosen[t])
    if regimes.priced:
        write_shared_prices(regimes, block, k, found, out.y, out.z)
    else:
        write_own_prices(data, room.D, room.sides.cost, room.vertex, regimes, block, k, found, out.y, out.z)
    write_points(regimes, block, data.column_scale, data.q, k, found, out)


@inner
def write_shared_prices(regimes, block, k, found, y, z):
    """The prices of regime k for the chosen scenarios that hold."""
    of_rows, of_columns = regimes.y[k], regimes.z[k]
    for t in range(found):
        if block.held[t]:
            s = block.scenario[block.chosen[t]]
            put(of_rows, y[s])
            put(of_columns, z[s])


@inner
def write_own_prices(data, D, cost, vertex, regimes, block, k, found, y, z):
    """The prices of the chosen scenarios at their own costs; what does not hold on the data is held no longer."""
    nonbasic, code, prices = regimes.nonbasic[k], regimes.codes[k], vertex.prices
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
def write_points(regimes, block, column_scale, costs, k, found, out):
    """Points, codes and objectives of the chosen scenarios that hold."""
    head, nonbasic, code, rest_of = regimes.head[k], regimes.nonbasic[k], regimes.codes[k], regimes.x[k]
    n = len(nonbasic)
    columns_move = regimes.moving[0]
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
def holds_on_data(room, regimes, block, k, b):
    """Whether the activities of a scenario's point are those of its basis."""
    head, nonbasic, code = regimes.head[k], regimes.nonbasic[k], regimes.codes[k]
    point, activity, n = room.vertex.point, room.vertex.activity, len(nonbasic)
    for j in range(n):
        v = nonbasic[j]
        if regimes.moving[v]:
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
def close_up(regimes, block, width):
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
    for v in range(len(regimes.moving)):
        if regimes.moving[v]:
            gather(block.lo[v], chosen, kept)
            gather(block.hi[v], chosen, kept)
    if not regimes.priced:
        for j in range(block.cost.shape[0]):
            gather(block.cost[j], chosen, kept)
    return kept


@inner
def gather(row, chosen, count):
    for t in range(count):
        row[t] = row[chosen[t]]


@inner
def strictly_within(regimes, block, width):
    """Which scenarios of the block are strictly within all limits of the regime that was tried, into `chosen`; returns how many."""
    chosen = block.chosen
    found = 0
    if regimes.priced:
        for b in range(width):
            chosen[found] = b
            found += block.room[b] > block.near[b]
    else:
        for b in range(width):
            chosen[found] = b
            found += (block.room[b] > block.near[b]) & (block.dear[b] > block.cheap[b])
    return found


@inner
def by_regimes(data, room, regimes, block, first, width, out):
    """Answers of a block of scenarios where a regime holds; the others keep the outcome of a blank answer."""
    load_block(data, regimes, room.sides, block, first, width)
    here = width
    for k in range(len(regimes.codes)):
        if not (regimes.usable[k] and points(regimes, block, room.sides, k, width)):
            continue
        if not (regimes.priced or prices(regimes, block, k, width)):
            continue
        found = strictly_within(regimes, block, width)
        write_answers(data, room, regimes, block, k, found, out)
        for t in range(found):
            block.near[block.chosen[t]] = INF
        here -= found
        if 4 * here < 3 * width:
            width = close_up(regimes, block, width)
            here = width
        if width == 0:
            return
