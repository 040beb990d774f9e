"""Scenarios in step: whatever they answer is what the simplex answers one by one, and what they may not answer is left."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.kernels import product_mix
from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Index
from saddlepoint.solve.kernels import cache, lanes, simplex
from saddlepoint.solve.kernels.answer import Basis, KernelAnswer, Outcome
from saddlepoint.solve.kernels.form import data, geometric_scales
from saddlepoint.solve.kernels.lanes import FEWEST, LARGEST, TRIAL, Lanes, steps_pay
from saddlepoint.solve.kernels.table import batch_kernels
from tests.solve.kernels.linear_programs import highs, kkt, linear, random_batch

pytest.importorskip("numba")
INF = np.inf


def in_step(batch: Batch, basis: Basis, which: Index | None = None) -> KernelAnswer:
    """What scenarios in step answer, before the simplex is asked; all of them are tried."""
    answer = KernelAnswer.blank(batch.size, batch.structure.n, batch.structure.m)
    which = np.arange(batch.size) if which is None else which
    tried = Lanes(data(batch, geometric_scales(batch), basis.codes), answer, True)
    for first in range(0, len(which), TRIAL):
        tried.pays = True
        tried.left_of(which[first : first + TRIAL])
    return answer


def one_by_one(batch: Batch) -> tuple[Basis, KernelAnswer]:
    """The start, and the answers of the simplex alone (which it is where pivots have a limit)."""
    start = simplex.pilot(batch) or Basis.slack(batch.structure.n, batch.structure.m)
    return start, simplex.solve(batch, start, limit=500)


def agree(batch: Batch, some: KernelAnswer, all_of_them: KernelAnswer) -> None:
    """Every answer of `some` is one of `all_of_them`, and keeps the conditions of optimality."""
    for s in np.flatnonzero(some.done):
        assert all_of_them.outcome[s] == Outcome.DONE
        assert kkt(batch, some, s) <= 1e-9
        sides = np.concatenate([batch.row(name, s) for name in ("l", "u", "lb", "ub")])
        far = max(np.abs(sides[np.isfinite(sides)]).max(initial=0.0), np.abs(some.x[s]).max())
        size = np.abs(batch.row("q", s)).max() * far
        assert abs(some.objective[s] - all_of_them.objective[s]) <= 1e-9 * size


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_what_is_answered_is_right(seed):
    batch = random_batch(seed)
    start, alone = one_by_one(batch)
    agree(batch, in_step(batch, start), alone)


def boxes(seed: int, size: int = 400) -> Batch:
    """Boxes, an equality, a row with two sides, one with none of its own, columns below and held; all numbers vary."""
    rng = np.random.default_rng(seed)
    n, m = 9, 5
    A = rng.normal(size=(m, n)) * np.exp(0.1 * rng.normal(size=(size, m, n)))
    middle = A @ rng.uniform(0.3, 0.7, n)
    width = np.array([0.0, 0.8, 2.0, INF, 0.4])
    lb, ub = np.zeros(n), np.array([1.0, 1.0, 1.0, 2.0, INF, 0.5, 1.0, 1.0, 0.8])
    lb[5], lb[6] = 0.5, -INF
    ends = np.exp(0.1 * rng.normal(size=(size, n)))
    q = rng.normal(size=(size, n)) + A[:, 0]
    q[:, 6] = -np.abs(q[:, 6])
    return linear(A, q, middle - width / 2, middle + width / 2, lb * ends, ub * ends)


@pytest.mark.parametrize("seed", range(4))
def test_boxes_and_equalities_get_the_basis_of_the_simplex(seed):
    batch = boxes(seed)
    start, alone = one_by_one(batch)
    found = in_step(batch, start)
    agree(batch, found, alone)
    assert found.done.sum() >= 0.9 * alone.done.sum() > 0
    assert (found.basis[found.done] == alone.basis[found.done]).all()


@pytest.mark.parametrize("unit", [1e-7, 1e9])
def test_wild_units(unit):
    batch = boxes(11)
    rows, columns = unit ** np.linspace(-1, 1, 5), unit ** np.linspace(1, -1, 9)
    A = np.zeros((batch.size, 5, 9))
    A[:, batch.structure.A.indices, batch.structure.A.columns()] = batch.A
    A = A * rows[:, None] / columns
    wild = linear(
        A, batch.q / columns, batch.l * rows, batch.u * rows, batch.lb * columns, batch.ub * columns
    )
    start, alone = one_by_one(wild)
    found = in_step(wild, start)
    assert found.done.mean() > 0.5
    agree(wild, found, alone)


def test_ties_are_left_and_end_the_trial():
    rng = np.random.default_rng(3)
    A = np.vstack([np.kron(np.eye(3), np.ones(4)), np.kron(np.ones(3), np.eye(4))])
    supply = rng.permuted(np.tile([2.0, 3.0, 3.0], (FEWEST, 1)), axis=1)
    sides = np.hstack([supply, np.full((FEWEST, 4), 2.0)])
    cost = rng.integers(1, 4, (FEWEST, 12)).astype(float)
    batch = linear(A, cost, sides, sides, np.zeros(12), np.full(12, INF))
    start, alone = one_by_one(batch)
    answer = KernelAnswer.blank(batch.size, 12, 7)
    tried = Lanes(data(batch, geometric_scales(batch), start.codes), answer, True)
    left = tried.left_of(np.arange(FEWEST))
    assert not tried.pays
    assert set(np.arange(TRIAL, FEWEST)) <= set(left.tolist())
    agree(batch, answer, alone)
    whole = simplex.solve(batch, start)
    for s in range(0, FEWEST, 50):
        assert abs(whole.objective[s] - highs(batch, s)[1]) <= 1e-9 * abs(whole.objective[s])


def test_what_has_no_plan_no_end_or_no_numbers_is_left():
    batch = product_mix(6, 4, 40, "all")
    q, u, A, lb = batch.q.copy(), batch.u.copy(), batch.A.copy(), np.tile(batch.lb, (40, 1))
    u[1] = -1.0
    A[2], q[3, 2], A[4, 5], u[5, 0], lb[6, 1] = -np.abs(A[2]), np.nan, INF, -INF, INF
    wrong = Batch.linear(
        batch.structure.A, A, size=40, q=q, r=batch.r, l=batch.l, u=u, lb=lb, ub=np.tile(batch.ub, (40, 1))
    )
    start = simplex.pilot(batch)
    assert start is not None
    found = in_step(wrong, start)
    assert not found.done[1:7].any()
    assert found.done[7:].all()
    whole = simplex.solve(wrong, start)
    assert whole.outcome[[1, 2]].tolist() == [Outcome.INFEASIBLE, Outcome.UNBOUNDED]
    assert (whole.outcome[3:7] != Outcome.DONE).all()


def test_neighbours_and_order_change_no_bit():
    batch = boxes(5)
    start, _ = one_by_one(batch)
    first = in_step(batch, start)
    turned = np.random.default_rng(0).permutation(batch.size)
    second = in_step(batch, start, turned)
    for name in ("x", "y", "z", "objective", "basis", "outcome"):
        assert np.array_equal(getattr(first, name), getattr(second, name), equal_nan=True)


def test_a_scenario_that_is_left_costs_no_later_one_its_lane():
    """One matrix: what all begin from is kept, whoever of the first ones was left."""
    batch = product_mix(10, 5, 200, "rhs+costs")
    start, alone = one_by_one(batch)
    crossed = batch.u.copy()
    crossed[3] = -INF
    wrong = Batch.linear(
        batch.structure.A,
        batch.A,
        size=200,
        q=batch.q,
        r=batch.r,
        l=batch.l,
        u=crossed,
        lb=batch.lb,
        ub=batch.ub,
    )
    clean, found = in_step(batch, start), in_step(wrong, start)
    agree(batch, clean, alone)
    assert clean.done.mean() > 0.9
    assert not found.done[3]
    others = np.delete(np.arange(200), 3)
    for name in ("x", "y", "z", "objective", "basis", "outcome"):
        assert np.array_equal(getattr(clean, name)[others], getattr(found, name)[others], equal_nan=True)


@pytest.mark.parametrize(
    ("varies", "expected", "loaded", "compiled", "pays"),
    [
        ("all", 62_000, False, True, False),
        ("all", 63_000, False, True, True),
        ("rhs+costs", 124_000, False, True, False),
        ("rhs+costs", 126_000, False, True, True),
        ("rhs", 499_000, False, True, False),
        ("rhs", 501_000, False, True, True),
        ("all", 740_000, False, False, False),
        ("all", 760_000, False, False, True),
        ("rhs+costs", 1_490_000, False, False, False),
        ("rhs+costs", 1_510_000, False, False, True),
        ("rhs+costs", 0, True, True, True),
    ],
)
def test_the_whole_sweep_pays(monkeypatch, varies, expected, loaded, compiled, pays):
    """0.025 s of loading, 6 s of compiling for twenty sweeps; 0.4 µs a scenario with its own matrix, 0.2 with its own costs, else 0.05; what is loaded costs nothing."""
    monkeypatch.setattr(cache, "loaded", lambda _: loaded)
    monkeypatch.setattr(cache, "ready", lambda _: compiled)
    assert steps_pay(product_mix(10, 5, FEWEST, varies), expected) == pays


def test_a_large_batch_pays_by_itself_and_a_small_or_wide_one_never(monkeypatch):
    monkeypatch.setattr(cache, "loaded", lambda _: False)
    monkeypatch.setattr(cache, "ready", lambda _: True)
    assert steps_pay(product_mix(6, 4, 63_000, "all"), 0)
    monkeypatch.setattr(cache, "loaded", lambda _: True)
    assert not steps_pay(product_mix(10, 5, FEWEST - 1, "all"), 10**9)
    assert steps_pay(product_mix(LARGEST // 6, 6, FEWEST, "rhs"), 10**9)
    assert not steps_pay(product_mix(LARGEST // 6 + 1, 6, FEWEST, "rhs"), 10**9)


def test_the_kernel_is_told_of_the_whole_sweep(monkeypatch):
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(lanes, "steps_pay", lambda batch, expected: told.append((batch.size, expected)))
    batch = product_mix(6, 4, 1_200, "all")
    kernel = next(k for k in batch_kernels(2, 500_000) if k.name == "batch simplex")
    assert kernel.run(batch)[1].all()
    assert set(told[-2:]) == {(600, 500_000)}
