"""Residuals in their own units: no row borrows the scale of another, and no unit changes a verdict."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saddlepoint.solve.kernels.table import batch_kernels
from saddlepoint.solve.proof import compensated
from saddlepoint.solve.proof.residuals import measure, plan_cost
from saddlepoint.solve.route.polishing.polish import polish
from saddlepoint.solve.route.units.scaling import scale
from saddlepoint.solve.route.units.walls import without_walls
from saddlepoint.solve.solution import Options, Status
from saddlepoint.solve.solve import solve


def in_units(batch, rows, columns, worth):
    """The same problem with rows, columns and objective in other units: x = columns · x′."""
    a, p = batch.structure.A, batch.structure.P
    return replace(
        batch,
        A=batch.A * rows[a.indices] * columns[a.columns()],
        P=batch.P * columns[p.indices] * columns[p.columns()] * worth,
        q=batch.q * columns * worth,
        l=batch.l * rows,
        u=batch.u * rows,
        lb=batch.lb / columns,
        ub=batch.ub / columns,
    )


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.booleans(), st.sampled_from([0.0, 1e-9, 1e-7, 1e-6, 1e-4]))
def test_units_change_no_verdict(randomly, seed, quadratic, error):
    """Powers of two for every row, column and the objective: the four numbers are the same to the last bit."""
    batch, rng = randomly(seed, quadratic=quadratic), np.random.default_rng(seed)
    rows, columns = 2.0 ** rng.integers(-30, 30, 4), 2.0 ** rng.integers(-30, 30, 6)
    worth = 2.0 ** int(rng.integers(-30, 30))
    x, y, z = rng.normal(size=(1, 6)), rng.normal(size=(1, 4)), rng.normal(size=(1, 6))
    if error:
        found = solve(batch)
        x, y, z = found.x * (1 + error), found.y, found.z
    none = np.zeros((1, 0))
    before = measure(batch, x, y, z, none)
    other = in_units(batch, rows, columns, worth)
    after = measure(other, x / columns, y * worth / rows, z * worth * columns, none)
    for name in ("rel_prim", "rel_dual", "gap", "unc"):
        np.testing.assert_array_equal(getattr(before, name), getattr(after, name))


@pytest.mark.parametrize("unit", [1.0, 1e-6, 1e-9, 1e-12])
def test_a_row_of_small_unit_is_seen_beside_large_ones(make, unit):
    """A risk 20 % over its limit, beside a row of a hundred, without a price: only its own scale shows it."""
    batch = make([-1.0], [[100.0], [2.0 * unit]], None, [1e3, 10.0 * unit], ub=[6.0])
    x, y, z = np.array([[6.0]]), np.zeros((1, 2)), np.array([[-1.0]])
    assert measure(batch, x, y, z, np.zeros((1, 0))).rel_prim[0] == pytest.approx(0.2 / 1.2)
    found = solve(batch)
    assert found.status[0] == Status.OPTIMAL
    assert found.x[0, 0] == pytest.approx(5.0, rel=1e-6)


@pytest.mark.parametrize("wide", [1e10, 1e12, 1e13])
def test_wide_bounds_lend_nothing_to_rows(make, wide):
    batch = make([1.0, 1.0], [[1.0, 1.0]], [5.0], [5.0], [-wide] * 2, [wide] * 2)
    x, y, z = np.array([[2.0, 3.01]]), np.array([[1.0]]), np.zeros((1, 2))
    none = np.zeros((1, 0))
    assert measure(batch, x, y, z, none).rel_prim[0] > 1e-3
    noise = np.array([[1e-17, -1e-17]])
    assert measure(batch, np.array([[2.0, 3.0]]), y, noise, none).within(1e-6)[0]


def test_a_gap_is_relative_to_the_objective_and_not_to_its_parts(make):
    """Σ (x − t)² with t = 10⁶: expanded, its parts are 10¹³ times its value."""
    t = np.array([1e6, 1.5e6])
    batch = make(-2 * t, [[1.0, 1.0]], [t.sum() + 1], [t.sum() + 1], [-np.inf] * 2, P=2 * np.eye(2), r=t @ t)
    none = np.zeros((1, 0))
    right, wrong = t + 0.5, t + np.array([0.51, 0.49])
    y, z = np.array([[1.0]]), np.zeros((1, 2))
    assert plan_cost(batch, right[None])[0] == 0.5
    assert not measure(batch, wrong[None], y, z, none).within(1e-6)[0]
    found = solve(batch)
    assert found.status[0] == Status.OPTIMAL
    assert found.objective[0] == pytest.approx(0.5, rel=1e-6)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-1e20, 1e20), min_size=1, max_size=30), st.integers(1, 3))
def test_sums_are_exact_to_twice_the_digits(numbers, groups):
    values = np.array(numbers + [-v for v in numbers[1:]])
    target = np.arange(len(values)) % groups
    high, low = compensated.sums(values, target, groups)
    for k in range(groups):
        exact = sum((Fraction(float(v)) for v in values[target == k]), Fraction(0))
        largest = max((abs(Fraction(float(v))) for v in values[target == k]), default=Fraction(0))
        assert abs(Fraction(high[k]) + Fraction(low[k]) - exact) <= largest * Fraction(2) ** -90


@pytest.mark.parametrize("quadratic", [False, True])
def test_polish_makes_a_rough_answer_exact(randomly, quadratic):
    for seed in range(20):
        batch = randomly(seed, quadratic=quadratic)
        found = solve(batch)
        rough = found.x[0] * (1 + 1e-6 * np.sin(np.arange(6)))
        made = polish(batch, np.clip(rough, batch.lb[0], batch.ub[0]), found.y[0], found.z[0])
        assert made is not None
        none = np.zeros((1, 0))
        exact = measure(batch, made.x[None], made.y[None], made.z[None], none, made.spread[None])
        assert exact.within(1e-12)[0]
        assert exact.objective[0] == pytest.approx(found.objective[0], rel=1e-6, abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_wild_units_are_solved_and_certified(randomly, seed, quadratic):
    batch, rng = randomly(seed, quadratic=quadratic), np.random.default_rng(seed)
    spread = 4.0 if quadratic else 8.0
    rows, columns = 10.0 ** rng.uniform(-spread, spread, 4), 10.0 ** rng.uniform(-spread, spread, 6)
    reference, found = solve(batch), solve(in_units(batch, rows, columns, 1.0))
    assert found.status[0] == reference.status[0] == Status.OPTIMAL
    assert found.objective[0] == pytest.approx(reference.objective[0], rel=2e-6, abs=1e-12)


def test_scenarios_are_scaled_each_by_its_own_numbers(randomly):
    batch = randomly(4, size=5)
    rng = np.random.default_rng(0)
    wild = replace(batch, A=batch.A * 10.0 ** rng.uniform(-6, 6, (5, batch.structure.A.nnz)))
    together = scale(wild).apply(wild)
    for s in range(5):
        one = wild.take(np.array([s]))
        alone = scale(one).apply(one)
        for name in ("A", "q", "l", "u", "lb", "ub"):
            np.testing.assert_array_equal(alone.row(name, 0), together.row(name, s))


def test_an_answer_does_not_depend_on_its_neighbours(randomly):
    batch = randomly(9, size=6)
    units = 10.0 ** np.linspace(-8, 8, 6)[:, None]
    mixed = replace(batch, A=batch.A * units, l=batch.l * units, u=batch.u * units)
    together = solve(mixed, Options())
    assert (together.status == Status.OPTIMAL).all()
    for s in range(6):
        alone = solve(mixed.take(np.array([s])))
        assert alone.objective[0] == pytest.approx(together.objective[s], rel=1e-9)


@pytest.mark.parametrize("wide", [1e10, 1e12, 1e13])
def test_kernels_lose_nothing_to_bounds_meant_as_no_limit(make, wide):
    """Columns bounded by rows, and by ±10¹³ for want of a better number: the same answers as without."""
    pytest.importorskip("numba")
    rng = np.random.default_rng(0)
    rows = np.vstack((np.eye(4) * 2 + 0.5, [1.0, 2.0, 3.0, 1.0], [1.0, -1.0, 0.0, 2.0]))
    low, high = [-3.0] * 4 + [1.0, -2.0], [3.0] * 4 + [np.inf, 2.0]
    costs = rng.normal(size=(40, 4))
    free = make(costs, rows, low, high, [-np.inf] * 4, [np.inf] * 4)
    walls = make(costs, rows, low, high, [-wide] * 4, [wide] * 4)
    assert not np.isfinite(without_walls(walls).lb).any()
    reference = solve(free, Options(solver="highs"))
    found = solve(walls, kernels=batch_kernels(expected=10**7))
    assert (reference.status == Status.OPTIMAL).all()
    assert (found.status == Status.OPTIMAL).all()
    np.testing.assert_allclose(found.objective, reference.objective, rtol=1e-9)
    assert {found.method[s].solver for s in range(40)} == {"batch simplex"}
