"""Optima at the edge of an operator's domain, at the apex or on a face of its cone: found, certified, exactly zero."""

import pytest

import saddlepoint
from saddlepoint import call
from saddlepoint.solve.solution import Status

VECTOR = {"N": {"dim": "cols"}}


def least(objective, *relations):
    """Status, objective and x of a problem in x and y over two items, free of sign."""
    tables = (
        {"xt": "x", "yt": "y"}
        if "y" in "".join((objective, *relations)).replace("entropy", "")
        else {"xt": "x"}
    )
    variables = {
        key: {"type": "endogenous", "coordinates": ["N"], "variables_info": {name: VECTOR}}
        for key, name in tables.items()
    }
    result = saddlepoint.define(
        sets={"N": {}},
        items={"N": ["a", "b"]},
        variables=variables,
        problem={"objective": [objective], "expressions": list(relations)},
    ).solve()
    return (
        str(result.certificates[""].columns["status"][0]),
        float(result.objective[""][0]),
        result.table("xt").values.ravel().tolist(),
    )


@pytest.mark.parametrize(
    ("objective", "relations"),
    [
        ("Minimize(sum(x))", ("geo_mean(x) >= -1",)),
        ("Minimize(sum(x))", ("sum(power(x, 1.5)) <= 3",)),
        ("Minimize(sum(x))", ("sum(entr(x)) >= -1",)),
        ("Minimize(sum(x) + sum(y))", ("sum(rel_entr(x, y)) <= 1", "y <= 1")),
        ("Minimize(sum(x) + sum(y))", ("sum(kl_div(x, y)) <= 1", "y <= 1")),
        ("Minimize(norm2(x))", ("x >= -1",)),
        ("Minimize(sum(x))", ("norm2(x) <= 0",)),
        ("Minimize(quad_over_lin(x, sum(y)) + sum(y))", ("y >= 0", "x >= 0")),
    ],
)
def test_nothing_is_best(objective, relations):
    assert least(objective, *relations) == ("optimal", 0.0, [0.0, 0.0])


def withheld_at_the_edge(model):
    """The model is not certified, and says that it is for the edge of a domain."""
    (answer,) = model.lab.solve().answers.values()
    assert answer.solution.status[0] == Status.UNVERIFIED
    assert "edge of" in answer.solution.messages[0]


@pytest.mark.parametrize("size", [1, 1000])
@pytest.mark.parametrize(
    "objective",
    [
        lambda x: call("log1p", x),
        lambda x: call("log", 1 + x),
        lambda x: x + 1e-3 * call("log1p", x),
        lambda x: x + 1e-3 * call("log", 1 + x),
    ],
)
def test_no_plan_is_certified_where_the_objective_is_infinite(objective, size):
    """log(1 + x) with x ≤ −1: at its only candidate the logarithm is −∞, whatever cones within a rounding error say."""
    model = saddlepoint.Model("edge")
    x = model.decide("x", lower=-4)
    model.subject_to(most=size * x <= -size)
    model.maximise(objective(x))
    withheld_at_the_edge(model)


def test_no_plan_is_certified_where_an_infinite_constraint_carries_the_objective():
    """max y, y ≤ log(1 + x), x ≤ −1: the same behind a constraint."""
    model = saddlepoint.Model("edge")
    x, y = model.decide("x", upper=-1), model.decide("y")
    model.subject_to(below=call("log1p", x) >= y)
    model.maximise(y)
    withheld_at_the_edge(model)


@pytest.mark.parametrize(
    ("objective", "relation", "best"),
    [
        ("Maximize(sum(entr(x)) + 1)", "x <= 0", 1.0),
        ("Maximize(sqrt(1 + sum(x)) + 3)", "sum(x) <= -1", 3.0),
        ("Minimize(sum(x))", "log(1 + sum(x)) >= -60", -1.0),
    ],
)
def test_a_plan_at_an_edge_with_a_finite_value_stays_certified(objective, relation, best):
    """A rounding error outside the domain, or a decision that no float tells from the edge, is no reason to withhold it."""
    status, value, _ = least(objective, relation, "x >= -4")
    assert (status, value) == ("optimal", pytest.approx(best, abs=1e-6))
