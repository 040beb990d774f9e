"""A solver that keeps the interpreter for long works in a process of its own, where an interruption ends it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from saddlepoint.algebra.structure import Batch, Pattern, Structure
from saddlepoint.solve.adapters import isolate
from saddlepoint.solve.interfaces import Adapter
from saddlepoint.solve.route.stages import holding
from saddlepoint.solve.route.stages.choose import choose
from saddlepoint.solve.route.stages.solver_table import records
from saddlepoint.solve.solution import Options, Solution
from saddlepoint.solve.solve import solve
from saddlepoint.testing import batch
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
    assert holding.holds_long("work", dense)
    assert not holding.holds_long("nothing", dense)
    assert not holding.holds_long("work", budget) and not holding.holds_long("work", narrow)
    small = structure(np.ones((90, 90)), np.ones((90, 90)))
    assert not holding.holds_long("work", small)
    assert holding.holds_long("everything", small)


def test_a_setup_is_long_where_there_are_many_numbers() -> None:
    """160,000 columns kept the interpreter for 4 s; 60,000 numbers of each kind for 1.7 s beside others, and 1.2 s of patience after it."""
    size = 60_000
    eye = Pattern.of(np.arange(size), np.arange(size), (size, size))
    large = Structure(P=eye, A=eye, F=Pattern.empty(0, size), cones=(), integer=np.zeros(size, np.bool_))
    assert holding.holds_long("setup", large)
    assert not holding.holds_long("setup", structure(np.eye(200), np.ones((200, 200))))


def test_every_solver_says_what_it_keeps_the_interpreter_for() -> None:
    holds = {record.name: record.holds for record in records()}
    assert holds["clarabel"] == holds["cvxpy:CLARABEL"] == "setup"
    assert holds["piqp"] == holds["cvxpy:PIQP"] == "work"
    assert {name for name, what in holds.items() if what == "everything"} == {"proxqp", "glpk", "glpk_mi"}
    for problem in (
        batch([1.0], [[1.0]], [0.0], [1.0], 0, 1),
        batch([1.0], [[1.0]], [0.0], [1.0], 0, 1, np.eye(1)),
    ):
        stages = choose(problem.structure, 1, Options()).stages
        assert all(stage.holds == holds[stage.solver] for stage in stages)


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
