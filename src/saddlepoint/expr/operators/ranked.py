"""Sums of the largest or smallest entries, soft maxima and relative entropies."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from saddlepoint.algebra.cells import broadcast, total
from saddlepoint.algebra.graph import Cones, Graph, Rows, cells, new_columns, per_matrix, stack
from saddlepoint.algebra.structure import ConeKind
from saddlepoint.algebra.terms import Terms, add, constant, negative, scale
from saddlepoint.arrays import Array
from saddlepoint.expr import shapes
from saddlepoint.expr.facts import Facts
from saddlepoint.expr.node import Nature, Operator
from saddlepoint.expr.operators.convex import increasing, named, ones, subtract
from saddlepoint.expr.operators.datawise import ValueProblem, nonneg_sign, unknown_sign
from saddlepoint.expr.operators.exponential import no_direction
from saddlepoint.expr.operators.linear import Arrays, OperatorOptions, Values

INF = math.inf


def _both(terms: Terms) -> Terms:
    rank = len(terms.shape)
    return total(terms, (rank - 2, rank - 1))


def _largest(x: Terms, k: float, fresh: int) -> Graph:
    """The least k·q + Σ s with s ≥ x − q, s ≥ 0 (Ogryczak & Tamir 2003)."""
    q, fresh = new_columns((*x.shape[:-2], 1, 1), fresh)
    s, fresh = new_columns(x.shape, fresh)
    above = add([s, subtract(broadcast(q, x.shape), x)])
    return Graph(add([scale(q, k), _both(s)]), fresh, (Rows(above, 0.0, INF), Rows(s, 0.0, INF)))


def _count(options: OperatorOptions) -> float:
    return float(options[0] or 0)


def _largest_graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
    return _largest(args[0], _count(options), fresh)


def _smallest_graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
    turned = _largest(negative(args[0]), _count(options), fresh)
    return Graph(negative(turned.value), turned.fresh, turned.rows)


def _ranked_shape(facts: tuple[Facts, ...], options: OperatorOptions) -> Facts:
    k, size = options[0], facts[0].rows.length * facts[0].cols.length
    if not isinstance(k, int) or not 1 <= k <= size:
        raise shapes.ShapeMismatch(
            f"the number of entries k must be a whole number from 1 to {size}, not {k!r}",
            "Write for example sum_largest(x, 2).",
        )
    return shapes.scalar(facts)


def _ranked_value(largest: bool, x: Array, k: int) -> Array:
    flat = np.sort(x.reshape(*x.shape[:-2], x.shape[-2] * x.shape[-1]), axis=-1)
    part = flat[..., -k:] if largest else flat[..., :k]
    return part.sum(axis=-1)[..., None, None]


def _log_sum_exp_graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
    """Σ u ≤ 1 with u ≥ exp(x − t)."""
    x = args[0]
    t, fresh = new_columns((*x.shape[:-2], 1, 1), fresh)
    return _soft([subtract(x, broadcast(t, x.shape))], t, fresh)


def _logistic_graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
    """exp(x − t) + exp(−t) ≤ 1, entry by entry."""
    t, fresh = new_columns(args[0].shape, fresh)
    u, fresh = new_columns(t.shape, fresh)
    v, fresh = new_columns(t.shape, fresh)
    one = ones((t.size, 1))
    first = stack([cells(subtract(args[0], t)), one, cells(u)])
    second = stack([cells(negative(t)), one, cells(v)])
    kind = ConeKind.EXPONENTIAL
    rows = (Rows(subtract(add([u, v]), ones(t.shape)), -INF, 0.0),)
    return Graph(t, fresh, rows, (Cones(kind, first), Cones(kind, second)))


def _soft(exponents: list[Terms], t: Terms, fresh: int) -> Graph:
    x = exponents[0]
    u, fresh = new_columns(x.shape, fresh)
    cone = stack([cells(x), ones((x.size, 1)), cells(u)])
    flat = per_matrix(u)
    one = constant(np.ones((flat.shape[0], 1)))
    row = subtract(total(flat, (1,)), one)
    return Graph(t, fresh, (Rows(row, -INF, 0.0),), (Cones(ConeKind.EXPONENTIAL, cone),))


def _log_sum_exp_value(args: Arrays, options: OperatorOptions) -> Array:
    top = args[0].max(axis=(-2, -1), keepdims=True, initial=-INF)
    return top + np.log(np.exp(args[0] - top).sum(axis=(-2, -1), keepdims=True))


def _rel_entr_graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
    """t ≥ x·log(x/y): x·exp(−t/x) ≤ y."""
    shape = np.broadcast_shapes(args[0].shape, args[1].shape)
    x, y = (broadcast(a, shape) for a in args)
    t, fresh = new_columns(shape, fresh)
    cone = stack([cells(negative(t)), cells(x), cells(y)])
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


def _spread(cp: Any, args: tuple[Any, ...]) -> list[Any]:
    """CVXPY's entropies do not broadcast."""
    shape = np.broadcast_shapes(*(a.shape for a in args))
    return [a if a.shape == shape else cp.multiply(np.ones(shape), a) for a in args]


SUM_LARGEST = Operator(
    name="sum_largest",
    arity=(1, 1),
    options={"k": 1},
    doc="sum_largest(x, k): the sum of the k largest entries; convex.",
    shape=_ranked_shape,
    value=lambda args, options: _ranked_value(True, args[0], int(_count(options))),
    nature=Nature.CONVEX,
    sign=lambda signs: signs[0],
    monotone=increasing,
    latex=named("sum\\_largest"),
    graph=_largest_graph,
    cvxpy=lambda cp, args, options: cp.reshape(cp.sum_largest(args[0], options[0]), (1, 1), order="F"),
    group="convex",
    example="sum_largest(x, 2)",
)
SUM_SMALLEST = Operator(
    name="sum_smallest",
    arity=(1, 1),
    options={"k": 1},
    doc="sum_smallest(x, k): the sum of the k smallest entries; concave.",
    shape=_ranked_shape,
    value=lambda args, options: _ranked_value(False, args[0], int(_count(options))),
    nature=Nature.CONCAVE,
    sign=lambda signs: signs[0],
    monotone=increasing,
    latex=named("sum\\_smallest"),
    graph=_smallest_graph,
    cvxpy=lambda cp, args, options: cp.reshape(cp.sum_smallest(args[0], options[0]), (1, 1), order="F"),
    group="concave",
    example="sum_smallest(x, 2)",
)
LOG_SUM_EXP = Operator(
    name="log_sum_exp",
    arity=(1, 1),
    doc="log Σ exp(x) over all entries, a smooth maximum; convex.",
    shape=shapes.scalar,
    value=_log_sum_exp_value,
    nature=Nature.CONVEX,
    sign=unknown_sign,
    monotone=increasing,
    latex=lambda args, options: f"\\log \\sum e^{{{args[0]}}}",
    graph=_log_sum_exp_graph,
    cvxpy=lambda cp, args, options: cp.reshape(cp.log_sum_exp(args[0]), (1, 1), order="F"),
    group="convex",
    example="log_sum_exp(x)",
)
LOGISTIC = Operator(
    name="logistic",
    arity=(1, 1),
    doc="log(1 + exp(x)) of every entry; convex.",
    shape=shapes.same,
    value=lambda args, options: np.logaddexp(0.0, args[0]),
    nature=Nature.CONVEX,
    sign=nonneg_sign,
    monotone=increasing,
    latex=lambda args, options: f"\\log(1 + e^{{{args[0]}}})",
    graph=_logistic_graph,
    cvxpy=lambda cp, args, options: cp.logistic(args[0]),
    group="convex",
    example="logistic(x)",
)
REL_ENTR = Operator(
    name="rel_entr",
    arity=(2, 2),
    doc="rel_entr(x, y): x log(x/y), entry by entry, for x ≥ 0 and y > 0; convex in both.",
    shape=shapes.elementwise,
    value=_rel_entr_value,
    nature=Nature.CONVEX,
    sign=unknown_sign,
    monotone=lambda signs: (0, -1),
    latex=lambda args, options: f"{args[0]} \\log \\frac{{{args[0]}}}{{{args[1]}}}",
    graph=_rel_entr_graph,
    cvxpy=lambda cp, args, options: cp.rel_entr(*_spread(cp, args)),
    group="convex",
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
    monotone=no_direction,
    latex=named("kl\\_div"),
    graph=_kl_div_graph,
    cvxpy=lambda cp, args, options: cp.kl_div(*_spread(cp, args)),
    group="convex",
    example="kl_div(x, y)",
)

RANKED = (SUM_LARGEST, SUM_SMALLEST, LOG_SUM_EXP, LOGISTIC, REL_ENTR, KL_DIV)
