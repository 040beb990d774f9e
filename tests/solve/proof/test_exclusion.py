"""One place says whether a sum of rows and bounds proves that there is no plan; all who ask hear the same."""

from __future__ import annotations

import numpy as np
import pytest

from saddlepoint.solve.decomposition.cuts import depths
from saddlepoint.solve.kernels.answer import KernelAnswer, Outcome
from saddlepoint.solve.kernels.unproven import withdraw
from saddlepoint.solve.proof.exclusion import HAIR, HELD, ROUNDED, exclusion
from saddlepoint.solve.proof.farkas import farkas
from saddlepoint.solve.proof.integer_bound import IntegerProgram, excludes
from saddlepoint.solve.route.claims.giving_way import least_way
from saddlepoint.solve.route.stages.close_sides import proven_apart
from saddlepoint.solve.solution import Options
from saddlepoint.testing import batch


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("margin", [-1e-3, 0.0, 1e-14, 1e-11, 1e-8, 1e-5, 1e-2])
def test_who_asks_hears_the_same(seed: int, margin: float) -> None:
    """Sums whose gain is `margin` of their terms: certificate, cut, kernel, leaf of a tree and sides a hair apart."""
    rng = np.random.default_rng(seed)
    A, y = rng.integers(-3, 4, (4, 5)).astype(float), rng.integers(1, 4, 4).astype(float)
    z = -(A.T @ y)
    upper = rng.integers(1, 4, 5).astype(float)
    at = float(np.minimum(z, 0.0) @ upper)
    side = rng.integers(1, 4, 4).astype(float)
    side[0] = (-at + margin * 2 * abs(at) - y[1:] @ side[1:]) / y[0]
    problem = batch(np.zeros(5), A, side, [np.inf] * 4, 0, upper)
    sums = exclusion(problem, y[None])
    assert sums.gain[0] == pytest.approx(margin * 2 * abs(at), abs=1e-12 * abs(at))
    assert farkas(problem, y, np.zeros(0)).holds == sums.exceeds(HAIR)[0]
    assert (
        farkas(problem, y, np.zeros(0), 0.0).holds
        == sums.exceeds(HELD)[0]
        == (depths(problem, y[None])[0] > 0)
    )
    assert excludes(IntegerProgram.of(problem), y, problem.lb[0], problem.ub[0]) == sums.exceeds(ROUNDED)[0]
    answer = KernelAnswer.blank(1, 5, 4)
    answer.y[:], answer.outcome[:] = y, Outcome.INFEASIBLE
    withdraw(problem, answer)
    assert (answer.outcome[0] == Outcome.INFEASIBLE) == sums.exceeds(ROUNDED)[0]
    assert [bool(sums.exceeds(part)[0]) for part in (ROUNDED, HELD, HAIR)] == [
        margin * 2 * abs(at) > part * sums.size[0] for part in (ROUNDED, HELD, HAIR)
    ]
    way = least_way(problem, Options())
    assert way is not None
    least = exclusion(problem, way.y[None])
    assert least.gain[0] >= sums.gain[0] / sums.size[0] * least.size[0] - 1e-9 * least.size[0]
    if sums.exceeds(HAIR)[0]:
        assert proven_apart(problem, Options()) is not None


def test_what_points_to_a_missing_bound_or_side_is_left_out_and_told() -> None:
    problem = batch([0.0, 0.0], [[1.0, 1.0], [1.0, -1.0]], [3.0, -np.inf], [np.inf, 1.0], 0, [1.0, np.inf])
    loose = exclusion(problem, np.array([[1.0, 0.0]]))
    assert loose.gain[0] == 2.0 and loose.stray_columns[0] == 1.0 and not loose.exceeds(HELD)[0]
    missing = exclusion(problem, np.array([[1.0, 0.5]]))
    assert missing.stray_rows[0] == 0.5 and missing.y[0].tolist() == [1.0, 0.0]
