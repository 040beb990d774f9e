"""Draws from the distributions that attain a worst case: each covers one level least among its family.

All take the parameters of one row, the level (above the mean), the number of draws and a generator.
"""

from __future__ import annotations

import numpy as np

from saddlepoint.arrays import Array, Mask
from saddlepoint.uncertain.record import Columns


def _above(level: Array) -> float:
    return float(np.nextafter(level, np.inf))


def _distance(c: Columns, level: Array) -> float:
    return float((level - c["mean"]) / c["std"])


def _mixed(shares: list[float], values: list[Array | float], draws: int, rng: np.random.Generator) -> Array:
    """Values chosen with these probabilities, the last one for the rest."""
    return np.select([*_choice(shares, draws, rng)], values[:-1], values[-1])


def _choice(shares: list[float], draws: int, rng: np.random.Generator) -> list[Mask]:
    place, ends = rng.random(draws), np.cumsum(shares)
    return [place < end for end in ends]


def cantelli(c: Columns, level: Array, draws: int, rng: np.random.Generator) -> Array:
    """Two points: just above the level, and far enough below the mean."""
    z = _distance(c, level)
    below = float(c["mean"] - c["std"] / z)
    return _mixed([1.0 / (1.0 + z * z)], [_above(level), below], draws, rng)


def symmetric(c: Columns, level: Array, draws: int, rng: np.random.Generator) -> Array:
    """Three points, the outer ones just beyond the level or at one standard deviation."""
    z = _distance(c, level)
    high = _above(level) if z >= 1.0 else float(c["mean"] + c["std"])
    share = min(0.5 / (z * z), 0.5) if z > 0.0 else 0.5
    return _mixed([share, share], [high, 2.0 * float(c["mean"]) - high, float(c["mean"])], draws, rng)


def unimodal(c: Columns, level: Array, draws: int, rng: np.random.Generator) -> Array:
    """A uniform piece with an atom at one of its ends: below the mean, or just above the level."""
    z = _distance(c, level)
    if z * z >= 5.0 / 3.0:
        share = 4.0 / (3.0 * (1.0 + z * z))
        length = float(c["std"]) * share / np.sqrt(share**3 / 3.0 - share**4 / 4.0)
        mode = float(c["mean"]) - 0.5 * share * length
        return _mixed([share], [rng.uniform(mode, mode + length, draws), mode], draws, rng)
    share = 4.0 * z * z / (3.0 + 3.0 * z * z)
    length = float(c["std"]) * np.sqrt(12.0 / (share * (4.0 - 3.0 * share)))
    return _mixed([share], [rng.uniform(level - length, level, draws), _above(level)], draws, rng)


def unimodal_symmetric(c: Columns, level: Array, draws: int, rng: np.random.Generator) -> Array:
    """A uniform piece about the mean, with an atom in its middle where the level is far."""
    z = max(_distance(c, level), 2.0 / np.sqrt(3.0))
    share, half = 4.0 / (3.0 * z * z), 1.5 * z * float(c["std"])
    centre = float(c["mean"])
    return _mixed([share], [rng.uniform(centre - half, centre + half, draws), centre], draws, rng)


def support(c: Columns, level: Array, draws: int, rng: np.random.Generator) -> Array:
    """Two points: just above the level, and the lower end."""
    share = float((c["mean"] - c["lower"]) / (level - c["lower"]))
    return _mixed([share], [_above(level), float(c["lower"])], draws, rng)
