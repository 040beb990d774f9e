# pyright: basic
"""Compiled sparse LU of a basis, the file of its changes, and the two solves of the simplex method."""

from typing import Any, NamedTuple

import numpy as np

from saddlepoint.solve.kernels.jit_codes import folded, inner, making
from saddlepoint.solve.kernels.jit_sparse_order import UNKNOWN, choose_order, order_in, settle
from saddlepoint.solve.kernels.jit_sparse_vector import (
    Triangle,
    add,
    clear,
    reach,
    size,
    solve_triangle,
    solve_unit,
    step,
)

THRESHOLD = 0.1
"""A pivot of the nucleus is at least this part of the largest of its column (threshold pivoting, Duff, Erisman & Reid 1986)."""
NOTHING = 1e-14
"""What elimination leaves below this, in a matrix scaled to 1, is a zero."""
SINGULAR = 1e-9
"""A pivot below this (as PIVOT of the dense simplex) is what cancellation has left of a zero."""
CHANGES = 62
"""So many exchanges are kept before the basis is factorised anew: what a signed word holds as a set, without its sign."""


class BasisFactor(NamedTuple):
    """Two bases as LU (the start's at slot 0, the one at work at slot 1), each as four triangles by rows of the basis, each
    of which is the pivot of one basic variable: L and U by columns, L and U by rows.

    place: (2, 4, 2, m), begin and end of a `Triangle`; index, value: (2, 4, room); of L and U alone rank and inverse (2, 2, m);
    inside: (2, m), the rows of the core; columns: (2,), how many there are.
    """

    place: Any
    rank: Any
    index: Any
    value: Any
    inverse: Any
    inside: Any
    columns: Any


L, U, L_ROWS, U_ROWS = np.arange(4)
"""The triangles of a factor."""
OF_START, AT_WORK = np.arange(2)
"""The slots of the two bases. As plain numbers each would be a type of its own, and what takes it compiled once for each."""


@folded
def triangle(factor, slot, which):
    """One triangle of a factor; rows of L are solved in the order of the columns of U, and the other way round."""
    place = factor.place[slot, which]
    return Triangle(
        place[0],
        place[1],
        factor.rank[slot, min(which, 3 - which), : factor.columns[slot]],
        factor.index[slot, which],
        factor.value[slot, which],
        factor.inverse[slot, which & 1],
        factor.inside[slot],
        which > U,
    )


class BasisChanges(NamedTuple):
    """The product form: change k puts a column in the place of row[k]; its other entries stand at start[k] … start[k + 1].

    count: (1,); pivot: the entry at the row itself; touching: (m,), the changes with an entry in a row, as bits.
    """

    row: Any
    pivot: Any
    start: Any
    index: Any
    value: Any
    count: Any
    touching: Any


@making
def blank_factor(m, room):
    return BasisFactor(
        np.zeros((2, 4, 2, m), np.uint32),
        np.zeros((2, 2, m), np.uint32),
        np.empty((2, 4, room), np.uint32),
        np.empty((2, 4, room)),
        np.ones((2, 2, m)),
        np.zeros((2, m), np.uint8),
        np.zeros(2, np.int64),
    )


@making
def blank_changes(m, room):
    return BasisChanges(
        np.empty(CHANGES, np.uint32),
        np.empty(CHANGES),
        np.zeros(CHANGES + 1, np.uint32),
        np.empty(room, np.uint32),
        np.empty(room),
        np.zeros(1, np.int64),
        np.zeros(m, np.int64),
    )


@inner
def load_column(matrix, n, v, vector):
    """Column v of [A −I] into a cleared vector."""
    if v >= n:
        add(vector, v - n, -1.0)
    else:
        for e in range(matrix.start[v], matrix.start[v + 1]):
            add(vector, matrix.row[e], matrix.value[e])


@inner
def best_pivot(vector, order, pivoted):
    """The row without a pivot that is short and large enough, or UNKNOWN."""
    most = 0.0
    for k in range(size(vector)):
        i = vector.index[k]
        if not pivoted[i]:
            most = max(most, abs(vector.value[i]))
    best = np.uint32(UNKNOWN)
    if most < SINGULAR:
        return best
    for k in range(size(vector)):
        i = vector.index[k]
        if pivoted[i] or abs(vector.value[i]) < THRESHOLD * most:
            continue
        if best == UNKNOWN or order.in_row[i] < order.in_row[best]:
            best = i
    return best


@inner
def store(lower, upper, vector, p, pivoted, at_lower, at_upper):
    """What a column has left after elimination: above its pivot p into U, below it into L. Returns both ends, or −1."""
    room = len(lower.index)
    if at_lower + size(vector) >= room or at_upper + size(vector) >= room:
        return -1, -1
    inverse = 1.0 / vector.value[p]
    upper.inverse[p] = inverse
    lower.begin[p], upper.begin[p] = at_lower, at_upper
    for k in range(size(vector)):
        i = vector.index[k]
        entry = vector.value[i]
        if i == p or abs(entry) <= NOTHING:
            continue
        if pivoted[i]:
            upper.index[at_upper] = i
            upper.value[at_upper] = entry
            at_upper += 1
        else:
            lower.index[at_lower] = i
            lower.value[at_lower] = entry * inverse
            at_lower += 1
    lower.end[p], upper.end[p] = at_lower, at_upper
    return at_lower, at_upper


@inner
def store_plain(matrix, v, lower, upper, p, pivoted, at_lower, at_upper):
    """The same of column v of the triangular parts, which needs no elimination."""
    lower.begin[p], upper.begin[p] = at_lower, at_upper
    first, last = matrix.start[v], matrix.start[v + 1]
    if max(at_lower, at_upper) + last - first >= len(lower.index):
        return -1, -1
    pivot = 0.0
    for e in range(first, last):
        if matrix.row[e] == p:
            pivot += matrix.value[e]
    if not (abs(pivot) >= SINGULAR):
        return -1, -1
    inverse = 1.0 / pivot
    for e in range(first, last):
        i = matrix.row[e]
        if i == p:
            continue
        if pivoted[i]:
            upper.index[at_upper] = i
            upper.value[at_upper] = matrix.value[e]
            at_upper += 1
        else:
            lower.index[at_lower] = i
            lower.value[at_lower] = matrix.value[e] * inverse
            at_lower += 1
    upper.inverse[p] = inverse
    lower.end[p], upper.end[p] = at_lower, at_upper
    return at_lower, at_upper


@inner
def transpose(source, target, core):
    """The rows of a triangle stored by columns; only the columns of the rows `core` have entries."""
    begin, end = target.begin, target.end
    end[:] = 0
    begin[:] = 0
    for k in range(len(core)):
        p = core[k]
        for e in range(source.begin[p], source.end[p]):
            end[source.index[e]] += 1
    # from 1 on: a row that begins at 0 has no place yet
    at = 1
    for k in range(len(core)):
        p = core[k]
        for e in range(source.begin[p], source.end[p]):
            i = source.index[e]
            if begin[i] == 0:
                begin[i] = at
                at += end[i]
                end[i] = begin[i]
            target.index[end[i]] = p
            target.value[end[i]] = source.value[e]
            end[i] += 1


@inner
def eliminate(matrix, n, v, lower, vector, search):
    """Column v into `vector`, the columns of L before it taken out (depth-first search, Gilbert & Peierls 1988)."""
    clear(vector)
    load_column(matrix, n, v, vector)
    for t in range(reach(lower, vector, search), search.shape[1]):
        row = search[1, t]
        search[0, row] = 0
        add(vector, row, 0.0)
        step(lower, vector.value, row)


@inner
def empty_core(order, columns, factor, slot, pivoted):
    """No entries yet; rows outside the core are pivots of themselves."""
    lower, upper = triangle(factor, slot, L), triangle(factor, slot, U)
    lower.begin[:] = 0
    lower.end[:] = 0
    upper.begin[:] = 0
    upper.end[:] = 0
    upper.inverse[:] = -1.0
    pivoted[:] = 1
    upper.inside[:] = 0
    for k in range(columns):
        i = order.open[k]
        pivoted[i] = 0
        upper.inside[i] = 1
    factor.columns[slot] = columns


@inner
def core_columns(matrix, n, order, factor, slot, vector, search, pivoted):
    """L and U of the columns of the core, in their order; returns whether it is regular and fits."""
    lower, upper = triangle(factor, slot, L), triangle(factor, slot, U)
    columns = len(lower.rank)
    at_lower, at_upper = 0, 0
    for k in range(columns):
        v, p = order.variable[k], order.pivot_row[k]
        if p != UNKNOWN:
            at_lower, at_upper = store_plain(matrix, v, lower, upper, p, pivoted, at_lower, at_upper)
        else:
            eliminate(matrix, n, v, lower, vector, search)
            p = best_pivot(vector, order, pivoted)
            if p == UNKNOWN:
                return False
            at_lower, at_upper = store(lower, upper, vector, p, pivoted, at_lower, at_upper)
        if at_lower < 0:
            return False
        pivoted[p] = 1
        order.head[p] = v
        lower.rank[k] = p
        upper.rank[columns - 1 - k] = p
    return True


@inner
def factorise(matrix, n, head, moved, factor, slot, room, vector, search, pivoted):
    """LU of the basis `head`, whose variables are put at their pivot rows; returns whether it is regular and fits.

    moved: the rows of the basis that may hold another variable than their own. Left-looking, in the order of
    `choose_order`: only the nucleus is eliminated, and only what was moved is looked at.
    """
    order = order_in(room)
    settle(moved, n, head)
    columns = choose_order(matrix, n, head, moved, order)
    empty_core(order, columns, factor, slot, pivoted)
    regular = core_columns(matrix, n, order, factor, slot, vector, search, pivoted)
    clear(vector)
    if not regular:
        return False
    for k in range(size(moved)):
        i = moved.index[k]
        head[i] = order.head[i]
    upper = triangle(factor, slot, U)
    transpose(triangle(factor, slot, L), triangle(factor, slot, L_ROWS), upper.rank)
    transpose(upper, triangle(factor, slot, U_ROWS), upper.rank)
    return True


@inner
def ftran(factor, slot, changes, vector, search):
    """B x = b, in place."""
    solve_unit(triangle(factor, slot, L), vector, search)
    solve_triangle(triangle(factor, slot, U), vector, search)
    for k in range(changes.count[0]):
        r = changes.row[k]
        if vector.value[r] != 0.0:
            t = vector.value[r] / changes.pivot[k]
            for e in range(changes.start[k], changes.start[k + 1]):
                add(vector, changes.index[e], -changes.value[e] * t)
            vector.value[r] = t


@inner
def btran(factor, slot, changes, vector, search):
    """Bᵀ y = c, in place; only changes that the vector meets on its way are worked on."""
    value, touching = vector.value, changes.touching
    met = 0
    for k in range(size(vector)):
        met |= touching[vector.index[k]]
    for k in range(changes.count[0] - 1, -1, -1):
        if (met >> k) & 1:
            r = changes.row[k]
            t = value[r]
            for e in range(changes.start[k], changes.start[k + 1]):
                t -= changes.value[e] * value[changes.index[e]]
            if not vector.there[r]:
                add(vector, r, 0.0)
                met |= touching[r]
            value[r] = t / changes.pivot[k]
    solve_triangle(triangle(factor, slot, U_ROWS), vector, search)
    solve_unit(triangle(factor, slot, L_ROWS), vector, search)


@inner
def forget(changes):
    """No changes."""
    touching = changes.touching
    for k in range(changes.count[0]):
        touching[changes.row[k]] = 0
        for e in range(changes.start[k], changes.start[k + 1]):
            touching[changes.index[e]] = 0
    changes.count[0] = 0


@inner
def open_change(changes, r, pivot):
    """A column whose entry is `pivot` takes the place of row r: (number of the change, where its entries begin, its bit)."""
    k = changes.count[0]
    changes.row[k] = r
    changes.pivot[k] = pivot
    return k, np.uint64(changes.start[k]), np.int64(1) << k


@inner
def note(changes, i, amount, r, at, bit):
    """Entry i of the column; returns where the next one stands."""
    changes.touching[i] |= bit
    changes.index[at] = i
    changes.value[at] = amount
    return at + np.uint64(i != r)


@inner
def close_change(changes, k, at):
    """Returns whether there is room for another change."""
    changes.start[k + 1] = at
    changes.count[0] = k + 1
    return k + 1 < len(changes.row) and at + len(changes.touching) <= len(changes.index)


@inner
def change(changes, r, column):
    """Note that `column` = B⁻¹a takes the place of row r; returns whether there is room for another."""
    k, at, bit = open_change(changes, r, column.value[r])
    for c in range(size(column)):
        i = column.index[c]
        if column.value[i] != 0.0:
            at = note(changes, i, column.value[i], r, at, bit)
    return close_change(changes, k, at)
