"""Curved limits a hair apart: a plan within the tolerance says that no plan was found which keeps them all."""

import numpy as np
import pytest

import saddlepoint


def lab(*rows: str):
    """Two numbers from 0 up with the least sum."""
    plan = {"coordinates": ["N"], "variables_info": {"x": {"N": {"dim": "rows"}, "nonneg": True}}}
    return saddlepoint.define(
        sets={"N": {}},
        items={"N": ["a", "b"]},
        variables={"plan": {"type": "endogenous", **plan}},
        problem={"objective": ["Minimize(sum(x))"], "expressions": list(rows)},
    )


APART = [
    ("sumsq(x) <= 2", "sum(x) >= {}", 2.0),
    ("norm2(x) <= 1", "sum(x) >= {}", np.sqrt(2.0)),
    (f"sum(exp(x)) <= {2 * np.e!r}", "sum(x) >= {}", 2.0),
]


@pytest.mark.parametrize(("curve", "row", "side"), APART)
def test_sides_that_give_way_are_told(curve, row, side) -> None:
    found = lab(curve, row.format(side * (1 + 9e-8))).solve()
    held = found.answers[""].solution
    assert list(found.certificates[""].columns["status"]) == ["optimal"]
    assert 1e-8 < held.certificates.gives_way[0] == held.certificates.rel_prim[0] < 1e-6
    assert "they give way by up to" in held.messages[0]


@pytest.mark.parametrize(("curve", "row", "side"), APART)
def test_of_sides_that_leave_a_plan_nothing_is_told(curve, row, side) -> None:
    found = lab(curve, row.format(side * 0.9)).solve()
    held = found.answers[""].solution
    assert list(found.certificates[""].columns["status"]) == ["optimal"]
    assert held.certificates.gives_way[0] == 0.0 and 0 not in held.messages
