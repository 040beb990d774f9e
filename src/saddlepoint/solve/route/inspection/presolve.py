"""Scenarios that need no solver: excluded sides, empty rows that cannot hold, and problems without rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.records import dataclass
from saddlepoint.solve.proof.exclusion import crossed
from saddlepoint.solve.solution import Solution, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Presolved:
    """The scenarios that are settled by looking, and their answers."""

    where: Index
    answers: Solution


def presolve(batch: Batch, hair: float) -> Presolved:
    """What is settled by looking; whoever goes on takes the other scenarios, and puts the answers beside theirs.

    Infeasible: l > u or lb > ub by more than a hair (`exclusion`), or a row of zeros whose sides exclude 0. Without rows and cones a problem with
    linear or separable quadratic cost is solved column by column.
    """
    out = Solution.blank(batch.structure, batch.size)
    done = np.zeros(batch.size, np.bool_)
    _crossed(batch, hair, out, done)
    _empty_rows(batch, out, done)
    if batch.structure.m == 0 and not batch.structure.is_conic and _separable(batch):
        _columns(batch, out, done)
    where = np.flatnonzero(done)
    return Presolved(where=where, answers=out.take(where))


def uncrossed(batch: Batch, hair: float) -> Batch:
    """The batch for those who are asked: sides that cross by no more than a hair meet half-way, those of whole numbers at one. Answers are judged by the batch as it
    is, whose sides that cross by more stay as they are."""
    rows = (batch.l > batch.u) & ~crossed(batch.l, batch.u, hair)
    columns = (batch.lb > batch.ub) & ~crossed(batch.lb, batch.ub, hair)
    if not (rows.any() or columns.any()):
        return batch
    with np.errstate(invalid="ignore"):
        row, column = 0.5 * batch.l + 0.5 * batch.u, 0.5 * batch.lb + 0.5 * batch.ub
    column = np.where(batch.structure.integer, np.round(column), column)
    return replace(
        batch,
        l=np.where(rows, row, batch.l),
        u=np.where(rows, row, batch.u),
        lb=np.where(columns, column, batch.lb),
        ub=np.where(columns, column, batch.ub),
    )


def _crossed(batch: Batch, hair: float, out: Solution, done: Mask) -> None:
    rows = np.broadcast_to(crossed(batch.l, batch.u, hair), out.y.shape)
    columns = np.broadcast_to(crossed(batch.lb, batch.ub, hair), out.z.shape)
    for s in np.flatnonzero(rows.any(axis=1) | columns.any(axis=1)):
        _infeasible(out, done, s, rows[s].astype(np.float64), columns[s].astype(np.float64))
        what = f"row {int(rows[s].argmax())}" if rows[s].any() else f"column {int(columns[s].argmax())}"
        out.messages[int(s)] = f"the lower side of {what} lies above its upper side"


def _empty_rows(batch: Batch, out: Solution, done: Mask) -> None:
    counts = _rows_with_entries(batch)
    if counts.all():
        return
    low, high = ~counts & (batch.l > 0), ~counts & (batch.u < 0)
    low, high = np.broadcast_to(low, out.y.shape), np.broadcast_to(high, out.y.shape)
    for s in np.flatnonzero((low | high).any(axis=1) & ~done):
        _infeasible(out, done, s, low[s].astype(np.float64) - high[s], np.zeros(batch.structure.n))
        row = int((low[s] | high[s]).argmax())
        out.messages[int(s)] = f"row {row} has no variables and cannot hold"


def _rows_with_entries(batch: Batch) -> Mask:
    """Which rows of A hold a number other than zero, (1|S, m)."""
    a = batch.structure.A
    if bool(np.all(batch.A)):
        return (np.bincount(a.indices, minlength=a.shape[0]) > 0)[None]
    counts = np.zeros((len(batch.A), a.shape[0]), np.bool_)
    scenario, entry = np.nonzero(batch.A)
    counts[scenario, a.indices[entry]] = True
    return counts


def _infeasible(out: Solution, done: Mask, s: np.intp, y: Array, z: Array) -> None:
    out.status[s], done[s] = Status.INFEASIBLE, True
    out.y[s], out.z[s], out.w[s] = y, z, 0.0


def _separable(batch: Batch) -> bool:
    p = batch.structure.P
    return bool((p.indices == p.columns()).all()) and not batch.structure.is_integer


def _columns(batch: Batch, out: Solution, done: Mask) -> None:
    p = batch.structure.P
    curvature = np.zeros((len(batch.P), batch.structure.n))
    curvature[:, p.indices] = batch.P
    q, curvature, lb, ub = np.broadcast_arrays(batch.q, curvature, batch.lb, batch.ub, np.empty(out.x.shape))[
        :4
    ]
    curved = curvature > 0
    inner = np.divide(-q, curvature, out=np.zeros_like(out.x), where=curved)
    corner = np.where(q > 0, lb, np.where(q < 0, ub, np.clip(0.0, lb, ub)))
    x = np.where(curved, np.clip(inner, lb, ub), corner)
    open_end = np.isinf(x)
    endless = open_end.any(axis=1) & ~done
    fine = ~endless & ~done
    out.x[fine] = x[fine]
    out.y[fine], out.w[fine] = 0.0, 0.0
    out.z[fine] = (q + curvature * np.where(open_end, 0.0, x))[fine]
    out.x[endless] = np.sign(np.where(open_end, x, 0.0))[endless]
    out.status[fine], out.status[endless] = Status.OPTIMAL, Status.UNBOUNDED
    done |= fine | endless
