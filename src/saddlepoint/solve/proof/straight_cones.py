"""Rays and Farkas vectors of problems with cones, moved to where they hold but for rounding.

What interior points come to is off by their tolerance, and cones have no basis that says which numbers it should be off by. So it is moved in
turn into the cones and, by as little as can be, to where the sums vanish (von Neumann 1950); where the two meet inside the cones a few turns do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from saddlepoint.algebra.products import dense, times, transposed_times
from saddlepoint.algebra.structure import Batch, Cone, ConeKind
from saddlepoint.arrays import Array
from saddlepoint.solve.proof.cones import starts, violation
from saddlepoint.solve.proof.least_move import least_move
from saddlepoint.solve.proof.straight import ALONG, MOST

TURNS: Final = 10
BEYOND: Final = 2.0
"""Times the way into a cone that a direction is moved."""
DUST: Final = 1e-8
"""Part of the terms of its columns up to which a block of multipliers is what a solver's tolerance left of nothing."""
INTO: Final = 1e-14
"""Part of its numbers by which a point is moved into a cone beyond its boundary."""


def can_be_moved(batch: Batch) -> bool:
    """Whether a problem is small enough for the dense systems of the moves."""
    s = batch.structure
    return s.m + s.n + s.F.shape[0] <= MOST


def straight_multipliers(batch: Batch, y: Array, w: Array) -> Iterator[tuple[Array, Array]]:
    """After each turn the multipliers y (m,) of rows and w (rows of F,) of cones of one scenario: in the dual cones, or nearly, and with nothing left in columns without the
    bound that the sum points to."""
    s = batch.structure
    both = np.concatenate((y, w))
    both[s.m :] = _without_dust(batch, y, w)
    used = np.flatnonzero(both)
    sums = np.concatenate((dense(s.A, batch.A[0]), dense(s.F, batch.F[0])))[used].T
    below, above = np.isneginf(batch.lb[0]), np.isposinf(batch.ub[0])
    vanish = below & above
    for _ in range(TURNS):
        both[s.m :] += BEYOND * (_inside(batch, both[s.m :], dual=True) - both[s.m :])
        left, terms = sums @ both[used], np.abs(sums) @ np.abs(both[used])
        vanish = vanish | (np.abs(left) <= ALONG * terms) & ((left < 0) & below | (left > 0) & above)
        both[used] = least_move(sums[vanish], both[used], np.zeros(int(vanish.sum())))
        yield both[: s.m].copy(), both[s.m :].copy()


def _without_dust(batch: Batch, y: Array, w: Array) -> Array:
    """w without the blocks that are nothing beside others in any column."""
    s = batch.structure
    of_rows = np.abs(w)[:, None] * np.abs(dense(s.F, batch.F[0]))
    terms = of_rows.sum(axis=0) + transposed_times(s.A, np.abs(batch.A), np.abs(y)[None])[0]
    first = starts(s.cones)
    part = np.add.reduceat(of_rows, first, axis=0) / np.where(terms > 0, terms, 1.0)
    kept = part.max(axis=1, initial=0.0) > DUST
    return np.where(np.repeat(kept, [cone.size for cone in s.cones]), w, 0.0)


def straight_direction(batch: Batch, x: Array) -> Iterator[Array]:
    """After each turn the direction x (n,) of one scenario: along the rows that it hardly leaves and the curvature that it hardly has, and into the cones."""
    s = batch.structure
    free = np.flatnonzero(x)
    curved = dense(s.P, batch.P[0])
    curved = curved + np.triu(curved, 1).T
    a, f = dense(s.A, batch.A[0])[:, free], dense(s.F, batch.F[0])[:, free]
    ended = np.isfinite(batch.l[0]) | np.isfinite(batch.u[0])
    held = np.zeros(s.F.shape[0], np.bool_)
    for _ in range(TURNS):
        moved, size = a @ x[free], np.abs(a) @ np.abs(x[free])
        along = ended & (np.abs(moved) <= ALONG * size)
        value = times(s.F, batch.F, x[None])[0]
        off = violation(s.cones, value[None])[0] > 0
        held = held | np.repeat(off, [cone.size for cone in s.cones])
        wanted = value + BEYOND * (_inside(batch, value, dual=False) - value)
        rows = np.concatenate((a[along], curved[:, free], f[held]))
        target = np.concatenate((np.zeros(int(along.sum()) + s.n), wanted[held]))
        x = x.copy()
        x[free] = least_move(rows, x[free], target)
        yield x


def _inside(batch: Batch, v: Array, *, dual: bool) -> Array:
    """v (rows of F,) with each block in its cone, or in the dual one."""
    out = v.copy()
    for cone, start in zip(batch.structure.cones, starts(batch.structure.cones).tolist(), strict=True):
        part = slice(start, start + cone.size)
        with np.errstate(all="ignore"):
            inside = _into(cone, v[part], dual)
        if np.isfinite(inside).all():
            out[part] = inside
    return out


def _into(cone: Cone, v: Array, dual: bool) -> Array:
    """v (size,) in the cone, by a move of the coordinates that lead into it; on a face where these are zero."""
    out, more = v.copy(), 1.0 + INTO
    if cone.kind is ConeKind.SECOND_ORDER:
        out[0] = max(v[0], np.linalg.norm(v[1:]) * more)
    elif cone.kind is ConeKind.EXPONENTIAL:
        return _into_dual_exponential(v, more) if dual else _into_exponential(v, more)
    else:
        alpha = 0.5 if cone.kind is ConeKind.ROTATED else cone.alpha
        weights = np.array([alpha, 1.0 - alpha]) if dual and cone.kind is ConeKind.POWER else np.ones(2)
        unit = 2.0**0.5 if cone.kind is ConeKind.ROTATED else 1.0
        out[:2] = np.maximum(v[:2], 0.0)
        x, y = out[:2] / weights
        room, length = unit * x**alpha * y ** (1.0 - alpha), np.linalg.norm(v[2:])
        if length * more > room > 0:
            out[:2] *= length * more / room
        elif room == 0:
            out[2:] = 0.0
    return out


def _into_exponential(v: Array, more: float) -> Array:
    x, y, z = v
    if y <= 0:
        return np.array([min(x, 0.0), 0.0, max(z, 0.0)])
    return np.array([x, y, max(z, y * np.exp(x / y) * more)])


def _into_dual_exponential(v: Array, more: float) -> Array:
    u, t, w = v
    if u >= 0:
        return np.array([0.0, max(t, 0.0), max(w, 0.0)])
    return np.array([u, t, max(w, -u * np.exp(t / u - 1.0) * more)])
