"""Buffers that are valid from n observed values without a law: ranks, about a trend and season, with weights that fade."""

from __future__ import annotations

from typing import Final

import numpy as np

from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.uncertain.record import Buffer, Columns, Requirement
from saddlepoint.uncertain.samples import DRAWN, empirical_mean, empirical_std, least_reached, pick_ranked

_ROUNDING: Final = 1e-9


def rank(count: int, p: Array) -> Array:
    """⌈(count + 1)·p⌉, at least 1, at most count: the order statistic that covers the next value."""
    return np.clip(np.ceil((count + 1.0) * np.asarray(p) - _ROUNDING), 1.0, float(count))


def covers_next(count: int, p: Array) -> Mask:
    """Whether one of `count` values can cover the next with probability p: count ≥ p/(1 − p)."""
    return np.asarray((count + 1.0) * np.asarray(p) <= count + _ROUNDING)


def _ranked(values: Array, p: Array) -> Array:
    return pick_ranked(values, rank(values.shape[-1], p) - 1.0)


def _share(values: Array, level: Array) -> Array:
    return (values <= np.asarray(level)[..., None]).sum(axis=-1) / (values.shape[-1] + 1.0)


_FEW: Final = "too few samples: there must be at least p/(1 − p) of them"
CONFORMAL: Final = Buffer(
    name="conformal",
    title="Conformal",
    kind="sample",
    assumption="the observed values and the next one are exchangeable: in any order as likely",
    formula="x(r), r = ⌈(N + 1)·p⌉",
    source="V. Vovk, A. Gammerman, G. Shafer, Algorithmic Learning in a Random World (2005); S. S. Wilks (1941)",
    doc="Covers the next value with probability p over histories, whatever the law; needs p/(1 − p) values.",
    needs=("samples",),
    quantile=lambda c, p: _ranked(c["samples"], p),
    coverage=lambda c, level: _share(c["samples"], level),
    requirements=(DRAWN, Requirement(lambda c, p: covers_next(c["samples"].shape[-1], p), _FEW)),
    aliases=("conformal-quantile", "predictive-rank"),
    mean=empirical_mean,
    std=empirical_std,
)


def season_of(c: Columns) -> int:
    """The length of a season, 1 where there is none."""
    return int(np.max(c["season"])) if "season" in c else 1


def design(count: int, season: int) -> Array:
    """Rows of a straight line and the places in a season, at times 0 … count; (count + 1, 1 + season)."""
    time = np.arange(count + 1, dtype=np.float64)
    places = (time[:, None] % season == np.arange(season)).astype(np.float64)
    return np.column_stack([(time - 0.5 * count) / max(count, 1), places])


def _left_out(c: Columns) -> Array:
    """For each value, what the next one would be at the error of this one, as the larger of two.

    Left out of the fit (jackknife+): f₋ᵢ(n) + (xᵢ − f₋ᵢ(i)) = f(n) + (1 − gᵢ)·eᵢ/(1 − hᵢ), h the leverages, gᵢ the weight of xᵢ in
    the forecast f(n). Brought to the variance of an error of the forecast: f(n) + eᵢ·√(1 + Σg²)/√(1 − hᵢ); the end of a line is
    less certain than what lies within it, and errors left out do not know.
    """
    values = c["samples"]
    rows = design(values.shape[-1], season_of(c))
    q, r = np.linalg.qr(rows[:-1])
    weights = q @ np.linalg.solve(r.T, rows[-1])
    errors = values - (values @ q) @ q.T
    leverage = np.minimum((q * q).sum(axis=1), 1.0 - 1e-12)
    left_out = (1.0 - weights) / (1.0 - leverage)
    ahead = np.sqrt((1.0 + weights @ weights) / (1.0 - leverage))
    return (values @ weights)[..., None] + np.maximum(left_out * errors, ahead * errors)


def _halves(count: int, season: int) -> tuple[Index, Index]:
    """Whole seasons by turns: those that are fitted, those that calibrate."""
    turn = (np.arange(count) // season) % 2
    return np.flatnonzero(turn == 0), np.flatnonzero(turn == 1)


def _split(c: Columns) -> Array:
    """The forecast plus each error of the values that were not fitted."""
    values, season = c["samples"], season_of(c)
    fitted, held = _halves(values.shape[-1], season)
    rows = design(values.shape[-1], season)
    solved = np.linalg.pinv(rows[fitted]).T
    forecast = values[..., fitted] @ (solved @ rows[-1])
    errors = values[..., held] - values[..., fitted] @ (solved @ rows[held].T)
    return forecast[..., None] + errors


def _fits(c: Columns) -> bool:
    """Whether the season is one whole number and is seen three times over."""
    season = np.asarray(c.get("season", np.ones(())))
    whole = bool((season == np.floor(season)).all() and (season >= 1.0).all() and np.ptp(season) == 0.0)
    return whole and c["samples"].shape[-1] >= 3.0 * float(season.max()) + 2.0


_SEASON: Final = Requirement(
    lambda c, _: np.asarray(_fits(c)),
    "`season` must be 1, 2, 3, …, and the samples at least three seasons and two values",
)
SPLIT_CONFORMAL: Final = Buffer(
    name="split-conformal",
    title="Split conformal",
    kind="sample",
    assumption="the errors about a straight line (and a season) are exchangeable; samples in order of time",
    formula="f(n) + e(r), f fitted to one half, r = ⌈(m + 1)·p⌉ of the m errors of the other half",
    source="H. Papadopoulos et al., ECML (2002) 345–356; J. Lei et al., J. American Stat. Assoc. 113 (2018)",
    doc="Forecast by one half of the seasons, errors from the other: a trend and a season do not spoil it.",
    needs=("samples",),
    optional=("season",),
    quantile=lambda c, p: _ranked(_split(c), p),
    coverage=lambda c, level: _share(_split(c), level),
    requirements=(
        DRAWN,
        _SEASON,
        Requirement(
            lambda c, p: covers_next(len(_halves(c["samples"].shape[-1], season_of(c))[1]), p),
            "too few samples: the half that calibrates must have at least p/(1 − p) of them",
        ),
    ),
    mean=lambda c: _split(c).mean(axis=-1),
    std=lambda c: _split(c).std(axis=-1),
)
CROSS_CONFORMAL: Final = Buffer(
    name="cross-conformal",
    title="Cross conformal (jackknife+)",
    kind="sample",
    assumption="as split-conformal, and no single value moves the fit by much; samples in order of time",
    formula="r-th of f(n) + max((1 − gᵢ)/(1 − hᵢ)·eᵢ, √((1 + Σg²)/(1 − hᵢ))·eᵢ), r = ⌈(N + 1)·p⌉",
    source="R. Barber, E. Candès, A. Ramdas, R. Tibshirani, Ann. Statist. 49 (2021) 486–507, th. 1 and 5; R. D. Cook, S. Weisberg, Residuals and Influence in Regression (1982) §2",
    doc="Every value both fits and calibrates: p or a little more for a stable fit, at least 2p − 1 for any.",
    needs=("samples",),
    optional=("season",),
    quantile=lambda c, p: _ranked(_left_out(c), p),
    coverage=lambda c, level: _share(_left_out(c), level),
    requirements=(DRAWN, _SEASON, Requirement(lambda c, p: covers_next(c["samples"].shape[-1], p), _FEW)),
    aliases=("jackknife+",),
    mean=lambda c: _left_out(c).mean(axis=-1),
    std=lambda c: _left_out(c).std(axis=-1),
)


def _fading(c: Columns) -> Array:
    """Weights of the values, newest last, as parts of a whole in which the next value weighs 1."""
    count = c["samples"].shape[-1]
    memory = np.asarray(c.get("memory", np.asarray(float(count))))[..., None]
    weights = np.exp(-np.arange(count, 0.0, -1.0) / memory)
    return weights / (weights.sum(axis=-1, keepdims=True) + 1.0)


def _ordered(c: Columns) -> tuple[Array, Array]:
    values = c["samples"]
    shape = np.broadcast_shapes(values.shape, _fading(c).shape)
    order = np.argsort(np.broadcast_to(values, shape), axis=-1)
    shares = np.take_along_axis(np.broadcast_to(_fading(c), shape), order, axis=-1)
    return np.take_along_axis(np.broadcast_to(values, shape), order, axis=-1), shares


def _weighted_coverage(c: Columns, level: Array) -> Array:
    values, shares = _ordered(c)
    return np.where(values <= np.asarray(level)[..., None], shares, 0.0).sum(axis=-1)


WEIGHTED_CONFORMAL: Final = Buffer(
    name="weighted-conformal",
    title="Weighted conformal",
    kind="sample",
    assumption="the law changes slowly beside `memory`: the loss is Σ weight × distance in law; in order of time",
    formula="least xᵢ whose weights exp(−age/memory)/(1 + Σ) reach p",
    source="R. Barber, E. Candès, A. Ramdas, R. Tibshirani, Ann. Statist. 51 (2023) 816–845, th. 2",
    doc="Old values count less; of a law that does not change it covers as `conformal`, from fewer values.",
    needs=("samples",),
    optional=("memory",),
    quantile=lambda c, p: least_reached(*_ordered(c), p, _ROUNDING),
    coverage=_weighted_coverage,
    requirements=(
        DRAWN,
        Requirement(
            lambda c, _: c.get("memory", np.ones(())) > 0.0,
            "`memory` must be above 0 (in values; N where it is not given)",
        ),
        Requirement(
            lambda c, p: _fading(c).sum(axis=-1) >= np.asarray(p) - _ROUNDING,
            "too few samples, or too short a memory: about p/(1 − p) must be remembered",
        ),
    ),
    mean=empirical_mean,
    std=empirical_std,
)

CONFORMED: Final = (CONFORMAL, SPLIT_CONFORMAL, CROSS_CONFORMAL, WEIGHTED_CONFORMAL)
