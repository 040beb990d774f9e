"""Bounds and Farkas vectors of boxes, less what the sums may be off by; bounds by signs, which are exact."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Mask
from saddlepoint.solve.bilinear.problem import Bilinear
from saddlepoint.solve.proof.exclusion import crossed
from saddlepoint.solve.proof.weak_duality import safe_bound, transposed_product

_SUMMED = 1e-13
"""What a sum may be off by, relative to the sum of the sizes of its terms."""
_CLEAR = 1e-9
"""Part of its terms by which a Farkas vector must be above 0 to count: what is less may be rounding."""


_STRAY = 1e-12
"""Part of the largest multiplier below which one is rounding."""


def lower_bound(batch: Batch, y: Array) -> Array:
    """(S,) a bound on the cost of every plan that any multipliers y (S, m) prove; −inf where they prove none."""
    return safe_bound(batch, y) - _SUMMED * _sizes(batch, y)


def least_by_signs(problem: Bilinear) -> Array:
    """(S,) the constants of objectives none of whose terms can be negative within the bounds, −inf of the others: what a plan costs at least, by
    signs alone, so exactly."""
    up, down = problem.lb >= 0, problem.ub <= 0
    columns = (problem.q == 0) | (problem.q > 0) & up | (problem.q < 0) & down
    i, j = problem.left, problem.right
    alike = up[:, i] & up[:, j] | down[:, i] & down[:, j] | (i == j)
    apart = up[:, i] & down[:, j] | down[:, i] & up[:, j]
    products = (problem.p == 0) | (problem.p > 0) & alike | (problem.p < 0) & apart
    return np.where(columns.all(axis=1) & products.all(axis=1), problem.r, -np.inf)


def proves_empty(batch: Batch, y: Array) -> Mask:
    """(S,) whether multipliers, or sides that cross by themselves, prove that no plan satisfies the rows and bounds.

    Multipliers that are rounding beside the others are left out.
    """
    y = np.nan_to_num(y, nan=0.0, posinf=0.0, neginf=0.0)
    y = np.where(np.abs(y) > _STRAY * np.abs(y).max(axis=1, initial=0.0, keepdims=True), y, 0.0)
    calm = replace(batch, q=np.zeros_like(batch.q), r=np.zeros_like(batch.r))
    rows, columns = crossed(batch.l, batch.u, _CLEAR), crossed(batch.lb, batch.ub, _CLEAR)
    proven = safe_bound(calm, y) > _CLEAR * _sizes(calm, y)
    return proven | rows.any(axis=1) | columns.any(axis=1)


def _sizes(batch: Batch, y: Array) -> Array:
    """(S,) the sizes of the terms of a bound, those of its reduced costs among them."""
    y = np.abs(np.nan_to_num(y, nan=0.0, posinf=0.0, neginf=0.0))
    largest = [
        np.maximum(_finite(low), _finite(high)) for low, high in ((batch.l, batch.u), (batch.lb, batch.ub))
    ]
    reduced = np.abs(batch.q) + transposed_product(replace(batch, A=np.abs(batch.A)), y)
    return (y * largest[0]).sum(axis=1) + (reduced * largest[1]).sum(axis=1) + np.abs(batch.r[:, 0])


def _finite(side: Array) -> Array:
    return np.abs(np.where(np.isfinite(side), side, 0.0))
