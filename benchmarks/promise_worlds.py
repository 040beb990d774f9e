"""Twelve ways in which histories come, and six that were held out, with the law of the next value known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """A way in which histories come: (rows, n, rng) → values (rows, n) and, of levels (rows,), P(next ≤ level)."""

    name: str
    exchangeable: bool
    law: str
    draw: Callable[[int, int, np.random.Generator], tuple[Array, Callable[[Array], Array]]]


def _independent(
    draw: Callable[[np.random.Generator, tuple[int, int]], Array], cdf: Callable[[Array], Array]
):
    return lambda rows, n, rng: (draw(rng, (rows, n)), cdf)


def _humps(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    return np.where(rng.random(shape) < 0.6, rng.normal(100.0, 10.0, shape), rng.normal(200.0, 15.0, shape))


def _lumps(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    return np.where(rng.random(shape) < 0.6, 0.0, rng.gamma(2.0, 10.0, shape))


def _seasonal(rows: int, n: int, rng: np.random.Generator) -> tuple[Array, Callable[[Array], Array]]:
    from scipy.stats import norm

    mean = 100.0 + 30.0 * np.sin(2.0 * np.pi * (np.arange(n + 1) + rng.integers(0, 12, (rows, 1))) / 12.0)
    return rng.normal(mean[:, :-1], 10.0), lambda level: norm.cdf(level, mean[:, -1], 10.0)


def _remembering(rows: int, n: int, rng: np.random.Generator) -> tuple[Array, Callable[[Array], Array]]:
    from scipy.signal import lfilter
    from scipy.stats import norm

    errors = rng.normal(0.0, 10.0, (rows, n + 100))
    values = 100.0 + np.asarray(lfilter([1.0], [1.0, -0.7], errors, axis=1))[:, 100:]
    last = values[:, -1]
    return values, lambda level: norm.cdf(level, 100.0 + 0.7 * (last - 100.0), 10.0)


def _drifting(rows: int, n: int, rng: np.random.Generator) -> tuple[Array, Callable[[Array], Array]]:
    from scipy.stats import norm

    mean = 100.0 + 60.0 * np.arange(n + 1) / n
    return rng.normal(mean[:-1], 10.0, (rows, n)), lambda level: norm.cdf(level, mean[-1], 10.0)


def worlds() -> tuple[World, ...]:
    """Twelve ways: heavy, skewed, bimodal, intermittent, counted, seasonal, remembering, drifting."""
    from scipy import stats

    humps = lambda x: 0.6 * stats.norm.cdf(x, 100.0, 10.0) + 0.4 * stats.norm.cdf(x, 200.0, 15.0)  # noqa: E731
    lumps = lambda x: np.where(x < 0.0, 0.0, 0.6 + 0.4 * stats.gamma.cdf(x, 2.0, scale=10.0))  # noqa: E731
    return (
        World("normal", True, "normal", _independent(lambda r, s: r.normal(100.0, 15.0, s), lambda x: stats.norm.cdf(x, 100.0, 15.0))),
        World("student-t, 3", True, "student-t", _independent(lambda r, s: 100.0 + 10.0 * r.standard_t(3.0, s), lambda x: stats.t.cdf(x, 3.0, 100.0, 10.0))),
        World("lognormal", True, "lognormal", _independent(lambda r, s: r.lognormal(4.0, 0.8, s), lambda x: stats.lognorm.cdf(x, 0.8, scale=np.exp(4.0)))),
        World("gamma, 2", True, "gamma", _independent(lambda r, s: r.gamma(2.0, 40.0, s), lambda x: stats.gamma.cdf(x, 2.0, scale=40.0))),
        World("pareto, 2.5", True, "", _independent(lambda r, s: 50.0 * (1.0 + r.pareto(2.5, s)), lambda x: stats.pareto.cdf(x, 2.5, scale=50.0))),
        World("uniform", True, "", _independent(lambda r, s: r.uniform(50.0, 150.0, s), lambda x: stats.uniform.cdf(x, 50.0, 100.0))),
        World("two humps", True, "", _independent(_humps, humps)),
        World("intermittent", True, "", _independent(_lumps, lumps)),
        World("poisson, 4", True, "poisson", _independent(lambda r, s: r.poisson(4.0, s).astype(float), lambda x: stats.poisson.cdf(x, 4.0))),
        World("seasonal, 12", False, "", _seasonal),
        World("memory, 0.7", False, "", _remembering),
        World("drift", False, "", _drifting),
    )  # fmt: skip


def _triangles(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    return np.where(
        rng.random(shape) < 0.7,
        rng.triangular(50.0, 80.0, 150.0, shape),
        rng.triangular(100.0, 200.0, 220.0, shape),
    )


def fresh_worlds() -> tuple[World, ...]:
    """Six more ways: Weibull, logistic, triangles, which no rival of a doubt is, Laplace, and two that a buffer assumes in other shapes."""
    from scipy import stats

    def triangles(x: Array) -> Array:
        low, high = stats.triang.cdf(x, 0.3, 50.0, 100.0), stats.triang.cdf(x, 5.0 / 6.0, 100.0, 120.0)
        return 0.7 * low + 0.3 * high

    return (
        World("weibull, 1.5", True, "", _independent(lambda r, s: 80.0 * r.weibull(1.5, s), lambda x: stats.weibull_min.cdf(x, 1.5, scale=80.0))),
        World("laplace", True, "", _independent(lambda r, s: r.laplace(100.0, 10.0, s), lambda x: stats.laplace.cdf(x, 100.0, 10.0))),
        World("logistic", True, "", _independent(lambda r, s: r.logistic(100.0, 8.0, s), lambda x: stats.logistic.cdf(x, 100.0, 8.0))),
        World("two triangles", True, "", _independent(_triangles, triangles)),
        World("lognormal, 0.3", True, "lognormal", _independent(lambda r, s: r.lognormal(4.0, 0.3, s), lambda x: stats.lognorm.cdf(x, 0.3, scale=np.exp(4.0)))),
        World("gamma, 10", True, "gamma", _independent(lambda r, s: r.gamma(10.0, 8.0, s), lambda x: stats.gamma.cdf(x, 10.0, scale=8.0))),
    )  # fmt: skip
