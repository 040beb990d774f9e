"""Which terms of time a history has, and what they leave of it: plain least squares, quick enough for every origin."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from saddlepoint.arrays import Array, Mask
from saddlepoint.records import dataclass

ROUNDING: Final = 1e-12
"""Beside the largest value: what is smaller is rounding."""


def above(values: Array, levels: Array) -> Mask:
    """Whether values (…, n) are above levels by more than rounding."""
    return np.asarray(values - levels > ROUNDING * np.abs(values).max(axis=-1, keepdims=True), dtype=np.bool_)


def all_alike(errors: Array, values: Array) -> bool:
    """Whether errors (n,) differ by no more than rounding of the values (n,) that they are of."""
    return float(np.ptp(errors)) <= ROUNDING * float(np.abs(values).max())


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeTerms:
    """season: values per season, 1 = none; trend: a straight line; memory: an AR(1) of the errors."""

    season: int
    trend: bool
    memory: bool

    @property
    def plain(self) -> bool:
        """Whether nothing is taken out."""
        return self.season == 1 and not self.trend and not self.memory

    def errors(self, values: Array) -> Array:
        """What the terms, fitted to the values, leave of them; (n,)."""
        return _left(values, self)[0]


def likely(values: Array, terms: TimeTerms) -> Array:
    """What the value after these may be: the forecast of the terms plus each error; (n,).

    Errors are widened by what the fit took out of them, and by what the forecast itself may be off.
    """
    errors, forecast, used, reach = _left(values, terms)
    wide = math.sqrt(reach * len(values) / max(len(values) - used, 1))
    return forecast + wide * (errors - errors.mean())


def fixed_forecasts(values: Array, first: int, terms: TimeTerms) -> Array:
    """Forecasts (n + 1,) of each value and the next by terms that are fitted to the first ones only; 0 without terms."""
    count = len(values)
    if terms.plain:
        return np.zeros(count + 1)
    rows = trend_columns(count + 1, terms.season, terms.trend, first)
    solved = np.linalg.lstsq(rows[:first], values[:first], rcond=None)[0]
    line = rows @ solved
    if not terms.memory:
        return line
    errors = values - line[:-1]
    known = errors[:first]
    size = float(known[:-1] @ known[:-1])
    share = float(np.clip(known[:-1] @ known[1:] / size, -0.99, 0.99)) if size > 0.0 else 0.0
    return line + share * np.r_[0.0, errors]


def trend_columns(count: int, season: int, trend: bool, of: int | None = None) -> Array:
    """A line from −½ to ½ over `of` values (all of them if None), then a column per place in the season."""
    length = of or count
    time = np.arange(count, dtype=np.float64)
    places = (time[:, None] % season == np.arange(season)).astype(np.float64)
    line = (time - 0.5 * (length - 1)) / max(length - 1, 1)
    return np.column_stack([line, places]) if trend else places


def _left(values: Array, terms: TimeTerms) -> tuple[Array, float, int, float]:
    """Errors (0 where they are rounding), forecast of the next value, number of estimated coefficients, 1 + leverage of the next value."""
    count = len(values)
    rows = trend_columns(count + 1, terms.season, terms.trend, count)
    solved = np.linalg.lstsq(rows[:-1], values, rcond=None)[0]
    errors, forecast, used = values - rows[:-1] @ solved, float(rows[-1] @ solved), rows.shape[1]
    reach = 1.0 + float(np.square(np.linalg.pinv(rows[:-1]).T @ rows[-1]).sum())
    if all_alike(errors, values):
        return np.zeros(count), forecast, used, reach
    if not terms.memory:
        return errors, forecast, used, reach
    before = errors[:-1]
    size = float(before @ before)
    share = float(np.clip(before @ errors[1:] / size, -0.99, 0.99)) if size > 0.0 else 0.0
    first = errors[0] * math.sqrt(max(1.0 - share * share, 1e-6))
    return np.r_[first, errors[1:] - share * before], forecast + share * float(errors[-1]), used + 1, reach
