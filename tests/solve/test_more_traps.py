"""Traps that need a closer look: limits, scaling and infeasibility in many scenarios at once."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saddlepoint.algebra.structure import Cone, ConeKind
from saddlepoint.solve.adapters.clarabel import solve_clarabel
from saddlepoint.solve.adapters.highs import solve_highs
from saddlepoint.solve.route.units.scaling import scale
from saddlepoint.solve.solution import BoundBy, Options, Status
from saddlepoint.solve.solve import solve


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_scaling_is_undone(randomly, seed, quadratic):
    """Rows, columns and costs in units a million apart: the scaled problem has the same plan and prices."""
    batch = randomly(seed, quadratic=quadratic)
    rng = np.random.default_rng(seed)
    solver = solve_clarabel if quadratic else solve_highs
    rows = np.exp2(rng.integers(-20, 20, batch.structure.m))
    a = batch.structure.A
    skew = replace(batch, A=batch.A * rows[a.indices], l=batch.l * rows, u=batch.u * rows, q=batch.q * 1024)
    skew = replace(skew, P=batch.P * 1024)
    units = scale(skew)
    part = units.apply(skew)
    answer, plain = units.restore(solver(part, Options())), solver(batch, Options())
    assert (answer.status == Status.OPTIMAL).all()
    value = (answer.x * batch.q).sum(), (plain.x * batch.q).sum()
    if not quadratic:
        assert value[0] == pytest.approx(value[1], rel=1e-6, abs=1e-6)
        np.testing.assert_allclose(answer.y * rows / 1024, plain.y, atol=1e-6)
        np.testing.assert_allclose(answer.z / 1024, plain.z, atol=1e-6)
    np.testing.assert_allclose(answer.x, plain.x, atol=1e-3)


def test_scaling_of_cones_is_undone(make):
    F = np.array([[0, 0, 1.0], [1.0, 0, 0], [0, 1.0, 0]]) * 4096
    cone = (Cone(ConeKind.SECOND_ORDER, 3),)
    g = np.array([0, -3.0, -4.0]) * 4096
    batch = make([0, 0, 64.0], [[1e3, 1e3, 0]], [0.0], [0.0], [-np.inf] * 3, F=F, g=g, cones=cone)
    units = scale(batch)
    part = units.apply(batch)
    answer, plain = units.restore(solve_clarabel(part, Options())), solve_clarabel(batch, Options())
    for name in ("x", "y", "z", "w"):
        np.testing.assert_allclose(getattr(answer, name), getattr(plain, name), atol=1e-5)


def test_dispatch_in_raw_units(make):
    """Quadratic costs of 1e-5 per MW² and demands of 1e5 MW: the plan is exact to 1e-6 of the demand."""
    a, b = np.array([1e-5, 2e-5, 4e-5]), np.array([10.0, 9.0, 8.0])
    batch = make(b, [[1.0, 1.0, 1.0]], [2e5], None, ub=[1e5, 1e5, 1e5], P=np.diag(2 * a))
    solution = solve(batch)
    price = (2e5 + (b / (2 * a)).sum()) / (1 / (2 * a)).sum()
    x = (price - b) / (2 * a)
    assert (x < 1e5).all()
    np.testing.assert_allclose(solution.x[0], x, atol=0.2)
    assert solution.y[0, 0] == pytest.approx(price, rel=1e-6)


def test_time_limit_is_a_status(make):
    rng = np.random.default_rng(0)
    weights = rng.integers(1000, 9000, (5, 60)).astype(float)
    batch = make(
        -weights.sum(axis=0) + rng.integers(0, 50, 60), weights, None, weights.sum(axis=1) / 2,
        ub=np.ones(60), integer=np.ones(60, bool),
    )  # fmt: skip
    solution = solve(batch, Options(time_limit=0.2))
    assert solution.status[0] == Status.FEASIBLE
    assert "ime limit" in solution.messages[0]
    assert BoundBy(int(solution.bound_by[0])) is BoundBy.SOLVER
    assert solution.bound[0] <= solution.objective[0]
    assert (weights @ solution.x[0] <= weights.sum(axis=1) / 2).all()
    gap = (solution.objective[0] - solution.bound[0]) / -solution.objective[0]
    assert solution.certificates.gap[0] == pytest.approx(gap)


def test_many_infeasible_scenarios_each_have_a_proof(make):
    low = np.linspace(1.0, 12.0, 40)[:, None]
    batch = make([1.0, 2.0], [[1.0, 1.0]], low, [[np.inf]], ub=[3.0, 4.0])
    solution = solve(batch)
    expected = np.where(low[:, 0] > 7.0, Status.INFEASIBLE, Status.OPTIMAL)
    np.testing.assert_array_equal(solution.status, expected)
    assert solution.certificates.verified.all()
    bad = solution.status == Status.INFEASIBLE
    value = solution.y[bad, 0] * low[bad, 0] + (np.minimum(solution.z[bad], 0) * [3.0, 4.0]).sum(axis=1)
    np.testing.assert_allclose(value, 1.0)


def test_mip_gap_asked_for_is_accepted_and_reported(make):
    batch = make([-5.0, -4.0], [[6.0, 4.0]], None, [23.0], ub=[9.0, 9.0], integer=[True, True])
    solution = solve(batch, Options(settings={"mip_rel_gap": 0.5}))
    assert solution.status[0] == Status.OPTIMAL
    assert solution.bound[0] <= solution.objective[0]
    assert solution.certificates.gap[0] <= 0.5


def test_a_solver_that_raises_is_an_error_of_that_scenario(randomly, monkeypatch):
    batch = replace(randomly(4, size=3), r=np.array([[0.0], [1.0], [0.0]]))
    original = solve_clarabel

    from saddlepoint.solve.adapters import clarabel

    before = clarabel.ClarabelSession.solve

    def panics(self, s, out):
        if self._batch.row("r", s)[0] != 0:
            raise RuntimeError("panic")
        before(self, s, out)

    monkeypatch.setattr(clarabel.ClarabelSession, "solve", panics)
    answers = original(batch, Options())
    assert [Status(int(k)).word for k in answers.status] == ["optimal", "error", "optimal"]
    assert "panic" in answers.messages[1]


def test_noise_among_the_coefficients_does_not_spoil_the_scaling(make):
    """Entries of 1e-18 beside entries of 1: HiGHS would drop them with a warning, the plan is the same."""
    batch = make([1.0, 2.0], [[1.0, 1e-18], [1e-18, 1.0]], [1.0, 2.0], None)
    solution = solve(batch)
    assert solution.status[0] == Status.OPTIMAL
    np.testing.assert_allclose(solution.x[0], [1.0, 2.0], atol=1e-9)


@pytest.mark.parametrize("solver", ["highs", "clarabel"])
def test_time_limit_holds_for_each_scenario_not_for_all(randomly, solver):
    """HiGHS' clock runs on over the runs of one session."""
    batch = randomly(3, size=300)
    solution = solve(batch, Options(time_limit=0.15, solver=solver))
    assert (solution.status == Status.OPTIMAL).all()
