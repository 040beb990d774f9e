"""The operators of the language: one record each, found by name or symbol."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from saddlepoint.expr.node import Operator
from saddlepoint.expr.operators.convex import CONVEX, SQRT, SQUARE, SUMSQ
from saddlepoint.expr.operators.datawise import DATAWISE, POW
from saddlepoint.expr.operators.exponential import EXPONENTIAL
from saddlepoint.expr.operators.linear import ADD, LINEAR, NEGATIVE
from saddlepoint.expr.operators.products import PRODUCTS, QUOTIENT, RECIPROCAL

RECORDS: tuple[Operator, ...] = (*LINEAR, *PRODUCTS, *DATAWISE, *CONVEX, *EXPONENTIAL)

OPERATORS: Mapping[str, Operator] = MappingProxyType(
    {record.name: record for record in RECORDS} | {"sum_squares": SUMSQ}
)
"""Name → record; sum_squares is CVXPY's name of sumsq."""

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
