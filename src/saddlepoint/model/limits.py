"""Numbers in formulas that other tools take for no limit at all: here they are limits, and it is asked whether they are meant."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from saddlepoint.errors import Diagnostic
from saddlepoint.expr.node import Relation
from saddlepoint.model.model import Problem

NO_LIMIT = 1e20
"""From here on many tools and file formats take a limit for none."""
HUGE = 1e100
"""From here on a number is no limit either: no solver sees it (L101)."""


def limits_without_end(problems: Sequence[Problem]) -> Iterable[Diagnostic]:
    """A warning for every number of 1e20 or more in a relation."""
    for problem in problems:
        for constraint in problem.constraints:
            relation = constraint.relation
            if not isinstance(relation, Relation):
                continue
            for side in relation.sides:
                for node in side.walk():
                    if node.number is not None and NO_LIMIT <= abs(node.number) < math.inf:
                        yield Diagnostic(
                            "M029",
                            f"{node.number:g} is "
                            + (
                                "too large to be computed with"
                                if abs(node.number) >= HUGE
                                else "a limit as any other number is"
                            ),
                            node.mark,
                            why="many tools take 1e20 and more for no limit; here that is inf alone",
                            fix="Write inf, or leave the relation out, if there is no limit; else choose a larger unit.",
                            severity="warning",
                        )
