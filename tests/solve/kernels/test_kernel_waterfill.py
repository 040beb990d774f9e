# pyright: basic
"""Water-filling against known dispatch answers, Clarabel, and the optimality conditions."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saddlepoint.algebra.structure import Batch, Pattern, Structure
from saddlepoint.solve.kernels import waterfill
from saddlepoint.solve.kernels.answer import Outcome
from tests.solve.kernels.conditions import matrices, violation

pytest.importorskip("numba")
INF = np.inf


def separable(p, q, a, row_of, l, u, lb, ub) -> Batch:
    """Variable j stands in row row_of[j] with coefficient a[j]; row −1 is none. All arrays (1|S, ·)."""
    p, q, a, l, u, lb, ub = (np.atleast_2d(np.asarray(v, float)) for v in (p, q, a, l, u, lb, ub))
    n, m = q.shape[1], l.shape[1]
    row_of = np.asarray(row_of)
    indptr = np.concatenate([[0], np.cumsum(row_of >= 0)]).astype(np.int32)
    diagonal = Pattern((n, n), np.arange(n + 1, dtype=np.int32), np.arange(n, dtype=np.int32))
    rows = Pattern((m, n), indptr, row_of[row_of >= 0].astype(np.int32))
    size = max(len(v) for v in (p, q, a, l, u, lb, ub))
    r = np.zeros((1, 1))
    return Batch.quadratic(diagonal, p, rows, a[:, row_of >= 0], size=size, q=q, r=r, l=l, u=u, lb=lb, ub=ub)


def fleet(n: int, seed: int, demand: list[float]) -> Batch:
    """The random fleet of the dispatch tutorial: alpha, beta, gamma, capacity drawn in this order."""
    rng = np.random.default_rng(seed)
    alpha, beta, _, cap = (
        rng.uniform(0.05, 0.2, n),
        rng.uniform(2, 5, n),
        rng.uniform(10, 20, n),
        rng.uniform(50, 150, n),
    )
    return separable(
        2 * alpha, beta, np.ones(n), np.zeros(n, int), np.array(demand)[:, None], [INF], np.zeros(n), cap
    )


@pytest.mark.parametrize(
    ("n", "seed", "demand", "price"),
    [
        (5, 42, [349.3456, 430.7670], [21.665572, 28.619564]),
        (6, 7, [415.7941, 524.3560], [23.729227, 44.679615]),
    ],
)
def test_published_prices_of_the_dispatch(n, seed, demand, price):
    answer = waterfill.solve(fleet(n, seed, demand))
    assert answer.done.all()
    assert answer.y[:, 0] == pytest.approx(price, abs=2e-5)


def test_published_plan_of_six_machines():
    answer = waterfill.solve(fleet(6, 7, [415.7941]))
    plan = [75.517454, 52.186926, 58.123495, 66.021203, 109.550866, 54.394201]
    assert answer.x[0] == pytest.approx(plan, abs=2e-5)
    assert (answer.z[0] < 0).tolist() == [False, False, False, True, False, True]


def random_batch(seed: int) -> Batch:
    """All signs of coefficients, flat pieces, missing bounds, equalities, ranges, several rows, ties."""
    rng = np.random.default_rng(seed)
    n, m, size = int(rng.integers(1, 30 if seed % 5 == 0 else 9)), int(rng.integers(1, 4)), 5
    wide = rng.random() < 0.5
    draw = (
        (lambda *k: rng.integers(-4, 5, k).astype(float))
        if rng.random() < 0.5
        else (lambda *k: rng.normal(0, 3, k))
    )
    rows = size if wide else 1
    p = np.abs(draw(rows, n)) * (rng.random(n) < 0.7)
    q, a = draw(rows, n), draw(rows, n)
    lb = np.where(rng.random(n) < 0.2, -INF, -np.abs(draw(rows, n)))
    ub = np.where(rng.random(n) < 0.2, INF, np.abs(draw(rows, n)) + np.where(np.isfinite(lb), lb, 0))
    ub = np.maximum(ub, lb)
    middle = 3 * draw(size, m)
    kind = rng.integers(0, 4, m)
    l = np.where(kind == 1, -INF, middle)
    u = np.where(kind == 0, INF, np.where(kind == 2, middle, middle + np.abs(draw(1, m))))
    return separable(p, q, a, rng.integers(-1, m, n), l, u, lb, ub)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 10**6))
def test_every_claim_holds(seed):
    batch = random_batch(seed)
    answer = waterfill.solve(batch)
    for s in range(batch.size):
        outcome = Outcome(answer.outcome[s])
        if outcome is Outcome.DONE:
            assert violation(batch, answer.x[s], answer.y[s], answer.z[s], s) <= 1e-9
        elif outcome is Outcome.INFEASIBLE:
            _, A = matrices(batch, s)
            y, z = answer.y[s], answer.z[s]
            assert y @ A + z == pytest.approx(np.zeros(len(z)), abs=1e-12)
            gain = 0.0
            for d, low, high in (
                (y, *(batch.row(k, s) for k in "lu")),
                (z, batch.row("lb", s), batch.row("ub", s)),
            ):
                gain += d @ np.where(d > 0, low, np.where(d < 0, high, 0.0))
            assert gain > 0
        else:
            assert outcome in (Outcome.UNBOUNDED, Outcome.INACCURATE)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6))
def test_clarabel_agrees(seed):
    clarabel = pytest.importorskip("clarabel")
    sparse = pytest.importorskip("scipy.sparse")
    batch = random_batch(seed)
    answer = waterfill.solve(batch)
    quiet = clarabel.DefaultSettings()
    quiet.verbose = False
    for s in range(batch.size):
        A = np.zeros(batch.structure.A.shape)
        A[batch.structure.A.indices, batch.structure.A.columns()] = batch.row("A", s)
        l, u, lb, ub = (batch.row(k, s) for k in ("l", "u", "lb", "ub"))
        eye = np.eye(batch.structure.n)
        G = np.vstack([A[u < INF], -A[l > -INF], eye[ub < INF], -eye[lb > -INF]])
        h = np.concatenate([u[u < INF], -l[l > -INF], ub[ub < INF], -lb[lb > -INF]])
        P = sparse.csc_matrix(np.diag(batch.row("P", s)))
        solver = clarabel.DefaultSolver(
            P, batch.row("q", s), sparse.csc_matrix(G), h, [clarabel.NonnegativeConeT(len(h))], quiet
        )
        result = solver.solve()
        word = str(result.status)
        if word == "Solved":
            assert answer.done[s]
            assert answer.objective[s] == pytest.approx(result.obj_val, rel=1e-6, abs=1e-5)
        elif word == "PrimalInfeasible":
            assert answer.outcome[s] in (Outcome.INFEASIBLE, Outcome.UNBOUNDED)
        elif word == "DualInfeasible":
            assert answer.outcome[s] in (Outcome.UNBOUNDED, Outcome.INFEASIBLE)


def test_shared_curves_and_curves_of_each_scenario_agree():
    batch = fleet(40, 3, list(np.linspace(0, 3500, 57)))
    own = dataclasses.replace(batch, q=np.repeat(batch.q, batch.size, axis=0))
    a, b = waterfill.solve(batch), waterfill.solve(own)
    assert a.done.sum() > 50
    assert (a.outcome == b.outcome).all()
    assert a.x == pytest.approx(b.x, rel=1e-13, abs=1e-13, nan_ok=True)


def test_nearly_all_are_finished_and_the_rest_say_so():
    outcomes = np.concatenate([waterfill.solve(random_batch(seed)).outcome for seed in range(400)])
    assert np.isin(outcomes, (Outcome.DONE, Outcome.INFEASIBLE, Outcome.UNBOUNDED, Outcome.INACCURATE)).all()
    assert (outcomes == Outcome.INACCURATE).mean() <= 0.002


def test_full_capacity_is_met_and_more_is_infeasible():
    batch = fleet(5, 42, [0.0])
    total = float(batch.ub.sum())
    full = dataclasses.replace(batch, size=2, l=np.array([[total], [total * (1 + 1e-9)]]))
    answer = waterfill.solve(full)
    assert answer.outcome.tolist() == [Outcome.DONE, Outcome.INFEASIBLE]
    assert answer.x[0] == pytest.approx(batch.ub[0])


def test_a_last_resort_without_capacity_sets_the_price():
    # unserved energy at 1000 per unit, no upper bound, no curvature
    batch = separable(
        [0.2, 0.0], [3.0, 1000.0], [1, 1], [0, 0], [[50.0], [500.0]], [INF], [0, 0], [100.0, INF]
    )
    answer = waterfill.solve(batch)
    assert answer.y[:, 0] == pytest.approx([13.0, 1000.0])
    assert answer.x[1] == pytest.approx([100.0, 400.0])


def test_what_does_not_fit_says_why():
    batch = fleet(3, 1, [10.0])
    assert waterfill.unsupported_reason(batch) is None
    with pytest.raises(ValueError, match="not convex"):
        waterfill.solve(dataclasses.replace(batch, P=-batch.P))
    two = Pattern((2, 1), np.array([0, 2], np.int32), np.array([0, 1], np.int32))
    structure = Structure(
        P=Pattern.empty(1, 1), A=two, F=Pattern.empty(0, 1), cones=(), integer=np.zeros(1, bool)
    )
    assert (
        waterfill.unsupported_reason(dataclasses.replace(batch, structure=structure))
        == "a variable stands in more than one row"
    )
