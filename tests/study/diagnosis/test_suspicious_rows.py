"""What `check --data` says of relations: each fault in a model that has it, and nothing in one that has not."""

from __future__ import annotations

import re
from typing import Any

import pytest

import saddlepoint
from saddlepoint.lab import Lab

TABLES = """
out: {type: endogenous, coordinates: [Plants], variables_info: {x: {lower: 0}}}
on: {type: endogenous, integer: true, coordinates: [Plants], variables_info: {b: {lower: 0, upper: 1}}}
cap: {type: exogenous, coordinates: [Plants], variables_info: {k: }}
cost: {type: exogenous, coordinates: [Plants], variables_info: {c: }}
need: {type: exogenous, coordinates: [Cases], variables_info: {d: }}
share: {type: exogenous, coordinates: [Plants], variables_info: {s: }}
"""
SUM = {"cover": "sum(x, over=Plants) >= d"}
FITS = {"fits": "x <= k"}


def _lab(*relations: dict[str, str], goal: str = "sum(c * x, over=Plants)", **data: Any) -> Lab:
    given = {
        "cap": [4.0, 6.0, 5.0],
        "cost": [1.0, 3.0, 7.0],
        "need": [8.0, 9.0],
        "share": [1.0, 1.0, 1.0],
        **data,
    }
    used = " ".join([goal, *(text for relation in relations for text in relation.values())])
    names = {"on": "b", "cap": "k", "cost": "c", "need": "d", "share": "s"}
    words = set(re.findall(r"\w+", used))
    kept = [
        t for t in TABLES.strip().splitlines() if t.split(":")[0] == "out" or names[t.split(":")[0]] in words
    ]
    split = "Cases: {split_problem: true}\n"
    tables = "\n".join(kept).replace("[Plants], variables_info: {x", "[Cases, Plants], variables_info: {x")
    return saddlepoint.define(
        sets=f"Plants:\n{split}",
        variables=tables.replace(
            "integer: true, coordinates: [Plants]", "integer: true, coordinates: [Cases, Plants]"
        ),
        problem={"objective": [f"Minimize({goal})"], "expressions": list(relations)},
        items={"Plants": ["a", "b", "c"], "Cases": ["low", "high"]},
        data={name: given[name] for name in given if any(t.startswith(f"{name}:") for t in kept)},
    )


def _said(lab: Lab) -> list[tuple[str, str]]:
    found = lab.check(data=True)
    assert all(d.severity == "warning" for d in found)
    return [(d.code, d.message) for d in found if d.code.startswith("K9")]


def test_sound_relations_are_not_suspicious() -> None:
    assert _said(_lab(SUM, FITS)) == []
    assert _said(_lab(SUM, {"fits": "x <= k * b"})) == []


def test_a_capacity_below_the_demand_is_found_in_its_scenario() -> None:
    ((code, message),) = _said(_lab(SUM, FITS, need=[8.0, 19.0]))
    assert code == "K906"
    assert (
        message == "cover in high asks for at least 19, and its decisions within their bounds make at most 15"
    )


def test_relations_of_one_decision_that_are_at_odds() -> None:
    """Each needs 5 of every plant in the second scenario; the first can give 4."""
    each = {"each": "x >= d"}
    assert _said(_lab(each, FITS, need=[3.0, 4.0])) == []
    ((code, message),) = _said(_lab(each, FITS, need=[3.0, 5.0]))
    assert code == "K906"
    assert message == "each[a] in high asks for at least 5 of a decision of which fits[a] allows at most 4"
    (answer,) = _lab(each, FITS, need=[3.0, 5.0]).solve().answers.values()
    assert answer.solution.messages[1] == "no plan satisfies all of these together: each (a), fits (a)"
    turned = {"turned": "-2 * x >= -2 * k"}
    ((code, message),) = _said(_lab(each, turned, need=[3.0, 4.5]))
    assert code == "K906" and message.endswith("of which turned[a] allows at most 4")


def test_relations_that_are_almost_the_same() -> None:
    again = {"again": "sum(s * x, over=Plants) >= 2"}
    assert _said(_lab(SUM, FITS, again)) == []
    ((code, message),) = _said(_lab(SUM, FITS, again, share=[1.0, 1.0, 1.0 + 3e-8]))
    assert code == "K905" and message == "cover and again are almost the same relation"


def test_an_equation_that_almost_follows_from_others() -> None:
    first, second = (
        {"one": "at(x, Plants='a') + at(x, Plants='b') == 2"},
        {"two": "at(x, Plants='b') - at(x, Plants='c') == 1"},
    )
    both = {"both": "sum(s * x, over=Plants) == 3"}
    assert _said(_lab(first, second, both, share=[1.0, 2.0, -1.0])) == []
    assert [code for code, _ in _said(_lab(first, second, both, share=[1.0, 2.0, -1.0 + 1e-8]))] == ["K905"]


@pytest.mark.parametrize(("large", "codes"), [(1e3, []), (1e9, ["K904"])])
def test_a_big_m(large: float, codes: list[str]) -> None:
    lab = _lab(SUM, {"off": "x <= k * b"}, {"top": "x <= 20"}, cap=[large] * 3)
    assert [code for code, _ in _said(lab)] == codes


@pytest.mark.parametrize(
    ("cost", "codes"),
    [
        ([2.5, 3.1, 2400.0, 3000.0], ["K903"]),
        ([2.5, 3.1, 24.0, 30.0], []),
        ([2.5, 3.1, 4.0, 3000.0], []),
        ([0.001, 0.1, 900.0, 4000.0], []),
    ],
)
def test_two_units_in_one_table(cost: list[float], codes: list[str]) -> None:
    lab = saddlepoint.define(
        sets="Goods:\n",
        variables="out: {type: endogenous, coordinates: [Goods], variables_info: {x: {lower: 1}}}\n"
        "cost: {type: exogenous, coordinates: [Goods], variables_info: {c: }}",
        problem={"objective": ["Minimize(sum(c * x, over=Goods))"], "expressions": []},
        items={"Goods": ["a", "b", "c", "d"]},
        data={"cost": cost},
    )
    assert [code for code, _ in _said(lab)] == codes
