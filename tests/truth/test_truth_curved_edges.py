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
