"""Curves given by points: the line through them, as kinks that add up, convex where they rise, exact with yes/no columns."""

from __future__ import annotations

import numpy as np

from saddlepoint.arrays import Index
from saddlepoint.expr.along import total_over
from saddlepoint.expr.apply import apply
from saddlepoint.expr.axes import Arrangement, Dim, folded
from saddlepoint.expr.named import Arguments, along, less, placed, rearranged, unfolded, widened
from saddlepoint.expr.node import Array, Arrays, Nature, Node, Operator, OperatorOptions, is_affine
from saddlepoint.expr.operators.convex import POS
from saddlepoint.expr.operators.datawise import ValueProblem
from saddlepoint.expr.operators.exact import STEP, WITHIN
from saddlepoint.expr.operators.linear import ADD
from saddlepoint.expr.operators.products import MULTIPLY
from saddlepoint.expr.refusals import AxisMissing, DecidedData, TwoDecisions
from saddlepoint.expr.shapes import elementwise, same

_ROUNDING = 1e-12


def _slope_changes(args: Arrays, options: OperatorOptions) -> Array:
    """Along the rows: the first slope, then by how much the slope changes at each inner point, 0 at the last point."""
    points, values = args
    step, rise = np.diff(points, axis=-2), np.diff(values, axis=-2)
    if (step < 0).any():
        before, after = points[..., :-1, :][step < 0][0], points[..., 1:, :][step < 0][0]
        message = f"the points of piecewise fall along the set: {after:g} comes after {before:g}"
        raise ValueProblem(message, "Sort them: each at least the one before it.")
    if ((step == 0) & (rise != 0)).any():
        raise ValueProblem(
            "two equal points of piecewise have different values", "Give one value for a point."
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.where(step > 0, rise / step, 0.0)
    for k in range(1, slope.shape[-2]):
        slope[..., k, :] = np.where(step[..., k, :] > 0, slope[..., k, :], slope[..., k - 1, :])
    for k in range(slope.shape[-2] - 2, -1, -1):
        empty = (step[..., : k + 1, :] == 0).all(axis=-2)
        slope[..., k, :] = np.where(empty, slope[..., k + 1, :], slope[..., k, :])
    change = np.diff(slope, axis=-2)
    size = np.abs(slope[..., 1:, :]) + np.abs(slope[..., :-1, :])
    change = np.where(np.abs(change) <= _ROUNDING * size, 0.0, change)
    return np.concatenate([slope[..., :1, :], change, np.zeros_like(points[..., :1, :])], axis=-2)


SLOPES = Operator(
    name="slopes",
    arity=(2, 2),
    doc="The first slope of a curve through points, and its changes.",
    shape=same,
    value=_slope_changes,
    nature=Nature.DATA,
    latex=lambda args, options: f"\\Delta({', '.join(args)})",
    group="axes",
)


def curve(given: Arguments) -> Node:
    """The value at x of the line through (points, values) along a set; x must lie between the first and the last point."""
    key, x = given.only("over"), given.x
    for name in ("points", "values"):
        if given.nodes[name].facts.decision:
            raise DecidedData(f"{name} of piecewise must be data", "Use a table.")
        along(given.nodes[name], key, name)
    if Arrangement.of(x.facts).find(key) is not None:
        raise AxisMissing(
            f"the argument already runs over {key}, the set of the points",
            "Give the points a set of their own.",
        )
    exact = "exact" in given.flags
    if exact and not is_affine(x):
        raise TwoDecisions(
            "piecewise(…, exact=True) takes a linear expression, and this one is curved",
            "Give it a decision of its own, equal to the expression.",
        )
    return _curve(given, key, x, exact)


def _curve(given: Arguments, key: str, x: Node, exact: bool) -> Node:
    points = placed(given.nodes["points"], given.nodes["values"].facts)
    values = given.nodes["values"]
    frame = elementwise((points.facts, values.facts))
    points, values = widened(points, frame), widened(values, frame)
    changes = _along(SLOPES, points, values, key)
    whole, k = along(points, key, "points")
    count = whole.dims[k].length
    if count < 2:
        raise AxisMissing(f"{key} has fewer than two items", "Give a curve two points or more.")
    first, last = _at(points, key, 0), _at(points, key, count - 1)
    inside = apply(WITHIN, (x, first, last))
    line = apply(MULTIPLY, (_at(changes, key, 0), less(inside, first)))
    parts = [_at(values, key, 0), line]
    if count > 2:
        inner = np.arange(1, count - 1)
        at, bend = _some(points, key, inner), _some(changes, key, inner)
        gap = less(x, at)
        beyond = apply(STEP, (gap, less(first, at), less(last, at))) if exact else apply(POS, (gap,))
        parts.append(total_over(apply(MULTIPLY, (bend, beyond)), (key,)))
    return apply(ADD, tuple(parts))


def _along(record: Operator, left: Node, right: Node, key: str) -> Node:
    """A record whose rows are the items of a set, on two nodes of equal facts."""
    k = along(left, key, "points")[1]
    column, _ = folded(left.facts, [k])
    y = apply(record, tuple(rearranged(n, column, "fold") for n in (left, right)))
    return unfolded(y, column, left.facts)


def _at(node: Node, key: str, place: int) -> Node:
    whole, k = along(node, key, "points")
    return rearranged(node, whole.pick(k, place))


def _some(node: Node, key: str, places: Index) -> Node:
    whole, k = along(node, key, "points")
    dim = whole.dims[k]
    assert dim.axis is not None
    return rearranged(
        node, whole.take(k, places, Dim(dim.place, dim.axis.take(places.tolist()), len(places), dim.rank))
    )
