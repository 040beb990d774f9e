"""How far a point lies outside a cone or its dual, for many scenarios and cones at once.

Distances are relative: every coordinate has its own size, and a move along one is measured by that size. For exponential
and power cones the distance is the least of the moves along one coordinate and to the nearest face: never too small.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from saddlepoint.algebra.structure import Cone, ConeKind
from saddlepoint.arrays import Array, Index

Outside = Callable[[Array, Array, float], Array]


def violation(cones: Sequence[Cone], v: Array, size: Array | None = None) -> Array:
    """Relative distance of each block to its cone: v, size (S, rows) → (S, cones); without sizes the absolute one."""
    return _by_group(cones, v, size, _OUTSIDE)


def dual_violation(cones: Sequence[Cone], w: Array, size: Array | None = None) -> Array:
    """The same for the dual cones: w, size (S, rows) → (S, cones)."""
    return _by_group(cones, w, size, _OUTSIDE_DUAL)


def starts(cones: Sequence[Cone]) -> Index:
    """The first row of every cone."""
    sizes = np.array([cone.size for cone in cones], dtype=np.int64)
    return np.cumsum(sizes) - sizes


def weights(cone: Cone, w: Array) -> Array:
    """(size,) what a number in each coordinate of a plan costs at least at the multipliers w of a dual cone: its own, or those of the coordinates that it makes as large."""
    own = np.abs(w)
    if cone.kind is ConeKind.SECOND_ORDER:
        return np.full_like(own, own.max())
    if cone.kind is ConeKind.EXPONENTIAL:
        return np.array([own[:2].max(), own[:2].max(), own[2]])
    share = 0.5 if cone.kind is ConeKind.ROTATED else cone.alpha
    unit = 0.5 if cone.kind is ConeKind.ROTATED else 1.0
    others = (own[0] / share) ** share * (own[1] / (1.0 - share)) ** (1.0 - share)
    return np.concatenate((own[:2], np.maximum(own[2:], others * unit**0.5)))


def _by_group(cones: Sequence[Cone], v: Array, size: Array | None, table: dict[ConeKind, Outside]) -> Array:
    out = np.zeros((len(v), len(cones)))
    size = np.ones_like(v) if size is None else size
    first = starts(cones)
    groups: dict[Cone, list[int]] = {}
    for position, cone in enumerate(cones):
        groups.setdefault(cone, []).append(position)
    for cone, positions in groups.items():
        rows = first[positions][:, None] + np.arange(cone.size)
        with np.errstate(all="ignore"):
            out[:, positions] = table[cone.kind](v[:, rows], size[:, rows], cone.alpha)
    out[np.isnan(v).any(axis=1)] = np.nan
    return out


def _second_order(v: Array, size: Array, _alpha: float) -> Array:
    return _part(_length(v[..., 1:]) - v[..., 0], size.max(axis=-1))


def _rotated(v: Array, size: Array, _alpha: float) -> Array:
    """2xy ≥ ‖z‖²: the least of the moves in x, in y and in ‖z‖ once x and y are not negative."""
    x, y = np.maximum(v[..., 0], 0.0), np.maximum(v[..., 1], 0.0)
    length = _length(v[..., 2:])
    inward = length - np.sqrt(2.0 * x) * np.sqrt(y)
    more_x = np.where(y > 0, length * (length / np.where(y > 0, 2.0 * y, 1.0)) - x, np.inf)
    more_y = np.where(x > 0, length * (length / np.where(x > 0, 2.0 * x, 1.0)) - y, np.inf)
    sizes = size[..., 2:].max(axis=-1, initial=0.0), size[..., 0], size[..., 1]
    negative = _farthest((-v[..., 0], -v[..., 1]), sizes[1:])
    return np.maximum(_least((inward, more_x, more_y), sizes, np.inf), negative)


def _exponential(v: Array, size: Array, _alpha: float) -> Array:
    """y·exp(x/y) ≤ z: the least of the moves in z, in x, and to the face y = 0, x ≤ 0 ≤ z."""
    x, y, z = v[..., 0], v[..., 1], v[..., 2]
    inside = y > 0
    up = np.where(inside, y * np.exp(x / np.where(inside, y, 1.0)) - z, np.inf)
    ratio = np.where(inside & (z > 0), z / np.where(inside, y, 1.0), 1.0)
    left = np.where(inside & (z > 0), x - y * np.log(ratio), np.inf)
    face = _farthest((np.abs(y), x, -z), (size[..., 1], size[..., 0], size[..., 2]))
    return _least((up, left), (size[..., 2], size[..., 0]), face)


def _exponential_dual(v: Array, size: Array, _alpha: float) -> Array:
    """−u·exp(v/u − 1) ≤ w, u < 0, or u = 0, v ≥ 0, w ≥ 0 (Chares, 2009)."""
    u, t, w = v[..., 0], v[..., 1], v[..., 2]
    inside = u < 0
    safe = np.where(inside, u, -1.0)
    up = np.where(inside, -safe * np.exp(t / safe - 1.0) - w, np.inf)
    positive = inside & (w > 0)
    right = np.where(positive, safe * (1.0 + np.log(np.where(positive, w / -safe, 1.0))) - t, np.inf)
    face = _farthest((np.abs(u), -t, -w), (size[..., 0], size[..., 1], size[..., 2]))
    return _least((up, right), (size[..., 2], size[..., 1]), face)


def _power(v: Array, size: Array, alpha: float) -> Array:
    """x^α·y^(1−α) ≥ |z|: the least of the moves in z, x or y once x and y are not negative."""
    x, y, z = np.maximum(v[..., 0], 0.0), np.maximum(v[..., 1], 0.0), np.abs(v[..., 2])
    beta = 1.0 - alpha
    inward = z - x**alpha * y**beta
    more_x = np.where(y > 0, (z / np.where(y > 0, y, 1.0) ** beta) ** (1.0 / alpha) - x, np.inf)
    more_y = np.where(x > 0, (z / np.where(x > 0, x, 1.0) ** alpha) ** (1.0 / beta) - y, np.inf)
    sizes = size[..., 2], size[..., 0], size[..., 1]
    negative = _farthest((-v[..., 0], -v[..., 1]), sizes[1:])
    return np.maximum(_least((inward, more_x, more_y), sizes, np.inf), negative)


def _power_dual(v: Array, size: Array, alpha: float) -> Array:
    """(u/α)^α·(v/(1−α))^(1−α) ≥ |w| (Chares, 2009)."""
    weights = np.array([alpha, 1.0 - alpha, 1.0])
    return _power(v / weights, size / weights, alpha)


def _length(v: Array) -> Array:
    """‖v‖₂ without overflow or underflow of the squares."""
    largest = np.abs(v).max(axis=-1, initial=0.0)
    unit = np.where(largest > 0, largest, 1.0)
    return np.sqrt(((v / unit[..., None]) ** 2).sum(axis=-1)) * unit


def _part(move: Array, size: Array) -> Array:
    """A move relative to its size, 0 where there is none and ∞ where only the size is zero."""
    return np.where(move > 0, move / size, 0.0)


def _least(moves: Sequence[Array], sizes: Sequence[Array], other: Array | float) -> Array:
    """The least of the relative moves and of `other`."""
    least = other
    for move, size in zip(moves, sizes, strict=True):
        least = np.fmin(least, _part(move, size))
    return np.asarray(least)


def _farthest(moves: Sequence[Array], sizes: Sequence[Array]) -> Array:
    """The largest of the relative moves."""
    return np.max([_part(move, size) for move, size in zip(moves, sizes, strict=True)], axis=0)


_OUTSIDE: dict[ConeKind, Outside] = {
    ConeKind.SECOND_ORDER: _second_order,
    ConeKind.ROTATED: _rotated,
    ConeKind.EXPONENTIAL: _exponential,
    ConeKind.POWER: _power,
}
_OUTSIDE_DUAL: dict[ConeKind, Outside] = {
    ConeKind.SECOND_ORDER: _second_order,
    ConeKind.ROTATED: _rotated,
    ConeKind.EXPONENTIAL: _exponential_dual,
    ConeKind.POWER: _power_dual,
}
