"""Bounds that a variable's declaration states, as the relations that they are."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from saddlepoint.declare.spec import FormulaSpec, Spec, TableSpec, VariableSpec
from saddlepoint.errors import Diagnostic, Mark, ModelError, SaddleError
from saddlepoint.expr.build import expression
from saddlepoint.expr.named import number_node
from saddlepoint.expr.node import Node
from saddlepoint.expr.parse import parse
from saddlepoint.expr.ranges import Declared, Enclosure, with_zero
from saddlepoint.expr.scope import Scope

_SIGNS: Final[Mapping[str, str]] = {"lower": ">=", "upper": "<=", "fix": "=="}


def stated_bounds(used: Mapping[str, TableSpec], problem: str) -> list[FormulaSpec]:
    """The relations x >= lower, x <= upper and x == fix (where it has a row) of the variables that a problem decides.

    used: the variables that its formulas name, each with its table. A relation is named after variable and key.
    """
    return [
        _relation(variable, key, rule, table)
        for name, table in used.items()
        if table.kind == "endogenous" or table.roles.get(problem) == "endogenous"
        for variable in table.variables
        if variable.name == name
        for key, rule in _rules(variable, table).items()
    ]


def _rules(variable: VariableSpec, table: TableSpec) -> Mapping[str, FormulaSpec]:
    """The bounds that are stated; of a decision that adapts `nonneg` too, for it bounds every value of its rule."""
    least = {"lower": FormulaSpec("0", mark=variable.mark)}
    return {**(least if table.adapts and variable.nonneg else {}), **variable.rules}


def with_switches(spec: Spec) -> Spec:
    """The spec with a yes/no table `on_<table>`, one variable `on_<variable>` each, for every semicontinuous table.

    Raises ModelError (M080) where such a name is taken.
    """
    loose = [t for t in spec.tables if t.domain == "semicontinuous"]
    if not loose:
        return spec
    taken = {t.key for t in spec.tables} | {v.name for t in spec.tables for v in t.variables}
    found = [
        Diagnostic(
            "M080",
            f"the name {switch_of(name)!r} is taken: it is that of the yes/no decision of the semicontinuous {name!r}",
            t.mark,
            fix="Rename the other one.",
        )
        for t in loose
        for name in dict.fromkeys((t.key, *(v.name for v in t.variables)))
        if switch_of(name) in taken
    ]
    if found:
        raise ModelError(found)
    return replace(spec, tables=(*(_from_zero(t) for t in spec.tables), *map(_switch, loose)))


def switch_of(name: str) -> str:
    """The name of the yes/no decision of a semicontinuous table or variable."""
    return f"on_{name}"


def _switch(table: TableSpec) -> TableSpec:
    return replace(
        table,
        key=switch_of(table.key),
        description=f"1 where {table.key} is not 0",
        domain="boolean",
        unit="",
        variables=tuple(VariableSpec(switch_of(v.name), v.sets, mark=v.mark) for v in table.variables),
    )


def _from_zero(table: TableSpec) -> TableSpec:
    if table.domain != "semicontinuous":
        return table
    return replace(
        table, variables=tuple(replace(v, nonneg=v.nonneg or v.lower is None) for v in table.variables)
    )


def _relation(variable: VariableSpec, key: str, rule: FormulaSpec, table: TableSpec) -> FormulaSpec:
    """One bound as a relation, for the cells that exist."""
    bound = rule.text
    if table.domain == "semicontinuous" and key != "fix":
        bound = f"({rule.text}) * {switch_of(variable.name)}"
    written = f"{variable.name} {_SIGNS[key]} {bound}"
    asked = _given(rule.text) if key == "fix" else []
    if table.where is not None and not any(use.filters for use in variable.sets.values()):
        asked.append(table.where.text)
    where = _condition(" and ".join(f"({a})" for a in asked), rule.mark) if asked else None
    if table.adapts:
        written, where = f"robust({written})", None
    return replace(_condition(written, rule.mark), name=f"{variable.name}_{key}", where=where)


def _condition(written: str, place: Mark) -> FormulaSpec:
    """A formula that a declaration stands for; findings show it as it reads, at the place of the declaration."""
    return FormulaSpec(written, mark=replace(place, text=written, start=0, end=len(written)))


def _given(text: str) -> list[str]:
    """The conditions under which a number to which something is fixed is there: of sums and products, that all of their data are."""
    try:
        parts = list(ast.walk(ast.parse(text, mode="eval")))
    except (SyntaxError, ValueError):  # said where the relation is read
        return [f"exists({text})"]
    if any(isinstance(part, ast.Call) for part in parts):
        return [f"exists({text})"]
    return [f"exists({name})" for name in dict.fromkeys(p.id for p in parts if isinstance(p, ast.Name))]


def stated_ranges(used: Mapping[str, TableSpec], problem: str, scope: Scope) -> Declared:
    """Between what the variables that a problem decides lie, by lower and upper; 0 too where a cell may not exist or is
    semicontinuous."""
    found: dict[str, Enclosure] = {}
    for name, table in used.items():
        variable = next((v for v in table.variables if v.name == name), None)
        if variable is None or scope.variables[name].role != "decision":
            continue
        low, high = (_data(rule, scope) for rule in (variable.lower, variable.upper))
        if low is None and variable.nonneg:
            low = number_node(0.0)
        loose = table.where is not None or table.domain == "semicontinuous"
        found[name] = with_zero((low, high)) if loose else (low, high)
    return found


def _data(rule: FormulaSpec | None, scope: Scope) -> Node | None:
    """The data that a bound names; None where there is none, or where what is written cannot be read."""
    if rule is None:
        return None
    try:
        node = expression(parse(rule.text, rule.mark), scope)
    except SaddleError:
        return None
    return None if node.facts.decision else node
