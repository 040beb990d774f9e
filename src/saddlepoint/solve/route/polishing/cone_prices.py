"""Prices for a plan that is known exactly: nonnegative weights of what holds there, by least squares.

Where more holds at a plan than it has columns, as at the zero plan of a problem whose cones all touch it, the conditions of
the active set are singular and Newton's method does not settle; the multipliers are any nonnegative combination of the
normals of active rows, bounds and boundaries that meets the costs (Lawson and Hanson 1974, ch. 23).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from saddlepoint.algebra.products import dense, symmetric_times, times
from saddlepoint.algebra.structure import Batch, Cone, ConeKind
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.solve.proof.sizes import row_terms
from saddlepoint.solve.route.polishing.active import blocks, values
from saddlepoint.solve.route.polishing.smooth import boundary
from saddlepoint.solve.solution import Solution

LARGEST = 200_000
"""Columns times normals beyond which no prices are sought so."""
HOLDS = 1e-9
"""Part of its terms within which a row, bound or boundary holds."""


def priced(batch: Batch, answers: Solution) -> Solution:
    """The answers with such prices in place of theirs; those without a finite plan or too large stay as they are."""
    y, z, w = answers.y.copy(), answers.z.copy(), answers.w.copy()
    for s in range(batch.size):
        if np.isfinite(answers.x[s]).all():
            with np.errstate(all="ignore"):
                found = _prices(batch.take(np.array([s])), answers.x[s], answers.w[s])
            if found is not None:
                y[s], z[s], w[s] = found
    return replace(answers, y=y, z=z, w=w)


def _prices(batch: Batch, x: Array, w: Array) -> tuple[Array, Array, Array] | None:
    """y (m,), z (n,), w of the plan x (n,); w: the solver's, whose directions serve where a cone holds at no smooth boundary."""
    s = batch.structure
    slope = batch.q[0] + symmetric_times(s.P, batch.P, x[None])[0]
    rows, signs = _held(times(s.A, batch.A, x[None])[0], batch.l[0], batch.u[0], _row_sizes(batch, x))
    columns, senses = _held(x, batch.lb[0], batch.ub[0], np.abs(x))
    cones = _cone_normals(batch, x, w)
    if s.n * (len(rows) + len(columns) + len(cones)) > LARGEST:
        return None
    normals = [signs[:, None] * dense(s.A, batch.A[0])[rows], senses[:, None] * np.eye(s.n)[columns]]
    if len(cones):
        normals.append(cones @ dense(s.F, batch.F[0]))
    weight = _weights(np.vstack(normals), slope)
    if weight is None:
        return None
    y, z, at = np.zeros(s.m), np.zeros(s.n), len(rows) + len(columns)
    np.add.at(y, rows, signs * weight[: len(rows)])
    np.add.at(z, columns, senses * weight[len(rows) : at])
    return y, z, weight[at:] @ cones if len(cones) else np.zeros(s.F.shape[0])


def _weights(normals: Array, slope: Array) -> Array | None:
    """weight ≥ 0 (k,) with weight @ normals (k, n) nearest to slope (n,), each column in the unit of its numbers, or, if that leaves less of the terms of a
    column, of its slope: one of dust beside the others is then seen."""
    if not len(normals):
        return np.zeros(0)
    column = np.abs(normals).max(axis=0, initial=0.0)
    column = np.where(column > 0, column, 1.0)
    found = [_nearest(normals, slope, unit) for unit in (column, np.where(slope != 0, np.abs(slope), column))]
    return min((w for w in found if w is not None), key=lambda w: _left(normals, slope, w), default=None)


def _left(normals: Array, slope: Array, weight: Array) -> float:
    """The largest part of its terms by which a column is not met."""
    terms = np.abs(slope) + weight @ np.abs(normals)
    return float(np.max(np.abs(weight @ normals - slope) / np.where(terms > 0, terms, 1.0), initial=0.0))


def _nearest(normals: Array, slope: Array, column: Array) -> Array | None:
    from scipy.optimize import nnls

    scaled = normals / column
    size = np.abs(scaled).max(axis=1)
    size = np.where(size > 0, size, 1.0)
    target = slope / column
    most = float(np.abs(target).max(initial=0.0))
    if most == 0.0 or not np.isfinite(scaled).all():
        return np.zeros(len(normals)) if most == 0.0 else None
    try:
        found, _ = nnls((scaled / size[:, None]).T, target / most)
    except RuntimeError:
        return None
    return np.asarray(found, np.float64) * most / size


def _held(value: Array, low: Array, high: Array, size: Array) -> tuple[Index, Array]:
    """Which sides hold, +1 for the lower and −1 for the upper; one with two equal sides is named twice."""
    lower, upper = value - low <= HOLDS * size, high - value <= HOLDS * size
    return (
        np.concatenate([np.flatnonzero(lower), np.flatnonzero(upper)]),
        np.concatenate([np.ones(int(lower.sum())), -np.ones(int(upper.sum()))]),
    )


def _row_sizes(batch: Batch, x: Array) -> Array:
    every = np.ones(batch.structure.m, np.bool_)
    return row_terms(batch.structure.A, batch.A, x[None], every)[0]


def _cone_normals(batch: Batch, x: Array, w: Array) -> Array:
    """What spans the normals of the cones whose boundary holds, (k, rows of F); of an apex the solver's multiplier as well."""
    v, found = values(batch, x), list[Array]()
    every = np.ones(len(v), np.bool_)
    size = np.maximum(row_terms(batch.structure.F, batch.F, x[None], every)[0], np.abs(batch.g[0]))
    for part, cone in blocks(batch):
        edge = boundary(cone, v[part])
        if edge is None:
            normals = _of_a_face(cone, np.abs(v[part]) <= HOLDS * size[part])
            if np.isfinite(w[part]).all() and w[part].any():
                normals.append(w[part])
        elif abs(edge.value) <= HOLDS * float(np.abs(edge.slope) @ size[part]):
            normals = [edge.slope]
        else:
            continue
        for normal in normals:
            row = np.zeros(len(v))
            row[part] = normal
            found.append(row)
    return np.array(found) if found else np.zeros((0, len(v)))


def _of_a_face(cone: Cone, vanishes: Mask) -> list[Array]:
    """The directions of the axes among the normals of a cone where these of its coordinates vanish: at (0, y, 0) of a power or rotated cone
    (1, 0, 0) is all there is, at (x, 0, z) of an exponential one (0, 1, 0)."""
    if cone.kind is ConeKind.SECOND_ORDER:
        return []
    if cone.kind is ConeKind.EXPONENTIAL:
        axes = [1, 2] if vanishes[1] else []
    else:
        axes = [0, 1] if vanishes[2:].all() else []
    return [np.eye(cone.size)[k] for k in axes if vanishes[k]]
