"""The figures that a problem reports: their expressions are read after the solve, when decisions and prices are data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from saddlepoint.declare.spec import ProblemSpec
from saddlepoint.errors import Diagnostic, collected
from saddlepoint.expr.build import expression
from saddlepoint.expr.facts import Facts
from saddlepoint.expr.node import Relation, Variable
from saddlepoint.expr.parse import Formula, parse
from saddlepoint.expr.scope import Scope
from saddlepoint.model.definitions import defined, report_of
from saddlepoint.model.model import Constraint, Problem, Report, TableInfo


def figures_of(
    spec: ProblemSpec, scope: Scope, constraints: Sequence[Constraint], names: Mapping[str, Formula]
) -> tuple[tuple[Report, ...], list[Diagnostic]]:
    """The figures of a problem, and what is wrong with them; constraints: those whose prices they may name;
    names: those that the problem defines."""
    known = {name: facts for c in constraints for name, facts in _priced(c)}
    after = replace(scope, variables={n: _after(v) for n, v in scope.variables.items()}, relations=known)
    after, _ = defined(names, after)
    made: list[Report] = []
    found: list[Diagnostic] = []
    for one in spec.reports:
        if one.name.casefold() in {m.name.casefold() for m in made}:
            found.append(
                Diagnostic(
                    "M016", f"two figures have the name {one.name!r}", one.formula.mark, fix="Rename one."
                )
            )
        with collected(found):
            made.append(report_of(one, expression(parse(one.formula.text, one.formula.mark), after)))
    return tuple(made), found


def undecided_figures(problems: Sequence[Problem], tables: Mapping[str, TableInfo]) -> Iterable[Diagnostic]:
    """M030: the figures of a problem that name a decision of another problem, or one that no problem makes."""
    owners = {key: problem for problem in problems for key in problem.decides}
    for problem in problems:
        for figure in problem.reports:
            for variable in {v.name: v for v in figure.node.variables}.values():
                info = tables.get(variable.table)
                if info is None or info.spec.kind not in ("endogenous", "hybrid"):
                    continue
                if variable.table not in problem.decides:
                    yield _undecided(figure, problem, variable, owners.get(variable.table))


def _undecided(figure: Report, problem: Problem, variable: Variable, owner: Problem | None) -> Diagnostic:
    if owner is None:
        said = f"names {variable.name!r}, which stands in no objective and no relation"
        why = f"Nothing decides table {variable.table!r}: its cells would have no numbers."
        fix = f"Use {variable.name} in an objective or a relation, or take it out of the figure."
    else:
        said = f"names {variable.name!r}, which {owner.title} decides"
        why = f"A figure of {problem.title} reads data, and what this problem decides."
        fix = f"State the figure in {owner.title}."
    return Diagnostic("M030", f"the figure {figure.name!r} {said}", figure.node.mark, why=why, fix=fix)


def _priced(constraint: Constraint) -> Iterable[tuple[str, Facts]]:
    """The relations of a constraint that will have prices, by name: those of a chance with several are called name_1, name_2, …"""
    stated = constraint.relation
    if isinstance(stated, Relation):
        return [(constraint.name, stated.facts)]
    if len(stated.relations) == 1:
        return [(constraint.name, _certain(stated.relations[0]))]
    return [(f"{constraint.name}_{k}", _certain(r)) for k, r in enumerate(stated.relations, 1)]


def _certain(relation: Relation) -> Facts:
    """The facts of a relation without its draws: once for all of them."""
    drawn = {
        v.uncertainty.draws.rank
        for side in relation.sides
        for v in side.variables
        if v.uncertainty.draws is not None
    }
    return replace(relation.facts, repeats=tuple(r for r in relation.facts.repeats if r.rank not in drawn))


def _after(variable: Variable) -> Variable:
    """How a figure sees a variable: as numbers, whoever decided them."""
    if variable.role != "decision" and not variable.exchanged:
        return variable
    return replace(variable, role="data", facts=replace(variable.facts, decision=False, varying=True))
