"""Whether a symmetric matrix of rationals is positive semidefinite, decided without rounding."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Final

from saddlepoint.solve.proof.rational import rational_type

MOST_STEPS: Final = 1_000_000
"""Multiplications before it is left open."""


def semidefinite(cells: Sequence[Sequence[tuple[int, Fraction]]]) -> bool | None:
    """Of a matrix by columns, both triangles; None where it would take too long.

    Elimination by diagonal pivots, the sparsest first: no pivot may be negative, and a pivot of zero needs a row of zeros.
    """
    number = rational_type()
    rows: dict[int, dict[int, Any]] = {
        j: {i: number(v) for i, v in column if v}
        for j, column in enumerate(cells)
        if any(v for _, v in column)
    }
    steps = 0
    while rows:
        k = min(rows, key=lambda j: len(rows[j]))
        row = rows.pop(k)
        pivot = row.pop(k, 0)
        if pivot < 0 or (pivot == 0 and row):
            return False
        steps += len(row) ** 2
        if steps > MOST_STEPS:
            return None
        for i, a in row.items():
            _take(rows[i], row, a / pivot, k)
    return True


def _take(target: dict[int, Any], row: dict[int, Any], times: Any, pivot: int) -> None:
    """The target less so many times the row, without the pivot's column."""
    target.pop(pivot, None)
    for j, b in row.items():
        left = target.get(j, 0) - times * b
        if left == 0:
            target.pop(j, None)
        else:
            target[j] = left
