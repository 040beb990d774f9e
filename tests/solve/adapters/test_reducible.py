"""Presolve is left out of large linear problems where it has nothing to begin with, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from saddlepoint.algebra.structure import Batch
from saddlepoint.solve.adapters import highs
from saddlepoint.solve.adapters.highs import HighsSession, solve_highs
from saddlepoint.solve.adapters.highs_model import linear_model, silent_highs
from saddlepoint.solve.adapters.reducible import may_reduce
from saddlepoint.solve.solution import Options, Solution
from tests.solve.conftest import make_batch

INF = np.inf


def hours_of_supply(hours: int = 6, units: int = 3) -> Batch:
    """Supply meets demand over a store that is full again in the end: balances, levels and ramps, of which no side decides anything."""
    supply = hours * units
    n, rows = supply + 3 * hours, []
    t = np.arange(hours)
    for h in t:
        balance, level = np.zeros(n), np.zeros(n)
        balance[h * units : (h + 1) * units] = 1.0
        balance[supply + h], balance[supply + hours + h] = 1.0, -1.0
        level[supply + 2 * hours + h], level[supply + 2 * hours + h - 1] = 1.0, -1.0
        level[supply + h], level[supply + hours + h] = 1.1, -0.9
        rows += [balance, level]
    for k in range(units, supply):
        ramp = np.zeros(n)
        ramp[k], ramp[k - units] = 1.0, -1.0
        rows.append(ramp)
    demand = np.ravel(np.column_stack([10.0 + 3.0 * np.sin(t), np.zeros(hours)]))
    steep = np.full(supply - units, 2.0)
    costs = np.concatenate([np.tile(np.arange(1.0, units + 1), hours), np.full(3 * hours, 0.1)])
    most = np.concatenate([np.full(supply, 6.0), np.full(3 * hours, 4.0)])
    return make_batch(costs, rows, np.append(demand, -steep), np.append(demand, steep), np.zeros(n), most)


def put(batch: Batch, name: str, where: int, value: float) -> Batch:
    array = getattr(batch, name).copy()
    array[0, where] = value
    return replace(batch, **{name: array})


def rows_added(batch: Batch, rows: list[list[float]], low: float, high: float) -> Batch:
    dense = np.zeros(batch.structure.A.shape)
    dense[batch.structure.A.indices, batch.structure.A.columns()] = batch.A[0]
    sides = np.append(batch.l[0], [low] * len(rows)), np.append(batch.u[0], [high] * len(rows))
    return make_batch(batch.q[0], np.vstack([dense, rows]), *sides, batch.lb[0], batch.ub[0])


def one(n: int, *entries: float) -> list[float]:
    return [*entries, *[0.0] * (n - len(entries))]


REDUCIBLE = {
    "a fixed column": lambda b, n: put(b, "ub", 0, 0.0),
    "a row of one": lambda b, n: rows_added(b, [one(n, 1.0)], -INF, 5.0),
    "a row without sides": lambda b, n: rows_added(b, [one(n, 1.0, 1.0, 1.0)], -INF, INF),
    "an equation of two": lambda b, n: rows_added(b, [one(n, 1.0, -2.0)], 0.0, 0.0),
    "a row that bounds imply": lambda b, n: rows_added(b, [one(n, 1.0, 1.0, 1.0)], -INF, 18.0),
    "a row that bounds decide": lambda b, n: rows_added(b, [one(n, 1.0, 1.0, 1.0)], 18.0, INF),
    "a column without rows": lambda b, n: with_column(b, {}, 1.0, 1.0),
    "a column that nobody wants": lambda b, n: with_column(
        b, {2 * 6: 1.0, 2 * 6 + 1: 1.0}, 1.0, 1.0, floor=-INF
    ),
    "a column that its row bounds": lambda b, n: with_column(b, {0: 1.0}, 1.0, INF, low=-INF),
    "a slack of an equation": lambda b, n: with_column(b, {0: 1.0}, 0.0, 0.1),
}


def with_column(
    batch: Batch,
    entries: dict[int, float],
    cost: float,
    most: float,
    low: float = 0.0,
    floor: float | None = None,
) -> Batch:
    """One column more; floor: the lower side of its rows from now on."""
    dense = np.zeros((batch.structure.m, batch.structure.n + 1))
    dense[batch.structure.A.indices, batch.structure.A.columns()] = batch.A[0]
    sides = batch.l[0].copy()
    for row, number in entries.items():
        dense[row, -1] = number
        sides[row] = sides[row] if floor is None else floor
    bounds = np.append(batch.lb[0], low), np.append(batch.ub[0], most)
    return make_batch(np.append(batch.q[0], cost), dense, sides, batch.u[0], *bounds)


def reduced_by_highs(batch: Batch) -> bool:
    a = batch.structure.A
    sides = (batch.row(name, 0) for name in ("q", "lb", "ub", "l", "u"))
    solver = silent_highs({})
    solver.passModel(linear_model((a.indptr, a.indices, batch.A[0]), *sides))
    solver.presolve()
    return solver.getModelPresolveStatus().name != "kNotReduced"


def test_nothing_is_found_where_highs_reduces_nothing() -> None:
    batch = hours_of_supply()
    assert not may_reduce(batch, 0)
    assert not reduced_by_highs(batch)


@pytest.mark.parametrize("what", REDUCIBLE)
def test_what_a_presolve_begins_with_is_seen(what: str) -> None:
    plain = hours_of_supply()
    batch = REDUCIBLE[what](plain, plain.structure.n)
    assert may_reduce(batch, 0)
    assert reduced_by_highs(batch)


@pytest.mark.parametrize("given", [None, "on"])
@pytest.mark.parametrize("reducible", [False, True])
def test_presolve_is_left_out_where_it_finds_nothing_and_the_basis_is_the_same(
    given: Any, reducible: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = hours_of_supply()
    batch = put(batch, "ub", 0, 0.0) if reducible else batch
    listed = solve_highs(batch, Options())
    monkeypatch.setattr(highs, "HOT_NONZEROS", 0)
    session = HighsSession(batch, Options(settings={} if given is None else {"presolve": given}))
    found = Solution.blank(batch.structure, 1)
    session.solve(0, found)
    presolve = session._highs.getOptionValue("presolve")[1]  # pyright: ignore[reportPrivateUsage]
    assert presolve == (given or ("choose" if reducible else "off"))
    assert found.basic.sum() == batch.structure.m
    np.testing.assert_allclose(found.x @ batch.q[0], listed.x @ batch.q[0], rtol=1e-9)
    if given is None and not reducible:
        assert (found.basic == listed.basic).all()


@pytest.mark.parametrize("reducible", [False, True])
def test_after_a_second_try_presolve_is_what_it_was_chosen_to_be(
    reducible: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the answer of the second try is read it stays "on": HiGHS has no factors of the problem itself then."""
    batch = hours_of_supply()
    batch = put(batch, "ub", 0, 0.0) if reducible else batch
    monkeypatch.setattr(highs, "HOT_NONZEROS", 0)
    session, found = HighsSession(batch, Options()), Solution.blank(batch.structure, 1)
    words: list[str] = []
    session.solve(0, found)
    first = found.x.copy()
    session._again()  # pyright: ignore[reportPrivateUsage]
    words.append(session._highs.getOptionValue("presolve")[1])  # pyright: ignore[reportPrivateUsage]
    session.solve(0, found)
    words.append(session._highs.getOptionValue("presolve")[1])  # pyright: ignore[reportPrivateUsage]
    assert words == ["on", "choose" if reducible else "off"]
    np.testing.assert_allclose(found.x @ batch.q[0], first @ batch.q[0], rtol=1e-9)
