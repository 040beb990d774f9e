"""The parts of a linear problem, sharing nothing with others, that have a row which bounds alone make impossible."""

from __future__ import annotations

from typing import Any

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Mask
from saddlepoint.solve.vertex import matrix_of

BROKEN = 1e-9
"""Beside the terms of a row: by how much its side lies beyond what bounds allow."""


def lacking_parts(batch: Batch) -> Mask | None:
    """(n,) the columns of those parts of one scenario; None where there is no such row, or the parts are most of the problem."""
    s = batch.structure
    if s.is_conic or s.is_integer or s.m == 0:
        return None
    a = matrix_of(batch).tocsr()
    rows = _impossible(a, batch)
    if not rows.any():
        return None
    columns, across = np.zeros(s.n, np.bool_), a.tocsc()
    while True:
        reached = np.bincount(a[np.flatnonzero(rows)].indices, minlength=s.n) > 0
        if reached.sum() > s.n // 2:
            return None
        if (reached == columns).all():
            return columns
        columns = reached
        rows = np.bincount(across[:, np.flatnonzero(columns)].indices, minlength=s.m) > 0


def _impossible(a: Any, batch: Batch) -> Mask:
    """(m,) rows whose side no point between the bounds of the columns reaches."""
    row = np.repeat(np.arange(a.shape[0]), np.diff(a.indptr))
    lower, upper = batch.lb[0][a.indices], batch.ub[0][a.indices]

    def total(low: Array, high: Array) -> Array:
        with np.errstate(invalid="ignore"):
            terms = np.where(a.data > 0, a.data * low, a.data * high)
        return np.bincount(row, terms, a.shape[0]).astype(np.float64, copy=False)

    least, most = total(lower, upper), total(upper, lower)
    l, u = batch.l[0], batch.u[0]
    with np.errstate(invalid="ignore"):
        return (most < l - BROKEN * np.abs(l)) | (least > u + BROKEN * np.abs(u))
