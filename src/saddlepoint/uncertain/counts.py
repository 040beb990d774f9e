"""Buffers of known distributions of whole numbers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.uncertain.late_scipy import special
from saddlepoint.uncertain.record import Buffer, Columns, Requirement

MOST: Final = 1e15
"""Counts beyond it are refused: neighbouring whole numbers can hardly be told apart in 64 bits."""
Probability = Callable[[Columns, Array], Array]
_TOO_LARGE: Final = (
    "mean and standard deviation must be at most 1e15 (a larger count is no count: use normal)"
)


def _least(start: Array, p: Array, probability: Callable[[Array], Array]) -> Array:
    """The least whole k with P(X ≤ k) ≥ p: a bracket that doubles its width around `start`, then bisection.

    Ends after a few hundred steps whatever P returns; k stays where P has no value.
    """
    start = np.where(np.isfinite(start), start, 0.0)
    high, p = (np.array(a) for a in np.broadcast_arrays(np.maximum(np.ceil(start), 0.0), p))
    low, step = high - 1.0, 1.0
    while step < _END and (short := probability(high) < p).any():
        low, high = np.where(short, high, low), np.where(short, high + step, high)
        step *= 2.0
    step = 1.0
    while step < _END and (long := (low >= 0.0) & (probability(low) >= p)).any():
        low, high = np.where(long, low - step, low), np.where(long, low, high)
        step *= 2.0
    low = np.maximum(low, -1.0)
    while (wide := (low < (middle := np.floor((low + high) / 2.0))) & (middle < high)).any():
        enough = probability(middle) >= p
        high, low = np.where(wide & enough, middle, high), np.where(wide & ~enough, middle, low)
    return np.maximum(high, 0.0)


_END: Final = 1e18


def _poisson_probability(c: Columns, level: Array) -> Array:
    whole = np.floor(level)
    return np.where(whole < 0.0, 0.0, special().pdtr(np.maximum(whole, 0.0), c["mean"]))


def _poisson_quantile(c: Columns, p: Array) -> Array:
    start = np.nan_to_num(special().pdtrik(p, c["mean"]), nan=0.0)
    return _least(start, p, lambda k: _poisson_probability(c, k))


def _beyond(probability: Probability, of_mean: Probability, c: Columns, level: Array) -> Array:
    """E(X − x)⁺ = E[X; X > x] − x·P(X > x), with E[X; X > x] = μ·P(Y ≥ ⌊x⌋); of_mean: the probabilities of Y."""
    at_least = 1.0 - of_mean(c, np.floor(level) - 1.0)
    return c["mean"] * at_least - level * (1.0 - probability(c, level))


def _cvar(quantile: Probability, beyond: Probability) -> Probability:
    """q + E(X − q)⁺/(1 − p)."""

    def cvar(c: Columns, p: Array) -> Array:
        q = quantile(c, p)
        return q + beyond(c, q) / (1.0 - p)

    return cvar


def _shortage(beyond: Probability) -> Probability:
    return lambda c, level: np.where(level > 0.0, beyond(c, level), c["mean"] - level)


_OVER_POISSON: Final = partial(_beyond, _poisson_probability, _poisson_probability)
POISSON: Final = Buffer(
    name="poisson",
    title="Poisson",
    kind="law",
    assumption="the quantity counts independent events with this mean; σ = √μ, a given one is not used",
    formula="least whole k with P(X ≤ k) ≥ p",
    source="S. D. Poisson, Recherches sur la probabilité des jugements (1837)",
    doc="Orders, calls or failures that arrive one by one.",
    needs=("mean",),
    quantile=_poisson_quantile,
    coverage=_poisson_probability,
    requirements=(
        Requirement(lambda c, _: c["mean"] > 0.0, "the mean must be above 0"),
        Requirement(lambda c, _: c["mean"] <= MOST, _TOO_LARGE),
    ),
    cvar=_cvar(_poisson_quantile, _OVER_POISSON),
    shortage=_shortage(_OVER_POISSON),
    draw=lambda c, shape, rng: rng.poisson(c["mean"], shape).astype(np.float64),
    std=lambda c: np.sqrt(c["mean"]),
    whole=True,
)


def _successes(c: Columns) -> tuple[Array, Array]:
    """Number of failures r = μ²/(σ² − μ) and probability μ/σ² of the negative binomial with these moments."""
    variance = np.square(c["std"])
    return np.square(c["mean"]) / (variance - c["mean"]), c["mean"] / variance


def _negative_binomial_probability(c: Columns, level: Array, more: float = 0.0) -> Array:
    r, success = _successes(c)
    whole = np.floor(level)
    inside = special().betainc(r + more, np.maximum(whole, 0.0) + 1.0, success)
    return np.where(whole < 0.0, 0.0, inside)


def _negative_binomial_quantile(c: Columns, p: Array) -> Array:
    r, success = _successes(c)
    start = np.nan_to_num(special().nbdtrik(p, r, success), nan=0.0)
    return _least(start, p, lambda k: _negative_binomial_probability(c, k))


def _negative_binomial_draw(c: Columns, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    r, success = _successes(c)
    return rng.negative_binomial(r, success, shape).astype(np.float64)


_OVER_BINOMIAL: Final = partial(
    _beyond, _negative_binomial_probability, partial(_negative_binomial_probability, more=1.0)
)
"""Y has one failure more."""
NEGATIVE_BINOMIAL: Final = Buffer(
    name="negative-binomial",
    title="Negative binomial",
    kind="law",
    assumption="the quantity counts events whose rate itself varies (gamma); mean and variance are matched",
    formula="least whole k with P(X ≤ k) ≥ p, r = μ²/(σ² − μ), success μ/σ²",
    source="M. Greenwood, G. U. Yule, J. Royal Statistical Society 83 (1920) 255–279",
    doc="Counts that scatter more than Poisson ones, as demand for spare parts does.",
    needs=("mean", "std"),
    quantile=_negative_binomial_quantile,
    coverage=_negative_binomial_probability,
    requirements=(
        Requirement(lambda c, _: c["mean"] > 0.0, "the mean must be above 0"),
        Requirement(lambda c, _: np.maximum(c["mean"], c["std"]) <= MOST, _TOO_LARGE),
        Requirement(
            lambda c, _: np.square(c["std"]) > c["mean"],
            "the variance must be above the mean (else: poisson)",
        ),
    ),
    cvar=_cvar(_negative_binomial_quantile, _OVER_BINOMIAL),
    shortage=_shortage(_OVER_BINOMIAL),
    draw=_negative_binomial_draw,
    aliases=("negbin",),
    whole=True,
)

COUNTS: Final = (POISSON, NEGATIVE_BINOMIAL)
