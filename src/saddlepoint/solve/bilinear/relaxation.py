"""Boxes as convex problems: squares of the objective by a line or as they are, every other product between its four planes.

Source: McCormick, Mathematical Programming 10 (1976) 147–175.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from saddlepoint.algebra.products import dense
from saddlepoint.algebra.structure import Batch, Pattern, Structure
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.records import dataclass
from saddlepoint.solve.bilinear.problem import Bilinear

_DUST = 1e-8
"""Part of its terms below which a sum with numbers of a plan is what they are off by."""


@dataclass(frozen=True, slots=True)
class Kinds:
    """Which products need what: flat, positions of squares that stand in the objective alone; planar, of all others, which get a column."""

    flat: Index
    planar: Index

    @classmethod
    def of(cls, problem: Bilinear) -> Kinds:
        """The kinds of a problem's products, the same in all scenarios."""
        alone = (problem.left == problem.right) & ~(problem.B != 0).any(axis=(0, 1))
        return cls(np.flatnonzero(alone), np.flatnonzero(~alone))

    def curved(self, problem: Bilinear) -> Mask:
        """(S, n) columns whose square is not convex, or that stand in a product of another kind: those that are worth dividing."""
        out = np.zeros(problem.q.shape, bool)
        out[:, problem.left[self.flat]] |= problem.p[:, self.flat] < 0
        for side in (problem.left, problem.right):
            out[:, side[self.planar]] = True
        return out


def relaxed(problem: Bilinear, kinds: Kinds, low: Array, high: Array) -> Batch:
    """The convex problems of boxes (S, n): columns x, then one for each planar product; rows those of the problem, then planes."""
    q, r, P = _objective(problem, kinds, low, high)
    if not len(kinds.planar):
        return convex_batch(problem.A, q, r, P, (problem.l, problem.u), (low, high))
    A, l, u = _planes(problem, kinds.planar, low, high)
    i, j = problem.left[kinds.planar], problem.right[kinds.planar]
    values = np.stack([a[:, i] * b[:, j] for a in (low, high) for b in (low, high)])
    least = np.where(
        i == j, np.where((low[:, i] <= 0) & (high[:, i] >= 0), 0.0, values.min(axis=0)), values.min(axis=0)
    )
    q = np.concatenate([q, problem.p[:, kinds.planar]], axis=1)
    bounds = np.concatenate([low, least], axis=1), np.concatenate([high, values.max(axis=0)], axis=1)
    return convex_batch(A, q, r, P, (l, u), bounds)


def _objective(problem: Bilinear, kinds: Kinds, low: Array, high: Array) -> tuple[Array, Array, Array | None]:
    """q, r and the diagonal of P (S, n), None where nothing is curved upwards: a square that is curved downwards lies above its chord."""
    p, at = problem.p[:, kinds.flat], problem.left[kinds.flat]
    down = np.minimum(p, 0.0)
    q = problem.q.copy()
    # what is not curved downwards may have no ends
    low, high = (np.where(down < 0, end[:, at], 0.0) for end in (low, high))
    q[:, at] += down * (low + high)
    r = problem.r - (down * low * high).sum(axis=1)
    if not (p > 0).any():
        return q, r, None
    P = np.zeros_like(q)
    P[:, at] = 2.0 * np.maximum(p, 0.0)
    return q, r, P


def _planes(problem: Bilinear, planar: Index, low: Array, high: Array) -> tuple[Array, Array, Array]:
    S, n, K = problem.size, problem.q.shape[1], len(planar)
    m = problem.l.shape[1]
    A = np.zeros((S, m + 4 * K, n + K))
    A[:, :m, :n], A[:, :m, n:] = problem.A, problem.B[:, :, planar]
    l = np.concatenate([problem.l, np.full((S, 4 * K), -np.inf)], axis=1)
    u = np.concatenate([problem.u, np.full((S, 4 * K), np.inf)], axis=1)
    i, j, k = problem.left[planar], problem.right[planar], np.arange(K)
    corners = [(low, low, 1), (high, high, 1), (high, low, -1), (low, high, -1)]
    for part, (one, other, sign) in enumerate(corners):
        rows = m + 4 * k + part
        A[:, rows, n + k] = 1.0
        A[:, rows, i] -= other[:, j]
        A[:, rows, j] -= one[:, i]
        (l if sign > 0 else u)[:, rows] = -one[:, i] * other[:, j]
    return A, l, u


def descended(problem: Bilinear, kinds: Kinds, columns: Index, x: Array) -> Batch:
    """Convex problems whose plans are no worse than x (S, n): some columns keep their numbers, one of each planar product at least, and
    squares that are curved downwards are replaced by their tangents (Yuille & Rangarajan, Neural Computation 15, 2003)."""
    left, right = problem.left[kinds.planar], problem.right[kinds.planar]
    held = np.isin(left, columns)
    known, free = np.where(held, left, right), np.where(held, right, left)
    A, q = _with_factors(problem, kinds.planar, (known, free), x)
    low, high = problem.lb.copy(), problem.ub.copy()
    low[:, columns] = high[:, columns] = x[:, columns]
    at, p = problem.left[kinds.flat], problem.p[:, kinds.flat]
    q[:, at] += 2.0 * np.minimum(p, 0.0) * x[:, at]
    P = np.zeros_like(q)
    P[:, at] = 2.0 * np.maximum(p, 0.0)
    return convex_batch(A, q, problem.r, P if P.any() else None, (problem.l, problem.u), (low, high))


def _with_factors(
    problem: Bilinear, planar: Index, factors: tuple[Index, Index], x: Array
) -> tuple[Array, Array]:
    """A and q where the first factor of each product has its number; coefficients that cancel but for what the numbers may be off by are 0: an equation
    0 = dust · x would take every x away but 0."""
    q = problem.q.copy()
    if not len(planar):
        return problem.A, q
    known, free = factors
    A, terms = problem.A.copy(), np.abs(problem.A)
    for k, one, other in zip(planar.tolist(), known.tolist(), free.tolist(), strict=True):
        part = problem.B[:, :, k] * x[:, one, None]
        A[:, :, other] += part
        terms[:, :, other] += np.abs(part)
        q[:, other] += problem.p[:, k] * x[:, one]
    A[np.abs(A) <= _DUST * terms] = 0.0
    return A, q


def tangent(batch: Batch, x: Array) -> Batch:
    """The linear problems below convex ones: their objectives replaced by tangents at x (S, n); any x will do."""
    if not batch.structure.is_quadratic:
        return batch
    n = batch.structure.n
    P = np.zeros((batch.size, n))
    P[:, batch.structure.P.indices] = batch.P
    flat = replace(batch.structure, P=Pattern.empty(n, n))
    r = batch.r - 0.5 * (P * x * x).sum(axis=1, keepdims=True)
    return replace(batch, structure=flat, P=np.zeros((1, 0)), q=batch.q + P * x, r=r)


def matrices(batch: Batch) -> Array:
    """(S, m, n) the matrix of every scenario."""
    A = dense(batch.structure.A, batch.A)
    return np.broadcast_to(A, (batch.size, *A.shape[1:]))


def convex_batch(
    A: Array, q: Array, r: Array, P: Array | None, sides: tuple[Array, Array], bounds: tuple[Array, Array]
) -> Batch:
    """Convex problems of rows A and an objective. P: the diagonal (S, n), None = linear."""
    S, n = q.shape
    m = A.shape[1]
    columns, rows = np.nonzero((A != 0).any(axis=0).T)
    batch = Batch.linear(
        Pattern.of(rows, columns, (m, n)),
        compact(A[:, rows, columns]),
        size=S,
        q=compact(q),
        r=compact(r[:, None]),
        l=compact(sides[0]),
        u=compact(sides[1]),
        lb=compact(bounds[0]),
        ub=compact(bounds[1]),
    )
    if P is None:
        return batch
    at = np.flatnonzero((P != 0).any(axis=0))
    diagonal = Pattern.of(at, at, (n, n))
    s = batch.structure
    made = Structure(P=diagonal, A=s.A, F=s.F, cones=s.cones, integer=s.integer)
    return replace(batch, structure=made, P=compact(P[:, at]))


def compact(array: Array) -> Array:
    """The array as compiled code was compiled for it: in one piece, and not read-only, as what is broadcast is."""
    return array if array.flags.c_contiguous and array.flags.writeable else np.array(array)
