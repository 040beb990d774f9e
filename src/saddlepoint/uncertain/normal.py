"""The standard normal law without scipy: density, probability, quantile."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from saddlepoint.arrays import Array

if TYPE_CHECKING:
    from statistics import NormalDist

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

    Source: M. J. Wichura, Algorithm AS 241 (PPND16), Applied Statistics 37 (1988) 477–484, as the standard library has it.
    """
    p = np.asarray(p, dtype=np.float64)
    first = p.flat[0] if p.size else np.nan
    if p.size == 1 or (p == first).all():
        return np.full(p.shape, _quantile_of_one(float(first)))
    result = np.where(p == 0.0, -np.inf, np.where(p == 1.0, np.inf, np.nan))
    inside = (p > 0.0) & (p < 1.0)
    result[inside] = np.frompyfunc(_standard().inv_cdf, 1, 1)(p[inside])
    return result


def _quantile_of_one(p: float) -> float:
    if not 0.0 < p < 1.0:
        return -math.inf if p == 0.0 else math.inf if p == 1.0 else math.nan
    return _standard().inv_cdf(p)


@cache
def _standard() -> NormalDist:
    from statistics import NormalDist

    return NormalDist()
