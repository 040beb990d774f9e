"""The most that may be short at a level, over each family: sup E(D − x)⁺ = max over ε of ε·(CVaR(ε) − x).

The worst CVaR of a family at a tail ε gives the first form; d = x − μ.
"""

from __future__ import annotations

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.uncertain.record import Columns


def _quotient(a: Array, b: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(b > 0.0, a / b, 0.0)


def cantelli(c: Columns, level: Array) -> Array:
    """½(√(σ² + d²) − d). Source: H. Scarf, A min-max solution of an inventory problem (1958)."""
    d = level - c["mean"]
    far = np.hypot(c["std"], d) + np.abs(d)
    return np.where(d >= 0.0, 0.5 * _quotient(np.square(c["std"]), far), 0.5 * far)


def symmetric(c: Columns, level: Array) -> Array:
    """σ²/(8d) from d = σ/2 on, ½(σ − d) about the mean."""
    d, s = level - c["mean"], c["std"]
    far = _quotient(np.square(s), 8.0 * np.abs(d)) + np.maximum(-d, 0.0)
    return np.where(np.abs(d) >= 0.5 * s, far, 0.5 * (s - d))


def unimodal(c: Columns, level: Array) -> Array:
    """(4/9)(√(σ² + d²) − d) above the mean, (4/9)√(σ² + d²) − (5/9)d below."""
    d = level - c["mean"]
    length = np.hypot(c["std"], d)
    above = 4.0 / 9.0 * _quotient(np.square(c["std"]), length + np.abs(d))
    return np.where(d >= 0.0, above, above - d)


def unimodal_symmetric(c: Columns, level: Array) -> Array:
    """σ²/(9d) from d = σ/√3 on, (√3/4)σ(1 − d/(√3σ))² about the mean."""
    d, s = level - c["mean"], c["std"]
    far = _quotient(np.square(s), 9.0 * np.abs(d)) + np.maximum(-d, 0.0)
    near = 0.25 * np.sqrt(3.0) * s * np.square(1.0 - _quotient(d, np.sqrt(3.0) * s))
    return np.where(np.abs(d) >= s / np.sqrt(3.0), far, near)


def support(c: Columns, level: Array) -> Array:
    """(u − x)(μ − l)/(u − l): all mass at the ends."""
    inside = _quotient((c["upper"] - level) * (c["mean"] - c["lower"]), c["upper"] - c["lower"])
    return np.where(level >= c["upper"], 0.0, np.where(level <= c["lower"], c["mean"] - level, inside))
