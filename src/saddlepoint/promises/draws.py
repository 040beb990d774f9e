"""Whether values are independent draws of a law: shape and order together, as one ratio of likelihoods."""

from __future__ import annotations

from typing import Final

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.promises import exchangeable
from saddlepoint.promises.rivals import KINDS
from saddlepoint.promises.shape import mixed, shape_ratios
from saddlepoint.promises.shape_nulls import chance_of

REASONS: Final = (*KINDS, *exchangeable.REASONS)
"""The first are of shape, the others of order."""
_OF_ORDER: Final = 1.0 / (1 + len(KINDS))
"""Weight of order, which counts as one more kind beside those of shape."""
_PLACES: Final = 400
"""Ratios of order by which the chance of a sum is summed."""


def p_of_draws(law: str, rows: Array, season: int = 1, trend: bool = False) -> tuple[Array, Index]:
    """p-values (r,) that each row (r, n) is draws of a law of shape.LAWS, and which of REASONS speaks most against it.

    Rows with a value that is not positive are no lognormal or gamma ones: p = 0. Rows of one value say nothing: p = 1.

    season, trend: what was taken out by least squares before. The mean over the kinds of shape and order; both ratios
    are independent where the law holds: ranks say nothing of the values, values nothing of their ranks.
    """
    shape = shape_ratios(law, rows)
    order = exchangeable.order_ratios(rows, season, trend)
    both = np.logaddexp(np.log1p(-_OF_ORDER) + mixed(shape), np.log(_OF_ORDER) + mixed(order))
    null = exchangeable.order_null(rows.shape[1], season, trend)
    p = _chance(rows.shape[1], both, null)
    return p, np.argmax(np.concatenate([shape, order], axis=1), axis=1)


def _chance(count: int, both: Array, null: Array) -> Array:
    """That the mean of both ratios is as large where the law holds."""
    other = np.quantile(null, (np.arange(_PLACES) + 0.5) / _PLACES) + np.log(_OF_ORDER)
    whole = both[:, None]
    with np.errstate(all="ignore"):
        left = whole + np.log(np.maximum(-np.expm1(other - whole), 0.0)) - np.log1p(-_OF_ORDER)
    return chance_of(count, np.where(np.isposinf(whole), np.inf, left)).mean(axis=1)
