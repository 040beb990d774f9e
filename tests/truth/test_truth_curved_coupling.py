"""Coupled sub-problems with curved costs: their common point is certified, whatever the scheme."""

import numpy as np
import pytest
from scipy.optimize import brentq

import saddlepoint

FIRMS = ("f1", "f2", "f3", "f4", "f5")
DEMAND = 100.0
COST = np.array([10.0, 8.0, 6.0, 4.0, 2.0])
CURVED = 0.3 * np.array([1.0, 1.2, 1.4, 1.6, 1.8])


def oligopoly():
    """Cournot: price 100 − Σ q; a firm's cost is c·q + k·q^1.5, so each best response has a power cone."""
    variables = {
        f"made_{own}": {
            "type": {firm: "endogenous" if firm == own else "exogenous" for firm in FIRMS},
            "coordinates": [],
            "variables_info": {f"q_{own}": {"nonneg": True}},
        }
        for own in FIRMS
    }
    problem = {}
    for own, c, k in zip(FIRMS, COST, CURVED, strict=True):
        others = " - ".join(f"q_{firm}" for firm in FIRMS if firm != own)
        profit = f"({DEMAND} - {others} - {c}) * q_{own} - q_{own}**2 - {k} * power(q_{own}, 1.5)"
        problem[own] = {"objective": [f"Maximize({profit})"], "expressions": []}
    sets, items = {"Market": {}}, {"Market": ["one"]}
    return saddlepoint.define(sets=sets, items=items, variables=variables, problem=problem, data={})


def best_response(i, rest):
    """The output at which a firm's marginal profit is zero."""

    def marginal(z):
        return DEMAND - rest - 2 * z - COST[i] - 1.5 * CURVED[i] * np.sqrt(z)

    return brentq(marginal, 0.0, DEMAND, xtol=1e-14)


def equilibrium():
    """Best responses by bisection, damped until they stand still."""
    q = np.full(5, 5.0)
    for _ in range(400):
        q = 0.5 * q + 0.5 * np.array([best_response(i, q.sum() - q[i]) for i in range(5)])
    return q


@pytest.mark.parametrize(
    "how", [{}, {"scheme": "anderson"}, {"limit": 200}, {"scheme": "damped", "limit": 200}]
)
def test_five_firms_with_curved_costs_meet(how):
    result = oligopoly().solve(**how)
    assert {c.columns["status"][0] for c in result.certificates.values()} == {"fixed_point"}
    made = [float(result.table(f"made_{firm}").values.ravel()[0]) for firm in FIRMS]
    assert made == pytest.approx(equilibrium(), rel=1e-5)
    assert not any(a.solution.messages for a in result.answers.values())
