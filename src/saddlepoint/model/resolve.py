"""Spec and items → Model: every name found, every role decided, every formula typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from keyword import iskeyword

from saddlepoint.declare.spec import FormulaSpec, ProblemSpec, SetItems, Spec, TableSpec
from saddlepoint.errors import Diagnostic, ExpressionError, ModelError, SaddleError, suggest
from saddlepoint.expr.axes import Arrangement
from saddlepoint.expr.build import Chance, Scope, condition_over, constraint, expression, goal, restricted
from saddlepoint.expr.facts import Facts
from saddlepoint.expr.node import Node, Operator, Relation, Variable
from saddlepoint.expr.parse import Formula, parse
from saddlepoint.expr.words import CHANCE, MAXIMIZE, MINIMIZE, OPERATORS, STATISTICS
from saddlepoint.labels import Axis, Domain
from saddlepoint.model.bounds import stated_bounds, stated_ranges, with_switches
from saddlepoint.model.constants import CONSTANTS, Maker
from saddlepoint.model.limits import limits_without_end
from saddlepoint.model.model import Constraint, Model, Objective, Problem, Report, SetInfo, TableInfo
from saddlepoint.model.objective_multiplicity import counted_often
from saddlepoint.model.repeated_sums import repeated_sums
from saddlepoint.model.row_domain import row_domain
from saddlepoint.model.soft import Softened, softened
from saddlepoint.model.uncertain import beside, uncertainties
from saddlepoint.model.unit_check import unit_findings
from saddlepoint.model.views import view

RESERVED = frozenset(
    [
        *(word.name for word in (*STATISTICS, CHANCE, MINIMIZE, MAXIMIZE)),
        "tran",
        "diag",
        "sum",
        "mult",
        "pow",
        "minv",
        "shift",
        "annuity",
        "weib",
    ]
)
"""Names no variable may have. A variable may be named like any other operator: only calls name operators."""


def resolve(
    spec: Spec,
    items: Sequence[SetItems],
    operators: Mapping[str, Operator] = OPERATORS,
    constants: Mapping[str, tuple[Maker, str]] = CONSTANTS,
) -> Model:
    """The model that a spec and its items declare.

    operators, constants: the language's own, or extended by the user's. Raises ModelError with everything that
    does not resolve (sets, tables and variables first; formulas only when these are sound).
    """
    spec = with_switches(spec)
    sets, found = _sets(spec, items)
    tables, wrong = _tables(spec, sets)
    found += wrong
    if found:
        raise ModelError(found)
    variables, found = _variables(spec, tables, sets, operators, constants)
    found += list(_roles(spec))
    if not found:
        variables, found = uncertainties(tables, variables, sets)
    if found:
        raise ModelError(found)
    problems, found = _problems(spec, tables, sets, variables, operators)
    if found:
        raise ModelError(found)
    slacks = {t.key: t for p in problems for t in p.slacks}
    tables = {**tables, **slacks}
    variables = {**variables, **{n: v for p in problems for n, v in p.variables.items() if n in slacks}}
    model = Model(name=spec.name, sets=sets, tables=tables, variables=variables, problems=problems)
    found = [d for p in problems for d in _check_scenarios(p, tables)] + list(
        _decided_twice(problems, tables)
    )
    odd = unit_findings(problems, tables)
    found += [d for d in odd if d.severity == "error"]
    if found:
        raise ModelError(found)
    meant = {p.key: {_name(e, k): e.each for k, e in enumerate(p.expressions, 1)} for p in spec.problems}
    trapped = [d for p in problems for d in repeated_sums(p, meant.get(p.key, {}))]
    also = (*(d for d in odd if d.severity == "warning"), *trapped, *limits_without_end(problems))
    return replace(model, warnings=(*_unused(model), *counted_often(problems), *also))


def _name(spec: FormulaSpec, place: int) -> str:
    return spec.name or f"c{place}"


def _sets(spec: Spec, items: Sequence[SetItems]) -> tuple[dict[str, SetInfo], list[Diagnostic]]:
    given = {i.key: i for i in items}
    declared = {s.key: s for s in spec.sets}
    found: list[Diagnostic] = []
    sets: dict[str, SetInfo] = {}
    for rank, one in enumerate(spec.sets):
        source = one.copy_from or one.key
        if source not in declared:
            found.append(
                Diagnostic(
                    "M017",
                    f"set {one.key!r} copies {source!r}, which is not declared",
                    one.mark,
                    fix=suggest(source, declared),
                )
            )
        elif one.key not in given and source not in given:
            found.append(
                Diagnostic("M018", f"set {one.key!r} has no items", one.mark, fix="fill its tab in sets.xlsx")
            )
        else:
            rows = given[one.key] if one.key in given else replace(given[source], key=one.key)
            sets[one.key] = SetInfo(one, rows, Axis(one.key, rows.names), rank)
    return sets, found


def _tables(spec: Spec, sets: Mapping[str, SetInfo]) -> tuple[dict[str, TableInfo], list[Diagnostic]]:
    found: list[Diagnostic] = []
    tables: dict[str, TableInfo] = {}
    for one in spec.tables:
        unknown = [c for c in one.coordinates if c not in sets]
        twice = {c for c in one.coordinates if one.coordinates.count(c) > 1}
        found += [
            Diagnostic(
                "M001", f"table {one.key!r} names an unknown set {c!r}", one.mark, fix=suggest(c, sets)
            )
            for c in unknown
        ]
        found += [
            Diagnostic(
                "M021",
                f"table {one.key!r} names the set {c!r} twice",
                one.mark,
                fix="declare a second set with copy_from",
            )
            for c in sorted(twice)
        ]
        if not unknown and not twice:
            domain = Domain(tuple(sets[c].axis for c in one.coordinates))
            splits = domain.only(c for c in one.coordinates if sets[c].split)
            tables[one.key] = TableInfo(one, domain, splits)
    return tables, found


def _variables(
    spec: Spec,
    tables: Mapping[str, TableInfo],
    sets: Mapping[str, SetInfo],
    operators: Mapping[str, Operator],
    constants: Mapping[str, tuple[Maker, str]],
) -> tuple[dict[str, Variable], list[Diagnostic]]:
    variables: dict[str, Variable] = {}
    found: list[Diagnostic] = []
    for table in spec.tables:
        for one in table.variables:
            if not one.name.isidentifier() or iskeyword(one.name) or one.name in RESERVED:
                found.append(
                    Diagnostic(
                        "M008",
                        f"{one.name!r} cannot be the name of a variable",
                        one.mark,
                        why="a name starts with a letter, has letters, digits and _ only, and is no word of the language",
                        fix="choose another name",
                    )
                )
            elif one.name in variables:
                other = variables[one.name].table
                found.append(
                    Diagnostic(
                        "M003",
                        f"the variable {one.name!r} is declared twice: on {other!r} and on {table.key!r}",
                        one.mark,
                        fix="rename one of them",
                    )
                )
            else:
                made, wrong = view(tables[table.key], one, sets, constants)
                found += wrong
                if made is not None:
                    variables[one.name] = made
    return variables, found


def _roles(spec: Spec) -> Iterable[Diagnostic]:
    keys = [p.key for p in spec.problems]
    for table in spec.tables:
        if table.kind != "hybrid":
            continue
        for key in table.roles:
            if key not in keys:
                yield Diagnostic(
                    "M011",
                    f"table {table.key!r} has a role in {key!r}, which is no problem",
                    table.mark,
                    fix=suggest(key, keys),
                )
        owners = [k for k, role in table.roles.items() if role == "endogenous"]
        if len(owners) != 1:
            yield Diagnostic(
                "M012",
                f"table {table.key!r} must be endogenous in exactly one problem; it is in {len(owners)}",
                table.mark,
                fix="type: {problem that decides it: endogenous, problem that reads it: exogenous}",
            )


def _problems(
    spec: Spec,
    tables: Mapping[str, TableInfo],
    sets: Mapping[str, SetInfo],
    variables: Mapping[str, Variable],
    operators: Mapping[str, Operator],
) -> tuple[tuple[Problem, ...], list[Diagnostic]]:
    found: list[Diagnostic] = []
    problems: list[Problem] = []
    if not spec.problems:
        found.append(Diagnostic("M015", "the model declares no problem", fix="fill problem.yml"))
    for one in spec.problems:
        made, wrong = _problem(one, tables, sets, variables, operators)
        found += wrong
        if made is not None:
            problems.append(made)
    return tuple(problems), found


def _problem(
    spec: ProblemSpec,
    tables: Mapping[str, TableInfo],
    sets: Mapping[str, SetInfo],
    variables: Mapping[str, Variable],
    operators: Mapping[str, Operator],
) -> tuple[Problem | None, list[Diagnostic]]:
    formulas, found = _parsed([*spec.objectives, *spec.expressions])
    asked, wrong = _parsed([e.where for e in spec.expressions if e.where is not None], condition=True)
    sparse = {k: t for k, t in tables.items() if t.spec.where is not None and _decided_in(t.spec, spec.key)}
    rules, more = _parsed([t.spec.where for t in sparse.values() if t.spec.where is not None], condition=True)
    found += [*wrong, *more]
    if not spec.expressions and not spec.objectives:
        found.append(Diagnostic("M015", f"{spec.title} is empty", spec.mark, fix="add expressions"))
    names = {n for f in (*formulas, *asked) for n in f.names}
    bounds = stated_bounds({n: tables[variables[n].table].spec for n in names if n in variables}, spec.key)
    bounding, more = _parsed(bounds)
    found += more
    names |= {n for f in bounding for n in f.names}
    prices, more = _parsed([e.soft for e in spec.expressions if e.soft is not None])
    found += more
    names |= {n for f in (*_readable(spec), *prices) for n in f.names} & _inputs(tables, variables)
    stated = {variables[n].table for n in names if n in variables}
    rules_of = {k: r for k, r in zip(sparse, rules, strict=False) if k in stated}
    names |= {n for r in rules_of.values() for n in r.names}
    names |= {b for n in names & set(variables) for b in beside(tables[variables[n].table])}
    seen = {n: _in_role(v, tables[v.table].spec, spec.key) for n, v in variables.items()}
    used = {n: seen[n] for n in variables if n in names}
    found += [_no_role(n, variables[n], spec) for n, v in used.items() if v is None]
    if found:
        return None, found
    scope = Scope(
        {n: v for n, v in seen.items() if v is not None}, operators, {k: s.view for k, s in sets.items()}
    )
    count = len(spec.objectives)
    declared = {n: tables[variables[n].table].spec for n in used if seen[n] is not None}
    scope = replace(scope, ranges=stated_ranges(declared, spec.key, scope))
    objectives, wrong = _objectives(spec.objectives, formulas[:count], scope)
    constraints, more = _constraints([*spec.expressions, *bounds], [*formulas[count:], *bounding], scope)
    exists, lacking = _exists(rules_of, tables, sets, scope)
    mine = {n: v for n, v in used.items() if v is not None}
    splits = {c for v in mine.values() for c in tables[v.table].splits.names}
    scenarios = Domain(tuple(s.axis for s in sets.values() if s.spec.key in splits))
    soft, unsoft = _softened(constraints, [*spec.expressions, *bounds], scope, scenarios, objectives)
    unsoft += _taken(soft, tables, variables)
    missed = {s.variable.name: s.variable for s in soft}
    figures, odd = _reports(spec, replace(scope, variables={**scope.variables, **missed}), constraints)
    found = [*wrong, *more, *lacking, *odd, *_senses(objectives, spec), *unsoft]
    if found:
        return None, found
    changed = {s.constraint.name: s.constraint for s in soft}
    constraints = tuple(changed.get(c.name, c) for c in constraints)
    objectives = (*objectives, *(s.objective for s in soft))
    exists |= {s.table.key: s.exists for s in soft if s.exists is not None}
    sense = objectives[0].goal.sense if objectives else 0
    return Problem(
        key=spec.key,
        objectives=objectives,
        constraints=constraints,
        variables={**mine, **missed},
        scenarios=scenarios,
        sense=sense,
        exists=exists,
        reports=figures,
        slacks=tuple(s.table for s in soft),
    ), []


def _softened(
    constraints: Sequence[Constraint],
    specs: Sequence[FormulaSpec],
    scope: Scope,
    scenarios: Domain,
    objectives: Sequence[Objective],
) -> tuple[list[Softened], list[Diagnostic]]:
    """The soft ones among the relations."""
    prices = {_name(s, k).casefold(): s.soft for k, s in enumerate(specs, 1)}
    sense = objectives[0].goal.sense if objectives else 1
    made: list[Softened] = []
    found: list[Diagnostic] = []
    for one in constraints:
        price = prices.get(one.name.casefold())
        if price is None:
            continue
        try:
            made.append(softened(one, price, scope, scenarios, row_domain(one.relation.facts), sense))
        except SaddleError as error:
            found += error.diagnostics
    return made, found


def _taken(
    soft: Iterable[Softened], tables: Mapping[str, TableInfo], variables: Mapping[str, Variable]
) -> list[Diagnostic]:
    return [
        Diagnostic(
            "M080",
            f"the name {s.table.key!r} is taken: it is that of the violation of the soft {s.constraint.name!r}",
            s.constraint.mark,
            fix="rename the table or the relation",
        )
        for s in soft
        if s.table.key in tables or s.variable.name in variables
    ]


def _reports(
    spec: ProblemSpec, scope: Scope, constraints: Sequence[Constraint]
) -> tuple[tuple[Report, ...], list[Diagnostic]]:
    """The figures of a problem, in whose expressions decisions, prices and slacks are data."""
    known = {name: facts for c in constraints for name, facts in _priced(c)}
    after = replace(scope, variables={n: _after(v) for n, v in scope.variables.items()}, relations=known)
    made: list[Report] = []
    found: list[Diagnostic] = []
    for one in spec.reports:
        if one.name.casefold() in {m.name.casefold() for m in made}:
            found.append(
                Diagnostic(
                    "M016", f"two figures have the name {one.name!r}", one.formula.mark, fix="rename one"
                )
            )
        try:
            node = expression(parse(one.formula.text, one.formula.mark), after)
            made.append(
                Report(
                    name=one.name,
                    node=node,
                    text=one.formula.text,
                    unit=one.unit,
                    description=one.description,
                )
            )
        except SaddleError as error:
            found += error.diagnostics
    return tuple(made), found


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
        for side in (relation.left, relation.right)
        for n in side.walk()
        if (v := n.variable) is not None and v.uncertainty is not None and v.uncertainty.draws is not None
    }
    return replace(relation.facts, repeats=tuple(r for r in relation.facts.repeats if r.rank not in drawn))


def _after(variable: Variable) -> Variable:
    """How a figure sees a variable: as numbers, whoever decided them."""
    if variable.role != "decision" and not variable.exchanged:
        return variable
    return replace(variable, role="data", facts=replace(variable.facts, decision=False, varying=True))


def _readable(spec: ProblemSpec) -> list[Formula]:
    """The figures that can be read; what is wrong with the others is said when they are built."""
    return [f for one in spec.reports for f in _parsed([one.formula])[0]]


def _inputs(tables: Mapping[str, TableInfo], variables: Mapping[str, Variable]) -> set[str]:
    """The variables whose numbers come from the user."""
    return {n for n, v in variables.items() if tables[v.table].spec.kind in ("exogenous", "constant")}


def _decided_in(table: TableSpec, problem: str) -> bool:
    return table.kind == "endogenous" or table.roles.get(problem) == "endogenous"


def _exists(
    rules: Mapping[str, Formula], tables: Mapping[str, TableInfo], sets: Mapping[str, SetInfo], scope: Scope
) -> tuple[dict[str, Node], list[Diagnostic]]:
    """Table → the condition under which its cells exist, over all sets of the table within one scenario."""
    found: list[Diagnostic] = []
    exists: dict[str, Node] = {}
    for key, rule in rules.items():
        axes = tables[key].rest.axes
        whole = Facts(tuple(sorted((sets[a.name].view.repeat for a in axes), key=lambda r: r.rank)))
        try:
            exists[key] = condition_over(rule, scope, whole)
        except SaddleError as error:
            found += error.diagnostics
    return exists, found


def _parsed(
    specs: Sequence[FormulaSpec], *, condition: bool = False
) -> tuple[list[Formula], list[Diagnostic]]:
    formulas: list[Formula] = []
    found: list[Diagnostic] = []
    for one in specs:
        try:
            formulas.append(parse(one.text, one.mark, condition=condition))
        except ExpressionError as error:
            found += error.diagnostics
    return formulas, found


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
        fix=f"add {spec.key}: exogenous (or endogenous) to the table's type"
        if spec.key
        else "give the problem a name, and the table a role in it",
    )


def _objectives(
    specs: Sequence[FormulaSpec], formulas: Sequence[Formula], scope: Scope
) -> tuple[tuple[Objective, ...], list[Diagnostic]]:
    made: list[Objective] = []
    found: list[Diagnostic] = []
    for spec, formula in zip(specs, formulas, strict=False):
        try:
            made.append(Objective(goal(formula, scope), spec.text, spec.description, priority=spec.priority))
        except SaddleError as error:
            found += error.diagnostics
    return tuple(made), found


def _senses(objectives: Sequence[Objective], spec: ProblemSpec) -> Iterable[Diagnostic]:
    if len({o.goal.sense for o in objectives}) > 1:
        yield Diagnostic(
            "M022",
            f"{spec.title} both minimises and maximises",
            spec.mark,
            fix="objectives are added up; write Maximize(f) as Minimize(-f)",
        )


def _constraints(
    specs: Sequence[FormulaSpec], formulas: Sequence[Formula], scope: Scope
) -> tuple[tuple[Constraint, ...], list[Diagnostic]]:
    made: list[Constraint] = []
    found: list[Diagnostic] = []
    taken: set[str] = set()
    for k, (spec, formula) in enumerate(zip(specs, formulas, strict=False), start=1):
        name = _name(spec, k)
        if name.casefold() in taken:
            found.append(
                Diagnostic(
                    "M016", f"two expressions have the name {name!r}", spec.mark, fix="rename one of them"
                )
            )
        taken.add(name.casefold())
        try:
            stated = constraint(formula, scope)
        except SaddleError as error:
            found += error.diagnostics
            continue
        found += _undecided(stated, formula)
        if isinstance(stated, Relation):
            try:
                stated = _restricted(stated, spec, scope)
            except SaddleError as error:
                found += error.diagnostics
        elif spec.where is not None:
            fix = "put the condition into the relation's numbers, or divide the constraint"
            found.append(
                Diagnostic("M026", "a chance constraint cannot have a condition", spec.mark, fix=fix)
            )
        found += _each(stated.facts, spec, scope)
        made.append(
            Constraint(
                name=name, relation=stated, text=spec.text, description=spec.description, mark=formula.mark
            )
        )
    return tuple(made), found


def _restricted(stated: Relation, spec: FormulaSpec, scope: Scope) -> Relation:
    if spec.where is None:
        return stated
    return restricted(stated, parse(spec.where.text, spec.where.mark, condition=True), scope)


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
                else f"it runs over {', '.join(have) or 'no set'}",
            )


def _undecided(stated: Relation | Chance, formula: Formula) -> Iterable[Diagnostic]:
    if isinstance(stated, Relation) and not stated.facts.decision:
        yield Diagnostic(
            "E209",
            "this relation holds no decision of its problem: there is nothing to solve for",
            formula.at(formula.body),
            fix="name a variable of an endogenous table, or check a data rule outside the problem",
        )


def _check_scenarios(problem: Problem, tables: Mapping[str, TableInfo]) -> Iterable[Diagnostic]:
    for key in problem.decides:
        missing = [n for n in problem.scenarios.names if n not in tables[key].splits]
        if missing:
            yield Diagnostic(
                "M010",
                f"table {key!r} is decided in {problem.title}, which depends on {', '.join(missing)}, but has no such coordinate",
                tables[key].spec.mark,
                why="one decision for several scenarios would tie them into one problem",
                fix=f"add {', '.join(missing)} to its coordinates",
            )


def _decided_twice(problems: Sequence[Problem], tables: Mapping[str, TableInfo]) -> Iterable[Diagnostic]:
    owner: dict[str, str] = {}
    for problem in problems:
        for key in problem.decides:
            if key in owner:
                yield Diagnostic(
                    "M013",
                    f"table {key!r} is decided in two problems, {owner[key]!r} and {problem.key!r}",
                    tables[key].spec.mark,
                    fix="make it hybrid: type: {one: endogenous, other: exogenous}",
                )
            owner[key] = problem.key


def _unused(model: Model) -> Iterable[Diagnostic]:
    used = {n for p in model.problems for n in p.variables}
    for name, variable in model.variables.items():
        if name not in used:
            spec = model.tables[variable.table].spec
            yield Diagnostic(
                "M023",
                f"the variable {name!r} of table {variable.table!r} is used in no formula",
                next(v.mark for v in spec.variables if v.name == name),
                severity="warning",
            )
