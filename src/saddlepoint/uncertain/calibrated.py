"""Positive laws with estimated parameters, at a level that counts the estimates in: what a plug-in level misses is put back.

A level q(p) of a fitted law covers the next value with less than p, because the parameters are estimates. The nominal level p′
is chosen with which it covers p on average over histories (R. Beran, J. R. Statist. Soc. B 52 (1990) 443–452; P. Hall, L. Peng, N.
Tajvidi, Ann. Inst. Statist. Math. 51 (1999) 569–588). For a lognormal that is exact in closed form, on logarithms; for a gamma
it is simulated from the fitted law, as a function of its shape alone.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.uncertain.late_scipy import special
from saddlepoint.uncertain.record import Buffer, Columns, Requirement
from saddlepoint.uncertain.samples import PREDICTION, empirical_mean, empirical_std

_SHAPES: Final = np.geomspace(0.1, 1000.0, 9)
_HISTORIES: Final = 2_000
_DRAWN: Final = 200_000
"""Histories of each shape, and values drawn at most for them."""
_EACH: Final = 20
_RATIO: Final = 1.15
"""Lengths up to which each is simulated, and the ratio of those that are simulated beyond."""
_NODE: Final = 0.25
"""Steps of ln(1 − nominal) at which coverage is simulated."""
_NODES: Final = 83
"""Down to one in 1e9."""
_ENOUGH: Final = Requirement(
    lambda c, _: np.asarray(c["samples"].shape[-1] >= 5), "at least 5 observed values are needed"
)
_POSITIVE: Final = Requirement(
    lambda c, _: np.asarray((c["samples"] > 0.0).all(axis=-1)), "every observed value must be positive"
)


def _on_logs(c: Columns) -> Columns:
    logs = np.log(c["samples"])
    count = np.asarray(float(logs.shape[-1]))
    return {"mean": logs.mean(axis=-1), "std": logs.std(axis=-1, ddof=1), "dof": count - 1.0}


LOGNORMAL_PREDICTION: Final = Buffer(
    name="lognormal-prediction",
    title="Lognormal prediction",
    kind="sample",
    assumption="the logarithm of the quantity is Normal, its moments are estimates from the samples",
    formula="exp(ȳ + s·√(1 + 1/N)·t⁻¹(p; N − 1)), y the logarithms",
    source="G. J. Hahn, W. Q. Meeker, Statistical Intervals (1991) §4.3, on logarithms",
    doc="The lognormal buffer with what the estimates cost: covers the next value with probability p over histories.",
    needs=("samples",),
    quantile=lambda c, p: np.exp(PREDICTION.quantile(_on_logs(c), p)),
    coverage=lambda c, level: np.where(
        level > 0.0, PREDICTION.coverage(_on_logs(c), np.log(np.maximum(level, 1e-300))), 0.0
    ),
    requirements=(_ENOUGH, _POSITIVE),
    mean=empirical_mean,
    std=empirical_std,
)


def fitted_shape(logs_below: Array) -> Array:
    """The shape k of a gamma by maximum likelihood from ln x̄ − mean ln x > 0: ln k − ψ(k) equals that.

    Newton's method from the start of T. P. Minka (2002).
    """
    s = np.maximum(logs_below, 1e-12)
    k = (3.0 - s + np.sqrt(np.square(s - 3.0) + 24.0 * s)) / (12.0 * s)
    functions = special()
    for _ in range(6):
        slope = 1.0 / k - functions.polygamma(1, k)
        k = np.maximum(k - (np.log(k) - functions.digamma(k) - s) / slope, 1e-3 * k)
    return k


def _fitted(samples: Array) -> tuple[Array, Array]:
    """Shape and scale by maximum likelihood, the samples on the last axis."""
    mean = samples.mean(axis=-1)
    shape = fitted_shape(np.log(mean) - np.log(samples).mean(axis=-1))
    return shape, mean / shape


@lru_cache(maxsize=64)
def _gaps(count: int) -> tuple[Array, Array]:
    """For each shape of the grid: shapes and scales (histories,) that histories of this length are fitted with, scale 1."""
    many = max(200, min(_HISTORIES, _DRAWN // count))
    rng = np.random.default_rng(count)
    found = [_fitted(np.maximum(rng.gamma(k, 1.0, (many, count)), 1e-300)) for k in _SHAPES]
    return np.stack([f[0] for f in found]), np.stack([f[1] for f in found])


def _nominal(count: int, p: float) -> Array:
    """The nominal level of every shape of the grid with which fitted levels cover p on average.

    Simulated for some lengths only, straight in 1/length between them: what estimates cost falls with the length.
    """
    if count <= _EACH:
        return _simulated(count, p)
    steps = math.log(count / _EACH) / math.log(_RATIO)
    low, high = (round(_EACH * _RATIO**k) for k in (math.floor(steps + 1e-9), math.ceil(steps - 1e-9)))
    if low == high:
        return _simulated(low, p)
    share = (1.0 / low - 1.0 / count) / (1.0 / low - 1.0 / high)
    return (1.0 - share) * _simulated(low, p) + share * _simulated(high, p)


@lru_cache(maxsize=1024)
def _simulated(count: int, p: float) -> Array:
    """For every shape of the grid, by a cubic through the four nodes around it: ln(1 − nominal) is nearly straight in ln(1 − covered)."""
    wanted = math.log1p(-p)
    first = min(math.floor(wanted / -_NODE), _NODES - 3)
    last = first + 3
    while last < _NODES and (_missed(count, last - 1) > wanted).any():
        last += 1
    nodes = np.arange(max(first - 1, 0), last + 1)
    missed = np.stack([_missed(count, int(k)) for k in nodes])
    found = [_cubic(missed[:, k], -_NODE * nodes.astype(np.float64), wanted) for k in range(missed.shape[1])]
    return -np.expm1(np.clip(found, -_NODE * _NODES, wanted))


@lru_cache(maxsize=1024)
def _missed(count: int, node: int) -> Array:
    """ln of the part of next values above the nominal level 1 − exp(−_NODE·node), for every shape of the grid."""
    functions = special()
    shapes, scales = _gaps(count)
    levels = functions.gammainccinv(shapes, math.exp(-_NODE * node)) * scales
    return np.log(functions.gammaincc(_SHAPES[:, None], levels).mean(axis=1))


def _cubic(x: Array, y: Array, at: float) -> float:
    """Lagrange's polynomial through the four points around a place, x falling."""
    k = int(np.clip(np.searchsorted(-x, -at) - 2, 0, len(x) - 4))
    x, y = x[k : k + 4], y[k : k + 4]
    others = ~np.eye(4, dtype=bool)
    return float(sum(y[j] * np.prod((at - x[others[j]]) / (x[j] - x[others[j]])) for j in range(4)))


def _gamma_level(c: Columns, p: Array) -> Array:
    shape, scale = _fitted(c["samples"])
    count = c["samples"].shape[-1]
    wanted, shape, scale = np.broadcast_arrays(np.asarray(p, float), shape, scale)
    nominal = np.empty(shape.shape)
    for one in np.unique(wanted).tolist():
        here = wanted == one
        at = np.interp(np.log(shape[here]), np.log(_SHAPES), _nominal(count, float(one)))
        nominal[here] = at
    return special().gammaincinv(shape, nominal) * scale


def _gamma_coverage(c: Columns, level: Array) -> Array:
    """The average coverage of a level of the fitted law: the p whose calibrated level it is, by interpolation over levels."""
    grid = 1.0 - np.geomspace(0.5, 1e-4, 40)
    levels = np.stack([_gamma_level(c, np.asarray(p)) for p in grid])
    asked = np.broadcast_to(level, np.broadcast_shapes(np.shape(level), levels.shape[1:]))
    known = np.broadcast_to(
        levels.reshape(len(grid), *(1,) * (asked.ndim + 1 - levels.ndim), *levels.shape[1:]),
        (len(grid), *asked.shape),
    )
    flat = known.reshape(len(grid), -1)
    found = [np.interp(x, flat[:, k], grid, left=0.0) for k, x in enumerate(asked.reshape(-1).tolist())]
    return np.array(found).reshape(asked.shape)


GAMMA_PREDICTION: Final = Buffer(
    name="gamma-prediction",
    title="Gamma prediction",
    kind="sample",
    assumption="the quantity is gamma distributed, its parameters are estimates from the samples",
    formula="θ̂·P⁻¹(k̂, p′), p′ with which histories of this length are covered with p on average (parametric bootstrap)",
    source="R. Beran, J. R. Statist. Soc. B 52 (1990) 443–452",
    doc="The gamma buffer with what the estimates cost: covers the next value with probability p over histories.",
    needs=("samples",),
    quantile=_gamma_level,
    coverage=_gamma_coverage,
    requirements=(_ENOUGH, _POSITIVE),
    mean=empirical_mean,
    std=empirical_std,
)

CALIBRATED: Final = (LOGNORMAL_PREDICTION, GAMMA_PREDICTION)
