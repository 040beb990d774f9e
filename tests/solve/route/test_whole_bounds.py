"""Whole numbers at bounds a hair beside whole numbers are those that rows of the same numbers let them be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import saddlepoint
from saddlepoint.algebra.structure import Batch
from saddlepoint.solve.proof.certificate import check_claims
from saddlepoint.solve.route.inspection.whole_bounds import has_odd_bounds
from saddlepoint.solve.solution import Status
from saddlepoint.solve.solve import solve
from tests.solve.conftest import make_batch

INF = np.inf


def bounded(top: float, need: float = 0.0, curved: bool = False) -> Batch:
    """max x + y, less squares if curved, with x + y ≥ need and whole 0 ≤ x, y ≤ top."""
    return make_batch(
        [-1.0, -1.0],
        [[1.0, 1.0]],
        [need],
        [INF],
        lb=[0.0, 0.0],
        ub=[top, top],
        P=0.125 * np.eye(2) if curved else None,
        integer=[True, True],
    )


@pytest.mark.parametrize("curved", [False, True])
@pytest.mark.parametrize(
    ("top", "best"), [(4 - 2e-10, 3), (4 - 1e-12, 3), (0.3 / 0.1, 3), (4 + 2e-10, 4), (3.5, 3), (4.0, 4)]
)
def test_what_a_bound_lets_in(top: float, best: int, curved: bool) -> None:
    found = solve(bounded(top, curved=curved))
    assert Status(int(found.status[0])) is Status.OPTIMAL and found.certificates.verified[0]
    assert found.x[0].tolist() == [best, best]
    assert found.certificates.gives_way[0] == 0.0 and not found.messages


def test_dust_is_nothing() -> None:
    """0.3 − 3 · 0.1 is no bound that forces a machine on."""
    found = solve(make_batch([1.0, -1.0], lb=[abs(DUST), -4.0], ub=[4.0, DUST], integer=[True, True]))
    assert DUST != 0.0 and found.x[0].tolist() == [0.0, 0.0]
    assert found.certificates.verified[0] and found.certificates.gives_way[0] == 0.0


DUST = 0.3 - 3 * 0.1
"""5.6e-17, of numbers that are equal as they are written."""


@pytest.mark.parametrize("plan", [None, 0.0, 1.0])
@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("form", ["bound", "row", "row of two"])
def test_dust_forces_nothing_on(form: str, unit: float, plan: float | None) -> None:
    """Neither as a bound nor as the side of a row of whole numbers alone, in any unit; whoever is asked of a plan says so."""
    side = abs(DUST) * (1.0 if form == "bound" else unit)
    forms: dict[str, dict[str, Any]] = {
        "bound": {"lb": [side, 0.0]},
        "row": {"A": [[unit, 0.0]], "l": [side], "lb": [0.0, 0.0]},
        "row of two": {"A": [[unit, -unit]], "l": [side], "lb": [0.0, 0.0]},
    }
    found = saddlepoint.certify(
        [1.0, 1.0], **forms[form], integer=[True, True], x=None if plan is None else [plan, 0.0]
    )
    assert found.word == ("suboptimal" if plan else "optimal"), str(found)
    assert found.bound == 0.0 and "within the tolerance" not in str(found)


@pytest.mark.parametrize(
    ("side", "least"), [(1e-14, 1.0), (1e-12, 1.0), (1e-9, 1.0), (1e-3, 1.0), (1e-16, 0.0)]
)
def test_more_than_dust_does(side: float, least: float) -> None:
    """A number of parts is its own measure: beside it no side is dust."""
    row = solve(make_batch([1.0], [[1.0]], [side], [INF], lb=[0.0], integer=[True]))
    assert row.x[0, 0] == least and row.certificates.verified[0]
    parts = solve(
        make_batch(
            [1.0, 2.0], [[1.0, 1.0]], [side], [INF], lb=[0.0, 0.0], integer=[True, False], ub=[0.0, INF]
        )
    )
    assert parts.x[0, 1] == pytest.approx(side, rel=1e-6, abs=0) and parts.certificates.verified[0]


@pytest.mark.parametrize("curved", [False, True])
def test_bounds_give_way_only_where_no_plan_keeps_them(curved: bool) -> None:
    """In a sweep, each scenario by itself: 4 is taken where 8 are needed, and 9 are too many."""
    one = bounded(4 - 2e-10, curved=curved)
    found = solve(replace(one, size=3, l=np.array([[6.0], [8.0], [9.0]])))
    assert [Status(int(s)) for s in found.status] == [Status.OPTIMAL, Status.OPTIMAL, Status.INFEASIBLE]
    assert found.certificates.verified.all()
    assert found.x[:2].tolist() == [[3.0, 3.0], [4.0, 4.0]]
    assert found.certificates.gives_way[:2] == pytest.approx([0.0, 5e-11], rel=1e-5, abs=0)
    assert 0 not in found.messages and "give way by up to 5e-11" in found.messages[1]


def test_a_number_between_two_bounds_that_hold_no_whole_one() -> None:
    found = solve(make_batch([1.0], lb=[1 + 1e-10], ub=[1 + 1e-10], integer=[True]))
    assert found.x[0].tolist() == [1.0] and found.certificates.verified[0]
    assert found.certificates.gives_way[0] == pytest.approx(1e-10, rel=1e-5)


@pytest.mark.parametrize("factor", [2 + 1e-10, 2 - 1e-10, 2 + 1e-14, 0.1])
def test_rows_and_bounds_are_one_problem(factor: float) -> None:
    whole = {"lb": 0, "integer": [True, True], "maximise": True}
    side = 8.0 if factor > 1 else 0.3
    row = saddlepoint.certify([1.0, 1.0], factor * np.eye(2), u=side, **whole)
    bound = saddlepoint.certify([1.0, 1.0], ub=side / factor, **whole)
    assert row.word == bound.word == "optimal"
    assert row.objective == bound.objective


def test_usual_bounds_are_left_alone() -> None:
    assert not any(map(has_odd_bounds, (bounded(4.0), bounded(3.5), bounded(INF), bounded(4 - 1e-6))))
    assert not has_odd_bounds(make_batch([1.0], lb=[0.0], ub=[4 - 2e-10]))


def test_a_side_beside_large_coefficients_is_no_dust() -> None:
    """1e13 (x + y) ≥ 1 forces one of them on, and so does the bound x ≥ 1e-13 that 1e13 x ≥ 1 is."""
    for rows in ([[1e13, 1e13]], [[1e13, 0.0]]):
        found = solve(
            make_batch([1.0, 1.0], rows, [1.0], [INF], lb=[0.0, 0.0], ub=[5.0, 5.0], integer=[True, True])
        )
        assert found.objective[0] == 1.0 and found.certificates.verified[0]
    bound = solve(make_batch([1.0], lb=[1e-13], ub=[5.0], integer=[True]))
    assert bound.x[0, 0] == 1.0
    far = solve(make_batch([-1.0], lb=[0.0], ub=[3e13 + 1.5], integer=[True]))
    assert far.x[0, 0] == 3e13 + 1.0


def test_whole_numbers_outside_their_bounds_are_no_plan() -> None:
    batch = make_batch([1.0], lb=[1.0], ub=[5.0], integer=[True])
    none = np.zeros((1, 0))
    found = check_claims(
        batch, np.zeros((1, 1)), none, np.ones((1, 1)), none, np.array([Status.OPTIMAL]), np.zeros(1)
    )
    assert found.rel_prim[0] == 1.0 and not found.verified[0]
