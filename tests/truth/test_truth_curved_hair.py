"""Curved limits a hair apart: a plan within the tolerance says that no plan was found which keeps them all."""

import numpy as np
import pytest

import saddlepoint


def lab(*rows: str):
    """Two numbers from 0 up with the least sum."""
    plan = {"coordinates": ["N"], "variables_info": {"x": {"N": {"dim": "rows"}, "nonneg": True}}}
    return saddlepoint.define(
        sets={"N": {}},
        items={"N": ["a", "b"]},
        variables={"plan": {"type": "endogenous", **plan}},
        problem={"objective": ["Minimize(sum(x))"], "expressions": list(rows)},
    )


APART = [
    ("sumsq(x) <= 2", "sum(x) >= {}", 2.0),
    ("norm2(x) <= 1", "sum(x) >= {}", np.sqrt(2.0)),
    (f"sum(exp(x)) <= {2 * np.e!r}", "sum(x) >= {}", 2.0),
]


@pytest.mark.parametrize(("curve", "row", "side"), APART)
def test_sides_that_give_way_are_told(curve, row, side) -> None:
    """Two sides share what they are apart: each gives way by more than the 5e-8 from which on a miss is told, whatever the versions of the solvers."""
    found = lab(curve, row.format(side * (1 + 2e-7))).solve()
    held = found.answers[""].solution
    assert list(found.certificates[""].columns["status"]) == ["optimal"]
    assert 5e-8 < held.certificates.gives_way[0] == held.certificates.rel_prim[0] < 1e-6
    assert "they give way by up to" in held.messages[0]


@pytest.mark.parametrize(("curve", "row", "side"), APART)
def test_of_sides_that_leave_a_plan_nothing_is_told(curve, row, side) -> None:
    found = lab(curve, row.format(side * 0.9)).solve()
    held = found.answers[""].solution
    assert list(found.certificates[""].columns["status"]) == ["optimal"]
    assert held.certificates.gives_way[0] == 0.0 and 0 not in held.messages


def test_of_a_sweep_with_room_nothing_is_told() -> None:
    """Interior points leave 1e-8 of a row or of an exponential, at times more: such plans are moved onto them."""
    rng, scenarios = np.random.default_rng(0), 60
    given = {"type": "exogenous", "coordinates": ["N", "S"]}
    across = {"N": {"dim": "cols"}}
    plan = {"coordinates": ["N", "S"], "variables_info": {"x": {**across, "nonneg": True}}}
    found = saddlepoint.define(
        sets={"N": {}, "S": {"split_problem": True}},
        items={"N": list("abcdefgh"), "S": [f"s{k}" for k in range(scenarios)]},
        variables={
            "plan": {"type": "endogenous", **plan},
            "costs": {**given, "variables_info": {"c": across}},
            "caps": {**given, "variables_info": {"u": across}},
        },
        problem={
            "objective": ["Minimize(c @ tran(x) + sum(exp(x)))"],
            "expressions": ["sum(x) >= 4", "x <= u"],
        },
        data={"costs": rng.uniform(1, 3, (8, scenarios)), "caps": rng.uniform(1, 3, (8, scenarios))},
    ).solve()
    held = found.answers[""].solution
    assert set(found.certificates[""].columns["status"]) == {"optimal"}
    assert not held.certificates.gives_way.any() and held.certificates.rel_prim.max() <= 5e-8
    assert not dict(held.messages)
