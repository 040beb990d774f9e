"""Products of one sparsity pattern with the numbers of many scenarios, in numpy alone; the matrix itself, with or without its zeros."""

from __future__ import annotations

from typing import Any

import numpy as np

from saddlepoint.algebra.structure import Pattern
from saddlepoint.arrays import Array, Integers

DENSE_LIMIT = 65_536
"""Largest rows × columns at which a shared matrix is multiplied densely."""


def times(pattern: Pattern, values: Array, x: Array) -> Array:
    """A x for every scenario: values (1|S, nnz), x (S, columns) → (S, rows)."""
    rows = pattern.shape[0]
    if pattern.nnz == 0:
        return np.zeros((len(x), rows))
    if _worth_dense(pattern, values, x):
        return x @ dense(pattern, values[0]).T
    return _scatter(pattern.indices, rows, values, x, pattern.columns())


def transposed_times(pattern: Pattern, values: Array, y: Array) -> Array:
    """Aᵀ y for every scenario: values (1|S, nnz), y (S, rows) → (S, columns)."""
    columns = pattern.shape[1]
    if pattern.nnz == 0:
        return np.zeros((len(y), columns))
    if _worth_dense(pattern, values, y):
        return y @ dense(pattern, values[0])
    return _scatter(pattern.columns(), columns, values, y, pattern.indices)


def symmetric_times(pattern: Pattern, values: Array, x: Array) -> Array:
    """P x where the pattern holds the upper triangle of P: values (1|S, nnz), x (S, n) → (S, n)."""
    if pattern.nnz == 0:
        return np.zeros_like(x)
    columns = pattern.columns()
    below = np.where(pattern.indices == columns, 0.0, values)
    return times(pattern, values, x) + transposed_times(pattern, below, x)


def dense(pattern: Pattern, values: Array) -> Array:
    """A matrix with all its zeros, or one of each scenario: values (…, nnz) → (…, rows, columns)."""
    matrix = np.zeros((*values.shape[:-1], *pattern.shape))
    matrix[..., pattern.indices, pattern.columns()] = values
    return matrix


def sparse_matrix(pattern: Pattern, values: Array) -> Any:
    """The matrix of these values (nnz,) as scipy has it, by columns."""
    from scipy.sparse import csc_matrix

    return csc_matrix((values, pattern.indices, pattern.indptr), shape=pattern.shape)


def _worth_dense(pattern: Pattern, values: Array, x: Array) -> bool:
    rows, columns = pattern.shape
    return values.shape[0] == 1 and len(x) > 1 and rows * columns <= DENSE_LIMIT


def _scatter(target: Integers, length: int, values: Array, x: Array, source: Integers) -> Array:
    """Sums of values · x[source] by target, a few million products at a time."""
    size, count = len(x), len(target)
    if size == 1:
        return np.bincount(target, values[0] * x[0, source], length)[None, :].astype(np.float64, copy=False)
    out = np.empty((size, length))
    step = max(1, 2_000_000 // count)
    for start in range(0, size, step):
        stop = min(size, start + step)
        block = values if values.shape[0] == 1 else values[start:stop]
        products = block * x[start:stop, source]
        flat = (np.arange(stop - start)[:, None] * length + target).ravel()
        sums = np.bincount(flat, products.ravel(), (stop - start) * length)
        out[start:stop] = sums.reshape(stop - start, length)
    return out
