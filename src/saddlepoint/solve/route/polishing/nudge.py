"""Plans moved by the least step that brings them onto the rows they stand at, which a walk of many updates has left by its rounding.

One dense linear system of the rows, of small problems far cheaper than another solver. Rows that depend on each other but for a hair are one
here, and what is missed of them stays: such plans are not mended, but told apart.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from saddlepoint.algebra.products import dense
from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array
from saddlepoint.solve.solution import Solution

LARGEST = 1_000
"""Rows and columns together up to which the dense system is affordable."""
BESIDE = 1e-9
"""Part of its terms by which a plan may be off a side and stand at it."""
DEPENDENT = 1e-12
"""Part of the largest eigenvalue of rows times themselves, which is the square of what tells them apart."""
STEPS = 2
"""Times that what is left is solved for again."""


def nudged(batch: Batch, answers: Solution) -> tuple[Solution, None]:
    """The answers with plans moved so, all columns between their bounds in parts of themselves, and those of problems beyond LARGEST as they
    are; how far optimal plans may be is not known."""
    if batch.structure.m + batch.structure.n > LARGEST:
        return answers, None
    x = answers.x.copy()
    for s in range(batch.size):
        one = batch.take(np.array([s]))
        x[s] = _onto_rows(dense(one.structure.A, one.A[0]), one, x[s], answers.y[s])
    return replace(answers, x=x), None


def _onto_rows(A: Array, one: Batch, x: Array, y: Array) -> Array:
    low, high = one.l[0], one.u[0]
    value, size = A @ x, np.abs(A) @ np.abs(x)
    below = np.abs(value - low) <= np.abs(value - high)
    side = np.where(below, low, high)
    held = np.isfinite(side) & ((np.abs(value - side) <= BESIDE * size) | (y != 0.0))
    free = (x != one.lb[0]) & (x != one.ub[0])
    part = A[np.ix_(held, free)] * np.abs(x[free])
    unit = np.sqrt(np.einsum("ij,ij->i", part, part))
    unit = np.where(unit > 0, unit, 1.0)
    part = part / unit[:, None]
    worth, directions = np.linalg.eigh(part @ part.T)
    seen = worth > DEPENDENT * max(1.0, float(worth.max(initial=0.0)))
    directions, worth = directions[:, seen], worth[seen]
    out, rows = x.copy(), A[held].astype(np.longdouble)
    for _ in range(STEPS):
        left = ((side[held] - rows @ out) / unit).astype(np.float64)
        out[free] += np.abs(x[free]) * (part.T @ (directions @ ((directions.T @ left) / worth)))
    return out
