# pyright: basic
"""The quadratic kernel against the optimality conditions, PIQP, Clarabel, the simplex and water-filling."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saddlepoint.algebra.structure import Batch, Pattern
from saddlepoint.solve.kernels import qp, simplex, waterfill
from saddlepoint.solve.kernels.answer import Basis, Outcome
from saddlepoint.solve.solution import Status
from saddlepoint.solve.solve import solve
from tests.solve.kernels.conditions import matrices, violation

pytest.importorskip("numba")
INF = np.inf


def full(rows: int, columns: int, upper: bool = False) -> Pattern:
    heights = np.arange(1, columns + 1) if upper else np.full(columns, rows)
    indices = np.concatenate([np.arange(h) for h in heights] or [np.zeros(0)])
    indptr = np.concatenate([[0], np.cumsum(heights)])
    return Pattern((rows, columns), indptr.astype(np.int32), indices.astype(np.int32))


def quadratic(P, q, A, l, u, lb, ub) -> Batch:
    """P (1|S, n, n), A (1|S, m, n), vectors (1|S, ·)."""
    q, l, u, lb, ub = (np.atleast_2d(np.asarray(v, float)) for v in (q, l, u, lb, ub))
    P, A = (v[None] if v.ndim == 2 else v for v in (np.asarray(P, float), np.asarray(A, float)))
    m, n = A.shape[1:]
    upper, dense = full(n, n, True), full(m, n)
    values = P[:, upper.indices, upper.columns()], A[:, dense.indices, dense.columns()]
    size = max(len(v) for v in (*values, q, l, u, lb, ub))
    sides = {"l": l, "u": u, "lb": lb, "ub": ub}
    return Batch.quadratic(upper, values[0], dense, values[1], size=size, q=q, r=np.zeros((1, 1)), **sides)


def random_batch(seed: int) -> Batch:
    """Definite, singular and zero P; all kinds of bounds and rows; duplicate rows; ties; data that vary or not."""
    rng = np.random.default_rng(seed)
    n, m, size = int(rng.integers(1, 9)), int(rng.integers(0, 6)), 5
    draw = (
        (lambda *k: rng.integers(-3, 4, k).astype(float))
        if rng.random() < 0.4
        else (lambda *k: rng.normal(0, 2, k))
    )
    copies = size if rng.random() < 0.4 else 1
    G = draw(copies, int(rng.integers(0, n + 2)), n)
    P = np.einsum("ski,skj->sij", G, G)
    A = draw(copies, m, n)
    if m > 2:
        A[:, 1] = A[:, 0] * rng.choice([1.0, -2.0])
    x0 = draw(size, n) if rng.random() < 0.5 else draw(1, n)
    activity = np.einsum("sij,sj->si", np.broadcast_to(A, (size, m, n)), np.broadcast_to(x0, (size, n)))
    if rng.random() < 0.15:
        activity = activity + draw(size, m)
    kind_r, kind_c, room = rng.integers(0, 5, m), rng.integers(0, 5, n), np.abs(draw(1, m))
    l = np.where(kind_r == 1, -INF, np.where(kind_r == 3, activity, activity - room))
    u = np.where(kind_r == 0, INF, np.where(kind_r == 3, activity, activity + room))
    l, u = np.where(kind_r == 4, -INF, l), np.where(kind_r == 4, activity, u)
    lb = np.where(np.isin(kind_c, (1, 4)), -INF, np.where(kind_c == 3, x0, x0 - np.abs(draw(1, n))))
    ub = np.where(np.isin(kind_c, (0, 4)), INF, np.where(kind_c == 3, x0, x0 + np.abs(draw(1, n))))
    return quadratic(P * rng.choice([1.0, 1e-4, 1e4]), draw(size, n), A, l, u, lb, ub)


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
