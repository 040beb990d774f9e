"""All solutions of linear systems in which one of each pair of quantities is 0: found by branching on pairs, and proven to be all.

Source: Júdice & Faustino, Annals of Operations Research 34 (1992) 89–106; a branch is closed by a Farkas vector.
"""

from __future__ import annotations

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
"""What counts as 0, relative to the size of the solution."""
_SAME = 1e-5
"""Part of their size by which two solutions may differ and count as one."""


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


def all_solutions(problem: Complementary, solve: Solve, nodes: int = NODES) -> list[Solutions]:
    """The solutions of every scenario."""
    return [_of_one(problem, s, solve, nodes) for s in range(len(problem.M))]


def _of_one(problem: Complementary, s: int, solve: Solve, most: int) -> Solutions:
    """Branch after branch, level by level: state 0 open, 1 row at its side, 2 column at 0."""
    pairs = len(problem.first)
    waiting = np.zeros((1, pairs), np.int8)
    points: list[Array] = []
    ends: list[bool] = []
    looked, complete = 0, True
    way = np.random.default_rng(7).standard_normal(problem.told)
    while len(waiting):
        if looked + len(waiting) > most:
            complete = False
            break
        looked += len(waiting)
        low, high, alive, sure = _extremes(problem, s, waiting, way, solve)
        complete &= sure
        waiting, low, high = waiting[alive], low[alive], high[alive]
        gap = _gaps(problem, s, low), _gaps(problem, s, high)
        size = np.maximum(
            1.0, np.maximum(np.abs(low).max(axis=1, initial=0.0), np.abs(high).max(axis=1, initial=0.0))
        )
        solved = [(g <= _ZERO * size[:, None]).all(axis=1) for g in gap]
        apart = np.abs((low - high)[:, : problem.told]).max(axis=1, initial=0.0) > _SAME * size
        open_ = waiting == 0
        done = solved[0] & solved[1] & (~apart | ~open_.any(axis=1))
        for k in np.flatnonzero(done).tolist():
            for v in (low[k], high[k]) if apart[k] else (low[k],):
                points.append(v[: problem.told])
                ends.append(bool(apart[k]))
        left = np.flatnonzero(~done & open_.any(axis=1))
        complete &= bool(done[~open_.any(axis=1)].all())
        worst = np.argmax(np.where(open_[left], np.maximum(gap[0], gap[1])[left] + 1e-300, -1.0), axis=1)
        children = np.repeat(waiting[left], 2, axis=0)
        children[np.arange(len(children)), np.repeat(worst, 2)] = np.tile([1, 2], len(left))
        waiting = children
    found, kept = _distinct(points, ends)
    return Solutions(points=found.reshape(-1, problem.told), ends=kept, complete=complete, nodes=looked)


def _gaps(problem: Complementary, s: int, v: Array) -> Array:
    """(k, pairs) the smaller of each pair at points (k, N)."""
    g = v @ problem.M[s][problem.first].T - problem.l[s][problem.first]
    return np.minimum(np.maximum(g, 0.0), np.maximum(v[:, problem.second], 0.0))


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
    kept: list[int] = []
    for k, point in enumerate(points):
        size = max(1.0, float(np.abs(point).max(initial=0.0)))
        if all(np.abs(point - points[j]).max(initial=0.0) > _SAME * size for j in kept):
            kept.append(k)
    return np.array([points[k] for k in kept]), np.array([ends[k] for k in kept], dtype=np.bool_)
