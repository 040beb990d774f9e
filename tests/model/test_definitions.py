"""Names for expressions: the same problem as with the expressions written out, named on every page, refused where wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import saddlepoint
from saddlepoint.declare.write import write_spec
from saddlepoint.errors import SaddleError

WRITTEN = {
    "objective": ["Minimize(sum(c * x, over=P))"],
    "expressions": [{"served": "sum(x, over=P) >= d"}, {"few": "c * x <= 9", "where": "c - 1 > 0"}],
    "report": {"share": "c * x / sum(c * x, over=P)"},
}
NAMED: dict[str, Any] = {
    "define": {
        "spent": "sum(spending, over=P)",
        "spending": {"value": "c * x", "unit": "EUR", "description": "what each plant costs"},
        "dear": "c - 1",
    },
    "objective": ["Minimize(spent)"],
    "expressions": [{"served": "sum(x, over=P) >= d"}, {"few": "spending <= 9", "where": "dear > 0"}],
    "report": {"share": "spending / spent"},
}


def lab(problem: dict[str, Any]) -> saddlepoint.Lab:
    given = {"type": "exogenous", "coordinates": ["P"]}
    return saddlepoint.define(
        sets={"P": {"items": ["a", "b"]}},
        variables={
            "x": {"type": "endogenous", "coordinates": ["P"], "unit": "t", "variables_info": {"x": {"lower": 0, "upper": 4}}},
            "cost": {**given, "unit": "EUR/t", "variables_info": {"c": None}},
            "need": {"type": "exogenous", "coordinates": [], "unit": "t", "variables_info": {"d": None}},
        },
        problem=problem,
        data={"cost": {"a": 1, "b": 3}, "need": 5},
    )  # fmt: skip


def test_a_name_is_its_expression() -> None:
    named, written = (lab(p).solve() for p in (NAMED, WRITTEN))
    assert named.objective[""] == pytest.approx([7]) == written.objective[""]
    assert named.reports["share"].columns["values"] == pytest.approx([4 / 7, 3 / 7])
    for one in ("served", "few"):
        assert named.price(one).columns["price"] == pytest.approx(
            written.price(one).columns["price"], nan_ok=True
        )
        assert len(named.price(one)) == len(written.price(one))


def test_pages_show_the_name_and_what_it_means() -> None:
    page = lab(NAMED).mathematics()
    assert "\\min \\; \\mathit{spent}" in page
    assert "\\mathit{spent} = \\sum_{\\mathrm{P}} \\mathit{spending}" in page
    assert "spending \\[EUR\\]: what each plant costs" in page
    assert "few: 1 (P)  spending <= 9" in lab(NAMED).explain()


@pytest.mark.parametrize("form", ["yaml", "xlsx"])
def test_definitions_are_written_and_read_back(form: Any, tmp_path: Path) -> None:
    spec = lab(NAMED).settings.spec
    write_spec(tmp_path / "m", spec, form)
    again = saddlepoint.open(tmp_path / "m").settings.spec.problems[0].definitions
    mine = spec.problems[0].definitions
    assert [(d.name, d.formula.text, d.unit, d.description) for d in again] == [
        (d.name, d.formula.text, d.unit, d.description) for d in mine
    ]


@pytest.mark.parametrize(
    ("code", "names", "told"),
    [
        ("M442", {"u": "v", "v": "u"}, "in a circle: u, v"),
        ("M443", {"x": "c"}, "'x' cannot be defined"),
        ("M443", {"P": "c"}, "'P' cannot be defined"),
        ("M443", {"1u": "c"}, "'1u' cannot be defined"),
        ("M444", {"u": "c"}, "used in no formula"),
        ("E105", {"u": "z"}, "'z' is not a variable"),
        ("E104", {"u": "price(served)"}, "known only once the model is solved"),
        ("M090", {"u": {"value": "c", "unit": "kEUR/t"}}, "differ by a factor of 1000"),
        ("Y011", {"u": ""}, "the definition 'u' has no expression"),
    ],
)
def test_wrong_definitions(code: str, names: dict[str, Any], told: str) -> None:
    problem = {**WRITTEN, "define": names}
    try:
        found = lab(problem).check()
    except SaddleError as error:
        found = error.diagnostics
    assert [d for d in found if d.code == code and told in d.message], found


def test_a_condition_needs_more_than_a_name() -> None:
    problem = {**NAMED, "expressions": [{"served": "sum(x, over=P) >= d", "where": "dear"}]}
    assert [d.fix for d in lab(problem).check() if d.code == "E121"] == ["Compare the number: dear > 0."]
