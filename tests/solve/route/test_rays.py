"""Problems without end: built from a ray and a plan, in units so wild that a solver's tolerances hide what costs, and plans that only regularisation holds back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saddlepoint.algebra.structure import Batch
from saddlepoint.solve.route.claims.disambiguate import find_ray
from saddlepoint.solve.route.units.scaling import scale
from saddlepoint.solve.solution import Options, Status
from saddlepoint.solve.solve import solve
from tests.solve.conftest import make_batch

INF = np.inf


def endless(r: np.random.Generator, kind: str) -> dict[str, np.ndarray]:
    """A problem of whole numbers, its ray d and a plan x: rows, bounds and curvature that d does not leave, costs that it lowers."""
    n, m = int(r.integers(2, 9)), int(r.integers(1, 8))
    d = np.where(r.random(n) < 0.4, r.integers(-3, 4, n), 0)
    d[r.integers(n)] += 4
    A = np.where(r.random((m, n)) < 0.5, r.integers(-3, 4, (m, n)), 0)
    x, climb = r.integers(-4, 5, n), A @ d
    low = np.where(climb >= 0, A @ x - r.integers(0, 3, m), -INF)
    high = np.where(climb <= 0, A @ x + r.integers(0, 3, m), INF)
    lb, ub = np.where(d >= 0, x - r.integers(0, 4, n), -INF), np.where(d <= 0, x + r.integers(0, 4, n), INF)
    q = r.integers(-3, 4, n).astype(float)
    j = int(r.choice(np.flatnonzero(d)))
    q[j] -= (q @ d + r.integers(1, 5)) / d[j]
    first, second = r.choice(n, 2, replace=False)
    flat = np.zeros(n)
    flat[first], flat[second] = d[second], -d[first]
    P = np.outer(flat, flat) if kind == "QP" else np.zeros((n, n))
    whole = r.random(n) < 0.4 if kind == "MILP" else np.zeros(n, bool)
    return {"q": q, "A": A, "l": low, "u": high, "lb": lb, "ub": ub, "P": P, "integer": whole, "ray": d}


def in_units(asked: dict[str, np.ndarray], r: np.random.Generator, spread: int) -> Batch:
    """Rows, columns that need not be whole and the objective in units of powers of 2, so that the ray stays exact."""
    m, n = asked["A"].shape
    row, column = 2.0 ** r.integers(-spread, spread + 1, m), 2.0 ** r.integers(-spread, spread + 1, n)
    column = np.where(asked["integer"], 1.0, column)
    cost = 2.0 ** r.integers(-spread, spread + 1)
    return make_batch(
        cost * asked["q"] / column,
        row[:, None] * asked["A"] / column,
        row * asked["l"],
        row * asked["u"],
        column * asked["lb"],
        column * asked["ub"],
        P=cost * asked["P"] / np.outer(column, column),
        integer=asked["integer"],
    )


@pytest.mark.parametrize("kind", ["LP", "QP", "MILP"])
@settings(max_examples=25, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6), spread=st.sampled_from([0, 10, 30]))
def test_costs_without_end_are_proven_in_all_units(kind: str, seed: int, spread: int) -> None:
    r = np.random.default_rng(seed)
    found = solve(in_units(endless(r, kind), r, spread))
    assert Status(int(found.status[0])) is Status.UNBOUNDED, found.messages
    assert found.certificates.verified[0]


def test_parts_that_share_no_row_have_units_of_their_own() -> None:
    """Seven columns alone, whose costs are 1e-7 … 1e7 times those of a transport: in one unit for all a solver sees the largest."""
    cost = 10.0 ** np.arange(-7, 8, 2)
    batch = make_batch(
        [1.0, 2.0, *(-cost)],
        [[1.0, 1.0, *np.zeros(8)], *np.hstack((np.zeros((8, 2)), np.eye(8)))],
        [1.0, *np.full(8, -INF)],
        [INF, *(1 / cost)],
        lb=np.zeros(10),
    )
    seen = np.abs(scale(batch).apply(batch).q)
    assert seen.min() > 1e-1 * seen.max()
    found = solve(batch, kernels=())
    assert found.certificates.verified[0]
    assert found.objective[0] == pytest.approx(-7.0, rel=1e-12)
    endless = make_batch([1.0, 1e7, -1e-7], [[1.0, 1.0, 0.0]], [1.0], [INF], lb=np.zeros(3))
    found = solve(endless, kernels=())
    assert found.status[0] == Status.UNBOUNDED
    assert found.certificates.verified[0]


def test_units_of_parts_do_not_depend_on_neighbours() -> None:
    cost = np.array([[1.0, 2.0, 1.0], [1.0, 2.0, 1e-12]])
    batch = make_batch(cost, [[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]], [1.0, 1e9], [INF, INF], lb=np.zeros(3))
    units = scale(batch)
    for s in range(2):
        alone = scale(batch.take(np.array([s])))
        for name in ("row", "column", "objective"):
            assert np.array_equal(getattr(units, name)[s], getattr(alone, name)[0])


def test_the_shortest_ray_is_found_where_the_steepest_loses_what_is_small() -> None:
    """Only the last two columns have no end, at costs of 1e-18 and 1e-14 beside 1."""
    batch = make_batch(
        [3e-6, -2.0, -3e-10, -3e-18, 4.5e-14],
        [[-1e5, 0, 0, 0, 0], [-0.003, 0, 0, 1e-15, 0], [3e4, 1e10, 0, 0, 0]],
        [400.0, -INF, -150.0],
        [600.0, 1.7e-5, -120.0],
        lb=[-0.006, -5e-9, -40.0, -INF, -INF],
        ub=[-0.002, -2e-9, -30.0, INF, INF],
    )
    found = find_ray(batch, Options())
    assert found is not None
    assert found.x is not None
    assert (found.x[:3] == 0.0).all()
    answer = solve(batch, kernels=())
    assert answer.status[0] == Status.UNBOUNDED
    assert answer.certificates.verified[0]


def test_a_ray_needs_a_plan_of_whole_numbers() -> None:
    """1 ≤ 1.5 c − 1.5 a + d ≤ 1.5 and 0 ≤ 0.75 c − a − d ≤ 0.5 hold for c = 2/3, and for no whole numbers: without a plan there is no end to come to."""
    batch = make_batch(
        [1.5, -1.0, 1.5, -1.0],
        [[-1.5, 0.0, 1.5, 1.0], [-1.0, 0.0, 0.75, -1.0], [-1.0, 0.0, 0.0, 1.0], [1.0, -1.0, 0.0, 0.75]],
        [1.0, 0.0, -1.0, -INF],
        [1.5, 0.5, 0.0, INF],
        lb=np.zeros(4),
        ub=[3.0, INF, 1.0, 3.0],
        integer=[1, 0, 1, 1],
    )
    found = solve(batch)
    assert found.status[0] == Status.INFEASIBLE
    assert found.certificates.verified[0]


def test_a_plan_that_regularisation_alone_holds_back_is_no_optimum() -> None:
    """(30720 u + v / 102.4)² leaves a direction flat along which costs fall by less than a solver sees: a plan 5e15 away was certified."""
    curve = np.zeros((5, 5))
    curve[2, 2], curve[4, 4], curve[2, 4], curve[4, 2] = 30720.0**2, (300.0 / 30720.0) ** 2, 300.0, 300.0
    A = np.zeros((5, 5))
    A[0, 4], A[1, 4], A[2, 0], A[3, 1], A[3, 4], A[4, 1] = (
        -29296.875,
        -97656.25,
        -(2.0**37),
        -2457.6,
        9.765625e-5,
        -1.6384e13,
    )
    batch = make_batch(
        [-26843545600.0, -819200.0, -1024000.0, 819200.0, -0.1953125],
        A,
        [-1.6e8, -6e8, -4e3, -INF, -4e9],
        [INF, INF, -2000.0, INF, INF],
        lb=[2.0**-26, -(2.0**-12), -0.0029296875, -0.0006103515625, -INF],
        ub=[3 * 2.0**-26, INF, INF, -(2.0**-12), 5120.0],
        P=curve,
    )
    found = solve(batch)
    assert found.status[0] == Status.UNBOUNDED
    assert found.certificates.verified[0]


@pytest.mark.parametrize("ridge", [1e-6, 1e-8, 1e-10, 1e-12])
@pytest.mark.parametrize("solver", [None, "clarabel"])
def test_a_ridge_along_a_direction_is_an_end(ridge: float, solver: str | None) -> None:
    """½(x − y)² + ½ridge(x² + y²) − x − y is least at x = y = 1/ridge: no ray, however small the ridge is beside a solver's tolerance."""
    curve = np.array([[1.0, -1.0], [-1.0, 1.0]])
    batch = make_batch([-1.0, -1.0], np.zeros((0, 2)), [], [], lb=[0.0, 0.0], P=curve + ridge * np.eye(2))
    found = solve(batch, Options(solver=solver))
    assert Status(int(found.status[0])) in (
        (Status.OPTIMAL,) if solver is None else (Status.OPTIMAL, Status.UNVERIFIED)
    )
    if found.status[0] == Status.OPTIMAL:
        assert found.objective[0] == pytest.approx(-1 / (curve[0, 0] + ridge - 1.0), rel=1e-6)
    flat = make_batch([-1.0, -1.0], np.zeros((0, 2)), [], [], lb=[0.0, 0.0], P=curve)
    assert solve(flat, Options(solver=solver)).status[0] == Status.UNBOUNDED


def in_units_of_each(curve: np.ndarray, q: np.ndarray, lb: np.ndarray, seed: int, size: int = 20) -> Batch:
    """A quadratic problem without rows in as many units of its columns as there are scenarios, powers of two."""
    columns = 2.0 ** np.random.default_rng(seed).integers(-30, 31, (size, len(q)))
    batch = make_batch(q / columns, lb=lb * columns, P=curve)
    upper = np.nonzero(np.triu(curve).T)
    values = curve[upper] / (columns[:, upper[0]] * columns[:, upper[1]])
    return replace(batch, P=values)


@pytest.mark.parametrize(
    ("flat", "q", "lb"),
    [
        ([[1, -1, 1]], [-0.5, 0, 1], [-2.7e21, 2, -1192092.9]),  # along a = b; six of 100 ended at −1788140.6
        ([[4, -3, 2]], [-2, 2.5, -2], [-1e20, -3, -1e5]),  # at a bound where its curvature hides what costs
        ([[1, -1]], [-1, 0.5], [-1e19, -1e3]),
        ([[2, -1, 0], [0, 1, -2]], [-1, 0, 0.5], [-1e13, -1, -1e8]),
    ],
)
def test_no_bound_far_behind_ends_a_way_without_curvature(flat: list, q: list, lb: list) -> None:
    rows = np.array(flat, float)
    found = solve(in_units_of_each(rows.T @ rows, np.array(q), np.array(lb), seed=3))
    assert set(found.status) == {Status.UNBOUNDED}
    assert found.certificates.verified.all()


@pytest.mark.parametrize("apart", [1e-8, 1e-10, 1e-12])
def test_rows_whose_coefficients_are_a_hair_apart_end_a_ray(apart: float) -> None:
    """x = y beside |x − (1 + apart) y| ≤ ½: x goes no farther than 1 / (2 apart)."""
    batch = make_batch(
        [-1.0, -1.0], [[1.0, -1.0], [1.0, -1.0 - apart]], [0.0, -0.5], [0.0, 0.5], lb=[-INF, -INF]
    )
    found = solve(batch)
    assert found.status[0] == Status.OPTIMAL, found.messages
    assert found.objective[0] == pytest.approx(-1 / ((1.0 + apart) - 1.0), rel=1e-6)


def test_a_ray_between_rows_a_hair_apart_is_found_exactly() -> None:
    """Two columns that rows tell apart by 4e-6 of themselves: along the ray a third moves by 1e-5 of them, less than a solver's tolerance leaves of it."""
    batch = make_batch(
        [0.8, -0.9, -0.6, -0.35],
        [[3e-5, 0.0, -1e-3, -1e-4], [-0.95, -0.95, 1000.0, 0.36], [-0.85, -0.850004, -0.31, 0.68]],
        [-INF, 472.0, -2.5],
        [9e-4, 475.0, -2.5],
        lb=[-INF, -INF, -1.5, -INF],
        ub=np.full(4, INF),
    )
    found = solve(batch)
    assert found.status[0] == Status.UNBOUNDED, found.messages
    assert found.certificates.verified[0]


def test_a_ray_between_three_rows_that_depend_on_each_other_but_for_a_hair_is_found_exactly() -> None:
    """The second row is three times the first but for 1e-11: the basis of the ray is singular to floats."""
    row = np.array([3.0, 3.0, -2.0, 0.0, -3.0, 3.0, 0.0])
    hair = np.array([2e-12, 1.32e-10, 1.54e-11, 0.0, 1.1e-10, -3.8e-11, 0.0])
    batch = make_batch(
        [0.0, 0.0, 1.0, -2.0, 1.0, -2.0, -1.0],
        [
            row,
            3 * row + hair,
            [-3.0, -3.0, -1.0, -2.0, 3.0, 3.0, -2.0],
            [0.0, 0.0, -3.0, -2.0, 0.0, 6.0, -2.0],
        ],
        [-3.0, -6.0, -9.0, -INF],
        [-1.0, -6.0, -5.0, -7.0],
        lb=[-INF, -3.0, 1.0, -INF, -INF, -1.0, -INF],
        ub=[INF, INF, 2.0, 1.0, 0.0, 0.0, INF],
    )
    found = solve(batch)
    assert found.status[0] == Status.UNBOUNDED, found.messages
    assert found.certificates.verified[0]


def test_an_optimum_whose_basis_floats_take_for_singular_is_found_exactly() -> None:
    """Two of the rows are multiples of others but for 1e-11, and the fourth is the sum of two: solvers call it unbounded; the optimum lies 1e11 away, by pivots on exact numbers."""
    A = np.array(
        [
            [-2000.0, -2.0, 3.0, -2.0, -3.0, -1.0],
            [
                *(-5999.999999763082, -5.999999999867576, 9.000000000115714),
                *(-6.0000000002423945, -9.00000000016978, -3.0000000001612035),
            ],
            [-2000.0, -3.0, 2.0, 0.0, -3.0, -2.0],
            [-4000.0, -5.0, 5.0, -2.0, -6.0, -3.0],
        ]
    )
    found = solve(
        make_batch(
            [-1000.0, -2.0, -1.0, 1.0, 2.0, 2.0],
            A,
            [-11.0, -32.999999999664915, -12.0, -23.0],
            [-11.0, -32.999999999664915, -12.0, INF],
            lb=[-INF, -INF, -2.0, 1.0, -1.0, 1.0],
            ub=[INF, 2.0, INF, 1.0, 2.0, 1.0],
        )
    )
    assert found.status[0] == Status.OPTIMAL, found.messages
    assert found.certificates.verified[0]
    assert found.objective[0] == pytest.approx(-2.999995785377514, rel=1e-12)
