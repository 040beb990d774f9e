"""The ends of prices, sparse and by conditions alone: those of the dense face, and those of the optimum's slopes."""

from dataclasses import replace

import numpy as np
import pytest

from saddlepoint.solve.route.prices import dual_face as face
from saddlepoint.solve.route.prices.settle_prices import _active_bounds, _active_rows
from saddlepoint.solve.solve import solve
from tests.solve.conftest import make_batch


def degenerate(seed):
    """A small linear program in whole numbers with known, degenerate optimum."""
    rng = np.random.default_rng(seed)
    m, n = int(rng.integers(3, 9)), int(rng.integers(3, 10))
    A = rng.integers(-2, 4, (m, n)) * (rng.random((m, n)) < 0.5)
    x = rng.integers(0, 3, n).astype(float)
    ax, kind = A @ x, rng.integers(0, 3, m)
    slack = rng.integers(0, 2, m) * (rng.random(m) < 0.5)
    l = np.where(kind == 0, ax - slack, np.where(kind == 2, ax, -np.inf))
    u = np.where(kind == 1, ax + slack, np.where(kind == 2, ax, np.inf))
    y = np.where(kind == 2, rng.integers(-2, 3, m), rng.integers(0, 3, m) * np.where(kind == 0, 1, -1))
    y = np.where((kind < 2) & (slack > 0), 0, y)
    return make_batch(A.T @ y + np.where(x == 0, rng.integers(0, 2, n), 0), A, l, u)


def both(batch, monkeypatch, steps=10**6):
    found = solve(batch)
    rows, bounds = _active_rows(batch, found.x)[0], _active_bounds(batch, found.x)[0]
    asked = np.ones(batch.structure.n, np.bool_)
    made = []
    for small in (10**6, -1):
        monkeypatch.setattr(face, "SMALL", small)
        made.append(face.dual_face(batch, found.y[0], found.z[0], rows, bounds, asked, steps))
    return found, made


def test_the_sparse_ends_are_those_of_the_dense_face(monkeypatch) -> None:
    seen = 0
    for seed in range(25):
        found, (dense, sparse) = both(degenerate(seed), monkeypatch)
        if dense is None and sparse is None:
            continue
        for kind, value in (("row", found.y[0]), ("bound", found.z[0])):
            for end in ("low", "high"):
                left, right = (
                    value if f is None else np.where(np.isnan(e := getattr(f, f"{kind}_{end}")), value, e)
                    for f in (dense, sparse)
                )
                np.testing.assert_allclose(left, right, atol=1e-9)
                seen += int((np.abs(left - value) > 1e-9).sum())
    assert seen > 50


def test_ends_are_the_slopes_of_the_optimum_on_either_side(monkeypatch) -> None:
    step, tried = 1e-4, 0
    for seed in range(12):
        batch = degenerate(seed)
        found, (_, sparse) = both(batch, monkeypatch)
        if sparse is None:
            continue
        for i in np.flatnonzero(np.isfinite(sparse.row_low) & np.isfinite(sparse.row_high)).tolist():
            for sign, end in ((-1.0, sparse.row_low[i]), (1.0, sparse.row_high[i])):
                move = np.zeros(batch.structure.m)
                move[i] = sign * step
                moved = solve(replace(batch, l=batch.l + move, u=batch.u + move))
                slope = sign * (moved.objective[0] - found.objective[0]) / step
                assert slope == pytest.approx(end, abs=1e-6)
                tried += 1
    assert tried > 8


def test_ends_that_the_steps_do_not_last_for_are_counted(monkeypatch) -> None:
    batch = degenerate(13)
    _, (_, full) = both(batch, monkeypatch)
    _, (_, short) = both(batch, monkeypatch, steps=0)
    known = np.isfinite(short.row_low) | np.isfinite(short.row_high)
    assert full.unsought == 0 and short.unsought > 0
    np.testing.assert_allclose(short.row_low[known], full.row_low[known])
