"""One matrix in one session of HiGHS, from basis to basis: other costs and bounds each time, only what differs is passed."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from saddlepoint.arrays import Array, Mask
from saddlepoint.records import dataclass

START = 10
"""Steps of the simplex method that a run costs besides those it takes."""
PER_STEP = 20
"""Variables for which a run costs one step more."""


def cost_of_a_run(variables: int) -> int:
    """Steps of the simplex method that a run costs besides those it takes."""
    return START + variables // PER_STEP


@dataclass(frozen=True, slots=True)
class Optimum:
    """What a run found. value, reduced: (n + m,) of columns and row activities; reduced: their reduced costs and prices."""

    status: Literal["optimal", "infeasible", "unbounded", "unknown"]
    objective: float
    value: Array
    reduced: Array


class MovesSession:
    """min cost·x over A x = s and bounds on (x, s). steps: taken so far. To be used in a thread of its own, that a user's HiGHS stays as it is."""

    def __init__(self, matrix: Any, basic: Mask) -> None:
        import highspy
        from highspy._core import _Highs  # pyright: ignore[reportPrivateUsage]

        columns = matrix.tocsc()
        self._m, self._n = columns.shape
        self._words = highspy.HighsModelStatus
        self._highs: Any = _Highs()
        settings: dict[str, Any] = {
            "output_flag": False,
            "threads": 1,
            "presolve": "off",
            "solver": "simplex",
        }
        settings |= {"primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9}
        for name, number in settings.items():
            self._highs.setOptionValue(name, number)
        self._cost = np.zeros(self._n)
        self._lower, self._upper = np.zeros(self._n + self._m), np.zeros(self._n + self._m)
        lp = highspy.HighsLp()
        lp.num_row_, lp.num_col_ = self._m, self._n
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = (
            self._cost,
            self._lower[: self._n],
            self._upper[: self._n],
        )
        lp.row_lower_, lp.row_upper_ = self._lower[self._n :], self._upper[self._n :]
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_, lp.a_matrix_.index_ = columns.indptr, columns.indices
        lp.a_matrix_.value_ = columns.data
        self._highs.passModel(lp)
        kinds = highspy.HighsBasisStatus
        start = highspy.HighsBasis()
        names = [kinds.kBasic if one else kinds.kNonbasic for one in basic.tolist()]
        start.col_status, start.row_status, start.valid = names[: self._n], names[self._n :], True
        self._start = start
        self.steps = 0

    def optimum(self, cost: Array, lower: Array, upper: Array) -> Optimum:
        """cost: (n,); lower, upper: (n + m,)."""
        self._bring(cost, lower, upper)
        if self._start is not None:
            self._highs.setBasis(self._start)
            self._start = None
        self._highs.run()
        self.steps += cost_of_a_run(self._n + self._m)
        self.steps += max(0, int(self._highs.getInfo().simplex_iteration_count))
        said, words = self._highs.getModelStatus(), self._words
        found = self._highs.getSolution()
        value = np.concatenate([found.col_value, found.row_value])
        reduced = np.concatenate([found.col_dual, found.row_dual])
        if said == words.kOptimal:
            return Optimum("optimal", float(self._highs.getInfo().objective_function_value), value, reduced)
        if said == words.kInfeasible:
            return Optimum("infeasible", np.inf, value, reduced)
        if said == words.kUnbounded:
            return Optimum("unbounded", -np.inf, value, reduced)
        return Optimum("unknown", np.nan, value, reduced)

    def _bring(self, cost: Array, lower: Array, upper: Array) -> None:
        n = self._n
        moved = np.flatnonzero(cost != self._cost).astype(np.int32)
        if len(moved):
            self._highs.changeColsCost(len(moved), moved, cost[moved])
        moved = np.flatnonzero((lower != self._lower) | (upper != self._upper)).astype(np.int32)
        columns, rows = moved[moved < n], moved[moved >= n]
        if len(columns):
            self._highs.changeColsBounds(len(columns), columns, lower[columns], upper[columns])
        if len(rows):
            self._highs.changeRowsBounds(len(rows), rows - np.int32(n), lower[rows], upper[rows])
        self._cost, self._lower, self._upper = cost.copy(), lower.copy(), upper.copy()
