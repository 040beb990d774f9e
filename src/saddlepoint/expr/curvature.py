"""Sign and curvature of expressions once their data are known: the composition rules of disciplined convexity.

Source: Grant, Boyd & Ye, "Disciplined convex programming" (2006).
"""

from __future__ import annotations

from collections.abc import Callable

from saddlepoint.expr.facts import Curvature, Sign
from saddlepoint.expr.node import Judged, Nature, Node, is_product

SignOf = Callable[[Node], Sign]


def judged(node: Node, sign_of: SignOf) -> Judged:
    """The sign and curvature of a node; sign_of gives the sign of a data-only node (worst case over scenarios)."""
    if not node.facts.decision:
        return Judged(sign_of(node), Curvature.CONSTANT)
    if node.variable is not None:
        positive = node.variable.nonneg or node.variable.boolean
        return Judged(Sign.NONNEG if positive else Sign.UNKNOWN, Curvature.AFFINE)
    parts = tuple(judged(a, sign_of) for a in node.args)
    return Judged(node.the_operator.sign(tuple(p.sign for p in parts)), _curvature(node, parts))


def _curvature(node: Node, parts: tuple[Judged, ...]) -> Curvature:
    record = node.the_operator
    if record.nature is Nature.LINEAR:
        result = Curvature.CONSTANT
        ways = record.monotone(tuple(p.sign for p in parts)) if record.monotone else (1,) * len(parts)
        for part, way in zip(parts, ways, strict=True):
            if way == 0 and not part.curvature.is_affine:
                return Curvature.UNKNOWN
            result = result + (part.curvature if way >= 0 else -part.curvature)
        return result
    if record.nature is Nature.BILINEAR:
        return _scaled(node, parts)
    if record.nature is Nature.FOREIGN:
        return Curvature.UNKNOWN
    if record.nature is Nature.EXACT:
        return Curvature.AFFINE if all(p.curvature.is_affine for p in parts) else Curvature.UNKNOWN
    return _composed(node, parts)


def _scaled(node: Node, parts: tuple[Judged, ...]) -> Curvature:
    """A product with data: the sign of the data keeps or turns the curvature. One of two decisions stands for a column of its own."""
    if is_product(node):
        return Curvature.AFFINE
    inner = next(p for p, a in zip(parts, node.args, strict=True) if a.facts.decision)
    factor = next(
        (p.sign for p, a in zip(parts, node.args, strict=True) if not a.facts.decision), Sign.NONNEG
    )
    if inner.curvature.is_affine:
        return Curvature.AFFINE
    if factor in (Sign.NONNEG, Sign.ZERO):
        return inner.curvature
    return -inner.curvature if factor is Sign.NONPOS else Curvature.UNKNOWN


def _composed(node: Node, parts: tuple[Judged, ...]) -> Curvature:
    record = node.the_operator
    convex = record.nature is Nature.CONVEX
    directions = record.monotone(tuple(p.sign for p in parts)) if record.monotone else (0,) * len(parts)
    for part, direction, arg in zip(parts, directions, node.args, strict=False):
        if part.curvature.is_affine or not arg.facts.decision:
            continue
        inner = part.curvature if direction > 0 else -part.curvature
        fits = inner.is_convex if convex else inner.is_concave
        if direction == 0 or not fits:
            return Curvature.UNKNOWN
    return Curvature.CONVEX if convex else Curvature.CONCAVE


def culprit(node: Node, sign_of: SignOf, want: Callable[[Curvature], bool]) -> Node:
    """The smallest part that spoils the wanted curvature, for the error's mark."""
    if want(judged(node, sign_of).curvature):
        return node
    for part in node.visible:
        if part.facts.decision and judged(part, sign_of).curvature is Curvature.UNKNOWN:
            return culprit(part, sign_of, lambda c: c is not Curvature.UNKNOWN)
    return node
