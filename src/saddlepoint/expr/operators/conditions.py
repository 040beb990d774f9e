"""What may be asked of data: 1 where it holds, 0 where it does not. They stand in conditions only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saddlepoint.arrays import Array
from saddlepoint.expr import shapes
from saddlepoint.expr.facts import nonneg_sign
from saddlepoint.expr.node import Arrays, Nature, Operator, OperatorOptions


def _asked(name: str, symbol: str, latex: str, holds: Callable[[Array, Array], NDArray[Any]]) -> Operator:
    def value(args: Arrays, options: OperatorOptions) -> Array:
        return holds(args[0], args[1]).astype(np.float64)

    return Operator(
        name=name,
        arity=(2, 2),
        doc=f"1 where a {symbol} b, else 0.",
        shape=shapes.elementwise,
        value=value,
        nature=Nature.DATA,
        sign=nonneg_sign,
        latex=lambda args, options: f"{args[0]} {latex} {args[1]}",
        group="conditions",
        example=f"a {symbol} b",
        joins=symbol,
    )


EQUAL = _asked("equal", "==", "=", lambda a, b: a == b)
UNEQUAL = _asked("unequal", "!=", "\\ne", lambda a, b: a != b)
LESS = _asked("less", "<", "<", lambda a, b: a < b)
AT_MOST = _asked("at_most", "<=", "\\le", lambda a, b: a <= b)
MORE = _asked("more", ">", ">", lambda a, b: a > b)
AT_LEAST = _asked("at_least", ">=", "\\ge", lambda a, b: a >= b)
BOTH = _asked("both", "and", "\\wedge", lambda a, b: (a != 0) & (b != 0))
EITHER = _asked("either", "or", "\\vee", lambda a, b: (a != 0) | (b != 0))
NOT = Operator(
    name="negation",
    doc="1 where a is 0, else 0.",
    value=lambda args, options: (args[0] == 0).astype(np.float64),
    nature=Nature.DATA,
    sign=nonneg_sign,
    latex=lambda args, options: f"\\neg {args[0]}",
    group="conditions",
    example="not a",
)
COMPARISONS = {"Eq": EQUAL, "NotEq": UNEQUAL, "Lt": LESS, "LtE": AT_MOST, "Gt": MORE, "GtE": AT_LEAST}
