"""Rows divided into those of the solver and those that bound one column."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from saddlepoint.algebra.cells import FEW
from saddlepoint.algebra.graph import Rows
from saddlepoint.algebra.structure import Pattern
from saddlepoint.algebra.terms import Terms, zero
from saddlepoint.algebra.uniform import is_uniform, span, uniform
from saddlepoint.arrays import Array, Index, Int32, Mask
from saddlepoint.compile.assemble import Entries, by_column, is_distinct, listed, matrix, vector
from saddlepoint.compile.program import Layer, Places, Varying
from saddlepoint.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The solver's rows, and what the others bound; as in Program."""

    pattern: Pattern
    values: Varying
    rhs: Varying
    row_of: Int32
    col_of: Int32
    scale: Array
    has_lower: Mask
    has_upper: Mask
    lower: tuple[Layer, ...]
    upper: tuple[Layer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """The rows of one Rows: linear and constant summands, and which rows bound a column.

    rows: the rows that do (flat in the block); cols, factor: their column and its coefficient. The terms of these rows
    are not in `linear`.
    """

    size: int
    linear: tuple[Terms, ...]
    free: tuple[Terms, ...]
    rows: Places
    cols: Index
    factor: Array


def split_rows(rows: Sequence[Rows], renamed: Renaming | None, n: int) -> Split:
    """All rows, in order; renamed: new column numbers (None: every column keeps its own); n: columns."""
    blocks = [_block(one, renamed) for one in rows]
    sizes = [b.size for b in blocks]
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64).tolist()
    col_of = np.full(starts[-1], -1, np.int32)
    factors = any(not is_uniform(b.factor) or b.factor[0] != 1.0 for b in blocks if len(b.factor))
    scale = np.ones(starts[-1]) if factors else uniform(np.float64(1.0), starts[-1])
    for block, start in zip(blocks, starts[:-1], strict=True):
        own = slice(start, start + block.size)
        col_of[own][block.rows] = block.cols
        if factors:
            scale[own][block.rows] = block.factor
    bounding = col_of >= 0
    solver = np.flatnonzero(~bounding)
    row_of = np.full(len(bounding), -1, np.int32)
    row_of[solver] = np.arange(len(solver))
    parts = [
        by_column(t, _solver_rows(t, row_of, start, len(b.cols) > 0))
        for b, start in zip(blocks, starts, strict=False)
        for t in b.linear
    ]
    free = [_by_row(t, start) for b, start in zip(blocks, starts, strict=False) for t in b.free]
    pattern, values = matrix(parts, len(solver), n)
    has_lower = np.repeat(np.array([math.isfinite(one.lower) for one in rows], dtype=bool), sizes)
    has_upper = np.repeat(np.array([math.isfinite(one.upper) for one in rows], dtype=bool), sizes)
    below, above = _layers(rows, blocks, starts, n)
    return Split(
        pattern=pattern,
        values=values,
        rhs=vector(len(bounding), free, minus=True),
        row_of=row_of,
        col_of=col_of,
        scale=scale,
        has_lower=has_lower,
        has_upper=has_upper,
        lower=below,
        upper=above,
    )


def _solver_rows(terms: Terms, row_of: Int32, start: int, mixed: bool) -> Places:
    """The solver's rows of linear terms whose block begins at row `start`; mixed: it also has bounding rows."""
    if mixed:
        return row_of[start + terms.row]
    first = int(row_of[start])
    if terms.rowwise:
        return slice(first, first + terms.nnz)
    if first == 0 and terms.row.dtype == np.int32:
        return terms.row
    return np.add(terms.row, first, dtype=np.int32, casting="unsafe")


def _by_row(terms: Terms, start: int) -> Entries:
    """Constant terms of a block that begins at row `start`."""
    at = slice(start, start + terms.nnz) if terms.rowwise else terms.row + start
    return Entries(at, terms.coef, terms.slots)


@dataclass(frozen=True, slots=True)
class Renaming:
    """New column numbers: the used ones (increasing, below `count`) close ranks, those from `count` on follow them."""

    used: Index
    count: int

    def of(self, columns: Index) -> Index:
        """The new number of every column that is used; −1 stays."""
        added = columns >= self.count
        if len(columns) * FEW < self.count:
            found = np.searchsorted(self.used, columns)
        else:
            place = np.cumsum(self._mask()) - 1
            found = place[np.where(added, 0, columns)]
        return np.where(columns < 0, -1, np.where(added, columns - self.count + len(self.used), found))

    def _mask(self) -> Mask:
        mask = np.zeros(self.count, dtype=bool)
        mask[self.used] = True
        return mask


def renamed_columns(terms: Terms, renamed: Renaming | None) -> Terms:
    """The terms with new column numbers; None: every column keeps its number."""
    if renamed is None or terms.is_constant:
        return terms
    second = None if terms.second is None else renamed.of(terms.second)
    return replace(terms, col=renamed.of(terms.col), second=second)


def split_terms(terms: Terms) -> tuple[Terms, Terms]:
    """The terms that have a column, and the constant ones."""
    if terms.is_constant:
        return zero(terms.shape), terms
    if terms.col.min() >= 0:
        return terms, zero(terms.shape)
    linear = terms.col >= 0
    return terms.keep(linear), terms.keep(~linear)


def _block(one: Rows, renamed: Renaming | None) -> _Block:
    """One block of rows; those with a single term of fixed coefficient bound a column."""
    size = one.terms.size
    divided = [split_terms(renamed_columns(t, renamed)) for t in (one.terms, *one.more)]
    linear = tuple(t for t, _ in divided if t.nnz)
    free = tuple(t for _, t in divided if t.nnz)
    if len(linear) == 1 and linear[0].rowwise and linear[0].slots is None and linear[0].coef.all():
        return _Block(
            size=size, linear=(), free=free, rows=slice(0, size), cols=linear[0].col, factor=linear[0].coef
        )
    count = np.zeros(size, np.int32)
    for terms in linear:
        np.add.at(count, terms.row, np.int32(1))
    single = count == 1
    if not single.any():
        return _Block(
            size=size,
            linear=linear,
            free=free,
            rows=slice(0, 0),
            cols=np.zeros(0, np.int64),
            factor=np.zeros(0),
        )
    bounds = [single[t.row] & _is_fixed(t) & (t.coef != 0) for t in linear]
    found = [t.keep(b) for t, b in zip(linear, bounds, strict=True)]
    rows = np.concatenate([t.row for t in found])
    order = np.argsort(rows)
    return _Block(
        size=size,
        linear=tuple(t.keep(~b) for t, b in zip(linear, bounds, strict=True)),
        free=free,
        rows=rows[order],
        cols=np.concatenate([t.col for t in found])[order],
        factor=np.concatenate([t.coef for t in found])[order],
    )


def _is_fixed(terms: Terms) -> Mask:
    """Whether no data change the term."""
    if terms.slots is None:
        return np.ones(terms.nnz, dtype=bool)
    return np.asarray((terms.slots < 0).all(axis=1))


def _layers(
    rows: Sequence[Rows], blocks: Sequence[_Block], starts: Sequence[int], n: int
) -> tuple[tuple[Layer, ...], tuple[Layer, ...]]:
    """The rows of every block that bound a column from below, and from above."""
    below: list[Layer] = []
    above: list[Layer] = []
    for one, block, start in zip(rows, blocks, starts, strict=False):
        if not len(block.cols):
            continue
        low, high = math.isfinite(one.lower), math.isfinite(one.upper)
        up = block.factor[:1] > 0 if is_uniform(block.factor) else block.factor > 0
        for found, bounds in ((below, np.where(up, low, high)), (above, np.where(up, high, low))):
            found += _layers_of(block, start, bounds, n)
    return tuple(below), tuple(above)


def _layers_of(block: _Block, start: int, bounds: Mask, n: int) -> Iterator[Layer]:
    """The rows of a block that bound their column on one side; bounds: which of them, one value for all."""
    if bounds.all():
        whole = block.rows
        rows = _moved(whole, start) if isinstance(whole, slice) else span(whole + start)
        yield from _distinct_layers(rows, block.cols, n)
    elif bounds.any():
        held = np.flatnonzero(bounds)
        yield from _distinct_layers(span(listed(block.rows)[held] + start), block.cols[held], n)


def _moved(places: slice, start: int) -> slice:
    return slice(places.start + start, places.stop + start)


def _distinct_layers(rows: Places, columns: Index, n: int) -> Iterator[Layer]:
    """Rows grouped so that every group bounds a column at most once, in the rows' order."""
    while len(columns):
        cols = span(columns)
        if isinstance(cols, slice) or is_distinct(columns, n):
            yield Layer(rows, cols)
            return
        _, first = np.unique(columns, return_index=True)
        first = np.sort(first)
        left = listed(rows)
        yield Layer(span(left[first]), columns[first])
        rows, columns = np.delete(left, first), np.delete(columns, first)
