"""Known bases of linear batches: what a known basis says of a scenario is what the simplex says of it, and every scenario keeps its answer."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.kernels import product_mix
from saddlepoint.algebra.structure import Batch
from saddlepoint.solve.kernels import simplex, warming
from saddlepoint.solve.kernels.answer import BASIC, Basis, KernelAnswer, Outcome
from saddlepoint.solve.kernels.known_bases import KnownBases, fixed_in_all
from tests.solve.kernels.linear_programs import kkt, linear, random_batch

pytest.importorskip("numba")
INF = np.inf


@pytest.fixture(autouse=True, scope="module")
def compiled():
    """Known bases are tried where that is compiled, and pay beside the simplex of one scenario: eight in step, where another test has loaded them, are faster."""
    warming.warm_up(("known_bases",))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("saddlepoint.solve.kernels.lanes._is_ready", lambda _: False)
        yield


def every_basis(batch: Batch, answer: KernelAnswer) -> KnownBases:
    """All bases that were optimal for a scenario, strictly or not."""
    return KnownBases(np.unique(answer.basis[answer.done], axis=0), fixed_in_all(batch))


def start_of(batch: Batch) -> Basis:
    return simplex.pilot(batch) or Basis.slack(batch.structure.n, batch.structure.m)


def same_numbers(batch: Batch, left: KernelAnswer, right: KernelAnswer, tolerance: float = 1e-9) -> bool:
    """Points and prices alike, each by the size of its scenario."""
    done = left.done
    if (left.outcome != right.outcome).any():
        return False
    for name in ("x", "y", "z"):
        a, b = getattr(left, name)[done], getattr(right, name)[done]
        size = np.abs(a).max(axis=1, initial=0.0, keepdims=True) + 1e-300
        if (np.abs(a - b) > tolerance * size).any():
            return False
    return True


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 10**6))
def test_known_bases_change_no_claim(seed):
    batch = random_batch(seed)
    if batch.A.shape[0] > 1:
        batch = dataclasses.replace(batch, A=batch.A[:1])
    start = start_of(batch)
    plain = simplex.solve(batch, start)
    tried = simplex.solve(batch, start, known=every_basis(batch, plain))
    assert (tried.outcome == plain.outcome).all()
    for s in np.flatnonzero(tried.done):
        assert kkt(batch, tried, s) <= 1e-9
        size = max(abs(plain.objective[s]), float(np.abs(batch.row("q", s)) @ np.abs(plain.x[s])), 1e-300)
        assert abs(tried.objective[s] - plain.objective[s]) <= 1e-9 * size
    for name in ("x", "y", "z"):
        for s in np.flatnonzero(plain.outcome != Outcome.DONE):
            assert np.array_equal(getattr(tried, name)[s], getattr(plain, name)[s], equal_nan=True)


def boxed(seed: int, varies: str, size: int = 3_000) -> Batch:
    """Boxes, an equality, a two-sided row and a fixed column; strictly one optimum almost surely."""
    rng = np.random.default_rng(seed)
    n, m = 6, 4
    A = rng.normal(size=(m, n))
    at = rng.uniform(0.3, 0.7, n)
    middle = A @ at
    width = np.array([0.0, 1.0, 2.0, INF])
    shift = 0.2 * rng.normal(size=(size, m)) if "sides" in varies else np.zeros((1, m))
    lb, ub = np.zeros(n), np.array([1.0, 1.0, 1.0, 2.0, INF, 0.5])
    lb[5] = 0.5
    q = rng.normal(size=n)
    costs = q * np.exp(0.3 * rng.normal(size=(size, n))) if "costs" in varies else q[None]
    upper = ub * np.exp(0.1 * rng.normal(size=(size, n))) if "bounds" in varies else ub[None]
    upper[:, 5] = 0.5
    return linear(
        A, costs, middle - np.where(width < INF, width, 3.0) + shift, middle + width + shift, lb, upper
    )


@pytest.mark.parametrize("varies", ["sides", "costs", "bounds", "sides, costs", "sides, costs, bounds"])
def test_what_strictly_has_a_known_basis_is_solved_without_a_pivot(varies):
    batch = boxed(0, varies)
    start = Basis.slack(6, 4)
    plain = simplex.solve(batch, start)
    tried = simplex.solve(batch, start, known=every_basis(batch, plain))
    assert same_numbers(batch, plain, tried)
    either = fixed_in_all(batch) & (plain.basis != BASIC)  # what is held stands on both sides
    assert ((tried.basis == plain.basis) | either)[plain.done].all()
    assert (plain.iterations[plain.done] > 0).all()
    assert (tried.iterations[plain.done] == 0).mean() > 0.99


@pytest.mark.parametrize("varies", ["rhs", "rhs+costs"])
def test_the_order_of_scenarios_changes_no_answer(varies):
    """Other samples, other known bases, other blocks: the same basis, points and prices to rounding."""
    batch = product_mix(10, 5, 12_000, varies)
    order = np.random.default_rng(1).permutation(batch.size)
    turned = batch.take(order)
    a, b = simplex.solve(batch), simplex.solve(turned)
    assert (a.basis[order] == b.basis).all()
    for name in ("x", "y", "z", "objective"):
        assert np.allclose(getattr(a, name)[order], getattr(b, name), rtol=1e-12, atol=1e-13)


def test_a_scenario_in_any_chunk_keeps_every_bit():
    batch = product_mix(10, 5, 12_000, "rhs")
    start = start_of(batch)
    known = simplex.known_bases(batch, start)
    assert len(known.codes) > 3
    whole = simplex.solve(batch, start, known=known)
    some = np.sort(np.random.default_rng(2).choice(batch.size, 700, replace=False))
    part = simplex.solve(batch.take(some), start, known=known)
    for name in ("x", "y", "z", "objective", "basis", "outcome"):
        assert np.array_equal(getattr(whole, name)[some], getattr(part, name))


def test_where_every_scenario_has_its_own_basis_none_is_kept():
    batch = product_mix(50, 20, 4_000, "rhs")
    assert len(simplex.known_bases(batch, start_of(batch)).codes) == 0


def test_a_matrix_that_varies_has_no_known():
    batch = product_mix(10, 5, 12_000, "all")
    start = start_of(batch)
    assert len(simplex.known_bases(batch, start).codes) == 0
    few = batch.take(np.arange(40))
    plain = simplex.solve(few, start)
    tried = simplex.solve(few, start, known=every_basis(few, plain))
    assert np.array_equal(plain.x, tried.x)


def test_an_optimum_that_is_not_the_only_one_is_left_to_the_simplex():
    """Two products alike: which of them is made depends on the start, so a known basis must not decide it."""
    u = np.linspace(1.0, 2.0, 50)[:, None]
    batch = linear([[1.0, 1.0]], [-1.0, -1.0], [-INF], u, [0.0, 0.0], [INF, INF])
    first, second = Basis(np.int8([1, 0]), np.int8([2])), Basis(np.int8([0, 1]), np.int8([2]))
    plain = simplex.solve(batch, first)
    assert (plain.x[:, 0] > 0).all()
    tried = simplex.solve(batch, first, known=KnownBases(second.codes[None], fixed_in_all(batch)))
    assert np.array_equal(plain.x, tried.x)


def test_scenarios_that_are_no_problem_stay_what_they_are_among_known():
    batch = boxed(3, "sides, costs", 400)
    l, u, q = batch.l.copy(), batch.u.copy(), batch.q.copy()
    l[5, 1], u[5, 1] = 2.0, 1.0
    u[6, 1] = np.nan
    q[7, 0] = np.nan
    q[8, 0] = INF
    broken = dataclasses.replace(batch, l=l, u=u, q=q)
    start = start_of(batch)
    plain = simplex.solve(broken, start)
    tried = simplex.solve(broken, start, known=every_basis(batch, simplex.solve(batch, start)))
    assert not plain.done[5:9].any()
    assert (plain.outcome == tried.outcome).all()


def test_a_known_basis_whose_matrix_is_singular_is_none():
    batch = linear(
        [[1.0, 1.0], [2.0, 2.0]], [-1.0, -2.0], [-INF, -INF], [[1.0, 3.0], [2.0, 3.5]], [0, 0], [INF, INF]
    )
    singular = Basis(np.int8([1, 1]), np.int8([2, 2]))
    start = Basis.slack(2, 2)
    plain = simplex.solve(batch, start)
    tried = simplex.solve(batch, start, known=KnownBases(singular.codes[None], fixed_in_all(batch)))
    assert plain.done.all()
    assert np.array_equal(plain.x, tried.x)
