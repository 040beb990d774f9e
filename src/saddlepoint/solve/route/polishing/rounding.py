"""What rounding leaves in plans, taken away: steps over bounds, and numbers that are nothing beside those they meet."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from saddlepoint.algebra.products import symmetric_times, transposed_times
from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Mask
from saddlepoint.solve.proof import cones
from saddlepoint.solve.proof.sizes import column_terms, row_terms
from saddlepoint.solve.solution import Solution

NOTHING = 1e-13
"""Part of what a column could carry in one of its rows below which its number may be rounding."""
PASSED_ON = 3
"""Times that sizes are passed on from column to column."""
WORTHLESS = 1e-8
"""Part of a column's costs, or of the objective per number of the column, below which prices may be none."""


def within_bounds(batch: Batch, x: Array) -> Array:
    """The plans x (S, n) moved onto the bounds they overstep; NaN stays."""
    low, high = batch.lb, batch.ub
    return x if bool(((x >= low) & (x <= high)).all()) else np.minimum(np.maximum(x, low), high) + 0.0


def without_noise(batch: Batch, answers: Solution) -> Solution:
    """The answers with zeros for numbers that may be rounding, and for prices worth nothing.

    Whether they were is for the certificate to say.
    """
    s = batch.structure
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        rows = _row_sizes(batch, answers.x)
        own = _own_sizes(batch, answers.x, rows)
        x = within_bounds(batch, np.where(np.abs(answers.x) <= NOTHING * own, 0.0, answers.x))
        seen = _seen(batch, replace(answers, x=x), own)
        y, z = _worth_something(batch, answers, seen)
        w = answers.w
        if s.is_conic:
            weight = np.abs(w) * row_terms(s.F, batch.F, seen, np.ones(s.F.shape[0], np.bool_))
            w = np.where(_whole_cones(batch, weight <= WORTHLESS), 0.0, w)
    return replace(answers, x=x, y=y, z=z, w=w)


def without_idle_prices(batch: Batch, answers: Solution) -> Solution:
    """The answers with zeros for prices of rows and bounds that are worth nothing; plans and multipliers of cones stay as they are."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        own = _own_sizes(batch, answers.x, _row_sizes(batch, answers.x))
        y, z = _worth_something(batch, answers, _seen(batch, answers, own))
    return replace(answers, y=y, z=z)


def _seen(batch: Batch, answers: Solution, own: Array) -> Array:
    """What a price of one comes to in every column, as a part of its costs or of the objective per number, (S, n)."""
    s, x = batch.structure, answers.x
    slope = batch.q + symmetric_times(s.P, batch.P, x)
    value = np.abs((x * slope).sum(axis=1, keepdims=True))
    every = np.ones(s.n, np.bool_)
    column = np.maximum(
        np.maximum(np.abs(slope), np.abs(answers.z)), column_terms(s.A, batch.A, answers.y, every)
    )
    if s.is_conic:
        column = np.maximum(column, column_terms(s.F, batch.F, answers.w, every))
    seen = 1.0 / np.maximum(column, np.where(own > 0, value / own, 0.0))
    return np.where(np.isfinite(seen), seen, 0.0)


def _worth_something(batch: Batch, answers: Solution, seen: Array) -> tuple[Array, Array]:
    """Prices of rows and bounds, 0 where they are worth nothing to any column."""
    s, y, z = batch.structure, answers.y, answers.z
    weight = np.abs(y) * row_terms(s.A, batch.A, seen, np.ones(s.m, np.bool_))
    return np.where(weight <= WORTHLESS, 0.0, y), np.where(np.abs(z) * seen <= WORTHLESS, 0.0, z)


def with_reduced_costs(batch: Batch, answers: Solution, part: float) -> Solution:
    """The answers without prices below `part` of the largest, of cones where all of one are, and with what these leave as reduced costs.

    A relation that does not bind has prices of 1e-12 where 0 is right, and so have the heights of its curves, which cost nothing: beside
    each other they are no rounding. At a bound that a plan only nears, what is left is the reduced cost.
    """
    s = batch.structure
    x, y, w = answers.x, answers.y, answers.w
    worth = np.maximum(np.abs(y).max(axis=1, initial=0.0), np.abs(w).max(axis=1, initial=0.0))
    costs = np.maximum(np.abs(batch.q).max(axis=1, initial=0.0), np.abs(batch.P).max(axis=1, initial=0.0))
    worth = np.maximum(worth, costs)[:, None]
    y = np.where(np.abs(y) <= part * worth, 0.0, y)
    w = np.where(_whole_cones(batch, np.abs(w) <= part * worth), 0.0, w)
    left = batch.q + symmetric_times(s.P, batch.P, x)
    left = left - transposed_times(s.A, batch.A, y) - transposed_times(s.F, batch.F, w)
    there = (left > 0) & np.isfinite(batch.lb) | (left < 0) & np.isfinite(batch.ub)
    return replace(answers, y=y, z=np.where(there, left, 0.0), w=w)


def at_zero(batch: Batch, answers: Solution, part: float, reach: bool = False) -> Solution:
    """The answers with zeros for numbers below `part` of the largest side or number, of plans and of prices.

    At the edge of a domain (x = 0 beside √x ≥ −1) an interior point only nears zero. Reduced costs are what is left.
    reach: a plan's numbers are measured by what the rows could let each be instead.
    """
    s = batch.structure
    x, y, w = answers.x, answers.y, answers.w
    size = _reach(batch) if reach else _largest(batch, x)
    worth = np.maximum(np.abs(y).max(axis=1, initial=0.0), np.abs(w).max(axis=1, initial=0.0))[:, None]
    x = within_bounds(batch, np.where(np.abs(x) <= part * size, 0.0, x))
    y, w = (np.where(np.abs(v) <= part * worth, 0.0, v) for v in (y, w))
    left = batch.q + symmetric_times(s.P, batch.P, x)
    left = left - transposed_times(s.A, batch.A, y) - transposed_times(s.F, batch.F, w)
    z = np.where((x <= batch.lb) & (left > 0) | (x >= batch.ub) & (left < 0), left, 0.0)
    return replace(answers, x=x, y=y, z=z, w=w)


def _largest(batch: Batch, x: Array) -> Array:
    """The largest side, constant or number of every scenario, (S, 1)."""
    sides = [np.where(np.isfinite(v), np.abs(v), 0.0).max(axis=1, initial=0.0) for v in (batch.l, batch.u)]
    size = np.maximum(np.maximum(*sides), np.abs(batch.g).max(axis=1, initial=0.0))
    return np.maximum(size, np.abs(x).max(axis=1, initial=0.0))[:, None]


def _reach(batch: Batch) -> Array:
    """What rows and cones could let every column be, passed on from column to column by the rows they share: (S, n)."""
    s = batch.structure
    columns, rows, cones_ = (np.ones(k, np.bool_) for k in (s.n, s.m, s.F.shape[0]))
    sides = [np.where(np.isfinite(v), np.abs(v), 0.0) for v in (batch.l, batch.u)]
    size, constant = np.maximum(*sides), np.abs(batch.g)
    found = np.zeros((batch.size, s.n))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for _ in range(PASSED_ON):
            found = np.maximum(found, column_terms(s.A, _inverse(batch.A), size, columns))
            found = np.maximum(found, column_terms(s.F, _inverse(batch.F), constant, columns))
            size = np.maximum(size, row_terms(s.A, batch.A, found, rows))
            constant = np.maximum(constant, row_terms(s.F, batch.F, found, cones_))
    return np.where(np.isfinite(found), found, 0.0)


def _row_sizes(batch: Batch, x: Array) -> Array:
    """The largest term or side of every row, (S, m)."""
    size = row_terms(batch.structure.A, batch.A, x, np.ones(batch.structure.m, np.bool_))
    for side in (batch.l, batch.u):
        size = np.maximum(size, np.where(np.isfinite(side), np.abs(side), 0.0))
    return size


def _own_sizes(batch: Batch, x: Array, rows: Array) -> Array:
    """A column's own size: the largest number that some row of it could take at the size of its terms and sides."""
    s = batch.structure
    every = np.ones(s.n, np.bool_)
    own = column_terms(s.A, _inverse(batch.A), rows, every)
    if s.is_conic:
        terms = np.maximum(row_terms(s.F, batch.F, x, np.ones(s.F.shape[0], np.bool_)), np.abs(batch.g))
        own = np.maximum(own, column_terms(s.F, _inverse(batch.F), terms, every))
    return own


def _inverse(values: Array) -> Array:
    return np.where(values != 0, 1.0 / values, 0.0)


def _whole_cones(batch: Batch, small: Mask) -> Mask:
    """Rows of cones all of whose rows are small."""
    every = np.logical_and.reduceat(small, cones.starts(batch.structure.cones), axis=1)
    return np.repeat(every, [cone.size for cone in batch.structure.cones], axis=1)
