"""Items whose decisions no relation joins to others."""

from __future__ import annotations

import saddlepoint

TABLES = """
out: {type: endogenous, coordinates: [Plants], variables_info: {x: {lower: 0, upper: 9}}}
share: {type: exogenous, coordinates: [Plants], variables_info: {a: }}
need: {type: exogenous, coordinates: [], variables_info: {d: }}
"""
PROBLEM = "objective: ['Minimize(sum(x, over=Plants))']\nexpressions:\n  - sum(a * x, over=Plants) >= d"


def _told(share: list[float]) -> list[str]:
    lab = saddlepoint.define(
        sets="Plants:\n",
        variables=TABLES,
        problem=PROBLEM,
        items={"Plants": ["coal", "gas", "wind"]},
        data={"share": share, "need": [2.0]},
    )
    assert not [d for d in lab.check() if d.code == "K622"]
    return [d.message for d in lab.check(data=True) if d.code == "K622"]


def test_an_item_with_coefficients_of_zero_is_named() -> None:
    assert _told([1, 2, 0]) == ["no relation joins the item 'wind' of 'Plants' to any other decision"]


def test_items_that_share_a_relation_are_not() -> None:
    assert _told([1, 2, 3]) == []


def test_where_nothing_is_joined_nothing_is_said() -> None:
    assert _told([1, 0, 0]) == []
