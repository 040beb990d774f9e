# pyright: basic
"""The ends of prices, sparse and by conditions alone: those of the dense face, and those of the optimum's slopes."""

from dataclasses import replace

import numpy as np
import pytest

from saddlepoint.solve.route.prices import dual_face as face
from saddlepoint.solve.route.prices import price_ends
from saddlepoint.solve.route.prices import settle_prices as settle
from saddlepoint.solve.route.prices.price_paths import line_differences
from saddlepoint.solve.route.prices.settle_prices import _active_bounds, _active_rows, settle_prices
from saddlepoint.solve.solution import Options, Status
from saddlepoint.solve.solve import solve
from saddlepoint.testing import batch as quick_batch
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
    batch = degenerate(0)
    _, (_, full) = both(batch, monkeypatch)
    _, (_, short) = both(batch, monkeypatch, steps=0)
    known = np.isfinite(short.row_low) | np.isfinite(short.row_high)
    assert full.unsought == 0 and short.unsought > 0
    np.testing.assert_allclose(short.row_low[known], full.row_low[known])


def transport(places, seed, gains=False):
    """As many sources as sinks, three routes to each sink, amounts in whole numbers: degenerate; gains: a part of what is sent arrives."""
    rng = np.random.default_rng(seed)
    source = np.concatenate([rng.choice(places, 3, replace=False) for _ in range(places)])
    sink, route = np.repeat(np.arange(places), 3), np.arange(3 * places)
    sent = np.where(rng.random(3 * places) < 0.3, rng.integers(1, 5, 3 * places), 0)
    A = np.zeros((2 * places, 3 * places))
    A[source, route], A[places + sink, route] = 1.0, rng.choice([0.5, 1.0], 3 * places) if gains else 1.0
    there = A @ sent
    l = np.concatenate([np.full(places, -np.inf), there[places:]])
    u = np.concatenate([there[:places], np.full(places, np.inf)])
    return make_batch(rng.integers(1, 20, 3 * places).astype(float), A, l, u)


def ends(batch, steps, basic=None):
    found = solve(batch)
    rows, bounds = _active_rows(batch, found.x)[0], _active_bounds(batch, found.x)[0]
    asked = np.ones(batch.structure.n, np.bool_)
    basic = found.basic[0] if basic else None
    made = face.dual_face(batch, found.y[0], found.z[0], rows, bounds, asked, steps, basic)
    assert made is not None
    return made


def test_ends_in_a_transport_problem_are_shortest_paths(monkeypatch) -> None:
    """Without a step of the simplex method, those that linear programs find; from the basis and by projection alike."""
    monkeypatch.setattr(face, "SMALL", -1)
    for seed in range(3):
        batch = transport(20, seed)
        monkeypatch.setattr(price_ends, "line_differences", line_differences)
        quick, projected = ends(batch, 0, basic=True), ends(batch, 0)
        monkeypatch.setattr(price_ends, "line_differences", lambda lines: None)
        slow = ends(batch, 10**7)
        assert quick.unsought == slow.unsought == 0
        for name in ("row_low", "row_high", "bound_low", "bound_high"):
            np.testing.assert_allclose(getattr(quick, name), getattr(slow, name), atol=1e-9)
            np.testing.assert_allclose(getattr(projected, name), getattr(slow, name), atol=1e-9)
        assert np.isfinite(quick.row_low).sum() > 15


@pytest.mark.parametrize("gains", [False, True])
def test_ends_in_networks_are_the_slopes_on_either_side(gains, monkeypatch) -> None:
    monkeypatch.setattr(face, "SMALL", -1)
    step, batch = 1e-3, transport(15, 1, gains)
    found, seen = solve(batch), ends(batch, 10**6, basic=True)
    for i in np.flatnonzero(np.isfinite(seen.row_low))[::3].tolist():
        for sign, end in ((-1.0, seen.row_low[i]), (1.0, seen.row_high[i])):
            move = np.zeros(batch.structure.m)
            move[i] = sign * step
            moved = solve(replace(batch, l=batch.l + move, u=batch.u + move))
            if moved.status[0] == Status.OPTIMAL:
                slope = sign * (moved.objective[0] - found.objective[0]) / step
                assert slope == pytest.approx(end, abs=1e-6)
            else:
                assert np.isinf(end)


def sweep(count, quadratic=False, costs=False):
    """Scenarios that need 1, 1.1, 1.2, … of the same sum, said three times (twice as much the third)."""
    need = (1.0 + np.arange(count)[:, None] / 10.0) * np.array([1.0, 1.0, 2.0])
    cost = np.array([1.0, 3.0, 1.0])
    rows = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [2.0, 2.0, 0.0]])
    if costs:
        cost = cost + np.arange(count)[:, None] / count
    return quick_batch(cost, rows, need, np.inf, 0.0, np.inf, np.eye(3) if quadratic else None)


def test_scenarios_of_one_basis_have_ends_however_many_they_are() -> None:
    batch = sweep(2_000)
    made = settle_prices(batch, solve(batch), np.ones(3, np.bool_))
    assert len(made.faces) == 2_000 and not made.unexamined
    for s in (0, 700, 1_999):
        assert made.faces[s].row_low.tolist() == [0.0, 0.0, 0.0]
        np.testing.assert_allclose(made.faces[s].row_high, [1.0, 1.0, 0.5])
    np.testing.assert_allclose(made.solution.y, np.tile([1 / 6, 1 / 6, 1 / 3], (2_000, 1)))


def test_a_quadratic_problem_with_fewer_active_sides_than_columns_has_ends() -> None:
    """Three rows are active on two free columns; what the sum costs is 1 + its first part, as the second costs more."""
    batch = sweep(30, quadratic=True)
    made = settle_prices(batch, solve(batch), np.ones(3, np.bool_), Options(price_ends=True))
    assert len(made.faces) == 30
    for s in (0, 29):
        need = 1.0 + s / 10.0
        price = 1.0 + need if need <= 2.0 else 2.0 + need / 2.0
        np.testing.assert_allclose(made.faces[s].row_high, [price, price, price / 2], rtol=1e-6)
        assert made.faces[s].row_low.tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("quadratic", [False, True])
def test_what_was_not_sought_is_said_and_found_where_it_is_asked_for(quadratic, monkeypatch) -> None:
    monkeypatch.setattr(settle, "MOST_FACES", 30)
    batch = sweep(40, quadratic, costs=True)
    found, asked = solve(batch), np.ones(3, np.bool_)
    short = settle_prices(batch, found, asked)
    full = settle_prices(batch, found, asked, Options(price_ends=True))
    assert len(full.faces) == 40 and not full.unexamined
    assert 0 < len(short.faces) < 40 and sorted({*short.faces, *short.unexamined}) == list(range(40))
    assert set(short.unexamined.values()) == {3}
    late = settle_prices(batch, replace(found, seconds=np.full(40, 1.0)), asked, Options(time_limit=0.5))
    assert not late.faces and len(late.unexamined) == 40


def test_a_scenario_with_one_price_everywhere_is_not_in_doubt() -> None:
    need = 1.0 + np.arange(200)[:, None] / 10.0
    batch = quick_batch(np.array([1.0, 3.0]), np.ones((1, 2)), need, np.inf, 0.0, np.inf, np.eye(2))
    made = settle_prices(batch, solve(batch), np.ones(2, np.bool_), Options(price_ends=True))
    assert not made.faces and not made.unexamined
