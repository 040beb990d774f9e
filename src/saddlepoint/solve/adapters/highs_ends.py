"""The least and the largest value of single variables over one polyhedron, in one session of HiGHS from basis to basis."""

from __future__ import annotations

from typing import Any

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.records import dataclass
from saddlepoint.solve.adapters.highs_model import in_own_thread, linear_model, silent_highs

START = 10
"""Steps of the simplex method that a solve costs besides those it takes."""
SURE = 1e-9
"""Part of the largest number of a ray below which a move along it is noise."""


@dataclass(frozen=True, slots=True)
class Ends:
    """low, high: of every variable asked for, in their order, ∓inf without an end, NaN where not sought; steps: taken."""

    low: Array
    high: Array
    steps: int


def ends_of(
    matrix: Any, lower: Array, upper: Array, asked: Index, low: Array, high: Array, steps: int
) -> Ends:
    """The ends of the variables `asked` over matrix · v = 0, lower ≤ v ≤ upper, which holds v = 0.

    matrix: scipy.sparse (rows, variables); low, high: ends that are known, NaN where not; steps: of the simplex method at most (a
    solve counts START besides). What a solve shows of other variables is used: one that stands at its own bound is at its end,
    one that a ray moves has none (the filter of Gleixner et
    al. 2017, Three enhancements for optimization-based bound tightening).
    """
    known = {-1: low.copy(), 1: high.copy()}
    return in_own_thread(lambda: _Session(matrix, lower, upper, asked, known).ends(steps))


class _Session:
    def __init__(
        self, matrix: Any, lower: Array, upper: Array, asked: Index, known: dict[int, Array]
    ) -> None:
        import highspy

        self._status, self._asked = highspy.HighsModelStatus, asked
        self._lower, self._upper = lower, upper
        self._highs = silent_highs({"presolve": "off", "simplex_strategy": 4})
        columns = matrix.tocsc()
        by_column, none = (columns.indptr, columns.indices, columns.data), np.zeros(columns.shape[0])
        self._highs.passModel(linear_model(by_column, np.zeros(len(lower)), lower, upper, none, none))
        self._ends = known
        self._costed = np.zeros(0, np.int32)
        self._steps = 0

    def ends(self, steps: int) -> Ends:
        """The ends, variable by variable, as long as the steps last; at first many variables at once."""
        for sign in (1, -1):
            waiting = np.flatnonzero(np.isnan(self._ends[sign]))
            if len(waiting) > 1:
                self._seek(waiting, sign, (steps - self._steps) // 2)
        for k in range(len(self._asked)):
            for sign in (1, -1):
                if np.isnan(self._ends[sign][k]):
                    self._seek(np.array([k]), sign, steps - self._steps)
        return Ends(self._ends[-1], self._ends[1], self._steps)

    def _seek(self, which: Index, sign: int, most: int) -> None:
        """Move the variables `which` (positions in asked) as far as they go together, in `most` steps; one alone is then settled."""
        if most <= 0:
            return
        self._highs.setOptionValue("simplex_iteration_limit", most)
        columns = self._asked[which].astype(np.int32)
        off = np.setdiff1d(self._costed, columns).astype(np.int32)
        self._highs.changeColsCost(len(off), off, np.zeros(len(off)))
        self._highs.changeColsCost(len(columns), columns, np.full(len(columns), -float(sign)))
        self._costed = columns
        self._highs.run()
        self._steps += START + max(0, int(self._highs.getInfo().simplex_iteration_count))
        said = self._highs.getModelStatus()
        if said == self._status.kOptimal:
            value = np.asarray(self._highs.getSolution().col_value)[self._asked]
            self._at_bounds(value)
            if len(which) == 1:
                self._ends[sign][which[0]] = value[which[0]]
        elif said in (self._status.kUnbounded, self._status.kUnboundedOrInfeasible):
            self._along_ray()
            if len(which) == 1:
                self._ends[sign][which[0]] = sign * np.inf

    def _at_bounds(self, value: Array) -> None:
        for sign, bound in ((-1, self._lower[self._asked]), (1, self._upper[self._asked])):
            ends = self._ends[sign]
            finite = np.isfinite(bound)
            there = finite & np.isnan(ends) & (np.abs(value - bound) <= 1e-12 * np.abs(bound))
            ends[there] = bound[there]

    def _along_ray(self) -> None:
        _, known, ray = self._highs.getPrimalRay()
        if not known:
            return
        way = np.asarray(ray)
        size = float(np.abs(way).max(initial=0.0))
        grows, falls = way > SURE * size, way < -SURE * size
        if (grows & np.isfinite(self._upper)).any() or (falls & np.isfinite(self._lower)).any():
            return
        for sign, moves in ((1, grows), (-1, falls)):
            self._ends[sign][moves[self._asked]] = sign * np.inf
