"""What stands over outcomes: how likely each is, and whether relations are missed in it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np

from saddlepoint.algebra.cells import broadcast
from saddlepoint.algebra.graph import Graph, Rows, new_columns
from saddlepoint.algebra.term_products import multiply
from saddlepoint.arrays import Array
from saddlepoint.expr.facts import ONE, Sign, nonneg_sign
from saddlepoint.expr.node import Arrays, Nature, Operator, OperatorOptions, Values, named
from saddlepoint.expr.operators.convex import ones_terms, subtract
from saddlepoint.expr.operators.datawise import ValueProblem
from saddlepoint.expr.operators.draws import refuse_level
from saddlepoint.expr.shapes import join

SUM_TOLERANCE: Final = 1e-3
"""How far the probabilities of all outcomes may be from 1 together: they come rounded to four digits; nothing is rescaled."""
MISSED: Final = 1e-6
"""By how much of its range a relation may be missed and still count as kept, where a plan is judged."""


def sums_to_one(args: Arrays, options: OperatorOptions) -> Array:
    """The numbers as they are, shape (S | 1, outcomes, 1, 1); ValueProblem where they are no probabilities."""
    given = args[0]
    if (given < 0.0).any():
        fix = "Give each outcome a number between 0 and 1."
        raise ValueProblem(f"the probability of an outcome is {given.min():g}, below 0", fix)
    whole = given.sum(axis=1)
    off = np.abs(whole - 1.0)
    if (off > SUM_TOLERANCE).any():
        amount = float(whole.reshape(-1)[int(off.argmax())])
        fix = "Give probabilities that add up to 1 (rounding to four digits is let pass), or drop `probability` for equal ones."
        raise ValueProblem(f"the probabilities of the outcomes add up to {amount:.9g}, not to 1", fix)
    return given


PROBABILITIES = Operator(
    name="probabilities",
    doc="Probabilities of outcomes: at least 0, 1 together.",
    value=sums_to_one,
    nature=Nature.DATA,
    sign=nonneg_sign,
    latex=named("P"),
    group="outcomes",
)


def _level(args: Arrays, options: OperatorOptions) -> Array:
    refuse_level(args[0])
    return args[0]


LEVEL = replace(PROBABILITIES, name="level", doc="A probability between 0 and 1.", value=_level)


def tree_probabilities(parents: tuple[int, ...]) -> Operator:
    """The record for the nodes of a tree: the roots together have 1, the children of a node what it has."""
    above = np.array(parents)

    def value(args: Arrays, options: OperatorOptions) -> Array:
        given = args[0]
        sums_to_one((given[:, above < 0],), options)
        has = np.flatnonzero(np.isin(np.arange(len(above)), above))
        for node in has.tolist():
            off = np.abs(given[:, above == node].sum(axis=1) - given[:, node])
            if (off > SUM_TOLERANCE).any():
                fix = "Give each node the probability of getting there: that of its children together."
                raise ValueProblem(
                    f"the children of node {node + 1} of the tree have not its probability", fix
                )
        if (given < 0.0).any():
            raise ValueProblem("the probability of a node is below 0", "Give numbers between 0 and 1.")
        return given

    return replace(PROBABILITIES, value=value)


def _unmet_graph(args: Values, options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
    """z ∈ {0, 1} with r ≤ M z for every residual r and the most M that it can be."""
    lead = np.broadcast_shapes(*(a.shape[:-2] for a in args))
    z, fresh = new_columns((*lead, 1, 1), fresh)
    rows = [Rows(z, ">="), Rows(subtract(z, ones_terms(z.shape)), "<=")]
    for residual, most in zip(args[::2], args[1::2], strict=True):
        shape = (*lead, *residual.shape[-2:])
        reach = multiply(broadcast(most, shape), broadcast(z, shape))
        rows.append(Rows(subtract(reach, broadcast(residual, shape)), ">="))
    return Graph(z, fresh, tuple(rows), (), whole=(z.col,))


def _unmet_value(args: Arrays, options: OperatorOptions) -> Array:
    missed: Any = 0.0
    for residual, most in zip(args[::2], args[1::2], strict=True):
        over = residual > MISSED * np.maximum(1.0, np.abs(most))
        missed = np.maximum(missed, over.any(axis=(-2, -1), keepdims=True).astype(np.float64))
    return np.asarray(missed, dtype=np.float64)


def _unmet_states(
    cp: Any, args: tuple[Any, ...], options: OperatorOptions
) -> tuple[Any, list[Any], list[Any]]:
    z = cp.Variable((1, 1))
    found = [z >= 0, z <= 1]
    for residual, most in zip(args[::2], args[1::2], strict=True):
        found.append(residual <= cp.multiply(most, cp.multiply(np.ones(residual.shape), z)))
    return z, found, [z]


def _rises(signs: tuple[Sign, ...]) -> tuple[int, ...]:
    return tuple(1 if k % 2 == 0 else 0 for k in range(len(signs)))


UNMET = Operator(
    name="unmet",
    arity=(2, None),
    doc="1 where some residual is above 0, by a yes/no column of its own; arguments: residual, its greatest value, …",
    shape=lambda facts, _: join(facts, ONE, ONE),
    value=_unmet_value,
    nature=Nature.CONVEX,
    sign=nonneg_sign,
    monotone=_rises,
    graph=_unmet_graph,
    states=_unmet_states,
    group="outcomes",
)
