"""What a history is too short to show: laws that it may as well come from, orders that it may have, and how many values would show them.

A ratio of likelihoods grows by the divergence K = E ln(f/law) with each value. By simulation the doubts of `draws` are raised in nine of
ten histories of (c + V/3K)/K values at most, V the variance of ln(f/law), c = 9 + ln K for laws that are set against each other
by name, 7.5 for
others: of 38 pairs of laws, and up to a third less of most.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.promises.named import NAMED
from saddlepoint.promises.rivals import TwoNormals
from saddlepoint.promises.shape import LAWS
from saddlepoint.records import dataclass
from saddlepoint.uncertain import normal
from saddlepoint.uncertain.calibrated import fitted_shape
from saddlepoint.uncertain.fitting.terms import all_alike

NEVER: Final = 100_000
"""Values that nobody has."""
_TOLD_BY_NAME: Final = 9.0
_LEAST_TOLD: Final = 4.5
_TOLD: Final = 7.5
_GRID: Final = (np.arange(1_000) + 0.5) / 1_000
_POSITIVE: Final = 0.99
"""Part of a law that must be positive if it is to be taken for one of positive values."""
_ORDERS: Final = {
    "a memory of 0.7": (29, 34, 32),
    "a memory of 0.5": (54, 63, 58),
    "a memory of 0.3": (150, 190, 161),
    "a rise by twice the scatter": (42, 51, 0),
    "a step by twice the scatter": (26, 31, 79),
    "a season of 12 as wide as the scatter": (50, 56, 52),
    "a scatter that grows fourfold": (62, 66, 0),
}
"""Values with which an order is doubted in nine of ten histories: alone, together with a law, about a line (0: not looked for)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unseen:
    """What would be doubted in fewer than nine of ten histories of this length.

    what: a law, or an order; needed: about how many values would show it; reached: what a promise by the assumed law would reach
    under it, NaN of an order; divergence: from the law assumed, per value, NaN of an order.
    """

    what: str
    needed: int
    reached: float
    divergence: float

    @property
    def never(self) -> bool:
        """Whether it is, in practice, the law assumed: more than NEVER values would be needed."""
        return self.needed > NEVER

    def __str__(self) -> str:
        reached = "" if math.isnan(self.reached) else f", {100 * self.reached:.1f} % reached"
        return f"{self.what} ({'none' if self.never else f'about {self.needed}'} would{reached})"


def unseen_laws(law: str, values: Array, promise: float) -> tuple[Unseen, ...]:
    """Laws with the mean and standard deviation of the values that so many values would not tell from one of shape.LAWS.

    The least divergence last.
    """
    if law not in LAWS or all_alike(values, values) or (law != "normal" and not (values > 0.0).all()):
        return ()
    found: list[Unseen] = []
    for name, other in matched(float(values.mean()), float(values.std())):
        x = np.asarray(other.ppf(_GRID))
        if law != "normal":
            x = x[x > 0.0]
        if name == law or len(x) < _POSITIVE * len(_GRID):
            continue
        mean, variance, level = divergence(law, x, np.asarray(other.logpdf(x)), promise)
        if not np.isfinite((mean, variance, level)).all():
            continue
        needed = values_needed(mean, variance, name in NAMED)
        if needed > len(values):
            found.append(Unseen(what=name, needed=needed, reached=float(other.cdf(level)), divergence=mean))
    return tuple(sorted(found, key=lambda one: -one.divergence))


def unseen_orders(count: int, with_law: bool, lined: bool) -> tuple[Unseen, ...]:
    """Orders that so many values would not show: beside a law, about a line (and a season), or alone."""
    nan, which = float("nan"), 2 if lined else int(with_law)
    return tuple(
        Unseen(what=what, needed=needs[which], reached=nan, divergence=nan)
        for what, needs in _ORDERS.items()
        if needs[which] > count
    )


def values_needed(mean: float, variance: float, by_name: bool) -> int:
    """About how many values show a law whose log ratio to the assumed one has this mean and variance; by_name: of NAMED."""
    if mean <= 1e-6:
        return 10**9
    told = max(_TOLD_BY_NAME + math.log(mean), _LEAST_TOLD) if by_name else _TOLD
    return math.ceil((told + variance / mean / 3.0) / mean)


def divergence(law: str, x: Array, log_density: Array, promise: float) -> tuple[float, float, float]:
    """Mean and variance of ln(f/law), the law fitted to draws or quantiles x (n,) of f, and the level of a promise by that law.

    Not finite where floats hold no densities of the law.
    """
    from scipy import stats

    fitted: Any
    if law == "normal":
        fitted = stats.norm(x.mean(), x.std())
    elif law == "lognormal":
        logs = np.log(x)
        fitted = stats.lognorm(logs.std(), scale=np.exp(logs.mean()))
    else:
        shape = float(fitted_shape(np.log(x.mean()) - np.log(x).mean()))
        fitted = stats.gamma(shape, scale=x.mean() / shape)
    with np.errstate(
        all="ignore"
    ):  # laws of values that differ by rounding alone have no densities in floats
        ratio = log_density - fitted.logpdf(x)
        return float(ratio.mean()), float(ratio.var()), float(fitted.ppf(promise))


@dataclass(frozen=True, slots=True)
class _Humps:
    """Two Normal laws, seven parts to three and four standard deviations apart, with this mean and standard deviation together."""

    mean: float
    std: float

    def _score(self, x: Any) -> Any:
        return (x - self.mean) / self.std * math.sqrt(4.36) + 1.2

    def logpdf(self, x: Any) -> Any:
        return TwoNormals(0.7, 4.0, 1.0).logpdf(self._score(x)) + math.log(math.sqrt(4.36) / self.std)

    def cdf(self, x: Any) -> Any:
        score = np.asarray(self._score(x))
        return 0.7 * normal.probability(score) + 0.3 * normal.probability(score - 4.0)

    def ppf(self, p: Any) -> Any:
        grid = self.mean + self.std * np.linspace(-4.0, 4.0, 1_601)
        return np.interp(p, self.cdf(grid), grid)


def matched(mean: float, std: float) -> Iterator[tuple[str, Any]]:
    """Laws (of scipy) by name, with this mean and standard deviation; positive ones where the mean is."""
    from scipy import optimize, special, stats

    yield "normal", stats.norm(mean, std)
    yield "student-t with 3 degrees of freedom", stats.t(3.0, mean, std / math.sqrt(3.0))
    yield "laplace", stats.laplace(mean, std / math.sqrt(2.0))
    yield "logistic", stats.logistic(mean, std * math.sqrt(3.0) / math.pi)
    yield "two humps", _Humps(mean, std)
    yield "uniform", stats.uniform(mean - math.sqrt(3.0) * std, math.sqrt(12.0) * std)
    if mean <= 0.0:
        return
    square = (std / mean) ** 2
    yield "gamma", stats.gamma(1.0 / square, scale=mean * square)
    yield "lognormal", stats.lognorm(math.sqrt(math.log1p(square)), scale=mean / math.sqrt(1.0 + square))

    def excess(log_shape: float) -> float:
        inverse = math.exp(-log_shape)
        return float(
            special.gammaln(1.0 + 2.0 * inverse) - 2.0 * special.gammaln(1.0 + inverse)
        ) - math.log1p(square)

    tail = 1.0 + math.sqrt(1.0 + 1.0 / square)
    yield "pareto", stats.pareto(tail, scale=mean * (tail - 1.0) / tail)

    if 0.005 < std / mean < 50.0:
        root: Any = optimize.brentq(excess, math.log(0.1), math.log(400.0))
        shape = math.exp(root)
        yield "weibull", stats.weibull_min(shape, scale=mean / math.exp(special.gammaln(1.0 + 1.0 / shape)))
