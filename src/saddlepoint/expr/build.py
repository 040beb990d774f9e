"""Formula → typed Node: what a formula states, as a relation, a condition or an expression."""

from __future__ import annotations

import ast
from dataclasses import replace

from saddlepoint.errors import ExpressionError
from saddlepoint.expr.facts import Facts
from saddlepoint.expr.named import conjunction, spanning
from saddlepoint.expr.node import Chance, Node, Relation
from saddlepoint.expr.parse import Formula
from saddlepoint.expr.scope import Scope
from saddlepoint.expr.syntax import NodeBuilder
from saddlepoint.expr.words import CHANCE, ROBUST


def relation(formula: Formula, scope: Scope) -> Relation:
    """The relation that a formula states; raises ExpressionError for a bare expression or parts that do not fit."""
    body = formula.body
    if not isinstance(body, ast.Compare):
        raise ExpressionError.of(
            "E109",
            "an expression must be a relation",
            formula.at(body),
            fix="Compare two sides with ==, <= or >=; an objective belongs under 'objective'.",
        )
    return NodeBuilder(formula, scope).relation(body)


def constraint(formula: Formula, scope: Scope) -> Relation | Chance:
    """A relation, a chance constraint or a robust one."""
    body = formula.body
    if isinstance(body, ast.Call) and isinstance(body.func, ast.Name) and body.func.id == CHANCE.name:
        over = next((k.value for k in body.keywords if k.arg == "over"), None)
        builder = NodeBuilder(formula, scope)
        return builder.chance(body) if over is None else builder.share(body, over)
    if isinstance(body, ast.Call) and isinstance(body.func, ast.Name) and body.func.id == ROBUST.name:
        return NodeBuilder(formula, scope).robust(body)
    return relation(formula, scope)


def condition(formula: Formula, scope: Scope) -> Node:
    """What a condition asks, 1 where it holds; raises ExpressionError where it asks for a decision."""
    return NodeBuilder(formula, scope).condition(formula.body)


def condition_over(formula: Formula, scope: Scope, whole: Facts) -> Node:
    """A condition over all cells of these facts; raises ExpressionError where it runs over a set that they lack."""
    asked = condition(formula, scope)
    return NodeBuilder(formula, scope).fit(formula.body, lambda: spanning(asked, whole))


def restricted(stated: Relation, formula: Formula, scope: Scope) -> Relation:
    """A relation that holds where a condition holds; ExpressionError where the condition runs over other sets."""
    asked = condition(formula, scope)
    builder = NodeBuilder(formula, scope)
    known = [] if stated.where is None else [stated.where]
    return replace(
        stated, where=builder.fit(formula.body, lambda: conjunction([*known, asked], stated.facts))
    )


def expression(formula: Formula, scope: Scope) -> Node:
    """Any expression that is not a relation."""
    return NodeBuilder(formula, scope).node(formula.body)


def definition(formula: Formula, scope: Scope) -> Node:
    """An expression that is given a name; it may be uncertain, and its name then stands where such a variable may."""
    return NodeBuilder(formula, scope, within=True).node(formula.body)
