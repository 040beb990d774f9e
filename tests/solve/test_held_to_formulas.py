"""The gap is that of the objective as it was written, not of the program that was compiled from it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import saddlepoint
from saddlepoint.arrays import Array, Index
from saddlepoint.compile.bind import BoundProgram, bind
from saddlepoint.compile.compile import compile_problem
from saddlepoint.solve.held_to_formulas import FormulaJudge
from saddlepoint.solve.proof.formulas import Formulas
from saddlepoint.solve.solution import Options
from saddlepoint.solve.solve import solve
from saddlepoint.study.running.plan import known_numbers, numbers_of

VARIABLES = """
    x_t: {{type: endogenous, coordinates: [P], domain: {domain}, variables_info: {{x: {{P: {{dim: rows}}, lower: 0.1, upper: 8}}}}}}
    c_t: {{type: exogenous, coordinates: [P], variables_info: {{c: {{P: {{dim: rows}}}}}}}}
"""


def model(objective: str, domain: str = "real") -> saddlepoint.Lab:
    return saddlepoint.define(
        sets={"P": {}},
        items={"P": ["a", "b"]},
        variables=VARIABLES.format(domain=domain),
        problem={"objective": [f"Minimize({objective})"], "expressions": ["sum(x) >= 3.7"]},
        data={"c_t": [2.0, 3.0]},
    )


def bound_of(lab: saddlepoint.Lab) -> BoundProgram:
    plan = lab.plan(lab.inputs())
    (problem,) = plan.model.problems
    numbers = numbers_of(problem, plan, known_numbers(plan))
    return bind(compile_problem(problem, plan.model, numbers), numbers)


@pytest.mark.parametrize(
    "objective", ["sum(c * exp(x))", "sum(c * power(x, 3)) - 4 * sum(sqrt(x))", "1e6 * sum(inv_pos(x))"]
)
@pytest.mark.parametrize("part", [1e-7, -1e-7])
def test_what_the_compiled_cost_is_off_is_no_gap(objective: str, part: float) -> None:
    """A column of the program that stands for a curve is moved away from it: the plan is worth what it was, and so is its gap."""
    bound = bound_of(model(objective))
    formulas, options, where = Formulas(bound), Options(), np.array([0])
    answer = solve(bound.batch, options, formulas=formulas, exact=True)
    costs = np.flatnonzero(bound.batch.q[0])
    first = int(costs[-1])
    moved = answer.x.copy()
    moved[0, first] *= 1 + part
    off = bound.batch.q[0, first] * (moved - answer.x)[0, first]
    answers = replace(answer, x=moved)
    compiled = FormulaJudge(options, None).judge(bound.batch, answers, where)
    written = FormulaJudge(options, formulas).judge(bound.batch, answers, where)
    size = abs(answer.objective[0])
    assert abs(compiled.gap[0]) > 0.3 * abs(off) / size > 1e-9
    assert abs(written.gap[0]) < 1e-2 * abs(compiled.gap[0])
    assert written.verified[0]


class Dearer(Formulas):
    """Formulas of which the compiled program lacks a part of the costs."""

    def objective(self, x: Array, where: Index) -> Array | None:
        told = Formulas.objective(self, x, where)
        assert told is not None
        return told * (1 + 1e-5)


def test_a_plan_that_is_worth_less_as_written_is_not_certified() -> None:
    bound = bound_of(model("sum(c * exp(x))"))
    answer = solve(bound.batch, Options(), formulas=Formulas(bound))
    assert answer.certificates.verified[0]
    found = FormulaJudge(Options(), Dearer(bound)).judge(bound.batch, answer, np.array([0]))
    assert found.gap[0] == pytest.approx(1e-5, rel=1e-2)
    assert not found.verified[0]
    assert "gap" in FormulaJudge(Options(), None).why_not(bound.batch, replace(answer, certificates=found), 0)


def test_the_gap_of_whole_numbers_is_between_objective_and_bound_as_told() -> None:
    result = model("sum(c * exp(x)) + 0.3 * sum(x ** 2)", "integer").solve(
        solver="outer", settings={"masters": 1}
    )
    (answer,) = result.answers.values()
    gap, objective, bound = (
        answer.solution.certificates.gap[0],
        answer.objective[0],
        answer.bounds["bound"][0],
    )
    assert gap == pytest.approx(abs(objective - bound) / abs(objective), rel=1e-12, abs=0)
