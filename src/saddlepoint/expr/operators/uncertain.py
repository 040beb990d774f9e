"""Operators on uncertain data: statistics of distributions, statistics over draws, and what rewriting needs.

The first argument of a statistic is the uncertain variable itself, whose own numbers are the codes of its
distributions (places in uncertain.BUFFERS); hidden arguments are the columns of its table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from saddlepoint.algebra.graph import Cones, Graph, Rows, new_columns, stack
from saddlepoint.algebra.structure import ConeKind
from saddlepoint.algebra.terms import Terms, add, broadcast, multiply, negative, renumber, total
from saddlepoint.errors import DataError
from saddlepoint.expr import shapes
from saddlepoint.expr.facts import Facts, Sign
from saddlepoint.expr.node import Array, Operator
from saddlepoint.expr.operators.convex import INF, by_sign, named
from saddlepoint.expr.operators.datawise import ROOT, ValueProblem, nonneg_sign, unknown_sign
from saddlepoint.expr.operators.linear import Arrays, Options, Values, first_sign
from saddlepoint.uncertain import BUFFERS, cvar_rows, find, floor_rows, mean_rows, quantile_rows, std_rows
from saddlepoint.uncertain.normal import quantile as normal_quantile

COLUMNS: Final = (
    "mean",
    "std",
    "lower",
    "upper",
    "dof",
    "radius",
    "gamma1",
    "gamma2",
    "confidence",
    "parts",
)
"""Number columns of an uncertain table, in the order of the statistics' hidden arguments."""

CLOSED: Final = ("normal", "unimodal-symmetric", "symmetric", "sub-gaussian", "cantelli")
"""Assumptions that hold for a sum of independent parts if they hold for each part; the last for any parts."""


def code_of(name: str) -> int:
    """The code of a distribution: its place in uncertain.BUFFERS; PlanningError U001 for an unknown name."""
    return BUFFERS.index(find(name))


def _columns(codes: Array, parameters: Arrays, shape: tuple[int, ...]) -> dict[str, NDArray[Any]]:
    texts = np.array([b.name for b in BUFFERS])
    flat = {name: np.broadcast_to(a, shape).reshape(-1) for name, a in zip(COLUMNS, parameters, strict=True)}
    return {"distribution": texts[np.broadcast_to(codes, shape).reshape(-1).astype(np.int64)], **flat}


Rule = Callable[[dict[str, NDArray[Any]], Array], Array]


def _by_rows(rule: Rule, leveled: bool) -> Callable[[Arrays, Options], Array]:
    """The value of a statistic: codes[, level], columns → numbers, cell by cell."""

    def value(args: Arrays, options: Options) -> Array:
        shape = np.broadcast_shapes(*(a.shape for a in args))
        level = np.broadcast_to(args[1], shape).reshape(-1) if leveled else np.zeros(1)
        columns = _columns(args[0], args[2 if leveled else 1 :], shape)
        try:
            return rule(columns, level).reshape(shape)
        except DataError as error:
            first = error.diagnostics[0]
            raise ValueProblem(first.message, first.fix) from None

    return value


def _statistic(name: str, rule: Rule, leveled: bool, doc: str, sign: Callable[..., Sign]) -> Operator:
    count = 2 if leveled else 1
    return Operator(
        name=name,
        arity=(count, count),
        doc=doc,
        shape=shapes.elementwise,
        value=_by_rows(rule, leveled),
        nature="data",
        sign=sign,
        latex=named(name.replace("_", "\\_")),
        group="uncertain",
        example=f"{name}(D, p)" if leveled else f"{name}(D)",
    )


MEAN = _statistic(
    "mean", lambda c, p: mean_rows(c), False, "The mean of an uncertain variable.", unknown_sign
)
STD = _statistic(
    "std", lambda c, p: std_rows(c), False, "The standard deviation of an uncertain variable.", nonneg_sign
)
QUANTILE = _statistic(
    "quantile",
    quantile_rows,
    True,
    "The least level that an uncertain variable stays at or below with probability p.",
    unknown_sign,
)
FLOOR = _statistic(
    "floor",
    floor_rows,
    True,
    "The greatest level that an uncertain variable stays at or above with probability p.",
    unknown_sign,
)
CVAR = _statistic(
    "cvar",
    cvar_rows,
    True,
    "The (worst-case) mean of the worst 1 − p of an uncertain variable.",
    unknown_sign,
)


def _reduced(facts: tuple[Facts, ...], options: Options) -> Facts:
    """The common shape of the arguments without the repeat that is taken away."""
    whole = shapes.elementwise(facts)
    place = options[0]
    assert isinstance(place, int)
    return Facts(
        whole.repeats[:place] + whole.repeats[place + 1 :],
        whole.rows,
        whole.cols,
        whole.decision,
        whole.varying,
    )


def _axis(options: Options) -> int:
    place = options[0]
    assert isinstance(place, int)
    return place


def _drop(array: Array, options: Options) -> Array:
    """An array that does not depend on the repeat, without it."""
    return np.take(array, np.int64(0), axis=_axis(options) + 1)


def _last(args: Arrays, options: Options) -> tuple[Array, Array]:
    """Values and shares with the draws on the last axis, of one shape."""
    values, shares = np.broadcast_arrays(args[0], args[-1])
    place = _axis(options) + 1
    return np.moveaxis(values, place, -1), np.moveaxis(shares, place, -1)


def _check_level(p: Array) -> None:
    if ((p <= 0.0) | (p >= 1.0)).any():
        bad = float(p[(p <= 0.0) | (p >= 1.0)][0])
        raise ValueProblem(
            f"a probability of {bad:g} is outside (0, 1)",
            "give a probability such as 0.95 (a percentage is divided by 100)",
        )


def _sorted(args: Arrays, options: Options) -> tuple[Array, Array]:
    values, shares = _last(args, options)
    order = np.argsort(values, axis=-1, kind="stable")
    return np.take_along_axis(values, order, -1), np.take_along_axis(shares, order, -1)


def _quantile_of_draws(args: Arrays, options: Options) -> Array:
    p = _drop(args[1], options)
    _check_level(p)
    values, shares = _sorted(args, options)
    reached = np.cumsum(shares, axis=-1) >= p[..., None] - 1e-12
    reached[..., -1] = True
    place = np.argmax(reached, axis=-1)[..., None]
    place = (
        np.broadcast_to(place, (*values.shape[:-1], 1)) if place.shape[:-1] != values.shape[:-1] else place
    )
    return np.take_along_axis(values, place, -1)[..., 0]


def _ball_quantile(args: Arrays, options: Options) -> Array:
    """The least v such that moving the worst 1 − p of the mass up to v costs the radius.

    Source: Z. Chen, D. Kuhn, W. Wiesemann, "Data-driven chance constrained programs over Wasserstein balls" (2022):
    the sum of the smallest distances to the unsafe set, over a mass of 1 − p, must reach the radius.
    """
    p, radius = _drop(args[1], options), _drop(args[2], options)
    _check_level(p)
    if (radius < 0.0).any():
        raise ValueProblem("the radius of a ball around draws is negative", "give a radius of at least 0")
    values, shares = _sorted(args, options)
    above = np.flip(np.cumsum(np.flip(shares, -1), axis=-1), -1) - shares
    mass = np.clip((1.0 - p)[..., None] - above, 0.0, shares)
    first = _quantile_of_draws((args[0], args[1], args[-1]), options)
    cost = np.cumsum(mass, axis=-1) * values - np.cumsum(mass * values, axis=-1)
    held = np.cumsum(mass, axis=-1)
    fits = (cost <= radius[..., None]) & (held > 0.0)
    last = values.shape[-1] - 1 - np.argmax(np.flip(fits, -1), axis=-1)[..., None]
    at = [np.take_along_axis(a, last, -1)[..., 0] for a in (values, cost, held)]
    return np.where(radius > 0.0, at[0] + (radius - at[1]) / at[2], first)


def _cvar_of_draws(args: Arrays, options: Options) -> Array:
    p = _drop(args[1], options)
    values, shares = _last(args, options)
    q = _quantile_of_draws(args, options)
    return q + (np.maximum(values - q[..., None], 0.0) * shares).sum(axis=-1) / (1.0 - p)


def _mean_of_draws(args: Arrays, options: Options) -> Array:
    values, shares = _last(args, options)
    return (values * shares).sum(axis=-1)


def _std_of_draws(args: Arrays, options: Options) -> Array:
    values, shares = _last(args, options)
    centre = (values * shares).sum(axis=-1, keepdims=True)
    return np.sqrt((np.square(values - centre) * shares).sum(axis=-1))


def _shares_value(args: Arrays, options: Options) -> Array:
    weights, place = args[0], _axis(options) + 1
    whole = weights.sum(axis=place, keepdims=True)
    if (weights < 0.0).any() or (whole <= 0.0).any():
        raise ValueProblem("weights of draws must be at least 0 and not all 0", "check the table of weights")
    return weights / whole


def _squeezed(terms: Terms, axis: int) -> Terms:
    shape = terms.shape[:axis] + terms.shape[axis + 1 :]
    return terms.reshape(shape)


def _mean_graph(args: Values, options: Options, fresh: int, quadratic: bool) -> Graph:
    axis = _axis(options)
    return Graph(_squeezed(total(multiply(args[1], args[0]), (axis,)), axis), fresh)


def _cvar_graph(args: Values, options: Options, fresh: int, quadratic: bool) -> Graph:
    """t + Σ w·z/(1 − p) with z ≥ loss − t, z ≥ 0 (R. T. Rockafellar, S. Uryasev, J. of Risk 2 (2000) 21–41).

    The level comes in as 1/(1 − p), made from the visible p.
    """
    loss, scale_of, shares = args[0], args[2], args[3]
    axis = _axis(options)
    shape = np.broadcast_shapes(loss.shape, shares.shape, scale_of.shape)
    narrow = (*shape[:axis], 1, *shape[axis + 1 :])
    t, fresh = new_columns(narrow, fresh)
    z, fresh = new_columns(shape, fresh)
    gap = add([z, broadcast(t, shape), negative(broadcast(loss, shape))])
    rows = (Rows(gap, 0.0, INF), Rows(z, 0.0, INF))
    tail = total(multiply(broadcast(shares, shape), z), (axis,))
    value = add([t, multiply(tail, broadcast(scale_of, narrow))])
    return Graph(_squeezed(value, axis), fresh, rows)


def _length_graph(args: Values, options: Options, fresh: int, quadratic: bool) -> Graph:
    """The Euclidean length along a repeat: a second-order cone per cell; one element needs rows only."""
    x, axis = args[0], _axis(options)
    count = x.shape[axis]
    shape = x.shape[:axis] + x.shape[axis + 1 :]
    t, fresh = new_columns(shape, fresh)
    if count == 1:
        flat = _squeezed(x, axis)
        return Graph(t, fresh, (Rows(add([t, negative(flat)]), 0.0, INF), Rows(add([t, flat]), 0.0, INF)))
    moved = _to_last(x, axis)
    return Graph(t, fresh, (), (Cones(ConeKind.SECOND_ORDER, stack([t.reshape((t.size, 1)), moved])),))


def _to_last(terms: Terms, axis: int) -> Terms:
    """The array with one axis moved to the end, as (cells, length of that axis)."""
    order = np.moveaxis(np.arange(terms.size).reshape(terms.shape), axis, -1).reshape(-1)
    target = np.empty_like(order)
    target[order] = np.arange(len(order))
    count = terms.shape[axis]
    return renumber(terms, target, (terms.size // max(1, count), count))


def _safety_value(args: Arrays, options: Options) -> Array:
    """The factor k of μ + kσ for the widest of the assumptions present in each row.

    args: level, then for each assumption of CLOSED whether it is present.
    """
    shape = np.broadcast_shapes(*(a.shape for a in args))
    p = np.broadcast_to(args[0], shape)
    _check_level(p)
    has = [np.broadcast_to(a, shape) > 0.0 for a in args[1:]]
    _, gauss, symmetric, sub, cantelli = has
    widest = np.where(
        cantelli | (sub & (gauss | symmetric)), 4, np.where(sub, 3, np.where(symmetric, 2, gauss))
    )
    out = np.array(normal_quantile(np.ascontiguousarray(p)), dtype=np.float64).reshape(shape)
    unit = {"mean": np.zeros(()), "std": np.ones(())}
    for place in np.unique(widest[widest > 0]).tolist():
        rows = widest == place
        out[rows] = find(CLOSED[place]).quantile(unit, p[rows])
    return out


def _pick_value(args: Arrays, options: Options) -> Array:
    return np.where(args[0] >= 0.0, args[1], args[2])


def _over(
    name: str,
    value: Callable[[Arrays, Options], Array],
    count: int,
    doc: str,
    nature: str = "data",
    graph: Callable[[Values, Options, int, bool], Graph] | None = None,
    monotone: Callable[[tuple[Sign, ...]], tuple[int, ...]] | None = None,
    sign: Callable[[tuple[Sign, ...]], Sign] = unknown_sign,
    cvxpy: Callable[[Any, tuple[Any, ...], Options], Any] | None = None,
) -> Operator:
    """A record that takes away the repeat of the draws."""
    return Operator(
        name=name,
        arity=(count, count),
        doc=doc,
        shape=_reduced,
        value=value,
        nature="convex" if nature == "convex" else "linear" if nature == "linear" else "data",
        sign=sign,
        latex=named(name),
        graph=graph,
        cvxpy=cvxpy,
        monotone=monotone,
        reduces=True,
        group="uncertain",
        example=f"{name}(loss, p)" if count > 1 else f"{name}(loss)",
    )


def _cvxpy_mean(cp: Any, args: tuple[Any, ...], options: Options) -> Any:
    return sum(cp.multiply(w, g) for g, w in zip(args[0], args[-1], strict=True))


def _cvxpy_length(cp: Any, args: tuple[Any, ...], options: Options) -> Any:
    flat = cp.vstack([cp.vec(g, order="F") for g in args[0]])
    return cp.reshape(cp.norm(flat, 2, axis=0), args[0][0].shape, order="F")


MEAN_OF_DRAWS = _over(
    "mean",
    _mean_of_draws,
    1,
    "The mean over the draws of its argument.",
    "linear",
    _mean_graph,
    None,
    first_sign,
    _cvxpy_mean,
)
STD_OF_DRAWS = _over("std", _std_of_draws, 1, "The standard deviation over the draws.", sign=nonneg_sign)
QUANTILE_OF_DRAWS = _over(
    "quantile", _quantile_of_draws, 2, "The least of the draws whose cumulated weight reaches p."
)
BALL_QUANTILE = _over(
    "quantile", _ball_quantile, 2, "The worst quantile over a Wasserstein-1 ball around the draws."
)
CVAR_OF_DRAWS = _over(
    "cvar",
    lambda args, options: _cvar_of_draws((args[0], args[1], args[3]), options),
    2,
    "The mean of the worst 1 − p of the draws of its argument; convex.",
    "convex",
    _cvar_graph,
    lambda signs: (1, 0, 0, 0),
)
LENGTH = _over(
    "spread",
    lambda args, options: np.sqrt((args[0] ** 2).sum(axis=_axis(options) + 1)),
    1,
    "The Euclidean length over the uncertain elements: the standard deviation of a row.",
    "convex",
    _length_graph,
    by_sign,
    nonneg_sign,
    _cvxpy_length,
)
SHARES = Operator(
    name="shares",
    arity=(1, 1),
    options={"place": 0},
    doc="Weights of draws, scaled to sum 1.",
    shape=shapes.same,
    value=_shares_value,
    nature="data",
    sign=nonneg_sign,
    latex=named("shares"),
    group="uncertain",
)
EACH = Operator(
    name="each",
    arity=(1, 1),
    doc="Numbers one at a time along the uncertain elements, the others 0.",
    shape=shapes.elementwise,
    value=lambda args, options: args[0] * args[1],
    nature="data",
    sign=first_sign,
    latex=named("each"),
    group="uncertain",
)
EACH_ROW = replace(
    EACH,
    doc="Rows of a matrix one at a time along the uncertain elements.",
    shape=lambda facts, options: shapes.product((facts[1], facts[0])),
    value=lambda args, options: np.matmul(args[1], args[0]),
    sign=unknown_sign,
)


def _covariance_root(args: Arrays, options: Options) -> Array:
    try:
        return ROOT.value(args, options)
    except ValueProblem as problem:
        message = problem.message.replace("matrix of a quadratic form", "covariance")
        raise ValueProblem(message, "a covariance is symmetric and positive semidefinite") from None


COVARIANCE_ROOT = replace(
    ROOT, doc="R with RᵀR = Σ for a covariance Σ.", value=_covariance_root, group="uncertain"
)
PRESENT = Operator(
    name="present",
    arity=(1, 1),
    doc="1 where an entry is not zero.",
    shape=shapes.same,
    value=lambda args, options: (args[0] != 0.0).astype(np.float64),
    nature="data",
    sign=nonneg_sign,
    latex=named("present"),
    group="uncertain",
)
IS_CODE = Operator(
    name="is_distribution",
    arity=(1, 1),
    options={"code": 0},
    doc="1 where the distribution is the one with this code.",
    shape=shapes.same,
    value=lambda args, options: (args[0] == float(options[0] or 0)).astype(np.float64),
    nature="data",
    sign=nonneg_sign,
    latex=named("is"),
    group="uncertain",
)
SAFETY_FACTOR = Operator(
    name="safety_factor",
    arity=(1, 1),
    doc="How many standard deviations above its mean a row must be covered.",
    shape=shapes.elementwise,
    value=_safety_value,
    nature="data",
    sign=unknown_sign,
    latex=named("k"),
    group="uncertain",
)
PICK = Operator(
    name="by_sign",
    arity=(3, 3),
    doc="The second argument where the first is at least 0, else the third.",
    shape=shapes.elementwise,
    value=_pick_value,
    nature="data",
    sign=unknown_sign,
    latex=named("by\\_sign"),
    group="uncertain",
)

STATISTICS: Final = (
    MEAN,
    STD,
    QUANTILE,
    FLOOR,
    CVAR,
    MEAN_OF_DRAWS,
    STD_OF_DRAWS,
    QUANTILE_OF_DRAWS,
    BALL_QUANTILE,
    CVAR_OF_DRAWS,
)
"""What makes certain what is uncertain below it."""
