"""Products and quotients: linear in each argument, so at most one argument may be decided."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from saddlepoint.algebra.term_products import matmul, multiply
from saddlepoint.arrays import Array
from saddlepoint.expr import shapes
from saddlepoint.expr.apply import apply
from saddlepoint.expr.facts import Sign, first_sign
from saddlepoint.expr.node import Arrays, Nature, Node, Operator, OperatorOptions
from saddlepoint.expr.operators.linear import linear_graph
from saddlepoint.expr.refusals import DecidedDivisor


def product_sign(signs: tuple[Sign, ...]) -> Sign:
    """The sign of a product of two arguments."""
    return signs[0] * signs[1]


def _divide_value(args: Arrays, options: OperatorOptions) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return args[0] / args[1]


def _reciprocal_value(args: Arrays, options: OperatorOptions) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return 1.0 / args[0]


def _by_reciprocal(args: tuple[Node, ...], options: OperatorOptions) -> Node | None:
    """A decision over data as a product with the reciprocal, so that the divisor is looked at once."""
    left, right = args
    if right.facts.decision:
        raise DecidedDivisor(
            "division by a decision is neither linear nor convex",
            "Multiply both sides by the divisor if it is positive, make the divisor data, or write inv_pos(x) for 1/x.",
        )
    if not left.facts.decision:
        return None
    return apply(QUOTIENT, (left, apply(RECIPROCAL, (right,), (), right.mark)))


MULTIPLY = Operator(
    name="mult",
    degree=(1, 1),
    arity=(2, 2),
    doc="The product entry by entry; a side of length 1 is repeated. Of two decisions one must be 0 or 1 (domain: boolean) "
    "and the other bounded: then it is exact.",
    shape=shapes.elementwise,
    value=lambda args, options: args[0] * args[1],
    nature=Nature.BILINEAR,
    sign=product_sign,
    latex=lambda args, options: f"{args[0]} \\circ {args[1]}",
    graph=linear_graph(lambda args, options: multiply(*args)),
    cvxpy=lambda cp, args, options: cp.multiply(args[0], args[1]),
    example="mult(a, x)",
)
TIMES = replace(
    MULTIPLY,
    name="times",
    symbol="*",
    doc="Like mult; refused between two matrices that also have a matrix product (write mult or @ there).",
    shape=shapes.star,
    example="2 * x",
)
MATMUL = Operator(
    name="matmul",
    degree=(1, 1),
    symbol="@",
    arity=(2, 2),
    doc="The matrix product: columns of the left against rows of the right.",
    shape=shapes.product,
    value=lambda args, options: np.matmul(*args),
    nature=Nature.BILINEAR,
    sign=product_sign,
    latex=lambda args, options: f"{args[0]} \\, {args[1]}",
    graph=linear_graph(lambda args, options: matmul(*args)),
    cvxpy=lambda cp, args, options: args[0] @ args[1],
    example="a @ tran(x)",
)
RECIPROCAL = Operator(
    name="reciprocal",
    degree=-1,
    doc="1 / a, of data only; a / b is a times the reciprocal of b.",
    value=_reciprocal_value,
    nature=Nature.DATA,
    sign=first_sign,
    latex=lambda args, options: f"\\frac{{1}}{{{args[0]}}}",
    example="reciprocal(a)",
)
DIVIDE = Operator(
    name="divide",
    degree=(1, -1),
    symbol="/",
    arity=(2, 2),
    doc="The quotient entry by entry; the divisor must be data.",
    shape=shapes.elementwise,
    value=_divide_value,
    nature=Nature.BILINEAR,
    sign=product_sign,
    latex=lambda args, options: f"\\frac{{{args[0]}}}{{{args[1]}}}",
    graph=MULTIPLY.graph,
    cvxpy=lambda cp, args, options: args[0] / args[1],
    make=_by_reciprocal,
    example="x / a",
)
QUOTIENT = replace(DIVIDE, degree=(1, 1), make=None, value=MULTIPLY.value, cvxpy=MULTIPLY.cvxpy)
"""The quotient of a decision, whose second argument is already the reciprocal of the divisor."""


PRODUCTS = (MULTIPLY, TIMES, MATMUL, DIVIDE, RECIPROCAL)
