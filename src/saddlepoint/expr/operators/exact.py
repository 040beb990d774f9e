"""Operators that are not convex and equal an affine expression of new columns: products with a yes/no decision, positive parts.

The envelopes are those of McCormick (1976); they are exact where one factor is 0 or 1.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from saddlepoint.algebra.cells import broadcast, gather
from saddlepoint.algebra.graph import Graph, Rows, new_columns
from saddlepoint.algebra.term_products import multiply
from saddlepoint.algebra.terms import Terms, add, negative
from saddlepoint.expr import shapes
from saddlepoint.expr.facts import first_sign, nonneg_sign
from saddlepoint.expr.node import Arrays, Nature, Operator, OperatorOptions, Values
from saddlepoint.expr.operators.convex import POS, ones_terms, subtract
from saddlepoint.expr.operators.linear import of_one_shape
from saddlepoint.expr.operators.products import MULTIPLY, TIMES


def _switch_rows(w: Terms, on: Terms, x: Terms, low: Terms, high: Terms) -> tuple[Rows, ...]:
    """w = on · x for on ∈ {0, 1} and low ≤ x ≤ high."""
    return (
        Rows(subtract(w, multiply(high, on)), "<="),
        Rows(subtract(w, multiply(low, on)), ">="),
        Rows(add([w, negative(x), low, negative(multiply(low, on))]), "<="),
        Rows(add([w, negative(x), high, negative(multiply(high, on))]), ">="),
    )


def _switched_graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
    """New columns where both factors have terms; elsewhere the product is 0."""
    shape = np.broadcast_shapes(*(a.shape for a in args))
    on, x, low, high = (broadcast(a, shape) for a in args)
    cells = np.flatnonzero(_filled(on) & _filled(x))
    w, fresh = new_columns((len(cells),), fresh)
    rows = _switch_rows(w, *(gather(t, cells, (len(cells),)) for t in (on, x, low, high)))
    value = w.reshape(shape) if len(cells) == on.size else replace(w, shape=shape, cell=cells)
    return Graph(value, fresh, rows)


def _filled(terms: Terms) -> Any:
    out = np.zeros(terms.size, dtype=bool)
    out[terms.row] = True
    return out


def _switched_states(
    cp: Any, args: tuple[Any, ...], options: OperatorOptions
) -> tuple[Any, list[Any], list[Any]]:
    on, x, low, high = of_one_shape(cp, args)
    w = cp.Variable(x.shape)
    off = 1 - on
    found = [
        w <= cp.multiply(high, on),
        w >= cp.multiply(low, on),
        w <= x - cp.multiply(low, off),
        w >= x - cp.multiply(high, off),
    ]
    return w, found, []


def _within_graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
    shape = np.broadcast_shapes(*(a.shape for a in args))
    x, low, high = (broadcast(a, shape) for a in args)
    return Graph(x, fresh, (Rows(subtract(x, low), ">="), Rows(subtract(x, high), "<=")))


def _within_states(
    cp: Any, args: tuple[Any, ...], options: OperatorOptions
) -> tuple[Any, list[Any], list[Any]]:
    x, low, high = of_one_shape(cp, args)
    return x, [x >= low, x <= high], []


def _step_graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
    """t = max(x, 0): 0 ≤ t, x ≤ t, and t = z · x for a new z that is 0 or 1."""
    shape = np.broadcast_shapes(*(a.shape for a in args))
    x, low, high = (broadcast(a, shape) for a in args)
    t, fresh = new_columns(shape, fresh)
    z, fresh = new_columns(shape, fresh)
    rows = (
        Rows(z, ">="),
        Rows(subtract(z, ones_terms(shape)), "<="),
        Rows(t, ">="),
        Rows(subtract(t, x), ">="),
        Rows(subtract(t, multiply(high, z)), "<="),
        Rows(add([t, negative(x), low, negative(multiply(low, z))]), "<="),
    )
    return Graph(t, fresh, rows, (), whole=(z.col,))


def _step_states(
    cp: Any, args: tuple[Any, ...], options: OperatorOptions
) -> tuple[Any, list[Any], list[Any]]:
    x, low, high = of_one_shape(cp, args)
    t, z = cp.Variable(x.shape), cp.Variable(x.shape)
    found = [z >= 0, z <= 1, t >= 0, t >= x, t <= cp.multiply(high, z), t <= x - cp.multiply(low, 1 - z)]
    return t, found, [z]


def _first_value(args: Arrays, options: OperatorOptions) -> Any:
    return np.broadcast_to(args[0], np.broadcast_shapes(*(a.shape for a in args)))


def _switched(like: Operator) -> Operator:
    """The product with a decision that is 0 or 1, of a record for data times a decision; arguments: on, x, low, high."""
    return replace(
        like,
        nature=Nature.EXACT,
        graph=_switched_graph,
        cvxpy=None,
        states=_switched_states,
        shape=shapes.elementwise,
        sign=lambda signs: signs[1],
        value=lambda args, options: args[0] * args[1],
    )


SWITCHED = {record.name: _switched(record) for record in (MULTIPLY, TIMES)}
"""Name of a product → its record between a decision that is 0 or 1 and one with bounds."""


def is_switched(record: Operator | None) -> bool:
    """Whether a record is a product with a yes/no decision."""
    return any(record is one for one in SWITCHED.values())


WITHIN = Operator(
    name="within",
    arity=(3, 3),
    doc="The first argument, which must lie between the two others.",
    shape=shapes.elementwise,
    value=_first_value,
    nature=Nature.LINEAR,
    sign=first_sign,
    monotone=lambda signs: (0, 1, 1),
    latex=lambda args, options: args[0],
    graph=_within_graph,
    states=_within_states,
    group="axes",
)
STEP = replace(
    POS,
    name="step",
    arity=(3, 3),
    doc="The positive part, exactly, of what lies between two numbers.",
    shape=shapes.elementwise,
    value=lambda args, options: np.maximum(_first_value(args, options), 0.0),
    nature=Nature.EXACT,
    sign=nonneg_sign,
    graph=_step_graph,
    cvxpy=None,
    states=_step_states,
)
