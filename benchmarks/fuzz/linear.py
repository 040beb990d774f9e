"""Linear and convex quadratic models: plan and prices first, the numbers from them, exactly."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from benchmarks.fuzz.case import INF, Array, Case, Numbers, Scenario, Truth
from benchmarks.fuzz.units import SPREADS, draw_units

_NONE = np.zeros(0)


def linear(rng: Generator) -> Case:
    """An LP or a sweep of LPs: optimal, infeasible or unbounded."""
    return _case(rng, quadratic=False)


def quadratic(rng: Generator) -> Case:
    """A convex QP or a sweep of QPs; P may be singular, or zero in some scenarios' directions."""
    return _case(rng, quadratic=True)


def _case(rng: Generator, quadratic: bool) -> Case:
    n, m = int(rng.integers(1, 9)), int(rng.integers(0, 9))
    size = int(rng.choice([1, 1, 1, 2, 5, 20]))
    spread = str(rng.choice(SPREADS[:-1] if quadratic else SPREADS))
    fine = rng.random() < 0.5
    A, P = _matrix(rng, m, n, fine), _curvature(rng, n, fine) if quadratic else np.zeros((n, n))
    one_matrix, one_unit = rng.random() < 0.6, rng.random() < 0.6
    flavours = {spread, "fine" if fine else "whole"}
    duplicates = m > 1 and rng.random() < 0.2
    units = draw_units(rng, spread, m, n, (), np.zeros(n, bool))
    scenarios = []
    for _ in range(size):
        if not one_matrix:
            A = np.where(A != 0, _matrix(rng, m, n, fine, 1.0), 0.0)
        if not one_unit:
            units = draw_units(rng, spread, m, n, (), np.zeros(n, bool))
        kind = str(rng.choice(["optimal"] * 8 + ["infeasible", "unbounded"]))
        numbers, truth, words = _MAKERS[kind](rng, A, P, fine, duplicates)
        flavours |= {kind, *words}
        scenarios.append(Scenario(numbers, units, truth))
    return Case(tuple(scenarios), np.zeros(n, bool), (), tuple(sorted(flavours)))


def _number(rng: Generator, size: object, fine: bool, low: int = -4, high: int = 5) -> Array:
    """Whole numbers, or multiples of 1/1024: products and sums of three of them are exact."""
    if fine:
        return rng.integers(low * 1024, high * 1024, size) / 1024.0
    return rng.integers(low, high, size).astype(float)


def _matrix(rng: Generator, m: int, n: int, fine: bool, density: float | None = None) -> Array:
    density = float(rng.choice([0.4, 0.8, 1.0])) if density is None else density
    A = _number(rng, (m, n), fine) * (rng.random((m, n)) < density)
    return np.where((A == 0) & (rng.random((m, n)) < density / 2), 1.0, A)


def _curvature(rng: Generator, n: int, fine: bool) -> Array:
    """GᵀG of full or lower rank, or a diagonal."""
    if rng.random() < 0.3:
        return np.diag(rng.integers(0, 5, n).astype(float))
    G = _number(rng, (int(rng.integers(1, n + 1)), n), False, -2, 3) * (rng.random(n) < 0.8)
    return G.T @ G / (4.0 if fine else 1.0)


def _bounds(rng: Generator, x: Array) -> tuple[Array, Array, Array, Array]:
    """Bounds around x and prices that act on some of them; wide ones mean none."""
    n = len(x)
    share = 0.3 if rng.random() < 0.25 else 0.0
    kinds = rng.choice(["nonneg", "free", "box", "fixed"], n, p=[0.45, 0.2, 0.3, 0.05]).astype("<U6")
    kinds[rng.random(n) < share] = "wide"
    lb, ub, z = np.full(n, -INF), np.full(n, INF), np.zeros(n)
    wide = 10.0 ** rng.integers(10, 14)
    for j in range(n):
        if kinds[j] == "nonneg":
            lb[j] = min(0.0, x[j])
        elif kinds[j] == "box":
            lb[j], ub[j] = x[j] - rng.integers(0, 4), x[j] + rng.integers(0, 4)
        elif kinds[j] == "wide":
            lb[j], ub[j] = rng.choice([-wide, min(0.0, x[j])]), wide
        elif kinds[j] == "fixed":
            lb[j] = ub[j] = x[j]
        active_low, active_high = lb[j] == x[j], ub[j] == x[j]
        if active_low and rng.random() < 0.7:
            z[j] = rng.integers(1, 5)
        if active_high and rng.random() < 0.7 and not z[j]:
            z[j] = -rng.integers(1, 5)
    return lb, ub, z, (kinds == "wide")


def _sides(rng: Generator, ax: Array) -> tuple[Array, Array, Array]:
    """Sides around Ax, many of them active, and prices; active rows without a price make the plan degenerate."""
    m = len(ax)
    l, u, y = np.full(m, -INF), np.full(m, INF), np.zeros(m)
    for i, kind in enumerate(rng.choice(["eq", "le", "ge", "range"], m, p=[0.2, 0.4, 0.3, 0.1])):
        slack = 0.0 if rng.random() < 0.7 else float(rng.integers(1, 6))
        price = float(rng.integers(1, 5)) if not slack and rng.random() < 0.8 else 0.0
        if kind == "eq":
            l[i] = u[i] = ax[i]
            y[i] = price * rng.choice([-1, 1]) if not slack else 0.0
        elif kind == "le":
            u[i], y[i] = ax[i] + slack, -price
        elif kind == "ge":
            l[i], y[i] = ax[i] - slack, price
        else:
            l[i], u[i], y[i] = ax[i] - slack, ax[i] + float(rng.integers(1, 6)), price
    return l, u, y


def _optimal(
    rng: Generator, A: Array, P: Array, fine: bool, duplicates: bool
) -> tuple[Numbers, Truth, list[str]]:
    n = A.shape[1]
    A = A.copy()
    if duplicates:
        A[1] = A[0] * rng.choice([1.0, 2.0, -1.0])
    x = _number(rng, n, fine, -2, 6) * (rng.random(n) < 0.7)
    lb, ub, z, wide = _bounds(rng, x)
    l, u, y = _sides(rng, A @ x)
    q = A.T @ y + z - P @ x
    r = float(rng.choice([0, 0, 0, 7, 1e6, -1e9]))
    numbers = Numbers(P, q, r, A, l, u, lb, ub, np.zeros((0, n)), _NONE)
    objective = float(0.5 * x @ P @ x + q @ x)
    words = [w for w, on in (("wide", wide.any()), ("constant", r), ("duplicates", duplicates)) if on]
    return numbers, Truth("optimal", objective, x, y, z, _NONE), words


def _infeasible(
    rng: Generator, A: Array, P: Array, fine: bool, duplicates: bool
) -> tuple[Numbers, Truth, list[str]]:
    """The last row says the opposite of a combination of the others (or a column's bounds cross a row)."""
    m, n = A.shape
    if m == 0:
        return _optimal(rng, A, P, fine, duplicates)
    x = _number(rng, n, fine, 0, 6)
    lb, ub, _, _ = _bounds(rng, x)
    l, u, _ = _sides(rng, A @ x)
    y = np.where(np.isfinite(l), 1.0, -1.0) * rng.integers(0, 4, m)
    y[-1] = 1.0
    A = A.copy()
    A[-1] = -(y[:-1] @ A[:-1])
    left = np.where(np.isfinite(l), l, 0.0)[:-1] @ np.maximum(y[:-1], 0)
    right = np.where(np.isfinite(u), u, 0.0)[:-1] @ np.maximum(-y[:-1], 0)
    margin = float(rng.choice([1.0, 0.25, 3.0]))
    l[-1], u[-1] = margin - (left - right), INF
    z = np.zeros(n)
    if rng.random() < 0.4:
        j = int(rng.integers(n))
        if np.isfinite(lb[j]):
            z[j] = 1.0
            A[-1, j] -= 1.0
            l[-1] -= lb[j]
    q = _number(rng, n, fine)
    return (
        Numbers(P, q, 0.0, A, l, u, lb, ub, np.zeros((0, n)), _NONE),
        Truth("infeasible", np.nan, x, y, z, _NONE),
        [],
    )


def _unbounded(
    rng: Generator, A: Array, P: Array, fine: bool, duplicates: bool
) -> tuple[Numbers, Truth, list[str]]:
    """A plan, and a ray that leaves it for ever: rows are turned so that they let it pass."""
    m, n = A.shape
    x = _number(rng, n, fine, 0, 6)
    l, u, _ = _sides(rng, A @ x)
    ray = rng.integers(-1, 3, n).astype(float)
    ray[rng.integers(n)] = 1.0
    j = int(np.flatnonzero(np.abs(ray) == 1)[0])
    P = P.copy()
    P[ray != 0, :] = 0.0
    P[:, ray != 0] = 0.0
    A = A.copy()
    for i in range(m):
        away = A[i] @ ray
        wanted = 0.0 if np.isfinite(l[i]) and np.isfinite(u[i]) else float(rng.integers(0, 3))
        wanted *= 1.0 if np.isfinite(l[i]) else -1.0
        A[i, j] += (wanted - away) * ray[j]
    shift = A @ x
    width = float(rng.integers(0, 4))
    l, u = np.where(np.isfinite(l), shift - width, -INF), np.where(np.isfinite(u), shift + width, INF)
    lb = np.where(ray < 0, -INF, np.where(rng.random(n) < 0.7, np.minimum(0.0, x), -INF))
    ub = np.where(ray > 0, INF, np.where(rng.random(n) < 0.3, x + 3.0, INF))
    q = _number(rng, n, fine)
    q[j] -= (q @ ray + float(rng.integers(1, 4))) * ray[j]
    return (
        Numbers(P, q, 0.0, A, l, u, lb, ub, np.zeros((0, n)), _NONE),
        Truth("unbounded", np.nan, x, z=ray),
        [],
    )


Maker = Callable[[Generator, Array, Array, bool, bool], tuple[Numbers, Truth, list[str]]]
_MAKERS: dict[str, Maker] = {"optimal": _optimal, "infeasible": _infeasible, "unbounded": _unbounded}
