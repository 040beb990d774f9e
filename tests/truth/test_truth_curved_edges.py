"""Optima at the edge of an operator's domain, at the apex or on a face of its cone: found, certified, exactly zero."""

import pytest

import saddlepoint

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


@pytest.mark.parametrize(
    ("objective", "relation"),
    [
        ("Maximize(log1p(sum(x)))", "sum(x) <= -1"),
        ("Maximize(log(1 + sum(x)))", "sum(x) <= -1"),
        ("Maximize(log1p(sum(x)))", "1000 * sum(x) <= -1000"),
        ("Maximize(sum(x) + 0.001 * log(1 + sum(x)))", "sum(x) <= -1"),
        ("Maximize(sum(y))", "log1p(sum(x)) - sum(y) >= 0"),
    ],
)
def test_no_plan_is_certified_where_the_objective_is_infinite(objective, relation):
    """log(1 + Σx) with Σx ≤ −1: at its only candidate the logarithm is −∞, whatever cones within a rounding error say."""
    status, _, _ = least(objective, relation, "sum(x) <= -1", "x >= -4")
    assert status != "optimal"


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
