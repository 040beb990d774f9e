"""Numbers in formulas that solvers take for no limit at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from saddlepoint.errors import Diagnostic
from saddlepoint.expr.node import Relation
from saddlepoint.model.model import Problem

NO_LIMIT = 1e20


def limits_without_end(problems: Sequence[Problem]) -> Iterable[Diagnostic]:
    """A warning for every number of 1e20 or more in a relation."""
    for problem in problems:
        for constraint in problem.constraints:
            relation = constraint.relation
            if not isinstance(relation, Relation):
                continue
            for side in (relation.left, relation.right):
                for node in side.walk():
                    if node.number is not None and abs(node.number) >= NO_LIMIT:
                        yield Diagnostic(
                            "M029",
                            f"{node.number:g} is read as no limit",
                            node.mark,
                            why="solvers take bounds of 1e20 and more for bounds that are not there",
                            fix="Leave the relation out if there is no limit, else write a smaller number or choose a larger unit.",
                            severity="warning",
                        )
