"""The optimal basis of a linear program as HiGHS' simplex leaves it."""

from __future__ import annotations

from typing import Any

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Index


def optimal_basis(batch: Batch, s: int = 0, time_limit: float | None = None) -> Index | None:
    """Where every column, then every row stands: 0 lower, 1 basic, 2 upper, 3 free; None where HiGHS finds no optimum.

    It runs in a thread of its own, so that the number of threads of a user's own HiGHS is neither met nor changed.
    """
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as apart:
        return apart.submit(_basis, batch, s, time_limit).result()


def _basis(batch: Batch, s: int, time_limit: float | None) -> Index | None:
    import highspy
    from highspy._core import _Highs  # pyright: ignore[reportPrivateUsage]

    highs: Any = _Highs()
    settings: dict[str, Any] = {
        "output_flag": False,
        "threads": 1,
        "solver": "simplex",
        "small_matrix_value": 1e-12,
        "primal_feasibility_tolerance": 1e-10,
        "dual_feasibility_tolerance": 1e-10,
    }
    if time_limit is not None:
        settings["time_limit"] = float(time_limit)
    for name, value in settings.items():
        highs.setOptionValue(name, value)
    if highs.passModel(_linear(batch, s)) == highspy.HighsStatus.kError:
        return None
    highs.run()
    basis = highs.getBasis()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal or not basis.valid:
        return None
    kinds = highspy.HighsBasisStatus
    number = {kinds.kLower: 0, kinds.kBasic: 1, kinds.kUpper: 2, kinds.kZero: 3, kinds.kNonbasic: 0}
    return np.array([number[k] for k in (*basis.col_status, *basis.row_status)], np.int64)


def _linear(batch: Batch, s: int) -> Any:
    import highspy

    st = batch.structure
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = st.n, st.m
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = (batch.row(k, s) for k in ("q", "lb", "ub"))
    lp.row_lower_, lp.row_upper_ = batch.row("l", s), batch.row("u", s)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = st.A.indptr, st.A.indices
    lp.a_matrix_.value_ = batch.row("A", s)
    return lp
