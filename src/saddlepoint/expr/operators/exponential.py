"""Operators whose graph is an exponential cone: y·exp(x/y) ≤ z (Chares 2009)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from saddlepoint.algebra.graph import Cones, Graph, cells, new_columns, stack
from saddlepoint.algebra.structure import ConeKind
from saddlepoint.algebra.terms import Terms, add
from saddlepoint.arrays import Array
from saddlepoint.expr import shapes
from saddlepoint.expr.facts import Sign
from saddlepoint.expr.node import Nature, Operator
from saddlepoint.expr.operators.convex import increasing, named, ones
from saddlepoint.expr.operators.datawise import nonneg_sign, unknown_sign
from saddlepoint.expr.operators.linear import Arrays, OperatorOptions, Values

Triple = Callable[[Terms, Terms, Terms], tuple[Terms, Terms, Terms]]


def _graph(order: Triple) -> Callable[[Values, OperatorOptions, int, bool], Graph]:
    """The graph of one entrywise function; order: argument, new column, one → the cone's (x, y, z)."""

    def graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
        t, fresh = new_columns(args[0].shape, fresh)
        cone = stack(order(cells(args[0]), cells(t), ones((args[0].size, 1))))
        return Graph(t, fresh, (), (Cones(ConeKind.EXPONENTIAL, cone),))

    return graph


def _entr_value(args: Arrays, options: OperatorOptions) -> Array:
    x = args[0]
    with np.errstate(all="ignore"):
        return np.where(x == 0.0, 0.0, -x * np.log(x))


def no_direction(signs: tuple[Sign, ...]) -> tuple[int, ...]:
    """Monotone in no argument."""
    return tuple(0 for _ in signs)


EXP = Operator(
    name="exp",
    arity=(1, 1),
    doc="The exponential of every entry; convex.",
    shape=shapes.same,
    value=lambda args, options: np.exp(args[0]),
    nature=Nature.CONVEX,
    sign=nonneg_sign,
    monotone=increasing,
    latex=lambda args, options: f"e^{{{args[0]}}}",
    graph=_graph(lambda x, t, one: (x, one, t)),
    cvxpy=lambda cp, args, options: cp.exp(args[0]),
    group="convex",
    example="exp(x)",
)
LOG = Operator(
    name="log",
    arity=(1, 1),
    doc="The natural logarithm of every entry, for entries > 0; concave.",
    shape=shapes.same,
    value=lambda args, options: np.log(args[0]),
    nature=Nature.CONCAVE,
    sign=unknown_sign,
    monotone=increasing,
    latex=named("log"),
    graph=_graph(lambda x, t, one: (t, one, x)),
    cvxpy=lambda cp, args, options: cp.log(args[0]),
    group="concave",
    example="log(x)",
)
LOG1P = Operator(
    name="log1p",
    arity=(1, 1),
    doc="log(1 + x) of every entry, for entries > −1; concave.",
    shape=shapes.same,
    value=lambda args, options: np.log1p(args[0]),
    nature=Nature.CONCAVE,
    sign=lambda signs: signs[0],
    monotone=increasing,
    latex=lambda args, options: f"\\log(1 + {args[0]})",
    graph=_graph(lambda x, t, one: (t, one, add([one, x]))),
    cvxpy=lambda cp, args, options: cp.log1p(args[0]),
    group="concave",
    example="log1p(x)",
)
ENTR = Operator(
    name="entr",
    arity=(1, 1),
    doc="−x log x of every entry, for entries ≥ 0; concave.",
    shape=shapes.same,
    value=_entr_value,
    nature=Nature.CONCAVE,
    sign=unknown_sign,
    monotone=no_direction,
    latex=named("entr"),
    graph=_graph(lambda x, t, one: (t, x, one)),
    cvxpy=lambda cp, args, options: cp.entr(args[0]),
    group="concave",
    example="entr(x)",
)

EXPONENTIAL = (EXP, LOG, LOG1P, ENTR)
