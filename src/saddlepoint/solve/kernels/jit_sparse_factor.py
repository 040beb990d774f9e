# pyright: basic
"""Compiled sparse LU of a basis, the file of its changes, and the two solves of the simplex method."""

from typing import Any, NamedTuple

import numpy as np

from saddlepoint.solve.kernels.jit_codes import folded, inner, making
from saddlepoint.solve.kernels.jit_sparse_order import choose_order, order_in
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

    place: (2, 4, 3, m), begin, end and rank of a `Triangle`; index, value: (2, 4, room); inverse: (2, 4, m).
    """

    place: Any
    index: Any
    value: Any
    inverse: Any


L, U, L_ROWS, U_ROWS = np.arange(4)
"""The triangles of a factor."""
OF_START, AT_WORK = np.arange(2)
"""The slots of the two bases. As plain numbers each would be a type of its own, and what takes it compiled once for each."""


@folded
def triangle(factor, slot, which):
    """One triangle of a factor."""
    place = factor.place[slot, which]
    return Triangle(
        place[0],
        place[1],
        place[2],
        factor.index[slot, which],
        factor.value[slot, which],
        factor.inverse[slot, which],
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
        np.zeros((2, 4, 3, m), np.uint32),
        np.empty((2, 4, room), np.uint32),
        np.empty((2, 4, room)),
        np.ones((2, 4, m)),
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
    """The row without a pivot that is short and large enough, or −1."""
    most = 0.0
    for k in range(size(vector)):
        i = vector.index[k]
        if not pivoted[i]:
            most = max(most, abs(vector.value[i]))
    if most < SINGULAR:
        return -1
    best = -1
    for k in range(size(vector)):
        i = vector.index[k]
        if pivoted[i] or abs(vector.value[i]) < THRESHOLD * most:
            continue
        if best < 0 or order.in_row[i] < order.in_row[best]:
            best = i
    return best


@inner
def store(lower, upper, vector, p, pivoted, at_lower, at_upper):
    """What a column has left after elimination: above its pivot p into U, below it into L. Returns both ends, or −1."""
    room = len(lower.index)
    if at_lower + size(vector) > room or at_upper + size(vector) > room:
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
def store_plain(matrix, n, v, lower, upper, p, pivoted, at_lower, at_upper):
    """The same of column v of the triangular parts, which needs no elimination."""
    lower.begin[p], upper.begin[p] = at_lower, at_upper
    inverse = -1.0
    if v < n:
        first, last = matrix.start[v], matrix.start[v + 1]
        if max(at_lower, at_upper) + last - first > len(lower.index):
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
def transpose(source, target):
    """The rows of a triangle stored by columns; ranks run the other way."""
    m = len(source.begin)
    target.end[:] = 0
    for p in range(m):
        for e in range(source.begin[p], source.end[p]):
            target.end[source.index[e]] += 1
    at = 0
    for i in range(m):
        filled = target.end[i]
        target.begin[i] = target.end[i] = at
        at += filled
    for p in range(m):
        for e in range(source.begin[p], source.end[p]):
            i = source.index[e]
            target.index[target.end[i]] = p
            target.value[target.end[i]] = source.value[e]
            target.end[i] += 1
    for k in range(m):
        target.rank[k] = source.rank[m - 1 - k]
        target.inverse[k] = source.inverse[k]


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
def factorise(matrix, n, head, factor, slot, room, vector, search, pivoted):
    """LU of the basis `head`, whose variables are put at their pivot rows; returns whether it is regular and fits.

    Left-looking, in the order of `choose_order`: only the nucleus is eliminated.
    """
    m = len(head)
    order = order_in(room)
    choose_order(matrix, n, head, order)
    lower, upper = triangle(factor, slot, L), triangle(factor, slot, U)
    lower.begin[:] = 0
    lower.end[:] = 0
    pivoted[:] = 0
    new_head = order.queue
    at_lower, at_upper = 0, 0
    for k in range(m):
        v, p = head[order.position[k]], order.pivot_row[k]
        if p >= 0:
            at_lower, at_upper = store_plain(matrix, n, v, lower, upper, p, pivoted, at_lower, at_upper)
        else:
            eliminate(matrix, n, v, lower, vector, search)
            p = best_pivot(vector, order, pivoted)
            at_lower = -1 if p < 0 else at_lower
            if p >= 0:
                at_lower, at_upper = store(lower, upper, vector, p, pivoted, at_lower, at_upper)
        if at_lower < 0:
            clear(vector)
            return False
        pivoted[p] = 1
        new_head[p] = v
        lower.rank[k] = p
        upper.rank[m - 1 - k] = p
    clear(vector)
    for i in range(m):
        head[i] = new_head[i]
    transpose(lower, triangle(factor, slot, L_ROWS))
    transpose(upper, triangle(factor, slot, U_ROWS))
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
def change(changes, r, column):
    """Note that `column` = B⁻¹a takes the place of row r; returns whether there is room for another."""
    k = changes.count[0]
    at = changes.start[k]
    bit = np.int64(1) << k
    changes.row[k] = r
    changes.pivot[k] = column.value[r]
    for c in range(size(column)):
        i = column.index[c]
        if column.value[i] != 0.0:
            changes.touching[i] |= bit
            if i != r:
                changes.index[at] = i
                changes.value[at] = column.value[i]
                at += 1
    changes.start[k + 1] = at
    changes.count[0] = k + 1
    return k + 1 < len(changes.row) and at + len(column.value) <= len(changes.index)
