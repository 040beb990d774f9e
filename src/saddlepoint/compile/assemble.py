"""Entries of arrays → sparsity patterns and varying numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from saddlepoint.algebra.structure import Pattern
from saddlepoint.algebra.terms import Terms
from saddlepoint.algebra.uniform import span
from saddlepoint.arrays import Array, Index, Int32, Integers, distinct
from saddlepoint.compile.program import Places, Varying, listed
from saddlepoint.records import dataclass

NO_SLOTS = np.zeros((0, 0), np.int64)
FEW_PARTS = 64
"""So many parts of a matrix are compared in pairs."""


@dataclass(frozen=True, slots=True)
class Entries:
    """Numbers to be added into an array: position, coefficient, data slots (or none).

    row: None in a vector; in a matrix `at` is the column.
    """

    at: Places
    coef: Array
    slots: Index | None = None
    row: Places | None = None

    @property
    def moving(self) -> Index:
        """The entries that data change."""
        if self.slots is None or self.slots.shape[1] == 0:
            return np.zeros(0, np.int64)
        return np.flatnonzero((self.slots >= 0).any(axis=1))


def by_column(terms: Terms, row: Places | None = None) -> Entries:
    """Linear terms as entries of a vector over the columns, or of a matrix at these rows."""
    return Entries(span(terms.col), terms.coef, terms.slots, row)


def vector(size: int, parts: Sequence[Entries], less: Sequence[Entries] = ()) -> Varying:
    """The numbers of an array of `size` cells: fixed entries added up, the others kept with their slots.

    less: entries that are taken away (no zero becomes −0).
    """
    base = np.zeros(size)
    moving: list[Entries] = []
    for into, part in (*((np.add, p) for p in parts), *((np.subtract, p) for p in less)):
        which = part.moving
        if not len(which):
            _put(base, into, part.at, part.coef)
            continue
        assert part.slots is not None
        at = listed(part.at)
        fixed = np.ones(len(at), dtype=bool)
        fixed[which] = False
        _put(base, into, at[fixed], part.coef[fixed])
        coef = part.coef[which] if into is np.add else -part.coef[which]
        moving.append(Entries(at[which], coef, part.slots[which]))
    return _varying(base, moving)


def _put(base: Array, into: np.ufunc, at: Places, coef: Array) -> None:
    """Add the numbers (or take them away) at these places, which may occur more than once."""
    if isinstance(at, slice):
        into(base[at], coef, out=base[at])
    else:
        into.at(base, at, coef)


def _varying(base: Array, moving: Sequence[Entries]) -> Varying:
    """base, with entries of which each has some data slot."""
    if not moving:
        return Varying(base, np.zeros(0, np.int64), np.zeros(0), NO_SLOTS)
    at = np.concatenate([listed(m.at) for m in moving]).astype(np.int64, copy=False)
    coef = np.concatenate([m.coef for m in moving])
    degree = max(m.slots.shape[1] for m in moving if m.slots is not None)
    slots = np.full((len(at), degree), -1, np.int64)
    start = 0
    for m in moving:
        assert m.slots is not None
        slots[start : start + len(m.coef), : m.slots.shape[1]] = m.slots
        start += len(m.coef)
    order = np.argsort(at, kind="stable")
    used = (slots >= 0).any(axis=0)
    return Varying(base, at[order], coef[order], slots[order][:, used])


def matrix(parts: Sequence[Entries], rows: int, cols: int) -> tuple[Pattern, Varying]:
    """The matrix of these entries by columns, equal ones merged.

    Each column's entries are counted, then every part takes the next places of its columns; so nothing is sorted
    unless a part reaches a column twice or the rows of a column come out of order. What begins as the start of every column
    ends as its end: the pointers of the pattern are the same numbers, one further.
    """
    if not parts:
        return Pattern.empty(rows, cols), _varying(np.zeros(0), [])
    pointers = _starts(parts, cols)
    indices = np.empty(pointers[-1], np.int32)
    base = np.empty(len(indices))
    moving: list[Entries] = []
    for part in parts:
        place = _claimed(pointers[1:-1], part.at)
        assert part.row is not None
        indices[place] = listed(part.row)
        base[place] = part.coef
        which = part.moving
        if len(which):
            assert part.slots is not None
            moved = listed(place)[which]
            base[moved] = 0.0
            moving.append(Entries(moved, part.coef[which], part.slots[which]))
    pattern, values = Pattern((rows, cols), pointers[:-1], indices), _varying(base, moving)
    inside, source = _disorder(pattern, _doubtful(parts))
    if not len(inside):
        return pattern, values
    indices[inside], base[inside] = indices[source], base[source]
    return _merged(pattern, _moved(values, source, inside), inside)


def _starts(parts: Sequence[Entries], cols: int) -> Int32:
    """0, then where each column begins, by counting its entries, then where the last one ends; length cols + 2."""
    pointers = np.zeros(cols + 2, np.int32)
    count = pointers[2:]
    for part in parts:
        if isinstance(part.at, slice):
            count[part.at] += 1
        else:
            np.add.at(count, part.at, np.int32(1))
    np.cumsum(count, dtype=np.int32, out=count)
    return pointers


def _claimed(free: Int32, at: Places) -> Places:
    """The next free place of each entry's column, which is free no more."""
    if isinstance(at, slice):
        found = span(free[at])
        place = found if isinstance(found, slice) else found.copy()
        free[at] += 1
        return place
    if is_distinct(at, len(free)):
        place = free[at]
        free[at] += 1
        return span(place)
    order = np.argsort(at, kind="stable")
    column = at[order]
    first = np.flatnonzero(np.concatenate([[True], column[1:] != column[:-1]]))
    count = np.diff(first, append=len(column))
    place = np.empty(len(column), np.int64)
    place[order] = free[column] + np.arange(len(column)) - np.repeat(first, count)
    free[column[first]] += count
    return place


def is_distinct(places: Integers, size: int) -> bool:
    """Whether no place occurs twice; all are below `size`."""
    seen = np.zeros(size, dtype=bool)
    seen[places] = True
    return np.count_nonzero(seen) == len(places)


def _doubtful(parts: Sequence[Entries]) -> slice:
    """Columns, one after the other, outside which rows surely increase: of parts that reach a column twice, or whose rows do not
    follow those of an earlier part that may share columns with it."""
    if len(parts) > FEW_PARTS:
        return slice(None)
    met: list[tuple[int, int, int]] = []
    doubt: list[tuple[int, int]] = []
    for part in (p for p in parts if len(p.coef)):
        assert part.row is not None
        first, last = _ends(part.at)
        top, bottom = _ends(part.row)
        if not isinstance(part.at, slice) or any(
            first <= b and a <= last and top <= deepest for a, b, deepest in met
        ):
            doubt.append((first, last))
        met.append((first, last, bottom))
    if not doubt:
        return slice(0, 0)
    return slice(min(first for first, _ in doubt), max(last for _, last in doubt) + 1)


def _ends(places: Places) -> tuple[int, int]:
    """The first and the last of some places."""
    if isinstance(places, slice):
        return places.start, places.stop - 1
    return int(places.min()), int(places.max())


def _disorder(pattern: Pattern, among: slice) -> tuple[Index, Index]:
    """The places of columns whose rows do not increase, and where the entry lies that belongs there; among: the columns that are
    asked, one after the other."""
    indptr, first = pattern.indptr, among.indices(pattern.shape[1])[0]
    starts = indptr[:-1][among]
    begin, end = (int(starts[0]), int(indptr[first + len(starts)])) if len(starts) else (0, 0)
    indices = pattern.indices[begin:end]
    increasing = np.ones(len(indices) + 1, dtype=bool)
    np.greater(indices[1:], indices[:-1], out=increasing[1:-1])
    increasing[starts - begin] = True
    increasing[-1] = True
    columns = distinct(_column_of(indptr, np.flatnonzero(~increasing) + begin))
    count = (indptr[columns + 1] - indptr[columns]).astype(np.int64)
    inside = np.arange(count.sum()) + np.repeat(indptr[columns] - np.cumsum(count) + count, count)
    return inside, inside[np.lexsort((pattern.indices[inside], np.repeat(columns, count)))]


def _column_of(indptr: Int32, places: Index) -> Index:
    return np.searchsorted(indptr, places.astype(np.int32), side="right") - 1


def _moved(values: Varying, source: Index, target: Index) -> Varying:
    """The numbers after those at `source` went to `target` (the same places in another order)."""
    if values.is_constant:
        return values
    to = np.arange(len(values.base))
    to[source] = target
    return _varying(values.base, [Entries(to[values.at], values.coef, values.slots)])


def _merged(pattern: Pattern, values: Varying, places: Index) -> tuple[Pattern, Varying]:
    """The matrix whose equal entries, all among `places`, are added up."""
    same = (np.diff(_column_of(pattern.indptr, places)) == 0) & (np.diff(pattern.indices[places]) == 0)
    if not same.any():
        return pattern, values
    first = np.ones(pattern.nnz, dtype=bool)
    first[places[1:][same]] = False
    to = np.cumsum(first) - 1
    base = np.bincount(to, weights=values.base).astype(np.float64, copy=False)
    indptr = np.concatenate([[0], np.cumsum(first)])[pattern.indptr].astype(np.int32)
    new = Pattern(pattern.shape, indptr, pattern.indices[first])
    return new, Varying(base, to[values.at], values.coef, values.slots)


def hessian(parts: Sequence[Terms], cols: int) -> tuple[Pattern, Varying]:
    """P of ½xᵀPx (upper triangle) from the quadratic terms of an objective."""
    found: list[Entries] = []
    for terms in parts:
        if terms.second is None:
            continue
        which = np.flatnonzero(terms.second >= 0)
        high, low = terms.col[which], terms.second[which]
        doubled = terms.coef[which] * np.where(high == low, 2.0, 1.0)
        found.append(Entries(high, doubled, None if terms.slots is None else terms.slots[which], low))
    return matrix(found, cols, cols)
