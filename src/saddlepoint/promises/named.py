"""The laws a planner names, against each other: their likelihoods in the values' own units, integrated over what is not known of them.

Beside `shape`, whose rivals have any place and scale: that a demand starts at zero says more. The likelihood is integrated over mean and
spread (against dm/m ds/s), for Normal, lognormal, uniform and Pareto laws in closed form. Sources: as `shape`; D. R. Cox, J. R.
Statist. Soc. B 24 (1962) 406–424 (families that are not nested).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.promises.rivals import STUDENTS
from saddlepoint.promises.shape import mixed_ratio, normal_likelihood, rival_ratios, uniform_ratio

NAMED: Final = ("normal", "lognormal", "gamma", "student-t", "uniform", "pareto")
_LOG_SHAPES: Final = np.linspace(np.log(0.02), np.log(5_000.0), 97)
"""Of gamma laws, evenly: the logarithm of the coefficient of variation is half of it."""


def named_ratios(law: str, rows: Array) -> Array:
    """(r, 5) logarithms of the likelihood of each other of NAMED over that of the law; −∞ where it cannot have the values.

    rows: (r, n), of a law of positive values positive, in no row all the same.
    """
    found = _likelihoods(rows, frozenset(NAMED))
    own = NAMED.index(law)
    return np.delete(found, own, axis=1) - found[:, own : own + 1]


def named_ratio(law: str, other: str, rows: Array) -> Array:
    """(r,) that of one other law alone."""
    found = _likelihoods(rows, frozenset({law, other}))
    return found[:, NAMED.index(other)] - found[:, NAMED.index(law)]


def _likelihoods(rows: Array, asked: frozenset[str]) -> Array:
    """(r, laws) logarithms, up to a constant of each row; −∞ of laws that are not asked for."""
    count = rows.shape[1]
    rows = rows / np.abs(rows).max(axis=1, keepdims=True)
    mean = rows.mean(axis=1)
    normal = _normal(rows) - np.log(np.maximum(np.abs(mean), 1e-300))
    out = np.full((len(rows), len(NAMED)), -np.inf)
    out[:, 0] = normal
    if "student-t" in asked:
        out[:, 3] = normal + mixed_ratio(rival_ratios(rows, STUDENTS)[:, :-1])
    out[:, 4] = normal + uniform_ratio(rows)
    able = rows.min(axis=1) > 0.0
    if able.any():
        logs = np.log(rows[able])
        total = logs.sum(axis=1)
        out[able, 1] = _normal(logs) - total
        if "gamma" in asked:
            out[able, 2] = _gamma(count, mean[able], total)
        out[able, 5] = _exponential(logs) - total
    return out


def _normal(rows: Array) -> Array:
    count = rows.shape[1]
    squares = np.square(rows - rows.mean(axis=1, keepdims=True)).sum(axis=1)
    return normal_likelihood(count) - 0.5 * (count - 1.0) * np.log(np.maximum(squares / count, 1e-300))


def _gamma(count: int, mean: Array, logs: Array) -> Array:
    """The scale integrated in closed form, shapes summed; `logs` are sums of logarithms."""
    from scipy.special import gammaln, logsumexp

    shape = np.exp(_LOG_SHAPES)
    of_shape = gammaln(count * shape) - count * gammaln(shape) - count * shape * np.log(count)
    each = of_shape - count * shape * np.log(mean)[:, None] + (shape - 1.0) * logs[:, None]
    return np.asarray(logsumexp(each, axis=1)) + np.log(0.5 * (_LOG_SHAPES[1] - _LOG_SHAPES[0]))


def _exponential(rows: Array) -> Array:
    """From an unknown least value on, as the logarithms of Pareto values are."""
    from scipy.special import gammaln

    count = rows.shape[1]
    above = np.maximum(rows.mean(axis=1) - rows.min(axis=1), 1e-300)
    return float(gammaln(count - 1.0)) - np.log(count) - (count - 1.0) * np.log(count * above)
