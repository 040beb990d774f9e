"""Integer linear answers judged: whole numbers made whole, the rest solved again, and a bound that is no one's mere word."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from saddlepoint.algebra.products import times, transposed_times
from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array
from saddlepoint.records import dataclass
from saddlepoint.solve.adapters.highs import solve_highs
from saddlepoint.solve.adapters.highs_again import solve_highs_again
from saddlepoint.solve.adapters.scip import scip_is_here, solve_scip_below
from saddlepoint.solve.interfaces import Adapter, Deadline
from saddlepoint.solve.proof.certificate import INTEGER_GAP, replace_bounds
from saddlepoint.solve.proof.integer_bound import (
    SUMMED,
    IntegerProgram,
    gap_floor,
    relative_gap,
    step_of_costs,
    tightened,
)
from saddlepoint.solve.route.claims.disambiguate import is_endless
from saddlepoint.solve.route.claims.giving_way import sides_wider
from saddlepoint.solve.route.integers.big_m import strengthened
from saddlepoint.solve.route.integers.integer_tree import CLOSE, prove_cutoff
from saddlepoint.solve.route.integers.row_reach import reach_by_bounds
from saddlepoint.solve.route.units.ranges import scale_to
from saddlepoint.solve.route.units.scaling import Units, scale
from saddlepoint.solve.solution import NONE_KEEPS_ALL, BoundBy, Options, Solution, Status

Run = Callable[[Adapter, Batch, Options], Solution]

NODES = 50_000
"""Nodes that a tree of our own may take for a small problem; fewer for more non-zeros (NODE_WORK / non-zeros)."""
NODE_WORK = 100_000_000
LATER = 300
"""Nodes per scenario once a batch has spent TREES nodes: many scenarios must not cost many times what they did."""
TREES = 20_000
AGAIN = 3.0
"""Without a limit a tree of ours and the second search may take so many times what the first took, and at least so many seconds."""
LEAST, SECOND_LEAST = 10.0, 30.0
BRIEF, PART = 5.0, 0.4
"""Where SCIP is installed a tree gets as long as the first search took, at least BRIEF seconds, and this part of a limit."""
NEAR = 5e-7
"""Part of the floor of the gap within which a bound is near enough to a cost of nothing."""
ROOM = 1e-6
"""Part of the terms of a row by which bounds must keep a side for it to be let go."""
FAR = 1e15
"""A tree's plan of such numbers is where ranges without end were cut off, and whole numbers hardly differ there: no answer."""
TIGHT = {"primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9}


@dataclass(frozen=True, slots=True)
class DualBound:
    """bound: no plan costs less, as far as `by` goes; plan: one met on the way that is better than the cutoff."""

    bound: float
    by: BoundBy
    plan: Array | None = None
    nodes: int = 0


def solve_integers(
    adapter: Adapter, batch: Batch, options: Options, run: Run, objective: float = 1.0, nodes: int = NODES
) -> Solution:
    """Solve one mixed-integer linear scenario and judge the answer.

    The status is OPTIMAL only where plan and bound meet within INTEGER_GAP and the bound is our own or that of two
    searches; else FEASIBLE, with the plan, while there is one. An infeasible scenario whose tree we could close has bound = inf by OWN.
    A search that was told to stop has its best plan judged all the same, within BRIEF seconds. run: calls an adapter; objective:
    the unit of the costs, which hides their common multiple; nodes: of a tree of ours.
    """
    began, deadline = time.perf_counter(), Deadline.of(options)
    answer = run(adapter, strengthened(batch, np.inf, brief=True), options)
    took = float(answer.seconds[0])
    if options.stop is not None and options.stop():
        options = replace(options, stop=None, time_limit=BRIEF)
        deadline = Deadline.of(options)
    judge = _Judge(batch=batch, options=options, deadline=deadline, run=run, objective=objective, took=took)
    answer.iterations[0] += judge.settle(answer, nodes)
    answer.seconds[0] = time.perf_counter() - began
    return answer


def units_of(batch: Batch, size: Array | None = None) -> Units:
    """Units that suit one integer scenario, to which its big-Ms do not contribute as far as bounds show that they need not be. size: of the columns (n,), as for `scale_to`."""
    calm = strengthened(batch, np.inf, brief=True)
    return scale(calm) if size is None else scale_to(calm, size)


def holds_no_plan(batch: Batch, options: Options) -> bool:
    """Whether a tree of our own proves that no plan satisfies the rows of one scenario, even if sides give way by a hair; its cones and costs are not looked at."""
    calm = _without_costs(batch)
    judge = _Judge.of(units_of(calm).apply(calm), options, 1.0)
    found = judge.tree(np.inf, NODES, hair=options.hair)
    return found.by is BoundBy.OWN and found.plan is None


def search(batch: Batch, units: Units, options: Options) -> tuple[Status, Array, float]:
    """HiGHS' word on one integer linear scenario, asked in these units: status, plan (n,), bound (without r)."""
    part = strengthened(units.apply(batch), np.inf, brief=True)
    found = units.restore(solve_highs(part, options))
    return Status(int(found.status[0])), found.x[0], float(found.bound[0] - batch.r[0, 0])


def bound_of_one(
    batch: Batch, units: Units, x: Array, cost: float, options: Options, close: float, room: float
) -> DualBound:
    """The bound of one scenario whose best plan costs so much (without r): our own, else a second search from x (n,).

    close, room: how near to the cost, relative or absolute, it need be. A plan is returned where one costs less.
    units: in which it is asked for.
    """
    part = units.apply(batch)
    worth = float(units.objective[0, 0])
    judge = _Judge.of(part, options, worth)
    found = judge.bound(x / units.column[0], cost * worth, NODES, close, room * worth)
    plan = None if found.plan is None else found.plan * units.column[0]
    return replace(found, bound=found.bound / worth, plan=plan)


def _directly(adapter: Adapter, batch: Batch, options: Options) -> Solution:
    return adapter(batch, options)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judge:
    """One scenario, in the units in which it was solved. took: seconds of the first search; deadline: of it and all that follows."""

    batch: Batch
    options: Options
    deadline: Deadline
    run: Run
    objective: float
    took: float

    @classmethod
    def of(cls, batch: Batch, options: Options, objective: float) -> _Judge:
        """Without a search before it."""
        return cls(
            batch=batch,
            options=options,
            deadline=Deadline.of(options),
            run=_directly,
            objective=objective,
            took=0.0,
        )

    @property
    def limited(self) -> bool:
        """Whether there is a limit of time."""
        return self.options.time_limit is not None

    def settle(self, answer: Solution, nodes: int) -> int:
        """Complete the one answer in place; how many nodes that took. A plan whose bound nobody proves may be one of costs without end that tolerances hide."""
        spent = self._settle(answer, nodes)
        unproven = not BoundBy(int(answer.bound_by[0])).is_proof
        if answer.status[0] in (Status.OPTIMAL, Status.FEASIBLE) and unproven and self._is_endless():
            answer.status[0] = Status.UNBOUNDED
            answer.messages.pop(0, None)
        return spent

    def _is_endless(self) -> bool:
        return is_endless(self.batch, self.deadline.within(self.options))

    def _settle(self, answer: Solution, nodes: int) -> int:
        status = Status(int(answer.status[0]))
        if status is Status.INFEASIBLE_OR_UNBOUNDED and self._is_endless():
            answer.status[0] = Status.UNBOUNDED
            return 0
        if status in (Status.INFEASIBLE, Status.INFEASIBLE_OR_UNBOUNDED):
            return self._without_plan(answer, nodes)
        if status is Status.UNBOUNDED or not np.isfinite(answer.x[0]).all():
            return 0
        constant = self.batch.r[0, 0]
        if not self._price(answer, answer.x[0]) and not self._repair(answer):
            return self._without_plan(answer, nodes)
        cost = float(self.batch.q[0] @ answer.x[0])
        answer.bound_by[0] = BoundBy.SOLVER if np.isfinite(answer.bound[0]) else BoundBy.NONE
        if status is not Status.OPTIMAL or self._ends_early(answer, cost):
            answer.status[0] = Status.FEASIBLE
            return 0
        room = NEAR * float(gap_floor(self.batch, answer.x, answer.y)[0])
        found = self.bound(answer.x[0], cost, nodes, CLOSE, room)
        if found.plan is not None:
            self._price(answer, found.plan)
            cost = float(self.batch.q[0] @ answer.x[0])
        if found.by is not BoundBy.NONE:
            answer.bound[0], answer.bound_by[0] = found.bound + constant, found.by
        gap = self._gap(answer, cost, float(answer.bound[0] - constant))
        proven = BoundBy(int(answer.bound_by[0])).is_proof and gap <= INTEGER_GAP
        answer.status[0] = Status.OPTIMAL if proven else Status.FEASIBLE
        if gap <= INTEGER_GAP and not proven:
            answer.messages[0] = _unproven(BoundBy(int(answer.bound_by[0])))
        return found.nodes

    def _ends_early(self, answer: Solution, cost: float) -> bool:
        """Whether the first search stopped at a gap that was asked for."""
        settings = self.options.settings
        asked = settings.get("mip_rel_gap", 0.0) > INTEGER_GAP or settings.get("mip_abs_gap", 0.0) > 0
        return (
            asked and not self._gap(answer, cost, float(answer.bound[0] - self.batch.r[0, 0])) <= INTEGER_GAP
        )

    def _gap(self, answer: Solution, cost: float, bound: float) -> float:
        floor = gap_floor(self.batch, answer.x, answer.y)
        return float(relative_gap(np.array([cost]), np.array([bound]), floor)[0])

    def bound(self, x: Array, cost: float, nodes: int, close: float, room: float) -> DualBound:
        """A tree of our own; then a second solver, or another run of HiGHS, told to find something better."""
        tree = self.tree(cost, nodes, close, room)
        if tree.by is not BoundBy.NONE:
            return tree
        if tree.plan is not None:
            x, cost = tree.plan, float(self.batch.q[0] @ tree.plan)
        seconds = self.deadline.left if self.limited else max(SECOND_LEAST, AGAIN * self.took)
        if seconds <= 0:
            return tree
        return replace(self._second(x, cost, max(close * abs(cost), room), seconds), nodes=tree.nodes)

    def tree(
        self, cost: float, nodes: int, close: float = CLOSE, room: float = 1e-19, hair: float = 0.0
    ) -> DualBound:
        """What a tree of our own proves of plans that cost less. hair: part of themselves by which all sides but bounds of integers give way."""
        patience = min(self.deadline.left, self._patience())
        late = Deadline.of(replace(self.options, time_limit=patience)).over
        most = min(nodes, NODE_WORK // max(1, self.batch.structure.A.nnz))
        unit = step_of_costs(self.batch.q[0] / self.objective, self.batch.structure.integer) * self.objective
        asked = sides_wider(self._strengthened(cost), hair) if hair else self._strengthened(cost)
        found = prove_cutoff(IntegerProgram.of(asked), cost, unit, most, close, late, room)
        by = BoundBy.OWN if found.closed else BoundBy.NONE
        return DualBound(found.bound, by, found.plan, found.nodes)

    def _strengthened(self, cost: float) -> Batch:
        """The scenario with big-Ms that every plan of about that cost allows."""
        return strengthened(self.batch, cost + 1e-6 * abs(cost))

    def _patience(self) -> float:
        """Seconds for a tree: less where a second solver waits."""
        if not scip_is_here():
            return max(LEAST, AGAIN * self.took)
        return min(max(BRIEF, self.took), PART * self.deadline.left)

    def _second(self, x: Array, cost: float, room: float, seconds: float) -> DualBound:
        options = replace(self.options, settings={}, time_limit=seconds)
        deadline = Deadline.of(options)
        cutoff = cost - room
        if scip_is_here():
            word = self.run(partial(solve_scip_below, cutoff=cutoff), self.batch, options)
            if word.status[0] == Status.INFEASIBLE:
                return DualBound(float(word.bound[0]), BoundBy.SECOND_SOLVER)
            if word.status[0] == Status.OPTIMAL:
                return DualBound(-np.inf, BoundBy.NONE, word.x[0])
            if deadline.over():
                return DualBound(-np.inf, BoundBy.NONE)
            options = deadline.within(options)
        word = self.run(partial(solve_highs_again, start=x), self.batch, options)
        if word.status[0] != Status.OPTIMAL:
            return DualBound(-np.inf, BoundBy.NONE)
        better = float(self.batch.q[0] @ word.x[0]) < cutoff
        low = min(float(word.bound[0] - self.batch.r[0, 0]), cost)
        return DualBound(low, BoundBy.SECOND_RUN, word.x[0] if better else None)

    def _without_plan(self, answer: Solution, nodes: int) -> int:
        """Prove that there is no plan by a tree, even where sides give way by a hair; a plan that keeps the sides and that it meets instead is the answer, if it is not FAR."""
        claimed = Status(int(answer.status[0])) not in (Status.OPTIMAL, Status.FEASIBLE)
        found = replace(self, batch=_without_costs(self.batch)).tree(np.inf, nodes, hair=self.options.hair)
        if found.plan is not None:
            kept = self.tree(np.inf, nodes)
            found = replace(kept, nodes=found.nodes + kept.nodes)
            if found.by is BoundBy.OWN and found.plan is None and self.options.hair:
                answer.messages[0] = NONE_KEEPS_ALL
                return found.nodes
        if found.plan is not None and np.abs(found.plan).max(initial=0.0) >= FAR:
            return found.nodes
        if found.plan is not None:
            self._price(answer, found.plan)
            cost = float(self.batch.q[0] @ answer.x[0])
            proven = found.by is BoundBy.OWN
            answer.status[0] = Status.OPTIMAL if proven else Status.FEASIBLE
            answer.bound[0] = (found.bound if proven else np.nan) + self.batch.r[0, 0]
            answer.bound_by[0] = found.by
            rival = "the solver saw none" if claimed else "that of the solver misses a row of whole numbers"
            answer.messages[0] = (
                f"a plan that costs {cost / self.objective:g} was found by a tree of our own, where {rival}"
            )
        elif found.by is BoundBy.OWN:
            answer.status[0], answer.bound[0], answer.bound_by[0] = Status.INFEASIBLE, np.inf, BoundBy.OWN
            answer.messages[0] = f"no plan: proven by {_tree_of(found.nodes)}"
            if found.nodes <= 1:
                self._name_conflict(answer)
        return found.nodes

    def _name_conflict(self, answer: Solution) -> None:
        """The multipliers that show which rows are at odds, where the linear relaxation has no plan either."""
        calm = self.run(
            solve_highs,
            replace_bounds(self.batch, self.batch.lb, self.batch.ub),
            self.deadline.within(self.options),
        )
        if calm.status[0] == Status.INFEASIBLE:
            answer.y[0], answer.z[0], answer.w[0] = calm.y[0], calm.z[0], calm.w[0]

    def _repair(self, answer: Solution) -> bool:
        """Where the rounded integers leave no plan: round another way, then solve with coefficients no larger than
        that plan allows; whether there is a plan now."""
        whole, x = self.batch.structure.integer, answer.x[0].copy()
        if not any(self._price(answer, np.where(whole, up(x), x)) for up in (np.ceil, np.floor)):
            return False
        cost = float(self.batch.q[0] @ answer.x[0])
        found = self.run(solve_highs, self._strengthened(cost), self.deadline.within(self.options))
        if found.status[0] == Status.OPTIMAL and self._price(answer, found.x[0]):
            answer.bound[0] = found.bound[0]
        return True

    def _price(self, answer: Solution, x: Array) -> bool:
        """Fix the integers at those of x, solve for the rest and the prices, for which there is time beyond the limit: without them the plan
        would be lost. False where there is no such plan."""
        b, whole = self.batch, self.batch.structure.integer
        x = np.where(whole, np.round(x), 0.0)
        left = _with_live_sides(_substituted(b, x))
        units = scale(left)
        found = self.run(
            solve_highs,
            units.apply(left),
            replace(self.deadline.within(self.options, 1.0 + self.took), settings=TIGHT),
        )
        if found.status[0] != Status.OPTIMAL:
            return False
        found = units.restore(found)
        answer.x[0] = np.where(whole, x, within_implied_bounds(left, found.x[0])) + 0.0
        answer.y[0], answer.w[0] = found.y[0], 0.0
        reduced = b.q[0] - transposed_times(b.structure.A, b.A, found.y)[0]
        answer.z[0] = np.where(whole, reduced, found.z[0])
        return True


def _unproven(by: BoundBy) -> str:
    who = "two runs of one solver that agree" if by is BoundBy.SECOND_RUN else "the word of one solver"
    more = "" if scip_is_here() else '; pip install "saddlepoint[scip]" brings a second one'
    return f"the best plan by {who}, not proven{more}"


def _tree_of(nodes: int) -> str:
    if nodes == 0:
        return "bounds that cross once every row has tightened them"
    return f"a tree of {nodes} linear problem{'s' if nodes > 1 else ''}, each without a plan"


def within_implied_bounds(batch: Batch, x: Array) -> Array:
    """One scenario's plan (n,) within the bounds that its rows imply: what must be nothing is exactly nothing."""
    problem = IntegerProgram.of(batch)
    lb, ub = tightened(problem, problem.lb, problem.ub)
    return np.clip(x, lb, np.maximum(lb, ub))


def _substituted(batch: Batch, x: Array) -> Batch:
    """One scenario with its integers replaced by the numbers in x (n,): what is left to decide of the others.

    Sides that no plan meets by rounding alone (0.1 · 6 > 0.6) are met by the nearest.
    """
    s, whole = batch.structure, batch.structure.integer
    part = times(s.A, batch.A, x[None])
    none = np.where(whole, 0.0, 1.0)
    left = replace_bounds(batch, np.where(whole, 0.0, batch.lb), np.where(whole, 0.0, batch.ub))
    left = replace(left, q=batch.q * none, A=batch.A * none[s.A.columns()])
    low, high, _ = reach_by_bounds(left)
    size = times(s.A, np.abs(batch.A), np.abs(x[None]))
    l, u = batch.l - part, batch.u - part
    return replace(
        left,
        l=np.where((l > high) & (l - high <= SUMMED * (size + np.abs(batch.l))), high, l),
        u=np.where((u < low) & (low - u <= SUMMED * (size + np.abs(batch.u))), low, u),
    )


def _without_costs(batch: Batch) -> Batch:
    return replace(batch, q=np.zeros((1, batch.structure.n)))


def _with_live_sides(batch: Batch) -> Batch:
    """One scenario without the sides of rows that bounds alone keep: a row switched off by a big M asks for nothing, and its side
    must not set the units of the others."""
    low, high, size = reach_by_bounds(batch)
    room = ROOM * np.where(np.isfinite(size), size, 0.0)
    return replace(
        batch,
        l=np.where(low - room > batch.l, -np.inf, batch.l),
        u=np.where(high + room < batch.u, np.inf, batch.u),
    )
