"""Rows divided into those of the solver and those that bound one column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from operator import attrgetter

import numpy as np

from saddlepoint.algebra.cells import FEW
from saddlepoint.algebra.graph import Rows
from saddlepoint.algebra.structure import Pattern
from saddlepoint.algebra.terms import Terms, zero
from saddlepoint.algebra.uniform import is_uniform, span, uniform
from saddlepoint.arrays import Array, Index, Integers, Mask
from saddlepoint.compile.assemble import Entries, by_column, is_distinct, matrix, vector
from saddlepoint.compile.program import Layer, Places, Varying, listed
from saddlepoint.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The solver's rows, and what the others bound; as in Program."""

    pattern: Pattern
    values: Varying
    rhs: Varying
    solver: Places
    scale: Array
    has_lower: Mask
    has_upper: Mask
    lower: tuple[Layer, ...]
    upper: tuple[Layer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """The rows of one Rows: linear and constant summands (`less`: constant ones that are taken away), and which rows bound a
    column.

    rows: the rows that do (flat in the block); cols, factor: their column and its coefficient. The terms of these rows
    are not in `linear`.
    """

    size: int
    linear: tuple[Terms, ...]
    free: tuple[Terms, ...]
    less: tuple[Terms, ...]
    rows: Places
    cols: Integers
    factor: Array


def split_rows(rows: Sequence[Rows], renamed: Renaming | None, n: int) -> Split:
    """All rows, in order; renamed: new column numbers (None: every column keeps its own); n: columns."""
    blocks = [_block(one, renamed) for one in rows]
    sizes = [b.size for b in blocks]
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64).tolist()
    factors = any(not is_uniform(b.factor) or b.factor[0] != 1.0 for b in blocks if len(b.factor))
    scale = np.ones(starts[-1]) if factors else uniform(np.float64(1.0), starts[-1])
    for block, start in zip(blocks, starts[:-1], strict=True):
        if factors:
            scale[start : start + block.size][block.rows] = block.factor
    held = [_solver_rows(block) for block in blocks]
    firsts = np.concatenate([[0], np.cumsum([len(h) for h in held])]).astype(np.int64).tolist()
    parts = [
        by_column(t, _among(t, own, first, b.size))
        for b, own, first in zip(blocks, held, firsts, strict=False)
        for t in b.linear
    ]
    free, less = (
        [_by_row(t, start) for b, start in zip(blocks, starts, strict=False) for t in of(b)]
        for of in (attrgetter("free"), attrgetter("less"))
    )
    pattern, values = matrix(parts, firsts[-1], n)
    has_lower = _repeated([one.symbol != "<=" for one in rows], sizes)
    has_upper = _repeated([one.symbol != ">=" for one in rows], sizes)
    below, above = _layers(rows, blocks, starts, n)
    return Split(
        pattern=pattern,
        values=values,
        rhs=vector(starts[-1], less, free),
        solver=_joined(held, starts),
        scale=scale,
        has_lower=has_lower,
        has_upper=has_upper,
        lower=below,
        upper=above,
    )


def _repeated(values: Sequence[bool], counts: Sequence[int]) -> Mask:
    """Each value so many times; kept once where all are the same."""
    if len(set(values)) == 1:
        return uniform(np.bool_(values[0]), sum(counts))
    return np.repeat(np.array(values, dtype=bool), counts)


def _solver_rows(block: _Block) -> range | Index:
    """The rows of a block that the solver has, counted within it."""
    if not len(block.cols):
        return range(block.size)
    if len(block.cols) == block.size:
        return range(0)
    solver = np.ones(block.size, dtype=bool)
    solver[block.rows] = False
    return np.flatnonzero(solver)


def _joined(held: Sequence[range | Index], starts: Sequence[int]) -> Places:
    """The rows of all blocks that the solver has; starts: the first row of each block."""
    parts = [
        slice(start, start + len(own)) if isinstance(own, range) else start + own
        for own, start in zip(held, starts, strict=False)
        if len(own)
    ]
    if len(parts) == 1:
        return parts[0]
    return span(np.concatenate([np.zeros(0, np.int64), *map(listed, parts)]))


def _among(terms: Terms, held: range | Index, first: int, size: int) -> Places:
    """The solver's rows of the linear terms of a block of this size, whose rows `held` are the solver's from `first` on."""
    if not isinstance(held, range):
        row_of = np.zeros(size, np.int32)
        row_of[held] = np.arange(first, first + len(held), dtype=np.int32)
        return row_of[terms.row]
    if terms.cell is None:
        return slice(first, first + terms.nnz)
    if first == 0 and terms.cell.dtype == np.int32:
        return terms.cell
    return np.add(terms.cell, first, dtype=np.int32, casting="unsafe")


def _by_row(terms: Terms, start: int) -> Entries:
    """Constant terms of a block that begins at row `start`."""
    at = slice(start, start + terms.nnz) if terms.rowwise else terms.row + start
    return Entries(at, terms.coef, terms.slots)


@dataclass(frozen=True, slots=True)
class Renaming:
    """New column numbers: the used ones (increasing, below `count`) close ranks, those from `count` on follow them."""

    used: Index
    count: int

    def of(self, columns: Integers) -> Index:
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
    plain = _Block(
        size=size,
        linear=linear,
        free=free,
        less=one.less,
        rows=slice(0, 0),
        cols=np.zeros(0, np.int64),
        factor=np.zeros(0),
    )
    if len(linear) == 1 and linear[0].rowwise and linear[0].slots is None and linear[0].coef.all():
        return replace(plain, linear=(), rows=slice(0, size), cols=linear[0].col, factor=linear[0].coef)
    if _met_twice(linear, size):
        return plain
    count = np.zeros(size, np.int32)
    for terms in linear:
        np.add.at(count, terms.row, np.int32(1))
    single = count == 1
    if not single.any():
        return plain
    bounds = [single[t.row] & _is_fixed(t) & (t.coef != 0) for t in linear]
    found = [t.keep(b) for t, b in zip(linear, bounds, strict=True)]
    rows = np.concatenate([t.row for t in found])
    order = np.argsort(rows)
    return replace(
        plain,
        linear=tuple(t.keep(~b) for t, b in zip(linear, bounds, strict=True)),
        rows=rows[order],
        cols=np.concatenate([t.col for t in found])[order],
        factor=np.concatenate([t.coef for t in found])[order],
    )


def _met_twice(linear: Sequence[Terms], size: int) -> bool:
    """Whether two of the summands hold terms in every row: then no row has a single one. The shortest are asked first."""
    full = 0
    for terms in sorted(linear, key=lambda t: t.nnz):
        if terms.nnz >= size:
            full += terms.rowwise or bool(_reached(terms, size).all())
        if full == 2:
            return True
    return False


def _reached(terms: Terms, size: int) -> Mask:
    reached = np.zeros(size, dtype=bool)
    reached[terms.row] = True
    return reached


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
        low, high = one.symbol != "<=", one.symbol != ">="
        up = block.factor[:1] > 0 if is_uniform(block.factor) else block.factor > 0
        for found, bounds in ((below, np.where(up, low, high)), (above, np.where(up, high, low))):
            found += _layers_of(block, start, bounds, n)
    return tuple(below), tuple(above)


def _layers_of(block: _Block, start: int, bounds: Mask, n: int) -> Iterator[Layer]:
    """The rows of a block that bound their column on one side; bounds: which of them, one value for all."""
    if bounds.all():
        whole = block.rows
        if isinstance(whole, slice):
            rows = slice(whole.start + start, whole.stop + start)
        else:
            rows = span(whole + start)
        yield from _distinct_layers(rows, block.cols, n)
    elif bounds.any():
        held = np.flatnonzero(bounds)
        yield from _distinct_layers(span(listed(block.rows)[held] + start), block.cols[held], n)


def _distinct_layers(rows: Places, columns: Integers, n: int) -> Iterator[Layer]:
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
