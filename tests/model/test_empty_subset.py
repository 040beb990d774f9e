"""A subset that has no item in these data: its rules vanish, its sums are 0, and no operator ends in a raw error."""

from __future__ import annotations

import numpy as np
import pytest

import saddlepoint
from saddlepoint.errors import SaddleError

TABLES = """
gen: {type: endogenous, coordinates: [K], variables_info: {g: {K: {dim: %(side)s}, nonneg: true}, green: {K: {dim: %(side)s, filters: {kind: %(kind)s}}}}}
cost: {type: exogenous, coordinates: [K], variables_info: {c: {K: {dim: %(side)s}}, cg: {K: {dim: %(side)s, filters: {kind: green}}}}}
"""


def lab(*expressions: str, kinds: tuple[str, str] = ("fossil", "fossil"), side="rows", kind="green"):
    """Ten units from two machines at 3 and 2 a unit; no machine is green unless `kinds` says so."""
    return saddlepoint.define(
        sets={"K": {"filters": {"kind": ["fossil", "green"]}}},
        items={"K": {"K_Name": ["coal", "gas"], "K_kind": list(kinds)}},
        variables=TABLES % {"side": side, "kind": kind},
        problem={"objective": ["Minimize(sum(mult(c, g)))"], "expressions": ["sum(g) >= 10", *expressions]},
        data={"cost": [3.0, 2.0]},
    )


def least(*expressions: str, **more) -> float:
    return float(lab(*expressions, **more).solve().objective[""][0])


@pytest.mark.parametrize("side", ["rows", "cols"])
@pytest.mark.parametrize(
    ("expression", "cost"),
    [
        ("green <= 4", 20.0),
        ("sum(green) <= 4", 20.0),
        ("green >= cg", 20.0),
        ("sum(g) + sum(mult(cg, green)) >= 11", 22.0),
        ("sum(g) >= 12 + sum(green)", 24.0),
        ("norm(green) <= 3", 20.0),
        ("norm(green, 1) <= 3", 20.0),
        ("sumsq(green) <= 3", 20.0),
        ("max(green) <= 3", 20.0),
        ("min(green) >= -1", 20.0),
        ("log_sum_exp(green) <= 1", 20.0),
        ("square(green) <= 1", 20.0),
    ],
)
def test_sums_over_nothing_are_zero(expression: str, cost: float, side: str) -> None:
    assert least(expression, side=side) == pytest.approx(cost, rel=1e-6)


def test_relations_over_nothing_have_no_row() -> None:
    result = lab("green <= 4").solve()
    first, second = (
        result.price(n).columns["price"] for n in (c.name for c in result.plan.model.problems[0].constraints)
    )
    assert len(first) == 1 and len(second) == 0


def test_a_share_of_nothing_cannot_be_reached() -> None:
    (answer,) = lab("sum(green) >= 0.3 * sum(g)").solve().certificates.values()
    assert answer.columns["status"].tolist() == ["infeasible"]


def test_with_an_item_the_same_rule_binds() -> None:
    assert least("sum(green) <= 4", kinds=("fossil", "green")) == pytest.approx(26.0)


@pytest.mark.parametrize("expression", ["norm(green) <= 3", "norm(green, 1) <= 1", "geo_mean(green) >= 0"])
def test_repeats_over_nothing(expression: str) -> None:
    one = saddlepoint.define(
        sets={"K": {"filters": {"kind": ["fossil", "green"]}}},
        items={"K": {"K_Name": ["coal", "gas"], "K_kind": ["fossil", "fossil"]}},
        variables=TABLES % {"side": "intra", "kind": "green"},
        problem={"objective": ["Minimize(mult(c, g))"], "expressions": ["g >= 10", expression]},
        data={"cost": [3.0, 2.0]},
    )
    result = one.solve()
    np.testing.assert_allclose(result.table("gen").values, 10.0)


@pytest.mark.parametrize(("kind", "code"), [("gren", "M005"), ("[]", "M006")])
def test_labels_that_the_set_does_not_know_are_mistakes(kind: str, code: str) -> None:
    with pytest.raises(SaddleError) as caught:
        lab("green <= 4", kind=kind).solve()
    assert code in [d.code for d in caught.value.diagnostics]


@pytest.mark.parametrize("rule", ["green <= cg", "mult(cg, green) <= 1", "sum(g) >= 10 + sum(cg)"])
def test_data_over_nothing_may_differ_between_scenarios(rule: str) -> None:
    varied = TABLES.replace("[K]", "[S, K]") % {"side": "rows", "kind": "green"}
    made = saddlepoint.define(
        sets={"S": {"split_problem": True}, "K": {"filters": {"kind": ["fossil", "green"]}}},
        items={"S": ["now", "then"], "K": {"K_Name": ["coal", "gas"], "K_kind": ["fossil", "fossil"]}},
        variables=varied,
        problem={"objective": ["Minimize(sum(mult(c, g)))"], "expressions": ["sum(g) >= 10", rule]},
        data={"cost": np.array([[3.0, 2.0], [4.0, 5.0]])},
    )
    assert made.solve().objective[""].tolist() == pytest.approx([20.0, 40.0])
