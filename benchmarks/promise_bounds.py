"""How often any test at all could tell a world from the law that a buffer assumes: the bound of Neyman and Pearson.

A test whose chance of a false alarm is at most α for every law of a family has at most α on average over any mixture m of them.
So it speaks in a world q at most as often as the likelihood ratio q/m does that is exceeded with probability α under m. The mixture is
that of the laws fitted to histories of the world: the family as it looks from there; the world is mixed over its place and scale, which no
test knows beforehand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Density = Callable[[Array], Array]
PLACED = 60
DRAWN = 1_000
ORDERED = 500
SHUFFLED = 99


def log_densities() -> dict[str, Density]:
    """World → the logarithm of the joint density of histories (rows, n), (rows,); worlds without order only, and with a density."""
    from scipy import stats

    def humps(x: Array) -> Array:
        return 0.6 * stats.norm.pdf(x, 100.0, 10.0) + 0.4 * stats.norm.pdf(x, 200.0, 15.0)

    def triangles(x: Array) -> Array:
        low, high = stats.triang.pdf(x, 0.3, 50.0, 100.0), stats.triang.pdf(x, 5.0 / 6.0, 100.0, 120.0)
        return 0.7 * low + 0.3 * high

    single: dict[str, Callable[[Array], Any]] = {
        "normal": lambda x: stats.norm.logpdf(x, 100.0, 15.0),
        "student-t, 3": lambda x: stats.t.logpdf(x, 3.0, 100.0, 10.0),
        "lognormal": lambda x: stats.lognorm.logpdf(x, 0.8, scale=np.exp(4.0)),
        "gamma, 2": lambda x: stats.gamma.logpdf(x, 2.0, scale=40.0),
        "pareto, 2.5": lambda x: stats.pareto.logpdf(x, 2.5, scale=50.0),
        "uniform": lambda x: stats.uniform.logpdf(x, 50.0, 100.0),
        "two humps": lambda x: np.log(np.maximum(humps(x), 1e-300)),
        "weibull, 1.5": lambda x: stats.weibull_min.logpdf(x, 1.5, scale=80.0),
        "laplace": lambda x: stats.laplace.logpdf(x, 100.0, 10.0),
        "logistic": lambda x: stats.logistic.logpdf(x, 100.0, 8.0),
        "two triangles": lambda x: np.log(np.maximum(triangles(x), 1e-300)),
        "lognormal, 0.3": lambda x: stats.lognorm.logpdf(x, 0.3, scale=np.exp(4.0)),
        "gamma, 10": lambda x: stats.gamma.logpdf(x, 10.0, scale=8.0),
    }
    joint: dict[str, Density] = {
        k: (lambda rows, f=f: np.asarray(f(rows)).sum(axis=1)) for k, f in single.items()
    }
    return {**joint, "memory, 0.7": _remembering, "seasonal, 12": _seasonal, "drift": _drifting}


def _remembering(rows: Array) -> Array:
    from scipy import stats

    left = rows - 100.0
    first = stats.norm.logpdf(left[:, 0], 0.0, 10.0 / np.sqrt(1.0 - 0.49))
    return first + stats.norm.logpdf(left[:, 1:], 0.7 * left[:, :-1], 10.0).sum(axis=1)


def _seasonal(rows: Array) -> Array:
    from scipy import special, stats

    time = np.arange(rows.shape[1])
    each = [
        stats.norm.logpdf(rows, 100.0 + 30.0 * np.sin(2.0 * np.pi * (time + k) / 12.0), 10.0).sum(axis=1)
        for k in range(12)
    ]
    return np.asarray(special.logsumexp(np.stack(each), axis=0)) - np.log(12.0)


def _drifting(rows: Array) -> Array:
    from scipy import stats

    count = rows.shape[1]
    return np.asarray(stats.norm.logpdf(rows, 100.0 + 60.0 * np.arange(count) / count, 10.0).sum(axis=1))


Family = tuple[Callable[[Array], Array], Callable[[Array, Array], Array], Callable[[Any, Array, int], Array]]
"""Fit: rows → parameters (rows, k); log density: rows, parameters (k,) → (rows,); draw: rng, parameters (r, k), n → (r, n)."""


def families() -> dict[str, Family]:
    """Law → how it is fitted, its joint log density, and draws of it."""
    from scipy import stats

    from saddlepoint.uncertain.calibrated import fitted_shape

    def moments(rows: Array) -> Array:
        return np.stack([rows.mean(axis=1), rows.std(axis=1)], axis=1)

    def gamma_fit(rows: Array) -> Array:
        mean = rows.mean(axis=1)
        shape = fitted_shape(np.log(mean) - np.log(rows).mean(axis=1))
        return np.stack([shape, mean / shape], axis=1)

    def normal_log(rows: Array, t: Array) -> Array:
        return np.asarray(stats.norm.logpdf(rows, t[0], t[1]).sum(axis=1))

    def line_fit(rows: Array) -> Array:
        count = rows.shape[1]
        design = np.column_stack([np.ones(count), np.linspace(-0.5, 0.5, count)])
        found = rows @ np.linalg.pinv(design).T
        left = rows - found @ design.T
        return np.column_stack([found, np.sqrt(np.square(left).sum(axis=1) / (count - 2))])

    def on_line(t: Array, count: int) -> Array:
        return t[..., 0:1] + t[..., 1:2] * np.linspace(-0.5, 0.5, count)

    return {
        "line": (
            line_fit,
            lambda rows, t: np.asarray(stats.norm.logpdf(rows, on_line(t, rows.shape[1]), t[2]).sum(axis=1)),
            lambda r, t, n: r.normal(on_line(t, n), t[:, 2:3]),
        ),
        "normal": (moments, normal_log, lambda r, t, n: r.normal(t[:, :1], t[:, 1:], (len(t), n))),
        "lognormal": (
            lambda rows: moments(np.log(rows)),
            lambda rows, t: normal_log(np.log(rows), t) - np.log(rows).sum(axis=1),
            lambda r, t, n: np.exp(r.normal(t[:, :1], t[:, 1:], (len(t), n))),
        ),
        "gamma": (
            gamma_fit,
            lambda rows, t: np.asarray(stats.gamma.logpdf(rows, t[0], scale=t[1]).sum(axis=1)),
            lambda r, t, n: r.gamma(t[:, :1], t[:, 1:], (len(t), n)),
        ),
    }


def power_bound(
    law: str, drawn: Callable[[int, Any], Array], log_density: Density, n: int, false: float, seed: int = 0
) -> float:
    """The most that a test of size `false` over a law can speak in a world at every place and scale of it.

    drawn: rows, rng → histories (rows, n). Places (not of positive laws) and scales are mixed as well: a test that speaks often at all of
    them does so on average.
    """
    fit, log_law, draw = families()[law]
    rng = np.random.default_rng(seed)
    first = drawn(PLACED, rng)
    positive = law in ("lognormal", "gamma")
    centre = 0.0 if positive else float(first.mean())
    scale = np.exp(0.4 * rng.normal(size=PLACED))
    place = np.zeros(PLACED) if positive else float(first.std()) * rng.normal(size=PLACED)

    def put(rows: Array, k: Any) -> Array:
        return centre + place[k][:, None] + scale[k][:, None] * (rows - centre)

    known = put(first, np.arange(PLACED))
    if positive:
        known = known[(known > 0.0).all(axis=1)]
    if len(known) == 0:
        return 1.0
    laws = fit(known)
    null = draw(rng, laws[rng.integers(0, len(laws), DRAWN)], n)
    world = put(drawn(DRAWN, rng), rng.integers(0, PLACED, DRAWN))
    able = (world > 0.0).all(axis=1) if positive else np.ones(DRAWN, bool)

    def ratio(rows: Array) -> Array:
        from scipy.special import logsumexp

        mixed = logsumexp(np.stack([log_law(rows, t) for t in laws]), axis=0) - np.log(len(laws))
        back = [
            log_density(centre + (rows - centre - a) / b) - n * np.log(b)
            for a, b in zip(place, scale, strict=True)
        ]
        with np.errstate(divide="ignore"):
            return logsumexp(np.stack(back), axis=0) - np.log(PLACED) - mixed

    limit = np.quantile(ratio(null), 1.0 - false, method="higher")
    spoken = np.ones(DRAWN, bool)
    spoken[able] = ratio(world[able]) > limit
    return float(spoken.mean())


def order_bound(
    drawn: Callable[[int, Any], Array], log_density: Density, false: float, seed: int = 0
) -> float:
    """The most that a test can speak in a world whose size is `false` whatever law exchangeable values have.

    Given the values, such a test knows their order alone: the best compares the density of the order that came with that of others.
    Place and scale are mixed, as in `power_bound`. Source: E. L. Lehmann, J. P. Romano (2005) §5.9.
    """
    from scipy.special import logsumexp

    rng = np.random.default_rng(seed)
    rows = drawn(ORDERED, rng)
    centre, std = float(rows.mean()), float(rows.std())
    places = std * rng.normal(size=PLACED)
    scales = np.exp(0.4 * rng.normal(size=PLACED))
    put = rng.integers(0, PLACED, ORDERED)
    rows = centre + places[put][:, None] + scales[put][:, None] * (rows - centre)
    above = np.zeros(ORDERED)

    def mixed(values: Array) -> Array:
        each = [
            log_density(centre + (values - centre - a) / b) - values.shape[1] * np.log(b)
            for a, b in zip(places, scales, strict=True)
        ]
        return np.asarray(logsumexp(np.stack(each), axis=0))

    own = mixed(rows)
    for _ in range(SHUFFLED):
        above += mixed(rng.permuted(rows, axis=1)) >= own
    return float(((1.0 + above) / (1.0 + SHUFFLED) <= false).mean())
