"""Draws beside intra-problem sets and scenarios, in either order of the sets, weighed by scenario."""

from __future__ import annotations

from typing import Any

import cvxpy as cp
import numpy as np
import pytest

import saddlepoint
from saddlepoint.study.results.result import Result

RNG = np.random.default_rng(0)
DRAWN, WEIGHTS = RNG.gamma(2, 1, (2, 2, 9, 3)), RNG.uniform(1, 2, (2, 9))
"""Scenario × period × draw × item, scenario × draw."""


def solved(order: list[str], stated: str, objective: str = "Minimize(sum(x))") -> Result:
    items = {"T": ["t1", "t2"], "W": [f"w{k}" for k in range(9)], "I": ["a", "b", "c"], "S": ["s1", "s2"]}
    sets: dict[str, Any] = {key: {"split_problem": key == "S"} for key in (*order, "S")}
    cols = {"I": {"dim": "cols"}}
    lab = saddlepoint.define(
        sets=sets,
        items={key: items[key] for key in sets},
        variables={
            "plan": {
                "type": "endogenous",
                "coordinates": ["T", "I", "S"],
                "variables_info": {"x": {**cols, "nonneg": True}},
            },
            "d": {
                "type": "uncertain",
                "coordinates": ["S", "T", "W", "I"],
                "samples": "W",
                "weights": "w",
                "variables_info": {"D": cols},
            },
            "w": {
                "type": "exogenous",
                "coordinates": ["S", "W"],
                "variables_info": {"w": {"W": {"dim": "rows"}}},
            },
        },
        problem={"objective": [objective], "expressions": [stated]},
        data={"d": DRAWN, "w": WEIGHTS},
    )
    result = lab.solve()
    assert result.exit_code == 0
    return result


def quantile(values: np.ndarray, weights: np.ndarray, p: float) -> float:
    order = np.argsort(values)
    return float(values[order][np.argmax(np.cumsum(weights[order]) / weights.sum() >= p - 1e-12)])


BOTH = pytest.mark.parametrize("order", [["T", "W", "I"], ["W", "T", "I"]])


@BOTH
def test_statistics_by_period_and_scenario(order: list[str]) -> None:
    each = [
        [[quantile(DRAWN[s, t, :, i], WEIGHTS[s], 0.7) for s in range(2)] for i in range(3)] for t in range(2)
    ]
    assert solved(order, "chance(x >= D, 0.7)").table("plan").values == pytest.approx(np.array(each))
    shares = WEIGHTS / WEIGHTS.sum(axis=1, keepdims=True)
    mean = np.einsum("stwi,sw->tis", DRAWN, shares)
    assert solved(order, "x >= mean(D)").table("plan").values == pytest.approx(mean)
    centred = DRAWN - np.einsum("tis->sti", mean)[:, :, None, :]
    deviation = np.sqrt(np.einsum("stwi,sw->tis", centred**2, shares))
    assert solved(order, "x >= std(D)").table("plan").values == pytest.approx(deviation)
    total = [[quantile(DRAWN[s, t].sum(axis=1), WEIGHTS[s], 0.7) for s in range(2)] for t in range(2)]
    plan = solved(order, "chance(sum(x) >= sum(D), 0.7)").table("plan").values
    assert plan.sum(axis=1) == pytest.approx(np.array(total))


@BOTH
def test_cvar_by_period_and_scenario(order: list[str]) -> None:
    result = solved(order, "chance(D @ tran(x) <= 5, 0.7)", "Maximize(sum(x))")
    for s in range(2):
        wanted = 0.0
        for t in range(2):
            x, level = cp.Variable(3, nonneg=True), cp.Variable()
            excess = cp.multiply(WEIGHTS[s] / WEIGHTS[s].sum(), cp.pos(DRAWN[s, t] @ x - level))
            wanted += cp.Problem(cp.Maximize(cp.sum(x)), [level + cp.sum(excess) / 0.3 <= 5]).solve(
                "CLARABEL"
            )
        assert result.objective[""][s] == pytest.approx(wanted, rel=1e-7)
