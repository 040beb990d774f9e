"""Expressions that a problem gives names: what each name stands for, and which names a formula asks for through them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from keyword import iskeyword

from saddlepoint.declare.spec import ReportSpec
from saddlepoint.errors import Diagnostic, collected
from saddlepoint.expr.build import definition
from saddlepoint.expr.node import Node
from saddlepoint.expr.parse import Formula, parse
from saddlepoint.expr.scope import Scope
from saddlepoint.model.model import Report


def parsed_definitions(
    specs: Sequence[ReportSpec], taken: Iterable[str]
) -> tuple[dict[str, Formula], list[Diagnostic]]:
    """The formulas by name, those that others name first; findings M442 and M443. taken: names of variables and sets."""
    formulas: dict[str, Formula] = {}
    found: list[Diagnostic] = []
    used = set(taken)
    for one in specs:
        if not one.name.isidentifier() or iskeyword(one.name) or one.name in used:
            found.append(
                Diagnostic(
                    "M443",
                    f"{one.name!r} cannot be defined",
                    one.formula.mark,
                    why="it is the name of a variable, a set or another definition"
                    if one.name in used
                    else "a name starts with a letter and has letters, digits and _ only",
                    fix="Choose another name.",
                )
            )
        used.add(one.name)
        with collected(found):
            formulas[one.name] = parse(one.formula.text, one.formula.mark)
    ordered = _in_order(formulas)
    if len(ordered) < len(formulas):
        rest = [name for name in formulas if name not in ordered]
        found.append(
            Diagnostic(
                "M442",
                f"definitions go round in a circle: {', '.join(rest)}",
                formulas[rest[0]].at(formulas[rest[0]].body),
                why="each of them names itself through another one",
                fix="Declare a table and state the relation: a quantity that follows from itself is a decision.",
            )
        )
    return ordered, found


def _in_order(formulas: Mapping[str, Formula]) -> dict[str, Formula]:
    """Those whose names lead to no circle, after the ones they name."""
    ordered: dict[str, Formula] = {}
    while True:
        ready = [
            name
            for name, formula in formulas.items()
            if name not in ordered and all(n in ordered for n in formula.names if n in formulas)
        ]
        if not ready:
            return ordered
        ordered |= {name: formulas[name] for name in ready}


def through(names: Iterable[str], formulas: Mapping[str, Formula]) -> set[str]:
    """The names that formulas ask for, those behind definitions too."""
    every, waiting = set[str](), list(names)
    while waiting:
        name = waiting.pop()
        if name not in every:
            every.add(name)
            waiting += formulas[name].names if name in formulas else ()
    return every


def defined(formulas: Mapping[str, Formula], scope: Scope) -> tuple[Scope, list[Diagnostic]]:
    """The scope in which the names stand for their expressions."""
    known: dict[str, Node] = {}
    found: list[Diagnostic] = []
    for name, formula in formulas.items():
        if not all(n in known for n in formula.names if n in formulas):
            continue  # what it needs is wrong itself
        with collected(found):
            known[name] = definition(formula, replace(scope, defined=dict(known)))
    return replace(scope, defined=known), found


def definitions_of(specs: Sequence[ReportSpec], scope: Scope) -> tuple[Report, ...]:
    """The definitions, to be told."""
    return tuple(report_of(one, scope.defined[one.name]) for one in specs if one.name in scope.defined)


def report_of(spec: ReportSpec, node: Node) -> Report:
    """The figure that a spec declares, with its expression."""
    return Report(
        name=spec.name, node=node, text=spec.formula.text, unit=spec.unit, description=spec.description
    )


def unused_definitions(specs: Sequence[ReportSpec], asked: Iterable[str]) -> Iterable[Diagnostic]:
    """A warning for every name that no formula uses."""
    used = set(asked)
    for one in specs:
        if one.name not in used:
            yield Diagnostic(
                "M444",
                f"{one.name!r} is defined and used in no formula",
                one.formula.mark,
                fix="Delete it; to see its values, put it under report:.",
                severity="warning",
            )
