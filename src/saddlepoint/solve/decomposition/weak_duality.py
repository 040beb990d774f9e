"""What multipliers prove of a linear problem: the bound of weak duality, by our own arithmetic."""

from __future__ import annotations

from typing import Final

import numpy as np

from saddlepoint.algebra.products import dense, transposed_times
from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array

_SMALLEST: Final = 1e-150


def proven(batch: Batch, y: Array, costs: bool = True) -> tuple[Array, Array]:
    """(S,) a lower bound on the cost of every plan by multipliers y (S, m), and (S,) what it leaves out, relative to its terms.

    y ≥ 0 stands for the lower side, ≤ 0 for the upper. Reduced costs q − Aᵀy are made here; one of the wrong sign at a missing
    bound is left out, and told. costs: False for q = 0, the test of a Farkas vector: no plan where the bound is above 0.
    """
    value, missing = _at_sides(y, batch.l, batch.u)
    taken = -transposed(batch, y)
    reduced = taken + batch.q if costs else taken
    more, loose = _at_sides(reduced, batch.lb, batch.ub)
    value += more
    if costs:
        value += batch.r[:, 0]
    if loose is None and missing is None:
        return value, np.zeros(len(value))
    size = np.maximum(np.abs(batch.q).max(axis=1, initial=0.0), np.abs(taken).max(axis=1, initial=0.0))
    lost = (0.0 if loose is None else loose) / np.maximum(size, _SMALLEST)
    if missing is not None:
        lost = np.maximum(lost, missing / np.maximum(np.abs(y).max(axis=1, initial=0.0), _SMALLEST))
    return value, np.broadcast_to(lost, value.shape)


def _at_sides(part: Array, low: Array, high: Array) -> tuple[Array, Array | None]:
    """(S,) Σ of the positive entries of part at their lower and the negative ones at their upper sides; and the largest entry at a
    missing side, None where there is none."""
    up, down = np.maximum(part, 0.0), np.minimum(part, 0.0)
    value, lost = _weighed(up, low)
    more, other = _weighed(down, high)
    value += more
    return value, lost if other is None else other if lost is None else np.maximum(lost, other)


def _weighed(part: Array, side: Array) -> tuple[Array, Array | None]:
    """(S,) the sum of entries times sides, and the largest entry whose side is infinite."""
    finite = np.isfinite(side)
    whole = bool(finite.all())
    known = side if whole else np.where(finite, side, 0.0)
    value = part @ known[0] if len(known) == 1 else np.einsum("ij,ij->i", part, known)
    if whole:
        return value, None
    lost = np.abs(np.where(finite, 0.0, part)).max(axis=1, initial=0.0)
    return value, lost if lost.any() else None


def transposed(batch: Batch, y: Array) -> Array:
    """Aᵀy, shape (S, n)."""
    pattern = batch.structure.A
    if len(batch.A) == 1:
        return y @ dense(pattern, batch.A[0])
    return transposed_times(pattern, batch.A, y)
