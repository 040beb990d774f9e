"""Quadratic forms in limits whose items are in units that are far apart: the root of the matrix is that of every entry."""

import numpy as np
import pytest

import saddlepoint
from saddlepoint.expr.operators.datawise import root_of

FORM = np.array([[2.0, -1.0, 0.5], [-1.0, 1.0, 0.2], [0.5, 0.2, 3.0]])


@pytest.mark.parametrize("decades", [0.0, 5.0, 8.0])
def test_the_best_plan_within_a_quadratic_form(decades: float) -> None:
    """max w·x over xᵀPx ≤ 1 is √(wᵀP⁻¹w), in whatever units x is called."""
    units = 10.0 ** np.array([decades, 0.0, -decades])
    across = {"N": {"dim": "cols"}}
    matrix = {"N": {"dim": "rows"}, "M": {"dim": "cols"}}
    found = saddlepoint.define(
        sets={"N": {}, "M": {}},
        items={"N": list("abc"), "M": list("abc")},
        variables={
            "plan": {"type": "endogenous", "coordinates": ["N"], "variables_info": {"x": across}},
            "worth": {"type": "exogenous", "coordinates": ["N"], "variables_info": {"w": across}},
            "form": {"type": "exogenous", "coordinates": ["N", "M"], "variables_info": {"P": matrix}},
        },
        problem={"objective": ["Maximize(w @ tran(x))"], "expressions": ["quad_form(x, P) <= 1"]},
        data={"worth": 1 / units, "form": FORM / np.outer(units, units)},
    ).solve()
    ones = np.ones(3)
    assert list(found.certificates[""].columns["status"]) == ["optimal"]
    assert found.objective[""] == pytest.approx(np.sqrt(ones @ np.linalg.solve(FORM, ones)), rel=1e-7)


def test_the_root_gives_every_entry_back() -> None:
    units = 10.0 ** np.array([8.0, 0.0, -8.0])
    given = FORM / np.outer(units, units)
    root = root_of(given, "matrix", "", "")
    assert root.T @ root == pytest.approx(given, rel=1e-12)
