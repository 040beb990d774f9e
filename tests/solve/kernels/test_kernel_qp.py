# pyright: basic
"""The quadratic kernel against the optimality conditions, PIQP, Clarabel, the simplex and water-filling."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from saddlepoint.algebra.structure import Batch, Pattern
from saddlepoint.solve.kernels import qp, simplex, waterfill
from saddlepoint.solve.kernels.answer import Basis, Outcome
from saddlepoint.solve.solution import Status
from saddlepoint.solve.solve import solve
from tests.solve.kernels.conditions import matrices, violation
from tests.solve.kernels.quadratic_programs import quadratic, random_batch

pytest.importorskip("numba")
INF = np.inf


def piqp_objective(batch: Batch, s: int) -> float | None:
    """PIQP's objective, None where it does not call it solved."""
    piqp = pytest.importorskip("piqp")
    P, A = matrices(batch, s)
    q, l, u, lb, ub = (batch.row(k, s) for k in ("q", "l", "u", "lb", "ub"))
    solver = piqp.DenseSolver()
    solver.settings.eps_abs = solver.settings.eps_rel = 1e-9
    solver.setup(
        P, q, None, None, A if len(A) else None, l if len(A) else None, u if len(A) else None, lb, ub
    )
    if solver.solve() != piqp.PIQP_SOLVED:
        return None
    x = solver.result.x
    return float(0.5 * x @ P @ x + q @ x)


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 10**6))
@example(440236)
def test_every_claim_holds(seed):
    batch = random_batch(seed)
    answer = qp.solve(batch)
    for s in range(batch.size):
        P, A = matrices(batch, s)
        x, y, z = answer.x[s], answer.y[s], answer.z[s]
        match Outcome(answer.outcome[s]):
            case Outcome.DONE:
                assert violation(batch, x, y, z, s) <= 1e-8
            case Outcome.INFEASIBLE:
                assert np.abs(y @ A + z).max() <= 1e-9 * max(np.abs(y).max(initial=0), np.abs(z).max())
                gain = 0.0
                for d, low, high in (
                    (y, *(batch.row(k, s) for k in "lu")),
                    (z, batch.row("lb", s), batch.row("ub", s)),
                ):
                    gain += d @ np.where(d > 1e-12, low, np.where(d < -1e-12, high, 0.0))
                assert gain > 0
            case Outcome.UNBOUNDED:
                tiny = 1e-7 * np.abs(x).max()
                assert np.abs(P @ x).max() <= tiny * max(1.0, np.abs(P).max())
                assert batch.row("q", s) @ x < 0
                for v, low, high in (
                    (A @ x, *(batch.row(k, s) for k in "lu")),
                    (x, batch.row("lb", s), batch.row("ub", s)),
                ):
                    assert not (v[np.isfinite(low)] < -tiny).any()
                    assert not (v[np.isfinite(high)] > tiny).any()
            case Outcome.LIMIT | Outcome.INACCURATE:
                continue
            case other:
                pytest.fail(f"unfinished: {other.name}")


@pytest.mark.parametrize("seed", [368111])
def test_missing_rank_is_no_lack_of_convexity(seed):
    assert (qp.solve(random_batch(seed)).outcome == Outcome.DONE).all()


@pytest.mark.parametrize("seed", [16422])
def test_a_claim_without_proof_is_given_up(seed):
    batch = random_batch(seed)
    outcomes = qp.solve(batch).outcome
    assert np.isin(outcomes, (Outcome.DONE, Outcome.INACCURATE, Outcome.LIMIT)).all()
    assert (solve(batch).status == Status.OPTIMAL).all()


def test_nearly_all_are_finished_and_the_rest_say_so():
    outcomes = np.concatenate([qp.solve(random_batch(seed)).outcome for seed in range(3400, 3700)])
    given_up = np.isin(outcomes, (Outcome.LIMIT, Outcome.INACCURATE))
    assert given_up.mean() <= 0.002
    assert not np.isin(outcomes, (Outcome.NOT_CONVEX, Outcome.CROSSED)).any()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_piqp_agrees(seed):
    batch = random_batch(seed)
    answer = qp.solve(batch)
    for s in range(batch.size):
        objective = piqp_objective(batch, s)
        if objective is not None and answer.done[s]:
            assert answer.objective[s] == pytest.approx(objective, rel=1e-5, abs=1e-5)


def test_definite_problems_with_rows_are_all_done():
    rng = np.random.default_rng(1)
    n, m, size = 10, 5, 300
    G = rng.standard_normal((n, n))
    A = rng.standard_normal((m, n))
    for copies in (1, size):
        noise = np.exp(0.1 * rng.standard_normal((copies, 1, 1)))
        q, u = rng.standard_normal((size, n)) * 3, 1 + np.abs(rng.standard_normal((size, m)))
        batch = quadratic(
            (G @ G.T + 0.1 * np.eye(n)) * noise,
            q,
            A * noise,
            np.full(m, -INF),
            u,
            np.zeros(n),
            np.full(n, 2.0),
        )
        answer = qp.solve(batch)
        assert answer.done.all()
        assert max(violation(batch, answer.x[s], answer.y[s], answer.z[s], s) for s in range(size)) <= 1e-10


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6))
def test_a_scenario_alone_is_the_scenario_in_a_batch(seed):
    batch = random_batch(seed)
    basis = qp.pilot(batch) or Basis.slack(batch.structure.n, batch.structure.m)
    together = qp.solve(batch, basis)
    for s in range(batch.size):
        alone = qp.solve(batch.take(np.array([s])), basis)
        assert alone.outcome[0] == together.outcome[s]
        assert np.allclose(alone.objective[0], together.objective[s], rtol=1e-9, atol=1e-9, equal_nan=True)


@pytest.mark.parametrize("seed", range(8))
def test_without_curvature_it_is_the_simplex(seed):
    rng = np.random.default_rng(seed)
    n, m, size = 6, 4, 20
    A, u = rng.uniform(0.1, 1, (m, n)), rng.uniform(5, 10, (size, m))
    q = -rng.uniform(0.5, 1, (size, n))
    batch = quadratic(np.zeros((n, n)), q, A, np.full(m, -INF), u, np.zeros(n), np.full(n, 4.0))
    none = dataclasses.replace(batch.structure, P=Pattern.empty(n, n))
    linear = simplex.solve(dataclasses.replace(batch, structure=none, P=np.zeros((1, 0))))
    answer = qp.solve(batch)
    assert answer.done.all()
    assert answer.objective == pytest.approx(linear.objective, rel=1e-11)
    assert answer.y == pytest.approx(linear.y, abs=1e-9)


def test_separable_problems_agree_with_water_filling():
    rng = np.random.default_rng(0)
    n, size = 6, 50
    P = np.diag(rng.uniform(0.1, 0.4, n))
    cap = rng.uniform(50, 150, n)
    demand = rng.uniform(0.05, 0.95, (size, 1)) * cap.sum()
    batch = quadratic(P, rng.uniform(2, 5, n), np.ones((1, n)), demand, [INF], np.zeros(n), cap)
    diagonal = Pattern((n, n), np.arange(n + 1, dtype=np.int32), np.arange(n, dtype=np.int32))
    structure = dataclasses.replace(batch.structure, P=diagonal)
    exact = waterfill.solve(dataclasses.replace(batch, structure=structure, P=np.diag(P)[None]))
    answer = qp.solve(batch)
    assert exact.done.all() and answer.done.all()
    assert answer.x == pytest.approx(exact.x, rel=1e-10, abs=1e-10)
    assert answer.y == pytest.approx(exact.y, rel=1e-10)


def test_a_form_that_is_not_convex_is_refused_per_scenario():
    P = np.array([[[1.0, 2.0], [2.0, 1.0]], [[1.0, 0.5], [0.5, 1.0]]])
    batch = quadratic(P, [1.0, -1.0], np.ones((1, 2)), [-INF], [1.0], [0, 0], [1, 1])
    answer = qp.solve(batch, Basis.slack(2, 1))
    assert answer.outcome.tolist() == [Outcome.NOT_CONVEX, Outcome.DONE]
