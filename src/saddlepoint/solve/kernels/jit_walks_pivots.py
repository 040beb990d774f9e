# pyright: basic
"""Compiled dictionary of an optimal basis in which few pivots are made, undone and made anew, at the cost of what they touch.

x_B = x̄_B + T Δ. A pivot keeps its row and its column as they were before it; rows and columns after some pivots follow from
those of the start (the product form, Dantzig & Orchard-Hays 1954).
"""

from typing import Any, NamedTuple

import numpy as np

from saddlepoint.solve.kernels.answer import FIXED
from saddlepoint.solve.kernels.jit_codes import inner, making
from saddlepoint.solve.kernels.jit_sparse_vector import Sparse, add, blank_sparse, clear, include, size

CANCELS = 1e-11
"""Beside its two terms: a smaller sum is rounding."""


class Pivots(NamedTuple):
    """Those made so far: their number (1,); row, slot and pivot element of each; where their rows and columns lie, and these; of every row
    and slot the last pivot at it, or −1."""

    count: Any
    row: Any
    slot: Any
    element: Any
    column_begin: Any
    column_row: Any
    column_value: Any
    row_begin: Any
    row_slot: Any
    row_value: Any
    last_of_row: Any
    last_of_slot: Any


class Room(NamedTuple):
    """What a walk works on: rooms, reduced costs, where slots stand, and the variables, as they are now; rows and slots that differ from the
    start; rates of sides (variables,); rates of rows and slots, one row and one column of the dictionary; what a squared rate of
    a row and of a slot is worth beside others (m,), (k,); pivots."""

    below: Any
    above: Any
    row_variable: Any
    reduced: Any
    code: Any
    slot_variable: Any
    touched_rows: Sparse
    touched_slots: Sparse
    low_rate: Any
    high_rate: Any
    row_rate: Sparse
    slot_rate: Sparse
    row: Sparse
    column: Sparse
    row_weight: Any
    slot_weight: Any
    pivots: Pivots


@making
def weights(begin, value):
    """1 / (1 + ‖·‖²) of every row or column of the dictionary at the start: steepest edges as they were there."""
    out = np.ones(len(begin) - 1)
    for i in range(len(out)):
        for e in range(begin[i], begin[i + 1]):
            out[i] += value[e] * value[e]
    return 1.0 / out


@making
def blank_room(start, most, entries):
    """A room at the start; most: pivots of a walk, entries: of their rows, and of their columns."""
    m, k, v = len(start.below), len(start.reduced), len(start.place)
    pivots = Pivots(
        np.zeros(1, np.int64),
        np.zeros(most, np.int64),
        np.zeros(most, np.int64),
        np.zeros(most),
        np.zeros(most + 1, np.int64),
        np.zeros(entries, np.int64),
        np.zeros(entries),
        np.zeros(most + 1, np.int64),
        np.zeros(entries, np.int64),
        np.zeros(entries),
        np.full(m, -1),
        np.full(k, -1),
    )
    return Room(
        start.below.copy(),
        start.above.copy(),
        start.row_variable.copy(),
        start.reduced.copy(),
        start.code.copy(),
        start.slot_variable.copy(),
        blank_sparse(m),
        blank_sparse(k),
        np.zeros(v),
        np.zeros(v),
        blank_sparse(m),
        blank_sparse(k),
        blank_sparse(k),
        blank_sparse(m),
        weights(start.row_start, start.row_value),
        weights(start.column_start, start.column_value),
        pivots,
    )


@inner
def total(first, second):
    """Their sum, 0 where nothing but rounding is left."""
    found = first + second
    return 0.0 if abs(found) <= CANCELS * (abs(first) + abs(second)) else found


@inner
def gain(vector, i, amount):
    """Add to entry i; what cancels is 0."""
    if not vector.there[i]:
        include(vector, i)
    vector.value[i] = total(vector.value[i], amount)


@inner
def touch(vector, i):
    if not vector.there[i]:
        include(vector, i)


@inner
def replay(found, t, own, begin, index, value, pivots, sign):
    """A row (sign 1) or column (−1) as pivot t left it (−1: as it stands in `found`), taken through the pivots that followed.

    own: the row or slot of each pivot; begin, index, value: the rows or columns that were kept at the pivots.
    """
    if t >= 0:
        for e in range(begin[t], begin[t + 1]):
            k = index[e]
            add(found, k, (1.0 if k == own[t] else -sign * value[e]) / pivots.element[t])
    for later in range(t + 1, pivots.count[0]):
        p = own[later]
        if found.value[p] != 0.0:
            factor = found.value[p] / pivots.element[later]
            for e in range(begin[later], begin[later + 1]):
                if index[e] != p:
                    gain(found, index[e], -factor * value[e])
            found.value[p] = sign * factor


@inner
def read_column(start, room, j):
    """room.column = column of slot j as it is now."""
    found, pivots = room.column, room.pivots
    clear(found)
    t = pivots.last_of_slot[j]
    if t < 0:
        for e in range(start.column_start[j], start.column_start[j + 1]):
            add(found, start.column_row[e], start.column_value[e])
    replay(found, t, pivots.row, pivots.column_begin, pivots.column_row, pivots.column_value, pivots, -1.0)


@inner
def read_row(start, room, i):
    """room.row = row i as it is now."""
    found, pivots = room.row, room.pivots
    clear(found)
    t = pivots.last_of_row[i]
    if t < 0:
        for e in range(start.row_start[i], start.row_start[i + 1]):
            add(found, start.row_slot[e], start.row_value[e])
    replay(found, t, pivots.slot, pivots.row_begin, pivots.row_slot, pivots.row_value, pivots, 1.0)


@inner
def has_place(room):
    """Whether the row and the column at hand can be kept."""
    pivots = room.pivots
    t = pivots.count[0]
    if t >= len(pivots.row):
        return False
    widest = pivots.column_begin[t] + size(room.column), pivots.row_begin[t] + size(room.row)
    return widest[0] <= len(pivots.column_row) and widest[1] <= len(pivots.row_slot)


@inner
def keep(vector, begin, t, index, value):
    """Store a sparse vector as the t-th."""
    e = begin[t]
    for k in range(size(vector)):
        i = vector.index[k]
        if vector.value[i] != 0.0:
            index[e], value[e] = i, vector.value[i]
            e += 1
    begin[t + 1] = e


@inner
def opens(room, v):
    """Whether the sides of variable v part along the line."""
    return room.high_rate[v] > room.low_rate[v]


@inner
def pivot(start, room, i, j, code):
    """Row i leaves to stand at `code`, slot j enters; the row and the column at hand are those of i and j."""
    pivots = room.pivots
    t = pivots.count[0]
    pivots.row[t], pivots.slot[t], pivots.element[t] = i, j, room.row.value[j]
    keep(room.column, pivots.column_begin, t, pivots.column_row, pivots.column_value)
    keep(room.row, pivots.row_begin, t, pivots.row_slot, pivots.row_value)
    pivots.last_of_row[i] = pivots.last_of_slot[j] = t
    pivots.count[0] = t + 1
    touch(room.touched_rows, i)
    touch(room.touched_slots, j)
    room.row_variable[i], room.slot_variable[j] = room.slot_variable[j], room.row_variable[i]
    v = room.slot_variable[j]
    room.code[j] = FIXED if start.width[v] == 0.0 and not opens(room, v) else code


@inner
def restore(start, room):
    """All as at the start, no rates."""
    rows, slots, pivots = room.touched_rows, room.touched_slots, room.pivots
    for k in range(size(rows)):
        i = rows.index[k]
        room.below[i], room.above[i] = start.below[i], start.above[i]
        room.row_variable[i] = start.row_variable[i]
        pivots.last_of_row[i] = -1
    for k in range(size(slots)):
        j = slots.index[k]
        room.reduced[j], room.code[j] = start.reduced[j], start.code[j]
        room.slot_variable[j] = start.slot_variable[j]
        pivots.last_of_slot[j] = -1
    pivots.count[0] = 0
    for vector in (rows, room.row_rate, room.column):
        clear(vector)
    for vector in (slots, room.slot_rate, room.row):
        clear(vector)
