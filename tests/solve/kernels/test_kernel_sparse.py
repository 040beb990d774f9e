"""The sparse batch simplex on medium problems: hours with storage against HiGHS, cold starts, other matrices, proofs."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from benchmarks.hours import hours_with_storage
from benchmarks.kernels import product_mix
from saddlepoint.algebra.structure import Batch
from saddlepoint.solve.kernels import cache, sparse
from saddlepoint.solve.kernels.answer import BASIC, Basis, Outcome
from saddlepoint.solve.kernels.table import batch_kernels
from saddlepoint.solve.solution import Status
from saddlepoint.solve.solve import solve
from tests.solve.kernels.linear_programs import (
    INF,
    claims_hold,
    flows,
    highs,
    kkt,
    linear,
    proves_infeasible,
)

pytest.importorskip("numba")


@pytest.fixture(scope="module")
def day() -> Batch:
    return hours_with_storage(12, 6, 12)


def test_hours_with_storage_agree_with_highs(day):
    answer = sparse.solve(day)
    assert answer.done.all()
    for s in range(day.size):
        assert kkt(day, answer, s) <= 1e-9
        assert answer.objective[s] == pytest.approx(highs(day, s)[1], rel=1e-9)


@pytest.mark.parametrize("part", [1.0, 20.0])
def test_many_hours_linked_by_a_store_whose_costs_tie_agree_with_highs(part):
    hours = hours_with_storage(100, 3, 8, seed=2)
    batch = dataclasses.replace(hours, q=np.where(hours.q > 1.0, np.ceil(hours.q / part) * part, hours.q))
    answer = sparse.solve(batch)
    assert answer.done.all()
    for s in range(batch.size):
        assert kkt(batch, answer, s) <= 1e-9
        assert answer.objective[s] == pytest.approx(highs(batch, s)[1], rel=1e-9)


def test_a_cold_start_needs_more_pivots_than_one_file_of_changes_holds_and_ends_at_the_same_optimum():
    batch = hours_with_storage(48, 12, 1)
    n, m = batch.structure.n, batch.structure.m
    cold = sparse.solve(batch, Basis.slack(n, m))
    assert cold.iterations[0] > 3 * 62
    assert cold.objective[0] == pytest.approx(highs(batch, 0)[1], rel=1e-9)
    again = sparse.solve(batch, cold.basis_of(0))
    assert again.iterations[0] == 0
    assert again.objective[0] == pytest.approx(cold.objective[0], rel=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_flows_with_ties_without_plan_and_without_end_agree_with_highs(seed):
    batch = flows(seed)
    answer = sparse.solve(batch)
    claims_hold(batch, answer)
    expected = [Outcome.DONE, Outcome.INFEASIBLE, Outcome.UNBOUNDED] * 3
    assert list(answer.outcome) == expected


@pytest.mark.parametrize("seed", range(4))
def test_sides_of_all_kinds_agree_with_highs_over_several_factorisations(seed):
    batch = all_kinds(np.random.default_rng(seed), m=90, n=140, size=3)
    answer = sparse.solve(batch, Basis.slack(140, 90))
    assert answer.done.all()
    assert answer.iterations.min() > 62
    for s in range(batch.size):
        assert kkt(batch, answer, s) <= 1e-9
        assert answer.objective[s] == pytest.approx(highs(batch, s)[1], rel=1e-9)


def all_kinds(rng: np.random.Generator, m: int, n: int, size: int) -> Batch:
    """Sparse problems with an optimum: columns boxed, one-sided, free and fixed, rows equal, one-sided and ranged."""
    A = np.where(rng.random((m, n)) < 4 / m, rng.integers(-3, 4, (m, n)), 0)
    A[rng.integers(0, m, n), np.arange(n)] = 1.0
    x = rng.uniform(-1, 1, (size, n))
    kind = rng.integers(0, 5, n)
    below, above = np.array([0.1, 0.1, INF, INF, 0.0]), np.array([0.4, INF, 0.4, INF, 0.0])
    lb, ub = x - below[kind] * rng.random((size, n)), x + above[kind] * rng.random((size, n))
    y, z = rng.normal(0, 1, m), rng.normal(0, 1, n) * (kind != 3)
    z[kind == 1], z[kind == 2] = np.abs(z[kind == 1]), -np.abs(z[kind == 2])
    activity, row = x @ A.T, rng.integers(0, 3, m)
    l = activity - np.where(row == 0, 0.0, rng.random((size, m)))
    u = np.where(row == 2, INF, activity + np.where(row == 0, 0.0, rng.random((size, m))))
    y[row == 2] = np.abs(y[row == 2])
    return linear(A, np.tile(y @ A + z, (size, 1)), l, u, lb, ub)


def test_bases_without_a_triangular_order_are_eliminated():
    batch = product_mix(50, 20, 6, "all")
    answer = sparse.solve(batch)
    claims_hold(batch, answer)
    assert answer.done.all()


@pytest.mark.parametrize("scenarios_share", [True, False])
def test_dense_cores_of_more_than_a_word_agree_with_highs(scenarios_share):
    rng = np.random.default_rng(5)
    size, m, n = 3, 80, 140
    A = rng.normal(size=(1 if scenarios_share else size, m, n))
    x, y = rng.random(n) * (rng.random(n) < 0.6), rng.random(m)
    activity = A @ x
    cost = np.einsum("smn,m->sn", A, y) + rng.random((size, n)) * (x == 0.0)
    l = activity - 0.1 * rng.random((size, m))
    batch = linear(
        A, cost, l, l + np.where(rng.random(m) < 0.3, 0.2, INF), np.zeros((size, n)), np.full((size, n), 2.0)
    )
    answer = sparse.solve(batch, Basis.slack(n, m))
    assert answer.done.all()
    assert (answer.basis[:, :n] == BASIC).sum(axis=1).min() > 64
    for s in range(size):
        assert kkt(batch, answer, s) <= 1e-9
        assert answer.objective[s] == pytest.approx(highs(batch, s)[1], rel=1e-9)
    # wrong solves are noticed and made up for by more exchanges; empty rows make a basis sparse, and change nothing
    A, free = np.pad(A, ((0, 0), (0, 1000), (0, 0))), np.full((size, 1000), INF)
    l, u = np.hstack([batch.l, -free]), np.hstack([batch.u, free])
    sparser = sparse.solve(linear(A, cost, l, u, batch.lb, batch.ub), Basis.slack(n, m + 1000))
    assert list(sparser.iterations) == list(answer.iterations)


def test_a_matrix_that_differs_between_scenarios(day):
    values = day.A * np.random.default_rng(3).normal(1, 0.05, (day.size, day.A.shape[1]))
    batch = dataclasses.replace(day, A=values)
    answer = sparse.solve(batch)
    assert answer.done.all()
    for s in range(batch.size):
        assert kkt(batch, answer, s) <= 1e-9
        assert answer.objective[s] == pytest.approx(highs(batch, s)[1], rel=1e-9)


def test_a_basis_that_is_singular_for_the_matrix_is_replaced(day):
    codes = Basis.slack(day.structure.n, day.structure.m)
    codes.rows[:] = 0
    codes.columns[: day.structure.m] = 1
    assert sparse.solve(day, codes).done.all()


def test_hours_that_cannot_be_supplied_are_proven_so(day):
    unserved = slice(day.structure.n - 12, day.structure.n)
    upper = day.ub.copy()
    upper[::2, unserved] = 0.0
    lower, higher = day.l.copy(), day.u.copy()
    lower[::2, 3] = higher[::2, 3] = 1e4
    batch = dataclasses.replace(day, ub=upper, l=lower, u=higher)
    answer = sparse.solve(batch)
    assert (answer.outcome[::2] == Outcome.INFEASIBLE).all()
    assert answer.done[1::2].all()
    assert all(proves_infeasible(batch, answer, s) for s in range(0, batch.size, 2))


def test_solve_takes_it_for_medium_problems_and_certifies_all(monkeypatch):
    monkeypatch.setattr(cache, "ready", lambda _: True)
    batch = hours_with_storage(12, 6, 20, seed=5)
    solution, plain = solve(batch, kernels=batch_kernels(2)), solve(batch, kernels=())
    assert {m.solver for m in solution.method.values if m is not None} == {"sparse batch simplex"}
    assert (solution.status == Status.OPTIMAL).all()
    assert solution.certificates.verified.all()
    np.testing.assert_allclose(solution.objective, plain.objective, rtol=1e-9)
