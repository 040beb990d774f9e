"""The same integer plans with tighter rows: coefficients as small as bounds allow, and units near one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from saddlepoint.arrays import Array, Mask
from saddlepoint.solve.proof.integer_bound import IntegerProgram, common_unit, linear_rows

ROOM = 1e-9
"""Part of the terms of a row that is left to rounding."""
SUMMED = 2.0**-49
"""Part of the terms of a row by which its new side is let out: what computing it may be off by, which a small coefficient
would make large."""
MOST_ENTRIES = 20_000
"""Entries of a problem beyond which common multiples of its rows are not looked for."""
DUST, SEEN, HIGHEST = 1e-6, 1e-3, 1e12
"""Costs below the first part of the largest are brought up to the second, while the largest stays below the third."""
WORTH = 1e-6
"""A coefficient is replaced where it falls by more than this part."""


def with_tight_coefficients(problem: IntegerProgram, lb: Array, ub: Array) -> IntegerProgram:
    """The problem with coefficients of whole numbers no larger than a one-sided row needs within lb ≤ x ≤ ub.

    Where a whole number one step from its limiting bound leaves the row slack by d, its coefficient shrinks by d and
    the side follows (Savelsbergh 1994): no whole plan is lost, many that are not whole are.
    """
    row, column = problem.row, problem.column
    one_sided = np.isfinite(problem.l) != np.isfinite(problem.u)
    sign = np.where(np.isfinite(problem.u), 1.0, -1.0)
    side = np.where(one_sided, np.where(sign > 0, problem.u, -problem.l), np.inf)
    a = problem.value * sign[row]
    with np.errstate(invalid="ignore", over="ignore"):
        most = a * np.where(a > 0, ub[column], lb[column])
        size = np.bincount(row, np.abs(most), len(side)) + np.abs(side)
        over = np.bincount(row, most, len(side)) - side + ROOM * size
        shrink = np.abs(a) - over[row]
    good = problem.integer[column] & (lb < ub)[column] & np.isfinite(over)[row] & (over[row] > 0)
    good &= shrink > WORTH * np.abs(a)
    if not good.any():
        return problem
    shrink = np.where(good, shrink, 0.0)
    at = np.where(good, np.where(a > 0, ub[column], lb[column]), 0.0)
    a = a - np.sign(a) * shrink
    moved = np.bincount(row, np.sign(problem.value * sign[row]) * shrink * at, len(side))
    side = side - moved + np.where(moved != 0, SUMMED * size, 0.0)
    l = np.where(one_sided & (sign < 0), -side, problem.l)
    u = np.where(one_sided & (sign > 0), side, problem.u)
    return linear_rows(row, column, a * sign[row], problem, l, u)


def with_whole_sides(problem: IntegerProgram) -> IntegerProgram:
    """The problem with the sides of rows of whole numbers alone at multiples of what their coefficients are multiples of.

    2x + 4y = −3 has sides that cross then: −2 and −4. Sides this near to a multiple (`ROOM`) are that multiple.
    """
    if len(problem.value) > MOST_ENTRIES:
        return problem
    l, u, row = problem.l.copy(), problem.u.copy(), problem.row
    size = np.abs(problem.value)
    mixed = np.bincount(row, ~problem.integer[problem.column] & (size > 0), len(l)) > 0
    least = np.full(len(l), np.inf)
    np.minimum.at(least, row[size > 0], size[size > 0])
    order = np.argsort(row, kind="stable")
    start = np.searchsorted(row[order], np.arange(len(l) + 1))
    for i in np.flatnonzero(~mixed & (_between(l, least) | _between(u, least))).tolist():
        values = size[order[start[i] : start[i + 1]]]
        unit = common_unit(values[values > 0])
        if unit > 0:
            l[i], u[i] = unit * _whole_up(l[i] / unit), -unit * _whole_up(-u[i] / unit)
    return replace(problem, l=l, u=u)


def _between(side: Array, unit: Array) -> Mask:
    """Which finite sides are no multiples of the smallest entries of their rows."""
    with np.errstate(invalid="ignore"):
        part = side / unit
        return np.isfinite(part) & (part != np.round(part))


def _whole_up(value: float) -> float:
    return float(np.ceil(value - ROOM * max(1.0, abs(value)))) if np.isfinite(value) else value


def near_one(
    problem: IntegerProgram, lb: Array, ub: Array
) -> tuple[IntegerProgram, Array, Array, Array, float]:
    """The problem with real columns in the unit of their bounds, rows and costs brought near one by powers of two.

    Returns it, lb and ub in its units, the units of the columns (x = unit · x′) and that of the costs (cost′ = unit · cost).
    """
    reach = np.maximum(np.abs(lb), np.abs(ub))
    real = ~problem.integer & np.isfinite(reach) & (reach > 0)
    unit = np.where(real, _power_of_two(np.where(real, reach, 1.0)), 1.0)
    value = problem.value * unit[problem.column]
    largest = np.zeros(len(problem.l))
    np.maximum.at(largest, problem.row, np.abs(value))
    rows = _power_of_two(np.where(largest > 0, 1.0 / np.where(largest > 0, largest, 1.0), 1.0))
    q = problem.q * unit
    worth = unit_of_costs(q)
    changed = replace(problem, q=q * worth, lb=problem.lb / unit, ub=problem.ub / unit)
    made = linear_rows(
        problem.row, problem.column, value * rows[problem.row], changed, problem.l * rows, problem.u * rows
    )
    return made, lb / unit, ub / unit, unit, worth


def unit_of_costs(q: Array) -> float:
    """The power of two by which costs (n,) are multiplied: the largest comes near one, or as far above it as the least needs to be
    no dust to a solver whose tolerances are absolute."""
    size = np.abs(q[q != 0])
    if not len(size):
        return 1.0
    most, least = float(size.max()), float(size.min())
    worth = 1.0 / most if least > DUST * most else min(SEEN / least, HIGHEST / most)
    return float(_power_of_two(np.array(worth)))


def _power_of_two(size: Array) -> Array:
    return np.exp2(np.round(np.log2(size)))
