"""How far a point lies outside a cone or its dual, for many scenarios and cones at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from saddlepoint.algebra.structure import Cone, ConeKind

Array = NDArray[np.float64]


def violation(cones: Sequence[Cone], v: Array) -> Array:
    """Bound on the distance (largest coordinate) of each block to its cone: v (S, rows) → (S, cones)."""
    return _by_group(cones, v, _OUTSIDE)


def dual_violation(cones: Sequence[Cone], w: Array) -> Array:
    """The same for the dual cones: w (S, rows) → (S, cones)."""
    return _by_group(cones, w, _OUTSIDE_DUAL)


def starts(cones: Sequence[Cone]) -> NDArray[np.int64]:
    """The first row of every cone."""
    sizes = np.array([cone.size for cone in cones], dtype=np.int64)
    return np.cumsum(sizes) - sizes


def _by_group(
    cones: Sequence[Cone], v: Array, table: dict[ConeKind, Callable[[Array, float], Array]]
) -> Array:
    out = np.zeros((len(v), len(cones)))
    first = starts(cones)
    groups: dict[Cone, list[int]] = {}
    for position, cone in enumerate(cones):
        groups.setdefault(cone, []).append(position)
    for cone, positions in groups.items():
        rows = first[positions][:, None] + np.arange(cone.size)
        with np.errstate(all="ignore"):
            out[:, positions] = table[cone.kind](v[:, rows], cone.alpha)
    out[np.isnan(v).any(axis=1)] = np.nan
    return out


def _second_order(v: Array, _alpha: float) -> Array:
    return np.maximum(0.0, np.sqrt((v[..., 1:] ** 2).sum(axis=-1)) - v[..., 0])


def _rotated(v: Array, _alpha: float) -> Array:
    """2xy ≥ ‖z‖²: the least of the moves in x, in y and in ‖z‖ once x and y are not negative."""
    x, y = np.maximum(v[..., 0], 0.0), np.maximum(v[..., 1], 0.0)
    length = np.sqrt((v[..., 2:] ** 2).sum(axis=-1))
    inward = length - np.sqrt(2.0 * x) * np.sqrt(y)
    more_x = np.where(y > 0, length * (length / np.where(y > 0, 2.0 * y, 1.0)) - x, np.inf)
    more_y = np.where(x > 0, length * (length / np.where(x > 0, 2.0 * x, 1.0)) - y, np.inf)
    negative = np.maximum(-v[..., 0], -v[..., 1])
    return np.maximum(0.0, np.maximum(np.fmin(inward, np.fmin(more_x, more_y)), negative))


def _exponential(v: Array, _alpha: float) -> Array:
    """y·exp(x/y) ≤ z: the least of the moves in z, in x, and to the face y = 0, x ≤ 0 ≤ z."""
    x, y, z = v[..., 0], v[..., 1], v[..., 2]
    inside = y > 0
    up = np.where(inside, y * np.exp(x / np.where(inside, y, 1.0)) - z, np.inf)
    ratio = np.where(inside & (z > 0), z / np.where(inside, y, 1.0), 1.0)
    left = np.where(inside & (z > 0), x - y * np.log(ratio), np.inf)
    face = np.maximum(np.abs(y), np.maximum(x, -z))
    return np.maximum(0.0, np.fmin(np.fmin(up, left), face))


def _exponential_dual(v: Array, _alpha: float) -> Array:
    """−u·exp(v/u − 1) ≤ w, u < 0, or u = 0, v ≥ 0, w ≥ 0 (Chares, 2009)."""
    u, t, w = v[..., 0], v[..., 1], v[..., 2]
    inside = u < 0
    safe = np.where(inside, u, -1.0)
    up = np.where(inside, -safe * np.exp(t / safe - 1.0) - w, np.inf)
    positive = inside & (w > 0)
    right = np.where(positive, safe * (1.0 + np.log(np.where(positive, w / -safe, 1.0))) - t, np.inf)
    face = np.maximum(np.abs(u), np.maximum(-t, -w))
    return np.maximum(0.0, np.fmin(np.fmin(up, right), face))


def _power(v: Array, alpha: float) -> Array:
    """x^α·y^(1−α) ≥ |z|: the least of the moves in z, x or y once x and y are not negative."""
    x, y, z = np.maximum(v[..., 0], 0.0), np.maximum(v[..., 1], 0.0), np.abs(v[..., 2])
    beta = 1.0 - alpha
    inward = z - x**alpha * y**beta
    more_x = np.where(y > 0, (z / np.where(y > 0, y, 1.0) ** beta) ** (1.0 / alpha) - x, np.inf)
    more_y = np.where(x > 0, (z / np.where(x > 0, x, 1.0) ** alpha) ** (1.0 / beta) - y, np.inf)
    least = np.fmin(inward, np.fmin(more_x, more_y))
    negative = np.maximum(-v[..., 0], -v[..., 1])
    return np.maximum(0.0, np.maximum(least, negative))


def _power_dual(v: Array, alpha: float) -> Array:
    """(u/α)^α·(v/(1−α))^(1−α) ≥ |w| (Chares, 2009)."""
    scaled = v / np.array([alpha, 1.0 - alpha, 1.0])
    return _power(scaled, alpha)


_OUTSIDE: dict[ConeKind, Callable[[Array, float], Array]] = {
    ConeKind.SECOND_ORDER: _second_order,
    ConeKind.ROTATED: _rotated,
    ConeKind.EXPONENTIAL: _exponential,
    ConeKind.POWER: _power,
}
_OUTSIDE_DUAL: dict[ConeKind, Callable[[Array, float], Array]] = {
    ConeKind.SECOND_ORDER: _second_order,
    ConeKind.ROTATED: _rotated,
    ConeKind.EXPONENTIAL: _exponential_dual,
    ConeKind.POWER: _power_dual,
}
