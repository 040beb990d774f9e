"""The L-shaped method against the extensive form, and what its bounds, cuts and worths promise."""

from __future__ import annotations

import importlib
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import saddlepoint
from saddlepoint import call
from saddlepoint.algebra.structure import Batch
from saddlepoint.solve.decomposition import whole_recourse
from saddlepoint.solve.decomposition.kernel import apart, outcome_kernel
from saddlepoint.solve.decomposition.l_shaped import l_shaped
from saddlepoint.solve.decomposition.master import dense_batch
from saddlepoint.solve.decomposition.split import Parted
from saddlepoint.solve.proof.weak_duality import proven
from saddlepoint.solve.solution import BoundBy, Options, Solution, Status
from saddlepoint.solve.solve import solve


def extensive(
    seed: int, count: int, *, penalty: bool = True, whole: bool = False, shares: Any = None
) -> tuple[Batch, np.ndarray]:
    """Capacities x ≤ 10 bought at a price, products made in every outcome from them, demand served or (penalty) missed at a price;
    what varies: demand, coefficients, costs. The labels of the columns beside."""
    rng = np.random.default_rng(seed)
    n, k = 3, 4
    p = rng.dirichlet(np.ones(count)) if shares is None else shares
    width = k + (k if penalty else 0)
    total = n + count * width
    rows = np.zeros((count * (n + k) + 1, total))
    low, high = np.full(len(rows), -np.inf), np.zeros(len(rows))
    q = np.concatenate([rng.uniform(1, 3, n), np.zeros(count * width)])
    labels = np.full(total, -1)
    for o in range(count):
        c, r = n + o * width, o * (n + k)
        labels[c : c + width] = o
        rows[r : r + n, :n], rows[r : r + n, c : c + k] = -np.eye(n), rng.uniform(0.1, 1.0, (n, k))
        d = slice(r + n, r + n + k)
        rows[d, c : c + k], low[d], high[d] = np.eye(k), rng.uniform(0.5, 2.5, k), np.inf
        q[c : c + k] = p[o] * rng.uniform(-0.5, 1.0, k)
        if penalty:
            rows[d, c + k : c + width], q[c + k : c + width] = np.eye(k), p[o] * rng.uniform(5, 9, k)
    rows[-1, :n], high[-1] = 1.0, 20.0
    upper = np.full(total, np.inf)
    upper[:n] = 10.0
    upper[n:] = 9.0
    integer = np.zeros(total, bool)
    integer[:n] = whole
    batch = dense_batch(rows, q=q, r=2.0, l=low, u=high, lb=np.zeros(total), ub=upper, integer=integer)
    return batch, labels


@pytest.mark.parametrize(("seed", "count"), [(0, 1), (1, 7), (2, 12), (3, 40)])
@pytest.mark.parametrize("penalty", [True, False])
def test_answer_is_that_of_the_extensive_form(seed: int, count: int, penalty: bool) -> None:
    """Without a penalty an outcome may have no plan: feasibility cuts."""
    batch, labels = extensive(seed, count, penalty=penalty)
    want = solve(batch, Options(solver="highs"))
    found = solve(batch, kernels=(outcome_kernel(labels, Options(), fewest=1),))
    assert found.status[0] == want.status[0] == Status.OPTIMAL
    assert str(found.method[0]) == "L-shaped"
    assert found.objective[0] == pytest.approx(want.objective[0], rel=1e-6)


def test_whole_first_decisions() -> None:
    for seed in (4, 5):
        batch, labels = extensive(seed, 12, whole=True)
        want = solve(batch, Options(solver="highs"))
        found = solve(batch, kernels=(outcome_kernel(labels, Options(), fewest=1),))
        assert found.status[0] == Status.OPTIMAL
        assert found.objective[0] == pytest.approx(want.objective[0], rel=1e-6)


def whole_after(seed: int, count: int, forced: bool) -> tuple[Batch, np.ndarray]:
    """Sites opened or not; in every outcome whole customers served from open ones, the others missed at a price, or (forced) not at all."""
    rng = np.random.default_rng(seed)
    sites, customers = 3, 3
    width = sites * customers + (0 if forced else customers)
    total = sites + count * width
    rows = np.zeros((count * (sites + customers), total))
    low, high = np.full(len(rows), -np.inf), np.zeros(len(rows))
    q, labels = np.zeros(total), np.full(total, -1)
    q[:sites] = rng.uniform(4, 9, sites)
    for o in range(count):
        c, r = sites + o * width, o * (sites + customers)
        labels[c : c + width] = o
        for i in range(sites):
            rows[r + i, i] = -rng.integers(4, 9)
            rows[r + i, c + i * customers : c + (i + 1) * customers] = rng.integers(1, 4, customers)
        for j in range(customers):
            rows[r + sites + j, c + j : c + sites * customers : customers] = 1.0
            low[r + sites + j], high[r + sites + j] = rng.integers(0, 3), np.inf
            if not forced:
                rows[r + sites + j, c + sites * customers + j] = 1.0
        q[c : c + width] = rng.uniform(0.5, 2.0, width) / count
        q[c + sites * customers : c + width] = rng.uniform(8, 12) / count
    upper = np.full(total, 4.0)
    upper[:sites] = 1.0
    return dense_batch(
        rows, q=q, r=1.0, l=low, u=high, lb=np.zeros(total), ub=upper, integer=np.ones(total, bool)
    ), labels


@pytest.mark.parametrize(("seed", "count", "forced"), [(0, 3, False), (1, 6, True)])
def test_whole_decisions_after_the_outcome(seed: int, count: int, forced: bool) -> None:
    """Some first decisions leave an outcome without a plan where nothing may be missed."""
    batch, labels = whole_after(seed, count, forced)
    want = solve(batch, Options(solver="highs"))
    parts = apart(batch, 0, labels)
    assert isinstance(parts, Parted)
    alone = l_shaped(parts.problem)
    assert alone.status == want.status[0]
    found = solve(batch, kernels=(outcome_kernel(labels, Options(), fewest=1),))
    assert found.status[0] == want.status[0]
    if want.status[0] == Status.OPTIMAL:
        assert alone.objective == pytest.approx(want.objective[0], rel=1e-9)
        assert alone.bound <= want.objective[0] + 1e-6 and alone.bound_by.is_proof
        assert found.objective[0] == pytest.approx(want.objective[0], rel=1e-9)
        assert str(found.method[0]) == "L-shaped" and found.bound_by[0] == BoundBy.OWN


def test_no_plan_at_all_is_proven() -> None:
    batch, labels = extensive(6, 5, penalty=False)
    hopeless = replace(batch, ub=batch.ub * 0.05)
    parts = apart(hopeless, 0, labels)
    assert isinstance(parts, Parted)
    assert l_shaped(parts.problem).status == Status.INFEASIBLE


def test_unequal_probabilities_do_not_drown_an_outcome() -> None:
    shares = np.array([1e-11, 1e-6, 1 - 1e-6 - 1e-11])
    batch, labels = extensive(7, 3, shares=shares)
    kernel = outcome_kernel(labels, Options())
    assert "differ by a factor" in str(kernel.fit(batch))
    found = solve(batch, kernels=(kernel,))
    assert found.status[0] == Status.OPTIMAL and str(found.method[0]) == "L-shaped"


def test_bound_of_any_multipliers_is_below_any_plan() -> None:
    rng = np.random.default_rng(8)
    A, x = rng.normal(size=(4, 6)), rng.uniform(0, 2, 6)
    batch = dense_batch(
        A, q=rng.normal(size=6), r=1.0, l=A @ x - 0.5, u=A @ x + 0.5, lb=np.zeros(6), ub=np.full(6, 3.0),
        integer=np.zeros(6, bool),
    )  # fmt: skip
    y = rng.normal(size=(200, 4))
    value, lost = proven(batch, y)
    assert (value <= batch.q[0] @ x + 1.0 + 1e-12).all() and not lost.any()
    best = solve(batch)
    assert proven(batch, best.y)[0][0] == pytest.approx(best.objective[0])


def test_a_reduced_cost_at_a_missing_bound_is_told() -> None:
    batch = dense_batch(
        np.ones((1, 2)), q=np.array([1.0, 2.0]), r=0.0, l=np.array([1.0]), u=np.array([np.inf]), lb=np.zeros(2),
        ub=np.full(2, np.inf), integer=np.zeros(2, bool),
    )  # fmt: skip
    assert proven(batch, np.array([[1.5]]))[1][0] == pytest.approx(0.5 / 2.0)
    assert proven(batch, np.array([[1.0]]))[0][0] == pytest.approx(1.0)


def test_relations_that_join_outcomes_are_left_to_the_extensive_form() -> None:
    batch, labels = extensive(9, 4)
    rows = np.zeros((1, batch.structure.n))
    rows[0, 3:] = 1.0
    whole = np.zeros((batch.structure.m, batch.structure.n))
    whole[batch.structure.A.indices, batch.structure.A.columns()] = batch.A[0]
    joined = dense_batch(
        np.concatenate([whole, rows]), q=batch.q[0], r=0.0, l=np.append(batch.l[0], -np.inf), u=np.append(batch.u[0], 60.0),
        lb=batch.lb[0], ub=batch.ub[0], integer=np.zeros(batch.structure.n, bool),
    )  # fmt: skip
    assert apart(joined, 0, labels) == "a relation joins decisions of several outcomes"
    assert outcome_kernel(labels, Options(), fewest=1).fit(joined) is None


def test_a_model_of_many_outcomes_takes_the_route_and_says_so() -> None:
    count = 1200
    demand = np.random.default_rng(10).uniform(20, 100, count)
    m = saddlepoint.Model("news")
    o = m.set("O", range(count), outcomes=True)
    d = m.data("d", o, demand)
    made, sold = m.decide("made", lower=0, upper=200), m.decide("sold", o, lower=0)
    m.subject_to(market=sold <= d, stock=sold <= made)
    m.maximise(call("expect", 10 * sold, over=o) - 4 * made)
    assert "1,200 outcomes are solved one by one" in str(m.lab.explain())
    run = m.solve()
    best = max(10 * np.minimum(q, demand).mean() - 4 * q for q in demand)
    assert run.objective[""][0] == pytest.approx(best, rel=1e-6)
    assert run.price("stock").columns["price"].sum() == pytest.approx(4.0, abs=1e-6)


def arbitrary(seed: int) -> tuple[Batch, np.ndarray, np.ndarray]:
    """A few outcomes of numbers without sense: free decisions, equalities, whole first decisions, problems without plan or end."""
    rng = np.random.default_rng(seed)
    count, n, k, m = (int(rng.integers(low, high)) for low, high in ((1, 9), (1, 4), (1, 5), (1, 5)))
    shares, total, tight = rng.dirichlet(np.ones(count)), n + count * k, rng.random() < 0.3
    rows = np.zeros((count * m + 1, total))
    low, high = np.full(len(rows), -np.inf), np.full(len(rows), np.inf)
    q, labels, kinds = np.zeros(total), np.full(total, -1), rng.integers(0, 3, m)
    costs, recourse = rng.normal(size=k), rng.normal(size=(m, k))
    q[:n] = rng.normal(size=n)
    lower, upper = (
        np.where(rng.random(n + k) < 0.8, 0.0, -np.inf),
        np.where(rng.random(n + k) < 0.8, 5.0 * rng.random(n + k) + 0.5, np.inf),
    )
    lb, ub = (np.concatenate([a[:n], np.tile(a[n:], count)]) for a in (lower, upper))
    for o in range(count):
        c, r = slice(n + o * k, n + (o + 1) * k), slice(o * m, (o + 1) * m)
        labels[c], rows[r, :n], rows[r, c] = o, rng.normal(size=(m, n)), recourse
        side = rng.normal(size=m) * (1.0 if tight else 0.3)
        low[r], high[r] = (
            np.where(kinds != 1, side - (not tight), -np.inf),
            np.where(kinds != 0, side + (not tight), np.inf),
        )
        q[c] = shares[o] * (costs + 0.2 * rng.normal(size=k))
    rows[-1, :n], high[-1] = 1.0, 2.0
    integer = np.zeros(total, bool)
    if rng.random() < 0.25:
        integer[:n], lb[:n], ub[:n] = True, np.maximum(lb[:n], -5), np.minimum(ub[:n], 6)
    return dense_batch(rows, q=q, r=1.0, l=low, u=high, lb=lb, ub=ub, integer=integer), labels, shares


def test_any_model_has_the_status_and_the_optimum_of_its_extensive_form() -> None:
    """One cut for all, and one for each; what the method cannot settle goes on to a solver."""
    seen: set[Status] = set()
    for seed in (0, 3, 4, 5, 11, 15):
        batch, labels, shares = arbitrary(seed)
        want = solve(batch, Options(solver="highs"))
        seen.add(Status(int(want.status[0])))
        found = solve(batch, kernels=(outcome_kernel(labels, Options(), fewest=1),))
        assert found.status[0] == want.status[0], seed
        parts = apart(batch, 0, labels, shares)
        assert isinstance(parts, Parted)
        one = l_shaped(parts.problem, groups=1)
        if want.status[0] == Status.OPTIMAL:
            assert found.objective[0] == pytest.approx(want.objective[0], rel=1e-6, abs=1e-6), seed
            assert one.status in (Status.OPTIMAL, Status.FEASIBLE), seed
            assert one.objective == pytest.approx(want.objective[0], rel=2e-6, abs=2e-6), seed
        else:
            assert one.status in (want.status[0], Status.UNVERIFIED, Status.FEASIBLE), seed
    assert seen == {Status.OPTIMAL, Status.INFEASIBLE, Status.UNBOUNDED}


def test_a_first_decision_whose_outcomes_were_cut_short_stays_possible(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Yes costs 4, no costs 10; of yes only a plan of 20 without a bound was found, as at a time limit: 10 is not proven."""
    columns, rows = 3, np.array([[6.0, 1.0, 0.0], [6.0, 0.0, 1.0]])
    whole = dense_batch(
        rows, q=np.array([0.0, 0.5, 0.5]), r=0.0, l=np.full(2, 10.0), u=np.full(2, np.inf), lb=np.zeros(columns),
        ub=np.array([1.0, 30.0, 30.0]), integer=np.ones(columns, bool),
    )  # fmt: skip
    problem = apart(whole, 0, np.array([-1, 0, 1])).problem
    assert l_shaped(problem).objective == pytest.approx(4.0)
    real = whole_recourse.solve

    def cut_short(batch: Batch, options: Options | None = None) -> Solution:
        found = real(batch, options)
        if batch.structure.n != 1 or not (batch.l == 4.0).all():
            return found
        return replace(
            found,
            status=np.full_like(found.status, Status.FEASIBLE),
            x=np.full_like(found.x, 20.0),
            objective=np.full_like(found.bound, 20.0),
            bound=np.full_like(found.bound, np.nan),
        )

    monkeypatch.setattr(whole_recourse, "solve", cut_short)
    answer = l_shaped(problem)
    assert answer.status is not Status.OPTIMAL and answer.bound <= 4.0 + 1e-9


def test_the_sample_and_all_outcomes_share_one_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search over all outcomes had the whole limit anew after that of the sample; so had every pass and every problem of cuts."""
    module = importlib.import_module("saddlepoint.solve.decomposition.l_shaped")
    batch, labels = extensive(2, 12)
    clock, limits, search = SimpleNamespace(now=0.0), list[float | None](), module._search

    def spied(problem: Any, options: Options, *given: Any) -> Any:
        limits.append(options.time_limit)
        found = search(problem, options, *given)
        clock.now += 6.0
        limits.append(found.passes.deadline.within(options).time_limit)
        limits.append(found.master.deadline.within(options).time_limit)
        return found

    monkeypatch.setattr("saddlepoint.solve.interfaces.time", SimpleNamespace(perf_counter=lambda: clock.now))
    monkeypatch.setattr(module, "SAMPLE", 2)
    monkeypatch.setattr(module, "_search", spied)
    found = solve(
        batch, Options(time_limit=10.0), kernels=(outcome_kernel(labels, Options(time_limit=10.0), fewest=1),)
    )
    assert str(found.method[0]) == "L-shaped"
    assert limits == [10.0, 4.0, 4.0, 4.0, 0.1, 0.1]
