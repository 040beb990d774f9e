"""Is the problem convex with these data? Checked once over all scenarios; what it relies on is kept for later binds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from saddlepoint.compile.lifting import Datum
from saddlepoint.errors import Diagnostic
from saddlepoint.expr.curvature import culprit, judged
from saddlepoint.expr.facts import Curvature, Sign
from saddlepoint.expr.node import Nature, Node, Relation
from saddlepoint.expr.value import sign_of
from saddlepoint.model.model import Problem


@dataclass(frozen=True, slots=True)
class CurvatureRule:
    """What one side of a relation, or an objective, must be."""

    node: Node
    word: str
    fits: Callable[[Curvature], bool]


def check(problem: Problem, data: Mapping[int, Datum]) -> list[Diagnostic]:
    """A finding for every objective and relation that breaks the composition rules."""
    return [f for demand in demands(problem) if not _is_foreign(demand.node) for f in _judge(demand, data)]


def _is_foreign(node: Node) -> bool:
    """Whether a user's operator of decisions stands in it: then CVXPY judges."""
    return any(
        n.operator is not None and n.operator.nature is Nature.FOREIGN and n.facts.decision
        for n in node.walk()
    )


def demands(problem: Problem) -> Iterable[CurvatureRule]:
    """What convexity asks of each part: convex ≤ concave, affine = affine, convex minimised, concave maximised."""
    for objective in problem.objectives:
        if objective.goal.sense > 0:
            yield CurvatureRule(objective.goal.node, "convex, to be minimised", lambda c: c.is_convex)
        else:
            yield CurvatureRule(objective.goal.node, "concave, to be maximised", lambda c: c.is_concave)
    for constraint in problem.constraints:
        relation = constraint.relation
        if not isinstance(relation, Relation):
            continue
        left, right = relation.left, relation.right
        small, large = (left, right) if relation.symbol != ">=" else (right, left)
        if relation.symbol == "==":
            yield CurvatureRule(left, "affine: it stands in an equality", lambda c: c.is_affine)
            yield CurvatureRule(right, "affine: it stands in an equality", lambda c: c.is_affine)
        else:
            yield CurvatureRule(small, "convex: it is the smaller side", lambda c: c.is_convex)
            yield CurvatureRule(large, "concave: it is the larger side", lambda c: c.is_concave)


def _judge(demand: CurvatureRule, data: Mapping[int, Datum]) -> Iterable[Diagnostic]:
    sign = sign_lookup(data)
    found = judged(demand.node, sign).curvature
    if demand.fits(found):
        return
    part = culprit(demand.node, sign, demand.fits)
    why = ""
    if found is Curvature.UNKNOWN and any(_mixed(a, data) for a in part.args):
        why = "the data it is multiplied with have both signs, and a curved expression keeps its curvature only under one"
    yield Diagnostic(
        "C101",
        f"this part is {judged(part, sign).curvature.value}; it must be {demand.word}",
        part.mark,
        why=why,
        fix="rewrite it with convex operators, turn the relation, or move the product into a coupled sub-problem",
    )


def _mixed(node: Node, data: Mapping[int, Datum]) -> bool:
    datum = data.get(id(node))
    return datum is not None and datum.sign is Sign.UNKNOWN


def sign_lookup(data: Mapping[int, Datum]) -> Callable[[Node], Sign]:
    """The sign of a data-only node over all scenarios; of a sparse one by the rules from its parts."""

    def sign(node: Node) -> Sign:
        datum = data.get(id(node))
        if datum is not None:
            return datum.sign
        if node.number is not None:
            return sign_of(np.array([node.number]))
        if node.operator is None or not node.args:
            return Sign.UNKNOWN
        return node.operator.sign(tuple(sign(a) for a in node.args))

    return sign


def relied_on(problem: Problem, data: Mapping[int, Datum]) -> frozenset[int]:
    """Ids of the data nodes whose sign decides a curvature.

    These are the factors of something curved, and whatever makes the sign of an argument of a composition whose
    direction follows that sign.
    """
    sign = sign_lookup(data)
    found: set[int] = set()
    for demand in demands(problem):
        for node in demand.node.walk():
            if node.operator is None or not node.facts.decision:
                continue
            decided = [a for a in node.args if a.facts.decision]
            if all(judged(a, sign).curvature.is_affine for a in decided):
                continue
            if node.operator.nature is Nature.BILINEAR:
                decided = []
            elif node.operator.nature is Nature.LINEAR:
                continue
            given = [a for a in node.args if not a.facts.decision]
            found.update(id(n) for a in (*given, *decided) for n in a.walk() if id(n) in data)
    return frozenset(found)
