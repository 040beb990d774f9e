"""The ratio test of the dual simplex method finds a column whatever the sizes, so that a dual step always ends."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest


@pytest.fixture(scope="module")
def first_columns() -> Any:
    """The column that each row's ratio test chooses among all, −1 where it finds none."""
    numba = pytest.importorskip("numba")

    from saddlepoint.solve.kernels.answer import LOWER
    from saddlepoint.solve.kernels.jit_dictionary import blank_dictionary, blank_sides
    from saddlepoint.solve.kernels.jit_phases import ratio_test

    @numba.njit
    def found(rows: Any, costs: Any, slack: float, bland: bool) -> Any:
        count, n = rows.shape
        dictionary, sides = blank_dictionary(n, 1), blank_sides(n + 1)
        candidates = np.arange(n)
        dictionary.nonbasic[:], dictionary.side[:] = candidates, LOWER
        sides.lo[:], sides.hi[:] = 0.0, 1.0
        chosen = np.empty(count, np.int64)
        for k in range(count):
            dictionary.T[1] = costs[k]
            chosen[k] = ratio_test(rows[k], dictionary, sides, candidates, n, slack, bland)[0]
        return chosen

    return found


@pytest.mark.parametrize(("slack", "bland"), [(1e-11, False), (0.0, False), (0.0, True)])
def test_the_first_column_to_reach_zero_is_within_its_own_bound(
    first_columns: Any, slack: float, bland: bool
) -> None:
    rng = np.random.default_rng(7)
    rows, costs = 10.0 ** rng.uniform(-9, 9, (2, 3_000, 5))
    found = first_columns(rows, costs, slack, bland)
    assert (found >= 0).all()
    if slack == 0.0:
        assert (found == np.argmin(costs / rows, 1)).all()


@pytest.fixture(scope="module")
def pass_ties() -> Any:
    """Which of the candidates do not change sides before the first one enters."""
    numba = pytest.importorskip("numba")

    from saddlepoint.solve.kernels.jit_dictionary import blank_sides
    from saddlepoint.solve.kernels.jit_sparse_dual import pass_ties
    from saddlepoint.solve.kernels.jit_sparse_state import Candidates

    @numba.njit
    def left(rate: Any, reduced: Any, ranges: Any, slope: float) -> Any:
        n = len(rate)
        sides = blank_sides(n)
        sides.lo[:], sides.hi[:] = 0.0, ranges
        candidates = Candidates(np.arange(n).astype(np.uint32), rate.copy(), reduced.copy())
        count = pass_ties(sides, candidates, np.uint64(n), np.int64(0), slope)
        return candidates.variable[:count].copy()

    return left


@pytest.mark.parametrize("seed", range(200))
def test_ties_are_passed_until_the_entering_variable_stays_between_its_sides(
    pass_ties: Any, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 12))
    rate, ranges = rng.choice([0.5, 1.0, 2.0], n), rng.choice([0.0, 0.25, 1.0, 3.0, np.inf], n)
    reduced = rate * rng.choice([0.0, 1.0, 2.0], n)
    slope = float(rng.uniform(0.1, 12.0))
    left = pass_ties(rate, reduced, ranges, slope)
    passed = np.setdiff1d(np.arange(n), left)
    worth, ties = rate * ranges, reduced * rate[0] <= reduced[0] * rate
    rest = slope - worth[passed].sum()
    assert 0 in left
    assert ties[passed].all()
    assert rest > 0.0
    waiting = np.setdiff1d(np.flatnonzero(ties & (worth > 0.0)), np.append(passed, 0))
    assert rest <= worth[0] or not (worth[waiting] < rest).any()
