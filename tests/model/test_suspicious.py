"""Numbers that look wrong: those far from their neighbours, and those that nothing reads, with their places."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import saddlepoint
from saddlepoint.cli import saddle
from saddlepoint.lab import Lab

SETS = """
Goods:
Attributes: {filters: {kind: [money, mass]}}
"""
TABLES = """
out: {type: endogenous, coordinates: [Goods], variables_info: {x: {Goods: {dim: cols}, nonneg: true, upper: 9}}}
facts:
    type: exogenous
    coordinates: [Attributes, Goods]
    variables_info:
        c: {Attributes: {dim: rows, filters: {kind: money}}, Goods: {dim: cols}}
limit: {type: exogenous, coordinates: [Goods], variables_info: {k: {Goods: {dim: cols}}}}
"""
PROBLEM = "objective: [Minimize(c @ tran(x))]\nexpressions:\n  - x >= k"
GOODS = ["a", "b", "c", "d"]


def _lab(limit: list[float], cost: list[float] | None = None, mass: list[float] | None = None) -> Lab:
    attributes = {"Attributes_Name": ["cost", "weight"], "Attributes_kind": ["money", "mass"]}
    items = {"Goods": GOODS, "Attributes": attributes}
    data = {"facts": [cost or [1.0, 2.0, 3.0, 4.0], mass or [0.0] * 4], "limit": limit}
    return saddlepoint.define(sets=SETS, variables=TABLES, problem=PROBLEM, items=items, data=data)


def _told(lab: Lab) -> list[tuple[str, str]]:
    return [(d.code, d.message) for d in lab.check(data=True) if d.code in ("K620", "K621")]


def test_sound_data_are_not_suspicious() -> None:
    assert _told(_lab([1, 2, 3, 0])) == []
    assert _told(_lab([1, 200, 3, 4])) == []


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ([1, 2, 3e9, 4], "limit[c] is 3,000,000,000, 1,100,000,000 times larger than its neighbours"),
        ([1, 2, 3, -3e9], "limit[d] is -3,000,000,000, 1,200,000,000 times larger than its neighbours"),
        ([5, 2e-9, 5, 5], "limit[b] is 2e-09, 2,500,000,000 times smaller than its neighbours"),
        ([1, 2e5, 3, 4], "limit[b] is 200,000, 58,000 times larger than its neighbours"),
    ],
)
def test_a_number_far_from_its_neighbours(limit: list[float], said: str) -> None:
    assert _told(_lab(limit)) == [("K620", said)]


def test_a_wrong_sign() -> None:
    found = [(d.code, d.message) for d in _lab([4, 5, -6, 5]).check(data=True)]
    assert ("K912", "limit[c] is -6, below 0, where its neighbours are above") in found


def test_attributes_of_different_sizes_are_no_outliers() -> None:
    """Along Goods every number is like the others; along Attributes there are too few to tell."""
    assert [c for c, _ in _told(_lab([1, 1, 1, 1], [1e9, 2e9, 3e9, 4e9], [1, 2, 3, 4]))] == ["K621"]


def test_numbers_that_a_filter_leaves_out() -> None:
    assert _told(_lab([1, 1, 1, 1], mass=[0, 5, 0, 7])) == [
        ("K621", "no formula reads 2 numbers of table 'facts': weight, {b, d}")
    ]


def test_many_far_numbers_are_five_and_a_count() -> None:
    rng = np.random.default_rng(3)
    items = {"Goods": [f"g{k}" for k in range(40)]}
    limit = rng.uniform(1, 2, 40)
    limit[:7] = 1e12
    lab = saddlepoint.define(
        sets="Goods:\n",
        variables="out: {type: endogenous, coordinates: [Goods], variables_info: {x: {lower: 0}}}\n"
        "limit: {type: exogenous, coordinates: [Goods], variables_info: {k: }}",
        problem="objective: ['Minimize(sum(x, over=Goods))']\nexpressions:\n  - x >= k",
        items=items,
        data={"limit": limit},
    )
    told = _told(lab)
    assert len(told) == 5
    assert told[-1][1].endswith("; 2 more of the table like it")


def test_the_command_says_where_and_is_quiet_unless_asked(tmp_path: Path) -> None:
    model = tmp_path / "goods.yml"
    model.write_text(
        "sets: {Goods: {items: [a, b, c]}}\n"
        "tables:\n"
        "    out: {type: endogenous, coordinates: [Goods], variables_info: {x: {lower: 0}}}\n"
        "    need: {type: exogenous, coordinates: [Goods], variables_info: {d: }}\n"
        "problem:\n"
        "    objective: ['Minimize(sum(x, over=Goods))']\n"
        "    expressions: [x >= d]\n"
        "data:\n"
        "    need: {a: 1, b: 2, c: 3000000000}\n",
        encoding="utf-8",
    )
    quiet = CliRunner().invoke(saddle, ["check", str(model)])
    assert (quiet.exit_code, "K620" in quiet.output) == (0, False)
    told = CliRunner().invoke(saddle, ["check", str(model), "--data", "--json"])
    assert told.exit_code == 0
    (found,) = json.loads(told.stdout)["findings"]
    assert (found["code"], found["severity"]) == ("K620", "warning")
    assert found["place"]["source"] == "data['need']"
    assert "unit" in found["fix"]


def test_denormals_are_told_and_solved_without_a_warning_of_numpy() -> None:
    """Every warning is an error in this suite."""
    found = _lab([1e-310, 1.0, 2.0, 3.0]).solve()
    assert found.exit_code == 0
    np.testing.assert_allclose(found.objective[""], [2 * 1.0 + 3 * 2.0 + 4 * 3.0])
