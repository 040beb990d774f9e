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
    """What choosing the order of pivots works on: the positions of the basis in each row (`row_start`, `position`), counts
    in rows and columns, whether a row has its pivot, a queue (2m,), and columns and rows of the pivots in their order."""

    row_start: Any
    position: Any
    in_row: Any
    in_column: Any
    done: Any
    queue: Any
    column: Any
    pivot_row: Any


@making
def blank_order(m, entries):
    """Room for a `PivotOrder`: numbers (9, m), row_start (m + 1,), position (entries + m,)."""
    return np.zeros((9, m), np.int64), np.zeros(m + 1, np.int64), np.empty(entries + m, np.int64)


@folded
def order_in(room):
    """The parts of a `PivotOrder` in its room, whose last rows are the queue."""
    numbers, row_start, position = room
    queue = numbers[5:7].reshape(-1)
    return PivotOrder(row_start, position, numbers[0], numbers[1], numbers[2], queue, numbers[3], numbers[4])


@inner
def by_rows(matrix, n, head, order):
    """The positions of the basis that stand in each row, and the counts of both."""
    row_start, position, in_row, in_column = order.row_start, order.position, order.in_row, order.in_column
    m = len(head)
    row_start[:] = 0
    for k in range(m):
        v = head[k]
        if v >= n:
            row_start[v - n + 1] += 1
            in_column[k] = 1
        else:
            in_column[k] = matrix.start[v + 1] - matrix.start[v]
            for e in range(matrix.start[v], matrix.start[v + 1]):
                row_start[matrix.row[e] + 1] += 1
    for i in range(m):
        in_row[i] = row_start[i + 1]
        row_start[i + 1] += row_start[i]
    for k in range(m):
        v = head[k]
        if v >= n:
            i = v - n
            in_row[i] -= 1
            position[row_start[i] + in_row[i]] = k
        else:
            for e in range(matrix.start[v], matrix.start[v + 1]):
                i = matrix.row[e]
                in_row[i] -= 1
                position[row_start[i] + in_row[i]] = k
    for i in range(m):
        in_row[i] = row_start[i + 1] - row_start[i]


@inner
def active_row(matrix, n, v, done):
    """The row of a column singleton that has no pivot yet, or −1."""
    if v >= n:
        return -1 if done[v - n] else v - n
    for e in range(matrix.start[v], matrix.start[v + 1]):
        if not done[matrix.row[e]]:
            return matrix.row[e]
    return -1


@inner
def column_singletons(matrix, n, head, order, taken):
    """Pivots of columns with one row left: they need no elimination. Returns how many are ordered."""
    row_start, position, in_column, queue = order.row_start, order.position, order.in_column, order.queue
    m = len(head)
    first, last, count = 0, 0, 0
    for k in range(m):
        if in_column[k] == 1:
            queue[last] = k
            last += 1
    while first < last:
        k = queue[first]
        first += 1
        i = active_row(matrix, n, head[k], order.done)
        if i < 0 or in_column[k] != 1:
            continue
        order.done[i] = 1
        taken[k] = 1
        order.column[count] = k
        order.pivot_row[count] = i
        count += 1
        for e in range(row_start[i], row_start[i + 1]):
            other = position[e]
            in_column[other] -= 1
            if in_column[other] == 1 and not taken[other]:
                queue[last] = other
                last += 1
    return count


@inner
def row_singletons(matrix, n, head, order, taken, count):
    """Pivots of rows with one column left: no other column is changed by them. Returns how many are ordered."""
    row_start, position, in_row, queue = order.row_start, order.position, order.in_row, order.queue
    m = len(head)
    last = 0
    for i in range(m):
        if order.done[i]:
            continue
        left = 0
        for e in range(row_start[i], row_start[i + 1]):
            left += not taken[position[e]]
        in_row[i] = left
        if left == 1:
            queue[last] = i
            last += 1
    first = 0
    while first < last:
        i = queue[first]
        first += 1
        k = -1
        for e in range(row_start[i], row_start[i + 1]):
            if not taken[position[e]]:
                k = position[e]
        if k < 0 or order.done[i]:
            continue
        order.done[i] = 1
        taken[k] = 1
        order.column[count] = k
        order.pivot_row[count] = i
        count += 1
        v = head[k]
        for e in range(matrix.start[v], matrix.start[v + 1]):
            other = matrix.row[e]
            in_row[other] -= 1
            if in_row[other] == 1 and not order.done[other]:
                queue[last] = other
                last += 1
    return count


@inner
def nucleus(order, taken, count):
    """The columns that are left, the shortest first (counting sort); their pivots are chosen while eliminating."""
    in_column, queue = order.in_column, order.queue
    m = len(taken)
    queue[: m + 1] = 0
    for k in range(m):
        if not taken[k]:
            queue[min(max(in_column[k], 0), m - 1) + 1] += 1
    for c in range(m):
        queue[c + 1] += queue[c]
    for k in range(m):
        if not taken[k]:
            c = min(max(in_column[k], 0), m - 1)
            order.column[count + queue[c]] = k
            order.pivot_row[count + queue[c]] = -1
            queue[c] += 1


@inner
def choose_order(matrix, n, head, order, taken):
    """The order of pivots: triangular parts first, then the nucleus."""
    order.done[:] = 0
    taken[:] = 0
    by_rows(matrix, n, head, order)
    count = column_singletons(matrix, n, head, order, taken)
    count = row_singletons(matrix, n, head, order, taken, count)
    nucleus(order, taken, count)
