"""The size of the terms of every row and column: what its residual is relative to."""

from __future__ import annotations

import numpy as np

from saddlepoint.algebra.products import times
from saddlepoint.algebra.structure import Batch, Pattern
from saddlepoint.arrays import Array, Integers, Mask

AT_ONCE = 2_000_000
"""Products held at once."""
FAR_AWAY = 1e6
"""Plans whose terms in cones are beyond this multiple of all constants and sides are far away: these are lost in their rounding."""

LEAVES = 2.0**-47
"""Part of the terms of a sum that the pivots of a walk and the summing itself may leave, for each of these: thirty-two roundings."""


def left_of_sums(pattern: Pattern, transposed: bool = False) -> Array:
    """The part of the sum of the sizes of its terms by which each row (column) of a matrix may be off without being missed: the backward error (Oettli & Prager 1964) that rounding makes
    of as many terms and a side."""
    counts = np.bincount(
        pattern.columns() if transposed else pattern.indices, minlength=pattern.shape[1 if transposed else 0]
    )
    return LEAVES * (1.0 + counts.astype(np.float64))


def row_terms(pattern: Pattern, values: Array, x: Array, rows: Mask) -> Array:
    """max_j |a_ij x_j| of the marked rows (rows,), zero elsewhere: values (1|S, nnz), x (1|S, columns) → (S, rows)."""
    entry = np.flatnonzero(rows[pattern.indices])
    order = entry[np.argsort(pattern.indices[entry], kind="stable")]
    return _largest_terms(
        pattern.indices[order], order, pattern.columns()[order], values, x, pattern.shape[0]
    )


def column_terms(pattern: Pattern, values: Array, y: Array, columns: Mask) -> Array:
    """max_i |a_ij y_i| of the marked columns (columns,), zero elsewhere: y (1|S, rows) → (S, columns)."""
    column = pattern.columns()
    entry = np.flatnonzero(columns[column])
    return _largest_terms(column[entry], entry, pattern.indices[entry], values, y, pattern.shape[1])


def symmetric_terms(pattern: Pattern, values: Array, x: Array, columns: Mask) -> Array:
    """max_k |P_jk x_k| of the marked columns, where the pattern holds the upper triangle of P → (S, n)."""
    upper = row_terms(pattern, values, x, columns)
    return np.maximum(upper, column_terms(pattern, values, x, columns))


def _largest_terms(
    target: Integers, entry: Integers, source: Integers, values: Array, x: Array, length: int
) -> Array:
    """The largest |values · x| by target, which is in increasing order; values (1|S, nnz), x (1|S, ·)."""
    if len(x) < len(values):
        x = np.broadcast_to(x, (len(values), x.shape[1]))
    out = np.zeros((len(x), length))
    if not len(entry):
        return out
    first = np.flatnonzero(np.concatenate(([True], target[1:] != target[:-1])))
    places = target[first]
    step = max(1, AT_ONCE // len(entry))
    for start in range(0, len(x), step):
        part = slice(start, start + step)
        block = values[:, entry] if values.shape[0] == 1 else values[part][:, entry]
        terms = np.abs(block * x[part][:, source])
        out[part, places] = np.maximum.reduceat(terms, first, axis=1)
    return out


def far_away(batch: Batch, x: Array) -> Mask:
    """(S,) whether the cones' terms at the plans x (S, n) are so large that all constants and sides are nothing beside them."""
    terms = times(batch.structure.F, np.abs(batch.F), np.abs(x)).max(axis=1, initial=0.0)
    sides = (batch.l, batch.u, batch.lb, batch.ub, batch.g)
    known = [np.where(np.isfinite(side), np.abs(side), 0.0).max(axis=1, initial=0.0) for side in sides]
    largest = np.maximum.reduce(np.broadcast_arrays(*known, np.zeros(len(x))))
    return (largest > 0) & (terms > FAR_AWAY * largest)
