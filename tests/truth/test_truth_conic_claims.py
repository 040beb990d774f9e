"""Problems with cones that have no plan or no finite optimum: the claim is proven, in any units."""

import numpy as np
import pytest

import saddlepoint

W = np.array([3.0, 1.0, 2.0, 0.5])


def status(objective, relations, nonneg=True, **data):
    """The status, and whether its proof holds, of a problem in x over four items."""
    variables = {
        "plan": {
            "type": "endogenous",
            "coordinates": ["I"],
            "variables_info": {"x": {"I": {"dim": "rows"}, "nonneg": nonneg}},
        }
    }
    for name, numbers in data.items():
        info = {"I": {"dim": "cols"}} if np.ndim(numbers) else {}
        coordinates = ["I"] if np.ndim(numbers) else []
        variables[name] = {"type": "exogenous", "coordinates": coordinates, "variables_info": {name: info}}
    result = saddlepoint.define(
        sets={"I": {}},
        items={"I": list("abcd")},
        variables=variables,
        problem={"objective": [objective], "expressions": relations},
        data=data,
    ).solve()
    (answer,) = result.answers.values()
    return result.certificates[""].columns["status"][0], bool(answer.solution.certificates.verified[0])


NO_PLAN = {
    "square": lambda s: (["u @ x**2 <= B", "u @ x >= D"], {"u": W, "B": s * s, "D": 1.1 * s * np.sqrt(6.5)}),
    "power": lambda s: (["sum(power(x, 1.5)) <= B", "sum(x) >= D"], {"B": 4 * s**1.5, "D": 4.4 * s}),
    "norm2": lambda s: (["norm2(x) <= B", "sum(x) >= D"], {"B": s, "D": 2.2 * s}),
    "sqrt": lambda s: (["sum(sqrt(x)) >= D", "sum(x) <= B"], {"B": 4 * s, "D": 4.4 * np.sqrt(s)}),
    "log": lambda s: (["sum(log(x)) >= D", "sum(x) <= B"], {"B": 4 * s, "D": 4 * np.log(s) + 0.1}),
    "inv_pos": lambda s: (["sum(inv_pos(x)) <= D", "sum(x) <= B"], {"B": 4 * s, "D": 3.6 / s}),
    "geo_mean": lambda s: (["geo_mean(x) >= D", "sum(x) <= B"], {"B": 4 * s, "D": 1.1 * s}),
}


@pytest.mark.parametrize("size", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("kind", NO_PLAN)
def test_no_plan_is_proven(kind, size):
    relations, data = NO_PLAN[kind](size)
    assert status("Minimize(sum(x))", relations, **data) == ("infeasible", True)


@pytest.mark.parametrize(
    ("objective", "relations", "nonneg"),
    [
        ("Maximize(u @ log(x) + sum(x))", ["u @ x >= B"], True),
        ("Maximize(u @ x - norm2(x))", ["u @ x >= B"], True),
        ("Minimize(u @ x)", ["sum(exp(x)) <= B"], False),
    ],
)
def test_no_finite_optimum_is_proven(objective, relations, nonneg):
    assert status(objective, relations, nonneg, u=W, B=2.0) == ("unbounded", True)
