"""Largest and smallest: of the entries of one array, and entry by entry of several."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce

import numpy as np

from saddlepoint.algebra.cells import broadcast
from saddlepoint.algebra.graph import Graph, Rows, new_columns
from saddlepoint.algebra.terms import negative
from saddlepoint.expr import shapes
from saddlepoint.expr.facts import Sign, first_sign
from saddlepoint.expr.node import Nature, Operator, OperatorOptions, Values, named
from saddlepoint.expr.operators.convex import increasing, subtract
from saddlepoint.expr.operators.linear import axes_of


def _reduced(shape: tuple[int, ...], axis: object) -> tuple[int, ...]:
    lead, rows, cols = shape[:-2], shape[-2], shape[-1]
    return (*lead, rows if axis == 1 else 1, cols if axis == 0 else 1)


def _extreme_graph(up: bool) -> Callable[[Values, OperatorOptions, int, bool], Graph]:
    """Epigraph of the largest (up) or hypograph of the smallest entry."""

    def graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
        x = args[0]
        t, fresh = new_columns(_reduced(x.shape, options[0]), fresh)
        gap = subtract(broadcast(t, x.shape), x)
        return Graph(t, fresh, (Rows(gap if up else negative(gap), ">="),))

    return graph


def _envelope_graph(up: bool) -> Callable[[Values, OperatorOptions, int, bool], Graph]:
    """Epigraph of the entrywise maximum (up) or hypograph of the minimum of several arrays."""

    def graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
        shape = np.broadcast_shapes(*(a.shape for a in args))
        t, fresh = new_columns(shape, fresh)
        gaps = [subtract(t, broadcast(a, shape)) for a in args]
        return Graph(t, fresh, tuple(Rows(g if up else negative(g), ">=") for g in gaps))

    return graph


def _max_sign(signs: tuple[Sign, ...]) -> Sign:
    if all(s in (Sign.NONPOS, Sign.ZERO) for s in signs):
        return Sign.ZERO if Sign.ZERO in signs else Sign.NONPOS
    return Sign.NONNEG if Sign.NONNEG in signs or Sign.ZERO in signs else Sign.UNKNOWN


MAX = Operator(
    name="max",
    degree=1,
    options={"axis": None},
    doc="The largest entry, of all, per column (axis 0) or per row (axis 1); convex.",
    shape=shapes.reduced,
    collapses="most",
    value=lambda args, options: args[0].max(axis=axes_of(options), keepdims=True, initial=-math.inf),
    nature=Nature.CONVEX,
    sign=first_sign,
    monotone=increasing,
    graph=_extreme_graph(True),
    cvxpy=lambda cp, args, options: cp.max(args[0], axis=options[0], keepdims=True),
    example="max(x)",
)


MIN = Operator(
    name="min",
    degree=1,
    options={"axis": None},
    doc="The smallest entry, of all, per column (axis 0) or per row (axis 1); concave.",
    shape=shapes.reduced,
    collapses="least",
    value=lambda args, options: args[0].min(axis=axes_of(options), keepdims=True, initial=math.inf),
    nature=Nature.CONCAVE,
    sign=first_sign,
    monotone=increasing,
    graph=_extreme_graph(False),
    cvxpy=lambda cp, args, options: cp.min(args[0], axis=options[0], keepdims=True),
    example="min(x)",
)


MAXIMUM = Operator(
    name="maximum",
    degree=1,
    arity=(2, None),
    doc="The larger of two or more arrays, entry by entry; convex.",
    shape=shapes.elementwise,
    value=lambda args, options: reduce(np.maximum, args),
    nature=Nature.CONVEX,
    sign=_max_sign,
    monotone=increasing,
    latex=named("max"),
    graph=_envelope_graph(True),
    cvxpy=lambda cp, args, options: cp.maximum(*args),
    example="maximum(x, a)",
)


MINIMUM = Operator(
    name="minimum",
    degree=1,
    arity=(2, None),
    doc="The smaller of two or more arrays, entry by entry; concave.",
    shape=shapes.elementwise,
    value=lambda args, options: reduce(np.minimum, args),
    nature=Nature.CONCAVE,
    sign=lambda signs: -_max_sign(tuple(-s for s in signs)),
    monotone=increasing,
    latex=named("min"),
    graph=_envelope_graph(False),
    cvxpy=lambda cp, args, options: cp.minimum(*args),
    example="minimum(x, a)",
)

EXTREMES = (MAX, MIN, MAXIMUM, MINIMUM)
