"""A Farkas vector made one of an irreducible infeasible set, and the proof that it is one, by linear algebra alone.

The supports of the extreme rays of the cone of Farkas vectors are the irreducible infeasible sets of a linear system
(Gleeson & Ryan 1990). A support is one exactly if the gradients of its constraints have one dependency, and that one has
no zero: then the gradients of all but any one of them are independent, and the others can be met, whatever their sides.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from saddlepoint.algebra.products import transposed_times
from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.records import dataclass
from saddlepoint.solve.proof.farkas import farkas

NOISE = 1e-9
"""Weights below this part of the largest are taken for zero."""
DENSE = 600
"""Largest number of rows whose dependencies are found by a dense decomposition."""


@dataclass(frozen=True, slots=True)
class Support:
    """A weighted set of sides that exclude each other: y (m,) of the rows, z (n,) of the column bounds, as in a Farkas vector.

    proven: whether it is shown that without any one of them the others can be met.
    """

    y: Array
    z: Array
    proven: bool


def irreducible(batch: Batch, y: Array, z: Array) -> Support:
    """The Farkas vector (y, z) of one scenario, which holds, made one of an irreducible set as far as its size allows.

    batch: without cones, integers counted as continuous. Crossed sides are their own set.
    """
    rows = np.flatnonzero(np.abs(y) > NOISE * np.abs(y).max(initial=0.0))
    clean = np.zeros_like(y)
    clean[rows] = y[rows]
    bounds = _bounds(batch, clean)
    if not len(rows):
        return Support(clean, z, proven=len(np.flatnonzero(z)) == 1)
    proven = is_irreducible(batch, clean, bounds)
    if proven or len(rows) > DENSE:
        return Support(clean, bounds, proven)
    clean = _extreme(batch, clean, bounds)
    bounds = _bounds(batch, clean)
    return Support(clean, bounds, is_irreducible(batch, clean, bounds))


def is_irreducible(batch: Batch, y: Array, z: Array) -> bool:
    """Whether the sides with weight exclude each other, and have one dependency."""
    return _excludes(batch, y, z) and _one_dependency(batch, np.flatnonzero(y), z != 0, y)


def _excludes(batch: Batch, y: Array, z: Array) -> bool:
    """Whether the sides with weight alone have no common point: a Farkas vector of the problem without all others."""
    return farkas(alone(batch, y, z), y, np.zeros(batch.structure.F.shape[0])).holds


def alone(batch: Batch, y: Array, z: Array) -> Batch:
    """One scenario with those sides only that have weight: the lower where y or z is positive, the upper where negative."""
    return replace(
        batch,
        l=np.where(y > 0, batch.l[:1], -np.inf),
        u=np.where(y < 0, batch.u[:1], np.inf),
        lb=np.where(z > 0, batch.lb[:1], -np.inf),
        ub=np.where(z < 0, batch.ub[:1], np.inf),
    )


def _bounds(batch: Batch, y: Array) -> Array:
    """The multipliers of the column bounds that belong to those of the rows, without noise."""
    a = batch.structure.A
    z = -transposed_times(a, batch.A, y[None])[0]
    size = transposed_times(a, np.abs(batch.A), np.abs(y)[None])[0]
    endless = (z > 0) & ~np.isfinite(batch.lb[0]) | (z < 0) & ~np.isfinite(batch.ub[0])
    return np.where((np.abs(z) > NOISE * size) & ~endless, z, 0.0)


def _matrix(batch: Batch, rows: Index) -> Array:
    """The rows of A, dense, over the columns that they reach: (rows, columns); columns of zeros stay away."""
    pattern = batch.structure.A
    place = np.full(pattern.shape[0], -1, np.int64)
    place[rows] = np.arange(len(rows))
    here = np.flatnonzero(place[pattern.indices] >= 0)
    used, col = np.unique(pattern.columns()[here], return_inverse=True)
    out = np.zeros((len(rows), len(used)))
    out[place[pattern.indices[here]], col.reshape(-1)] = batch.A[0][here]
    return out


def _extreme(batch: Batch, y: Array, z: Array) -> Array:
    """Row multipliers of an extreme ray whose support lies within that of (y, z) (Carathéodory's elimination)."""
    rows = np.flatnonzero(y)
    a = _matrix(batch, rows)
    largest = np.abs(a).max(axis=1, initial=0.0)
    scale = np.where(largest > 0, largest, 1.0)
    a /= scale[:, None]
    pattern = batch.structure.A
    reached = np.unique(pattern.columns()[np.isin(pattern.indices, rows)])
    weight = y[rows] * scale
    worth = np.where(y[rows] > 0, batch.l[0][rows], batch.u[0][rows]) / scale
    bound = np.where(z > 0, batch.lb[0], np.where(z < 0, batch.ub[0], 0.0))[reached]
    free = z[reached] == 0
    kernel = _kernel(a[:, free].T)
    for _ in range(2 * len(rows) + len(reached)):
        pinned = np.abs(weight) <= NOISE * np.abs(weight).max()
        kernel = _within(kernel, np.eye(len(rows))[pinned])
        if kernel.shape[1] <= 1:
            break
        step = _other_direction(kernel, weight)
        gain = float(worth @ step) - float(bound @ (step @ a))
        weight, drop = _stepped(weight, step if gain >= 0 else -step, abs(gain), a, free)
        if drop is None:
            break
        free |= drop
        kernel = _within(kernel, a[:, drop].T)
    out = np.zeros_like(y)
    out[rows] = _sharp(weight, a[:, free]) / scale
    return out


def _sharp(weight: Array, a: Array) -> Array:
    """The weights without what elimination has added to their rounding: the one dependency of their rows, if it is one."""
    kept = np.abs(weight) > NOISE * np.abs(weight).max()
    exact = _kernel(a[kept].T)
    out = np.where(kept, weight, 0.0)
    if exact.shape[1] == 1:
        along = exact[:, 0]
        out[kept] = along * float(np.sign(along @ weight[kept])) * np.linalg.norm(weight)
    return out


def _kernel(matrix: Array) -> Array:
    """An orthonormal basis of the null space, as columns."""
    if not matrix.size:
        return np.eye(matrix.shape[1])
    _, size, vt = np.linalg.svd(matrix, full_matrices=True)
    rank = int((size > NOISE * size[0]).sum()) if size[0] > 0 else 0
    return vt[rank:].T


def _within(kernel: Array, conditions: Array) -> Array:
    """The part of the space that also fulfils conditions · v = 0."""
    if not len(conditions) or kernel.shape[1] <= 1:
        return kernel
    return kernel @ _kernel(conditions @ kernel)


def _other_direction(kernel: Array, weight: Array) -> Array:
    """A direction of the space that is not along the weights."""
    along = kernel.T @ weight
    along /= np.linalg.norm(along)
    other = np.zeros_like(along)
    other[int(np.argmin(np.abs(along)))] = 1.0
    return kernel @ (other - along * float(along @ other))


def _stepped(weight: Array, step: Array, gain: float, a: Array, free: Mask) -> tuple[Array, Mask | None]:
    """The weights after the longest step along which none changes its sign, and the columns that need no bound any more.

    Where the step can go on for ever it is a Farkas vector itself; None where rounding allows no step.
    """
    held = ~free
    now, change = np.concatenate([weight, weight @ a[:, held]]), np.concatenate([step, step @ a[:, held]])
    size = np.concatenate([np.abs(step), np.abs(step) @ np.abs(a[:, held])])
    small = np.abs(change) <= NOISE * np.maximum(size, 1e-300)
    against = (now * change < 0) & ~small
    if not against.any():
        if gain <= 0:
            return _stepped(weight, -step, 1.0, a, free)
        weight, ends = step, now != 0
        ends[: len(weight)] = False
        ends &= small
    else:
        length = np.abs(now[against] / change[against]).min()
        after = now + length * change
        ends = np.abs(after) <= NOISE * (np.abs(now) + length * np.abs(change))
        weight = np.where(ends[: len(weight)], 0.0, after[: len(weight)])
        if not (ends & (now != 0)).any():
            return weight, None
    drop = np.zeros(len(free), dtype=bool)
    drop[held] = ends[len(weight) :]
    return weight, drop


def _one_dependency(batch: Batch, rows: Index, held: Mask, y: Array) -> bool:
    """Whether the rows, over the columns without a bound of the set, have exactly the one dependency y.

    Rows of which some column has but one are independent of the others; what such elimination leaves is decomposed.
    """
    pattern = batch.structure.A
    place = np.full(pattern.shape[0], -1, np.int64)
    pivot = rows[int(np.argmax(np.abs(y[rows])))]
    rest = rows[rows != pivot]
    place[rest] = np.arange(len(rest))
    col = pattern.columns()
    here = np.flatnonzero((place[pattern.indices] >= 0) & ~held[col] & (batch.A[0] != 0))
    row, col, value = place[pattern.indices[here]], col[here], batch.A[0][here]
    left = _peeled(row, col, len(rest), pattern.shape[1])
    if not left.any():
        return True
    kept = left[row]
    core = np.flatnonzero(left)
    if len(core) > 2 * DENSE:
        return False
    new_row = np.searchsorted(core, row[kept])
    used, new_col = np.unique(col[kept], return_inverse=True)
    if len(used) < len(core):
        return False
    matrix = np.zeros((len(core), len(used)))
    matrix[new_row, new_col.reshape(-1)] = value[kept]
    matrix /= np.abs(matrix).max(axis=1, keepdims=True)
    size = np.linalg.svd(matrix, compute_uv=False)
    return bool(size[-1] > NOISE * size[0])


def _peeled(row: Index, col: Index, rows: int, columns: int) -> Mask:
    """The rows that are left when those with a column of their own are taken away, again and again."""
    left = np.ones(rows, dtype=bool)
    while True:
        alive = left[row]
        count = np.bincount(col[alive], minlength=columns)
        alone = alive & (count[col] == 1)
        if not alone.any():
            return left
        left[row[alone]] = False
