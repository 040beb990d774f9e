"""The level of each entry of an uncertain variable with which all of them hold together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.expr import shapes
from saddlepoint.expr.facts import nonneg_sign
from saddlepoint.expr.node import Arrays, Nature, Operator, OperatorOptions, named
from saddlepoint.expr.operators.datawise import ValueProblem
from saddlepoint.expr.operators.draws import refuse_level
from saddlepoint.expr.operators.statistics import columns_of

DRAWS: Final = 100_000
_SEED: Final = 20_26


def _levels_value(args: Arrays, options: OperatorOptions) -> Array:
    """args: codes, p, cost, covariance or values seen together, times by entries (or 0), columns; options: the way, +1 for upper,
    −1 for lower levels, seen."""
    way, towards, seen = str(options[0]), int(options[1] or 1), bool(options[2])
    shape = np.broadcast_shapes(args[0].shape, args[1].shape, args[2].shape, *(a.shape for a in args[4:]))
    refuse_level(args[1])
    if (args[2] < 0.0).any():
        raise ValueProblem(
            "a cost of covering is negative", "Give what a unit of each level costs, at least 0."
        )
    codes, p, cost = (np.broadcast_to(a, shape).reshape(shape[0], -1) for a in args[:3])
    given = [np.broadcast_to(a, shape).reshape(shape[0], -1) for a in args[4:]]
    out = np.empty((shape[0], codes.shape[1]))
    for s in range(shape[0]):
        rows = columns_of(codes[s], [g[s] for g in given])
        tied = args[3][min(s, len(args[3]) - 1)].reshape(args[3].shape[-2:])
        out[s] = 1.0 - _failures(way, towards, rows, float(p[s, 0]), cost[s], tied, seen)
    return out.reshape(shape)


def _failures(
    way: str, towards: int, rows: dict[str, Array], p: float, cost: Array, tied: Array, seen: bool
) -> Array:
    count, tail = len(cost), 1.0 - p
    if way == "equal":
        return np.full(count, tail / count)
    from saddlepoint.uncertain import floor_rows, quantile_rows
    from saddlepoint.uncertain.shared_failure import cheapest_split, scale_of_ranks
    from saddlepoint.uncertain.together import find_together

    def levels(failures: Array) -> Array:
        many = {name: np.tile(column, len(failures)) for name, column in rows.items()}
        rule: Callable[..., Array] = quantile_rows if towards > 0 else floor_rows
        return towards * rule(many, 1.0 - failures.reshape(-1)).reshape(failures.shape)

    split = cheapest_split(levels, cost, tail, multiplied=way != "cheapest")
    record = find_together(way)
    if record is None or not record.copula:
        return split
    ranks = _ranks_seen(way, tied) if seen else _ranks(tied, count)
    return split * scale_of_ranks(ranks, split, tail)


def _ranks(covariance: Array, count: int) -> Array:
    """Ranks (DRAWS, count) of a Gaussian copula with the correlation of a covariance."""
    from saddlepoint.uncertain.copulas import ranks_of_normal

    if covariance.shape != (count, count):
        raise ValueProblem(
            f"the covariance is {covariance.shape[0]} by {covariance.shape[1]}, and {count} rows hold together",
            "Give a covariance of all of them.",
        )
    std = np.sqrt(np.diag(covariance))
    return ranks_of_normal(covariance / np.outer(std, std), DRAWS, _SEED)


def _ranks_seen(way: str, seen: Array) -> Array:
    """Ranks (DRAWS, count) of a copula fitted to values seen together, times by entries."""
    from saddlepoint.uncertain.copulas import LEAST_SEEN, ranks_seen

    if len(seen) < LEAST_SEEN:
        raise ValueProblem(
            f"the values seen together are those of {len(seen)} times",
            f"Give a table of {LEAST_SEEN} times or more.",
        )
    return ranks_seen(way, seen, DRAWS, _SEED)


JOINT_LEVELS: Final = Operator(
    name="joint_levels",
    arity=(4, 4),
    options={"way": "equal", "towards": 1, "seen": 0},
    doc="The probability with which each entry must hold so that all hold together.",
    shape=lambda facts, options: shapes.elementwise((facts[0], facts[1], facts[2], *facts[4:])),
    value=_levels_value,
    nature=Nature.DATA,
    sign=nonneg_sign,
    latex=named("p"),
    group="uncertain",
)
