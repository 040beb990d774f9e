"""Arrays of polynomials as one long table of terms.

An array of affine or quadratic expressions is kept as rows of (row, column, coefficient). Data that differ between
scenarios, or that will be exchanged between sub-problems, stay symbolic: a term carries the slots of the data
vector that multiply it. So the value of a term in scenario s at the point x is

    coef · Π_k data[s, slots[k]] · x[col] · x[second]         (no factor where an index is −1)

Every operation is integer index arithmetic over whole arrays.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Shape = tuple[int, ...]
Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Terms:
    """An array of polynomials of degree ≤ 2 in the columns.

    shape: the array's shape; row: flat position in it; col, second: column or −1 (second None = nowhere
    quadratic); coef: numbers; slots: (nnz, k) data slots that multiply the term, −1 = none (None = no data).
    rowwise: row == arange(size), one term each (then gathering and products are plain indexing).
    """

    shape: Shape
    row: Index
    col: Index
    coef: NDArray[np.float64]
    slots: Index | None = None
    second: Index | None = None
    rowwise: bool = False

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def is_constant(self) -> bool:
        return (self.col.strides == (0,) and bool((self.col[:1] < 0).all())) or not bool((self.col >= 0).any())

    @property
    def is_quadratic(self) -> bool:
        return self.second is not None and bool((self.second >= 0).any())

    def keep(self, mask: NDArray[np.bool_]) -> Terms:
        """Only the terms where mask holds."""
        return self.pick(np.flatnonzero(mask))

    def pick(self, which: Index, row: Index | None = None, shape: Shape | None = None) -> Terms:
        """The terms at these places, with new rows and a new shape where given."""
        return Terms(
            self.shape if shape is None else shape,
            self.row[which] if row is None else row,
            self.col[which],
            self.coef[which],
            None if self.slots is None else self.slots[which],
            None if self.second is None else self.second[which],
        )

    def reshape(self, shape: Shape) -> Terms:
        """The same terms under another shape of equal size (row-major)."""
        return replace(self, shape=shape)


def constant(values: NDArray[np.float64]) -> Terms:
    """The array of numbers `values`; zeros give no term."""
    flat = np.ascontiguousarray(values, dtype=np.float64).reshape(-1)
    row = np.flatnonzero(flat)
    if len(row) == len(flat):
        return Terms(values.shape, row, _none(len(row)), flat, rowwise=True)
    return Terms(values.shape, row, _none(len(row)), flat[row])


def _none(size: int) -> Index:
    """No column, `size` times, in no memory."""
    return np.broadcast_to(np.int64(-1), (size,))


def _once(size: int) -> NDArray[np.float64]:
    return np.broadcast_to(np.float64(1.0), (size,))


def data(shape: Shape, first: int, nonzero: NDArray[np.bool_] | None = None) -> Terms:
    """An array of data slots first, first + 1, …; nonzero: flat mask of the slots that may differ from 0."""
    size = math.prod(shape)
    row = np.arange(size) if nonzero is None else np.flatnonzero(nonzero)
    k = len(row)
    return Terms(shape, row, _none(k), _once(k), (first + row)[:, None], rowwise=k == size)


def columns(shape: Shape, index: Index) -> Terms:
    """An array whose cells are the columns `index` (flat, one per cell)."""
    size = math.prod(shape)
    return Terms(shape, np.arange(size), np.asarray(index, np.int64).reshape(-1), _once(size), rowwise=True)


def zero(shape: Shape) -> Terms:
    """An array of zeros."""
    none = np.zeros(0, np.int64)
    return Terms(shape, none, none, np.zeros(0))


def gather(terms: Terms, index: Index, shape: Shape) -> Terms:
    """The array whose cell r is the old cell index[r] (flat); −1 gives zero."""
    flat = index.reshape(-1)
    if terms.rowwise:
        if flat.size == 0 or flat.min() >= 0:
            return replace(terms.pick(flat, np.arange(len(flat)), shape), rowwise=True)
        row = np.flatnonzero(flat >= 0)
        return terms.pick(flat[row], row, shape)
    row, which = match(flat, terms.row, terms.size)
    return terms.pick(which, row, shape)


def match(keys: Index, sought: Index, size: int) -> tuple[Index, Index]:
    """All pairs (i, j) with keys[i] == sought[j], ordered by i; values lie in 0 … size − 1, or are −1 in keys.

    The work is linear in the number of pairs plus a stable sort of `sought`.
    """
    order = _stable_order(sought)
    count = np.bincount(sought, minlength=size)
    start = np.zeros(size + 1, np.int64)
    np.cumsum(count, out=start[1:])
    valid = np.flatnonzero(keys >= 0)
    wanted = keys[valid]
    times = count[wanted]
    total = int(times.sum())
    left = np.repeat(valid, times)
    offset = np.arange(total) - np.repeat(np.cumsum(times) - times, times)
    return left, order[np.repeat(start[wanted], times) + offset]


def _stable_order(values: Index) -> Index:
    if len(values) < 2 or bool((values[1:] >= values[:-1]).all()):
        return np.arange(len(values))
    return np.argsort(values, kind="stable")


def renumber(terms: Terms, target: Index, shape: Shape) -> Terms:
    """The array in which old cell r is added into cell target[r]; sums, traces and reshapes are renumberings."""
    return replace(terms, shape=shape, row=target.reshape(-1)[terms.row], rowwise=False)


def broadcast(terms: Terms, shape: Shape) -> Terms:
    """The array repeated to a larger shape by numpy's rule."""
    if terms.shape == shape:
        return terms
    cells = np.arange(terms.size).reshape(terms.shape)
    return gather(terms, np.broadcast_to(cells, shape), shape)


def negative(terms: Terms) -> Terms:
    return replace(terms, coef=-terms.coef)


def scale(terms: Terms, factor: float) -> Terms:
    return replace(terms, coef=terms.coef * factor)


def add(parts: Sequence[Terms]) -> Terms:
    """The sum of arrays of one shape (broadcast by the caller); equal terms are merged later, at assembly."""
    if len(parts) == 1:
        return parts[0]
    degree = max(0 if p.slots is None else p.slots.shape[1] for p in parts)
    quadratic = any(p.second is not None for p in parts)
    return Terms(
        parts[0].shape,
        np.concatenate([p.row for p in parts]),
        np.concatenate([p.col for p in parts]),
        np.concatenate([p.coef for p in parts]),
        np.concatenate([_padded(p, degree) for p in parts]) if degree else None,
        np.concatenate([_second(p) for p in parts]) if quadratic else None,
    )


def _padded(terms: Terms, degree: int) -> Index:
    have = 0 if terms.slots is None else terms.slots.shape[1]
    if terms.slots is not None and have == degree:
        return terms.slots
    out = np.full((len(terms.row), degree), -1, np.int64)
    if terms.slots is not None:
        out[:, :have] = terms.slots
    return out


def _second(terms: Terms) -> Index:
    return np.full(len(terms.row), -1, np.int64) if terms.second is None else terms.second


def is_counting(row: Index) -> bool:
    """Whether row is 0, 1, 2, …"""
    return not len(row) or (row[0] == 0 and bool((np.diff(row) == 1).all()))


def multiply(left: Terms, right: Terms) -> Terms:
    """The elementwise product, by numpy's broadcasting, of degree ≤ 2 in the columns together."""
    shape = np.broadcast_shapes(left.shape, right.shape)
    if shape not in {left.shape, right.shape}:
        left = broadcast(left, shape)
    if left.shape == shape:
        at = _source_cell(left.row, shape, right.shape)
        i, j = _joined(at, right)
        return _combine(left, right, i, j, left.row[i], shape)
    at = _source_cell(right.row, shape, left.shape)
    j, i = _joined(at, left)
    return _combine(left, right, i, j, right.row[j], shape)


def _joined(keys: Index, sought: Terms) -> tuple[Index, Index]:
    """All pairs (key, term of `sought` in that cell)."""
    if sought.rowwise:
        return np.arange(len(keys)), keys
    return match(keys, sought.row, sought.size)


def _source_cell(row: Index, shape: Shape, source: Shape) -> Index:
    """The flat cell of the array of shape `source` that broadcasts to each flat cell `row` of `shape`."""
    if shape == source:
        return row
    padded = (1,) * (len(shape) - len(source)) + source
    if math.prod(source) == 1:
        return np.zeros(len(row), np.int64)
    kept = next(k for k in range(len(shape), -1, -1) if padded[:k] == shape[:k] or k == 0)
    if math.prod(padded[kept:]) == 1:
        return row // math.prod(shape[kept:])
    if math.prod(padded[: len(shape) - 1]) == 1:
        return row % shape[-1]
    out = np.zeros(len(row), np.int64)
    rest = row
    stride = 1
    for length, have in zip(reversed(shape), reversed(padded), strict=True):
        rest, position = np.divmod(rest, length)
        if have > 1:
            out += position * stride
            stride *= have
    return out


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
        row, k = np.divmod(left.row, inner)
        return _combine(left, right, np.arange(len(row)), k, row, shape)
    lb, li, lk = _split(left.row, rows, inner, one_left)
    rb, rk, rj = _split(right.row, inner, cols, one_right)
    if one_right and not one_left:
        i, j = match(lk, rk, inner)
        b = lb[i]
    elif one_left and not one_right:
        j, i = match(rk, lk, inner)
        b = rb[j]
    else:
        i, j = match(lb * inner + lk, right.row // cols, math.prod(batch) * inner)
        b = lb[i]
    return _combine(left, right, i, j, (b * rows + li[i]) * cols + rj[j], shape)


def _split(row: Index, rows: int, cols: int, single: bool) -> tuple[Index, Index, Index]:
    rest, c = np.divmod(row, cols) if cols > 1 else (row, np.zeros(len(row), np.int64))
    if single:
        return np.zeros(len(row), np.int64), rest, c
    b, r = np.divmod(rest, rows)
    return b, r, c


def _combine(left: Terms, right: Terms, i: Index, j: Index, row: Index, shape: Shape) -> Terms:
    """The terms left[i]·right[j], at the rows given."""
    slots = [t.slots[k] for t, k in ((left, i), (right, j)) if t.slots is not None]
    col, second = _columns(left, right, i, j)
    return Terms(
        shape,
        row,
        col,
        left.coef[i] * right.coef[j],
        np.concatenate(slots, axis=1) if len(slots) > 1 else slots[0] if slots else None,
        second,
        rowwise=len(row) == math.prod(shape) and is_counting(row),
    )


def _columns(left: Terms, right: Terms, i: Index, j: Index) -> tuple[Index, Index | None]:
    a, b = left.col[i], right.col[j]
    if left.second is None and right.second is None:
        if left.is_constant or right.is_constant:
            return np.maximum(a, b), None
        return np.maximum(a, b), np.minimum(a, b)
    a2, b2 = _second(left)[i], _second(right)[j]
    every = np.sort(np.stack([a, a2, b, b2]), axis=0)
    return every[3], every[2]


def transpose(terms: Terms) -> Terms:
    """The array with its last two axes exchanged."""
    rows, cols = terms.shape[-2:]
    shape = (*terms.shape[:-2], cols, rows)
    if 1 in (rows, cols):
        return terms.reshape(shape)
    b, i, j = _split(terms.row, rows, cols, terms.size == rows * cols)
    return replace(terms, shape=shape, row=(b * cols + j) * rows + i, rowwise=False)


def total(terms: Terms, axes: tuple[int, ...]) -> Terms:
    """The sum over some axes, which stay with length 1."""
    shape = tuple(1 if a in axes else n for a, n in enumerate(terms.shape))
    return replace(terms, shape=shape, row=_source_cell(terms.row, terms.shape, shape), rowwise=False)
