"""The problems of a model in LaTeX, as the formulas say them."""

from __future__ import annotations

from collections.abc import Iterable

from saddlepoint.expr.show import latex_problem
from saddlepoint.model.model import Model, Problem
from saddlepoint.model.ranks import stages


def latex_model(model: Model) -> str:
    """One aligned block per problem, each with its title as a comment before it; one for each priority of its objectives."""
    return "\n\n".join(block for problem in model.problems for block in _blocks(problem)) + "\n"


def _blocks(problem: Problem) -> Iterable[str]:
    for stage in stages(problem):
        priority = stage.objectives[0].priority if problem.ranks else None
        first = "" if priority is None else f", priority {priority}"
        yield f"% {problem.title}{first}\n{_block(stage)}"


def _block(problem: Problem) -> str:
    decided = [v.name for v in problem.variables.values() if v.role == "decision"]
    rows = [(c.name, c.relation) for c in problem.constraints]
    return latex_problem([o.goal for o in problem.objectives], rows, decided)
