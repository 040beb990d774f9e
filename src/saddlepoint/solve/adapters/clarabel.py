"""Clarabel: linear, quadratic and conic problems by an interior point method, updated where only numbers change."""

from __future__ import annotations

from typing import Any

import numpy as np

from saddlepoint.algebra.products import sparse_matrix
from saddlepoint.algebra.structure import Batch, Cone, ConeKind
from saddlepoint.solve.adapters.cone_form import ConeForm, cone_form, sides, sides_vary
from saddlepoint.solve.interfaces import first_line, in_turn, refused_among_settings, take_settings
from saddlepoint.solve.solution import Options, Solution, Status


def solve_clarabel(batch: Batch, options: Options) -> Solution:
    """Solve every scenario in order with one persistent Clarabel solver."""
    return in_turn(batch, lambda: ClarabelSession(batch, options), options.stop)


def settings_of_clarabel() -> frozenset[str]:
    """Names of the options that the installed Clarabel knows."""
    import clarabel as package

    clarabel: Any = package
    return frozenset(name for name in dir(clarabel.DefaultSettings) if not name.startswith("_")) - {"default"}


class ClarabelSession:
    """One solver over the scenarios of a batch; rebuilt when other sides are finite or equal than before."""

    def __init__(self, batch: Batch, options: Options) -> None:
        import clarabel

        self._batch = batch
        self._clarabel: Any = clarabel
        self._solver: Any = None
        self._form: ConeForm | None = None
        self._key = b""
        self._vary = sides_vary(batch)
        settings = self._clarabel.DefaultSettings()
        settings.verbose = options.verbose
        settings.presolve_enable = False
        settings.max_threads = 1
        if options.time_limit is not None:
            settings.time_limit = options.time_limit
        take_settings("clarabel", settings, options.settings)
        self._settings, self._given = settings, options.settings
        self._words = _statuses()

    def solve(self, s: int, out: Solution) -> None:
        """Solve scenario s and write its answer into row s of `out`."""
        form = self._bring(s)
        found = self._solver.solve()
        status = self._words.get(str(found.status), Status.ERROR)
        out.status[s], out.iterations[s] = status, found.iterations
        if str(found.status) != "Solved":
            out.messages[s] = f"Clarabel: {found.status}"
        if status in (Status.OPTIMAL, Status.UNBOUNDED):
            out.x[s] = found.x
        if status in (Status.OPTIMAL, Status.INFEASIBLE):
            out.y[s], out.z[s], out.w[s] = form.multipliers(np.asarray(found.z))

    def _bring(self, s: int) -> ConeForm:
        b = self._batch
        key = sides(b, s) if self._vary or self._form is None else self._key
        if self._form is None or key != self._key:
            self._form, self._key = cone_form(b, s), key
            self._build(self._form, s)
            return self._form
        form, change = self._form, {}
        if len(b.P) > 1:
            change["P"] = b.P[s]
        if len(b.q) > 1:
            change["q"] = b.q[s]
        if len(b.A) > 1 or len(b.F) > 1:
            change["A"] = form.values(b, s)
        if self._vary or len(b.g) > 1:
            change["b"] = form.right_side(b, s)
        if change:
            self._solver.update(**change)
        return form

    def _build(self, form: ConeForm, s: int) -> None:
        from scipy.sparse import csc_matrix

        b, structure = self._batch, form.structure
        p = sparse_matrix(structure.P, b.row("P", s))
        indptr, indices = form.pattern
        m = csc_matrix((form.values(b, s), indices, indptr), shape=(form.rows, structure.n))
        cones = [self._clarabel.ZeroConeT(form.zeros)] if form.zeros else []
        cones += [self._clarabel.NonnegativeConeT(form.nonnegatives)] if form.nonnegatives else []
        cones += [self._cone(cone) for cone in structure.cones]
        q, right = b.row("q", s), form.right_side(b, s)
        try:
            self._solver = self._clarabel.DefaultSolver(p, q, m, right, cones, self._settings)
        except Exception as error:
            if not (self._given and "settings" in str(error)):
                raise
            raise refused_among_settings("clarabel", self._given, first_line(error)) from error

    def _cone(self, cone: Cone) -> Any:
        if cone.kind in (ConeKind.SECOND_ORDER, ConeKind.ROTATED):
            return self._clarabel.SecondOrderConeT(cone.size)
        if cone.kind is ConeKind.EXPONENTIAL:
            return self._clarabel.ExponentialConeT()
        return self._clarabel.PowerConeT(cone.alpha)


def _statuses() -> dict[str, Status]:
    """Almost-answers are answers to be checked, not to be believed."""
    return {
        "Solved": Status.OPTIMAL,
        "AlmostSolved": Status.OPTIMAL,
        "InsufficientProgress": Status.OPTIMAL,
        "PrimalInfeasible": Status.INFEASIBLE,
        "AlmostPrimalInfeasible": Status.INFEASIBLE,
        "DualInfeasible": Status.UNBOUNDED,
        "AlmostDualInfeasible": Status.UNBOUNDED,
        "MaxIterations": Status.LIMIT,
        "MaxTime": Status.LIMIT,
    }
