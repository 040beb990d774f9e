"""A set of scenarios in a formula: refused where the formula would be repeated over it, allowed where it is summed away."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import saddlepoint
from saddlepoint.errors import SaddleError


def solved(expression: Any, objective: str = "Minimize(sum(x))", **reports: str) -> Any:
    """x ≥ … over three hours, in two scenarios."""
    sides = {"H": {"dim": "cols"}}
    lab = saddlepoint.define(
        sets={"S": {"split_problem": True}, "H": {}},
        items={"S": ["low", "high"], "H": ["h1", "h2", "h3"]},
        variables={
            "plan": {"type": "endogenous", "coordinates": ["S", "H"], "variables_info": {"x": {**sides, "nonneg": True}}},
            "need": {"type": "exogenous", "coordinates": ["S"], "variables_info": {"d": {}}},
        },
        problem={"objective": [objective], "expressions": [expression, "x >= d"], "report": reports},
        data={"need": [1.0, 2.0]},
    )  # fmt: skip
    return lab.solve()


@pytest.mark.parametrize(
    ("expression", "part"),
    [
        ("x >= position(over=S)", "position(over=S)"),
        ("x >= d * position(over=S)", "position(over=S)"),
        ("chance(x >= position(over=S), 0.9)", ""),
        ("huber(diff(x, over=H, skip=True)) <= position(over=S)", "position(over=S)"),
        ("x - sum(x, over=H, where=S == 'low') <= 1", "sum(x, over=H, where=S == 'low')"),
    ],
)
def test_relation(expression: str, part: str) -> None:
    with pytest.raises(SaddleError) as caught:
        solved(expression)
    if part:
        assert {found.code for found in caught.value.diagnostics} == {"M940"}
        assert all(
            found.mark.text is not None and part in found.mark.text for found in caught.value.diagnostics
        )


def test_objective_and_figure() -> None:
    for given in ({"objective": "Minimize(sum(x) * position(over=S))"}, {"figure": "neg(position(over=S))"}):
        with pytest.raises(SaddleError, match="M940"):
            solved("x >= 0", **given)


def test_summed_away() -> None:
    found = solved("x >= count(S == 'low', over=S) * d", items="size(over=S)")
    np.testing.assert_allclose(found.objective[""], [3.0, 6.0])
    np.testing.assert_allclose(found.reports["items"].columns["values"], [2.0, 2.0])
