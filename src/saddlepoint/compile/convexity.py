"""Is the problem convex with these data? Checked once over all scenarios; what it relies on is kept for later binds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from saddlepoint.compile.lifting import Datum
from saddlepoint.errors import NOWHERE, Diagnostic
from saddlepoint.expr.curvature import culprit, judged
from saddlepoint.expr.facts import Curvature, Sign
from saddlepoint.expr.node import Nature, Node, Relation
from saddlepoint.expr.operators.convex import POS
from saddlepoint.expr.piecewise import SLOPES
from saddlepoint.expr.value import sign_of
from saddlepoint.model.model import Objective, Problem
from saddlepoint.records import dataclass


@dataclass(frozen=True, slots=True)
class CurvatureRule:
    """What one side of a relation, or an objective, must be."""

    node: Node
    word: str
    fits: Callable[[Curvature], bool]


def check(problem: Problem, data: Mapping[int, Datum]) -> list[Diagnostic]:
    """A finding for every objective and relation that breaks the composition rules."""
    negative = [_paid_for_missing(o, data) for o in problem.objectives if _is_negative(o, data)]
    return negative or [
        f for demand in demands(problem) if not _is_foreign(demand.node) for f in _judge(demand, data)
    ]


def _is_negative(objective: Objective, data: Mapping[int, Datum]) -> bool:
    """Whether a penalty of a soft relation is below 0 in some scenario."""
    if objective.price is None:
        return False
    return sign_lookup(data)(objective.price) not in (Sign.NONNEG, Sign.ZERO)


def _paid_for_missing(objective: Objective, data: Mapping[int, Datum]) -> Diagnostic:
    assert objective.price is not None
    return Diagnostic(
        "C160",
        "the penalty of a soft relation is negative somewhere",
        objective.price.mark,
        why="missing the relation would be rewarded, without end",
        fix="Write prices of violation as positive numbers, whether you minimise or maximise.",
    )


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
    bent = _bent_curve(demand.node, sign)
    if bent is not None:
        yield Diagnostic(
            "C101",
            f"the slopes of piecewise {_bends(bent, sign)}, and this part must be {demand.word}",
            demand.node.mark if bent.mark is NOWHERE else bent.mark,
            why="only a curve whose slopes never fall is convex, and only one whose slopes never rise is concave",
            fix="Say piecewise(…, exact=True): yes/no columns make any curve exact, and the problem an integer one.",
        )
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
        fix="Rewrite it with convex operators, turn the relation, or move the product into a coupled sub-problem.",
    )


def _bent_curve(node: Node, sign: Callable[[Node], Sign]) -> Node | None:
    """A convex piecewise that is no longer convex with its data."""
    for part in node.walk():
        if (
            part.call is not None
            and _changes(part) is not None
            and not judged(part, sign).curvature.is_convex
        ):
            return part
    return None


def _changes(node: Node) -> Node | None:
    """The changes of slope of a piecewise that has no columns of its own."""
    if node.operator is None or node.operator.name != "add" or node.args[-1].operator is None:
        return None
    product = node.args[-1].args[0] if node.args[-1].args else node
    if product.operator is None or len(product.args) != 2 or product.args[1].operator is not POS:
        return None
    return product.args[0] if any(n.operator is SLOPES for n in product.args[0].walk()) else None


def _bends(node: Node, sign: Callable[[Node], Sign]) -> str:
    changes = _changes(node)
    assert changes is not None
    return (
        "fall from point to point"
        if sign(changes) is Sign.NONPOS
        else "rise at some points and fall at others"
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
