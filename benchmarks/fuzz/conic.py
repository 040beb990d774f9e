"""Second-order, exponential and power cones: points on the cones and their prices first."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from benchmarks.fuzz.case import INF, Array, Case, Numbers, Scenario, Truth
from benchmarks.fuzz.linear import _sides
from benchmarks.fuzz.units import SPREADS, draw_units
from saddlepoint.algebra.structure import Cone, ConeKind

_SOC, _EXP, _POW = ConeKind.SECOND_ORDER, ConeKind.EXPONENTIAL, ConeKind.POWER


def second_order(rng: Generator) -> Case:
    """Second-order cones with rows and bounds."""
    return _case(rng, [_SOC])


def exponential(rng: Generator) -> Case:
    """Exponential cones, sometimes beside second-order ones."""
    return _case(rng, [_EXP, _EXP, _EXP, _SOC])


def powers(rng: Generator) -> Case:
    """Power cones, sometimes beside the others."""
    return _case(rng, [_POW, _POW, _POW, _SOC, _EXP])


def _case(rng: Generator, kinds: list[ConeKind]) -> Case:
    n, m = int(rng.integers(1, 6)), int(rng.integers(0, 4))
    cones = tuple(_cone(rng, kinds[int(rng.integers(len(kinds)))]) for _ in range(int(rng.integers(1, 4))))
    size = int(rng.choice([1, 1, 1, 2, 4]))
    spread = str(rng.choice(SPREADS))
    units = draw_units(rng, spread, m, n, tuple(c.size for c in cones), np.zeros(n, bool))
    flavours = {spread}
    scenarios = []
    for _ in range(size):
        kind = str(rng.choice(["optimal"] * 8 + ["infeasible", "unbounded"]))
        numbers, truth = {"optimal": _optimal, "infeasible": _infeasible, "unbounded": _unbounded}[kind](
            rng, n, m, cones
        )
        flavours.add(kind)
        scenarios.append(Scenario(numbers, units, truth))
    return Case(tuple(scenarios), np.zeros(n, bool), cones, tuple(sorted(flavours)))


def _cone(rng: Generator, kind: ConeKind) -> Cone:
    if kind is _SOC:
        return Cone(kind, int(rng.integers(2, 6)))
    return Cone(kind, 3, float(rng.choice([0.5, 0.25, 1 / 3, 0.8])) if kind is _POW else 0.5)


def pair(rng: Generator, cone: Cone) -> tuple[Array, Array]:
    """A point of the cone and one of its dual cone, at right angles: inside and zero, or both on the edge."""
    v, w = on_edge(rng, cone)
    where = rng.random()
    if where < 0.25:
        return v + inner(cone), np.zeros(cone.size)
    if where < 0.3 and cone.kind is _SOC:
        return np.zeros(cone.size), np.concatenate(([np.linalg.norm(w[1:]) + 1.0], w[1:]))
    return v, w * float(rng.integers(0, 4)) if rng.random() < 0.9 else w


def on_edge(rng: Generator, cone: Cone) -> tuple[Array, Array]:
    """A point on the boundary and the inward normal there."""
    if cone.kind is _SOC:
        u = rng.normal(size=cone.size - 1)
        u /= np.linalg.norm(u) / rng.uniform(0.3, 3)
        length = np.linalg.norm(u)
        return np.concatenate(([length], u)), np.concatenate(([1.0], -u / length))
    if cone.kind is _EXP:
        y, r = rng.uniform(0.3, 2), rng.uniform(-2, 2)
        e = np.exp(r)
        w = np.array([-e, -e * (1 - r), 1.0])
        return np.array([r * y, y, y * e]), w / np.abs(w).max()
    x, y, a = rng.uniform(0.3, 3), rng.uniform(0.3, 3), cone.alpha
    z = x**a * y ** (1 - a)
    sign = rng.choice([-1.0, 1.0])
    return np.array([x, y, sign * z]), np.array([a * z / x, (1 - a) * z / y, -sign])


def inner(cone: Cone) -> Array:
    """A direction into the cone from any of its points."""
    if cone.kind is _SOC:
        return np.eye(cone.size)[0]
    return np.array([0.0, 0.3, 2.0]) if cone.kind is _EXP else np.array([1.0, 1.0, 0.0])


def _rows(rng: Generator, n: int, m: int, x: Array) -> tuple[Array, Array, Array, Array]:
    A = rng.integers(-3, 4, (m, n)).astype(float)
    l, u, y = _sides(rng, A @ x)
    return A, l, u, y


def _pairs(rng: Generator, cones: tuple[Cone, ...]) -> tuple[Array, Array]:
    found = [pair(rng, cone) for cone in cones]
    return np.concatenate([v for v, _ in found]), np.concatenate([w for _, w in found])


def _optimal(rng: Generator, n: int, m: int, cones: tuple[Cone, ...]) -> tuple[Numbers, Truth]:
    x = rng.integers(-2, 4, n).astype(float)
    A, l, u, y = _rows(rng, n, m, x)
    v, w = _pairs(rng, cones)
    F = rng.normal(size=(len(v), n)) * (rng.random((len(v), n)) < 0.7)
    lb = np.where(rng.random(n) < 0.4, np.minimum(x, 0.0), np.where(rng.random(n) < 0.5, x - 5.0, -INF))
    ub = np.where(rng.random(n) < 0.4, x + rng.integers(0, 5, n), INF)
    z = np.where(lb == x, rng.integers(0, 3, n), np.where(ub == x, -rng.integers(0, 3, n), 0)).astype(float)
    P = np.zeros((n, n))
    if rng.random() < 0.2:
        G = rng.integers(-1, 2, (n, n)).astype(float)
        P = G.T @ G
    q = A.T @ y + F.T @ w + z - P @ x
    objective = float(0.5 * x @ P @ x + q @ x)
    return Numbers(P, q, 0.0, A, l, u, lb, ub, F, v - F @ x), Truth("optimal", objective, x, y, z, w)


def _infeasible(rng: Generator, n: int, m: int, cones: tuple[Cone, ...]) -> tuple[Numbers, Truth]:
    """w in the dual cone with Fᵀw = 0 and w·g < 0."""
    x = rng.integers(-2, 4, n).astype(float)
    A, l, u, _ = _rows(rng, n, m, x)
    w = np.concatenate([on_edge(rng, cone)[1] * rng.integers(0, 2) for cone in cones])
    if not w.any():
        w[: cones[0].size] = on_edge(rng, cones[0])[1]
    F = rng.integers(-2, 3, (len(w), n)).astype(float)
    F -= np.outer(w, w @ F) / (w @ w)
    g = rng.normal(size=len(w))
    g -= w * (w @ g + float(rng.uniform(0.3, 2))) / (w @ w)
    lb = np.where(rng.random(n) < 0.6, x - 5.0, -INF)
    ub = np.where(rng.random(n) < 0.6, x + 5.0, INF)
    q = rng.integers(-2, 3, n).astype(float)
    numbers = Numbers(np.zeros((n, n)), q, 0.0, A, l, u, lb, ub, F, g)
    return numbers, Truth("infeasible", np.nan, x, np.zeros(m), np.zeros(n), w)


def _unbounded(rng: Generator, n: int, m: int, cones: tuple[Cone, ...]) -> tuple[Numbers, Truth]:
    """A plan inside the cones and a ray that stays there."""
    x = rng.integers(-2, 4, n).astype(float)
    ray = np.where(rng.random(n) < 0.3, 0.0, rng.choice([-1.0, 1.0, 2.0], n))
    ray[int(rng.integers(n))] = 1.0
    inside = np.concatenate([on_edge(rng, cone)[0] + inner(cone) for cone in cones])
    along = np.concatenate([on_edge(rng, cone)[0] + inner(cone) for cone in cones])
    F = rng.normal(size=(len(along), n))
    F += np.outer(along - F @ ray, ray) / (ray @ ray)
    A = rng.integers(-3, 4, (m, n)).astype(float)
    ax, move = A @ x, A @ ray
    l, u = np.where(move >= 0, ax - 1.0, -INF), np.where(move < 0, ax + 1.0, INF)
    lb = np.where((ray >= 0) & (rng.random(n) < 0.6), x - 2.0, -INF)
    ub = np.where((ray <= 0) & (rng.random(n) < 0.4), x + 2.0, INF)
    q = rng.integers(-3, 4, n).astype(float)
    q -= ray * (q @ ray + 1.0) / (ray @ ray)
    numbers = Numbers(np.zeros((n, n)), q, 0.0, A, l, u, lb, ub, F, inside - F @ x)
    return numbers, Truth("unbounded", np.nan, x, z=ray)
