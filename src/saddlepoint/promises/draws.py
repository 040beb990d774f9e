"""Whether values are independent draws of a law: shape, other laws by name, and order together, as one ratio of likelihoods."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.promises import exchangeable
from saddlepoint.promises.named import NAMED, named_ratio, named_ratios
from saddlepoint.promises.rivals import KINDS
from saddlepoint.promises.shape import mixed_ratio, shape_ratios
from saddlepoint.promises.sight import matched
from saddlepoint.promises.weights import mean_ratio, weights_of
from saddlepoint.records import dataclass
from saddlepoint.uncertain.calibrated import fitted_shape

OTHERS: Final = {law: tuple(n for n in NAMED if n != law) for law in ("normal", "lognormal", "gamma")}
_ALIKE: Final = np.append(np.ones(len(KINDS) + len(NAMED) - 1), float(len(exchangeable.REASONS)))
"""Every kind weighs alike, of shape, of laws by name, of order (the last, all its kinds together), before `weights_of`."""
_PLACES: Final = 200
"""Ratios of order by which the chance of a sum is summed."""
MOST: Final = 2_000
"""Longer histories are judged by this many of their values, evenly chosen."""
_SIMULATED: Final = 4_000
_DRAWN: Final = 1_000_000
"""Histories that are simulated of a law, and values at most for them."""
_TRIED: Final = 150_000
"""Values at most of simulated histories of each other law."""
_MOST_VARIED: Final = 20.0
_STEP: Final = 0.5
_NARROW: Final = -6.0
_WIDE: Final = 2.0
"""Spreads of a law for which they are: powers of two, from a 64th to four."""


def p_of_draws(law: str, rows: Array, season: int = 1, trend: bool = False) -> tuple[Array, Index]:
    """p-values (r,) that each row (r, n) is draws of a law of shape.LAWS, and which of `reasons(law)` speaks most against it.

    Rows with a value that is not positive are no lognormal or gamma ones: p = 0. Rows of one value say nothing: p = 1.

    season, trend: what was taken out by least squares before. The mean over all kinds, with the weights of `weights_of`; ratios
    of values and of order are independent where the law holds: ranks say nothing of the values, values nothing of their ranks.
    What is left of Normal values, or of the
    logarithms of lognormal ones, beside their mean and spread is the same whatever these are (D. Basu, Sankhyā 15 (1955) 377–380), so the
    chance is exact given the spread, to simulation; of gamma values it is that of the fitted law.
    """
    order = exchangeable.order_ratios(rows, season, trend)
    null = exchangeable.order_null(rows.shape[1], season, trend)
    rows = rows[:, :: -(-rows.shape[1] // MOST)]
    values = value_ratios(law, rows)
    p = _chance(law, rows, np.column_stack([values, mixed_ratio(order)]), null)
    return p, np.argmax(np.concatenate([values, order], axis=1), axis=1)


def reasons_against(law: str) -> tuple[str, ...]:
    """What may speak against a law: its shape, another law, the order of the values."""
    of_laws = tuple(f"a {name} law fits them better" for name in OTHERS[law])
    return (*KINDS, *of_laws, *exchangeable.REASONS)


def of_order(law: str, which: int) -> bool:
    """Whether one of `reasons(law)` is the order of the values."""
    return which >= len(KINDS) + len(OTHERS[law])


def value_ratios(law: str, rows: Array) -> Array:
    """(r, kinds + other laws) logarithms of likelihoods over that of the law; +∞ where it cannot have a value."""
    shape = shape_ratios(law, rows)
    out = np.concatenate(
        [shape, np.broadcast_to(shape.max(axis=1)[:, None], (len(rows), len(NAMED) - 1))], axis=1
    )
    able = np.isfinite(shape).all(axis=1)
    if able.any():
        out[able, len(KINDS) :] = named_ratios(law, rows[able])
    return out


def _chance(law: str, rows: Array, ratios: Array, order: Array) -> Array:
    """That the mean of all kinds is as large where the law holds, straight between the spreads that are simulated."""
    p = np.where(np.isposinf(ratios).any(axis=1), 0.0, 1.0)
    able = np.isfinite(ratios[:, 0])
    place = np.clip(_log_spreads(law, rows[able]), _NARROW, _WIDE) / _STEP
    low = np.floor(place)
    found = np.zeros(len(low))
    for node in np.unique([*low, *np.ceil(place)]).tolist():
        here = np.abs(place - node) < 1.0
        weight = 1.0 - np.abs(place[here] - node)
        found[here] += weight * null_of_values(law, rows.shape[1], _STEP * node).above(
            ratios[able][here], order
        )
    p[able] = found
    return p


@dataclass(frozen=True, slots=True, eq=False)
class Null:
    """Where a law of one spread holds: weights (kinds of values, all of order), mean ratios of simulated values, least first."""

    weights: Array
    values: Array

    def above(self, ratios: Array, order: Array) -> Array:
        """The chance that simulated values, and an independent order, have a mean ratio as large as that of `ratios` (r, k)."""
        weight = self.weights[-1]
        other = np.quantile(order, (np.arange(_PLACES) + 0.5) / _PLACES) + np.log(weight)
        whole = mean_ratio(ratios, self.weights)[:, None]
        with np.errstate(all="ignore"):
            left = whole + np.log(np.maximum(-np.expm1(other - whole), 0.0)) - np.log1p(-weight)
        above = (len(self.values) - np.searchsorted(self.values, left - 1e-9)).mean(axis=1)
        return (1.0 + above) / (1.0 + len(self.values))


def _log_spreads(law: str, rows: Array) -> Array:
    """The logarithm to the base 2 of a coefficient of variation: of the values, their logarithms (a spread), a fitted gamma."""
    mean = rows.mean(axis=1)
    with np.errstate(all="ignore"):
        if law == "lognormal":
            return np.log2(np.log(rows).std(axis=1))
        if law == "gamma":
            return -0.5 * np.log2(fitted_shape(np.log(mean) - np.log(rows).mean(axis=1)))
        return np.where(mean > 0.0, np.log2(rows.std(axis=1) / np.maximum(mean, 1e-300)), _WIDE)


@lru_cache(maxsize=64)
def null_of_values(law: str, count: int, log_spread: float) -> Null:
    """Weights of the kinds for histories of a law with this spread, and the mean ratios of simulated ones."""
    z, shape = _simulated(count)
    spread = 2.0**log_spread
    values = np.concatenate([shape, named_ratios(law, _DRAWS[law](z, spread))], axis=1)
    rng = np.random.default_rng(count)
    null = _with_order(values, count, rng)
    many = int(np.clip(_TRIED // count, 100, 1_200))
    drawn = {
        OTHERS[law].index(name) + len(KINDS): np.asarray(other.rvs((many, count), rng))
        for name, other in matched(1.0, _variation(law, spread))
        if name in OTHERS[law]
    }
    least = {k: _with_order(_one_alone(law, k, rows), count, rng) for k, rows in drawn.items()}

    @lru_cache
    def whole(kind: int) -> Array:
        return np.column_stack([value_ratios(law, drawn[kind]), least[kind][:, -1]])

    weights = weights_of(_ALIKE, null, least, whole)
    return Null(weights, np.sort(mean_ratio(values, weights[:-1] / weights[:-1].sum())))


def _one_alone(law: str, kind: int, rows: Array) -> Array:
    """As `value_ratios`, but −∞ for all but one law by name."""
    able = np.ones(len(rows), bool) if law == "normal" else rows.min(axis=1) > 0.0
    out = np.full((len(rows), len(KINDS) + len(OTHERS[law])), -np.inf)
    out[~able] = np.inf
    if able.any():
        out[able, kind] = named_ratio(law, OTHERS[law][kind - len(KINDS)], rows[able])
    return out


def _with_order(values: Array, count: int, rng: np.random.Generator) -> Array:
    """Ratios of values (r, k), and beside them the mean of those of an order that says nothing."""
    return np.column_stack([values, rng.choice(exchangeable.order_null(count), len(values))])


def _variation(law: str, spread: float) -> float:
    """The coefficient of variation of a law with this spread."""
    return min(float(np.sqrt(np.expm1(spread**2))), _MOST_VARIED) if law == "lognormal" else spread


@lru_cache(maxsize=4)
def _simulated(count: int) -> tuple[Array, Array]:
    """Normal values (histories, n), and the ratios of their shape: the same for logarithms, and very nearly for gamma scores."""
    many = int(np.clip(_DRAWN // count, 1_500, _SIMULATED))
    z = np.random.default_rng(count).normal(size=(many, count))
    return z, shape_ratios("normal", z)


def _standard(z: Array) -> Array:
    z = z - z.mean(axis=1, keepdims=True)
    return z / z.std(axis=1, keepdims=True)


def _gamma_draws(z: Array, spread: float) -> Array:
    """Gamma values of Normal scores, by a table of quantiles."""
    from scipy import special

    grid = np.linspace(-7.0, 7.0, 1_401)
    log_quantile: Any = np.log(np.maximum(special.gammaincinv(spread**-2.0, special.ndtr(grid)), 1e-290))
    return np.exp(np.interp(z, grid, log_quantile))


_DRAWS: Final[dict[str, Callable[[Array, float], Array]]] = {
    "normal": lambda z, spread: 1.0 + spread * _standard(z),
    "lognormal": lambda z, spread: np.exp(spread * _standard(z)),
    "gamma": _gamma_draws,
}
