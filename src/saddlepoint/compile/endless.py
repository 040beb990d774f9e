"""Data without a limit (inf, -inf): where a relation may take them as a bound that is not there."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from saddlepoint.compile.lifting import Datum
from saddlepoint.compile.lower import summands
from saddlepoint.errors import Diagnostic
from saddlepoint.expr.node import Node, Relation

_ALLOWED = {"<=": -math.inf, ">=": math.inf}


def endless(
    relations: Sequence[Relation], goals: Sequence[Node], data: Mapping[int, Datum]
) -> tuple[Diagnostic, ...]:
    """A finding for every part of the data that is infinite where that is no missing bound.

    left <= right may lack its bound where a summand of right is inf, or one of left -inf; left >= right the other way
    round. An infinite factor, an infinite cost, and an equality with an infinite side have no meaning.
    """
    infinite = {key for key, datum in data.items() if any(map(math.isinf, datum.span))}
    if not infinite:
        return ()
    found: list[Diagnostic] = []
    bounds: set[int] = set()
    for relation in relations:
        for node, factor in _summands(relation):
            if id(node) in infinite:
                bounds.add(id(node))
                found += _wrong_way(relation, node, factor, data[id(node)].span)
    tops = (*(side for r in relations for side in r.sides), *goals)
    others = {id(n): n for top in tops for n in top.walk() if id(n) in infinite - bounds}
    return (*found, *map(_no_bound, others.values()))


def _summands(relation: Relation) -> Iterator[tuple[Node, float]]:
    yield from summands(relation.left)
    yield from summands(relation.right, -1.0)


def _wrong_way(
    relation: Relation, node: Node, factor: float, span: tuple[float, float]
) -> Iterator[Diagnostic]:
    free = _ALLOWED.get(relation.symbol)
    wrong = [value for value in span if math.isinf(value) and factor * value != free]
    if wrong:
        yield Diagnostic(
            "E303",
            f"{wrong[0]:g} stands where no plan can meet it: {relation.symbol} with this side is never satisfied",
            node.mark,
            why="inf is no limit from above, -inf no limit from below; an equality needs a number",
            fix="Correct the cells, or turn the relation round.",
        )


def _no_bound(node: Node) -> Diagnostic:
    return Diagnostic(
        "E303",
        "this part of the data has no limit (inf) and is no bound",
        node.mark,
        why="no limit has a meaning only as one side of a <= or >=, not as a factor or a cost",
        fix="Write finite numbers into the table, or use it as a bound of its own.",
    )
