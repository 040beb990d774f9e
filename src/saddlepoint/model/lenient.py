"""Folders of CVXlab: matrices align by position, and relations of data are checked; what is odd is said, not refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from saddlepoint.errors import Diagnostic, Mark
from saddlepoint.expr.facts import Side
from saddlepoint.expr.node import Node, Relation, Variable
from saddlepoint.model.model import Constraint, Problem


def by_position(variable: Variable) -> Variable:
    """The variable with sides that meet others of their length whatever the items are."""
    rows, cols = (replace(side, positional=True) for side in (variable.facts.rows, variable.facts.cols))
    return replace(variable, facts=variable.facts.sized(rows, cols))


def oddities(problems: Sequence[Problem]) -> Iterator[Diagnostic]:
    """M460 for each relation or objective in which different items meet, M461 for each relation without a decision."""
    for problem in problems:
        for constraint in problem.constraints:
            relation = constraint.relation
            if isinstance(relation, Relation):
                pairs = [(relation.left.facts.rows, relation.right.facts.rows)]
                pairs += [(relation.left.facts.cols, relation.right.facts.cols)]
                yield from _met(relation.sides, pairs, constraint.mark)
                if not relation.facts.decision:
                    yield _undecided(constraint)
        for objective in problem.objectives:
            yield from _met([objective.goal.node], [], objective.goal.mark)


def _met(tops: Iterable[Node], pairs: Iterable[tuple[Side, Side]], mark: Mark) -> Iterator[Diagnostic]:
    """One finding for the first two sides of equal length and different items that meet."""
    for left, right in (*pairs, *(pair for top in tops for node in top.walk() for pair in _meetings(node))):
        if left.length == right.length > 1 and left.axes and right.axes and _items(left) != _items(right):
            yield Diagnostic(
                "M460",
                f"items of {left.name} meet those of {right.name} by their position",
                mark,
                why="Their numbers are equal and their names are not; CVXlab looks at the numbers alone.",
                fix="Make one of the sets with copy_from, so that the items are the same.",
                severity="warning",
            )
            return


def _meetings(node: Node) -> Iterator[tuple[Side, Side]]:
    if node.operator is None or len(node.visible) < 2:
        return
    first, *others = (arg.facts for arg in node.visible)
    if node.operator.name == "matmul":
        yield first.cols, others[0].rows
        return
    for other in others:
        yield first.rows, other.rows
        yield first.cols, other.cols


def _items(side: Side) -> tuple[tuple[str, ...], ...]:
    return tuple(axis.items for axis in side.axes)


def _undecided(constraint: Constraint) -> Diagnostic:
    return Diagnostic(
        "M461",
        f"the relation {constraint.name!r} holds no decision: it is checked, and where it is false there is no plan",
        constraint.mark,
        fix="Delete it, or name a variable of an endogenous table.",
        severity="warning",
    )
