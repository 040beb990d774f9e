"""Any solver that CVXPY reaches: the Batch's matrices as one CVXPY problem, vectors as Parameters."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np

from saddlepoint.algebra.products import sparse_matrix
from saddlepoint.algebra.structure import Batch, Cone, ConeKind
from saddlepoint.errors import SolveError
from saddlepoint.solve.adapters.cone_form import ConeForm, cone_form, sides
from saddlepoint.solve.adapters.cvxpy_settings import (
    PASSED_OVER,
    PRINTING,
    reason_told,
    refuse_out_of_range,
    refused_in_silence,
    speaks_of_settings,
    told,
)
from saddlepoint.solve.adapters.silence import TALKATIVE, first_banner, heard, silent
from saddlepoint.solve.interfaces import first_line, in_turn, refused_among_settings
from saddlepoint.solve.proof.certificate import fix_integers
from saddlepoint.solve.solution import Options, Solution, Status


def solve_cvxpy(batch: Batch, options: Options, name: str) -> Solution:
    """Solve every scenario in order; the problem is compiled again only when matrices or finite sides change."""
    return in_turn(batch, lambda: _CvxpySession(batch, options, name), options.stop)


class _CvxpySession:
    """The compiled problem at hand, and the solver's name."""

    def __init__(self, batch: Batch, options: Options, name: str) -> None:
        self._batch, self._options, self._name = batch, options, name
        self._frozen = len(batch.A) == len(batch.F) == len(batch.P) == 1
        self._problem: _Problem | None = None
        if options.settings and name in PRINTING:
            _try_settings(name, options)
        if options.settings and name == "COPT":
            with silent():
                refuse_out_of_range(options)

    def solve(self, s: int, out: Solution) -> None:
        """Solve scenario s and write its answer into row s of `out`."""
        key = sides(self._batch, s)
        if self._problem is None or not self._frozen or key != self._problem.key:
            self._problem = _Problem(self._batch, s, key)
        self._problem.solve(s, self._name, self._options, out)
        if self._batch.structure.is_integer and out.status[s] == Status.OPTIMAL:
            _prices(self._batch, s, out)


class _Problem:
    """One compiled CVXPY problem for all scenarios that share matrices and finite sides."""

    def __init__(self, batch: Batch, s: int, key: bytes) -> None:
        import cvxpy

        self.key = key
        self._cvxpy: Any = cvxpy
        self._batch = batch
        self._form: ConeForm = cone_form(batch, s)
        n = batch.structure.n
        integers = np.flatnonzero(batch.structure.integer)
        self._x: Any = cvxpy.Variable(n, integer=[integers]) if len(integers) else cvxpy.Variable(n)
        self._q: Any = cvxpy.Parameter(n)
        self._right: Any = cvxpy.Parameter(self._form.rows)
        self._constraints = self._rows(s)
        self._problem: Any = cvxpy.Problem(cvxpy.Minimize(self._cost(s)), [c for c, _ in self._constraints])

    def solve(self, s: int, name: str, options: Options, out: Solution) -> None:
        import warnings

        self._q.value = self._batch.row("q", s)
        self._right.value = self._form.right_side(self._batch, s)
        if not options.verbose:
            first_banner(name)
        quiet = nullcontext() if options.verbose or name not in TALKATIVE else silent()
        given = told(name, options)
        try:
            with quiet, warnings.catch_warnings():
                warnings.simplefilter("ignore")
                warnings.filterwarnings("error", PASSED_OVER)
                self._problem.solve(solver=name, verbose=options.verbose, **given)
        except Exception as error:
            if (refusal := self._refusal(name, options, error)) is not None:
                raise refusal from error
            if not isinstance(error, self._cvxpy.error.SolverError):
                raise
            out.messages[s] = f"{name}: {error}"
            return
        word = str(self._problem.status)
        out.status[s] = _STATUSES.get(word, Status.ERROR)
        if word != "optimal":
            out.messages[s] = f"{name}: {word.replace('_', ' ')}"
        if out.status[s] == Status.OPTIMAL:
            self._read(s, out)
            if word != "optimal":  # a search that was cut short: its plan bounds nothing
                out.bound[s] = np.nan

    def _refusal(self, name: str, options: Options, error: Exception) -> SolveError | None:
        """The error for settings of which the solver's failure speaks."""
        if speaks_of_settings(name, error, options.settings):
            why = first_line(error)
        elif options.settings and refused_in_silence(name, self._problem):
            why = "invalid settings"
        else:
            return None
        return refused_among_settings(options.solver or name.lower(), options.settings, why)

    def _read(self, s: int, out: Solution) -> None:
        out.x[s] = self._x.value
        if self._batch.structure.is_integer:
            out.bound[s] = float(self._problem.value) + self._batch.row("r", s)[0]
            return
        duals = [read(constraint) for constraint, read in self._constraints]
        if all(d is not None for d in duals):
            flat = np.concatenate([np.zeros(0), *(np.ravel(d) for d in duals)])
            out.y[s], out.z[s], out.w[s] = self._form.multipliers(flat)

    def _cost(self, s: int) -> Any:
        pattern = self._batch.structure.P
        linear = self._q @ self._x
        if pattern.nnz == 0:
            return linear
        p = sparse_matrix(pattern, self._batch.row("P", s))
        from scipy.sparse import triu

        full = (p + triu(p, 1).T).tocsc()
        return linear + 0.5 * self._cvxpy.quad_form(self._x, self._cvxpy.psd_wrap(full))

    def _rows(self, s: int) -> list[tuple[Any, Callable[[Any], Any]]]:
        from scipy.sparse import csc_matrix

        form, cp = self._form, self._cvxpy
        indptr, indices = form.pattern
        shape = (form.rows, form.structure.n)
        matrix = csc_matrix((form.values(self._batch, s), indices, indptr), shape=shape).tocsr()
        slack = self._right - matrix @ self._x
        rows: list[tuple[Any, Callable[[Any], Any]]] = []
        a, b = form.zeros, form.zeros + form.nonnegatives
        if a:
            rows.append((matrix[:a] @ self._x == self._right[:a], lambda c: c.dual_value))
        if b > a:
            rows.append((matrix[a:b] @ self._x <= self._right[a:b], lambda c: c.dual_value))
        for cone in form.structure.cones:
            rows.append(_cone(cp, cone, slack[b : b + cone.size]))
            b += cone.size
        return rows


def _try_settings(name: str, options: Options) -> None:
    """Solve the smallest problem: a solver that prints itself why it refuses the value of a setting is heard there. SolveError L107."""
    import cvxpy

    x = cvxpy.Variable()
    least = cvxpy.Problem(cvxpy.Minimize(x), [x >= 1])
    text, error = heard(lambda: least.solve(solver=name, **told(name, options)))
    if error is not None and speaks_of_settings(name, error, options.settings):
        why = reason_told(text) or first_line(error)
        raise refused_among_settings(options.solver or name.lower(), options.settings, why) from error


def _cone(cp: Any, cone: Cone, v: Any) -> tuple[Any, Callable[[Any], Any]]:
    if cone.kind in (ConeKind.SECOND_ORDER, ConeKind.ROTATED):
        if cone.size == 1:
            return v >= 0, lambda c: c.dual_value
        return cp.SOC(v[0], v[1:]), _flat
    if cone.kind is ConeKind.EXPONENTIAL:
        return cp.constraints.ExpCone(v[0], v[1], v[2]), _flat
    return cp.constraints.PowCone3D(v[0], v[1], v[2], cone.alpha), _flat


def _flat(constraint: Any) -> Any:
    values = constraint.dual_value
    if values is None or any(value is None for value in values):
        return None
    return np.concatenate([np.ravel(value) for value in values])


def _prices(batch: Batch, s: int, out: Solution) -> None:
    """Prices of a mixed-integer answer from the problem with its integers fixed, by Clarabel."""
    from saddlepoint.solve.adapters.clarabel import solve_clarabel

    one = batch.take(np.array([s]))
    answer = solve_clarabel(fix_integers(one, out.x[s : s + 1]), Options())
    if answer.status[0] == Status.OPTIMAL:
        out.x[s] = np.where(one.structure.integer, np.round(out.x[s]), answer.x[0])
        out.y[s], out.z[s], out.w[s] = answer.y[0], answer.z[0], answer.w[0]


_STATUSES = {
    "optimal": Status.OPTIMAL,
    "optimal_inaccurate": Status.OPTIMAL,
    "infeasible": Status.INFEASIBLE,
    "infeasible_inaccurate": Status.INFEASIBLE,
    "unbounded": Status.UNBOUNDED,
    "unbounded_inaccurate": Status.UNBOUNDED,
    "infeasible_or_unbounded": Status.INFEASIBLE_OR_UNBOUNDED,
    "user_limit": Status.LIMIT,
}
