"""Decisions under outcomes weighed: what the best one costs in each outcome, and what knowing and minding them is worth."""

from __future__ import annotations

from typing import Final

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.compile.bind import bind
from saddlepoint.compile.compile import compile_problem
from saddlepoint.compile.numbers import Numbers
from saddlepoint.compile.outcome_columns import outcome_columns
from saddlepoint.compile.program import Program
from saddlepoint.errors import Diagnostic, StudyError
from saddlepoint.expr.outcomes import probabilities
from saddlepoint.expr.value import value
from saddlepoint.model.flat_numbers import flat_numbers
from saddlepoint.model.model import Model, Problem
from saddlepoint.records import dataclass
from saddlepoint.solve.decomposition.kernel import apart
from saddlepoint.solve.decomposition.l_shaped import TwoStageAnswer, l_shaped
from saddlepoint.solve.decomposition.sample_gap import SampleGap, sample_gap
from saddlepoint.solve.decomposition.split import Parted
from saddlepoint.solve.decomposition.worth import OutcomeWorth, outcome_worth
from saddlepoint.solve.solution import Options, Status
from saddlepoint.study.running.plan import Plan, numbers_of

GAP: Final = 1e-9
"""The relative gap to which a decision is sought whose worth is a difference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeighedOutcomes:
    """One scenario of one problem. outcomes: labels of the set; shares: how likely each is; costs: (S,) of the best decision in each,
    in the user's sense as all amounts; gap: between plan and proof, relative; sampled: where the outcomes are a sample."""

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
        order = np.argsort(self.costs)
        reached = np.cumsum(self.shares[order]) >= level - 1e-12
        return float(self.costs[order][int(np.argmax(reached)) if reached.any() else -1])


def weigh(plan: Plan, sample: bool = False) -> tuple[WeighedOutcomes, ...]:
    """Every problem and scenario of a plan whose decisions follow outcomes; sample: the outcomes are an independent sample, equally
    likely. StudyError K800 where there is none, K801 where one cannot be taken apart,
    K820 where one has no plan."""
    model, flat = plan.model, flat_numbers(plan.fetched.tables.values(), plan.model.defaults)
    found: list[WeighedOutcomes] = []
    for problem in model.problems:
        numbers = numbers_of(problem, plan, flat)
        program = compile_problem(problem, model, numbers)
        labels = outcome_columns(program, model)
        if labels is None:
            continue
        batch = bind(program, numbers).batch
        for s in range(numbers.size):
            parts = apart(batch, s, labels, _shares(program, model, numbers, s))
            if isinstance(parts, str):
                raise _refused(problem, parts)
            found.append(_weighed(parts, problem, model, program, numbers, s, plan.request.options, sample))
    if not found:
        fix = "Give a set role: outcomes, and let decisions run over it; trees are not weighed."
        raise StudyError(Diagnostic("K800", "no decision of this model follows an outcome", fix=fix))
    return tuple(found)


def _refused(problem: Problem, why: str) -> StudyError:
    fix = "Solve it as it stands; the distribution of costs can be a figure of the report."
    return StudyError(
        Diagnostic("K801", f"the outcomes of {problem.title} cannot be weighed", why=why, fix=fix)
    )


def _without_plan(problem: Problem, why: str) -> StudyError:
    fix = "`lab.diagnose()` says why there is none, and what would help."
    return StudyError(Diagnostic("K820", f"no plan of {problem.title} was found", why=why, fix=fix))


def _key(program: Program, model: Model) -> str:
    decided = {name for block in program.columns for name in block.domain.names}
    return next(k for k, s in model.sets.items() if s.outcomes is not None and k in decided)


def _shares(program: Program, model: Model, numbers: Numbers, scenario: int) -> Array:
    node = probabilities(model.sets[_key(program, model)].view)
    found = value(node, numbers.of)
    return found[0 if len(found) == 1 else scenario].reshape(-1)


def _weighed(
    parts: Parted,
    problem: Problem,
    model: Model,
    program: Program,
    numbers: Numbers,
    s: int,
    options: Options,
    sample: bool,
) -> WeighedOutcomes:
    answer = l_shaped(parts.problem, options, GAP)
    if answer.status not in (Status.OPTIMAL, Status.FEASIBLE):
        raise _without_plan(problem, answer.words)
    worth = outcome_worth(parts.problem, answer.objective, options)
    sense = problem.sense or 1
    return WeighedOutcomes(
        problem=problem.key,
        scenario=", ".join(numbers.scenarios.coordinates(int(numbers.which[s]))),
        sense=sense,
        outcomes=model.sets[_key(program, model)].axis.items,
        shares=parts.weights,
        costs=sense * _totals(parts, answer),
        worth=worth,
        gap=answer.gap,
        sampled=sample_gap(parts.problem, options) if sample else None,
    )


def _totals(parts: Parted, answer: TwoStageAnswer) -> Array:
    """What every outcome costs, with the first decision."""
    first = parts.problem.first
    return answer.costs + float(first.q[0] @ answer.x + first.r[0, 0])
