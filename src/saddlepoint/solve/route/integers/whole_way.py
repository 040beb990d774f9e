"""By which part of themselves the sides of an integer problem must give way for there to be a plan: the least, in whole numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from saddlepoint.algebra.products import times
from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Mask
from saddlepoint.solve.proof.sizes import row_terms
from saddlepoint.solve.route.claims.exact_claims import rounding_of
from saddlepoint.solve.route.claims.giving_way import MORE, least_way, sides_wider
from saddlepoint.solve.route.integers.big_m import strengthened
from saddlepoint.solve.solution import Options

SECONDS = 5.0
"""For the least part."""


def whole_problem(one: Batch, options: Options) -> Batch | None:
    """One scenario with sides that give way by the least part that leaves a plan in whole numbers; None where that is more than a hair, or not found in time.

    Bounds of integers stay, and so do the sides of rows with big-Ms, a part of which is no hair.
    """
    whole, limit = one.structure.integer, options.time_limit
    calm = replace(options, time_limit=SECONDS if limit is None else min(limit, SECONDS))
    tight = strengthened(one, np.inf, brief=True)
    way = least_way(tight, calm, whole)
    if way is None:
        return None
    fixed = replace(tight, lb=np.where(whole, way.x, tight.lb), ub=np.where(whole, way.x, tight.ub))
    way = least_way(fixed, calm, whole)
    part = np.inf if way is None else part_given(tight, way.x)
    if part > options.hair:
        return None
    wider = sides_wider(one, min(max(part, rounding_of(one)) * MORE, options.hair))
    kept = _changed_rows(one, tight)
    return replace(wider, l=np.where(kept, one.l, wider.l), u=np.where(kept, one.u, wider.u))


def part_given(one: Batch, x: Array) -> float:
    """The largest part of itself by which the plan x (n,), moved onto bounds of 0, has a side of one scenario give way; inf where a row with a side of 0 is broken by more than
    rounding."""
    s = one.structure
    x = np.where((one.lb[0] == 0) & (x < 0) | (one.ub[0] == 0) & (x > 0), 0.0, x)
    ax = times(s.A, one.A, x[None])
    terms = row_terms(s.A, one.A, x[None], np.ones(s.m, np.bool_))
    part = 0.0
    for value, low, high, size in ((ax, one.l, one.u, terms), (x[None], one.lb, one.ub, np.abs(x[None]))):
        miss = np.maximum(0.0, np.maximum(low - value, value - high))
        side = np.abs(np.where(value < low, low, high))
        broken = miss > rounding_of(one) * size
        with np.errstate(divide="ignore", invalid="ignore"):
            part = max(part, float(np.max(miss / side, initial=0.0, where=broken)))
    return part


def _changed_rows(one: Batch, tight: Batch) -> Mask:
    """(1, m) the rows whose big-Ms were made smaller."""
    out = ((one.l != tight.l) | (one.u != tight.u))[0]
    entries = np.flatnonzero((one.A != tight.A)[0])
    out[one.structure.A.indices[entries]] = True
    return out[None]
