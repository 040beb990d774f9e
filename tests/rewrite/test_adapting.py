"""Decisions that adapt: against rules written out in CVXPY, against their own simulation, and what is said of wrong ones."""

from __future__ import annotations

from typing import Any

import cvxpy as cp
import numpy as np
import pytest
from scipy import stats

from saddlepoint import Model, call
from saddlepoint.building import Expression
from saddlepoint.errors import SaddleError

T = 5
MEAN = 100.0 + 20.0 * np.sin(np.arange(T))
REACH = 0.2 * MEAN
COST = np.linspace(1.5, 1.0, T)
"""Falling, so that nobody gains by ordering early and sending back later."""
RISING = COST[::-1]


def stock_model(order: str = "D before W", cost_of: np.ndarray = COST, room: float | None = None) -> Model:
    m = Model()
    weeks = m.set("W", range(1, T + 1))
    cost = m.data("cost", weeks, cost_of)
    ends = {"mean": MEAN, "lower": MEAN - REACH, "upper": MEAN + REACH}
    d = m.uncertain("D", weeks, against="box", distribution="support", **ends)
    o = m.decide("o", weeks, adapts=order, lower=0, upper=150)
    s = m.decide("s", weeks, adapts="D up to W", lower=0, upper=room)
    z = m.decide("z")
    m.minimise(z)
    m.subject_to(balance=call("robust", s == call("lag", s, weeks, first=50) + o - d))
    m.subject_to(total=call("robust", call("sum", cost * o, over=weeks) <= z))
    return m


def by_hand(reach: np.ndarray, k: float, ends: bool, gauge: Any) -> float:
    """min z of x₀ + X(D − mean) with X strictly below the diagonal; gauge: support function of the set."""
    x0, slopes, z = cp.Variable(T), cp.Variable((T, T)), cp.Variable()
    rows = [slopes[i, j] == 0 for i in range(T) for j in range(T) if j >= i]
    for t in range(T):
        level = 50.0 + cp.sum(x0[: t + 1]) - MEAN[: t + 1].sum()
        moved = cp.sum(slopes[: t + 1], axis=0) - np.r_[np.ones(t + 1), np.zeros(T - t - 1)]
        rows.append(level >= k * gauge(reach, moved))
        if ends:
            rows += [x0[t] - gauge(reach, slopes[t]) >= 0, x0[t] + gauge(reach, slopes[t]) <= 150]
    rows.append(COST @ x0 + k * gauge(reach, COST @ slopes) <= z)
    return float(cp.Problem(cp.Minimize(z), rows).solve(solver="CLARABEL"))


def _box(reach: np.ndarray, moved: Any) -> Any:
    return cp.norm1(cp.multiply(reach, moved))


def _ellipse(reach: np.ndarray, moved: Any) -> Any:
    return cp.norm2(cp.multiply(reach, moved))


def test_rules_over_a_box_are_those_written_out() -> None:
    result = stock_model().solve()
    assert result.exit_code == 0
    assert result.objective[""] == pytest.approx([by_hand(REACH, 1.0, True, _box)], rel=1e-7)


def test_slopes_follow_only_what_may_be_known_and_the_plan_holds_in_every_draw() -> None:
    result = stock_model().solve()
    slopes, plan = result.table("rule_o"), result.table("o").values
    assert slopes.domain.names == ("W", "seen")
    known = np.tril(np.ones((T, T)), -1) > 0
    assert np.isnan(slopes.values.reshape(T, T)[~known]).all()
    x = np.nan_to_num(slopes.values.reshape(T, T))
    rng = np.random.default_rng(1)
    demand = MEAN + REACH * rng.choice([-1.0, 1.0], (2000, T))
    orders = plan + (demand - MEAN) @ x.T
    stock = 50.0 + np.cumsum(orders - demand, axis=1)
    assert orders.min() > -1e-6 and orders.max() < 150 + 1e-6 and stock.min() > -1e-6
    assert (orders @ COST).max() <= float(result.objective[""][0]) + 1e-6


def test_knowing_later_costs_more() -> None:
    orders = ("D up to W", "D before W", "D 2 before W")
    values = [float(stock_model(o, RISING, 130.0).solve().objective[""][0]) for o in orders]
    assert values[0] < values[1] - 0.1 < values[2] - 0.2


@pytest.mark.parametrize("tied", [False, True])
def test_chance_of_rules_is_a_cone_of_their_deviation(tied: bool) -> None:
    root = np.tril(np.random.default_rng(2).normal(size=(T, T))) + 3.0 * np.eye(T)
    m = Model()
    weeks = m.set("W", range(1, T + 1))
    side: dict[str, Any] = {"rows": weeks} if tied else {}
    if tied:
        other = m.copy("W2", weeks)
        v = m.data("V", weeks, other, root @ root.T, rows=weeks, cols=other)
        d = m.uncertain("D", weeks, distribution="normal", mean=MEAN, covariance=v, **side)
    else:
        d = m.uncertain("D", weeks, distribution="normal", mean=MEAN, std=np.diag(root))
        root = np.diag(np.diag(root))
    cost = m.data("cost", weeks, COST, **side)
    o, s = m.decide("o", weeks, adapts="D before W", **side), m.decide("s", weeks, adapts="D up to W", **side)
    z = m.decide("z")
    m.minimise(z)
    m.subject_to(balance=call("robust", s == call("lag", s, weeks, first=50) + o - d))
    m.subject_to(held=call("chance", s >= 0, 0.95))
    m.subject_to(total=call("chance", call("sum", call("mult", cost, o), over=weeks) <= z, 0.95))
    k = float(stats.norm.ppf(0.95))
    expected = by_hand(MEAN, k, False, lambda _, moved: cp.norm2(root.T @ moved))
    result = m.solve()
    assert result.exit_code == 0
    assert result.objective[""] == pytest.approx([expected], rel=1e-6)


def test_items_react_to_their_own_entries_only_where_that_is_said() -> None:
    m = Model()
    weeks, goods = m.set("W", [1, 2, 3]), m.set("P", ["a", "b"])
    d = m.uncertain("D", goods, weeks, distribution="support", mean=10, lower=8, upper=12, against="box")
    x = m.decide("x", weeks, goods, lower=0, adapts="D up to W each P")
    z = m.decide("z")
    m.minimise(z)
    m.subject_to(
        served=call("robust", x >= d), total=call("robust", call("sum", x, over=(weeks, goods)) <= z)
    )
    result = m.solve()
    assert result.objective[""] == pytest.approx([72.0])
    slopes = result.table("rule_x")
    filled = {slopes.domain.coordinates(k) for k in np.flatnonzero(~np.isnan(slopes.values))}
    assert {(w, p, e) for w, p, e in filled if e.split("/")[0] != p} == set()
    assert ("2", "a", "a/1") in filled and ("1", "a", "a/2") not in filled


def test_the_mean_of_what_adapts_is_the_plan_at_the_means() -> None:
    m = Model()
    weeks = m.set("W", [1, 2])
    d = m.uncertain(
        "D", weeks, distribution="support", mean=[10, 20], lower=[5, 15], upper=[20, 25], against="box"
    )
    x = m.decide("x", weeks, adapts="D up to W")
    m.minimise(call("mean", call("sum", x, over=weeks)))
    m.subject_to(served=call("robust", x >= d))
    result = m.solve()
    assert result.objective[""] == pytest.approx([30.0])
    assert result.table("x").values == pytest.approx([10.0, 20.0])


@pytest.mark.parametrize(
    ("order", "code"),
    [("D after W", "M780"), ("cost before W", "M781"), ("E before W", "M781"), ("D before Years", "M782")],
)
def test_wrong_reactions_are_told(order: str, code: str) -> None:
    with pytest.raises(SaddleError) as told:
        stock_model(order=order).solve()
    assert told.value.diagnostics[0].code == code


def test_what_adapts_has_no_single_value_and_cannot_be_whole() -> None:
    m = stock_model()
    m.subject_to(plain=Expression("sum(o, over=W) <= 1000"))
    with pytest.raises(SaddleError, match="'o' adapts to what is seen"):
        m.solve()
    m = Model()
    weeks = m.set("W", [1, 2])
    m.uncertain("D", weeks, distribution="cantelli", mean=1, std=1, against="box")
    with pytest.raises(SaddleError) as told:
        m.decide("x", weeks, domain="integer", adapts="D")
        m.minimise(call("sum", Expression("x"), over=weeks))
        m.subject_to(c=Expression("robust(x >= D)"))
        m.solve()
    assert told.value.diagnostics[0].code == "M784"


def test_a_balance_that_nothing_can_follow_is_told_with_its_row() -> None:
    m = Model()
    weeks = m.set("W", [1, 2])
    d = m.uncertain("D", weeks, distribution="cantelli", mean=1, std=1, against="box")
    x = m.decide("x", weeks, adapts="D before W")
    m.minimise(call("mean", call("sum", x, over=weeks)))
    m.subject_to(follow=call("robust", x == d))
    with pytest.raises(SaddleError) as told:
        m.solve()
    assert told.value.diagnostics[0].code == "C108" and "follow_along" in told.value.diagnostics[0].message
