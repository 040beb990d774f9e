"""The problems of a model in LaTeX, as the formulas say them."""

from __future__ import annotations

from saddlepoint.expr.show import latex_problem
from saddlepoint.model.model import Model, Problem


def latex_model(model: Model) -> str:
    """One aligned block per problem, each with its title as a comment before it."""
    return "\n\n".join(f"% {problem.title}\n{_block(problem)}" for problem in model.problems) + "\n"


def _block(problem: Problem) -> str:
    decided = [v.name for v in problem.variables.values() if v.role == "decision"]
    rows = [(c.name, c.relation) for c in problem.constraints]
    return latex_problem([o.goal for o in problem.objectives], rows, decided)
