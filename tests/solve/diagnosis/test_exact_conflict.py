"""Contradictions smaller than rounding, and multipliers of 1e-13, told from none in rational arithmetic."""

import numpy as np
import pytest

from saddlepoint.algebra.structure import Batch
from saddlepoint.solve.diagnosis.conflict import irreducible_set
from saddlepoint.solve.diagnosis.exact_conflict import exact_support
from tests.solve.conftest import make_batch

STEPS = 13


def growing(limit: float, twice: bool = False) -> Batch:
    """x₀ ≥ 1, x_k ≥ 10 x_{k−1}, x₁₃ ≤ limit, and rows that say nothing more."""
    n = STEPS + 1
    rows = [np.eye(n)[0], *(np.eye(n)[k] - 10 * np.eye(n)[k - 1] for k in range(1, n)), np.eye(n)[-1]]
    lower, upper = [1.0] + [0.0] * STEPS + [-np.inf], [np.inf] * n + [limit]
    if twice:
        rows += [np.eye(n)[1], np.eye(n)[0]]
        lower, upper = [*lower, 5.0, 0.5], [*upper, np.inf, np.inf]
    return make_batch(np.zeros(n), np.array(rows), np.array(lower), np.array(upper), ub=np.full(n, np.inf))


@pytest.mark.parametrize("twice", [False, True])
def test_a_chain_one_short_of_its_end_is_infeasible(twice: bool) -> None:
    found = exact_support(growing(1e13 - 1, twice))
    assert found is not None and found.proven
    assert np.flatnonzero(found.y).tolist() == list(range(STEPS + 2))
    assert not found.z.any()
    weights = np.abs(found.y[found.y != 0])
    assert weights.max() / weights.min() == pytest.approx(1e13)


def test_a_chain_that_just_fits_has_no_conflict() -> None:
    assert exact_support(growing(1e13)) is None


def test_the_set_of_a_chain_is_proven() -> None:
    """A hundredth short at the end: solvers miss it by less than they look at."""
    found = irreducible_set(growing(1e13 * (1 - 1e-2)))
    assert found is not None and found.proven
    assert found.size == STEPS + 2
