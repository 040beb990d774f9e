"""Irreducible infeasible sets: each is infeasible, and without any one of its sides it is not (solved without each)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from saddlepoint.algebra.structure import Batch
from saddlepoint.solve.diagnosis.conflict import IrreducibleSet, aimless, irreducible_set
from saddlepoint.solve.matrices import batch_of_matrices
from saddlepoint.solve.proof.irreducible import alone
from saddlepoint.solve.solution import Status
from saddlepoint.solve.solve import solve


def _contradictory(seed: int) -> Batch:
    """A random problem with more rows than a contradiction needs, some of them written twice."""
    random = np.random.default_rng(seed)
    m, n = int(random.integers(4, 14)), int(random.integers(2, 8))
    A = np.round(random.normal(size=(m, n)) * (random.random((m, n)) < 0.6), 2)
    A = np.vstack([A, A[0], A[0] + A[1]])
    x = random.random(n)
    l = A @ x - random.random(m + 2)
    u = A @ x + random.random(m + 2)
    u[-1] = l[0] + l[1] - 0.5
    u[-2] = l[0] - 0.25
    l[-1] = l[-2] = -np.inf
    return batch_of_matrices(A=A, l=l, u=u, c=random.normal(size=n), lb=np.zeros(n), ub=np.full(n, 5.0))


def _without_each(batch: Batch, found: IrreducibleSet) -> np.ndarray:
    """The statuses of the set without its sides, one by one."""
    sides = [("l", "u", k) for k in np.flatnonzero(found.y)] + [
        ("lb", "ub", k) for k in np.flatnonzero(found.z)
    ]
    base = aimless(alone(batch, found.y, found.z))
    parts = {name: np.repeat(getattr(base, name), len(sides), axis=0) for name in ("l", "u", "lb", "ub")}
    for row, (low, high, k) in enumerate(sides):
        parts[low][row, k], parts[high][row, k] = -np.inf, np.inf
    return solve(replace(base, size=len(sides), **parts)).status


@pytest.mark.parametrize("seed", range(25))
def test_no_side_of_the_set_can_be_missed(seed: int) -> None:
    batch = _contradictory(seed)
    answer = solve(batch)
    assert answer.status[0] == Status.INFEASIBLE
    found = irreducible_set(batch, answer)
    assert found is not None
    assert found.proven
    assert solve(alone(aimless(batch), found.y, found.z)).status[0] == Status.INFEASIBLE
    assert (_without_each(batch, found) == Status.OPTIMAL).all()


def test_a_whole_farkas_vector_of_two_contradictions_is_made_one_of_them() -> None:
    A = np.array([[1.0, 0.0], [0.0, 1.0]])
    batch = batch_of_matrices(c=[0, 0], A=A, l=[2.0, 3.0], u=[np.inf, np.inf], lb=[0.0, 0.0], ub=[1.0, 1.0])
    answer = solve(batch)
    both = replace(answer, y=np.array([[1.0, 1.0]]), z=np.array([[-1.0, -1.0]]))
    found = irreducible_set(batch, both)
    assert found is not None
    assert (np.count_nonzero(found.y), np.count_nonzero(found.z), found.proven) == (1, 1, True)


def test_crossed_bounds_are_their_own_set() -> None:
    batch = batch_of_matrices(c=[1.0, 1.0], A=np.ones((1, 2)), u=[5.0], lb=[0.0, 0.0], ub=[1.0, 2.0])
    batch = replace(batch, lb=np.array([[0.0, 3.0]]))
    found = irreducible_set(batch)
    assert found is not None
    assert (found.crossed.tolist(), found.size, found.proven) == ([1], 2, True)


def test_integers_are_settled_by_deletion() -> None:
    A = np.array([[2.0, 4.0], [1.0, 1.0], [1.0, 0.0]])
    batch = batch_of_matrices(
        c=[0, 0], A=A, l=[5.0, -np.inf, -np.inf], u=[5.0, 9.0, 3.0], lb=0, ub=9, integer=[True, True]
    )
    found = irreducible_set(batch)
    assert found is not None
    assert (np.flatnonzero(found.y).tolist(), found.by, found.whole, found.proven) == (
        [0],
        "deletion",
        True,
        True,
    )


def test_a_feasible_problem_has_none() -> None:
    batch = batch_of_matrices(c=[1.0, 1.0], A=np.ones((1, 2)), u=[5.0], lb=0)
    assert irreducible_set(batch) is None
