"""Summands of an objective that are counted several times, because another summand is repeated over more items."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod

from saddlepoint.errors import Diagnostic
from saddlepoint.expr.facts import Facts
from saddlepoint.expr.node import Node
from saddlepoint.expr.show import text
from saddlepoint.model.model import Problem
from saddlepoint.printing.sentences import clipped


def counted_often(problems: Sequence[Problem]) -> Iterable[Diagnostic]:
    """A warning for every summand that is added more than once for each of its own entries."""
    for problem in problems:
        for objective in problem.every_objective:
            whole = objective.goal.node
            for part in _summands(whole):
                times = prod(whole.facts.shape) // max(1, prod(part.facts.shape))
                if times > 1:
                    yield _finding(part, whole, times)


def _summands(node: Node) -> Iterable[Node]:
    if node.operator is not None and node.operator.name in ("add", "negative"):
        return (part for argument in node.args for part in _summands(argument))
    return (node,)


def _finding(part: Node, whole: Node, times: int) -> Diagnostic:
    return Diagnostic(
        "M025",
        f"the objective counts {clipped(text(part))} {times} times: {_over(part.facts, whole.facts)}",
        part.mark,
        why="an objective is repeated for each item of its intra-problem sets, and all its entries are added up",
        fix="Give it a line of its own under objective if it should count once: lines are added up.",
        severity="warning",
    )


def _over(part: Facts, whole: Facts) -> str:
    mine = {r.axis.name for r in part.repeats}
    sets = [r.axis.name for r in whole.repeats if r.axis.name not in mine]
    if sets:
        return f"once for each item of {' and '.join(sets)}, over which other summands are repeated"
    return "once for each entry of a matrix that is added to it"
