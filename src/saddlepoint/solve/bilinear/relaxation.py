"""Boxes as linear problems: each product between its four planes.

Source: McCormick, Mathematical Programming 10 (1976) 147–175.
"""

from __future__ import annotations

import numpy as np

from saddlepoint.algebra.products import dense
from saddlepoint.algebra.structure import Batch, Pattern
from saddlepoint.arrays import Array, Index
from saddlepoint.solve.bilinear.problem import Bilinear


def relaxed(problem: Bilinear, low: Array, high: Array) -> Batch:
    """The linear problems of boxes (S, n): columns x then w, rows those of the problem, then four per product."""
    S, n, K = problem.size, problem.q.shape[1], len(problem.left)
    m = problem.l.shape[1]
    A = np.zeros((S, m + 4 * K, n + K))
    A[:, :m, :n], A[:, :m, n:] = problem.A, problem.B
    l = np.concatenate([problem.l, np.full((S, 4 * K), -np.inf)], axis=1)
    u = np.concatenate([problem.u, np.full((S, 4 * K), np.inf)], axis=1)
    i, j = problem.left, problem.right
    corners = [(low, low, 1), (high, high, 1), (high, low, -1), (low, high, -1)]
    k = np.arange(K)
    for part, (one, other, sign) in enumerate(corners):
        rows = m + 4 * k + part
        A[:, rows, n + k] = 1.0
        A[:, rows, i] -= other[:, j]
        A[:, rows, j] -= one[:, i]
        (l if sign > 0 else u)[:, rows] = -one[:, i] * other[:, j]
    values = np.stack([a[:, i] * b[:, j] for a in (low, high) for b in (low, high)])
    return _batch(
        A,
        np.concatenate([problem.q, problem.p], axis=1),
        problem.r,
        (l, u),
        (
            np.concatenate([low, values.min(axis=0)], axis=1),
            np.concatenate([high, values.max(axis=0)], axis=1),
        ),
    )


def fixed(problem: Bilinear, columns: Index, x: Array) -> Batch:
    """The linear problems in which some columns have their numbers of x (S, n): each product must hold one of them."""
    held = np.isin(problem.left, columns)
    known, free = np.where(held, problem.left, problem.right), np.where(held, problem.right, problem.left)
    A, q = problem.A.copy(), problem.q.copy()
    for k, (one, other) in enumerate(zip(known.tolist(), free.tolist(), strict=True)):
        A[:, :, other] += problem.B[:, :, k] * x[:, one, None]
        q[:, other] += problem.p[:, k] * x[:, one]
    low, high = problem.lb.copy(), problem.ub.copy()
    low[:, columns] = high[:, columns] = x[:, columns]
    return _batch(A, q, problem.r, (problem.l, problem.u), (low, high))


def matrices(batch: Batch) -> Array:
    """(S, m, n) the matrix of every scenario."""
    A = dense(batch.structure.A, batch.A)
    return np.broadcast_to(A, (batch.size, *A.shape[1:]))


def _batch(A: Array, q: Array, r: Array, sides: tuple[Array, Array], bounds: tuple[Array, Array]) -> Batch:
    S, m, n = A.shape
    columns, rows = np.nonzero((A != 0).any(axis=0).T)
    return Batch.linear(
        Pattern.of(rows, columns, (m, n)),
        np.ascontiguousarray(A[:, rows, columns]),
        size=S,
        q=np.ascontiguousarray(q),
        r=np.ascontiguousarray(r[:, None]),
        l=np.ascontiguousarray(sides[0]),
        u=np.ascontiguousarray(sides[1]),
        lb=np.ascontiguousarray(bounds[0]),
        ub=np.ascontiguousarray(bounds[1]),
    )
