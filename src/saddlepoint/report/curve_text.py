"""An optimum over one datum or several, in words and rows."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.labels.column_units import name_and_unit
from saddlepoint.printing.grid import rounding_floor
from saddlepoint.study.diagnosis.vary import Curve

MOST_SHOWN: Final = 8
"""Cells of plans and prices beside the objective."""


def _moving(curve: Curve) -> list[tuple[str, Array]]:
    """The traced cells that change along the curve, (pieces, 2) numbers each, 0 where they are rounding beside their table; of many
    those that change most, beside their size."""
    found: list[tuple[float, str, Array]] = []
    for course in curve.courses.values():
        size = float(np.abs(course.numbers).max(initial=0.0)) or 1.0
        for k, cell in enumerate(course.cells.tolist()):
            name = course.domain.called(course.name, cell)
            part = _without_rounding(course.numbers[:, :, k], size)
            found.append((float(course.spread[k]) / size, name, part))
    moving = [each for each in found if each[0] > 1e-9]
    least = sorted((spread for spread, _, _ in moving), reverse=True)[:MOST_SHOWN][-1:]
    return [(name, part) for spread, name, part in moving if spread >= least[0]][:MOST_SHOWN]


def _without_rounding(numbers: Array, largest: float) -> Array:
    """The numbers, 0 where they are rounding beside one of this size."""
    return np.where(np.abs(numbers) < rounding_floor(largest), 0.0, numbers)


def cells_left_out(curve: Curve) -> int:
    """How many of the traced cells the table does not show: they stay as they are, or change less."""
    return sum(len(course.cells) for course in curve.courses.values()) - len(_moving(curve))


def moved_along(curve: Curve) -> str:
    """What runs along the curve."""
    if curve.mode == "number":
        return f"{curve.datum} is {curve.now:g} {curve.unit}".rstrip()
    if curve.mode == "factor":
        return f"{curve.datum} times a factor"
    return name_and_unit(f"added to {curve.datum}", curve.unit)


def curve_table(curve: Curve) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """Header and rows: the points, the slope of the objective after each (and before the next, where it bends), then plans and prices
    just after each point, of the last just before it."""
    size, span = float(np.abs(curve.objective).max(initial=0.0)), float(np.ptp(curve.at)) or 1.0
    slope, slope_end = (_without_rounding(s, size / span) for s in (curve.slope, curve.slope_end))
    after = [*map(float, slope), None]
    columns: dict[str, list[Any]] = {
        curve.datum if curve.mode == "number" else curve.mode: list(map(float, curve.at)),
        "objective": list(map(float, curve.objective)),
        "slope after": after,
    }
    if not curve.is_straight:
        columns["slope before"] = [None, *map(float, slope_end)]
    for name, part in _moving(curve):
        columns[name] = [*map(float, part[:, 0]), float(part[-1, 1])]
    rows = list(zip(*columns.values(), strict=True))
    return tuple(columns), rows
