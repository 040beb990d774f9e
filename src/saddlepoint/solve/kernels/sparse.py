"""Many medium linear problems at once: sparse bounded simplex from the factors of a solved neighbour's basis."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from saddlepoint.algebra.structure import Batch, Pattern
from saddlepoint.arrays import Index
from saddlepoint.solve.kernels import cache
from saddlepoint.solve.kernels.answer import Basis, KernelAnswer
from saddlepoint.solve.kernels.form import data, geometric_scales, not_continuous_rows
from saddlepoint.solve.kernels.pilot import first_basis
from saddlepoint.solve.kernels.unproven import withdraw

PIECE = 1_000_000
"""Scenarios × entries of the matrix that one compiled call takes."""


class RowOrder(NamedTuple):
    """The matrix by rows: start (m + 1,), column (nnz,), and entry (nnz,), where the number stands by columns."""

    start: Index
    column: Index
    entry: Index


def unsupported_reason(batch: Batch) -> str | None:
    """Why this batch is not for the sparse simplex kernel; None when it is."""
    if (reason := not_continuous_rows(batch.structure)) is not None:
        return reason
    return "its objective is quadratic" if batch.structure.is_quadratic else None


def pilot(batch: Batch) -> Basis | None:
    """The optimal basis of the mean of all scenarios, else of the first one that has an optimum; None without.

    Raises ImportError without numba.
    """
    return first_basis(batch, solve)


def solve(batch: Batch, basis: Basis | None = None, limit: int | None = None) -> KernelAnswer:
    """Answers of all scenarios of a linear batch, each started from `basis` (the pilot's by default).

    One LU of the basis serves all scenarios that share the matrix; every scenario keeps its own changes of it in product
    form. Solves with the factors cost what their answers hold. limit: pivots per scenario and phase. Holds no GIL.
    Raises ImportError without numba, ValueError when the batch does not fit.

    Koberstein 2005 (dual simplex), Harris 1973 (Devex weights), Hall & McKinnon 2005 (hyper-sparsity).
    """
    if (reason := unsupported_reason(batch)) is not None:
        raise ValueError(f"not for the sparse simplex kernel: {reason}")
    n, m = batch.structure.n, batch.structure.m
    if basis is None:
        basis = pilot(batch) or Basis.slack(n, m)
    answer = KernelAnswer.blank(batch.size, n, m)
    scales, rows = geometric_scales(batch), by_rows(batch.structure.A)
    for piece in pieces(batch):
        given = data(batch.take(piece), scales, basis.codes, limit)
        cache.load("sparse").sparse(given, rows, answer.part(slice(int(piece[0]), int(piece[-1]) + 1)))
    cache.note("sparse")
    answer.objective[:] += batch.r[:, 0]
    withdraw(batch, answer)
    return answer


def pieces(batch: Batch) -> list[Index]:
    """Scenarios in pieces of some tenths of a second each: between them a run can be stopped."""
    size = max(16, PIECE // max(batch.structure.A.nnz, 1))
    return [np.arange(at, min(at + size, batch.size)) for at in range(0, batch.size, size)]


def by_rows(pattern: Pattern) -> RowOrder:
    """The rows of a pattern stored by columns."""
    entry = np.argsort(pattern.indices, kind="stable")
    start = np.zeros(pattern.shape[0] + 1, np.int64)
    np.cumsum(np.bincount(pattern.indices, minlength=pattern.shape[0]), out=start[1:])
    return RowOrder(start, pattern.columns()[entry].astype(np.int64), entry.astype(np.int64))
