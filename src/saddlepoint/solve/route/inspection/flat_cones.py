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
    flat = [
        (k, start)
        for k, start in enumerate(starts(s.cones).tolist())
        if _is_flat(s.cones[k], zero[:, start : start + s.cones[k].size]).any()
    ]
    if not flat:
        return batch
    changed = _Numbers(batch)
    for k, start in flat:
        part = slice(start, start + s.cones[k].size)
        for scenario in range(len(changed.lb)):
            changed.flatten(s.cones[k], start, zero[scenario if len(zero) > 1 else 0, part], scenario)
    return replace(batch, lb=changed.lb, ub=changed.ub, F=changed.F, g=changed.g)


def _zero_rows(batch: Batch, fixed: Mask) -> Mask:
    """(1|S, rows of F) whether a row is 0 whatever the plan."""
    s = batch.structure
    moves = (batch.F != 0.0) & ~fixed[:, s.F.columns()]
    zero = np.broadcast_to(batch.g == 0.0, (max(len(moves), len(batch.g)), s.F.shape[0])).copy()
    for scenario, entries in enumerate(np.broadcast_to(moves, (len(zero), moves.shape[1]))):
        zero[scenario, s.F.indices[entries]] = False
    return zero


def _is_flat(cone: Cone, zero: Mask) -> Mask:
    """(…,) whether a cone is flat where these of its coordinates (…, size) vanish."""
    rests, end = _RESTS.get(cone.kind, ()), _ENDS.get(cone.kind, cone.size)
    ended = zero[..., end:].all(axis=-1) & (end < cone.size)
    return np.asarray(ended | zero[..., list(rests)].any(axis=-1), np.bool_)


class _Numbers:
    """The numbers that change, one row for every scenario."""

    def __init__(self, batch: Batch) -> None:
        s, given = batch.structure, (batch.lb, batch.ub, batch.F, batch.g)
        size = max(len(array) for array in given)
        self.lb, self.ub, self.F, self.g = (np.array(np.broadcast_to(a, (size, a.shape[1]))) for a in given)
        self.columns, self.order = s.F.columns(), np.argsort(s.F.indices, kind="stable")
        self.first = np.searchsorted(s.F.indices[self.order], np.arange(s.F.shape[0] + 1))

    def _entries(self, start: int, stop: int) -> Index:
        """The entries of some rows of F."""
        return self.order[self.first[start] : self.first[stop]]

    def flatten(self, cone: Cone, start: int, zero: Mask, scenario: int) -> None:
        """Write what the cone from row `start` on leaves in one scenario as bounds, if that can be, and a point inside it in its place."""
        if not _is_flat(cone, zero):
            return
        sides = [self._side(start + place, sense, scenario) for place, sense in self._left(cone, zero)]
        if any(side is None for side in sides):
            return
        for column, low, high in (side for side in sides if side is not None and side[0] >= 0):
            self.lb[scenario, column] = max(self.lb[scenario, column], low)
            self.ub[scenario, column] = min(self.ub[scenario, column], high)
        self.F[scenario, self._entries(start, start + cone.size)] = 0.0
        self.g[scenario, start : start + cone.size] = _INSIDE[cone.kind](cone.size)

    @staticmethod
    def _left(cone: Cone, zero: Mask) -> list[tuple[int, str]]:
        """What the other coordinates must be beside those that vanish: of an exponential cone x ≤ 0 ≤ z."""
        if cone.kind is ConeKind.EXPONENTIAL:
            return [(0, "<="), (2, ">=")]
        end = _ENDS[cone.kind]
        sides = [(place, ">=") for place in range(end) if not zero[place]]
        return sides + [(place, "==") for place in range(end, cone.size)]

    def _side(self, row: int, sense: str, scenario: int) -> tuple[int, float, float] | None:
        """The column of a row and its bounds where the row is to be ≥, ≤ or = 0, column −1 where it is so anyhow; None where no bounds say so."""
        entries = self._entries(row, row + 1)
        columns = self.columns[entries]
        moves = (self.F[scenario, entries] != 0.0) & (
            (self.lb[scenario, columns] != 0.0) | (self.ub[scenario, columns] != 0.0)
        )
        constant = self.g[scenario, row]
        if not moves.any():
            met = {">=": constant >= 0.0, "<=": constant <= 0.0, "==": constant == 0.0}[sense]
            return (-1, 0.0, 0.0) if met else None
        if moves.sum() > 1 or constant != 0.0:
            return None
        column, factor = int(columns[moves][0]), self.F[scenario, entries][moves][0]
        above = sense == "==" or (sense == ">=") == (factor > 0)
        below = sense == "==" or not above
        low, high = 0.0 if above else -np.inf, 0.0 if below else np.inf
        outside = self.lb[scenario, column] > high or self.ub[scenario, column] < low
        return None if outside else (column, low, high)
