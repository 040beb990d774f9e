"""The objectives that a formula adds up."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Literal

from saddlepoint.errors import Diagnostic, ExpressionError, Mark
from saddlepoint.errors.suggest import nearest
from saddlepoint.expr.apply import apply
from saddlepoint.expr.named import number_node, placed
from saddlepoint.expr.node import Goal
from saddlepoint.expr.operators.linear import NEGATIVE
from saddlepoint.expr.operators.products import MULTIPLY
from saddlepoint.expr.parse import Formula
from saddlepoint.expr.scope import SENSES, Scope
from saddlepoint.expr.syntax import NodeBuilder

_OTHER: Mapping[int, Literal[1, -1]] = {1: -1, -1: 1}


def goals(formula: Formula, scope: Scope) -> tuple[Goal, ...]:
    """The objectives that a formula adds up: Minimize(…), 2 * Minimize(…), Minimize(…) + Minimize(…); −1 turns the sense."""
    return tuple(
        _goal(part, factor, formula, scope) for part, factor in _summands(formula.body, 1.0, formula)
    )


def _summands(body: ast.expr, factor: float, formula: Formula) -> Iterator[tuple[ast.Call, float]]:
    """The calls of Minimize and Maximize that an objective adds up, each with the number before it."""
    match body:
        case ast.Call(func=ast.Name(id=name)) if name in SENSES:
            yield body, factor
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
            yield from _summands(left, factor, formula)
            yield from _summands(right, -factor if isinstance(op, ast.Sub) else factor, formula)
        case ast.UnaryOp(op=ast.UAdd() | ast.USub() as op, operand=inner):
            yield from _summands(inner, -factor if isinstance(op, ast.USub) else factor, formula)
        case ast.BinOp(left=ast.Constant(value=int() | float() as amount), op=ast.Mult(), right=inner):
            yield from _summands(inner, factor * amount, formula)
        case ast.BinOp(left=inner, op=ast.Mult(), right=ast.Constant(value=int() | float() as amount)):
            yield from _summands(inner, factor * amount, formula)
        case ast.BinOp(left=inner, op=ast.Div(), right=ast.Constant(value=int() | float() as amount)) if (
            amount
        ):
            yield from _summands(inner, factor / amount, formula)
        case _:
            raise ExpressionError(_no_goal(body, formula.at(body)))


def _no_goal(body: ast.expr, mark: Mark) -> Diagnostic:
    fix = "Wrap the expression, for example Minimize(sum(cost * x)); relations belong under 'expressions'."
    if isinstance(body, ast.Call) and isinstance(body.func, ast.Name):
        meant = nearest(body.func.id, SENSES)
        fix = f"Write {meant[0]}(…)." if meant else fix
    return Diagnostic("E110", "an objective must say Minimize(…) or Maximize(…)", mark, fix=fix)


def _goal(part: ast.Call, factor: float, formula: Formula, scope: Scope) -> Goal:
    assert isinstance(part.func, ast.Name)
    if len(part.args) != 1 or part.keywords:
        fix = "Add the parts with +."
        message = f"{part.func.id} takes one expression"
        raise ExpressionError.of("E111", message, formula.at(part), fix=fix)
    node = NodeBuilder(formula, scope).node(part.args[0])
    if node.present is not None:
        node = apply(MULTIPLY, (placed(node.present, node.facts), node), mark=node.mark)
    if abs(factor) != 1:
        node = apply(MULTIPLY, (number_node(abs(factor), node), node), mark=node.mark)
    if factor < 0:
        node = apply(NEGATIVE, (node,), mark=node.mark)
    sense = SENSES[part.func.id]
    return Goal(node, sense if factor >= 0 else _OTHER[sense], formula.at(part))
