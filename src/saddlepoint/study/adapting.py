"""What decisions gain by reacting: the optimum with their rules against that of plans that stand still."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.errors import CompileError, StudyError
from saddlepoint.expr.named import constant_node
from saddlepoint.expr.node import Node
from saddlepoint.labels import Domain
from saddlepoint.model.adapting import rule_name
from saddlepoint.model.model import Model, Problem
from saddlepoint.records import dataclass
from saddlepoint.study.results.result import Result

ROUNDING: Final = 1e-6
"""Relative differences of two certified optima below this are none."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class AdaptingValue:
    """Optima of one problem, (S,) each in the problem's own sense, NaN where there is no plan.

    rules: with every rule; without: table → where this one alone does not react; static: where none of `still` reacts, the
    tables that have a plan without their rule. which: (S,) the scenarios, positions among all of the problem; sense: +1
    minimised, −1 maximised; exit_code: of the run with every rule.
    """

    problem: str
    scenarios: Domain
    which: Index
    sense: int
    rules: Array
    without: Mapping[str, Array]
    still: tuple[str, ...]
    static: Array
    exit_code: int

    @property
    def labels(self) -> list[tuple[str, ...]]:
        """The coordinates of every scenario."""
        return [self.scenarios.coordinates(int(s)) for s in self.which.tolist()]

    @property
    def gain(self) -> Array:
        """(S,) by how much the rules are better than the static plan; infinite where there is no static plan."""
        better = self.sense * (self.static - self.rules)
        better = np.where(np.abs(better) <= ROUNDING * np.abs(self.static), 0.0, better)
        return np.where(np.isnan(self.static) & ~np.isnan(self.rules), np.inf, better)


def adapting_tables(problem: Problem) -> tuple[str, ...]:
    """The decided tables of a problem that react to what is seen."""
    told = (v for v in problem.variables.values() if v.uncertainty.rule is not None)
    return tuple(dict.fromkeys(v.table for v in told))


def without_rules(model: Model, tables: Collection[str]) -> Model:
    """The model in which the rules of some tables have no cells, so that these decisions stand still."""
    keys = {rule_name(t) for t in tables}
    return replace(
        model,
        problems=tuple(
            replace(p, exists={k: _nowhere(node) if k in keys else node for k, node in p.exists.items()})
            for p in model.problems
        ),
    )


def _nowhere(node: Node) -> Node:
    """A condition over the same cells that holds in none."""
    return constant_node(np.zeros(node.facts.shape), node.facts, like=node, name="known")


def values_of_adapting(model: Model, solved: Callable[[Model], Result]) -> Sequence[AdaptingValue]:
    """The value of adapting of every problem in which something adapts; solved: the result of a model. StudyError K780."""
    chosen = [p for p in model.problems if adapting_tables(p)]
    if not chosen:
        fix = "Write `adapts: demand before Weeks` beside a decided table."
        raise StudyError.of("K780", "no decision of this model adapts", fix=fix)
    whole = solved(model)
    return [_of_problem(one, model, solved, whole) for one in chosen]


def _of_problem(
    problem: Problem, model: Model, solved: Callable[[Model], Result], whole: Result
) -> AdaptingValue:
    rules = np.asarray(whole.objective[problem.key])

    def optimum(still: Collection[str]) -> Array:
        try:
            return np.asarray(solved(without_rules(model, still)).objective[problem.key])
        except CompileError:
            return np.full(len(rules), np.nan)

    without = {table: optimum((table,)) for table in adapting_tables(problem)}
    still = tuple(table for table, found in without.items() if not np.isnan(found).all())
    static = optimum(still) if len(still) > 1 else without[still[0]] if still else np.full(len(rules), np.nan)
    return AdaptingValue(
        problem=problem.key,
        scenarios=problem.scenarios,
        which=whole.answers[problem.key].which,
        sense=problem.sense,
        rules=rules,
        without=without,
        still=still,
        static=static,
        exit_code=whole.exit_code,
    )
