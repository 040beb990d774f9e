# pyright: basic
"""Compiled choice of the order of pivots of a sparse basis: basic rows, triangular parts, then the nucleus."""

from typing import Any, NamedTuple

import numpy as np

from saddlepoint.solve.kernels.jit_codes import folded, inner, making
from saddlepoint.solve.kernels.jit_sparse_vector import resize, size

UNKNOWN = 0xFFFFFFFF
"""The pivot row of a column of the nucleus."""


class ScaledMatrix(NamedTuple):
    """The scaled matrix (m, n) of one scenario by columns and by rows: start, index, value of each."""

    start: Any
    row: Any
    value: Any
    row_start: Any
    column: Any
    row_value: Any


class PivotOrder(NamedTuple):
    """What choosing the order of pivots works on. Basic rows are pivots of themselves, the others make up the core.

    core (m,), the variables of its columns; open (m,), its rows; variable and pivot_row (m,), its pivots in their order;
    counts in rows (m,), `only` (m,) as `row_singletons` keeps it, whether a row has its pivot (m,), a queue (m + 1,), the basis
    by pivot rows (m,), where it was moved; whether a column waits for its pivot (n,), and how many of its rows wait for theirs
    (n,).
    """

    core: Any
    open: Any
    variable: Any
    pivot_row: Any
    in_row: Any
    only: Any
    done: Any
    queue: Any
    head: Any
    waiting: Any
    left: Any


@making
def blank_order(n, m):
    """Room for a `PivotOrder`: numbers of rows (9, m + 1) and of columns (2, n)."""
    return np.zeros((9, m + 1), np.uint32), np.zeros((2, n), np.uint32)


@folded
def order_in(room):
    """The parts of a `PivotOrder` in its room."""
    rows, columns = room
    return PivotOrder(
        rows[0],
        rows[1],
        rows[2],
        rows[3],
        rows[4],
        rows[5],
        rows[6],
        rows[7],
        rows[8],
        columns[0],
        columns[1],
    )


@inner
def take(order, count, v, i):
    """Column v gets its pivot in row i."""
    order.done[i] = 1
    order.variable[count] = v
    order.pivot_row[count] = i
    order.waiting[v] = 0


@inner
def settle(moved, n, head):
    """Rows that have become basic again in their own place are no longer among the moved ones."""
    filled = 0
    for k in range(size(moved)):
        i = moved.index[k]
        if head[i] == n + i:
            moved.there[i] = 0
        else:
            moved.index[filled] = i
            filled += 1
    resize(moved, filled)


@inner
def open_core(n, head, moved, order):
    """The columns of the core wait, its rows are open. Returns how many there are; what was not moved is not looked at."""
    done = order.done
    done[:] = 1
    order.waiting[:] = 0
    for k in range(size(moved)):
        done[moved.index[k]] = 0
    count = 0
    for k in range(size(moved)):
        v = head[moved.index[k]]
        if v < n:
            order.waiting[v] = 1
            order.core[count] = v
            count += 1
        else:
            done[v - n] = 1
    filled = 0
    for k in range(size(moved)):
        i = moved.index[k]
        order.open[filled] = i
        filled += 1 - done[i]
        order.head[i] = n + i
    return count


@inner
def row_singletons(matrix, order, columns):
    """Pivots of rows with one column left: no other column is changed by them. Returns how many are ordered.

    The columns that are left in a row stand in one number, by exclusive or: it is the last one when one is left.
    """
    in_row, only, queue, done = order.in_row, order.only, order.queue, order.done
    for k in range(columns):
        in_row[order.open[k]] = 0
        only[order.open[k]] = 0
    for k in range(columns):
        v = order.core[k]
        for e in range(matrix.start[v], matrix.start[v + 1]):
            in_row[matrix.row[e]] += 1
            only[matrix.row[e]] ^= v
    first, last, count = 0, 0, 0
    for k in range(columns):
        queue[last] = order.open[k]
        last += in_row[order.open[k]] == 1
    while first < last:
        i = queue[first]
        first += 1
        if in_row[i] != 1:
            continue
        v = only[i]
        take(order, count, v, i)
        count += 1
        for e in range(matrix.start[v], matrix.start[v + 1]):
            other = matrix.row[e]
            in_row[other] -= 1
            only[other] ^= v
            queue[last] = other
            last += 1 - done[other] if in_row[other] == 1 else 0
    return count


@inner
def rest(order, columns):
    """The columns that wait, at the beginning of the core; returns how many there are."""
    filled = 0
    for k in range(columns):
        v = order.core[k]
        order.core[filled] = v
        filled += order.waiting[v]
    return filled


@inner
def rows_left(matrix, v, done):
    """How many rows of a column have no pivot yet, and one of them (−1 without)."""
    count, last = 0, -1
    for e in range(matrix.start[v], matrix.start[v + 1]):
        i = matrix.row[e]
        count += 1 - done[i]
        last = last if done[i] else i
    return count, last


@inner
def column_singletons(matrix, order, columns, count):
    """Pivots of columns with one row left: they need no elimination. Returns how many are ordered."""
    waiting, left, queue = order.waiting, order.left, order.queue
    first, last = 0, 0
    for k in range(columns):
        v = order.core[k]
        left[v], _ = rows_left(matrix, v, order.done)
        if left[v] == 1:
            queue[last] = v
            last += 1
    while first < last:
        v = queue[first]
        first += 1
        _, i = rows_left(matrix, v, order.done)
        if i < 0:
            continue
        take(order, count, v, i)
        count += 1
        for e in range(matrix.row_start[i], matrix.row_start[i + 1]):
            other = matrix.column[e]
            left[other] -= waiting[other]
            queue[last] = other
            last += waiting[other] if left[other] == 1 else 0
    return count


@inner
def nucleus(order, columns, count):
    """The columns that are left, the shortest first (counting sort); their pivots are chosen while eliminating."""
    queue, waiting, left = order.queue, order.waiting, order.left
    queue[: columns + 1] = 0
    for k in range(columns):
        v = order.core[k]
        if waiting[v]:
            queue[min(left[v], columns - 1) + 1] += 1
    for c in range(columns):
        queue[c + 1] += queue[c]
    for k in range(columns):
        v = order.core[k]
        if waiting[v]:
            c = min(left[v], columns - 1)
            order.variable[count + queue[c]] = v
            order.pivot_row[count + queue[c]] = UNKNOWN
            queue[c] += 1


@inner
def choose_order(matrix, n, head, moved, order):
    """The order of pivots of the core: triangular parts, then the nucleus. Returns how many there are, and how many of rows with one column left."""
    columns = open_core(n, head, moved, order)
    singles = row_singletons(matrix, order, columns)
    if singles < columns:
        left = rest(order, columns)
        count = column_singletons(matrix, order, left, singles)
        if count < columns:
            nucleus(order, left, count)
    return columns, singles
