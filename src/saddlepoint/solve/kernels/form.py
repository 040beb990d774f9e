"""A Batch as the compiled kernels take it: contiguous arrays and scale factors that are powers of two."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from saddlepoint.algebra.structure import Batch, Structure
from saddlepoint.arrays import Array, Index, Integers

UNITS, MEAN = 128, 1_024
"""Scenarios that stand for all where units are chosen, and where a mean is made."""
GOLDEN = 0.6180339887498949
"""Multiples of it, without their whole parts, are spread most evenly over (0, 1) (Weyl 1916)."""


class Data(NamedTuple):
    """A batch as compiled code takes it: P and A by columns (start, row, numbers (1|S, nnz)), vectors (1|S, ·), and what
    the kernel adds: scales of rows (m,) and columns (n,), the inverse of the latter, of every number of A its place in a dense (m, n) and its
    scale (nnz,), the codes of the basis to start from (n + m,), the limit of pivots."""

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
    column_inverse: Array
    A_place: Index
    A_scale: Array
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
    P, A, (rows, columns) = batch.structure.P, batch.structure.A, scales
    at = A.columns()
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
        row_scale=contiguous(rows),
        column_scale=contiguous(columns),
        column_inverse=1.0 / columns,
        A_place=A.indices.astype(np.int64) * batch.structure.n + at,
        A_scale=rows[A.indices] * columns[at],
        basis=basis,
        limit=20 * (batch.structure.n + batch.structure.m) + 100 if limit is None else limit,
    )


def contiguous(array: Array) -> Array:
    """The array as compiled code takes it; a copy where it may not be written, which would be another type, to be compiled anew."""
    out = np.ascontiguousarray(array, dtype=np.float64)
    return out if out.flags.writeable else out.copy()


def spread(size: int, first: int, last: int) -> Index:
    """Samples first … last − 1 of `size` scenarios: sample s is the one at the fractional part of s times the golden ratio, which spreads any number of them evenly."""
    found: Index = (np.arange(first, min(last, size)) * GOLDEN % 1.0 * size).astype(np.int64)
    return found


def sampled(array: Array, most: int) -> Array:
    """Scenarios (·, k) that stand for all, so many at most, of an array (1|S, k)."""
    return array if len(array) <= most else array[spread(len(array), 0, most)]


def power_of_two(array: Array) -> Array:
    """The nearest power of two of each positive number; 1 for the others. Multiplying by it rounds nothing."""
    usable = (array > 0) & np.isfinite(array)
    with np.errstate(all="ignore"):
        return np.where(usable, np.exp2(np.round(np.log2(np.where(usable, array, 1.0)))), 1.0)


def geometric_scales(batch: Batch, passes: int = 3) -> tuple[Array, Array]:
    """Row scales (m,) and column scales (n,) that bring the entries of A near 1 (Curtis & Reid 1972, simplified).

    Where A differs between scenarios, the largest absolute values of a sample are scaled.
    """
    pattern = batch.structure.A
    size = largest(batch.A, pattern.nnz)
    return geometric_units(pattern.indices, pattern.columns(), size, pattern.shape, passes)


def largest(array: Array, width: int) -> Array:
    """(width,) the largest absolute values of a sample of scenarios (1|S, width); 0 without scenarios."""
    found: Array = np.abs(sampled(array, UNITS)).max(axis=0) if len(array) else np.zeros(width)
    return found


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
    """One scenario with the means of all numbers of a sample: a start in the middle of the others."""

    def middle(array: Array) -> Array:
        # a product takes a fifth of the time of a mean along the long axis
        some = sampled(array, MEAN)
        return some if len(some) == 1 else (np.full(len(some), 1.0 / len(some)) @ some)[None]

    names = ("P", "q", "r", "A", "l", "u", "lb", "ub", "F", "g")
    return Batch(structure=batch.structure, size=1, **{name: middle(getattr(batch, name)) for name in names})


def quadratic_scales(batch: Batch) -> tuple[Array, Array]:
    """Row scales (m,) and column scales (n,) with the diagonal of P near 1 where it is not zero."""
    diagonal = np.zeros(batch.structure.n)
    on = np.flatnonzero(batch.structure.P.indices == batch.structure.P.columns())
    if len(on):
        diagonal[batch.structure.P.indices[on]] = largest(batch.P, batch.structure.P.nnz)[on]
    curved = (diagonal > 0) & np.isfinite(diagonal)
    columns = power_of_two(1.0 / np.sqrt(np.where(curved, diagonal, 1.0)))
    if not curved.all():
        columns = np.where(curved, columns, geometric_scales(batch)[1])
    size = largest(batch.A, batch.structure.A.nnz)
    of_row = np.zeros(batch.structure.m)
    np.maximum.at(of_row, batch.structure.A.indices, size * columns[batch.structure.A.columns()])
    return power_of_two(1.0 / np.where(of_row > 0, of_row, 1.0)), columns
