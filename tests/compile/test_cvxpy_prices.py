"""Plans, prices, slacks and reduced costs are the same whoever compiles the problem."""

from __future__ import annotations

import numpy as np
import pytest

from saddlepoint.solve.label import label
from saddlepoint.solve.solve import solve

SETS = {"S": -2, "T": 2, "I": 3, "J": 2}
TABLES = {
    "x": ("endogenous", {"S": None, "T": None, "I": "rows", "J": "cols"}, {"nonneg": True}),
    "a": ("exogenous", {"S": None, "I": "rows", "J": "cols"}),
    "b": ("exogenous", {"S": None, "T": None, "J": "cols"}),
    "w": ("exogenous", {"S": None}),
}
RELATIONS = ["b @ tran(x) <= 1.5", "x <= 1.2", "sum(x, 0) >= w * b", "sum(w * x) == 3.1"]


@pytest.mark.parametrize(
    "goal",
    [
        "Minimize(sumsq(x - a) + 0.1 * sum(x))",
        "Maximize(sum(sqrt(x + 1)) - w * sumsq(x - a))",
        "Maximize(sum(mult(a, x)) - 0.5 * sum(square(w * (x - 1))))",
    ],
)
def test_both_routes_price_alike(case, goal):
    rng = np.random.default_rng(5)
    data = {"a": rng.normal(size=(2, 3, 2)), "b": rng.uniform(0.1, 0.9, (2, 2, 2)), "w": np.array([0.8, 1.1])}
    built = case(SETS, TABLES, goal, RELATIONS, data)
    answers = []
    for route in (None, "cvxpy"):
        bound = built.bound(route)
        answers.append(label(bound, solve(bound.batch), np.arange(2)))
    native, through = answers
    assert native.answered.all() and through.answered.all()
    assert [r.name for r in native.program.rows] == [r.name for r in through.program.rows]
    np.testing.assert_allclose(native.objective, through.objective, rtol=1e-6)
    np.testing.assert_allclose(native.values["t_x"], through.values["t_x"], atol=2e-4)
    np.testing.assert_allclose(native.price, through.price, atol=2e-4)
    np.testing.assert_allclose(native.slack, through.slack, atol=2e-4)
    np.testing.assert_allclose(native.reduced_cost["t_x"], through.reduced_cost["t_x"], atol=2e-4)
    assert np.abs(native.price).max() > 0.1
