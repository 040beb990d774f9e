"""Ranges of sides and costs: on 200 random linear problems, half of them degenerate, equal to what solving again finds."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from saddlepoint.algebra.structure import Batch
from saddlepoint.solve.diagnosis.basis_ranges import AskedRanges, BasisRanges, basis_ranges
from saddlepoint.solve.diagnosis.ends_by_solves import solve_ends
from saddlepoint.solve.diagnosis.ends_by_walks import walk_ends
from saddlepoint.solve.kernels.cache import available
from saddlepoint.solve.kernels.walks import BasisDictionary
from saddlepoint.solve.solution import Solution
from saddlepoint.solve.solve import solve
from saddlepoint.solve.vertex import matrix_of, vertex_of
from tests.solve.conftest import make_batch


def problem(seed: int) -> Batch:
    """In whole numbers, with a known optimum; that of odd seeds is degenerate in many ways."""
    rng = np.random.default_rng(seed)
    m, n = int(rng.integers(2, 6)), int(rng.integers(2, 7))
    ties = seed % 2
    A = 1.0 * rng.integers(-2, 4, (m, n)) * (rng.random((m, n)) < 0.7)
    x = rng.integers(0, 3, n).astype(float)
    ax, kind = A @ x, rng.integers(0, 3, m)
    slack = rng.integers(0, 2, m) * (rng.random(m) < 0.5)
    if not ties:
        A[:] += rng.normal(0, 0.1, (m, n))
        x += (x > 0) * rng.random(n)
        ax = A @ x
    l = np.where(kind == 0, ax - slack, np.where(kind == 2, ax, -np.inf))
    u = np.where(kind == 1, ax + slack, np.where(kind == 2, ax, np.inf))
    y = np.where(kind == 2, rng.integers(-2, 3, m), rng.integers(0, 3, m) * np.where(kind == 0, 1, -1))
    y = np.where((kind < 2) & (slack > 0), 0, y) * (1.0 if ties else rng.random(m) + 0.5)
    spare = np.where(x == 0, rng.integers(0, 3, n), 0) * (1.0 if ties else rng.random(n) + 0.5)
    return make_batch(A.T @ y + spare, A, l, u, ub=np.full(n, 9.0))


def moved(batch: Batch, asked: Any) -> Any:
    """The minima with one number moved each, infinite without a plan. asked: (kind, variable, by) of each."""
    n, k = batch.structure.n, len(asked)
    numbers = {name: np.repeat(getattr(batch, name), k, axis=0) for name in ("q", "l", "u", "lb", "ub")}
    for s, (kind, v, by) in enumerate(asked):
        if kind == "cost":
            numbers["q"][s, v] += by
            continue
        sides, at = (("l", "u"), v - n) if v >= n else (("lb", "ub"), v)
        both = getattr(batch, sides[0])[0, at] == getattr(batch, sides[1])[0, at]
        for name, side in zip(sides, ("lower", "upper"), strict=True):
            if both or side == kind:
                numbers[name][s, at] += by
    answer = solve(replace(batch, size=k, **numbers))
    return np.where(answer.answered, answer.objective, np.inf)


def ranges_of(batch: Batch, steps: int = 10**7) -> tuple[Solution, BasisRanges, AskedRanges, int]:
    found = solve(batch)
    assert found.answered[0] and found.basic[0].sum() == batch.structure.m
    vertex = vertex_of(batch, found.basic[0], found.x)
    assert vertex is not None
    n, m = batch.structure.n, batch.structure.m
    made = basis_ranges(vertex, n)
    every = np.ones(n + m, bool)
    asked = AskedRanges(
        lower=every & np.isfinite(vertex.lower[0]), upper=every & np.isfinite(vertex.upper[0]), cost=every[:n]
    )
    _, left = solve_ends(matrix_of(batch), batch.q[0], vertex, found.basic[0], made, asked, steps)
    return found, made, asked, left


def walked(batch: Batch, found: Solution, asked: AskedRanges) -> BasisRanges | None:
    """The same by walks of the parametric simplex; None without numba."""
    if not available():
        return None
    vertex = vertex_of(batch, found.basic[0], found.x)
    assert vertex is not None
    made = basis_ranges(vertex, batch.structure.n)
    walk_ends(BasisDictionary.of(vertex), vertex, made, asked, 10**7)
    return made


def agrees(one: BasisRanges | None, other: BasisRanges, asked: AskedRanges) -> None:
    for kind in ("lower", "upper", "cost") if one is not None else ():
        mine = getattr(asked, kind)
        for name in ("down", "up", "slope_down", "slope_up", "unknown"):
            first, second = (getattr(getattr(r, kind), name)[0, mine] for r in (one, other))
            np.testing.assert_allclose(first, second, rtol=1e-7, atol=1e-7, err_msg=f"{kind} {name}")


@pytest.mark.parametrize("seed", range(8))
def test_ranges_are_those_of_solving_again(seed: int) -> None:
    for k in range(25):
        batch = problem(25 * seed + k)
        found, made, asked, left = ranges_of(batch)
        assert left == 0
        agrees(walked(batch, found, asked), made, asked)
        ends = [
            (kind, int(v), sign, abs(float(end[0, v])), float(slope[0, v]))
            for kind in ("lower", "upper", "cost")
            for mine in (getattr(made, kind),)
            for v in np.flatnonzero(getattr(asked, kind))[k % 2 :: 2]
            for sign, end, slope in ((-1, mine.down, mine.slope_down), (1, mine.up, mine.slope_up))
        ]
        check(batch, float(found.objective[0]), ends)


FAR = 50.0


def check(batch: Batch, start: float, ends: Iterable[Any]) -> None:
    """Within its interval the optimum has the slope that is told, and beyond the end another."""
    steps = [(min(end, FAR) / 2, min(end, FAR) * (1 - 1e-9), min(end, FAR) + 0.05) for *_, end, _ in ends]
    asked = [
        (kind, v, sign * step)
        for (kind, v, sign, _, _), three in zip(ends, steps, strict=True)
        for step in three
    ]
    found = moved(batch, asked).reshape(-1, 3)
    for one, at, (middle, last, beyond) in zip(ends, steps, found, strict=True):
        *_, sign, end, slope = one
        if np.isinf(slope):
            assert end == 0 and np.isinf(beyond), one
            continue
        assert end > 0, one
        assert middle == pytest.approx(start + slope * sign * at[0], abs=1e-6), one
        assert last == pytest.approx(start + slope * sign * at[1], abs=1e-6), one
        if end < FAR:
            assert abs(beyond - start - slope * sign * at[2]) > 1e-7, one
