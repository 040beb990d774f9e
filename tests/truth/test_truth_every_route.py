"""The words that write less, each on every route: both compilers, with and without kernels, as files in either form, on every page.

Values by hand: three hours need 3, 8 and 5; unit a has size 10 and costs 2, unit b has size 6 and costs 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import saddlepoint
from saddlepoint import declare
from saddlepoint.building import Expression
from saddlepoint.compile.bind import bind
from saddlepoint.compile.compile import compile_problem
from saddlepoint.model.blanks import input_sheets
from saddlepoint.model.flat_numbers import flat_numbers
from saddlepoint.solve.solve import solve
from saddlepoint.study.running.plan import numbers_of

BALANCE = {"balance": "sum(g, over=Units) == d"}
COSTS = "Minimize(sum(c * g, over=(Units, Hours)))"


@dataclass(frozen=True, kw_only=True)
class Word:
    """A model in which a word is used, its optimum, and what its LaTeX must hold."""

    optimum: float
    objective: list[Any]
    expressions: list[Any]
    latex: str
    define: dict[str, Any] = field(default_factory=dict)
    tables: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    domain: str = "real"
    info: dict[str, Any] = field(default_factory=lambda: {"lower": 0, "upper": "cap"})


def decided(*over: str, domain: str = "real", **info: Any) -> dict[str, Any]:
    return {"type": "endogenous", "coordinates": list(over), "domain": domain, "variables_info": info}


def given(*over: str, **info: Any) -> dict[str, Any]:
    return {"type": "exogenous", "coordinates": list(over), "variables_info": info}


ON = {"state": decided("Units", "Hours", domain="boolean", on=None)}
POINTS = {"corner": given("Points", px=None), "height": given("Points", py=None)}
X = {"plan": decided("Hours", x={"lower": 0})}
WORDS = {
    # b | a and b | b, each on for 4
    "product": Word(optimum=7 + 18 + 9, latex="g", tables=ON,
        objective=["Minimize(sum(c * on * g + 4 * on, over=(Units, Hours)))"],
        expressions=[{"balance": "sum(on * g, over=Units) == d"}]),
    # hour 2: a at least 2.5
    "semicontinuous": Word(optimum=3 + 10.5 + 5, latex="on", domain="semicontinuous", info={"lower": 2.5, "upper": "cap"},
        objective=[COSTS], expressions=[BALANCE]),
    # 3 at 1, 4 + 4 at 2, 4 at 1 + 1 at 2
    "piecewise": Word(optimum=3 + 12 + 6, latex="px", tables=POINTS, data={"corner": [0, 4, 16], "height": [0, 4, 28]},
        objective=["Minimize(sum(piecewise(sum(g, over=Units), px, py, over=Points), over=Hours))"], expressions=[BALANCE]),
    # 3 at 3, then free: concave, by yes/no columns
    "piecewise exact": Word(optimum=9 + 12 + 12, latex="px", tables=POINTS, data={"corner": [0, 4, 16], "height": [0, 12, 12]},
        objective=["Minimize(sum(piecewise(sum(g, over=Units), px, py, over=Points, exact=True), over=Hours))"],
        expressions=[BALANCE]),
    # b alone lacks 2 in hour 2
    "soft": Word(optimum=3 + 6 + 5 + 20, latex="violation", objective=[COSTS],
        expressions=[{**BALANCE, "soft": 10}, {"off": "at(g, Units='a') == 0"}]),
    "tree": Word(optimum=3 + 2 + 2, latex="Nodes", tables={"level": decided("Nodes", k={"lower": 0})},
        objective=["Minimize(sum(k, over=Nodes))"], expressions=[{"tree": "k >= lag(k, Nodes, first=4) - 1"}]),
    # 1 + 3, 4 + 8, 4 + 5
    "lag by data": Word(optimum=4 + 12 + 9, latex="step", tables={**X, "steps": given("Hours", step=None)},
        data={"steps": [1, 1, 2]}, objective=["Minimize(sum(x, over=Hours))"],
        expressions=[{"grow": "x - lag(x, Hours, step, first=1) >= d"}]),
    "prod": Word(optimum=2 * 16, latex="prod", objective=["Minimize(prod(c, over=Units) * sum(g, over=(Units, Hours)))"],
        expressions=[BALANCE]),
    # 3, 3 + 5, 5 + 0
    "rolling_sum by data": Word(optimum=8, latex="width", tables={**X, "widths": given("Hours", width=None)},
        data={"widths": [1, 2, 2]}, objective=["Minimize(sum(x, over=Hours))"],
        expressions=[{"window": "rolling_sum(x, Hours, length=width, first=0) >= d"}]),
    "rolling_sum in a circle": Word(optimum=9, latex="cyclic", tables=X, objective=["Minimize(sum(x, over=Hours))"],
        expressions=[{"window": "rolling_sum(x, Hours, length=2, cyclic=True) >= 6"}]),
    "define": Word(optimum=3 + 10 + 5, latex="spent", define={"spent": "c * g"},
        objective=["Minimize(sum(spent, over=(Units, Hours)))"], expressions=[BALANCE]),
    # cheapest first: b 3 | a 2 and b 6 | b 5; then as little of b as that allows
    "priority": Word(optimum=14, latex="priority", expressions=[BALANCE],
        objective=[{"cost": COSTS, "priority": 1}, {"from_b": "Minimize(sum(at(g, Units='b'), over=Hours))", "priority": 2}]),
}  # fmt: skip
_KNOWN = {"need": np.array([3.0, 8, 5]), "size": np.array([10.0, 6]), "cost": np.array([2.0, 1])}


def lab(word: Word) -> saddlepoint.Lab:
    return saddlepoint.define(
        sets={
            "Units": {"items": ["a", "b"]},
            "Hours": {"items": "1..3"},
            "Points": {"items": ["p0", "p1", "p2"]},
            "Nodes": {"items": {"r": {}, "u": {"parent": "r"}, "d": {"parent": "r"}}},
        },
        variables={
            "need": given("Hours", d=None),
            "size": given("Units", cap=None),
            "cost": given("Units", c=None),
            "output": decided("Units", "Hours", domain=word.domain, g=word.info),
            **word.tables,
        },
        problem={
            "objective": word.objective,
            "expressions": word.expressions,
            **({"define": word.define} if word.define else {}),
        },
        data={**_KNOWN, **word.data},
    )


every = pytest.mark.parametrize("name", WORDS)


@every
def test_natively_with_and_without_kernels(name: str) -> None:
    word = WORDS[name]
    for more in ({}, {"kernels": ()}):
        assert lab(word).solve(**more).objective[""] == pytest.approx([word.optimum], rel=1e-6)


@pytest.mark.parametrize("name", [n for n in WORDS if n != "priority"])
def test_through_the_second_compiler(name: str) -> None:
    pytest.importorskip("cvxpy")
    model = lab(WORDS[name])
    plan = model.plan(model.inputs())
    problem = plan.model.problems[0]
    numbers = numbers_of(problem, plan, flat_numbers(plan.fetched.tables.values(), plan.model.defaults))
    bound = bind(compile_problem(problem, plan.model, numbers, "cvxpy"), numbers)
    found = solve(bound.batch, plan.request.options)
    assert found.answered.all(), found.messages
    assert problem.sense * found.objective == pytest.approx([WORDS[name].optimum], rel=1e-6)


@every
@pytest.mark.parametrize("form", ["yaml", "xlsx"])
def test_as_files_in_either_form(name: str, form: Any, tmp_path: Path) -> None:
    model = lab(WORDS[name])
    declare.write_spec(tmp_path / "m", model.settings.spec, form)
    declare.write_inputs(tmp_path / "m", input_sheets(model.model, model.inputs().tables), "csv")
    again = saddlepoint.open(tmp_path / "m")
    assert again.solve().objective[""] == pytest.approx([WORDS[name].optimum], rel=1e-6)


@every
def test_on_every_page(name: str) -> None:
    model = lab(WORDS[name])
    assert [d for d in model.check() if d.severity == "error"] == []
    for page in (model.mathematics(), model.latex(), model.mathematics("html")):
        assert WORDS[name].latex in page
        assert page.count("{") == page.count("}")
    told = model.explain()
    assert all(next(iter(e)) in told for e in WORDS[name].expressions)


def built(word: Word) -> saddlepoint.Model:
    """The same model, said with the builder."""
    m = saddlepoint.Model()
    sets = {
        "Units": m.set("Units", ["a", "b"]),
        "Hours": m.set("Hours", range(1, 4)),
        "Points": m.set("Points", ["p0", "p1", "p2"]),
        "Nodes": m.set("Nodes", ["r", "u", "d"], parent=["", "r", "r"]),
    }
    numbers = {**_KNOWN, **word.data}
    tables = {
        "need": given("Hours", d=None),
        "size": given("Units", cap=None),
        "cost": given("Units", c=None),
    }
    tables |= {"output": decided("Units", "Hours", domain=word.domain, g=word.info), **word.tables}
    for key, table in tables.items():
        over = [sets[name] for name in table["coordinates"]]
        (name, info), *_ = table["variables_info"].items()
        if table["type"] == "exogenous":
            m.data(name, *over, numbers[key])
        else:
            bounds = {k: Expression(str(v)) for k, v in (info or {}).items()}
            m.decide(name, *over, domain=table["domain"], **bounds)
    for name, text in word.define.items():
        m.define(name, Expression(text))
    for line in word.objective:
        (name, text), *beside = line.items() if isinstance(line, dict) else ((None, line),)
        m.minimise(Expression(text.removeprefix("Minimize(").removesuffix(")")), name, **dict(beside))
    for relation in word.expressions:
        (name, text), *beside = relation.items()
        m.subject_to(**{name: Expression(text)}, **dict(beside))
    return m


@every
def test_said_in_python(name: str) -> None:
    m = built(WORDS[name])
    assert m.solve().objective[""] == pytest.approx([WORDS[name].optimum], rel=1e-6)


def test_the_earlier_of_two_goals_is_kept() -> None:
    found = lab(WORDS["priority"]).solve()
    assert found.reports["priority_1"].columns["values"] == pytest.approx([18])
