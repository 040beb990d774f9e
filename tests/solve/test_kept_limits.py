"""Limits a hair apart are told by how much they give way, whatever the problem, by whatever route, in `solve` as in `certify`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import saddlepoint
from saddlepoint.algebra.structure import Batch
from saddlepoint.solve.solution import Options, Status
from saddlepoint.solve.solve import solve
from tests.solve.conftest import make_batch

INF = np.inf
TWO = {"A": [[1.0, 1.0], [1.0, 1.0]], "u": [INF, 1.0], "lb": [0.0, 0.0]}
FORMS: dict[str, Any] = {
    "rows": TWO,
    "one row": {"A": [[1.0, 1.0]], "u": [1.0], "lb": [0.0, 0.0]},
    "bounds": {"A": [[1.0, 1.0]], "l": [1.0], "u": [INF], "ub": [1.0, INF]},
    "curved costs": {**TWO, "P": np.eye(2)},
    "whole numbers": {**TWO, "integer": [True, True]},
    "one whole number": {**TWO, "integer": [True, False]},
    "whole numbers in one row": {"A": [[1.0, 1.0]], "u": [1.0], "lb": [0.0, 0.0], "integer": [True, True]},
    "a whole number in its bounds": {
        "A": [[1.0, 1.0]],
        "l": [1.0],
        "u": [INF],
        "ub": [1.0, INF],
        "integer": [True, True],
    },
}


def apart(form: str, by: float) -> dict[str, Any]:
    """The least of x + 2y where a lower side lies above an upper one by a part of it."""
    given = {"q": [1.0, 2.0], **FORMS[form]}
    sides = [1.0 + by, -INF][: len(given["A"])]
    return {"l": sides, **given} if "lb" in given else {**given, "lb": [1.0 + by, 0.0]}


@pytest.mark.parametrize("by", [5e-8, 1e-10])
@pytest.mark.parametrize("form", FORMS)
def test_what_gives_way_is_told_in_the_same_words(form: str, by: float) -> None:
    given = apart(form, by)
    for solver in (None, "highs", *(["clarabel"] if "integer" not in given else [])):
        found = solve(make_batch(**given), Options(solver=solver))
        c = found.certificates
        assert Status(int(found.status[0])) is Status.OPTIMAL and c.verified[0]
        assert by / 4 <= c.gives_way[0] == c.rel_prim[0] <= 1.01 * by, solver
        assert (
            f"all limits to the last digit: they give way by up to {c.gives_way[0]:.1g}" in found.messages[0]
        )
    said = saddlepoint.certify(given.pop("q"), given.pop("A"), **given)
    assert said.word == "optimal" and said.sentences[0].startswith("Optimal within the tolerance only")
    assert by / 4 <= said.gives_way <= 1.01 * by


@pytest.mark.parametrize("form", FORMS)
def test_of_limits_that_leave_a_plan_nothing_is_told(form: str) -> None:
    found = solve(make_batch(**apart(form, 0.0)))
    assert found.status[0] == Status.OPTIMAL and found.certificates.verified[0]
    assert found.certificates.gives_way[0] == 0.0 and not found.messages


@pytest.mark.parametrize("form", ["rows", "bounds", "curved costs"])
def test_each_scenario_of_a_sweep_is_told_by_itself(form: str) -> None:
    by = np.array([0.0, 5e-8, 0.0, 1e-10, -0.5, 1e-3])
    one = make_batch(**apart(form, 0.0))
    sides = (one.lb if form == "bounds" else one.l) + np.eye(1, 2) * by[:, None]
    found = solve(replace(one, size=6, **{"lb" if form == "bounds" else "l": sides}))
    assert found.certificates.verified.all()
    assert found.status.tolist() == [Status.OPTIMAL] * 5 + [Status.INFEASIBLE]
    assert (found.certificates.gives_way[:5] > 0).tolist() == [False, True, False, True, False]
    assert sorted(found.messages)[:2] == [1, 3] and np.isnan(found.certificates.gives_way[5])


@pytest.mark.parametrize(
    ("n", "whole", "curved"), [(1_200, False, False), (1_200, False, True), (60, True, False)]
)
def test_larger_problems(n: int, whole: bool, curved: bool) -> None:
    """One side above the other in long rows: it is asked of all rows whether they must give way."""
    batch = make_batch(
        np.arange(1.0, n + 1),
        np.ones((2, n)),
        [1 + 5e-8, -INF],
        [INF, 1.0],
        lb=np.zeros(n),
        P=np.eye(n) if curved else None,
        integer=np.arange(n) % 2 == 0 if whole else None,
    )
    found = solve(batch)
    assert found.status[0] == Status.OPTIMAL and found.certificates.verified[0]
    assert 1e-8 < found.certificates.gives_way[0] <= 5.1e-8
    assert found.messages[0].startswith("no plan keeps all limits to the last digit")


def rows_of_whole_numbers(factor: float, need: float) -> Batch:
    rows = [[factor, 0.0], [0.0, factor], [1.0, 1.0]]
    return make_batch(
        [1.0, 1.0], rows, [-INF, -INF, need], [8.0, 8.0, INF], lb=[0.0, 0.0], integer=[True, True]
    )


@pytest.mark.parametrize("hair", [1e-10, 1e-12])
def test_rows_of_whole_numbers_are_told_as_bounds_are(hair: float) -> None:
    """2.0000000001 x ≤ 8 gives way to 4 where 8 are needed, and only there; told as of the bound that it is."""
    row = rows_of_whole_numbers(2 + hair, 8.0)
    bound = make_batch(
        [1.0, 1.0], [[1.0, 1.0]], [8.0], [INF], lb=[0, 0], ub=[8 / (2 + hair)] * 2, integer=[True, True]
    )
    for batch in (row, bound):
        found = solve(batch)
        assert found.x[0].tolist() == [4.0, 4.0] and found.certificates.verified[0]
        assert found.certificates.gives_way[0] == pytest.approx(hair / 2, rel=0.01)
        assert found.messages[0].startswith("no plan keeps all limits to the last digit")
    kept = solve(rows_of_whole_numbers(2 + hair, 6.0))
    assert kept.x[0].tolist() == [3.0, 3.0] and kept.certificates.gives_way[0] == 0.0
    said = saddlepoint.certify(
        [1.0, 1.0],
        [[2 + hair, 0], [0, 2 + hair], [1, 1]],
        [-INF, -INF, 8],
        [8, 8, INF],
        0,
        integer=[True, True],
    )
    assert said.sentences[0].startswith("Optimal within the tolerance only") and said.gives_way > 0


def test_a_model_with_linear_limits_a_hair_apart_says_so() -> None:
    """In the table of scenarios and in the messages, as of curved limits."""
    found = saddlepoint.define(
        sets={"N": {}},
        items={"N": ["a", "b"]},
        variables={
            "plan": {
                "type": "endogenous",
                "coordinates": ["N"],
                "variables_info": {"x": {"N": {"dim": "cols"}, "nonneg": True}},
            }
        },
        problem={"objective": ["Minimize(sum(x))"], "expressions": ["sum(x) >= 1.00000005", "sum(x) <= 1"]},
    ).solve()
    columns = found.certificates[""].columns
    assert list(columns["status"]) == ["optimal"] and columns["gives_way"][0] > 1e-8
    assert found.answers[""].solution.messages[0].startswith("no plan keeps all limits to the last digit")
