"""Outcomes as if they were known before, and their mean: where a search begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import repeat
from typing import Final

import numpy as np

from saddlepoint.algebra.structure import Batch, Pattern
from saddlepoint.arrays import Array
from saddlepoint.records import dataclass
from saddlepoint.solve.decomposition.two_stage import OutcomeChunk, TwoStage
from saddlepoint.solve.solution import Options
from saddlepoint.solve.solve import solve

_NAMES: Final = ("q", "r", "A", "l", "u", "lb", "ub")


def whole_problems(problem: TwoStage) -> Iterator[tuple[Batch, Array]]:
    """The problem of every outcome over (x, y) as if it were known before, chunk by chunk, with their shares."""
    first = problem.first
    for chunk in problem.chunks():
        yield with_first_stage(first, chunk.batch), chunk.shares


def with_first_stage(first: Batch, second: Batch) -> Batch:
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
    total: list[Array] = []
    weight = 0.0
    template: Batch | None = None
    for part in problem.each(_weighed, repeat((problem.first,))):
        found: _Weighed = part
        total = [a + b for a, b in zip(total, found.sums, strict=True)] if total else list(found.sums)
        weight, template = weight + found.weight, found.template
    assert template is not None
    means = {name: value[None] / weight for name, value in zip(_NAMES, total, strict=True)}
    return replace(template, size=1, **means)


@dataclass(frozen=True, slots=True)
class _Weighed:
    """Numbers of a chunk's outcomes, weighed by their shares and added up; template: any of them."""

    weight: float
    sums: tuple[Array, ...]
    template: Batch


def _weighed(chunk: OutcomeChunk, first: Batch) -> _Weighed:
    batch, shares = with_first_stage(first, chunk.batch), chunk.shares
    weight, likely = float(shares.sum()), shares > 0
    arrays: list[Array] = [getattr(batch, name) for name in _NAMES]
    sums = [a[0] * weight if len(a) == 1 else shares[likely] @ a[likely] for a in arrays]
    return _Weighed(weight, tuple(sums), batch.take(np.zeros(1, np.int64)))


def first_guess(problem: TwoStage, options: Options) -> Array | None:
    """The first decision for the mean outcome; None where there is none."""
    found = solve(mean_problem(problem), options)
    return found.x[0, : problem.n] if found.planned[0] else None
