"""Numbers of data-only nodes, for all scenarios at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from saddlepoint.algebra.terms import Terms
from saddlepoint.arrays import Array
from saddlepoint.errors import ExpressionError
from saddlepoint.expr.facts import Facts, Sign
from saddlepoint.expr.node import Node, Variable
from saddlepoint.expr.operators.datawise import ValueProblem

Fetch = Callable[[Variable], Array]


def value(node: Node, fetch: Fetch) -> Array:
    """The numbers of a data-only node, shape (S | 1, *node.facts.shape).

    fetch: the numbers of a data variable, shape (S | 1, *facts.shape). Raises ExpressionError where an operator has
    no value (division by zero, singular matrix, …).
    """
    if node.number is not None:
        return np.full((1, 1, 1), node.number)
    if node.variable is not None:
        variable = node.variable
        if variable.sparse is not None:
            return dense_array(variable.sparse)[None]
        return variable.values[None] if variable.values is not None else fetch(variable)
    frame = node.frame
    args = tuple(aligned(value(a, fetch), a.facts, frame) for a in node.args)
    return finite(node, _apply(node, args), any(np.isinf(a).any() for a in args))


def evaluate(node: Node, fetch: Fetch) -> Array:
    """As `value`, with NaN or an infinity where there is no number: for figures that are told, not solved with."""
    if node.number is not None or node.variable is not None:
        return value(node, fetch)
    args = tuple(aligned(evaluate(a, fetch), a.facts, node.frame) for a in node.args)
    try:
        with np.errstate(all="ignore"):
            return node.the_operator.value(args, node.options)
    except ValueProblem:
        size = max((len(a) for a in args), default=1)
        return np.full((size, *node.facts.shape), np.nan)


def dense_array(terms: Terms) -> Array:
    """Terms without columns and data as an array of numbers."""
    flat = np.bincount(terms.row, weights=terms.coef, minlength=terms.size)
    return flat.astype(np.float64).reshape(terms.shape)


def _apply(node: Node, args: tuple[Array, ...]) -> Array:
    try:
        with np.errstate(all="ignore"):
            return node.the_operator.value(args, node.options)
    except ValueProblem as problem:
        raise ExpressionError.of(problem.code, problem.message, node.mark, fix=problem.fix) from None
    except (ArithmeticError, ValueError) as error:
        message = f"{node.the_operator.name} has no value for these data"
        fix = "Check the tables it reads for zeros, blanks and very large numbers."
        raise ExpressionError.of("E301", message, node.mark, why=f"numpy says: {error}", fix=fix) from error


def aligned(array: Array, facts: Facts, target: Facts) -> Array:
    """The array with an axis of length 1 for every repeat of the target it lacks."""
    if len(facts.repeats) == len(target.repeats):
        return array
    if len(array.shape) != len(facts.repeats) + 3:
        array = array.reshape((array.shape[0], *(1,) * len(facts.repeats), *array.shape[-2:]))
    have = {r.rank: array.shape[k] for k, r in enumerate(facts.repeats, start=1)}
    lead = tuple(have.get(r.rank, 1) for r in target.repeats)
    return array.reshape((array.shape[0], *lead, *array.shape[-2:]))


def finite(node: Node, array: Array, endless: bool = False) -> Array:
    """The array itself; ExpressionError E302 if it holds NaN, or an infinity that no argument had (endless)."""
    if not np.isnan(array).any() if endless else np.isfinite(array).all():
        return array
    why = "two cells without a limit meet here, or one is multiplied by 0" if endless else ""
    raise ExpressionError.of(
        "E302",
        "this part of the data is not a finite number (division by zero, overflow, or a missing value)",
        node.mark,
        why=why,
        fix="Check the tables it reads for zeros and blanks.",
    )


def sign_of(array: Array) -> Sign:
    """The sign of all entries together."""
    if not array.size:
        return Sign.ZERO
    return sign_between(float(array.min()), float(array.max()))


def sign_between(least: float, most: float) -> Sign:
    """The sign of all numbers between these."""
    if least == 0.0 == most:
        return Sign.ZERO
    if least >= 0.0:
        return Sign.NONNEG
    return Sign.NONPOS if most <= 0.0 else Sign.UNKNOWN
