"""The relations of a problem: each formula with its name, its condition and what it stands over; the soft ones with their violations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from saddlepoint.declare.spec import FormulaSpec
from saddlepoint.errors import Diagnostic, SaddleError, collected, suggest
from saddlepoint.expr.axes import Arrangement
from saddlepoint.expr.build import constraint, restricted
from saddlepoint.expr.facts import Facts
from saddlepoint.expr.node import Chance, Relation
from saddlepoint.expr.parse import Formula, parse
from saddlepoint.expr.scope import Scope
from saddlepoint.labels import Domain
from saddlepoint.model.model import Constraint
from saddlepoint.model.row_domain import row_domain
from saddlepoint.model.soft import Softened, softened


def relation_name(spec: FormulaSpec, place: int) -> str:
    """What the relation at a place of its problem (from 1) is called: its own name, or c1, c2, …"""
    return spec.name or f"c{place}"


def constraints_of(
    specs: Sequence[FormulaSpec], formulas: Sequence[Formula], scope: Scope, lenient: bool = False
) -> tuple[tuple[Constraint, ...], list[Diagnostic]]:
    """The constraints that formulas state, and what is wrong with them; lenient: they may hold no decision."""
    made: list[Constraint] = []
    found: list[Diagnostic] = []
    taken: set[str] = set()
    for k, (spec, formula) in enumerate(zip(specs, formulas, strict=False), start=1):
        name = relation_name(spec, k)
        if name.casefold() in taken:
            found.append(
                Diagnostic(
                    "M016", f"two expressions have the name {name!r}", spec.mark, fix="Rename one of them."
                )
            )
        taken.add(name.casefold())
        try:
            stated = constraint(formula, scope)
        except SaddleError as error:
            found += error.diagnostics
            continue
        found += () if lenient else _undecided(stated, formula)
        stated, wrong = _conditioned(stated, spec, scope)
        found += [*wrong, *_each(stated.facts, spec, scope)]
        made.append(
            Constraint(
                name=name, relation=stated, text=spec.text, description=spec.description, mark=formula.mark
            )
        )
    return tuple(made), found


def _conditioned(
    stated: Relation | Chance, spec: FormulaSpec, scope: Scope
) -> tuple[Relation | Chance, Sequence[Diagnostic]]:
    """The relation where its condition holds; as it was where that cannot be said."""
    if spec.where is None:
        return stated, ()
    if not isinstance(stated, Relation):
        fix = "Put the condition into the relation's numbers, or divide the constraint."
        return stated, [Diagnostic("M026", "a chance constraint cannot have a condition", spec.mark, fix=fix)]
    try:
        return restricted(stated, parse(spec.where.text, spec.where.mark, condition=True), scope), ()
    except SaddleError as error:
        return stated, error.diagnostics


def _undecided(stated: Relation | Chance, formula: Formula) -> Iterable[Diagnostic]:
    if isinstance(stated, Relation) and not stated.facts.decision:
        yield Diagnostic(
            "E209",
            "this relation holds no decision of its problem: there is nothing to solve for",
            formula.at(formula.body),
            fix="Name a variable of an endogenous table, or check a data rule outside the problem (in a folder of CVXlab, "
            "`lenient=True` checks it as CVXlab does).",
        )


def _each(facts: Facts, spec: FormulaSpec, scope: Scope) -> Iterable[Diagnostic]:
    """Sets that `each` names and over which the relation does not run."""
    have = Arrangement.of(facts).names
    for key in spec.each:
        if key not in have:
            yield Diagnostic(
                "M027",
                f"each names {key}, and the relation does not run over it",
                spec.mark,
                fix=suggest(key, have)
                if key not in scope.sets
                else f"Name sets of the relation: it runs over {', '.join(have) or 'none'}.",
            )


def softened_of(
    constraints: Sequence[Constraint],
    specs: Sequence[FormulaSpec],
    scope: Scope,
    scenarios: Domain,
    senses: Mapping[int | None, int],
) -> tuple[list[Softened], list[Diagnostic]]:
    """The soft ones among the constraints; scenarios: those of the problem; senses: priority → +1 to minimise, −1 to
    maximise."""
    stated = {relation_name(s, k).casefold(): s for k, s in enumerate(specs, 1)}
    made: list[Softened] = []
    found: list[Diagnostic] = []
    for one in constraints:
        spec = stated.get(one.name.casefold())
        if spec is None or spec.soft is None:
            continue
        sense = senses.get(spec.priority, 1)
        with collected(found):
            soft = softened(one, spec.soft, scope, scenarios, row_domain(one.relation.facts), sense)
            made.append(replace(soft, objective=replace(soft.objective, priority=spec.priority)))
    return made, found
