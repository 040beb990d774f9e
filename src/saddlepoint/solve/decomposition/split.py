"""The extensive form taken apart into outcomes, and its answer put together again."""

from __future__ import annotations

from itertools import repeat

import numpy as np

from saddlepoint.algebra.structure import Batch, Pattern
from saddlepoint.arrays import Array, Index
from saddlepoint.records import dataclass
from saddlepoint.solve.decomposition.blocks import BEFORE, BlockEntries, nodes_followed, places_by_group
from saddlepoint.solve.decomposition.cuts import Cut, multipliers
from saddlepoint.solve.decomposition.l_shaped import TwoStageAnswer
from saddlepoint.solve.decomposition.two_stage import (
    OutcomeChunk,
    Scatter,
    TwoStage,
    in_memory,
    in_this_thread,
    recourse_problems,
)
from saddlepoint.solve.kernels.answer import Basis
from saddlepoint.solve.proof.weak_duality import transposed_product
from saddlepoint.solve.solution import Options
from saddlepoint.solve.solve import solve


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """One scenario of an extensive form as a problem in two stages. first_columns, first_rows: what follows no outcome; columns
    (S, n₂), rows (S, m₂): the others, outcome by outcome; weights: (S,) by which the costs of each outcome were divided."""

    problem: TwoStage
    first_columns: Index
    first_rows: Index
    columns: Index
    rows: Index
    weights: Array


def split(
    batch: Batch, scenario: int, labels: Index, shares: Array | None = None, scatter: Scatter = in_this_thread
) -> Parted | str:
    """One scenario in two stages, or the reason why it cannot be told apart. labels: (n,) the outcome of each column, BEFORE or UNKNOWN.

    shares: (S,) by which costs are divided; by default the largest cost of each outcome, so that all are of one size; scatter: where the
    outcomes are put.
    """
    s = batch.structure
    rows, columns = s.A.indices.astype(np.int64), s.A.columns()
    count = int(labels.max()) + 1
    found = nodes_followed(s, labels, np.full(count, BEFORE))
    if found is None:
        return "a relation joins decisions of several outcomes"
    of_column, of_row = found
    later_columns, later_rows = (
        places_by_group(of_column, np.arange(count)),
        places_by_group(of_row, np.arange(count)),
    )
    if later_columns is None or later_rows is None:
        return "the outcomes have different decisions or relations"
    first_columns, first_rows = np.flatnonzero(of_column < 0), np.flatnonzero(of_row < 0)
    n = len(first_columns)
    local_column, local_row = np.zeros(s.n, np.int64), np.zeros(s.m, np.int64)
    local_column[first_columns] = np.arange(n)
    local_column[later_columns] = n + np.arange(later_columns.shape[1])
    local_row[first_rows] = np.arange(len(first_rows))
    local_row[later_rows] = np.arange(later_rows.shape[1])
    values = batch.row("A", scenario)
    before = of_row[rows] == BEFORE
    q, lb, ub, l, u = (batch.row(name, scenario) for name in ("q", "lb", "ub", "l", "u"))
    first = Batch.linear(
        Pattern.of(local_row[rows[before]], local_column[columns[before]], (len(first_rows), n)),
        values[before][None], integer=s.integer[first_columns], q=q[first_columns][None],
        r=batch.row("r", scenario)[None], l=l[first_rows][None], u=u[first_rows][None], lb=lb[first_columns][None],
        ub=ub[first_columns][None],
    )  # fmt: skip
    costs = q[later_columns]
    weights = _weights(costs) if shares is None else shares
    nothing = np.zeros((count, n))
    entries = BlockEntries.of(batch, scenario, of_row, local_row, local_column, count)
    second = Batch.linear(
        Pattern.of(entries.row, entries.column, (later_rows.shape[1], n + later_columns.shape[1])),
        shared(entries.values),
        integer=np.concatenate([s.integer[first_columns], s.integer[later_columns].any(axis=0)]),
        q=shared(np.concatenate([nothing, costs / np.where(weights > 0, weights, 1.0)[:, None]], axis=1)),
        r=np.zeros((1, 1)),
        l=shared(l[later_rows]),
        u=shared(u[later_rows]),
        lb=shared(np.concatenate([nothing - np.inf, lb[later_columns]], axis=1)),
        ub=shared(np.concatenate([nothing + np.inf, ub[later_columns]], axis=1)),
        size=count,
    )
    return Parted(
        problem=in_memory(first, second, weights, scatter=scatter), first_columns=first_columns, first_rows=first_rows,
        columns=later_columns, rows=later_rows, weights=weights,
    )  # fmt: skip


def _weights(costs: Array) -> Array:
    size = np.abs(costs).max(axis=1, initial=0.0)
    return np.where(size > 0, size / max(float(size.max(initial=0.0)), 1e-300), 1.0)


def shared(array: Array) -> Array:
    """One row where all are equal."""
    return array[:1] if len(array) > 1 and bool((array == array[0]).all()) else array


def put_together(
    batch: Batch, scenario: int, parts: Parted, answer: TwoStageAnswer, options: Options
) -> tuple[Array, Array, Array]:
    """Plan (n,), multipliers of the rows (m,) and of the bounds (n,) of the extensive form.

    The multipliers of an outcome are those that the carrying cuts were made of, in the proportions of the last problem of the first
    decision; with whole columns, those of its plan.
    """
    s = batch.structure
    x, y = np.full(s.n, np.nan), np.zeros(s.m)
    x[parts.first_columns] = answer.x
    whole = batch.structure.is_integer
    start = 0
    for plans, prices in parts.problem.each(_plans, repeat((answer.x, options))):
        some = slice(start, start + len(plans))
        x[parts.columns[some]] = plans
        if whole:
            y[parts.rows[some]] = prices * parts.weights[some, None]
        start += len(plans)
    if not whole:
        y[parts.first_rows] = answer.y
        _carry(parts, answer, options, y)
    one = batch if batch.size == 1 else batch.take(np.array([scenario]))
    z = one.q[0] - transposed_product(one, y[None])[0]
    return x, y, z


def _carry(parts: Parted, answer: TwoStageAnswer, options: Options, y: Array) -> None:
    """Add to y (m,) what the cuts say that carry the bound."""
    points: dict[bytes, list[tuple[Cut, float]]] = {}
    for cut, weight in answer.weights:
        if cut.group < 0:
            assert cut.farkas is not None
            y[parts.rows[cut.outcome]] -= weight * cut.farkas
        else:
            points.setdefault(cut.at.tobytes(), []).append((cut, weight))
    for cuts in points.values():
        shares = np.zeros(int(answer.groups.max(initial=0)) + 1)
        for cut, weight in cuts:
            shares[cut.group] = weight
        start = 0
        for found in parts.problem.each(_multipliers, repeat((cuts[0][0].at, answer.basis, options))):
            some = slice(start, start + len(found))
            y[parts.rows[some]] += (shares[answer.groups[some]] * parts.weights[some])[:, None] * found
            start += len(found)


def _plans(chunk: OutcomeChunk, x: Array, options: Options) -> tuple[Array, Array]:
    found = solve(recourse_problems(chunk, x), options)
    return found.x, found.y


def _multipliers(chunk: OutcomeChunk, x: Array, basis: Basis | None, options: Options) -> Array:
    return multipliers(recourse_problems(chunk, x), basis, options)[0]
