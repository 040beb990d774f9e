"""What a condition leaves out is not asked of the data; what it does not, is named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import saddlepoint
from saddlepoint.errors import SaddleError

WHOLE = [[1, 0], [2, 2], [0, 3]]
SOME = {("a", "x"): 1, ("a", "y"): 2, ("b", "x"): 2, ("b", "y"): 2}


def lab(need: Any, rate: Any, expressions: list[Any], **more: Any) -> saddlepoint.Lab:
    """Three items in two scenarios."""
    return saddlepoint.define(
        sets={"K": {"items": ["a", "b", "c"]}, "S": {"items": ["x", "y"], "split_problem": True}},
        variables={
            "plan": {"type": "endogenous", "coordinates": ["K", "S"], "variables_info": {"v": {"lower": 0}}},
            "need": {"type": "exogenous", "coordinates": ["K", "S"], "variables_info": {"n": None}},
            "rate": {"type": "exogenous", "coordinates": ["K"], "variables_info": {"r": None}},
        },
        problem={"objective": ["Minimize(sum(v, over=K))"], "expressions": expressions, **more},
        data={"need": need, "rate": rate},
    )


@pytest.mark.parametrize(
    ("need", "rate", "relation", "expected"),
    [
        (WHOLE, [2, 0, 4], {"k": "v >= n / r", "where": "r > 0"}, [0.5, 0.75]),
        (WHOLE, [2, 0, 4], {"k": "v / n >= 1 / r", "where": "r > 0 and n > 0"}, [0.5, 0.75]),
        (SOME, [2, 1, 0], {"k": "v >= n * r", "where": "r > 0"}, [4, 6]),
    ],
)
def test_data_outside_of_a_condition_may_be_anything(
    need: Any, rate: Any, relation: Any, expected: Any
) -> None:
    assert [d for d in lab(need, rate, [relation]).check() if d.severity == "error"] == []
    for chunk in (None, 1):
        assert lab(need, rate, [relation]).solve(chunk=chunk).objective[""] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("need", "relations", "code", "said"),
    [
        ({**SOME, ("a", "y"): np.nan}, [{"k": "v >= n * r", "where": "r > 0"}], "E302", "at a"),
        (SOME, [{"k": "v >= n * r"}], "D005", "c, x"),
        (SOME, [{"k": "v >= n * r", "where": "r > 0"}, {"z": "sum(v - n, over=K) >= 0"}], "D005", "c, x"),
        (SOME, [{"k": "v >= sum(n, over=K)", "where": "r > 0"}], "E302", "finite"),
        (WHOLE, [{"k": "v >= r / n", "where": "r > 0"}], "E302", "at a"),
    ],
)
def test_data_that_are_asked_for_are_named(need: Any, relations: list[Any], code: str, said: str) -> None:
    with pytest.raises(SaddleError) as caught:
        lab(need, [2, 1, 0], relations).solve()
    assert [d.code for d in caught.value.diagnostics] == [code]
    assert said in caught.value.diagnostics[0].message


def test_a_name_that_is_used_twice_is_asked_for_everywhere() -> None:
    """The same part stands below a sum as well, where every item counts."""
    stated = {"k": "share >= sum(share, over=K) - v", "where": "r > 0"}
    with pytest.raises(SaddleError, match="E302"):
        lab(WHOLE, [2, 0, 4], [stated], define={"share": "v * (n / r)"}).solve()


def test_bounds_of_cells_that_do_not_exist_need_no_data() -> None:
    model = saddlepoint.define(
        sets={"K": {"items": ["a", "b"]}},
        variables={
            "plan": {"type": "endogenous", "coordinates": ["K"], "where": "r > 0", "variables_info": {"v": {"upper": "cap"}}},
            "size": {"type": "exogenous", "coordinates": ["K"], "variables_info": {"cap": None}},
            "rate": {"type": "exogenous", "coordinates": ["K"], "variables_info": {"r": None}},
        },
        problem={"objective": ["Maximize(sum(v, over=K))"]},
        data={"size": {"a": 5}, "rate": [1, 0]},
    )  # fmt: skip
    assert model.solve().objective[""] == pytest.approx([5])
