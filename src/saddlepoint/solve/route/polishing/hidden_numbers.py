"""Numbers hidden beside others of their rows, set where their cones say they are.

In ‖x‖₃ ≤ t, Σ rᵢ = t with |xᵢ| ≤ rᵢ^⅓ t^⅔, an x of 1e-6 t has an r of 1e-18 t: a solver's r is noise of the sum, and no row tells it from
nothing; the boundary of its cone does.
"""

from __future__ import annotations

import numpy as np

from saddlepoint.algebra.products import times
from saddlepoint.algebra.structure import Batch, Cone, ConeKind
from saddlepoint.arrays import Array, Index
from saddlepoint.solve.proof.cones import starts
from saddlepoint.solve.route.polishing.completion import boundary_factor

HIDDEN = 1e-6
"""Part of the largest term of every row that a number stands in beyond which rows tell its size."""


def with_hidden_numbers(batch: Batch, x: Array) -> Array:
    """The plans x (S, n) in which such first and second coordinates of rotated and power cones lie at the boundary."""
    s = batch.structure
    out, part = x.copy(), _largest_parts(batch, x)
    v = times(s.F, batch.F, x) + batch.g
    entry = _single_entries(batch)
    with np.errstate(all="ignore"):
        for cone, first in zip(s.cones, starts(s.cones).tolist(), strict=True):
            if cone.kind in (ConeKind.ROTATED, ConeKind.POWER) and cone.size > 2:
                for place in (0, 1):
                    _set(batch, cone, first, place, int(entry[first + place]), v, part, out)
    return out


def _set(
    batch: Batch, cone: Cone, first: int, place: int, entry: int, v: Array, part: Array, out: Array
) -> None:
    if entry < 0:
        return
    column = batch.structure.F.columns()[entry]
    found = boundary_factor(cone, place, v[:, first : first + cone.size]) / batch.F[:, entry]
    hidden = (part[:, column] <= HIDDEN) & np.isfinite(found) & (found > 0)
    out[:, column] = np.where(hidden, found, out[:, column])


def _single_entries(batch: Batch) -> Index:
    """(rows of F,) the entry of a row of F that is a multiple of one column, −1 for other rows."""
    s = batch.structure
    alone = (np.bincount(s.F.indices, minlength=s.F.shape[0]) == 1) & (batch.g == 0).all(axis=0)
    entry = np.flatnonzero(alone[s.F.indices])
    out = np.full(s.F.shape[0], -1)
    out[s.F.indices[entry]] = entry
    return out


def _largest_parts(batch: Batch, x: Array) -> Array:
    """(S, n) the largest part of a row's largest term that the term of each column is, over the rows it stands in."""
    s = batch.structure
    terms = np.abs(batch.A * x[:, s.A.columns()])
    out, largest = np.zeros(x.shape), np.zeros((len(x), s.m))
    scenario = np.arange(len(x))[:, None]
    np.maximum.at(largest, (scenario, s.A.indices), terms)
    of_row = largest[:, s.A.indices]
    np.maximum.at(
        out, (scenario, s.A.columns()), np.where(of_row > 0, terms / np.where(of_row > 0, of_row, 1.0), 1.0)
    )
    return out
