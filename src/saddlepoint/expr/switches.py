"""Products of two decisions of which one is 0 or 1: linear with new columns, by the ranges that are declared."""

from __future__ import annotations

from saddlepoint.expr.apply import apply, who
from saddlepoint.expr.node import Nature, Node, Operator, is_affine, is_product
from saddlepoint.expr.operators.exact import SWITCHED, is_switched
from saddlepoint.expr.operators.linear import ADD, NEGATIVE
from saddlepoint.expr.operators.products import MATMUL, MULTIPLY, TIMES
from saddlepoint.expr.ranges import Declared, range_of
from saddlepoint.expr.refusals import NoRange, TwoDecisions
from saddlepoint.records import dataclass

PRODUCTS = (MULTIPLY, TIMES, MATMUL)
"""The words that may multiply two continuous decisions."""


@dataclass(frozen=True, slots=True)
class _Summand:
    """factor · on, where `on` is 0 or 1, or data alone (on None); minus: it is subtracted."""

    factor: Node | None
    on: Node | None
    minus: bool = False


def switched(record: Operator, args: tuple[Node, Node], declared: Declared) -> Node:
    """The product of two decisions.

    One of them must be a yes/no decision, or a sum of such with data; the other must have a range. Raises TwoDecisions
    and NoRange.
    """
    for on, other in (args, args[::-1]):
        parts = _summands(on)
        if parts is not None:
            record.shape((args[0].facts, args[1].facts), ())
            return _expanded(record, parts, other, declared, on is args[0])
    raise TwoDecisions.of(who(args[0]), who(args[1]))


def _expanded(record: Operator, parts: list[_Summand], other: Node, declared: Declared, first: bool) -> Node:
    made = [_one(record, part, other, declared, first) for part in parts]
    return made[0] if len(made) == 1 else apply(ADD, tuple(made))


def _one(record: Operator, part: _Summand, other: Node, declared: Declared, first: bool) -> Node:
    if part.on is None:
        assert part.factor is not None
        node = apply(MULTIPLY, (part.factor, other))
    else:
        node = _switch(record, part.on, other, declared)
        if part.factor is not None:
            node = apply(MULTIPLY, (part.factor, node))
    return apply(NEGATIVE, (node,)) if part.minus else node


def _switch(record: Operator, on: Node, other: Node, declared: Declared) -> Node:
    if not is_affine(other):
        raise TwoDecisions(
            f"the factor of {who(on)} is curved, and only a linear one can be switched exactly",
            "Give the curved expression a decision of its own with lower and upper, and multiply that.",
        )
    low, high = range_of(other, declared)
    if low is None or high is None:
        end = "lower and upper" if low is None and high is None else "lower" if low is None else "upper"
        raise NoRange(
            f"the product of {who(on)} and {who(other)} needs to know between what {who(other)} lies: {end} missing",
            f"Declare it at the variable: {who(other).split(', ')[0]}: {{lower: 0, upper: capacity}} (numbers or data; the "
            "tighter, the faster).",
        )
    args = (on, other, low, high)
    facts = SWITCHED[record.name].shape(tuple(a.facts for a in args), ())
    return Node(facts, SWITCHED[record.name], args, shown=2)


def _summands(node: Node) -> list[_Summand] | None:
    """The node as a sum of data and of data times what is 0 or 1; None where it is none."""
    if not node.facts.decision:
        return [_Summand(node, None)]
    if _is_binary(node):
        return [_Summand(None, node)]
    record = node.operator
    if record is ADD:
        parts = [_summands(a) for a in node.args]
        return None if any(p is None for p in parts) else [s for p in parts if p is not None for s in p]
    if record is NEGATIVE:
        inner = _summands(node.args[0])
        return None if inner is None else [_Summand(s.factor, s.on, not s.minus) for s in inner]
    if record is not None and record.name in ("mult", "times") and record.nature is Nature.BILINEAR:
        return _scaled(node)
    return None


def _scaled(node: Node) -> list[_Summand] | None:
    left, right = node.args
    data, decided = (left, right) if right.facts.decision else (right, left)
    inner = _summands(decided)
    if inner is None:
        return None
    return [
        _Summand(data if s.factor is None else apply(MULTIPLY, (data, s.factor)), s.on, s.minus)
        for s in inner
    ]


def _is_binary(node: Node) -> bool:
    """A yes/no decision, moved along its sets or not."""
    if node.variable is not None:
        return node.variable.boolean and node.variable.role == "decision"
    record = node.operator
    if record is not None and record.name in ("gather", "repeat", "tran"):
        return _is_binary(node.args[0])
    return is_switched(record) and all(_is_binary(a) for a in node.args[:2])


def is_continuous_product(record: Operator, args: tuple[Node, Node]) -> bool:
    """Whether arguments make a product of two decisions of which neither is 0 or 1."""
    return record in PRODUCTS and all(_summands(a) is None for a in args)


def decided_product(record: Operator, args: tuple[Node, Node]) -> Node:
    """The product of two decisions that are both continuous; raises TwoDecisions where a factor is curved, or a product itself."""
    for factor in args:
        if not is_affine(factor) or any(is_product(n) for n in factor.walk()):
            raise TwoDecisions(
                f"a factor of the product of {who(args[0])} and {who(args[1])} is no sum of decisions",
                "Give it a decision of its own, equal to it by a relation, and multiply that.",
            )
    return Node(record.shape((args[0].facts, args[1].facts), ()), record, args)
