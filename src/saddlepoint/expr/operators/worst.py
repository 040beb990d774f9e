"""The worst that uncertain elements can add to a row: support functions of boxes, budgets and ellipsoids.

Each takes what a row gains when an element rises to its end and what it gains when it falls to its other end (negated),
repeated over the elements, and takes that repeat away. Sources: A. L. Soyster, Operations Research 21 (1973) 1154–1157 (box);
D. Bertsimas, M. Sim, Operations Research 52 (2004) 35–53, th. 1 (budget); A. Ben-Tal, A. Nemirovski, Operations Research
Letters 25 (1999) 1–13 (ellipsoid).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from saddlepoint.algebra.cells import broadcast, total
from saddlepoint.algebra.graph import Graph, Rows, new_columns
from saddlepoint.algebra.term_products import multiply
from saddlepoint.algebra.terms import Terms, add, negative
from saddlepoint.arrays import Array
from saddlepoint.expr import shapes
from saddlepoint.expr.facts import nonneg_sign
from saddlepoint.expr.node import Arrays, Nature, Operator, OperatorOptions, Values, named
from saddlepoint.expr.operators.datawise import ValueProblem
from saddlepoint.expr.operators.draws import axis_of, over_repeat, squeezed
from saddlepoint.expr.operators.statistics import COLUMNS


def _gains(args: Arrays) -> Array:
    """What each element can add: rising or falling, never less than nothing."""
    return np.maximum(np.maximum(args[0], -args[1]), 0.0)


def _last(array: Array, options: OperatorOptions) -> Array:
    return np.moveaxis(array, axis_of(options) + 1, -1)


def _budget_value(args: Arrays, options: OperatorOptions) -> Array:
    """The sum of the Γ largest gains, of the next one the part that is left of Γ."""
    gains, size = np.broadcast_arrays(*(_last(a, options) for a in (_gains(args), args[2])))
    _check_size(size)
    share = np.clip(size - np.arange(gains.shape[-1]), 0.0, 1.0)
    return (-np.sort(-gains, axis=-1) * share).sum(axis=-1)


def _check_size(size: Array) -> None:
    if size.size and float(size.min()) < 0.0:
        raise ValueProblem(
            f"the size of an uncertainty set is {float(size.min()):g}", "Give a number of at least 0."
        )


def _size(args: Arrays, options: OperatorOptions) -> Array:
    _check_size(args[0])
    return args[0]


SIZE: Final = Operator(
    name="set_size",
    doc="The size of a set of values, at least 0.",
    value=_size,
    nature=Nature.DATA,
    sign=nonneg_sign,
    latex=named("size"),
    group="outcomes",
)


def _raised(
    args: Values, shape: tuple[int, ...], less: Terms | None, fresh: int
) -> tuple[Terms, list[Rows], int]:
    """New columns a ≥ 0 with a ≥ rise − less and a ≥ −fall − less."""
    a, fresh = new_columns(shape, fresh)
    extra = [] if less is None else [broadcast(less, shape)]
    rise = add([a, negative(broadcast(args[0], shape)), *extra])
    fall = add([a, broadcast(args[1], shape), *extra])
    return a, [Rows(rise, ">="), Rows(fall, ">="), Rows(a, ">=")], fresh


def _box_graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
    axis = axis_of(options)
    shape = np.broadcast_shapes(*(a.shape for a in args))
    a, rows, fresh = _raised(args, shape, None, fresh)
    return Graph(squeezed(total(a, (axis,)), axis), fresh, tuple(rows))


def _budget_graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
    """Γt + Σ a with a ≥ gain − t, a ≥ 0, t ≥ 0: the dual of the inner problem."""
    axis = axis_of(options)
    shape = np.broadcast_shapes(*(a.shape for a in args))
    narrow = (*shape[:axis], 1, *shape[axis + 1 :])
    t, fresh = new_columns(narrow, fresh)
    a, rows, fresh = _raised(args, shape, t, fresh)
    value = add([multiply(t, broadcast(args[2], narrow)), total(a, (axis,))])
    return Graph(squeezed(value, axis), fresh, (*rows, Rows(t, ">=")))


def _cvxpy_box(cp: Any, args: tuple[Any, ...], options: OperatorOptions) -> Any:
    return sum(cp.pos(cp.maximum(rise, -fall)) for rise, fall in zip(args[0], args[1], strict=True))


WORST_BOX: Final = over_repeat(
    "worst_of_box",
    lambda args, options: _gains(args).sum(axis=axis_of(options) + 1),
    2,
    "The worst that elements add, each anywhere between its ends.",
    Nature.CONVEX,
    _box_graph,
    None,
    nonneg_sign,
    _cvxpy_box,
)

WORST_BUDGET: Final = over_repeat(
    "worst_of_budget",
    _budget_value,
    3,
    "The worst that elements add if at most Γ of them go to an end.",
    Nature.CONVEX,
    _budget_graph,
    None,
    nonneg_sign,
)


def _reach(end: str, towards: float) -> Callable[[Arrays, OperatorOptions], Array]:
    """How far a value can be from its mean on one side: to the end of its support, else one standard deviation."""

    def value(args: Arrays, options: OperatorOptions) -> Array:
        shape = np.broadcast_shapes(*(a.shape for a in args))
        given = {n: np.broadcast_to(a, shape) for n, a in zip(COLUMNS, args[1:], strict=True)}
        far = towards * (given[end] - given["mean"])
        out = np.where(np.isnan(far), given["std"], far)
        if np.isnan(out).any():
            raise ValueProblem(
                f"an uncertain element has neither {end!r} nor 'std': nothing says how far it may be from its mean",
                "Give the columns lower and upper, or std.",
            )
        if (out < 0.0).any():
            raise ValueProblem(
                f"the mean of an uncertain element lies beyond {end!r}", "Correct the mean or the ends."
            )
        return out

    return value


def _reach_record(name: str, end: str, towards: float) -> Operator:
    return Operator(
        name=name,
        arity=(1, 1),
        doc=f"From the mean to the {end} end.",
        shape=shapes.elementwise,
        value=_reach(end, towards),
        nature=Nature.DATA,
        sign=nonneg_sign,
        group="uncertain",
    )


REACH_UP: Final = _reach_record("reach_up", "upper", 1.0)
REACH_DOWN: Final = _reach_record("reach_down", "lower", -1.0)
