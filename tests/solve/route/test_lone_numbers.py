"""Rounding that a solver carries along a chain of rows: taken away as far as it breaks them alone, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from saddlepoint.algebra.structure import Batch
from saddlepoint.solve.incumbents import Incumbents
from saddlepoint.solve.judgement import certified
from saddlepoint.solve.route.polishing import refine as refining
from saddlepoint.solve.route.polishing.lone_numbers import without_lone_numbers
from saddlepoint.solve.solution import Method, Options, Solution, Status
from tests.solve.conftest import make_batch

HOURS, DUST = 8, 1.4e-14


def store(lb: float = 0.0, sides: float = 0.0) -> Batch:
    """A store over hours of a day, level(t) = level(t − 1) + sides at t = 3, without charges; beside it one unit bought."""
    rows = np.zeros((HOURS, HOURS + 1))
    for t in range(HOURS):
        rows[t, t] = 1.0
        if t:
            rows[t, t - 1] = -1.0
    rows = np.vstack([rows, np.eye(HOURS + 1)[-1]])
    given = np.zeros(HOURS + 1)
    given[3], given[-1] = sides, 1.0
    low = np.full(HOURS + 1, 0.0)
    low[5] = lb
    return make_batch(np.r_[np.zeros(HOURS), 1.0], rows, given, given, lb=low, ub=np.full(HOURS + 1, 9.0))


def plan(first: int, last: int, dust: float = DUST) -> np.ndarray:
    x = np.zeros((1, HOURS + 1))
    x[0, first : last + 1], x[0, -1] = dust, 1.0
    return x


@pytest.mark.parametrize(("first", "last"), [(0, 6), (2, 6), (2, 7), (4, 4)])
def test_dust_carried_from_hour_to_hour_is_emptied_from_where_it_breaks_a_row_alone(
    first: int, last: int
) -> None:
    given = plan(first, last)
    found = without_lone_numbers(store(), given)
    assert np.array_equal(found, plan(0, 0, 0.0))
    assert given[0, first] == DUST


def test_a_level_that_a_row_asks_for_stays() -> None:
    """The store holds what came in at t = 3, however little: no row of it is broken; if it is lost at t = 6, two rows bear numbers and sides."""
    held = plan(3, HOURS - 1)
    batch = store(sides=DUST)
    assert np.array_equal(without_lone_numbers(batch, held), held)
    lost = without_lone_numbers(batch, plan(3, 5))
    assert lost[0, 3] == 0.0
    assert not certified(batch, _claimed(batch, lost), Options()).verified[0]


def test_what_may_not_be_zero_stays() -> None:
    """The level at t = 5 is at least 1e-14: behind it nothing is emptied, and nothing is certified."""
    found = without_lone_numbers(store(lb=1e-14), plan(2, 5))
    assert found[0, 5] == DUST


def _claimed(batch: Batch, x: np.ndarray) -> Solution:
    answers = Solution.blank(batch.structure, 1)
    answers.x[:], answers.y[:], answers.z[:], answers.w[:] = x, 0.0, 0.0, 0.0
    answers.y[0, -1] = 1.0
    answers.status[0] = Status.OPTIMAL
    return answers


def test_such_an_answer_is_certified_without_its_active_set(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = store()
    answers = _claimed(batch, plan(1, 6))
    assert certified(batch, answers, Options()).rel_prim[0] == 1.0
    monkeypatch.setattr(refining, "polished", None)
    draft = Incumbents.blank(batch, Options(), None, False, True)
    draft.offer(np.array([0]), answers, Method("highs"))
    found = draft.solution()
    assert found.certificates.verified[0]
    assert found.certificates.rel_prim[0] == 0.0
    assert found.objective[0] == 1.0
