"""How the cells of a table move the constant sides of a problem: what may be moved, in which unit, and how far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.compile.bind import BoundProgram
from saddlepoint.compile.feeds import Feeds
from saddlepoint.solve.diagnosis.least_change import Levers
from saddlepoint.study.diagnosis.case import Parametrised
from saddlepoint.study.diagnosis.trial import Trial

if TYPE_CHECKING:
    from scipy.sparse import csr_array


def movable(case: Parametrised, key: str, scenario: int, *, past_zero: bool = False) -> Index:
    """The cells of a table that feed something and that a person would change: zeros only where all are zero, or where
    `past_zero` is asked for."""
    feed = case.feeds(key, scenario)
    reach = np.zeros(case.cells(key).size)
    for part in (feed.rhs, feed.A, feed.F, feed.g):
        reach += np.asarray(abs(part).sum(axis=0)).reshape(-1)
    values = case.values(key, scenario)
    cells = np.flatnonzero((reach > 0) & np.isfinite(reach) & np.isfinite(values))
    filled = cells[values[cells] != 0]
    return filled if len(filled) and not past_zero else cells


def lever_units(trial: Trial, key: str) -> tuple[Index, Array]:
    """The cells that may move, and the unit of each: its own size, or the table's where it is 0."""
    cells = movable(trial.case, key, trial.scenario, past_zero=trial.past_zero)
    cells = cells if trial.only is None else np.intersect1d(cells, trial.only)
    size = np.abs(trial.values(key)[cells])
    usual = float(size[size > 0].mean()) if (size > 0).any() else 1.0
    return cells, np.where(size > 0, size, usual)


def levers_of(
    trial: Trial,
    key: str,
    cells: Index,
    unit: Array,
    feed: Feeds,
    along: Array | None,
    x: Array | None = None,
) -> Levers:
    """Levers of single cells, or of all along one direction; x: the plan beside which products are linearised."""
    from scipy.sparse import csr_array

    rhs, g = feed.rhs[:, cells], feed.g[:, cells]
    if x is not None:
        rhs = rhs - _of_products(trial.bound, feed, cells, x)
    weight = trial.weight(key)
    values = trial.values(key)
    low, high = room_of(values, cells, unit, past_zero=trial.past_zero, share=trial.is_share(key))
    if along is None:
        scale = unit[None, :]
        return Levers(
            rhs=csr_array(rhs * scale),
            g=csr_array(g * scale),
            cost=np.full(len(cells), weight),
            low=low,
            high=high,
        )
    column = along[:, None]
    return Levers(
        rhs=csr_array(rhs @ column),
        g=csr_array(g @ column),
        cost=np.full(1, weight),
        low=np.full(1, -1.0),
        high=np.full(1, float(high.min()) if np.isfinite(high).all() else np.inf),
    )


def room_of(
    values: Array, cells: Index, unit: Array, *, past_zero: bool = False, share: bool = False
) -> tuple[Array, Array]:
    """How far cells may move, in units: none changes its sign (past_zero: none falls below 0), and a share stays between 0 and 1."""
    here = values[cells]
    low, high = np.full(len(cells), -np.inf), np.full(len(cells), np.inf)
    low[here > 0] = -1.0
    if not past_zero:
        high[here < 0] = 1.0
    low[here == 0] = 0.0
    if share:
        high = np.minimum(high, (1.0 - here) / unit)
    return low, high


def joined_levers(parts: Sequence[Levers]) -> Levers:
    from scipy.sparse import csr_array, hstack

    return Levers(
        rhs=csr_array(hstack([p.rhs for p in parts])),
        g=csr_array(hstack([p.g for p in parts])),
        cost=np.concatenate([p.cost for p in parts]),
        low=np.concatenate([p.low for p in parts]),
        high=np.concatenate([p.high for p in parts]),
    )


def _of_products(bound: BoundProgram, feed: Feeds, cells: Index, x: Array) -> csr_array:
    """(R, k) what one more of a cell adds to the left side of every user's row at the plan x."""
    from scipy.sparse import csr_array

    program = bound.program
    a = program.structure.A
    solver = np.flatnonzero(program.row_of >= 0)
    place = np.zeros(a.shape[0], np.int64)
    place[program.row_of[solver]] = solver
    weights = csr_array(
        (x[a.columns()], (place[a.indices], np.arange(a.nnz))), shape=(len(program.row_of), a.nnz)
    )
    return csr_array(weights @ feed.A[:, cells])
