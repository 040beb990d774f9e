"""One pass over all outcomes at a first decision: their costs, and the cuts that they give."""

from __future__ import annotations

from dataclasses import field, replace
from typing import Final

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index, Int32
from saddlepoint.errors import SaddleError
from saddlepoint.records import dataclass
from saddlepoint.solve.decomposition.two_stage import OutcomeChunk, Recourse, TwoStage
from saddlepoint.solve.kernels import simplex
from saddlepoint.solve.kernels.answer import Basis
from saddlepoint.solve.kernels.answer import Outcome as Made
from saddlepoint.solve.kernels.table import pays
from saddlepoint.solve.proof.weak_duality import proven
from saddlepoint.solve.solution import Options, Status
from saddlepoint.solve.solve import solve

MOST_FEASIBILITY_CUTS: Final = 20
"""Cuts that one pass adds for outcomes without a plan."""
_PASSES: Final = 30
"""Passes that a problem takes, roughly."""
LOST: Final = 1e-7
"""By how much a reduced cost may point the wrong way, relative to its terms, in a multiplier that makes a cut."""


class NoCut(Exception):
    """An outcome that has neither a plan with multipliers nor a proof that there is none; the words say which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Group of outcomes ≥ value + slope·(x − at); of feasibility (group −1): that must be ≤ 0.

    outcome, farkas: of feasibility, the outcome without a plan and the multipliers that prove it, in the cut's units.
    """

    group: int
    value: float
    slope: Array
    at: Array
    outcome: int = -1
    farkas: Array | None = None

    @property
    def constant(self) -> float:
        """The cut's value at x = 0."""
        return self.value - float(self.slope @ self.at)


@dataclass(frozen=True, slots=True)
class Sorted:
    """The outcomes of a chunk in the order of their groups. order: (S,); present: the groups that occur, starts: where each begins."""

    order: Int32
    present: Index
    starts: Index

    @classmethod
    def by(cls, labels: Index) -> Sorted:
        order = np.argsort(labels, kind="stable")
        present, starts = np.unique(labels[order], return_index=True)
        return cls(order.astype(np.int32), present, starts)

    def labels(self) -> Index:
        """(S,) the group of every outcome."""
        out = np.zeros(len(self.order), np.int64)
        out[self.order] = np.repeat(self.present, np.diff([*self.starts.tolist(), len(self.order)]))
        return out

    def sums(self, values: Array) -> Array:
        """(groups present, k) sums over the outcomes of each group of (S, k) values."""
        return np.add.reduceat(values[self.order], self.starts, axis=0)


@dataclass(slots=True)
class Groups:
    """Which outcomes share a cut: those whose multipliers are alike at the first plan seen. chunks: as they came."""

    count: int
    chunks: list[Sorted] = field(default_factory=list[Sorted])
    edges: Array | None = None

    def of(self, chunk: int, y: Array) -> Sorted:
        """The groups of a chunk; made when it is first seen."""
        if chunk < len(self.chunks):
            return self.chunks[chunk]
        weights = np.cos(np.arange(1, y.shape[1] + 1) * 1.7) if y.shape[1] else np.zeros(0)
        key = y @ weights
        if self.edges is None:
            self.edges = np.unique(np.quantile(key, np.linspace(0, 1, self.count + 1)[1:-1]))
        found = Sorted.by(np.searchsorted(self.edges, key, side="right").astype(np.int64))
        self.chunks.append(found)
        return found


@dataclass(frozen=True, slots=True)
class Pass:
    """What a pass finds: the expected cost of the outcomes (infinite if some has no plan), proven from below, and the cuts."""

    cost: float
    cuts: tuple[Cut, ...]


def multipliers(below: Batch, basis: Basis | None, options: Options) -> tuple[Array, Array]:
    """(S, m) multipliers of every outcome, and (S,) whether they prove that it has no plan; NoCut where neither is known."""
    size = below.size
    y, none = np.zeros((size, below.structure.m)), np.zeros(size, bool)
    left = np.arange(size)
    if basis is not None:
        answer = simplex.solve(below, basis)
        y[answer.done] = answer.y[answer.done]
        none = answer.outcome == Made.INFEASIBLE
        y[none] = answer.y[none]
        left = np.flatnonzero(~answer.done & ~none)
    if len(left):
        found = solve(below.take(left), options)
        none[left] = found.status == Status.INFEASIBLE
        known = none[left] | found.answered
        if not known.all():
            word = Status(int(found.status[np.flatnonzero(~known)[0]])).word
            raise NoCut(f"an outcome is {word} at a first decision")
        y[left] = found.y
    return y, none


@dataclass(slots=True, kw_only=True)
class Passes:
    """Passes over a problem; the state: the groups, and the basis from which the kernel starts."""

    problem: TwoStage
    options: Options
    groups: Groups
    basis: Basis | None = None
    count: int = 0

    def at(self, x: Array) -> Pass:
        """One pass: all outcomes at x. Raises NoCut."""
        self.count += 1
        totals = _Totals(self.problem.n)
        start = 0
        for k, outcomes in enumerate(self.problem.chunks()):
            recourse = Recourse.of(outcomes.batch.structure, self.problem.n)
            below = recourse.at(outcomes.batch, x)
            if k == 0 and self.count == 1:
                self.basis = _start(below)
            y, none = multipliers(below, self.basis, self.options)
            slopes = recourse.slopes(outcomes.batch, y)
            if none.any():
                pure = slopes - outcomes.batch.q[:, : self.problem.n]
                totals.lacking(below, y, np.flatnonzero(none), pure, start)
            else:
                totals.add(below, y, slopes, outcomes.shares, self.groups.of(k, y))
            start += outcomes.batch.size
        return totals.result(x)


def _start(below: Batch) -> Basis | None:
    """The basis of the mean outcome; None where the kernel is not for these problems, or too few to be compiled for."""
    return pilot_basis(below) if pays("simplex", below, _PASSES * below.size) else None


def pilot_basis(below: Batch) -> Basis | None:
    """The basis of the mean problem, whatever compiling costs; None where the kernel is not for these problems."""
    if simplex.unsupported_reason(below) is not None:
        return None
    try:
        return simplex.pilot(below) or Basis.slack(below.structure.n, below.structure.m)
    except (ImportError, SaddleError):
        return None


@dataclass(slots=True)
class _Totals:
    """Sums over the chunks of a pass."""

    n: int
    sums: Array = field(default_factory=lambda: np.zeros((0, 0)))
    missing: list[tuple[float, Array, int, Array]] = field(
        default_factory=list[tuple[float, Array, int, Array]]
    )

    def add(self, below: Batch, y: Array, slopes: Array, shares: Array, groups: Sorted) -> None:
        value, lost = proven(below, y)
        if (lost > LOST).any():
            raise NoCut(
                f"the multipliers of an outcome prove nothing (a reduced cost is off by {lost.max():.1e})"
            )
        top = int(groups.present[-1]) + 1
        if top > len(self.sums):
            more = np.zeros((top - len(self.sums), self.n + 1))
            self.sums = np.concatenate([self.sums.reshape(-1, self.n + 1), more])
        weighed = np.empty((len(value), self.n + 1))
        np.multiply(shares, value, out=weighed[:, 0])
        np.multiply(slopes, shares[:, None], out=weighed[:, 1:])
        self.sums[groups.present] += groups.sums(weighed)

    def lacking(self, below: Batch, y: Array, rows: Index, slopes: Array, start: int) -> None:
        """Cuts off x where some outcomes have no plan: the Farkas values that are worst, in their own units; start: the number of
        the chunk's first outcome."""
        value, lost = proven(below.take(rows), y[rows], costs=False)
        size = np.maximum(
            np.abs(slopes[rows]).max(axis=1, initial=0.0), np.abs(y[rows]).max(axis=1, initial=1e-300)
        )
        depth = np.where((lost <= LOST) & (value > 0), value / size, -np.inf)
        for k in np.argsort(-depth)[:MOST_FEASIBILITY_CUTS].tolist():
            if np.isfinite(depth[k]):
                place = int(rows[k])
                self.missing.append(
                    (float(depth[k]), slopes[place] / size[k], start + place, y[place] / size[k])
                )
        if not self.missing:
            raise NoCut("an outcome has no plan at a first decision, and no proof of it was found")

    def result(self, x: Array) -> Pass:
        if self.missing:
            worst = sorted(self.missing, key=lambda m: -m[0])[:MOST_FEASIBILITY_CUTS]
            return Pass(
                np.inf,
                tuple(
                    Cut(group=-1, value=v, slope=slope, at=x, outcome=o, farkas=y) for v, slope, o, y in worst
                ),
            )
        cuts = tuple(Cut(group=k, value=float(r[0]), slope=r[1:], at=x) for k, r in enumerate(self.sums))
        return Pass(float(self.sums[:, 0].sum()), cuts)


def sampled(problem: TwoStage, most: int) -> TwoStage:
    """The same problem with some outcomes of its first chunk, as likely as all together."""
    first = next(problem.chunks())
    rows = np.unique(np.linspace(0, first.batch.size - 1, min(most, first.batch.size)).astype(np.int64))
    shares = first.shares[rows] / first.shares[rows].sum()
    part = OutcomeChunk(first.batch.take(rows), shares)
    return replace(problem, size=len(rows), chunks=lambda: iter((part,)))
