# pyright: basic
"""The coupled kernel against published fixed points and against a plain loop of HiGHS."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from saddlepoint.algebra.structure import Batch, Pattern
from saddlepoint.solve.kernels import fixed_point
from saddlepoint.solve.kernels.answer import Outcome
from saddlepoint.solve.kernels.fixed_point import ChangeNorm, Exchange, ScenarioMatrix, Sweeping

pytest.importorskip("numba")
highspy = pytest.importorskip("highspy")
INF = np.inf


def block(A: np.ndarray, u: np.ndarray, q: np.ndarray | None = None, ub: float = INF) -> Batch:
    """min q·x, Ax ≤ u, 0 ≤ x ≤ ub for every row of u; A is dense."""
    m, n = A.shape
    pattern = Pattern(
        (m, n), (np.arange(n + 1) * m).astype(np.int32), np.tile(np.arange(m), n).astype(np.int32)
    )
    q = np.zeros((1, n)) if q is None else q
    sides = {"l": np.full((1, m), -INF), "u": u, "lb": np.zeros((1, n)), "ub": np.full((1, n), ub)}
    return Batch.linear(pattern, A.T.reshape(1, -1), size=len(u), q=q, r=np.zeros((1, 1)), **sides)


def profit(c0: np.ndarray, slope: np.ndarray) -> Exchange:
    """c = c0 + slope∘x, and the block minimises −c·x; two tables: production and profit."""
    n = c0.shape[-1]
    return Exchange(
        offset=np.atleast_2d(c0),
        given=ScenarioMatrix.dense(np.stack([np.diag(row) for row in np.atleast_2d(slope)])),
        group_x=np.zeros(n, np.int64),
        group_w=np.ones(n, np.int64),
        cost=ScenarioMatrix.dense(-np.eye(n)),
    )


def tutorial() -> tuple[Batch, Exchange]:
    """Two products; energy (150, 300) and material (60, 90); profit per unit grows with output."""
    u = np.stack([np.repeat([150.0, 300.0], 2), np.tile([60.0, 90.0], 2)], axis=1)
    return block(np.array([[1.7, 3.5], [0.5, 1.2]]), u), profit(np.array([1.0, 2.2]), np.array([0.005, 0.01]))


def highs_loop(
    batch: Batch, c0: np.ndarray, slope: np.ndarray, s: int, sweeps: int = 60
) -> tuple[np.ndarray, int]:
    n, m = batch.structure.n, batch.structure.m
    h = highspy.Highs()
    h.setOptionValue("output_flag", False)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = n, m
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = -c0, batch.row("lb", s), batch.row("ub", s)
    lp.row_lower_, lp.row_upper_ = batch.row("l", s), batch.row("u", s)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = batch.structure.A.indptr
    lp.a_matrix_.index_ = batch.structure.A.indices
    lp.a_matrix_.value_ = batch.row("A", s)
    h.passModel(lp)
    old, c = np.full(n, INF), c0
    for sweep in range(1, sweeps + 1):
        h.changeColsCost(n, np.arange(n, dtype=np.int32), -c)
        h.run()
        x = np.array(h.getSolution().col_value)
        c = c0 + slope * x
        if np.abs(x - old).max() <= 1e-9 * max(1.0, np.abs(x).max()):
            return x, sweep
        old = x
    return old, -1


def test_published_fixed_points_of_the_tutorial():
    found = fixed_point.solve(*tutorial())
    assert found.answer.done.all()
    x = [(0, 42.857143), (0, 42.857143), (120, 0), (176.470588, 0)]
    c = [(1.0, 2.628571), (1.0, 2.628571), (1.6, 2.2), (1.882353, 2.2)]
    assert found.answer.x == pytest.approx(np.array(x), abs=1e-6)
    assert found.exchanged == pytest.approx(np.array(c), abs=1e-6)
    profits = (found.exchanged * found.answer.x).sum(axis=1)
    assert profits == pytest.approx([112.653061, 112.653061, 192.0, 332.179931], abs=1e-6)
    # prices of the block hold at the same point
    assert found.answer.objective == pytest.approx(-profits)
    A = np.array([[1.7, 3.5], [0.5, 1.2]])
    assert -found.exchanged - found.answer.y @ A - found.answer.z == pytest.approx(
        np.zeros((4, 2)), abs=1e-12
    )


def test_the_history_is_the_published_one():
    found = fixed_point.solve(*tutorial(), Sweeping(norm=ChangeNorm.L2))
    production, table = found.changes[3, :2].T
    assert production == pytest.approx([23.68, 0.0], abs=5e-3)
    assert table == pytest.approx([0.1485, 0.0], abs=5e-5)
    assert 1e-3 + 1e-2 * found.first[3] == pytest.approx([1.556, 0.03009], abs=1e-3)
    assert np.isnan(found.changes[3, 2:]).all()
    assert found.sweeps[3] == 3


def test_another_start_finds_the_other_fixed_point():
    batch, exchange = tutorial()
    found = fixed_point.solve(batch, exchange, start=np.array([[1.45, 2.2]]))
    assert found.answer.x[0] == pytest.approx([88.235294, 0], abs=1e-6)
    assert found.exchanged[0] == pytest.approx([1.441176, 2.2], abs=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_random_couplings_end_where_a_loop_of_highs_ends(seed):
    rng = np.random.default_rng(seed)
    m, n, size = int(rng.integers(1, 6)), int(rng.integers(2, 11)), 15
    A = rng.uniform(0.1, 1, (m, n))
    u = rng.uniform(5, 10, m) * np.exp(0.1 * rng.standard_normal((size, m)))
    c0 = A.sum(0) / m * rng.uniform(0.8, 1.2, n) * np.exp(0.1 * rng.standard_normal((size, n)))
    slope = rng.uniform(-0.02, 0.05, n) * np.exp(0.1 * rng.standard_normal((size, n)))
    batch = block(A, u)
    found = fixed_point.solve(batch, profit(c0, slope), Sweeping(sweeps=60))
    for s in range(size):
        x, sweeps = highs_loop(batch, c0[s], slope[s], s)
        if sweeps > 0:
            assert found.answer.outcome[s] == Outcome.DONE
            assert found.answer.x[s] == pytest.approx(x, abs=1e-7)
        else:
            assert found.answer.outcome[s] in (Outcome.CYCLE, Outcome.NOT_CONVERGED)


def test_a_cycle_is_named_with_its_period_and_damping_is_no_proof():
    # the dearer the more it is made: x jumps between its bounds for ever
    batch = block(np.array([[1.0]]), np.array([[10.0]]))
    exchange = profit(np.array([1.0]), np.array([-0.5]))
    found = fixed_point.solve(batch, exchange)
    assert found.answer.outcome[0] == Outcome.CYCLE
    assert found.period[0] == 2
    damped = fixed_point.solve(batch, exchange, Sweeping(damping=0.3))
    assert damped.answer.outcome[0] == Outcome.NOT_CONVERGED


def test_bounds_and_sides_may_follow_the_other_block():
    # max x, x ≤ 4 + w/2 and w = x/2 + 1: x = 4 + (x/2 + 1)/2 gives x = 6, w = 4
    batch = block(np.array([[1.0]]), np.array([[4.0]]), np.array([[-1.0]]))
    half = ScenarioMatrix.dense(np.array([[0.5]]))
    exchange = partial(
        Exchange,
        offset=np.array([[1.0]]),
        given=half,
        group_x=np.zeros(1, np.int64),
        group_w=np.ones(1, np.int64),
    )
    by_row = fixed_point.solve(batch, exchange(upper=half), Sweeping(sweeps=60))
    assert by_row.answer.done.all()
    assert by_row.answer.x[0, 0] == pytest.approx(6.0, rel=1e-8)
    assert by_row.exchanged[0, 0] == pytest.approx(4.0, rel=1e-8)
    loose = block(np.array([[1.0]]), np.array([[100.0]]), np.array([[-1.0]]), ub=4.0)
    by_bound = fixed_point.solve(loose, exchange(column_upper=half), Sweeping(sweeps=60))
    assert by_bound.answer.x[0, 0] == pytest.approx(6.0, rel=1e-8)
    few = fixed_point.solve(batch, exchange(upper=half), Sweeping(sweeps=3))
    assert few.answer.outcome[0] == Outcome.NOT_CONVERGED


def test_a_block_without_a_plan_says_so():
    batch = block(np.array([[1.0]]), np.array([[-1.0], [1.0]]), np.array([[-1.0]]))
    found = fixed_point.solve(batch, profit(np.array([1.0]), np.array([0.0])))
    assert found.answer.outcome.tolist() == [Outcome.INFEASIBLE, Outcome.DONE]
