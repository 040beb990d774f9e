# pyright: basic
"""The cone kernel against the certificate, the ordinary route and CVXPY."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from saddlepoint.algebra.structure import Batch, Cone, ConeKind
from saddlepoint.solve.kernels import cache, cone
from saddlepoint.solve.kernels.answer import KernelAnswer, Outcome
from saddlepoint.solve.kernels.table import batch_kernels
from saddlepoint.solve.proof.certificate import check_claims
from saddlepoint.solve.solution import Certificates, Status
from saddlepoint.solve.solve import solve
from tests.solve.kernels.cone_programs import promised, random_cones

pytest.importorskip("numba")
CLAIMS = {Outcome.DONE: Status.OPTIMAL, Outcome.INFEASIBLE: Status.INFEASIBLE}


@pytest.fixture
def compiled(monkeypatch):
    """As if the kernel had been compiled before."""
    monkeypatch.setattr(cache, "ready", lambda _: True)


def judged(batch: Batch, answer: KernelAnswer) -> Certificates:
    """The independent certificate of what the kernel claims."""
    status = [CLAIMS.get(Outcome(o), Status.ERROR) for o in answer.outcome]
    return check_claims(batch, answer.x, answer.y, answer.z, answer.w, np.array(status, np.int8))


def test_nearly_all_are_certified_without_a_solver_and_all_claims_of_no_plan():
    outcomes, verified = [], []
    for seed in range(100):
        batch = random_cones(seed)
        answer = cone.solve(batch)
        outcomes.append(answer.outcome)
        verified.append(judged(batch, answer).verified)
    outcomes, verified = np.concatenate(outcomes), np.concatenate(verified)
    claimed = np.isin(outcomes, list(CLAIMS))
    assert verified[outcomes == Outcome.INFEASIBLE].all()
    assert verified[claimed].mean() >= 0.99
    assert claimed.mean() >= 0.95


@pytest.mark.parametrize("seed", [3, 20, 23, 27, 40, 54])
def test_answers_of_a_sweep_are_those_of_clarabel(seed, compiled):
    """Plans, no plans and endless ones, apexes, slack cones, data in wild units: the same statuses and objectives."""
    batch = random_cones(seed, size=16)
    mine, plain = solve(batch), solve(batch, kernels=())
    np.testing.assert_array_equal(mine.status, plain.status)
    optimal = mine.status == Status.OPTIMAL
    assert mine.certificates.verified.all()
    size = np.abs(batch.q * np.nan_to_num(mine.x)).sum(axis=1)[optimal]
    assert (np.abs(mine.objective[optimal] - plain.objective[optimal]) <= 2e-6 * size).all()


def test_the_family_of_promises_is_certified_and_is_that_of_cvxpy():
    cvxpy = pytest.importorskip("cvxpy")
    batch = promised(10, 300)
    answer = cone.solve(batch)
    assert answer.done.all()
    assert judged(batch, answer).verified.all()
    x = cvxpy.Variable(10)
    F = np.zeros(batch.structure.F.shape)
    F[batch.structure.F.indices, batch.structure.F.columns()] = batch.F[0]
    for s in (0, 150, 299):
        slack = F[0] @ x + batch.g[s, 0]
        problem = cvxpy.Problem(
            cvxpy.Minimize(batch.q[s] @ x), [cvxpy.norm(F[1:] @ x) <= slack, x >= 0, x <= 1]
        )
        assert problem.solve(solver="CLARABEL") == pytest.approx(answer.objective[s], rel=1e-7)


def test_chunks_and_threads_give_what_one_call_gives(compiled):
    batch = promised(5, 64)
    start = cone.pilot(batch)
    whole = cone.solve(batch, start)
    parts = [cone.solve(batch.take(np.arange(k, k + 16)), start) for k in range(0, 64, 16)]
    for name in ("x", "y", "z", "w", "outcome", "iterations"):
        np.testing.assert_array_equal(np.concatenate([getattr(p, name) for p in parts]), getattr(whole, name))
    np.testing.assert_array_equal(
        solve(batch, kernels=batch_kernels(3)).x, solve(batch, kernels=batch_kernels(1)).x
    )


def test_an_apex_is_an_answer(make, compiled):
    """min t − x/2, |x| ≤ t: the only plan worth anything is the apex."""
    batch = make([1.0, -0.5], lb=[-3.0, -3.0], F=np.eye(2), cones=(Cone(ConeKind.SECOND_ORDER, 2),))
    many = replace(batch, size=20, q=batch.q * np.linspace(1, 2, 20)[:, None])
    assert cone.solve(many).done.all()
    solution = solve(many)
    assert solution.certificates.verified.all()
    np.testing.assert_allclose(solution.x, 0.0, atol=1e-7)


@pytest.mark.parametrize("size", [1e-6, 1.0, 1e6])
def test_units_change_nothing(size):
    batch = promised(6, 40)
    other = replace(batch, F=batch.F * size, g=batch.g * size, q=batch.q / size)
    mine, same = cone.solve(other), cone.solve(batch)
    assert judged(other, mine).verified.all()
    np.testing.assert_allclose(mine.x, same.x, atol=1e-8)


def test_numbers_that_are_none_and_crossed_sides_are_said(make):
    good = promised(4, 3)
    bad = replace(good, g=np.where(np.arange(3)[:, None] == 1, np.nan, good.g))
    assert [Outcome(o) for o in cone.solve(bad).outcome] == [Outcome.DONE, Outcome.INACCURATE, Outcome.DONE]
    crossed = replace(good, lb=np.full((1, 4), 2.0))
    assert (cone.solve(crossed).outcome == Outcome.CROSSED).all()
    hollow = make([1.0], lb=[-1.0], ub=[1.0], P=[[-1.0]], F=[[1.0]], cones=(Cone(ConeKind.SECOND_ORDER, 1),))
    assert (cone.solve(hollow).outcome == Outcome.NOT_CONVEX).all()


def test_what_is_not_for_it_is_said(make):
    exponential = make([1.0], F=np.ones((3, 1)), cones=(Cone(ConeKind.EXPONENTIAL, 3),))
    for batch, word in ((exponential, "not second-order"), (make([1.0], [[1.0]]), "no cones")):
        with pytest.raises(ValueError, match=word):
            cone.solve(batch)
