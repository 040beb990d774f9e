"""Separable convex quadratic problems in which every variable stands in at most one row: exact, without iterations."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from saddlepoint.algebra.structure import Batch, Structure
from saddlepoint.arrays import Array, Index
from saddlepoint.solve.kernels import cache
from saddlepoint.solve.kernels.answer import Basis, KernelAnswer
from saddlepoint.solve.kernels.form import data, not_continuous_rows
from saddlepoint.solve.kernels.supply import SupplyCurve
from saddlepoint.solve.kernels.unproven import withdraw

FEW = 8
"""Up to so many rows, and from so many scenarios on, supply curves are drawn before the search for prices."""


def unsupported_reason(batch: Batch) -> str | None:
    """Why this batch is not for water-filling; None when it is. One coupling row is the usual case."""
    structure = batch.structure
    if (reason := not_continuous_rows(structure)) is not None:
        return reason
    if (structure.P.indices != structure.P.columns()).any():
        return "its quadratic form has products of different variables"
    if (np.diff(structure.A.indptr) > 1).any():
        return "a variable stands in more than one row"
    if bool((batch.P < 0).any()):
        return "its objective is not convex"
    return None


def solve(batch: Batch) -> KernelAnswer:
    """Plans and prices of all scenarios, exact to rounding; iterations counts the passes of a search for a price.

    Where only the sides of few rows differ between scenarios their supply curves are drawn once, O(n log n), and each
    scenario is a search on them, O(log n), and its plan, O(n); otherwise a price is searched for, some ten passes of
    O(n). The price is the leftmost one (from 0) that meets the row; zero where the row is slack. An UNBOUNDED scenario
    holds no ray. Raises ImportError without numba, ValueError when the batch does not fit.

    Continuous quadratic knapsack: Brucker (1984) for the curves, Cominetti, Mascarenhas & Silva (2014) for the search.
    """
    if (reason := unsupported_reason(batch)) is not None:
        raise ValueError(f"not for the water-filling kernel: {reason}")
    n, m = batch.structure.n, batch.structure.m
    answer = KernelAnswer.blank(batch.size, n, m)
    unscaled = np.ones(m), np.ones(n)
    given = data(batch, unscaled, Basis.slack(n, m).codes)
    layout = _layout(batch.structure)
    shared = all(array.shape[0] == 1 for array in (batch.P, batch.q, batch.A, batch.lb, batch.ub))
    start = _known_prices(batch, layout) if shared else np.full((1, m), np.nan)
    cache.load("waterfill").waterfill(given, layout, start, shared, answer)
    cache.note("waterfill")
    answer.objective[:] += batch.r[:, 0]
    withdraw(batch, answer)
    return answer


class RowLayout(NamedTuple):
    """Of every row the place of its first variable (m + 1,), then columns and entries of A; the place of each P_jj or −1."""

    start: Index
    column: Index
    entry: Index
    diagonal: Index


def _layout(structure: Structure) -> RowLayout:
    rows, columns = structure.A.indices, structure.A.columns()
    entries = np.argsort(rows, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=structure.m))])
    place = np.full(structure.n, -1, np.int64)
    place[structure.P.columns()] = np.arange(structure.P.nnz)
    return RowLayout(
        starts.astype(np.int64), columns[entries].astype(np.int64), entries.astype(np.int64), place
    )


def _known_prices(batch: Batch, layout: RowLayout) -> Array:
    """Prices of a few rows with finite bounds whose sides alone differ, from their supply curves; NaN elsewhere, (S, m)."""
    prices = np.full((batch.size, batch.structure.m), np.nan)
    if batch.structure.m > FEW or batch.size < FEW:
        return prices[:1]
    for i in range(batch.structure.m):
        at = slice(layout.start[i], layout.start[i + 1])
        j, a = layout.column[at], batch.A[0, layout.entry[at]]
        low, high = np.sort([batch.lb[0, j] * a, batch.ub[0, j] * a], axis=0)
        curved = np.where(layout.diagonal[j] >= 0, np.append(batch.P[0], 0.0)[layout.diagonal[j]], 0.0)
        if len(j) and (a != 0).all() and np.isfinite([low, high]).all() and (low <= high).all():
            prices[:, i] = _prices(curved / a / a, batch.q[0, j] / a, low, high, batch.l[:, i], batch.u[:, i])
    return prices


def _prices(p: Array, q: Array, low: Array, high: Array, l: Array, u: Array) -> Array:
    """Prices of one row for all its sides, (1|S,): positive where the lower side asks for more than is free."""
    every = np.arange(len(p))
    up = SupplyCurve.of(0.5 * p, q, low, high, every).locate(l)[2]
    down = SupplyCurve.of(0.5 * p, -q, -high, -low, every).locate(-u)[2]
    return np.where(up > 0.0, up, -down)
