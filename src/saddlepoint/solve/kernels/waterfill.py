"""Separable convex quadratic problems in which every variable stands in at most one row: exact, without iterations."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from saddlepoint.algebra.structure import Batch, Structure
from saddlepoint.solve.kernels import cache
from saddlepoint.solve.kernels.answer import KernelAnswer
from saddlepoint.solve.kernels.form import contiguous
from saddlepoint.solve.kernels.unproven import withdraw


def unsupported_reason(batch: Batch) -> str | None:
    """Why this batch is not for water-filling; None when it is. One coupling row is the usual case."""
    structure = batch.structure
    if structure.is_integer:
        return "it has integer variables"
    if structure.is_conic:
        return "it has cones"
    if (structure.P.indices != structure.P.columns()).any():
        return "its quadratic form has products of different variables"
    if (np.diff(structure.A.indptr) > 1).any():
        return "a variable stands in more than one row"
    if bool((batch.P < 0).any()):
        return "its objective is not convex"
    return None


def solve(batch: Batch) -> KernelAnswer:
    """Plans and prices of all scenarios, exact to rounding; iterations counts the breakpoints walked over.

    Where only the sides of the rows differ between scenarios the breakpoints are sorted once, O(n log n), and each
    scenario is a search, O(log n), and its plan, O(n); otherwise they are sorted per scenario. The price is the
    leftmost one (from 0) that meets the row; zero where the row is slack. An UNBOUNDED scenario holds no ray.
    Raises ImportError without numba, ValueError when the batch does not fit.

    Breakpoint search for the continuous quadratic knapsack: Helgason, Kennington & Lall (1980); Brucker (1984).
    """
    if (reason := unsupported_reason(batch)) is not None:
        raise ValueError(f"not for the water-filling kernel: {reason}")
    n, m = batch.structure.n, batch.structure.m
    answer = KernelAnswer.blank(batch.size, n, m)
    fixed = (batch.P, batch.q, batch.A, batch.lb, batch.ub)
    arrays = (batch.P, batch.q, batch.A, batch.l, batch.u, batch.lb, batch.ub)
    cache.load("waterfill").waterfill(
        *_by_rows(batch.structure),
        *(contiguous(array) for array in arrays),
        all(array.shape[0] == 1 for array in fixed),
        answer.x,
        answer.y,
        answer.z,
        answer.objective,
        answer.iterations,
        answer.outcome,
        answer.basis,
    )
    cache.note("waterfill")
    answer.objective[:] += batch.r[:, 0]
    withdraw(batch, answer)
    return answer


def _by_rows(structure: Structure) -> tuple[NDArray[np.int64], ...]:
    """Starts of the rows, their columns and entries, and the place of each P_jj or −1."""
    rows, columns = structure.A.indices, structure.A.columns()
    entries = np.argsort(rows, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=structure.m))])
    place = np.full(structure.n, -1, np.int64)
    place[structure.P.columns()] = np.arange(structure.P.nnz)
    return starts.astype(np.int64), columns[entries].astype(np.int64), entries.astype(np.int64), place
