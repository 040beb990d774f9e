"""Relations that hold for every value in a set: the row at the means, plus the worst that its elements can add.

The inner maximum over a box, a budget or an ellipsoid is replaced by its dual, so that rows or a cone remain
(A. Ben-Tal, L. El Ghaoui, A. Nemirovski, Robust Optimization, 2009, ch. 1). Decisions that adapt are affine in the elements
(A. Ben-Tal et al., Math. Programming 99 (2004) 351–376): an equality then holds at the means and along every element.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from saddlepoint.errors import Diagnostic, RewriteError
from saddlepoint.expr.named import number_node
from saddlepoint.expr.node import Node, Operator, Relation, Robust, UncertaintySet
from saddlepoint.expr.operators.worst import REACH_DOWN, REACH_UP, SIZE, WORST_BOX, WORST_BUDGET
from saddlepoint.expr.uncertain import (
    made,
    mean_node,
    plus,
    repeat_place,
    rule_of,
    std,
    times_node,
    with_columns,
)
from saddlepoint.rewrite.adapting import correlated, covariance_of, moved_with, of_tables, seen_by
from saddlepoint.rewrite.chance import Inequality, Promise, Rewritten, related
from saddlepoint.rewrite.refused import refused
from saddlepoint.rewrite.spread import ELEMENT_RANK, elements, length

Sized = Callable[[Node], Node]


def rewrite_robust(relation: Relation, stated: Robust) -> tuple[Rewritten, ...]:
    """What one relation of a robust constraint becomes; RewriteError, ShapeMismatch."""
    found = [*refused(relation, always=True), *_without_set(relation, stated)]
    if found:
        raise RewriteError(found)
    sides = Inequality(relation)
    if relation.symbol == "==":
        return _identity(sides, stated.level)
    groups = _groups(sides, stated.against)
    worst = plus(*(_worst(sides, against, tables) for against, tables in groups))
    cone = any(against.kind == "ellipsoid" for against, _ in groups) and worst.facts.decision
    said = " and ".join(_said(against) for against, _ in groups)
    promise = Promise(
        "exact", f"holds for every value in {said}: the worst of them is added to the row at the means"
    )
    made_ = Rewritten(
        relation=sides.raised(worst), form="cone" if cone else "row", level=stated.level, promise=promise
    )
    return (made_,)


def _said(against: UncertaintySet) -> str:
    from saddlepoint.expr.show import text

    return f"{against.kind}({text(against.size)})"


def _groups(sides: Inequality, against: UncertaintySet | None) -> list[tuple[UncertaintySet, frozenset[str]]]:
    """The sets that bound the elements of a row, each with the tables whose elements it ties together."""
    if against is not None:
        return [(against, frozenset(_tables(sides)))]
    return [(own, frozenset((table,))) for table, own in _tables(sides).items() if own is not None]


def _tables(sides: Inequality) -> Mapping[str, UncertaintySet | None]:
    """The uncertain tables whose elements come into a row, also by what adapts to them, each with its own set."""
    found: dict[str, UncertaintySet | None] = {}
    seen = seen_by(sides.leaves)
    for variable in (
        *(leaf.variable for leaf in sides.leaves if rule_of(leaf) is None),
        *((whole for whole, _ in seen.tables.values()) if seen is not None else ()),
    ):
        assert variable is not None
        found[variable.table] = variable.uncertainty.against
    return found


def _without_set(relation: Relation, stated: Robust) -> Iterable[Diagnostic]:
    if stated.against is not None or relation.symbol == "==":
        return
    for table, own in _tables(Inequality(relation)).items():
        if own is None:
            yield Diagnostic(
                "R780",
                f"nothing says for which values of {table!r} this relation is to hold",
                relation.mark,
                why="no set is named here, and the table has none",
                fix="Write robust(…, set=box), budget(Γ) or ellipsoid(Ω), or give the table a key `set:`.",
            )


def _worst(sides: Inequality, against: UncertaintySet, tables: frozenset[str]) -> Node:
    """The worst that the elements of some tables add to small − large."""
    size = made(SIZE, (against.size,))
    if against.kind == "ellipsoid":
        return times_node(size, length(_deviations(sides, tables)))
    up, down = (
        _gain(sides, lambda leaf, r=record: with_columns(r, leaf), tables)
        for record in (REACH_UP, REACH_DOWN)
    )
    if against.kind == "box":
        return times_node(size, _along(WORST_BOX, up, down))
    return _along(WORST_BUDGET, up, down, size)


def _deviations(sides: Inequality, tables: frozenset[str]) -> Node:
    """What each element adds when it moves by its standard deviation, correlated ones by a root of their covariance."""
    seen = seen_by(sides.leaves)
    if seen is not None and covariance_of(seen) is not None:
        return correlated(_gain(sides, None, tables), seen)
    return _gain(sides, std, tables)


def _along(record: Operator, *args: Node) -> Node:
    return replace(made(record, args, (repeat_place(args[0].facts.repeats, ELEMENT_RANK),)), shown=1)


def _gain(sides: Inequality, of: Sized | None, tables: frozenset[str]) -> Node:
    """What each element adds to small − large when it moves by a size, 0 for elements of other tables."""
    seen = seen_by(sides.leaves)
    if seen is not None:
        units = moved_with(sides.leaves, seen, of)
        whole = sides.part_by_name(units)
        return whole if tables >= set(seen.tables) else times_node(of_tables(seen, tables, whole), whole)
    own = elements(sides, of)
    mine = {leaf.the_variable.name: leaf.the_variable.table in tables for leaf in sides.leaves}
    return sides.part_by_name(
        {n: x if mine[n] else times_node(number_node(0.0, x), x) for n, x in own.items()}
    )


def _identity(sides: Inequality, level: Node) -> tuple[Rewritten, ...]:
    """An equality for all values: at the means, and along every element."""
    seen = seen_by(sides.leaves)
    if seen is None:
        raise RewriteError.of(
            "R781",
            "an equality cannot hold for all values of what is uncertain: nothing in it adapts",
            sides.relation.mark,
            fix="Let a decision of it adapt (adapts: D before Weeks), or write <= or >=.",
        )
    units = moved_with(sides.leaves, seen, None)
    change = sides.part_by_name(units)
    zero = number_node(0.0, change)
    promise = Promise("exact", "holds for every value: at the means, and what each element adds is 0")
    at_means = Rewritten(relation=sides.with_leaves(mean_node), form="row", level=level, promise=promise)
    along = replace(sides.relation, left=change, right=zero, where=None)
    moving = Rewritten(relation=related(along, change, zero), form="row", level=level, promise=promise)
    return at_means, moving
