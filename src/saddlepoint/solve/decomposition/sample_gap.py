"""How far a decision made for a sample may be from the best one for all that the sample stands for."""

from __future__ import annotations

from typing import Final

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.records import dataclass
from saddlepoint.solve.decomposition.bootstrap import resampled_gaps
from saddlepoint.solve.decomposition.l_shaped import l_shaped
from saddlepoint.solve.decomposition.two_stage import OutcomeChunk, TwoStage, of_chunks
from saddlepoint.solve.decomposition.worth import expected_cost, outcome_costs
from saddlepoint.solve.interfaces import Deadline
from saddlepoint.solve.solution import Options

REPLICATIONS: Final = 20
NORMAL: Final = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""
FEWEST: Final = 10
"""Outcomes of a replication; with fewer nothing is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleGap:
    """With confidence `level` the expected cost of a decision is at most `upper` above the best possible; estimate: the mean gap.

    cost: of the decision over the outcomes that did not decide it, its 95 % confidence interval ± half_width; resampled: the gap by the bootstrap,
    None where there is none; resamples: of how many; outcomes: in each.
    """

    estimate: float
    upper: float
    level: float
    replications: int
    cost: float
    half_width: float
    resampled: float | None
    resamples: int
    outcomes: int


def sample_gap(problem: TwoStage, options: Options | None = None, level: float = 0.95) -> SampleGap | None:
    """The gap of the decision that half of the outcomes give, by replications with parts of the other half, and by resamples of it (the
    quantile `level` of their gaps); None for fewer than 400 outcomes, or where a replication has no answer.

    The outcomes must be an independent, equally likely sample. Source: W.-K. Mak, D. P. Morton, R. K. Wood, Operations
    Research Letters 24 (1999) 47–56: the mean over replications of cost(x̂) − optimum of the replication, with Student's t.
    """
    half, each = problem.size // 2, problem.size // 2 // REPLICATIONS
    if each < FEWEST:
        return None
    options = options or Options()
    deadline = Deadline.of(options)
    found = l_shaped(_part(problem, np.arange(half)), options)
    if not np.isfinite(found.objective):
        return None
    gaps: list[float] = []
    for k in range(REPLICATIONS):
        part = _part(problem, half + k * each + np.arange(each))
        best = l_shaped(part, deadline.within(options), start=found.x)
        gaps.append(expected_cost(part, found.x, options) - best.bound)
    if not np.isfinite(gaps).all():
        return None
    from scipy.special import stdtrit

    width = float(stdtrit(REPLICATIONS - 1, level)) * float(np.std(gaps, ddof=1)) / np.sqrt(REPLICATIONS)
    mean = float(np.mean(gaps))
    judges = _part(problem, np.arange(half, problem.size))
    costs = np.concatenate([some for some, _ in outcome_costs(judges, found.x, options)])
    drawn = _resampled(judges, found.x, deadline.within(options))
    own = problem.first
    return SampleGap(
        estimate=mean, upper=max(0.0, mean) + width, level=level, replications=REPLICATIONS,
        cost=float(own.q[0] @ found.x + own.r[0, 0] + costs.mean()), half_width=NORMAL * float(np.std(costs, ddof=1)) / np.sqrt(len(costs)),
        resampled=None if drawn is None else float(np.quantile(drawn, level)), resamples=0 if drawn is None else len(drawn),
        outcomes=problem.size - half,
    )  # fmt: skip


def _resampled(judges: TwoStage, x: Array, options: Options) -> Array | None:
    best = l_shaped(judges, options, start=x)
    return resampled_gaps(judges, x, best, options) if np.isfinite(best.objective) else None


def _part(problem: TwoStage, rows: Index) -> TwoStage:
    """Some outcomes, as likely as all together."""
    parts: list[OutcomeChunk] = []
    start = 0
    for chunk in problem.chunks():
        mine = rows[(rows >= start) & (rows < start + chunk.batch.size)] - start
        if len(mine):
            parts.append(OutcomeChunk(chunk.batch.take(mine), np.full(len(mine), 1.0 / len(rows))))
        start += chunk.batch.size
    return of_chunks(problem.first, parts)
