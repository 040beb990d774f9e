# pyright: basic
"""Compiled dictionaries of known bases of one matrix, and what they make of the numbers that all scenarios share.

At one matrix the points x_B = T x_N of a basis are products of its dictionary with the sides of a scenario, its reduced costs
products with the costs (critical regions of parametric programming, Gal 1995). What is strictly within all its limits has this basis for
its only optimal one, and is what the simplex finds from anywhere (`jit_scenario_block.py` tries it); the others are left to it.
"""

from typing import Any, NamedTuple

import numpy as np

from saddlepoint.solve.kernels.answer import BASIC, UPPER
from saddlepoint.solve.kernels.jit_codes import INF, inner, making
from saddlepoint.solve.kernels.jit_dictionary import Dictionary, price, refactor
from saddlepoint.solve.kernels.jit_vertex import FLOOR, residuals

STRICT = 1e-9
"""Relative to the largest bound or cost: further than this from every limit, an optimal basis is the only one."""

ROUNDING = 2.0**-53
EXACT = 1e-12
"""What a row may be off by at most, relative to the largest side, for its activity not to be looked at in every scenario."""


class KnownBasesWorkspace(NamedTuple):
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


@making
def blank_known(data, codes, fixed):
    """Room for known bases of these codes (K, n + m), which `make_ready` fills."""
    K, n, m = len(codes), len(data.column_scale), len(data.row_scale)
    moving = np.zeros(n + m, np.bool_)
    moving[:n] = data.lb.shape[0] > 1 or data.ub.shape[0] > 1
    moving[n:] = data.l.shape[0] > 1 or data.u.shape[0] > 1
    return KnownBasesWorkspace(
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


@inner
def make_ready(data, room, known):
    """The dictionaries of all known bases of the matrix in `room.D`, and what they make of the numbers that do not move, in `room.sides`."""
    big_d = 0.0
    for j in range(len(data.column_scale)):
        big_d = max(big_d, abs(room.sides.cost[j]))
    for k in range(len(known.codes)):
        dictionary = Dictionary(known.T[k], known.head[k], known.nonbasic[k], known.side[k], known.spare)
        refactor(room.D, dictionary, known.codes[k])
        usable = is_whole(dictionary.head, known.codes[k]) and rest(data, room.sides, known, k)
        known.exact[k] = usable and is_exact(room.D, known, k)
        known.usable[k] = usable and (not known.priced or settle_prices(data, room, known, k, big_d))


@inner
def is_exact(D, known, k):
    """Whether the point of basis k holds on the data for any sides, to FLOOR of the largest.

    A row i of the data errs by Σ_j |E_ij| |x_N j| with E = D X − S, where X and S are what the dictionary says of columns and rows; what the
    rounding of the products adds is at most (2 n + 4) u |D| |X| |x_N| (Higham 2002, § 3.1), that of E itself as much again.
    """
    T, head, nonbasic = known.T[k], known.head[k], known.nonbasic[k]
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
def rest(data, sides, known, k):
    """Points of basis k as far as they do not move; returns whether there are the sides it stands on."""
    T, nonbasic, code, n = known.T[k], known.nonbasic[k], known.codes[k], len(data.column_scale)
    known.base[k][:] = 0.0
    known.x[k][:] = 0.0
    for j in range(n):
        v = nonbasic[j]
        if not known.moving[v]:
            value = sides.hi[v] if code[v] == UPPER else sides.lo[v]
            if abs(value) == INF or (known.fixed[v] and sides.lo[v] != sides.hi[v]):
                return False
            if v < n:
                known.x[k, v] = value * data.column_scale[v]
            for i in range(T.shape[0] - 1):
                known.base[k, i] += T[i, j] * value
    return True


@inner
def settle_prices(data, room, known, k, big_d):
    """The prices of basis k at the costs of all scenarios; returns whether they hold on the data and are the only ones."""
    T, head, nonbasic, code = known.T[k], known.head[k], known.nonbasic[k], known.codes[k]
    vertex, cost = room.vertex, room.sides.cost
    m, n = room.D.shape
    price(T, head, nonbasic, cost)
    vertex.prices[:] = 0.0
    vertex.point[:] = 0.0
    for j in range(n):
        v = nonbasic[j]
        d = T[m, j]
        if not known.fixed[v] and not ((-d if code[v] == UPPER else d) > STRICT * big_d):
            return False
        vertex.prices[v] = d
    residuals(room.D, cost, vertex.point, vertex.prices, vertex.activity)
    return write_prices(
        code, data.row_scale, data.column_scale, vertex.prices, FLOOR * big_d, known.y[k], known.z[k]
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
