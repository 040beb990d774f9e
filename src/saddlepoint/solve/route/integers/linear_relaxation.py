"""The linear relaxation of an integer problem in HiGHS, solved again and again while the integers are narrowed."""

from __future__ import annotations

from typing import Any

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.solve.proof.integer_bound import IntegerProgram


class LinearRelaxation:
    """HiGHS on one problem, started again from the last basis; only bounds of the integers change."""

    def __init__(self, problem: IntegerProgram, lb: Array, ub: Array, whole: Index) -> None:
        import highspy
        from highspy._core import _Highs  # pyright: ignore[reportPrivateUsage]

        self._lb, self._ub, self._whole = lb.copy(), ub.copy(), whole
        self._columns = whole.astype(np.int32)
        self._highs: Any = _Highs()
        self._words = highspy.HighsModelStatus
        self._basis: Any = None
        self._endless = self._highs.getOptionValue("simplex_iteration_limit")[1]
        settings = {"output_flag": False, "presolve": "off", "solver": "simplex", "small_matrix_value": 1e-12}
        settings |= {"primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9}
        for name, value in settings.items():
            self._highs.setOptionValue(name, value)
        matrix = problem.matrix.T.tocsc()
        self._highs.passModel(
            len(problem.q), len(problem.l), matrix.nnz, 1, 1, 0.0, problem.q, lb, ub, problem.l, problem.u,
            matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32), matrix.data,
            np.zeros(len(problem.q), np.int32),
        )  # fmt: skip

    def bounds(self) -> tuple[Array, Array]:
        """The bounds of all columns in the last problem."""
        return self._lb, self._ub

    def within(self, lb: Array, ub: Array) -> tuple[Array, Array]:
        """The bounds of all columns where the integers have these."""
        self._lb[self._whole], self._ub[self._whole] = lb, ub
        return self._lb, self._ub

    def remember(self) -> None:
        """Keep the basis of the last problem."""
        self._basis = self._highs.getBasis()

    def recall(self) -> None:
        """Go back to the basis that was kept."""
        self._highs.setBasis(self._basis)

    def solve(self, lb: Array, ub: Array, steps: int | None = None) -> tuple[str, Array, Array]:
        """ "optimal", plan and multipliers; "none", no plan and a ray; or "unknown", perhaps with multipliers.

        steps: at most so many simplex steps.
        """
        none = np.zeros(0)
        self.within(lb, ub)
        self._highs.changeColsBounds(len(lb), self._columns, lb, ub)
        if steps is not None:
            self._highs.setOptionValue("simplex_iteration_limit", steps)
        self._highs.run()
        if steps is not None:
            self._highs.setOptionValue("simplex_iteration_limit", self._endless)
        word = self._highs.getModelStatus()
        if word == self._words.kOptimal:
            found = self._highs.getSolution()
            return "optimal", np.asarray(found.col_value), np.asarray(found.row_dual)
        if word == self._words.kInfeasible:
            _, there, ray = self._highs.getDualRay()
            return "none", none, np.asarray(ray) if there else none
        if word == self._words.kIterationLimit:
            found = self._highs.getSolution()
            return "unknown", none, np.asarray(found.row_dual)
        return "unknown", none, none
