"""Which prices are right where more than one is: the face of optimal multipliers of one scenario.

At a plan x the optimal multipliers are all (y, z) with Aᵀy + z = q + Px that act on active sides only, with their signs.
The derivative of the optimum as a side grows is the largest multiplier of that face, as it falls the smallest
(Rockafellar 1970, Thm 23.4; Gal 1986 on degenerate linear programs).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from saddlepoint.algebra.products import dense, sparse_matrix
from saddlepoint.algebra.structure import Batch, Pattern
from saddlepoint.arrays import Array, Index, Mask, distinct
from saddlepoint.records import dataclass
from saddlepoint.solve.solution import Options, Status

LARGEST = 400
"""Active rows or free columns of a connected part beyond which it is not examined."""
SMALL = 10_000
"""Rows × columns up to which a matrix is taken as dense."""
MOST_NONZEROS = 3_000_000
"""Numbers in the active rows beyond which nothing is examined unless all ends are asked for."""
MOST_SIDES = 60
"""Active rows and bounds up to which ends are sought one by one in a dense matrix; beyond, prices move in lines."""
DEPENDENT = 1e-9
ROUNDED = 1e-14
"""Part of a multiplier by which an end of it may be rounding of 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """The smallest and largest multipliers of rows (m,) and bounds (n,), NaN where there is only one; least: y (m,) of
    least norm among those that leave the bounds' multipliers as they are; unsought: how many may have a range that was not
    sought; solves: linear programs that the ends took; sparse: in a matrix
    that is not small."""

    row_low: Array
    row_high: Array
    bound_low: Array
    bound_high: Array
    least: Array
    unsought: int = 0
    solves: int = 0
    sparse: bool = False

    @classmethod
    def unknown(cls, least: Array, columns: int, unsought: int = 0) -> Face:
        """No ends of any price."""
        rows, bounds = (np.full((2, k), np.nan) for k in (len(least), columns))
        return cls(
            row_low=rows[0],
            row_high=rows[1],
            bound_low=bounds[0],
            bound_high=bounds[1],
            least=least,
            unsought=unsought,
        )

    def without_dust(self, y: Array, z: Array) -> Face:
        """The face whose ends are 0 where they are nothing but rounding of multipliers y (m,), z (n,)."""
        return replace(
            self,
            row_low=_rounded(self.row_low, y),
            row_high=_rounded(self.row_high, y),
            bound_low=_rounded(self.bound_low, z),
            bound_high=_rounded(self.bound_high, z),
        )


def _rounded(ends: Array, multipliers: Array) -> Array:
    return np.where(np.abs(ends) <= ROUNDED * np.abs(multipliers), 0.0, ends)


def dual_face(
    batch: Batch,
    y: Array,
    z: Array,
    rows: Array,
    bounds: Array,
    asked: Mask,
    steps: int | None,
    basic: Mask | None = None,
) -> Face | None:
    """The face of one scenario at multipliers y (m,), z (n,) of it; None where it is one point.

    rows (m,), bounds (n,): which side is active: −1 the lower, +1 the upper, 2 both, 0 none; asked: (n,) the bounds whose ends are
    wanted; steps: of the simplex method that may be spent on the ends in a matrix that is not small, None for as many as it takes;
    basic: (n + m,) the optimal basis, where it is known.
    """
    active = np.flatnonzero(rows != 0.0)
    if not len(active):
        return None
    if (
        batch.structure.m * batch.structure.n <= SMALL
        and len(active) + np.count_nonzero(bounds) <= MOST_SIDES
    ):
        conic = batch.structure.is_conic
        a = dense(batch.structure.A, batch.A[0])[active]
        face = _dense_face(a, active, y, z, rows, bounds, conic)
    else:
        face = _sparse_face(batch, y, z, rows, bounds, asked, steps, basic)
    return None if face is None else face.without_dust(y, z)


def _dense_face(
    a: Array, active: Index, y: Array, z: Array, rows: Array, bounds: Array, conic: bool
) -> Face | None:
    held = bounds != 0.0
    used = (a != 0.0).any(axis=0)
    ways = _null(a[:, used & ~held].T)
    if not ways.shape[1]:
        return None
    least = y.copy()
    alone = _null(a[:, used].T)
    if alone.shape[1]:
        least[active] = _least_norm(y[active], alone, rows[active])
    moving = np.abs(ways).max(axis=1) > DEPENDENT * np.abs(ways).max()
    if conic:
        return Face.unknown(least, len(z), int(moving.sum()))
    return _filled(Face.unknown(least, len(z)), a, active, ways, y, z, rows, bounds)


def _sparse_face(
    batch: Batch,
    y: Array,
    z: Array,
    rows: Array,
    bounds: Array,
    asked: Mask,
    steps: int | None,
    basic: Mask | None,
) -> Face | None:
    from saddlepoint.solve.route.prices.price_ends import price_ends, ways_to_move

    a = sparse_rows(batch)
    ways = ways_to_move(a, rows, bounds, basic, MOST_NONZEROS if steps is not None else None)
    if ways is None:
        return Face.unknown(y, len(z), int(np.count_nonzero(rows)))
    if not ways.any():
        return None
    least = _least_of_dependent(a, np.flatnonzero(ways.any(axis=1)), y, rows)
    if batch.structure.is_conic:
        return Face.unknown(least, len(z), int(ways.any(axis=1).sum()))
    found = price_ends(a, y, z, rows, bounds, ways, asked, steps)
    return Face(
        row_low=found.row_low,
        row_high=found.row_high,
        bound_low=found.bound_low,
        bound_high=found.bound_high,
        least=least,
        unsought=found.unsought,
        sparse=True,
    )


def _least_of_dependent(a: Any, moving: Index, y: Array, rows: Array) -> Array:
    """y with the prices of least norm of rows of a (sparse) that depend on each other, in parts that are not too large."""
    from saddlepoint.solve.route.prices.price_lines import null_vectors

    least = y.copy()
    for part in _connected(a[moving]):
        mine = moving[part]
        if not 1 < len(mine) <= LARGEST:
            continue
        touched = a[mine][:, distinct(a[mine].indices)]
        mine = mine[null_vectors(touched.T.tocsr(), 1).any(axis=1)]
        block = a[mine]
        columns = distinct(block.indices)
        if not len(mine) or len(columns) > 20 * LARGEST:
            continue
        alone = _null(block[:, columns].toarray().T)
        if alone.shape[1]:
            least[mine] = _least_norm(y[mine], alone, rows[mine])
    return least


def sparse_rows(batch: Batch) -> Any:
    """A of one scenario, sparse, by rows."""
    rows = sparse_matrix(batch.structure.A, batch.A[0]).tocsr()
    rows.eliminate_zeros()
    return rows


def _connected(a: Any) -> list[Index]:
    """Sparse rows in groups that share no column."""
    from scipy.sparse.csgraph import connected_components

    shared = abs(a)
    _, label = connected_components(shared @ shared.T, directed=False)
    order = np.argsort(label, kind="stable")
    return np.split(order, np.searchsorted(label[order], np.arange(1, label.max(initial=0) + 1)))


def _null(matrix: Array) -> Array:
    """An orthonormal basis (k, d) of the combinations of columns (c, k) that vanish."""
    columns = matrix.shape[1]
    size = np.abs(matrix).max(axis=0, initial=0.0)
    if matrix.shape[0] == 0 or not size.any():
        return np.eye(columns)
    unit = np.where(size > 0, size, 1.0)
    _, values, right = np.linalg.svd(matrix / unit, full_matrices=len(matrix) < columns)
    rank = int((values > DEPENDENT * values[0]).sum())
    ways = right[rank:].T / unit[:, None]
    return np.linalg.qr(ways)[0] if ways.shape[1] else ways


def _filled(
    face: Face, a: Array, active: Index, ways: Array, y: Array, z: Array, rows: Array, bounds: Array
) -> Face:
    """Ranges of the multipliers that some ways change, of the active rows and of the bounds that they touch."""
    held = np.flatnonzero((bounds != 0.0) & (a != 0.0).any(axis=0))
    moves = np.vstack([ways, -a[:, held].T @ ways])
    value = np.concatenate([y[active], z[held]])
    side = np.concatenate([rows[active], bounds[held]])
    moved = np.flatnonzero(np.abs(moves).max(axis=1) > DEPENDENT * np.abs(moves).max())
    low, high = _ranges(moves[moved], value[moved], side[moved])
    inside = moved < len(active)
    at = active[moved[inside]]
    face.row_low[at], face.row_high[at] = low[inside], high[inside]
    at = held[moved[~inside] - len(active)]
    face.bound_low[at], face.bound_high[at] = low[~inside], high[~inside]
    return replace(face, solves=2 * len(moved) if ways.shape[1] > 1 else 0)


def _ranges(moves: Array, value: Array, side: Array) -> tuple[Array, Array]:
    """Least and largest value + moves·c (k,) over all c (d,) that keep the signs of one-sided multipliers."""
    sign = np.where(side == -1.0, 1.0, np.where(side == 1.0, -1.0, 0.0))
    value = np.where((sign != 0.0) & (sign * value < 0.0), 0.0, value)
    if moves.shape[1] == 1:
        return _ratio_test(moves[:, 0], value, sign)
    kept = sign != 0.0
    ends = _least_of(np.vstack([moves, -moves]), -sign[kept, None] * moves[kept], sign[kept] * value[kept])
    return value + ends[: len(moves)], value - ends[len(moves) :]


def _least_of(costs: Array, above: Array, right: Array) -> Array:
    """min cost·c over all c (d,) with above·c ≤ right, for each cost (k, d): (k,), −inf without an end, NaN where the
    solver gives none; one session of HiGHS from basis to basis."""
    from saddlepoint.solve.adapters.highs import solve_highs
    from saddlepoint.solve.adapters.highs_model import in_own_thread

    count, d = above.shape
    columns, rows = np.nonzero(above.T)
    free = np.full((1, d), np.inf)
    batch = Batch.linear(
        Pattern.of(rows, columns, (count, d)),
        above[rows, columns][None],
        size=len(costs),
        q=costs,
        r=np.zeros((1, 1)),
        l=np.full((1, count), -np.inf),
        u=right[None],
        lb=-free,
        ub=free,
    )
    found = in_own_thread(lambda: solve_highs(batch, Options()))
    ends = np.einsum("kd,kd->k", costs, np.nan_to_num(found.x))
    endless = (found.status == Status.UNBOUNDED) | (found.status == Status.INFEASIBLE_OR_UNBOUNDED)
    return np.where(found.status == Status.OPTIMAL, ends, np.where(endless, -np.inf, np.nan))


def _ratio_test(move: Array, value: Array, sign: Array) -> tuple[Array, Array]:
    """The same for one way to move."""
    with np.errstate(divide="ignore", invalid="ignore"):
        limit = -value / move
    down = limit[(sign * move > 0.0)].max(initial=-np.inf)
    up = limit[(sign * move < 0.0)].min(initial=np.inf)
    down, up = min(down, 0.0), max(up, 0.0)
    ends = np.stack([value + move * down, value + move * up])
    return ends.min(axis=0), ends.max(axis=0)


def _least_norm(y: Array, ways: Array, side: Array) -> Array:
    """The element of y + span(ways) with the signs of one-sided multipliers that is nearest to zero (Dykstra 1983)."""
    low = np.where(side == -1.0, 0.0, -np.inf)
    high = np.where(side == 1.0, 0.0, np.inf)
    fixed = y - ways @ (ways.T @ y)
    if ((fixed >= low) & (fixed <= high)).all():
        return fixed
    at, rest = fixed, np.zeros_like(y)
    for _ in range(500):
        inside = np.clip(at + rest, low, high)
        rest = at + rest - inside
        at = fixed + ways @ (ways.T @ inside)
        if np.abs(at - inside).max() <= 1e-14 * np.abs(y).max():
            break
    size = np.abs(y).max(initial=0.0)
    good = ((at >= low - 1e-9 * size) & (at <= high + 1e-9 * size)).all()
    return np.clip(at, low, high) if good else y
