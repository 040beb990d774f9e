"""How often any doubt at all could tell a world from the law that a buffer assumes, beside verdict and alarm: the bound of Neyman and Pearson.

A test whose chance of a false alarm is at most α for every law of a family has at most α on average over any mixture m of them.
So it speaks in a world q at most as often as the likelihood ratio q/m does that is exceeded with probability α under m. A doubt speaks beside a
verdict and an alarm, which have false words of their own: what it adds to them is the most where they are silent. No test knows the
scale of a world before (and, beside Normal laws, its place): likelihoods are integrated over them, which gives the best of the tests that do not
depend on them, and by the theorem of Hunt and Stein the most that any test speaks at each of them. Lognormal and gamma laws have a spread besides: m
mixes those spreads that bring the bound lowest. Source: E. L. Lehmann, J. P. Romano, Testing Statistical Hypotheses (2005) §3.8, §6, §8.5.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saddlepoint.promises.shape import normal_likelihood

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Density = Callable[[Array], Array]
Drawn = Callable[[int, Any], Array]
PLACED = 60
ORDERED = 4_000
SHUFFLED = 199
VALUES = 400_000
"""Of the histories of a world; twice as many of the law."""
SPREADS = 15
NODES = 61
SCORES = 0.5 * np.sinh(np.linspace(-1.0, 1.0, 501) * np.arcsinh(92.0))


def single_densities() -> dict[str, Density]:
    """World of independent values → the logarithm of the density of each value; worlds with a density only."""
    from scipy import stats

    def humps(x: Array) -> Array:
        return 0.6 * stats.norm.pdf(x, 100.0, 10.0) + 0.4 * stats.norm.pdf(x, 200.0, 15.0)

    def triangles(x: Array) -> Array:
        low, high = stats.triang.pdf(x, 0.3, 50.0, 100.0), stats.triang.pdf(x, 5.0 / 6.0, 100.0, 120.0)
        return 0.7 * low + 0.3 * high

    return {
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


def log_densities() -> dict[str, Density]:
    """World → the logarithm of the joint density of histories (rows, n), (rows,); worlds with a density only."""
    joint: dict[str, Density] = {
        k: (lambda rows, f=f: np.asarray(f(rows)).sum(axis=1)) for k, f in single_densities().items()
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


def power_bound(
    law: str, world: str, drawn: Drawn, n: int, false: float, verdict: Callable[[Array], Mask], seed: int = 0
) -> float:
    """The most that a verdict, and beside it a doubt of size `false` over a law, can speak in a world; 1 where it is not known.

    drawn: rows, rng → histories (rows, n); verdict: histories → where something is said without a doubt.
    """
    rng = np.random.default_rng(seed)
    many = int(np.clip(VALUES // n, 4_000, 20_000))
    rows = drawn(many, rng)
    if law == "normal":
        null = rng.normal(100.0, 15.0, (2 * many, n))
        found = _placed(world, drawn, (null, rows), rng)
        if found is None:
            return 1.0
        before = np.where(verdict(null), -np.inf, found[0])
        return float((verdict(rows) | (found[1] > np.quantile(before, 1.0 - false, method="higher"))).mean())
    spreads = _spreads(law, rows)
    of_spread = rng.integers(0, SPREADS, 2 * many)
    null = _DRAWS[law](rng, spreads[of_spread][:, None], (2 * many, n))
    able = (rows > 0.0).all(axis=1)
    said = ~able
    said[able] = verdict(rows[able])
    world_null, world_rows = (_scaled(world, drawn, x, rng) for x in (null, rows[able]))
    law_null, law_rows = (_of_spreads(law, x, spreads) for x in (null, rows[able]))
    quiet, low, weights = ~verdict(null), 1.0, np.full(SPREADS, 1.0 / SPREADS)
    for _ in range(150):
        before, after = (
            w - _mixed(m + np.log(weights)) for w, m in ((world_null, law_null), (world_rows, law_rows))
        )
        limit = _limit(before, weights[of_spread] * SPREADS * quiet, 2 * many * false)
        passed = said.copy()
        passed[able] |= after > limit
        low = min(low, float(passed.mean()))
        above = quiet & (before > limit)
        sizes = np.array([above[of_spread == k].mean() for k in range(SPREADS)])
        weights = np.maximum(weights * np.exp(3.0 * (sizes - false)), 1e-5)
        weights /= weights.sum()
    return low


def _limit(ratios: Array, weights: Array, total: float) -> float:
    """What ratios of this total weight are above."""
    order = np.argsort(-ratios)
    return float(ratios[order][np.searchsorted(np.cumsum(weights[order]), total)])


def _mixed(logs: Array) -> Array:
    from scipy.special import logsumexp

    return np.asarray(logsumexp(logs, axis=1))


def _placed(
    world: str, drawn: Drawn, asked: tuple[Array, ...], rng: np.random.Generator
) -> tuple[Array, ...] | None:
    """Logarithms of the likelihood of a world over that of the Normal law, both at any place and scale."""
    standard = tuple(_standard(rows) for rows in asked)
    count = asked[0].shape[1]
    if world.startswith("memory"):
        return tuple(_remembering_ratio(z) for z in standard)
    if world == "uniform":
        constant = -np.log(count * (count - 1.0)) - normal_likelihood(count)
        return tuple(-(count - 1) * np.log(np.ptp(z, axis=1)) + constant for z in standard)
    if world not in single_densities():
        return None
    columns, constants = _nodes(single_densities()[world], drawn(3_000, rng), 37)
    return tuple(_summed(z, columns, constants) - normal_likelihood(count) for z in standard)


def _standard(rows: Array) -> Array:
    z = rows - rows.mean(axis=1, keepdims=True)
    return z / np.sqrt(np.square(z).mean(axis=1, keepdims=True))


def _remembering_ratio(z: Array) -> Array:
    """Of correlations 0.7ᵏ, against none: J. Durbin, G. S. Watson's problem with one coefficient, level and scale integrated."""
    from scipy.linalg import cholesky, solve_triangular, toeplitz

    count = z.shape[1]
    root = cholesky(toeplitz(0.7 ** np.arange(count)), lower=True)
    one = solve_triangular(root, np.ones(count), lower=True)
    y = solve_triangular(root, z.T, lower=True)
    left = np.square(y).sum(axis=0) - np.square(one @ y) / (one @ one)
    return (
        -np.log(np.diag(root)).sum()
        - 0.5 * np.log(one @ one / count)
        - 0.5 * (count - 1.0) * np.log(left / count)
    )


def _nodes(density: Density, rows: Array, steps: int) -> tuple[Array, Array]:
    """Log densities (scores, nodes) at nodes of place and scale where histories of a world have theirs, and what each node adds."""
    mean, log_std = rows.mean(axis=1), np.log(rows.std(axis=1))
    slope = float(np.cov(mean, log_std)[0, 1] / log_std.var())
    rest = mean - slope * log_std
    spread = 0.5 * float(np.diff(np.quantile(rest, [0.16, 0.84]))[0])
    low, high = np.quantile(log_std, [0.0005, 0.9995]) + log_std.std() * np.array([-1.0, 1.0])
    logs, around = np.linspace(low, high, steps), spread * np.linspace(-4.5, 4.5, steps)
    scale, place = (a.ravel() for a in np.meshgrid(logs, around, indexing="ij"))
    x = float(np.median(rest)) + slope * scale + place + np.exp(scale) * SCORES[:, None]
    area = (logs[1] - logs[0]) * (around[1] - around[0])
    with np.errstate(divide="ignore"):
        columns = np.maximum(density(x), -40.0)
    return columns, (rows.shape[1] - 1) * scale + np.log(area)


def _summed(z: Array, columns: Array, constants: Array) -> Array:
    size, out = len(SCORES), np.empty(len(z))
    for k in range(0, len(z), 2_000):
        here = z[k : k + 2_000]
        rows = np.arange(len(here))[:, None] * size
        place = np.clip(np.searchsorted(SCORES, here) - 1, 0, size - 2)
        part = (here - SCORES[place]) / (SCORES[place + 1] - SCORES[place])
        counts = np.bincount((rows + place).ravel(), (1.0 - part).ravel(), len(here) * size)
        counts += np.bincount((rows + place + 1).ravel(), part.ravel(), len(here) * size)
        out[k : k + 2_000] = _mixed(counts.reshape(len(here), size) @ columns + constants)
    return out


def _scaled(world: str, drawn: Drawn, rows: Array, rng: np.random.Generator) -> Array:
    """Logarithms of the likelihood of a world at any scale, of positive values as parts of their geometric mean."""
    known = drawn(2_000, rng)
    centre = np.log(known[(known > 0.0).all(axis=1)]).mean(axis=1)
    around = np.linspace(centre.min() - 2.0 * centre.std(), centre.max() + 2.0 * centre.std(), NODES)
    z, density = rows / np.exp(np.log(rows).mean(axis=1, keepdims=True)), log_densities()[world]
    with np.errstate(divide="ignore"):
        each = [density(z * np.exp(a)) + rows.shape[1] * a for a in around]
    return _mixed(np.stack(each, axis=1)) + np.log(around[1] - around[0])


def _spreads(law: str, rows: Array) -> Array:
    """Spreads (shapes) as fitted to histories of a world, from the least to the largest."""
    from saddlepoint.uncertain.calibrated import fitted_shape

    positive = rows[(rows > 0.0).all(axis=1)]
    logs = np.log(positive)
    of_law = (
        logs.std(axis=1)
        if law == "lognormal"
        else fitted_shape(np.log(positive.mean(axis=1)) - logs.mean(axis=1))
    )
    return np.exp(np.linspace(*np.log(np.quantile(of_law, [0.001, 0.999])), SPREADS))


_DRAWS: dict[str, Callable[[Any, Array, tuple[int, int]], Array]] = {
    "lognormal": lambda rng, spread, shape: np.exp(spread * rng.normal(size=shape)),
    "gamma": lambda rng, spread, shape: np.maximum(rng.gamma(spread, 1.0, shape), 1e-300),
}


def _of_spreads(law: str, rows: Array, spreads: Array) -> Array:
    """(r, SPREADS) logarithms of the likelihood of a law of each spread at any scale, of values as parts of their geometric mean."""
    from scipy.special import gammaln

    count = rows.shape[1]
    logs = np.log(rows) - np.log(rows).mean(axis=1, keepdims=True)
    if law == "gamma":
        whole = np.log(np.exp(logs).sum(axis=1))[:, None]
        return gammaln(count * spreads) - count * gammaln(spreads) - count * spreads * whole
    squares = np.square(logs).sum(axis=1)[:, None]
    constant = -0.5 * (count - 1.0) * np.log(2.0 * np.pi) - 0.5 * np.log(count)
    return constant - (count - 1.0) * np.log(spreads) - squares / (2.0 * spreads**2)


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
