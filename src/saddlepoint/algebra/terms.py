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
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saddlepoint.arrays import Array, Index, Integers, Mask

Shape = tuple[int, ...]
FEW = 8
"""Places are sought one by one where there are so many times more of them than are asked for."""


@dataclass(frozen=True, slots=True)
class Terms:
    """An array of polynomials of degree ≤ 2 in the columns.

    shape: the array's shape; cell: flat position in it of every term, None: term k stands in cell k, one in each;
    col, second: column or −1 (second None = nowhere quadratic); coef: numbers; slots: (nnz, k) data slots that
    multiply the term, −1 = none (None = no data).
    """

    shape: Shape
    cell: Index | None
    col: Index
    coef: Array
    slots: Index | None = None
    second: Index | None = None

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
        return np.arange(len(self.col)) if self.cell is None else self.cell

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

    def pick(self, which: Index, row: Index | None = None, shape: Shape | None = None) -> Terms:
        """The terms at these places, with new rows and a new shape where given."""
        own = which if self.cell is None else self.cell[which]
        return _at(self, which, own if row is None else row, self.shape if shape is None else shape)

    def reshape(self, shape: Shape) -> Terms:
        """The same terms under another shape of equal size (row-major)."""
        return replace(self, shape=shape)


def _at(terms: Terms, which: Index, cell: Index | None, shape: Shape) -> Terms:
    """The terms at these places, in these cells of an array of this shape."""
    return Terms(
        shape,
        cell,
        _taken(terms.col, which),
        _taken(terms.coef, which),
        None if terms.slots is None else terms.slots[which],
        None if terms.second is None else terms.second[which],
    )


def constant(values: Array) -> Terms:
    """The array of numbers `values`; zeros give no term."""
    flat = np.ascontiguousarray(values, dtype=np.float64).reshape(-1)
    if np.count_nonzero(flat) == len(flat):
        return Terms(values.shape, None, _none(len(flat)), flat)
    row = np.flatnonzero(flat)
    return Terms(values.shape, row, _none(len(row)), flat[row])


def _none(size: int) -> Index:
    """No column, `size` times, in no memory."""
    return uniform(np.int64(-1), size)


def _once(size: int) -> Array:
    return uniform(np.float64(1.0), size)


def uniform(number: Any, size: int) -> NDArray[Any]:
    """One numpy number `size` times, kept once; as np.broadcast_to, ten times faster."""
    return np.ndarray((size,), number.dtype, number.tobytes(), strides=(0,))


def is_uniform(array: NDArray[Any]) -> bool:
    """Whether the array repeats one number that is kept once."""
    return array.strides[:1] == (0,) and len(array) > 0


def _taken(array: NDArray[Any], which: Index | slice) -> NDArray[Any]:
    """array[which], kept once where one number repeats."""
    if isinstance(which, slice):
        return array[which]
    if len(which) and (is_uniform(array) or is_uniform(which)):
        return uniform(array[which[0]], len(which))
    return array[which]


def _product(left: Array, right: Array) -> Array:
    """left · right entry by entry, kept once where both repeat one number."""
    if is_uniform(left) and is_uniform(right):
        return uniform(left[0] * right[0], len(left))
    if is_uniform(left) and left[0] == 1.0:
        return right
    if is_uniform(right) and right[0] == 1.0:
        return left
    return left * right


def data(shape: Shape, first: int, nonzero: Mask | None = None) -> Terms:
    """An array of data slots first, first + 1, …; nonzero: flat mask of the slots that may differ from 0."""
    size = math.prod(shape)
    row = np.arange(size) if nonzero is None else np.flatnonzero(nonzero)
    k = len(row)
    return Terms(shape, None if k == size else row, _none(k), _once(k), (first + row)[:, None])


def columns(shape: Shape, index: Index) -> Terms:
    """An array whose cells are the columns `index` (flat, one per cell)."""
    size = math.prod(shape)
    return Terms(shape, None, np.asarray(index, np.int64).reshape(-1), _once(size))


def zero(shape: Shape) -> Terms:
    """An array of zeros."""
    none = np.zeros(0, np.int64)
    return Terms(shape, none, none, np.zeros(0))


def gather(terms: Terms, index: Index, shape: Shape) -> Terms:
    """The array whose cell r is the old cell index[r] (flat); −1 gives zero."""
    flat = index.reshape(-1)
    if terms.rowwise:
        if flat.size == 0 or flat.min() >= 0:
            return _at(terms, flat, None, shape)
        row = np.flatnonzero(flat >= 0)
        return terms.pick(flat[row], row, shape)
    row, which = match(flat, terms.row, terms.size)
    return terms.pick(which, row, shape)


def match(keys: Index, sought: Index, size: int) -> tuple[Index, Index]:
    """All pairs (i, j) with keys[i] == sought[j], ordered by i; values lie in 0 … size − 1, or are −1 in keys.

    The work is linear in the number of pairs plus a stable sort of `sought`; where few of many values occur, it follows
    those that do.
    """
    order = _stable_order(sought)
    valid = np.flatnonzero(keys >= 0)
    wanted = keys[valid]
    if FEW * (len(sought) + len(wanted)) < size:
        ordered = sought[order]
        start = np.searchsorted(ordered, wanted)
        times = np.searchsorted(ordered, wanted, side="right") - start
    else:
        count = np.bincount(sought, minlength=size)
        first = np.zeros(size + 1, np.int64)
        np.cumsum(count, out=first[1:])
        start, times = first[wanted], count[wanted]
    total = int(times.sum())
    left = np.repeat(valid, times)
    offset = np.arange(total) - np.repeat(np.cumsum(times) - times, times)
    return left, order[np.repeat(start, times) + offset]


def _stable_order(values: Index) -> Index:
    if len(values) < 2 or bool((values[1:] >= values[:-1]).all()):
        return np.arange(len(values))
    return np.argsort(values, kind="stable")


def renumber(terms: Terms, target: Index, shape: Shape) -> Terms:
    """The array in which old cell r is added into cell target[r]; sums, traces and reshapes are renumberings."""
    flat = target.reshape(-1)
    return replace(terms, shape=shape, cell=flat if terms.cell is None else flat[terms.cell])


def broadcast(terms: Terms, shape: Shape) -> Terms:
    """The array repeated to a larger shape by numpy's rule."""
    if terms.shape == shape:
        return terms
    cells = np.arange(terms.size).reshape(terms.shape)
    return gather(terms, np.broadcast_to(cells, shape), shape)


def spread_to(terms: Terms, shape: Shape, cells: Index) -> Terms:
    """Some cells (flat, of an array of this shape) of the array repeated to the shape by numpy's rule, one after the other."""
    index = cells if terms.shape == shape else _sources(cells, shape, terms.shape)
    return gather(terms, index, (len(cells),))


def negative(terms: Terms) -> Terms:
    return scale(terms, -1.0)


def scale(terms: Terms, factor: float) -> Terms:
    if factor == 1.0:
        return terms
    return replace(terms, coef=_product(terms.coef, uniform(np.float64(factor), terms.nnz)))


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
        np.concatenate([p.coef for p in parts]),
        np.concatenate([_padded(p, degree) for p in parts]) if degree else None,
        np.concatenate([_second(p) for p in parts]) if quadratic else None,
    )


def _padded(terms: Terms, degree: int) -> Index:
    have = 0 if terms.slots is None else terms.slots.shape[1]
    if terms.slots is not None and have == degree:
        return terms.slots
    out = np.full((terms.nnz, degree), -1, np.int64)
    if terms.slots is not None:
        out[:, :have] = terms.slots
    return out


def _second(terms: Terms) -> Index:
    return _none(terms.nnz) if terms.second is None else terms.second


def span(places: Integers) -> Integers | slice:
    """The places, as a slice where they follow each other."""
    if not len(places):
        return slice(0, 0)
    first, last = int(places[0]), int(places[-1])
    if last - first == len(places) - 1 and bool((places[1:] > places[:-1]).all()):
        return slice(first, last + 1)
    return places


def _cell(row: Index, size: int) -> Index | None:
    """The cells of terms at `row`, None where each cell has one, in order."""
    counting = len(row) == size and isinstance(span(row), slice) and (size == 0 or row[0] == 0)
    return None if counting else row


def multiply(left: Terms, right: Terms) -> Terms:
    """The elementwise product, by numpy's broadcasting, of degree ≤ 2 in the columns together."""
    shape = np.broadcast_shapes(left.shape, right.shape)
    if shape not in {left.shape, right.shape}:
        left = broadcast(left, shape)
    for whole, other in ((left, right), (right, left)):
        if whole.shape == shape and whole.rowwise and other.rowwise and _is_plain(other):
            factor = np.broadcast_to(other.coef.reshape(other.shape), shape).reshape(-1)
            return replace(whole, coef=_product(whole.coef, factor))
    if left.shape == shape:
        i, j = _joined(left, right, shape)
        return _combine(left, right, i, j, _picked(left.cell, i), shape)
    j, i = _joined(right, left, shape)
    return _combine(left, right, i, j, _picked(right.cell, j), shape)


def _is_plain(terms: Terms) -> bool:
    """Whether the terms are numbers only, more than one."""
    return terms.size > 1 and terms.slots is None and terms.is_constant


def _picked(cell: Index | None, which: Index | slice) -> Index | None:
    if isinstance(which, slice):
        return cell
    return which if cell is None else cell[which]


def _joined(whole: Terms, other: Terms, shape: Shape) -> tuple[Index | slice, Index | slice]:
    """All pairs (term of the array of shape `shape`, term of `other` in the cell that broadcasts to its cell)."""
    if other.rowwise:
        if whole.rowwise and other.shape == shape:
            return slice(None), slice(None)
        return slice(None), _source_cell(whole, shape, other.shape)
    return match(_source_cell(whole, shape, other.shape), other.row, other.size)


def _source_cell(terms: Terms, shape: Shape, source: Shape) -> Index:
    """The flat cell of the array of shape `source` that broadcasts to each term's cell in `shape`."""
    if shape == source:
        return terms.row
    if math.prod(source) == 1:
        return uniform(np.int64(0), terms.nnz)
    kept = _leading(shape, source)
    if terms.rowwise and math.prod(((1,) * (len(shape) - len(source)) + source)[kept:]) == 1:
        return np.repeat(np.arange(math.prod(source)), math.prod(shape[kept:]))
    return _sources(terms.row, shape, source)


def _leading(shape: Shape, source: Shape) -> int:
    """How many of the first axes are the same in both."""
    padded = (1,) * (len(shape) - len(source)) + source
    return next((k for k in range(len(shape), -1, -1) if padded[:k] == shape[:k]), 0)


def _sources(cells: Index, shape: Shape, source: Shape) -> Index:
    """The flat cell of the array of shape `source` that broadcasts to each of these cells of one of `shape`."""
    padded = (1,) * (len(shape) - len(source)) + source
    if math.prod(source) == 1:
        return uniform(np.int64(0), len(cells))
    kept = _leading(shape, source)
    if math.prod(padded[kept:]) == 1:
        return cells // math.prod(shape[kept:])
    if math.prod(padded[: len(shape) - 1]) == 1:
        return cells % shape[-1]
    out = np.zeros(len(cells), np.int64)
    rest = cells
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
        if left.rowwise:
            return total(multiply(left, transpose(right)), (len(shape) - 1,))
        row, k = np.divmod(left.row, inner)
        return _combine(left, right, slice(None), k, _cell(row, math.prod(shape)), shape)
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
    return _combine(left, right, i, j, _cell((b * rows + li[i]) * cols + rj[j], math.prod(shape)), shape)


def _split(row: Index, rows: int, cols: int, single: bool) -> tuple[Index, Index, Index]:
    rest, c = np.divmod(row, cols) if cols > 1 else (row, np.zeros(len(row), np.int64))
    if single:
        return np.zeros(len(row), np.int64), rest, c
    b, r = np.divmod(rest, rows)
    return b, r, c


def _combine(
    left: Terms, right: Terms, i: Index | slice, j: Index | slice, cell: Index | None, shape: Shape
) -> Terms:
    """The terms left[i]·right[j], in the cells given."""
    slots = [t.slots[k] for t, k in ((left, i), (right, j)) if t.slots is not None]
    col, second = _columns(left, right, i, j)
    return Terms(
        shape,
        cell,
        col,
        _product(_taken(left.coef, i), _taken(right.coef, j)),
        np.concatenate(slots, axis=1) if len(slots) > 1 else slots[0] if slots else None,
        second,
    )


def _columns(left: Terms, right: Terms, i: Index | slice, j: Index | slice) -> tuple[Index, Index | None]:
    a, b = _taken(left.col, i), _taken(right.col, j)
    if left.second is None and right.second is None:
        if left.is_constant:
            return b, None
        if right.is_constant:
            return a, None
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
    return replace(terms, shape=shape, cell=(b * cols + j) * rows + i)


def total(terms: Terms, axes: tuple[int, ...]) -> Terms:
    """The sum over some axes, which stay with length 1."""
    shape = tuple(1 if a in axes else n for a, n in enumerate(terms.shape))
    if shape == terms.shape:
        return terms
    return replace(terms, shape=shape, cell=_source_cell(terms, terms.shape, shape))
