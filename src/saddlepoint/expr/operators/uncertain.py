"""What the rewriting of uncertain rows needs: lengths, and the table of all statistics."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np

from saddlepoint.algebra.cells import renumber
from saddlepoint.algebra.graph import Cones, Graph, new_columns, single_cells, stack
from saddlepoint.algebra.structure import ConeKind
from saddlepoint.algebra.terms import Terms
from saddlepoint.arrays import Array
from saddlepoint.expr import shapes
from saddlepoint.expr.facts import first_sign, nonneg_sign, unknown_sign
from saddlepoint.expr.node import Arrays, Nature, Operator, OperatorOptions, Values, named
from saddlepoint.expr.operators.convex import around, by_sign
from saddlepoint.expr.operators.datawise import ROOT, root_of
from saddlepoint.expr.operators.draws import (
    BALL_QUANTILE,
    CVAR_OF_DRAWS,
    MEAN_OF_DRAWS,
    QUANTILE_OF_DRAWS,
    STD_OF_DRAWS,
    axis_of,
    over_repeat,
    squeezed,
)
from saddlepoint.expr.operators.statistics import CVAR, FLOOR, MEAN, QUANTILE, STD
from saddlepoint.expr.operators.sums import QUANTILE_OF_SUM


def _length_graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
    """The Euclidean length along a repeat: a second-order cone per cell; one element needs rows only."""
    x, axis = args[0], axis_of(options)
    count = x.shape[axis]
    shape = x.shape[:axis] + x.shape[axis + 1 :]
    t, fresh = new_columns(shape, fresh)
    if count == 1:
        flat = squeezed(x, axis)
        return Graph(t, fresh, around(t, flat))
    return Graph(t, fresh, (), (Cones(ConeKind.SECOND_ORDER, stack([single_cells(t), _to_last(x, axis)])),))


def _to_last(terms: Terms, axis: int) -> Terms:
    """The array with one axis moved to the end, as (cells, length of that axis)."""
    order = np.moveaxis(np.arange(terms.size).reshape(terms.shape), axis, -1).reshape(-1)
    target = np.empty_like(order)
    target[order] = np.arange(len(order))
    count = terms.shape[axis]
    return renumber(terms, target, (terms.size // max(1, count), count))


def _cvxpy_length(cp: Any, args: tuple[Any, ...], options: OperatorOptions) -> Any:
    flat = cp.vstack([cp.vec(g, order="F") for g in args[0]])
    return cp.reshape(cp.norm(flat, 2, axis=0), args[0][0].shape, order="F")


LENGTH = over_repeat(
    "spread",
    lambda args, options: np.sqrt((args[0] ** 2).sum(axis=axis_of(options) + 1)),
    1,
    "The Euclidean length over the uncertain elements: the standard deviation of a row.",
    Nature.CONVEX,
    _length_graph,
    by_sign,
    nonneg_sign,
    _cvxpy_length,
)


EACH = Operator(
    name="each",
    doc="Numbers one at a time along the uncertain elements, the others 0.",
    shape=shapes.elementwise,
    value=lambda args, options: args[0] * args[1],
    nature=Nature.DATA,
    sign=first_sign,
    group="uncertain",
)


EACH_ROW = replace(
    EACH,
    doc="Rows of a matrix one at a time along the uncertain elements.",
    shape=lambda facts, options: shapes.product((facts[1], facts[0])),
    value=lambda args, options: np.matmul(args[1], args[0]),
    sign=unknown_sign,
)


def _covariance_root(args: Arrays, options: OperatorOptions) -> Array:
    fix = "Give a covariance that is symmetric and positive semidefinite."
    return root_of(args[0], "covariance", fix, fix)


COVARIANCE_ROOT = replace(
    ROOT, doc="R with RᵀR = Σ for a covariance Σ.", value=_covariance_root, group="uncertain"
)


PRESENT = Operator(
    name="present",
    doc="1 where an entry is not zero.",
    value=lambda args, options: (args[0] != 0.0).astype(np.float64),
    nature=Nature.DATA,
    sign=nonneg_sign,
    group="uncertain",
)


IS_CODE = Operator(
    name="is_distribution",
    options={"code": 0},
    doc="1 where the distribution is the one with this code.",
    value=lambda args, options: (args[0] == float(options[0] or 0)).astype(np.float64),
    nature=Nature.DATA,
    sign=nonneg_sign,
    latex=named("is"),
    group="uncertain",
)


PICK = Operator(
    name="by_sign",
    arity=(3, 3),
    doc="The second argument where the first is at least 0, else the third.",
    shape=shapes.elementwise,
    value=lambda args, options: np.where(args[0] >= 0.0, args[1], args[2]),
    nature=Nature.DATA,
    group="uncertain",
)


STATISTICS: Final = (
    *(MEAN, STD, QUANTILE, FLOOR, CVAR, MEAN_OF_DRAWS, STD_OF_DRAWS, QUANTILE_OF_DRAWS, BALL_QUANTILE),
    *(CVAR_OF_DRAWS, QUANTILE_OF_SUM),
)
"""What makes certain what is uncertain below it."""
