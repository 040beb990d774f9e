"""Rough answers of quadratic problems that are nearly linear, made exact."""

from __future__ import annotations

import numpy as np
import pytest

from saddlepoint.solve.proof.certificate import measure
from saddlepoint.solve.route.polishing.polish import polish
from saddlepoint.solve.solve import solve
from tests.solve.conftest import make_batch


@pytest.mark.parametrize(("size", "curvature"), [(1e4, 1e-2), (1e4, 1e-6), (1e6, 1e-2)])
def test_sides_are_found_where_quantities_and_prices_are_of_other_sizes(
    size: float, curvature: float
) -> None:
    """Degenerate transports of large loads beside many small limits: what is near a side is said by plan and prices in one measure, and little curvature is not lost."""
    k, more = 6, 30
    n, none = k * k, np.zeros((1, 0))
    rows = np.vstack([np.kron(np.eye(k), np.ones(k)), np.kron(np.ones(k), np.eye(k))])
    A = np.block([[rows, np.zeros((2 * k, more))], [np.zeros((more, n)), np.eye(more)]])
    for seed in range(5):
        r = np.random.default_rng(seed)
        q = np.r_[r.integers(1, 9, n), np.ones(more)]
        curved = np.where(r.random(n) < 0.3, curvature * r.integers(1, 5, n) / size, 0.0)
        loads = size * r.integers(1, 4, k)
        low = np.r_[np.full(k, -np.inf), loads, np.full(more, 1e-2)]
        high = np.r_[loads, np.full(k + more, np.inf)]
        batch = make_batch(q, A, low, high, lb=np.zeros(n + more), P=np.diag(np.r_[curved, np.zeros(more)]))
        found = solve(batch)
        assert found.certificates.verified[0]
        largest, dearest = np.abs(found.x[0]).max(), np.abs(found.y[0]).max()
        x = found.x[0] + 1e-9 * largest * r.random(n + more)
        y = found.y[0] + 1e-9 * dearest * r.random(len(A)) * np.sign(found.y[0])
        made = polish(batch, x, y, found.z[0] + 1e-9 * dearest * r.random(n + more))
        assert made is not None
        exact = measure(batch, made.x[None], made.y[None], made.z[None], none, made.spread[None])
        assert exact.within(1e-9)[0]
        assert exact.objective[0] == pytest.approx(found.objective[0], rel=1e-6)
