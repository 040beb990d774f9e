"""Models that once needed masks, second views and workarounds, as they are said now; values from elsewhere."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

import saddlepoint
from saddlepoint.errors import SaddleError


def decided(*over: str, **info: Any) -> dict[str, Any]:
    return {"type": "endogenous", "coordinates": list(over), "variables_info": info}


def given(*over: str, **info: Any) -> dict[str, Any]:
    return {"type": "exogenous", "coordinates": list(over), "variables_info": info}


def test_one_limit_over_all_periods_beside_balances_per_period() -> None:
    """Demand 190 in all; coal at 10 emits 0.9, gas at 40 emits 0.2, and 100 may be emitted: gas (0.9 · 190 − 100) / 0.7."""
    found = saddlepoint.define(
        sets={"Years": {"items": "1..3"}, "Fuels": {"items": ["coal", "gas"]}},
        variables={
            "output": decided("Years", "Fuels", g={"lower": 0}),
            "demand": given("Years", d=None),
            "cost": given("Fuels", c=None),
            "co2": given("Fuels", e=None),
        },
        problem={
            "objective": ["Minimize(sum(c * g, over=(Years, Fuels)))"],
            "expressions": [
                {"balance": "sum(g, over=Fuels) == d"},
                {"cap": "sum(e * g, over=(Years, Fuels)) <= 100"},
            ],
        },
        data={"demand": [50, 80, 60], "cost": [10, 40], "co2": [0.9, 0.2]},
    ).solve()
    gas = (0.9 * 190 - 100) / 0.7
    assert found.objective[""] == pytest.approx([10 * 190 + 30 * gas])
    assert len(found.price("cap")) == 1
    assert found.price("cap").columns["price"] == pytest.approx([-30 / 0.7])


def test_unit_commitment_with_quadratic_fuel_cost() -> None:
    """Two hours without coupling: the cheapest of all commitments, each dispatched at equal marginal cost."""
    a, b, fixed = np.array([0.004, 0.006, 0.009]), np.array([7, 7.5, 8]), np.array([300.0, 200, 100])
    low, high, demand = np.array([50.0, 60, 40]), np.array([200.0, 250, 120]), np.array([150.0, 320])
    found = saddlepoint.define(
        sets={"Units": {"items": ["g1", "g2", "g3"]}, "Hours": {"items": "1..2"}},
        variables={
            "power": {
                **decided("Units", "Hours", p={"lower": "least", "upper": "most"}),
                "domain": "semicontinuous",
            },
            "demand": given("Hours", d=None),
            "quadratic": given("Units", a=None),
            "linear": given("Units", b=None),
            "start": given("Units", fixed=None),
            "low": given("Units", least=None),
            "high": given("Units", most=None),
        },
        problem={
            "objective": ["Minimize(sum(a * square(p) + b * p + fixed * on_p, over=(Units, Hours)))"],
            "expressions": [{"balance": "sum(p, over=Units) == d"}],
        },
        data={"demand": demand, "quadratic": a, "linear": b, "start": fixed, "low": low, "high": high},
    ).solve()
    assert found.objective[""] == pytest.approx(
        [sum(cheapest(n, a, b, fixed, low, high) for n in demand)], rel=1e-6
    )
    assert found.exit_code == 0


def cheapest(need: float, a: Any, b: Any, fixed: Any, low: Any, high: Any) -> float:
    """By enumeration of what is on, and bisection on the marginal cost."""
    best = np.inf
    for on in itertools.product([False, True], repeat=3):
        k = np.array(on)
        if k.any() and low[k].sum() <= need <= high[k].sum():
            least, most = 0.0, 100.0
            for _ in range(200):
                price = (least + most) / 2
                p = np.clip((price - b[k]) / (2 * a[k]), low[k], high[k])
                least, most = (price, most) if p.sum() < need else (least, price)
            best = min(best, float((a[k] * p**2 + b[k] * p + fixed[k]).sum()))
    return best


@pytest.mark.parametrize("kind", ["draws", "plain"])
def test_investment_now_dispatch_later(kind: str) -> None:
    """Expected cost and CVaR of the cost over weighted draws of demand, wind and price; the same program written in matrices."""
    rng = np.random.default_rng(1)
    S, T = 4, 2
    demand, wind, price = rng.uniform(40, 120, (S, T)), rng.uniform(0, 1, (S, T)), rng.uniform(30, 70, S)
    q = np.array([0.1, 0.2, 0.4, 0.3])
    drawn = (
        {"type": "uncertain", "samples": "Draws", "weights": "q"}
        if kind == "draws"
        else {"type": "exogenous"}
    )
    tables: dict[str, Any] = {
        "capacity": decided("Plants", x={"lower": 0}),
        "output": decided("Draws", "Plants", "Hours", y={"lower": 0}),
        "unserved": decided("Draws", "Hours", shed={"lower": 0}),
        "demand": {**given("Draws", "Hours", d=None), **drawn},
        "wind": {**given("Draws", "Hours", blows=None), **drawn},
        "price": {**given("Draws", fuel=None), **drawn},
        "weights": given("Draws", q=None),
        "capital": given("Plants", k=None),
    }
    tail = {"worst": decided("Draws", over={"lower": 0}), "level": decided(var=None)}
    risk, more = ("cvar(spent, 0.8)", []) if kind == "draws" else (
        "(var + sum(q * over, over=Draws) / 0.2)", [{"tail": "over >= spent - var"}])  # fmt: skip
    mean = "mean(spent)" if kind == "draws" else "sum(q * spent, over=Draws)"
    found = saddlepoint.define(
        sets={
            "Draws": {"items": [f"w{s}" for s in range(S)]},
            "Hours": {"items": "1..2"},
            "Plants": {"items": ["gas", "wind"]},
        },
        variables=tables | (tail if kind == "plain" else {}),
        problem={
            "define": {"spent": "fuel * sum(at(y, Plants='gas'), over=Hours) + 1000 * sum(shed, over=Hours)"},
            "objective": [f"Minimize(sum(k * x, over=Plants) + 0.7 * {mean} + 0.3 * {risk})"],
            "expressions": [
                {"balance": "sum(y, over=Plants) + shed >= d"},
                {"by_gas": "at(y, Plants='gas') <= at(x, Plants='gas')"},
                {"by_wind": "at(y, Plants='wind') <= blows * at(x, Plants='wind')"},
                *more,
            ],
        },
        data={"demand": demand, "wind": wind, "price": price, "weights": q, "capital": [90, 140]},
    ).solve()
    assert found.objective[""] == pytest.approx([by_matrices(demand, wind, price, q)], rel=1e-7)


def by_matrices(demand: Any, wind: Any, price: Any, q: Any) -> float:
    """Columns: 2 capacities, then of each draw gas, wind and unserved by hour, then the level and the tails."""
    S, T = demand.shape
    n = 2 + 3 * S * T + 1 + S

    def at(s: int, what: int, t: int) -> int:
        return 2 + (s * 3 + what) * T + t

    cost, rows, right = np.zeros(n), [], []
    cost[:2], cost[n - S - 1] = (90, 140), 0.3
    for s in range(S):
        spent = np.zeros(n)
        for t in range(T):
            spent[at(s, 0, t)], spent[at(s, 2, t)] = price[s], 1000
            balance, gas, blown = np.zeros(n), np.zeros(n), np.zeros(n)
            balance[[at(s, k, t) for k in range(3)]] = -1
            gas[at(s, 0, t)], gas[0] = 1, -1
            blown[at(s, 1, t)], blown[1] = 1, -wind[s, t]
            rows += [balance, gas, blown]
            right += [-demand[s, t], 0, 0]
        cost += 0.7 * q[s] * spent
        cost[n - S + s] = 0.3 * q[s] / 0.2
        tail = spent.copy()
        tail[n - S - 1], tail[n - S + s] = -1, -1
        rows.append(tail)
        right.append(0)
    bounds = [(0, None)] * (n - S - 1) + [(None, None)] + [(0, None)] * S
    return float(linprog(cost, np.array(rows), right, bounds=bounds).fun)


def test_an_uncertain_number_needs_a_decision_for_each_draw() -> None:
    one = saddlepoint.define(
        sets={"Draws": {"items": ["w0", "w1"]}},
        variables={
            "plan": decided(x=None),
            "demand": {**given("Draws", d=None), "type": "uncertain", "samples": "Draws"},
        },
        problem={"objective": ["Minimize(x)"], "expressions": ["x >= d"]},
        data={"demand": [1, 2]},
    )
    with pytest.raises(SaddleError, match="E210"):
        one.solve()
