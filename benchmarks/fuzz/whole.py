"""Models with whole numbers that are small enough to be counted out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from benchmarks.fuzz.case import INF, Array, Case, Numbers, Scenario, Truth, Units
from benchmarks.fuzz.units import SPREADS, draw_units

_NONE = np.zeros(0)
Draw = Callable[[Generator], tuple[Numbers, Array]]


def whole(rng: Generator) -> Case:
    """A MILP: a box of whole numbers, perhaps with one real column; a knapsack; fixed charges with big-M."""
    draw = _DRAWS[str(rng.choice(["box"] * 4 + ["knapsack"] * 3 + ["charge"] * 3))]
    return _case(rng, draw)


def whole_quadratic(rng: Generator) -> Case:
    """A convex quadratic objective over a box of whole numbers."""
    return _case(rng, _quadratic_box)


def _case(rng: Generator, draw: Draw) -> Case:
    spread = str(rng.choice(SPREADS))
    size = int(rng.choice([1, 1, 1, 2, 4]))
    first, integer = draw(rng)
    state = rng.integers(2**31)
    numbers = [first]
    for k in range(size - 1):
        numbers.append(_varied(np.random.default_rng([state, k]), first))
    units = draw_units(rng, spread, len(first.l), len(first.q), (), integer)
    scenarios = tuple(Scenario(d, units, counted(d, integer)) for d in numbers)
    flavours = {spread, draw.__name__.strip("_"), *(s.truth.status for s in scenarios)}
    return Case(scenarios, integer, (), tuple(sorted(flavours)))


def _varied(rng: Generator, d: Numbers) -> Numbers:
    """Other costs and sides of the same kind."""
    q = d.q + rng.integers(-1, 2, len(d.q)) * (d.q != 0)
    shift = rng.integers(0, 2, len(d.l)).astype(float)
    return Numbers(d.P, q, d.r, d.A, d.l - shift, d.u + shift, d.lb, d.ub, d.F, d.g)


def _numbers(q: Array, A: Array, l: Array, u: Array, lb: Array, ub: Array, P: Array | None = None) -> Numbers:
    n = len(q)
    P = np.zeros((n, n)) if P is None else P
    return Numbers(P, q, 0.0, A, l, u, lb, ub, np.zeros((0, n)), _NONE)


def _box(rng: Generator) -> tuple[Numbers, Array]:
    k = int(rng.integers(1, 6))
    real = int(rng.random() < 0.5)
    n, m = k + real, int(rng.integers(1, 5))
    A = rng.integers(-4, 5, (m, n)).astype(float)
    x = rng.integers(0, 4, n)
    low = -rng.integers(0, 3, n).astype(float)
    high = low + rng.integers(1, 5, n)
    slack = rng.integers(-1, 4, m)
    kind = rng.choice(["le", "ge", "eq"], m, p=[0.5, 0.4, 0.1])
    l = np.where(kind != "le", A @ x - np.where(kind == "eq", 0, slack), -INF)
    u = np.where(kind != "ge", A @ x + np.where(kind == "eq", 0, slack), INF)
    if real and rng.random() < 0.5:
        low[-1], high[-1] = 0.0, INF
    integer = np.arange(n) < k
    return _numbers(rng.integers(-9, 10, n).astype(float), A, l, u, low, high), integer


def _knapsack(rng: Generator) -> tuple[Numbers, Array]:
    n, m = int(rng.integers(3, 12)), int(rng.integers(1, 3))
    A = rng.integers(1, 100, (m, n)).astype(float)
    q = -(A[0] + rng.integers(-5, 30, n)) if rng.random() < 0.5 else -rng.integers(1, 100, n).astype(float)
    u = np.floor(A.sum(1) * rng.uniform(0.2, 0.7))
    return _numbers(q.astype(float), A, np.full(m, -INF), u, np.zeros(n), np.ones(n)), np.ones(n, bool)


def _charge(rng: Generator) -> tuple[Numbers, Array]:
    """min Σ f z + c x, Σ x ≥ D, x ≤ M z, 0 ≤ x ≤ cap; M from the cap itself to 1e10."""
    k = int(rng.integers(1, 5))
    cap = rng.integers(1, 9, k).astype(float)
    M = cap if rng.random() < 0.3 else np.full(k, 10.0 ** rng.integers(2, 11))
    demand = float(rng.integers(1, int(cap.sum()) + 1))
    fixed, cost = rng.integers(1, 30, k), rng.integers(0, 9, k)
    A = np.zeros((1 + k, 2 * k))
    A[0, k:] = 1.0
    A[1:, k:] = np.eye(k)
    A[1:, :k] = -np.diag(M)
    l, u = np.full(1 + k, -INF), np.zeros(1 + k)
    l[0], u[0] = demand, INF
    ub = np.concatenate((np.ones(k), cap))
    q = np.concatenate((fixed, cost)).astype(float)
    return _numbers(q, A, l, u, np.zeros(2 * k), ub), np.arange(2 * k) < k


def _quadratic_box(rng: Generator) -> tuple[Numbers, Array]:
    d, integer = _box(rng)
    n = len(d.q)
    k = int(integer.sum())
    G = rng.integers(-2, 3, (n, n)).astype(float) * integer
    shrunk = Numbers(
        (G.T @ G)[:k, :k], d.q[:k], 0.0, d.A[:, :k], d.l, d.u, d.lb[:k], d.ub[:k], d.F[:, :k], d.g
    )
    return shrunk, np.ones(k, bool)


_DRAWS: dict[str, Draw] = {"box": _box, "knapsack": _knapsack, "charge": _charge}


def counted(d: Numbers, integer: Array) -> Truth:
    """The optimum over every whole point of the box; what is real is decided for each of them.

    One real column: the interval that the rows leave; several: only those of fixed charges, cheapest first.
    """
    integer = np.asarray(integer, bool)
    real = np.flatnonzero(~integer)
    grid = _grid(d.lb[integer], d.ub[integer])
    if len(real) > 1:
        return _charged(d, integer, grid)
    x = np.zeros((len(grid), len(d.q)))
    x[:, integer] = grid
    ok = np.ones(len(grid), bool)
    if len(real):
        low, high = _interval(d, x, int(real[0]))
        ok = low <= high + 1e-12
        others = d.A[:, real[0]] == 0
        rest = x @ d.A[others].T
        ok &= ((rest >= d.l[others] - 1e-9) & (rest <= d.u[others] + 1e-9)).all(axis=1)
        best = np.where(
            d.q[real[0]] > 0, low, high if d.q[real[0]] < 0 else np.where(np.isfinite(low), low, high)
        )
        best = np.where(np.isfinite(best) | (d.q[real[0]] != 0), best, 0.0)
        if np.isinf(best[ok]).any():
            return Truth("unbounded", z=np.zeros(len(d.q)))
        x[:, real[0]] = np.where(ok, best, 0.0)
    ax = x @ d.A.T
    ok &= ((ax >= d.l - 1e-9) & (ax <= d.u + 1e-9)).all(axis=1)
    if not ok.any():
        return Truth("infeasible", z=np.zeros(len(d.q)))
    value = np.where(ok, x @ d.q + 0.5 * np.einsum("ki,ij,kj->k", x, d.P, x), INF)
    k = int(np.argmin(value))
    return Truth("optimal", float(value[k]), x[k], z=np.zeros(len(d.q)))


def _grid(low: Array, high: Array) -> Array:
    axes = [np.arange(np.ceil(a), np.floor(b) + 1) for a, b in zip(low, high, strict=True)]
    if not axes:
        return np.zeros((1, 0))
    return np.stack([a.ravel() for a in np.meshgrid(*axes, indexing="ij")], axis=1)


def _interval(d: Numbers, x: Array, j: int) -> tuple[Array, Array]:
    low, high = np.full(len(x), d.lb[j]), np.full(len(x), d.ub[j])
    rest = x @ d.A.T
    for i in range(len(d.l)):
        a = d.A[i, j]
        if a == 0:
            continue
        one, two = (d.l[i] - rest[:, i]) / a, (d.u[i] - rest[:, i]) / a
        low, high = np.maximum(low, np.minimum(one, two)), np.minimum(high, np.maximum(one, two))
    return low, high


def _charged(d: Numbers, integer: Array, grid: Array) -> Truth:
    """Fixed charges: for every set of open plants the cheapest plants are filled first."""
    k = int(integer.sum())
    best, plan = INF, np.zeros(2 * k)
    order = np.argsort(d.q[k:], kind="stable")
    for z in grid:
        left, x = d.l[0], np.zeros(k)
        for j in order:
            room = min(d.ub[k + j], -d.A[1 + j, j] * z[j] + d.u[1 + j])
            x[j] = max(0.0, min(left, room))
            left -= x[j]
        value = float(z @ d.q[:k] + x @ d.q[k:])
        if left <= 1e-9 and value < best:
            best, plan = value, np.concatenate((z, x))
    status = "optimal" if np.isfinite(best) else "infeasible"
    return Truth(status, best, plan, z=np.zeros(2 * k))


def plain_units(case: Case) -> Units:
    return Units.plain(case.scenarios[0].numbers)
