"""Whether the order of values says something: trend, memory, season, a level or a spread that moves, by the likelihood of each.

Normal scores of ranks are set against Normal values with a trend, memory, … , likelihoods integrated over level and scale, and effects
over a Normal law of effects of the size of the errors (half, once and twice it): closed forms. Averaged over what may be, the ratio loses
at most the logarithm of their number against the best test for each (see `shape`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.promises.shape import mixed_ratio
from saddlepoint.records import dataclass
from saddlepoint.uncertain import normal
from saddlepoint.uncertain.fitting.pattern import PERIODS
from saddlepoint.uncertain.fitting.terms import trend_columns

REASONS: Final = (
    "they have a trend",
    "one tells of the next",
    "they have a season",
    "their level moves",
    "their spread moves",
)
_SIZES: Final = (0.25, 1.0, 4.0)
"""Mean square of an effect beside that of the errors."""
_CARRIED: Final = (-0.5, -0.3, 0.3, 0.5, 0.7, 0.9)
"""How much of an error carries over to the next one."""
_GROWN: Final = (-2.0, -1.0, 1.0, 2.0)
"""Logarithm of the variance, from the middle to the end."""
_BREAKS: Final = 40
_FAR: Final = 2.5
"""Errors about terms that are further off count as errors of so many standard deviations, lest one of them be a change of level."""
_ENTRIES: Final = 1_000_000
"""Values simulated at once."""


def p_of_order(rows: Array, season: int = 1, trend: bool = False) -> tuple[Array, Index]:
    """p-values (r,) that the values of each row (r, n) are exchangeable, and which of REASONS speaks most against it.

    season, trend: what was taken out by least squares before. Values as they come are turned into Normal scores of their ranks
    (ties by lot) and compared with simulated ranks: P(p ≤ α) ≤ α whatever the law. Errors about terms are compared with Normal
    ones (ranks would show the terms again where values are tied or crowd). Sources: J. Hájek, Z. Šidák, Theory of Rank
    Tests (1967); F. Liang et al., J. American Stat. Assoc. 103 (2008) 410–423 (effects integrated out).
    """
    ratios = order_ratios(rows, season, trend)
    null = order_null(rows.shape[1], season, trend)
    above = len(null) - np.searchsorted(null, mixed_ratio(ratios) - 1e-9)
    p: Array = (1.0 + above.astype(np.float64)) / (1.0 + len(null))
    return p, np.argmax(ratios, axis=1)


def order_ratios(rows: Array, season: int = 1, trend: bool = False) -> Array:
    """(r, reasons) logarithms of the likelihood of each kind of order over that of none."""
    base = _base(rows.shape[1], season, trend)
    if base is None:
        scores = _scores(rows, np.random.default_rng(0).random(rows.shape))
    else:
        errors = rows - (rows @ base) @ base.T
        limit = _FAR * np.sqrt(np.square(errors).mean(axis=1, keepdims=True))
        errors = np.clip(errors, -limit, limit)
        scores = errors - (errors @ base) @ base.T
    return _ratios(scores, _kinds(rows.shape[1], season, trend))


@lru_cache(maxsize=32)
def order_null(count: int, season: int = 1, trend: bool = False) -> Array:
    """The mean ratios of simulated histories of which the order says nothing, from the least to the largest logarithm."""
    rng = np.random.default_rng(count)
    many, step = max(1_000, min(10_000, 2_000_000 // count)), max(1, _ENTRIES // count)
    drawn = (rng.normal(size=(min(step, many - k), count)) for k in range(0, many, step))
    return np.sort(np.concatenate([mixed_ratio(order_ratios(rows, season, trend)) for rows in drawn]))


def _scores(rows: Array, lot: Array) -> Array:
    """Normal scores of the ranks, ties in the order of the lot."""
    count = rows.shape[1]
    order = np.lexsort((lot, rows), axis=1)
    ranks = np.empty(rows.shape, dtype=np.int64)
    np.put_along_axis(ranks, order, np.arange(count)[None, :], axis=1)
    return normal.quantile((np.arange(count) + 0.5) / count)[ranks]


def _base(count: int, season: int, trend: bool) -> Array | None:
    """Orthonormal columns of the terms, None without."""
    return np.linalg.qr(trend_columns(count, season, trend))[0] if season > 1 or trend else None


@dataclass(frozen=True, slots=True, eq=False)
class _Kinds:
    """Effects that order may have, as orthonormal columns: trend, seasons, levels; `used`: coefficients of level and terms."""

    trend: Sequence[Array]
    seasons: Sequence[Array]
    levels: Sequence[Array]
    used: int


@lru_cache(maxsize=8)
def _kinds(count: int, season: int, trend: bool) -> _Kinds:
    time = np.arange(count, dtype=np.float64)
    base = _base(count, season, trend)
    taken = np.full((count, 1), count**-0.5) if base is None else base

    def free(effect: Array) -> Array | None:
        """What the terms leave of an effect."""
        left = effect - taken @ (taken.T @ effect)
        return np.linalg.qr(left)[0] if np.linalg.matrix_rank(left, 1e-6) == left.shape[1] else None

    places = np.unique(np.round(np.linspace(2, count - 2, min(_BREAKS, count - 3))))
    seasons = [_waves(time, m) for m in PERIODS if m <= count / 1.5 and season == 1]
    for m in (m for m in PERIODS if 2 * m <= count and season == 1):
        seasons.append((time[:, None] % m == np.arange(m - 1)).astype(np.float64))
    tried = ([time[:, None]], seasons, [(time >= k).astype(np.float64)[:, None] for k in places])
    left = [[f for e in effects if (f := free(e)) is not None] for effects in tried]
    return _Kinds(*left, used=taken.shape[1])


def _waves(time: Array, season: int) -> Array:
    angle = 2.0 * np.pi * time / season
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _ratios(y: Array, kinds: _Kinds) -> Array:
    """(r, reasons), of scores or errors (r, n) whose mean is 0."""
    size = np.maximum(np.square(y).sum(axis=1), 1e-300)
    free = y.shape[1] - kinds.used
    effects = [_of_effects(y, size, each, free) for each in (kinds.trend, kinds.seasons, kinds.levels)]
    none = np.full(len(y), -np.inf)
    spread = _of_spread(y, size) if kinds.used == 1 else none
    return np.stack([effects[0], _of_memory(y, size), effects[1], effects[2], spread], axis=1)


def _of_effects(y: Array, size: Array, effects: Sequence[Array], free: int) -> Array:
    """Any of some effects, each integrated over a Normal law of its coefficients."""
    if not effects:
        return np.full(len(y), -np.inf)
    found: list[Array] = []
    for effect in effects:
        told, wide = np.square(y @ effect).sum(axis=1) / size, effect.shape[1]
        for ratio in _SIZES:
            known = y.shape[1] * ratio / wide
            left = np.maximum(1.0 - told * known / (1.0 + known), 1e-12)
            found.append(-0.5 * wide * np.log1p(known) - 0.5 * free * np.log(left))
    return mixed_ratio(np.stack(found, axis=1))


def _of_memory(y: Array, size: Array) -> Array:
    """An AR(1): the determinant and the inverse of its correlations in closed form, the level by generalised least squares."""
    count = y.shape[1]
    next_to, ends = (y[:, 1:] * y[:, :-1]).sum(axis=1), y[:, 0] + y[:, -1]
    squares = np.square(y[:, 0]) + np.square(y[:, -1])
    found: list[Array] = []
    for a in _CARRIED:
        rest = 1.0 - a * a
        ones = (count * (1.0 - a) ** 2 + 2.0 * a * (1.0 - a)) / rest
        level = a * (1.0 - a) * ends / rest
        left = ((1.0 + a * a) * size - a * a * squares - 2.0 * a * next_to) / rest - np.square(level) / ones
        found.append(-0.5 * (count - 1.0) * (np.log(rest) + np.log(left / size)) - 0.5 * np.log(ones / count))
    return mixed_ratio(np.stack(found, axis=1))


def _of_spread(y: Array, size: Array) -> Array:
    """A variance that grows or falls as exp(a·t), t from −1 to 1."""
    count = y.shape[1]
    found: list[Array] = []
    for a in _GROWN:
        weight = np.exp(-a * np.linspace(-1.0, 1.0, count))
        left = np.square(y) @ weight - np.square(y @ weight) / weight.sum()
        found.append(-0.5 * (count - 1.0) * np.log(left / size) - 0.5 * np.log(weight.sum() / count))
    return mixed_ratio(np.stack(found, axis=1))
