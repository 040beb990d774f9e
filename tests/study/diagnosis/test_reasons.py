"""Why two optima differ: shares known by hand, which add up, and what is no pair to be explained."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import saddlepoint
from saddlepoint.errors import StudyError
from saddlepoint.lab import Lab

MODEL = """
sets:
    Cases: {split_problem: true, items: [a, b, c]}
tables:
    sold: {type: endogenous, coordinates: [Cases], unit: t, variables_info: {x: {lower: 0}}}
    room: {type: exogenous, coordinates: [Cases], unit: t, variables_info: {k: }}
    price: {type: exogenous, coordinates: [Cases], variables_info: {p: }}
problem:
    objective: [Maximize(p * x)]
    expressions: [x <= k]
data:
    room: {a: 2, b: 5, c: 2}
    price: {a: 10, b: 13, c: 10}
"""


@pytest.fixture
def sales(tmp_path) -> Callable[..., Lab]:
    def make(text: str = MODEL) -> Lab:
        path = tmp_path / "sales.yml"
        path.write_text(text)
        return saddlepoint.open(path)

    return make


def test_of_a_product_both_have_their_part_and_what_they_do_together(sales) -> None:
    """2·10 → 5·13: three more at 10 and three at 13, three dearer at 2 and at 5."""
    (found,) = sales().why("a", "b")
    assert found.objective == pytest.approx([20, 65])
    by = {d.name: d for d in found.differences}
    assert (by["room"].alone, by["room"].last, by["room"].share) == pytest.approx((30, 39, 34.5))
    assert (by["price"].alone, by["price"].last, by["price"].share) == pytest.approx((6, 15, 10.5))
    assert found.together == (("room", "price", pytest.approx(9)),)
    (move,) = found.moves
    assert (move.name, move.before, move.after) == ("sold", 2, 5) and move.shares == pytest.approx([3, 0])


@pytest.mark.parametrize("cells", [False, True])
@pytest.mark.parametrize("tables", [3, 10])
def test_shares_add_up_to_the_difference(tables: int, cells: bool) -> None:
    """Over all orders, and with more differences over one order and its reverse."""
    random = np.random.default_rng(tables)
    names = [f"q{k}" for k in range(tables)]
    given = {
        n: {"type": "exogenous", "coordinates": ["Cases", "Goods"], "variables_info": {n.upper(): None}}
        for n in names
    }
    made = {"type": "endogenous", "coordinates": ["Cases", "Goods"], "variables_info": {"x": {"lower": 0}}}
    total = " + ".join(n.upper() for n in names)
    lab = saddlepoint.define(
        sets={"Cases": {"split_problem": True}, "Goods": {}},
        variables={"made": made, **given},
        problem={"objective": ["Minimize(sum(square(x) + x, over=Goods))"], "expressions": [f"x >= {total}"]},
        items={"Cases": ["a", "b"], "Goods": ["g", "h"]},
        data={n: random.integers(0, 9, 4) * 1.0 for n in names},
    )
    (found,) = lab.why("a", "b", cells=cells)
    shares = sum(d.share for d in found.differences)
    assert shares == pytest.approx(found.objective[1] - found.objective[0], abs=1e-6)
    for move in found.moves:
        assert move.shares.sum() == pytest.approx(move.after - move.before, abs=1e-6)


def test_a_kept_run_beside_the_data_as_they_are(sales) -> None:
    sales().run(name="base")
    lab = sales(MODEL.replace("b: 5", "b: 6"))
    (found,) = lab.why("b", "b", runs=("base", ""))
    assert found.objective == pytest.approx([65, 78]) and [d.name for d in found.differences] == ["room"]
    assert found.differences[0].share == pytest.approx(13)


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [("a", "c", "K902"), ("a", "a", "K902"), ("a", "", "K901"), ("a", "*", "K901")],
)
def test_what_is_no_pair_is_said(sales, first: str, second: str, code: str) -> None:
    with pytest.raises(StudyError) as error:
        sales().why(first, second)
    assert [d.code for d in error.value.diagnostics] == [code]


def test_a_scenario_without_a_plan_is_named(sales) -> None:
    from saddlepoint.report.reasons_text import reasons_text

    found = sales(MODEL.replace("b: 5", "b: -1")).why("a", "b")
    text = "\n".join(reasons_text(found, "a", "b"))
    assert "no plan in b" in text and "room: 2 → -1 t" in text
