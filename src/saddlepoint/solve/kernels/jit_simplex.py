# pyright: basic
"""Compiled batch simplex: every scenario from the dictionary of one known basis."""

import numpy as np

from saddlepoint.solve.kernels.answer import BASIC, ZERO
from saddlepoint.solve.kernels.jit_codes import (
    ACCEPTED,
    CROSSED,
    DONE,
    INACCURATE,
    INF,
    INFEASIBLE,
    UNBOUNDED,
    dot,
    folded,
    inner,
    kernel,
    put,
)
from saddlepoint.solve.kernels.jit_dictionary import copy, fill, refactor
from saddlepoint.solve.kernels.jit_known_bases import STRICT, blank_known, make_ready
from saddlepoint.solve.kernels.jit_scenario_block import WIDTH, blank_block, by_known_bases
from saddlepoint.solve.kernels.jit_vertex import blank_room, load_scenario, to_vertex, write


@inner
def farkas(dictionary, sides, where, prices):
    """The Farkas vector of a row of the dictionary (its complement: of the row above its upper side)."""
    row, sign = (where, 1.0) if where >= 0 else (~where, -1.0)
    prices[:] = 0.0
    prices[dictionary.head[row]] = sign
    for j in range(len(dictionary.nonbasic)):
        prices[dictionary.nonbasic[j]] = -sign * dictionary.T[row, j]
    # what is no larger than rounding on a side that does not exist is nothing
    for v in range(len(prices)):
        missing = (prices[v] > 0.0 and sides.lo[v] == -INF) or (prices[v] < 0.0 and sides.hi[v] == INF)
        if missing and abs(prices[v]) <= ACCEPTED:
            prices[v] = 0.0


@inner
def ray(dictionary, where, point):
    """The direction in which column `where` improves without end."""
    m = len(dictionary.head)
    sign = -1.0 if dictionary.T[m, where] > 0.0 else 1.0
    point[:] = 0.0
    point[dictionary.nonbasic[where]] = sign
    for i in range(m):
        point[dictionary.head[i]] = sign * dictionary.T[i, where]


@inner
def prepare(data, room, s):
    """The matrix of scenario s and the dictionary of the start; returns whether the matrix is finite."""
    finite = fill(room.D, data, s)
    refactor(room.D, room.first, data.basis)
    return finite


@folded
def solve_one(data, room, s, finite, out):
    """Scenario s from the dictionary of the start, written into row s of `out`."""
    dictionary, vertex = room.dictionary, room.vertex
    big_p, big_d = load_scenario(data, s, room.sides)
    if big_p < 0.0 or np.isnan(big_d) or not finite:
        out.outcome[s] = CROSSED if big_p < 0.0 else INACCURATE
        return
    copy(room.first, dictionary)
    outcome, pivots, where = to_vertex(room, big_p, big_d, data.limit)
    out.iterations[s] = pivots
    if outcome == INFEASIBLE:
        farkas(dictionary, room.sides, where, vertex.prices)
    elif outcome == UNBOUNDED:
        ray(dictionary, where, vertex.point)
    write(data, room, s, out, outcome, outcome in (DONE, UNBOUNDED), outcome in (DONE, INFEASIBLE))
    if outcome == DONE:
        n = len(data.column_scale)
        out.objective[s] = dot(room.sides.cost[:n], vertex.point[:n])
        put(vertex.code, out.basis[s])


@inner
def try_known_bases(data, room, known, block, out):
    """The answers of all scenarios that have a known basis, block by block; of the matrix of the first one, which all have."""
    load_scenario(data, 0, room.sides)
    make_ready(data, room, known)
    size = len(out.outcome)
    for first in range(0, size, WIDTH):
        by_known_bases(data, room, known, block, first, min(WIDTH, size - first), out)


@inner
def is_strict(sides, vertex):
    """Whether a vertex is further than STRICT from all limits of its basis, points and prices: then no other basis is optimal."""
    lo, hi, cost = sides
    point, prices, code = vertex.point, vertex.prices, vertex.code
    big_p, big_d = 0.0, 0.0
    for v in range(len(code)):
        big_d = max(big_d, abs(cost[v]))
        for side in (lo[v], hi[v]):
            if abs(side) < INF:
                big_p = max(big_p, abs(side))
    close = 0
    for v in range(len(code)):
        if code[v] == BASIC:
            close += not (min(point[v] - lo[v], hi[v] - point[v]) > STRICT * big_p)
        elif lo[v] < hi[v]:
            close += not (abs(prices[v]) > STRICT * big_d) or code[v] == ZERO
    return close == 0


@kernel
def simplex(data, codes, fixed, strict, out):
    """Solve all scenarios: data as in `form.Data`, codes (K, n + m) and fixed (n + m,) of the known bases that are tried first (none where
    the matrix varies), answers written into `out` (KernelAnswer); whether each basis is the only optimal one into strict (S,), where it
    is not empty and no known bases are tried."""
    n, m = len(data.column_scale), len(data.row_scale)
    room = blank_room(n, m)
    finite = True
    for s in range(len(out.outcome)):
        if s == 0 or data.A.shape[0] > 1:
            finite = prepare(data, room, s)
        if s == 0 and finite and len(codes) > 0:
            try_known_bases(data, room, blank_known(data, codes, fixed), blank_block(n, m), out)
        if out.outcome[s] != DONE:
            solve_one(data, room, s, finite, out)
            if len(strict) > 0 and out.outcome[s] == DONE:
                strict[s] = is_strict(room.sides, room.vertex)
