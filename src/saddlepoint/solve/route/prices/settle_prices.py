"""Prices where they are not unique: the multiplier of least norm, and how far each may range."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from saddlepoint.algebra.products import times
from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Mask
from saddlepoint.solve.route.prices.dual_face import LARGEST, Face, dual_face
from saddlepoint.solve.solution import Solution

AT = 1e-9
"""A side is active where the value is as near to it, relative to the terms it is made of."""
MOST_SCENARIOS = 100
"""So many scenarios with more active sides than columns are examined."""
STEPS, LEAST_STEPS = 200_000, 2_000
"""Steps of the simplex method that the ends of prices of all scenarios together, and of each, may take beside as many as the solve took, or
rows and columns. Only prices that are bound together otherwise than in pairs need any."""
FEW = 20
"""Up to so many scenarios of a small problem are examined whatever the number of active sides."""


def settle_prices(batch: Batch, solution: Solution, asked: Mask) -> tuple[Solution, Mapping[int, Face]]:
    """The answers with multipliers of least norm where active rows depend on each other, and the faces of optimal
    multipliers of the scenarios in which there are several: scenario → Face. asked: (n,) the bounds whose ends are wanted.

    Integers have no such face; with cones only the least norm is sought, for their multipliers belong to the face too.
    """
    s = batch.structure
    if s.is_integer or s.m == 0:
        return solution, {}
    answered = np.flatnonzero(solution.answered)
    if not len(answered):
        return solution, {}
    part, x = batch.take(answered), solution.x[answered]
    rows, bounds = _active_rows(part, x), _active_bounds(part, x)
    many = (rows != 0.0).sum(axis=1) + (bounds != 0.0).sum(axis=1) > s.n
    small = len(answered) <= FEW and max(s.m, s.n) <= LARGEST
    chosen = np.arange(len(answered)) if small else np.flatnonzero(many)[:MOST_SCENARIOS]
    y, faces = solution.y, dict[int, Face]()
    most = max(LEAST_STEPS, STEPS // max(1, len(chosen)))
    for k in chosen.tolist():
        scenario = int(answered[k])
        one = part.take(np.array([k]))
        steps = most + max(int(solution.iterations[scenario]), s.m + s.n)
        prices = solution.y[scenario], solution.z[scenario]
        basic = solution.basic[scenario]
        face = dual_face(one, *prices, rows[k], bounds[k], asked, steps, basic if basic.any() else None)
        if face is None:
            continue
        if (face.least != solution.y[scenario]).any():
            y = y.copy() if y is solution.y else y
            y[scenario] = face.least
        if not s.is_conic:
            faces[scenario] = face
    return (solution if y is solution.y else replace(solution, y=y)), faces


def _active_rows(batch: Batch, x: Array) -> Array:
    """−1 lower, +1 upper, 2 both, 0 none: (S, m)."""
    s = batch.structure
    value = times(s.A, batch.A, x)
    size = times(s.A, np.abs(batch.A), np.abs(x))
    return _sides(value, batch.l, batch.u, AT * size)


def _active_bounds(batch: Batch, x: Array) -> Array:
    size = np.abs(x)
    room = AT * np.maximum(size, 1e-3 * size.max(axis=1, keepdims=True, initial=0.0))
    return _sides(x, batch.lb, batch.ub, room)


def _sides(value: Array, low: Array, high: Array, room: Array) -> Array:
    lower, upper = value - low <= room, high - value <= room
    return np.where(lower & upper, 2.0, np.where(lower, -1.0, np.where(upper, 1.0, 0.0)))
