# pyright: basic
"""Compiled batch simplex: every scenario from the dictionary of one known basis."""

import numpy as np

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
def prepare(data, dictionary, room, s):
    """The matrix of scenario s and a dictionary of the start; returns whether the matrix is finite."""
    finite = fill(room.D, data, s)
    refactor(room.D, dictionary, data.basis)
    return finite


@folded
def solve_one(data, room, s, finite, out):
    """Scenario s from the dictionary at work, written into row s of `out`."""
    dictionary, vertex = room.dictionary, room.vertex
    big_p, big_d = load_scenario(data, s, room.sides)
    if big_p < 0.0 or np.isnan(big_d) or not finite:
        out.outcome[s] = CROSSED if big_p < 0.0 else INACCURATE
        return
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


@kernel
def simplex(data, which, out):
    """Solve the scenarios `which` (count,): data as in `form.Data`, answers written into their rows of `out` (KernelAnswer)."""
    room = blank_room(len(data.column_scale), len(data.row_scale))
    own, finite = data.A.shape[0] > 1, True
    if not own and len(which) > 0:
        finite = prepare(data, room.first, room, 0)
    for t in range(len(which)):
        if own:
            finite = prepare(data, room.dictionary, room, which[t])
        else:
            copy(room.first, room.dictionary)
        solve_one(data, room, which[t], finite, out)
