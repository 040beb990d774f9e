"""Operators whose graph is an exponential cone: y·exp(x/y) ≤ z (Chares 2009)."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from saddlepoint.algebra.cells import broadcast, total
from saddlepoint.algebra.graph import Cones, Graph, Rows, new_columns, per_matrix, single_cells, stack
from saddlepoint.algebra.structure import ConeKind
from saddlepoint.algebra.terms import Terms, add, negative
from saddlepoint.arrays import Array
from saddlepoint.expr import shapes
from saddlepoint.expr.facts import first_sign, nonneg_sign
from saddlepoint.expr.node import Arrays, Nature, Operator, OperatorOptions, Values
from saddlepoint.expr.operators.convex import increasing, ones_terms, subtract
from saddlepoint.expr.operators.datawise import ValueProblem
from saddlepoint.expr.operators.linear import MATRIX, of_one_shape, one_number

Triple = Callable[[Terms, Terms, Terms], tuple[Terms, Terms, Terms]]


def _graph(order: Triple) -> Callable[[Values, OperatorOptions, int, bool], Graph]:
    """The graph of one entrywise function; order: argument, new column, one → the cone's (x, y, z)."""

    def graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
        t, fresh = new_columns(args[0].shape, fresh)
        cone = stack(order(single_cells(args[0]), single_cells(t), ones_terms((args[0].size, 1))))
        return Graph(t, fresh, (), (Cones(ConeKind.EXPONENTIAL, cone),))

    return graph


def _entr_value(args: Arrays, options: OperatorOptions) -> Array:
    x = args[0]
    with np.errstate(all="ignore"):
        return np.where(x == 0.0, 0.0, -x * np.log(x))


def _log_sum_exp_graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
    """Σ u ≤ 1 with u ≥ exp(x − t)."""
    x = args[0]
    t, fresh = new_columns((*x.shape[:-2], 1, 1), fresh)
    u, fresh = new_columns(x.shape, fresh)
    cone = stack([single_cells(subtract(x, broadcast(t, x.shape))), ones_terms((x.size, 1)), single_cells(u)])
    flat = per_matrix(u)
    row = subtract(total(flat, (1,)), ones_terms((flat.shape[0], 1)))
    return Graph(t, fresh, (Rows(row, "<="),), (Cones(ConeKind.EXPONENTIAL, cone),))


def _logistic_graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
    """exp(x − t) + exp(−t) ≤ 1, entry by entry."""
    t, fresh = new_columns(args[0].shape, fresh)
    u, fresh = new_columns(t.shape, fresh)
    v, fresh = new_columns(t.shape, fresh)
    one = ones_terms((t.size, 1))
    first = stack([single_cells(subtract(args[0], t)), one, single_cells(u)])
    second = stack([single_cells(negative(t)), one, single_cells(v)])
    kind = ConeKind.EXPONENTIAL
    rows = (Rows(subtract(add([u, v]), ones_terms(t.shape)), "<="),)
    return Graph(t, fresh, rows, (Cones(kind, first), Cones(kind, second)))


def _log_sum_exp_value(args: Arrays, options: OperatorOptions) -> Array:
    top = args[0].max(axis=MATRIX, keepdims=True, initial=-math.inf)
    return top + np.log(np.exp(args[0] - top).sum(axis=MATRIX, keepdims=True))


def _rel_entr_graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
    """t ≥ x·log(x/y): x·exp(−t/x) ≤ y."""
    shape = np.broadcast_shapes(args[0].shape, args[1].shape)
    x, y = (broadcast(a, shape) for a in args)
    t, fresh = new_columns(shape, fresh)
    cone = stack([single_cells(negative(t)), single_cells(x), single_cells(y)])
    return Graph(t, fresh, (), (Cones(ConeKind.EXPONENTIAL, cone),))


def _kl_div_graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
    inner = _rel_entr_graph(args, options, fresh, quadratic)
    x, y = (broadcast(a, inner.value.shape) for a in args)
    return Graph(add([inner.value, negative(x), y]), inner.fresh, inner.rows, inner.cones)


def _rel_entr_value(args: Arrays, options: OperatorOptions) -> Array:
    x, y = np.broadcast_arrays(*args)
    if (x < 0).any() or (y < 0).any() or ((y == 0) & (x > 0)).any():
        raise ValueProblem(
            "a relative entropy exists only for x >= 0 and y > 0",
            "Check the data for zeros and negative values.",
        )
    with np.errstate(all="ignore"):
        return np.where(x == 0.0, 0.0, x * np.log(x / y))


EXP = Operator(
    name="exp",
    doc="The exponential of every entry; convex.",
    value=lambda args, options: np.exp(args[0]),
    nature=Nature.CONVEX,
    sign=nonneg_sign,
    monotone=increasing,
    latex=lambda args, options: f"e^{{{args[0]}}}",
    graph=_graph(lambda x, t, one: (x, one, t)),
    cvxpy=lambda cp, args, options: cp.exp(args[0]),
    example="exp(x)",
)
LOG = Operator(
    name="log",
    doc="The natural logarithm of every entry, for entries > 0; concave.",
    value=lambda args, options: np.log(args[0]),
    nature=Nature.CONCAVE,
    monotone=increasing,
    graph=_graph(lambda x, t, one: (t, one, x)),
    cvxpy=lambda cp, args, options: cp.log(args[0]),
    example="log(x)",
)
LOG1P = Operator(
    name="log1p",
    doc="log(1 + x) of every entry, for entries > −1; concave.",
    value=lambda args, options: np.log1p(args[0]),
    nature=Nature.CONCAVE,
    sign=first_sign,
    monotone=increasing,
    latex=lambda args, options: f"\\log(1 + {args[0]})",
    graph=_graph(lambda x, t, one: (t, one, add([one, x]))),
    cvxpy=lambda cp, args, options: cp.log1p(args[0]),
    example="log1p(x)",
)
ENTR = Operator(
    name="entr",
    doc="−x log x of every entry, for entries ≥ 0; concave.",
    value=_entr_value,
    nature=Nature.CONCAVE,
    graph=_graph(lambda x, t, one: (t, x, one)),
    cvxpy=lambda cp, args, options: cp.entr(args[0]),
    example="entr(x)",
)
LOG_SUM_EXP = Operator(
    name="log_sum_exp",
    doc="log Σ exp(x) over all entries, a smooth maximum; convex.",
    shape=shapes.scalar,
    collapses="other",
    value=_log_sum_exp_value,
    nature=Nature.CONVEX,
    monotone=increasing,
    latex=lambda args, options: f"\\log \\sum e^{{{args[0]}}}",
    graph=_log_sum_exp_graph,
    cvxpy=lambda cp, args, options: one_number(cp, cp.log_sum_exp(args[0])),
    example="log_sum_exp(x)",
)
LOGISTIC = Operator(
    name="logistic",
    doc="log(1 + exp(x)) of every entry; convex.",
    value=lambda args, options: np.logaddexp(0.0, args[0]),
    nature=Nature.CONVEX,
    sign=nonneg_sign,
    monotone=increasing,
    latex=lambda args, options: f"\\log(1 + e^{{{args[0]}}})",
    graph=_logistic_graph,
    cvxpy=lambda cp, args, options: cp.logistic(args[0]),
    example="logistic(x)",
)
REL_ENTR = Operator(
    name="rel_entr",
    arity=(2, 2),
    doc="rel_entr(x, y): x log(x/y), entry by entry, for x ≥ 0 and y > 0; convex in both.",
    shape=shapes.elementwise,
    value=_rel_entr_value,
    nature=Nature.CONVEX,
    monotone=lambda signs: (0, -1),
    latex=lambda args, options: f"{args[0]} \\log \\frac{{{args[0]}}}{{{args[1]}}}",
    graph=_rel_entr_graph,
    cvxpy=lambda cp, args, options: cp.rel_entr(*of_one_shape(cp, args)),
    example="rel_entr(x, y)",
)
KL_DIV = Operator(
    name="kl_div",
    arity=(2, 2),
    doc="kl_div(x, y): x log(x/y) − x + y, entry by entry, for x ≥ 0 and y > 0; convex in both.",
    shape=shapes.elementwise,
    value=lambda args, options: _rel_entr_value(args, options) - args[0] + args[1],
    nature=Nature.CONVEX,
    sign=nonneg_sign,
    graph=_kl_div_graph,
    cvxpy=lambda cp, args, options: cp.kl_div(*of_one_shape(cp, args)),
    example="kl_div(x, y)",
)


EXPONENTIAL = (EXP, LOG, LOG1P, ENTR, LOG_SUM_EXP, LOGISTIC, REL_ENTR, KL_DIV)
