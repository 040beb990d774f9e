"""Known active sets of quadratic batches: what one says of a scenario is what the path of pivots says of it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.kernels import portfolio
from saddlepoint.algebra.structure import Batch
from saddlepoint.solve.kernels import qp, warming
from saddlepoint.solve.kernels.answer import Basis, KernelAnswer, Outcome
from saddlepoint.solve.kernels.known_bases import KnownBases, fixed_in_all
from tests.solve.kernels.conditions import violation
from tests.solve.kernels.quadratic_programs import INF, quadratic, random_batch

pytest.importorskip("numba")


@pytest.fixture(autouse=True, scope="module")
def compiled():
    """Known active sets are tried where that is compiled."""
    warming.warm_up(("known_bases",))


def start_of(batch: Batch) -> Basis:
    return qp.pilot(batch) or Basis.slack(batch.structure.n, batch.structure.m)


def every_set(batch: Batch, answer: KernelAnswer) -> KnownBases:
    return KnownBases(np.unique(answer.basis[answer.done], axis=0), fixed_in_all(batch))


def with_one_matrix(batch: Batch) -> Batch:
    return dataclasses.replace(batch, P=batch.P[:1], A=batch.A[:1])


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**6))
def test_known_active_sets_change_no_claim(seed):
    batch = with_one_matrix(random_batch(seed))
    start = start_of(batch)
    plain = qp.solve(batch, start)
    tried = qp.solve(batch, start, known=every_set(batch, plain))
    assert (tried.outcome == plain.outcome).all()
    for s in np.flatnonzero(plain.done):
        assert violation(batch, tried.x[s], tried.y[s], tried.z[s], s) <= 1e-8
        size = np.abs(batch.row("q", s)) @ np.abs(plain.x[s]) + abs(plain.objective[s])
        assert abs(tried.objective[s] - plain.objective[s]) <= 1e-8 * size + 1e-12
    for s in np.flatnonzero(~plain.done):
        for name in ("x", "y", "z"):
            assert np.array_equal(getattr(tried, name)[s], getattr(plain, name)[s], equal_nan=True)


def test_nearly_all_of_a_sweep_are_answered_without_a_pivot_and_alike():
    batch = portfolio(10, 5, 10_000)
    start = start_of(batch)
    plain, tried = qp.solve(batch, start), qp.solve(batch)
    assert (plain.iterations > 0).mean() > 0.5
    assert (tried.iterations == 0).mean() > 0.8
    assert (tried.basis == plain.basis).all()
    for name in ("x", "y", "z", "objective"):
        assert np.allclose(getattr(tried, name), getattr(plain, name), rtol=1e-11, atol=1e-12)


def test_a_scenario_in_any_chunk_keeps_every_bit():
    batch = portfolio(10, 5, 4_000)
    run = qp.started(batch)
    whole = run(batch)
    some = np.sort(np.random.default_rng(2).choice(batch.size, 700, replace=False))
    part = run(batch.take(some))
    for name in ("x", "y", "z", "objective", "basis", "outcome"):
        assert np.array_equal(getattr(whole, name)[some], getattr(part, name))


def test_more_than_one_optimum_is_left_to_the_path():
    """P is flat along the edge where the optima lie: a known vertex of it must not decide."""
    P, A = [[2.0, 2.0], [2.0, 2.0]], [[1.0, 1.0]]
    q = np.full((20, 2), -1.0) * np.linspace(1.0, 2.0, 20)[:, None]
    batch = quadratic(P, q, A, [-INF], [5.0], [0.0, 0.0], [4.0, 4.0])
    start = start_of(batch)
    plain = qp.solve(batch, start)
    other = KnownBases(np.int8([[0, 1, 1], [1, 0, 1], [1, 1, 1]]), fixed_in_all(batch))
    tried = qp.solve(batch, start, known=other)
    assert plain.done.all()
    assert np.array_equal(plain.x, tried.x)


def test_scenarios_that_are_no_problem_stay_what_they_are():
    batch = portfolio(10, 5, 300)
    q, u = batch.q.copy(), batch.u.copy()
    q[3, 1], q[4, 0], u[5, 2], u[6, 0] = np.nan, INF, np.nan, -INF
    broken = dataclasses.replace(batch, q=q, u=u)
    start = start_of(batch)
    known = every_set(batch, qp.solve(batch, start))
    plain, tried = qp.solve(broken, start), qp.solve(broken, start, known=known)
    assert not plain.done[3:7].any()
    assert (plain.outcome == tried.outcome).all()


def test_curvature_or_a_matrix_of_every_scenario_has_no_known_active_sets():
    batch = portfolio(10, 5, 10_000)
    own = dataclasses.replace(batch, P=np.repeat(batch.P, batch.size, axis=0))
    start = start_of(batch)
    assert len(qp.known_bases(batch, start).codes) > 2
    assert len(qp.known_bases(own, start).codes) == 0
    few = own.take(np.arange(50))
    plain = qp.solve(few, start)
    tried = qp.solve(few, start, known=every_set(few, plain))
    assert np.array_equal(plain.x, tried.x)
    assert (tried.outcome == Outcome.DONE).all()
