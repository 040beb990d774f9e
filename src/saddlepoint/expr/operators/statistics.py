"""Statistics of distributions, cell by cell.

The first argument is the uncertain variable itself, whose own numbers are the codes of its distributions (places in
uncertain.BUFFERS); hidden arguments are the columns of its table.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from saddlepoint.arrays import Array
from saddlepoint.errors import DataError
from saddlepoint.expr import shapes
from saddlepoint.expr.facts import Sign, nonneg_sign, unknown_sign
from saddlepoint.expr.node import Arrays, Nature, Operator, OperatorOptions
from saddlepoint.expr.operators.datawise import ValueProblem

COLUMNS: Final[tuple[str, ...]] = (
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
"""Number columns of an uncertain table, in the order of the statistics' hidden arguments: what buffers read that need no draws."""


def code_of(name: str) -> int:
    """The code of a distribution: its place in uncertain.BUFFERS; PlanningError U001 for an unknown name."""
    from saddlepoint.uncertain import BUFFERS, find

    return BUFFERS.index(find(name))


def columns_of(codes: Array, parameters: Sequence[Array]) -> dict[str, NDArray[Any]]:
    """The rows of an uncertain table, for the functions of `uncertain`; codes, parameters: of one shape, one per COLUMNS."""
    return _columns(codes, tuple(parameters), codes.shape)


def _columns(codes: Array, parameters: Arrays, shape: tuple[int, ...]) -> dict[str, NDArray[Any]]:
    from saddlepoint.uncertain import BUFFERS

    texts = np.array([b.name for b in BUFFERS])
    flat = {name: np.broadcast_to(a, shape).reshape(-1) for name, a in zip(COLUMNS, parameters, strict=True)}
    return {"distribution": texts[np.broadcast_to(codes, shape).reshape(-1).astype(np.int64)], **flat}


Statistic = Callable[[dict[str, NDArray[Any]], Array], Array]


def _rule(name: str) -> Statistic:
    from saddlepoint import uncertain

    rules: dict[str, Statistic] = {
        "mean": lambda columns, p: uncertain.mean_rows(columns),
        "std": lambda columns, p: uncertain.std_rows(columns),
        "quantile": uncertain.quantile_rows,
        "floor": uncertain.floor_rows,
        "cvar": uncertain.cvar_rows,
    }
    return rules[name]


def _by_rows(name: str, leveled: bool) -> Callable[[Arrays, OperatorOptions], Array]:
    """The value of a statistic: codes[, level], columns → numbers, cell by cell."""

    def value(args: Arrays, options: OperatorOptions) -> Array:
        shape = np.broadcast_shapes(*(a.shape for a in args))
        level = np.broadcast_to(args[1], shape).reshape(-1) if leveled else np.zeros(1)
        columns = _columns(args[0], args[2 if leveled else 1 :], shape)
        try:
            return _rule(name)(columns, level).reshape(shape)
        except DataError as error:
            first = error.diagnostics[0]
            raise ValueProblem(first.message, first.fix) from None

    return value


def _statistic(name: str, leveled: bool, doc: str, sign: Callable[..., Sign]) -> Operator:
    count = 2 if leveled else 1
    return Operator(
        name=name,
        arity=(count, count),
        doc=doc,
        shape=shapes.elementwise,
        degree=1,
        value=_by_rows(name, leveled),
        nature=Nature.DATA,
        sign=sign,
        group="uncertain",
        example=f"{name}(D, p)" if leveled else f"{name}(D)",
    )


MEAN = _statistic("mean", False, "The mean of an uncertain variable.", unknown_sign)


STD = _statistic("std", False, "The standard deviation of an uncertain variable.", nonneg_sign)


QUANTILE = _statistic(
    "quantile",
    True,
    "The least level that an uncertain variable stays at or below with probability p.",
    unknown_sign,
)


FLOOR = _statistic(
    "floor",
    True,
    "The greatest level that an uncertain variable stays at or above with probability p.",
    unknown_sign,
)


CVAR = _statistic(
    "cvar",
    True,
    "The (worst-case) mean of the worst 1 − p of an uncertain variable.",
    unknown_sign,
)
