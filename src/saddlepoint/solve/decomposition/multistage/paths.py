"""Histories of outcomes: all of them, or a sample."""

from __future__ import annotations

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.records import dataclass
from saddlepoint.solve.decomposition.multistage.problem import MultistageProblem


@dataclass(frozen=True, slots=True)
class Step:
    """The histories up to one stage: which of the stage before each goes on from, its outcome, how likely it is; (N,) each."""

    origin: Index
    which: Index
    weights: Array


def every_history(problem: MultistageProblem) -> tuple[Step, ...]:
    """All histories, stage by stage."""
    steps: list[Step] = []
    weights = np.ones(1)
    for stage in problem.stages:
        origin = np.repeat(np.arange(len(weights)), stage.outcomes)
        which = np.tile(np.arange(stage.outcomes), len(weights))
        weights = weights[origin] * stage.shares[which]
        steps.append(Step(origin, which, weights))
    return tuple(steps)


def sampled_histories(
    problem: MultistageProblem, count: int, generator: np.random.Generator
) -> tuple[Step, ...]:
    """Independent histories, each of them counted alike."""
    steps: list[Step] = []
    for t, stage in enumerate(problem.stages):
        ends = np.cumsum(stage.shares)
        which = np.searchsorted(ends, generator.random(count) * ends[-1], side="right")
        origin = np.zeros(count, np.int64) if t == 0 else np.arange(count)
        steps.append(Step(origin, np.minimum(which, stage.outcomes - 1), np.full(count, 1.0 / count)))
    return tuple(steps)
