"""Data of which some cells may lack a number: those that a problem reads only where a condition holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from saddlepoint.expr.asked_for import cell_by_cell
from saddlepoint.expr.node import Node, Relation
from saddlepoint.model.model import Problem


def conditional_names(problem: Problem) -> frozenset[str]:
    """The variables that stand in relations with a condition alone, cell by cell; the compiler asks for what is needed of them."""
    if all(not isinstance(c.relation, Relation) or c.relation.where is None for c in problem.constraints):
        return frozenset()
    loose: list[Node] = []
    for constraint in problem.constraints:
        stated = constraint.relation
        if isinstance(stated, Relation) and stated.where is not None:
            loose += cell_by_cell(stated)
    excused = {id(node) for node in loose}
    asked = set(_names(node for top in _tops(problem) for node in _without(top, excused)))
    return frozenset(name for name in _names(n for top in loose for n in top.walk()) if name not in asked)


def _tops(problem: Problem) -> Iterator[Node]:
    yield from (o.goal.node for o in problem.every_objective)
    yield from (o.price for o in problem.every_objective if o.price is not None)
    yield from problem.exists.values()
    yield from (report.node for report in problem.reports)
    for constraint in problem.constraints:
        stated = constraint.relation
        for one in constraint.relations:
            yield from one.sides
            if one.where is not None:
                yield one.where
        if not isinstance(stated, Relation):
            yield stated.level


def _without(top: Node, excused: set[int]) -> Iterator[Node]:
    """The node and all below it, but for those parts."""
    waiting = [top]
    while waiting:
        node = waiting.pop()
        if id(node) not in excused:
            yield node
            waiting.extend(node.args)


def _names(nodes: Iterable[Node]) -> Iterator[str]:
    return (n.variable.name for n in nodes if n.variable is not None and n.variable.role == "data")
