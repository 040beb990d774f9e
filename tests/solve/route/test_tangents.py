"""What the masters of outer approximation are made of: half-spaces once each, columns in units of their ranges."""

import numpy as np
import pytest

from saddlepoint.solve.route.integers import outer_approximation as outer
from saddlepoint.solve.route.integers.solve_integers import units_of
from saddlepoint.solve.route.integers.tangents import Tangents
from saddlepoint.solve.route.units.ranges import column_reach
from saddlepoint.solve.solution import Options, Status
from saddlepoint.solve.solve import solve
from tests.solve.conftest import make_batch

INF = np.inf


def on_and_off(most, curved, needed):
    """Machines x ≤ most·y, Σx = needed, costs curved·x² + y."""
    k, at = len(most), np.arange(len(most))
    A = np.zeros((k + 1, 2 * k))
    A[at, at], A[at, k + at], A[k, :k] = 1.0, -np.asarray(most), 1.0
    P = np.diag(np.r_[2 * np.asarray(curved), np.zeros(k)])
    whole = np.r_[np.zeros(k, bool), np.ones(k, bool)]
    l, u = np.r_[np.full(k, -INF), needed], np.r_[np.zeros(k), needed]
    up = np.r_[np.full(k, INF), np.ones(k)]
    return make_batch(np.r_[np.zeros(k), np.ones(k)], A, l, u, np.zeros(2 * k), up, P=P, integer=whole)


def test_a_tangent_is_added_once() -> None:
    """A master's plan may break one by what its solver allows: that is nothing new."""
    tangents = Tangents(on_and_off([4.0, 2.0], [1.0, 1.0], 3.0))
    point = np.array([1.0, 2.0, 1.0, 1.0, 0.0, 0.0])
    assert tangents.at(point[:4], point)
    assert not tangents.at(point[:4], point)


def test_ranges_of_columns_follow_from_rows() -> None:
    """The second machine must be off, as the first cannot run with less: what it could make is told by its own row."""
    batch = on_and_off([4e-6, 2e-6], [1.0, 1.0], 3e-6)
    np.testing.assert_allclose(column_reach(batch), [3e-6, 2e-6, 1.0, 1.0], rtol=1e-9)
    held = make_batch(
        [0.0, 0.0, 1.0], [[1.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, -8.0]],
        [3.0, 3.0, -INF], [3.0, INF, 0.0], np.zeros(3), [INF, INF, 1.0], integer=[False, False, True],
    )  # fmt: skip
    np.testing.assert_allclose(column_reach(held), [3.0, 3.0, 1.0], rtol=1e-9)


def test_masters_are_asked_in_units_of_ranges() -> None:
    tangents = Tangents(on_and_off([4e-6, 2e-6], [1e12, 1e12], 3e-6))
    tangents.at(np.array([2e-6, 1e-6, 1.0, 1.0]))
    master = tangents.master()
    units = units_of(master, tangents.sizes())
    entries = np.abs(units.apply(master).A)
    assert 0.1 < entries.min() < entries.max() < 10.0
    np.testing.assert_array_equal(units.column[0, 2:4], 1.0)


def test_the_least_of_nothing_is_proven_beside_dust() -> None:
    """Loads of machines in four units, switched on for costs of one: nothing is best, and its bound is nothing."""
    units, most = np.array([100.0, 0.01, 0.01, 100.0]), np.array([1e4, 1e-4, 5.0, 0.3])
    batch = make_batch(
        [200.0, 0.0, -2.0, -3e-4, 7.0, 6.0, 3.0, 4.0],
        np.block([[np.diag(units), -np.diag(most)], [units[None], np.zeros((1, 4))]]),
        np.r_[np.full(4, -INF), 0.0], np.r_[np.zeros(4), INF], np.zeros(8), np.r_[np.full(4, INF), np.ones(4)],
        P=np.diag([11.0, 32.0, 25e3, 39e3, 0.0, 0.0, 0.0, 0.0]), integer=np.r_[np.zeros(4, bool), np.ones(4, bool)],
    )  # fmt: skip
    found = solve(batch, Options())
    assert Status(int(found.status[0])) is Status.OPTIMAL
    assert found.certificates.verified[0]
    assert found.objective[0] == 0.0


def test_no_proof_is_begun_once_the_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time ends while a master is searched whose bound meets the best plan: the plan is told as it is."""
    over, begun, search = [], [], outer.search

    def late(*arguments):
        over.append(True)
        return search(*arguments)

    monkeypatch.setattr(outer, "search", late)
    monkeypatch.setattr(outer, "bound_of_one", lambda *arguments: begun.append(arguments))
    found = outer.solve_outer(on_and_off([4.0, 2.0], [1.0, 1.0], 3.0), Options(stop=lambda: bool(over)))
    assert Status(int(found.status[0])) is Status.FEASIBLE
    assert np.isfinite(found.x).all() and over and not begun
