"""Outcomes as if they were known before, and their mean: where a search begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from saddlepoint.algebra.structure import Batch, Pattern
from saddlepoint.arrays import Array
from saddlepoint.solve.decomposition.two_stage import TwoStage
from saddlepoint.solve.solution import Options
from saddlepoint.solve.solve import solve


def whole_problems(problem: TwoStage) -> Iterator[tuple[Batch, Array]]:
    """The problem of every outcome over (x, y) as if it were known before, chunk by chunk, with their shares."""
    first = problem.first
    for chunk in problem.chunks():
        yield _joined(first, chunk.batch), chunk.shares


def _joined(first: Batch, second: Batch) -> Batch:
    """Rows and costs of x alone, put to those of the outcomes."""
    a, b, n = first.structure, second.structure, first.structure.n
    rows = np.concatenate([a.A.indices, b.A.indices + a.m]).astype(np.int64)
    columns = np.concatenate([a.A.columns(), b.A.columns()])
    order = np.lexsort((rows, columns))
    return Batch.linear(
        Pattern.of(rows[order], columns[order], (a.m + b.m, b.n)),
        _beside(first.A, second.A)[:, order],
        size=second.size,
        integer=np.concatenate([a.integer, b.integer[n:]]),
        q=second.q + np.concatenate([first.q, np.zeros((1, b.n - n))], axis=1),
        r=second.r + first.r,
        l=_beside(first.l, second.l),
        u=_beside(first.u, second.u),
        lb=_beside(first.lb, second.lb[:, n:]),
        ub=_beside(first.ub, second.ub[:, n:]),
    )


def _beside(left: Array, right: Array) -> Array:
    return np.concatenate([np.broadcast_to(left, (len(right), left.shape[1])), right], axis=1)


def mean_problem(problem: TwoStage) -> Batch:
    """One outcome with the means of all numbers, over (x, y)."""
    total: dict[str, Array] = {}
    names = ("q", "r", "A", "l", "u", "lb", "ub")
    template: Batch | None = None
    weight = 0.0
    for batch, shares in whole_problems(problem):
        template = batch
        weight += float(shares.sum())
        likely = shares > 0
        for name in names:
            array: Array = getattr(batch, name)
            part = array[0] * shares.sum() if len(array) == 1 else shares[likely] @ array[likely]
            total[name] = total[name] + part if name in total else part
    assert template is not None
    found = {name: value[None] / weight for name, value in total.items()}
    return replace(template, size=1, **found)


def first_guess(problem: TwoStage, options: Options) -> Array | None:
    """The first decision for the mean outcome; None where there is none."""
    found = solve(mean_problem(problem), options)
    return found.x[0, : problem.n] if found.planned[0] else None
