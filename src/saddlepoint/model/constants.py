"""Constants by name: numbers that follow from the shape of a variable."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from saddlepoint.algebra.terms import Terms
from saddlepoint.arrays import Array
from saddlepoint.expr.facts import ONE, Facts, Side

ConstantValue = tuple[Array | Terms, Facts]
Maker = Callable[[Facts], ConstantValue | None]


def _vector_side(facts: Facts) -> Side | None:
    if not facts.is_vector:
        return None
    return facts.rows if facts.cols.length == 1 and facts.cols.axes == () else facts.cols


def _square(facts: Facts) -> Side | None:
    if facts.is_vector:
        return facts.cols if facts.rows.length == 1 and not facts.rows.axes else facts.rows
    return facts.rows if facts.rows.length == facts.cols.length else None


def _ones(facts: Facts) -> ConstantValue | None:
    return (np.ones(facts.shape[-2:]), facts) if facts.is_vector else None


def _identity(facts: Facts) -> ConstantValue | None:
    side = _square(facts)
    if side is None:
        return None
    n = side.length
    diagonal = np.arange(n, dtype=np.int64)
    ones = Terms((n, n), diagonal * (n + 1), np.full(n, -1, np.int64), np.ones(n))
    return ones, facts.sized(side, side)


def _length(facts: Facts) -> ConstantValue | None:
    side = _vector_side(facts)
    return (
        None if side is None else (np.full((1, 1), float(side.length)), facts.sized(Side(1, side.axes), ONE))
    )


def _count(start: int) -> Maker:
    def made(facts: Facts) -> ConstantValue:
        shape = facts.shape[-2:]
        size = shape[0] * shape[1]
        return np.arange(start, start + size, dtype=float).reshape(shape, order="F"), facts

    return made


def _lower(facts: Facts) -> ConstantValue | None:
    side = _square(facts)
    return None if side is None else (np.tril(np.ones((side.length,) * 2)), facts.sized(side, side))


CONSTANTS: Mapping[str, tuple[Maker, str]] = MappingProxyType(
    {
        "sum_vector": (_ones, "ones, over one set"),
        "identity": (_identity, "the identity matrix over one set (or the same set on both axes)"),
        "set_length": (_length, "the number of items of one set, as a 1 × 1 matrix"),
        "arange_0": (_count(0), "0, 1, 2, … counted down the columns"),
        "arange_1": (_count(1), "1, 2, 3, … counted down the columns"),
        "lower_triangular": (_lower, "ones on and below the diagonal, over one set"),
    }
)
"""Name → (facts of the declared variable → numbers (rows, cols) and facts, or None where the shape does not fit; what it is)."""
