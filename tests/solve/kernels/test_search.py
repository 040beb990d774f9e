"""The price search of water-filling and the supply curve find the same price, however the slopes lie."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saddlepoint.solve.kernels.supply import SupplyCurve

pytest.importorskip("numba")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_a_search_ends_where_the_curve_says(seed):
    from numba import njit

    from saddlepoint.solve.kernels import jit_supply

    rng = np.random.default_rng(seed)
    k = int(rng.integers(1, 40))
    p = 10.0 ** rng.uniform(-6, 6, k) * (rng.random(k) < 0.8)
    q, low = rng.uniform(-5, 20, k), rng.uniform(0, 5, k) * (rng.random(k) < 0.5)
    high = low + rng.uniform(0, 30, k)
    curve = SupplyCurve.of(0.5 * p, q, low, high, np.arange(k))
    target = curve.free + rng.uniform(0.01, 1.0) * (curve.capacity - curve.free)
    search = _compiled(njit, jit_supply)
    price, passes = search(p, q, low, high, target, 0.0)
    assert passes <= 120
    assert price == pytest.approx(float(curve.price_at([target])[0]), rel=1e-6, abs=1e-9)


_KEPT: list[object] = []


def _compiled(njit, jit_supply):
    if not _KEPT:
        row, inner = jit_supply.RowVariables, jit_supply.search

        @njit
        def call(p, q, low, high, target, begin):
            return inner(row(p, q, low, high), target, begin)

        _KEPT.append(call)
    return _KEPT[0]
