# pyright: basic
"""Prices where more than one is right: least norm among repeated rows, left and right price at kinks."""

import numpy as np
import pytest

import saddlepoint

COST = [1.0, 4.0, 9.0]
CAP = [30.0, 20.0, 50.0]


def plants(demand, more=(), objective="Minimize(c @ x)", **settings):
    """Three plants in merit order."""
    shape = {"P": {"dim": "rows"}}
    variables = {
        "made": {
            "type": "endogenous",
            "coordinates": ["P"],
            "variables_info": {"x": {**shape, "nonneg": True}},
        },
        "cost": {
            "type": "exogenous",
            "coordinates": ["P"],
            "variables_info": {"c": {"P": {"dim": "cols"}}},
        },
        "caps": {"type": "exogenous", "coordinates": ["P"], "variables_info": {"cap": shape}},
        "need": {"type": "exogenous", "coordinates": [], "variables_info": {"demand": {}}},
    }
    relations = {"meet": "sum(x) >= demand", "limit": "x <= cap"} | dict(more)
    return saddlepoint.define(
        sets={"P": {}},
        items={"P": ["a", "b", "c"]},
        variables=variables,
        problem={
            "objective": [objective],
            "expressions": [{k: v} for k, v in relations.items()],
        },
        data={"cost": COST, "caps": CAP, "need": demand},
    ).solve(**settings)


def ends(result, constraint):
    table = result.price(constraint)
    return [
        np.asarray(table.columns[name]).ravel().tolist() for name in ("price_left", "price", "price_right")
    ]


def optimum(demand, caps=CAP):
    """The cost of the cheapest plants that meet the demand."""
    left, cost = demand, 0.0
    for c, cap in zip(COST, caps, strict=True):
        used = min(cap, left)
        left, cost = left - used, cost + c * used
    return cost


def test_one_price_needs_no_ends():
    left, price, right = ends(plants(40.0), "meet")
    assert price == [4.0] and np.isnan(left).all() and np.isnan(right).all()


def test_at_a_kink_the_price_has_two_ends():
    """30 is met by the first plant alone: one unit less saves 1, one more costs 4."""
    result = plants(30.0)
    (left,), (price,), (right,) = ends(result, "meet")
    assert (left, right) == pytest.approx((1.0, 4.0)) and 1.0 <= price <= 4.0
    step = 1e-3
    assert right == pytest.approx((optimum(30 + step) - optimum(30)) / step)
    assert left == pytest.approx((optimum(30) - optimum(30 - step)) / step)


def test_capacities_have_ends_too():
    """One more unit of the first plant saves nothing (the second is not used), one less costs 3."""
    left, price, right = (v[0] for v in ends(plants(30.0), "limit"))
    assert (left, right) == pytest.approx((-3.0, 0.0)) and -3.0 <= price <= 0.0


def test_where_no_more_can_be_met_the_right_price_is_infinite():
    (left,), (price,), (right,) = ends(plants(100.0), "meet")
    assert left == pytest.approx(9.0) and right == np.inf and price >= 9.0 - 1e-9


def test_repeated_rows_share_the_price():
    """The same row three times, once doubled: the multipliers of least norm of 4 = y₁ + y₂ + 2 y₃ are (4, 4, 8)/6."""
    result = plants(40.0, {"again": "sum(x) >= demand", "doubled": "2 * sum(x) >= 2 * demand"})
    prices = [ends(result, name)[1][0] for name in ("meet", "again", "doubled")]
    assert prices == pytest.approx([4 / 6, 4 / 6, 8 / 6])
    (left,), _, (right,) = ends(result, "again")
    assert (left, right) == pytest.approx((0.0, 4.0))


@pytest.mark.parametrize("objective", ["Minimize(c @ x)", "Minimize(c @ x + 0.1 * sumsq(x))"])
def test_redundant_equalities_have_no_wild_prices(objective):
    """a + b = 40, c = 0 and their sum: prices stay between those of a solver's basis."""
    more = {"ab": "sum(x) == demand", "first": "2 * sum(x) == 2 * demand"}
    result = plants(40.0, more, objective)
    prices = [ends(result, name)[1][0] for name in ("meet", "ab", "first")]
    total = prices[0] + prices[1] + 2 * prices[2]
    assert max(abs(p) for p in prices) <= total


def test_the_sense_of_the_user_rules():
    """Maximise −cost: prices change their sign, the right price stays the one for a growing right-hand side."""
    (left,), _, (right,) = ends(plants(30.0, objective="Maximize(-(c @ x))"), "meet")
    assert (left, right) == pytest.approx((-1.0, -4.0))


def test_two_relations_that_bound_one_decision_alike_have_the_ends_of_both():
    """Either may be loosened for nothing, as the other still holds; raising either moves the decision."""
    shape = {"type": "exogenous", "coordinates": []}
    variables = {
        "made": {"type": "endogenous", "coordinates": [], "variables_info": {"x": {"nonneg": True}}},
        "a": shape | {"variables_info": {"a": {}}},
        "b": shape | {"variables_info": {"b": {}}},
    }
    for sense, symbol, sign in (("Minimize(x)", ">=", 1.0), ("Maximize(x)", "<=", 1.0)):
        problem = {"objective": [sense], "expressions": [{"one": f"x {symbol} a"}, {"two": f"x {symbol} b"}]}
        result = saddlepoint.define(
            sets={}, items={}, variables=variables, problem=problem, data={"a": 1.0, "b": 1.0}
        ).solve()
        for name in ("one", "two"):
            left, _, right = ends(result, name)
            assert sorted([*left, *right]) == [0.0, sign]


def test_ends_of_more_rows_than_are_sought_one_by_one():
    """80 relations on two decisions meet in one point; raising any one of them costs, lowering it does not."""
    count = 80
    sets = {"I": {}}
    rows = {"I": {"dim": "rows"}}
    variables = {
        "x": {"type": "endogenous", "coordinates": [], "variables_info": {"x": {"nonneg": True}}},
        "y": {"type": "endogenous", "coordinates": [], "variables_info": {"y": {"nonneg": True}}},
        "w": {"type": "exogenous", "coordinates": ["I"], "variables_info": {"w": rows}},
        "b": {"type": "exogenous", "coordinates": ["I"], "variables_info": {"b": rows}},
    }
    weight = np.linspace(0.5, 2.0, count)
    problem = {"objective": ["Minimize(x + y)"], "expressions": [{"all": "x + w * y >= b"}]}

    def solved(side):
        return saddlepoint.define(
            sets=sets,
            items={"I": [f"i{k}" for k in range(count)]},
            variables=variables,
            problem=problem,
            data={"w": weight, "b": side},
        ).solve()

    def optimum_of(result):
        return float(np.ravel(next(iter(result.objective.values())))[0])

    side = 1.0 + weight
    result = solved(side)
    table = result.price("all")
    left, right = (np.ravel(table.columns[name]) for name in ("price_left", "price_right"))
    before = optimum_of(result)
    for k in (0, 40, 70, 79):
        moved = side.copy()
        moved[k] += 0.01
        assert right[k] == pytest.approx((optimum_of(solved(moved)) - before) / 0.01, rel=1e-6)
        assert left[k] == pytest.approx(0.0, abs=1e-9)


def test_prices_of_a_cone_model_that_may_be_one_of_several_are_named():
    """Ends are sought for linear and quadratic problems; a table with cones says so, and which option seeks them elsewhere is no help."""
    result = plants(40.0, {"again": "sum(x) >= demand", "curved": "norm2(x) <= 1000"})
    assert any("prices may be one of several" in text for text in notes(result))
    assert not notes(plants(40.0, {"curved": "norm2(x) <= 1000"}))


def notes(result):
    (answer,) = result.answers.values()
    return [text for text in answer.solution.messages.values() if "one of several" in text]


def bounded(sense, cost, relations, lower=None, upper=None):
    """Two decisions; the relations name x and y, whose costs are given."""
    m = saddlepoint.Model("bounded")
    x, y = m.decide("x", lower=lower, upper=upper), m.decide("y", lower=0)
    getattr(m, sense)(cost[0] * x + cost[1] * y)
    m.subject_to(**relations(x, y))
    return m


@pytest.mark.parametrize("settings", [{}, {"price_ends": True}])
def test_an_equality_of_one_decision_has_both_ends(settings):
    """max 3x − y, x = 2, x ≤ y ≤ 2: one unit less loses 3 − 1, one more has no plan; so it is with −2x = −4, sides turned."""
    for factor, ends_of_it in ((1.0, (2.0, -np.inf)), (-2.0, (np.inf, -1.0))):
        m = bounded(
            "maximise",
            (3.0, -1.0),
            lambda x, y, f=factor: {"set": f * x == 2.0 * f, "own": x <= y, "cap": y <= 2.0},
        )
        (left,), (price,), (right,) = ends(m.solve(**settings), "set")
        assert (left, right) == pytest.approx(ends_of_it)
        assert min(left, right) - 1e-9 <= price <= max(left, right) + 1e-9


def test_ends_where_the_bounds_of_a_decision_meet():
    """min x + 2y, x + y ≥ 3, 0 ≤ x ≤ 0: a wider box saves 1 above and nothing below, a narrower one has no plan, as the ranges say."""
    m = bounded("minimise", (1.0, 2.0), lambda x, y: {"need": x + y >= 3}, lower=0.0, upper=0.0)
    result, ranges = m.solve(), m.lab.ranges()
    for name, expected in (("x_upper", (-np.inf, -1.0)), ("x_lower", (0.0, np.inf))):
        (left,), _, (right,) = ends(result, name)
        told = ranges[f"range_price_{name}"].columns
        assert (left, right) == expected == (told["price_left"][0], told["price_right"][0])


def test_ends_of_what_holds_a_decision_from_both_sides_thrice():
    """x = 0 within 0 ≤ x ≤ 0 and x ≤ 0: the equality moves neither way, the limits may be loosened for nothing."""
    m = bounded(
        "minimise",
        (1.0, 2.0),
        lambda x, y: {"need": x + y >= 3, "set": x == 0, "cap": x <= 0.0},
        lower=0.0,
        upper=0.0,
    )
    result = m.solve()
    found = {name: (ends(result, name)[0][0], ends(result, name)[2][0]) for name in ("set", "cap", "x_lower")}
    assert found == {"set": (-np.inf, np.inf), "cap": (-np.inf, 0.0), "x_lower": (0.0, np.inf)}


def test_limits_of_one_decision_that_say_the_same_share_its_price():
    """A row of one decision is a bound of it; the same bound said twice has the least multipliers, of the signs of their sides, as other rows have."""
    more = {"again": "3*x <= 3*cap", "turned": "-x >= -cap"}
    found = plants(40.0, more)
    price = {name: np.asarray(ends(found, name)[1]) for name in ("limit", *more)}
    assert price["limit"] == pytest.approx([-3 / 11, 0.0, 0.0])
    assert price["again"] == pytest.approx([-9 / 11, 0.0, 0.0])
    assert price["turned"] == pytest.approx([3 / 11, 0.0, 0.0])
    found = plants(40.0, {"fixed": "x == cap", "least": "x >= cap"}, "Maximize(c @ x)")
    price = {name: np.asarray(ends(found, name)[1]) for name in ("limit", "fixed", "least")}
    assert price["limit"] == pytest.approx(price["fixed"])
    assert price["limit"] + price["fixed"] == pytest.approx(COST)
    assert price["least"] == pytest.approx(np.zeros(3))
