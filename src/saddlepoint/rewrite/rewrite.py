"""A model whose chance constraints are relations: what the compiler gets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from saddlepoint.arrays import Array
from saddlepoint.errors import NOWHERE, Diagnostic, ExpressionError, RewriteError
from saddlepoint.expr.facts import Sign
from saddlepoint.expr.node import Chance, Node, Robust
from saddlepoint.expr.uncertain import leaves
from saddlepoint.expr.value import sign_of
from saddlepoint.model.model import Constraint, Model, Problem
from saddlepoint.rewrite.check import (
    Seen,
    check_factor,
    check_families,
    check_level,
    check_pair,
    check_value,
    hopeless,
    statistics,
    with_overpay,
)

if TYPE_CHECKING:
    from saddlepoint.rewrite.chance import Rewritten


def rewrite(model: Model, flat: Mapping[str, Array], seen: Callable[[Problem], Seen]) -> Model:
    """The model with every chance constraint rewritten; itself if nothing in it is uncertain.

    flat: numbers of the input tables, distributions as codes (model.flat_numbers); seen: the data that a
    problem reads in the scenarios to be solved. Raises RewriteError with every finding.
    """
    if not any(_has_uncertainty(p) for p in model.problems):
        return model
    found: list[Diagnostic] = []
    problems: list[Problem] = []
    for problem in model.problems:
        if not _has_uncertainty(problem):
            problems.append(problem)
            continue
        made, wrong = _problem(problem, model, flat, seen(problem))
        found += wrong
        problems.append(made)
    errors = [d for d in found if d.severity == "error"]
    if errors:
        raise RewriteError(errors)
    warnings = (*model.warnings, *(d for d in found if d.severity == "warning"))
    return replace(model, problems=tuple(problems), warnings=warnings)


def _has_uncertainty(problem: Problem) -> bool:
    return any(v.uncertain for v in problem.variables.values()) or any(
        isinstance(c.relation, Chance) for c in problem.constraints
    )


def _problem(
    problem: Problem, model: Model, flat: Mapping[str, Array], seen: Seen
) -> tuple[Problem, list[Diagnostic]]:
    from saddlepoint.rewrite.joint import rewrite_chance, rows_together

    found: list[Diagnostic] = []
    constraints: list[Constraint] = []
    for one in problem.constraints:
        if not isinstance(one.relation, Chance):
            constraints.append(one)
            continue
        robust = isinstance(one.relation, Robust)
        wrong = [] if robust else list(check_level(one.relation.level, seen))
        found += wrong
        try:
            pairs = rewrite_chance(
                one,
                lambda node: _sign(node, seen),
                lambda have: not any(check_families(have, model, flat, NOWHERE)),
            )
        except (RewriteError, ExpressionError) as error:
            found += error.diagnostics
            continue
        constraints += [c if wrong else with_overpay(c, r.overpaid, seen) for c, r in pairs]
        if not wrong and not robust:
            found += [d for _, r in pairs for d in _of_one(one, r, model, flat, seen)]
            found += list(hopeless(pairs[0][1].level, rows_together(one.relation), one.name, one.mark, seen))
    result = replace(problem, constraints=tuple(constraints))
    if not any(d.severity == "error" for d in found):
        found += _statistics(result, seen)
    return result, found + list(_same_names(constraints))


def _of_one(
    constraint: Constraint, made: Rewritten, model: Model, flat: Mapping[str, Array], seen: Seen
) -> Iterable[Diagnostic]:
    stated = constraint.relation
    assert isinstance(stated, Chance)
    have = [n for side in constraint.sides for n in leaves(side)]
    if made.form == "sum":
        yield from check_families(have, model, flat, constraint.mark, made.form)
    if made.factor is not None:
        found = list(check_families(have, model, flat, constraint.mark, made.form))
        yield from found
        if not found and made.form == "cone":
            yield from check_factor(made.factor, constraint.mark, seen)
    if made.pair is not None:
        yield from check_pair(made.pair, constraint.mark, seen)


def _statistics(problem: Problem, seen: Seen) -> list[Diagnostic]:
    """What is wrong with the levels and numbers of the statistics in a rewritten problem, each place once."""
    tops: list[Node] = [o.goal.node for o in problem.objectives]
    tops += [side for one in problem.constraints for side in one.sides]
    found: list[Diagnostic] = []
    for node in statistics(tops):
        levels = node.visible[1:]
        wrong = [d for p in levels for d in check_level(p, seen)]
        if not wrong and not node.facts.decision:
            wrong = list(check_value(node, seen))
        found += [d for d in wrong if d not in found]
    return found


def _same_names(constraints: Iterable[Constraint]) -> Iterable[Diagnostic]:
    taken: set[str] = set()
    for one in constraints:
        if one.name.casefold() in taken:
            message = f"two constraints have the name {one.name!r}"
            why = "the relations of one chance(…) are named name_1, name_2, …"
            yield Diagnostic("R013", message, one.mark, why=why, fix="Rename one of the expressions.")
        taken.add(one.name.casefold())


def _sign(node: Node, seen: Seen) -> Sign:
    """The sign of a data node over all scenarios; unknown where another sub-problem decides it."""
    try:
        values = seen.of(node)
    except ExpressionError:
        return Sign.UNKNOWN
    return Sign.UNKNOWN if values is None else sign_of(values)
