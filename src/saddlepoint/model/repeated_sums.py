"""Relations that a sum repeats over a set which the other side lacks: T rows where one total may be meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from saddlepoint.errors import Diagnostic
from saddlepoint.expr.node import Node, Relation
from saddlepoint.expr.show import text
from saddlepoint.model.model import Problem

_WIDEST = 60


def repeated_sums(problem: Problem, meant: Mapping[str, tuple[str, ...]]) -> Iterable[Diagnostic]:
    """A warning for every relation between a plain sum over a repeated matrix and a side that is not repeated.

    meant: relation → sets of which the user said that every item has a row.
    """
    for one in problem.constraints:
        relation = one.relation
        if not isinstance(relation, Relation):
            continue
        for side, other in ((relation.left, relation.right), (relation.right, relation.left)):
            names = [n for n in _only_in(side, other) if n not in meant.get(one.name, ())]
            if names and _is_plain_sum(side) and other.facts.is_scalar:
                yield _finding(one.name, side, names)


def _only_in(side: Node, other: Node) -> list[str]:
    have = {r.rank for r in other.facts.repeats}
    return [r.axis.name for r in side.facts.repeats if r.rank not in have and len(r.axis) > 1]


def _is_plain_sum(node: Node) -> bool:
    """A sum of a whole matrix with more than one entry, or of one that is not: sum(x) of a scalar per item."""
    return (
        node.operator is not None and node.operator.name == "sum" and (node.call is None or node.call.defined)
    )


def _finding(name: str, side: Node, names: list[str]) -> Diagnostic:
    shown = text(side)
    shown = shown if len(shown) <= _WIDEST else shown[: _WIDEST - 2] + " …"
    sets = ", ".join(names)
    over = names[0] if len(names) == 1 else f"({sets})"
    inner = text(side.args[0])
    return Diagnostic(
        "M028",
        f"the relation {name!r} holds for each item of {sets}, and its other side is the same for all of them",
        side.mark,
        why=f"{shown} sums a matrix and is repeated over {sets}",
        fix=f"Write sum({inner}, over={over}) if one total is meant; say each: {sets} beside the relation if every item is.",
        severity="warning",
    )
