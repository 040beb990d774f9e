"""Whether the order of values says something: trend, memory, a level or a spread that moves."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.promises.least_p import NullTable
from saddlepoint.uncertain import normal
from saddlepoint.uncertain.fitting.terms import columns

REASONS: Final = (
    "they have a trend",
    "one tells of the next",
    "they tell of later ones",
    "their level moves",
    "their spread moves",
)
_LAGS: Final = 12


def p_of_order(rows: Array, season: int = 1, trend: bool = False) -> tuple[Array, Index]:
    """p-values (r,) that the values of each row (r, n) are exchangeable, and which of REASONS speaks most against it.

    season, trend: what was taken out by least squares before. Values as they come are turned into Normal scores of their ranks
    (ties by lot) and compared with simulated ranks: P(p ≤ α) ≤ α whatever the law. Errors about terms are compared with
    Normal ones (ranks would show the terms again where values are tied or crowd), on three statistics that hardly depend on
    the law: one lag, the sum over lags, the level. Sources: J. Hájek, Z. Šidák, Theory of Rank Tests (1967); G. M. Ljung, G. E.
    P. Box, Biometrika 65 (1978) 297–303.
    """
    count = rows.shape[1]
    base = _base(count, season, trend)
    if base is None:
        return _table(count, 1, False).test(_of_ranks(rows, np.random.default_rng(0).random(rows.shape)))
    return _table(count, season, trend).test(_of_errors(rows, base))


def _base(count: int, season: int, trend: bool) -> Array | None:
    """Orthonormal columns of the terms, None without."""
    return np.linalg.qr(columns(count, season, trend))[0] if season > 1 or trend else None


def _scores(rows: Array, lot: Array) -> Array:
    """Normal scores of the ranks, ties in the order of the lot."""
    count = rows.shape[1]
    order = np.lexsort((lot, rows), axis=1)
    ranks = np.empty(rows.shape, dtype=np.int64)
    np.put_along_axis(ranks, order, np.arange(count)[None, :], axis=1)
    return normal.quantile((np.arange(count) + 0.5) / count)[ranks]


def _of_ranks(rows: Array, lot: Array) -> Array:
    """(r, 5): how far trend, memory, sum over lags, level and spread are from what exchangeable values have."""
    scores = _scores(rows, lot)
    line = np.linspace(-1.0, 1.0, scores.shape[1])
    square = np.square(scores)
    spread = (square - square.mean(axis=1, keepdims=True)) @ line
    one, later = _lags(scores)
    level = np.abs(np.cumsum(scores, axis=1)).max(axis=1)
    return np.stack([np.abs(scores @ line), one, later, level, np.abs(spread)], axis=1)


def _of_errors(rows: Array, base: Array) -> Array:
    """The same of errors about terms, without trend and spread (0)."""
    left = rows - (rows @ base) @ base.T
    left = left / np.maximum(np.sqrt(np.square(left).mean(axis=1, keepdims=True)), 1e-300)
    one, later = _lags(left)
    level, none = np.abs(np.cumsum(left, axis=1)).max(axis=1), np.zeros(len(rows))
    return np.stack([none, one, later, level, none], axis=1)


def _lags(scores: Array) -> tuple[Array, Array]:
    """How far the tie to the next value, and the sum of squared ties to later ones, are from what no memory has; (r,) each."""
    count = scores.shape[1]
    size = np.maximum(np.square(scores).sum(axis=1), 1e-300)
    lags = np.arange(1, max(1, min(_LAGS, count // 4)) + 1)
    products = [(scores[:, k:] * scores[:, : count - k]).sum(axis=1) / size for k in lags.tolist()]
    tied = np.stack(products, axis=1) + 1.0 / count
    return np.abs(tied[:, 0]), (np.square(tied) / (count - lags)).sum(axis=1)


@lru_cache(maxsize=32)
def _table(count: int, season: int, trend: bool) -> NullTable:
    rng, base = np.random.default_rng(count), _base(count, season, trend)

    def of_normal(rows: Array) -> Array:
        return _of_ranks(rows, rows) if base is None else _of_errors(rows, base)

    return NullTable.of(of_normal, lambda many: rng.normal(size=(many, count)), count)
