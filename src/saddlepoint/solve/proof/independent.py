"""Which conditions of an active set are independent, so that a square system is left that can be solved."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Final

import numpy as np

from saddlepoint.arrays import Array, Mask

LARGEST: Final = 1_500
"""Conditions up to which the dense factorisation is affordable."""
NOTHING: Final = 1e-9
"""In balanced units: what is left of a condition that depends on others."""
ROUNDED: Final = 1e-13
"""The same of a row that depends on others, not only but for a hair."""
LATER: Final = 2.0**-8
"""Weight of what may be left out beside what should not."""


def independent(cells: Sequence[Sequence[tuple[int, Fraction]]], wanted: Sequence[bool]) -> list[int]:
    """The columns of a symmetric matrix that span it, those wanted before others: their rows and columns are a regular matrix."""
    return _spanning(_balanced(cells, len(cells)), np.asarray(wanted, bool), NOTHING)


def independent_apart(
    cells: Sequence[Sequence[tuple[int, Fraction]]], wanted: Sequence[bool], free: int
) -> list[int]:
    """The same of the conditions of an active set, `free` columns and then rows, where rows a hair apart are two.

    With rows that are independent, and no direction that neither they nor the curvature see, the conditions are regular, though what is left of
    one of them may be the square of a hair.
    """
    matrix, first = _balanced(cells, len(cells)), np.asarray(wanted, bool)
    rows = _spanning(matrix[:free, free:], first[free:], ROUNDED)
    seen = np.concatenate((matrix[:free, :free], matrix[free:, :free][rows]))
    return [*_spanning(seen, first[:free], ROUNDED), *(free + k for k in rows)]


def _spanning(matrix: Array, wanted: Mask, nothing: float) -> list[int]:
    """The columns that span a matrix but for `nothing`, those wanted before others."""
    if not matrix.size:
        return []
    from scipy.linalg import qr

    weight = np.where(wanted, 1.0, LATER)
    found: tuple[Any, ...] = qr(matrix * weight, mode="r", pivoting=True, check_finite=False)
    r, order = found[-2:]
    size = min(matrix.shape)
    left = np.abs(np.diag(r)) / weight[order[:size]]
    return sorted(int(k) for k, v in zip(order[:size].tolist(), left.tolist(), strict=True) if v > nothing)


def _balanced(cells: Sequence[Sequence[tuple[int, Fraction]]], size: int) -> Array:
    """The matrix in floats, rows and columns alike scaled until the largest entry of each is about one."""
    logs = np.full((size, size), -np.inf)
    signs = np.zeros((size, size))
    for j, column in enumerate(cells):
        for i, v in column:
            if v:
                logs[i, j] = _log2(abs(v))
                signs[i, j] = 1.0 if v > 0 else -1.0
    unit = np.zeros(size)
    for _ in range(6):
        top = (logs - unit[:, None] - unit[None, :]).max(axis=0, initial=-np.inf)
        unit += np.where(np.isfinite(top), top / 2, 0.0)
    return signs * np.exp2(np.clip(logs - unit[:, None] - unit[None, :], -1000, 1000))


def _log2(value: Fraction) -> float:
    top, bottom = value.numerator, value.denominator
    shift = top.bit_length() - bottom.bit_length()
    part = top / (bottom << shift) if shift >= 0 else (top << -shift) / bottom
    return float(np.log2(part)) + shift
