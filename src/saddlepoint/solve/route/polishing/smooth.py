"""The boundary of a cone as a smooth concave function that is zero there: its value, gradient and curvature.

At an optimum with strict complementarity a cone is either inactive or holds at its boundary with multiplier
w = λ·∇φ(v), λ ≥ 0, where φ(v) ≥ 0 describes the cone (Boyd & Vandenberghe 2004, §10.3 on perspectives).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from saddlepoint.algebra.structure import Cone, ConeKind
from saddlepoint.arrays import Array
from saddlepoint.records import dataclass


@dataclass(frozen=True, slots=True)
class Boundary:
    """φ(v), ∇φ(v) (k,), ∇²φ(v) (k, k) and the place of the coordinate by which λ is read off a multiplier w."""

    value: float
    slope: Array
    curvature: Array
    place: int


def boundary(cone: Cone, v: Array) -> Boundary | None:
    """The boundary function at v (k,), in the sizes of v; None where it is not smooth, or steeper than floats hold."""
    with np.errstate(all="ignore"):
        found = _KINDS[cone.kind](v, cone.alpha)
    steep = found is None or not (np.isfinite(found.slope).all() and np.isfinite(found.curvature).all())
    return None if steep else found


def _second_order(v: Array, _alpha: float) -> Boundary | None:
    """v₀ − ‖v̄‖."""
    length = float(np.linalg.norm(v[1:]))
    if length == 0.0:
        return None
    unit = v[1:] / length
    curvature = np.zeros((len(v), len(v)))
    curvature[1:, 1:] = (np.outer(unit, unit) - np.eye(len(unit))) / length
    return Boundary(float(v[0] - length), np.concatenate(([1.0], -unit)), curvature, 0)


def _rotated(v: Array, _alpha: float) -> Boundary | None:
    """p − ‖x‖²/(2m), or m − ‖x‖²/(2p) where m is the smaller."""
    big, small = (1, 0) if v[1] >= v[0] else (0, 1)
    m, x = v[big], v[2:]
    if m <= 0.0:
        return None
    half = 0.5 * float(x @ x)
    slope, curvature = np.zeros(len(v)), np.zeros((len(v), len(v)))
    slope[small], slope[big], slope[2:] = 1.0, half / m**2, -x / m
    curvature[big, big] = -2.0 * half / m**3
    curvature[2:, 2:] = -np.eye(len(x)) / m
    curvature[big, 2:] = curvature[2:, big] = x / m**2
    return Boundary(float(v[small]) - half / m, slope, curvature, small)


def _exponential(v: Array, _alpha: float) -> Boundary | None:
    """y·log(z/y) − x."""
    x, y, z = v
    if y <= 0.0 or z <= 0.0:
        return None
    ratio = float(np.log(z) - np.log(y))
    curvature = np.array([[0.0, 0.0, 0.0], [0.0, -1.0 / y, 1.0 / z], [0.0, 1.0 / z, -y / z**2]])
    return Boundary(y * ratio - x, np.array([-1.0, ratio - 1.0, y / z]), curvature, 0)


def _power(v: Array, alpha: float) -> Boundary | None:
    """x^α·y^(1−α) − |z|."""
    x, y, z = v
    if x <= 0.0 or y <= 0.0 or z == 0.0:
        return None
    beta = 1.0 - alpha
    mean = x**alpha * y**beta
    slope = np.array([alpha * mean / x, beta * mean / y, -np.sign(z)])
    cross = alpha * beta * mean / (x * y)
    curvature = np.array([[-cross * y / x, cross, 0.0], [cross, -cross * x / y, 0.0], [0.0, 0.0, 0.0]])
    return Boundary(mean - abs(z), slope, curvature, 2)


_KINDS = {
    ConeKind.SECOND_ORDER: _second_order,
    ConeKind.ROTATED: _rotated,
    ConeKind.EXPONENTIAL: _exponential,
    ConeKind.POWER: _power,
}

RESTS: Final = {
    ConeKind.SECOND_ORDER: (),
    ConeKind.ROTATED: (0, 1),
    ConeKind.EXPONENTIAL: (1, 2),
    ConeKind.POWER: (0, 1),
}
"""The coordinates on which a boundary rests: it is not smooth where one of them is zero."""
