"""Every curved operator in numbers of any size: certified, and right."""

import numpy as np
import pytest

import saddlepoint
from saddlepoint.expr.node import Nature
from saddlepoint.expr.words import OPERATORS
from tests.truth.curved import cases

STRAIGHT = {
    "abs", "pos", "neg", "max", "min", "maximum", "minimum", "norm1", "norminf", "sum_largest", "sum_smallest", "cvar",
}  # fmt: skip
"""Operators whose graph is linear."""


@pytest.mark.parametrize("size", [1e-9, 1e-4, 1.0, 1e5])
def test_certified_and_right(size: float):
    off = {case.name: error for case in cases(size) if not (error := case.error()) <= 1e-6}
    assert not off


def test_every_operator_with_cones_has_a_case():
    curved = {r.name for r in OPERATORS.values() if r.nature in (Nature.CONVEX, Nature.CONCAVE)}
    tried = {name for case in cases(0.5) for name in case.operators}
    assert tried >= curved - STRAIGHT


WHOLE = {
    "sqrt(x)": ("Maximize", "<=", np.sqrt),
    "log(x + 1)": ("Maximize", "<=", np.log1p),
    "inv_pos(x)": ("Minimize", "<=", lambda x: 1 / x),
    "power(x, 1.5)": ("Minimize", ">=", lambda x: x**1.5),
    "power(x, 3)": ("Minimize", ">=", lambda x: x**3),
    "x**2": ("Minimize", ">=", lambda x: x**2),
}
"""Objective, sense and side of three whole numbers with a given sum, which are best where they are alike."""


@pytest.mark.parametrize(
    ("size", "formula"), [(1e9, f) for f in WHOLE] + [(1e5, "x**2"), (1e3, "power(x, 3)")]
)
def test_whole_numbers_in_curves_of_any_size(size: float, formula: str):
    aim, side, value = WHOLE[formula]
    plan = {"coordinates": ["N"], "variables_info": {"x": {"N": {"dim": "rows"}, "nonneg": True}}}
    lab = saddlepoint.define(
        sets={"N": {}},
        items={"N": ["a", "b", "c"]},
        variables={"plan": {"type": "endogenous", "domain": "integer", **plan}},
        problem={"objective": [f"{aim}(sum({formula}))"], "expressions": [f"sum(x) {side} {size}"]},
    )
    result = lab.solve()
    third = np.floor(size / 3)
    assert list(result.certificates[""].columns["status"]) == ["optimal"]
    best = value(third) * 2 + value(size - 2 * third)
    assert result.objective[""][0] == pytest.approx(best, rel=1e-6)
    assert np.isclose(result.table("plan").values.sum(), size, rtol=1e-6)
