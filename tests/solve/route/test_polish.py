"""Rough answers of quadratic problems that are nearly linear, made exact."""

from __future__ import annotations

import numpy as np
import pytest

from saddlepoint.algebra.structure import Batch
from saddlepoint.solve.adapters.highs import solve_highs, solve_highs_linear
from saddlepoint.solve.proof.certificate import measure
from saddlepoint.solve.route.polishing.polish import polish
from saddlepoint.solve.route.stages.choose import choose
from saddlepoint.solve.solution import Options, Status
from saddlepoint.solve.solve import solve, stages_for
from tests.solve.conftest import make_batch


def transport(size: float, curvature: float, seed: int) -> Batch:
    """A degenerate transport of 6 × 6 loads near `size`, some with a little curvature, beside 30 limits of 0.01."""
    k, more, r = 6, 30, np.random.default_rng(seed)
    n = k * k
    rows = np.vstack([np.kron(np.eye(k), np.ones(k)), np.kron(np.ones(k), np.eye(k))])
    A = np.block([[rows, np.zeros((2 * k, more))], [np.zeros((more, n)), np.eye(more)]])
    q = np.r_[r.integers(1, 9, n), np.ones(more)]
    curved = np.where(r.random(n) < 0.3, curvature * r.integers(1, 5, n) / size, 0.0)
    loads = size * r.integers(1, 4, k)
    low = np.r_[np.full(k, -np.inf), loads, np.full(more, 1e-2)]
    high = np.r_[loads, np.full(k + more, np.inf)]
    return make_batch(q, A, low, high, lb=np.zeros(n + more), P=np.diag(np.r_[curved, np.zeros(more)]))


@pytest.mark.parametrize(("size", "curvature", "seed"), [(1e6, 1e-6, 3), (1e8, 1e-2, 0)])
def test_what_is_nearly_linear_starts_from_the_vertex_of_its_costs(
    size: float, curvature: float, seed: int
) -> None:
    """Loads of a million and more beside limits of 0.01: no interior point comes near enough, the simplex and its active set do."""
    batch = transport(size, curvature, seed)
    found = solve(batch)
    assert found.status[0] == Status.OPTIMAL
    assert found.certificates.verified[0]
    assert found.certificates.rel_prim[0] < 1e-12


def test_the_vertex_is_asked_for_at_last_in_wild_units_too() -> None:
    """To make a far vertex exact may take long: what may answer at once goes first."""
    batch = make_batch([1e9, 1.0], [[1e8, 1.0]], [1.0], lb=[0.0, 0.0], P=np.eye(2))
    stages = stages_for(batch, choose(batch.structure, 1, Options()).stages)
    assert [stage.adapter for stage in stages[-2:]] == [solve_highs_linear, solve_highs]


def test_a_vertex_without_curvature_claims_no_end() -> None:
    """−x + x²/2 has an optimum at 1; without its curvature it has no end."""
    found = solve_highs_linear(make_batch([-1.0], P=[[1.0]], lb=[0.0]), Options())
    assert found.status[0] == Status.LIMIT


@pytest.mark.parametrize(("size", "curvature"), [(1e4, 1e-2), (1e4, 1e-6), (1e6, 1e-2)])
def test_sides_are_found_where_quantities_and_prices_are_of_other_sizes(
    size: float, curvature: float
) -> None:
    """Degenerate transports of large loads beside many small limits: what is near a side is said by plan and prices in one measure, and little curvature is not lost."""
    none = np.zeros((1, 0))
    for seed in range(5):
        batch, r = transport(size, curvature, seed), np.random.default_rng(seed)
        n, m = batch.structure.n, batch.structure.m
        found = solve(batch)
        assert found.certificates.verified[0]
        largest, dearest = np.abs(found.x[0]).max(), np.abs(found.y[0]).max()
        x = found.x[0] + 1e-9 * largest * r.random(n)
        y = found.y[0] + 1e-9 * dearest * r.random(m) * np.sign(found.y[0])
        made = polish(batch, x, y, found.z[0] + 1e-9 * dearest * r.random(n))
        assert made is not None
        exact = measure(batch, made.x[None], made.y[None], made.z[None], none, made.spread[None])
        assert exact.within(1e-9)[0]
        assert exact.objective[0] == pytest.approx(found.objective[0], rel=1e-6)
