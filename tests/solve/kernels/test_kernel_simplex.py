"""The batch simplex, dense and sparse, against HiGHS, and against the optimality conditions in our own arithmetic."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saddlepoint.algebra.structure import Batch, Pattern
from saddlepoint.solve.kernels import qp, simplex, sparse
from saddlepoint.solve.kernels.answer import Basis, KernelAnswer, Outcome
from saddlepoint.solve.kernels.table import batch_kernels
from saddlepoint.solve.kernels.unproven import withdraw
from saddlepoint.solve.solve import solve
from tests.solve.kernels.linear_programs import claims_hold, linear, random_batch

pytest.importorskip("numba")
INF = np.inf
both = pytest.mark.parametrize("kernel", [simplex, sparse], ids=["dense", "sparse"])


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**6))
def test_every_claim_of_the_dense_kernel_holds_and_highs_agrees(seed):
    batch = random_batch(seed)
    claims_hold(batch, simplex.solve(batch))


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**6))
def test_every_claim_of_the_sparse_kernel_holds_and_highs_agrees(seed):
    batch = random_batch(seed)
    claims_hold(batch, sparse.solve(batch))


@both
@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_a_scenario_alone_is_the_scenario_in_a_batch(kernel, seed):
    batch = random_batch(seed)
    basis = kernel.pilot(batch)
    together = kernel.solve(batch, basis or Basis.slack(batch.structure.n, batch.structure.m))
    for s in range(batch.size):
        alone = kernel.solve(
            batch.take(np.array([s])), basis or Basis.slack(batch.structure.n, batch.structure.m)
        )
        assert alone.outcome[0] == together.outcome[s]
        # a matrix that varies is scaled by its largest entries over the batch: the same vertex, other rounding
        assert np.allclose(alone.objective[0], together.objective[s], rtol=1e-11, atol=1e-11, equal_nan=True)


def product_mix() -> Batch:
    """Two products, energy and material (the four scenarios of the base model of the tutorial)."""
    E, M = np.repeat([150.0, 300.0], 2), np.tile([60.0, 90.0], 2)
    u = np.stack([E, M], axis=1)
    return linear([[1.7, 3.5], [0.5, 1.2]], [-1.0, -2.2], [-INF, -INF], u, [0, 0], [INF, INF])


@both
def test_known_plans_and_prices(kernel):
    answer = kernel.solve(product_mix())
    assert answer.done.all()
    assert -answer.objective == pytest.approx([94.285714, 94.285714, 120.0, 177.931034], abs=1e-6)
    assert answer.x[3] == pytest.approx([155.172414, 10.344828], abs=1e-6)
    # one more unit of what binds lowers the minimised cost
    assert answer.y[0] == pytest.approx([-2.2 / 3.5, 0.0])
    assert answer.y[2] == pytest.approx([0.0, -2.0])


@both
def test_crossed_sides_and_data_that_are_not_numbers_are_never_done(kernel):
    batch = product_mix()
    crossed = dataclasses.replace(batch, lb=np.array([[1.0, 0.0]]), ub=np.array([[0.0, INF]]))
    assert (kernel.solve(crossed, Basis.slack(2, 2)).outcome == Outcome.CROSSED).all()
    for name, index in (("q", (0, 1)), ("A", (0, 1)), ("u", (2, 0))):
        for bad in (np.nan, INF):
            if name == "u" and bad == INF:
                continue
            array = getattr(batch, name).copy()
            array[index] = bad
            answer = kernel.solve(dataclasses.replace(batch, **{name: array}), Basis.slack(2, 2))
            hit = [2] if name == "u" else range(4)
            assert not answer.done[list(hit)].any(), (name, bad)


@both
def test_units_do_not_matter(kernel):
    batch = product_mix()
    tiny = dataclasses.replace(batch, q=batch.q * 1e-8, u=batch.u * 1e9)
    a, b = kernel.solve(batch), kernel.solve(tiny)
    assert b.done.all()
    assert b.objective == pytest.approx(a.objective * 10, rel=1e-12)


@both
def test_what_does_not_fit_is_refused_with_its_reason(kernel):
    batch = product_mix()
    integer = dataclasses.replace(batch.structure, integer=np.array([True, False]))
    with pytest.raises(ValueError, match="integer variables"):
        kernel.solve(dataclasses.replace(batch, structure=integer))
    assert kernel.unsupported_reason(batch) is None


@pytest.mark.parametrize(("z", "y", "kept"), [(0.0, 1.0, False), (-1.0, 1.0, False), (-1.0, 3.0, True)])
def test_a_claim_of_no_plan_is_judged_by_its_row_multipliers_alone(z: float, y: float, kept: bool) -> None:
    """After very many pivots a dictionary may hold multipliers of bounds that are no more −Aᵀy: 0 beside y = 1 would exclude x = 1."""
    side = 0.5 if not kept else 1.5
    batch = linear([[1.0]], q=[1.0], l=[side], u=[np.inf], lb=[0.0], ub=[1.0])
    answer = KernelAnswer.blank(1, 1, 1)
    answer.y[:], answer.z[:], answer.outcome[:] = y, z, Outcome.INFEASIBLE
    withdraw(batch, answer)
    assert (answer.outcome[0] == Outcome.INFEASIBLE) == kept


def near_singular(seed: int, curved: bool) -> Batch:
    """A problem with a known plan whose rows are almost dependent, and their sides as close as 1e-14."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(10, 70))
    m, rank = int(rng.integers(5, n)), int(rng.integers(2, 6))
    A = rng.normal(size=(m, rank)) @ rng.normal(size=(rank, n))
    A += 10.0 ** rng.uniform(-11, -4) * rng.normal(size=(m, n))
    at = A @ rng.uniform(0, 1, n)
    width = 10.0 ** rng.uniform(-14, -1, m) * (rng.random(m) < 0.8)
    q = rng.normal(size=n)
    l, u = at - width * rng.uniform(0, 1, m), at + width * rng.uniform(0, 1, m)
    batch = linear(A, q, l, u, np.zeros(n), np.full(n, 2.0))
    if not curved:
        return batch
    squares = Pattern.of(np.arange(n), np.arange(n), (n, n))
    return dataclasses.replace(
        batch, structure=dataclasses.replace(batch.structure, P=squares), P=np.full((1, n), 0.1)
    )


@pytest.mark.parametrize(
    ("kernel", "seed"), [*((simplex, s) for s in (58, 122, 169, 216)), *((qp, s) for s in (24, 128, 135))]
)
def test_what_rounding_of_pivots_has_made_is_no_proof(kernel, seed, monkeypatch) -> None:
    """A claim counts from factors made afresh alone; these were made by a dictionary, and a tableau, of many pivots."""
    monkeypatch.setattr(kernel, "withdraw", lambda batch, answer: None)
    batch = near_singular(seed, kernel is qp)
    answer = kernel.solve(batch, Basis.slack(batch.structure.n, batch.structure.m))
    assert answer.outcome[0] not in (Outcome.INFEASIBLE, Outcome.UNBOUNDED)


def test_a_scenario_in_units_that_suit_another_is_as_if_alone():
    """One scale for all scenarios makes a bound of 1e-3 large in some: vertices of two nearly dependent rows are certified there that break one by 2e-7, at −5.36 instead of −3."""
    units = 10.0 ** np.arange(-6, 11)
    rows = [
        [3, 0, -2, -0.01, 0, -3],
        [-6.0000020250385262, 0, 4.0000018713155255, 1.9999980356116045, 0, 6.0000021646880644],
        [3, 0, 3, -1, -3, 3],
    ]
    A = np.tile(np.array(rows, float), (len(units), 1, 1))
    lb, ub = (np.tile(v, (len(units), 1)) for v in ([-3, 1, -1, -1e9, -1e9, 0], [1e9, 1, 1, 1e9, -2, 0]))
    for values, by in ((A[:, :, 2], 1 / units[:, None]), (lb[:, 2], units), (ub[:, 2], units)):
        values *= by
    side = -1.9999959175002084
    batch = linear(A, [1, 2, 0, 2, 0, 1], [-1.98, side, -INF], [INF, side, 2], lb, ub)
    kernels = [dataclasses.replace(k, fit=lambda batch: "asked") for k in batch_kernels()[1:2]]
    for found in (solve(batch, kernels=kernels), solve(batch, kernels=())):
        assert found.certificates.verified.all()
        assert found.objective == pytest.approx(-3.0, rel=1e-6)
