"""Sums of the largest or smallest entries."""

from __future__ import annotations

import numpy as np

from saddlepoint.algebra.cells import broadcast, total
from saddlepoint.algebra.graph import Graph, Rows, new_columns
from saddlepoint.algebra.terms import Terms, add, negative, scale_terms
from saddlepoint.arrays import Array
from saddlepoint.expr import shapes
from saddlepoint.expr.facts import Facts, first_sign
from saddlepoint.expr.node import Nature, Operator, OperatorOptions
from saddlepoint.expr.operators.convex import increasing, subtract
from saddlepoint.expr.operators.linear import MATRIX, one_number


def _largest(x: Terms, k: float, fresh: int) -> Graph:
    """The least k·q + Σ s with s ≥ x − q, s ≥ 0 (Ogryczak & Tamir 2003)."""
    q, fresh = new_columns((*x.shape[:-2], 1, 1), fresh)
    s, fresh = new_columns(x.shape, fresh)
    above = add([s, subtract(broadcast(q, x.shape), x)])
    return Graph(add([scale_terms(q, k), total(s, MATRIX)]), fresh, (Rows(above, ">="), Rows(s, ">=")))


def _count(options: OperatorOptions) -> float:
    return float(options[0] or 0)


def _smallest(x: Terms, k: float, fresh: int) -> Graph:
    turned = _largest(negative(x), k, fresh)
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


SUM_LARGEST = Operator(
    name="sum_largest",
    degree=1,
    options={"k": 1},
    doc="sum_largest(x, k): the sum of the k largest entries; convex.",
    shape=_ranked_shape,
    collapses="other",
    value=lambda args, options: _ranked_value(True, args[0], int(_count(options))),
    nature=Nature.CONVEX,
    sign=first_sign,
    monotone=increasing,
    graph=lambda args, options, fresh, quadratic: _largest(args[0], _count(options), fresh),
    cvxpy=lambda cp, args, options: one_number(cp, cp.sum_largest(args[0], options[0])),
    example="sum_largest(x, 2)",
)
SUM_SMALLEST = Operator(
    name="sum_smallest",
    degree=1,
    options={"k": 1},
    doc="sum_smallest(x, k): the sum of the k smallest entries; concave.",
    shape=_ranked_shape,
    collapses="other",
    value=lambda args, options: _ranked_value(False, args[0], int(_count(options))),
    nature=Nature.CONCAVE,
    sign=first_sign,
    monotone=increasing,
    graph=lambda args, options, fresh, quadratic: _smallest(args[0], _count(options), fresh),
    cvxpy=lambda cp, args, options: one_number(cp, cp.sum_smallest(args[0], options[0])),
    example="sum_smallest(x, 2)",
)
RANKED = (SUM_LARGEST, SUM_SMALLEST)
