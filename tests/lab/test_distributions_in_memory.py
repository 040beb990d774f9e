"""Distributions of uncertain tables as a script or a model in one file gives them."""

from __future__ import annotations

import pytest

import saddlepoint
from saddlepoint.building import Expression, Model
from saddlepoint.errors import SaddleError


def _uncertain(given: object) -> saddlepoint.Lab:
    return saddlepoint.define(
        sets={"P": {}},
        items={"P": ["a", "b"]},
        variables="""
            x_t: {type: endogenous, coordinates: P, variables_info: {x: {P: {dim: rows}}}}
            d_t: {type: uncertain, coordinates: P, variables_info: {D: {P: {dim: rows}}}}
        """,
        problem={"objective": ["Minimize(sum(x))"], "expressions": ["chance(x >= D, 0.5)"]},
        data={"d_t": given},
    )


@pytest.mark.parametrize(
    "given",
    [
        {"b": {"distribution": "normal", "mean": 7, "std": 1}, "a": {"std": 1, "distribution": "normal", "mean": 5}},
        {"P": ["b", "a"], "distribution": ["normal", "normal"], "mean": [7, 5], "std": [1, 1]},
    ],
)  # fmt: skip
def test_uncertain_tables_are_given_by_rows_or_columns(given: object) -> None:
    assert _uncertain(given).solve().table("x_t").values == pytest.approx([5, 7])


def test_numbers_alone_are_no_distributions() -> None:
    with pytest.raises(SaddleError, match="distribution: normal"):
        _uncertain({"a": {"x": {"distribution": "normal"}}}).solve()


def test_values_seen_together_that_are_no_matrix_are_told_to_lie_on_two_sides() -> None:
    m = Model()
    goods, days = m.set("P", ["a", "b"]), m.set("T", ["1", "2", "3"])
    m.data("H", days, goods, [[1.0, 2.0]] * 3)
    m.uncertain("D", goods, distribution="normal", mean=300, std=30)
    m.minimise(Expression("sum(x, over=P)"))
    m.decide("x", goods)
    m.subject_to(served=Expression("chance(x >= D, 0.95, joint=gaussian, seen=H)"))
    with pytest.raises(SaddleError, match="must be one matrix") as caught:
        m.solve()
    assert "{H: {P: {dim: rows}, T: {dim: cols}}}" in caught.value.diagnostics[0].fix
