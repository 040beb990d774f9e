"""Bounds of whole numbers a hair beside a whole number: x ≤ 3.9999999998 lets x go to 3, as the row 2.0000000001 x ≤ 8 does, and x ≤ 2.9999999999999996 to 3.

Only where no plan keeps them so do they give way, to the whole number beside them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Mask
from saddlepoint.solve.proof.integer_bound import SUMMED
from saddlepoint.solve.solution import Solution, Status

DUST: Final = 2.0**-52
"""Part of one, or of the least coefficient of a row of whole numbers alone, below which a side is none: it is less than what sums of one leave."""
NEAR: Final = 1e-9
"""Part of itself, or of one, by which a bound may be off a whole number that meets it where nothing else does."""


def without_dust(batch: Batch) -> Batch:
    """The batch in which sides that rounding alone parts from a whole number are it: bounds, and sides of rows in which whole numbers alone stand that are dust beside every
    coefficient."""
    s = batch.structure
    if not s.is_integer:
        return batch
    lb, ub = _rounded(batch, batch.lb), _rounded(batch, batch.ub)
    l, u = batch.l, batch.u
    largest = float(np.abs(batch.A).max(initial=0.0))
    if any(((side != 0) & (np.abs(side) <= DUST * largest)).any() for side in (l, u)):
        least = _least_terms(batch)
        l, u = (np.where(np.abs(side) <= DUST * least, 0.0, side) for side in (l, u))
    return replace(batch, lb=lb, ub=ub, l=l, u=u)


def _rounded(batch: Batch, bound: Array) -> Array:
    with np.errstate(invalid="ignore"):
        near = np.abs(bound - np.round(bound)) <= _rounding(bound)
    return np.where(batch.structure.integer & near, np.round(bound) + 0.0, bound)


def _rounding(bound: Array) -> Array:
    """By how much rounding may part a bound from a whole number: a part of itself, beside 0 `DUST`."""
    return np.maximum(DUST, np.minimum(SUMMED * np.abs(bound), NEAR))


def _least_terms(batch: Batch) -> Array:
    """(1|S, m) the least coefficient of rows in which whole numbers alone stand: what one more of some number adds; 0 of other rows."""
    a, integer = batch.structure.A, batch.structure.integer
    sizes = np.where(batch.A != 0, np.abs(batch.A), np.inf)
    sizes = np.where(integer[a.columns()], sizes, 0.0)
    least = np.full((len(sizes), a.shape[0]), np.inf)
    np.minimum.at(least.T, a.indices, sizes.T)
    return np.where(np.isfinite(least), least, 0.0)


def has_odd_bounds(batch: Batch) -> bool:
    """Whether a bound of a whole number is beside one, and none itself."""
    return batch.structure.is_integer and bool((_odd(batch, batch.lb) | _odd(batch, batch.ub)).any())


def solved_in_whole_bounds(
    batch: Batch, solve: Callable[[Batch], Solution]
) -> tuple[Solution, dict[int, bool]]:
    """The answers to the problems whose odd bounds are the whole numbers that keep them; where these have no plan, of those whose bounds give way, and
    whether it is proven that there they have none.

    solve: the answers to a batch without odd bounds.
    """
    low, high = batch.lb, batch.ub
    odd_low, odd_high = _odd(batch, low), _odd(batch, high)
    kept_low = np.where(odd_low, np.ceil(low - _rounding(low)), low)
    kept_high = np.where(odd_high, np.floor(high + _rounding(high)), high)
    beside_low, beside_high = np.where(odd_low, np.round(low), low), np.where(odd_high, np.round(high), high)
    cross = kept_low > kept_high
    answers = solve(
        replace(
            batch,
            lb=np.where(cross, beside_low, kept_low),
            ub=np.where(cross, beside_high, kept_high),
        )
    )
    changed = ((kept_low != beside_low) | (kept_high != beside_high)).any(axis=1)
    lost = np.flatnonzero(changed & _without_plan(answers))
    without = np.broadcast_to(cross.any(axis=1), batch.size)
    none = without | (answers.certificates.verified & (answers.status == Status.INFEASIBLE))
    if len(lost):
        again = solve(replace(batch, lb=beside_low, ub=beside_high)).take(lost)
        answers = answers.put(lost, replace(again, seconds=again.seconds + answers.seconds[lost]))
    return answers, {s: bool(none[s]) for s in (*np.flatnonzero(without).tolist(), *lost.tolist())}


def _odd(batch: Batch, bound: Array) -> Mask:
    """(1|S, n) the bounds of whole numbers that are beside one."""
    with np.errstate(invalid="ignore"):
        off = np.abs(bound - np.round(bound))
    return batch.structure.integer & (off > 0) & (off <= NEAR * _size(bound))


def _size(number: Array) -> Array:
    """Of numbers that are to be whole: what is dust beside one is nothing."""
    return np.maximum(1.0, np.abs(number))


def _without_plan(answers: Solution) -> Mask:
    ended = np.isin(answers.status, (Status.UNBOUNDED, Status.LIMIT))
    return np.asarray(~np.isfinite(answers.x).all(axis=1) & ~ended, np.bool_)
