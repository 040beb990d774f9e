"""One problem of a model: which formulas it states, what each name is to it, and all of it typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from saddlepoint.declare.spec import FormulaSpec, ProblemSpec, TableSpec
from saddlepoint.errors import Diagnostic, collected
from saddlepoint.expr.build import condition_over
from saddlepoint.expr.facts import Facts
from saddlepoint.expr.goals import goals
from saddlepoint.expr.node import Goal, Node, Operator, Variable
from saddlepoint.expr.parse import Formula, parse
from saddlepoint.expr.scope import Scope
from saddlepoint.expr.show import text
from saddlepoint.labels import Domain
from saddlepoint.model.adapting import Adapting, adapting
from saddlepoint.model.bounds import stated_bounds, stated_ranges
from saddlepoint.model.definitions import (
    defined,
    definitions_of,
    parsed_definitions,
    through,
    unused_definitions,
)
from saddlepoint.model.figures import figures_of
from saddlepoint.model.model import Objective, Problem, SetInfo, TableInfo
from saddlepoint.model.outcomes import probabilities_of
from saddlepoint.model.over_scenarios import over_scenarios
from saddlepoint.model.ranks import names_taken, ranked, unranked
from saddlepoint.model.relations import constraints_of, softened_of
from saddlepoint.model.soft import Softened
from saddlepoint.model.uncertain import named_beside
from saddlepoint.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """What the formulas of a model can name; lenient: as of Spec."""

    sets: Mapping[str, SetInfo]
    tables: Mapping[str, TableInfo]
    variables: Mapping[str, Variable]
    operators: Mapping[str, Operator]
    lenient: bool = False

    def table_of(self, variable: str) -> TableInfo:
        """The table that a variable is a view of."""
        return self.tables[self.variables[variable].table]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stated:
    """What a problem states: relations (the bounds of declarations last) with their formulas, the rules by which the
    cells of tables exist, the names that it defines, and the variables and names that any of it asks for."""

    objectives: Sequence[Formula]
    specs: Sequence[FormulaSpec]
    relations: Sequence[Formula]
    rules: Mapping[str, Formula]
    used: Sequence[str]
    definitions: Mapping[str, Formula]
    asked: frozenset[str]


def problem_of(spec: ProblemSpec, known: Vocabulary) -> tuple[Problem | None, list[Diagnostic]]:
    """The problem that a spec declares, or None and all that does not resolve."""
    stated, found = _stated(spec, known)
    seen = {n: _in_role(v, known.table_of(n).spec, spec.key) for n, v in known.variables.items()}
    found += [_no_role(n, known.variables[n], spec) for n in stated.used if seen[n] is None]
    if found:
        return None, found
    moving, found = adapting(stated.used, seen, known.tables, known.sets)
    if found:
        return None, found
    seen |= moving.variables
    scope = Scope(
        {n: v for n, v in seen.items() if v is not None},
        known.operators,
        {k: s.view for k, s in known.sets.items()},
        tables=_by_key(known, stated.definitions),
        products=spec.products,
    )
    declared = {n: known.table_of(n).spec for n in stated.used}
    scope, found = defined(
        stated.definitions, replace(scope, ranges=stated_ranges(declared, spec.key, scope))
    )
    if found:
        return None, found
    return _typed(spec, stated, known, scope, moving)


def _stated(spec: ProblemSpec, known: Vocabulary) -> tuple[_Stated, list[Diagnostic]]:
    objectives, found = _parsed(spec.objectives)
    expressions, wrong = _parsed(spec.expressions)
    conditions, more = _parsed([e.where for e in spec.expressions if e.where is not None], condition=True)
    rules, odd = _rules(spec, known)
    names_of, circular = parsed_definitions(spec.definitions, [*known.variables, *known.sets])
    found += [*wrong, *more, *odd, *circular]
    if not spec.expressions and not spec.objectives and not spec.reports:
        found.append(Diagnostic("M015", f"{spec.title} is empty", spec.mark, fix="Add expressions."))
    names = through(_names([*objectives, *expressions, *conditions]), names_of)
    named = {n: known.table_of(n).spec for n in known.variables if n in names}
    bounds = stated_bounds(named, spec.key)
    bounding, wrong = _parsed(bounds)
    prices, more = _parsed([e.soft for e in spec.expressions if e.soft is not None])
    found += [*wrong, *more]
    told = through(_names([*_readable(spec), *prices]), names_of)
    asked = names | told | through(_names(bounding), names_of)
    names |= through(_names(bounding), names_of) | (told & _inputs(known))
    tables = {known.variables[n].table for n in names if n in known.variables}
    rules = {k: rule for k, rule in rules.items() if k in tables}
    names |= _names(rules.values())
    keys = _by_key(known, names_of)
    asked |= {keys[n] for n in asked & set(keys)}
    names |= {keys[n] for n in names & set(keys)}
    names |= {b for n in names & set(known.variables) for b in named_beside(known.table_of(n))}
    names |= probabilities_of(known.sets, [known.table_of(n) for n in names & set(known.variables)])
    return _Stated(
        objectives=objectives,
        specs=[*spec.expressions, *bounds],
        relations=[*expressions, *bounding],
        rules=rules,
        used=[n for n in known.variables if n in names],
        definitions=names_of,
        asked=frozenset(asked),
    ), found


def _by_key(known: Vocabulary, defined: Iterable[str]) -> dict[str, str]:
    """Key of an input table → its first variable, where nothing else has that name: conditions may ask for either."""
    taken = {*known.variables, *known.sets, *defined}
    inputs = (t.spec for t in known.tables.values() if t.spec.kind == "exogenous" and t.spec.variables)
    return {spec.key: spec.variables[0].name for spec in inputs if spec.key not in taken}


def _rules(spec: ProblemSpec, known: Vocabulary) -> tuple[dict[str, Formula], list[Diagnostic]]:
    """Table → the rule by which its cells exist, of those that the problem decides."""
    mine = {k: t.spec for k, t in known.tables.items() if _decided_in(t.spec, spec.key)}
    sparse = {k: t.where for k, t in mine.items() if t.where is not None}
    rules, found = _parsed([*sparse.values()], condition=True)
    return dict(zip(sparse, rules, strict=False)), found


def _names(formulas: Iterable[Formula]) -> set[str]:
    return {n for f in formulas for n in f.names}


def _parsed(
    specs: Sequence[FormulaSpec], *, condition: bool = False
) -> tuple[list[Formula], list[Diagnostic]]:
    formulas: list[Formula] = []
    found: list[Diagnostic] = []
    for one in specs:
        with collected(found):
            formulas.append(parse(one.text, one.mark, condition=condition))
    return formulas, found


def _decided_in(table: TableSpec, problem: str) -> bool:
    return table.kind == "endogenous" or table.roles.get(problem) == "endogenous"


def _readable(spec: ProblemSpec) -> list[Formula]:
    """The figures that can be read; what is wrong with the others is said when they are built."""
    return [f for one in spec.reports for f in _parsed([one.formula])[0]]


def _inputs(known: Vocabulary) -> set[str]:
    """The variables whose numbers come from the user."""
    return {n for n in known.variables if known.table_of(n).spec.kind in ("exogenous", "constant")}


def _in_role(variable: Variable, table: TableSpec, problem: str) -> Variable | None:
    if table.kind in ("constant", "exogenous", "uncertain"):
        return variable
    role = "endogenous" if table.kind == "endogenous" else table.roles.get(problem)
    if role == "endogenous":
        return replace(variable, role="decision", facts=replace(variable.facts, decision=True))
    if role == "exogenous":
        return replace(variable, exchanged=True, facts=replace(variable.facts, varying=True))
    return None


def _no_role(name: str, variable: Variable, spec: ProblemSpec) -> Diagnostic:
    return Diagnostic(
        "M014",
        f"{spec.title} uses {name!r}, but table {variable.table!r} has no role in it",
        spec.mark,
        fix=f"Add {spec.key}: exogenous (or endogenous) to the table's type."
        if spec.key
        else "Give the problem a name, and the table a role in it.",
    )


def _typed(
    spec: ProblemSpec, stated: _Stated, known: Vocabulary, scope: Scope, moving: Adapting
) -> tuple[Problem | None, list[Diagnostic]]:
    mine = {n: scope.variables[n] for n in stated.used}
    scenarios = _scenarios(mine.values(), known)
    objectives, found = _objectives(spec.objectives, stated.objectives, scope)
    constraints, wrong = constraints_of(stated.specs, stated.relations, scope, known.lenient)
    exists, lacking = _exists(stated.rules, known, scope)
    senses = {o.priority: o.goal.sense for o in reversed(objectives)}
    soft, unsoft = softened_of(constraints, stated.specs, scope, scenarios, senses)
    missed = {s.variable.name: s.variable for s in soft}
    found += [*wrong, *lacking, *_senses(objectives, spec), *unsoft, *_taken(soft, known)]
    objectives = (*objectives, *(s.objective for s in soft))
    found += unranked(objectives, spec.title)
    order = ranked(objectives)
    found += names_taken(order, spec.expressions, spec.reports)
    changed = {s.constraint.name: s.constraint for s in soft}
    constraints = (*(changed.get(c.name, c) for c in constraints), *order.held)
    after = replace(scope, variables={**scope.variables, **missed})
    figures, odd = figures_of(spec, after, constraints, stated.definitions)
    splits = [key for key, info in known.sets.items() if info.split]
    found += [*odd, *over_scenarios(objectives, constraints, figures, splits)]
    if found:
        return None, found
    return Problem(
        key=spec.key,
        objectives=order.last,
        constraints=constraints,
        variables={**mine, **moving.variables, **missed},
        scenarios=scenarios,
        sense=order.last[0].goal.sense if order.last else 0,
        exists={**exists, **moving.exists, **{s.table.key: s.exists for s in soft if s.exists is not None}},
        reports=(*figures, *order.figures),
        slacks=(*(s.table for s in soft), *moving.tables),
        ranks=order.first,
        definitions=definitions_of(spec.definitions, scope),
        products=spec.products,
        warnings=tuple(unused_definitions(spec.definitions, stated.asked)),
    ), []


def _scenarios(used: Iterable[Variable], known: Vocabulary) -> Domain:
    """The scenarios of a problem: over the sets that split a table of its variables."""
    splits = {c for v in used for c in known.tables[v.table].splits.names}
    return Domain(tuple(s.axis for s in known.sets.values() if s.spec.key in splits))


def _objectives(
    specs: Sequence[FormulaSpec], formulas: Sequence[Formula], scope: Scope
) -> tuple[tuple[Objective, ...], list[Diagnostic]]:
    made: list[Objective] = []
    found: list[Diagnostic] = []
    for spec, formula in zip(specs, formulas, strict=False):
        with collected(found):
            made += _named(goals(formula, scope), spec)
    return tuple(made), found


def _named(stated: Sequence[Goal], spec: FormulaSpec) -> list[Objective]:
    """The objectives of one entry; several have its name with a number."""
    if len(stated) == 1:
        return [Objective(stated[0], spec.text, spec.description, priority=spec.priority, name=spec.name)]
    names = [None if spec.name is None else f"{spec.name}_{k}" for k in range(1, len(stated) + 1)]
    return [
        Objective(one, text(one), spec.description, priority=spec.priority, name=name)
        for one, name in zip(stated, names, strict=True)
    ]


def _exists(
    rules: Mapping[str, Formula], known: Vocabulary, scope: Scope
) -> tuple[dict[str, Node], list[Diagnostic]]:
    """Table → the condition under which its cells exist, over all sets of the table within one scenario."""
    found: list[Diagnostic] = []
    exists: dict[str, Node] = {}
    for key, rule in rules.items():
        axes = known.tables[key].rest.axes
        whole = Facts(tuple(sorted((known.sets[a.name].view.repeat for a in axes), key=lambda r: r.rank)))
        with collected(found):
            exists[key] = condition_over(rule, scope, whole)
    return exists, found


def _taken(soft: Iterable[Softened], known: Vocabulary) -> list[Diagnostic]:
    return [
        Diagnostic(
            "M080",
            f"the name {s.table.key!r} is taken: it is that of the violation of the soft {s.constraint.name!r}",
            s.constraint.mark,
            fix="Rename the table or the relation.",
        )
        for s in soft
        if s.table.key in known.tables or s.variable.name in known.variables
    ]


def _senses(objectives: Sequence[Objective], spec: ProblemSpec) -> Iterable[Diagnostic]:
    for priority in {o.priority: None for o in objectives}:
        if len({o.goal.sense for o in objectives if o.priority == priority}) > 1:
            yield Diagnostic(
                "M022",
                f"{spec.title} both minimises and maximises"
                + ("" if priority is None else f" at priority {priority}"),
                spec.mark,
                fix="Write Maximize(f) as Minimize(-f), for objectives are added up, or say with priority: which comes first.",
            )
