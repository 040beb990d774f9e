"""Operators that are linear in all their arguments together."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np

from saddlepoint.algebra.cells import broadcast, renumber, total, transpose
from saddlepoint.algebra.graph import Graph, Rows, new_columns
from saddlepoint.algebra.term_products import matmul
from saddlepoint.algebra.terms import Terms, add, constant, negative
from saddlepoint.arrays import Array
from saddlepoint.expr import shapes
from saddlepoint.expr.facts import Facts, Side, Sign, first_sign
from saddlepoint.expr.node import Arrays, Nature, Node, Operator, OperatorOptions, Values

Map = Callable[[Values, OperatorOptions], Terms]
MATRIX = (-2, -1)
"""The axes of rows and columns."""


def linear_graph(rule: Map) -> Callable[[Values, OperatorOptions, int, bool], Graph]:
    """The graph form of a map of terms to terms: no columns, no rows."""

    def graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
        return Graph(rule(args, options), fresh)

    return graph


def _add_terms(args: Values, options: OperatorOptions) -> Terms:
    shape = np.broadcast_shapes(*(a.shape for a in args))
    return add([broadcast(a, shape) for a in args])


def common_sign(signs: tuple[Sign, ...]) -> Sign:
    """The sign of the sum, and of a stack, of arguments of these signs."""
    return reduce(operator.add, signs)


def _add_latex(args: tuple[str, ...], options: OperatorOptions) -> str:
    text = args[0]
    for arg in args[1:]:
        text += f" {arg}" if arg.startswith("-") else f" + {arg}"
    return text


def axes_of(options: OperatorOptions) -> tuple[int, ...]:
    """The axes that a reduction takes away: both, or that of the rows (0) or of the columns (1)."""
    return MATRIX if options[0] is None else ((-2,) if options[0] == 0 else (-1,))


def _summed(args: tuple[Node, ...], options: OperatorOptions) -> Node | None:
    """The sum with its axis as 0, 1 or None; without keepdims the sum of each row is of one dimension, as a diagonal is."""
    if len(options) < 2:
        return None
    axis = {-1: 1, -2: 0}.get(options[0], options[0]) if isinstance(options[0], int) else options[0]
    facts = shapes.reduced(tuple(a.facts for a in args), (axis,))
    if not options[1] and axis == 1 and facts.rows.length > 1:
        facts = facts.sized(facts.rows, Side(diagonal=True))
    return Node(facts, SUM, args, options=(axis,))


def _diag_value(args: Arrays, options: OperatorOptions) -> Array:
    x = args[0]
    if 1 in x.shape[-2:]:
        vector = x.reshape(*x.shape[:-2], -1)
        return vector[..., None] * np.eye(vector.shape[-1])
    return np.diagonal(x, axis1=-2, axis2=-1)[..., None]


def _diag_terms(args: Values, options: OperatorOptions) -> Terms:
    (terms,) = args
    *lead, rows, cols = terms.shape
    batch = math.prod(lead)
    if 1 in (rows, cols):
        n = rows * cols
        cell = np.arange(n)
        target = np.arange(batch)[:, None] * n * n + cell * n + cell
        return renumber(terms, target, (*lead, n, n))
    b, ij = np.divmod(terms.row, rows * cols)
    i, j = np.divmod(ij, cols)
    on = np.flatnonzero(i == j)
    return terms.pick(on, b[on] * rows + i[on], (*lead, rows, 1))


def _cumsum_terms(terms: Terms, down: bool) -> Terms:
    if down:
        n = terms.shape[-2]
        return matmul(constant(np.tril(np.ones((n, n)))), terms)
    n = terms.shape[-1]
    return matmul(terms, constant(np.triu(np.ones((n, n)))))


MOST_TERMS = 20_000
"""Running sums with more terms than this get columns of their own, one per entry."""


def _cumsum_graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
    """Written out, n entries have n(n + 1)/2 terms; many get columns: t₁ = x₁, tₖ = tₖ₋₁ + xₖ."""
    terms = args[0]
    axis = len(terms.shape) - (2 if options[0] == 0 else 1)
    written = terms.nnz * (terms.shape[axis] + 1) // 2
    if written <= MOST_TERMS or terms.is_constant or terms.second is not None:
        return Graph(_cumsum_terms(terms, options[0] == 0), fresh)
    sums, free = new_columns(terms.shape, fresh)
    places = np.moveaxis(np.arange(terms.size).reshape(terms.shape), axis, 0)
    later, earlier = places[1:].reshape(-1), places[:-1].reshape(-1)
    before = Terms(terms.shape, later, sums.col[earlier], np.ones(len(later)))
    return Graph(sums, free, (Rows(add([sums, negative(before), negative(terms)]), "=="),))


def _cumsum_shape(facts: tuple[Facts, ...], options: OperatorOptions) -> Facts:
    if options[0] not in (0, 1):
        raise shapes.ShapeMismatch(
            "cumsum needs axis 0 (down the rows) or 1 (along the columns)", "Write 0 or 1."
        )
    return facts[0]


ADD = Operator(
    name="add",
    degree=1,
    symbol="+",
    arity=(2, None),
    doc="Sum, entry by entry; a side of length 1 is repeated.",
    shape=shapes.elementwise,
    value=lambda args, options: reduce(np.add, args),
    nature=Nature.LINEAR,
    sign=common_sign,
    latex=_add_latex,
    graph=linear_graph(_add_terms),
    cvxpy=lambda cp, args, options: sum(args[1:], args[0]),
    example="a + x",
)
NEGATIVE = Operator(
    name="negative",
    degree=1,
    symbol="-",
    doc="The negative of every entry; a − b is a + (−b).",
    value=lambda args, options: -args[0],
    nature=Nature.LINEAR,
    monotone=lambda signs: (-1,),
    sign=lambda signs: -signs[0],
    latex=lambda args, options: f"-{args[0]}",
    graph=linear_graph(lambda args, options: negative(args[0])),
    cvxpy=lambda cp, args, options: -args[0],
    example="-x",
)
TRANSPOSE = Operator(
    name="tran",
    degree=1,
    doc="The transpose: rows and columns change places, with their labels.",
    shape=shapes.transposed,
    value=lambda args, options: np.swapaxes(args[0], -1, -2),
    nature=Nature.LINEAR,
    sign=first_sign,
    latex=lambda args, options: f"{args[0]}^{{\\top}}",
    graph=linear_graph(lambda args, options: transpose(args[0])),
    cvxpy=lambda cp, args, options: args[0].T,
    example="tran(x)",
)
SUM = Operator(
    name="sum",
    degree=1,
    options={"axis": None, "keepdims": 1},
    doc="The sum of all entries, over the rows (axis 0 or -2) or over the columns (axis 1 or -1); two dimensions stay.",
    shape=shapes.reduced,
    collapses="total",
    make=_summed,
    value=lambda args, options: args[0].sum(axis=axes_of(options), keepdims=True),
    nature=Nature.LINEAR,
    sign=first_sign,
    latex=lambda args, options: (
        f"\\sum {args[0]}" if options[0] is None else f"\\sum\\nolimits_{{{options[0]}}} {args[0]}"
    ),
    graph=linear_graph(lambda args, options: total(args[0], axes_of(options))),
    cvxpy=lambda cp, args, options: cp.sum(args[0], axis=options[0], keepdims=True),
    example="sum(x)",
)
DIAGONAL = Operator(
    name="diag",
    degree=1,
    doc="Of a vector the diagonal matrix, of a square matrix its diagonal as a column (`tran(diag(A))`: the row).",
    shape=shapes.diagonal,
    value=_diag_value,
    nature=Nature.LINEAR,
    sign=first_sign,
    graph=linear_graph(_diag_terms),
    thin=lambda facts: facts[0].is_vector,
    cvxpy=lambda cp, args, options: _cvxpy_diag(cp, args[0]),
    example="diag(x)",
)
CUMSUM = Operator(
    name="cumsum",
    degree=1,
    options={"axis": 0},
    doc="Running sums down the rows (axis 0) or along the columns (axis 1).",
    shape=_cumsum_shape,
    value=lambda args, options: np.cumsum(args[0], axis=axes_of(options)[0]),
    nature=Nature.LINEAR,
    sign=first_sign,
    latex=lambda args, options: f"\\operatorname{{cumsum}}_{{{options[0]}}}({args[0]})",
    graph=_cumsum_graph,
    cvxpy=lambda cp, args, options: cp.cumsum(args[0], axis=options[0]),
    example="cumsum(x, 0)",
)


def one_number(cp: Any, x: Any) -> Any:
    """A number of CVXPY as a matrix of one entry."""
    return cp.reshape(x, (1, 1), order="F")


def of_one_shape(cp: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Expressions in their common shape, for functions of CVXPY that do not broadcast."""
    shape = np.broadcast_shapes(*(a.shape for a in args))
    return tuple(a if a.shape == shape else cp.multiply(np.ones(shape), a) for a in args)


def _cvxpy_diag(cp: Any, x: Any) -> Any:
    shape: tuple[int, int] = x.shape
    if 1 in shape:
        n = max(shape)
        return cp.diag(cp.reshape(x, (n,), order="F"))
    return cp.reshape(cp.diag(x), (shape[0], 1), order="F")


LINEAR = (ADD, NEGATIVE, TRANSPOSE, SUM, DIAGONAL, CUMSUM)
