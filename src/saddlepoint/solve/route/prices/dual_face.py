"""Which prices are right where more than one is: the face of optimal multipliers of one scenario.

At a plan x the optimal multipliers are all (y, z) with Aᵀy + z = q + Px that act on active sides only, with their signs.
The derivative of the optimum as a side grows is the largest multiplier of that face, as it falls the smallest
(Rockafellar 1970, Thm 23.4; Gal 1986 on degenerate linear programs).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from saddlepoint.algebra.products import dense
from saddlepoint.algebra.structure import Batch, Pattern
from saddlepoint.arrays import Array, Index, Mask, distinct
from saddlepoint.records import dataclass
from saddlepoint.solve.solution import Options, Status

LARGEST = 400
"""Active rows or free columns of a connected part beyond which it is not examined."""
SMALL = 10_000
"""Rows × columns up to which a matrix is taken as dense."""
WORK = 2e8
"""Sum of (rows × columns × smaller of both) of the parts that are examined, of one scenario."""
MOST_ROWS = 60
"""Rows and bounds of a part whose range is sought where it has more than one degree of freedom."""
DEPENDENT = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """The smallest and largest multipliers of rows (m,) and bounds (n,), NaN where there is only one; least: y (m,) of
    least norm among those that leave the bounds' multipliers as they are; unsought: how many may have a range that was not
    sought."""

    row_low: Array
    row_high: Array
    bound_low: Array
    bound_high: Array
    least: Array
    unsought: int

    @classmethod
    def single(cls, least: Array, columns: int) -> Face:
        """One price everywhere."""
        rows, bounds = np.full(len(least), np.nan), np.full(columns, np.nan)
        return cls(row_low=rows, row_high=rows, bound_low=bounds, bound_high=bounds, least=least, unsought=0)


def dual_face(
    batch: Batch, y: Array, z: Array, rows: Array, bounds: Array, asked: Mask, steps: int
) -> Face | None:
    """The face of one scenario at multipliers y (m,), z (n,) of it; None where it is one point.

    rows (m,), bounds (n,): which side is active: −1 the lower, +1 the upper, 2 both, 0 none; asked: (n,) the bounds whose ends are
    wanted; steps: of the simplex method that may be spent on the ends in a matrix that is not small.
    """
    active = np.flatnonzero(rows != 0.0)
    if not len(active):
        return None
    a = _rows(batch, active)
    held = bounds != 0.0
    loose: list[tuple[Index, Array]] = []
    least, work = y.copy(), 0.0
    moving = _moving_rows(a, ~held)
    if not moving.any():
        return None
    for mine in _connected(a, ~held):
        alone_in_sparse = len(mine) == 1 and not isinstance(a, np.ndarray)
        if alone_in_sparse or not moving[mine].any():
            continue
        columns = _used(a, mine)
        free = columns[~held[columns]]
        if max(len(free), len(mine)) > LARGEST or len(columns) > 20 * LARGEST:
            continue
        work += float(len(mine)) * max(1, len(free)) * min(len(mine), max(1, len(free)))
        if work > WORK:
            break
        ways = _null(_dense(a, mine, free).T)
        if ways.shape[1]:
            loose.append((mine, ways))
            alone = _null(_dense(a, mine, columns).T)
            if alone.shape[1]:
                least[active[mine]] = _least_norm(y[active[mine]], alone, rows[active[mine]])
    if not isinstance(a, np.ndarray):
        return _sparse_face(batch, y, z, rows, bounds, active[moving], asked, steps, least)
    if not loose:
        return None
    blank_rows, blank_bounds = np.full(len(y), np.nan), np.full(len(z), np.nan)
    face = Face(
        row_low=blank_rows,
        row_high=blank_rows.copy(),
        bound_low=blank_bounds,
        bound_high=blank_bounds.copy(),
        least=least,
        unsought=0,
    )
    for group in _coupled(a, loose, held):
        _fill(face, a, active, group, y, z, rows, bounds)
    return face


def _moving_rows(a: Any, free: Mask) -> Mask:
    """The active rows whose multipliers may move; of a small matrix all."""
    if isinstance(a, np.ndarray):
        return np.ones(len(a), np.bool_)
    from saddlepoint.solve.route.prices.price_ends import moving_rows

    return moving_rows(a, free)


def _sparse_face(
    batch: Batch,
    y: Array,
    z: Array,
    rows: Array,
    bounds: Array,
    moving: Index,
    asked: Mask,
    steps: int,
    least: Array,
) -> Face:
    if batch.structure.is_conic:
        return Face.single(least, len(z))
    from saddlepoint.solve.route.prices.price_ends import price_ends

    found = price_ends(sparse_rows(batch), y, z, rows, bounds, moving, asked, steps)
    return Face(
        row_low=found.row_low,
        row_high=found.row_high,
        bound_low=found.bound_low,
        bound_high=found.bound_high,
        least=least,
        unsought=found.unsought,
    )


def sparse_rows(batch: Batch) -> Any:
    """A of one scenario, sparse, by rows."""
    from scipy.sparse import csc_matrix

    s = batch.structure
    rows = csc_matrix((batch.A[0], s.A.indices, s.A.indptr), shape=s.A.shape).tocsr()
    rows.eliminate_zeros()
    return rows


def _rows(batch: Batch, active: Index) -> Any:
    """The active rows of A: a dense array where that is small, else a sparse matrix."""
    s = batch.structure
    if s.m * s.n <= SMALL:
        return dense(s.A, batch.A[0])[active]
    return sparse_rows(batch)[active]


def _entries(a: Any, rows: Index) -> tuple[Index, Index, Array]:
    """The non-zeros of some rows: which of the rows, column, number."""
    if isinstance(a, np.ndarray):
        row, column = np.nonzero(a[rows])
        return row, column, a[rows[row], column]
    start, count = a.indptr[rows], np.diff(a.indptr)[rows]
    at = np.repeat(start - np.cumsum(count) + count, count) + np.arange(count.sum())
    return np.repeat(np.arange(len(rows)), count), a.indices[at], a.data[at]


def _used(a: Any, rows: Index) -> Index:
    """The columns in which some rows have a non-zero, in order."""
    _, column, number = _entries(a, rows)
    return distinct(column[number != 0.0])


def _dense(a: Any, rows: Index, columns: Index) -> Array:
    """Some rows and (increasing) columns as a dense array."""
    row, column, number = _entries(a, rows)
    out = np.zeros((len(rows), len(columns)))
    if len(columns):
        place = np.minimum(np.searchsorted(columns, column), len(columns) - 1)
        mine = columns[place] == column
        out[row[mine], place[mine]] = number[mine]
    return out


def _connected(a: Any, free: Mask) -> list[Index]:
    """The active rows in groups that share no free column."""
    count = a.shape[0]
    if isinstance(a, np.ndarray):
        return [np.arange(count)] if count else []
    from scipy.sparse.csgraph import connected_components

    shared = abs(a[:, np.flatnonzero(free)])
    groups, label = connected_components(shared @ shared.T, directed=False)
    order = np.argsort(label, kind="stable")
    return np.split(order, np.searchsorted(label[order], np.arange(1, groups)))


def _coupled(a: Any, loose: list[tuple[Index, Array]], held: Mask) -> Iterator[list[tuple[Index, Array]]]:
    """The loose parts in groups that share no bound whose multiplier they move."""
    touched = [_moved_bounds(a, mine, ways, held) for mine, ways in loose]
    waiting = list(range(len(loose)))
    while waiting:
        group = [waiting.pop(0)]
        seen = touched[group[0]].copy()
        grown = True
        while grown:
            more = [k for k in waiting if (touched[k] & seen).any()]
            grown = bool(more)
            for k in more:
                waiting.remove(k)
                group.append(k)
                seen |= touched[k]
        yield [loose[k] for k in group]


def _moved_bounds(a: Any, mine: Index, ways: Array, held: Mask) -> Mask:
    """The bounds (n,) whose multiplier the ways of a part move."""
    columns = _used(a, mine)
    columns = columns[held[columns]]
    out = np.zeros(len(held), bool)
    out[columns] = np.any(np.abs(_dense(a, mine, columns).T @ ways) > DEPENDENT, axis=1)
    return out


def _null(matrix: Array) -> Array:
    """An orthonormal basis (k, d) of the combinations of columns (c, k) that vanish."""
    columns = matrix.shape[1]
    size = np.abs(matrix).max(axis=0, initial=0.0)
    if matrix.shape[0] == 0 or not size.any():
        return np.eye(columns)
    unit = np.where(size > 0, size, 1.0)
    _, values, right = np.linalg.svd(matrix / unit)
    rank = int((values > DEPENDENT * values[0]).sum())
    ways = right[rank:].T / unit[:, None]
    return np.linalg.qr(ways)[0] if ways.shape[1] else ways


def _fill(
    face: Face,
    a: Any,
    active: Index,
    group: list[tuple[Index, Array]],
    y: Array,
    z: Array,
    rows: Array,
    bounds: Array,
) -> None:
    """Ranges of the multipliers that the ways of a group of parts change."""
    mine = np.concatenate([part for part, _ in group])
    ways = np.zeros((len(mine), sum(w.shape[1] for _, w in group)))
    row = column = 0
    for part, own in group:
        ways[row : row + len(part), column : column + own.shape[1]] = own
        row, column = row + len(part), column + own.shape[1]
    held = _used(a, mine)
    held = held[bounds[held] != 0.0]
    moves = np.vstack([ways, -_dense(a, mine, held).T @ ways])
    value = np.concatenate([y[active[mine]], z[held]])
    side = np.concatenate([rows[active[mine]], bounds[held]])
    moved = np.flatnonzero(np.abs(moves).max(axis=1) > DEPENDENT * np.abs(moves).max())
    low, high = _ranges(moves[moved], value[moved], side[moved])
    inside = moved < len(mine)
    at = active[mine[moved[inside]]]
    face.row_low[at], face.row_high[at] = low[inside], high[inside]
    at = held[moved[~inside] - len(mine)]
    face.bound_low[at], face.bound_high[at] = low[~inside], high[~inside]


def _ranges(moves: Array, value: Array, side: Array) -> tuple[Array, Array]:
    """Least and largest value + moves·c (k,) over all c (d,) that keep the signs of one-sided multipliers."""
    sign = np.where(side == -1.0, 1.0, np.where(side == 1.0, -1.0, 0.0))
    value = np.where((sign != 0.0) & (sign * value < 0.0), 0.0, value)
    if moves.shape[1] == 1:
        return _ratio_test(moves[:, 0], value, sign)
    low, high = np.full(len(value), np.nan), np.full(len(value), np.nan)
    sought, kept = slice(min(len(value), MOST_ROWS)), sign != 0.0
    ways = moves[sought]
    ends = _least_of(np.vstack([ways, -ways]), -sign[kept, None] * moves[kept], sign[kept] * value[kept])
    low[sought] = value[sought] + ends[: len(ways)]
    high[sought] = value[sought] - ends[len(ways) :]
    return low, high


def _least_of(costs: Array, above: Array, right: Array) -> Array:
    """min cost·c over all c (d,) with above·c ≤ right, for each cost (k, d): (k,), −inf without an end, NaN where the
    solver gives none; one session of HiGHS from basis to basis."""
    from concurrent.futures import ThreadPoolExecutor

    from saddlepoint.solve.adapters.highs import solve_highs

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
    with ThreadPoolExecutor(1) as apart:  # a user's own HiGHS keeps its number of threads
        found = apart.submit(solve_highs, batch, Options()).result()
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
