"""Products of arrays of terms: entry by entry, and of matrices; joins of their terms, of degree ≤ 2 in the columns."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from saddlepoint.algebra.cells import broadcast, match, source_cell, split_matrix, total, transpose
from saddlepoint.algebra.terms import Shape, Terms, scale_terms, second_columns
from saddlepoint.algebra.uniform import entrywise, span, taken_each
from saddlepoint.arrays import Index, Integers


def multiply(left: Terms, right: Terms) -> Terms:
    """The elementwise product, by numpy's broadcasting, of degree ≤ 2 in the columns together."""
    shape = np.broadcast_shapes(left.shape, right.shape)
    if shape not in {left.shape, right.shape}:
        left = broadcast(left, shape)
    for whole, other in ((left, right), (right, left)):
        if whole.shape != shape or not _is_plain(other):
            continue
        if other.size == 1:
            return scale_terms(whole, float(other.coef[0]))
        if whole.rowwise:
            factor = np.broadcast_to(other.coef.reshape(other.shape), shape).reshape(-1)
            return replace(whole, coef=entrywise(whole.coef, factor))
    if left.shape == shape:
        i, j = _joined(left, right, shape)
        return _combine(left, right, i, j, _picked(left.cell, i), shape)
    j, i = _joined(right, left, shape)
    return _combine(left, right, i, j, _picked(right.cell, j), shape)


def _is_plain(terms: Terms) -> bool:
    """Whether every cell is a number."""
    return terms.rowwise and terms.slots is None and terms.is_constant


def _picked(cell: Integers | None, which: Index | slice) -> Integers | None:
    if isinstance(which, slice):
        return cell
    return which if cell is None else cell[which]


def _joined(whole: Terms, other: Terms, shape: Shape) -> tuple[Index | slice, Index | slice]:
    """All pairs (term of the array of shape `shape`, term of `other` in the cell that broadcasts to its cell)."""
    if other.rowwise:
        if whole.rowwise and other.shape == shape:
            return slice(None), slice(None)
        return slice(None), source_cell(whole, shape, other.shape)
    return match(source_cell(whole, shape, other.shape), other.row, other.size)


def matmul(left: Terms, right: Terms) -> Terms:
    """The matrix product over the last two axes; the leading axes broadcast.

    A join of the left terms' column of the matrix with the right terms' row of it.
    """
    batch = np.broadcast_shapes(left.shape[:-2], right.shape[:-2])
    rows, inner = left.shape[-2:]
    cols = right.shape[-1]
    shape = (*batch, rows, cols)
    if left.shape[:-2] != right.shape[:-2]:
        if math.prod(left.shape[:-2]) > 1:
            left = broadcast(left, (*batch, rows, inner))
        if math.prod(right.shape[:-2]) > 1:
            right = broadcast(right, (*batch, inner, cols))
    one_left, one_right = math.prod(left.shape[:-2]) == 1, math.prod(right.shape[:-2]) == 1
    if right.rowwise and one_right and cols == 1:
        if left.rowwise:
            return total(multiply(left, transpose(right)), (len(shape) - 1,))
        row, k = np.divmod(left.row, inner)
        return _combine(left, right, slice(None), k, _cell(row, math.prod(shape)), shape)
    lb, li, lk = split_matrix(left.row, rows, inner, one_left)
    rb, rk, rj = split_matrix(right.row, inner, cols, one_right)
    if one_right and not one_left:
        i, j = match(lk, rk, inner)
        b = lb[i]
    elif one_left and not one_right:
        j, i = match(rk, lk, inner)
        b = rb[j]
    else:
        i, j = match(lb * inner + lk, right.row // cols, math.prod(batch) * inner)
        b = lb[i]
    return _combine(left, right, i, j, _cell((b * rows + li[i]) * cols + rj[j], math.prod(shape)), shape)


def _cell(row: Index, size: int) -> Index | None:
    """The cells of terms at `row`, None where each cell has one, in order."""
    counting = len(row) == size and isinstance(span(row), slice) and (size == 0 or row[0] == 0)
    return None if counting else row


def _combine(
    left: Terms, right: Terms, i: Index | slice, j: Index | slice, cell: Integers | None, shape: Shape
) -> Terms:
    """The terms left[i]·right[j], in the cells given."""
    slots = [t.slots[k] for t, k in ((left, i), (right, j)) if t.slots is not None]
    col, second = _columns(left, right, i, j)
    return Terms(
        shape,
        cell,
        col,
        entrywise(taken_each(left.coef, i), taken_each(right.coef, j)),
        np.concatenate(slots, axis=1) if len(slots) > 1 else slots[0] if slots else None,
        second,
    )


def _columns(
    left: Terms, right: Terms, i: Index | slice, j: Index | slice
) -> tuple[Integers, Integers | None]:
    a, b = taken_each(left.col, i), taken_each(right.col, j)
    if left.second is None and right.second is None:
        if left.is_constant:
            return b, None
        if right.is_constant:
            return a, None
        return np.maximum(a, b), np.minimum(a, b)
    a2, b2 = second_columns(left)[i], second_columns(right)[j]
    every = np.sort(np.stack([a, a2, b, b2]), axis=0)
    return every[3], every[2]
