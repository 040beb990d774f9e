# pyright: basic
"""Compiled convex quadratic programming: every scenario from the tableau of one known active set."""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from saddlepoint.solve.kernels.answer import BASIC
from saddlepoint.solve.kernels.cache import writable
from saddlepoint.solve.kernels.jit_codes import (
    CROSSED,
    DONE,
    ENTERED,
    INACCURATE,
    INFEASIBLE,
    NOT_CONVEX,
    UNBOUNDED,
    inlined,
    inner,
    put,
)
from saddlepoint.solve.kernels.jit_dictionary import Sides, fill
from saddlepoint.solve.kernels.jit_factor import factor, fill_quadratic, is_convex
from saddlepoint.solve.kernels.jit_pairs import (
    begin,
    blank_file,
    blank_state,
    blank_tableau,
    column_now,
    is_solved,
    seat,
    values,
)
from saddlepoint.solve.kernels.jit_path import shift, walk
from saddlepoint.solve.kernels.jit_verify import PAIR_FLOOR, Check, spread, verify
from saddlepoint.solve.kernels.jit_vertex import SHARP, load_scenario

ATTEMPTS = 3
"""Tries at one active set, and paths within one try."""


class QpWorkspace(NamedTuple):
    """The work space of one thread: dense Q (n, n), one to work on, D (m, n); the tableau of the start and the one at work, pivots since."""

    Q: Any
    work: Any
    D: Any
    first: Any
    tableau: Any
    file: Any
    state: Any
    sides: Any
    check: Any


def blank_room(n, m):
    """The work space, made by the caller: compiled code that makes no array counts no references."""
    N = n + m
    file = blank_file(N)
    check = Check(
        np.empty(N), np.empty(N), np.empty(N, np.int8), np.empty(n), np.empty(m), np.empty(n), np.empty(m)
    )
    return QpWorkspace(
        np.empty((n, n)),
        np.empty((n, n)),
        np.empty((m, n)),
        blank_tableau(file.M[0]),
        blank_tableau(file.M[1]),
        file,
        blank_state(N),
        Sides(np.empty(N), np.empty(N), np.empty(N)),
        check,
    )


@inner
def sizes_of(state, big_p, big_d):
    """Sizes of points and of multipliers, the values of the start among them."""
    kind, value = state.kind, state.value
    for k in range(len(kind)):
        if kind[k] == BASIC:
            big_p = max(big_p, abs(value[k]))
        else:
            big_d = max(big_d, abs(value[k]))
    return big_p, big_d


@inner
def follow(file, pair, state, sides, limit, big_p, big_d):
    """Paths from shifted data until none is needed. Returns (outcome, pivots, position, direction) as `walk`."""
    pivots = 0
    for attempt in range(ATTEMPTS):
        if is_solved(pair, state, sides, SHARP * big_p, SHARP * big_d):
            break
        if attempt > 0:
            # the path has left more than rounding
            values(file, pair, state, sides.cost)
        shift(pair, state, sides, SHARP * big_p, SHARP * big_d)
        outcome, more, where, sign = walk(
            file, pair, state, sides, limit, PAIR_FLOOR * big_p, PAIR_FLOOR * big_d
        )
        pivots += more
        if outcome != DONE:
            return outcome, pivots, where, sign
    return DONE, pivots, -1, 0.0


@inlined
def to_optimum(data, room, big_p, big_d):
    """From the tableau of the start to an active set that holds on the data; a failed check starts again from there, and so does a
    proof that there is no plan, or no end: rounding of many pivots may have made it, so it counts near a fresh tableau only.

    Returns (outcome, pivots, position, direction) as `walk`.
    """
    tableau, file, state, sides, code = room.tableau, room.file, room.state, room.sides, room.check.code
    n = len(data.column_scale)
    pivots = 0
    put(data.basis, code)
    for attempt in range(ATTEMPTS):
        if attempt == 0:
            put(room.first.pair, tableau.pair)
            put(room.first.turned, tableau.turned)
        else:
            factor(room.Q, room.D, tableau, code)
        begin(file, min(attempt, 1))
        seat(n, tableau, code, sides, state)
        values(file, tableau.pair, state, sides.cost)
        if attempt == 0:
            big_p, big_d = sizes_of(state, big_p, big_d)
        outcome, more, where, sign = follow(file, tableau.pair, state, sides, data.limit, big_p, big_d)
        pivots += more
        if outcome == DONE:
            if verify(room, big_p, big_d):
                return DONE, pivots, -1, 0.0
        elif outcome in (INFEASIBLE, UNBOUNDED) and attempt == 0 and more > 0:
            spread(tableau.pair, state, room.check)
        else:
            return outcome, pivots, where, sign
    return INACCURATE, pivots, -1, 0.0


@inner
def proof(file, pair, kind, where, sign, check):
    """The direction of column `where` of the matrix: a ray in its points, a Farkas vector in its multipliers."""
    column, point, prices = file.here, check.point, check.prices
    column_now(file, where, column)
    point[:] = 0.0
    prices[:] = 0.0
    for k in range(len(pair)):
        if k == where:
            continue
        if kind[k] == BASIC:
            point[pair[k]] = sign * column[k]
        else:
            prices[pair[k]] = sign * column[k]
    if kind[where] == BASIC:
        prices[pair[where]] = sign
    else:
        point[pair[where]] = sign
    put(prices, check.z)


@inlined
def write(data, room, s, outcome, out):
    """Row s of the answers, in the user's scale."""
    point, prices, zs = room.check.point, room.check.prices, room.check.z
    row_scale, column_scale = data.row_scale, data.column_scale
    x, y, z = out.x[s], out.y[s], out.z[s]
    n = len(column_scale)
    out.outcome[s] = outcome
    if outcome in (DONE, UNBOUNDED):
        for j in range(n):
            x[j] = point[j] * column_scale[j]
    if outcome in (DONE, INFEASIBLE):
        for j in range(n):
            z[j] = zs[j] * data.column_inverse[j]
        for i in range(len(row_scale)):
            y[i] = prices[n + i] * row_scale[i]
    if outcome == DONE:
        out.objective[s] = objective(room.sides.cost, room.check)
        put(room.check.code, out.basis[s])


@inner
def objective(cost, check):
    """½xᵀQx + qᵀx = ½(q + z)ᵀx + ½yᵀDx, as z = Qx + q − Dᵀy."""
    point, prices, z = check.point, check.prices, check.z
    n = len(z)
    total = 0.0
    for j in range(n):
        total += (cost[j] + z[j]) * point[j]
    for i in range(len(check.activity)):
        total += prices[n + i] * check.activity[i]
    return 0.5 * total


@inlined
def prepare(data, room, s):
    """Matrices of scenario s and the tableau of the start; DONE, or what is wrong with them."""
    finite = fill(room.D, data, s)
    finite &= fill_quadratic(room.Q, data, s)
    if not finite:
        return INACCURATE
    if not is_convex(room.Q, room.work):
        return NOT_CONVEX
    factor(room.Q, room.D, room.first, data.basis)
    return DONE


@inlined
def solve_one(data, room, s, ready, out):
    """Scenario s from the tableau of the start, written into row s of `out`."""
    big_p, big_d = load_scenario(data, s, room.sides)
    if big_p < 0.0 or np.isnan(big_d) or ready != DONE:
        out.outcome[s] = CROSSED if big_p < 0.0 else (INACCURATE if ready == DONE else ready)
        return
    outcome, pivots, where, sign = to_optimum(data, room, big_p, big_d)
    out.iterations[s] = pivots
    if outcome in (INFEASIBLE, UNBOUNDED):
        proof(room.file, room.tableau.pair, room.state.kind, where, sign, room.check)
    write(data, room, s, outcome, out)


@njit(cache=writable(), **ENTERED)
def qp(data, room, which, out):
    """Solve the scenarios `which` (count,): data as in `form.Data`, on a `blank_room`, answers written into their rows of `out` (KernelAnswer)."""
    own = data.A.shape[0] > 1 or data.P.shape[0] > 1
    ready = DONE
    for t in range(len(which)):
        s = which[t]
        if t == 0 or own:
            ready = prepare(data, room, s)
        solve_one(data, room, s, ready, out)
