"""Limits that count as none, or are of the size of a rounding error: read as written, and told by name."""

from dataclasses import replace

import numpy as np
import pytest

import saddlepoint
from saddlepoint.compile.bind import bind
from saddlepoint.compile.compile import compile_problem
from saddlepoint.errors import SolveError
from saddlepoint.solve.proof.formulas import Formulas
from saddlepoint.solve.sides_of_rounding import rounding_notes
from saddlepoint.solve.solution import Options, Status
from saddlepoint.solve.solve import solve
from saddlepoint.study.running.plan import known_numbers, numbers_of

LIMITS = [2.0, 3.0]


def model(relation, cap, objective="Minimize(sum(x))", **more):
    """Two goods in two scenarios; cap: (2 goods, 2 scenarios)."""
    axis = {"Good": {"dim": "cols"}}
    variables = {
        "made": {
            "type": "endogenous",
            "coordinates": ["Good", "S"],
            "variables_info": {"x": {**axis, "nonneg": True}},
        },
        "caps": {"type": "exogenous", "coordinates": ["Good", "S"], "variables_info": {"cap": axis}},
    }
    return saddlepoint.define(
        sets={"Good": {}, "S": {"split_problem": True}},
        items={"Good": ["a", "b"], "S": ["one", "two"]},
        variables=variables,
        problem={"objective": [objective], "expressions": [{"most": relation}]},
        data={"caps": np.array(cap, float)},
        **more,
    )


def messages(run):
    (answer,) = run.answers.values()
    return answer.solution.messages


@pytest.mark.parametrize("far", [1.0, 3e10, 1e50])
@pytest.mark.parametrize(
    ("relation", "sense", "two"),
    [
        ("x <= 1e12 * cap", "Maximize", lambda far: 1e12 + 1e12 * far),
        ("x >= 1e12 * cap", "Minimize", lambda far: 1e12 + 1e12 * far),
        ("x + sum(x) >= 1e12 * cap", "Minimize", lambda far: 1e12 * far / 2 if far > 2 else 2e12 / 3),
    ],
)
def test_a_limit_is_one_whatever_its_size(relation, sense, two, far) -> None:
    """Those from 1e20 on were none where they lie outside, an error where they lie inside."""
    run = model(relation, [[1.0, 1.0], [1.0, far]], f"{sense}(sum(x))").solve()
    (answer,) = run.answers.values()
    assert answer.solution.status.tolist() == [Status.OPTIMAL, Status.OPTIMAL]
    np.testing.assert_allclose(np.abs(answer.solution.objective), [two(1.0), two(far)], rtol=1e-9)


def test_inf_alone_is_no_limit() -> None:
    found = [
        model("x <= cap", [[1.0, 1.0], [1.0, cap]], "Maximize(sum(x))").solve().answers.values()
        for cap in (1.3e20, np.inf)
    ]
    assert [answer.solution.status[1] for (answer,) in found] == [Status.OPTIMAL, Status.UNBOUNDED]


def test_data_so_large_are_asked_about() -> None:
    (found,) = model("x <= cap", [[1.0, 1e20], [1.0, 3.0]]).solve().warnings
    assert found.code == "D013" and "a, two: 1e+20 is a limit as any other number is" in found.message
    assert "only inf is no limit" in str(found)


def test_limits_that_no_product_holds_are_named() -> None:
    with pytest.raises(SolveError, match=r"the lower bound of made \(b\) is 3e\+100"):
        model("x >= 1e90 * cap", [[1.0, 1.0], [1.0, 3e10]]).solve()


@pytest.mark.parametrize("size", [1e18, 1e22, 1e40])
def test_finite_costs_of_any_size_are_solved(make, size) -> None:
    """min c (x² − 6x) / 2 + c y, x + y ≥ 5: x = 4, y = 1."""
    P, q = np.diag([size, 0.0]), [-3.0 * size, size]
    found = solve(make(q, [[1.0, 1.0]], [5.0], P=P))
    assert found.status[0] == Status.OPTIMAL
    np.testing.assert_allclose(found.x[0], [4.0, 1.0], rtol=1e-6)
    linear = solve(make([size, 2.0 * size], [[1.0, 1.0]], [5.0], ub=[3.0, 9.0]))
    np.testing.assert_allclose(linear.x[0], [3.0, 2.0], rtol=1e-9)


@pytest.mark.parametrize("relation", ["1.2 * sum(x) == cap", "sum(x) <= cap", "x <= cap"])
def test_a_limit_of_rounding_size_is_asked_about(relation) -> None:
    run = model(relation, [[-8.9e-16, 2.0], [-8.9e-16, 2.0]]).solve()
    (answer,) = run.answers.values()
    assert answer.solution.status.tolist() == [Status.INFEASIBLE, Status.OPTIMAL]
    said = messages(run)[0]
    assert "-8.9e-16" in said and "was 0 meant?" in said and ("most" in said or "made (a)" in said)
    assert 1 not in messages(run)


def test_asking_takes_no_more_time_than_the_scenario_has_left() -> None:
    """A limit of 1 s took 15 s: the problems with zeros were solved without one."""
    lab = model("sum(x) <= cap", [[-8.9e-16, 2.0], [-8.9e-16, 2.0]])
    plan = lab.plan(lab.inputs())
    (problem,) = plan.model.problems
    numbers = numbers_of(problem, plan, known_numbers(plan))
    bound = bind(compile_problem(problem, plan.model, numbers), numbers)
    found = solve(bound.batch)
    for spent, asked in ((0.5, {0}), (1.0, set())):
        late = replace(found, seconds=np.full(2, spent))
        assert set(rounding_notes(bound.batch, late, Formulas(bound), Options(time_limit=1.0))) == asked


def test_what_zero_does_not_help_is_not_asked_about() -> None:
    run = model("sum(x) + 1 <= cap", [[-8.9e-16, 2.0], [-8.9e-16, 2.0]]).solve()
    assert "was 0 meant" not in messages(run)[0]


def test_certify_asks_as_well() -> None:
    verdict = saddlepoint.certify([1, 1], [[1.2, 3]], -8.9e-16, -8.9e-16, lb=0, ub=None, rows=["balance"])
    assert verdict.word == "infeasible" and any("balance: -8.9e-16" in text for text in verdict.sentences)
    assert not any("was 0" in t for t in saddlepoint.certify([1], [[1.0]], -1.0, -1.0, lb=0).sentences)
