"""How much each kind of rival weighs in a doubt of a law: alike, but for laws by name that weigh too little to be shown.

A mean of likelihood ratios is the best test on average over its kinds, not the best for each: a law that a test of its own shows
in nine of ten histories may be shown in fewer by the mean. It weighs more then, by the least of a few factors with which the mean
shows it; where none
suffices, it stays as it is. What counts are simulated histories of the named laws and of the law that is doubted, never those of a user.
Source: E. L. Lehmann, J. P. Romano, Testing Statistical Hypotheses (2005) §3.8, §8.2 (weights of alternatives for a least power).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from saddlepoint.arrays import Array

FACTORS: Final = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)
"""By which a law may weigh more."""
SHOWN: Final = 0.91
"""Nine of ten, and a standard error of what is simulated."""
LEVEL: Final = 0.06
"""Of a doubt."""


def mean_ratio(ratios: Array, weights: Array) -> Array:
    """(r,) the logarithm of the mean of ratios of likelihoods with these weights, from their logarithms (r, k)."""
    from scipy.special import logsumexp

    return np.asarray(logsumexp(ratios + np.log(weights), axis=1))


def weights_of(alike: Array, null: Array, named: Mapping[int, Array], whole: Callable[[int], Array]) -> Array:
    """(k,) weights that add up to 1; alike: (k,) those of kinds that weigh alike.

    null: (r, k) logarithms of ratios where the law holds; named: kind → the same (s, k) for histories of the law of this kind, −∞
    where they are not computed; whole: kind → with all that is computed, asked only where the least does not suffice.
    """
    found = alike.copy()
    able = [k for k, rows in named.items() if _shown(null[:, k], rows[:, k]) >= SHOWN]

    def suffice(kind: int, weights: Array) -> bool:
        limits = mean_ratio(null, weights)
        return (
            _shown(limits, mean_ratio(named[kind], weights)) >= SHOWN
            or _shown(limits, mean_ratio(whole(kind), weights)) >= SHOWN
        )

    for k in able * 2:
        tried = [_with(found, k, factor * alike[k]) for factor in FACTORS]
        found = next((one for one in tried if suffice(k, one)), tried[0])
    return found / found.sum()


def _with(weights: Array, kind: int, weight: float) -> Array:
    out = weights.copy()
    out[kind] = weight
    return out


def _shown(null: Array, rows: Array) -> float:
    """The part of rows that a test of LEVEL doubts."""
    return float((rows > np.quantile(null, 1.0 - LEVEL, method="higher")).mean())
