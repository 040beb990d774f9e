"""Terms → sparsity patterns and varying numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saddlepoint.algebra.structure import Pattern
from saddlepoint.algebra.terms import Terms
from saddlepoint.compile.program import Floats, Index, Varying

NO_SLOTS = np.zeros((0, 0), np.int64)


@dataclass(frozen=True, slots=True)
class Entries:
    """Terms at positions of some array: position, coefficient, data slots (or none)."""

    at: Index
    coef: Floats
    slots: Index | None

    @property
    def fixed(self) -> NDArray[np.bool_]:
        """Which entries no data change."""
        if self.slots is None or self.slots.shape[1] == 0:
            return np.ones(len(self.at), dtype=bool)
        return np.asarray((self.slots < 0).all(axis=1))


def entries(terms: Terms, at: Index, which: Index) -> Entries:
    """The terms at these places, at new positions."""
    slots = None if terms.slots is None else terms.slots[which]
    return Entries(at, terms.coef[which], slots)


def varying(size: int, parts: Entries) -> Varying:
    """The numbers of an array of `size` cells: fixed entries added up, the others kept with their slots."""
    fixed = parts.fixed
    if fixed.all():
        base = np.bincount(parts.at, weights=parts.coef, minlength=size).astype(np.float64)
        return Varying(base, np.zeros(0, np.int64), np.zeros(0), NO_SLOTS)
    base = np.bincount(parts.at[fixed], weights=parts.coef[fixed], minlength=size).astype(np.float64)
    assert parts.slots is not None
    moving = np.flatnonzero(~fixed)
    moving = moving[np.argsort(parts.at[moving], kind="stable")]
    slots = parts.slots[moving]
    used = (slots >= 0).any(axis=0)
    return Varying(base, parts.at[moving], parts.coef[moving], slots[:, used])


@dataclass(frozen=True, slots=True)
class Placed:
    """A CSC pattern; order: entries in the pattern's order (None = as given); place: each entry's place in the
    pattern, None where no two entries share one (then it follows from the order)."""

    pattern: Pattern
    order: Index | None
    place: Index | None


def positions(row: Index, col: Index, rows: int, cols: int) -> Placed:
    """The CSC pattern of entries (row, col), equal ones merged."""
    key = col * rows + row
    order = None
    if len(key) > 1 and not bool((key[1:] >= key[:-1]).all()):
        order = np.argsort(key, kind="stable")
        key, row, col = key[order], row[order], col[order]
    first = np.ones(len(key), dtype=bool)
    np.not_equal(key[1:], key[:-1], out=first[1:])
    place = None
    if not first.all():
        sorted_place = np.cumsum(first) - 1
        place = np.empty(len(key), np.int64)
        place[order if order is not None else slice(None)] = sorted_place
        row, col = row[first], col[first]
    indptr = np.zeros(cols + 1, np.int64)
    np.cumsum(np.bincount(col, minlength=cols), out=indptr[1:])
    return Placed(Pattern((rows, cols), indptr.astype(np.int32), row.astype(np.int32)), order, place)


def placed(at: Placed, parts: Entries) -> Varying:
    """The numbers of a pattern from the entries that made it."""
    count = len(parts.coef)
    if at.place is None and parts.fixed.all():
        base = parts.coef if at.order is None else parts.coef[at.order]
        return Varying(base, np.zeros(0, np.int64), np.zeros(0), NO_SLOTS)
    place = at.place
    if place is None:
        place = np.arange(count)
        if at.order is not None:
            place[at.order] = np.arange(count)
    return varying(at.pattern.nnz, Entries(place, parts.coef, parts.slots))


def matrix(terms: Terms, row: Index, which: Index | None, rows: int, cols: int) -> tuple[Pattern, Varying]:
    """The matrix of the chosen linear terms (None: of all), at new rows."""
    if which is None:
        at = positions(row, terms.col, rows, cols)
        return at.pattern, placed(at, Entries(row, terms.coef, terms.slots))
    at = positions(row, terms.col[which], rows, cols)
    return at.pattern, placed(at, entries(terms, row, which))


def hessian(terms: Terms, cols: int) -> tuple[Pattern, Varying]:
    """P of ½xᵀPx (upper triangle) from the quadratic terms of an objective."""
    if terms.second is None:
        return Pattern.empty(cols, cols), varying(0, Entries(np.zeros(0, np.int64), np.zeros(0), None))
    which = np.flatnonzero(terms.second >= 0)
    high, low = terms.col[which], terms.second[which]
    at = positions(low, high, cols, cols)
    doubled = Entries(
        low,
        terms.coef[which] * np.where(high == low, 2.0, 1.0),
        None if terms.slots is None else terms.slots[which],
    )
    return at.pattern, placed(at, doubled)
