"""Policies: what to decide in every stage once its outcome is known, whatever came before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.compile.bind import BoundProgram, bind
from saddlepoint.compile.compile import compile_problem
from saddlepoint.compile.numbers import Numbers
from saddlepoint.compile.program import Program
from saddlepoint.errors import StudyError
from saddlepoint.labels import Table
from saddlepoint.model.flat_numbers import flat_numbers
from saddlepoint.model.model import Problem
from saddlepoint.records import dataclass
from saddlepoint.solve.decomposition.cuts import NoCut
from saddlepoint.solve.decomposition.multistage.evaluate import confident_means
from saddlepoint.solve.decomposition.multistage.policy_worth import PolicyWorth, WorthQuery, policy_worth
from saddlepoint.solve.decomposition.multistage.problem import PolicyAnswer
from saddlepoint.solve.decomposition.multistage.sddp import MOST_PASSES
from saddlepoint.solve.decomposition.multistage.solve_policy import PolicyRoute, best_policy, chosen_route
from saddlepoint.solve.decomposition.multistage.split import (
    StagedProblem,
    StageLabels,
    stages_of,
    whole_multipliers,
    whole_plan,
)
from saddlepoint.solve.decomposition.worth import quantile_of
from saddlepoint.solve.label import Answer, label
from saddlepoint.solve.solution import Options, Solution, Status
from saddlepoint.study.running.plan import Plan, numbers_of
from saddlepoint.study.running.staged import staged_labels
from saddlepoint.study.running.tables import plan_tables, reduced_costs, row_table

PATHS: Final = 2_000
"""Histories along which the cost of a policy is estimated, where it is not asked otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRequest:
    """paths: histories along which the cost is estimated; seed: of their sample; route: None = chosen; passes: forward and
    backward, at most;
    worth: whether EVPI and VSS are asked for; clock: seconds, monotonic."""

    clock: Callable[[], float]
    paths: int = PATHS
    seed: int = 0
    route: PolicyRoute | None = None
    passes: int | None = None
    worth: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One scenario of one problem, amounts in the user's sense.

    stages, outcomes: the two sets; shares: (outcomes,) how likely each is in every stage; sizes: outcomes of each stage that differ
    (before the first stage one, where something is decided before all); histories: how many there are; states: numbers that one
    stage leaves to the next, at most; bound: no policy is better, proven; amount: of this one, expected, exactly where `exact`, else
    the mean over `paths` sampled histories, its 95 % confidence interval ± half_width; tables: of every decided table the mean over
    histories in each stage and outcome; prices, reduced_costs: of every relation and decided table the same, weighed by the
    probability of the outcome; costs, weights: (paths,) the amount along each history, and how likely it is; bounds: after each
    pass; worth: of a minimisation (of what is maximised the amounts are turned), where it was asked for.
    """

    problem: str
    scenario: str
    sense: int
    stages: str
    outcomes: str
    shares: Array
    sizes: tuple[int, ...]
    histories: float
    states: int
    route: PolicyRoute
    reason: str
    bound: float
    amount: float
    half_width: float
    exact: bool
    paths: int
    passes: int
    solved: int
    cuts: int
    seconds: float
    tables: Mapping[str, Table]
    prices: Mapping[str, Table]
    reduced_costs: Mapping[str, Table]
    costs: Array
    weights: Array
    bounds: tuple[float, ...] = ()
    worth: PolicyWorth | None = None

    @property
    def gap(self) -> float:
        """How far the amount is from the bound, relative to it; of an estimate that of its mean."""
        return self.sense * (self.amount - self.bound) / max(abs(self.amount), 1e-10)

    def confident_gap(self) -> tuple[float, float]:
        """How far the expected amount is from the best at most, with 95 % confidence: by the normal law of the mean of sampled
        histories, and by resamples of them; both the gap itself where it is exact."""
        if self.exact:
            gap = self.sense * (self.amount - self.bound)
            return gap, gap
        return confident_means(self.sense * (self.costs - self.bound), 0.95)

    def quantile(self, level: float) -> float:
        """The least amount that is not exceeded with this probability."""
        return quantile_of(self.costs, self.weights, level)


def policies(plan: Plan, asked: PolicyRequest) -> tuple[Policy, ...]:
    """The best policy of every problem and scenario of a plan whose outcomes lie along stages.

    StudyError K830 where there is none, K831 where one cannot be taken apart, K820 where one has no policy.
    """
    flat = flat_numbers(plan.fetched.tables.values(), plan.model.defaults)
    found: list[Policy] = []
    for problem in plan.model.problems:
        numbers = numbers_of(problem, plan, flat)
        program = compile_problem(problem, plan.model, numbers)
        labels = staged_labels(program, plan.model, numbers)
        if labels is not None:
            found += _of_problem(problem, plan, numbers, program, labels, asked)
    if not found:
        fix = "Say of a set of outcomes in which stages they come true: `Rain: {role: outcomes, along: Months}`."
        raise StudyError.of("K830", "no decision of this model follows outcomes along stages", fix=fix)
    return tuple(found)


def _of_problem(
    problem: Problem,
    plan: Plan,
    numbers: Numbers,
    program: Program,
    labels: tuple[str, list[StageLabels]],
    asked: PolicyRequest,
) -> Iterator[Policy]:
    key, each = labels
    for s in range(numbers.size):
        began = asked.clock()
        bound = bind(program, numbers.take(np.array([s])))
        parts = stages_of(bound.batch, 0, each[s])
        if isinstance(parts, str):
            raise _refused(problem, parts)
        route, reason = chosen_route(parts.problem)
        if asked.route not in (None, route):
            route, reason = asked.route, "it was asked for"
        answer, worth = _sought(problem, parts, route, plan.request.options, asked)
        sense = float(problem.sense or 1)
        told = _told(bound, numbers.which[s : s + 1], parts, answer, each[s])
        yield Policy(
            problem=problem.key, scenario=", ".join(numbers.scenarios.coordinates(int(numbers.which[s]))), sense=int(sense),
            stages=plan.model.sets[key].along, outcomes=key, shares=each[s].shares[0], sizes=tuple(t.outcomes for t in parts.problem.stages),
            histories=parts.problem.nodes[-1], states=max(len(t.passed_on) for t in parts.problem.stages), route=route, reason=reason,
            bound=sense * answer.bound, amount=sense * answer.cost, half_width=answer.half_width, exact=answer.exact, paths=answer.paths,
            passes=answer.passes, solved=answer.solved, cuts=answer.cuts, seconds=asked.clock() - began,
            tables={table.key: table for table in plan_tables(told, plan.model)}, prices=_prices(told, bound),
            reduced_costs={table.key: table for table in reduced_costs(told, plan.model)}, costs=sense * answer.path_costs, weights=answer.path_weights, bounds=tuple(sense * b for b in answer.bounds),
            worth=worth,
        )  # fmt: skip


def _sought(
    problem: Problem, parts: StagedProblem, route: PolicyRoute, options: Options, asked: PolicyRequest
) -> tuple[PolicyAnswer, PolicyWorth | None]:
    limit, began = options.time_limit, asked.clock()
    left = None if limit is None else lambda: limit - (asked.clock() - began)
    try:
        found = best_policy(
            parts.problem,
            options,
            route,
            paths=asked.paths,
            seed=asked.seed,
            passes=asked.passes,
            seconds=left,
        )
    except NoCut as words:
        raise _without_policy(problem, f"{words}.") from words
    if found is None:
        raise _without_policy(problem, "Whatever is decided, some history leaves no plan: proven.")
    if not asked.worth:
        return found[0], None
    query = WorthQuery(
        options=options, paths=asked.paths, seed=asked.seed, passes=asked.passes or MOST_PASSES, seconds=left
    )
    return found[0], policy_worth(parts.problem, *found, query)


def _told(
    bound: BoundProgram, which: Index, parts: StagedProblem, answer: PolicyAnswer, labels: StageLabels
) -> Answer:
    """What is decided and what relations and bounds are worth, in the mean over histories."""
    s = bound.batch.structure
    found = Solution.blank(s, 1, Status.FEASIBLE)
    found.x[0] = whole_plan(parts, s.n, answer.plans)
    found.y[0] = whole_multipliers(parts, s.m, answer.prices, labels.shares, of_rows=True)
    found.z[0] = whole_multipliers(parts, s.n, answer.reduced, labels.shares, of_rows=False)
    return label(bound, found, which)


def _prices(told: Answer, bound: BoundProgram) -> dict[str, Table]:
    return {
        block.name: row_table(told, block, {"price": told.price}, None, block.price_unit)
        for block in bound.program.rows
    }


def _refused(problem: Problem, why: str) -> StudyError:
    fix = "Decisions of a stage follow its own outcome and what stages before it left; the tree of histories (`parent:`) takes the rest."
    message = f"{problem.title} cannot be taken apart into stages"
    return StudyError.of("K831", message, why=f"{why[0].upper()}{why[1:]}.", fix=fix)


def _without_policy(problem: Problem, why: str) -> StudyError:
    fix = "Let what may be missing be missed at a price (`soft:`), or loosen the bounds of what stages leave."
    return StudyError.of("K820", f"no policy of {problem.title} was found", why=why, fix=fix)
