"""What grows for ever along a curve has no ray that proves it: not certified, and said by name."""

import pytest

import saddlepoint


@pytest.mark.parametrize("curve", ["sqrt(x)", "log(x)", "log1p(x)", "power(x, 0.3)"])
def test_a_decision_that_runs_away_is_named(curve: str) -> None:
    run = saddlepoint.define(
        sets={"N": {}},
        variables={
            "gen": {"type": "endogenous", "coordinates": ["N"], "variables_info": {"x": {"nonneg": True}}}
        },
        problem={"objective": [f"Maximize(sum({curve}))"], "expressions": []},
        items={"N": ["a", "b"]},
        data={},
    ).solve()
    (answer,) = run.answers.values()
    assert run.exit_code == 4
    assert "run away, gen (" in answer.solution.messages[0]
