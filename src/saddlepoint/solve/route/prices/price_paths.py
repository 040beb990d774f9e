"""The ends of prices that only differences bind, as in transport and networks: lengths of shortest paths.

max θ_p over θ_p − θ_q ≤ length(q → p), θ = 0 at the ground, is the shortest way from the ground to p (Ahuja, Magnanti & Orlin 1993,
ch. 4 and 5); as the prices at hand are one solution, no length is negative.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from saddlepoint.arrays import Array, Index, Mask, distinct
from saddlepoint.records import dataclass
from saddlepoint.solve.route.prices.price_lines import PriceLines

SAME = 1e-9
"""How near two ways must be to the same ratio of two lines."""
MOST_PATHS = 20_000_000
"""Pairs of nodes between which paths are sought at most, for bounds' multipliers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """unit (L,) with τ = unit · θ; of each edge `start` → `end` the length, θ[end] − θ[start] ≤ length; node L is the ground; of
    each line that is made up of others, τ = weight · (θ[plus] − θ[minus])."""

    unit: Array
    start: Index
    end: Index
    length: Array
    plus: Index
    minus: Index
    weight: Array


def line_differences(lines: PriceLines) -> Differences | None:
    """The conditions as differences between pairs of lines; None where some are not."""
    left, made_up = lines.conditions, lines.made_up
    rows, count = left.shape
    row = np.repeat(np.arange(rows), np.diff(left.indptr))
    core = ~made_up[left.indices]
    held, loose = np.bincount(row[core], minlength=rows), np.bincount(row[~core], minlength=rows)
    if (held > 2).any() or (held < 1).any() or (loose > 1).any():
        return None
    first = np.searchsorted(row[core], np.arange(rows))
    at, value = left.indices[core], left.data[core]
    pair = held == 2
    plus, minus = at[first], np.full(rows, count)
    minus[pair] = at[first[pair] + 1]
    unit = _units(count, plus[pair], minus[pair], -value[first[pair]] / value[first[pair] + 1])
    if unit is None:
        return None
    scale = value[first] * unit[plus]
    low, high = np.zeros(rows), np.zeros(rows)
    z, weight = left.indices[~core], -scale[row[~core]] / left.data[~core]
    with np.errstate(invalid="ignore"):
        sides = np.stack([lines.low[z] / weight, lines.high[z] / weight])
    low[row[~core]], high[row[~core]] = sides.min(axis=0), sides.max(axis=0)
    every = np.flatnonzero(~made_up)
    own = np.stack([lines.low[every], lines.high[every]]) / unit[every]
    low, high = np.concatenate([low, own.min(axis=0)]), np.concatenate([high, own.max(axis=0)])
    start = np.concatenate([minus, np.full(len(every), count)])
    end = np.concatenate([plus, every])
    of_plus, of_minus, of_weight = np.zeros(count, np.int64), np.zeros(count, np.int64), np.zeros(count)
    of_plus[z], of_minus[z], of_weight[z] = plus[row[~core]], minus[row[~core]], weight
    return Differences(
        unit=unit,
        start=np.concatenate([start, end]),
        end=np.concatenate([end, start]),
        length=np.maximum(np.concatenate([high, -low]), 0.0),
        plus=of_plus,
        minus=of_minus,
        weight=of_weight,
    )


def _units(count: int, plus: Index, minus: Index, ratio: Array) -> Array | None:
    """unit (L,) with unit[minus] = ratio · unit[plus] for every pair; None where there are none."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order, connected_components

    unit = np.ones(count)
    if len(plus):
        both = np.concatenate([plus, minus]), np.concatenate([minus, plus])
        graph = csr_array((np.ones(2 * len(plus)), both), shape=(count, count))
        known = {
            (p, q): r
            for p, q, r in zip(
                *(v.tolist() for v in (*both, np.concatenate([ratio, 1.0 / ratio]))), strict=True
            )
        }
        _, part = connected_components(graph, directed=False)
        for root in np.unique(part, return_index=True)[1].tolist():
            if graph.indptr[root] == graph.indptr[root + 1]:
                continue
            order, before = breadth_first_order(graph, root, directed=False)
            for node in order[1:].tolist():
                unit[node] = known[before[node], node] * unit[before[node]]
    with np.errstate(all="ignore"):
        same = np.abs(unit[minus] - ratio * unit[plus]) <= SAME * np.abs(unit[minus])
    return unit if same.all() and np.isfinite(unit).all() and (unit != 0).all() else None


def path_ends(
    found: Differences, wanted: Index, made_up: Mask, most: int | None = None
) -> tuple[Array, Array]:
    """The least and the largest τ (L,) of the wanted lines, NaN elsewhere, and for bounds' multipliers where they take more than
    `most` pairs of nodes."""
    from scipy.sparse.csgraph import dijkstra

    count = len(found.unit)
    graph = _graph(found)
    low, high = np.full(count, np.nan), np.full(count, np.nan)
    up = np.asarray(dijkstra(graph, indices=count))[:count]
    down = -np.asarray(dijkstra(graph.T.tocsr(), indices=count))[:count]
    own = wanted[~made_up[wanted]]
    sides = np.stack([down[own] * found.unit[own], up[own] * found.unit[own]])
    low[own], high[own] = sides.min(axis=0), sides.max(axis=0)
    other = wanted[made_up[wanted]]
    ends = distinct(np.concatenate([found.plus[other], found.minus[other]])).astype(np.int64)
    if not len(other) or (most is not None and len(ends) * (count + 1) > most):
        return low, high
    for some in np.array_split(other, 1 + 2 * len(other) * (count + 1) // MOST_PATHS):
        low[some], high[some] = _between(found, graph, some)
    return low, high


def _between(found: Differences, graph: Any, lines: Index) -> Array:
    """The ends (2, ·) of lines that are made up of two others: the paths between these, both ways."""
    from scipy.sparse.csgraph import dijkstra

    p, q = found.plus[lines], found.minus[lines]
    ends = distinct(np.concatenate([p, q])).astype(np.int64)
    between = np.asarray(dijkstra(graph, indices=ends))
    highest, lowest = between[np.searchsorted(ends, q), p], -between[np.searchsorted(ends, p), q]
    sides = np.stack([lowest * found.weight[lines], highest * found.weight[lines]])
    return np.stack([sides.min(axis=0), sides.max(axis=0)])


def _graph(found: Differences) -> Any:
    """The edges with the shortest length between each pair of nodes; zeros are kept."""
    from scipy.sparse import csr_array

    size = len(found.unit) + 1
    finite = np.flatnonzero(np.isfinite(found.length))
    start, end, length = found.start[finite], found.end[finite], found.length[finite]
    order = np.lexsort((length, end, start))
    start, end, length = start[order], end[order], length[order]
    fresh = np.ones(len(order), np.bool_)
    fresh[1:] = (start[1:] != start[:-1]) | (end[1:] != end[:-1])
    indptr = np.concatenate([[0], np.cumsum(np.bincount(start[fresh], minlength=size))])
    # the only width that older graph routines of scipy take
    at, indptr = end[fresh].astype(np.int32), indptr.astype(np.int32)
    return csr_array((length[fresh], at, indptr), shape=(size, size))
