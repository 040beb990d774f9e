"""Small square systems of whole numbers solved without floats: for bases that these take for singular."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, Final

from saddlepoint.solve.proof.effort import spend

MOST: Final = 40
"""Unknowns up to which a system is solved so."""


def eliminated(cells: Iterable[tuple[int, int, Any]], right: Sequence[Any]) -> tuple[list[Any], Any]:
    """The solution of a square system as whole numbers over one that is above 0.

    cells: (unknown, equation, whole number); right: whole numbers, one for each equation. Fraction-free elimination of all rows by all pivots
    (Bareiss 1968): every division is exact. ArithmeticError where the system is singular, TooLong where the effort ends.
    """
    size = len(right)
    rows: list[list[Any]] = [[value * 0] * size + [value] for value in right]
    for unknown, equation, value in cells:
        rows[equation][unknown] += value
    before: Any = 1
    for k in range(size):
        there = [i for i in range(k, size) if rows[i][k]]
        if not there:
            raise ArithmeticError("the basis is singular")
        rows[k], rows[there[0]] = rows[there[0]], rows[k]
        pivot, first = rows[k][k], rows[k]
        spend(size * size * (1 + int(abs(pivot).bit_length()) // 64))
        for i, row in enumerate(rows):
            if i != k:
                part = row[k]
                rows[i] = [(pivot * v - part * w) // before for v, w in zip(row, first, strict=True)]
        before = pivot
    whole = type(right[0]) if size else int
    values = [int(row[-1]) for row in rows]
    common = math.gcd(int(before), *values)
    common = -common if before < 0 else common
    return [whole(v // common) for v in values], whole(int(before) // common)
