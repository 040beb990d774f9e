"""Where a piecewise linear minimum bends: points found where tangents meet (Eisner & Severance 1976)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.solve.diagnosis.parametric import MOST_PIECES

NEAR = 1e-9
"""Beside the size of the objective: where a point lies on a line."""

Point = tuple[float, float, float]
"""A number of the datum, the minimum there, and a slope of it."""


def bending_points(start: Point, end: Point, seen: Callable[[float], Point | None]) -> list[Point]:
    """The points between which the minimum is linear: where the tangents of two points meet, it is looked at again."""
    out = [start]
    waiting = [(start, end)]
    while waiting and len(out) < MOST_PIECES:
        a, b = waiting.pop()
        middle = _meeting(a, b)
        found = None if middle is None else seen(middle)
        if found is None or middle is None:
            out.append(b)
            continue
        expected = a[1] + a[2] * (middle - a[0])
        if abs(found[1] - expected) <= NEAR * max(1.0, abs(expected)):
            out += [found, b]
        else:
            waiting += [(found, b), (a, found)]
    return out


def _meeting(a: Point, b: Point) -> float | None:
    """Where the tangents of two points meet strictly between them; None where they are one line."""
    bend = a[2] - b[2]
    if abs(a[1] + a[2] * (b[0] - a[0]) - b[1]) <= NEAR * max(1.0, abs(b[1])) or bend == 0.0:
        return None
    t = (b[1] - a[1] + a[2] * a[0] - b[2] * b[0]) / bend
    width = b[0] - a[0]
    return t if a[0] + NEAR * width < t < b[0] - NEAR * width else None


def bends(slope: Array) -> Index:
    """Which points to keep: the ends, and those where the slope changes."""
    if not len(slope):
        return np.zeros(1, dtype=np.intp)
    change = np.abs(np.diff(slope)) > 1e-7 * np.maximum(np.abs(slope[1:]), NEAR)
    return np.flatnonzero(np.concatenate([[True], change, [True]]))
