"""The standard normal law without scipy: density, probability, quantile."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from saddlepoint.arrays import Array

_CENTRE: Final = (
    (
        2.5090809287301226727e3,
        3.3430575583588128105e4,
        6.7265770927008700853e4,
        4.5921953931549871457e4,
        1.3731693765509461125e4,
        1.9715909503065514427e3,
        1.3314166789178437745e2,
        3.3871328727963666080e0,
    ),
    (
        5.2264952788528545610e3,
        2.8729085735721942674e4,
        3.9307895800092710610e4,
        2.1213794301586595867e4,
        5.3941960214247511077e3,
        6.8718700749205790830e2,
        4.2313330701600911252e1,
        1.0,
    ),
)
_TAIL: Final = (
    (
        7.74545014278341407640e-4,
        2.27238449892691845833e-2,
        2.41780725177450611770e-1,
        1.27045825245236838258e0,
        3.64784832476320460504e0,
        5.76949722146069140550e0,
        4.63033784615654529590e0,
        1.42343711074968357734e0,
    ),
    (
        1.05075007164441684324e-9,
        5.47593808499534494600e-4,
        1.51986665636164571966e-2,
        1.48103976427480074590e-1,
        6.89767334985100004550e-1,
        1.67638483018380384940e0,
        2.05319162663775882187e0,
        1.0,
    ),
)
_FAR: Final = (
    (
        2.01033439929228813265e-7,
        2.71155556874348757815e-5,
        1.24266094738807843860e-3,
        2.65321895265761230930e-2,
        2.96560571828504891230e-1,
        1.78482653991729133580e0,
        5.46378491116411436990e0,
        6.65790464350110377720e0,
    ),
    (
        2.04426310338993978564e-15,
        1.42151175831644588870e-7,
        1.84631831751005468180e-5,
        7.86869131145613259100e-4,
        1.48753612908506148525e-2,
        1.36929880922735805310e-1,
        5.99832206555887937690e-1,
        1.0,
    ),
)
_ERFC: Final = np.frompyfunc(math.erfc, 1, 1)


def density(z: Array | float) -> Array:
    """φ(z), any shape."""
    return np.exp(-0.5 * np.square(z)) / math.sqrt(2.0 * math.pi)


def probability(z: Array | float) -> Array:
    """Φ(z), any shape; relative accuracy is kept in the lower tail."""
    values: Any = _ERFC(np.asarray(z, dtype=np.float64) / -math.sqrt(2.0))
    return 0.5 * np.asarray(values, dtype=np.float64)


def score(columns: Mapping[str, Array], level: Array) -> Array:
    """(level − mean)/std, ±∞ where std is 0."""
    mean, std = columns["mean"], columns["std"]
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (level - mean) / std
    return np.where(std > 0.0, z, np.where(level >= mean, np.inf, -np.inf))


def quantile(p: Array | float) -> Array:
    """Φ⁻¹(p), any shape, to about 1e-15 relative; ±∞ at 0 and 1, NaN outside [0, 1].

    Source: M. J. Wichura, Algorithm AS 241 (PPND16), Applied Statistics 37 (1988) 477–484.
    """
    p = np.asarray(p, dtype=np.float64)
    if p.size == 1:
        return np.full(p.shape, _quantile_of_one(p.item()))
    flat = p.reshape(-1)
    result = np.full(flat.shape, np.nan)
    inside = (flat > 0.0) & (flat < 1.0)
    result[flat == 0.0], result[flat == 1.0] = -np.inf, np.inf
    centre = inside & (np.abs(flat - 0.5) <= 0.425)
    result[centre] = _central(flat[centre] - 0.5)
    outer = inside & ~centre
    side = flat[outer] - 0.5
    r = np.sqrt(-np.log(np.minimum(flat[outer], 1.0 - flat[outer])))
    size = np.where(r <= 5.0, _ratio(_TAIL, r - 1.6), _ratio(_FAR, r - 5.0))
    result[outer] = np.copysign(size, side)
    return result.reshape(p.shape)


def _quantile_of_one(p: float) -> float:
    if not 0.0 < p < 1.0:
        return -math.inf if p == 0.0 else math.inf if p == 1.0 else math.nan
    side = p - 0.5
    if abs(side) <= 0.425:
        return _central(side)
    r = math.sqrt(-math.log(min(p, 1.0 - p)))
    size = _ratio(_TAIL, r - 1.6) if r <= 5.0 else _ratio(_FAR, r - 5.0)
    return math.copysign(size, side)


def _central(side: Any) -> Any:
    return side * _ratio(_CENTRE, 0.180625 - side * side)


def _ratio(coefficients: tuple[Sequence[float], Sequence[float]], r: Any) -> Any:
    top, bottom = (_polynomial(c, r) for c in coefficients)
    return top / bottom


def _polynomial(coefficients: Sequence[float], r: Any) -> Any:
    value: Any = coefficients[0]
    for coefficient in coefficients[1:]:
        value = value * r + coefficient
    return value
