"""A Batch into a Solution: route, sessions over threads, certificates, and the next attempt where one fails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from threading import Event

import numpy as np

from saddlepoint.algebra.columnar import Coded
from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.solve.answers import Kernel, SolverRecord
from saddlepoint.solve.kernels.table import batch_kernels
from saddlepoint.solve.proof.certificate import certify, plan_cost, support
from saddlepoint.solve.proof.convexity import check_convex
from saddlepoint.solve.proof.farkas import Proof
from saddlepoint.solve.proof.formulas import Formulas
from saddlepoint.solve.proof.residuals import on_finite_sides
from saddlepoint.solve.route.claims.exact_claims import ROUNDING, exactly_infeasible, is_small
from saddlepoint.solve.route.inspection.presolve import presolve, without_walls
from saddlepoint.solve.route.inspection.validate import check_finite, ranges
from saddlepoint.solve.route.polishing.refine import cleaned, polished, refine, sharpened
from saddlepoint.solve.route.stages.attempt import attempt, together
from saddlepoint.solve.route.stages.choose import Route, Stage, choose
from saddlepoint.solve.route.units.scaling import in_wild_units
from saddlepoint.solve.route.units.walls import far_away, has_walls
from saddlepoint.solve.solution import BoundBy, Certificates, Method, Options, Solution, Status

_NO_SOLVER = "by inspection"
_PLANS = (Status.OPTIMAL, Status.FEASIBLE, Status.UNVERIFIED, Status.LIMIT)
_PLANNED = (Status.OPTIMAL, Status.FEASIBLE)
_CLAIMS = (Status.INFEASIBLE, Status.UNBOUNDED, Status.INFEASIBLE_OR_UNBOUNDED)


def solve(
    batch: Batch,
    options: Options | None = None,
    kernels: Sequence[Kernel] | None = None,
    table: Sequence[SolverRecord] | None = None,
    *,
    exact: bool = False,
    formulas: Formulas | None = None,
) -> Solution:
    """Solve all scenarios, certify every answer, and try the next solver where a certificate fails.

    kernels: batch kernels in order of preference (default: all), asked only when no solver is named; table: the solvers to
    choose from (default: all of `routes.records()`); formulas: those the batch was compiled from, which every plan must satisfy and
    from which a curved objective is told; exact: every curved answer is made exact, by Newton's method or on its active set. Scenarios are split over `options.workers` threads in
    runs of neighbours. Raises SolveError for unusable numbers (L101), curvature (L102) and solvers (L103 – L106).
    """
    options = options or Options()
    batch = check_finite(batch)
    route = choose(batch.structure, batch.size, options, table)
    check_convex(batch)
    if options.exact:
        from saddlepoint.solve.route.polishing.exactly import check_exact

        check_exact(batch)
    draft = _Incumbents.blank(batch, options, formulas, exact)
    draft.take(draft.open(), *presolve(batch), Method(_NO_SOLVER))
    for kernel in _kernels_for(options, kernels):
        waiting = draft.open()
        if len(waiting) and kernel.fit(batch) is not None:
            draft.take(waiting, *kernel.run(without_walls(batch.take(waiting))), Method(kernel.name))
    stages = _open_stages(batch, _stages_for(batch, route.stages))
    for position, stage in enumerate(stages):
        own = options.settings if stage.solver == stages[0].solver else {}
        for waiting, limit in draft.waiting():
            asked = replace(options, settings={**stage.settings, **own}, time_limit=limit)
            answers = attempt(stage, batch.take(waiting), asked, draft.best.x[waiting], exact)
            last = position == len(stages) - 1
            draft.offer(waiting, answers, stage.method, last=last, claims=not stage.open)
    solution = draft.solution()
    if not options.exact:
        return solution
    from saddlepoint.solve.route.polishing.exactly import prove_solution

    return prove_solution(batch, solution, options.time_limit)


def _stages_for(batch: Batch, stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
    """The stages, HiGHS' ones on the scaled problem where it would drop or refuse an entry; integers always scaled; in
    wild units what is scaled (of cones, what is balanced) comes first."""
    if batch.structure.is_integer and not (batch.structure.is_quadratic or batch.structure.is_conic):
        return tuple(replace(stage, scaled=True) for stage in stages)
    if ranges(batch).needs_scaling:
        stages = tuple(
            replace(stage, scaled=True, manner="scaled") if stage.solver == "highs" else stage
            for stage in stages
        )
    if batch.structure.is_integer or not in_wild_units(batch):
        return stages
    conic = batch.structure.is_conic
    return tuple(sorted(stages, key=lambda stage: not (stage.balanced if conic else stage.scaled)))


def _open_stages(batch: Batch, stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
    """The stages, before them the first of each manner on the problem without walls, where it has any."""
    if batch.structure.is_integer or not has_walls(batch):
        return stages
    usual = [stage for stage in stages if stage.manner != "tight" and not stage.apart]
    return (*(replace(stage, open=True) for stage in usual), *stages)


def route(batch: Batch, options: Options | None = None, kernels: Sequence[Kernel] | None = None) -> Route:
    """How `solve` will go about a batch, with the reason, for `saddle explain`; SolveError as there."""
    options = options or Options()
    chosen = choose(batch.structure, batch.size, options)
    s = batch.structure
    if s.m == 0 and not s.is_conic and not s.is_quadratic:
        return replace(chosen, name=_NO_SOLVER, reason=f"{_NO_SOLVER}: bounds alone decide every variable")
    for kernel in _kernels_for(options, kernels):
        why = kernel.fit(batch)
        if why is not None:
            return replace(
                chosen, name=kernel.name, reason=f"{kernel.name}: {why}; what it leaves goes to {chosen.name}"
            )
    return chosen


def _kernels_for(options: Options, kernels: Sequence[Kernel] | None) -> Sequence[Kernel]:
    """No kernels where a solver or its settings are asked for."""
    if options.solver is not None or options.settings:
        return ()
    return batch_kernels(options.workers) if kernels is None else kernels


@dataclass(slots=True, kw_only=True)
class _Incumbents:
    """A Solution in the making: the best answer to every scenario so far, its error, and whether it is settled."""

    batch: Batch
    options: Options
    best: Solution
    settled: Mask
    worst: Array
    spent: Array
    formulas: Formulas | None
    exact: bool

    @classmethod
    def blank(cls, batch: Batch, options: Options, formulas: Formulas | None, exact: bool) -> _Incumbents:
        size = batch.size
        nothing = Solution.blank(batch.structure, size)
        none = np.zeros(size, np.bool_)
        return cls(
            batch=batch,
            options=options,
            best=nothing,
            settled=none,
            worst=np.full(size, np.inf),
            spent=np.zeros(size),
            formulas=formulas,
            exact=exact,
        )

    def open(self) -> Index:
        """The scenarios without a verified answer."""
        return np.flatnonzero(~self.settled)

    def waiting(self) -> Iterator[tuple[Index, float | None]]:
        """Open scenarios and the seconds they have left: all together at first, or without a limit, else one by one."""
        rows, limit = self.open(), self.options.time_limit
        if limit is None or not self.spent.any():
            if len(rows):
                yield rows, limit
            return
        for s in rows:
            left = limit - float(self.spent[s])
            if left > 0:
                yield np.array([s]), left
            else:
                self.settled[s] = True

    def take(self, where: Index, answers: Solution, mask: Mask, method: Method) -> None:
        """Accept those of the masked answers to the scenarios `where` whose claim is verified."""
        if mask.any():
            self.offer(where[mask], answers.take(np.flatnonzero(mask)), method, final=False)

    def offer(
        self,
        where: Index,
        answers: Solution,
        method: Method,
        *,
        last: bool = False,
        final: bool = True,
        claims: bool = True,
    ) -> None:
        """Check the answers to the scenarios `where`; keep the verified, and the best of the others.

        claims: whether "infeasible" and "unbounded" without proof are worth settling.
        """
        batch = self.batch.take(where)
        answers = cleaned(batch, answers)
        found = self._judge(batch, answers, where)
        answers, found = refine(batch, answers, found, where, self._judge, thorough=final)
        if self.exact:
            answers, found = sharpened(batch, answers, found, where, self._judge)
        self.spent[where] += answers.seconds
        if final:
            answers, found = self._settle_doubts(batch, answers, found, where)
        if final:
            doubted = np.isin(answers.status, _CLAIMS) & (found.verified | claims)
            found = self._settle_claims(batch, answers, found, doubted, last)
        self._keep(where, answers, found, method)
        accepted = found.verified | (answers.status == Status.LIMIT) & (self.options.time_limit is not None)
        if final and self.batch.structure.is_integer:
            accepted |= np.isin(answers.status, _CLAIMS)
        self.settled[where[accepted]] = True
        if last:
            self.settled[where] = True

    def _judge(
        self, batch: Batch, answers: Solution, where: Index, spread: Array | None = None
    ) -> Certificates:
        found = _certified(batch, answers, self.options, spread)
        held = np.flatnonzero(found.verified & np.isin(answers.status, _PLANNED))
        if self.formulas is None or not len(held):
            return found
        broken = self.formulas.violation(answers.x[held], where[held])
        found.rel_prim[held] = np.maximum(found.rel_prim[held], broken)
        found.verified[held] &= broken <= self.options.tolerance
        return found

    def _settle_doubts(
        self, batch: Batch, answers: Solution, found: Certificates, where: Index
    ) -> tuple[Solution, Certificates]:
        """Plans in wild units that break rows by more than rounding: made exact, or shown to be of a problem without plan."""
        optimal = found.verified & (answers.status == Status.OPTIMAL)
        if batch.structure.is_conic and not batch.structure.is_integer:
            self._settle_far(batch, answers, found, optimal)
            return answers, found
        near = optimal & (found.rel_prim > ROUNDING)
        if not near.any() or not is_small(batch):
            return answers, found
        for s in np.flatnonzero(near).tolist():
            at = np.array([s])
            one = batch.take(at)
            if not in_wild_units(one):
                continue
            made, spread = polished(one, answers.take(at))
            judged = self._judge(one, made, where[at], spread)
            if judged.verified[0] and judged.rel_prim[0] <= ROUNDING:
                answers, found = answers.put(at, made), found.put(at, judged)
                continue
            proof = exactly_infeasible(one)
            if proof is not None:
                _settle(answers, found, s, Status.INFEASIBLE, proof)
        return answers, found

    def _settle_far(self, batch: Batch, answers: Solution, found: Certificates, optimal: Mask) -> None:
        """Plans so far away that the constants of rows and cones are nothing beside their terms: is there any plan at all?"""
        for s in np.flatnonzero(optimal & far_away(batch, answers.x)).tolist():
            settled = together([partial(_disambiguated, batch.take(np.array([s])), self.options)], Event())[0]
            if settled is not None and settled[0] is Status.INFEASIBLE:
                _settle(answers, found, s, *settled)

    def _settle_claims(
        self, batch: Batch, answers: Solution, found: Certificates, claimed: Mask, last: bool
    ) -> Certificates:
        """Prove or refute claims of infeasibility and unboundedness that came without a valid proof; at last also
        whether problems with cones that have no certified answer have a plan."""
        if last and not batch.structure.is_integer and (batch.structure.is_conic or is_small(batch)):
            claimed = claimed | ~found.verified
        for s in np.flatnonzero(claimed):
            if found.verified[s] and answers.status[s] == Status.INFEASIBLE:
                continue
            one = batch.take(np.array([s]))
            settled = together([partial(_disambiguated, one, self.options)], Event())[0]
            if settled is None:
                found.verified[s] = False
                continue
            _settle(answers, found, int(s), *settled)
        return found

    def _keep(self, where: Index, answers: Solution, found: Certificates, method: Method) -> None:
        """Replace what is held by what is better: verified first, then the smaller error."""
        error = np.where(found.verified, -1.0, np.nan_to_num(found.worst, nan=1e300))
        better = np.flatnonzero(error < self.worst[where])
        answers = replace(answers, certificates=found, method=Coded.all(len(where), method))
        self.best = self.best.put(where[better], answers.take(better))
        self.worst[where[better]] = error[better]

    def solution(self) -> Solution:
        """The Solution: unverified optima become UNVERIFIED, unproven claims are said to be unproven."""
        best, certificates = self.best, self.best.certificates
        doubtful = np.isin(best.status, (Status.OPTIMAL, Status.FEASIBLE)) & ~certificates.verified
        best.status[doubtful] = Status.UNVERIFIED
        for s in np.flatnonzero(doubtful).tolist():
            broken = self.formulas.place(best.x[s], s) if self.formulas is not None else ""
            broken = "" if certificates.rel_prim[s] <= self.options.tolerance else broken
            best.messages[s] = f"unverified: {_failed(certificates, s, self.options, broken)}"
        self._doubt_claims()
        self._normalise_proofs()
        answered = np.isin(best.status, _PLANS)
        objective = np.where(answered, self._worth(), np.nan)
        bound, by = best.bound, best.bound_by
        if not self.batch.structure.is_integer:
            optimal = best.status == Status.OPTIMAL
            bound = np.where(optimal, objective, np.nan)
            by = np.where(optimal, BoundBy.OWN, BoundBy.NONE).astype(np.int8)
        y = on_finite_sides(best.y, self.batch.l, self.batch.u)
        z = on_finite_sides(best.z, self.batch.lb, self.batch.ub)
        return replace(best, y=y, z=z, objective=objective, bound=bound, bound_by=by)

    def _worth(self) -> Array:
        """The objective of the plans, from the formulas where these are curved."""
        compiled = plan_cost(self.batch, self.best.x)
        if self.formulas is None:
            return compiled
        told = self.formulas.objective(self.best.x, np.arange(self.batch.size))
        return compiled if told is None else np.where(np.isfinite(told), told, compiled)

    def _normalise_proofs(self) -> None:
        """Farkas vectors of value one, wherever they come from."""
        best = self.best
        where = np.flatnonzero((best.status == Status.INFEASIBLE) & best.certificates.verified)
        if not len(where):
            return
        part, y, z, w = self.batch.take(where), best.y[where], best.z[where], best.w[where]
        value = support(y, part.l, part.u) + support(z, part.lb, part.ub) - (w * part.g).sum(axis=1)
        value = np.where(value > 0, value, 1.0)[:, None]
        best.y[where], best.z[where], best.w[where] = y / value, z / value, w / value

    def _doubt_claims(self) -> None:
        best, mip = self.best, self.batch.structure.is_integer
        for s in np.flatnonzero(np.isin(best.status, _CLAIMS) & ~best.certificates.verified):
            said = Status(int(best.status[s])).word.replace("_", " ")
            best.x[s] = best.y[s] = best.z[s] = best.w[s] = np.nan
            if mip:
                best.messages[int(s)] = f"{said} by search of the solver, not proven"
            else:
                best.messages[int(s)] = f"the solver says {said}, but its proof does not hold"
            best.status[s] = Status.UNVERIFIED


def _failed(certificates: Certificates, s: int, options: Options, broken: str) -> str:
    """The residuals of a scenario that do not hold, or what else the certificate lacks."""
    names = {
        "rel_prim": "feasibility",
        "rel_dual": "the prices",
        "gap": "the gap between plan and prices",
        "unc": "the uncertainty of the objective",
    }
    limits = dict.fromkeys(names, options.tolerance)
    held = {field: abs(float(getattr(certificates, field)[s])) for field in names}
    failed = [
        f"{names[f]} {'is not known' if np.isnan(v) else f'is off by {v:.1e}'} ({f} ≤ {limits[f]:.0e} fails)"
        for f, v in held.items()
        if not v <= limits[f]
    ]
    failed += [broken] if broken else []
    return f"{', '.join(failed) or 'the proof does not hold'}; do not use it"


def _certified(
    batch: Batch, answers: Solution, options: Options, spread: Array | None = None
) -> Certificates:
    found = certify(
        batch,
        answers.x,
        answers.y,
        answers.z,
        answers.w,
        answers.status,
        answers.bound,
        tolerance=options.tolerance,
        spread=spread,
    )
    own = (
        (answers.status == Status.INFEASIBLE) & (answers.bound_by == BoundBy.OWN) & np.isposinf(answers.bound)
    )
    for numbers in (found.rel_prim, found.rel_dual, found.gap, found.unc):
        numbers[own] = 0.0
    found.verified[own] = True
    return found


def _disambiguated(batch: Batch, options: Options) -> tuple[Status, Proof] | None:
    from saddlepoint.solve.route.claims.disambiguate import disambiguate

    return disambiguate(batch, options)


def _settle(answers: Solution, found: Certificates, s: int, status: Status, proof: Proof) -> None:
    """Write what is proven of scenario s into its answer and certificate."""
    answers.messages.pop(s, None)
    _write_proof(answers, s, status, proof)
    found.rel_prim[s], found.rel_dual[s] = proof.rel_prim, proof.rel_dual
    found.gap[s] = found.unc[s] = 0.0
    found.verified[s] = True
    answers.messages.setdefault(s, status.sentence)


def _write_proof(answers: Solution, s: int, status: Status, proof: Proof) -> None:
    answers.status[s] = status
    answers.x[s] = answers.y[s] = answers.z[s] = answers.w[s] = np.nan
    if proof.x is not None:
        answers.x[s] = proof.x
    if proof.y is not None and proof.z is not None and proof.w is not None:
        answers.y[s], answers.z[s], answers.w[s] = proof.y, proof.z, proof.w
