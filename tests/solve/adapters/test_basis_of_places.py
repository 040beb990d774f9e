"""The basis of a large linear problem, told by its plan: it is the one that the solver has."""

from dataclasses import replace

import numpy as np
import pytest

from saddlepoint.solve.adapters import highs
from saddlepoint.solve.adapters.basis_of_places import basis_of_places
from saddlepoint.solve.adapters.highs import solve_highs
from saddlepoint.solve.solution import Options, Status
from tests.solve.conftest import make_batch, random_batch


@pytest.mark.parametrize("seed", range(12))
def test_places_tell_the_basis_of_the_solver(seed, monkeypatch) -> None:
    batch = random_batch(seed, n=8, m=5)
    listed = solve_highs(batch, Options())
    assert listed.status[0] == Status.OPTIMAL
    activities = batch_rows(batch) @ listed.x[0]
    told = basis_of_places(batch, 0, listed.x[0], activities)
    assert told is None or (told == listed.basic[0]).all()
    monkeypatch.setattr(highs, "HOT_NONZEROS", 0)
    assert (solve_highs(batch, Options()).basic == listed.basic).all()


def batch_rows(batch):
    rows = np.zeros(batch.structure.A.shape)
    rows[batch.structure.A.indices, batch.structure.A.columns()] = batch.A[0]
    return rows


def test_places_tell_nothing_of_degenerate_plans_and_free_columns() -> None:
    corner = make_batch([1.0, 1.0], [[1.0, 1.0], [1.0, -1.0]], l=[0.0, 0.0])
    assert basis_of_places(corner, 0, np.zeros(2), np.zeros(2)) is None
    free = make_batch([0.0, 1.0], [[1.0, 1.0]], l=[1.0], lb=[-np.inf, 0.0])
    assert basis_of_places(free, 0, np.array([1.0, 0.0]), np.array([1.0])) is None
    bounded = replace(free, lb=np.zeros((1, 2)))
    told = basis_of_places(bounded, 0, np.array([1.0, 0.0]), np.array([1.0]))
    assert told is not None and told.tolist() == [True, False, False]
