"""Words that make one number of a whole matrix, taken for each item of a set over which the matrix is repeated: T numbers where
one may be meant.

In a relation that is so where the other side is one number for all; not where items and whole come to the same (max(x) <= K). In
an objective, whose items are added up, it is so of what is no total. Which words these are their records say (`collapses`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from saddlepoint.errors import Diagnostic
from saddlepoint.expr.axis_words import OVER
from saddlepoint.expr.node import Node, Relation
from saddlepoint.expr.show import text
from saddlepoint.model.model import Problem
from saddlepoint.printing.sentences import clipped

_SAME = {("most", "<="), ("least", ">=")}
_TURNED = {"<=": ">=", ">=": "<=", "==": "=="}


def repeated_reducers(problem: Problem, meant: Mapping[str, tuple[str, ...]]) -> Iterable[Diagnostic]:
    """A warning for every relation between such a number of a repeated matrix and a side that is not repeated, and for every
    objective with one that is no total.

    meant: relation → sets of which the user said that every item has a row.
    """
    for one in problem.constraints:
        relation = one.relation
        if not isinstance(relation, Relation):
            continue
        turned = _TURNED[relation.symbol]
        for side, other, symbol in (
            (relation.left, relation.right, relation.symbol),
            (relation.right, relation.left, turned),
        ):
            names = [n for n in _only_in(side, other) if n not in meant.get(one.name, ())]
            how = _collapses(side)
            if names and how and (how, symbol) not in _SAME and other.facts.is_scalar:
                yield _of_relation(one.name, side, names)
    for goal in (o.goal for o in problem.every_objective):
        for node in _added(goal.node):
            names = [r.axis.name for r in node.facts.repeats if len(r.axis) > 1]
            if names and _collapses(node) not in (None, "total"):
                yield _of_objective(node, names)


def _only_in(side: Node, other: Node) -> list[str]:
    have = {r.rank for r in other.facts.repeats}
    return [r.axis.name for r in side.facts.repeats if r.rank not in have and len(r.axis) > 1]


def _collapses(node: Node) -> str | None:
    """How a node makes one number of a whole matrix, without a set to do it over; None where it does not."""
    if node.operator is None or (node.call is not None and not node.call.defined):
        return None
    return node.operator.collapses


def _added(node: Node) -> Iterator[Node]:
    """The terms of a sum, and what numbers that are not repeated multiply."""
    name = node.operator.name if node.operator is not None and node.call is None else ""
    once = [a for a in node.args if a.facts.repeats == node.facts.repeats]
    if name in ("add", "negative") or (name == "times" and len(once) == 1):
        for one in once:
            yield from _added(one)
    else:
        yield node


def _of_relation(name: str, side: Node, names: Sequence[str]) -> Diagnostic:
    verb = "sums" if _word(side) == "sum" else "is one number of"
    return Diagnostic(
        "M028",
        f"the relation {name!r} holds for each item of {', '.join(names)}, and its other side is the same for all of them",
        side.mark,
        why=f"{_short(side)} {verb} a matrix and is repeated over {', '.join(names)}",
        fix=f"{_over(side, names)} if one {_whole(side)} is meant; say each: {', '.join(names)} beside the relation if every item is.",
        severity="warning",
    )


def _of_objective(node: Node, names: Sequence[str]) -> Diagnostic:
    return Diagnostic(
        "M028",
        f"the objective adds up {_short(node)} of each item of {', '.join(names)}",
        node.mark,
        why=f"{_short(node)} is one number of a matrix and is repeated over {', '.join(names)}",
        fix=f"{_over(node, names)} if one {_whole(node)} is meant, sum({_short(node)}, over={_sets(names)}) if every item's is.",
        severity="warning",
    )


def _over(node: Node, names: Sequence[str]) -> str:
    """How one number over all items is written: with over=, or with the sets as rows of the matrix."""
    word = "norm2" if _word(node) == "norm" and node.options[:1] == (2,) else _word(node)
    if word in OVER:
        inner = node.args[0]
        sides = [a.name for side in (inner.facts.rows, inner.facts.cols) for a in side.axes if len(a) > 1]
        return f"Write {word}({text(inner)}, over={_sets([*sides, *names])})"
    return f"Make {' and '.join(names)} rows or columns of the matrix (dim)"


def _whole(node: Node) -> str:
    return "total" if _collapses(node) == "total" else "value"


def _word(node: Node) -> str:
    return "" if node.operator is None else node.operator.name


def _sets(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"({', '.join(names)})"


def _short(node: Node) -> str:
    return clipped(text(node))
