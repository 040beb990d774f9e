"""One answer made exact: the optimality conditions of its active set, solved with residuals of twice the digits.

Active set read off plan and prices, then corrected by the signs of prices and slacks; the regularised conditions are
factorised once per set and refined (Stellato et al. 2020, OSQP, §4; Gleixner, Steffy & Wolter 2016).
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array
from saddlepoint.records import dataclass
from saddlepoint.solve.proof import compensated
from saddlepoint.solve.proof.effort import seconds_left
from saddlepoint.solve.proof.sizes import column_terms, row_terms, symmetric_terms
from saddlepoint.solve.route.polishing.conditions import factorised, regular
from saddlepoint.solve.route.units.scaling import scale

PrimalDual = tuple[Array, Array]

ROUNDS = 12
"""Corrections of the active set in which it does not come nearer, after which it is given up."""
MOST_ROUNDS = 30
"""Corrections in all."""
STEPS = 12
ZERO = 1e-17
"""In balanced units: what is left below it after refinement is zero."""
SETTLED = 2.0**-80
"""Part of the terms of a column beyond which its slope is no rounding of sums of twice the digits: the conditions have no
solution, or one that regularisation hides."""
STATIONARY = 1e-9
ROUNDED = 2.0**-40
"""Part of a number of the plan up to which a step is rounding."""
NOTHING = 1e-6
"""Part of the largest number of plan or prices up to which others are nothing in the middle of them."""
WRONG = 1e-12
"""Part of the terms of its row or column beyond which a wrong sign or a violation changes the active set."""


@dataclass(frozen=True, slots=True)
class Polished:
    """A plan (n,) with its prices y (m,) and z (n,), and how far each number of the plan may be from an optimum."""

    x: Array
    y: Array
    z: Array
    spread: Array


def active_sides(batch: Batch, x: Array, y: Array, z: Array) -> tuple[Array, Array]:
    """Which side of rows (m,) and columns (n,) an answer stands at: −1 the lower, +1 the upper, 0 none; 2 both (equal sides)."""
    units = scale(batch)
    side = _Sides(units.apply(batch))
    point = _Point.at(x / units.column[0], y / units.row[0], z * (units.column * units.objective)[0])
    return side.rows(point), side.columns(point)


def polish(batch: Batch, x: Array, y: Array, z: Array) -> Polished | None:
    """The answer of one scenario without cones, made exact; None where its active set leads to no answer.

    x, z: (n,); y: (m,). Integer columns are taken as they are bounded. A round that would outlast the time around it (`effort`),
    as long as the last, is not begun. What comes is to be judged like any answer.
    """
    s = batch.structure
    if s.is_conic or not (np.isfinite(x).all() and np.isfinite(y).all() and np.isfinite(z).all()):
        return None
    units = scale(batch)
    inner = units.apply(batch)
    start = _Point.at(x / units.column[0], y / units.row[0], z * (units.column * units.objective)[0])
    try:
        point = _exact(_Sides(inner), start) or _exact(_Sides(inner, _worth(start)), start)
    except _TimeIsOver:
        return None
    if point is None:
        return None
    with np.errstate(over="ignore"):
        plan = point.x[0] * units.column[0]
        return Polished(
            plan + 0.0,
            point.y[0] * units.row[0],
            point.z / (units.column * units.objective)[0],
            np.abs(point.step) * units.column[0] + 2.0**-50 * np.abs(plan),
        )


class _TimeIsOver(Exception):
    """The last factorisation took more than is left."""


def _exact(side: _Sides, point: _Point) -> _Point | None:
    """The point of the active set near a point, corrected until signs of prices and slacks hold; None where they come to no end. Raises _TimeIsOver."""
    rows, columns = side.rows(point), side.columns(point)
    fewest, patience = np.inf, ROUNDS
    left = seconds_left()
    for _ in range(MOST_ROUNDS):
        before, left = left, seconds_left()
        if left < before - left:
            raise _TimeIsOver
        found = _solve(side.batch, side, rows, columns, point)
        if found is None:
            return None
        point = found.point
        settled = side.corrected(point, rows, columns) or side.blocked(found, rows, columns)
        if settled is None:
            return point
        changes = np.count_nonzero(settled[0] != rows) + np.count_nonzero(settled[1] != columns)
        patience = ROUNDS if changes < fewest else patience - 1
        if patience == 0:
            return None
        fewest = min(fewest, changes)
        rows, columns = settled
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Point:
    """Plan and prices as unevaluated sums, reduced costs, the activity of the rows, and how far the plan may be from what its
    conditions say: the last step, and what the rounding of plan and prices leaves open, which is far where they are flat."""

    x: PrimalDual
    y: PrimalDual
    z: Array
    activity: Array
    step: Array

    @classmethod
    def at(cls, x: Array, y: Array, z: Array) -> _Point:
        none = np.zeros_like(x), np.zeros_like(y)
        return cls(x=(x, none[0]), y=(y, none[1]), z=z, activity=np.full_like(y, np.nan), step=none[0])


@dataclass(frozen=True, slots=True)
class _Found:
    """The point of an active set; slope: (n,), what is left of stationarity in the free columns; downhill: (n,), the
    direction in which it falls without end while the active sides hold."""

    point: _Point
    slope: Array
    downhill: Array


@dataclass(frozen=True)
class _Sides:
    """Which side of every row and column is active: −1 the lower, +1 the upper, 0 none; 2 both (equal sides). worth: the quantity
    that is as far from nothing as a price of one."""

    batch: Batch
    worth: float = 1.0

    @cached_property
    def low(self) -> Array:
        return self.batch.l[0]

    @cached_property
    def high(self) -> Array:
        return self.batch.u[0]

    @cached_property
    def lb(self) -> Array:
        return self.batch.lb[0]

    @cached_property
    def ub(self) -> Array:
        return self.batch.ub[0]

    def rows(self, point: _Point) -> Array:
        high, low = compensated.compensated_times(self.batch.structure.A, self.batch.A[0], point.x[0])
        return _nearest(high + low, point.y[0] * self.worth, self.low, self.high)

    def columns(self, point: _Point) -> Array:
        return _nearest(point.x[0], point.z * self.worth, self.lb, self.ub)

    def corrected(self, point: _Point, rows: Array, columns: Array) -> tuple[Array, Array] | None:
        """The active set after what the signs of prices and slacks say; None where it stays."""
        sizes = _sizes(self.batch, point)
        new_rows = _corrected(
            rows, point.activity, point.y[0], self.low, self.high, sizes.activity, sizes.price
        )
        new_columns = _corrected(
            columns, point.x[0], point.z, self.lb, self.ub, np.abs(point.x[0]), sizes.reduced_cost
        )
        if np.array_equal(new_rows, rows) and np.array_equal(new_columns, columns):
            return None
        return new_rows, new_columns

    def blocked(self, found: _Found, rows: Array, columns: Array) -> tuple[Array, Array] | None:
        """The active set with the first side that is met downhill, None where stationarity holds or nothing is met."""
        sizes = _sizes(self.batch, found.point)
        if (np.abs(found.slope) <= np.maximum(ZERO, STATIONARY * sizes.reduced_cost)).all():
            return None
        s, way = self.batch.structure, found.downhill
        climb = compensated.compensated_times(s.A, self.batch.A[0], way)[0]
        seen = row_terms(s.A, self.batch.A, way[None], np.ones(s.m, np.bool_))[0]
        climb = np.where((rows == 0.0) & (np.abs(climb) > 1e-9 * seen), climb, 0.0)
        by_rows = _room(found.point.activity, climb, self.low, self.high)
        by_columns = _room(found.point.x[0], np.where(columns == 0.0, way, 0.0), self.lb, self.ub)
        nearest = min(by_rows.min(initial=np.inf), by_columns.min(initial=np.inf))
        if not np.isfinite(nearest):
            return None
        return (
            np.where(by_rows == nearest, np.sign(climb), rows),
            np.where(by_columns == nearest, np.sign(way), columns),
        )


def _room(value: Array, step: Array, low: Array, high: Array) -> Array:
    """How many steps there are to the side ahead, ∞ where there is no step."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ahead = np.where(step > 0, (high - value) / step, (low - value) / step)
    return np.where(step == 0.0, np.inf, np.maximum(ahead, 0.0))


@dataclass(frozen=True, slots=True)
class _Sizes:
    """The terms of every row (m,) and column (n,), and the price (m,) that is seen in some column of its row."""

    activity: Array
    reduced_cost: Array
    price: Array


def _sizes(batch: Batch, point: _Point) -> _Sizes:
    s, x, y = batch.structure, point.x[0][None], point.y[0][None]
    every_row, every_column = np.ones(s.m, np.bool_), np.ones(s.n, np.bool_)
    activity = row_terms(s.A, batch.A, x, every_row)
    column = np.maximum(np.abs(batch.q), column_terms(s.A, batch.A, y, every_column))
    if s.is_quadratic:
        column = np.maximum(column, symmetric_terms(s.P, batch.P, x, every_column))
    with np.errstate(divide="ignore"):
        seen = 1.0 / row_terms(s.A, batch.A, np.where(column > 0, 1.0 / column, 0.0), every_row)
    return _Sizes(activity[0], column[0], seen[0])


def _worth(point: _Point) -> float:
    """The quantity that is as far from nothing as a price of one: the ratio of the middle sizes of plan and prices, those that are nothing left out."""
    plan, prices = _middle(point.x[0]), _middle(np.concatenate((point.y[0], point.z)))
    return plan / prices if plan > 0 and prices > 0 else 1.0


def _middle(values: Array) -> float:
    size = np.abs(values)
    counted = size[size > NOTHING * size.max(initial=0.0)]
    return float(np.median(counted)) if len(counted) else 0.0


def _nearest(value: Array, price: Array, low: Array, high: Array) -> Array:
    """The side that is as near as its price is high (interior points), or nearer than rounding (bases)."""
    to_low, to_high = value - low, high - value
    lower = (to_low <= np.maximum(price, 0.0)) | (to_low <= 1e-11 * np.maximum(1.0, np.abs(value)))
    upper = (to_high <= np.maximum(-price, 0.0)) | (to_high <= 1e-11 * np.maximum(1.0, np.abs(value)))
    state = np.where(lower & (~upper | (to_low <= to_high)), -1.0, np.where(upper, 1.0, 0.0))
    return np.where((low == high) & np.isfinite(low), 2.0, state)


def _corrected(
    state: Array, value: Array, price: Array, low: Array, high: Array, value_size: Array, price_size: Array
) -> Array:
    limit = WRONG * price_size
    wrong = ((state == -1.0) & (price < -limit)) | ((state == 1.0) & (price > limit))
    below = (state == 0.0) & (low - value > WRONG * np.maximum(value_size, np.abs(low)))
    above = (state == 0.0) & (value - high > WRONG * np.maximum(value_size, np.abs(high)))
    return np.where(wrong, 0.0, np.where(below, -1.0, np.where(above, 1.0, state)))


def _solve(batch: Batch, side: _Sides, rows: Array, columns: Array, start: _Point) -> _Found | None:
    """The point at which the active sides hold and stationarity holds in all free columns."""
    s = batch.structure
    free, active = np.flatnonzero(columns == 0.0), np.flatnonzero(rows != 0.0)
    target = np.where(rows == 1.0, side.high, side.low)[active]
    bound = np.where(columns == 1.0, side.ub, side.lb)
    x = np.where(columns == 0.0, start.x[0], bound)
    y = np.where(rows == 0.0, 0.0, start.y[0])
    x_low, y_low = np.zeros_like(x), np.zeros_like(y)
    solve = factorised(batch, free, active)
    if solve is None:
        return None
    best, step = np.inf, np.zeros_like(x)
    for _ in range(STEPS):
        slope = _slope(batch, (x, x_low), (y, y_low))
        ax = compensated.compensated_times(s.A, batch.A[0], x, x_low)
        missing = (target - ax[0][active]) - ax[1][active]
        left = float(max(np.abs(slope[free]).max(initial=0.0), np.abs(missing).max(initial=0.0)))
        if not left < 0.5 * best:
            break
        best = left
        dx, dy = solve(-slope[free], missing)
        step = np.zeros_like(x)
        step[free] = dx
        more = np.zeros_like(y)
        more[active] = dy
        x, x_low = _add(x, x_low, step)
        y, y_low = _add(y, y_low, more)
        if left == 0.0:
            break
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        return None
    x, y = np.where(np.abs(x) < ZERO, 0.0, x), np.where(np.abs(y) < ZERO, 0.0, y)
    left_open = np.zeros_like(x)
    left_open[free] = solve(-_slope(batch, (x, 0.0 * x), (y, 0.0 * y))[free], np.zeros(len(active)))[0]
    slope = _slope(batch, (x, x_low), (y, y_low))
    activity = compensated.compensated_times(s.A, batch.A[0], x, x_low)
    z = np.where(columns == 0.0, 0.0, slope)
    point = _Point(x=(x, x_low), y=(y, y_low), z=z, activity=activity[0], step=step)
    terms = _sizes(batch, point).reduced_cost[free]
    settled = bool((np.abs(slope[free]) <= np.maximum(ZERO, SETTLED * terms)).all())
    flat = not settled or _is_flat(batch, x, left_open)
    step = np.abs(step) + np.abs(left_open) + np.where(flat & (columns == 0.0), np.abs(x), 0.0)
    point = replace(point, step=step)
    open_slope = np.where(columns == 0.0, slope, 0.0)
    downhill = np.zeros_like(x)
    if open_slope.any():
        downhill[free] = solve(-open_slope[free], np.zeros(len(active)))[0]
    return _Found(point, open_slope, downhill)


def _is_flat(batch: Batch, x: Array, way: Array) -> bool:
    """Whether a step (n,) that is more than rounding is as short as it is for regularisation alone: costs curve less along it, so
    that an optimum may be anywhere."""
    if not (np.abs(way) > ROUNDED * np.abs(x)).any():
        return False
    s = batch.structure
    curved = compensated.compensated_symmetric_times(s.P, batch.P[0], way)[0] @ way if s.is_quadratic else 0.0
    return bool(curved <= 2 * regular(batch) * (way @ way))


def _slope(batch: Batch, x: PrimalDual, y: PrimalDual) -> Array:
    """q + Px − Aᵀy, rounded once."""
    s = batch.structure
    px, px_low = compensated.compensated_symmetric_times(s.P, batch.P[0], *x)
    aty, aty_low = compensated.compensated_transposed_times(s.A, batch.A[0], *y)
    total, error = compensated.two_sum(batch.q[0], px)
    total, more = compensated.two_sum(total, -aty)
    return total + (error + more + px_low - aty_low)


def _add(high: Array, low: Array, step: Array) -> PrimalDual:
    total, error = compensated.two_sum(high, step)
    return compensated.two_sum(total, low + error)
