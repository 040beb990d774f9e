"""A model in LaTeX: every problem once, every constraint by its name."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

import saddlepoint
from saddlepoint.cli.commands import saddle
from saddlepoint.expr.axis_words import AXIS_WORDS, OVER
from saddlepoint.report.mathml import mathml

BLENDING = Path(__file__).parents[2] / "examples" / "blending"


def test_every_constraint_of_a_model_stands_in_its_latex():
    shown = saddlepoint.open(BLENDING).latex()
    assert shown.splitlines()[2] == "\\min_{x} \\quad & c \\, x^{\\top} \\\\"
    assert all(f"\\text{{({name})}}" in shown for name in ("protein", "oil", "whole"))
    assert "\\mathbb{P}" in shown


def test_the_command_prints_it():
    shown = CliRunner().invoke(saddle, ["explain", str(BLENDING), "--latex"])
    assert shown.exit_code == 0
    assert shown.output == saddlepoint.open(BLENDING).latex()


SAID = {
    "sum": ("sum(xy, over=Hours, where=Hours != first)", ("Hours", "first", "sum")),
    "mean": ("mean(xy, over=Hours, where=Hours != first)", ("Hours", "first", "mean")),
    "max": ("max(xy, over=(Hours, Sites))", ("Hours", "Sites", "max")),
    "min": ("min(xy, over=(Hours, Sites))", ("Hours", "Sites", "min")),
    "sumsq": ("sumsq(xy, over=(Hours, Sites))", ("Hours", "Sites", "sumsq")),
    "norm1": ("norm1(xy, over=(Hours, Sites))", ("Hours", "Sites", "norm1")),
    "norm2": ("norm2(xy, over=(Hours, Sites))", ("Hours", "Sites", "norm2")),
    "norminf": ("norminf(xy, over=(Hours, Sites))", ("Hours", "Sites", "norminf")),
    "cumsum": ("cumsum(xy, over=Hours)", ("Hours", "cumsum")),
    "diff": ("diff(xy, over=Hours, first=zz)", ("Hours", "first", "zz")),
    "lag": ("lag(xy, Hours, steps, first=zz)", ("Hours", "steps", "first", "zz", "-")),
    "lead": ("lead(xy, Hours, 2, last=zz)", ("Hours", "2", "last", "zz", "+")),
    "rolling_sum": ("rolling_sum(xy, Hours, length=steps, cyclic=True)", ("Hours", "steps", "cyclic", "sum")),
    "at": ("at(xy, Hours='h2', Sites=last)", ("Hours", "h2", "Sites", "s2")),
    "rename": ("rename(xy, Sites=Ends)", ("Sites", "to", "Ends")),
    "spread": ("spread(rr, Sites)", ("Sites",)),
    "position": ("position(Hours) * xy", ("position", "Hours")),
    "size": ("size(Hours) * xy", ("Hours",)),
    "prod": ("prod(zz, over=Sites, where=Sites == first) * xy", ("prod", "Sites", "first")),
    "piecewise": (
        "piecewise(at(xy, Hours=first), steps, weights, over=Hours)",
        ("piecewise", "Hours", "steps", "weights"),
    ),
    "count": ("count(zz > 1, over=Sites) * xy", ("zz", "Sites", "1")),
    "any": ("any(zz > 1, over=Sites) * xy", ("exists", "zz", "Sites")),
    "all": ("all(zz > 1, over=Sites) * xy", ("forall", "zz", "Sites")),
}
"""Every word along sets with its arguments, and what its LaTeX must name."""


AMONG_OUTCOMES = {"expect", "worst", "cvar"}
"""Said of sets of outcomes alone: their LaTeX is held with them."""


def test_the_table_has_every_word_along_sets():
    assert set(SAID) == {*AXIS_WORDS, *OVER} - AMONG_OUTCOMES


@pytest.mark.parametrize("word", SAID)
def test_latex_names_every_argument_of_a_word(word: str):
    formula, tokens = SAID[word]
    given = {"type": "exogenous", "variables_info": {}}
    lab = saddlepoint.define(
        sets={
            "Hours": {"items": ["h1", "h2", "h3"]},
            "Sites": {"items": {"s1": {"region": "n"}, "s2": {"region": "m"}}, "aggregations": ["region"]},
            "Ends": {"copy_from": "Sites"},
            "Regions": {"groups": "Sites.region"},
        },
        variables={
            "plan": {"type": "endogenous", "coordinates": ["Hours", "Sites"], "variables_info": {"xy": None}},
            "steps": {**given, "coordinates": ["Hours"], "variables_info": {"steps": None}},
            "weights": {**given, "coordinates": ["Hours"], "variables_info": {"weights": None}},
            "zz": {**given, "coordinates": ["Sites"], "variables_info": {"zz": None}},
            "rr": {**given, "coordinates": ["Regions"], "variables_info": {"rr": None}},
        },
        problem={"expressions": [{"r": f"{formula} + xy >= 0" if word == "spread" else f"{formula} >= 0"}]},
        data={},
    )  # fmt: skip
    shown = lab.latex().split("\\text{s.t.}")[1].split("&&")[0] if "s.t." in lab.latex() else lab.latex()
    missing = [token for token in tokens if token not in shown]
    assert not missing, (missing, shown)
    assert shown.count("{") == shown.count("}")
    drawn = mathml(shown.split("&")[-1].strip().removesuffix("\\\\"))
    assert "\\" not in drawn
