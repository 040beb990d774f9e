"""All solutions of linear systems in which one of each pair of quantities is 0: found by branching on pairs, and proven to be all.

Source: Júdice & Faustino, Annals of Operations Research 34 (1992) 89–106; a branch is closed by a Farkas vector.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from saddlepoint.algebra.structure import Batch, Pattern
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.records import dataclass
from saddlepoint.solve.bilinear.proven import Solve
from saddlepoint.solve.bilinear.relaxation import compact
from saddlepoint.solve.bilinear.safety import proves_empty

NODES = 4_000
"""Branches of one scenario, at most."""
_ZERO = 1e-7
"""What counts as 0: of a row relative to its terms, of a column to the largest of its kind."""
_SAME = 1e-5
"""Part of its own size by which a number of two solutions may differ, and they count as one."""
_SMALL, _NOISE = 1e-9, 1e-12
"""Of the largest number of a solution: a smaller difference tells no two apart; one between the two leaves open whether there are others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Complementary:
    """l ≤ Mv ≤ u, lb ≤ v ≤ ub with min(gᵢ, λᵢ) = 0: gᵢ = row first[i] of M less its lower side, λᵢ = column second[i] of v, both ≥ 0.

    S scenarios: M: (S, m, N); l, u: (S, m); lb, ub: (S, N); told: the first columns, those of which solutions are told apart.
    """

    M: Array
    l: Array
    u: Array
    lb: Array
    ub: Array
    first: Index
    second: Index
    told: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Solutions:
    """What was found for one scenario. points: (k, told); ends: (k,) whether a point is the end of a whole piece of solutions; complete: whether there
    are no others; nodes: branches looked at."""

    points: Array
    ends: Mask
    complete: bool
    nodes: int


def all_solutions(
    problem: Complementary, solve: Solve, over: Callable[[], bool] = lambda: False, nodes: int = NODES
) -> list[Solutions]:
    """The solutions of every scenario; not all of them where `over`, asked at every level of branches, ends the search."""
    return [_of_one(problem, s, solve, over, nodes) for s in range(len(problem.M))]


def _of_one(problem: Complementary, s: int, solve: Solve, over: Callable[[], bool], most: int) -> Solutions:
    """Branch after branch, level by level: state 0 open, 1 row at its side, 2 column at 0."""
    pairs = len(problem.first)
    waiting = np.zeros((1, pairs), np.int8)
    points: list[Array] = []
    ends: list[bool] = []
    looked, complete = 0, True
    way = np.random.default_rng(7).standard_normal(problem.told)
    while len(waiting):
        if looked + len(waiting) > most or over():
            complete = False
            break
        looked += len(waiting)
        low, high, alive, sure = _extremes(problem, s, waiting, way, solve)
        complete &= sure
        waiting, low, high = waiting[alive], low[alive], high[alive]
        gap = _gaps(problem, s, low, waiting), _gaps(problem, s, high, waiting)
        solved = [(g <= _ZERO).all(axis=1) for g in gap]
        apart, unsure = _apart(low[:, : problem.told], high[:, : problem.told])
        open_ = waiting == 0
        done = solved[0] & solved[1] & (~apart | ~open_.any(axis=1))
        complete &= not bool((unsure & done & open_.any(axis=1)).any())
        for k in np.flatnonzero(done).tolist():
            for v in (low[k], high[k]) if apart[k] else (low[k],):
                points.append(v[: problem.told])
                ends.append(bool(apart[k]))
        left = np.flatnonzero(~done & open_.any(axis=1))
        complete &= bool(done[~open_.any(axis=1)].all())
        if not len(left):
            break
        worst = np.argmax(np.where(open_[left], np.maximum(gap[0], gap[1])[left] + 1e-300, -1.0), axis=1)
        children = np.repeat(waiting[left], 2, axis=0)
        children[np.arange(len(children)), np.repeat(worst, 2)] = np.tile([1, 2], len(left))
        waiting = children
    found, kept = _distinct(points, ends)
    return Solutions(points=found.reshape(-1, problem.told), ends=kept, complete=complete, nodes=looked)


def _gaps(problem: Complementary, s: int, v: Array, states: np.ndarray) -> Array:
    """(k, pairs) the smaller of each pair at points (k, N), the row in parts of its terms, the column of the largest one.

    Of a row that was held at its side (states (k, pairs) of 1) all terms may be rounding.
    """
    rows, sides = problem.M[s][problem.first], problem.l[s][problem.first]
    terms = np.abs(v) @ np.abs(rows).T + np.abs(sides)
    columns = np.maximum(v[:, problem.second], 0.0)
    largest = columns.max(axis=1, keepdims=True, initial=0.0)
    g = np.maximum(v @ rows.T - sides, 0.0)
    rounding = _NOISE * np.abs(v).max(axis=1, keepdims=True, initial=0.0) * np.abs(rows).sum(axis=1)
    g = np.maximum(g - np.where(states == 1, rounding, 0.0), 0.0)
    return np.minimum(g / np.maximum(terms, 1e-300), columns / np.maximum(largest, 1e-300))


def _apart(a: Array, b: Array) -> tuple[Mask, Mask]:
    """Which points (k, told) of one set differ from those of another; which do by numbers too small to be sure."""
    size = np.maximum(np.abs(a).max(axis=1, initial=0.0), np.abs(b).max(axis=1, initial=0.0))[:, None]
    far, own = np.abs(a - b), _SAME * np.maximum(np.abs(a), np.abs(b))
    apart = (far > own + _SMALL * size).any(axis=1)
    return apart, ~apart & (far > own + _NOISE * size).any(axis=1)


def _extremes(
    problem: Complementary, s: int, states: np.ndarray, way: Array, solve: Solve
) -> tuple[Array, Array, Mask, bool]:
    """Where a direction is least and largest in every branch; which branches hold something; whether the others are proven to hold nothing."""
    k, (m, N) = len(states), problem.M[s].shape
    l, u = np.tile(problem.l[s], (k, 1)), np.tile(problem.u[s], (k, 1))
    lb, ub = np.tile(problem.lb[s], (k, 1)), np.tile(problem.ub[s], (k, 1))
    rows, columns = (states == 1), (states == 2)
    at = np.nonzero(rows)
    u[at[0], problem.first[at[1]]] = l[at[0], problem.first[at[1]]]
    at = np.nonzero(columns)
    ub[at[0], problem.second[at[1]]] = 0.0
    q = np.zeros((2 * k, N))
    q[:k, : problem.told], q[k:, : problem.told] = way, -way
    column, row = np.nonzero(problem.M[s].T)
    batch = Batch.linear(
        Pattern.of(row, column, (m, N)),
        compact(problem.M[s][row, column][None]),
        size=2 * k,
        q=q,
        r=np.zeros((1, 1)),
        l=np.tile(l, (2, 1)),
        u=np.tile(u, (2, 1)),
        lb=np.tile(lb, (2, 1)),
        ub=np.tile(ub, (2, 1)),
    )
    x, y, answered = solve(batch)
    both = answered[:k] & answered[k:]
    empty = proves_empty(replace(batch, q=np.zeros_like(q)), y)
    gone = (empty[:k] | empty[k:]) & ~both
    return x[:k], x[k:], both, bool((both | gone).all())


def _distinct(points: list[Array], ends: list[bool]) -> tuple[Array, Mask]:
    """The points that differ; one that is met again as the end of a piece is one."""
    kept: list[int] = []
    told = list(ends)
    for k, point in enumerate(points):
        same = [j for j in kept if not _apart(point[None], points[j][None])[0][0]]
        for j in same:
            told[j] |= ends[k]
        if not same:
            kept.append(k)
    return np.array([points[k] for k in kept]), np.array([told[k] for k in kept], dtype=np.bool_)
