"""A Batch as the compiled kernels take it: contiguous arrays and scale factors that are powers of two."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from saddlepoint.algebra.structure import Batch, Structure
from saddlepoint.arrays import Array, Index, Integers


class Data(NamedTuple):
    """A batch as compiled code takes it: P and A by columns (start, row, numbers (1|S, nnz)), vectors (1|S, ·), and what
    the kernel adds: scales of rows (m,) and columns (n,), the codes of the basis to start from (n + m,), the limit of
    pivots."""

    P_start: Index
    P_row: Index
    P: Array
    A_start: Index
    A_row: Index
    A: Array
    q: Array
    l: Array
    u: Array
    lb: Array
    ub: Array
    row_scale: Array
    column_scale: Array
    basis: NDArray[np.int8]
    limit: int


def not_continuous_rows(structure: Structure) -> str | None:
    """Why a problem is more than rows and bounds of continuous variables; None when it is not."""
    if structure.is_integer:
        return "it has integer variables"
    return "it has cones" if structure.is_conic else None


def data(
    batch: Batch, scales: tuple[Array, Array], basis: NDArray[np.int8], limit: int | None = None
) -> Data:
    """The batch for a kernel; limit: 20 (n + m) + 100 by default, far above what a start near the optimum needs."""
    P, A = batch.structure.P, batch.structure.A
    return Data(
        P_start=P.indptr.astype(np.int64),
        P_row=P.indices.astype(np.int64),
        P=contiguous(batch.P),
        A_start=A.indptr.astype(np.int64),
        A_row=A.indices.astype(np.int64),
        A=contiguous(batch.A),
        q=contiguous(batch.q),
        l=contiguous(batch.l),
        u=contiguous(batch.u),
        lb=contiguous(batch.lb),
        ub=contiguous(batch.ub),
        row_scale=contiguous(scales[0]),
        column_scale=contiguous(scales[1]),
        basis=basis,
        limit=20 * (batch.structure.n + batch.structure.m) + 100 if limit is None else limit,
    )


def contiguous(array: Array) -> Array:
    """The array as compiled code takes it; a copy where it may not be written, which would be another type, to be compiled anew."""
    out = np.ascontiguousarray(array, dtype=np.float64)
    return out if out.flags.writeable else out.copy()


def power_of_two(array: Array) -> Array:
    """The nearest power of two of each positive number; 1 for the others. Multiplying by it rounds nothing."""
    usable = (array > 0) & np.isfinite(array)
    with np.errstate(all="ignore"):
        return np.where(usable, np.exp2(np.round(np.log2(np.where(usable, array, 1.0)))), 1.0)


def geometric_scales(batch: Batch, passes: int = 3) -> tuple[Array, Array]:
    """Row scales (m,) and column scales (n,) that bring the entries of A near 1 (Curtis & Reid 1972, simplified).

    Where A differs between scenarios, its largest absolute values are scaled.
    """
    pattern = batch.structure.A
    size = np.abs(batch.A).max(axis=0) if batch.A.shape[0] else np.zeros(pattern.nnz)
    return geometric_units(pattern.indices, pattern.columns(), size, pattern.shape, passes)


def geometric_units(
    rows: Integers, columns: Index, size: Array, shape: tuple[int, int], passes: int = 3
) -> tuple[Array, Array]:
    """Powers of two of rows (m,) and columns (n,) that bring entries of these sizes near 1; several may share a place."""
    m, n = shape
    logs = np.where((size > 0) & np.isfinite(size), np.log2(np.where(size > 0, size, 1.0)), 0.0)
    row, column = np.zeros(m), np.zeros(n)
    in_row = np.maximum(np.bincount(rows, minlength=m), 1)
    in_column = np.maximum(np.bincount(columns, minlength=n), 1)
    for _ in range(passes):
        row = -np.bincount(rows, logs + column[columns], m) / in_row
        column = -np.bincount(columns, logs + row[rows], n) / in_column
    return np.exp2(np.round(row)), np.exp2(np.round(column))


def mean(batch: Batch) -> Batch:
    """One scenario with the means of all numbers: a start in the middle of the others."""

    def middle(array: Array) -> Array:
        # a product takes a fifth of the time of a mean along the long axis
        return array if len(array) == 1 else (np.full(len(array), 1.0 / len(array)) @ array)[None]

    names = ("P", "q", "r", "A", "l", "u", "lb", "ub", "F", "g")
    return Batch(structure=batch.structure, size=1, **{name: middle(getattr(batch, name)) for name in names})


def quadratic_scales(batch: Batch) -> tuple[Array, Array]:
    """Row scales (m,) and column scales (n,) with the diagonal of P near 1 where it is not zero."""
    _, columns = geometric_scales(batch)
    diagonal = np.zeros(batch.structure.n)
    on = np.flatnonzero(batch.structure.P.indices == batch.structure.P.columns())
    if len(on):
        diagonal[batch.structure.P.indices[on]] = np.abs(batch.P[:, on]).max(axis=0)
    curved = (diagonal > 0) & np.isfinite(diagonal)
    columns = np.where(curved, power_of_two(1.0 / np.sqrt(np.where(curved, diagonal, 1.0))), columns)
    size = np.abs(batch.A).max(axis=0) if batch.A.shape[0] else np.zeros(batch.structure.A.nnz)
    largest = np.zeros(batch.structure.m)
    np.maximum.at(largest, batch.structure.A.indices, size * columns[batch.structure.A.columns()])
    return power_of_two(1.0 / np.where(largest > 0, largest, 1.0)), columns
