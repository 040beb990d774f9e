"""One matrix in one session of HiGHS, from basis to basis: other costs and bounds each time, only what differs is passed."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from saddlepoint.arrays import Array, Mask
from saddlepoint.records import dataclass
from saddlepoint.solve.adapters.highs_model import linear_model, silent_highs

_SETTINGS: dict[str, Any] = {
    "presolve": "off",
    "solver": "simplex",
    "primal_feasibility_tolerance": 1e-9,
    "dual_feasibility_tolerance": 1e-9,
}
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

        columns = matrix.tocsc()
        self._m, self._n = columns.shape
        self._words = highspy.HighsModelStatus
        self._highs = silent_highs(_SETTINGS)
        self._cost = np.zeros(self._n)
        self._lower, self._upper = np.zeros(self._n + self._m), np.zeros(self._n + self._m)
        bounds = (
            self._lower[: self._n],
            self._upper[: self._n],
            self._lower[self._n :],
            self._upper[self._n :],
        )
        by_column = (columns.indptr, columns.indices, columns.data)
        self._highs.passModel(linear_model(by_column, self._cost, *bounds))
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
