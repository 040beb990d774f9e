# pyright: basic
"""Compiled sparse primal simplex: what shifted costs have left to improve (Dantzig's rule, Harris' ratio test)."""

from saddlepoint.solve.kernels.answer import BASIC, LOWER, UPPER
from saddlepoint.solve.kernels.jit_codes import DONE, INF, LIMIT, UNBOUNDED, inner
from saddlepoint.solve.kernels.jit_dictionary import PIVOT, wrong
from saddlepoint.solve.kernels.jit_sparse_changes import change
from saddlepoint.solve.kernels.jit_sparse_dual import REFACTOR
from saddlepoint.solve.kernels.jit_sparse_factor import btran
from saddlepoint.solve.kernels.jit_sparse_leaving import move
from saddlepoint.solve.kernels.jit_sparse_state import (
    NONBASIC,
    dictionary_row,
    entering_direction,
    exchange,
)
from saddlepoint.solve.kernels.jit_sparse_vector import add, clear, size


@inner
def most_wrong(standing, sides, tolerance):
    """The nonbasic variable whose reduced cost invites it most, or −1."""
    q, worst = -1, tolerance
    for v in range(len(standing.code)):
        if standing.code[v] != BASIC:
            w = wrong(standing.reduced[v], standing.code[v])
            if w > worst and sides.lo[v] < sides.hi[v]:
                worst = w
                q = v
    return q


@inner
def room_of(standing, sides, i, a):
    """How far basic row i is from the bound it moves to when it falls by a per step."""
    v = standing.head[i]
    x = standing.value[v]
    return x - sides.lo[v] if a > 0.0 else sides.hi[v] - x


@inner
def blocking_row(room, direction, tol_p):
    """The row that stops the entering variable: (row or −1, step); of those within the slack the largest pivot."""
    standing, sides, column = room.standing, room.sides, room.column
    bound = INF
    for k in range(size(column)):
        a = direction * column.value[column.index[k]]
        if abs(a) > PIVOT:
            bound = min(bound, (max(room_of(standing, sides, column.index[k], a), 0.0) + tol_p) / abs(a))
    r, most = -1, 0.0
    for k in range(size(column)):
        i = column.index[k]
        a = direction * column.value[i]
        if abs(a) > most and abs(a) > PIVOT and room_of(standing, sides, i, a) <= bound * abs(a):
            most = abs(a)
            r = i
    if r < 0:
        return -1, INF
    return r, max(room_of(standing, sides, r, direction * column.value[r]), 0.0) / most


@inner
def pivot_prices(room, slot, n, r, q):
    """Reduced costs after variable q has become basic in row r."""
    standing, rho, row = room.standing, room.rho, room.row
    clear(rho)
    add(rho, r, 1.0)
    btran(room.matrix, room.factor, slot, room.changes, rho)
    dictionary_row(room.matrix, n, standing.code, NONBASIC, rho, row)
    step = standing.reduced[q] / room.column.value[r]
    for k in range(size(row)):
        standing.reduced[row.index[k]] -= step * row.value[row.index[k]]
    standing.reduced[standing.head[r]] = -step
    standing.reduced[q] = 0.0


@inner
def primal_phase(room, slot, n, tol_p, tol_d, limit):
    """Exchanges until no reduced cost is wrong, or the factors are old: (outcome or REFACTOR, pivots, variable).

    UNBOUNDED comes with the direction of the basic variables in room.column.
    """
    standing, sides, column = room.standing, room.sides, room.column
    for it in range(limit):
        q = most_wrong(standing, sides, tol_d)
        if q < 0:
            return DONE, it, 0.0
        direction = 1.0 if standing.reduced[q] < 0.0 else -1.0
        entering_direction(room, slot, n, q)
        r, step = blocking_row(room, direction, tol_p)
        span = sides.hi[q] - sides.lo[q]
        if span <= step:
            if span == INF:
                return (UNBOUNDED if room.changes.count[0] == 0 else REFACTOR), it, float(q)
            move(standing, sides, column, direction * span, tol_p)
            standing.code[q] = UPPER if direction > 0.0 else LOWER
            standing.value[q] = sides.hi[q] if direction > 0.0 else sides.lo[q]
            continue
        pivot_prices(room, slot, n, r, q)
        leaving = standing.head[r]
        falls = direction * column.value[r] > 0.0
        move(standing, sides, column, direction * step, tol_p)
        standing.value[q] += direction * step
        standing.value[leaving] = sides.lo[leaving] if falls else sides.hi[leaving]
        exchange(room, r, q, LOWER if falls else UPPER)
        if not change(room.changes, r, column):
            return REFACTOR, it + 1, 0.0
    return LIMIT, limit, 0.0
