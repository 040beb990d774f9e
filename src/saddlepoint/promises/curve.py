"""What every promise is worth: misses and regret over a range of them, with bounds that hold after one was chosen.

A promise is usually stated first, and its price found out. Here it is the other way about: each promise of a buffer is taken as a
rule that is fixed by the first values of a history, the others judge it, and bounds on its misses and its regret are given for all
promises at once, so that the choice may be made on the curve. The idea of inverting conformal risk control: W. Zhou, S. Zhu,
arXiv:2510.07750 (2025).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.errors import PlanningError
from saddlepoint.planning import Fleet
from saddlepoint.promises.judges import NO_PATTERN, check_asked, check_part, first_judge, history_of, limits
from saddlepoint.promises.prices import Prices
from saddlepoint.promises.rolling import ORDERED, levels_of
from saddlepoint.records import dataclass
from saddlepoint.uncertain import History, find
from saddlepoint.uncertain.fitting.pattern import terms_of
from saddlepoint.uncertain.fitting.terms import TimeTerms, above, fixed_forecasts, likely

PROMISES: Final = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.975, 0.99, 0.995)
_GRID: Final = 400


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PromiseCurve:
    """A buffer at k promises, judged by `judges` values that came after those that fixed it.

    level: (k,) for the next value; missed, cost, regret: (k,) means over the judges; missed_expected, regret_expected: (k,)
    bounds that on average over histories are not below the truth; missed_most, regret_most: (k,) bounds that hold for all k at
    once with `confidence`. Bounds on regret are NaN where `no_regret_bound` says why (demand has no known limits). What is
    assumed: the judges (about the terms, if any) and the next value are exchangeable; for the bounds with confidence, independent
    draws of one law.
    """

    history: History
    buffer: str
    first: int
    judges: int
    confidence: float
    promises: Array
    level: Array
    missed: Array
    missed_expected: Array
    missed_most: Array
    cost: Array
    regret: Array
    regret_expected: Array
    regret_most: Array
    no_regret_bound: str = ""

    @property
    def least_regret(self) -> int:
        """The place of the promise of least mean regret."""
        return int(np.argmin(self.regret))

    def least_promise(self, misses: float) -> int | None:
        """The place of the first promise whose misses are at most this with the confidence, None where none is."""
        able: Index = np.flatnonzero(self.missed_most <= misses)
        return int(able[0]) if len(able) else None


def promise_curve(
    history: History | Sequence[float] | Array,
    buffer: str = "conformal",
    promises: Sequence[float] | Array = PROMISES,
    promise: float = 0.95,
    start: int | None = None,
    fleet: Fleet | None = None,
    unit_cost: float = 1.0,
    shortage_cost: float | None = None,
    pattern: bool = True,
    confidence: float = 0.95,
    **given: float,
) -> PromiseCurve:
    """Misses, cost and regret of a buffer over a range of promises, with bounds that hold for all of them.

    history: values in order of time; promises: in (0, 1), those that the first values cannot feed are left out; promise: what the
    default of shortage_cost is for; start: how many of the first values fix the rule (None: half, at least 20); fleet, unit_cost,
    shortage_cost, pattern: as of `backtest`; given: parameters of the buffer, and `lower`, `upper`: limits of demand, which
    bounds on regret need. PlanningError U541, U542, U545 (too few values, no promise that they can feed, or a promise or confidence
    outside (0, 1)), U782 (limits).
    """
    whole = history_of(history)
    first = first_judge(whole, start)
    check_part(promise, "a promise")
    check_asked(whole, first, promises, pattern, given)
    check_part(confidence, "a confidence")
    terms = terms_of(whole.until(first)) if pattern else NO_PATTERN
    forecasts = fixed_forecasts(whole.values, first, terms)
    asked, offset = _offsets(whole.values[:first], forecasts[first], terms, buffer, promises, given)
    levels = offset[:, None] + forecasts[None, first:-1]
    actual = whole.values[first:]
    price = Prices.of(fleet, unit_cost, shortage_cost, promise, float(actual.mean()))
    cost = np.stack([price.cost(level, actual) for level in levels])
    regret = (cost - price.cost(actual, actual)).mean(axis=1)
    missed = above(actual, levels).sum(axis=1)
    why = _no_worst(whole, terms, given)
    worst = _worst(price, offset, given) if not why else np.full(len(offset), np.nan)
    count, false = len(actual), (1.0 - confidence) / len(offset)
    return PromiseCurve(
        history=whole,
        buffer=find(buffer).name,
        first=first,
        judges=count,
        confidence=confidence,
        promises=asked,
        level=offset + forecasts[-1],
        missed=missed / count,
        missed_expected=(missed + 1.0) / (count + 1.0),
        missed_most=limits(missed, count, 1.0 - 2.0 * false)[1],
        cost=cost.mean(axis=1),
        regret=regret,
        regret_expected=(count * regret + worst) / (count + 1.0),
        regret_most=_most_of_mean(regret, worst, count, false),
        no_regret_bound=why,
    )


def _offsets(
    past: Array,
    forecast: float,
    terms: TimeTerms,
    buffer: str,
    promises: Sequence[float] | Array,
    given: dict[str, float],
) -> tuple[Array, Array]:
    """The promises that the past can feed, and how far the level of each is above the forecast."""
    rule = find(buffer)
    seen = past if terms.plain or rule.name in ORDERED else likely(past, terms)
    asked = np.asarray(promises, dtype=np.float64)
    level = np.array([float(levels_of(rule, [past], [seen], float(p), given)[0]) for p in asked])
    able = np.isfinite(level)
    if not able.any():
        text = f"{rule.name} can promise nothing from the first {len(past)} values"
        fix = "Give a longer history, start later, or take a buffer that needs less."
        raise PlanningError.of("U545", text, fix=fix)
    return asked[able], level[able] - forecast


def _no_worst(history: History, terms: TimeTerms, given: dict[str, float]) -> str:
    """Why no regret is the largest one; empty where demand has limits and keeps them."""
    low, high = given.get("lower", 0.0), given.get("upper", math.inf)
    if not terms.plain:
        return "it holds for values as they come, and a pattern in time was taken out of these"
    if not math.isfinite(high):
        return "it needs limits of demand (upper, and lower if that is not 0)"
    for place, limit in ((int(np.argmax(history.values)), high), (int(np.argmin(history.values)), low)):
        value = float(history.values[place])
        if not low <= value <= high:
            return f"the value {value:g} ({history.time(place)}) is {'above' if value > high else 'below'} the limit {limit:g}"
    return ""


def _worst(price: Prices, level: Array, given: dict[str, float]) -> Array:
    """(k,) the largest regret of each level for demand between its limits."""
    demand = np.linspace(given.get("lower", 0.0), given["upper"], _GRID)
    best = price.cost(demand, demand)
    return np.array([(price.cost(np.full(_GRID, x), demand) - best).max() for x in level.tolist()])


def _most_of_mean(mean: Array, worst: Array, count: int, false: float) -> Array:
    """Upper limits of the mean of numbers in [0, worst], by bisection of n·KL(mean, limit) = ln 1/false.

    Source: W. Hoeffding, J. American Stat. Assoc. 58 (1963) 13–30, th. 1.
    """
    part = np.clip(mean / worst, 0.0, 1.0)
    low, high = part.copy(), np.ones(len(part))
    for _ in range(60):
        middle = 0.5 * (low + high)
        with np.errstate(divide="ignore", invalid="ignore"):
            apart = np.where(part > 0.0, part * np.log(part / middle), 0.0)
            apart = apart + np.where(part < 1.0, (1.0 - part) * np.log((1.0 - part) / (1.0 - middle)), 0.0)
        near = count * apart < math.log(1.0 / false)
        low, high = np.where(near, middle, low), np.where(near, high, middle)
    return np.asarray(high * worst)
