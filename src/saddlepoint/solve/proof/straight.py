"""Rays and multipliers along which what must vanish vanishes but for rounding.

A solver's ray is off by its tolerance, and no more than that tells Pd = 0 from a ridge of 1e-8, along which the objective has an end. So a
direction is moved, by as little as can be, to where curvature and the rows that it goes along are zero; what is then left is no rounding. In the same way
multipliers are moved to where their sum leaves nothing in columns without the bound that it points to: 5e-12 of such a column may be what a plan far away has room in.
"""

from __future__ import annotations

import numpy as np

from saddlepoint.algebra.products import symmetric_times, times
from saddlepoint.algebra.structure import Batch, Pattern
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.solve.proof.least_move import least_move

TRUE = 1e-13
"""Part of its terms that rounding may leave of what vanishes."""
MOST = 1_000
"""Entries of a direction, or of multipliers, up to which it is moved so."""
ALONG = 1e-6
"""Part of its terms up to which a row may be one that the direction goes along, and a column one in which a sum should vanish."""
CELLS = 1_000_000
"""Of the dense system that moves multipliers, at most."""
ROUNDS = 3
"""Times that columns are added which multipliers so moved point to."""


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


def straight_ray(batch: Batch, x: Array) -> Array:
    """The direction x (n,) of one scenario with the least change after which P times it and the rows it goes along are zero."""
    free = np.flatnonzero(x)
    s = batch.structure
    a = _dense(s.A, batch.A[0], np.flatnonzero(_along(batch, x)), free)
    every = np.arange(s.n)
    upper, lower = _dense(s.P, batch.P[0], every, free), _dense(s.P, batch.P[0], free, every).T
    lower[free, np.arange(len(free))] = 0.0
    rows = np.concatenate((a, upper + lower))
    out = np.zeros(s.n)
    out[free] = least_move(rows, x[free], np.zeros(len(rows)))
    return out


def straight_sum(batch: Batch, y: Array, others: Array) -> Array:
    """The multipliers y (m,) of rows of one scenario with the least change after which Aᵀy + others (n,), what other multipliers add up to, vanishes in the columns
    that have no bound where it points to, and in those without any; as they are where that is too large a system."""
    used = np.flatnonzero(y)
    touched = _touched(batch, used)
    below, above = np.isneginf(batch.lb[0, touched]), np.isposinf(batch.ub[0, touched])
    endless = below | above
    touched, below, above = touched[endless], below[endless], above[endless]
    if len(used) > MOST or len(used) * len(touched) > CELLS:
        return y
    rows = _dense(batch.structure.A, batch.A[0], used, touched).T
    target, part, vanish = -others[touched], y[used], below & above
    for _ in range(ROUNDS):
        left = rows @ part - target
        vanish = vanish | ((left < 0) & below) | ((left > 0) & above)
        part = least_move(rows[vanish], y[used], target[vanish])
    out = np.zeros(batch.structure.m)
    out[used] = part
    return out


def _along(batch: Batch, x: Array) -> Mask:
    """(m,) the rows with a side that hardly change along x."""
    a = batch.structure.A
    moved, size = times(a, batch.A, x[None])[0], times(a, np.abs(batch.A), np.abs(x)[None])[0]
    has_side = np.isfinite(batch.l[0]) | np.isfinite(batch.u[0])
    return has_side & (np.abs(moved) <= ALONG * size)


def _touched(batch: Batch, rows: Index) -> Index:
    """The columns with an entry in the given rows."""
    a = batch.structure.A
    return np.unique(a.columns()[np.isin(a.indices, rows) & (batch.A[0] != 0)])


def _dense(pattern: Pattern, values: Array, rows: Index, columns: Index) -> Array:
    """The entries of a matrix at the given rows and columns, dense."""
    row, column = np.full(pattern.shape[0], -1), np.full(pattern.shape[1], -1)
    row[rows], column[columns] = np.arange(len(rows)), np.arange(len(columns))
    i, j = row[pattern.indices], column[pattern.columns()]
    kept = (i >= 0) & (j >= 0)
    out = np.zeros((len(rows), len(columns)))
    out[i[kept], j[kept]] = values[kept]
    return out
