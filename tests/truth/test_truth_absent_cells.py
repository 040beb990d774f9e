"""The objective of a model with cells that do not exist is told from its formula, as that of any other."""

import numpy as np
import pytest

import saddlepoint

PRICE = np.array([5.0, 3.0, 11.0])
SOLD = {"one": [1, 0, 1], "two": [1, 1, 0]}


def profit(x):
    """Of outputs (3,): a power cone, whose own variable a solver leaves at its tolerance."""
    return float(PRICE @ x - (x**1.7).sum())


@pytest.mark.parametrize("solver", ["clarabel", None])
@pytest.mark.parametrize("alike", [True, False])
def test_profit_is_that_of_the_formula_at_the_plan(alike, solver) -> None:
    """max p x − x^1.7 over the goods that are sold: x = (p / 1.7)^(1 / 0.7)."""
    axis = {"Good": {"dim": "cols"}}
    on = np.array([SOLD["one"], SOLD["one" if alike else "two"]], float).T
    sets, items = {"Good": {}, "S": {"split_problem": True}}, {"Good": ["a", "b", "c"], "S": ["one", "two"]}
    variables = {
        "made": {
            "type": "endogenous",
            "coordinates": ["Good", "S"],
            "where": "on > 0",
            "variables_info": {"x": {**axis, "nonneg": True}},
        },
        "sold": {"type": "exogenous", "coordinates": ["Good", "S"], "variables_info": {"on": axis}},
        "prices": {"type": "exogenous", "coordinates": ["Good"], "variables_info": {"p": axis}},
    }
    problem = {"objective": ["Maximize(p @ tran(x) - sum(power(x, 1.7)))"], "expressions": []}
    data = {"sold": on, "prices": PRICE}
    model = saddlepoint.define(sets=sets, items=items, variables=variables, problem=problem, data=data)
    run = model.solve(**({"solver": solver} if solver else {}))
    (certificate,) = run.certificates.values()
    made = np.nan_to_num(run.table("made").values)
    for s in range(2):
        best = np.where(on[:, s] > 0, (PRICE / 1.7) ** (1 / 0.7), 0.0)
        np.testing.assert_allclose(made[:, s], best, rtol=1e-3)
        assert certificate.columns["objective"][s] == pytest.approx(profit(made[:, s]), rel=4e-16)
