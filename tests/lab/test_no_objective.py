"""A problem that only asks for a feasible plan has no objective: nothing is stored, not zero."""

import numpy as np

import saddlepoint


def test_a_problem_without_an_objective_has_none():
    result = saddlepoint.define(
        sets={"I": {}},
        items={"I": ["a", "b"]},
        variables={
            "x": {
                "type": "endogenous",
                "coordinates": ["I"],
                "variables_info": {"x": {"I": {"dim": "cols"}, "nonneg": True}},
            }
        },
        problem={"expressions": ["sum(x) == 3"]},
    ).solve()
    assert str(result.certificates[""].columns["status"][0]) == "optimal"
    assert np.isnan(result.objective[""][0])
    assert result.table("x").values.sum() == 3
