"""What the outcomes say of a first decision: their costs, and the cuts that they give."""

from __future__ import annotations

from typing import Final

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index, Integers, Mask
from saddlepoint.errors import SaddleError
from saddlepoint.records import dataclass
from saddlepoint.solve.decomposition.two_stage import OutcomeChunk, Recourse
from saddlepoint.solve.kernels import simplex
from saddlepoint.solve.kernels.answer import Basis, KernelAnswer
from saddlepoint.solve.kernels.answer import Outcome as Made
from saddlepoint.solve.proof.exclusion import HELD, exclusion
from saddlepoint.solve.proof.weak_duality import LOST, proven
from saddlepoint.solve.solution import Options, Status
from saddlepoint.solve.solve import solve

MOST_FEASIBILITY_CUTS: Final = 20
"""Cuts that one pass adds for outcomes without a plan."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class PassQuery:
    """What a pass asks of every chunk. basis: from which the kernel starts; edges: of the keys of multipliers between groups of
    outcomes, None where each outcome is a group of its own."""

    x: Array
    options: Options
    basis: Basis | None
    edges: Array | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkCuts:
    """What a chunk says. sums: of each group the value and slope, (groups, 1 + n); labels: (S,) the group of each outcome; lacking: cuts of
    feasibility, the worst first, and then there are no sums."""

    sums: Array
    labels: Integers
    lacking: tuple[Cut, ...] = ()


@dataclass(frozen=True, slots=True)
class Pass:
    """What a pass finds: the expected cost of the outcomes (infinite if some has no plan), proven from below, and the cuts."""

    cost: float
    cuts: tuple[Cut, ...]


def without_plan(batch: Batch, answer: KernelAnswer) -> Mask:
    """(S,) which problems the kernel proves to have no plan, by more than the tolerance of plans; what it claims else is a solver's to say."""
    none: Mask = np.equal(answer.outcome, Made.INFEASIBLE)
    claimed = np.flatnonzero(none)
    if len(claimed):
        none[claimed] = depths(batch.take(claimed), answer.y[claimed]) > 0
    return none


def depths(batch: Batch, y: Array) -> Array:
    """(S,) by how much multipliers exclude every plan; 0 where that is not more than plans may be off by: a cut by less cuts nothing off."""
    sums = exclusion(batch, y)
    return np.where(sums.exceeds(HELD, LOST), sums.gain - sums.rounding, 0.0)


def multipliers(below: Batch, basis: Basis | None, options: Options) -> tuple[Array, Mask]:
    """(S, m) multipliers of every outcome, and (S,) whether they prove that it has no plan; NoCut where neither is known."""
    size = below.size
    y, none = np.zeros((size, below.structure.m)), np.zeros(size, bool)
    left = np.arange(size)
    if basis is not None:
        answer = simplex.solve(below, basis, known=simplex.known_bases(below, basis))
        y[answer.done] = answer.y[answer.done]
        none = without_plan(below, answer)
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


def chunk_cuts(chunk: OutcomeChunk, asked: PassQuery, start: int, labels: Integers | None) -> ChunkCuts:
    """What the outcomes of a chunk say at a first decision. start: the number of its first outcome; labels: their groups, None where
    they are to be found here. Raises NoCut."""
    n = len(asked.x)
    recourse = Recourse.of(chunk.batch.structure, n)
    below = recourse.at(chunk.batch, asked.x)
    y, none = multipliers(below, asked.basis, asked.options)
    slopes = recourse.slopes(chunk.batch, y)
    if none.any():
        pure = slopes - chunk.batch.q[:, :n]
        cuts = feasibility_cuts(below, y, np.flatnonzero(none), pure, start, asked.x)
        return ChunkCuts(sums=np.zeros((0, n + 1)), labels=np.zeros(0, np.uint8), lacking=cuts)
    found = _groups(y, asked.edges, start) if labels is None else labels
    return ChunkCuts(sums=_sums(below, y, slopes, chunk.shares, found), labels=found)


def keys(y: Array) -> Array:
    """(S,) numbers that are near where multipliers are alike."""
    return y @ np.cos(np.arange(1, y.shape[1] + 1) * 1.7) if y.shape[1] else np.zeros(len(y))


def _groups(y: Array, edges: Array | None, start: int) -> Integers:
    if edges is None:
        return np.arange(start, start + len(y))
    return np.searchsorted(edges, keys(y), side="right").astype(np.min_scalar_type(len(edges)))


def _sums(below: Batch, y: Array, slopes: Array, shares: Array, labels: Integers) -> Array:
    value, lost = proven(below, y)
    if (lost > LOST).any():
        raise NoCut(
            f"the multipliers of an outcome prove nothing (a reduced cost is off by {lost.max():.1e})"
        )
    weighed = np.empty((len(value), slopes.shape[1] + 1))
    np.multiply(shares, value, out=weighed[:, 0])
    np.multiply(slopes, shares[:, None], out=weighed[:, 1:])
    order = np.argsort(labels, kind="stable")
    present, starts = np.unique(labels[order], return_index=True)
    out = np.zeros((int(present[-1]) + 1, weighed.shape[1]))
    out[present] = np.add.reduceat(weighed[order], starts, axis=0)
    return out


def feasibility_cuts(
    below: Batch, y: Array, rows: Index, slopes: Array, start: int, x: Array
) -> tuple[Cut, ...]:
    """Cuts off x where some outcomes have no plan: the Farkas values that are worst, each in its own units."""
    value = depths(below.take(rows), y[rows])
    size = np.maximum(
        np.abs(slopes[rows]).max(axis=1, initial=0.0), np.abs(y[rows]).max(axis=1, initial=1e-300)
    )
    depth = np.where(value > 0, value / size, -np.inf)
    found = [k for k in np.argsort(-depth)[:MOST_FEASIBILITY_CUTS].tolist() if np.isfinite(depth[k])]
    if not found:
        raise NoCut("an outcome has no plan at a first decision, and no proof of it was found")
    return tuple(
        Cut(
            group=-1, value=float(depth[k]), slope=slopes[rows[k]] / size[k], at=x,
            outcome=start + int(rows[k]), farkas=y[rows[k]] / size[k],
        )
        for k in found
    )  # fmt: skip


def pilot_basis(below: Batch) -> Basis | None:
    """The basis of the mean problem, whatever compiling costs; None where the kernel is not for these problems."""
    if simplex.unsupported_reason(below) is not None:
        return None
    try:
        return simplex.pilot(below) or Basis.slack(below.structure.n, below.structure.m)
    except (ImportError, SaddleError):
        return None
