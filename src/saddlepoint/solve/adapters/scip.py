"""SCIP, directly: whether an integer linear problem, or one with products of decisions, has a plan below a cutoff, as a second opinion."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array
from saddlepoint.compile.program import Multiplied
from saddlepoint.solve.interfaces import NO_SIDE, Deadline, in_turn
from saddlepoint.solve.proof.tighter_rows import DUST, unit_of_costs
from saddlepoint.solve.solution import Options, Solution, Status


def scip_is_here() -> bool:
    """Whether the package pyscipopt is installed."""
    return importlib.util.find_spec("pyscipopt") is not None


def solve_scip_below(
    batch: Batch, options: Options, cutoff: float, products: Multiplied | None = None
) -> Solution:
    """Look for plans of a mixed-integer linear batch that cost less than `cutoff` (without the constant r); products: columns that are products of others.

    INFEASIBLE: there is none, by the search of SCIP, and none that costs less than `bound`; OPTIMAL: the best of them,
    unchecked; LIMIT: not known. A cutoff within SCIP's own tolerance of the optimum does not keep it from finding that again:
    its dual bound says then what the search has shown.
    """
    return in_turn(batch, lambda: _ScipSession(batch, options, cutoff, products), options.stop)


class _ScipSession:
    """One model per scenario."""

    def __init__(self, batch: Batch, options: Options, cutoff: float, products: Multiplied | None) -> None:
        self._batch, self._options, self._cutoff = batch, options, cutoff
        self._products = products
        self._worth = 1.0

    def solve(self, s: int, out: Solution) -> None:
        """Solve scenario s and write what is found into row s of `out`."""
        b = self._batch
        if _is_far(b.row("l", s), b.row("u", s)) or _is_far(b.row("lb", s), b.row("ub", s)):
            out.status[s], out.messages[s] = Status.LIMIT, "SCIP knows no side as large as there is here"
            return
        q = b.row("q", s)
        self._worth = unit_of_costs(q)
        if (np.abs(q[q != 0]) * self._worth).min(initial=1.0) < DUST:
            out.status[s], out.messages[s] = (
                Status.LIMIT,
                "SCIP's tolerance is larger than the least of the costs",
            )
            return
        deadline = Deadline.of(self._options)
        model, columns = self._model(s)
        if self._options.time_limit is not None:
            model.setParam("limits/time", max(0.0, deadline.left))
        model.optimizeNogil()
        word = str(model.getStatus())
        if word == "infeasible":
            out.status[s], out.bound[s] = Status.INFEASIBLE, self._cutoff
        elif model.getNSols() and word in ("optimal", "gaplimit", "timelimit"):
            best = model.getBestSol()
            found = np.array([model.getSolVal(best, column) for column in columns])
            better = float(self._batch.row("q", s) @ found) < self._cutoff
            if better:
                out.status[s], out.x[s] = Status.OPTIMAL, found
            elif word == "optimal":
                out.status[s], out.bound[s] = (
                    Status.INFEASIBLE,
                    min(self._cutoff, model.getDualbound() / self._worth),
                )
            else:
                out.status[s] = Status.LIMIT
        else:
            out.status[s] = Status.LIMIT
        out.messages[s] = f"SCIP: {word}"

    def _model(self, s: int) -> tuple[Any, list[Any]]:
        import pyscipopt

        b, inf = self._batch, np.inf
        q, lb, ub = b.row("q", s) * self._worth, b.row("lb", s), b.row("ub", s)
        model: Any = pyscipopt.Model()
        model.hideOutput()
        model.setParam("numerics/feastol", 1e-9)
        model.setParam("misc/catchctrlc", False)
        model.setParam("randomization/randomseedshift", 1)
        kinds = np.where(b.structure.integer, "I", "C")
        columns = [
            model.addVar(
                lb=None if low == -inf else low, ub=None if high == inf else high, obj=cost, vtype=str(kind)
            )
            for low, high, cost, kind in zip(lb.tolist(), ub.tolist(), q.tolist(), kinds, strict=True)
        ]
        a, values = b.structure.A, b.row("A", s)
        order = np.argsort(a.indices, kind="stable")
        places, numbers = a.columns()[order].tolist(), values[order].tolist()
        starts = np.searchsorted(a.indices[order], np.arange(b.structure.m + 1)).tolist()
        l, u = b.row("l", s).tolist(), b.row("u", s).tolist()
        for i, (low, high) in enumerate(zip(l, u, strict=True)):
            entries = range(starts[i], starts[i + 1])
            if low == -inf and high == inf:
                continue
            total = pyscipopt.quicksum(numbers[k] * columns[places[k]] for k in entries)
            if low == high:
                model.addCons(total == low)
                continue
            if low > -inf:
                model.addCons(total >= low)
            if high < inf:
                model.addCons(total <= high)
        if self._products is not None:
            p = self._products
            for i, j, k in zip(p.left.tolist(), p.right.tolist(), p.columns.tolist(), strict=True):
                model.addCons(columns[k] == columns[i] * columns[j])
        model.setObjlimit(self._cutoff * self._worth)
        return model, columns


def _is_far(low: Array, high: Array) -> bool:
    """Whether a lower side is so high, or an upper one so low, that SCIP would take no plan for one."""
    return bool((low >= NO_SIDE).any() or (high <= -NO_SIDE).any())
