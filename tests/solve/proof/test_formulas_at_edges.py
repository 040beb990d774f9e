"""A constraint whose formula has no value at a plan is judged a rounding error further inside, and only that far."""

from __future__ import annotations

import numpy as np
import pytest

import saddlepoint
from saddlepoint import call
from saddlepoint.compile.bind import bind
from saddlepoint.compile.compile import compile_problem
from saddlepoint.model.flat_numbers import flat_numbers
from saddlepoint.solve.proof.formulas import Formulas
from saddlepoint.study.running.plan import numbers_of


@pytest.fixture(scope="module")
def formulas() -> Formulas:
    """log(x) ≥ 1 beside z ≤ 10."""
    model = saddlepoint.Model("edge")
    x, z = model.decide("x", lower=-10, upper=10), model.decide("z", upper=10)
    model.subject_to(least=call("log", x) >= 1)
    model.minimise(x - z)
    lab = model.lab
    plan = lab.plan(lab.inputs())
    (problem,) = plan.model.problems
    numbers = numbers_of(problem, plan, flat_numbers(plan.fetched.tables.values(), plan.model.defaults))
    return Formulas(bind(compile_problem(problem, plan.model, numbers), numbers))


@pytest.mark.parametrize(
    ("x", "low", "high"),
    [
        (3.0, 0.0, 0.0),
        (2.0, 0.3068, 0.3069),
        (0.0, 1.0, 1.1),
        (-1e-9, 1.0, 1.1),
        (-1e-3, np.inf, np.inf),
        (-5.0, np.inf, np.inf),
    ],
)
def test_what_lies_outside_the_domain_breaks_the_constraint(
    formulas: Formulas, x: float, low: float, high: float
) -> None:
    plan = np.zeros((1, formulas.bound.batch.structure.n))
    plan[0, :2] = x, 10.0
    assert low <= formulas.violation(plan, np.array([0]))[0] <= high
