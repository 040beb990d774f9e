"""Ranges in the user's terms: known by hand, signs of a maximisation, of rows that bound one variable, and as they are stored."""

import numpy as np
import pytest

import saddlepoint
from saddlepoint.errors import StudyError

SETS = "Plants:\n"
TABLES = """
out: {type: endogenous, coordinates: [Plants], variables_info: {x: {Plants: {dim: cols}, nonneg: true}}}
cap: {type: exogenous, coordinates: [Plants], variables_info: {k: {Plants: {dim: cols}}}}
cost: {type: exogenous, coordinates: [Plants], variables_info: {c: {Plants: {dim: cols}}}}
need: {type: exogenous, coordinates: [], variables_info: {d: }}
"""
PROBLEM = (
    "objective: [Minimize(x @ tran(c))]\nexpressions:\n  - cover: sum(x) >= d\n  - fits: -2 * x >= -2 * k"
)
ITEMS = {"Plants": ["a", "b", "c"]}


def lab_of(problem=PROBLEM, **data):
    given = {"cap": [4.0, 6.0, 5.0], "cost": [1.0, 3.0, 7.0], "need": [8.0], **data}
    return saddlepoint.define(sets=SETS, variables=TABLES, problem=problem, items=ITEMS, data=given)


def column(table, name):
    return np.asarray(table.column(name), float).ravel().tolist()


def test_merit_order_by_hand() -> None:
    found = lab_of().ranges()
    cover, fits, cost = (found[f"range_{n}"] for n in ("price_cover", "price_fits", "cost_out"))
    assert [column(cover, n)[0] for n in ("right_side", "low", "high", "price_left", "price_right")] == [
        8,
        4,
        10,
        3,
        3,
    ]
    # −2x ≥ −2k: of the cheapest the capacity may be anything from 2 to 8, the price of one unit is 1
    assert column(fits, "right_side") == [-8, -12, -10]
    assert column(fits, "low") == [-16, -np.inf, -np.inf]
    assert column(fits, "high") == [-4, -8, 0]
    assert column(fits, "price_left") == [1, 0, 0]
    assert column(cost, "low") == [-np.inf, 1, 3] and column(cost, "high") == [3, 7, np.inf]
    assert column(cost, "plan_left") == column(cost, "plan_right") == [4, 4, 0]
    assert all(column(table, "exact") == [1.0] * len(column(table, "exact")) for table in found.values())


def test_at_a_kink_either_side_has_its_price_and_its_end() -> None:
    found = lab_of(need=[10.0]).ranges()["range_price_cover"]
    names = ("low", "high", "price_left", "price_right", "exact")
    assert [column(found, n)[0] for n in names] == [4, 15, 3, 7, 1]


def test_signs_of_a_maximisation() -> None:
    problem = "objective: [Maximize(x @ tran(c))]\nexpressions:\n  - limit: sum(x) <= d\n  - fits: x <= k"
    found = lab_of(problem).ranges()
    limit, cost = found["range_price_limit"], found["range_cost_out"]
    # 5 of c, 3 of b: one more is worth 3, until b is full
    assert [column(limit, n)[0] for n in ("low", "high", "price_left")] == [5, 11, 3]
    assert column(cost, "low") == [-np.inf, 1, 3] and column(cost, "high") == [3, 7, np.inf]
    assert column(cost, "plan_right") == [0, 3, 5]


def test_every_scenario_has_its_own() -> None:
    tables = TABLES.replace("coordinates: [], variables_info: {d", "coordinates: [Cases], variables_info: {d")
    tables = tables.replace(
        "type: endogenous, coordinates: [Plants]", "type: endogenous, coordinates: [Cases, Plants]"
    )
    lab = saddlepoint.define(
        sets="Plants:\nCases: {split_problem: true}\n",
        variables=tables,
        problem=PROBLEM,
        items={**ITEMS, "Cases": ["low", "high", "none"]},
        data={"cap": [4.0, 6.0, 5.0], "cost": [1.0, 3.0, 7.0], "need": [2.0, 12.0, 99.0]},
    )
    cover = lab.ranges()["range_price_cover"]
    assert column(cover, "low")[:2] == [0, 10] and column(cover, "high")[:2] == [4, 15]
    assert column(cover, "price_left")[:2] == [1, 7] and np.isnan(column(cover, "low")[2])


def test_no_linear_problem_is_an_error() -> None:
    with pytest.raises(StudyError, match="no problem of this model has ranges"):
        lab_of("objective: [Minimize(sumsq(x))]\nexpressions:\n  - sum(x) >= d").ranges()


BOUNDED = """
out: {type: endogenous, coordinates: [], variables_info: {x: }}
rest: {type: endogenous, coordinates: [], variables_info: {y: {lower: 0}}}
"""


def ends_of(*relations: str, goal: str = "Minimize(2 * x + 3 * y)") -> dict[str, list[float]]:
    problem = {"objective": [goal], "expressions": [{f"r{k}": text} for k, text in enumerate(relations)]}
    found = saddlepoint.define(sets={}, variables=BOUNDED, problem=problem).ranges()
    names = ("low", "high", "price_left", "price_right", "exact")
    return {
        key.removeprefix("range_price_"): [column(table, name)[0] for name in names]
        for key, table in found.items()
        if "price_r" in key
    }


def test_an_equality_of_one_decision_moves_between_its_other_bounds() -> None:
    """x is 3 and at most 5, at least 1: moved past either, there is no plan."""
    found = ends_of("x == 3", "x <= 5", "x >= 1", "x + y >= 0")
    assert found["r0"] == [1, 5, 2, 2, 1]
    assert found["r1"] == [3, np.inf, 0, 0, 1] and found["r2"] == [-np.inf, 3, 0, 0, 1]


def test_what_two_relations_fix_does_not_move_with_one_of_them() -> None:
    found = ends_of("x >= 3", "x <= 3", "x + y >= 0")
    assert found["r0"] == [0, 3, 2, np.inf, 1]
    assert found["r1"] == [3, np.inf, -np.inf, 0, 1]


def test_a_bound_that_is_said_twice_may_go_once() -> None:
    found = ends_of("x >= 3", "2 * x >= 6", "x >= 1", "x + y >= 0")
    assert found["r0"] == [-np.inf, np.inf, 0, 2, 1] and found["r1"] == [-np.inf, np.inf, 0, 1, 1]
    assert found["r2"] == [-np.inf, 3, 0, 0, 1]


def test_a_matrix_of_zeros_has_ranges() -> None:
    lab = lab_of(
        "objective: [Minimize(x @ tran(c))]\nexpressions:\n  - none: x @ tran(k) >= -d", cap=[0.0, 0.0, 0.0]
    )
    found = lab.ranges()["range_price_none"]
    assert [column(found, n)[0] for n in ("low", "price_left", "price_right")] == [-np.inf, 0, 0]


def test_a_problem_whose_relations_bound_single_decisions_has_ranges() -> None:
    """x <= k alone, no rows: the price of a bound holds until the bounds meet, a cost until it changes its sign."""
    lab = lab_of("objective: [Maximize(x @ tran(c))]\nexpressions:\n  - fits: x <= k", cost=[1.0, -3.0, 0.0])
    found = lab.ranges()
    fits, cost = found["range_price_fits"], found["range_cost_out"]
    assert column(fits, "right_side") == [4, 6, 5] and column(fits, "low") == [0, 0, 0]
    assert column(fits, "price_left")[:2] == [1, 0] and column(fits, "price_right")[:2] == [1, 0]
    assert column(cost, "low")[0] == 0 and column(cost, "high")[:2] == [np.inf, 0]
    assert column(cost, "plan_left") == [4, 0, 0] and column(cost, "plan_right") == [4, 0, 5]
