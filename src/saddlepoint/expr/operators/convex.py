"""Convex and concave operators with their graph forms: linear rows, quadratic terms, second-order cones.

Graph forms after Boyd & Vandenberghe (2004, §3–4) and Lobo et al. (1998).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from saddlepoint.algebra.cells import broadcast, total, transpose
from saddlepoint.algebra.graph import Cones, Graph, Rows, new_columns, per_matrix, single_cells, stack
from saddlepoint.algebra.structure import ConeKind
from saddlepoint.algebra.term_products import matmul, multiply
from saddlepoint.algebra.terms import Terms, add, constant, negative, scale_terms
from saddlepoint.arrays import Array
from saddlepoint.expr import shapes
from saddlepoint.expr.facts import Facts, Sign, nonneg_sign
from saddlepoint.expr.node import Arrays, Nature, Node, Operator, OperatorOptions, Values
from saddlepoint.expr.operators.datawise import ROOT
from saddlepoint.expr.operators.linear import MATRIX, one_number


def subtract(left: Terms, right: Terms) -> Terms:
    """left − right, of one shape."""
    return add([left, negative(right)])


def ones_terms(shape: tuple[int, ...]) -> Terms:
    return constant(np.ones(shape))


def halves(count: int) -> Terms:
    """A column of ½, the constant of a rotated cone around a square."""
    return constant(np.full((count, 1), 0.5))


def by_sign(signs: tuple[Sign, ...]) -> tuple[int, ...]:
    """Nondecreasing where the argument is nonnegative, nonincreasing where it is nonpositive."""
    table = {Sign.NONNEG: 1, Sign.ZERO: 1, Sign.NONPOS: -1, Sign.UNKNOWN: 0}
    return tuple(table[s] for s in signs)


def increasing(signs: tuple[Sign, ...]) -> tuple[int, ...]:
    return tuple(1 for _ in signs)


def square_epigraph(arg: Terms, fresh: int) -> Graph:
    """t ≥ y² for every entry y: 2·t·½ ≥ y²."""
    t, fresh = new_columns(arg.shape, fresh)
    return Graph(
        t,
        fresh,
        (),
        (Cones(ConeKind.ROTATED, stack([single_cells(t), halves(arg.size), single_cells(arg)])),),
    )


def square_terms(arg: Terms, fresh: int) -> Graph:
    """y² as quadratic terms; through a fresh column y = arg where the product would fill in."""
    if _pairs(arg) <= 4 * max(1, arg.size):
        return Graph(multiply(arg, arg), fresh)
    y, fresh = new_columns(arg.shape, fresh)
    return Graph(multiply(y, y), fresh, (Rows(subtract(arg, y), "=="),))


def _pairs(arg: Terms) -> int:
    return int((np.bincount(arg.row, minlength=1) ** 2).sum())


def _squares(arg: Terms, fresh: int, quadratic: bool) -> Graph:
    return square_terms(arg, fresh) if quadratic else square_epigraph(arg, fresh)


def around(t: Terms, x: Terms) -> tuple[Rows, Rows]:
    """t ≥ |x|."""
    return Rows(subtract(t, x), ">="), Rows(add([t, x]), ">=")


def _added_up(inner: Graph) -> Graph:
    """The sum of all entries of a graph's value."""
    return replace(inner, value=total(inner.value, MATRIX))


def _sumsq_graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
    arg = args[0]
    if quadratic:
        return _added_up(square_terms(arg, fresh))
    flat = per_matrix(arg)
    t, fresh = new_columns((*arg.shape[:-2], 1, 1), fresh)
    return Graph(
        t, fresh, (), (Cones(ConeKind.ROTATED, stack([single_cells(t), halves(flat.shape[0]), flat])),)
    )


def _quad_form_graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
    x, p, root = args
    column = x if x.shape[-1] == 1 else transpose(x)
    if quadratic:
        return Graph(matmul(transpose(column), matmul(p, column)), fresh)
    return _sumsq_graph((matmul(root, column),), options, fresh, False)


def _quad_form_shape(facts: tuple[Facts, ...], options: OperatorOptions) -> Facts:
    x, p = facts[0], facts[1]
    n = x.cols.length if x.rows.length == 1 else x.rows.length
    if not x.is_vector or p.rows.length != n or p.cols.length != n:
        raise shapes.ShapeMismatch(
            f"quad_form needs a vector and a square matrix of its length, not {x} and {p}",
            "Check which sets stand on rows and cols.",
        )
    shapes.check_labels(x.rows if x.rows.length == n else x.cols, p.rows, "the vector and the matrix's rows")
    return shapes.scalar(facts)


def _quad_form_value(args: Arrays, options: OperatorOptions) -> Array:
    x = args[0] if args[0].shape[-1] == 1 else np.swapaxes(args[0], -1, -2)
    return np.swapaxes(x, -1, -2) @ args[1] @ x


def _with_root(args: tuple[Node, ...]) -> tuple[Node, ...]:
    p = args[1]
    return (Node(p.facts, ROOT, (p,), mark=p.mark),)


def _abs_graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
    t, fresh = new_columns(args[0].shape, fresh)
    return Graph(t, fresh, around(t, args[0]))


def norm1_graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
    """The sum of t ≥ |x|."""
    return _added_up(_abs_graph(args, options, fresh, quadratic))


def positive_part(x: Terms, fresh: int) -> Graph:
    """t ≥ max(x, 0)."""
    t, fresh = new_columns(x.shape, fresh)
    return Graph(t, fresh, (Rows(subtract(t, x), ">="), Rows(t, ">=")))


def norm2_graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
    """t ≥ ‖x‖₂."""
    flat = per_matrix(args[0])
    t, fresh = new_columns((*args[0].shape[:-2], 1, 1), fresh)
    return Graph(t, fresh, (), (Cones(ConeKind.SECOND_ORDER, stack([single_cells(t), flat])),))


def _norminf_graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
    x = args[0]
    t, fresh = new_columns((*x.shape[:-2], 1, 1), fresh)
    return Graph(t, fresh, around(broadcast(t, x.shape), x))


def _sqrt_graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
    """t ≤ √x: 2·x·½ ≥ t²."""
    x = args[0]
    t, fresh = new_columns(x.shape, fresh)
    return Graph(
        t, fresh, (), (Cones(ConeKind.ROTATED, stack([single_cells(x), halves(x.size), single_cells(t)])),)
    )


def _huber_graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
    """u² + 2M·w over |x| ≤ u + w, w ≥ 0: no difference of x and u, which would round what 2M makes large."""
    x, knee = args[0], float(options[0] or 0.0)
    u, fresh = new_columns(x.shape, fresh)
    w, fresh = new_columns(x.shape, fresh)
    rows = (*around(add([u, w]), x), Rows(w, ">="))
    inner = _squares(u, fresh, quadratic)
    value = add([inner.value, scale_terms(w, 2.0 * knee)])
    return Graph(value, inner.fresh, rows + inner.rows, inner.cones)


def _huber_value(args: Arrays, options: OperatorOptions) -> Array:
    size, knee = np.abs(args[0]), float(options[0] or 0.0)
    return np.where(size <= knee, size**2, 2 * knee * size - knee**2)


def _huber_shape(facts: tuple[Facts, ...], options: OperatorOptions) -> Facts:
    if not isinstance(options[0], int | float) or options[0] <= 0:
        raise shapes.ShapeMismatch(
            "the knee M of huber(x, M) must be a positive number", "Write huber(x, 1)."
        )
    return shapes.same(facts)


def vector_scalar(facts: tuple[Facts, ...], fix: str) -> Facts:
    """One number of a vector; ShapeMismatch for a matrix."""
    if not facts[0].is_vector:
        raise shapes.ShapeMismatch(f"a vector is needed, not {facts[0]}", fix)
    return shapes.scalar(facts)


SQUARE = Operator(
    name="square",
    degree=2,
    doc="The square of every entry; convex.",
    value=lambda args, options: args[0] ** 2,
    nature=Nature.CONVEX,
    sign=nonneg_sign,
    monotone=by_sign,
    latex=lambda args, options: f"({args[0]})^2",
    graph=lambda args, options, fresh, quadratic: _squares(args[0], fresh, quadratic),
    cvxpy=lambda cp, args, options: cp.square(args[0]),
    example="square(x)",
)


SUMSQ = Operator(
    name="sumsq",
    degree=2,
    doc="The sum of the squares of all entries; convex (sum_squares is the same).",
    shape=shapes.scalar,
    collapses="total",
    value=lambda args, options: (args[0] ** 2).sum(axis=MATRIX, keepdims=True),
    nature=Nature.CONVEX,
    sign=nonneg_sign,
    monotone=by_sign,
    latex=lambda args, options: f"\\|{args[0]}\\|_2^2",
    graph=_sumsq_graph,
    cvxpy=lambda cp, args, options: one_number(cp, cp.sum_squares(args[0])),
    example="sumsq(x - a)",
)


QUAD_FORM = Operator(
    name="quad_form",
    degree=(2, 1),
    arity=(2, 2),
    doc="xᵀPx with P a positive semidefinite matrix of data; convex.",
    shape=_quad_form_shape,
    value=_quad_form_value,
    nature=Nature.CONVEX,
    sign=nonneg_sign,
    latex=lambda args, options: f"{args[0]}^{{\\top}} {args[1]} {args[0]}",
    graph=_quad_form_graph,
    cvxpy=lambda cp, args, options: one_number(cp, cp.sum_squares(args[2] @ cp.vec(args[0], order="F"))),
    hidden=_with_root,
    data={1: "the matrix"},
    example="quad_form(x, P)",
)


ABS = Operator(
    name="abs",
    degree=1,
    doc="The absolute value of every entry; convex.",
    value=lambda args, options: np.abs(args[0]),
    nature=Nature.CONVEX,
    sign=nonneg_sign,
    monotone=by_sign,
    latex=lambda args, options: f"|{args[0]}|",
    graph=_abs_graph,
    cvxpy=lambda cp, args, options: cp.abs(args[0]),
    example="abs(x - a)",
)


POS = Operator(
    name="pos",
    degree=1,
    doc="The positive part max(x, 0) of every entry; convex.",
    value=lambda args, options: np.maximum(args[0], 0.0),
    nature=Nature.CONVEX,
    sign=nonneg_sign,
    monotone=increasing,
    latex=lambda args, options: f"({args[0]})_+",
    graph=lambda args, options, fresh, quadratic: positive_part(args[0], fresh),
    cvxpy=lambda cp, args, options: cp.pos(args[0]),
    example="pos(D - x)",
)


NORM1 = Operator(
    name="norm1",
    degree=1,
    doc="The sum of absolute values of all entries; convex.",
    shape=shapes.scalar,
    collapses="total",
    value=lambda args, options: np.abs(args[0]).sum(axis=MATRIX, keepdims=True),
    nature=Nature.CONVEX,
    sign=nonneg_sign,
    monotone=by_sign,
    latex=lambda args, options: f"\\|{args[0]}\\|_1",
    graph=norm1_graph,
    cvxpy=lambda cp, args, options: one_number(cp, cp.sum(cp.abs(args[0]))),
    example="norm1(x - a)",
)


NORM2 = Operator(
    name="norm2",
    degree=1,
    doc="The Euclidean length of a vector; convex.",
    shape=lambda facts, options: vector_scalar(facts, "Take the norm of rows or columns apart."),
    collapses="other",
    value=lambda args, options: np.sqrt((args[0] ** 2).sum(axis=MATRIX, keepdims=True)),
    nature=Nature.CONVEX,
    sign=nonneg_sign,
    monotone=by_sign,
    latex=lambda args, options: f"\\|{args[0]}\\|_2",
    graph=norm2_graph,
    cvxpy=lambda cp, args, options: one_number(cp, cp.norm2(cp.vec(args[0], order="F"))),
    example="norm2(x - a)",
)


NORMINF = Operator(
    name="norminf",
    degree=1,
    doc="The largest absolute value of all entries; convex.",
    shape=shapes.scalar,
    collapses="most",
    value=lambda args, options: np.abs(args[0]).max(axis=MATRIX, keepdims=True, initial=0.0),
    nature=Nature.CONVEX,
    sign=nonneg_sign,
    monotone=by_sign,
    latex=lambda args, options: f"\\|{args[0]}\\|_\\infty",
    graph=_norminf_graph,
    cvxpy=lambda cp, args, options: one_number(cp, cp.max(cp.abs(args[0]))),
    example="norminf(x - a)",
)


SQRT = Operator(
    name="sqrt",
    degree=0.5,
    doc="The square root of every entry, for entries ≥ 0; concave.",
    value=lambda args, options: np.sqrt(args[0]),
    nature=Nature.CONCAVE,
    sign=nonneg_sign,
    monotone=increasing,
    latex=lambda args, options: f"\\sqrt{{{args[0]}}}",
    graph=_sqrt_graph,
    cvxpy=lambda cp, args, options: cp.sqrt(args[0]),
    example="sqrt(x)",
)


HUBER = Operator(
    name="huber",
    options={"M": 1},
    doc="huber(x, M): x² where |x| ≤ M, 2M|x| − M² beyond; convex.",
    shape=_huber_shape,
    value=_huber_value,
    nature=Nature.CONVEX,
    sign=nonneg_sign,
    monotone=by_sign,
    graph=_huber_graph,
    cvxpy=lambda cp, args, options: cp.huber(args[0], options[0]),
    example="huber(x - a, 1)",
)


CONVEX = (SQUARE, SUMSQ, QUAD_FORM, ABS, POS, NORM1, NORM2, NORMINF, SQRT, HUBER)
