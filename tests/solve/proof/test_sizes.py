"""The sizes of terms, where scenarios share the values or the numbers."""

from __future__ import annotations

import numpy as np
import pytest

import saddlepoint
from saddlepoint.arrays import Array
from saddlepoint.solve.proof.sizes import column_terms, row_terms
from tests.solve.conftest import pattern_of


@pytest.mark.parametrize("shared", ["neither", "values", "numbers", "both"])
def test_values_and_numbers_may_be_shared(shared: str) -> None:
    rng = np.random.default_rng(5)
    matrix: Array = rng.normal(size=(3, 4)) * (rng.random((3, 4)) > 0.3)
    pattern, one = pattern_of(matrix)
    values = one if shared in ("values", "both") else np.concatenate([one, -2.0 * one])
    length = 1 if shared in ("numbers", "both") else 2
    x, y = rng.normal(size=(length, 4)), rng.normal(size=(length, 3))
    scale = np.array([1.0, 2.0])[: len(values), None, None] * np.abs(matrix)
    assert np.allclose(
        row_terms(pattern, values, x, np.ones(3, np.bool_)), (scale * np.abs(x[:, None])).max(2)
    )
    assert np.allclose(
        column_terms(pattern, values, y, np.ones(4, np.bool_)), (scale * np.abs(y[:, :, None])).max(1)
    )


def test_cones_differ_between_scenarios_and_their_constants_do_not() -> None:
    """Answers near zero are settled by what rows and cones could let every column be."""
    variables = """
x: {type: endogenous, coordinates: [S, I], variables_info: {x: {I: {dim: rows}}}}
y: {type: endogenous, coordinates: [S], variables_info: {y: {nonneg: true}}}
a: {type: exogenous, coordinates: [S, I], variables_info: {a: {I: {dim: rows}}}}
p: {type: exogenous, coordinates: [S], variables_info: {p: }}
"""
    problem = {
        "objective": ["Minimize(sum(abs(x - a)) + sum(square(pos(x - a))))"],
        "expressions": ["x <= 2", "square(y / p) <= 40", "sum(x) + y >= 0.5"],
    }
    data = {"a": [[0.0, 0.2, 0.0], [0.0, -0.3, 0.1]], "p": [0.9, 1.7]}
    sets = "{S: {items: 1..2, split_problem: true}, I: {items: 1..3}}"
    found = saddlepoint.define(sets=sets, variables=variables, problem=problem, data=data).solve()
    assert found.exit_code == 0
    assert np.allclose(found.objective[""], 0.0, atol=1e-7)
