"""HiGHS: linear and mixed-integer problems in one session that is told only what changes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from operator import index
from typing import Any

import numpy as np

from saddlepoint.algebra.structure import Batch, Pattern
from saddlepoint.arrays import Array, Index
from saddlepoint.solve.adapters.basis_of_places import basis_of_places
from saddlepoint.solve.adapters.freed_memory import keep_freed_memory
from saddlepoint.solve.adapters.reducible import may_reduce
from saddlepoint.solve.interfaces import in_turn, kind_taken, refused_setting
from saddlepoint.solve.solution import Options, Solution, Status

HOT_NONZEROS = 5_000
"""Below this a run without presolve from the last basis is faster than anything presolve saves."""
FEW_COEFFICIENTS = 8
"""Up to so many changed matrix entries are changed in place; more are passed as a new model with the old basis."""

AGAIN = 4.0
"""Times what a session has run so far: its longest run for a ray."""

BASIC = 1
"""HiGHS' number for a variable that is basic."""

INTEGER = {
    "mip_rel_gap": 1e-7,
    "mip_abs_gap": 0.0,
    "mip_feasibility_tolerance": 1e-9,
    "primal_feasibility_tolerance": 1e-9,
    "dual_feasibility_tolerance": 1e-9,
}
"""What is asked of an integer problem, which comes scaled; the customary gap of 1e-4 is no optimum."""

_OWN_NAME = re.compile(r"^\w+: ")
"""The name of a function of HiGHS before its words."""


def solve_highs(batch: Batch, options: Options) -> Solution:
    """Solve every scenario in order with one HiGHS session."""
    return in_turn(batch, lambda: HighsSession(batch, options), options.stop)


def solve_highs_linear(batch: Batch, options: Options) -> Solution:
    """The vertex of quadratic problems at which their costs without curvature end: plan and prices from which the active set is
    found where curvature is so small that interior points fail. That there is no end without curvature is no claim."""
    s = batch.structure
    flat = replace(batch, structure=replace(s, P=Pattern.empty(s.n, s.n)), P=np.zeros((1, 0)))
    answers = solve_highs(flat, options)
    answers.status[np.isin(answers.status, (Status.UNBOUNDED, Status.INFEASIBLE_OR_UNBOUNDED))] = Status.LIMIT
    return answers


def settings_of_highs() -> frozenset[str]:
    """Names of the options that the installed HiGHS knows."""
    from highspy import HighsOptions

    return frozenset(name for name in dir(HighsOptions()) if not name.startswith("_"))


class HighsSession:
    """One HiGHS instance over the scenarios of a batch; `solve` passes what differs from the scenario before."""

    def __init__(self, batch: Batch, options: Options) -> None:
        import highspy
        from highspy._core import _Highs  # pyright: ignore[reportPrivateUsage]

        self._batch = batch
        self._limit = options.time_limit
        self._highs: Any = _Highs()
        self._error = highspy.HighsStatus.kError
        self._words = _statuses()
        self._optimal = highspy.HighsModelStatus.kOptimal
        self._rows = np.arange(batch.structure.m, dtype=np.int32)
        self._columns = np.arange(batch.structure.n, dtype=np.int32)
        self._at: int | None = None
        s = batch.structure
        self._integer = s.is_integer
        self._integrality = s.integer.astype(np.int32)
        self._linear = not (s.is_integer or s.is_quadratic) and s.m > 0
        self._large = s.A.nnz > HOT_NONZEROS
        self._hot = not (self._large or s.is_integer or s.is_quadratic)
        self._vary_matrix = len(batch.A) > 1 or len(batch.P) > 1
        self._vary_columns = len(batch.lb) > 1 or len(batch.ub) > 1
        self._vary_rows = (len(batch.l) > 1 or len(batch.u) > 1) and s.m > 0
        if self._large:
            keep_freed_memory()
        self._settle(options)

    def _settle(self, options: Options) -> None:
        _forget_threads(self._highs)
        first: dict[str, Any] = {
            "output_flag": options.verbose,
            "threads": 1,
            "small_matrix_value": 1e-12,
            "qp_regularization_value": 0.0,
        }
        if self._integer:
            first |= INTEGER
        if self._hot:
            first |= {"presolve": "off", "solver": "simplex"}
        self._presolve_is_given = "presolve" in options.settings
        if self._large and self._linear and not self._presolve_is_given and not may_reduce(self._batch, 0):
            first["presolve"] = "off"
        for name, value in (first | dict(options.settings)).items():
            if self._highs.setOptionValue(name, value) == self._error and name in options.settings:
                why = self._heard(partial(self._highs.setOptionValue, name, value))
                why = why or kind_taken(self._highs.getOptionValue(name)[1])
                raise refused_setting("highs", name, value, _OWN_NAME.sub("", why))
        self._presolve = self._highs.getOptionValue("presolve")[1]
        if self._integer:
            self._heed(options)

    def _heed(self, options: Options) -> None:
        """Let a long search ask whether to give up, and tell how far it is."""
        from highspy._core import cb  # pyright: ignore[reportPrivateUsage]

        stop, tell = options.stop, options.tell
        if stop is None and tell is None:
            return

        def ask(_kind: Any, _text: str, found: Any, answer: Any, _own: Any) -> None:
            if stop is not None:
                answer.user_interrupt = stop()
            if tell is not None:
                constant = 0.0 if self._at is None else float(self._batch.row("r", self._at)[0])
                tell(found.mip_primal_bound + constant, found.mip_dual_bound + constant)

        self._highs.setCallback(ask, None)
        self._highs.startCallback(cb.HighsCallbackType.kCallbackMipInterrupt)

    def solve(self, s: int, out: Solution) -> None:
        """Solve scenario s and write its answer into row s of `out`."""
        highs = self._highs
        if not self._bring(s):
            self._at = None
            out.messages[s] = "HiGHS refused the numbers of this scenario"
            return
        if self._limit is not None:
            highs.setOptionValue("time_limit", float(highs.getRunTime() + self._limit))
        highs.run()
        word = highs.getModelStatus()
        if word == self._optimal and not self._integer:
            out.status[s] = Status.OPTIMAL
            self._read_plan(s, out)
            return
        if word not in self._words:
            word = self._again()
        status = self._words.get(word, Status.ERROR)
        out.status[s] = status
        self._read(s, status, out)
        if status is not Status.OPTIMAL:
            said = self._complaint() if status is Status.ERROR else ""
            out.messages[s] = f"HiGHS: {said or highs.modelStatusToString(word)}"

    def _again(self) -> Any:
        """Run once more from scratch, with presolve where the user said nothing of it; the next scenario is passed whole."""
        highs = self._highs
        highs.clearSolver()
        if not self._presolve_is_given:
            highs.setOptionValue("presolve", "on")
        highs.run()
        self._at = None
        return highs.getModelStatus()

    def _complaint(self) -> str:
        """The error that ends a run, in HiGHS' words; the next scenario is passed whole."""
        self._at = None
        return self._heard(self._highs.run)

    def _heard(self, act: Callable[[], object]) -> str:
        """The first line that HiGHS itself marks as an error while something is done."""
        from highspy._core import cb  # pyright: ignore[reportPrivateUsage]

        said: list[str] = []

        def hear(_kind: Any, text: str, _found: Any, _answer: Any, _own: Any) -> None:
            if text.startswith("ERROR:"):
                said.append(" ".join(text.removeprefix("ERROR:").split()))

        self._highs.setOptionValue("output_flag", True)
        self._highs.setOptionValue("log_to_console", False)
        self._highs.setCallback(hear, None)
        self._highs.startCallback(cb.HighsCallbackType.kCallbackLogging)
        act()
        self._highs.stopCallback(cb.HighsCallbackType.kCallbackLogging)
        self._highs.setOptionValue("output_flag", False)
        return said[0] if said else ""

    def _read(self, s: int, status: Status, out: Solution) -> None:
        highs = self._highs
        if status is Status.INFEASIBLE and self._batch.structure.m and not self._integer:
            self._run_for_ray()
            _, there, dual_ray = highs.getDualRay()
            if there:
                self._read_dual_ray(s, np.asarray(dual_ray), out)
            return
        if status is Status.UNBOUNDED:
            _, there, direction = highs.getPrimalRay()
            if there:
                out.x[s] = direction
            return
        if status not in (Status.OPTIMAL, Status.LIMIT):
            return
        if self._integer:
            self._read_incumbent(s, out)
        elif status is Status.OPTIMAL:
            self._read_plan(s, out)

    def _read_plan(self, s: int, out: Solution) -> None:
        found = self._highs.getSolution()
        out.x[s], out.y[s], out.z[s] = found.col_value, found.row_dual, found.col_dual
        out.w[s] = 0.0
        if self._linear:
            self._read_basis(s, found.row_value, out)
        if self._large:
            info = self._highs.getInfo()
            out.iterations[s] = max(0, info.simplex_iteration_count) + max(0, info.ipm_iteration_count)

    def _run_for_ray(self) -> None:
        """Where simplex steps behind presolve have shown infeasibility: again without presolve, as its end has the ray.

        HiGHS itself would look for a ray without costs, which of large problems takes many times longer than with them.
        """
        highs = self._highs
        _, presolve = highs.getOptionValue("presolve")
        if presolve == "off" or highs.getInfo().simplex_iteration_count <= 0:
            return
        _, limit = highs.getOptionValue("time_limit")
        spent = highs.getRunTime()
        highs.clearSolver()
        highs.setOptionValue("presolve", "off")
        highs.setOptionValue("time_limit", min(float(limit), AGAIN * float(spent) + 1.0))
        highs.run()
        highs.setOptionValue("presolve", presolve)
        highs.setOptionValue("time_limit", float(limit))

    def _read_basis(self, s: int, activities: Sequence[float], out: Solution) -> None:
        """Of a large problem the plan tells most often, where HiGHS' list of one object per variable takes a tenth of its solve."""
        highs, structure = self._highs, self._batch.structure
        basis = highs.getBasis()
        if not basis.valid:
            return
        if self._large and self._has_factors():
            basic = np.array(highs.getBasicVariables()[1])
            out.basic[s] = False
            out.basic[s, np.where(basic < 0, structure.n - 1 - basic, basic)] = True
            return
        told = basis_of_places(self._batch, s, out.x[s], np.array(activities)) if self._large else None
        if told is None:
            codes = bytes(map(index, basis.col_status + basis.row_status))
            told = np.frombuffer(codes, np.int8) == BASIC
        out.basic[s] = told

    def _has_factors(self) -> bool:
        """Whether simplex steps on the problem itself came last. HiGHS crashes where it is asked for its basic variables without factors of the basis."""
        info = self._highs.getInfo()
        steps, others = info.simplex_iteration_count, (info.ipm_iteration_count, info.pdlp_iteration_count)
        return steps > 0 >= max(others) and self._highs.getOptionValue("presolve")[1] == "off"

    def _read_incumbent(self, s: int, out: Solution) -> None:
        info = self._highs.getInfo()
        out.iterations[s] = max(0, info.mip_node_count)
        out.bound[s] = info.mip_dual_bound + self._batch.row("r", s)[0]
        if info.primal_solution_status == 2:
            out.x[s] = self._highs.getSolution().col_value

    def _read_dual_ray(self, s: int, dual_ray: Array, out: Solution) -> None:
        """HiGHS does not fix the sign of its ray: take the one whose bound on the rows is not contradicted."""
        from saddlepoint.solve.proof.farkas import farkas

        one = self._batch.take(np.array([s]))
        none = np.zeros(self._batch.structure.F.shape[0])
        for sign in (1.0, -1.0):
            proof = farkas(one, sign * dual_ray, none)
            if proof.holds and proof.y is not None and proof.z is not None:
                out.y[s], out.z[s], out.w[s] = proof.y, proof.z, 0.0
                return

    def _bring(self, s: int) -> bool:
        """Make the model that of scenario s; False when HiGHS refuses it."""
        before, self._at = self._at, s
        if before is None:
            self._highs.setOptionValue("presolve", self._presolve)
            return self._pass(s)
        if not self._vary_matrix:
            return self._change_vectors(s)
        b = self._batch
        changed = _changed(b.A, before, s)
        if len(changed) > FEW_COEFFICIENTS or (b.P.shape[0] > 1 and len(_changed(b.P, before, s))):
            basis = self._highs.getBasis()
            return self._pass(s) and (not basis.valid or self._highs.setBasis(basis) != self._error)
        good = True
        if len(changed):
            columns = b.structure.A.columns()
            for k in changed:
                row, column = int(b.structure.A.indices[k]), int(columns[k])
                good &= self._highs.changeCoeff(row, column, float(b.A[s, k])) != self._error
        return good and self._change_vectors(s)

    def _change_vectors(self, s: int) -> bool:
        b, highs, error = self._batch, self._highs, self._error
        good = True
        if b.q.shape[0] > 1:
            good &= highs.changeColsCost(len(self._columns), self._columns, b.q[s]) != error
        if self._vary_columns:
            lb, ub = b.row("lb", s), b.row("ub", s)
            good &= highs.changeColsBounds(len(self._columns), self._columns, lb, ub) != error
        if self._vary_rows:
            l, u = b.row("l", s), b.row("u", s)
            good &= highs.changeRowsBounds(len(self._rows), self._rows, l, u) != error
        return good

    def _pass(self, s: int) -> bool:
        b, a = self._batch, self._batch.structure.A
        passed = self._highs.passModel(
            b.structure.n,
            b.structure.m,
            a.nnz,
            1,
            1,
            0.0,
            b.row("q", s),
            b.row("lb", s),
            b.row("ub", s),
            b.row("l", s),
            b.row("u", s),
            a.indptr,
            a.indices,
            b.row("A", s),
            self._integrality,
        )
        return passed != self._error and self._pass_hessian(s)

    def _pass_hessian(self, s: int) -> bool:
        p = self._batch.structure.P
        if p.nnz == 0:
            return True
        order = np.lexsort((p.columns(), p.indices))
        starts = np.searchsorted(p.indices[order], np.arange(p.shape[0] + 1)).astype(np.int32)
        index = p.columns()[order].astype(np.int32)
        values = self._batch.row("P", s)[order]
        return self._highs.passHessian(p.shape[0], p.nnz, 1, starts, index, values) != self._error


def _forget_threads(highs: Any) -> None:
    """HiGHS keeps one number of threads per thread of its caller, and refuses another: begin anew."""
    forget = getattr(highs, "resetThreadScheduler", None) or highs.resetGlobalScheduler
    forget(True)


def _changed(array: Array, before: int, now: int) -> Index:
    if array.shape[0] == 1:
        return np.zeros(0, np.int64)
    return np.flatnonzero(array[now] != array[before])


def _statuses() -> dict[Any, Status]:
    from highspy import HighsModelStatus as H

    return {
        H.kOptimal: Status.OPTIMAL,
        H.kModelEmpty: Status.OPTIMAL,
        H.kInfeasible: Status.INFEASIBLE,
        H.kUnbounded: Status.UNBOUNDED,
        H.kUnboundedOrInfeasible: Status.INFEASIBLE_OR_UNBOUNDED,
        H.kTimeLimit: Status.LIMIT,
        H.kIterationLimit: Status.LIMIT,
        H.kSolutionLimit: Status.LIMIT,
        H.kInterrupt: Status.LIMIT,
        H.kMemoryLimit: Status.LIMIT,
    }
