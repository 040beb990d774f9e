"""Of several repairs the one of the cell that is likely wrong leads, and bounds are named with their side."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import saddlepoint
from saddlepoint.declare.examples import copy_example
from saddlepoint.lab import Lab
from saddlepoint.study.diagnosis.diagnose import diagnose
from saddlepoint.study.diagnosis.repair import Repair
from saddlepoint.study.diagnosis.suspects import suspicion
from saddlepoint.study.results.result import solved


@pytest.fixture(scope="module")
def bakery(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    return Lab.open(copy_example("distribution", tmp_path_factory.mktemp("m") / "distribution"))


def _repairs(lab: Lab, table: str, labels: tuple[str, ...], factor: float) -> list[Repair]:
    """What is proposed where one number is so many times what it should be."""
    fetched = lab._current()  # pyright: ignore[reportPrivateUsage]
    right = fetched.tables[table]
    values = right.columns["values"].copy()
    axes = right.domain.axes
    place = [axis.positions[label] for axis, label in zip(axes, labels, strict=True)]
    values[np.ravel_multi_index(place, right.domain.shape)] *= factor
    wrong = replace(fetched, tables={**fetched.tables, table: right.with_values(values)})
    (finding,) = diagnose(solved(lab.plan(wrong)), lambda: 0.0).findings
    return list(finding.repairs)


@pytest.mark.parametrize(
    ("table", "labels", "factor"),
    [
        ("oven_hours", ("north",), 1e-3),
        ("oven_hours", ("south",), 1e-3),
        ("oven_hours", ("south",), 0.1),
        ("demand", ("Alba", "bread", "2"), 1e3),
        ("demand", ("Cuneo", "bread", "4"), 10.0),
    ],
)
def test_one_wrong_number_leads(bakery: Lab, table: str, labels: tuple[str, ...], factor: float) -> None:
    first = _repairs(bakery, table, labels, factor)[0]
    (change,) = first.changes
    assert change.table == table
    assert [change.domain.coordinates(int(cell)) for cell in change.cells] == [labels]
    assert first.verified


def test_a_capacity_that_is_a_little_too_small_is_raised_before_all_demand_is_cut(bakery: Lab) -> None:
    first = _repairs(bakery, "oven_hours", ("north",), 0.5)[0]
    assert [change.table for change in first.changes] == ["oven_hours"]


def test_every_cell_that_suffices_alone_is_among_the_repairs(bakery: Lab) -> None:
    told = {
        change.domain.coordinates(int(change.cells[0])): change.after[0]
        for repair in _repairs(bakery, "oven_hours", ("south",), 0.25)
        for change in repair.changes
        if change.table == "oven_hours" and len(change.cells) == 1
    }
    assert told == {("north",): pytest.approx(30.75), ("south",): pytest.approx(13.75)}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([22.0, 0.02], [1, 1]),
        ([22.0, 20.0], [0, 0]),
        ([22.0, 2], [1, 1]),
        ([40.0, 50, 60, 70, 80, 90, 600], [0, 0, 0, 0, 0, 0, 1]),
        ([40.0, 50, 60, 70, 80, 90, 60_000], [0, 0, 0, 0, 0, 0, 2]),
        ([40.0, 50, 60, 70, -80], [0, 0, 0, 0, 2]),
        ([1.0, 1e3, 1e6, 1e9, 1e12, 1e15], [0, 0, 0, 0, 0, 0]),
        ([8.0, 3, 12, -9], [0, 0, 0, 1]),
        ([8.0, 3, -12, -9], [0, 0, 0, 0]),
        ([0.0, 0, 0], [0, 0, 0]),
    ],
)
def test_which_numbers_stand_apart(values: list[float], expected: list[int]) -> None:
    assert suspicion(np.array(values)).tolist() == expected


def test_bounds_are_named_with_their_side() -> None:
    def lab(relation: str, domain: str) -> Lab:
        variables: dict[str, Any] = {
            "open": {
                "type": "endogenous",
                "coordinates": ["Sites"],
                "domain": domain,
                "variables_info": {"x": {"nonneg": True}},
            },
            "need": {"type": "exogenous", "coordinates": [], "variables_info": {"n": None}},
        }
        problem = {"objective": ["Minimize(sum(x))"], "expressions": [{"enough": relation}]}
        return saddlepoint.define(
            sets={"Sites": {}},
            variables=variables,
            problem=problem,
            items={"Sites": ["a", "b"]},
            data={"need": 3.0},
        )

    (at_most,) = lab("sum(x, over=Sites) >= n", "boolean").diagnose().findings
    (at_least,) = lab("sum(x, over=Sites) <= -n", "real").diagnose().findings
    assert at_most.conflict is not None and at_least.conflict is not None
    assert [str(m) for m in at_most.conflict.members] == ["enough", "the upper bound of open ({a, b})"]
    assert [str(m) for m in at_least.conflict.members] == ["enough", "the lower bound of open ({a, b})"]
    told = lab("sum(x, over=Sites) >= n", "boolean").solve().answers[""].solution.messages[0]
    assert "the upper bound of open" in told
