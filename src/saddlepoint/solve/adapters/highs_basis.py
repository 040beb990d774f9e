"""The optimal basis of a linear program as HiGHS' simplex leaves it."""

from __future__ import annotations

from typing import Any

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Index
from saddlepoint.solve.adapters.highs_model import in_own_thread, linear_model, silent_highs

_SETTINGS: dict[str, Any] = {
    "solver": "simplex",
    "small_matrix_value": 1e-12,
    "primal_feasibility_tolerance": 1e-10,
    "dual_feasibility_tolerance": 1e-10,
}


def optimal_basis(batch: Batch, s: int = 0, time_limit: float | None = None) -> Index | None:
    """Where every column, then every row stands: 0 lower, 1 basic, 2 upper, 3 free; None where HiGHS finds no optimum."""
    return in_own_thread(lambda: _basis(batch, s, time_limit))


def _basis(batch: Batch, s: int, time_limit: float | None) -> Index | None:
    import highspy

    if not batch.structure.n + batch.structure.m:
        return np.zeros(0, np.int64)
    limit = {} if time_limit is None else {"time_limit": float(time_limit)}
    highs = silent_highs(_SETTINGS | limit)
    a = batch.structure.A
    sides = (batch.row(name, s) for name in ("q", "lb", "ub", "l", "u"))
    model = linear_model((a.indptr, a.indices, batch.row("A", s)), *sides)
    if highs.passModel(model) == highspy.HighsStatus.kError:
        return None
    highs.run()
    basis = highs.getBasis()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal or not basis.valid:
        return None
    kinds = highspy.HighsBasisStatus
    number = {kinds.kLower: 0, kinds.kBasic: 1, kinds.kUpper: 2, kinds.kZero: 3, kinds.kNonbasic: 0}
    return np.array([number[k] for k in (*basis.col_status, *basis.row_status)], np.int64)
