"""How far a basis stays optimal as a cell moves numbers of the matrix, sides and costs: as dense linear algebra says of the same basis."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from saddlepoint.algebra.products import dense
from saddlepoint.algebra.structure import Batch
from saddlepoint.solve.diagnosis.basis_paths import BasisPath, CellRates
from saddlepoint.solve.kernels.walks import BasisDictionary
from saddlepoint.solve.solve import solve
from saddlepoint.solve.vertex import OptimalVertex, vertex_of
from tests.solve.diagnosis.test_basis_ranges import problem


def a_cell(rng: np.random.Generator, batch: Batch, kind: int) -> CellRates:
    """One row, one column, or one entry of the matrix, alone or with sides and costs; or sides and costs without it."""
    m, n = batch.structure.m, batch.structure.n
    pattern = batch.structure.A
    row, column = pattern.indices, np.repeat(np.arange(n), np.diff(pattern.indptr))
    entries = np.flatnonzero((row == rng.integers(m)) if kind % 3 == 0 else (column == rng.integers(n)))
    entries = entries[:1] if kind % 3 == 2 else entries
    entries = entries[: 0 if kind == 3 else None]
    sides = n + np.flatnonzero(rng.random(m) < (0.5 if kind >= 3 else 0.0))
    costs = np.flatnonzero(rng.random(n) < (0.5 if kind >= 3 else 0.0))
    rate = rng.normal(size=len(sides))
    return CellRates(
        row=row[entries].astype(np.int64),
        column=column[entries],
        entry=rng.normal(size=len(entries)),
        variable=sides,
        lower=rate,
        upper=rate,
        costed=costs,
        cost=rng.normal(size=len(costs)),
    )


def dense_of(batch: Batch, cell: CellRates, t: float) -> tuple[Any, ...]:
    """[A, −I], both sides of all variables and the costs, with the cell moved by t."""
    m = batch.structure.m
    a = dense(batch.structure.A, batch.A[0]).copy()
    np.add.at(a, (cell.row, cell.column), t * cell.entry)
    lower, upper = np.append(batch.lb[0], batch.l[0]), np.append(batch.ub[0], batch.u[0])
    lower[cell.variable] += t * cell.lower
    upper[cell.variable] += t * cell.upper
    cost = np.append(batch.q[0], np.zeros(m))
    cost[cell.costed] += t * cell.cost
    return np.hstack([a, -np.eye(m)]), lower, upper, cost


def stays(batch: Batch, cell: CellRates, t: float, basic: Any, vertex: OptimalVertex) -> tuple[float, float]:
    """By how much the worst bound or sign of the basis is broken, and its minimum."""
    a, lower, upper, cost = dense_of(batch, cell, t)
    x = np.where(basic, 0.0, np.where(vertex.at_lower[0], lower, np.where(vertex.at_upper[0], upper, 0.0)))
    x[basic] = np.linalg.solve(a[:, basic], -a[:, ~basic] @ x[~basic])
    reduced = cost - a.T @ np.linalg.solve(a[:, basic].T, cost[basic])
    free = ~basic & (lower != upper)
    low, high = free & vertex.at_lower[0], free & ~vertex.at_lower[0]
    broken = max((lower - x).max(), (x - upper).max())
    signs = max((-reduced[low]).max(initial=-1.0), reduced[high].max(initial=-1.0))
    return max(broken, signs), float(cost @ x)


@pytest.mark.parametrize("kind", range(6))
def test_a_basis_holds_as_far_as_it_is_told(kind: int) -> None:
    """kind: a row, a column, an entry; sides and costs; a column with these; an entry with these."""
    rng = np.random.default_rng(kind)
    checked = 0
    for seed in range(40):
        batch = problem(seed)
        found = solve(batch)
        vertex = vertex_of(batch, found.basic[0], found.x)
        assert vertex is not None
        cell = a_cell(rng, batch, kind)
        path = BasisPath(BasisDictionary.of(vertex), vertex, 0, batch.structure.n)
        told = path.follow(cell)
        assert told is not None
        for end in (told.down, told.up):
            if not end:
                continue
            reach = float(np.clip(end, -30.0, 30.0))
            for share in (0.37, 1 - 1e-7):
                assert stays(batch, cell, share * reach, found.basic[0], vertex)[0] <= 1e-6, (seed, end)
            if abs(end) < 30.0:
                near = 1e-4 * abs(end) + 1e-7
                worst = max(
                    stays(batch, cell, (1 + k * near) * end, found.basic[0], vertex)[0] for k in (1, 10, 100)
                )
                singular = abs(np.linalg.det(dense_of(batch, cell, end)[0][:, found.basic[0]])) < 1e-6
                assert worst > 1e-12 or singular, (seed, end)
            step = 1e-6 * reach
            first, second = (stays(batch, cell, k * step, found.basic[0], vertex)[1] for k in (0, 1))
            assert (second - first) / step == pytest.approx(told.slope, rel=1e-3, abs=1e-3), seed
            checked += 1
    assert checked >= 15


def test_what_has_not_rank_one_is_not_told() -> None:
    batch = problem(0)
    found = solve(batch)
    vertex = vertex_of(batch, found.basic[0], found.x)
    assert vertex is not None
    n = batch.structure.n
    inside = np.flatnonzero(found.basic[0, :n])[:2]
    cell = replace(
        a_cell(np.random.default_rng(0), batch, 2),
        row=np.array([0, 1]),
        column=inside,
        entry=np.ones(2),
    )
    assert len(inside) == 2
    assert BasisPath(BasisDictionary.of(vertex), vertex, 0, n).follow(cell) is None
