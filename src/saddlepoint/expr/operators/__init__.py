"""The operators of the language: one record each, found by name or symbol."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from saddlepoint.expr.node import Operator
from saddlepoint.expr.operators.convex import CONVEX, SQRT, SQUARE, SUMSQ
from saddlepoint.expr.operators.datawise import DATAWISE, POW
from saddlepoint.expr.operators.exponential import EXPONENTIAL
from saddlepoint.expr.operators.extremes import EXTREMES
from saddlepoint.expr.operators.layout import LAYOUT
from saddlepoint.expr.operators.linear import ADD, LINEAR, NEGATIVE, TRANSPOSE
from saddlepoint.expr.operators.powers import POWERS
from saddlepoint.expr.operators.products import MULTIPLY, PRODUCTS, QUOTIENT, RECIPROCAL
from saddlepoint.expr.operators.ranked import RANKED

RECORDS: tuple[Operator, ...] = (
    *LINEAR,
    *PRODUCTS,
    *LAYOUT,
    *DATAWISE,
    *CONVEX,
    *EXTREMES,
    *POWERS,
    *RANKED,
    *EXPONENTIAL,
)

OPERATORS: Mapping[str, Operator] = MappingProxyType(
    {record.name: record for record in RECORDS}
    | {"sum_squares": SUMSQ, "multiply": MULTIPLY, "transpose": TRANSPOSE}
)
"""Name → record, with CVXPY's names of sumsq, mult and tran."""

SYMBOLS: Mapping[str, Operator] = MappingProxyType(
    {record.symbol: record for record in RECORDS if record.symbol is not None and record is not NEGATIVE}
)
"""Infix symbol → record."""

__all__ = [
    "ADD",
    "NEGATIVE",
    "OPERATORS",
    "POW",
    "QUOTIENT",
    "RECIPROCAL",
    "RECORDS",
    "SQRT",
    "SQUARE",
    "SYMBOLS",
]
