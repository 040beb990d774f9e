"""The corners of the trade-off of two linear objectives: all of them, and the proof that nothing lies beyond.

Aneja & Nair (1979), Bicriteria transportation problem: between two neighbouring points, the weighted sum whose weights
stand at right angles to the line through them finds a point beyond the line, or shows that there is none.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from saddlepoint.algebra.columnar import concat
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.study.frontier.goals import weight_table
from saddlepoint.study.frontier.points import Points, Tracer

OPEN, PROVEN, UNKNOWN = range(3)
"""What is known of an edge: nothing yet, that no plan lies beyond it, that it cannot be told."""
BEYOND = 1e-7
"""A point lies beyond a line if it does by more than this part of the distance between the ends of the front."""


def corners(tracer: Tracer, ends: Points, most: int) -> tuple[Points, Mask]:
    """The corners of every scenario's front in order (the best of the first objective first), and (P,) whether the edge that
    begins at a point is proven to be part of the front.

    ends: the best of either objective in every answered scenario; most: corners of one scenario, as many as are looked for.
    """
    points, edges = _in_order(ends, np.full(len(ends.first), OPEN), tracer)
    while len(left := _open_edges(points, edges, most)):
        rows, weights = points.scenario[left], _across(points, left, tracer)
        answer = tracer.solve(tracer.whole, rows, {weight_table(k): weights[:, k] for k in (0, 1)})
        found = tracer.points(answer, rows)
        beyond = found.answered & _is_beyond(found, points, left, weights, tracer)
        edges[left[~beyond]] = np.where(found.answered[~beyond], PROVEN, UNKNOWN)
        more = np.flatnonzero(beyond)
        edges = np.concatenate([edges, np.full(len(more), OPEN)])
        points, edges = _in_order(concat([points, found.take(more)]), edges, tracer)
    return _without_middles(points, edges == PROVEN, tracer)


def _least(points: Points, tracer: Tracer) -> tuple[Array, Array]:
    """Both objectives, to be minimised."""
    a, b = tracer.goals.senses
    return a * points.first, b * points.second


def _in_order(points: Points, edges: Index, tracer: Tracer) -> tuple[Points, Index]:
    """The points in order along each scenario's front, each once, with what is known of the edges that begin there."""
    a, b = _least(points, tracer)
    order = np.lexsort((b, a, points.scenario))
    where = points.scenario[order]
    same = np.zeros(len(order), dtype=bool)
    same[1:] = where[1:] == where[:-1]
    for values in (a, b):
        size = np.maximum(_width(values, points.scenario), BEYOND * np.abs(values))[order]
        same[1:] &= np.abs(np.diff(values[order])) <= BEYOND * size[1:]
    keep = order[~same]
    return points.take(keep), edges[keep]


def _width(values: Array, where: Index) -> Array:
    """(P,) the distance between the largest and the least value of each point's scenario."""
    count = int(where.max(initial=-1)) + 1
    least, most = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(least, where, values)
    np.maximum.at(most, where, values)
    return (most - least)[where]


def _open_edges(points: Points, edges: Index, most: int) -> Index:
    """The points where an edge begins of which nothing is known; none of a scenario that has enough corners."""
    left = np.flatnonzero(points.scenario[1:] == points.scenario[:-1])
    count = np.bincount(points.scenario, minlength=1)
    return left[(edges[left] == OPEN) & (count[points.scenario[left]] < most)]


def _across(points: Points, left: Index, tracer: Tracer) -> Array:
    """(E, 2) the weights at right angles to the edges that begin at `left`, the larger one 1."""
    a, b = _least(points, tracer)
    weights = np.stack([b[left] - b[left + 1], a[left + 1] - a[left]], axis=1)
    return np.maximum(weights, 0.0) / weights.max(axis=1, keepdims=True)


def _is_beyond(found: Points, points: Points, left: Index, weights: Array, tracer: Tracer) -> Mask:
    a, b = _least(points, tracer)
    x, y = _least(found, tracer)
    wide, high = _width(a, points.scenario)[left], _width(b, points.scenario)[left]
    gain = weights[:, 0] * (a[left] - x) + weights[:, 1] * (b[left] - y)
    return gain > BEYOND * (weights[:, 0] * wide + weights[:, 1] * high)


def _without_middles(points: Points, proven: Mask, tracer: Tracer) -> tuple[Points, Mask]:
    """Without points in the middle of an edge; each point with the rate along the edge that begins there."""
    a, b = points.first, points.second
    keep = np.ones(len(a), dtype=bool)
    wide, high = _width(a, points.scenario), _width(b, points.scenario)
    for k in range(1, len(a) - 1):
        if (
            points.scenario[k - 1] == points.scenario[k] == points.scenario[k + 1]
            and proven[k - 1]
            and proven[k]
        ):
            before = np.flatnonzero(keep[:k])[-1]
            turn = (a[k] - a[before]) * (b[k + 1] - b[k]) - (a[k + 1] - a[k]) * (b[k] - b[before])
            keep[k] = abs(turn) > BEYOND * wide[k] * high[k]
    kept = np.flatnonzero(keep)
    points, proven = points.take(kept), proven[kept]
    rate = np.full(len(kept), np.nan)
    next_one = np.flatnonzero(points.scenario[1:] == points.scenario[:-1])
    step = points.second[next_one + 1] - points.second[next_one]
    rate[next_one] = (points.first[next_one + 1] - points.first[next_one]) / step
    return replace(points, rate=rate), proven
