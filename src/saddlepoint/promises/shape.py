"""Whether values have the shape of a law: its errors as Normal scores, by statistics of their distance, skewness, tails and ends together."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.promises.least_p import NullTable
from saddlepoint.uncertain.calibrated import fitted_shape

REASONS: Final = (
    "the values do not follow it",
    "they are skewed to the right of it",
    "they are skewed to the left of it",
    "their tails are heavier",
    "their tails are lighter",
    "their ends are closer together",
)
_WEIGHTS: Final = (0.3, 2.2, 1.1, 0.9, 0.2, 2.9)
"""How much of the chance of a false doubt each statistic has: most where the laws that are met differ first."""
LAWS: Final = ("normal", "lognormal", "gamma")
_GRID: Final = np.geomspace(0.2, 200.0, 7)
"""Shapes of gammas for which tables are made; between two of them the larger p-value counts."""


def p_of_shape(law: str, rows: Array) -> tuple[Array, Index]:
    """p-values (r,) that the values of each row (r, n) are draws of a law of LAWS, and which of REASONS speaks most against it.

    Values are turned into Normal scores by the fitted law; Anderson–Darling, skewness, kurtosis and range of the scores are
    compared with those of simulated histories that were fitted as this one. Rows with a value that is not positive are no
    lognormal or gamma ones: p = 0. Sources: E. S. Pearson, R. B. D'Agostino, K. O. Bowman, Biometrika 64 (1977) 231–246 (which
    statistic sees what); W. Stute et al., Metrika 40 (1993) 243–256 (bootstrap of a fitted law).
    """
    p, which = np.zeros(len(rows)), np.zeros(len(rows), dtype=np.int64)
    able = np.ptp(rows, axis=1) > 0.0
    p[~able] = 1.0
    if law != "normal":
        p[able & (rows.min(axis=1) <= 0.0)] = 0.0
        able &= rows.min(axis=1) > 0.0
    if not able.any():
        return p, which
    if law != "gamma":
        values = rows[able] if law == "normal" else np.log(rows[able])
        p[able], which[able] = _normal_table(rows.shape[1]).test(_statistics(values))
        return p, which
    shape, scores = _gamma_scores(rows[able])
    p[able], which[able] = _between(rows.shape[1], shape, _statistics(scores))
    return p, which


def step_of(values: Array) -> float:
    """The step of which all values are multiples, from their least one; 0 where there is none (or fewer than 2 values)."""
    gaps = np.diff(np.unique(values))
    if len(gaps) == 0:
        return 0.0
    least = float(gaps.min())
    parts = gaps / least
    return least if bool((np.abs(parts - np.round(parts)) < 1e-6 * np.maximum(parts, 1.0)).all()) else 0.0


def _statistics(values: Array) -> Array:
    """(r, 6) of Normal scores, which are brought to mean 0 and variance 1."""
    z = np.sort(values - values.mean(axis=1, keepdims=True), axis=1)
    z = z / np.maximum(np.sqrt(np.square(z).mean(axis=1, keepdims=True)), 1e-300)
    cube, fourth = (z**3).mean(axis=1), (z**4).mean(axis=1)
    return np.stack([_distance(z), cube, -cube, fourth, -fourth, z[:, 0] - z[:, -1]], axis=1)


def _distance(z: Array) -> Array:
    """Anderson and Darling's, of sorted Normal scores."""
    from scipy.special import log_ndtr

    count = z.shape[1]
    odd = 2.0 * np.arange(1, count + 1) - 1.0
    return -count - (odd * (log_ndtr(z) + log_ndtr(-z[:, ::-1]))).sum(axis=1) / count


@lru_cache(maxsize=32)
def _normal_table(count: int) -> NullTable:
    rng = np.random.default_rng(count)
    return NullTable.of(_statistics, lambda rows: rng.normal(size=(rows, count)), count, _WEIGHTS)


def _gamma_scores(rows: Array) -> tuple[Array, Array]:
    """Shapes (r,) by maximum likelihood, and the Normal scores (r, n) of the values."""
    from scipy import special

    mean = rows.mean(axis=1)
    shape = fitted_shape(np.log(mean) - np.log(rows).mean(axis=1))
    ratio = rows / (mean / shape)[:, None]
    below: Any = special.gammainc(shape[:, None], ratio)
    above: Any = special.gammaincc(shape[:, None], ratio)
    scores = np.where(
        below < 0.5, special.ndtri(np.maximum(below, 1e-300)), -special.ndtri(np.maximum(above, 1e-300))
    )
    return shape, np.asarray(scores)


@lru_cache(maxsize=64)
def _gamma_table(count: int, place: int) -> NullTable:
    rng = np.random.default_rng(1000 * count + place)
    k = float(_GRID[place])

    def draw(rows: int) -> Array:
        return _gamma_scores(np.maximum(rng.gamma(k, 1.0, (rows, count)), 1e-300))[1]

    return NullTable.of(_statistics, draw, count, _WEIGHTS)


def _between(count: int, shape: Array, found: Array) -> tuple[Array, Index]:
    """The larger p-value of the tables of the shapes below and above."""
    place = np.searchsorted(np.log(_GRID), np.log(shape))
    low, high = np.clip(place - 1, 0, len(_GRID) - 1), np.clip(place, 0, len(_GRID) - 1)
    p, which = np.zeros(len(shape)), np.zeros(len(shape), dtype=np.int64)
    for k in np.unique(np.r_[low, high]).tolist():
        here = (low == k) | (high == k)
        told, most = _gamma_table(count, k).test(found[here])
        p[here], which[here] = np.maximum(p[here], told), most
    return p, which
