"""Buffers from observed draws, and from moments estimated on them."""

from __future__ import annotations

from typing import Final

import numpy as np

from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.uncertain import normal
from saddlepoint.uncertain.late_scipy import special
from saddlepoint.uncertain.record import Buffer, Columns, Requirement

_ROUNDING: Final = 1e-12
"""Sums of weights this close to p count as having reached it."""


def _ordered(c: Columns) -> tuple[Array, Array]:
    """Draws in increasing order and their weights, which sum to 1 on the last axis."""
    draws = c["samples"]
    order = np.argsort(draws, axis=-1)
    values = np.take_along_axis(draws, order, axis=-1)
    if "weights" not in c:
        return values, np.broadcast_to(1.0 / draws.shape[-1], draws.shape)
    weights = np.take_along_axis(np.broadcast_to(c["weights"], draws.shape), order, axis=-1)
    return values, weights / weights.sum(axis=-1, keepdims=True)


def pick(values: Array, index: Array) -> Array:
    """values[..., index], the leading axes broadcast with those of index."""
    place = np.asarray(index)[..., None].astype(np.int64)
    shape = np.broadcast_shapes(values.shape[:-1], place.shape[:-1])
    values = np.broadcast_to(values, (*shape, values.shape[-1]))
    return np.take_along_axis(values, np.broadcast_to(place, (*shape, 1)), axis=-1)[..., 0]


def pick_ranked(values: Array, index: Array) -> Array:
    """The value with `index` values below it on the last axis, the leading axes broadcast; not sorted where all ask for the same."""
    place = np.asarray(index)
    first = int(place.flat[0]) if place.size else 0
    if place.size == 0 or (place != first).any():
        return pick(np.sort(values, axis=-1), place)
    found = np.partition(values, first, axis=-1)[..., first]
    return np.broadcast_to(found, np.broadcast_shapes(found.shape, place.shape))


def least_reached(values: Array, weights: Array, p: Array, rounding: float = _ROUNDING) -> Array:
    """The least of increasing values whose cumulated weight reaches p, on the last axis."""
    reached = np.cumsum(weights, axis=-1) >= np.asarray(p)[..., None] - rounding
    reached[..., -1] = True
    return pick(values, np.argmax(reached, axis=-1))


def _empirical_quantile(c: Columns, p: Array) -> Array:
    return least_reached(*_ordered(c), p)


def _empirical_coverage(c: Columns, level: Array) -> Array:
    values, weights = _ordered(c)
    return np.minimum(np.where(values <= np.asarray(level)[..., None], weights, 0.0).sum(axis=-1), 1.0)


def empirical_cvar(c: Columns, p: Array) -> Array:
    """q + E(X − q)⁺/(1 − p)."""
    values, weights = _ordered(c)
    q = _empirical_quantile(c, p)
    excess = (np.maximum(values - q[..., None], 0.0) * weights).sum(axis=-1)
    return q + excess / (1.0 - p)


def empirical_mean(c: Columns) -> Array:
    """Weighted mean of the draws."""
    values, weights = _ordered(c)
    return (values * weights).sum(axis=-1)


def empirical_std(c: Columns) -> Array:
    """Weighted standard deviation of the draws, about their mean."""
    values, weights = _ordered(c)
    centre = (values * weights).sum(axis=-1, keepdims=True)
    return np.sqrt((np.square(values - centre) * weights).sum(axis=-1))


def _empirical_shortage(c: Columns, level: Array) -> Array:
    values, weights = _ordered(c)
    return (np.maximum(values - np.asarray(level)[..., None], 0.0) * weights).sum(axis=-1)


def _empirical_draw(c: Columns, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    values, weights = _ordered(c)
    if values.ndim != 1:
        raise ValueError("draws are taken from one row of samples at a time")
    return rng.choice(values, size=shape, p=weights)


def _usable_weights(c: Columns, p: Array) -> Mask:
    weights = c.get("weights", np.ones(1))
    return (weights >= 0.0).all(axis=-1) & (weights.sum(axis=-1) > 0.0)


DRAWN: Final = Requirement(
    lambda c, _: np.asarray(c["samples"].ndim > 0 and c["samples"].shape[-1] > 0), "no samples"
)
_WEIGHED: Final = Requirement(_usable_weights, "weights must be at least 0 and not all 0")

EMPIRICAL: Final = Buffer(
    name="empirical",
    title="Empirical quantile",
    kind="sample",
    assumption="the future draws from the observed values, each with its weight",
    formula="least observed value whose cumulated weight reaches p",
    source="A. W. van der Vaart, Asymptotic Statistics (1998) ch. 21",
    doc="The data as they are; says nothing beyond the largest value seen.",
    needs=("samples",),
    optional=("weights",),
    quantile=_empirical_quantile,
    coverage=_empirical_coverage,
    requirements=(DRAWN, _WEIGHED),
    cvar=empirical_cvar,
    shortage=_empirical_shortage,
    draw=_empirical_draw,
    aliases=("sample", "quantile"),
    mean=empirical_mean,
    std=empirical_std,
)


def _rank(count: int, p: Array, confidence: Array) -> Array:
    """Least r with P(Bin(count, p) ≤ r − 1) ≥ confidence, shape of p; count + 1 if there is none."""
    ranks = np.arange(1, count + 1)
    chance = special().bdtr(ranks - 1.0, count, np.asarray(p)[..., None])
    enough = chance >= np.asarray(confidence)[..., None]
    return np.where(enough[..., -1], np.argmax(enough, axis=-1) + 1.0, count + 1.0)


def least_chance(hits: Array | Index, count: int, confidence: Array | float) -> Array:
    """What a probability is at least at this confidence when `hits` of `count` trials came true.

    Source: C. J. Clopper, E. S. Pearson, Biometrika 26 (1934) 404–413.
    """
    seen = np.maximum(hits, 1.0)
    return np.where(hits > 0, special().betaincinv(seen, count + 1.0 - seen, 1.0 - confidence), 0.0)


def _order_statistic_coverage(c: Columns, level: Array) -> Array:
    """With x(r) the largest draw at or below the level, P(D ≤ x(r)) is Beta(r, N + 1 − r)."""
    hits = (c["samples"] <= np.asarray(level)[..., None]).sum(axis=-1)
    return least_chance(hits, c["samples"].shape[-1], c["confidence"])


CONFIDENT: Final = Requirement(
    lambda c, _: (c["confidence"] > 0.0) & (c["confidence"] < 1.0), "`confidence` must lie in (0, 1)"
)
ORDER_STATISTIC: Final = Buffer(
    name="order-statistic",
    title="Order statistic",
    kind="sample",
    assumption="the samples are independent draws of a continuous distribution, whatever it is",
    formula="x(r), least r with P(Bin(N, p) ≤ r − 1) ≥ confidence",
    source="S. S. Wilks, Ann. Math. Stat. 12 (1941) 91–96; H. A. David, H. N. Nagaraja (2003) §7.1",
    doc="Covers with probability p, and that statement holds with the given confidence.",
    needs=("samples", "confidence"),
    quantile=lambda c, p: pick_ranked(c["samples"], _rank(c["samples"].shape[-1], p, c["confidence"]) - 1.0),
    coverage=_order_statistic_coverage,
    requirements=(
        DRAWN,
        CONFIDENT,
        Requirement(
            lambda c, p: c["samples"].shape[-1] * np.log(p) <= np.log1p(-c["confidence"]),
            "too few samples: there must be at least ln(1 − confidence)/ln p of them",
        ),
    ),
    mean=empirical_mean,
    std=empirical_std,
)


def _tolerance(c: Columns, p: Array) -> Array:
    root = np.sqrt(c["dof"] + 1.0)
    return (
        c["mean"] + c["std"] * special().nctdtrit(c["dof"], root * normal.quantile(p), c["confidence"]) / root
    )


def _tolerance_coverage(c: Columns, level: Array) -> Array:
    root = np.sqrt(c["dof"] + 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (level - c["mean"]) / c["std"]
    shift = special().nctdtrinc(c["dof"], c["confidence"], np.where(np.isfinite(z), z, 0.0) * root)
    certain = np.where(level >= c["mean"], 1.0, 0.0)
    return np.where(c["std"] > 0.0, normal.probability(shift / root), certain)


TOLERANCE: Final = Buffer(
    name="tolerance",
    title="Sample tolerance",
    kind="sample",
    assumption="the quantity is Normal, its moments are estimates from dof + 1 observations",
    formula="x̄ + s·t'⁻¹(confidence; dof, √N·Φ⁻¹(p))/√N, N = dof + 1, t' non-central",
    source="G. J. Hahn, W. Q. Meeker, Statistical Intervals (1991) §4.6",
    doc="The Normal buffer that pays for short data: with this confidence it covers with probability p.",
    needs=("mean", "std", "dof", "confidence"),
    quantile=_tolerance,
    coverage=_tolerance_coverage,
    requirements=(CONFIDENT, Requirement(lambda c, _: c["dof"] >= 1.0, "`dof` must be at least 1 (N − 1)")),
    aliases=("sample-tolerance",),
)


def _prediction_width(c: Columns) -> Array:
    return c["std"] * np.sqrt(1.0 + 1.0 / (c["dof"] + 1.0))


def _prediction_coverage(c: Columns, level: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (level - c["mean"]) / _prediction_width(c)
    inside = special().stdtr(c["dof"], np.where(np.isfinite(t), t, 0.0))
    return np.where(c["std"] > 0.0, inside, np.where(level >= c["mean"], 1.0, 0.0))


PREDICTION: Final = Buffer(
    name="prediction",
    title="Normal prediction",
    kind="sample",
    assumption="the quantity is Normal, its moments are estimates from dof + 1 observations",
    formula="x̄ + s·√(1 + 1/N)·t⁻¹(p; dof), N = dof + 1",
    source="R. A. Fisher, Annals of Eugenics 6 (1935) 391–398; G. J. Hahn, W. Q. Meeker (1991) §4.3",
    doc="Covers the next value with probability p over histories: the Normal buffer with what the estimates cost.",
    needs=("mean", "std", "dof"),
    quantile=lambda c, p: c["mean"] + _prediction_width(c) * special().stdtrit(c["dof"], p),
    coverage=_prediction_coverage,
    requirements=(Requirement(lambda c, _: c["dof"] >= 1.0, "`dof` must be at least 1 (N − 1)"),),
    aliases=("normal-prediction",),
)

SAMPLED: Final = (EMPIRICAL, ORDER_STATISTIC, TOLERANCE, PREDICTION)


def wasserstein_quantile(samples: Array, p: float, radius: float, order: int = 2) -> float:
    """Worst quantile at p over the Wasserstein ball of this radius around equally likely samples, shape (N,).

    The least v such that moving the worst 1 − p of the mass up to v costs radius^order (order 1 or 2).
    Source: P. Mohajerin Esfahani, D. Kuhn, Math. Programming 171 (2018), by optimal transport to a half-line.
    """
    values = np.sort(np.asarray(samples, dtype=np.float64))[::-1]
    mass = np.full(len(values), 1.0 / len(values))
    before = np.concatenate([[0.0], np.cumsum(mass)[:-1]])
    mass = np.clip(1.0 - p - before, 0.0, mass)
    budget = radius**order
    low = float(_empirical_quantile({"samples": values}, np.asarray(p)))
    high = float(values[0]) + radius / (1.0 - p) ** (1.0 / order)
    for _ in range(200):
        middle = 0.5 * (low + high)
        spent = float(mass @ np.maximum(middle - values, 0.0) ** order)
        low, high = (middle, high) if spent <= budget else (low, middle)
    return low


def wasserstein_cvar(samples: Array, p: float, radius: float, order: int = 2) -> float:
    """Worst CVaR at p over the Wasserstein ball around samples, shape (N,): CVaR + radius/(1 − p)^(1/order).

    Source: P. Mohajerin Esfahani, D. Kuhn, Math. Programming 171 (2018) 115–166, th. 6.3 (order 1).
    """
    plain = empirical_cvar({"samples": np.asarray(samples, dtype=np.float64)}, np.asarray(p))
    return float(plain) + radius / (1.0 - p) ** (1.0 / order)
