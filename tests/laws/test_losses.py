"""Laws of a dispatch with quadratic losses: units, order, repetition and sense of the objective change nothing."""

import numpy as np
import pytest

import saddlepoint

COST = np.array([20.0, 24.0, 31.0, 45.0])
CURVE = np.array([0.02, 0.015, 0.01, 0.02])
LOSS = np.array([2e-4, 1e-4, 3e-4, 5e-5])
CAP = np.array([120.0, 90.0, 150.0, 200.0])
DEMAND = 300.0


def dispatch(power=1.0, money=1.0, order=(0, 1, 2, 3), more=(), sense=1):
    """Outputs (in the first order), cost and price of demand, brought back to MW and EUR; all must be certified.

    power, money: how many of the new units make one MW, one EUR.
    """
    order = np.array(order)
    data = {
        "c": COST * money / power,
        "q": CURVE * money / power**2,
        "loss": LOSS / power,
        "cap": CAP * power,
    }
    variables = {
        "made": {
            "type": "endogenous",
            "coordinates": ["P"],
            "variables_info": {"x": {"P": {"dim": "rows"}, "nonneg": True}},
        },
        "need": {"type": "exogenous", "coordinates": [], "variables_info": {"demand": {}}},
    }
    for name in data:
        side = {"P": {"dim": "rows" if name == "cap" else "cols"}}
        variables[name] = {"type": "exogenous", "coordinates": ["P"], "variables_info": {name: side}}
    cost = "c @ x + q @ x**2"
    relations = [{"meet": "sum(x) - loss @ x**2 >= demand"}, {"limit": "x <= cap"}, *more]
    result = saddlepoint.define(
        sets={"P": {}},
        items={"P": [f"p{k}" for k in order]},
        variables=variables,
        problem={
            "objective": [f"Minimize({cost})" if sense > 0 else f"Maximize(-({cost}))"],
            "expressions": relations,
        },
        data={**{name: numbers[order] for name, numbers in data.items()}, "need": DEMAND * power},
    ).solve()
    assert result.certificates[""].columns["status"].tolist() == ["optimal"]
    made = np.empty(4)
    made[order] = result.table("made").values.ravel() / power
    cost = sense * float(result.objective[""][0]) / money
    price = sum(
        np.asarray(result.price(name).columns["price"]).sum()
        for r in relations
        for name in r
        if name != "limit"
    )
    return made, cost, sense * price * power / money


def assert_same(found, wanted):
    for mine, theirs, close in zip(found, wanted, (1e-4, 1e-6, 1e-4), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=close, atol=1e-6 * np.abs(theirs).max())


@pytest.fixture(scope="module")
def plain():
    return dispatch()


def test_the_conditions_of_optimality_hold(plain):
    """Marginal cost over 1 − 2·loss·x is the price wherever no bound acts."""
    made, _, price = plain
    inside = (made > 1e-3) & (made < CAP - 1e-3)
    marginal = (COST + 2 * CURVE * made) / (1 - 2 * LOSS * made)
    assert inside.any()
    np.testing.assert_allclose(marginal[inside], price, rtol=1e-4)
    assert (made - LOSS * made**2).sum() == pytest.approx(DEMAND, rel=1e-6)


@pytest.mark.parametrize("power", [1e-6, 1e-3, 1e3, 1e6])
def test_units_of_power(plain, power):
    assert_same(dispatch(power=power), plain)


@pytest.mark.parametrize("money", [1e-6, 1e6])
def test_units_of_money(plain, money):
    assert_same(dispatch(money=money), plain)


def test_both_units_at_once(plain):
    assert_same(dispatch(power=1e6, money=1e-6), plain)


def test_order(plain):
    assert_same(dispatch(order=(2, 0, 3, 1)), plain)


def test_repeated_and_redundant_rows(plain):
    more = [{"again": "sum(x) - loss @ x**2 >= demand"}, {"weaker": "sum(x) >= 0.5 * demand"}]
    assert_same(dispatch(more=more), plain)


def test_sense(plain):
    assert_same(dispatch(sense=-1), plain)
