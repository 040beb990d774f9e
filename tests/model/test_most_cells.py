"""A table that memory cannot hold is refused before it is made, in words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import saddlepoint
from saddlepoint.errors import DataError
from saddlepoint.model import fetch


def transport(side: int) -> saddlepoint.Lab:
    """Flows where costs are given, between `side` and `side` places; costs for two of them."""
    places = [f"p{k}" for k in range(side)]
    flow: dict[str, Any] = {"x": {"lower": 0, "upper": 5}}
    given = {"From_Name": places[:2], "To_Name": places[-2:], "values": [2.0, 3.0]}
    return saddlepoint.define(
        sets={"From": {"items": places}, "To": {"items": places}},
        variables={
            "cost": {
                "type": "exogenous",
                "coordinates": ["From", "To"],
                "default": 0,
                "variables_info": {"c": None},
            },
            "flow": {
                "type": "endogenous",
                "coordinates": ["From", "To"],
                "where": "exists(c)",
                "variables_info": flow,
            },
        },
        problem={
            "objective": ["Minimize(sum(c * x, over=(From, To)))"],
            "expressions": ["sum(x, over=(From, To)) >= 6"],
        },
        data={"cost": given},
    )


def test_more_cells_than_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "most_cells", lambda: 99)
    with pytest.raises(DataError) as refused:
        transport(10).inputs()
    (found,) = refused.value.diagnostics
    assert found.code == "D014"
    assert "'cost' has 100 cells, more than can be held here (99)" in found.message
    assert "fewer sets" in (found.fix or "")


def test_many_possible_cells_and_few_that_exist() -> None:
    result = transport(300).solve()
    np.testing.assert_allclose(np.nansum(result.table("flow").columns["values"]), 6.0)


def test_most_cells_follow_memory() -> None:
    assert 1_000_000 < fetch.most_cells() <= fetch.MOST_CELLS
