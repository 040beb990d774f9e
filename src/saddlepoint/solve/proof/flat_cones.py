"""Cones that fixed columns flatten: what then follows is said by bounds, and the cone holds nothing any more.

Of √x ≥ t at x fixed to 0 what is left is t ≤ 0 and t ≥ 0. No plan is inside such a cone, and its prices have no end (the slope of √x
at 0), so that interior points do not settle and no finite prices prove their plans. Of x² ≤ 2pq at x fixed to 0 it is p ≥ 0 and q ≥ 0,
where the boundary of the cone is no curve. The problem with the bounds has the same plans.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from saddlepoint.algebra.structure import Batch, Cone, ConeKind
from saddlepoint.arrays import Index, Mask
from saddlepoint.solve.proof.cones import starts

_RESTS = {ConeKind.ROTATED: (0, 1), ConeKind.POWER: (0, 1), ConeKind.EXPONENTIAL: (1,)}
"""The coordinates that flatten a cone where one of them is zero; those of `_ENDS` where all from the given one on are."""
_ENDS = {ConeKind.ROTATED: 2, ConeKind.POWER: 2, ConeKind.SECOND_ORDER: 1}
_INSIDE = {
    ConeKind.ROTATED: lambda size: np.array([1.0, 1.0, *[0.0] * (size - 2)]),
    ConeKind.POWER: lambda size: np.array([1.0, 1.0, 0.0]),
    ConeKind.SECOND_ORDER: lambda size: np.array([1.0, *[0.0] * (size - 1)]),
    ConeKind.EXPONENTIAL: lambda size: np.array([-1.0, 1.0, 1.0]),
}
"""A point inside each."""


def without_flat_cones(batch: Batch) -> Batch:
    """The batch in which bounds say what cones flattened by columns fixed to 0 leave, and these cones are constants inside themselves.

    Where a coordinate that must vanish is more than a multiple of one column, the cone stays as it is.
    """
    s = batch.structure
    if not s.is_conic:
        return batch
    fixed = (batch.lb == 0.0) & (batch.ub == 0.0)
    if not fixed.any():
        return batch
    zero = _zero_rows(batch, fixed)
    first = starts(s.cones).tolist()
    flat = [
        _is_flat(cone, zero[:, start : start + cone.size]) for cone, start in zip(s.cones, first, strict=True)
    ]
    if not any(there.any() for there in flat):
        return batch
    changed = _Numbers(batch)
    for cone, start, there in zip(s.cones, first, flat, strict=True):
        if there.any():
            changed.flatten(cone, start, np.flatnonzero(np.broadcast_to(there, len(changed.lb))))
    return replace(batch, lb=changed.lb, ub=changed.ub, F=changed.F, g=changed.g)


def _zero_rows(batch: Batch, fixed: Mask) -> Mask:
    """(1|S, rows of F) whether a row is 0 whatever the plan."""
    s = batch.structure
    moves = (batch.F != 0.0) & ~fixed[:, s.F.columns()]
    zero = np.broadcast_to(batch.g == 0.0, (max(len(moves), len(batch.g)), s.F.shape[0])).copy()
    order = np.argsort(s.F.indices, kind="stable")
    rows, first = np.unique(s.F.indices[order], return_index=True)
    if len(rows):
        zero[:, rows] &= ~np.logical_or.reduceat(moves[:, order], first, axis=1)
    return zero


def _is_flat(cone: Cone, zero: Mask) -> Mask:
    """(…,) whether a cone is flat where these of its coordinates (…, size) vanish."""
    rests, end = _RESTS.get(cone.kind, ()), _ENDS.get(cone.kind, cone.size)
    ended = zero[..., end:].all(axis=-1) & (end < cone.size)
    return np.asarray(ended | zero[..., list(rests)].any(axis=-1), np.bool_)


def _signs(cone: Cone) -> tuple[Mask, Mask]:
    """(size,) which coordinates of a flat cone must be ≥ 0, and which ≤ 0: all beyond the ends vanish; of an exponential cone x ≤ 0 ≤ z."""
    place = np.arange(cone.size)
    if cone.kind is ConeKind.EXPONENTIAL:
        return place == 2, place == 0
    return place >= 0, place >= _ENDS[cone.kind]


class _Numbers:
    """The numbers that change, one row for every scenario."""

    def __init__(self, batch: Batch) -> None:
        s, given = batch.structure, (batch.lb, batch.ub, batch.F, batch.g)
        size = max(len(array) for array in given)
        self.lb, self.ub, self.F, self.g = (np.array(np.broadcast_to(a, (size, a.shape[1]))) for a in given)
        self.rows, self.columns = s.F.indices, s.F.columns()
        self.order = np.argsort(self.rows, kind="stable")
        self.first = np.searchsorted(self.rows[self.order], np.arange(s.F.shape[0] + 1))

    def flatten(self, cone: Cone, start: int, where: Index) -> None:
        """Write what the cone from row `start` on leaves in some scenarios as bounds, if that can be, and a point inside it in its place."""
        shape = (len(where), cone.size)
        entries, every = self.order[self.first[start] : self.first[start + cone.size]], where[:, None]
        columns, factors = self.columns[entries], self.F[every, entries]
        moves = (factors != 0.0) & ((self.lb[every, columns] != 0.0) | (self.ub[every, columns] != 0.0))
        s, entry = np.nonzero(moves)
        place = self.rows[entries][entry] - start
        count = np.bincount(s * cone.size + place, minlength=shape[0] * shape[1]).reshape(shape)
        column, rises = np.zeros(shape, np.int64), np.zeros(shape, np.bool_)
        column[s, place], rises[s, place] = columns[entry], factors[s, entry] > 0.0
        up, down = _signs(cone)
        above, below = np.where(rises, up, down), np.where(rises, down, up)
        constant = self.g[where, start : start + cone.size]
        outside = (above & (self.ub[every, column] < 0.0)) | (below & (self.lb[every, column] > 0.0))
        bounded = (count == 1) & (constant == 0.0) & ~outside
        met = (count == 0) & ~(up & (constant < 0.0)) & ~(down & (constant > 0.0))
        kept = (bounded | met).all(axis=1)
        for side, limit, at in ((self.lb, np.maximum, above), (self.ub, np.minimum, below)):
            s, place = np.nonzero(bounded & at & kept[:, None])
            side[where[s], column[s, place]] = limit(side[where[s], column[s, place]], 0.0)
        self.F[every[kept], entries] = 0.0
        self.g[where[kept], start : start + cone.size] = _INSIDE[cone.kind](cone.size)
