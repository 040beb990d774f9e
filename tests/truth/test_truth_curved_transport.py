"""Transports with curved costs: most cells of the best plan are next to nothing, e⁻¹⁰⁰ beside 10, and that is no reason to doubt it."""

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

import saddlepoint


def transport(cells: int, seed: int, more: str) -> tuple[Any, tuple[np.ndarray, ...]]:
    rng = np.random.default_rng(seed)
    cost = np.round(rng.uniform(1, 100, (cells, cells)), 1)
    supply = rng.integers(5, 20, cells) * 1.0
    demand = np.full(cells, np.floor(0.8 * supply.mean()))
    rows, columns = {"I": {"dim": "rows"}}, {"J": {"dim": "cols"}}
    variables = {
        "x": {
            "type": "endogenous",
            "coordinates": ["I", "J"],
            "variables_info": {"x": {**rows, **columns, "nonneg": True}},
        },
        "c": {"type": "exogenous", "coordinates": ["I", "J"], "variables_info": {"c": {**rows, **columns}}},
        "a": {"type": "exogenous", "coordinates": ["I"], "variables_info": {"a": rows}},
        "b": {"type": "exogenous", "coordinates": ["J"], "variables_info": {"b": columns}},
    }
    relations = [{"supply": "sum(x, axis=1) <= a"}, {"demand": "sum(x, axis=0) >= b"}]
    lab = saddlepoint.define(
        sets={"I": {}, "J": {}},
        items={"I": [f"i{k}" for k in range(cells)], "J": [f"j{k}" for k in range(cells)]},
        variables=variables,
        problem={"objective": [f"Minimize(sum(mult(c, x)) + {more})"], "expressions": relations},
        data={"c": cost, "a": supply, "b": demand},
    )
    return lab, (cost, supply, demand)


@pytest.mark.parametrize("seed", [0, 2])
def test_entropies(seed: int) -> None:
    """The dual is smooth: x = exp(yᵢ + vⱼ − c − 1) for prices y ≤ 0 ≤ v of which the best are found without any cone."""
    lab, (cost, supply, demand) = transport(6, seed, "-sum(entr(x))")
    found = lab.solve()
    assert found.is_solved

    def negative_dual(prices: np.ndarray) -> tuple[float, np.ndarray]:
        y, v = -prices[:6], prices[6:]
        x = np.exp(y[:, None] + v - cost - 1.0)
        slope = np.concatenate((supply - x.sum(axis=1), x.sum(axis=0) - demand))
        return float(x.sum() - supply @ y - demand @ v), slope

    best = minimize(negative_dual, np.full(12, 1.0), jac=True, bounds=[(0, None)] * 12, tol=1e-14)
    (answer,) = found.answers.values()
    assert answer.objective[0] == pytest.approx(-best.fun, rel=1e-6)


@pytest.mark.parametrize(
    "more", ["sum(power(x, 1.5)) + norm(sum(x, axis=1))", "sum(power(x, 3)) - sum(entr(x))"]
)
def test_powers(more: str) -> None:
    lab, _ = transport(12, 1, more)
    assert lab.solve().is_solved
