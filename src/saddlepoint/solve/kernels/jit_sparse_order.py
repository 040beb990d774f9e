# pyright: basic
"""Compiled choice of the order of pivots of a sparse basis: triangular parts first, then the nucleus."""

from typing import Any, NamedTuple

import numpy as np

from saddlepoint.solve.kernels.jit_codes import folded, inner, making


class ScaledMatrix(NamedTuple):
    """The scaled matrix (m, n) of one scenario by columns and by rows: start, index, value of each."""

    start: Any
    row: Any
    value: Any
    row_start: Any
    column: Any
    row_value: Any


class PivotOrder(NamedTuple):
    """What choosing the order of pivots works on: counts in rows (m,), whether a row has its pivot (m,), a queue (m + 1,),
    positions in the basis and rows of the pivots in their order (m,); the position in the basis of a column that waits for
    its pivot, else −1 (n,), and how many of its rows wait for theirs (n,)."""

    in_row: Any
    done: Any
    queue: Any
    position: Any
    pivot_row: Any
    waiting: Any
    left: Any


@making
def blank_order(n, m):
    """Room for a `PivotOrder`: numbers of rows (5, m + 1) and of columns (2, n)."""
    return np.zeros((5, m + 1), np.int64), np.zeros((2, n), np.int64)


@folded
def order_in(room):
    """The parts of a `PivotOrder` in its room."""
    rows, columns = room
    return PivotOrder(rows[0], rows[1], rows[2], rows[3], rows[4], columns[0], columns[1])


@inner
def take(order, count, v, i):
    """Column v gets its pivot in row i."""
    order.done[i] = 1
    order.position[count] = order.waiting[v]
    order.pivot_row[count] = i
    order.waiting[v] = -1


@inner
def slacks(n, head, order):
    """Pivots of basic rows, which are units; the columns of the basis wait. Returns how many are ordered."""
    order.done[:] = 0
    order.waiting[:] = -1
    count = 0
    for k in range(len(head)):
        v = head[k]
        if v < n:
            order.waiting[v] = k
        else:
            order.done[v - n] = 1
            order.position[count] = k
            order.pivot_row[count] = v - n
            count += 1
    return count


@inner
def rows_left(matrix, v, done):
    """How many rows of a column have no pivot yet, and one of them (−1 without)."""
    count, last = 0, -1
    for e in range(matrix.start[v], matrix.start[v + 1]):
        if not done[matrix.row[e]]:
            count += 1
            last = matrix.row[e]
    return count, last


@inner
def column_singletons(matrix, n, head, order, count):
    """Pivots of columns with one row left: they need no elimination. Returns how many are ordered."""
    waiting, left, queue = order.waiting, order.left, order.queue
    first, last = 0, 0
    for k in range(len(head)):
        v = head[k]
        if v < n:
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
            if waiting[other] >= 0:
                left[other] -= 1
                if left[other] == 1:
                    queue[last] = other
                    last += 1
    return count


@inner
def columns_left(matrix, i, waiting):
    """How many columns of the basis wait in row i, and one of them (−1 without)."""
    count, last = 0, -1
    for e in range(matrix.row_start[i], matrix.row_start[i + 1]):
        if waiting[matrix.column[e]] >= 0:
            count += 1
            last = matrix.column[e]
    return count, last


@inner
def row_singletons(matrix, order, count):
    """Pivots of rows with one column left: no other column is changed by them. Returns how many are ordered."""
    in_row, queue, done, waiting = order.in_row, order.queue, order.done, order.waiting
    first, last = 0, 0
    for i in range(len(matrix.row_start) - 1):
        if not done[i]:
            in_row[i], _ = columns_left(matrix, i, waiting)
            if in_row[i] == 1:
                queue[last] = i
                last += 1
    while first < last:
        i = queue[first]
        first += 1
        _, v = columns_left(matrix, i, waiting)
        if v < 0:
            continue
        take(order, count, v, i)
        count += 1
        for e in range(matrix.start[v], matrix.start[v + 1]):
            other = matrix.row[e]
            if not done[other]:
                in_row[other] -= 1
                if in_row[other] == 1:
                    queue[last] = other
                    last += 1
    return count


@inner
def nucleus(n, head, order, count):
    """The columns that are left, the shortest first (counting sort); their pivots are chosen while eliminating."""
    queue, waiting, left = order.queue, order.waiting, order.left
    m = len(head)
    queue[: m + 1] = 0
    for k in range(m):
        if head[k] < n and waiting[head[k]] >= 0:
            queue[min(left[head[k]], m - 1) + 1] += 1
    for c in range(m):
        queue[c + 1] += queue[c]
    for k in range(m):
        if head[k] < n and waiting[head[k]] >= 0:
            c = min(left[head[k]], m - 1)
            order.position[count + queue[c]] = k
            order.pivot_row[count + queue[c]] = -1
            queue[c] += 1


@inner
def choose_order(matrix, n, head, order):
    """The order of pivots: basic rows, triangular parts, then the nucleus."""
    count = slacks(n, head, order)
    count = column_singletons(matrix, n, head, order, count)
    count = row_singletons(matrix, order, count)
    if count < len(head):
        nucleus(n, head, order, count)
