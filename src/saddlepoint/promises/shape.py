"""Whether values have the shape of a law: its errors as Normal scores, by the likelihood of rivals against that of the Normal law.

The likelihood of each law is integrated over place and scale (against dμ dσ/σ), which no test may depend on: the most powerful
invariant test of one rival. Averaged over rivals, it loses at most the logarithm of their number against the best for each.
Sources: J. Hájek, Z. Šidák, Theory of Rank Tests (1967) II.2.2; E. L. Lehmann, J. P. Romano, Testing Statistical Hypotheses (2005)
§6.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from saddlepoint.arrays import Array, Index
from saddlepoint.promises.rivals import KINDS, UNIFORM, Rival, rivals
from saddlepoint.records import dataclass
from saddlepoint.uncertain.calibrated import fitted_shape

LAWS: Final = ("normal", "lognormal", "gamma")
_STEPS: Final = 9
"""Places, and scales, at which the likelihood of a rival is summed."""
_BEND: Final = 0.5
_SCORES: Final = _BEND * np.sinh(np.linspace(-1.0, 1.0, 301) * np.arcsinh(46.0 / _BEND))
"""Scores between which log densities are straight: dense in the middle, no score of 2,000 values is beyond."""
_FLOOR: Final = 1e-7
"""A density that no rival is below (beside 1 + x²): one value outside of what a rival can have does not exclude it."""
_AT_ONCE: Final = 500
_ALL: Final = slice(None)


def mixed_ratio(ratios: Array) -> Array:
    """The logarithm of the mean of ratios of likelihoods, from their logarithms (r, k); (r,)."""
    from scipy.special import logsumexp

    return np.asarray(logsumexp(ratios, axis=1)) - np.log(ratios.shape[1])


def shape_ratios(law: str, rows: Array) -> Array:
    """(r, kinds) logarithms of the likelihood of each kind of rival over that of the law, averaged over the rivals of a kind.

    +∞ where the law cannot have a value, −∞ where all values of a row are the same.
    """
    out = np.full((len(rows), len(KINDS)), -np.inf)
    able = np.ptp(rows, axis=1) > 0.0
    if law != "normal":
        out[able & (rows.min(axis=1) <= 0.0)] = np.inf
        able &= rows.min(axis=1) > 0.0
    if able.any():
        out[able] = _score_ratios(_scores(law, rows[able]))
    return out


def step_of(values: Array) -> float:
    """The step of which all values are multiples, from their least one; 0 where there is none (or fewer than 2 values)."""
    gaps = np.diff(np.unique(values))
    if len(gaps) == 0:
        return 0.0
    least = float(gaps.min())
    parts = gaps / least
    return least if bool((np.abs(parts - np.round(parts)) < 1e-6 * np.maximum(parts, 1.0)).all()) else 0.0


def _scores(law: str, rows: Array) -> Array:
    """Normal scores of values by the fitted law."""
    if law == "gamma":
        return _gamma_scores(rows)
    return np.log(rows) if law == "lognormal" else rows


def _gamma_scores(rows: Array) -> Array:
    """By the gamma of maximum likelihood, (r, n)."""
    from scipy import special

    mean = rows.mean(axis=1)
    shape = fitted_shape(np.log(mean) - np.log(rows).mean(axis=1))
    ratio = rows / (mean / shape)[:, None]
    below: Any = special.gammainc(shape[:, None], ratio)
    above: Any = special.gammaincc(shape[:, None], ratio)
    scores = np.where(
        below < 0.5, special.ndtri(np.maximum(below, 1e-300)), -special.ndtri(np.maximum(above, 1e-300))
    )
    return np.asarray(scores)


def _score_ratios(scores: Array) -> Array:
    """(r, kinds), for scores (r, n) of any mean and variance."""
    each = rival_ratios(scores)
    kinds = _nodes(scores.shape[1]).kinds
    return np.stack([mixed_ratio(each[:, kinds == kind]) for kind in range(len(KINDS))], axis=1)


def rival_ratios(scores: Array, which: slice = _ALL) -> Array:
    """(r, k + 1) logarithms of the likelihood of each of `rivals` over that of the Normal law, and of the uniform one at last."""
    count = scores.shape[1]
    nodes = _nodes(count)
    z = _standard(scores)
    constants = nodes.constants[which]
    columns = nodes.columns.reshape(len(_SCORES), *nodes.constants.shape)[:, which].reshape(len(_SCORES), -1)
    each = np.empty((len(z), len(constants) + 1))
    for k in range(0, len(z), _AT_ONCE):
        here = slice(k, k + _AT_ONCE)
        sums = (_counts(z[here]).astype(np.float32) @ columns).reshape(-1, *constants.shape) + constants
        top = sums.max(axis=2)
        each[here, :-1] = top + np.log(np.exp(sums - top[..., None]).sum(axis=2))
    each[:, -1] = uniform_ratio(scores)
    each[:, :-1] -= normal_likelihood(count)
    return each


def uniform_ratio(scores: Array) -> Array:
    """(r,) that of the uniform law, integrated in closed form."""
    count = scores.shape[1]
    width = np.ptp(_standard(scores), axis=1)
    return -(count - 1) * np.log(width) - np.log(count * (count - 1.0)) - normal_likelihood(count)


def _standard(scores: Array) -> Array:
    z = scores - scores.mean(axis=1, keepdims=True)
    return z / np.maximum(np.sqrt(np.square(z).mean(axis=1, keepdims=True)), 1e-300)


def normal_likelihood(count: int) -> float:
    """ln of the Normal law's integrated likelihood for scores of mean 0 and variance 1."""
    from scipy.special import gammaln

    half, n = 0.5 * (count - 1.0), float(count)
    of_scale = np.log(0.5) + half * np.log(2.0 / n) + float(gammaln(half))
    return float(-half * np.log(2.0 * np.pi) - 0.5 * np.log(n) + of_scale)


def _counts(z: Array) -> Array:
    """(r, scores): how many values lie at each of _SCORES, one between two of them in parts."""
    size, rows = len(_SCORES), np.arange(len(z))[:, None] * len(_SCORES)
    place = np.clip(np.searchsorted(_SCORES, z) - 1, 0, size - 2)
    part = (z - _SCORES[place]) / (_SCORES[place + 1] - _SCORES[place])
    low = np.bincount((rows + place).ravel(), (1.0 - part).ravel(), len(z) * size)
    high = np.bincount((rows + place + 1).ravel(), part.ravel(), len(z) * size)
    return np.asarray(low + high, dtype=np.float64).reshape(len(z), size)


@dataclass(frozen=True, slots=True, eq=False)
class _Nodes:
    """Log densities (scores, rivals · nodes), what each node adds (rivals, nodes), kinds (rivals + 1,), the uniform law last.

    In single precision, which costs a logarithm a thousandth at most and halves the time.
    """

    columns: NDArray[np.float32]
    constants: NDArray[np.float32]
    kinds: Index


@lru_cache(maxsize=4)
def _nodes(count: int) -> _Nodes:
    found = [_nodes_of(rival, count) for rival in rivals()]
    kinds = np.array([*(rival.kind for rival in rivals()), UNIFORM])
    columns = np.concatenate([f[0] for f in found], axis=1).astype(np.float32)
    return _Nodes(columns, np.stack([f[1] for f in found]).astype(np.float32), kinds)


def _nodes_of(rival: Rival, count: int) -> tuple[Array, Array]:
    """Where mean and logarithm of the standard deviation of histories of a rival lie, an even grid over both."""
    rows = rival.draw(np.random.default_rng(0), (int(np.clip(60_000 // count, 60, 600)), count))
    mean, log_std = rows.mean(axis=1), np.log(rows.std(axis=1))
    slope = float(np.cov(mean, log_std)[0, 1] / log_std.var())
    rest = mean - slope * log_std
    spread = 0.5 * float(np.diff(np.quantile(rest, [0.16, 0.84]))[0])
    low, high = np.quantile(log_std, [0.002, 0.998]) + 0.7 * log_std.std() * np.array([-1.0, 1.0])
    logs, around = np.linspace(low, high, _STEPS), spread * np.linspace(-3.6, 3.6, _STEPS)
    scale, place = (a.ravel() for a in np.meshgrid(logs, around, indexing="ij"))
    x = float(np.median(rest)) + slope * scale + place + np.exp(scale) * _SCORES[:, None]
    floor = np.log(_FLOOR) - np.log1p(np.square(x))
    area = (logs[1] - logs[0]) * (around[1] - around[0])
    return np.logaddexp(rival.log_density(x), floor), (count - 1.0) * scale + np.log(area)
