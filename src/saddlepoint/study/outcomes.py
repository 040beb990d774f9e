"""Decisions under outcomes weighed: what the best one costs in each outcome, and what knowing and minding them is worth."""

from __future__ import annotations

from typing import Final

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index
from saddlepoint.compile.bind import bind
from saddlepoint.compile.compile import compile_problem
from saddlepoint.compile.numbers import Numbers
from saddlepoint.compile.outcome_columns import node_columns
from saddlepoint.compile.program import Program
from saddlepoint.errors import StudyError
from saddlepoint.expr.outcomes import probabilities
from saddlepoint.expr.value import value
from saddlepoint.model.flat_numbers import flat_numbers
from saddlepoint.model.model import Model, Problem
from saddlepoint.records import dataclass
from saddlepoint.solve.decomposition.histories import OutcomeTree, histories_of, history_costs, history_worth
from saddlepoint.solve.decomposition.kernel import FEWEST, UNEVEN, apart
from saddlepoint.solve.decomposition.l_shaped import TwoStageAnswer, l_shaped
from saddlepoint.solve.decomposition.sample_gap import SampleGap, sample_gap
from saddlepoint.solve.decomposition.split import Parted
from saddlepoint.solve.decomposition.worth import OutcomeWorth, outcome_worth, quantile_of
from saddlepoint.solve.solution import Options, Status
from saddlepoint.solve.solve import solve
from saddlepoint.study.running.plan import Plan, numbers_of

GAP: Final = 1e-9
"""The relative gap to which a decision is sought whose worth is a difference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeighedOutcomes:
    """One scenario of one problem. outcomes: labels of the set, of a tree its leaves; shares: how likely each is; costs: (S,) of
    the best decision in each, in the user's sense as all amounts; gap: between plan and proof, relative; sampled: where the
    outcomes are a sample."""

    problem: str
    scenario: str
    sense: int
    outcomes: tuple[str, ...]
    shares: Array
    costs: Array
    worth: OutcomeWorth
    gap: float
    sampled: SampleGap | None

    def quantile(self, level: float) -> float:
        """The least amount that is not exceeded with this probability."""
        return quantile_of(self.costs, self.shares, level)


def weigh(plan: Plan, sample: bool = False) -> tuple[WeighedOutcomes, ...]:
    """Every problem and scenario of a plan whose decisions follow outcomes; sample: the outcomes are an independent sample, equally
    likely. StudyError K800 where there is none, K801 where one cannot be taken apart,
    K820 where one has no plan."""
    model, flat = plan.model, flat_numbers(plan.fetched.tables.values(), plan.model.defaults)
    found: list[WeighedOutcomes] = []
    for problem in model.problems:
        numbers = numbers_of(problem, plan, flat)
        program = compile_problem(problem, model, numbers)
        columns = node_columns(program, model)
        if columns is not None:
            batch = bind(program, numbers).batch
            key, labels, parents = columns
            asked = _Asked(
                problem=problem, model=model, program=program, numbers=numbers, options=plan.request.options, sample=sample,
                key=key, labels=labels, parents=parents,
            )  # fmt: skip
            found += [asked.weighed(batch, s) for s in range(numbers.size)]
    if not found:
        fix = "Give a set role: outcomes, and let decisions run over it; outcomes along stages have a policy (`lab.policy()`)."
        raise StudyError.of("K800", "no decision of this model follows an outcome", fix=fix)
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A problem to be weighed. key: the set of outcomes; labels, parents: as `node_columns`."""

    problem: Problem
    model: Model
    program: Program
    numbers: Numbers
    options: Options
    sample: bool
    key: str
    labels: Index
    parents: Index

    def weighed(self, batch: Batch, s: int) -> WeighedOutcomes:
        """One scenario: history by history in the extensive form where that is small, or a tree; else by cuts."""
        shares = self._shares(s)
        tree = bool((self.parents >= 0).any())
        likely = shares[shares > 0]
        small = len(shares) < FEWEST and likely.max(initial=1.0) < UNEVEN * likely.min(initial=1.0)
        if tree or (small and not self.sample):
            return self._by_history(batch, s, OutcomeTree(parents=self.parents, shares=shares))
        parts = apart(batch, s, self.labels, shares)
        if isinstance(parts, str):
            raise _refused(self.problem, parts)
        answer = l_shaped(parts.problem, self.options, GAP)
        if answer.status not in (Status.OPTIMAL, Status.FEASIBLE):
            raise _without_plan(self.problem, answer.words)
        worth = outcome_worth(parts.problem, answer.objective, self.options)
        sampled = sample_gap(parts.problem, self.options) if self.sample else None
        return self._told(
            s, shares, np.arange(len(shares)), _totals(parts, answer), worth, answer.gap, sampled
        )

    def _by_history(self, batch: Batch, s: int, tree: OutcomeTree) -> WeighedOutcomes:
        found = histories_of(batch, s, self.labels, tree)
        if isinstance(found, str):
            raise _refused(self.problem, found)
        best = solve(found.batch, self.options)
        if not best.planned[0]:
            raise _without_plan(self.problem, Status(int(best.status[0])).sentence)
        worth, gap = history_worth(found, best, self.options)
        return self._told(s, found.shares, found.leaves, history_costs(found, best.x[0]), worth, gap, None)

    def _told(
        self,
        s: int,
        shares: Array,
        places: Index,
        costs: Array,
        worth: OutcomeWorth,
        gap: float,
        sampled: SampleGap | None,
    ) -> WeighedOutcomes:
        items, sense = self.model.sets[self.key].axis.items, self.problem.sense or 1
        return WeighedOutcomes(
            problem=self.problem.key, scenario=", ".join(self.numbers.scenarios.coordinates(int(self.numbers.which[s]))), sense=sense,
            outcomes=tuple(items[k] for k in places.tolist()), shares=shares, costs=sense * costs, worth=worth, gap=gap, sampled=sampled,
        )  # fmt: skip

    def _shares(self, scenario: int) -> Array:
        found = value(probabilities(self.model.sets[self.key].view), self.numbers.of)
        return found[0 if len(found) == 1 else scenario].reshape(-1)


def _refused(problem: Problem, why: str) -> StudyError:
    fix = "Solve it as it stands; the distribution of costs can be a figure of the report."
    return StudyError.of("K801", f"the outcomes of {problem.title} cannot be weighed", why=why, fix=fix)


def _without_plan(problem: Problem, why: str) -> StudyError:
    fix = "`lab.diagnose()` says why there is none, and what would help."
    return StudyError.of("K820", f"no plan of {problem.title} was found", why=why, fix=fix)


def _totals(parts: Parted, answer: TwoStageAnswer) -> Array:
    """What every outcome costs, with the first decision."""
    first = parts.problem.first
    return answer.costs + float(first.q[0] @ answer.x + first.r[0, 0])
