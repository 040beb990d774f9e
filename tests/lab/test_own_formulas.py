"""An answer is right in the user's own formulas: constraints and objectives as they were written, in small and large units."""

import numpy as np
import pytest

import saddlepoint


def table(kind, name, nonneg=False):
    info = {"I": {"dim": "cols"}, **({"nonneg": True} if nonneg else {})}
    return {"type": kind, "coordinates": ["I"], "variables_info": {name: info}}


def number(name):
    return {"type": "exogenous", "coordinates": [], "variables_info": {name: {}}}


def status(result):
    return str(result.certificates[""].columns["status"][0])


WEIGHTS = np.array([1.0, 2.0, 0.5, 3.0, 1.5])


@pytest.mark.parametrize("power", [2.0, 1.5])
@pytest.mark.parametrize("unit", [1e-6, 1e-4, 1e-2, 1.0, 1e4])
def test_a_curved_limit_holds_in_its_own_units(power, unit):
    """max w·x, Σ w xᵖ ≤ 8 uᵖ with Σ w = 8: x = u everywhere, and the objective is 8 u."""
    curved = "x ** 2" if power == 2 else "power(x, 1.5)"
    result = saddlepoint.define(
        sets={"I": {}},
        items={"I": list("abcde")},
        variables={"x": table("endogenous", "x", True), "w": table("exogenous", "w"), "B": number("B")},
        problem={
            "objective": ["Maximize(w @ tran(x))"],
            "expressions": [{"limit": f"w @ tran({curved}) <= B"}],
        },
        data={"w": WEIGHTS, "B": 8 * unit**power},
    ).solve()
    assert status(result) == "optimal"
    assert result.objective[""][0] == pytest.approx(8 * unit, rel=1e-6)
    x = result.table("x").values
    assert WEIGHTS @ x**power <= 8 * unit**power * (1 + 1e-6)


@pytest.mark.parametrize("size", [1e3, 1e5, 1e6, 1e7])
def test_a_square_whose_parts_cancel_is_told_from_its_formula(size):
    """Σ (x − t)² over Σ x = Σ t + 1: each of ten is 0.1 over, together 0.1."""
    t = np.random.default_rng(0).uniform(0.5, 1.5, 10) * size
    result = saddlepoint.define(
        sets={"I": {}},
        items={"I": list("abcdefghij")},
        variables={"x": table("endogenous", "x"), "t": table("exogenous", "t"), "s": number("s")},
        problem={"objective": ["Minimize(sum((x - t) ** 2))"], "expressions": ["sum(x) == s"]},
        data={"t": t, "s": t.sum() + 1.0},
    ).solve()
    plan = float(((result.table("x").values - t) ** 2).sum())
    assert result.objective[""][0] == pytest.approx(plan, rel=1e-12)
    if status(result) == "optimal":
        assert plan == pytest.approx(0.1, rel=1e-6)


@pytest.mark.parametrize("unit", [1.0, 1e-10, 1e-12])
@pytest.mark.parametrize("curvature", [0.0, 0.001])
def test_a_limit_of_small_unit_holds_beside_a_large_one(unit, curvature):
    """Emissions in units of 1e-12 beside a capacity of a hundred."""
    cost = f" - {curvature} * sumsq(x)" if curvature else ""
    result = saddlepoint.define(
        sets={"I": {}},
        items={"I": ["a", "b"]},
        variables={
            "x": table("endogenous", "x", True),
            "c": table("exogenous", "c"),
            "e": table("exogenous", "e"),
            "lim": number("L"),
            "cap": number("K"),
        },
        problem={
            "objective": [f"Maximize(c @ tran(x){cost})"],
            "expressions": [{"cap": "sum(x) <= K"}, {"emission": "e @ tran(x) <= L"}],
        },
        data={"c": [3.0, 2.0], "e": [2 * unit, 1.5 * unit], "lim": 50 * unit, "cap": 100.0},
    ).solve()
    x = result.table("x").values
    assert status(result) == "optimal"
    assert (2 * x[0] + 1.5 * x[1]) / 50 <= 1 + 1e-6
    assert result.objective[""][0] == pytest.approx(75.0 if not curvature else 74.375, rel=1e-6)


def test_a_decision_that_cannot_be_negative_is_not_shown_so():
    result = saddlepoint.define(
        sets={"I": {}},
        items={"I": ["a", "b", "c"]},
        variables={"x": table("endogenous", "x", True), "c": table("exogenous", "c")},
        problem={
            "objective": ["Minimize(c @ tran(x) + sumsq(x))"],
            "expressions": ["sum(x) >= 1"],
        },
        data={"c": [1.0, 5.0, 9.0]},
    ).solve()
    assert (result.table("x").values >= 0).all()
