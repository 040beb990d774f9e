"""Plans and prices moved by the least step that brings them onto the rows and the costs that they stand at, which a walk of many updates has left by its rounding.

A dense linear system each, of small problems far cheaper than another solver. Rows that depend on each other but for a hair are one
here, and what is missed of them stays: such answers are not mended, but told apart.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from saddlepoint.algebra.products import dense, symmetric_times
from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array
from saddlepoint.solve.proof.least_move import COARSE, least_move
from saddlepoint.solve.solution import Solution

LARGEST = 1_000
"""Rows and columns together up to which the dense system is affordable."""
ROUNDED_OFF = 2.0**-50
"""Part of its terms by which a row or a cost may be off without a move."""
BESIDE = 1e-9
"""Part of its terms by which a plan may be off a side and stand at it."""

BothSides = tuple[Array, Array]
"""Lower and upper sides."""


def nudged(batch: Batch, answers: Solution) -> tuple[Solution, None]:
    """The answers with plans moved so, all columns between their bounds in parts of themselves, and prices so that they leave nothing of the costs of such columns, nor of those whose
    bound they point to is none; those of problems beyond LARGEST as they are. How far optimal plans may be is not known."""
    s = batch.structure
    if s.m + s.n > LARGEST:
        return answers, None
    x, y, z = answers.x.copy(), answers.y.copy(), answers.z.copy()
    matrices = [dense(s.A, batch.row("A", k)) for k in range(batch.size)]
    bounds = [(batch.row("lb", k), batch.row("ub", k)) for k in range(batch.size)]
    for k, matrix in enumerate(matrices):
        x[k] = _onto_rows(matrix, (batch.row("l", k), batch.row("u", k)), bounds[k], x[k], y[k])
    costs = batch.q + symmetric_times(s.P, batch.P, x)
    for k, matrix in enumerate(matrices):
        y[k], z[k] = _onto_costs(matrix, costs[k], bounds[k], x[k], y[k], z[k])
    return replace(answers, x=x, y=y, z=z), None


def _onto_rows(A: Array, sides: BothSides, bounds: BothSides, x: Array, y: Array) -> Array:
    """The plan (n,)."""
    value, size = A @ x, np.abs(A) @ np.abs(x)
    off = value - sides[0], value - sides[1]
    below = np.abs(off[0]) <= np.abs(off[1])
    side, miss = np.where(below, sides[0], sides[1]), np.abs(np.where(below, off[0], off[1]))
    held = np.isfinite(side) & ((miss <= BESIDE * size) | (y != 0.0))
    if not (held & (miss > ROUNDED_OFF * size)).any():
        return x
    free = (x != bounds[0]) & (x != bounds[1])
    rows = A[held]
    out = x.copy()
    target = side[held] - rows[:, ~free] @ x[~free]
    out[free] = least_move(rows[:, free], x[free], target, apart=COARSE)
    return out


def _onto_costs(
    A: Array, costs: Array, bounds: BothSides, x: Array, y: Array, z: Array
) -> tuple[Array, Array]:
    """Prices (m,) and reduced costs (n,)."""
    left, size = costs - y @ A, np.abs(costs) + np.abs(y) @ np.abs(A)
    inside = (x != bounds[0]) & (x != bounds[1])
    met = inside | np.isinf(np.where(left > 0, bounds[0], bounds[1]))
    if not (met & (np.abs(left) > ROUNDED_OFF * size)).any():
        return y, z
    used = np.flatnonzero(y)
    out = np.zeros_like(y)
    out[used] = least_move(A[used][:, met].T, y[used], costs[met], apart=COARSE)
    return out, np.where(met, 0.0, costs - out @ A)
