# pyright: basic
"""Integers: bounds that are no one's mere word, plans kept at limits, big-M, curvature, against enumeration."""

import itertools
import signal
import subprocess
import sys
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.fuzz.case import Numbers
from benchmarks.fuzz.whole import counted
from saddlepoint.algebra.structure import Cone, ConeKind, Pattern
from saddlepoint.solve.interfaces import SolverRecord
from saddlepoint.solve.proof.certificate import check_claims, replace_bounds
from saddlepoint.solve.proof.integer_bound import IntegerProgram, dual_bound, excludes, step_of_costs
from saddlepoint.solve.proof.tighter_rows import with_tight_coefficients, with_whole_sides
from saddlepoint.solve.route.claims import disambiguate
from saddlepoint.solve.route.integers import solve_integers as integers
from saddlepoint.solve.route.integers.big_m import large_coefficients
from saddlepoint.solve.route.integers.integer_tree import TreeProof, prove_cutoff
from saddlepoint.solve.route.integers.solve_integers import search, units_of
from saddlepoint.solve.route.stages import attempt
from saddlepoint.solve.route.stages.solver_table import records, solvers
from saddlepoint.solve.solution import BoundBy, Options, Solution, Status
from saddlepoint.solve.solve import solve
from saddlepoint.testing import batch, check_solver
from tests.solve.conftest import make_batch, skip_without_licence

INF = np.inf


def knapsack(seed: Any, n: Any = 8, m: Any = 3):
    rng = np.random.default_rng(seed)
    a = rng.integers(1, 20, (m, n)).astype(float)
    c = rng.integers(1, 20, n).astype(float)
    b = np.floor(a.sum(axis=1) * rng.uniform(0.3, 0.7, m))
    plans = np.array(list(itertools.product([0.0, 1.0], repeat=n)))
    inside = plans[(plans @ a.T <= b).all(axis=1)]
    return a, b, c, float((inside @ c).max())


@pytest.mark.parametrize("unit", [1.0, 1e-5, 1e-9, 1e9])
@pytest.mark.parametrize("seed", range(3))
def test_the_unit_of_a_row_or_of_the_profits_changes_nothing(seed: Any, unit: Any):
    """One row, or all profits, in units nine orders off: HiGHS' tolerances and its mip_abs_gap are absolute."""
    a, b, c, best = knapsack(seed)
    rows = np.array([unit, 1.0, 1.0])
    by_row = solve(batch(-c, a * rows[:, None], [-INF] * 3, b * rows, 0, 1, None, True))
    by_cost = solve(batch(-c * unit, a, [-INF] * 3, b, 0, 1, None, True))
    for found, scale in ((by_row, 1.0), (by_cost, unit)):
        assert found.status[0] == Status.OPTIMAL
        assert found.objective[0] == pytest.approx(-best * scale, rel=1e-9)
        assert (a @ found.x[0] <= b).all()
        assert found.bound_by[0] == BoundBy.OWN
        assert found.certificates.gap[0] <= 1e-6


@pytest.mark.parametrize("seed", range(4))
def test_any_multipliers_bound_every_plan(seed: Any):
    a, b, c, best = knapsack(seed)
    problem = IntegerProgram.of(batch(-c, a, [-INF] * 3, b, 0, 1, None, True))
    rng = np.random.default_rng(seed)
    for _ in range(50):
        y = rng.normal(size=3) * rng.choice([0.01, 1.0, 100.0])
        bound, _ = dual_bound(problem, y, problem.lb, problem.ub)
        assert bound <= -best


def test_a_tree_proves_the_optimum_finds_a_better_plan_and_sees_that_there_is_none():
    a, b, c, best = knapsack(11)
    problem = IntegerProgram.of(batch(-c, a, [-INF] * 3, b, 0, 1, None, True))
    right = prove_cutoff(problem, -best, step_of_costs(-c, problem.integer))
    assert right.closed
    assert right.plan is None
    assert right.bound == -best
    wrong = prove_cutoff(problem, -best + 3.0)
    assert wrong.plan is not None
    assert problem.q @ wrong.plan == -best
    parity = batch([1.0, 1.0, 1.0], [[2.0, 2.0, 2.0]], [3.0], [3.0], 0, 5, None, True)
    none = prove_cutoff(IntegerProgram.of(parity))
    assert none.closed
    assert none.bound == INF
    assert none.plan is None


def test_costs_have_a_common_unit_only_where_they_have_one():
    whole = np.ones(3, bool)
    assert step_of_costs(np.array([0.3, 1.5, 0.0]), whole) == pytest.approx(0.3)
    assert step_of_costs(np.array([0.3, np.sqrt(2), 0.0]), whole) == 0.0
    assert step_of_costs(np.array([0.3, 1.5, 1.0]), np.array([True, True, False])) == 0.0


def test_an_infeasible_integer_problem_is_proven_or_said_to_be_unproven(monkeypatch: Any):
    """2a + 2b + 2c = 3 has a relaxation with plans."""
    parity = batch([1.0, 1.0, 1.0], [[2.0, 2.0, 2.0]], [3.0], [3.0], 0, 5, None, True)
    found = solve(parity)
    assert found.status[0] == Status.INFEASIBLE
    assert found.certificates.verified[0]
    monkeypatch.setattr(integers, "prove_cutoff", lambda *_: TreeProof(-INF, False, 9))
    found = solve(parity)
    assert found.status[0] == Status.UNVERIFIED
    assert "by search of the solver, not proven" in found.messages[0]


def test_who_proved_a_bound_is_said(monkeypatch: Any):
    a, b, c, best = knapsack(5)
    problem = batch(-c, a, [-INF] * 3, b, 0, 1, None, True)
    monkeypatch.setattr(integers, "prove_cutoff", lambda *_: TreeProof(-INF, False, 9))
    if integers.scip_is_here():
        assert solve(problem).bound_by[0] == BoundBy.SECOND_SOLVER
    monkeypatch.setattr(integers, "scip_is_here", lambda: False)
    found = solve(problem)
    assert found.bound_by[0] == BoundBy.SECOND_RUN
    assert found.status[0] == Status.FEASIBLE
    assert "two runs of one solver" in found.messages[0]
    nothing = Solution.blank(problem.structure, 1, Status.LIMIT)
    monkeypatch.setattr(integers, "solve_highs_again", lambda *_, **__: nothing)
    found = solve(problem)
    assert found.status[0] == Status.FEASIBLE
    assert found.bound_by[0] == BoundBy.SOLVER
    assert found.objective[0] == -best


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e9])
def test_an_optimum_of_nothing_is_proven_in_any_currency(unit: Any):
    """min a + 3b, a ≥ −b: the optimum is 0, where a gap relative to the objective has no unit."""
    found = solve(
        batch([unit, 3 * unit], [[1.0, 1.0]], [0.0], [INF], [-2, 0], [5, INF], None, np.array([True, False]))
    )
    assert found.status[0] == Status.OPTIMAL
    assert found.objective[0] == found.bound[0] == 0.0


def test_fixed_charges_in_wild_units_are_proven_by_our_own_tree():
    """x_j ≤ M_j z_j, Σ x ≥ demand, with columns in units of 1e9 and 1e-9: coefficients shrink to the bounds of x."""
    cap, fixed, cost = np.array([7.0, 6.0, 9.0]), np.array([11.0, 26.0, 12.0]), np.array([4.0, 3.0, 2.0])
    unit = np.array([1.0, 1e9, 1e-9])
    a = np.zeros((4, 6))
    a[0, 3:] = 1 / unit
    a[1:, 3:] = np.diag(1 / unit)
    a[1:, :3] = -np.diag(50 * cap)
    whole = np.arange(6) < 3
    u = np.array([INF, 0.0, 0.0, 0.0])
    l = np.array([12.0, -INF, -INF, -INF])
    top = np.concatenate((np.ones(3), cap * unit))
    found = solve(batch(np.concatenate((fixed, cost / unit)), a, l, u, 0, top, None, whole))
    assert found.status[0] == Status.OPTIMAL
    assert found.bound_by[0] == BoundBy.OWN
    assert found.objective[0] == pytest.approx(11 + 12 + 9 * 2 + 3 * 4, rel=1e-9)


def test_no_whole_number_between_two_sides_is_proven_without_any_linear_problem():
    found = solve(batch([1.0, 1.0], [[4.0, 0.0]], [1.0], [3.0], 0, 5, None, True))
    assert found.status[0] == Status.INFEASIBLE
    assert found.certificates.verified[0]


def lying(problem: Any, options: Any):
    """The plan that takes nothing, called optimal."""
    out = Solution.blank(problem.structure, problem.size, Status.OPTIMAL)
    out.x[:] = out.bound[:] = 0.0
    return out


def test_tight_coefficients_keep_every_whole_plan_and_lose_others():
    rng = np.random.default_rng(3)
    plans = np.array(list(itertools.product([0.0, 1.0, 2.0], repeat=3)))
    lost = 0
    for _ in range(50):
        a = rng.integers(-9, 10, (2, 3)).astype(float)
        given = IntegerProgram.of(batch([1.0, 1.0, 1.0], a, [-INF, -4.0], [5.0, INF], 0, 2, None, True))
        tight = with_tight_coefficients(given, given.lb, given.ub)
        inside = [
            ((plans @ p.matrix >= p.l) & (plans @ p.matrix <= p.u + 1e-6)).all(1) for p in (given, tight)
        ]
        assert (inside[0] <= inside[1] + 0).all()
        loose = rng.uniform(0, 2, (200, 3))
        kept = [((loose @ p.matrix >= p.l) & (loose @ p.matrix <= p.u)).all(1) for p in (given, tight)]
        lost += int((kept[0] & ~kept[1]).sum())
    assert lost > 0


def test_a_row_that_one_whole_plan_meets_keeps_it_when_its_coefficients_shrink():
    """−3a + 4b − c − 3d ≤ −10 leaves one plan, (−1, −1, 3, 2); coefficients that shrink to 1e-8 made rounding of the side
    large enough to "prove" that there is none, where the problem is without end in its fifth column."""
    a, q = [[-3.0, 4.0, -1.0, -3.0, 0.0]], [-2.0, -8.0, 6.0, 6.0, -9.0]
    whole = np.array([True, True, True, True, False])
    given = batch(q, a, [-INF], [-10.0], [-2, -1, -1, -2, 0], [-1, 3, 3, 2, INF], None, whole)
    assert solve(given).status[0] == Status.UNBOUNDED
    rng = np.random.default_rng(5)
    for _ in range(200):
        value = rng.integers(-90, 91, (1, 4)) / rng.choice([1.0, 7.0, 10.0, 3e7])
        ub = rng.integers(0, 3, 4).astype(float)
        plan = np.where(value[0] > 0, 0.0, ub)
        side = float((value @ plan)[0]) + float(rng.choice([0.0, 1e-9, 1e-3]))
        made = IntegerProgram.of(batch(-np.ones(4), value, [-INF], [side], 0, ub, None, True))
        tight = with_tight_coefficients(made, made.lb, made.ub)
        assert not _keeps(made, plan) or _keeps(tight, plan)


def _keeps(problem: Any, plan: Any) -> bool:
    """Whether a plan keeps the one row, without rounding."""
    terms = zip(problem.value, problem.column, strict=True)
    return sum(Fraction(v) * Fraction(plan[j]) for v, j in terms) <= Fraction(float(problem.u[0]))


def test_rotated_cones_with_whole_numbers():
    """max x + 2y with x² + y² ≤ 2·3·1.5: among whole numbers (2, 2) is best, by enumeration."""
    plain = batch([-1.0, -2.0], [[1.0, 1.0]], [-INF], [10.0], -5, 5, None, True)
    rows = Pattern((4, 2), np.array([0, 1, 2], np.int32), np.array([2, 3], np.int32))
    shape = replace(plain.structure, F=rows, cones=(Cone(ConeKind.ROTATED, 4),))
    found = solve(replace(plain, structure=shape, F=np.ones((1, 2)), g=np.array([[3.0, 1.5, 0.0, 0.0]])))
    assert found.status[0] == Status.OPTIMAL
    assert found.x[0].tolist() == [2.0, 2.0]


def test_a_solver_that_lies_is_found_out():
    a, b, c, best = knapsack(7)
    record = SolverRecord("liar", frozenset({"MILP"}), "numpy", extra="", adapter=lying)
    problem = batch(-c, a, [-INF] * 3, b, 0, 1, None, True)
    found = solve(problem, Options(solver="liar"), table=(record,))
    assert found.status[0] == Status.OPTIMAL
    assert found.objective[0] == -best


@pytest.mark.parametrize("size", [1e3, 1e8, 1e10, 1e11, 1e12, 1e13])
def test_big_m_of_any_size_gives_the_right_plan(size: Any):
    """Fixed costs 100, 110, 120, 150 and unit costs 3, 2.5, 2, 1 for 50 units: the last alone, 200."""
    costs = [3.0, 2.5, 2.0, 1.0, 100.0, 110.0, 120.0, 150.0]
    rows = np.zeros((5, 8))
    rows[:4, :4], rows[:4, 4:], rows[4, :4] = np.eye(4), -size * np.eye(4), 1.0
    ub = [INF] * 4 + [1.0] * 4
    whole = [False] * 4 + [True] * 4
    found = solve(batch(costs, rows, [-INF] * 4 + [50.0], [0.0] * 4 + [INF], 0, ub, None, whole))
    assert found.status[0] == Status.OPTIMAL
    assert found.objective[0] == pytest.approx(200.0)
    np.testing.assert_array_equal(found.x[0, 4:], [0, 0, 0, 1])


@pytest.mark.parametrize("size", [1e6, 1e8, 1e10])
def test_a_row_that_is_switched_off_sets_no_units(size: Any):
    """x + y ≥ 4 with x, y ≤ 3, each behind a big M: both are built, and nothing of M is left in what they must add up to."""
    rows = [[0.0, 0.0, 1.0, 1.0], [-size, 0.0, 1.0, 0.0], [0.0, -size, 0.0, 1.0]]
    whole = [True, True, False, False]
    found = solve(
        batch([9.0, 6.0, 2.0, 4.0], rows, [4.0, -INF, -INF], [INF, 0.0, 0.0], 0, [1, 1, 3, 3], None, whole)
    )
    assert found.status[0] == Status.OPTIMAL
    assert found.objective[0] == pytest.approx(25.0)
    np.testing.assert_allclose(found.x[0], [1.0, 1.0, 3.0, 1.0])


def switched_by_a_free_row(size: Any):
    """x ≤ M u where no bound limits x alone, but x + 2y ≥ 6, x − y ≤ 3 and x + y ≤ 8 do together: x ≤ 5.5."""
    rows = [[1.0, 0.0, -size], [1.0, -1.0, 0.0], [1.0, 1.0, 0.0], [1.0, 2.0, 0.0]]
    low, high = [-INF, -INF, -INF, 6.0], [0.0, 3.0, 8.0, INF]
    return batch([-1.0, 0.0, 4.0], rows, low, high, [0, -INF, 0], [INF, INF, 1], None, [False, False, True])


@pytest.mark.parametrize("size", [1e8, 1e9, 1e10])
def test_the_tightest_big_m_is_found_by_a_linear_problem(size: Any):
    (big,) = large_coefficients(switched_by_a_free_row(size), INF)
    assert (big.row, big.column, big.size) == (0, 2, size)
    assert big.least == pytest.approx(5.5, rel=1e-5) and big.least >= 5.5
    rows = [[1.0, 0.0, -size]]
    endless = batch(
        [0.0, 0.0, 4.0], rows, [-INF], [0.0], [0, -INF, 0], [INF, INF, 1], None, [False, False, True]
    )
    assert np.isnan(large_coefficients(endless, INF)[0].least)
    idle = batch([-1.0, 0.0, 4.0], rows, [-INF], [9.0], [0, 0, 0], [7.0, 1, 1], None, [False, False, True])
    assert large_coefficients(idle, INF)[0].least == 0.0


@pytest.fixture
def no_second_solver(monkeypatch: Any):
    """As in a bare installation, where SCIP is not there."""
    monkeypatch.setitem(sys.modules, "pyscipopt", None)


@pytest.mark.parametrize("size", [10.0, 1e8, 1e10, 1e13])
def test_a_plan_behind_a_big_m_beside_a_free_column_is_proven_by_our_own_means(
    size: Any, no_second_solver: Any
):
    found = solve(switched_by_a_free_row(size))
    assert found.status[0] == Status.OPTIMAL
    assert found.objective[0] == pytest.approx(-1.5)
    assert BoundBy(int(found.bound_by[0])) is BoundBy.OWN


def test_units_are_not_those_of_a_big_m():
    """A solver's tolerance of 1e-7 in units of 1e10 lets fractions of M through: its own word on the problem is right all the same."""
    switched = switched_by_a_free_row(1e10)
    (status, plan, _) = search(switched, units_of(switched), Options())
    assert status is Status.OPTIMAL
    np.testing.assert_allclose(plan, [5.5, 2.5, 1.0])


def test_a_leaf_that_floats_do_not_close_is_closed_by_rational_arithmetic(no_second_solver: Any):
    """min 2u + 6v − 2a, a ≤ 1, 3a + 2v ≤ 14, a ≤ 10⁴u: (0, 0, 0) and (1, 1, 0) both cost nothing."""
    rows = [[1.0, 0.0, 0.0], [3.0, 0.0, 2.0], [1.0, -1e4, 0.0]]
    ub, whole = [INF, 1.0, 1.0], [False, True, True]
    found = solve(batch([-2.0, 2.0, 6.0], rows, [-INF] * 3, [1.0, 14.0, 0.0], 0, ub, None, whole))
    assert found.status[0] == Status.OPTIMAL
    assert found.objective[0] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_a_plan_of_nothing_is_proven_beside_costs_that_are_not_whole(unit: Any, no_second_solver: Any):
    """a − 4b + 6u with a + 2c = 4 + b + 2u and a + 3b + 2c ≤ 4: b = u = 0, and a = 0 costs nothing."""
    rows = [[1.0, -1.0, 2.0, -2.0], [1.0, 1.0, 1.0, 0.0], [1.0, 3.0, 2.0, 0.0], [1.0, 0.0, 0.0, -1e7]]
    costs = unit * np.array([1.0, -4.0, 0.0, 6.0])
    low, high = [4.0, -INF, -INF, -INF], [4.0, 5.0, 4.0, 0.0]
    whole = [False, False, False, True]
    found = solve(batch(costs, rows, low, high, 0, [INF, 4.0, INF, 1.0], None, whole))
    assert found.status[0] == Status.OPTIMAL
    assert found.objective[0] == pytest.approx(0.0, abs=1e-12 * unit)


def test_sides_between_the_multiples_that_whole_numbers_make(no_second_solver: Any):
    """2b + 4c = −3 has no plan in whole numbers, whatever their bounds; 2b + 4c ≤ 5 is 2b + 4c ≤ 4."""
    problem = batch(
        [-4.0, -3.0, -3.0], [[0.0, 2.0, 4.0]], [-3.0], [-3.0], [-3, -INF, 0], [1, INF, INF], None, True
    )
    found = solve(problem)
    assert found.status[0] == Status.INFEASIBLE
    assert BoundBy(int(found.bound_by[0])) is BoundBy.OWN
    loose = batch([-1.0, -1.0], [[2.0, 4.0]], [-INF], [5.0], 0, 9, None, True)
    assert with_whole_sides(IntegerProgram.of(loose)).u[0] == 4.0


def test_a_farkas_sum_above_nothing_by_what_was_taken_for_rounding_excludes_no_plan():
    """a + v ≥ 1 + 1e-6 and (1 − 5e-12)·v ≤ 0 leave a + 5e-12·v ≥ 1 + 1e-6 as their sum, and v ≤ 1e6 makes 5e-6 of that."""
    rows = [[1.0, 1.0], [0.0, -(1.0 - 5e-12)]]
    problem = IntegerProgram.of(
        batch([0.0] * 2, rows, [1.0 + 1e-6, 0.0], [INF, INF], 0, [1.0, 1e6], None, [True, False])
    )
    y, lb, ub = np.ones(2), problem.lb, problem.ub
    assert dual_bound(replace(problem, q=np.zeros(2)), y, lb, ub)[0] <= 0
    assert not excludes(problem, y, lb, ub)
    assert excludes(problem, y, lb, np.array([1.0, 1.0]))


@pytest.mark.parametrize("whole", [[True, False, False], [True, True, True]])
@pytest.mark.parametrize("apart", [1e-11, 1e-9, 1e-7, 1e-5])
def test_equalities_a_hair_apart_are_judged_as_without_integers(apart, whole):
    """a + b + c = 1 and = 1 + d: within a millionth there is a plan, beyond it there is none."""
    rows, side = np.ones((2, 3)), [1.0, 1.0 + apart]
    found = solve(batch([1.0, 2.0, 3.0], rows, side, side, 0, 9, None, whole))
    assert found.status[0] == (Status.INFEASIBLE if apart > 1e-6 else Status.OPTIMAL)
    assert found.status[0] == Status.INFEASIBLE or found.objective[0] == pytest.approx(1.0, abs=1e-6)


def test_the_gap_that_was_asked_for_is_stated_and_is_no_optimum():
    rng = np.random.default_rng(1)
    a = rng.integers(10, 99, (6, 40)).astype(float)
    c = a.mean(axis=0) + rng.uniform(0, 15, 40)
    problem = batch(-c, a, [-INF] * 6, np.floor(a.sum(axis=1) / 2), 0, 1, None, True)
    found = solve(problem, Options(settings={"mip_rel_gap": 0.5}))
    assert found.status[0] == Status.FEASIBLE
    gap = abs(found.objective[0] - found.bound[0]) / abs(found.objective[0])
    assert found.certificates.gap[0] == pytest.approx(gap)
    assert gap > 1e-6


# ------------------------------------------------------------------ curvature


def commitment(demand: Any):
    """Three plants with quadratic costs that run between limits or not at all."""
    a, b, fixed = np.array([0.004, 0.006, 0.009]), np.array([7.0, 7.5, 8.0]), np.array([300.0, 200.0, 100.0])
    low, high = np.array([50.0, 60.0, 40.0]), np.array([200.0, 250.0, 120.0])
    rows = np.zeros((7, 6))
    rows[0, :3] = 1.0
    rows[1:4, :3], rows[1:4, 3:] = np.eye(3), -np.diag(low)
    rows[4:, :3], rows[4:, 3:] = np.eye(3), -np.diag(high)
    l, u = [demand, *[0.0] * 3, *[-INF] * 3], [demand, *[INF] * 3, *[0.0] * 3]
    ub, whole = [INF] * 3 + [1.0] * 3, [False] * 3 + [True] * 3
    p = np.diag([*(2 * a), 0.0, 0.0, 0.0])
    return batch(np.r_[b, fixed], rows, l, u, 0, ub, p, whole)


@pytest.mark.parametrize("demand", [150.0, 320.0, 480.0])
def test_unit_commitment_with_quadratic_costs(demand: Any):
    problem = commitment(demand)
    best = INF
    for on in itertools.product([0.0, 1.0], repeat=3):
        lb, ub = problem.lb.copy(), problem.ub.copy()
        lb[0, 3:] = ub[0, 3:] = on
        relaxed = solve(replace_bounds(problem, lb, ub))
        if relaxed.status[0] == Status.OPTIMAL:
            best = min(best, float(relaxed.objective[0]))
    found = solve(problem)
    assert found.status[0] == Status.OPTIMAL, found.messages
    assert found.method.values[found.method.codes[0]].solver == "outer"
    assert found.objective[0] == pytest.approx(best, rel=2e-6)
    assert found.bound[0] <= found.objective[0] * (1 + 1e-12)
    assert BoundBy(int(found.bound_by[0])).is_proof


def test_integers_beside_a_cone():
    """The whole point nearest to (1.3, 2.6, 0.4) with a sum of at least 5, against enumeration."""
    centre = np.array([1.3, 2.6, 0.4])
    f, g = np.zeros((4, 4)), np.r_[0.0, -centre]
    f[0, 3] = 1.0
    f[1:, :3] = np.eye(3)
    cone = (Cone(ConeKind.SECOND_ORDER, 4),)
    whole = [True] * 3 + [False]
    problem = batch([0, 0, 0, 1.0], [[1, 1, 1, 0.0]], [5.0], [INF], -9, 9, None, whole, f, g, cone)
    points = np.array(list(itertools.product(range(-1, 6), repeat=3)))
    points = points[points.sum(axis=1) >= 5]
    found = solve(problem)
    assert found.status[0] == Status.OPTIMAL, found.messages
    assert found.objective[0] == pytest.approx(np.linalg.norm(points - centre, axis=1).min(), rel=1e-6)


# ------------------------------------------------------------------ solvers, threads, processes

REQUIRED = ("highs", "clarabel", "piqp", "osqp", "scs", "scipy", "cvxpy:HIGHS", "scip", "outer")


def test_every_solver_that_the_tests_need_is_installed():
    pytest.importorskip(
        "cvxpy", reason="installed without the extras: solvers that come with them are not tested"
    )
    there = {line.name for line in solvers() if line.installed}
    assert set(REQUIRED) <= there


@pytest.mark.parametrize("name", [line.name for line in solvers() if line.installed])
def test_every_installed_solver_conforms(name: Any):
    record = next(r for r in records() if r.name == name)
    skip_without_licence(name)
    count = check_solver(record)
    assert count > 0 or not record.classes & {"LP", "QP", "MILP", "cones"}


def test_highs_used_before_or_with_other_threads_is_no_matter():
    """HiGHS keeps one number of threads per thread of its caller: ours must meet neither an earlier nor a later one."""
    a, b, c, best = knapsack(3)
    problem = batch(-c, a, [-INF] * 3, b, 0, 1, None, True)
    code = f"""
import highspy, numpy as np
from saddlepoint.testing import batch
from saddlepoint.solve.solve import solve
from saddlepoint.solve.solution import Options
def own(threads):
    h = highspy.Highs(); h.setOptionValue("output_flag", False); h.setOptionValue("threads", threads)
    x = h.addVariable(lb=1); h.minimize(x); return "Optimal" in str(h.getModelStatus())
inf = np.inf
p = batch({(-c).tolist()}, {a.tolist()}, [-inf] * 3, {b.tolist()}, 0, 1, None, True)
assert own(2)
print("ours", flush=True)
for threads in (1, 2, 1):
    assert solve(p, Options(solver="highs", settings={{"threads": threads}})).objective[0] == {-best}
assert own(2)
"""
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert out.returncode == 0, out.stderr
    assert out.stdout.endswith("ours\n")
    assert solve(problem, Options(solver="highs")).objective[0] == -best


def test_a_quadratic_problem_that_makes_highs_abort_is_survived():
    """Two nearly parallel rows: the last resort runs in a process of its own."""
    q = [1.698329520399607, -2.786785845536416, -0.35160355982807756]
    p = np.array([[17.0, -10.0, 14.0], [-10.0, 17.0, -10.0], [14.0, -10.0, 12.0]])
    rows = [
        [-0.0872789489669152, 0.3028044973987383, -2.970289271543201],
        [-0.0872788546211183, 0.30280458623831197, -2.970286880949222],
        [-0.08727894888724994, 0.30280449734497006, -2.970289270289981],
    ]
    u = [-3.1448471694770315, -3.144844590191459, -3.1448471680644805]
    problem = batch(q, rows, [-INF, -INF, u[2]], u, -INF, INF, p)
    found = solve(problem, Options(solver="highs"))
    assert found.status[0] in (Status.ERROR, Status.UNVERIFIED, Status.OPTIMAL, Status.INFEASIBLE)


HARD = """
import numpy as np
from saddlepoint.solve.solution import Options
from saddlepoint.solve.solve import solve
from saddlepoint.testing import batch
rng = np.random.default_rng(0)
m, n = 5, 40
a = rng.integers(0, 100, (m, n)).astype(float)
b = a.sum(axis=1) // 2
q = np.r_[np.zeros(n), np.ones(2 * m)]
ub = np.r_[np.ones(n), np.full(2 * m, np.inf)]
whole = np.r_[np.ones(n), np.zeros(2 * m)].astype(bool)
problem = batch(q, np.hstack([a, np.eye(m), -np.eye(m)]), b, b, 0, ub, None, whole)
print("ready", flush=True)
try:
    solve(problem, Options(isolate={isolate}))
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


def started(isolate: Any):
    child = subprocess.Popen(
        [sys.executable, "-c", HARD.format(isolate=isolate)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


def test_an_interruption_ends_a_native_search():
    child = started(False)
    time.sleep(2.0)
    child.send_signal(signal.SIGINT)
    out, _ = child.communicate(timeout=20)
    assert out == "interrupted\n"
    assert child.returncode == 0


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_an_isolated_worker_ends_with_its_parent():
    child = started(True)
    children = Path(f"/proc/{child.pid}/task")
    found: list[int] = []
    for _ in range(100):
        found = [int(k) for t in children.iterdir() for k in (t / "children").read_text().split()]
        if found:
            break
        time.sleep(0.1)
    assert found
    time.sleep(1.0)
    child.kill()
    child.wait()
    assert child.stdout is not None
    child.stdout.close()
    for _ in range(50):
        if not any(alive(k) for k in found):
            break
        time.sleep(0.1)
    assert not any(alive(k) for k in found)


def alive(number: Any):
    try:
        return "\nState:\tZ" not in Path(f"/proc/{number}/status").read_text()
    except OSError:
        return False


def test_what_a_thread_raises_reaches_the_caller():
    def fails():
        raise ValueError("within")

    with pytest.raises(ValueError, match="within"):
        attempt.together([fails], attempt.threading.Event())


def test_what_highs_calls_unbounded_beside_a_plan_is_proven_so() -> None:
    """A rational ray and a whole plan: then the integer problem is unbounded as well (Meyer 1974)."""
    A = [[20, -20, -30, 10, 20], [-2, -3, 1, 0, 3], [-2, 2, -1, -1, -3], [2, -2, 1, 1, -1]]
    unit = np.array([1.0, 1e-2, 1e-4, 1e-3])[:, None]
    whole = np.array([True, True, True, False, False])
    rows = np.array(A) * unit, np.full(4, -np.inf), np.array([20.0, np.inf, -3e-4, 0.0])
    lb = np.array([-2.0, -2.0, -2.0, -2.0, -1.0])
    for low in (lb, np.zeros(5)):
        found = solve(batch([1.0, -1, -2, 1, -1], *rows, low, np.inf, None, whole))
        assert found.status[0] == Status.UNBOUNDED and found.certificates.verified[0]


def test_an_endless_integer_problem_is_unbounded_and_no_plan_of_far_numbers(monkeypatch: Any) -> None:
    """max x, x ≤ y: HiGHS cannot tell infeasible from unbounded; a tree finds plans as far out as it looks."""
    endless = batch([-1.0, 0.0], [[1.0, -1.0]], [-INF], [0.0], 0, INF, None, True)
    seen = list[str]()
    monkeypatch.setattr(
        integers, "prove_cutoff", lambda *a: seen.append("") or TreeProof(-INF, False, 1, np.full(2, 1e20))
    )
    assert solve(endless).status[0] == Status.UNBOUNDED and not seen
    monkeypatch.setattr(integers, "is_endless", lambda *a: False)
    found = solve(endless)
    assert found.status[0] == Status.UNBOUNDED and found.certificates.verified[0] and seen
    impossible = batch([-1.0, 0.0], [[1.0, -1.0], [2.0, -2.0]], [-INF, 1.0], [INF, 1.0], 0, INF, None, True)
    monkeypatch.undo()
    assert solve(impossible).status[0] == Status.INFEASIBLE


@pytest.mark.parametrize("low", [False, True])
def test_a_row_of_tenths_that_whole_numbers_fill_is_met_beside_rounding(low: bool) -> None:
    """0.1 · 6 is more than 0.6 in floats, and 0.1 · 3 more than 0.3: the plan still has prices and a proof."""
    sides = ([0.3, -0.3], [INF, INF]) if low else ([-INF, -INF], [0.6, INF])
    a = [[0.1, 0.2, 0.3], [-0.1, -0.2, -0.3]] if low else [[0.1, 0.2, 0.3], [0.0, 0.0, 0.0]]
    cost = [1.0, 3.0, 5.0] if low else [-1.0, -1.0, -1.0]
    found = solve(batch(cost, a, *sides, 0, 9, None, True))
    assert found.status[0] == Status.OPTIMAL and found.certificates.verified[0]
    assert found.x[0].tolist() == ([3.0, 0.0, 0.0] if low else [6.0, 0.0, 0.0])
    assert np.isfinite(found.y).all() and found.bound_by[0] == BoundBy.OWN


def test_a_side_that_whole_numbers_miss_by_more_than_a_hair_stays_missed() -> None:
    for miss, word in ((1e-9, Status.OPTIMAL), (1e-6, Status.INFEASIBLE)):
        found = solve(batch([-1.0], [[0.1]], [0.6 + miss], [0.65], 0, 9, None, True))
        assert found.status[0] == word
        assert found.certificates.verified[0]


@pytest.mark.parametrize("seed", [18, 26, 99, 170, 172, 182, 239, 355])
def test_of_whole_numbers_alone_a_row_is_kept_or_missed(seed: int, no_second_solver: Any) -> None:
    """Coefficients are 1e-14 … 1e-6 off: the answer is the best of the plans that miss no row by more than rounding (counted out), or, where there is none, of those a hair apart."""
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(1, 5)), int(rng.integers(1, 5))
    a = rng.integers(-3, 6, (m, n)).astype(float)
    u = a @ rng.integers(0, 5, n) + rng.integers(0, 2, m) * rng.integers(0, 3, m)
    off = int(rng.integers(m))
    a[off] *= 1 + 10.0 ** rng.uniform(-14, -6) * rng.normal(size=n)
    l = np.where(rng.random(m) < 0.4, u, -np.inf)
    q = rng.integers(-3, 6, n).astype(float)
    found = solve(batch(q, a, l, u, np.zeros(n), np.full(n, 6.0), integer=np.ones(n, bool)))
    plans = np.array(list(itertools.product(range(7), repeat=n)), float)
    activity, size = plans @ a.T, np.abs(plans) @ np.abs(a).T
    part = (
        np.maximum(np.where(np.isfinite(l), l, activity) - activity, activity - u)
        / (size + np.abs(u) + 1e-300)
    ).max(axis=1)
    assert found.status[0] == Status.OPTIMAL
    assert found.certificates.verified[0]
    strict, near = (np.min((plans @ q)[part <= most], initial=np.inf) for most in (1e-15, 1e-6))
    assert near - 1e-9 <= found.objective[0] <= strict + 1e-9
    kept = part[(plans == found.x[0]).all(axis=1)][0]
    assert kept <= (1.01e-13 if np.isfinite(strict) else 1e-6)


def test_where_none_keeps_all_sides_a_smaller_tolerance_proves_it() -> None:
    asked = batch([-1.0], [[0.1]], [0.6 + 5e-7], [0.65], 0, 9, None, True)
    found = solve(asked, gives=False)
    assert found.status[0] == Status.UNVERIFIED
    assert "no plan keeps all sides" in found.messages[0] and "smaller tolerance" in found.messages[0]
    closer = solve(asked, Options(tolerance=1e-9), gives=False)
    assert closer.status[0] == Status.INFEASIBLE and closer.certificates.verified[0]


@pytest.mark.parametrize(
    ("seed", "real"),
    [
        *((s, 0) for s in (22, 85, 86, 121, 150, 163, 208, 274)),
        *((s, 1) for s in (77, 123, 203, 209, 265, 294)),
    ],
)
def test_small_costs_count_beside_a_large_one_that_no_plan_pays(seed: int, real: int) -> None:
    """Costs of 1e-6 … 1e-12 beside one of 1e9: the floor of the gap was 1e-10 of the largest, and SCIP's tolerances are absolute."""
    rng = np.random.default_rng([77, seed])
    n, m = int(rng.integers(2, 5)), int(rng.integers(1, 4))
    a, upper = rng.integers(-4, 5, (m, n)).astype(float), rng.integers(1, 5, n).astype(float)
    rng.integers(-4, 6, n), rng.uniform(-9, 9, n)
    if rng.random() < 0.3:
        rng.integers(-4, 6, n), rng.uniform(-9, 9, n)
    q = np.append(
        1e9 * rng.integers(1, 4), rng.integers(-4, 6, n - 1) * 10.0 ** np.round(rng.uniform(-12, -6))
    )
    a[:, 0] *= 10.0 ** rng.integers(0, 10)
    inside = a @ [rng.integers(0, b + 1) for b in upper]
    u = inside + rng.integers(0, 3, m)
    l = np.where(rng.random(m) < 0.3, inside - rng.integers(0, 3, m), -INF)
    whole = np.arange(n) < n - real
    none = np.zeros((n, n)), np.zeros((0, n)), np.zeros(0)
    right = counted(Numbers(none[0], q, 0.0, a, l, u, np.zeros(n), upper, *none[1:]), whole).objective
    found = solve(batch(q, a, l, u, 0, upper, None, whole))
    assert found.status[0] == Status.OPTIMAL
    assert found.objective[0] == pytest.approx(right, rel=1e-6, abs=1e-20)


class Clock:
    """A clock that what is spied on moves on."""

    def __init__(self, monkeypatch: Any) -> None:
        self.now = 0.0
        monkeypatch.setattr("saddlepoint.solve.interfaces.time", self)

    def perf_counter(self) -> float:
        return self.now

    def takes(self, seconds: float, answer: Any, seen: list[Any]) -> Any:
        def spy(*given: Any, **_: Any) -> Any:
            seen.append(next((o.time_limit for o in given if isinstance(o, Options)), None))
            self.now += seconds
            return answer

        return spy


def test_one_deadline_for_the_proof_that_there_is_no_end_and_the_tree(monkeypatch: Any) -> None:
    """The tree had the whole limit anew after the search for a ray had taken its own."""
    endless = batch([-1.0, 0.0], [[1.0, -1.0]], [0.5], [0.5], 0, INF, None, True)
    clock, seen, ends = Clock(monkeypatch), list[Any](), list[bool]()
    word = Solution.blank(endless.structure, 1, Status.INFEASIBLE_OR_UNBOUNDED)

    def proves(*given: Any) -> TreeProof:
        late = given[5]
        ends.append(late())
        clock.now += 4.5
        ends.append(late())
        return TreeProof(-INF, False, 1)

    monkeypatch.setattr(integers, "is_endless", clock.takes(6.0, False, seen))
    monkeypatch.setattr(integers, "prove_cutoff", proves)
    monkeypatch.setattr(integers, "scip_is_here", lambda: False)
    integers.solve_integers(lambda *_: word, endless, Options(time_limit=10.0), integers._directly)
    assert seen == [10.0] and ends == [False, True]


def test_the_parts_of_a_claim_share_its_deadline(monkeypatch: Any) -> None:
    problem = batch([-1.0, 0.0], [[1.0, -1.0]], [0.5], [0.5], 0, INF)
    clock, seen = Clock(monkeypatch), list[Any]()
    monkeypatch.setattr(disambiguate, "find_ray", clock.takes(6.0, object(), seen))
    monkeypatch.setattr(disambiguate, "find_plan", clock.takes(6.0, None, seen))
    assert not disambiguate.is_endless(problem, Options(time_limit=10.0))
    assert seen == [10.0, 4.0]
    assert not disambiguate.is_endless(problem, Options(time_limit=5.0)) and seen[2:] == [5.0]
    assert disambiguate.disambiguate(problem, Options(time_limit=10.0)) is None
    assert seen[3:] == [10.0, 4.0]


@pytest.mark.parametrize("constant", [0.0, 7.0, -1e6, 1e9])
@pytest.mark.parametrize("unit", [1e-9, 1.0])
@pytest.mark.parametrize("curvature", [None, np.diag([2.0, 2.0, 2.0])])
def test_a_constant_hides_no_gap_and_takes_no_proof(constant, unit, curvature):
    """Plan and bound are compared without it: beside 1e9 costs of 1e-9 are nothing."""
    q, bent = unit * np.array([-3.0, -5.0, -1.0]), None if curvature is None else unit * curvature
    problem = batch(q, np.ones((1, 3)), [-INF], [4.0], 0, 5, bent, True)
    found = solve(replace(problem, r=np.array([[constant]])))
    best = min(
        float(q @ x + 0.5 * (0.0 if bent is None else x @ bent @ x))
        for x in map(np.array, itertools.product(range(6), repeat=3))
        if sum(x) <= 4
    )
    assert found.status[0] == Status.OPTIMAL, found.messages
    assert found.objective[0] == pytest.approx(best + constant, rel=1e-12)
    assert found.bound[0] == pytest.approx(best + constant, rel=1e-9)
    assert replace(problem, r=np.zeros((1, 1))).q[0] @ found.x[0] <= 0.0
    loose = check_claims(problem, found.x, found.y, found.z, found.w, found.status, np.array([2.0 * best]))
    assert not loose.verified[0]


def test_machines_that_best_stay_off_are_proven_to_cost_nothing() -> None:
    """Costs of curvature from 3e-4 to 22: nothing is smaller in the units of who asked than in balanced ones, so that a bound that had met the plan in these was refused."""
    inf = np.inf
    rows = np.array(
        [
            *([10.0, 0.0, 0.0, -30.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0, -10.0, 0.0]),
            *([0.0, 1.0, 0.0, 0.0, -2.5, 0.0], [0.0, 0.0, 0.1, 0.0, 0.0, -20.0]),
            *([0.0, 0.0, 0.1, 0.0, 0.0, -5.0], [10.0, 1.0, 0.1, 0.0, 0.0, 0.0]),
        ]
    )
    found = solve(
        make_batch(
            [40.0, -2.0, -0.1, 0.0, 40.0, 20.0],
            rows,
            [-inf, -inf, 0.0, -inf, 0.0, 0.0],
            [0.0, 0.0, inf, 0.0, inf, inf],
            ub=[inf, inf, inf, 3.0, 3.0, 3.0],
            P=np.diag([21.755342862762692, 0.020864954497401847, 0.0003437114955431074, 0.0, 0.0, 0.0]),
            integer=[False] * 3 + [True] * 3,
        )
    )
    assert found.certificates.verified[0], found.messages
    assert found.objective[0] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("slope", [1e-11, 2e-12])
def test_reduced_costs_of_a_hair_count_on_a_long_way(slope: float) -> None:
    """k − y + (1 − slope) w with w = y up to 1e12: the way of y is worth 10, though its costs are a hair; a plan that stays at 0 is not proven to be the best."""
    batch = make_batch(
        [1.0, -1.0, 1.0 - slope],
        [[0.0, 1.0, -1.0], [1.0, 1.0, 0.0]],
        [0.0, -np.inf],
        [0.0, 1e12],
        lb=[1.0, 0.0, 0.0],
        ub=[5.0, np.inf, np.inf],
        integer=[True, False, False],
    )
    best = 1.0 - slope * (1e12 - 1.0)
    found = solve(batch)
    assert found.status[0] == Status.FEASIBLE or found.objective[0] == pytest.approx(best, abs=1e-3)
    assert found.bound[0] <= best + 1e-3 or found.bound_by[0] != BoundBy.OWN
