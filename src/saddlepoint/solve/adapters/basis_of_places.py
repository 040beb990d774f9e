"""The basis of a plan at a vertex, told by where its columns and rows lie between their bounds."""

from __future__ import annotations

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Mask

OFF = 1e-9
"""Farther from both bounds, relative to the value's size or 1, nothing stands that is not basic."""


def basis_of_places(batch: Batch, s: int, plan: Array, activities: Array) -> Mask | None:
    """(n + m,) which columns, then which rows are basic in scenario s; None where their places do not tell.

    plan: (n,), activities of rows: (m,), both of a basic solution. What is not basic stands on a bound; so where m stand off
    theirs, these are the basis. Fewer do where the basis is degenerate; of what has no bound at all the place says nothing.
    """
    value = np.concatenate([plan, activities])
    lower, upper = (np.concatenate([batch.row(c, s), batch.row(r, s)]) for c, r in (("lb", "l"), ("ub", "u")))
    room = OFF * np.maximum(1.0, np.abs(value))
    inside = (value - lower > room) & (upper - value > room) & (np.isfinite(lower) | np.isfinite(upper))
    return inside if int(inside.sum()) == batch.structure.m else None
