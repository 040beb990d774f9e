"""Mixed-integer problems with curvature: linear masters from tangents, continuous problems with the integers fixed."""

from __future__ import annotations

from dataclasses import field, replace

import numpy as np

from saddlepoint.algebra.products import symmetric_times, transposed_times
from saddlepoint.algebra.structure import Batch, Pattern
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.records import dataclass
from saddlepoint.solve.adapters.clarabel import solve_clarabel
from saddlepoint.solve.interfaces import Deadline, in_turn
from saddlepoint.solve.proof import cones
from saddlepoint.solve.proof.certificate import (
    INTEGER_GAP,
    check_claims,
    fix_integers,
    measure,
    plan_cost,
    replace_bounds,
)
from saddlepoint.solve.proof.effort import bounded
from saddlepoint.solve.proof.flat_cones import without_flat_cones
from saddlepoint.solve.proof.integer_bound import curved_unit, gap_floor, relative_gap
from saddlepoint.solve.route.integers.solve_integers import (
    bound_of_one,
    holds_no_plan,
    search,
    units_of,
    within_implied_bounds,
)
from saddlepoint.solve.route.integers.tangents import Tangents
from saddlepoint.solve.route.polishing.refine import refine
from saddlepoint.solve.route.units.sizes import balance
from saddlepoint.solve.solution import BoundBy, Certificates, Options, Solution, Status

UNITS = 1e4
"""By how much units may make nothing of an objective larger than it is for who asked."""
STEP = 0.999
"""Part of the step between costs that a bound may be off by and still be rounded up."""
MASTERS = 200
"""Master problems at most."""
SECONDS = 60.0
"""Seconds for one scenario where no limit is given."""
CLOSE = 5e-7
"""Relative gap at which no further tangent is sought."""
PROVEN = 9e-7
"""Relative gap within which the bound of the last master is proven."""
TIGHT = {"tol_feas": 1e-10, "tol_gap_abs": 1e-10, "tol_gap_rel": 1e-10, "max_iter": 500}


def solve_outer(batch: Batch, options: Options) -> Solution:
    """Solve mixed-integer quadratic and conic scenarios by outer approximation.

    Duran and Grossmann 1986; tangents of cones from dual vectors: Coey, Lubin and Vielma 2020. A master's bound is
    believed as that of any integer linear problem is. settings: `masters`, the most linear masters.
    """
    return in_turn(batch, lambda: _OuterSession(batch, options), options.stop)


def check_curved(batch: Batch, answers: Solution, options: Options) -> Solution:
    """Another solver's integer answers with curvature, OPTIMAL only where outer approximation comes to the same cost."""
    deadline = Deadline.of(options)
    for s in np.flatnonzero(answers.status == Status.OPTIMAL):
        if deadline.over():
            answers.status[s], answers.bound_by[s] = Status.FEASIBLE, BoundBy.SOLVER
            continue
        one = batch.take(np.array([s]))
        mine = solve_outer(one, replace(deadline.within(options), settings={}))
        cost, bound = float(plan_cost(one, answers.x[s : s + 1])[0]), float(mine.bound[0])
        near = (
            relative_gap(np.array([cost]), np.array([bound]), gap_floor(one, answers.x[[s]], answers.y[[s]]))[
                0
            ]
            <= INTEGER_GAP
        )
        if near:
            by = BoundBy(int(mine.bound_by[0]))
            answers.bound[s] = bound
            answers.bound_by[s] = by if by is BoundBy.OWN else BoundBy.SECOND_SOLVER
        else:
            answers.status[s], answers.bound_by[s] = Status.FEASIBLE, BoundBy.SOLVER
    return answers


def settings_of_outer() -> frozenset[str]:
    """Names of the settings."""
    return frozenset({"masters"})


class _OuterSession:
    """One loop of masters and continuous problems per scenario."""

    def __init__(self, batch: Batch, options: Options) -> None:
        self._batch, self._options = batch, options

    def solve(self, s: int, out: Solution) -> None:
        """Solve scenario s and write its answer into row s of `out`."""
        _OuterLoop(batch=self._batch.take(np.array([s])), options=self._options).run(s, out)


@dataclass(slots=True, kw_only=True)
class _OuterLoop:
    """What is known of one scenario: the tangents, the best plan and its continuous answer, the bound."""

    batch: Batch
    options: Options
    tangents: Tangents = field(init=False)
    unit: float = field(init=False)
    best: Solution | None = None
    cost: float = np.inf
    bound: float = -np.inf
    seen: set[bytes] = field(default_factory=set[bytes])
    deadline: Deadline = field(init=False)

    def __post_init__(self) -> None:
        self.deadline = Deadline.of(self.options, SECONDS)
        self.tangents = Tangents(self.batch)
        self.unit = STEP * curved_unit(self.batch)

    def run(self, s: int, out: Solution) -> None:
        """Relax, then master and continuous problem in turn until the bound meets the plan."""
        calm = replace_bounds(self.batch, self.batch.lb, self.batch.ub)
        relaxed = self._continuous(calm)
        if relaxed.status[0] in (Status.INFEASIBLE, Status.UNBOUNDED, Status.INFEASIBLE_OR_UNBOUNDED):
            for field_ in ("status", "x", "y", "w"):
                getattr(out, field_)[s] = getattr(relaxed, field_)[0]
            out.messages[s] = relaxed.messages.get(0, "")
            return
        if np.isfinite(relaxed.x[0]).all():
            self.tangents.at(relaxed.x[0])
            self.tangents.by_duals(relaxed.w[0])
            self._round(relaxed.x[0])
        word, by = self._search()
        self._write(s, out, word, by)

    def _round(self, x: Array) -> None:
        """Explore the whole numbers next to x (n,) that keep the bounds: all rounded, all up, all down."""
        integer, lb, ub = self.batch.structure.integer, self.batch.lb[0], self.batch.ub[0]
        for whole in (np.round, np.ceil, np.floor):
            near = np.where(integer, np.clip(whole(x), np.ceil(lb), np.floor(ub)), x)
            if (near >= lb)[integer].all() and not self.deadline.over():
                self._explore(self.tangents.with_costs(near))

    def _search(self) -> tuple[Status, BoundBy]:
        """Masters and continuous problems in turn; OPTIMAL and whose bound it is once they meet, INFEASIBLE by OWN
        where a master is proven to have no plan. A master that HiGHS cannot search, or whose plan tells nothing
        new, is put to the proof of the best plan."""
        for _ in range(int(self.options.settings.get("masters", MASTERS))):
            if self.deadline.over():
                break
            master = self.tangents.master()
            units = units_of(master, self.tangents.sizes())
            said, point, value = search(master, units, self._linear())
            lost, best = said is not Status.OPTIMAL, self.best
            if lost and best is None:
                none = said is Status.INFEASIBLE and holds_no_plan(master, self._linear())
                return said, BoundBy.OWN if none else BoundBy.NONE
            if lost and best is not None:
                point = self.tangents.with_costs(best.x[0])
            else:
                self.bound = max(self.bound, value)
            if not (lost or self._closed()) and self._explore(point):
                continue
            if self.best is None or self.deadline.over():
                break
            proof = bound_of_one(master, units, point, self.cost, self._linear(), PROVEN, self._room(0.9))
            if proof.plan is None and proof.by.is_proof:
                self.bound = self._rounded_up(proof.bound)
                return Status.OPTIMAL, proof.by
            self.bound = self.bound if lost else value
            if proof.plan is None or not self._explore(proof.plan):
                break
            self.bound = -np.inf
        return Status.LIMIT, BoundBy.NONE

    def _closed(self) -> bool:
        return self.best is not None and self.cost - self.bound <= max(
            CLOSE * abs(self.cost), self._room(0.5)
        )

    def _room(self, part: float) -> float:
        """A part of the gap that is allowed where the best plan costs nothing, as a cost, whatever units the answer is judged in; of a step, where costs come in steps."""
        if self.best is None:
            return 0.0
        floor = INTEGER_GAP * float(gap_floor(self.batch, self.best.x, self.best.y)[0])
        return part * max(floor / UNITS, self.unit)

    def _rounded_up(self, bound: float) -> float:
        """A bound as the cost that it proves to be the least, where costs come in steps."""
        return self.cost if self.cost - bound < self.unit else bound

    def _explore(self, point: Array) -> bool:
        """Tangents at a master's plan and at the best plan with its integers; False when nothing new comes of it."""
        x = point[: self.batch.structure.n]
        whole = np.round(x[self.batch.structure.integer]) + 0.0
        fresh = whole.tobytes() not in self.seen
        self.seen.add(whole.tobytes())
        added = self.tangents.at(x, point)
        if fresh:
            fixed = fix_integers(self.batch, x[None])
            answer = self._on_faces(fixed, self._given(fixed))
            if answer.status[0] == Status.OPTIMAL:
                added |= self._better(fixed, answer)
                self.tangents.at(answer.x[0])
            if np.isfinite(answer.w[0]).all():
                self.tangents.by_duals(answer.w[0])
            added = True
        return added

    def _on_faces(self, fixed: Batch, answer: Solution) -> Solution:
        """The answer with the plan of the problem in which bounds say what the given integers leave of cones: interior points stay beside cones without an inside, where
        prices may have no end. The prices are those of the answer where these prove the plan, else those of the bounds."""
        plain = without_flat_cones(fixed)
        if plain is fixed or self.deadline.over():
            return answer
        found = self._given(plain)
        if found.status[0] != Status.OPTIMAL:
            return answer
        known = replace(answer, x=found.x, status=found.status)
        priced = self._judged(fixed, known, np.zeros(1, np.int64)).verified[0]
        return known if priced else found

    def _given(self, fixed: Batch) -> Solution:
        """The answer to the problem with its integers given; where it does not hold, the one in other units, if that does."""
        answer, holds = self._made_exact(fixed, self._continuous(fixed))
        if not holds and not self.deadline.over():
            again, holds = self._made_exact(fixed, self._continuous(fixed, answer))
            answer = again if holds else answer
        return answer

    def _made_exact(self, fixed: Batch, answer: Solution) -> tuple[Solution, bool]:
        """The answer, a plan within the bounds that the rows imply, and whether it holds; what fails, as the heights of curves over it, is made exact where that holds."""
        if answer.status[0] == Status.OPTIMAL:
            answer = replace(answer, x=within_implied_bounds(fixed, answer.x[0])[None])
        at = np.zeros(1, np.int64)
        with bounded(max(0.0, self.deadline.left)):
            found = self._judged(fixed, answer, at)
            answer, found = refine(fixed, answer, found, at, self._judged, thorough=True)
        return answer, bool(found.verified[0])

    def _judged(
        self, batch: Batch, answers: Solution, where: Index, spread: Array | None = None
    ) -> Certificates:
        a = answers
        tolerance = self.options.tolerance
        return check_claims(batch, a.x, a.y, a.z, a.w, a.status, tolerance=tolerance, spread=spread)

    def _better(self, fixed: Batch, answer: Solution) -> bool:
        found = measure(fixed, answer.x, answer.y, answer.z, answer.w)
        cost = float(found.objective[0] - self.batch.r[0, 0])
        if found.rel_prim[0] <= self.options.tolerance and cost < self.cost:
            self.cost, self.best = cost, answer
            return True
        return False

    def _write(self, s: int, out: Solution, word: Status, by: BoundBy) -> None:
        if word is Status.INFEASIBLE and by is BoundBy.OWN:
            out.status[s], out.bound[s], out.bound_by[s] = word, np.inf, by
            out.messages[s] = "no plan: proven by a tree of linear problems over the rows and tangents"
            return
        if self.best is None:
            out.status[s] = word if word is not Status.OPTIMAL else Status.LIMIT
            out.messages[s] = "outer approximation: " + (
                "the linear master has no plan, by the search of HiGHS"
                if word is Status.INFEASIBLE
                else "no plan was found within the limits"
            )
            return
        integer = self.batch.structure.integer
        x = self.best.x[0]
        out.x[s] = np.where(integer, np.round(x) + 0.0, x)
        out.y[s], out.z[s], out.w[s] = _prices(self.batch, out.x[s], self.best)
        out.status[s] = Status.OPTIMAL if by.is_proof else Status.FEASIBLE
        out.bound[s] = min(self.bound, self.cost) + self.batch.r[0, 0]
        out.bound_by[s] = by if by.is_proof else BoundBy.SOLVER
        out.iterations[s] = len(self.seen)

    def _continuous(self, batch: Batch, before: Solution | None = None) -> Solution:
        """Clarabel's answer to a problem without integers, in balanced units: at sizes of 1e6 it calls plain ones optimal, or without a plan, that are not.

        before: an answer that does not hold; then the units are those of its plan, or, without one, those of the problem.
        """
        options = replace(self.deadline.within(self.options), settings=TIGHT)
        if before is not None and not np.isfinite(before.x).all():
            return solve_clarabel(batch, options)
        units = balance(batch, None if before is None else before.x)
        return units.restore(solve_clarabel(units.apply(batch), options))

    def _linear(self) -> Options:
        return replace(self.deadline.within(self.options), settings={})


def _prices(batch: Batch, x: Array, answer: Solution) -> tuple[Array, Array, Array]:
    """y (m,), z (n,), w of the plan x (n,): rows and cones in which integers alone stand have none, as the integers are given."""
    s = batch.structure
    loose = ~s.integer
    y, w = answer.y[0].copy(), answer.w[0].copy()
    y[_untouched(s.A, batch.A, loose)] = 0.0
    for cone, first in zip(s.cones, cones.starts(s.cones), strict=True):
        block = slice(first, first + cone.size)
        if _untouched(s.F, batch.F, loose)[block].all():
            w[block] = 0.0
    slope = batch.q[0] + symmetric_times(s.P, batch.P, x[None])[0]
    slope = slope - transposed_times(s.A, batch.A, y[None])[0] - transposed_times(s.F, batch.F, w[None])[0]
    return y, np.where(s.integer, slope, answer.z[0]), w


def _untouched(pattern: Pattern, values: Array, columns: Mask) -> Mask:
    """The rows of a matrix (one scenario) without an entry in these columns."""
    entries = columns[pattern.columns()] & (values[0] != 0)
    return np.bincount(pattern.indices[entries], minlength=pattern.shape[0]) == 0
