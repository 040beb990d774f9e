"""Arrays of polynomials as one long table of terms.

An array of affine or quadratic expressions is kept as rows of (row, column, coefficient). Data that differ between
scenarios, or that will be exchanged between sub-problems, stay symbolic: a term carries the slots of the data
vector that multiply it. So the value of a term in scenario s at the point x is

    coef · Π_k data[s, slots[k]] · x[col] · x[second]         (no factor where an index is −1)

Every operation is integer index arithmetic over whole arrays. What is the same for all terms (a coefficient 1, no
column) is kept once, as an array of stride 0; what follows from the place (cell k holds term k) is not kept at all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from saddlepoint.algebra.uniform import entrywise, is_uniform, joined, no_column, ones, taken_each, uniform
from saddlepoint.arrays import Array, Index, Integers, Mask
from saddlepoint.records import dataclass

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """An array of polynomials of degree ≤ 2 in the columns.

    shape: the array's shape; cell: flat position in it of every term, None: term k stands in cell k, one in each
    (of any width: `row` is for counting with);
    col, second: column or −1 (second None = nowhere quadratic); coef: numbers; slots: (nnz, k) data slots that
    multiply the term, −1 = none (None = no data).
    """

    shape: Shape
    cell: Integers | None
    col: Integers
    coef: Array
    slots: Index | None = None
    second: Integers | None = None

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def nnz(self) -> int:
        """The number of terms."""
        return len(self.col)

    @property
    def rowwise(self) -> bool:
        """Whether every cell has exactly one term, in order (then gathering and products are plain indexing)."""
        return self.cell is None

    @property
    def row(self) -> Index:
        """The cell of every term, length nnz."""
        return np.arange(len(self.col)) if self.cell is None else self.cell.astype(np.int64, copy=False)

    @property
    def is_constant(self) -> bool:
        col = self.col
        return not len(col) or (int(col[0]) < 0 and (is_uniform(col) or int(col.max()) < 0))

    @property
    def is_quadratic(self) -> bool:
        return self.second is not None and bool((self.second >= 0).any())

    def keep(self, mask: Mask) -> Terms:
        """Only the terms where mask holds."""
        return self.pick(np.flatnonzero(mask))

    def pick(self, which: Index, row: Integers | None = None, shape: Shape | None = None) -> Terms:
        """The terms at these places, with new rows and a new shape where given."""
        own = which if self.cell is None else self.cell[which]
        return terms_at(self, which, own if row is None else row, self.shape if shape is None else shape)

    def reshape(self, shape: Shape) -> Terms:
        """The same terms under another shape of equal size (row-major)."""
        return replace(self, shape=shape)


def terms_at(terms: Terms, which: Index, cell: Integers | None, shape: Shape) -> Terms:
    """The terms at these places, in these cells of an array of this shape."""
    return Terms(
        shape,
        cell,
        taken_each(terms.col, which),
        taken_each(terms.coef, which),
        None if terms.slots is None else terms.slots[which],
        None if terms.second is None else terms.second[which],
    )


def constant(values: Array) -> Terms:
    """The array of numbers `values`; zeros give no term."""
    flat = np.ascontiguousarray(values, dtype=np.float64).reshape(-1)
    if np.count_nonzero(flat) == len(flat):
        return Terms(values.shape, None, no_column(len(flat)), flat)
    row = np.flatnonzero(flat)
    return Terms(values.shape, row, no_column(len(row)), flat[row])


def data(shape: Shape, first: int, nonzero: Mask | None = None) -> Terms:
    """An array of data slots first, first + 1, …; nonzero: flat mask of the slots that may differ from 0."""
    size = math.prod(shape)
    row = np.arange(size) if nonzero is None else np.flatnonzero(nonzero)
    k = len(row)
    return Terms(shape, None if k == size else row, no_column(k), ones(k), (first + row)[:, None])


def columns(shape: Shape, index: Index) -> Terms:
    """An array whose cells are the columns `index` (flat, one per cell)."""
    size = math.prod(shape)
    return Terms(shape, None, np.asarray(index, np.int64).reshape(-1), ones(size))


def zero(shape: Shape) -> Terms:
    """An array of zeros."""
    none = np.zeros(0, np.int64)
    return Terms(shape, none, none, np.zeros(0))


def negative(terms: Terms) -> Terms:
    return scale_terms(terms, -1.0)


def scale_terms(terms: Terms, factor: float) -> Terms:
    if factor == 1.0:
        return terms
    return replace(terms, coef=entrywise(terms.coef, uniform(np.float64(factor), terms.nnz)))


def add(parts: Sequence[Terms]) -> Terms:
    """The sum of arrays of one shape (broadcast by the caller); equal terms are merged later, at assembly."""
    parts = [p for p in parts if p.nnz] or parts[:1]
    if len(parts) == 1:
        return parts[0]
    degree = max(0 if p.slots is None else p.slots.shape[1] for p in parts)
    quadratic = any(p.second is not None for p in parts)
    return Terms(
        parts[0].shape,
        np.concatenate([p.row for p in parts]),
        np.concatenate([p.col for p in parts]),
        joined([p.coef for p in parts]),
        np.concatenate([_padded(p, degree) for p in parts]) if degree else None,
        np.concatenate([second_columns(p) for p in parts]) if quadratic else None,
    )


def _padded(terms: Terms, degree: int) -> Index:
    have = 0 if terms.slots is None else terms.slots.shape[1]
    if terms.slots is not None and have == degree:
        return terms.slots
    out = np.full((terms.nnz, degree), -1, np.int64)
    if terms.slots is not None:
        out[:, :have] = terms.slots
    return out


def second_columns(terms: Terms) -> Integers:
    return no_column(terms.nnz) if terms.second is None else terms.second
