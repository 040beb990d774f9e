"""What cannot stand in a chance constraint, and why."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from saddlepoint.errors import Diagnostic
from saddlepoint.expr.node import Nature, Node, Relation
from saddlepoint.expr.uncertain import draws_of, is_uncertain, leaves, not_affine, rule_of


def refused(relation: Relation, always: bool = False) -> Iterable[Diagnostic]:
    """A finding for everything that cannot be rewritten in a relation of a chance constraint, or of a robust one (always)."""
    if relation.symbol == "==" and not always:
        why = "a continuous quantity equals a plan with probability 0"
        fix = "Write <= or >=, or fix the plan to quantile(D, p) or mean(D)."
        yield Diagnostic("R001", "a chance constraint cannot be an equality", relation.mark, why=why, fix=fix)
    have = [*leaves(relation.left), *leaves(relation.right)]
    if not have:
        word = "robust" if always else "chance"
        fix = f"Name a variable of an uncertain table in it, or write the relation without {word}(…)."
        yield Diagnostic("R002", f"nothing in this {word} constraint is uncertain", relation.mark, fix=fix)
    if always and any(draws_of(n) is not None for n in have):
        fix = "State the relation for every draw (decisions over the set of draws), or give the table distributions."
        yield Diagnostic("R784", "draws have no set of values around them", relation.mark, fix=fix)
    for side in relation.sides:
        bad = not_affine(side)
        if bad is not None and not _over_all_draws(have):
            yield _not_linear(bad)
    if len({draws_of(n) for n in have}) > 1:
        why = "all draws of one set are weighed together; a distribution has no draws, another set has others"
        fix = "Give both tables draws of the same set, or both distributions."
        yield Diagnostic(
            "R004", "this row mixes draws with a distribution or other draws", relation.mark, why=why, fix=fix
        )
    yield from _overlaps(relation, have)


def _over_all_draws(have: list[Node]) -> bool:
    return bool(have) and all(draws_of(n) is not None for n in have)


def _not_linear(part: Node) -> Diagnostic:
    inside = [n for n in part.args if is_uncertain(n)]
    record = part.operator
    product = record is not None and record.nature is Nature.BILINEAR and len(inside) > 1
    message = (
        "a product of two uncertain variables has no closed form"
        if product
        else f"{record.name if record else 'this'} of an uncertain variable is not linear in it"
    )
    return Diagnostic(
        "R003",
        message,
        part.mark,
        why="mean and deviation of a row follow from those of its parts only where these are added or scaled",
        fix="Give the product a table of its own, use draws (samples: <set>) with cvar, or replace one part by quantile(D, p).",
    )


def _overlaps(relation: Relation, have: list[Node]) -> Iterable[Diagnostic]:
    """Two names for the same uncertain cells would be counted as independent."""
    seen: dict[str, Node] = {}
    for leaf in have:
        seen.setdefault(leaf.the_variable.name, leaf)
    several = list(seen.values())
    for k, one in enumerate(several):
        for other in several[:k] if not any(rule_of(n) is not None for n in have) else ():
            a, b = one.variable, other.variable
            assert a is not None and b is not None
            if (
                draws_of(one) is None
                and a.table == b.table
                and len(np.intersect1d(a.cells.flat, b.cells.flat))
            ):
                yield Diagnostic(
                    "R005",
                    f"{a.name!r} and {b.name!r} look at the same cells of the uncertain table {a.table!r}",
                    relation.mark,
                    why="as two names they would be added up as if they were independent",
                    fix="Use one of the names, or filters that share no item.",
                )
