# pyright: basic
"""Compiled batch of medium linear problems: sparse simplex, every scenario from the factors of one known basis."""

import numpy as np

from saddlepoint.solve.kernels.answer import BASIC, FIXED, LOWER
from saddlepoint.solve.kernels.jit_codes import (
    ACCEPTED,
    CROSSED,
    DONE,
    INACCURATE,
    INF,
    INFEASIBLE,
    LIMIT,
    ROUNDS,
    UNBOUNDED,
    dot,
    inlined,
    inner,
    kernel,
    put,
)
from saddlepoint.solve.kernels.jit_sparse_changes import forget
from saddlepoint.solve.kernels.jit_sparse_dual import FULL, REFACTOR, dual_phase, shift_costs
from saddlepoint.solve.kernels.jit_sparse_factor import AT_WORK, OF_START, factorise
from saddlepoint.solve.kernels.jit_sparse_leaving import judge_all, judge_moved
from saddlepoint.solve.kernels.jit_sparse_primal import primal_phase
from saddlepoint.solve.kernels.jit_sparse_state import (
    NONBASIC,
    all_weights,
    basic_values,
    blank_sparse_room,
    dictionary_row,
    fill_matrix,
    heads,
    place_all,
    reduced_costs,
    renew,
    restart,
    slack_basis,
)
from saddlepoint.solve.kernels.jit_sparse_vector import size
from saddlepoint.solve.kernels.jit_vertex import (
    FLOOR,
    SHARP,
    clean_columns,
    holds,
    load_scenario,
    sign_rows,
    write,
)


@inlined
def prepare(data, rows, room, s):
    """The matrix of scenario s and the factors of the start (of all rows where that is singular); whether it is finite."""
    n = len(data.column_scale)
    finite = fill_matrix(data, room.matrix, rows.entry, s)
    forget(room.changes)
    start = room.start
    if not (finite and heads(start, data.basis)):
        slack_basis(start)
    for _ in range(2):
        if factorise(
            room.matrix,
            n,
            start.head,
            start.moved,
            room.factor,
            OF_START,
            room.order,
            room.other,
        ):
            break
        slack_basis(start)
    if s == 0:
        all_weights(room, OF_START, n)
    return finite


@inner
def begin_phase(room, slot, n, dual, first, tol_p, tol_d):
    """Values that a phase starts from. Reduced costs that the dual simplex has updated stay: the vertex is checked in the end."""
    if not dual:
        put(room.sides.cost, room.cost)
    if first or not dual:
        reduced_costs(room, slot, room.cost, n)
    if first:
        place_all(room.standing, room.sides, tol_d)
        shift_costs(room)
    basic_values(room, slot, n)
    if dual:
        judge_all(room.standing, room.sides, tol_p)


@inner
def shifted(room):
    """Whether a working cost differs from the scenario's: without an exchange either, the start is the vertex."""
    count = 0
    for v in range(len(room.cost)):
        count += room.cost[v] != room.sides.cost[v]
    return count > 0


@inner
def solve_phases(room, n, slot, stale, tol_p, tol_d, limit):
    """Dual, then primal simplex, factorising anew where the factors are stale or a phase asks for it.

    Returns (outcome, pivots, row or variable of a proof, slot of the factors at work).
    """
    pivots = 0
    put(room.sides.cost, room.cost)
    dual, first, outcome = True, True, REFACTOR
    while pivots <= limit:
        if stale:
            slot = AT_WORK
            if not renew(room, n):
                return INACCURATE, pivots, 0.0, slot
        if outcome == FULL:
            judge_moved(room.standing, room.sides, tol_p)
        else:
            begin_phase(room, slot, n, dual, first, tol_p, tol_d)
        first = False
        if dual:
            outcome, more, where = dual_phase(room, slot, n, tol_p, tol_d, limit - pivots)
        else:
            outcome, more, where = primal_phase(room, slot, n, tol_p, tol_d, limit - pivots)
        pivots += more
        stale = outcome in (REFACTOR, FULL)
        if outcome == DONE and dual and (pivots > 0 or shifted(room)):
            dual = False
        elif not stale:
            return outcome, pivots, where, slot
    return LIMIT, pivots, 0.0, slot


@inner
def sparse_residuals(matrix, cost, vertex):
    """Activities Ax, and stationarity q − Aᵀy at 0…n−1 of the prices, with the sums of absolute terms of both."""
    point, prices = vertex.point, vertex.prices
    activity, row_size, column_size = vertex.activity, vertex.row_size, vertex.column_size
    n = len(column_size)
    activity[:] = 0.0
    row_size[:] = 0.0
    for j in range(n):
        x = point[j]
        z = cost[j]
        size = abs(z)
        for e in range(matrix.start[j], matrix.start[j + 1]):
            i, a = matrix.row[e], matrix.value[e]
            activity[i] += a * x
            row_size[i] += abs(a * x)
            z -= a * prices[n + i]
            size += abs(a * prices[n + i])
        prices[j] = z
        column_size[j] = size


@inner
def snap(n, sides, vertex, floor):
    """Basic columns within rounding of a bound stand on it: a row of zeros alone would be broken by what is left of one."""
    point = vertex.point
    for j in range(n):
        if vertex.code[j] == BASIC:
            if abs(point[j] - sides.lo[j]) <= floor:
                point[j] = sides.lo[j]
            elif abs(point[j] - sides.hi[j]) <= floor:
                point[j] = sides.hi[j]


@inner
def verify(room, n, floor_p, floor_d):
    """Whether the vertex holds on the data themselves (as in the dense kernel)."""
    vertex, standing, sides = room.vertex, room.standing, room.sides
    put(standing.value, vertex.point)
    put(standing.reduced, vertex.prices)
    for v in range(len(standing.code)):
        vertex.code[v] = LOWER if standing.code[v] == FIXED else standing.code[v]
    snap(n, sides, vertex, floor_p)
    if not sign_rows(n, sides, vertex, floor_d):
        return False
    sparse_residuals(room.matrix, sides.cost, vertex)
    if not holds(sides, vertex, floor_p, floor_d, ACCEPTED):
        return False
    clean_columns(n, sides, vertex)
    return True


@inlined
def to_vertex(room, n, big_p, big_d, limit):
    """From the start to a vertex that holds on the data; a failed check starts again, sharper and with fresh factors."""
    pivots = 0
    sharp = SHARP
    slot = OF_START
    stale = False
    for _ in range(ROUNDS):
        outcome, more, where, slot = solve_phases(room, n, slot, stale, sharp * big_p, sharp * big_d, limit)
        pivots += more
        if outcome != DONE or verify(room, n, FLOOR * big_p, FLOOR * big_d):
            return outcome, pivots, where
        sharp *= 1e-2
        stale = True
    return INACCURATE, pivots, 0.0


@inner
def farkas(room, n, where):
    """The Farkas vector of the row of the dictionary that proves it; where: as `dual_phase` returns it."""
    sides, row, prices = room.sides, room.row, room.vertex.prices
    dictionary_row(room.matrix, n, room.standing.code, NONBASIC, room.rho, row)
    sign = -1.0 if where > 0.0 else 1.0
    prices[:] = 0.0
    prices[int(abs(where)) - 1] = sign
    for k in range(size(row)):
        prices[row.index[k]] = sign * row.value[row.index[k]]
    # what is no larger than rounding on a side that does not exist is nothing
    for v in range(len(prices)):
        missing = (prices[v] > 0.0 and sides.lo[v] == -INF) or (prices[v] < 0.0 and sides.hi[v] == INF)
        if missing and abs(prices[v]) <= ACCEPTED:
            prices[v] = 0.0


@inner
def ray(room, q):
    """The direction in which variable q improves without end."""
    standing, column, point = room.standing, room.column, room.vertex.point
    sign = 1.0 if standing.reduced[q] < 0.0 else -1.0
    point[:] = 0.0
    point[q] = sign
    for k in range(size(column)):
        point[standing.head[column.index[k]]] = -sign * column.value[column.index[k]]


@inlined
def solve_one(data, room, s, finite, out):
    """Scenario s, written into row s of `out`."""
    big_p, big_d = load_scenario(data, s, room.sides)
    if big_p < 0.0 or np.isnan(big_d) or not finite:
        out.outcome[s] = CROSSED if big_p < 0.0 else INACCURATE
        return
    n = len(data.column_scale)
    restart(room)
    outcome, pivots, where = to_vertex(room, n, big_p, big_d, data.limit)
    out.iterations[s] = pivots
    if outcome == INFEASIBLE:
        farkas(room, n, where)
    elif outcome == UNBOUNDED:
        ray(room, int(where))
    write(data, room, s, out, outcome, outcome in (DONE, UNBOUNDED), outcome in (DONE, INFEASIBLE))
    if outcome == DONE:
        out.objective[s] = dot(room.sides.cost[:n], room.vertex.point[:n])
        put(room.vertex.code, out.basis[s])


@kernel
def sparse(data, rows, out):
    """Solve all scenarios: data as in `form.Data`, rows as in `sparse.RowOrder`, answers written into `out` (KernelAnswer)."""
    room = blank_sparse_room(
        len(data.column_scale), len(data.row_scale), data.A_start, data.A_row, rows.start, rows.column
    )
    finite = True
    for s in range(len(out.outcome)):
        if s == 0 or data.A.shape[0] > 1:
            finite = prepare(data, rows, room, s)
        solve_one(data, room, s, finite, out)
