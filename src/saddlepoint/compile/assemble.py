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


def positions(row: Index, col: Index, rows: int, cols: int) -> tuple[Pattern, Index]:
    """The CSC pattern of entries (row, col), equal ones merged, and for each entry its place in it."""
    key = col * rows + row
    if len(key) > 1 and not bool((key[1:] >= key[:-1]).all()):
        order = np.argsort(key, kind="stable")
        key = key[order]
    else:
        order = None
    first = np.ones(len(key), dtype=bool)
    np.not_equal(key[1:], key[:-1], out=first[1:])
    place_sorted = np.cumsum(first) - 1
    kept = key[first]
    column = kept // max(rows, 1)
    indptr = np.zeros(cols + 1, np.int64)
    np.cumsum(np.bincount(column, minlength=cols), out=indptr[1:])
    pattern = Pattern((rows, cols), indptr.astype(np.int32), (kept - column * rows).astype(np.int32))
    if order is None:
        return pattern, place_sorted
    place = np.empty(len(key), np.int64)
    place[order] = place_sorted
    return pattern, place


def matrix(terms: Terms, row: Index, which: Index, rows: int, cols: int) -> tuple[Pattern, Varying]:
    """The matrix of the chosen linear terms, at new rows."""
    pattern, place = positions(row, terms.col[which], rows, cols)
    return pattern, varying(pattern.nnz, entries(terms, place, which))


def hessian(terms: Terms, cols: int) -> tuple[Pattern, Varying]:
    """P of ½xᵀPx (upper triangle) from the quadratic terms of an objective."""
    if terms.second is None:
        return Pattern.empty(cols, cols), varying(0, Entries(np.zeros(0, np.int64), np.zeros(0), None))
    which = np.flatnonzero(terms.second >= 0)
    high, low = terms.col[which], terms.second[which]
    pattern, place = positions(low, high, cols, cols)
    doubled = Entries(
        place,
        terms.coef[which] * np.where(high == low, 2.0, 1.0),
        None if terms.slots is None else terms.slots[which],
    )
    return pattern, varying(pattern.nnz, doubled)
