"""Spec and items → Model: sets, tables and variables, then each problem, then what all of them say together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from keyword import iskeyword

from saddlepoint.declare.spec import SetItems, SetSpec, Spec, TableSpec, VariableSpec
from saddlepoint.errors import Diagnostic, ModelError, suggest
from saddlepoint.expr.node import Operator, Variable
from saddlepoint.expr.words import CHANCE, MAXIMIZE, MINIMIZE, OPERATORS, STATISTICS
from saddlepoint.labels import Axis, Domain
from saddlepoint.model.bounds import with_switches
from saddlepoint.model.constants import CONSTANTS, Maker
from saddlepoint.model.figures import undecided_figures
from saddlepoint.model.lenient import by_position, oddities
from saddlepoint.model.limits import limits_without_end
from saddlepoint.model.model import Model, Problem, SetInfo, TableInfo
from saddlepoint.model.objective_multiplicity import counted_often
from saddlepoint.model.outcomes import with_outcomes
from saddlepoint.model.problems import Vocabulary, problem_of
from saddlepoint.model.relations import relation_name
from saddlepoint.model.repeated_reducers import repeated_reducers
from saddlepoint.model.uncertain import uncertainties
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
    if spec.lenient:
        variables = {name: by_position(variable) for name, variable in variables.items()}
    found += list(_roles(spec))
    if not found:
        variables, found = uncertainties(tables, variables, sets)
    if not found:
        sets, found = with_outcomes(sets, tables, variables)
    if found:
        raise ModelError(found)
    known = Vocabulary(
        sets=sets, tables=tables, variables=variables, operators=operators, lenient=spec.lenient
    )
    return _checked(spec, _model(spec, known))


def _model(spec: Spec, known: Vocabulary) -> Model:
    problems, found = _problems(spec, known)
    if found:
        raise ModelError(found)
    slacks = {t.key: t for p in problems for t in p.slacks}
    missed = {n: v for p in problems for n, v in p.variables.items() if v.table in slacks}
    return Model(
        name=spec.name,
        sets=known.sets,
        tables={**known.tables, **slacks},
        variables={**known.variables, **missed},
        problems=problems,
        lenient=spec.lenient,
    )


def _problems(spec: Spec, known: Vocabulary) -> tuple[tuple[Problem, ...], list[Diagnostic]]:
    found: list[Diagnostic] = []
    problems: list[Problem] = []
    if not spec.problems:
        found.append(Diagnostic("M015", "the model declares no problem", fix="Fill problem.yml."))
    for one in spec.problems:
        made, wrong = problem_of(one, known)
        found += wrong
        if made is not None:
            problems.append(made)
    return tuple(problems), found


def _checked(spec: Spec, model: Model) -> Model:
    """The model with its warnings; raises ModelError for what its problems contradict together."""
    problems, tables = model.problems, model.tables
    odd = unit_findings(problems, tables)
    found = [d for p in problems for d in _check_scenarios(p, tables)]
    found += [*_decided_twice(problems, tables), *undecided_figures(problems, tables)]
    found += (d for d in odd if d.severity == "error")
    if found:
        raise ModelError(found)
    meant = {
        p.key: {relation_name(e, k): e.each for k, e in enumerate(p.expressions, 1)} for p in spec.problems
    }
    trapped = [d for p in problems for d in repeated_reducers(p, meant.get(p.key, {}))]
    also = (*(d for d in odd if d.severity == "warning"), *trapped, *limits_without_end(problems))
    loose = oddities(problems) if spec.lenient else ()
    unused = [d for p in problems for d in p.warnings]
    return replace(model, warnings=(*_unused(model), *unused, *counted_often(problems), *also, *loose))


def _sets(spec: Spec, items: Sequence[SetItems]) -> tuple[dict[str, SetInfo], list[Diagnostic]]:
    given = {i.key: i for i in items}
    declared = [s.key for s in spec.sets]
    found: list[Diagnostic] = []
    sets: dict[str, SetInfo] = {}
    for rank, one in enumerate(spec.sets):
        source = one.copy_from or one.key
        if source not in declared:
            found.append(_no_source(one, source, declared))
        elif one.key not in given and source not in given:
            found.append(
                Diagnostic(
                    "M018", f"set {one.key!r} has no items", one.mark, fix="Fill its tab in sets.xlsx."
                )
            )
        else:
            rows = given[one.key] if one.key in given else replace(given[source], key=one.key)
            sets[one.key] = SetInfo(one, rows, Axis(one.key, rows.names), rank)
    return sets, found


def _no_source(one: SetSpec, source: str, declared: Iterable[str]) -> Diagnostic:
    return Diagnostic(
        "M017",
        f"set {one.key!r} copies {source!r}, which is not declared",
        one.mark,
        fix=suggest(source, declared),
    )


def _tables(spec: Spec, sets: Mapping[str, SetInfo]) -> tuple[dict[str, TableInfo], list[Diagnostic]]:
    found: list[Diagnostic] = []
    tables: dict[str, TableInfo] = {}
    for one in spec.tables:
        wrong = [*_wrong_coordinates(one, sets)]
        found += wrong
        if not wrong:
            domain = Domain(tuple(sets[c].axis for c in one.coordinates))
            splits = domain.only(c for c in one.coordinates if sets[c].split)
            tables[one.key] = TableInfo(one, domain, splits)
    return tables, found


def _wrong_coordinates(one: TableSpec, sets: Mapping[str, SetInfo]) -> Iterable[Diagnostic]:
    for c in one.coordinates:
        if c not in sets:
            message = f"table {one.key!r} names an unknown set {c!r}"
            yield Diagnostic("M001", message, one.mark, fix=suggest(c, sets))
    for c in sorted({c for c in one.coordinates if one.coordinates.count(c) > 1}):
        message = f"table {one.key!r} names the set {c!r} twice"
        yield Diagnostic("M021", message, one.mark, fix="Declare a second set with copy_from.")


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
            refused = _refused(one, table, variables)
            if refused is not None:
                found.append(refused)
                continue
            made, wrong = view(tables[table.key], one, sets, constants)
            found += wrong
            if made is not None:
                variables[one.name] = made
    return variables, found


def _refused(one: VariableSpec, table: TableSpec, taken: Mapping[str, Variable]) -> Diagnostic | None:
    """Why a variable cannot have its name; None where it can."""
    if not one.name.isidentifier() or iskeyword(one.name) or one.name in RESERVED:
        return Diagnostic(
            "M008",
            f"{one.name!r} cannot be the name of a variable",
            one.mark,
            why="a name starts with a letter, has letters, digits and _ only, and is no word of the language",
            fix="Choose another name.",
        )
    if one.name in taken:
        return Diagnostic(
            "M003",
            f"the variable {one.name!r} is declared twice: on {taken[one.name].table!r} and on {table.key!r}",
            one.mark,
            fix="Rename one of them.",
        )
    return None


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
                fix="Write type: {problem that decides it: endogenous, problem that reads it: exogenous}.",
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
                fix=f"Add {', '.join(missing)} to its coordinates.",
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
                    fix="Make it hybrid: type: {one: endogenous, other: exogenous}.",
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
