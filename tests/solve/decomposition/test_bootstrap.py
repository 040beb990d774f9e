"""Gaps of resamples against each resample solved for itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from saddlepoint.solve.decomposition.bootstrap import LOOSE, resampled_gaps
from saddlepoint.solve.decomposition.l_shaped import l_shaped
from saddlepoint.solve.decomposition.master import dense_batch
from saddlepoint.solve.decomposition.two_stage import TwoStage, in_memory
from saddlepoint.solve.decomposition.worth import expected_cost
from saddlepoint.solve.solution import Options

COUNT, DRAWN = 40, 3


def works(seed: int, missing: bool, shares: np.ndarray) -> TwoStage:
    """Two machines bought, three goods made for an uncertain demand; what is missed is paid for, or (missing False) nothing may be missed."""
    rng = np.random.default_rng(seed)
    first = dense_batch(
        np.zeros((0, 2)), q=np.array([2.0, 3.0]), r=1.0, l=np.zeros(0), u=np.zeros(0), lb=np.zeros(2), ub=np.full(2, 90.0),
        integer=np.zeros(2, bool),
    )  # fmt: skip
    use = rng.uniform(0.2, 1.0, (2, 3))
    rows = np.block([[-np.eye(2), use, np.zeros((2, 3))], [np.zeros((3, 2)), np.eye(3), np.eye(3) * missing]])
    free = np.full(2, np.inf)
    one = dense_batch(
        rows, q=np.concatenate([np.zeros(2), rng.uniform(0, 1, 3), np.full(3, 15.0)]), r=0.0, l=np.full(5, -np.inf),
        u=np.concatenate([np.zeros(2), free, [np.inf]]), lb=np.concatenate([-free, np.zeros(6)]), ub=np.full(8, np.inf),
        integer=np.zeros(8, bool),
    )  # fmt: skip
    l = np.concatenate([np.full((len(shares), 2), -np.inf), rng.gamma(4.0, 2.0, (len(shares), 3))], axis=1)
    drawn = shares > 0
    return in_memory(first, replace(one, size=int(drawn.sum()), l=l[drawn]), shares[drawn])


@pytest.mark.parametrize(("seed", "missing"), [(0, True), (2, False)])
def test_gaps_are_those_of_each_resample_and_never_below(seed: int, missing: bool) -> None:
    problem = works(seed, missing, np.full(COUNT, 1 / COUNT))
    best = l_shaped(problem)
    x = best.x + np.array([0.5, 0.2])
    found = resampled_gaps(problem, x, best, Options(), count=DRAWN, seed=7)
    assert found is not None and found.shape == (DRAWN,)
    drawn = np.random.default_rng(7).multinomial(COUNT, np.full(COUNT, 1 / COUNT), DRAWN)
    each = [works(seed, missing, counts / COUNT) for counts in drawn]
    want = np.array([expected_cost(alone, x, Options()) - l_shaped(alone).objective for alone in each])
    assert (found >= want - 1e-5).all() and found.mean() <= (1 + 1.1 * LOOSE) * want.mean()


def test_what_cannot_be_resampled() -> None:
    """A decision that leaves an outcome without a plan."""
    problem = works(2, False, np.full(COUNT, 1 / COUNT))
    assert resampled_gaps(problem, np.zeros(2), l_shaped(problem), Options(), count=4) is None
