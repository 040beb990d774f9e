"""Random batches with second-order cones, and the family of chance constraints."""

from __future__ import annotations

import numpy as np

from saddlepoint.algebra.structure import Batch, Cone, ConeKind
from tests.solve.conftest import make_batch

INF = np.inf
TALL, ROTATED = ConeKind.SECOND_ORDER, ConeKind.ROTATED


def promised(n: int, size: int, seed: int = 0) -> Batch:
    """min cᵀx, μᵀx − k‖Gx‖ ≥ D, 0 ≤ x ≤ 1; costs vary by 10 %, D widely."""
    rng = np.random.default_rng(seed)
    q = rng.uniform(1, 2, n) * np.exp(0.1 * rng.standard_normal((size, n)))
    mu, spread = rng.uniform(1, 2, n), 1.645 * np.diag(rng.uniform(0.1, 0.3, n))
    g = np.zeros((size, n + 1))
    g[:, 0] = -rng.uniform(0.3, 0.5, size) * mu.sum()
    return make_batch(q, ub=np.ones(n), F=np.vstack([mu, spread]), g=g, cones=(Cone(TALL, n + 1),))


def random_cones(seed: int, size: int = 5) -> Batch:
    """Active, slack and pointed cones of both kinds, with rows, equations, boxes and curvature, or none; some without plan,
    some without end; data whole or not, and in units from 1e-6 to 1e6."""
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(1, 9)), int(rng.integers(0, 4))
    whole = rng.random() < 0.3

    def draw(*shape: int) -> np.ndarray:
        return rng.integers(-3, 4, shape).astype(float) if whole else rng.normal(0, 1.5, shape)

    cones = tuple(
        Cone(TALL, int(rng.integers(1, n + 3)))
        if rng.random() < 0.7
        else Cone(ROTATED, int(rng.integers(3, n + 4)))
        for _ in range(rng.integers(1, 4))
    )
    x0 = draw(n)
    F = draw(sum(c.size for c in cones), n) * (rng.random((sum(c.size for c in cones), n)) < 0.8)
    g = np.concatenate([inside(rng, c) for c in cones]) - F @ x0
    A = draw(m, n)
    room, kind = np.abs(draw(m)) + 0.5, rng.integers(0, 4, m)
    l = np.where(kind == 1, -INF, np.where(kind == 3, A @ x0, A @ x0 - room))
    u = np.where(kind == 0, INF, np.where(kind == 3, A @ x0, A @ x0 + room))
    boxed = rng.integers(0, 4, n)
    lb = np.where(boxed == 1, -INF, x0 - np.abs(draw(n)))
    ub = np.where(boxed == 0, INF, x0 + np.abs(draw(n)))
    if rng.random() < 0.5:
        lb, ub = x0 - 3.0 - np.abs(draw(n)), x0 + 3.0 + np.abs(draw(n))
    g = g + (0.3 if rng.random() < 0.85 else 3.0) * draw(size, len(g)) * (rng.random() < 0.6)
    root = draw(int(rng.integers(1, n + 1)), n)
    P = root.T @ root if rng.random() < 0.4 else None
    q = draw(size, n)
    if rng.random() < 0.3:
        unit, money = 10.0 ** rng.uniform(-6, 6, n), 10.0 ** rng.uniform(-6, 6)
        F, A, q, lb, ub = F / unit, A / unit, q / unit * money, lb * unit, ub * unit
        P = None if P is None else P / unit / unit[:, None] * money
    return make_batch(q, A, l, u, lb, ub, P, F, g, cones)


def inside(rng: np.random.Generator, cone: Cone) -> np.ndarray:
    """A point of the cone: its apex, on its boundary, or well inside."""
    v = rng.normal(size=cone.size)
    first = 2 if cone.kind is ROTATED else 1
    length = float(np.linalg.norm(v[first:]))
    if rng.random() < 0.15:
        return np.zeros(cone.size)
    more = rng.choice([0.0, 0.5, 20.0])
    v[0] = length + more
    if first == 2:
        v[1] = length**2 / (2.0 * v[0]) + more if v[0] > 0 else more
    return v
