"""Machines that are on or off beside curved costs, in units of any size: certified, and the least of all choices."""

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest

import saddlepoint
from saddlepoint.arrays import Array

CAPACITY, FIXED = np.array([4.0, 2.0, 1.0]), np.array([5.0, 1.0, 3.0])
NEEDED = 2.5
CURVES = {
    "{v}**2": (lambda v: v**2, "+"),
    "sqrt({v})": (lambda v: -np.sqrt(v), "-"),
    "log({v} + 1)": (lambda v: -np.log1p(v), "-"),
}
"""A curve of the parts v of a size, as a cost, and its sign in the objective."""


@pytest.mark.parametrize("size", [1e-6, 1e-3, 1.0, 1e5])
@pytest.mark.parametrize("formula", CURVES)
def test_the_best_machines_are_on(formula: str, size: float):
    cost, sign = CURVES[formula]
    curve = formula.format(v=f"(x/{size!r})")
    rows = {"coordinates": ["N"]}
    lab = saddlepoint.define(
        sets={"N": {}},
        items={"N": ["a", "b", "c"]},
        variables={
            "made": {"type": "endogenous", "variables_info": {"x": {"N": {"dim": "rows"}, "nonneg": True}}, **rows},
            "on": {"type": "endogenous", "domain": "boolean", "variables_info": {"y": {"N": {"dim": "rows"}}}, **rows},
            "most": {"type": "exogenous", "variables_info": {"u": {"N": {"dim": "rows"}}}, **rows},
            "fixed": {"type": "exogenous", "variables_info": {"f": {"N": {"dim": "rows"}}}, **rows},
        },
        problem={
            "objective": [f"Minimize(sum(f*y {sign} {curve}))"],
            "expressions": ["x <= u*y", f"sum(x) == {NEEDED * size!r}"],
        },
        data={"most": dict(zip("abc", CAPACITY * size, strict=True)), "fixed": dict(zip("abc", FIXED, strict=True))},
    )  # fmt: skip
    result = lab.solve()
    assert list(result.certificates[""].columns["status"]) == ["optimal"]
    assert result.objective[""][0] == pytest.approx(_least(cost), rel=1e-6)


def _least(cost: Callable[[Array], Array]) -> float:
    """The least over all choices of machines that are on; as their curves are alike and convex, their loads are alike up to their capacities."""
    found = []
    for on in product((0.0, 1.0), repeat=3):
        most = CAPACITY * on
        if most.sum() >= NEEDED:
            level = _level(most)
            found.append(float(FIXED @ on + cost(np.minimum(level, most)).sum()))
    return min(found)


def _level(most: Array) -> float:
    """The level below which loads that fill NEEDED are cut off at these capacities."""
    low, high = 0.0, float(most.max())
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if np.minimum(middle, most).sum() < NEEDED else (low, middle)
    return high
