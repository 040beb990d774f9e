"""Which relations bind, and which slacks are shown as 0."""

import numpy as np
import pytest

import saddlepoint


def solved(expressions, cap, objective="Maximize(sum(x))", unit=1.0, **more):
    axis = {"Good": {"dim": "rows"}}
    variables = {
        "made": {
            "type": "endogenous",
            "coordinates": ["Good"],
            "variables_info": {"x": {**axis, "nonneg": True}},
        },
        "caps": {"type": "exogenous", "coordinates": ["Good"], "variables_info": {"cap": axis}},
    }
    lab = saddlepoint.define(
        sets={"Good": {}},
        items={"Good": ["a", "b"]},
        variables=variables,
        problem={"objective": [objective], "expressions": expressions},
        data={"caps": unit * np.array(cap, float)},
    )
    return lab.solve(**more)


def of(run, name):
    found = run.price(name).columns
    return found["binding"].astype(bool).tolist(), found["slack"].tolist()


@pytest.mark.parametrize("unit", [2.0**-30, 1.0, 2.0**30])
@pytest.mark.parametrize("solver", [None, "clarabel"])
def test_a_slack_beside_a_large_limit_is_one(unit, solver) -> None:
    """1e-6 of the largest limit made a slack of 40 beside 1e11 nothing, in its own row or in another of its relation."""
    run = solved(
        [{"most": "x <= cap"}, {"less": f"x <= cap - {40 * unit}"}], [1e11, 100.0], unit=unit, solver=solver
    )
    binds, slack = of(run, "most")
    assert binds == [False, False]
    np.testing.assert_allclose(np.divide(slack, unit), [40.0, 40.0], rtol=1e-4)
    assert of(run, "less")[0] == [True, True]


def test_what_is_met_by_rounding_or_tolerance_binds() -> None:
    """Tenths that fill a limit, differences that cancel, an interior point's zeros, a redundant row without price."""
    run = solved([{"fill": "0.1 * x + 0.2 * x <= 0.3 * cap"}, {"same": "x <= cap"}], [1e9, 3.0])
    assert of(run, "fill")[0] == [True, True] and of(run, "same")[0] == [True, True]
    curved = solved(
        [{"least": "x >= 0"}, {"most": "x <= cap"}], [5.0, 7.0], "Minimize(sum(exp(x)))", solver="clarabel"
    )
    assert of(curved, "least")[0] == [True, True] and of(curved, "most")[0] == [False, False]
    equal = solved([{"at": "x == cap"}], [1e11, 1 / 3], "Minimize(sum(square(x - cap)))", solver="clarabel")
    assert of(equal, "at")[0] == [True, True]
