"""Between which data an expression lies, by what is declared of its decisions: the interval arithmetic of Moore (1966)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from saddlepoint.expr.apply import apply
from saddlepoint.expr.named import number_node, widened
from saddlepoint.expr.node import Nature, Node, Operator
from saddlepoint.expr.operators.exact import STEP, WITHIN, is_switched
from saddlepoint.expr.operators.extremes import MAXIMUM, MINIMUM
from saddlepoint.expr.operators.linear import ADD, NEGATIVE
from saddlepoint.expr.operators.products import MULTIPLY

Enclosure = tuple[Node | None, Node | None]
"""A lower and an upper end, each data, None where there is none."""
Declared = Mapping[str, Enclosure]
"""Variable → the range that its declaration states."""


def range_of(node: Node, declared: Declared) -> Enclosure:
    """The least and the largest value that a node can have."""
    if not node.facts.decision:
        return node, node
    if node.variable is not None:
        return _of_variable(node, declared)
    record = node.the_operator
    if record.name == "add":
        parts = [range_of(a, declared) for a in node.args]
        return _sum([p[0] for p in parts]), _sum([p[1] for p in parts])
    if record.name == "negative":
        low, high = range_of(node.args[0], declared)
        return _minus(high), _minus(low)
    if record.whole is not None:
        low, high = range_of(node.args[0], declared)
        return _mapped(node, record, low), _mapped(node, record, high)
    if is_switched(record):
        return with_zero(range_of(node.args[1], declared))
    if record is WITHIN:
        return node.args[1], node.args[2]
    if record is STEP:
        return number_node(0.0), node.args[2]
    if record.name in ("mult", "times", "divide") and record.nature is Nature.BILINEAR:
        return _product(node, declared)
    return None, None


def with_zero(ends: Enclosure) -> Enclosure:
    """The range of what may also be 0."""
    low, high = ends
    zero = number_node(0.0)
    return (
        None if low is None else _extreme(MINIMUM, (low, zero)),
        None if high is None else _extreme(MAXIMUM, (high, zero)),
    )


def _of_variable(node: Node, declared: Declared) -> Enclosure:
    variable = node.the_variable
    if variable.boolean:
        return number_node(0.0), number_node(1.0)
    low, high = declared.get(variable.name, (None, None))
    if low is None and variable.nonneg:
        low = number_node(0.0)
    return low, high


def _sum(parts: list[Node | None]) -> Node | None:
    known = [p for p in parts if p is not None]
    if len(known) < len(parts):
        return None
    if all(p.number is not None for p in known):
        return number_node(sum(p.number for p in known if p.number is not None))
    return apply(ADD, tuple(known))


def _minus(node: Node | None) -> Node | None:
    if node is None or node.number is not None:
        return None if node is None else number_node(-(node.number or 0.0) + 0.0)
    return apply(NEGATIVE, (node,))


def _extreme(record: Operator, pair: tuple[Node, Node]) -> Node:
    numbers = [p.number for p in pair]
    if all(n is not None for n in numbers):
        pick: Callable[..., float] = min if record is MINIMUM else max
        return number_node(pick(n for n in numbers if n is not None))
    return apply(record, pair)


def _mapped(node: Node, record: Operator, end: Node | None) -> Node | None:
    """An end rearranged as the node rearranges its argument."""
    if end is None:
        return None
    inner = widened(end, node.args[0].facts)
    facts = replace(node.facts, decision=False, varying=inner.facts.varying)
    return Node(facts, record, (inner,), options=node.options)


def _product(node: Node, declared: Declared) -> Enclosure:
    """Data times an expression: the ends exchange places where the data are negative."""
    left, right = node.args
    factor, inner = (left, right) if right.facts.decision else (right, left)
    low, high = range_of(inner, declared)
    if factor.number is not None:
        low, high = (low, high) if factor.number >= 0 else (high, low)
        return _times(factor, low), _times(factor, high)
    ends = (_times(factor, low), _times(factor, high))
    if ends[0] is None or ends[1] is None:
        return None, None
    return _extreme(MINIMUM, (ends[0], ends[1])), _extreme(MAXIMUM, (ends[0], ends[1]))


def _times(factor: Node, end: Node | None) -> Node | None:
    if end is None:
        return None
    if end.number == 0.0:
        return end
    if factor.number is not None and end.number is not None:
        return number_node(factor.number * end.number)
    return apply(MULTIPLY, (factor, end))
