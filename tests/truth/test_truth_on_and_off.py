"""Machines that are on or off beside curved costs, in units of any size: certified, and the least of all choices."""

from collections.abc import Callable
from itertools import product
from typing import Any

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


LIMITED: dict[str, dict[str, Any]] = {
    "power((g*n/0.001), 3)": {
        "a": [1978.0757942958176, 18.11640290741115],
        "g": [0.0014916448208769767, 0.0007813411011597444],
        "c": [3000.0, 5000.0],
        "needed, each, most": (0.003, 5e6, 8),
        "limit": 336573.9107157565,
    },
    "sqrt((g*n/0.001))": {
        "a": [10356.468740562199, 746.603455989236, 14538.597832501022],
        "g": [0.00134312694593489, 0.00041909992434247304, 8.561226259169312e-05],
        "c": [-20000.0, -30000.0, 40000.0],
        "needed, each, most": (0.008, 4e7, 2),
        "limit": -8995.948196226474,
    },
}
"""Weights, sizes and costs of whole numbers, what they are to come to, what a missing part costs, how many each there may be, and the limit of a curve of theirs."""


@pytest.mark.parametrize("formula", LIMITED)
def test_whole_numbers_in_a_limit_of_curves(formula: str):
    """Σ ± a·curve(g·n / 0.001) ≤ limit, and what Σ g·n leaves of what is needed is bought: the problem with all numbers given is solved in units that
    suit it, or the best of them is lost."""
    data = LIMITED[formula]
    needed, each, most = data["needed, each, most"]
    sign = "-" if formula.startswith("sqrt") else ""
    items, rows = "abc"[: len(data["a"])], {"coordinates": ["N"]}
    lab = saddlepoint.define(
        sets={"N": {}},
        items={"N": list(items)},
        variables={
            "taken": {"type": "endogenous", "domain": "integer", "variables_info": {"n": {"N": {"dim": "rows"}, "nonneg": True}}, **rows},
            "bought": {"type": "endogenous", "variables_info": {"z": {"nonneg": True}}},
            **{k: {"type": "exogenous", "variables_info": {k: {"N": {"dim": "rows"}}}, **rows} for k in "agc"},
        },
        problem={
            "objective": [f"Minimize(sum(c*n) + {each!r}*z)"],
            "expressions": [f"sum(g*n) + z >= {needed!r}", f"n <= {most}", f"sum({sign} a*{formula}) <= {data['limit']!r}"],
        },
        data={k: dict(zip(items, data[k], strict=True)) for k in "agc"},
    )  # fmt: skip
    result = lab.solve()
    assert list(result.certificates[""].columns["status"]) == ["optimal"]
    a, g, c = (np.array(data[k]) for k in "agc")
    costs = [
        float(c @ n + each * max(0.0, needed - g @ n))
        for n in map(np.array, product(range(most + 1), repeat=len(items)))
        if a @ (-np.sqrt(g * n / 0.001) if sign else (g * n / 0.001) ** 3) <= data["limit"]
    ]
    assert result.objective[""][0] == pytest.approx(min(costs), rel=1e-6)


@pytest.mark.parametrize("root", ["sqrt", "power"])
@pytest.mark.parametrize("size", [1e-3, 1.0, 1e4])
def test_what_is_off_makes_nothing(root: str, size: float):
    """At x = 0 what is made, 0 ≤ y ≤ size √x, is 0: a cone without an inside, of which interior points told no plan, so that x = 1 was taken (1.1 for 1)."""
    model = saddlepoint.Model("off")
    x, y = model.decide("x", lower=0, upper=3, domain="integer"), model.decide("y", lower=0)
    k = model.decide("k", lower=1)
    of = saddlepoint.call(root, x, *([0.5] if root == "power" else []))
    model.minimise(2 * x - (1.9 / size) * y + k)
    model.subject_to(made=y <= size * of)
    found = model.solve()
    assert list(found.certificates[""].columns["status"]) == ["optimal"]
    assert found.objective[""] == pytest.approx(1.0, rel=1e-6)
    assert found.table("x").values.ravel() == pytest.approx([0.0])


@pytest.mark.parametrize(
    ("root", "worth"), [("sqrt(x)", 1.9), ("power(x, 0.3)", 1.54), ("power(x, 0.7)", 1.99)]
)
@pytest.mark.parametrize(("unit", "money"), [(1.0, 1.0), (1e-6, 1e3), (1e6, 1e-6)])
def test_the_best_may_be_to_make_nothing_at_no_cost(root: str, worth: float, unit: float, money: float):
    """Tangents of a root are never steep enough at 0 to prove an optimum of 0 (208 of 210 such were "feasible"): chords of whole numbers are."""
    one = saddlepoint.define(
        sets={},
        variables={
            "many": {"type": "endogenous", "domain": "integer", "variables_info": {"x": {"lower": 0, "upper": 3}}},
            "made": {"type": "endogenous", "variables_info": {"y": {"lower": 0}}},
        },
        problem={
            "objective": [f"Minimize({2 * money!r} * x - {worth * money / unit!r} * y)"],
            "expressions": [f"y <= {unit!r} * {root}"],
        },
    )  # fmt: skip
    found = one.solve()
    assert list(found.certificates[""].columns["status"]) == ["optimal"]
    assert found.objective[""][0] == 0.0
    assert found.table("many").values.ravel() == pytest.approx([0.0])


def test_roots_of_many_whole_numbers_against_all_choices():
    """What some make is worth 2 … 6 of the unit that each costs; the best of all choices, some at nothing."""
    cost, worth = np.array([3.0, 2.0, 5.0, 1.0]), np.array([2.5, 3.5, 9.0, 0.9])
    m = saddlepoint.Model("roots")
    kinds = m.set("Kinds", list("abcd"))
    c, g = m.data("c", kinds, cost), m.data("g", kinds, worth)
    x, y = m.decide("x", kinds, lower=0, upper=3, domain="integer"), m.decide("y", kinds, lower=0)
    m.minimise(saddlepoint.call("sum", c * x - g * y))
    m.subject_to(made=y <= saddlepoint.call("sqrt", x), most=saddlepoint.call("sum", x) <= 4)
    found = m.solve()
    best = min(
        float(cost @ n - worth @ np.sqrt(n))
        for n in map(np.array, product(range(4), repeat=4))
        if n.sum() <= 4
    )
    assert list(found.certificates[""].columns["status"]) == ["optimal"]
    assert found.objective[""] == pytest.approx(best, rel=1e-6)
