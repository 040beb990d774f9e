# pyright: basic
"""Compiled sparse LU of a basis, and the two solves of the simplex method."""

from typing import Any, NamedTuple

import numpy as np

from saddlepoint.solve.kernels.jit_codes import folded, inner, making, summing
from saddlepoint.solve.kernels.jit_sparse_changes import follow_changes, undo_changes
from saddlepoint.solve.kernels.jit_sparse_order import UNKNOWN, choose_order, order_in, settle
from saddlepoint.solve.kernels.jit_sparse_triangle import (
    NONE,
    ONE,
    SHIFT,
    TWO,
    PlaceVector,
    Triangle,
    fills,
    mark,
    solve_down,
    solve_up,
    trailing_zeros,
)
from saddlepoint.solve.kernels.jit_sparse_vector import add, clear, include, size

THRESHOLD = 0.1
"""A pivot of the nucleus is at least this part of the largest of its column (threshold pivoting, Duff, Erisman & Reid 1986)."""
NOTHING = 1e-14
"""What elimination leaves below this, in a matrix scaled to 1, is a zero."""
SINGULAR = 1e-9
"""A pivot below this (as PIVOT of the dense simplex) is what cancellation has left of a zero."""
PLACE_COST = np.uint64(8)
"""What a place costs that is looked at, in entries."""
OUTSIDE, WAITING = UNKNOWN, UNKNOWN - 1
"""The place of a row that is no row of the core, and of one whose pivot is not chosen yet."""


class BasisFactor(NamedTuple):
    """Two bases as LU (the start's at slot 0, the one at work at slot 1). Basic rows are pivots of themselves; the core, the other
    columns and rows, is stored by places, the order of its pivots: first the rows that had one column left, then, from a word of
    bits on, the others.

    begin (2, 5, places + 2), index and value (2, 5, room): L and U by columns, L and U by rows, and the entries of the columns
    outside the core, by rows of the basis; inverse (2, 2, places): of L the diagonal of the first places, of U that of
    the others. row (2, places): the row of each place; position (2, m): the place of each row, or OUTSIDE; column (2, n): the place of each
    column, or the spare one, which is the last; words (2, 3): where the words of the others begin and end, and where their
    places end. work and bits: a `PlaceVector`, empty between solves.
    """

    begin: Any
    index: Any
    value: Any
    inverse: Any
    row: Any
    position: Any
    column: Any
    words: Any
    work: Any
    bits: Any


L, U, L_ROWS, U_ROWS, OUTER = np.arange(5)
"""The parts of a factor."""
OF_START, AT_WORK = np.arange(2)
"""The slots of the two bases. As plain numbers each would be a type of its own, and what takes it compiled once for each."""


@folded
def triangle(factor, slot, which):
    """One part of a factor."""
    return Triangle(
        factor.begin[slot, which],
        factor.index[slot, which],
        factor.value[slot, which],
        factor.inverse[slot, which & 1],
    )


@making
def blank_factor(n, m, room):
    words = (m + 127) // 64 + 1
    places = 64 * words
    return BasisFactor(
        np.zeros((2, 5, places + 2), np.uint32),
        np.empty((2, 5, room), np.uint32),
        np.empty((2, 5, room)),
        np.ones((2, 2, places)),
        np.zeros((2, places), np.uint32),
        np.zeros((2, m), np.uint32),
        np.zeros((2, n), np.uint32),
        np.zeros((2, 3), np.uint64),
        np.zeros(places),
        np.zeros(words, np.uint64),
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
def best_pivot(vector, order, position):
    """The row without a pivot that is short and large enough, or UNKNOWN."""
    most = 0.0
    for k in range(size(vector)):
        i = vector.index[k]
        if position[i] == WAITING:
            most = max(most, abs(vector.value[i]))
    best = np.uint32(UNKNOWN)
    if most < SINGULAR:
        return best
    for k in range(size(vector)):
        i = vector.index[k]
        if position[i] != WAITING or abs(vector.value[i]) < THRESHOLD * most:
            continue
        if best == UNKNOWN or order.in_row[i] < order.in_row[best]:
            best = i
    return best


@inner
def store(lower, upper, outer, vector, pivot_row, p, position):
    """What a column has left after elimination, at place p: above its pivot into U, below it into L. Returns whether it fits."""
    at_lower, at_upper, at_outer = lower.begin[p], upper.begin[p], outer.begin[p]
    if max(at_lower, at_upper, at_outer) + size(vector) >= len(lower.index):
        return False
    inverse = 1.0 / vector.value[pivot_row]
    lower.inverse[p], upper.inverse[p] = 1.0, inverse
    for k in range(size(vector)):
        i = vector.index[k]
        entry = vector.value[i]
        if i == pivot_row or abs(entry) <= NOTHING:
            continue
        if position[i] == OUTSIDE:
            outer.index[at_outer] = i
            outer.value[at_outer] = entry
            at_outer += 1
        elif position[i] == WAITING:
            lower.index[at_lower] = i
            lower.value[at_lower] = entry * inverse
            at_lower += 1
        else:
            upper.index[at_upper] = i
            upper.value[at_upper] = entry
            at_upper += 1
    lower.begin[p + 1], upper.begin[p + 1], outer.begin[p + 1] = at_lower, at_upper, at_outer
    return True


@inner
def store_plain(matrix, v, into, other, outer, pivot_row, p, position):
    """Column v of the triangular parts, which needs no elimination, at place p: the rows of the core `into` L or U. Returns whether it is
    regular and fits."""
    at, at_outer = into.begin[p], outer.begin[p]
    first, last = matrix.start[v], matrix.start[v + 1]
    if max(at, at_outer) + last - first >= len(into.index):
        return False
    pivot = 0.0
    for e in range(first, last):
        i, a = matrix.row[e], matrix.value[e]
        here, outside = i == pivot_row, position[i] == OUTSIDE
        pivot += a if here else 0.0
        into.index[at] = i
        into.value[at] = a
        outer.index[at_outer] = i
        outer.value[at_outer] = a
        at += np.uint32(not (here | outside))
        at_outer += np.uint32(outside)
    if not (abs(pivot) >= SINGULAR):
        return False
    into.inverse[p], other.inverse[p] = 1.0 / pivot, 1.0
    into.begin[p + 1], other.begin[p + 1], outer.begin[p + 1] = at, other.begin[p], at_outer
    return True


@inner
def to_places(source, position, end):
    """Rows of the core as places."""
    for e in range(source.begin[end]):
        source.index[e] = position[source.index[e]]


@inner
def transpose(source, target, end):
    """A triangle of `end` places by rows; each form is multiplied by the reciprocals of the diagonal where it begins."""
    begin, inverse = target.begin, source.inverse
    for p in range(end + 2):
        begin[p] = 0
    for e in range(source.begin[end]):
        begin[np.uint64(source.index[e]) + TWO] += 1
    for p in range(2, end + 2):
        begin[p] += begin[p - 1]
    for p in range(end):
        for e in range(source.begin[p], source.begin[p + 1]):
            i = np.uint64(source.index[e]) + ONE
            at = begin[i]
            target.index[at] = p
            a = source.value[e]
            target.value[at] = a * inverse[i - ONE]
            source.value[e] = a * inverse[p]
            begin[i] = at + 1


@inner
def eliminate_all(lower, row, first, end, vector):
    """All columns of L from place `first` on taken out, by a pass over them."""
    for p in range(first, end):
        x = vector.value[row[p]]
        if x != 0.0:
            for e in range(lower.begin[p], lower.begin[p + ONE]):
                add(vector, lower.index[e], -lower.value[e] * x)


@inner
def eliminate(matrix, n, v, lower, end, factor, slot, vector):
    """Column v into `vector`, the columns of L before it, whose places end at `end`, taken out."""
    position, row, bits = factor.position[slot], factor.row[slot], factor.bits
    clear(vector)
    load_column(matrix, n, v, vector)
    for k in range(size(vector)):
        if position[vector.index[k]] < WAITING:
            mark(bits, position[vector.index[k]])
    for w in range(factor.words[slot, 1]):
        while bits[w] != NONE:
            p = (w << SHIFT) | trailing_zeros(bits[w])
            if fills(lower, p, end - p):
                bits[w:] = NONE
                eliminate_all(lower, row, p, end, vector)
                return
            bits[w] &= bits[w] - ONE
            x = vector.value[row[p]]
            for e in range(lower.begin[p], lower.begin[p + ONE]):
                i = lower.index[e]
                add(vector, i, -lower.value[e] * x)
                if position[i] < WAITING:
                    mark(bits, position[i])


@inner
def empty_core(order, columns, singles, factor, slot):
    """No places yet; rows outside the core are pivots of themselves. Returns where the places of the others begin."""
    position, column, words = factor.position[slot], factor.column[slot], factor.words[slot]
    position[:] = OUTSIDE
    for k in range(columns):
        position[order.open[k]] = WAITING
    column[:] = len(factor.work) - 1
    words[0] = (singles + 63) // 64
    words[1] = words[0] + (columns - singles + 63) // 64
    return 64 * ((singles + 63) // 64)


@inner
def leave_free(part, singles, others):
    """No entries at the places between the first and the others."""
    for p in range(singles, others):
        part.begin[p + 1] = part.begin[singles]


@inner
def core_columns(matrix, n, order, columns, singles, factor, slot, vector):
    """L and U of the columns of the core, in their order. Returns where their places end, or −1 where it is singular or does not fit."""
    lower, upper, outer = triangle(factor, slot, L), triangle(factor, slot, U), triangle(factor, slot, OUTER)
    position, row, column = factor.position[slot], factor.row[slot], factor.column[slot]
    others = empty_core(order, columns, singles, factor, slot)
    p = 0
    for k in range(columns):
        if k == singles:
            leave_free(lower, singles, others)
            leave_free(upper, singles, others)
            leave_free(outer, singles, others)
            p = others
        v, i = order.variable[k], order.pivot_row[k]
        if k < singles:
            fits = store_plain(matrix, v, lower, upper, outer, i, p, position)
        elif i != UNKNOWN:
            fits = store_plain(matrix, v, upper, lower, outer, i, p, position)
        else:
            eliminate(matrix, n, v, lower, np.uint64(p), factor, slot, vector)
            i = best_pivot(vector, order, position)
            fits = i != UNKNOWN and store(lower, upper, outer, vector, i, p, position)
        if not fits:
            return -1
        position[i], row[p], column[v] = p, i, p
        order.head[i] = v
        p += 1
    factor.words[slot, 2] = p
    return p


@inner
def factorise(matrix, n, head, moved, factor, slot, room, vector):
    """LU of the basis `head`, whose variables are put at their pivot rows; returns whether it is regular and fits.

    moved: the rows of the basis that may hold another variable than their own. Left-looking, in the order of
    `choose_order`: only the nucleus is eliminated, and only what was moved is looked at.
    """
    order = order_in(room)
    settle(moved, n, head)
    columns, singles = choose_order(matrix, n, head, moved, order)
    end = core_columns(matrix, n, order, columns, singles, factor, slot, vector)
    clear(vector)
    if end < 0:
        return False
    for k in range(size(moved)):
        i = moved.index[k]
        head[i] = order.head[i]
    lower, upper = triangle(factor, slot, L), triangle(factor, slot, U)
    to_places(lower, factor.position[slot], end)
    to_places(upper, factor.position[slot], end)
    transpose(lower, triangle(factor, slot, L_ROWS), end)
    transpose(upper, triangle(factor, slot, U_ROWS), end)
    return True


@folded
def enter_core(factor, slot, vector):
    """What a vector holds in rows of the core goes to their places; the sign of the rest changes, as basic rows are columns of −I."""
    position, work, bits = factor.position[slot], factor.work, factor.bits
    value = vector.value
    for k in range(size(vector)):
        i = vector.index[k]
        p = position[i]
        if p == OUTSIDE:
            value[i] = -value[i]
        elif value[i] != 0.0:
            work[p] = value[i]
            mark(bits, p)
            value[i] = 0.0


@folded
def leave_core(factor, slot, vector, outwards):
    """What the places hold goes to their rows; with `outwards` rows outside the core follow."""
    row, work, bits, outer = factor.row[slot], factor.work, factor.bits, triangle(factor, slot, OUTER)
    for w in range(factor.words[slot, 1]):
        left = bits[w]
        bits[w] = NONE
        while left != NONE:
            p = (w << SHIFT) | trailing_zeros(left)
            left &= left - ONE
            x = work[p]
            work[p] = 0.0
            if x == 0.0:
                continue
            i = row[p]
            vector.value[i] = x
            if not vector.there[i]:
                include(vector, i)
            for e in range(outer.begin[p], outer.begin[p + ONE] if outwards else outer.begin[p]):
                add(vector, outer.index[e], outer.value[e] * x)


@folded
def ftran(factor, slot, changes, vector):
    """B x = b, in place."""
    places, words = PlaceVector(factor.work, factor.bits), factor.words[slot]
    enter_core(factor, slot, vector)
    solve_up(triangle(factor, slot, L), places, NONE, words[1])
    solve_down(triangle(factor, slot, U), places, words[0], words[1])
    leave_core(factor, slot, vector, True)
    follow_changes(changes, vector)


@summing
def gathered(outer, value, p):
    """The rows outside the core, times the column at place p."""
    total = 0.0
    for e in range(outer.begin[p], outer.begin[p + ONE]):
        total += outer.value[e] * value[outer.index[e]]
    return total


@inner
def outside_by_columns(factor, slot, vector):
    """What `outside_first` does, by the columns of the core."""
    outer, work, bits = triangle(factor, slot, OUTER), factor.work, factor.bits
    for p in range(factor.words[slot, 2]):
        x = gathered(outer, vector.value, p)
        if x != 0.0:
            work[p] -= x
            mark(bits, p)


@inner
def longer_by_rows(matrix, factor, slot, vector):
    """Whether the filled rows of the matrix hold more than the columns of the core outside it, of which each costs a little, too."""
    end = factor.words[slot, 2]
    by_columns = TWO * np.uint64(factor.begin[slot, OUTER, end]) + PLACE_COST * end
    return (
        np.uint64(size(vector)) * np.uint64(len(matrix.column))
        > np.uint64(len(factor.position[slot])) * by_columns
    )


@folded
def outside_first(matrix, factor, slot, vector):
    """Rows outside the core are final: take them out of its columns."""
    if longer_by_rows(matrix, factor, slot, vector):
        outside_by_columns(factor, slot, vector)
        return
    position, column, work, bits = factor.position[slot], factor.column[slot], factor.work, factor.bits
    for k in range(size(vector)):
        i = vector.index[k]
        y = vector.value[i]
        if position[i] == OUTSIDE and y != 0.0:
            for e in range(matrix.row_start[i], matrix.row_start[i + 1]):
                p = column[matrix.column[e]]
                work[p] -= matrix.row_value[e] * y
                mark(bits, p)


@folded
def btran(matrix, factor, slot, changes, vector):
    """Bᵀ y = c, in place."""
    places, words = PlaceVector(factor.work, factor.bits), factor.words[slot]
    undo_changes(changes, vector)
    enter_core(factor, slot, vector)
    outside_first(matrix, factor, slot, vector)
    solve_up(triangle(factor, slot, U_ROWS), places, words[0], words[1])
    solve_down(triangle(factor, slot, L_ROWS), places, NONE, words[1])
    leave_core(factor, slot, vector, False)
