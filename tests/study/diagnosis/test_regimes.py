"""Regimes of a sweep: known by hand; every formula tells the plans of its scenarios; what has none says so."""

import numpy as np
import pytest

import saddlepoint
from saddlepoint.errors import StudyError
from saddlepoint.report.regimes_text import formula_lines, regimes_data, regimes_text

SETS = "Plants:\nCases: {split_problem: true}\n"
TABLES = """
out: {type: endogenous, coordinates: [Cases, Plants], variables_info: {x: {Plants: {dim: cols}, nonneg: true}}}
cap: {type: exogenous, coordinates: [Plants], variables_info: {k: {Plants: {dim: cols}}}}
cost: {type: exogenous, coordinates: [Plants], variables_info: {c: {Plants: {dim: cols}}}}
need: {type: exogenous, coordinates: [Cases], variables_info: {d: }}
share: {type: exogenous, coordinates: [Cases], variables_info: {s: }}
"""
PROBLEM = "objective: [Minimize(x @ tran(c))]\nexpressions:\n  - cover: sum(x) >= d\n  - fits: x <= k"


def lab_of(needs, problem=PROBLEM, shares=None):
    cases = [f"k{k}" for k in range(len(needs))]
    data = {
        "cap": [4.0, 6.0, 5.0],
        "cost": [1.0, 3.0, 7.0],
        "need": needs,
        "share": shares or [1.0] * len(needs),
    }
    items = {"Plants": ["a", "b", "c"], "Cases": cases}
    return saddlepoint.define(sets=SETS, variables=TABLES, problem=problem, items=items, data=data)


def test_the_merit_order_has_a_regime_for_each_plant_at_the_margin() -> None:
    needs = [1.0, 2.0, 3.5, 5.0, 9.0, 12.0, 99.0]
    (found,) = lab_of(needs).regimes()
    assert found.data == ("need",) and found.without == 1
    assert [len(r.scenarios) for r in found.regimes] == [3, 2, 1]
    first, second, _ = found.regimes
    assert [t for f in first.formulas for t in formula_lines(f, found.data)] == ["out[a] = need"]
    assert [t for f in second.formulas for t in formula_lines(f, found.data)] == ["out[b] = -4 + need"]
    assert (second.low.tolist(), second.high.tolist()) == ([5.0], [9.0])
    prices = {b.name: b.price_low.tolist() for b in second.binding}
    assert (prices["cover"], prices["fits"]) == ([3.0], [-2.0])


def test_formulas_tell_the_plans_of_all_scenarios() -> None:
    rng = np.random.default_rng(0)
    lab = lab_of(rng.uniform(0, 15, 40).round(2).tolist())
    (found,) = lab.regimes()
    plans = lab.solve().table("out").column("values").reshape(40, 3)
    assert sum(len(r.scenarios) for r in found.regimes) == 40 and len(found.regimes) == 3
    for regime in found.regimes:
        rows = np.searchsorted(found.which, regime.scenarios)
        for formula in regime.formulas:
            told = found.numbers[rows] @ formula.coefficients.T + formula.constant
            np.testing.assert_allclose(told, plans[regime.scenarios][:, formula.cells], atol=1e-9)


def test_data_that_multiply_decisions_have_no_formula() -> None:
    problem = PROBLEM.replace("sum(x) >= d", "s * sum(x) >= d")
    (found,) = lab_of([3.0, 3.0], problem, [1.0, 2.0]).regimes()
    assert found.data == ("share",)
    assert all(r.formulas is None for r in found.regimes)
    assert "no affine function" in "\n".join(regimes_text([found]))


def test_all_of_it_as_text_and_as_data() -> None:
    (found,) = lab_of([1.0, 5.0, 6.0]).regimes()
    text = "\n".join(regimes_text([found], most=1))
    assert text.startswith("3 scenarios: 2 regimes") and "1 regime of 1 scenario" in text
    assert "binds cover, price 3" in text
    (one,) = regimes_data([found])["problems"]
    assert [len(r["scenarios"]) for r in one["regimes"]] == [2, 1]


def test_no_linear_problem_is_an_error() -> None:
    with pytest.raises(StudyError, match="no problem of this model has regimes"):
        lab_of([3.0], "objective: [Minimize(sumsq(x))]\nexpressions:\n  - sum(x) >= d").regimes()


def test_linear_problems_without_a_plan_are_no_curved_ones() -> None:
    with pytest.raises(StudyError) as caught:
        lab_of([99.0, 100.0]).regimes()
    assert caught.value.diagnostics[0].code == "K820"
