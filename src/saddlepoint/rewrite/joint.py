"""Relations that hold together with one probability: Bonferroni's bound."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

from saddlepoint.errors import Diagnostic, RewriteError
from saddlepoint.expr.curvature import SignOf
from saddlepoint.expr.facts import Facts
from saddlepoint.expr.named import number_node
from saddlepoint.expr.node import Chance, Node, Relation, Robust
from saddlepoint.expr.shapes import ShapeMismatch, elementwise
from saddlepoint.expr.uncertain import plus, times_node
from saddlepoint.model.model import Constraint
from saddlepoint.rewrite.chance import Closed, Rewritten, rewrite_relation
from saddlepoint.rewrite.jointly import rewrite_jointly
from saddlepoint.rewrite.robust import rewrite_robust

_T = TypeVar("_T")


def rewrite_chance(
    constraint: Constraint, signs: SignOf, closed: Closed
) -> tuple[tuple[Constraint, Rewritten], ...]:
    """The relations that stand for a chance constraint, each with the constraint's name, text and place.

    Several relations get the level 1 − (1 − p)/m (Bonferroni) and the names name_1, name_2, … Raises RewriteError
    with every finding.
    """
    stated = constraint.relation
    assert isinstance(stated, Chance)
    if isinstance(stated, Robust):
        return _rewritten_robust(constraint, stated)
    count = rows_together(stated)
    level = stated.level if count == 1 else shared_level(stated.level, count)
    found: list[Diagnostic] = list(_fitted(stated))
    made_: list[tuple[Constraint, Rewritten]] = []

    def rewritten(relation: Relation) -> Rewritten:
        way = stated.joint
        return (
            rewrite_relation(relation, level, signs, closed)
            if way is None
            else rewrite_jointly(relation, stated, way, signs)
        )

    for name, one in _each(constraint, stated, rewritten, found):
        notes = (str(one.promise),) if count == 1 else _bonferroni(one, count)
        made_.append((replace(constraint, name=name, relation=one.relation, notes=notes), one))
    if found:
        raise RewriteError(found)
    return tuple(made_)


def _each(
    constraint: Constraint, stated: Chance, rewrite: Callable[[Relation], _T], found: list[Diagnostic]
) -> Iterator[tuple[str, _T]]:
    """The relations of a constraint rewritten, each with its name; what is wrong with the others is added to `found`."""
    for k, relation in enumerate(stated.relations, start=1):
        try:
            made = rewrite(relation)
        except RewriteError as error:
            found += error.diagnostics
        except ShapeMismatch as mismatch:
            found.append(Diagnostic("R008", mismatch.message, relation.mark, fix=mismatch.fix))
        else:
            yield (constraint.name if len(stated.relations) == 1 else f"{constraint.name}_{k}"), made


def _rewritten_robust(constraint: Constraint, stated: Robust) -> tuple[tuple[Constraint, Rewritten], ...]:
    """Each relation on its own; an equality that adapts has its rows along the elements under name_along."""
    found: list[Diagnostic] = []
    made_: list[tuple[Constraint, Rewritten]] = []
    for name, parts in _each(constraint, stated, lambda r: rewrite_robust(r, stated), found):
        for one, title in zip(parts, (name, f"{name}_along"), strict=False):
            kept = replace(constraint, name=title, relation=one.relation, notes=(str(one.promise),))
            made_.append((kept, one))
    if found:
        raise RewriteError(found)
    return tuple(made_)


def rows_together(stated: Chance) -> int:
    """How many rows share one probability: one of each relation if they have one shape, else all rows of all of them."""
    first = stated.relations[0].facts
    if all(_shape(r.facts) == _shape(first) for r in stated.relations):
        return len(stated.relations)
    return sum(r.facts.rows.length * r.facts.cols.length for r in stated.relations)


def _shape(facts: Facts) -> tuple[int, int]:
    return facts.rows.length, facts.cols.length


def _fitted(stated: Chance) -> list[Diagnostic]:
    try:
        return list(_levels(stated))
    except ShapeMismatch as mismatch:
        return [Diagnostic("R008", mismatch.message, stated.level.mark, fix=mismatch.fix)]


def _levels(stated: Chance) -> Iterable[Diagnostic]:
    """Whether each row has one probability."""
    first, level = stated.relations[0].facts, stated.level
    if not level.facts.is_scalar and any(_shape(r.facts) != _shape(first) for r in stated.relations):
        message = (
            "relations of different shapes that hold together share one probability, and this one has several"
        )
        yield Diagnostic("R014", message, level.mark, fix="Give one number (per repeat and scenario).")
        return
    for relation in stated.relations:
        both = elementwise((relation.facts, level.facts))
        if both.shape != relation.facts.shape:
            yield Diagnostic(
                "R008",
                f"the probability is {level.facts}; the rows of this relation are {relation.facts}",
                level.mark,
                why="each row holds with one probability",
                fix="Give one number, or a table over the sets of the relation's rows.",
            )


def _bonferroni(one: Rewritten, count: int) -> tuple[str, str]:
    """Rows that are exact one by one are only safe together: their failures are added up."""
    whose = " for the draws" if one.form == "draws" else ""
    return (
        f"safe{whose}: one of {count} rows that hold together, each with probability 1 − (1 − p)/{count} (Bonferroni)",
        f"row by row {one.promise}",
    )


def shared_level(level: Node, count: int) -> Node:
    """1 − (1 − p)/m."""
    if level.number is not None:
        return number_node(1.0 - (1.0 - level.number) / count, level)
    part = times_node(number_node(1.0 / count, level), level)
    return plus(number_node(1.0 - 1.0 / count, level), part)
