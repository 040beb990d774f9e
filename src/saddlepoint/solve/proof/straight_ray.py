"""Directions along which what must vanish vanishes but for rounding.

A solver's ray is off by its tolerance, and no more than that tells Pd = 0 from a ridge of 1e-8, along which the objective has an end. So a
direction is moved, by as little as can be, to where curvature and the rows that it goes along are zero; what is then left is no rounding.
"""

from __future__ import annotations

import numpy as np

from saddlepoint.algebra.products import symmetric_times, times
from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index, Mask

TRUE = 1e-13
"""Part of its terms that rounding may leave of what vanishes."""
MOST = 1_000
"""Entries of a direction up to which it is moved so."""
ALONG = 1e-6
"""Part of its terms up to which a row may be one that the direction goes along."""
MOVES = 2
"""Times that what is left is solved for again."""


def curvature(batch: Batch, x: Array) -> float:
    """The largest entry of Px of one scenario, x (n,), beside what terms of a semidefinite matrix may be there: Σ √(P_ii P_jj) |x_j| over the
    entries of its row."""
    pattern = batch.structure.P
    if pattern.nnz == 0:
        return 0.0
    px = np.abs(symmetric_times(pattern, batch.P[:1], x[None])[0])
    i, j = pattern.indices, pattern.columns()
    diagonal = np.zeros(batch.structure.n)
    diagonal[i[i == j]] = np.abs(batch.P[0, i == j])
    root = np.sqrt(diagonal)
    most = np.maximum(np.abs(batch.P[:1]), root[i] * root[j])
    size = symmetric_times(pattern, most, np.abs(x)[None])[0]
    left = px > 0
    return float((px[left] / np.maximum(size[left], np.finfo(np.float64).tiny)).max(initial=0.0))


def straightened(batch: Batch, x: Array) -> Array:
    """The direction x (n,) of one scenario with the least change, in parts of its entries, after which P times it and the rows it goes along are zero."""
    s = batch.structure
    free = np.flatnonzero(x)
    rows = np.concatenate((_dense(batch, "A", free)[_along(batch, x)], _dense(batch, "P", free)))
    unit = np.abs(x[free])
    rows = rows * unit
    size = np.abs(rows).max(axis=1, initial=0.0)
    rows = rows[size > 0] / size[size > 0, None]
    inverse = np.linalg.pinv(rows, rcond=ALONG**2)
    parts = np.sign(x[free]).astype(np.longdouble)
    for _ in range(MOVES):
        parts -= inverse @ (rows.astype(np.longdouble) @ parts).astype(np.float64)
    out = np.zeros(s.n)
    out[free] = parts.astype(np.float64) * unit
    return out


def _along(batch: Batch, x: Array) -> Mask:
    """(m,) the rows with a side that hardly change along x."""
    a = batch.structure.A
    moved, size = times(a, batch.A, x[None])[0], times(a, np.abs(batch.A), np.abs(x)[None])[0]
    has_side = np.isfinite(batch.l[0]) | np.isfinite(batch.u[0])
    return has_side & (np.abs(moved) <= ALONG * size)


def _dense(batch: Batch, name: str, columns: Index) -> Array:
    """A or P of one scenario at the given columns, dense."""
    pattern = batch.structure.A if name == "A" else batch.structure.P
    i, j, values = pattern.indices, pattern.columns(), getattr(batch, name)[0]
    place = np.full(batch.structure.n, -1)
    place[columns] = np.arange(len(columns))
    out = np.zeros((pattern.shape[0], len(columns)))
    np.add.at(out, (i[place[j] >= 0], place[j[place[j] >= 0]]), values[place[j] >= 0])
    if name == "P":
        other = (place[i] >= 0) & (i != j)
        np.add.at(out, (j[other], place[i[other]]), values[other])
    return out
