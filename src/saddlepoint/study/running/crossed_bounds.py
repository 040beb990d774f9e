"""Decisions whose lower bound lies above their upper bound, found in the data before any solver is asked."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.compile.numbers import Numbers
from saddlepoint.errors import Diagnostic
from saddlepoint.expr.named import widened
from saddlepoint.expr.node import Node, Relation
from saddlepoint.expr.value import evaluate
from saddlepoint.model.flat_numbers import flat_numbers
from saddlepoint.model.model import Constraint, Problem
from saddlepoint.model.row_domain import row_domain
from saddlepoint.study.running.plan import Plan, numbers_of

SHOWN = 5
MOST_CELLS = 20_000_000
"""Numbers that are looked at for one decision: more of a sweep are left to the solver, which says where no plan is."""


def crossed_bounds(plan: Plan) -> Iterable[Diagnostic]:
    """A warning (C440) for every decision whose stated bounds cross in some scenario, with the first of its cells."""
    flat = flat_numbers(plan.fetched.tables.values(), plan.model.defaults)
    for problem in plan.model.problems:
        if any(t not in flat for t in problem.reads):
            continue  # another sub-problem decides it
        numbers = numbers_of(problem, plan, flat)
        stated = {c.name: c for c in problem.constraints}
        for name, variable in problem.variables.items():
            low, high = stated.get(f"{name}_lower"), stated.get(f"{name}_upper")
            if variable.role == "decision" and low is not None and high is not None:
                yield from _crossed(name, low, high, problem, numbers)


def _crossed(
    name: str, low: Constraint, high: Constraint, problem: Problem, numbers: Numbers
) -> Iterable[Diagnostic]:
    least, most = low.relation, high.relation
    if not isinstance(least, Relation) or not isinstance(most, Relation):
        return
    if least.right.facts.decision or most.right.facts.decision:
        return
    size = int(np.prod(least.facts.shape))
    part = numbers.take(np.arange(min(numbers.size, max(1, MOST_CELLS // max(1, size)))))
    below, above = _values(least.right, least, part), _values(most.right, least, part)
    there = np.ones((1, size), dtype=bool) if least.where is None else _values(least.where, least, part) != 0
    crossed = (below > above) & there
    if not crossed.any():
        return
    places = np.argwhere(np.broadcast_to(crossed, (max(len(crossed), 1), size)))
    domain = row_domain(least.facts)
    shown = "; ".join(
        _place(problem, part, int(s), domain.coordinates(int(cell)), len(crossed))
        for s, cell in places[:SHOWN]
    )
    more = f" and {len(places) - SHOWN} more" if len(places) > SHOWN else ""
    s, cell = places[0]
    ends = [float(np.broadcast_to(a, crossed.shape)[s, cell]) for a in (below, above)]
    yield Diagnostic(
        "C440",
        f"the lower bound of {name!r} lies above its upper bound at {shown}{more}",
        low.mark,
        why=f"there it is {ends[0]:g} and {ends[1]:g}: no plan satisfies both",
        fix="Correct the data of one of the bounds, or let the cell not exist there with where.",
        severity="warning",
    )


def _place(problem: Problem, part: Numbers, s: int, labels: tuple[str, ...], several: int) -> str:
    """The cell in words, with its scenario where scenarios differ."""
    scenario = problem.scenarios.coordinates(int(part.which[s])) if several > 1 else ()
    return ", ".join((*labels, *scenario)) or "its one cell"


def _values(node: Node, relation: Relation, numbers: Numbers) -> Array:
    """(S | 1, cells) the numbers of a part of a relation, for all of its cells."""
    wide = widened(node, relation.facts)
    values = evaluate(wide, numbers.of)
    return np.broadcast_to(values, (len(values), *relation.facts.shape)).reshape(len(values), -1)
