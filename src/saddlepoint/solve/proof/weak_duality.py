"""What multipliers prove of a linear problem: the bound of weak duality, by our own arithmetic.

Source: Neumaier & Shcherbina, Mathematical Programming 99 (2004) 283–296.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from saddlepoint.algebra.products import dense, transposed_times
from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array

_SMALLEST: Final = 1e-150
_TINY: Final = 1e-11
"""A reduced cost of a column without end, relative to its own terms, that counts as none."""
LOST: Final = 1e-7
"""By how much a reduced cost may point the wrong way, relative to its terms, in multipliers that still prove something."""

_DENSE: Final = 1_000_000
"""Largest rows × columns at which a shared matrix is made with all its zeros."""


def proven(batch: Batch, y: Array) -> tuple[Array, Array]:
    """(S,) a lower bound on the cost of every plan by multipliers y (S, m), and (S,) what it leaves out, relative to its terms.

    y ≥ 0 stands for the lower side, ≤ 0 for the upper. Reduced costs q − Aᵀy are made here; one of the wrong sign at a missing
    bound is left out, and told.
    """
    value, missing = _at_sides(y, batch.l, batch.u)
    taken = -transposed_product(batch, y)
    more, loose = _at_sides(taken + batch.q, batch.lb, batch.ub)
    value += more + batch.r[:, 0]
    if loose is None and missing is None:
        return value, np.zeros(len(value))
    size = np.maximum(np.abs(batch.q).max(axis=1, initial=0.0), np.abs(taken).max(axis=1, initial=0.0))
    lost = (0.0 if loose is None else loose) / np.maximum(size, _SMALLEST)
    if missing is not None:
        lost = np.maximum(lost, missing / np.maximum(np.abs(y).max(axis=1, initial=0.0), _SMALLEST))
    return value, np.broadcast_to(lost, value.shape)


def safe_bound(batch: Batch, y: Array) -> Array:
    """(S,) a lower bound that any multipliers y (S, m) prove, whatever the solver did; −inf where they prove none.

    Multipliers of missing sides count as 0; a reduced cost at a missing bound that is more than rounding proves nothing.
    """
    y = np.nan_to_num(y, nan=0.0, posinf=0.0, neginf=0.0)
    y = np.where((y > 0) & np.isinf(batch.l) | (y < 0) & np.isinf(batch.u), 0.0, y)
    reduced = batch.q - transposed_product(batch, y)
    size = np.abs(batch.q) + transposed_product(replace(batch, A=np.abs(batch.A)), np.abs(y))
    endless = np.isinf(np.where(reduced > 0, batch.lb, batch.ub))
    reduced = np.where(endless & (np.abs(reduced) <= _TINY * size), 0.0, reduced)
    value, _ = _at_sides(y, batch.l, batch.u)
    more, lost = _at_sides(reduced, batch.lb, batch.ub)
    bound = value + more + batch.r[:, 0]
    return bound if lost is None else np.where(lost > 0, -np.inf, bound)


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


def transposed_product(batch: Batch, y: Array) -> Array:
    """Aᵀy, shape (S, n)."""
    pattern = batch.structure.A
    if len(batch.A) == 1 and pattern.shape[0] * pattern.shape[1] <= _DENSE:
        return y @ dense(pattern, batch.A[0])
    return transposed_times(pattern, batch.A, y)
