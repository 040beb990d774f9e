"""A stage and the cuts that stand for all later ones, as batches of linear programs."""

from __future__ import annotations

from dataclasses import field

import numpy as np

from saddlepoint.algebra.structure import Batch, Pattern
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.records import dataclass
from saddlepoint.solve.decomposition.multistage.problem import PolicyStage, in_outcomes

SAME: float = 1e-10
"""Cuts that differ by less, relative to their size, are one."""
NOISE: float = 1e-15
"""A slope below this part of the largest of its cut is a rounding of the cut."""


@dataclass(slots=True, kw_only=True)
class FutureCost:
    """Cuts below the expected cost of all later stages: θ ≥ constant + slopeᵀs, s (n_out,) what is passed on; of feasibility (counts
    False) the same with 0 in place of θ.

    points: (P, n_out) where cuts were made, height: (P,) the highest cut there, highest: (P,) which one it is; least: a number that later stages never
    cost less than. Only cuts that are highest somewhere take part (level of dominance 1: V. de Matos, A. Philpott, E. Finardi, J.
    Comput. Appl. Math. 290 (2015) 196–208).
    """

    width: int
    least: float = -np.inf
    constant: Array = field(default_factory=lambda: np.zeros(0))
    slope: Array = field(default_factory=lambda: np.zeros((0, 0)))
    counts: Mask = field(default_factory=lambda: np.zeros(0, bool))
    points: Array = field(default_factory=lambda: np.zeros((0, 0)))
    height: Array = field(default_factory=lambda: np.zeros(0))
    highest: Index = field(default_factory=lambda: np.zeros(0, np.int64))
    version: int = 0

    def cut_off(self, constant: Array, slope: Array) -> None:
        """Cuts of feasibility (K,), (K, n_out)."""
        self._append(constant, slope, False)
        self.version += len(constant) > 0

    def add(self, constant: Array, slope: Array, points: Array) -> None:
        """Cuts (K,), (K, n_out) made at points (K, n_out); those that rise nowhere above the cuts so far are left out."""
        new = constant + np.einsum("kn,kn->k", slope, points) > self.at(points) + SAME * np.maximum(
            1.0, np.abs(constant)
        )
        start = len(self.constant)
        self._append(constant[new], slope[new], True)
        known = self.points.reshape(len(self.points), self.width)
        if new.any() and len(known):
            values = constant[new] + known @ slope[new].T
            best = values.argmax(axis=1)
            top = values[np.arange(len(known)), best]
            better = top > self.height + SAME * np.maximum(1.0, np.abs(self.height))
            self.height = np.where(better, top, self.height)
            self.highest = np.where(better, start + best, self.highest)
        self.version += self._visit(points) or bool(new.any())

    def _append(self, constant: Array, slope: Array, counts: bool) -> None:
        slope = np.where(
            np.abs(slope) > NOISE * np.abs(slope).max(axis=1, keepdims=True, initial=0.0), slope, 0.0
        )
        self.constant = np.concatenate([self.constant, constant])
        self.slope = np.concatenate([self.slope.reshape(len(self.slope), self.width), slope])
        self.counts = np.concatenate([self.counts, np.full(len(constant), counts)])

    def _visit(self, points: Array) -> bool:
        """Let the cuts take part that are highest at further points; whether some did not so far."""
        every = np.flatnonzero(self.counts)
        if not len(every):
            return False
        values = self.constant[every] + points @ self.slope[every].T
        best = values.argmax(axis=1)
        fresh = ~np.isin(every[best], self.highest)
        self.points = np.concatenate([self.points.reshape(len(self.points), self.width), points])
        self.height = np.concatenate([self.height, values[np.arange(len(points)), best]])
        self.highest = np.concatenate([self.highest, every[best]])
        return bool(fresh.any())

    @property
    def kept(self) -> Index:
        """The cuts that take part."""
        used = np.zeros(len(self.constant), bool)
        used[self.highest] = True
        return np.flatnonzero(used | ~self.counts)

    def at(self, points: Array) -> Array:
        """(N,) the highest cut at points (N, n_out); `least` without any."""
        every = np.flatnonzero(self.counts)
        if not len(every):
            return np.full(len(points), self.least)
        return np.maximum((self.constant[every] + points @ self.slope[every].T).max(axis=1), self.least)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageForm:
    """A stage with the cuts of later ones. pattern, A: of (y, θ); T: (R | 1, rows, n_in); tail: the lower sides of the cut rows;
    theta: whether later costs have their column, least: its lower bound; blind: whether there are later costs that it leaves out."""

    stage: PolicyStage
    pattern: Pattern
    A: Array
    T: Array
    tail: Array
    theta: bool
    least: float
    blind: bool

    @classmethod
    def of(cls, stage: PolicyStage, future: FutureCost | None) -> StageForm:
        """The last stage has no future; a future of which nothing is known yet is left out, and the form is blind to it."""
        if future is None:
            return cls._made(stage, stage.W, stage.T, np.zeros(0), False, -np.inf, False)
        kept = future.kept
        counts = future.counts[kept]
        theta = bool(counts.any()) or np.isfinite(future.least)
        slope = np.zeros((len(kept), stage.n_in + stage.n))
        slope[:, stage.passed_on] = future.slope.reshape(len(future.slope), future.width)[kept]
        W = _below(
            np.pad(stage.W, ((0, 0), (0, 0), (0, int(theta)))),
            -slope[:, stage.n_in :],
            counts if theta else None,
        )
        T = _below(stage.T, -slope[:, : stage.n_in], None)
        return cls._made(stage, W, T, future.constant[kept], theta, future.least, not theta)

    @classmethod
    def _made(
        cls, stage: PolicyStage, W: Array, T: Array, tail: Array, theta: bool, least: float, blind: bool
    ) -> StageForm:
        mask = (W != 0).any(axis=0)
        column, row = np.nonzero(mask.T)
        return cls(
            stage=stage, pattern=Pattern.of(row, column, (W.shape[1], W.shape[2])), A=np.ascontiguousarray(W[:, row, column]),
            T=T, tail=tail, theta=theta, least=least, blind=blind,
        )  # fmt: skip

    def batch(self, x: Array, which: Index) -> Batch:
        """N problems over (y, θ), at x (N, n_in) in the outcomes `which` (N,)."""
        s, size = self.stage, len(which)
        taken = _times(self.T, x, which)
        rows = s.m
        l, u = np.empty((size, rows + len(self.tail))), np.full((size, rows + len(self.tail)), np.inf)
        l[:, :rows], u[:, :rows] = in_outcomes(s.l, which), in_outcomes(s.u, which)
        l[:, rows:] = self.tail
        l, u = l - taken, u - taken
        more = int(self.theta)
        return Batch.linear(
            self.pattern, in_outcomes(self.A, which), size=size, q=_wider(in_outcomes(s.q, which), 1.0, more), r=np.zeros((1, 1)), l=l, u=u,
            lb=_wider(in_outcomes(s.lb, which), self.least, more), ub=_wider(in_outcomes(s.ub, which), np.inf, more),
        )  # fmt: skip

    def slopes(self, y: Array, which: Index) -> Array:
        """(N, n_in) how the value moves with x, by multipliers y (N, rows)."""
        if len(self.T) == 1:
            return -(y @ self.T[0])
        return -np.einsum("nm,nmk->nk", y, self.T[which])


def _below(upper: Array, lower: Array, last: Mask | None) -> Array:
    """Rows of cuts under the rows of every outcome; last: what stands in the last column there."""
    if last is not None:
        lower = np.concatenate([lower, last.astype(np.float64)[:, None]], axis=1)
    return np.concatenate([upper, np.broadcast_to(lower, (len(upper), *lower.shape))], axis=1)


def _times(T: Array, x: Array, which: Index) -> Array:
    return x @ T[0].T if len(T) == 1 else np.einsum("nmk,nk->nm", T[which], x)


def _wider(array: Array, value: float, more: int) -> Array:
    return np.pad(array, ((0, 0), (0, more)), constant_values=value) if more else array


def released(stage: PolicyStage, low: Array, high: Array) -> Batch:
    """The stage in all its outcomes over (x, y), with what comes in free between bounds (n_in,), and no later costs."""
    size = stage.outcomes
    dense = np.concatenate([_as_many(stage.T, stage.W), _as_many(stage.W, stage.T)], axis=2)
    column, row = np.nonzero((dense != 0).any(axis=0).T)
    states = np.broadcast_to(np.zeros(stage.n_in), (size, stage.n_in))
    return Batch.linear(
        Pattern.of(row, column, (stage.m, stage.n_in + stage.n)), np.ascontiguousarray(dense[:, row, column]), size=size,
        q=np.concatenate([states, _as_many(stage.q, states)], axis=1), r=np.zeros((1, 1)), l=stage.l, u=stage.u,
        lb=np.concatenate([states + low, _as_many(stage.lb, states)], axis=1),
        ub=np.concatenate([states + high, _as_many(stage.ub, states)], axis=1),
    )  # fmt: skip


def _as_many(array: Array, other: Array) -> Array:
    """One array for each of the other's where it has only one for all."""
    return np.broadcast_to(array, (max(len(array), len(other)), *array.shape[1:]))
