"""A solver that keeps the interpreter for long works in a process of its own, where an interruption ends it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from saddlepoint.algebra.structure import Batch, Structure
from saddlepoint.solve.adapters import isolate
from saddlepoint.solve.answers import Adapter
from saddlepoint.solve.route.stages import holding
from saddlepoint.solve.solution import Options, Solution
from saddlepoint.solve.solve import solve
from tests.solve.conftest import make_batch


def structure(P: np.ndarray, A: np.ndarray) -> Structure:
    return make_batch(np.zeros(len(P)), P=P, A=A, u=np.ones(len(A))).structure


def dispatch(hours: int, units: int) -> np.ndarray:
    """Demand of every hour and ramps of every unit."""
    columns = hours * units
    demand = np.kron(np.eye(hours), np.ones((1, units)))
    return np.vstack([demand, np.eye(columns) - np.eye(columns, k=-units)])


def test_what_is_dense_is_long_and_what_is_narrow_is_not() -> None:
    dense = structure(np.eye(700), np.ones((400, 700)))
    budget = structure(np.eye(1200), np.ones((1, 1200)))
    narrow = structure(np.eye(600) + np.eye(600, k=1) + np.eye(600, k=-1), dispatch(60, 10))
    assert holding.holds_long("piqp", dense)
    assert not holding.holds_long("clarabel", dense)
    assert not holding.holds_long("piqp", budget) and not holding.holds_long("piqp", narrow)
    small = structure(np.ones((90, 90)), np.ones((90, 90)))
    assert not holding.holds_long("piqp", small)
    assert holding.holds_long("proxqp", small) and holding.holds_long("glpk_mi", small)


def test_what_is_long_is_solved_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("piqp")
    batch = make_batch([-1.0, -2.0], P=np.eye(2), A=[[1.0, 1.0]], u=[1.0])
    apart: list[int] = []
    whole = isolate.solve_isolated

    def counted(adapter: Adapter, part: Batch, options: Options) -> Solution:
        apart.append(part.size)
        return whole(adapter, part, options)

    monkeypatch.setattr(isolate, "solve_isolated", counted)
    here = solve(batch, Options(solver="piqp"))
    assert not apart
    monkeypatch.setattr(holding, "SHORT_SIZE", 0)
    monkeypatch.setattr(holding, "SHORT_WORK", 0.0)
    there = solve(batch, Options(solver="piqp"))
    assert apart[0] == 1
    assert_allclose(there.x, here.x, rtol=1e-12, atol=1e-12)
