# pyright: basic
"""Compiled sparse vectors.

Indices are uint32: a signed one is asked before each use whether it counts from the end, a third of the time of the kernel.
"""

from typing import Any, NamedTuple

import numpy as np

from saddlepoint.solve.kernels.jit_codes import inner, making


class Sparse(NamedTuple):
    """A vector (m,) with the list of rows that may be filled: value (m,), index (m + 1,), whether a row is there (m,).

    The last entry of `index` is their number: the fewer arrays a record has, the shorter it compiles.
    """

    value: Any
    index: Any
    there: Any


@making
def blank_sparse(m):
    return Sparse(np.zeros(m), np.zeros(m + 1, np.uint32), np.zeros(m, np.uint8))


@inner
def size(vector):
    """How many rows may be filled."""
    return vector.index[len(vector.index) - 1]


@inner
def resize(vector, filled):
    vector.index[len(vector.index) - 1] = filled


@inner
def clear(vector):
    """Zero again, at the cost of what is filled."""
    value, index, there = vector
    for k in range(size(vector)):
        value[index[k]] = 0.0
        there[index[k]] = 0
    resize(vector, 0)


@inner
def include(vector, i):
    """Row i is there from now on."""
    filled = size(vector)
    vector.there[i] = 1
    vector.index[filled] = i
    resize(vector, filled + 1)


@inner
def add(vector, i, amount):
    """Add to row i."""
    if not vector.there[i]:
        include(vector, i)
    vector.value[i] += amount


@inner
def recount(vector):
    """Make the list of filled rows anew after a pass over all rows."""
    value, index, there = vector
    filled = 0
    for i in range(len(value)):
        there[i] = value[i] != 0.0
        index[filled] = i
        filled += np.int64(there[i])
    resize(vector, filled)
