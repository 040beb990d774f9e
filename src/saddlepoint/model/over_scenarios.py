"""Formulas that would be repeated over scenarios: each of these is a problem of its own, and none sees another."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from saddlepoint.errors import NOWHERE, Diagnostic, Mark
from saddlepoint.expr.node import Node
from saddlepoint.model.model import Constraint, Objective, Report


def over_scenarios(
    objectives: Iterable[Objective],
    constraints: Iterable[Constraint],
    reports: Iterable[Report],
    scenarios: Collection[str],
) -> list[Diagnostic]:
    """What brings a set of scenarios into a formula whose cells would then stand over it (M940)."""
    stated = [o.goal.node for o in objectives] + [r.node for r in reports]
    found = [f for node in stated for f in _findings(node, scenarios, node.mark)]
    for relation in (relation for one in constraints for relation in one.relations):
        told = [f for side in relation.sides for f in _findings(side, scenarios, relation.mark)]
        if relation.where is not None and not told:
            told = _findings(relation.where, scenarios, relation.mark)
        found += told
    return list({(f.mark, f.message): f for f in found}.values())


def _findings(node: Node, scenarios: Collection[str], mark: Mark) -> list[Diagnostic]:
    return [_finding(node, name, mark) for name in _repeats(node, scenarios)]


def _repeats(node: Node, scenarios: Collection[str]) -> list[str]:
    return [r.axis.name for r in node.facts.repeats if r.axis.name in scenarios]


def _finding(node: Node, name: str, mark: Mark) -> Diagnostic:
    """The finding for the part that first stands over the set, at the innermost place that the user wrote; mark: that of the whole."""
    part: Node | None = node
    while part is not None:
        mark = mark if part.mark == NOWHERE else part.mark
        part = next((a for a in part.args if _repeats(a, (name,))), None)
    return Diagnostic(
        "M940",
        f"the formula stands over {name}, whose items are scenarios",
        mark,
        why="Each scenario is a problem of its own, with one item of that set; a formula cannot run over all of them.",
        fix=f"Let a table over {name} hold a number for each scenario, and name its variable here.",
    )
