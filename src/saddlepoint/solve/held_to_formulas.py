"""Answers held to what proves them, and to the formulas as the user wrote them: a program that was compiled is not taken on its word."""

from __future__ import annotations

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index
from saddlepoint.records import dataclass
from saddlepoint.solve.judgement import certified, failed
from saddlepoint.solve.proof.certificate import INTEGER_GAP, plan_cost
from saddlepoint.solve.proof.formulas import Formulas
from saddlepoint.solve.proof.residuals import residuals
from saddlepoint.solve.solution import Certificates, Options, Solution, Status

_PLANNED = (Status.OPTIMAL, Status.FEASIBLE)


@dataclass(frozen=True, slots=True)
class FormulaJudge:
    """Who says what an answer is worth. formulas: those the batch was compiled from; None: the batch alone is looked at."""

    options: Options
    formulas: Formulas | None

    def judge(
        self,
        batch: Batch,
        answers: Solution,
        where: Index,
        spread: Array | None = None,
        *,
        proven: bool = False,
    ) -> Certificates:
        """The certificates of answers to the scenarios `where` (k,), by the formulas too: their constraints, and the gap of their objective.

        batch: these scenarios, or problems near them; spread: as of `residuals`; proven: the prices as well, exactly, whatever their
        nearest floats leave.
        """
        found = certified(batch, answers, self.options, spread)
        if proven:
            found.verified[:] = found.rel_prim <= self.options.tolerance
            for numbers in (found.rel_dual, found.gap, found.unc):
                numbers[:] = 0.0
        held = np.flatnonzero(found.verified & np.isin(answers.status, _PLANNED))
        if self.formulas is None or not len(held):
            return found
        broken = self.formulas.violation(answers.x[held], where[held])
        found.rel_prim[held] = np.maximum(found.rel_prim[held], broken)
        found.verified[held] = broken <= self.options.tolerance
        fine = held[broken <= self.options.tolerance]
        if len(fine):
            x, cost = answers.x[fine], plan_cost(batch, answers.x)[fine]
            off = self.formulas.edge(x, answers.y[fine], answers.z[fine], where[fine], cost)
            found.verified[fine] = off <= self.options.tolerance
            if not (proven or batch.structure.is_integer):
                self._gap_as_written(batch, answers, where, fine, cost, found)
        return found

    def _gap_as_written(
        self, batch: Batch, answers: Solution, where: Index, fine: Index, cost: Array, found: Certificates
    ) -> None:
        """Put the gap of the objective as it was written in place of that of the compiled one, `cost` (k,) of the plans `fine` (k,): the same proof
        bounds both."""
        assert self.formulas is not None
        told = self.formulas.objective(answers.x[fine], where[fine])
        if told is None:
            return
        moved = np.where(np.isfinite(told), told - cost, 0.0)
        at = np.flatnonzero(moved != 0.0)
        if not len(at):
            return
        fine, moved, cost = fine[at], moved[at], cost[at]
        with np.errstate(divide="ignore", invalid="ignore"):
            gap = found.gap[fine] + moved / np.abs(cost)
        over = np.flatnonzero(~(np.abs(gap) <= self.options.tolerance))
        if len(over):
            k = fine[over]
            parts = residuals(batch.take(k), answers.x[k], answers.y[k], answers.z[k], answers.w[k])
            gap[over] = (parts.products + moved[over]) / parts.scale
        found.gap[fine] = gap
        found.verified[fine] &= np.abs(gap) <= self.options.tolerance

    def set_integer_gaps(self, batch: Batch, best: Solution, objective: Array, bound: Array) -> None:
        """Put the gap between the objectives as they were written (S,) and the bounds (S,) in place of that of the compiled ones; what is optimal by these
        alone is FEASIBLE."""
        if self.formulas is None:
            return
        found = best.certificates
        at = np.flatnonzero(found.verified & np.isin(best.status, _PLANNED) & np.isfinite(bound))
        at = at[objective[at] != plan_cost(batch, best.x)[at]]
        if not len(at):
            return
        from saddlepoint.solve.proof.integer_bound import gap_floor, relative_gap

        floor = gap_floor(batch.take(at), best.x[at], best.y[at])
        found.gap[at] = relative_gap(objective[at], bound[at], floor)
        best.status[at[(best.status[at] == Status.OPTIMAL) & (found.gap[at] > INTEGER_GAP)]] = Status.FEASIBLE

    def worth(self, batch: Batch, x: Array) -> Array:
        """The objective of plans x (S, n) of all scenarios, from the formulas where these are curved: (S,)."""
        compiled = plan_cost(batch, x)
        told = None if self.formulas is None else self.formulas.objective(x, np.arange(batch.size))
        return compiled if told is None else np.where(np.isfinite(told), told, compiled)

    def why_not(self, batch: Batch, best: Solution, s: int) -> str:
        """What the certificate of one scenario lacks, in words: the constraint that is broken, or that the objective as written has no finite
        value at the plan, or another than the compiled one."""
        broken, at = "", np.array([s])
        x, found = best.x[at], best.certificates
        if self.formulas is not None and found.rel_prim[s] <= self.options.tolerance:
            cost = plan_cost(batch.take(at), x)
            broken = self.formulas.place_at_edge(x, best.y[at], best.z[at], at, cost, self.options.tolerance)
        elif self.formulas is not None:
            broken = self.formulas.place(x[0], s)
        return failed(found, s, self.options, broken)
