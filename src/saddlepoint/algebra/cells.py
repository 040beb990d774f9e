"""Cells of arrays of terms moved to other cells: repeated, gathered, summed, transposed."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from saddlepoint.algebra.terms import Shape, Terms, terms_at
from saddlepoint.algebra.uniform import uniform
from saddlepoint.arrays import Index, Integers

FEW = 8
"""Places are sought one by one where there are so many times more of them than are asked for."""


def gather(terms: Terms, index: Index, shape: Shape) -> Terms:
    """The array whose cell r is the old cell index[r] (flat); −1 gives zero."""
    flat = index.reshape(-1)
    if terms.rowwise:
        if flat.size == 0 or flat.min() >= 0:
            return terms_at(terms, flat, None, shape)
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


def renumber(terms: Terms, target: Integers, shape: Shape) -> Terms:
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


def total(terms: Terms, axes: tuple[int, ...]) -> Terms:
    """The sum over some axes (negative ones from the last), which stay with length 1."""
    gone = {a % len(terms.shape) for a in axes}
    shape = tuple(1 if a in gone else n for a, n in enumerate(terms.shape))
    if shape == terms.shape:
        return terms
    return replace(terms, shape=shape, cell=source_cell(terms, terms.shape, shape))


def transpose(terms: Terms) -> Terms:
    """The array with its last two axes exchanged."""
    rows, cols = terms.shape[-2:]
    shape = (*terms.shape[:-2], cols, rows)
    if 1 in (rows, cols):
        return terms.reshape(shape)
    b, i, j = split_matrix(terms.row, rows, cols, terms.size == rows * cols)
    return replace(terms, shape=shape, cell=(b * cols + j) * rows + i)


def split_matrix(row: Index, rows: int, cols: int, single: bool) -> tuple[Index, Index, Index]:
    rest, c = np.divmod(row, cols) if cols > 1 else (row, np.zeros(len(row), np.int64))
    if single:
        return np.zeros(len(row), np.int64), rest, c
    b, r = np.divmod(rest, rows)
    return b, r, c


def source_cell(terms: Terms, shape: Shape, source: Shape) -> Index:
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
