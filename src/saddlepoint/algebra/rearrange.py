"""Arrays of terms whose cells change places by a rule for each axis; the work follows the terms, not the cells."""

from __future__ import annotations

import math

import numpy as np

from saddlepoint.algebra.cells import gather, renumber
from saddlepoint.algebra.terms import Shape, Terms
from saddlepoint.algebra.uniform import uniform
from saddlepoint.labels.positions import Positions


def taken(terms: Terms, index: Positions, shape: Shape) -> Terms:
    """The array of this shape whose cell r is the old cell index[r]; 0 where that is −1."""
    if index.span == slice(0, terms.size):
        return terms.reshape(shape)
    if terms.rowwise:
        return gather(terms, index.flat, shape)
    row, which = index.among(terms.row)
    return terms.pick(which, row, shape)


def added_up(terms: Terms, index: Positions, shape: Shape) -> Terms:
    """The array of this shape in which old cell r is added into cell index[r], or left out where that is −1."""
    if index.gaps:
        held = index.at(terms.row)
        on = np.flatnonzero(held >= 0)
        return terms.pick(on, held[on], shape)
    if math.prod(shape) == 1:
        return Terms(shape, uniform(np.int64(0), terms.nnz), terms.col, terms.coef, terms.slots, terms.second)
    if terms.cell is None:
        return renumber(terms, index.narrow, shape)
    return Terms(shape, index.at(terms.cell), terms.col, terms.coef, terms.slots, terms.second)
