"""Directions in which a problem gets better without end."""

from __future__ import annotations

import numpy as np

from saddlepoint.arrays import Mask
from saddlepoint.solve.bilinear.problem import Bilinear
from saddlepoint.solve.bilinear.proven import Solve
from saddlepoint.solve.bilinear.relaxation import compact, convex_batch

_OFF = 1e-9
"""What a direction may break a row by, relative to its terms in the row, and must gain at least, relative to the objective's."""


def without_end(problem: Bilinear, solve: Solve) -> Mask:
    """(S,) whether any plan can be made better without end, along a direction of columns that stand in no product."""
    multiplied = np.zeros(problem.q.shape[1], bool)
    multiplied[problem.left] = multiplied[problem.right] = True
    down = np.where(np.isneginf(problem.lb) & ~multiplied, -1.0, 0.0)
    up = np.where(np.isposinf(problem.ub) & ~multiplied, 1.0, 0.0)
    out = np.zeros(problem.size, bool)
    able = np.flatnonzero(((down != 0) | (up != 0)).any(axis=1))
    if not len(able):
        return out
    own = problem.take(able)
    size = np.abs(own.A).max(axis=2, initial=0.0)
    A = own.A / np.where(size > 0, size, 1.0)[:, :, None]
    largest = np.abs(own.q).max(axis=1, initial=0.0)
    q = own.q / np.where(largest > 0, largest, 1.0)[:, None]
    l, u = np.where(np.isfinite(own.l), 0.0, -np.inf), np.where(np.isfinite(own.u), 0.0, np.inf)
    d, _, answered = solve(
        convex_batch(A, q, np.zeros(len(able)), None, (l, u), (compact(down[able]), compact(up[able])))
    )
    d = np.clip(np.where(answered[:, None], np.nan_to_num(d), 0.0), down[able], up[able])
    d[np.abs(d) < _OFF] = 0.0
    moved = np.einsum("smn,sn->sm", A, d)
    terms = np.einsum("smn,sn->sm", np.abs(A), np.abs(d))
    kept = (np.maximum(l - moved, moved - u) <= _OFF * terms).all(axis=1)
    out[able] = answered & kept & (np.einsum("sn,sn->s", q, d) < -1e3 * _OFF)
    return out
