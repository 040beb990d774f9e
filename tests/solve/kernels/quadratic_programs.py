"""Random convex quadratic batches of all kinds."""

from __future__ import annotations

import numpy as np

from saddlepoint.algebra.structure import Batch, Pattern

INF = np.inf


def full(rows: int, columns: int, upper: bool = False) -> Pattern:
    heights = np.arange(1, columns + 1) if upper else np.full(columns, rows)
    indices = np.concatenate([np.arange(h) for h in heights] or [np.zeros(0)])
    indptr = np.concatenate([[0], np.cumsum(heights)])
    return Pattern((rows, columns), indptr.astype(np.int32), indices.astype(np.int32))


def quadratic(P, q, A, l, u, lb, ub) -> Batch:
    """P (1|S, n, n), A (1|S, m, n), vectors (1|S, ·)."""
    q, l, u, lb, ub = (np.atleast_2d(np.asarray(v, float)) for v in (q, l, u, lb, ub))
    P, A = (v[None] if v.ndim == 2 else v for v in (np.asarray(P, float), np.asarray(A, float)))
    m, n = A.shape[1:]
    upper, dense = full(n, n, True), full(m, n)
    values = P[:, upper.indices, upper.columns()], A[:, dense.indices, dense.columns()]
    size = max(len(v) for v in (*values, q, l, u, lb, ub))
    sides = {"l": l, "u": u, "lb": lb, "ub": ub}
    return Batch.quadratic(upper, values[0], dense, values[1], size=size, q=q, r=np.zeros((1, 1)), **sides)


def random_batch(seed: int) -> Batch:
    """Definite, singular and zero P; all kinds of bounds and rows; duplicate rows; ties; data that vary or not."""
    rng = np.random.default_rng(seed)
    n, m, size = int(rng.integers(1, 9)), int(rng.integers(0, 6)), 5
    draw = (
        (lambda *k: rng.integers(-3, 4, k).astype(float))
        if rng.random() < 0.4
        else (lambda *k: rng.normal(0, 2, k))
    )
    copies = size if rng.random() < 0.4 else 1
    G = draw(copies, int(rng.integers(0, n + 2)), n)
    P = np.einsum("ski,skj->sij", G, G)
    A = draw(copies, m, n)
    if m > 2:
        A[:, 1] = A[:, 0] * rng.choice([1.0, -2.0])
    x0 = draw(size, n) if rng.random() < 0.5 else draw(1, n)
    activity = np.einsum("sij,sj->si", np.broadcast_to(A, (size, m, n)), np.broadcast_to(x0, (size, n)))
    if rng.random() < 0.15:
        activity = activity + draw(size, m)
    kind_r, kind_c, room = rng.integers(0, 5, m), rng.integers(0, 5, n), np.abs(draw(1, m))
    l = np.where(kind_r == 1, -INF, np.where(kind_r == 3, activity, activity - room))
    u = np.where(kind_r == 0, INF, np.where(kind_r == 3, activity, activity + room))
    l, u = np.where(kind_r == 4, -INF, l), np.where(kind_r == 4, activity, u)
    lb = np.where(np.isin(kind_c, (1, 4)), -INF, np.where(kind_c == 3, x0, x0 - np.abs(draw(1, n))))
    ub = np.where(np.isin(kind_c, (0, 4)), INF, np.where(kind_c == 3, x0, x0 + np.abs(draw(1, n))))
    return quadratic(P * rng.choice([1.0, 1e-4, 1e4]), draw(size, n), A, l, u, lb, ub)
