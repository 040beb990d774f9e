"""Formulas that would be repeated over scenarios: each of these is a problem of its own, and none sees another."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from saddlepoint.errors import Diagnostic
from saddlepoint.expr.node import Node, Relation
from saddlepoint.model.model import Constraint, Objective, Report


def over_scenarios(
    objectives: Iterable[Objective],
    constraints: Iterable[Constraint],
    reports: Iterable[Report],
    scenarios: Collection[str],
) -> list[Diagnostic]:
    """What brings a set of scenarios into a formula whose cells would then stand over it (M940)."""
    stated = [o.goal.node for o in objectives] + [r.node for r in reports]
    stated += [side for one in constraints for relation in one.relations for side in _sides(relation)]
    found = [_finding(node, name) for node in stated for name in _repeats(node, scenarios)]
    return list({(f.mark, f.message): f for f in found}.values())


def _sides(relation: Relation) -> Sequence[Node]:
    where = () if relation.where is None else (relation.where,)
    return (*relation.sides, *where)


def _repeats(node: Node, scenarios: Collection[str]) -> list[str]:
    return [r.axis.name for r in node.facts.repeats if r.axis.name in scenarios]


def _finding(node: Node, name: str) -> Diagnostic:
    """The finding for the part that first stands over the set."""
    while (part := next((a for a in node.args if _repeats(a, (name,))), None)) is not None:
        node = part
    return Diagnostic(
        "M940",
        f"the formula stands over {name}, whose items are scenarios",
        node.mark,
        why="Each scenario is a problem of its own, with one item of that set; a formula cannot run over all of them.",
        fix=f"Let a table over {name} hold a number for each scenario, and name its variable here.",
    )
