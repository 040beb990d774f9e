"""A compiled problem over stages and their outcomes taken apart into its stages."""

from __future__ import annotations

from typing import Final

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index
from saddlepoint.records import dataclass
from saddlepoint.solve.decomposition.blocks import BEFORE, UNKNOWN, BlockEntries, places_by_group
from saddlepoint.solve.decomposition.multistage.problem import MultistageProblem, PolicyStage
from saddlepoint.solve.decomposition.split import shared

MOST_ENTRIES: Final = 2_000_000
"""Cells of the matrix of one stage (rows × what is decided in it and comes into it), which is kept dense."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageLabels:
    """Of every column the stage and the outcome that it follows (n,); shares: (stages, outcomes) how likely each is."""

    stage: Index
    outcome: Index
    shares: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedProblem:
    """A problem in stages. columns, rows: per stage (outcomes, n) and (outcomes, m), where its plan and relations stand in the compiled
    problem; merged: per stage which of the stage's outcomes each outcome is (equal ones are one, impossible ones −1); first: whether the first stage holds
    what is decided before any outcome."""

    problem: MultistageProblem
    columns: tuple[Index, ...]
    rows: tuple[Index, ...]
    merged: tuple[Index, ...]
    first: bool


@dataclass(frozen=True, slots=True)
class _StagePlaces:
    """Where columns and rows stand: stage and outcome of each."""

    column_stage: Index
    column_outcome: Index
    row_stage: Index
    row_outcome: Index


def stages_of(batch: Batch, scenario: int, labels: StageLabels) -> StagedProblem | str:
    """One scenario in stages, or why it cannot be taken apart.

    A column that operators added belongs to the latest stage of its rows. A relation belongs to the latest stage that it looks at; it
    may look at one outcome of its stage, and sees what earlier stages decided, whichever outcomes they had.
    """
    s = batch.structure
    if s.is_conic or s.is_quadratic:
        return "it is not linear"
    if s.is_integer:
        return "some decisions are whole"
    places = _located(batch, labels)
    if isinstance(places, str):
        return places
    blocks = _blocks(places, labels)
    if isinstance(blocks, str):
        return blocks
    return _taken_apart(batch, scenario, labels, *blocks)


def _located(batch: Batch, labels: StageLabels) -> _StagePlaces | str:
    s = batch.structure
    rows, columns = s.A.indices.astype(np.int64), s.A.columns()
    stage, outcome = labels.stage.copy(), labels.outcome.copy()
    while True:
        row_stage, row_outcome, clash = _seen_by_rows(rows, stage[columns], outcome[columns], s.m)
        if clash:
            return "a relation joins decisions of several outcomes"
        unknown = (stage == UNKNOWN)[columns]
        if not unknown.any():
            return _StagePlaces(stage, outcome, row_stage, row_outcome)
        late = np.full(s.n, UNKNOWN, np.int64)
        np.maximum.at(late, columns[unknown], row_stage[rows[unknown]])
        of = np.full(s.n, -1, np.int64)
        np.maximum.at(of, columns[unknown], row_outcome[rows[unknown]])
        found = (stage == UNKNOWN) & (late > UNKNOWN)
        if not found.any():
            found = stage == UNKNOWN
            late[found] = BEFORE
        stage[found], outcome[found] = late[found], of[found]


def _seen_by_rows(rows: Index, stage: Index, outcome: Index, count: int) -> tuple[Index, Index, bool]:
    """The latest stage and the one outcome that each row looks at; whether some row looks at two."""
    late = np.full(count, UNKNOWN, np.int64)
    np.maximum.at(late, rows, stage)
    high = np.full(count, -1, np.int64)
    np.maximum.at(high, rows, outcome)
    low = np.where(outcome < 0, np.iinfo(np.int64).max, outcome)
    least = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(least, rows, low)
    return late, high, bool(((high >= 0) & (least != high)).any())


def _blocks(places: _StagePlaces, labels: StageLabels) -> tuple[list[Index], list[Index], bool] | str:
    """Per stage (outcomes, n) columns and (outcomes, m) rows."""
    count, outcomes = labels.shares.shape
    first = bool((places.column_stage < 0).any() or (places.row_stage < 0).any())
    columns: list[Index] = []
    rows: list[Index] = []
    for t in range(BEFORE if first else 0, count):
        outcome = np.arange(1 if t < 0 else outcomes)
        own = places_by_group(_outcome_in(t, places.column_stage, places.column_outcome), outcome)
        mine = places_by_group(_outcome_in(t, places.row_stage, places.row_outcome), outcome)
        if own is None or mine is None:
            return "the outcomes of a stage have different decisions or relations"
        columns.append(own)
        rows.append(mine)
    return columns, rows, first


def _outcome_in(t: int, stage: Index, outcome: Index) -> Index:
    """The outcome of what belongs to a stage, all as one where that is before any outcome; −1 elsewhere."""
    return np.where(stage < 0, 0, -1) if t < 0 else np.where(stage == t, outcome, -1)


def _taken_apart(
    batch: Batch,
    scenario: int,
    labels: StageLabels,
    columns: list[Index],
    rows: list[Index],
    first: bool,
) -> StagedProblem | str:
    matrix = _Matrix.of(batch, scenario, columns, rows)
    last_use = matrix.last_use()
    come: Index = np.zeros(0, np.int64)
    stages: list[PolicyStage] = []
    merged: list[Index] = []
    for t, (own, mine) in enumerate(zip(columns, rows, strict=True)):
        before = first and t == 0
        shares = np.ones(1) if before else labels.shares[t - first]
        if mine.shape[1] * (own.shape[1] + len(come)) > MOST_ENTRIES:
            return f"a stage has {mine.shape[1]:,} relations of {own.shape[1]:,} decisions, too many for its dense matrix"
        keep = np.flatnonzero(shares > 0)
        all_known = np.concatenate([come, matrix.ids(t, own.shape[1])])
        passed = np.flatnonzero(last_use[all_known] > t)
        arrays = matrix.stage(t, come, own, mine, keep, shares)
        stage, of = _merged(arrays, shares[keep], passed)
        places_of = np.full(len(shares), -1, np.int64)
        places_of[keep] = of
        stages.append(stage)
        merged.append(places_of)
        come = all_known[passed]
    constant = float(batch.row("r", scenario)[0])
    return StagedProblem(
        problem=MultistageProblem(stages=tuple(stages), constant=constant), columns=tuple(columns), rows=tuple(rows),
        merged=tuple(merged), first=first,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Matrix:
    """The compiled matrix by stages: of every row (m,) its stage, its outcome and its place there; of every column (n,) the id of its
    decision, which is one whatever the outcome: `start[stage] + place`."""

    batch: Batch
    scenario: int
    row_stage: Index
    row_outcome: Index
    row: Index
    id: Index
    start: Index

    @classmethod
    def of(cls, batch: Batch, scenario: int, columns: list[Index], rows: list[Index]) -> _Matrix:
        s = batch.structure
        start = np.concatenate([[0], np.cumsum([c.shape[1] for c in columns])])
        ident = np.zeros(s.n, np.int64)
        row, row_stage, row_outcome = (np.zeros(s.m, np.int64) for _ in range(3))
        for t, (own, mine) in enumerate(zip(columns, rows, strict=True)):
            ident[own] = start[t] + np.arange(own.shape[1])
            row[mine], row_stage[mine] = np.arange(mine.shape[1]), t
            row_outcome[mine] = np.arange(len(mine))[:, None]
        return cls(
            batch=batch, scenario=scenario, row_stage=row_stage, row_outcome=row_outcome, row=row, id=ident, start=start
        )  # fmt: skip

    def ids(self, t: int, count: int) -> Index:
        """The ids of the decisions of a stage."""
        return self.start[t] + np.arange(count)

    def last_use(self) -> Index:
        """Of every id the last stage whose relations look at it."""
        out = np.full(int(self.start[-1]), -1, np.int64)
        matrix = self.batch.structure.A
        np.maximum.at(out, self.id[matrix.columns()], self.row_stage[matrix.indices])
        return out

    def stage(
        self, t: int, come: Index, own: Index, mine: Index, keep: Index, shares: Array
    ) -> dict[str, Array]:
        """The numbers of a stage in the outcomes `keep`."""
        place = np.full(int(self.start[-1]) + 1, -1, np.int64)
        place[come] = np.arange(len(come))
        place[self.ids(t, own.shape[1])] = len(come) + np.arange(own.shape[1])
        block = np.where(self.row_stage == t, self.row_outcome, -1)
        entries = BlockEntries.of(self.batch, self.scenario, block, self.row, self.id, len(mine))
        dense = np.zeros((len(mine), mine.shape[1], len(come) + own.shape[1]))
        dense[:, entries.row, place[entries.column]] = entries.values
        dense = dense[keep]
        q, lb, ub, l, u = (self.batch.row(name, self.scenario) for name in ("q", "lb", "ub", "l", "u"))
        return {
            "T": dense[:, :, : len(come)], "W": dense[:, :, len(come) :], "q": q[own[keep]] / shares[keep][:, None],
            "l": l[mine[keep]], "u": u[mine[keep]], "lb": lb[own[keep]], "ub": ub[own[keep]],
        }  # fmt: skip


def _merged(arrays: dict[str, Array], shares: Array, passed_on: Index) -> tuple[PolicyStage, Index]:
    """The stage with equal outcomes as one, and which one each is."""
    flat = np.concatenate([a.reshape(len(a), -1) for a in arrays.values()], axis=1)
    known, kept, of = np.unique(flat + 0.0, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(kept)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    of = rank[of.reshape(-1)]
    one = {name: shared(a[np.sort(kept)]) for name, a in arrays.items()}
    together = np.bincount(of, weights=shares, minlength=len(known))
    return PolicyStage(**one, shares=together / together.sum(), passed_on=passed_on), of


def whole_plan(parts: StagedProblem, size: int, plans: tuple[Array, ...]) -> Array:
    """(size,) what the compiled problem's columns are in the mean over the histories that end in each outcome; NaN where none does."""
    return _spread(parts.columns, parts, size, plans, None)


def whole_multipliers(
    parts: StagedProblem, size: int, prices: tuple[Array, ...], shares: Array, of_rows: bool
) -> Array:
    """(size,) multipliers of the compiled problem's rows, or of the bounds of its columns, each weighed by the probability of its outcome."""
    return _spread(parts.rows if of_rows else parts.columns, parts, size, prices, shares)


def _spread(
    places: tuple[Index, ...],
    parts: StagedProblem,
    size: int,
    values: tuple[Array, ...],
    shares: Array | None,
) -> Array:
    out = np.full(size, np.nan)
    for t, (here, of, value) in enumerate(zip(places, parts.merged, values, strict=True)):
        weight = (
            1.0 if shares is None or (parts.first and t == 0) else shares[t - parts.first][of >= 0][:, None]
        )
        out[here[of >= 0]] = value[of[of >= 0]] * weight
    return out
