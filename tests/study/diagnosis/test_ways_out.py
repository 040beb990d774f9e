"""Demand that can nearly only be left unserved: told before a run, though there is a plan; not where unserved demand has its place."""

from __future__ import annotations

import pytest

import saddlepoint
from saddlepoint.lab import Lab


def _lab(times: float = 1.0, capacity: float = 100.0, price: float = 3000.0) -> Lab:
    return saddlepoint.define(
        sets="Tech:\nHours:\n",
        variables="""
gen: {type: endogenous, coordinates: [Tech, Hours], variables_info: {g: {nonneg: true}}}
left: {type: endogenous, coordinates: [Hours], variables_info: {u: {nonneg: true}}}
stored: {type: endogenous, coordinates: [Hours], variables_info: {s: {lower: 0, upper: 50}}}
cost: {type: exogenous, coordinates: [Tech], variables_info: {c: }}
cap: {type: exogenous, coordinates: [Tech], variables_info: {k: }}
price: {type: exogenous, variables_info: {p: }}
load: {type: exogenous, coordinates: [Hours], variables_info: {d: }}
""",
        problem={
            "objective": ["Minimize(sum(c * g, over=(Tech, Hours)) + p * sum(u, over=Hours))"],
            "expressions": [
                "serve: sum(g, over=Tech) + lag(s, Hours, first=0) + u == d + s",
                "limit: g <= k",
            ],
        },
        items={"Tech": ["coal", "gas"], "Hours": ["1", "2", "3", "4"]},
        data={
            "cost": [20.0, 60.0],
            "cap": [capacity, 50.0],
            "price": price,
            "load": [times * v for v in (90.0, 120.0, 160.0, 130.0)],
        },
    )


def test_demand_in_another_unit_is_told_though_there_is_a_plan() -> None:
    lab = _lab(1000.0)
    (found,) = lab.check(data=True)
    assert found.code == "K906"
    assert found.message == (
        "without left, serve (4 rows) from load asks for 500,000 in all, and limit (8 rows) from cap allows at most 600"
    )
    assert "All else is left to left" in found.why and "diagnose" not in found.fix
    assert lab.solve().answers[""].answered.all()


@pytest.mark.parametrize(
    ("times", "capacity", "price"),
    [
        (1.0, 100.0, 3000.0),
        (1.3, 100.0, 3000.0),
        (3.0, 100.0, 3000.0),
        (1.0, 0.1, 3000.0),
        (1000.0, 100.0, 300.0),
    ],
)
def test_unserved_demand_has_its_place(times: float, capacity: float, price: float) -> None:
    """Peaks that are not worth serving, a plant that is gone; and a price that is no way out, as it is that of a plant."""
    assert [d.code for d in _lab(times, capacity, price).check(data=True) if d.code == "K906"] == []
