"""Linear operators that rearrange entries: stacks, differences, traces, Kronecker products."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from saddlepoint.algebra.cells import broadcast, gather
from saddlepoint.algebra.graph import Graph
from saddlepoint.algebra.term_products import multiply
from saddlepoint.algebra.terms import Terms, add, negative
from saddlepoint.arrays import Array
from saddlepoint.expr import shapes
from saddlepoint.expr.facts import Facts, Side, Sign, first_sign
from saddlepoint.expr.node import Arrays, Nature, Operator, OperatorOptions, Values, named
from saddlepoint.expr.operators.linear import axes_of, common_sign, linear_graph, one_number
from saddlepoint.expr.operators.products import product_sign


def _stack_shape(axis: int) -> Callable[[tuple[Facts, ...], OperatorOptions], Facts]:
    def shape(facts: tuple[Facts, ...], options: OperatorOptions) -> Facts:
        across = [f.cols if axis == 0 else f.rows for f in facts]
        common = across[0]
        for side in across[1:]:
            if side.length != common.length:
                raise shapes.ShapeMismatch(
                    f"parts that are stacked need equal {'columns' if axis == 0 else 'rows'}: {common} and {side}",
                    "Transpose one of them with tran().",
                )
            common = shapes.join_sides(common, side, "the stacked parts")
        along = [f.rows if axis == 0 else f.cols for f in facts]
        long = along[0] if len(along) == 1 else Side(sum(s.length for s in along))
        rows, cols = (long, common) if axis == 0 else (common, long)
        return shapes.join(facts, rows, cols)

    return shape


def _spread(arrays: Sequence[Array]) -> list[Array]:
    lead = np.broadcast_shapes(*(a.shape[:-2] for a in arrays))
    return [np.broadcast_to(a, (*lead, *a.shape[-2:])) for a in arrays]


def _stack_graph(axis: int) -> Callable[[Values, OperatorOptions, int, bool], Graph]:
    def graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
        lead = np.broadcast_shapes(*(a.shape[:-2] for a in args))
        wide = [broadcast(a, (*lead, *a.shape[-2:])) for a in args]
        along = [a.shape[-2 + axis] for a in wide]
        sizes = [wide[0].shape[-2], wide[0].shape[-1]]
        sizes[axis] = sum(along)
        shape = (*lead, *sizes)
        place = np.arange(math.prod(shape)).reshape(shape)
        parts: list[Terms] = []
        start = 0
        for one, length in zip(wide, along, strict=True):
            span = slice(start, start + length)
            target = place[..., span, :] if axis == 0 else place[..., span]
            row = target.reshape(-1)[one.row]
            parts.append(Terms(shape, row, one.col, one.coef, one.slots, one.second))
            start += length
        return Graph(add(parts), fresh)

    return graph


def _diff_shape(facts: tuple[Facts, ...], options: OperatorOptions) -> Facts:
    fact, axis = facts[0], options[0]
    if axis not in (0, 1):
        raise shapes.ShapeMismatch(
            "diff needs axis 0 (down the rows) or 1 (along the columns)", "Write 0 or 1."
        )
    side = fact.rows if axis == 0 else fact.cols
    if side.length < 2:
        raise shapes.ShapeMismatch(
            f"there is nothing to subtract along this axis of {fact}", "Use the other axis."
        )
    less = Side(side.length - 1)
    return fact.sized(less, fact.cols) if axis == 0 else fact.sized(fact.rows, less)


def _diff_terms(args: Values, options: OperatorOptions) -> Terms:
    (terms,) = args
    cells = np.arange(terms.size).reshape(terms.shape)
    late, early = (
        (cells[..., 1:, :], cells[..., :-1, :]) if options[0] == 0 else (cells[..., 1:], cells[..., :-1])
    )
    return add([gather(terms, late, late.shape), negative(gather(terms, early, early.shape))])


def _trace_shape(facts: tuple[Facts, ...], options: OperatorOptions) -> Facts:
    if facts[0].rows.length != facts[0].cols.length:
        raise shapes.ShapeMismatch(f"trace needs a square matrix, not {facts[0]}", "Use sum().")
    return shapes.scalar(facts)


def _trace_terms(args: Values, options: OperatorOptions) -> Terms:
    (terms,) = args
    n = terms.shape[-1]
    batch, cell = np.divmod(terms.row, n * n)
    on = np.flatnonzero(cell % (n + 1) == 0)
    return terms.pick(on, batch[on], (*terms.shape[:-2], 1, 1))


def _kron_shape(facts: tuple[Facts, ...], options: OperatorOptions) -> Facts:
    left, right = facts
    return shapes.join(facts, _product_side(left.rows, right.rows), _product_side(left.cols, right.cols))


def _product_side(left: Side, right: Side) -> Side:
    names = [a.name for a in (*left.axes, *right.axes)]
    labelled = len(set(names)) == len(names) and all(s.axes or s.length == 1 for s in (left, right))
    return Side(left.length * right.length, (*left.axes, *right.axes) if labelled else ())


def _kron_terms(args: Values, options: OperatorOptions) -> Terms:
    a, b = args
    (r, c), (s, d) = a.shape[-2:], b.shape[-2:]
    wide = multiply(a.reshape((*a.shape[:-2], r, 1, c, 1)), b.reshape((*b.shape[:-2], 1, s, 1, d)))
    return wide.reshape((*wide.shape[:-4], r * s, c * d))


def _kron_value(args: Arrays, options: OperatorOptions) -> Array:
    a, b = args
    wide = a[..., :, None, :, None] * b[..., None, :, None, :]
    return wide.reshape(*wide.shape[:-4], a.shape[-2] * b.shape[-2], a.shape[-1] * b.shape[-1])


HSTACK = Operator(
    name="hstack",
    degree=1,
    arity=(1, None),
    doc="Arrays side by side; the columns of the result carry no labels.",
    shape=_stack_shape(1),
    value=lambda args, options: np.concatenate(_spread(args), axis=-1),
    nature=Nature.LINEAR,
    sign=common_sign,
    latex=lambda args, options: "[" + "\\; ".join(args) + "]",
    graph=_stack_graph(1),
    cvxpy=lambda cp, args, options: cp.hstack(list(args)),
    example="hstack(x, y)",
)
VSTACK = Operator(
    name="vstack",
    degree=1,
    arity=(1, None),
    doc="Arrays one below the other; the rows of the result carry no labels.",
    shape=_stack_shape(0),
    value=lambda args, options: np.concatenate(_spread(args), axis=-2),
    nature=Nature.LINEAR,
    sign=common_sign,
    latex=lambda args, options: "[" + ";\\; ".join(args) + "]",
    graph=_stack_graph(0),
    cvxpy=lambda cp, args, options: cp.vstack(list(args)),
    example="vstack(x, y)",
)
DIFF = Operator(
    name="diff",
    degree=1,
    options={"axis": 0},
    doc="Each entry minus the one before it, down the rows (axis 0) or along the columns (axis 1).",
    shape=_diff_shape,
    value=lambda args, options: np.diff(args[0], axis=axes_of(options)[0]),
    nature=Nature.LINEAR,
    monotone=lambda signs: (0,),
    sign=lambda signs: Sign.ZERO if signs[0] is Sign.ZERO else Sign.UNKNOWN,
    latex=lambda args, options: f"\\Delta_{{{options[0]}}} {args[0]}",
    graph=linear_graph(_diff_terms),
    cvxpy=lambda cp, args, options: cp.diff(args[0], axis=options[0]),
    example="diff(x, 0)",
)
TRACE = Operator(
    name="trace",
    degree=1,
    doc="The sum of the diagonal of a square matrix.",
    shape=_trace_shape,
    value=lambda args, options: np.trace(args[0], axis1=-2, axis2=-1)[..., None, None],
    nature=Nature.LINEAR,
    sign=first_sign,
    latex=named("tr"),
    graph=linear_graph(_trace_terms),
    cvxpy=lambda cp, args, options: one_number(cp, cp.trace(args[0])),
    example="trace(a @ x)",
)
KRON = Operator(
    name="kron",
    degree=(1, 1),
    arity=(2, 2),
    doc="The Kronecker product: every entry of the left times the whole right; its sides are products of the sets.",
    shape=_kron_shape,
    value=_kron_value,
    nature=Nature.BILINEAR,
    sign=product_sign,
    latex=lambda args, options: f"{args[0]} \\otimes {args[1]}",
    graph=linear_graph(_kron_terms),
    cvxpy=lambda cp, args, options: cp.kron(args[0], args[1]),
    example="kron(a, x)",
)

LAYOUT = (HSTACK, VSTACK, DIFF, TRACE, KRON)
