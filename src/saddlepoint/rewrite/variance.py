"""The variance of a row of independent elements by sums of squares, where no decision multiplies them."""

from __future__ import annotations

from collections.abc import Iterable

from saddlepoint.expr.node import Node
from saddlepoint.expr.operators.convex import SQUARE
from saddlepoint.expr.operators.linear import ADD, CUMSUM, NEGATIVE, SUM, TRANSPOSE
from saddlepoint.expr.operators.products import DIVIDE, MATMUL, MULTIPLY, QUOTIENT, TIMES
from saddlepoint.expr.uncertain import is_uncertain, leaves, made, plus, std, times_node
from saddlepoint.records import dataclass


@dataclass(frozen=True, slots=True)
class _Variance:
    """Variances entry by entry; shared: whether two entries may depend on the same element."""

    node: Node
    shared: bool


def variance(sides: Iterable[Node]) -> Node | None:
    """The variance of left − right, entry by entry; None where entries that share elements would be added up.

    Var Σ c·ξ = Σ c²·Var ξ for independent ξ, as long as each element comes into a row on one way only.
    """
    parts = [side for side in sides if is_uncertain(side)]
    names = [leaf.variable.name for side in parts for leaf in leaves(side) if leaf.variable is not None]
    if len(set(names)) < len(names):
        return None
    found = [_of(side) for side in parts]
    have = [v.node for v in found if v is not None]
    return plus(*have) if have and len(have) == len(found) else None


def _of(node: Node) -> _Variance | None:
    if node.variable is not None:
        tied = node.variable.uncertainty.covariance is not None and not node.facts.is_scalar
        return None if tied else _Variance(made(SQUARE, (std(node),)), False)
    record = node.operator
    inside = [(a, _of(a)) for a in node.args if is_uncertain(a)]
    if any(v is None for _, v in inside):
        return None
    have = [v for _, v in inside if v is not None]
    if record is ADD:
        return _sum(node, have)
    if record in (NEGATIVE, TRANSPOSE, SUM, CUMSUM):
        return _mapped(node, have[0])
    if record in (MULTIPLY, TIMES, DIVIDE, QUOTIENT, MATMUL) and len(have) == 1:
        return _scaled(node, have[0])
    return None


def _sum(node: Node, have: list[_Variance]) -> _Variance | None:
    whole = plus(*(v.node for v in have))
    wide = any(v.node.facts.shape[-2:] != node.facts.shape[-2:] for v in have)
    if whole.facts.shape[-2:] != node.facts.shape[-2:]:
        return None
    return _Variance(whole, wide or any(v.shared for v in have))


def _mapped(node: Node, inner: _Variance) -> _Variance | None:
    if node.operator is NEGATIVE:
        return inner
    if node.the_operator is not TRANSPOSE and inner.shared:
        return None
    return _Variance(
        made(node.the_operator, (inner.node,), node.options), inner.shared or node.the_operator is CUMSUM
    )


def _scaled(node: Node, inner: _Variance) -> _Variance | None:
    """Data times what is uncertain: squares of the data times the variances."""
    first = is_uncertain(node.args[0])
    factor = node.args[1] if first else node.args[0]
    if factor.facts.decision:
        return None
    squared = made(SQUARE, (factor,))
    if node.operator is MATMUL:
        return (
            None
            if inner.shared
            else _Variance(made(MATMUL, (inner.node, squared) if first else (squared, inner.node)), True)
        )
    quotient = node.operator is DIVIDE
    whole = made(DIVIDE, (inner.node, squared)) if quotient else times_node(squared, inner.node)
    wide = inner.node.facts.shape[-2:] != node.facts.shape[-2:]
    return _Variance(whole, inner.shared or wide)
