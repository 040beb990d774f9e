"""The ends of all prices of a linear or quadratic program of any size: sparse, and only where several prices are right.

Which multipliers move at all is read off one random vector projected onto the null space of the conditions: a coordinate that is zero
there is zero in all of it, but for chance. What moves falls into parts that share no condition; in each the ends are
those of single variables over a polyhedron.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.records import dataclass
from saddlepoint.solve.adapters.highs_ends import ends_of

MOVES = 1e-7
"""Part of the largest coordinate of a null vector from which on a multiplier counts as moving."""
EXACT = 1e-13
"""What is left of the conditions, in the size of the vector, when the projection ends."""
USUAL = 5_000
"""Variables of a part in which a step counts double."""
MOST_NONZEROS = 3_000_000
"""Numbers in the active rows beyond which nothing is examined."""
ROUNDS = 20
"""Times that bounds are passed on from condition to condition."""
ONE = 1e-12
"""Part of a multiplier within which two ends are one price."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceEnds:
    """The ends of multipliers, rows (m,) and bounds (n,), NaN where there is one price or none was sought; unsought: how many
    rows and bounds may have several prices and were not examined."""

    row_low: Array
    row_high: Array
    bound_low: Array
    bound_high: Array
    unsought: int


def moving_rows(a: Any, free: Mask) -> Mask:
    """Which multipliers of the active rows a (scipy.sparse, k × n) move where those of free columns stay at zero: (k,)."""
    if a.nnz > MOST_NONZEROS:
        return np.zeros(a.shape[0], np.bool_)
    return _moving(a[:, np.flatnonzero(free)].T.tocsr())


def price_ends(
    a: Any, y: Array, z: Array, rows: Array, bounds: Array, at_rows: Index, asked: Mask, steps: int
) -> PriceEnds:
    """The ends at multipliers y (m,), z (n,).

    a: scipy.sparse (m, n); rows, bounds: which side is active, as in `dual_face`; at_rows: those that move; asked: (n,) bounds whose
    ends are wanted; steps: of the simplex method that may be spent.
    """
    held = bounds != 0.0
    blank_rows, blank_bounds = np.full(len(y), np.nan), np.full(len(z), np.nan)
    found = PriceEnds(
        row_low=blank_rows,
        row_high=blank_rows.copy(),
        bound_low=blank_bounds,
        bound_high=blank_bounds.copy(),
        unsought=0,
    )
    unsought = 0
    for part, touched in _parts(a[at_rows]):
        own, columns = at_rows[part], touched[held[touched]]
        value = np.concatenate([y[own], z[columns]])
        lower, upper = _room(value, np.concatenate([rows[own], bounds[columns]]))
        wanted = np.flatnonzero(np.concatenate([np.ones(len(own), np.bool_), asked[columns]]))
        if steps <= 0:
            unsought += len(wanted)
            continue
        conditions = _conditions(a[own], touched, columns)
        low, high, taken = _ends(conditions, len(own), lower, upper, wanted, steps)
        steps -= taken
        unsought += int((np.isnan(low) | np.isnan(high)).sum())
        ends = np.full((2, len(value)), np.nan)
        ends[:, wanted] = value[wanted] + np.stack([low, high])
        _write(found, ends, value, own, columns)
    return replace(found, unsought=unsought)


def _ends(
    conditions: Any, count: int, lower: Array, upper: Array, wanted: Index, steps: int
) -> tuple[Array, Array, int]:
    """How far the wanted variables may fall and grow, NaN where the steps do not last, and the steps taken.

    What is reached by moving one multiplier alone and cannot be passed is settled; what cannot move at all is left out of the rest.
    """
    inner, outer = _alone(conditions, count, lower, upper), _confined(conditions, lower, upper)
    low, high = (np.where(same, i, np.nan)[wanted] for same, i in _settled(inner, outer))
    pinned = (outer[0] == 0.0) & (outer[1] == 0.0)
    low[pinned[wanted]] = high[pinned[wanted]] = 0.0
    left = np.flatnonzero(np.isnan(low) | np.isnan(high))
    if not len(left):
        return low, high, 0
    kept = np.flatnonzero(~pinned)
    reduced = conditions[:, kept].tocsr()
    reduced = reduced[np.flatnonzero(np.diff(reduced.indptr))]
    place = np.searchsorted(kept, wanted[left])
    dear = 1.0 + len(kept) / USUAL
    found = ends_of(reduced, lower[kept], upper[kept], place, low[left], high[left], int(steps / dear))
    low[left], high[left] = found.low, found.high
    return low, high, int(found.steps * dear)


def _moving(conditions: Any) -> Mask:
    """Which coordinates move in the null space of a sparse matrix (conditions, coordinates)."""
    from scipy import sparse
    from scipy.sparse.linalg import splu

    count = conditions.shape[1]
    if conditions.shape[0] == 0 or not conditions.nnz:
        return np.ones(count, np.bool_)
    size = np.asarray(abs(conditions).max(axis=0).todense()).ravel()
    unit = np.where(size > 0, size, 1.0)
    scaled = (conditions @ sparse.diags(1.0 / unit)).tocsc()
    height = np.asarray(abs(scaled).max(axis=1).todense()).ravel()
    scaled = (
        sparse.diags(np.where(height > 0, 1.0 / np.where(height > 0, height, 1.0), 1.0)) @ scaled
    ).tocsc()
    k = scaled.shape[0]
    system = sparse.bmat(
        [[sparse.identity(count), scaled.T], [scaled, -1e-10 * sparse.identity(k)]], format="csc"
    )
    factor = splu(system, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.1, options={"SymmetricMode": True})
    way = np.random.default_rng(0).standard_normal(count)
    for _ in range(20):
        way = factor.solve(np.concatenate([way, np.zeros(k)]))[:count]
        if np.abs(scaled @ way).max(initial=0.0) <= EXACT * max(1e-6, float(np.abs(way).max(initial=0.0))):
            break
    moving: Mask = np.abs(way) > MOVES
    return moving


def _parts(a: Any) -> list[tuple[Index, Index]]:
    """Rows of a sparse matrix in groups that share no column, each with the columns it touches."""
    from scipy import sparse
    from scipy.sparse.csgraph import connected_components

    pattern = a.tocsr()
    both = sparse.bmat([[None, abs(pattern)], [abs(pattern).T, None]], format="csr")
    _, label = connected_components(both, directed=False)
    _, label = np.unique(label[: a.shape[0]], return_inverse=True)
    order = np.argsort(label, kind="stable")
    found = np.split(order, np.searchsorted(label[order], np.arange(1, label.max(initial=0) + 1)))
    return [(part, np.unique(pattern[part].indices)) for part in found]


def _conditions(own: Any, touched: Index, columns: Index) -> Any:
    """Aᵀ Δy + Δz = 0 in the columns that are touched: variables Δy of the rows, then Δz of the held columns."""
    from scipy import sparse

    place = np.searchsorted(touched, columns)
    unit = sparse.csc_array(
        (np.ones(len(columns)), (place, np.arange(len(columns)))), shape=(len(touched), len(columns))
    )
    return sparse.hstack([own[:, touched].T, unit], format="csc")


def _room(value: Array, side: Array) -> tuple[Array, Array]:
    """How far one-sided multipliers may fall and grow until they change their sign."""
    lower = np.where(side == -1.0, -np.maximum(value, 0.0), -np.inf)
    upper = np.where(side == 1.0, -np.minimum(value, 0.0), np.inf)
    return lower, upper


LowHigh = tuple[Array, Array]


def _settled(inner: LowHigh, outer: LowHigh) -> list[tuple[Mask, Array]]:
    """Where an end that is reached is one that cannot be passed, for the low and the high ends."""
    with np.errstate(invalid="ignore"):
        near = [
            np.isfinite(o) & (np.abs(i - o) <= ONE * np.abs(o)) for i, o in zip(inner, outer, strict=True)
        ]
    return [((i == o) | same, i) for same, i, o in zip(near, inner, outer, strict=True)]


def _alone(conditions: Any, count: int, lower: Array, upper: Array) -> LowHigh:
    """How far each variable goes where it alone of the first `count` moves, and the bounds' multipliers make up for it."""
    entries = conditions.tocoo()
    row, column, number = entries.row, entries.col, entries.data
    free = np.full(conditions.shape[0], -1)
    later = column >= count
    free[row[later]] = column[later]
    low, high = lower.copy(), upper.copy()
    mine = ~later & (number != 0)
    i, partner, c = column[mine], free[row[mine]], number[mine]
    stuck = partner < 0
    near, far = (
        np.where(c > 0, -upper[partner], lower[partner]),
        np.where(c > 0, -lower[partner], upper[partner]),
    )
    room_down, room_up = (np.where(stuck, 0.0, side / np.abs(c)) for side in (near, far))
    np.minimum.at(high, i, room_up)
    np.maximum.at(low, i, room_down)
    low[count:], high[count:] = 0.0, 0.0
    return low, high


def _confined(conditions: Any, lower: Array, upper: Array) -> LowHigh:
    """Bounds that no point of the polyhedron passes: those that every condition implies, some rounds over."""
    entries = conditions.tocoo()
    row, column, c = entries.row, entries.col, entries.data
    low, high, count = lower.copy(), upper.copy(), conditions.shape[0]
    for _ in range(ROUNDS):
        with np.errstate(invalid="ignore"):
            least, most = (
                np.where(c > 0, c * low[column], c * high[column]),
                np.where(c > 0, c * high[column], c * low[column]),
            )
            ends = []
            for part, open_end in ((least, -np.inf), (most, np.inf)):
                endless = np.isinf(part)
                total = np.bincount(row, np.where(endless, 0.0, part), count)[row]
                others = np.bincount(row, endless, count)[row] - endless
                ends.append(np.where(others > 0, open_end, total - np.where(endless, 0.0, part)))
            top, bottom = -ends[0] / c, -ends[1] / c
        new_high, new_low = high.copy(), low.copy()
        np.minimum.at(new_high, column, np.where(c > 0, top, bottom))
        np.maximum.at(new_low, column, np.where(c > 0, bottom, top))
        if np.array_equal(new_high, high) and np.array_equal(new_low, low):
            break
        low, high = new_low, new_high
    return low, high


def _write(found: PriceEnds, ends: Array, value: Array, own: Index, columns: Index) -> None:
    """Keep the ends (2, ·) of a part where they are two prices and not one."""
    with np.errstate(invalid="ignore"):
        single = ends[1] - ends[0] <= ONE * np.maximum(np.abs(value), np.abs(value).max(initial=0.0) * 1e-3)
    ends[:, single | np.isnan(ends).any(axis=0)] = np.nan
    found.row_low[own], found.row_high[own] = ends[0, : len(own)], ends[1, : len(own)]
    found.bound_low[columns], found.bound_high[columns] = ends[0, len(own) :], ends[1, len(own) :]
