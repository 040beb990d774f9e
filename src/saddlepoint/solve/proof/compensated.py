"""Sums and products without rounding errors to speak of: about twice the digits of float64, in numpy alone.

Products by Dekker's splitting (1971), sums by error-free extraction (Rump, Ogita & Oishi 2008).
"""

from __future__ import annotations

import numpy as np

from saddlepoint.algebra.structure import Batch, Pattern
from saddlepoint.arrays import Array, Integers

_SPLIT = 134_217_729.0
_PASSES = 3


def two_product(a: Array, b: Array) -> tuple[Array, Array]:
    """a·b as an unevaluated sum of its rounded value and its rounding error, element by element."""
    product = a * b
    a_high, a_low = _halves(a)
    b_high, b_low = _halves(b)
    error = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low
    return product, np.where(np.isfinite(error), error, 0.0)


def two_sum(a: Array, b: Array) -> tuple[Array, Array]:
    """a + b as its rounded value and its rounding error (Knuth 1969)."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def sums(values: Array, target: Integers, size: int) -> tuple[Array, Array]:
    """Σ of the values by target (k,) → (size,), as high and low parts."""
    high, low = np.zeros(size), np.zeros(size)
    if not len(values):
        return high, low
    spare = np.exp2(np.ceil(np.log2(np.bincount(target, minlength=size) + 2.0)))
    rest = values
    for _ in range(_PASSES):
        largest = np.zeros(size)
        np.maximum.at(largest, target, np.abs(rest))
        if not largest.any():
            break
        unit = np.where(largest > 0, np.exp2(np.ceil(np.log2(np.where(largest > 0, largest, 1.0)))), 0.0)
        big = (unit * spare)[target]
        extracted = (big + rest) - big
        rest = rest - extracted
        high, error = two_sum(high, np.bincount(target, extracted, size).astype(np.float64, copy=False))
        low += error
    return two_sum(high, low + np.bincount(target, rest, size).astype(np.float64, copy=False))


def compensated_times(
    pattern: Pattern, values: Array, high: Array, low: Array | None = None
) -> tuple[Array, Array]:
    """A x of one scenario: values (nnz,), x = high + low (columns,) → (rows,), as high and low parts."""
    return _times(pattern.indices, pattern.columns(), pattern.shape[0], values, high, low)


def compensated_transposed_times(
    pattern: Pattern, values: Array, high: Array, low: Array | None = None
) -> tuple[Array, Array]:
    """Aᵀ y of one scenario: values (nnz,), y = high + low (rows,) → (columns,), as high and low parts."""
    return _times(pattern.columns(), pattern.indices, pattern.shape[1], values, high, low)


def compensated_symmetric_times(
    pattern: Pattern, values: Array, high: Array, low: Array | None = None
) -> tuple[Array, Array]:
    """P x of one scenario, where the pattern holds the upper triangle: values (nnz,) → (n,), high and low parts."""
    row, column = pattern.indices.astype(np.int64), pattern.columns()
    off = row != column
    target, source = np.concatenate((row, column[off])), np.concatenate((column, row[off]))
    return _times(target, source, pattern.shape[0], np.concatenate((values, values[off])), high, low)


def compensated_cost(batch: Batch, x: Array, constant: bool = True) -> Array:
    """The objective of plans x (S, n), with its constant or without, (S,), rounded once at the end."""
    size, p = batch.size, batch.structure.P
    row, column = p.indices.astype(np.int64), p.columns()
    factor = np.where(row == column, 0.5, 1.0)
    parts: list[Array] = [np.broadcast_to(batch.r, (size, 1))] if constant else []
    parts += two_product(np.broadcast_to(batch.q, x.shape), x)
    if p.nnz:
        pair, error = two_product(x[:, row], x[:, column])
        values = np.broadcast_to(batch.P * factor, pair.shape)
        parts += two_product(values, pair)
        parts.append(values * error)
    values = np.concatenate(parts, axis=1)
    target = np.repeat(np.arange(size), values.shape[1])
    return sums(values.ravel(), target, size)[0]


def _times(
    target: Integers, source: Integers, size: int, values: Array, high: Array, low: Array | None
) -> tuple[Array, Array]:
    product, error = two_product(values, high[source])
    parts, places = [product, error], [target, target]
    if low is not None:
        parts.append(values * low[source])
        places.append(target)
    return sums(np.concatenate(parts), np.concatenate(places), size)


def _halves(a: Array) -> tuple[Array, Array]:
    scaled = _SPLIT * a
    high = scaled - (scaled - a)
    return high, a - high
