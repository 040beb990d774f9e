"""The ends of all prices of a linear or quadratic program of any size: sparse, and only where several prices are right.

Which multipliers move at all is read off one random vector projected onto the null space of the conditions: a coordinate that is zero
there is zero in all of it, but for chance. What moves falls into parts that share no condition; in each the ends are
those of single variables over a polyhedron.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from saddlepoint.arrays import Array, Index, Mask, distinct
from saddlepoint.records import dataclass
from saddlepoint.solve.adapters.highs_ends import ends_of
from saddlepoint.solve.route.prices.price_lines import (
    WAYS,
    PriceLines,
    null_vectors,
    price_lines,
    ways_of_basis,
)
from saddlepoint.solve.route.prices.price_paths import MOST_PATHS, line_differences, path_ends

USUAL = 5_000
"""Variables of a part in which a step counts double."""
DUST = 1e-10
"""Part of its terms below which the move of a bound's multiplier is rounding."""
ROUNDS = 20
"""Times that bounds are passed on from condition to condition."""
ENDLESS = 10**9
"""Steps of the simplex method where all ends are asked for."""
LowHigh = tuple[Array, Array]
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


def ways_to_move(
    a: Any, rows: Array, bounds: Array, basic: Mask | None, most: int | None = None
) -> Array | None:
    """Random ways (m, WAYS) in which prices of rows may move that leave those of columns between their bounds at zero.

    From the optimal basis where there is one, else by projection of the active rows. a: sparse (m, n). None where these hold more than
    `most` numbers."""
    out, active = np.zeros((len(rows), WAYS)), np.flatnonzero(rows != 0.0)
    own = a[active]
    if most is not None and own.nnz > most:
        return None
    if basic is not None:
        found = ways_of_basis(a, basic, rows, bounds)
        if found is not None:
            return found
    out[active] = null_vectors(own[:, np.flatnonzero(bounds == 0.0)].T.tocsr(), WAYS)
    return out


def price_ends(
    a: Any, y: Array, z: Array, rows: Array, bounds: Array, ways: Array, asked: Mask, steps: int | None
) -> PriceEnds:
    """The ends at multipliers y (m,), z (n,).

    a: scipy.sparse (m, n); rows, bounds: which side is active, as in `dual_face`; ways: (m, WAYS) of `ways_to_move`; asked: (n,) bounds whose
    ends are wanted; steps: of the simplex method that may be spent where prices are bound together otherwise than in pairs, None for
    all it takes.
    """
    held, at_rows = bounds != 0.0, np.flatnonzero(ways.any(axis=1))
    touched = np.unique(a[at_rows].indices)
    columns = touched[held[touched]]
    value = np.concatenate([y[at_rows], z[columns]])
    lower, upper = _room(value, np.concatenate([rows[at_rows], bounds[columns]]))
    wanted = np.flatnonzero(np.concatenate([np.ones(len(at_rows), np.bool_), asked[columns]]))
    conditions = _conditions(a[at_rows], touched, columns)
    moves = np.vstack([ways[at_rows], _made_up(a[at_rows][:, columns], ways[at_rows])])
    low, high = _ends(conditions, moves, len(at_rows), lower, upper, wanted, steps)
    ends = np.full((2, len(value)), np.nan)
    ends[:, wanted] = value[wanted] + np.stack([low, high])
    found = PriceEnds(
        row_low=np.full(len(y), np.nan),
        row_high=np.full(len(y), np.nan),
        bound_low=np.full(len(z), np.nan),
        bound_high=np.full(len(z), np.nan),
        unsought=int((np.isnan(low) | np.isnan(high)).sum()),
    )
    _write(found, ends, value, at_rows, columns)
    return found


def _ends(
    conditions: Any, ways: Array, count: int, lower: Array, upper: Array, wanted: Index, steps: int | None
) -> tuple[Array, Array]:
    """How far the wanted variables may fall and grow, NaN where the steps do not last.

    What is reached by moving one multiplier alone and cannot be passed is settled; what cannot move at all is left out of the rest,
    and what moves together is one line.
    """
    inner, outer = _alone(conditions, count, lower, upper), _confined(conditions, lower, upper)
    low, high = (np.where(same, i, np.nan)[wanted] for same, i in _settled(inner, outer))
    pinned = (outer[0] == 0.0) & (outer[1] == 0.0)
    low[pinned[wanted]] = high[pinned[wanted]] = 0.0
    left = np.flatnonzero(np.isnan(low) | np.isnan(high))
    if not len(left):
        return low, high
    kept = np.flatnonzero(~pinned)
    reduced = conditions[:, kept].tocsr()
    reduced = reduced[np.flatnonzero(np.diff(reduced.indptr))]
    lines = price_lines(reduced, ways[kept], lower[kept], upper[kept], int((kept < count).sum()))
    place = np.searchsorted(kept, wanted[left])
    found = _line_ends(lines, distinct(lines.line[place][lines.line[place] >= 0]), steps)
    low[left], high[left] = _of_lines(lines, place, found)
    return low, high


def _made_up(a: Any, ways: Array) -> Array:
    """How the multipliers of bounds move with those of rows, (columns, WAYS): −Aᵀ · ways, zeros where that cancels."""
    moves, terms = -(a.T @ ways), abs(a).T @ np.abs(ways)
    still = (np.abs(moves) <= DUST * terms).all(axis=1)
    return np.where(still[:, None], 0.0, moves)


def _of_lines(lines: PriceLines, place: Index, found: LowHigh) -> Array:
    """The ends (2, ·) of some variables, from those of their lines; what lies on none does not move."""
    line, factor = lines.line[place], lines.factor[place]
    still = line < 0
    ends = np.stack(found)[:, np.where(still, 0, line)] if len(found[0]) else np.zeros((2, len(place)))
    with np.errstate(invalid="ignore"):
        sides = ends * factor
    return np.where(still, 0.0, np.where(factor < 0, sides[::-1], sides))


def _line_ends(lines: PriceLines, wanted: Index, steps: int | None) -> LowHigh:
    """The least and the largest value of the wanted lines, (L,) each, NaN where the steps do not last."""
    most = MOST_PATHS if steps is not None else None
    left = steps if steps is not None else ENDLESS
    pairs = line_differences(lines)
    if pairs is not None:
        return path_ends(pairs, wanted, lines.made_up, most)
    low, high = np.full(len(lines.low), np.nan), np.full(len(lines.low), np.nan)
    for part in lines.parts():
        own = lines.take(part)
        mine = np.flatnonzero(np.isin(part, wanted, assume_unique=True))
        if not len(mine):
            continue
        pairs = line_differences(own)
        if pairs is not None:
            low[part], high[part] = path_ends(pairs, mine, own.made_up, most)
            continue
        if left <= 0:
            continue
        none, dear = np.full(len(mine), np.nan), 1.0 + len(part) / USUAL
        found = ends_of(own.conditions, own.low, own.high, mine, none, none, int(left / dear))
        left -= int(found.steps * dear)
        low[part[mine]], high[part[mine]] = found.low, found.high
    return low, high


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
