"""Borgonovo's delta and first-order shares of given runs, from the counts of results in classes of every factor.

Sources: Borgonovo, Reliability Engineering & System Safety 92 (2007) 771–784; Plischke, Borgonovo & Smith, European Journal of
Operational Research 226 (2013) 536–550, equations 26 (estimate) and 30 (its bias, by the bootstrap). The density within a class and
that of all runs are taken under one normal kernel, of the class's width after Silverman (Density Estimation, 1986), from counts
in narrow cells by the Fourier transform (Silverman, Applied Statistics 31 (1982) 93–99). So a class of one value is compared as
it is, smoothing never adds to a distance, and the bootstrap
draws counts, not runs: 10⁵ runs cost little more than 10³.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.special import ndtri

from saddlepoint.arrays import Array, Index

CELLS: Final = 1024
"""Cells between the smallest and the largest result; as many beyond it hold the tails of both ends."""
RESAMPLES: Final = 20
"""Of the bootstrap, for bias and intervals."""
LEVEL: Final = 0.95


def delta_of(points: Array, results: Array, seed: int) -> dict[str, Array]:
    """Of every factor (factors,): delta, S1 (the share of the variance that its classes explain), delta_conf and S1_conf, the
    half widths of their 95 % intervals. points: (runs, factors), results: (runs,), which vary."""
    random = np.random.default_rng(seed)
    width = float(np.ptp(results)) / (CELLS - 1)
    cells = np.rint((results - results.min()) / width).astype(np.int64)
    found = np.array([_factor(x, cells, random) for x in points.T])
    return dict(zip(("delta", "delta_conf", "S1", "S1_conf"), found.T, strict=True))


def _classes(size: int) -> int:
    """How many classes a factor has (Plischke et al. 2013, section 4.2)."""
    power = 2.0 / (7.0 + np.tanh((1500.0 - size) / 500.0))
    return int(min(np.ceil(size**power), 48))


def _factor(x: Array, cells: Index, random: np.random.Generator) -> tuple[float, float, float, float]:
    size = len(x)
    many = _classes(size)
    rank = np.empty(size, dtype=np.int64)
    rank[np.argsort(x, kind="stable")] = np.arange(size)
    place = rank * many // size * CELLS + cells
    counts = np.bincount(place, minlength=many * CELLS)
    estimate = _estimates(counts.reshape(many, CELLS))
    drawn = random.multinomial(size, counts / size, size=RESAMPLES).reshape(RESAMPLES, many, CELLS)
    again = np.array([_estimates(one) for one in drawn])
    half = float(ndtri(0.5 + LEVEL / 2)) * again.std(axis=0, ddof=1)
    distance = 2 * estimate[0] - float(again[:, 0].mean())
    return distance, float(half[0]), float(estimate[1]), float(half[1])


def _estimates(counts: Index) -> Array:
    """(2,): delta without correction, and the share of the variance between classes."""
    cells = np.arange(CELLS)
    sizes = np.maximum(counts.sum(axis=1), 1)
    weights, parts = sizes / sizes.sum(), counts / sizes[:, None]
    whole = weights @ parts
    means = parts @ cells
    variances = np.maximum(parts @ cells**2 - means**2, 0.0)
    middle = weights @ means
    between = weights @ (means - middle) ** 2
    apart = _smoothed(parts - whole, np.sqrt(variances) * (0.75 * sizes) ** -0.2)
    return np.array([weights @ np.abs(apart).sum(axis=1) / 2, between / (between + weights @ variances)])


def _smoothed(rows: Array, widths: Array) -> Array:
    """(rows, 2 × cells): each row under a normal kernel of its own width, in cells. A width of 0 leaves atoms as they are."""
    frequency = 2 * np.pi * np.fft.rfftfreq(2 * CELLS)
    smooth = np.exp(-0.5 * (widths[:, None] * frequency) ** 2)
    return np.fft.irfft(np.fft.rfft(rows, 2 * CELLS) * smooth, 2 * CELLS)
