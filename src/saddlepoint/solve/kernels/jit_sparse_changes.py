# pyright: basic
"""Compiled file of the changes of a basis since it was factorised, in product form."""

from typing import Any, NamedTuple

import numpy as np

from saddlepoint.solve.kernels.jit_codes import folded, inner, making
from saddlepoint.solve.kernels.jit_sparse_triangle import leading_zeros
from saddlepoint.solve.kernels.jit_sparse_vector import add, size

CHANGES = 62
"""So many exchanges are kept before the basis is factorised anew: what a signed word holds as a set, without its sign."""


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


@folded
def follow_changes(changes, vector):
    """What the changes make of B⁻¹ b, from the first to the last."""
    for k in range(changes.count[0]):
        r = changes.row[k]
        if vector.value[r] != 0.0:
            t = vector.value[r] / changes.pivot[k]
            for e in range(changes.start[k], changes.start[k + 1]):
                add(vector, changes.index[e], -changes.value[e] * t)
            vector.value[r] = t


@folded
def undo_changes(changes, vector):
    """What they make of the right-hand side of Bᵀ y = c, from the last to the first; only those that the vector meets on its way are worked on."""
    value, touching = vector.value, changes.touching
    met = 0
    for k in range(size(vector)):
        met |= touching[vector.index[k]]
    while met != 0:
        k = 63 - leading_zeros(met)
        met ^= np.int64(1) << k
        r = changes.row[k]
        t = value[r]
        for e in range(changes.start[k], changes.start[k + 1]):
            t -= changes.value[e] * value[changes.index[e]]
        if not vector.there[r]:
            add(vector, r, 0.0)
            met |= touching[r] & ((np.int64(1) << k) - 1)
        value[r] = t / changes.pivot[k]


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
