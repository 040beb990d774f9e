"""Operators that are linear in all their arguments together."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from saddlepoint.algebra.cells import broadcast, renumber, total, transpose
from saddlepoint.algebra.graph import Graph, Rows, new_columns
from saddlepoint.algebra.term_products import matmul
from saddlepoint.algebra.terms import Terms, add, constant, negative
from saddlepoint.arrays import Array
from saddlepoint.expr import shapes
from saddlepoint.expr.facts import Facts, Side, Sign
from saddlepoint.expr.node import Nature, Node, Operator, OperatorOption

Arrays = tuple[Array, ...]
OperatorOptions = tuple[OperatorOption, ...]
Values = tuple[Terms, ...]
Map = Callable[[Terms, OperatorOptions], Terms]


def first_sign(signs: tuple[Sign, ...]) -> Sign:
    """The sign of the first argument."""
    return signs[0]


def linear_graph(rule: Map) -> Callable[[Values, OperatorOptions, int, bool], Graph]:
    """The graph form of a linear map of one argument: no columns, no rows."""

    def graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
        return Graph(rule(args[0], options), fresh)

    return graph


def _add_graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
    shape = np.broadcast_shapes(*(a.shape for a in args))
    return Graph(add([broadcast(a, shape) for a in args]), fresh)


def _add_value(args: Arrays, options: OperatorOptions) -> Array:
    result = args[0]
    for arg in args[1:]:
        result = result + arg
    return result


def common_sign(signs: tuple[Sign, ...]) -> Sign:
    """The sign of the sum, and of a stack, of arguments of these signs."""
    result = signs[0]
    for sign in signs[1:]:
        result = result + sign
    return result


def _add_latex(args: tuple[str, ...], options: OperatorOptions) -> str:
    text = args[0]
    for arg in args[1:]:
        text += f" {arg}" if arg.startswith("-") else f" + {arg}"
    return text


def _axes(options: OperatorOptions) -> tuple[int, ...]:
    axis = options[0]
    return (-2, -1) if axis is None else ((-2,) if axis == 0 else (-1,))


def _summed(args: tuple[Node, ...], options: OperatorOptions) -> Node | None:
    """The sum with its axis as 0, 1 or None; without keepdims the sum of each row is of one dimension, as a diagonal is."""
    if len(options) < 2:
        return None
    axis = {-1: 1, -2: 0}.get(options[0], options[0]) if isinstance(options[0], int) else options[0]
    facts = shapes.reduced(tuple(a.facts for a in args), (axis,))
    if not options[1] and axis == 1 and facts.rows.length > 1:
        facts = facts.sized(facts.rows, Side(diagonal=True))
    return Node(facts, SUM, args, options=(axis,))


def _sum_value(args: Arrays, options: OperatorOptions) -> Array:
    return args[0].sum(axis=_axes(options), keepdims=True)


def _sum_terms(terms: Terms, options: OperatorOptions) -> Terms:
    rank = len(terms.shape)
    return total(terms, tuple(rank + a for a in _axes(options)))


def _diag_value(args: Arrays, options: OperatorOptions) -> Array:
    x = args[0]
    if 1 in x.shape[-2:]:
        vector = x.reshape(*x.shape[:-2], -1)
        return vector[..., None] * np.eye(vector.shape[-1])
    return np.diagonal(x, axis1=-2, axis2=-1)[..., None]


def _diag_terms(terms: Terms, options: OperatorOptions) -> Terms:
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


def _cumsum_value(args: Arrays, options: OperatorOptions) -> Array:
    return np.cumsum(args[0], axis=-2 if options[0] == 0 else -1)


def _cumsum_terms(terms: Terms, options: OperatorOptions) -> Terms:
    if options[0] == 0:
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
        return Graph(_cumsum_terms(terms, options), fresh)
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
    symbol="+",
    arity=(2, None),
    doc="Sum, entry by entry; a side of length 1 is repeated.",
    shape=shapes.elementwise,
    value=_add_value,
    nature=Nature.LINEAR,
    sign=common_sign,
    latex=_add_latex,
    graph=_add_graph,
    cvxpy=lambda cp, args, options: sum(args[1:], args[0]),
    example="a + x",
)
NEGATIVE = Operator(
    name="negative",
    symbol="-",
    doc="The negative of every entry; a − b is a + (−b).",
    shape=shapes.same,
    value=lambda args, options: -args[0],
    nature=Nature.LINEAR,
    monotone=lambda signs: (-1,),
    sign=lambda signs: -signs[0],
    latex=lambda args, options: f"-{args[0]}",
    graph=linear_graph(lambda t, options: negative(t)),
    cvxpy=lambda cp, args, options: -args[0],
    example="-x",
)
TRANSPOSE = Operator(
    name="tran",
    doc="The transpose: rows and columns change places, with their labels.",
    shape=shapes.transposed,
    value=lambda args, options: np.swapaxes(args[0], -1, -2),
    nature=Nature.LINEAR,
    sign=first_sign,
    latex=lambda args, options: f"{args[0]}^{{\\top}}",
    graph=linear_graph(lambda t, options: transpose(t)),
    cvxpy=lambda cp, args, options: args[0].T,
    example="tran(x)",
)
SUM = Operator(
    name="sum",
    options={"axis": None, "keepdims": 1},
    doc="The sum of all entries, over the rows (axis 0 or -2) or over the columns (axis 1 or -1); two dimensions stay.",
    shape=shapes.reduced,
    collapses="total",
    make=_summed,
    value=_sum_value,
    nature=Nature.LINEAR,
    sign=first_sign,
    latex=lambda args, options: (
        f"\\sum {args[0]}" if options[0] is None else f"\\sum\\nolimits_{{{options[0]}}} {args[0]}"
    ),
    graph=linear_graph(_sum_terms),
    cvxpy=lambda cp, args, options: _cvxpy_sum(cp, args[0], options[0]),
    example="sum(x)",
)
DIAGONAL = Operator(
    name="diag",
    doc="Of a vector the diagonal matrix, of a square matrix its diagonal as a column (`tran(diag(A))`: the row).",
    shape=shapes.diagonal,
    value=_diag_value,
    nature=Nature.LINEAR,
    sign=first_sign,
    latex=lambda args, options: f"\\operatorname{{diag}}({args[0]})",
    graph=linear_graph(_diag_terms),
    thin=lambda facts: facts[0].is_vector,
    cvxpy=lambda cp, args, options: _cvxpy_diag(cp, args[0]),
    example="diag(x)",
)
CUMSUM = Operator(
    name="cumsum",
    options={"axis": 0},
    doc="Running sums down the rows (axis 0) or along the columns (axis 1).",
    shape=_cumsum_shape,
    value=_cumsum_value,
    nature=Nature.LINEAR,
    sign=first_sign,
    latex=lambda args, options: f"\\operatorname{{cumsum}}_{{{options[0]}}}({args[0]})",
    graph=_cumsum_graph,
    cvxpy=lambda cp, args, options: cp.cumsum(args[0], axis=options[0]),
    example="cumsum(x, 0)",
)


def _cvxpy_sum(cp: Any, x: Any, axis: OperatorOption) -> Any:
    return cp.sum(x, axis=axis, keepdims=True)


def _cvxpy_diag(cp: Any, x: Any) -> Any:
    shape: tuple[int, int] = x.shape
    if 1 in shape:
        n = max(shape)
        return cp.diag(cp.reshape(x, (n,), order="F"))
    return cp.reshape(cp.diag(x), (shape[0], 1), order="F")


LINEAR = (ADD, NEGATIVE, TRANSPOSE, SUM, DIAGONAL, CUMSUM)
