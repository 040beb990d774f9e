"""Decisions that need less writing: products with yes/no decisions, semicontinuous ones, curves by points, soft relations.

Every value is that of an enumeration over the yes/no decisions, or of the curve itself; both compilers must give it.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import saddlepoint
from saddlepoint.compile.bind import bind
from saddlepoint.compile.compile import Compiler, compile_problem
from saddlepoint.declare.read import FileFormat
from saddlepoint.declare.write import write_spec, yaml_texts
from saddlepoint.errors import SaddleError
from saddlepoint.model.flat_numbers import flat_numbers
from saddlepoint.solve.solve import solve
from saddlepoint.study.running.plan import numbers_of

UNITS, HOURS = ("a", "b"), ("1", "2", "3")
NEED, SIZE, COST = np.array([3.0, 8.0, 5.0]), np.array([10.0, 6.0]), np.array([2.0, 1.0])
SWITCH = {
    "state": {"type": "endogenous", "coordinates": ["Units", "Hours"], "domain": "boolean", "variables_info": {"on": None}}
}  # fmt: skip
BOUNDED = {"g": {"lower": 0, "upper": "cap"}}


def lab(
    objective: list[Any],
    expressions: list[Any],
    info: dict[str, Any] | None = None,
    domain: str = "real",
    data: dict[str, Any] | None = None,
    **tables: Any,
) -> saddlepoint.Lab:
    """Two units serve three hours of need."""
    sets = {
        "Units": {"items": list(UNITS)},
        "Hours": {"items": list(HOURS)},
        "Points": {"items": ["p0", "p1", "p2", "p3"]},
        "Case": {"items": ["low", "high"], "split_problem": True},
    }

    def given(*over: str) -> dict[str, Any]:
        return {"type": "exogenous", "coordinates": list(over)}

    variables = {
        "need": {**given("Hours"), "variables_info": {"d": None}},
        "size": {**given("Units"), "variables_info": {"cap": None}},
        "cost": {**given("Units"), "variables_info": {"c": None}},
        "output": {
            "type": "endogenous",
            "coordinates": ["Units", "Hours"],
            "domain": domain,
            "variables_info": info or BOUNDED,
        },
        **tables,
    }
    numbers = {"need": NEED, "size": SIZE, "cost": COST, **(data or {})}
    problem = {"objective": objective, "expressions": expressions}
    return saddlepoint.define(sets=sets, variables=variables, problem=problem, data=numbers)


def optimum(model: saddlepoint.Lab, route: Compiler | None = None) -> float:
    """The optimum of the one scenario, in the user's sense, through one compiler."""
    plan = model.plan(model.inputs())
    problem = plan.model.problems[0]
    numbers = numbers_of(problem, plan, flat_numbers(plan.fetched.tables.values(), plan.model.defaults))
    bound = bind(compile_problem(problem, plan.model, numbers, route), numbers)
    solution = solve(bound.batch, plan.request.options)
    assert solution.answered.all(), solution.messages
    return float(problem.sense * solution.objective[0])


def cheapest(fixed: float, least: float = 0.0) -> float:
    """By enumeration: every hour, units on or off, an output between `least` and the size of each that is on."""
    total = 0.0
    for need in NEED:
        best = np.inf
        for on in itertools.product([0, 1], repeat=2):
            low, high = least * np.array(on), SIZE * np.array(on)
            if low.sum() > need or high.sum() < need:
                continue
            b = np.clip(need - low[0], low[1], high[1])
            a = need - b
            best = min(best, COST[0] * a + COST[1] * b + fixed * sum(on))
        total += best
    return total


@pytest.mark.parametrize("route", [None, "cvxpy"])
@pytest.mark.parametrize(
    ("objective", "balance"),
    [
        ("sum(c * on * g, over=(Units, Hours)) + sum(4 * on, over=(Units, Hours))", "sum(on * g, over=Units) == d"),
        ("sum(c * g, over=(Units, Hours)) + sum(4 * on, over=(Units, Hours))", "sum(g, over=Units) - sum((1 - on) * g, over=Units) == d"),
        ("sum(mult(g, c * on) + 4 * on, over=(Units, Hours))", "-sum(-(g * on), over=Units) >= d"),
    ],
)  # fmt: skip
def test_product_of_a_yes_no_and_a_bounded_decision(
    route: Compiler | None, objective: str, balance: str
) -> None:
    """Units that are on for 4 each: the enumeration's cost, whatever way the product is written."""
    if route == "cvxpy":
        pytest.importorskip("cvxpy")
    model = lab([f"Minimize({objective})"], [{"balance": balance}], **SWITCH)
    assert optimum(model, route) == pytest.approx(cheapest(4.0), rel=1e-7)


def test_product_of_two_yes_no_decisions_needs_no_bounds() -> None:
    """Both units on in one hour costs 10 more: the optimum avoids it where one unit can serve."""
    both = "sum(10 * at(on, Units='a') * at(on, Units='b'), over=Hours)"
    model = lab([f"Minimize(sum(c * g, over=(Units, Hours)) + {both})"],
                [{"balance": "sum(g, over=Units) == d"}, {"run": "g <= cap * on"}], **SWITCH)  # fmt: skip
    assert optimum(model) == pytest.approx(3 + 16 + 5)  # b, a, b: 8 is more than b can


def test_lagged_states_are_switched_too() -> None:
    """What ran in the hour before costs g again: lag of a yes/no decision is one."""
    model = lab(["Minimize(sum(c * g + lag(on, Hours, first=0) * g, over=(Units, Hours)))"],
                [{"balance": "sum(g, over=Units) == d"}, {"run": "g <= cap * on"}], **SWITCH)  # fmt: skip
    # b 3 | a 8 | b 5: b rests in hour 2, a in 1 and 3
    assert optimum(model) == pytest.approx(3 + 16 + 5)


@pytest.mark.parametrize("route", [None, "cvxpy"])
def test_semicontinuous_is_zero_or_between_its_bounds(route: Compiler | None) -> None:
    """Outputs of 0 or at least 2.5."""
    if route == "cvxpy":
        pytest.importorskip("cvxpy")
    info = {"g": {"lower": 2.5, "upper": "cap"}}
    model = lab(["Minimize(sum(c * g, over=(Units, Hours)))"], [{"balance": "sum(g, over=Units) == d"}], info,
                "semicontinuous")  # fmt: skip
    assert optimum(model, route) == pytest.approx(cheapest(0.0, 2.5), rel=1e-7)


def test_semicontinuous_says_where_it_runs() -> None:
    """`on_output` is a table of the result, and `on_g` a decision that formulas may name."""
    info = {"g": {"lower": 2.5, "upper": "cap"}}
    model = lab(["Minimize(sum(c * g + 4 * on_g, over=(Units, Hours)))"], [{"balance": "sum(g, over=Units) == d"}],
                info, "semicontinuous")  # fmt: skip
    result = model.solve()
    assert float(result.objective[""][0]) == pytest.approx(cheapest(4.0, 2.5))
    running = result.table("output").values > 0
    np.testing.assert_array_equal(result.table("on_output").values, running)


CURVE = {
    "points": {"type": "exogenous", "coordinates": ["Units", "Points"], "variables_info": {"p": None}},
    "values": {"type": "exogenous", "coordinates": ["Units", "Points"], "variables_info": {"v": None}},
}
AT = np.array([[0.0, 2.0, 4.0, 10.0], [0.0, 2.0, 3.0, 6.0]])
CONVEX = np.array([[0.0, 2.0, 6.0, 20.0], [0.0, 1.0, 3.0, 9.0]])
BENT = np.array([[1.0, 5.0, 6.0, 6.5], [0.0, 3.0, 3.5, 9.0]])


def curved(values: np.ndarray, written: str = "") -> saddlepoint.Lab:
    cost = f"Minimize(sum(piecewise(g, p, v, over=Points{written}), over=(Units, Hours)))"
    return lab([cost], [{"balance": "sum(g, over=Units) == d"}], {"g": None},
               data={"points": AT, "values": values}, **CURVE)  # fmt: skip


def least(values: np.ndarray) -> float:
    """By a fine search, hour by hour, which meets all points."""
    a = np.linspace(0.0, 10.0, 100_001)
    total = 0.0
    for need in NEED:
        b = need - a
        ok = (b >= -1e-12) & (b <= AT[1, -1])
        total += (np.interp(a, AT[0], values[0]) + np.interp(b, AT[1], values[1]))[ok].min()
    return total


@pytest.mark.parametrize("route", [None, "cvxpy"])
@pytest.mark.parametrize(
    ("values", "written"), [(CONVEX, ""), (CONVEX, ", exact=True"), (BENT, ", exact=True")]
)
def test_piecewise_follows_the_points(route: Compiler | None, values: np.ndarray, written: str) -> None:
    if route == "cvxpy":
        pytest.importorskip("cvxpy")
    assert optimum(curved(values, written), route) == pytest.approx(least(values), rel=1e-6)


def test_convex_piecewise_needs_no_whole_numbers() -> None:
    model = curved(CONVEX)
    plan = model.plan(model.inputs())
    problem = plan.model.problems[0]
    numbers = numbers_of(problem, plan, flat_numbers(plan.fetched.tables.values()))
    assert compile_problem(problem, plan.model, numbers).kind == "LP"


def test_piecewise_holds_its_argument_between_the_ends() -> None:
    """Unit b has points up to 6, and a up to 10: 17 cannot be served."""
    pieces = "sum(piecewise(g, p, v, over=Points), over=(Units, Hours))"
    model = lab([f"Maximize(sum(g, over=(Units, Hours)) - 0 * at(d, Hours='1') - 0.001 * {pieces})"], [{"up": "g <= 99"}],
                {"g": None}, data={"points": AT, "values": CONVEX}, **CURVE)  # fmt: skip
    result = model.solve()
    np.testing.assert_allclose(result.table("output").values, [[10.0] * 3, [6.0] * 3], rtol=1e-7)


def test_soft_relation_is_missed_where_that_is_cheaper() -> None:
    """Need × 3 = 9, 24, 15 against a size of 16; a unit of violation costs 7, so 8 are missed, and the price there is 7."""
    model = lab(
        ["Minimize(sum(c * g, over=(Units, Hours)))"], [{"balance": "sum(g, over=Units) >= 3 * d", "soft": 7}]
    )
    result = model.solve()
    np.testing.assert_allclose(result.table("violation_balance").values, [0.0, 8.0, 0.0], atol=1e-9)
    np.testing.assert_allclose(result.price("balance").columns["price"], [2.0, 7.0, 2.0])
    assert float(result.objective[""][0]) == pytest.approx(2 * (3 + 10 + 9) + 18 + 7 * 8)


@pytest.mark.parametrize("route", [None, "cvxpy"])
def test_soft_equality_pays_for_both_sides(route: Compiler | None) -> None:
    """At most 4 a unit and hour, at least 2: 3 → 4 (one too many), 8 → 8, 5 → 5; the price of missing is data."""
    if route == "cvxpy":
        pytest.importorskip("cvxpy")
    price = {"price": {"type": "exogenous", "coordinates": ["Hours"], "variables_info": {"w": None}}}
    model = lab(["Maximize(-sum(c * g, over=(Units, Hours)))"], [{"balance": "sum(g, over=Units) == d", "soft": "w"}],
                {"g": {"lower": 2, "upper": 4}}, data={"price": [5.0, 6.0, 7.0]}, **price)  # fmt: skip
    assert optimum(model, route) == pytest.approx(-(2 * 2 + 2 + 8 + 4 + 2 + 3 + 2 + 5 * 1))


def test_soft_relations_exist_where_their_condition_holds_and_can_be_reported() -> None:
    model = lab(["Minimize(sum(c * g, over=(Units, Hours)))"],
                [{"balance": "sum(g, over=Units) >= 3 * d", "soft": 7, "where": "Hours != '3'"}])  # fmt: skip
    frame = model.solve().table("violation_balance")
    assert frame.rows is not None and frame.rows.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        ({"expressions": [{"b": "sum(on * h, over=Units) >= d"}], "info": {"h": {"lower": 0}}}, "E360", "upper missing"),
        ({"expressions": [{"b": "sum(g * g, over=Units) >= d"}]}, "E204", "piecewise"),
        ({"expressions": [{"b": "sum(on * square(g), over=Units) >= d"}]}, "E204", "curved"),
        ({"expressions": [{"b": "sum(g, over=Units) >= d", "soft": -1}]}, "M082", "negative"),
        ({"expressions": [{"b": "sum(g, over=Units) >= d", "soft": "c"}]}, "M082", "Units"),
        ({"expressions": [{"b": "sum(g, over=Units) >= d", "soft": "g"}]}, "E205", "data"),
        ({"expressions": [{"b": "sum(g, over=Units) >= d", "soft": "0 - d"}]}, "C160", "negative somewhere"),
        ({"expressions": [{"b": "sum(g, over=Units) >= d", "sof": 3}]}, "Y011", "soft instead of sof?"),
        ({"expressions": [{"b": "sum(g, over=Units) >= d", "wher": "d > 0"}]}, "Y011", "where instead of wher?"),
        ({"domain": "semicontinuous", "info": {"g": {"lower": 2}}}, "Y120", "no upper"),
        ({"info": {"g": {"lower": 5, "upper": 2}}}, "Y121", "lower 5, above its upper 2"),
        ({"domain": "semicontinuous", "info": {"on": {"upper": 2}}}, "Y", ""),
    ],
)  # fmt: skip
def test_errors_say_what_is_missing(change: dict[str, Any], code: str, says: str) -> None:
    told: dict[str, Any] = {
        "objective": ["Minimize(sum(c * g, over=(Units, Hours)))"],
        "expressions": [{"b": "sum(g, over=Units) >= d"}],
        "info": BOUNDED,
    }
    told |= change
    if code == "Y":
        code, told["expressions"], told["objective"] = "Y016", [{"b": "sum(on, over=Units) >= d"}], []
    if "h" in told["info"]:
        told["objective"] = ["Minimize(sum(c * h, over=(Units, Hours)))"]
    with pytest.raises(SaddleError) as error:
        lab(**told, **SWITCH).solve()
    assert code in [d.code for d in error.value.diagnostics]
    assert says in str(error.value)


def test_curves_that_bend_both_ways_are_refused_with_the_way_out() -> None:
    with pytest.raises(SaddleError, match="exact=True") as error:
        curved(BENT).solve()
    assert [d.code for d in error.value.diagnostics] == ["C101"]
    assert error.value.diagnostics[0].mark.start > 0


@pytest.mark.parametrize("form", ["yaml", "xlsx"])
def test_settings_keep_every_word(tmp_path: Path, form: FileFormat) -> None:
    """A model with all of it, written and read back, says the same, and has the same optimum."""
    model = lab([{"cost": "Minimize(sum(c * g + 4 * on_g, over=(Units, Hours)))"}],
                [{"balance": "sum(g, over=Units) == d", "soft": 7, "where": "Hours != '3'", "each": "Hours"}],
                {"g": {"lower": 2.5, "upper": "cap"}}, "semicontinuous")  # fmt: skip
    write_spec(tmp_path, model.settings.spec, form)
    assert yaml_texts(saddlepoint.open(tmp_path).settings.spec) == yaml_texts(model.settings.spec)
