"""All histories of a multistage problem as one linear program, and its answer as that of a policy."""

from __future__ import annotations

import numpy as np

from saddlepoint.algebra.structure import Batch, Pattern
from saddlepoint.arrays import Array, Index
from saddlepoint.records import dataclass
from saddlepoint.solve.decomposition.multistage.paths import Step
from saddlepoint.solve.decomposition.multistage.problem import MultistageProblem, PolicyStage, in_outcomes


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryTree:
    """batch: one scenario; columns, rows: per stage (N, n) and (N, m), where the plan and relations of every history stand."""

    batch: Batch
    columns: tuple[Index, ...]
    rows: tuple[Index, ...]


@dataclass(frozen=True, slots=True)
class _Entries:
    row: Index
    column: Index
    value: Array


def tree(problem: MultistageProblem, histories: tuple[Step, ...], weighed: bool = True) -> HistoryTree:
    """The program over histories, each history's costs times how likely it is (weighed False: as they are)."""
    columns: list[Index] = []
    rows: list[Index] = []
    entries: list[_Entries] = []
    known, width, height = np.zeros((1, 0), np.int64), 0, 0
    for stage, step in zip(problem.stages, histories, strict=True):
        count = len(step.which)
        own = width + np.arange(count * stage.n).reshape(count, stage.n)
        mine = height + np.arange(count * stage.m).reshape(count, stage.m)
        come = known[step.origin]
        entries += [_placed(stage.T, step.which, mine, come), _placed(stage.W, step.which, mine, own)]
        known = np.concatenate([come, own], axis=1)[:, stage.passed_on]
        width, height = width + own.size, height + mine.size
        columns.append(own)
        rows.append(mine)
    row, column, value = (
        np.concatenate([getattr(e, k) for e in entries]) for k in ("row", "column", "value")
    )
    order = np.lexsort((row, column))
    batch = Batch.linear(
        Pattern.of(row[order], column[order], (height, width)), value[order][None], q=_costs(problem, histories, weighed),
        r=np.array([[problem.constant]]),
        l=_side(problem, histories, "l"), u=_side(problem, histories, "u"), lb=_side(problem, histories, "lb"),
        ub=_side(problem, histories, "ub"),
    )  # fmt: skip
    return HistoryTree(batch=batch, columns=tuple(columns), rows=tuple(rows))


def _placed(matrix: Array, which: Index, rows: Index, columns: Index) -> _Entries:
    """The entries of one matrix of a stage in every history."""
    i, j = np.nonzero((matrix != 0).any(axis=0))
    values = np.broadcast_to(in_outcomes(matrix[:, i, j], which), (len(which), len(i)))
    return _Entries(rows[:, i].reshape(-1), columns[:, j].reshape(-1), values.reshape(-1))


def _of(stage: PolicyStage, step: Step, name: str) -> Array:
    array: Array = getattr(stage, name)
    return np.broadcast_to(in_outcomes(array, step.which), (len(step.which), array.shape[1]))


def _side(problem: MultistageProblem, histories: tuple[Step, ...], name: str) -> Array:
    parts = [
        _of(stage, step, name).reshape(-1) for stage, step in zip(problem.stages, histories, strict=True)
    ]
    return np.concatenate(parts)[None]


def _costs(problem: MultistageProblem, histories: tuple[Step, ...], weighed: bool) -> Array:
    parts = [
        (_of(stage, step, "q") * (step.weights[:, None] if weighed else 1.0)).reshape(-1)
        for stage, step in zip(problem.stages, histories, strict=True)
    ]
    return np.concatenate(parts)[None]
