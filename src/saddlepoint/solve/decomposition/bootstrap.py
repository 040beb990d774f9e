"""How far a decision may be from the best one, by drawing the same outcomes again and again.

What the outcomes say at a few first decisions, by their multipliers, bounds the best expected cost of any weights of them: so a resample asks no outcome
anew, and its master problem is one of a batch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from typing import Final

import numpy as np

from saddlepoint.algebra.products import dense
from saddlepoint.algebra.structure import Batch, Pattern
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.records import dataclass
from saddlepoint.solve.decomposition.cuts import Cut, NoCut, feasibility_cuts, multipliers, pilot_basis
from saddlepoint.solve.decomposition.l_shaped import TwoStageAnswer
from saddlepoint.solve.decomposition.master import NOTHING_LOST
from saddlepoint.solve.decomposition.two_stage import OutcomeChunk, Recourse, TwoStage, recourse_problems
from saddlepoint.solve.decomposition.worth import outcome_costs
from saddlepoint.solve.kernels.answer import Basis
from saddlepoint.solve.proof.weak_duality import LOST, proven
from saddlepoint.solve.solution import Options
from saddlepoint.solve.solve import solve

RESAMPLES: Final = 400
MOST_OUTCOMES: Final = 20_000
"""Outcomes whose resamples are held in memory."""
GROUPS: Final = 16
"""Cuts of a resample at one decision at most: outcomes whose multipliers are alike share one."""
MOST_POINTS: Final = 40
"""Decisions of the search for the best one that are asked first: its last ones."""
ROUNDS: Final = 12
FURTHER: Final = 8
"""First decisions that all outcomes are asked at in a round, for the resamples whose bounds miss most."""
LOOSE: Final = 0.02
"""How much of the mean gap may be what the bounds of resamples miss, when no further decisions are asked."""
PROGRESS: Final = 0.1
"""Part of that by which two rounds must raise the bounds in the mean for another to follow."""
APART: Final = 1e-3
"""Decisions that are nearer in every coordinate, relative to its size, are asked once in a round."""


@dataclass(slots=True, kw_only=True)
class _Resamples:
    """Resamples of the outcomes of a problem. weights: (B, S); labels: (S,) the group of each outcome; basis: from which the
    kernel starts; points: first decisions asked so far; sure: of the first of them, per chunk, what each outcome costs at least
    there and how that moves; constants (B, groups), slopes (B, groups, n): of every point the cuts of each resample; least: (B,)
    the
    lowest cost of each at the points, best: (B, n) where that is;
    lacking: cuts of feasibility, each of one outcome."""

    problem: TwoStage
    options: Options
    weights: Array
    labels: Index
    basis: Basis | None
    least: Array
    best: Array
    points: list[Array] = field(default_factory=list[Array])
    sure: list[Array] = field(default_factory=list[Array])
    constants: list[Array] = field(default_factory=list[Array])
    slopes: list[Array] = field(default_factory=list[Array])
    lacking: list[Cut] = field(default_factory=list[Cut])

    def ask(self, x: Array) -> None:
        """Ask all outcomes at x. NoCut where one has no multipliers, or, at the first point, no plan."""
        groups = int(self.labels.max()) + 1
        total = np.zeros((len(self.weights), groups, len(x) + 1))
        asked = ((x, start, self.options, self.basis) for start in self.problem.starts)
        first, planned = not self.points, True
        for k, part in enumerate(self.problem.each(_supports, asked)):
            found: _Supports = part
            if first:
                if found.none.any():
                    raise NoCut("an outcome has no plan at the decision that is judged")
                self.sure.append(found.costs)
            elif found.none.any():
                found.costs[found.none], planned = self.sure[k][found.none], False
                self.lacking += found.lacking
            start = self.problem.starts[k]
            some = slice(start, start + len(found.costs))
            for g in range(groups):
                mine = self.labels[some] == g
                total[:, g] += self.weights[:, some][:, mine] @ found.costs[mine]
        self.points.append(x)
        self.constants.append(total[:, :, 0])
        self.slopes.append(total[:, :, 1:])
        own = self.problem.first
        if planned:
            cost = own.q[0] @ x + own.r[0, 0] + total[:, :, 0].sum(axis=1) + total[:, :, 1:].sum(axis=1) @ x
            better = cost < self.least
            self.least = np.where(better, cost, self.least)
            self.best[better] = x

    def masters(self) -> Batch:
        """Of every resample the problem over (x, θ of each group) that its cuts make."""
        first, size = self.problem.first, len(self.weights)
        s, n, width = first.structure, self.problem.n, self.constants[0].shape[1]
        slopes, least = np.concatenate(self.slopes, axis=1), np.concatenate(self.constants, axis=1)
        theta = np.tile(np.eye(width), (len(self.points), 1))
        cuts = np.concatenate([-slopes, np.broadcast_to(theta, (size, *theta.shape))], axis=2)
        own = np.zeros((s.m + len(self.lacking), n + width))
        own[: s.m, :n] = dense(s.A, first.A[0])
        own[s.m :, :n] = [cut.slope for cut in self.lacking] or np.zeros((0, n))
        rows = np.concatenate([np.broadcast_to(own, (size, *own.shape)), cuts], axis=1)
        column, row = np.nonzero((rows != 0).any(axis=0).T)
        drawn = self.weights[:, [cut.outcome for cut in self.lacking]] > 0
        most = np.where(drawn, [-cut.constant for cut in self.lacking], np.inf)
        free = np.full((1, width), np.inf)

        def beside(*sides: Array) -> Array:
            return np.concatenate([np.broadcast_to(side, (size, side.shape[1])) for side in sides], axis=1)

        return Batch.linear(
            Pattern.of(row, column, (rows.shape[1], n + width)), np.ascontiguousarray(rows[:, row, column]), size=size,
            integer=np.append(s.integer, np.zeros(width, bool)), q=np.concatenate([first.q, np.ones((1, width))], axis=1), r=first.r,
            l=beside(first.l, np.full_like(most, -np.inf), least), u=beside(first.u, most, np.full_like(least, np.inf)),
            lb=np.concatenate([first.lb, -free], axis=1), ub=np.concatenate([first.ub, free], axis=1),
        )  # fmt: skip


def resampled_gaps(
    problem: TwoStage, x: Array, best: TwoStageAnswer, options: Options, count: int = RESAMPLES, seed: int = 0
) -> Array | None:
    """(count,) what a first decision x costs above the best one, in resamples of the outcomes, each proven from above; None where decisions after
    the outcome are whole, for too many outcomes, and where one has no plan at x or proves nothing.

    best: the answer of the problem itself, at whose points the outcomes are asked first. Source: B. Efron, R. J. Tibshirani, An Introduction to the
    Bootstrap (1993), ch. 13; for gaps of stochastic programs A. Eichhorn, W. Römisch, SIAM J. Optim. 18 (2007) 118–144; X. Chen,
    D. L. Woodruff, INFORMS J. Comput. 35 (2023) 1208–1224.
    """
    chunk = next(problem.chunks())
    if chunk.batch.structure.integer[problem.n :].any() or problem.size > MOST_OUTCOMES:
        return None
    costs = np.concatenate([some for some, _ in outcome_costs(problem, x, options)])
    if not np.isfinite(costs).all():
        return None
    generator = np.random.default_rng(seed)
    weights = (
        generator.multinomial(problem.size, np.full(problem.size, 1 / problem.size), count) / problem.size
    )
    found = _Resamples(
        problem=problem, options=options, weights=weights, labels=_groups(best.groups, problem.size), basis=pilot_basis(recourse_problems(chunk, x)), least=np.full(count, np.inf),
        best=np.tile(x, (count, 1)), lacking=[cut for cut, _ in best.weights if cut.group < 0],
    )  # fmt: skip
    amounts = float(problem.first.q[0] @ x + problem.first.r[0, 0]) + weights @ costs
    try:
        for point in _distinct(x, best):
            found.ask(point)
        return _refined(found, amounts)
    except NoCut:
        return None


def _groups(known: Index, size: int) -> Index:
    """(S,) groups of outcomes, of which each takes some neighbouring ones of a search."""
    if not len(known):
        return np.zeros(size, np.int64)
    _, groups = np.unique(known, return_inverse=True)
    count = int(groups.max()) + 1
    return groups.reshape(-1) * min(GROUPS, count) // count


def _distinct(x: Array, best: TwoStageAnswer) -> Iterator[Array]:
    known: set[bytes] = set()
    for point in (x, best.x, *best.points[-MOST_POINTS:]):
        if point.tobytes() not in known:
            known.add(point.tobytes())
            yield point


def _refined(found: _Resamples, amounts: Array) -> Array | None:
    """The gaps by the cuts so far, and by further ones until the bounds of the resamples miss little of them: at the decisions that the cuts like best, and half way
    to them from the best so far, in turn."""
    bounds, means = np.full(len(amounts), -np.inf), list[float]()
    for k in range(ROUNDS + 1):
        more, likes = _bounded(found)
        bounds = np.maximum(bounds, more)
        means.append(float(bounds.mean()))
        missed, enough = found.least - bounds, LOOSE * float((amounts - bounds).mean())
        still = k > 1 and means[-1] - means[-3] <= PROGRESS * enough
        if k == ROUNDS or missed.mean() <= enough or still:
            break
        half = k % 2 == 0 and not found.problem.first.structure.is_integer
        for point in _loosest((likes + found.best) / 2 if half else likes, missed):
            found.ask(point)
    return np.maximum(amounts - bounds, 0.0) if np.isfinite(bounds).all() else None


def _bounded(found: _Resamples) -> tuple[Array, Array]:
    """(B,) below which no decision costs, by the cuts of each resample; and the decisions (B, n) that these like best, NaN where there is none."""
    batch = found.masters()
    answer = solve(batch, found.options)
    bound = answer.bound
    if not batch.structure.is_integer:
        value, lost = proven(batch, np.nan_to_num(answer.y))
        bound = np.where(lost <= NOTHING_LOST, value, bound)
    likes = np.where(answer.planned[:, None], answer.x[:, : found.problem.n], np.nan)
    return np.where(np.isfinite(bound) & answer.answered, bound, -np.inf), likes


def _loosest(ahead: Array, missed: Array) -> list[Array]:
    """Decisions of the resamples whose bounds miss most, some way apart."""
    size = np.maximum(np.nanmax(np.abs(ahead), axis=0, initial=0.0), 1e-12)
    chosen: list[Array] = []
    for k in np.argsort(-missed, kind="stable").tolist():
        known = any((np.abs(ahead[k] - other) <= APART * size).all() for other in chosen)
        if len(chosen) < FURTHER and not known and np.isfinite(ahead[k]).all() and missed[k] > 0:
            chosen.append(ahead[k])
    return chosen


@dataclass(frozen=True, slots=True)
class _Supports:
    """What the outcomes of a chunk say at x. costs: (S, 1 + n) below the cost of each at any first decision, a constant and slopes, exact at x; none: (S,)
    which have no plan at x; lacking: what cuts x off for these."""

    costs: Array
    none: Mask
    lacking: tuple[Cut, ...]


def _supports(chunk: OutcomeChunk, x: Array, start: int, options: Options, basis: Basis | None) -> _Supports:
    recourse = Recourse.of(chunk.batch.structure, len(x))
    batch = recourse.at(chunk.batch, x)
    y, none = multipliers(batch, basis, options)
    value, lost = proven(batch, y)
    if (lost[~none] > LOST).any():
        raise NoCut("the multipliers of an outcome prove nothing")
    slopes = recourse.slopes(chunk.batch, y)
    lacking: tuple[Cut, ...] = ()
    if none.any():
        pure = slopes - chunk.batch.q[:, : len(x)]
        lacking = feasibility_cuts(batch, y, np.flatnonzero(none), pure, start, x)
    return _Supports(np.concatenate([(value - slopes @ x)[:, None], slopes], axis=1), none, lacking)
