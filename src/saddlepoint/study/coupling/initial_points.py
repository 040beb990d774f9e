"""Other points to start a loop from: plans at the extremes of the first sub-problem's feasible set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.errors import StudyError
from saddlepoint.solve.solve import solve
from saddlepoint.study.coupling.blocks import Block
from saddlepoint.study.coupling.coupling import Coupling, State, joint_sense


def other_starts(blocks: Sequence[Block], start: State, settings: Coupling) -> Iterator[State]:
    """settings.starts − 1 states: each decision of the first block at its largest in turn, then random directions.

    Raises StudyError (K106) where the sub-problems' objectives cannot be added up.
    """
    if joint_sense([p.problem for p in blocks]) == 0:
        raise StudyError.of(
            "K106",
            "several starts are compared by the joint objective, but this loop has none",
            why="no sub-problem has an objective, or some minimise and others maximise",
            fix="Run it with `starts=1`.",
        )
    return extremes(blocks[0], start, settings.starts - 1, settings.seed)


def extremes(leader: Block, start: State, count: int, seed: int) -> Iterator[State]:
    """Up to `count` states in which the first block's plan is extreme in some direction, feasible scenarios only."""
    everywhere = np.arange(len(next(iter(start.values()))))
    bound = leader.bind(start, everywhere)
    for direction in _directions(bound.program.structure.n, bound.program.auxiliary, count, seed):
        batch = replace(bound.batch, q=direction[None], P=np.zeros_like(bound.batch.P))
        answer = solve(batch, leader.options)
        good = np.flatnonzero(answer.answered)
        if len(good):
            yield leader.written(answer.x[good], start, good)


def _directions(n: int, auxiliary: int, count: int, seed: int) -> Iterator[Array]:
    rng = np.random.default_rng(seed)
    own = n - auxiliary
    for k in range(count):
        direction = np.zeros(n)
        if k < own:
            direction[k] = -1.0
        else:
            direction[:own] = rng.standard_normal(own)
        yield direction
