"""Statistics over draws: each takes away the repeat of the draws, hidden arguments are their shares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from saddlepoint.algebra.cells import broadcast, total
from saddlepoint.algebra.graph import Graph, Rows, new_columns
from saddlepoint.algebra.term_products import multiply
from saddlepoint.algebra.terms import Terms, add, negative
from saddlepoint.arrays import Array
from saddlepoint.expr import shapes
from saddlepoint.expr.facts import Facts, Sign, first_sign, nonneg_sign, unknown_sign
from saddlepoint.expr.node import Arrays, CvxpyForm, GraphForm, Nature, Operator, OperatorOptions, Values
from saddlepoint.expr.operators.datawise import ValueProblem
from saddlepoint.expr.operators.linear import linear_graph


def _reduced(facts: tuple[Facts, ...], options: OperatorOptions) -> Facts:
    """The common shape of the arguments without the repeat that is taken away."""
    whole = shapes.elementwise(facts)
    place = axis_of(options)
    return replace(whole, repeats=whole.repeats[:place] + whole.repeats[place + 1 :])


def axis_of(options: OperatorOptions) -> int:
    """The axis of the repeat that is taken away, without that of the scenarios."""
    place = options[0]
    assert isinstance(place, int)
    return place


def _drop(array: Array, options: OperatorOptions) -> Array:
    """An array that does not depend on the repeat, without it."""
    return np.take(array, np.int64(0), axis=axis_of(options) + 1)


def _last(args: Arrays, options: OperatorOptions) -> tuple[Array, Array]:
    """Values and shares with the draws on the last axis, of one shape."""
    values, shares = np.broadcast_arrays(args[0], args[-1])
    place = axis_of(options) + 1
    return np.moveaxis(values, place, -1), np.moveaxis(shares, place, -1)


def refuse_level(p: Array) -> None:
    """ValueProblem where a probability is not inside (0, 1)."""
    if ((p <= 0.0) | (p >= 1.0)).any():
        bad = float(p[(p <= 0.0) | (p >= 1.0)][0])
        raise ValueProblem(
            f"a probability of {bad:g} is outside (0, 1)",
            "Give a probability such as 0.95 (a percentage is divided by 100).",
        )


def _sorted(args: Arrays, options: OperatorOptions) -> tuple[Array, Array]:
    values, shares = _last(args, options)
    order = np.argsort(values, axis=-1, kind="stable")
    return np.take_along_axis(values, order, -1), np.take_along_axis(shares, order, -1)


def _quantile_of_draws(args: Arrays, options: OperatorOptions) -> Array:
    p = _drop(args[1], options)
    refuse_level(p)
    values, shares = _widened(_sorted(args, options), p)
    reached = np.cumsum(shares, axis=-1) >= p[..., None] - 1e-12
    reached[..., -1] = True
    place = np.argmax(reached, axis=-1)[..., None]
    return np.take_along_axis(values, place, -1)[..., 0]


def _widened(draws: tuple[Array, Array], *others: Array) -> tuple[Array, Array]:
    """Values and shares repeated where a level or a radius varies and they do not (scenarios, sets, entries)."""
    values, shares = draws
    lead = np.broadcast_shapes(values.shape[:-1], *(o.shape for o in others))
    shape = (*lead, values.shape[-1])
    return np.broadcast_to(values, shape), np.broadcast_to(shares, shape)


def _ball_quantile(args: Arrays, options: OperatorOptions) -> Array:
    """The least v such that moving the worst 1 − p of the mass up to v costs the radius.

    Source: Z. Chen, D. Kuhn, W. Wiesemann, "Data-driven chance constrained programs over Wasserstein balls" (2022):
    the sum of the smallest distances to the unsafe set, over a mass of 1 − p, must reach the radius.
    """
    p, radius = _drop(args[1], options), _drop(args[2], options)
    refuse_level(p)
    if (radius < 0.0).any():
        raise ValueProblem("the radius of a ball around draws is negative", "Give a radius of at least 0.")
    values, shares = _widened(_sorted(args, options), p, radius)
    above = np.flip(np.cumsum(np.flip(shares, -1), axis=-1), -1) - shares
    mass = np.clip((1.0 - p)[..., None] - above, 0.0, shares)
    first = _quantile_of_draws((args[0], args[1], args[-1]), options)
    cost = np.cumsum(mass, axis=-1) * values - np.cumsum(mass * values, axis=-1)
    held = np.cumsum(mass, axis=-1)
    fits = (cost <= radius[..., None]) & (held > 0.0)
    last = values.shape[-1] - 1 - np.argmax(np.flip(fits, -1), axis=-1)[..., None]
    at = [np.take_along_axis(a, last, -1)[..., 0] for a in (values, cost, held)]
    return np.where(radius > 0.0, at[0] + (radius - at[1]) / at[2], first)


def _cvar_of_draws(args: Arrays, options: OperatorOptions) -> Array:
    p = _drop(args[1], options)
    values, shares = _last(args, options)
    q = _quantile_of_draws(args, options)
    return q + (np.maximum(values - q[..., None], 0.0) * shares).sum(axis=-1) / (1.0 - p)


def _mean_of_draws(args: Arrays, options: OperatorOptions) -> Array:
    values, shares = _last(args, options)
    return (values * shares).sum(axis=-1)


def _std_of_draws(args: Arrays, options: OperatorOptions) -> Array:
    values, shares = _last(args, options)
    centre = (values * shares).sum(axis=-1, keepdims=True)
    return np.sqrt((np.square(values - centre) * shares).sum(axis=-1))


def _shares_value(args: Arrays, options: OperatorOptions) -> Array:
    weights, place = args[0], axis_of(options) + 1
    whole = weights.sum(axis=place, keepdims=True)
    if (weights < 0.0).any() or (whole <= 0.0).any():
        raise ValueProblem("weights of draws must be at least 0 and not all 0", "Check the table of weights.")
    return weights / whole


def squeezed(terms: Terms, axis: int) -> Terms:
    """The array without an axis of length 1."""
    shape = terms.shape[:axis] + terms.shape[axis + 1 :]
    return terms.reshape(shape)


def _mean_terms(args: Values, options: OperatorOptions) -> Terms:
    axis = axis_of(options)
    return squeezed(total(multiply(args[1], args[0]), (axis,)), axis)


def _cvar_graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
    """t + Σ w·z/(1 − p) with z ≥ loss − t, z ≥ 0 (R. T. Rockafellar, S. Uryasev, J. of Risk 2 (2000) 21–41).

    The level comes in as 1/(1 − p), made from the visible p.
    """
    loss, scale_of, shares = args[0], args[2], args[3]
    axis = axis_of(options)
    shape = np.broadcast_shapes(loss.shape, shares.shape, scale_of.shape)
    narrow = (*shape[:axis], 1, *shape[axis + 1 :])
    t, fresh = new_columns(narrow, fresh)
    z, fresh = new_columns(shape, fresh)
    gap = add([z, broadcast(t, shape), negative(broadcast(loss, shape))])
    rows = (Rows(gap, ">="), Rows(z, ">="))
    tail = total(multiply(broadcast(shares, shape), z), (axis,))
    value = add([t, multiply(tail, broadcast(scale_of, narrow))])
    return Graph(squeezed(value, axis), fresh, rows)


def over_repeat(
    name: str,
    value: Callable[[Arrays, OperatorOptions], Array],
    count: int,
    doc: str,
    nature: Nature = Nature.DATA,
    graph: GraphForm | None = None,
    monotone: Callable[[tuple[Sign, ...]], tuple[int, ...]] | None = None,
    sign: Callable[[tuple[Sign, ...]], Sign] = unknown_sign,
    cvxpy: CvxpyForm | None = None,
    degree: float | None = None,
) -> Operator:
    """A record that takes away the repeat of the draws."""
    return Operator(
        name=name,
        arity=(count, count),
        doc=doc,
        shape=_reduced,
        value=value,
        nature=nature,
        sign=sign,
        graph=graph,
        cvxpy=cvxpy,
        monotone=monotone,
        degree=degree,
        reduces=True,
        group="uncertain",
        example=f"{name}(loss, p)" if count > 1 else f"{name}(loss)",
    )


def _cvxpy_mean(cp: Any, args: tuple[Any, ...], options: OperatorOptions) -> Any:
    return sum(cp.multiply(w, g) for g, w in zip(args[0], args[-1], strict=True))


MEAN_OF_DRAWS = over_repeat(
    "mean",
    _mean_of_draws,
    1,
    "The mean over the draws of its argument.",
    Nature.LINEAR,
    linear_graph(_mean_terms),
    None,
    first_sign,
    _cvxpy_mean,
    degree=1,
)


STD_OF_DRAWS = over_repeat(
    "std", _std_of_draws, 1, "The standard deviation over the draws.", sign=nonneg_sign, degree=1
)


QUANTILE_OF_DRAWS = over_repeat(
    "quantile", _quantile_of_draws, 2, "The least of the draws whose cumulated weight reaches p.", degree=1
)


BALL_QUANTILE = over_repeat(
    "quantile", _ball_quantile, 2, "The worst quantile over a Wasserstein-1 ball around the draws.", degree=1
)


CVAR_OF_DRAWS = over_repeat(
    "cvar",
    lambda args, options: _cvar_of_draws((args[0], args[1], args[3]), options),
    2,
    "The mean of the worst 1 − p of the draws of its argument; convex.",
    Nature.CONVEX,
    _cvar_graph,
    lambda signs: (1, 0, 0, 0),
    degree=1,
)


SHARES = Operator(
    name="shares",
    options={"place": 0},
    doc="Weights of draws, scaled to sum 1.",
    value=_shares_value,
    nature=Nature.DATA,
    sign=nonneg_sign,
    group="uncertain",
)
