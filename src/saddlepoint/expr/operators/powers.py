"""Powers and ratios: power cones and rotated second-order cones (Boyd & Vandenberghe 2004, §3; Chares 2009)."""

from __future__ import annotations

import inspect
from dataclasses import replace
from typing import Any

import numpy as np

from saddlepoint.algebra.cells import broadcast, gather, total
from saddlepoint.algebra.graph import Cones, Graph, Rows, new_columns, per_matrix, single_cells, stack
from saddlepoint.algebra.structure import ConeKind
from saddlepoint.algebra.terms import Terms, negative, scale_terms
from saddlepoint.arrays import Array
from saddlepoint.expr import shapes
from saddlepoint.expr.apply import apply
from saddlepoint.expr.facts import Facts, Sign, first_sign, nonneg_sign
from saddlepoint.expr.node import Arrays, Nature, Node, Operator, OperatorOptions, Values
from saddlepoint.expr.operators.convex import (
    SQRT,
    SQUARE,
    by_sign,
    increasing,
    norm1_graph,
    norm2_graph,
    ones_terms,
    positive_part,
    subtract,
    vector_scalar,
)
from saddlepoint.expr.operators.datawise import ValueProblem
from saddlepoint.expr.operators.linear import MATRIX, one_number
from saddlepoint.expr.refusals import NoConvexPower


def decreasing(signs: tuple[Sign, ...]) -> tuple[int, ...]:
    """Nonincreasing in every argument."""
    return tuple(-1 for _ in signs)


def _exponent(options: OperatorOptions) -> float:
    return float(options[0] or 0.0)


def _power_value(args: Arrays, options: OperatorOptions) -> Array:
    p = _exponent(options)
    if not _is_even(p) and p != 1 and (args[0] < 0).any():
        raise ValueProblem(f"power(x, {p:g}) exists only for x >= 0", "Check the data for negative values.")
    with np.errstate(all="ignore"):
        return np.power(args[0], p)


def _is_even(p: float) -> bool:
    return p > 0 and p % 2 == 0


def _power_shape(facts: tuple[Facts, ...], options: OperatorOptions) -> Facts:
    if not isinstance(options[0], int | float) or not 1e-3 <= abs(options[0]) <= 1e3:
        raise shapes.ShapeMismatch(
            f"the exponent of power(x, p) must be a number with 0.001 <= |p| <= 1000, not {options[0]!r}",
            "Write for example power(x, 1.5).",
        )
    return shapes.same(facts)


def _upward_graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
    """t ≥ |x|^p, p > 1: t^(1/p) · 1^(1 − 1/p) ≥ |x|; with x ≥ 0 unless p is even."""
    p, x = _exponent(options), args[0]
    t, fresh = new_columns(x.shape, fresh)
    cone = Cones(ConeKind.POWER, stack([single_cells(t), ones_terms((x.size, 1)), single_cells(x)]), 1 / p)
    domain = () if _is_even(p) else (Rows(x, ">="),)
    return Graph(t, fresh, domain, (cone,))


def _root_graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
    """t ≤ x^p, 0 < p < 1: x^p · 1^(1 − p) ≥ |t|."""
    x = args[0]
    t, fresh = new_columns(x.shape, fresh)
    cone = Cones(
        ConeKind.POWER, stack([single_cells(x), ones_terms((x.size, 1)), single_cells(t)]), _exponent(options)
    )
    return Graph(t, fresh, (), (cone,))


def _inverse_graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
    """t ≥ x^p, p < 0: t^(1/(1 − p)) · x^(−p/(1 − p)) ≥ 1."""
    p, x = _exponent(options), args[0]
    t, fresh = new_columns(x.shape, fresh)
    cone = Cones(
        ConeKind.POWER, stack([single_cells(t), single_cells(x), ones_terms((x.size, 1))]), 1 / (1 - p)
    )
    return Graph(t, fresh, (), (cone,))


def _inv_pos_graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
    """t ≥ 1/x: 2·t·½x ≥ 1."""
    x = args[0]
    t, fresh = new_columns(x.shape, fresh)
    cone = stack([single_cells(t), scale_terms(single_cells(x), 0.5), ones_terms((x.size, 1))])
    return Graph(t, fresh, (), (Cones(ConeKind.ROTATED, cone),))


def _quad_over_lin_graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
    """t ≥ ‖x‖²/y: 2·t·½y ≥ ‖x‖²."""
    x, y = args
    batch = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
    flat, below = per_matrix(_spread(x, batch)), per_matrix(_spread(y, batch))
    t, fresh = new_columns((*batch, 1, 1), fresh)
    return Graph(
        t, fresh, (), (Cones(ConeKind.ROTATED, stack([single_cells(t), scale_terms(below, 0.5), flat])),)
    )


def _spread(terms: Terms, batch: tuple[int, ...]) -> Terms:
    return broadcast(terms, (*batch, *terms.shape[-2:]))


def _quad_over_lin_shape(facts: tuple[Facts, ...], options: OperatorOptions) -> Facts:
    if not facts[1].is_scalar:
        raise shapes.ShapeMismatch(
            f"the divisor of quad_over_lin must be one number, not {facts[1]}", "Divide item by item instead."
        )
    return shapes.scalar(facts)


def _positive(array: Array, name: str) -> Array:
    if (array <= 0).any():
        raise ValueProblem(f"{name} exists only where its argument is positive", "Check the data for zeros.")
    return array


def _vector(facts: tuple[Facts, ...], options: OperatorOptions) -> Facts:
    return vector_scalar(facts, "Take one row or column.")


_CONVEX_POWER = Operator(
    name="power",
    degree="option",
    options={"p": 2},
    doc=(
        "power(x, p): every entry to the power p, a number: convex for p > 1 (x ≥ 0 unless p is even) and for p < 0 "
        "(x > 0), concave for 0 < p < 1 (x ≥ 0)."
    ),
    shape=_power_shape,
    value=_power_value,
    nature=Nature.CONVEX,
    sign=nonneg_sign,
    monotone=increasing,
    latex=lambda args, options: f"({args[0]})^{{{_exponent(options):g}}}",
    graph=_upward_graph,
    cvxpy=lambda cp, args, options: cp.power(args[0], options[0]),
    example="power(x, 1.5)",
)


def _power_of(options: OperatorOptions) -> Operator:
    """The record for one exponent: its curvature and direction follow from p."""
    p = options[0]
    if not isinstance(p, int | float):
        return _CONVEX_POWER
    if p == 1:
        return replace(
            _CONVEX_POWER,
            nature=Nature.LINEAR,
            sign=first_sign,
            monotone=None,
            graph=lambda args, options, fresh, quadratic: Graph(args[0], fresh),
        )
    if p == 2:
        return replace(_CONVEX_POWER, graph=SQUARE.graph, monotone=by_sign)
    if p > 1:
        return replace(_CONVEX_POWER, monotone=by_sign) if _is_even(p) else _CONVEX_POWER
    if p < 0:
        graph = _inv_pos_graph if p == -1 else _inverse_graph
        return replace(_CONVEX_POWER, monotone=decreasing, graph=graph)
    return replace(_CONVEX_POWER, nature=Nature.CONCAVE, graph=SQRT.graph if p == 0.5 else _root_graph)


POWER = replace(_CONVEX_POWER, variant=_power_of)
INV_POS = Operator(
    name="inv_pos",
    degree=-1,
    doc="1/x of every entry, for entries > 0; convex.",
    value=lambda args, options: 1.0 / _positive(args[0], "inv_pos"),
    nature=Nature.CONVEX,
    sign=nonneg_sign,
    monotone=decreasing,
    latex=lambda args, options: f"({args[0]})^{{-1}}",
    graph=_inv_pos_graph,
    cvxpy=lambda cp, args, options: cp.inv_pos(args[0]),
    example="inv_pos(x)",
)
QUAD_OVER_LIN = Operator(
    name="quad_over_lin",
    degree=(2, -1),
    arity=(2, 2),
    doc="quad_over_lin(x, y): the sum of the squares of x divided by the number y > 0; convex in both.",
    shape=_quad_over_lin_shape,
    value=lambda args, options: (
        (args[0] ** 2).sum(axis=MATRIX, keepdims=True) / _positive(args[1], "quad_over_lin")
    ),
    nature=Nature.CONVEX,
    sign=nonneg_sign,
    monotone=lambda signs: (by_sign(signs)[0], -1),
    latex=lambda args, options: f"\\frac{{\\|{args[0]}\\|_2^2}}{{{args[1]}}}",
    graph=_quad_over_lin_graph,
    cvxpy=lambda cp, args, options: one_number(cp, cp.quad_over_lin(args[0], args[1])),
    example="quad_over_lin(x, y)",
)
NEG_PART = Operator(
    name="neg",
    degree=1,
    doc="The negative part max(−x, 0) of every entry, as CVXPY's neg (the negative is written −x); convex.",
    value=lambda args, options: np.maximum(-args[0], 0.0),
    nature=Nature.CONVEX,
    sign=nonneg_sign,
    monotone=decreasing,
    latex=lambda args, options: f"({args[0]})_-",
    graph=lambda args, options, fresh, quadratic: positive_part(negative(args[0]), fresh),
    cvxpy=lambda cp, args, options: cp.neg(args[0]),
    example="neg(x - D)",
)


def _geo_mean_graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
    """t ≤ (x₁ ⋯ xₙ)^(1/n): the mean of the first k is that of the one before and x_k, u^(1 − 1/k) · x_k^(1/k) ≥ |t| (Chares 2009, §4)."""
    x = per_matrix(args[0])
    matrices, count = x.shape
    cells = np.arange(x.size).reshape(x.shape)
    mean, cones = gather(x, cells[:, :1], (matrices, 1)), list[Cones]()
    domain = (Rows(args[0], ">="),) if count == 1 else ()
    for k in range(1, count):
        following, fresh = new_columns((matrices, 1), fresh)
        entry = gather(x, cells[:, k : k + 1], (matrices, 1))
        cones.append(Cones(ConeKind.POWER, stack([mean, entry, following]), k / (k + 1)))
        mean = following
    return Graph(mean.reshape((*args[0].shape[:-2], 1, 1)), fresh, domain, tuple(cones))


def _cvxpy_geo_mean(cp: Any, x: Any) -> Any:
    """By second-order cones, which CVXPY before 1.8 does unasked."""
    column = cp.vec(x, order="F")
    newer = "approx" in inspect.signature(cp.geo_mean).parameters
    return cp.geo_mean(column, approx=True) if newer else cp.geo_mean(column)


GEO_MEAN = Operator(
    name="geo_mean",
    degree=1,
    doc="The geometric mean of the entries of a vector, all ≥ 0; concave.",
    shape=_vector,
    collapses="other",
    value=lambda args, options: _geo_mean(args[0]),
    nature=Nature.CONCAVE,
    sign=nonneg_sign,
    monotone=increasing,
    graph=_geo_mean_graph,
    cvxpy=lambda cp, args, options: one_number(cp, _cvxpy_geo_mean(cp, args[0])),
    example="geo_mean(x)",
)
HARMONIC_MEAN = Operator(
    name="harmonic_mean",
    degree=1,
    doc="The harmonic mean of the entries of a vector, all > 0; concave.",
    shape=_vector,
    collapses="other",
    value=lambda args, options: (
        args[0].shape[-1]
        * args[0].shape[-2]
        / (1.0 / _positive(args[0], "harmonic_mean")).sum(axis=MATRIX, keepdims=True)
    ),
    nature=Nature.CONCAVE,
    sign=nonneg_sign,
    monotone=increasing,
    cvxpy=lambda cp, args, options: one_number(cp, cp.harmonic_mean(cp.vec(args[0], order="F"))),
    example="harmonic_mean(x)",
)


def _geo_mean(x: Array) -> Array:
    if (x < 0).any():
        raise ValueProblem("geo_mean exists only for entries >= 0", "Check the data for negative values.")
    with np.errstate(all="ignore"):
        total = np.log(x).sum(axis=MATRIX, keepdims=True)
        return np.exp(total / np.float64(x.shape[-2] * x.shape[-1]))


def _pnorm_shape(facts: tuple[Facts, ...], options: OperatorOptions) -> Facts:
    if not isinstance(options[0], int | float) or not 1 <= options[0] <= 1e3:
        raise shapes.ShapeMismatch(
            f"the p of norm(x, p) must be a number from 1 to 1000, not {options[0]!r}",
            "Write norm(x, 2), or norminf(x) for the largest absolute value.",
        )
    return _vector(facts, options)


def _pnorm(size: Array, p: float) -> Array:
    """(Σ sizeᵖ)^(1/p), taken of the sizes relative to the largest, so that no power overflows."""
    most = size.max(axis=MATRIX, keepdims=True, initial=0.0)
    parts = np.divide(size, most, out=np.zeros_like(size), where=most > 0.0)
    return most * (parts**p).sum(axis=MATRIX, keepdims=True) ** (1 / p)


def _pnorm_graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
    """t ≥ ‖x‖ₚ: Σ r = t over r^(1/p) · t^(1 − 1/p) ≥ |x| (Chares 2009, §4)."""
    p, x = _exponent(options), args[0]
    if p == 2.0:
        return norm2_graph(args, options, fresh, quadratic)
    if p == 1.0 or x.shape[-2] * x.shape[-1] == 1:
        return norm1_graph(args, options, fresh, quadratic)
    r, fresh = new_columns(x.shape, fresh)
    t, fresh = new_columns((*x.shape[:-2], 1, 1), fresh)
    parts = [single_cells(one) for one in (r, broadcast(t, x.shape), x)]
    kept = (Rows(subtract(t, total(r, MATRIX)), "=="),)
    return Graph(t, fresh, kept, (Cones(ConeKind.POWER, stack(parts), 1 / p),))


NORM = Operator(
    name="norm",
    degree=1,
    options={"p": 2},
    doc="norm(x, p): the p-norm of a vector, p ≥ 1; convex (norm1, norm2 and norminf are quicker).",
    shape=_pnorm_shape,
    collapses="other",
    value=lambda args, options: _pnorm(np.abs(args[0]), _exponent(options)),
    nature=Nature.CONVEX,
    sign=nonneg_sign,
    monotone=by_sign,
    latex=lambda args, options: f"\\|{args[0]}\\|_{{{_exponent(options):g}}}",
    graph=_pnorm_graph,
    cvxpy=lambda cp, args, options: one_number(cp, cp.pnorm(cp.vec(args[0], order="F"), options[0])),
    example="norm(x, 3)",
)


def _pow_value(args: Arrays, options: OperatorOptions) -> Array:
    with np.errstate(all="ignore"):
        result = np.power(args[0], args[1])
    if not np.isfinite(result).all():
        raise ValueProblem(
            "a power is not a finite number",
            "Check for 0 to a negative power, roots of negative numbers, overflow.",
        )
    return result


def _of_decision(args: tuple[Node, ...], options: OperatorOptions) -> Node | None:
    """A power of a decision, where a number as exponent gives it a convex or concave form."""
    left, right = args
    if not left.facts.decision and not right.facts.decision:
        return None
    match right.number:
        case None:
            raise NoConvexPower(
                "this power of a decision has no convex form here", "Write power(x, p) with a number p."
            )
        case 1.0:
            return left
        case 2.0:
            return apply(SQUARE, (left,))
        case 0.5:
            return apply(SQRT, (left,))
        case exponent:
            return apply(POWER, (left,), (exponent,))


POW = Operator(
    name="pow",
    degree="option",
    arity=(2, 2),
    doc="Power of data, entry by entry; base or exponent may be one number.",
    shape=shapes.elementwise,
    value=_pow_value,
    nature=Nature.DATA,
    latex=lambda args, options: f"{{{args[0]}}}^{{{args[1]}}}",
    make=_of_decision,
    example="pow(a, b)",
)

POWERS = (POWER, INV_POS, QUAD_OVER_LIN, NEG_PART, GEO_MEAN, HARMONIC_MEAN, NORM)
