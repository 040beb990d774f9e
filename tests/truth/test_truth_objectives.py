"""Several objectives: in order of priority, and traded off. Values by hand, by enumeration, and by two solves of one's own."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import saddlepoint
from saddlepoint.cli.commands import saddle
from saddlepoint.declare.write import write_spec
from saddlepoint.errors import SaddleError
from saddlepoint.study.frontier.trace import Frontier

COST, SMOKE = "Minimize(sum(c * x, over=P))", "Minimize(sum(e * x, over=P))"
SERVED: list[Any] = [{"served": "sum(x, over=P) == d"}]
DATA: dict[str, Any] = {
    "cost": {"a": 1, "b": 3},
    "smoke": {"a": 3, "b": 1},
    "need": {"s1": 5, "s2": 9, "s3": 3},
}


def lab(
    objective: list[Any], expressions: list[Any] = SERVED, domain: str = "real", info: Any = None, **more: Any
) -> saddlepoint.Lab:
    """Two plants of size 4 serve a demand of 5, 9 (too much) or 3."""
    return saddlepoint.define(
        sets={"P": {"items": ["a", "b"]}, "S": {"items": ["s1", "s2", "s3"], "split_problem": True}},
        variables={
            "x": {"type": "endogenous", "coordinates": ["P", "S"], "domain": domain,
                  "variables_info": {"x": info or {"lower": 0, "upper": 4}}},
            "cost": {"type": "exogenous", "coordinates": ["P"], "variables_info": {"c": None}},
            "smoke": {"type": "exogenous", "coordinates": ["P"], "variables_info": {"e": None}},
            "need": {"type": "exogenous", "coordinates": ["S"], "variables_info": {"d": None}},
        },
        problem={"objective": objective, "expressions": expressions, **more},
        data=DATA,
    )  # fmt: skip


def ranked(*formulas: str) -> list[Any]:
    return [{f"goal{k}": formula, "priority": k} for k, formula in enumerate(formulas, 1)]


def test_what_comes_first_is_held_at_its_best_and_has_a_price() -> None:
    found = lab(ranked(COST, SMOKE)).solve()
    assert found.objective[""] == pytest.approx([13, np.nan, 9], nan_ok=True)
    assert found.reports["priority_1"].columns["values"] == pytest.approx([7, np.nan, 3], nan_ok=True)
    assert found.reports["priority_2"].columns["values"] == pytest.approx([13, np.nan, 9], nan_ok=True)
    assert found.price("priority_1").columns["price"][[0, 2]] == pytest.approx([-1, -1])
    assert list(found.certificates[""].columns["status"]) == ["optimal", "infeasible", "optimal"]
    assert "served" in found.answers[""].solution.messages[1]
    assert found.exit_code == 3


def test_senses_may_differ_between_priorities() -> None:
    few = [{"served": "sum(x, over=P) <= d"}]
    found = lab(ranked("Maximize(sum(x, over=P))", SMOKE, "Maximize(at(x, P='b'))"), few).solve()
    assert found.reports["priority_1"].columns["values"] == pytest.approx([5, 8, 3])
    assert found.reports["priority_2"].columns["values"] == pytest.approx([7, 16, 3])
    assert found.objective[""] == pytest.approx([4, 4, 3])


def test_a_later_goal_with_curves_and_an_earlier_one_with_integers() -> None:
    found = lab(ranked(COST, SMOKE), domain="integer").solve()
    assert found.objective[""][[0, 2]] == pytest.approx([13, 9])
    spread = lab(
        ranked("Minimize(sum(x, over=P))", "Minimize(sum(square(x), over=P))"), [{"k": "sum(x, over=P) >= d"}]
    )
    assert spread.solve().tables["x"].values[:, 0] == pytest.approx([2.5, 2.5], abs=1e-6)


def test_an_earlier_goal_with_squares_is_held_near_its_best() -> None:
    found = lab(ranked("Minimize(sum(square(x), over=P))", SMOKE), [{"k": "sum(x, over=P) >= d"}]).solve()
    assert found.reports["priority_1"].columns["values"][0] == pytest.approx(12.5, rel=1e-6)
    assert found.tables["x"].values[:, 0] == pytest.approx([2.5, 2.5], abs=1e-3)


def test_a_soft_relation_may_come_first() -> None:
    soft = [{"served": "sum(x, over=P) >= d", "soft": 1, "priority": 1}]
    found = lab([{"cost": COST, "priority": 2}], soft).solve()
    assert found.reports["priority_1"].columns["values"] == pytest.approx([0, 1, 0])
    assert found.tables["violation_served"].columns["values"] == pytest.approx([0, 1, 0])
    assert found.objective[""] == pytest.approx([7, 16, 3])


def test_an_earlier_goal_without_a_best_says_so() -> None:
    free = lab(
        ranked("Maximize(sum(x, over=P))", COST), [{"served": "sum(x, over=P) >= d"}], info={"lower": 0}
    )
    found = free.solve()
    assert set(found.certificates[""].columns["status"]) == {"unbounded"}
    assert found.answers[""].solution.messages[0].startswith("priority_1: the objective improves without end")


def test_written_and_read_back_in_both_forms(tmp_path: Path) -> None:
    soft = [{"served": "sum(x, over=P) >= d", "soft": 2, "priority": 1}]
    stated = lab([{"cost": COST, "priority": 2}, {"smoke": SMOKE, "priority": 3}], soft)
    for form in ("yaml", "xlsx"):
        write_spec(tmp_path / form, stated.settings.spec, form)
        again = saddlepoint.open(tmp_path / form).settings.spec.problems[0]
        assert [o.priority for o in again.objectives] == [2, 3]
        assert (again.expressions[0].priority, again.expressions[0].soft.text) == (1, "2")  # type: ignore[union-attr]


def test_pages_name_the_order() -> None:
    stated = lab(ranked(COST, SMOKE))
    assert "priority 1: Minimize(sum(c * x, over=P))" in stated.explain()
    assert "solved in 2 stages" in stated.explain()
    assert "Priority 2:" in stated.mathematics()
    assert stated.latex().count(r"\min") == 2


@pytest.mark.parametrize(
    ("code", "objective", "more"),
    [
        ("Y440", [{"a": COST, "priority": "soon"}], {}),
        ("Y440", [{"a": COST, "priority": 0}], {}),
        ("Y441", [COST], {"expressions": [{"served": "sum(x, over=P) == d", "priority": 1}]}),
        ("M440", [{"a": COST, "priority": 1}, SMOKE], {}),
        ("M440", [{"a": COST, "priority": 1}], {"expressions": [{"k": "sum(x, over=P) >= d", "soft": 1}]}),
        ("M441", ranked(COST, SMOKE), {"expressions": [{"priority_1": "sum(x, over=P) == d"}]}),
        ("M441", ranked(COST, SMOKE), {"report": {"priority_2": "1"}}),
        ("M022", [{"a": COST, "priority": 1}, {"b": "Maximize(sum(x, over=P))", "priority": 1}], {}),
    ],
)  # fmt: skip
def test_wrong_priorities(code: str, objective: list[Any], more: dict[str, Any]) -> None:
    with pytest.raises(SaddleError) as caught:
        lab(objective, **{"expressions": SERVED, **more}).solve()
    assert code in {d.code for d in caught.value.diagnostics}
    assert all(d.fix for d in caught.value.diagnostics)


def test_a_loop_cannot_have_priorities() -> None:
    tables: dict[str, Any] = {
        name: {
            "type": {own: "endogenous", other: "exogenous"},
            "coordinates": [],
            "variables_info": {name: None},
        }
        for name, own, other in (("u", "one", "two"), ("v", "two", "one"))
    }
    first = {"objective": ranked("Minimize(u)", "Minimize(-u)"), "expressions": ["u >= 1 + 0.1 * v"]}
    second = {"objective": ["Minimize(v)"], "expressions": ["v >= 0.1 * u"]}
    looped = saddlepoint.define(
        sets={"K": {"items": ["k"]}}, variables=tables, problem={"one": first, "two": second}, data={}
    )
    assert "K440" in {d.code for d in looped.check()}
    with pytest.raises(SaddleError, match="K440"):
        looped.solve()


def front(found: Frontier, scenario: str) -> Any:
    """(points, 2) both objectives along one front."""
    table = found.table.slice({"S": scenario})
    return np.stack([table.column(name) for name in found.names], axis=1)


def test_all_corners_of_a_linear_trade_off_and_their_plans() -> None:
    found = lab([{"cost": COST}, {"smoke": SMOKE}]).frontier()
    assert front(found, "s1") == pytest.approx(np.array([(7, 13), (13, 7)]))
    assert front(found, "s3") == pytest.approx(np.array([(3, 9), (9, 3)]))
    assert found.table.columns["rate"][0] == pytest.approx(-1)
    assert found.plan("x").slice({"S": "s1"}).values == pytest.approx(np.array([[4.0, 1.0], [1.0, 4.0]]))
    assert (found.form, found.exit_code, list(found.failed)) == ("corners", 3, [1])


def test_penalties_count_with_the_first_objective() -> None:
    found = lab(
        [{"cost": COST}, {"smoke": SMOKE}], [{"served": "sum(x, over=P) >= d", "soft": 10}]
    ).frontier()
    assert front(found, "s1") == pytest.approx(np.array([(7, 13), (13, 7), (22, 4), (50, 0)]))


def test_integers_and_curves_have_points_at_levels() -> None:
    whole = lab(ranked(COST, SMOKE), domain="integer").frontier()
    assert front(whole, "s1") == pytest.approx(np.array([(7, 13), (9, 11), (11, 9), (13, 7)]))
    curved = lab([{"cost": "Minimize(sum(c * square(x), over=P))"}, {"smoke": SMOKE}]).frontier(points=3)
    middle = front(curved, "s1")[1]
    b = (15 - middle[1]) / 2  # x_a + x_b = 5 and 3 x_a + x_b = smoke
    assert middle[0] == pytest.approx((5 - b) ** 2 + 3 * b**2, rel=1e-6)
    rate = curved.table.slice({"S": "s1"}).column("rate")[1]
    assert rate == pytest.approx(-(6 * b - 2 * (5 - b)) / 2, rel=1e-4)


@pytest.mark.parametrize("seed", range(4))
def test_corners_are_those_of_all_vertices(seed: int) -> None:
    """Against the vertices of {A x <= b, 0 <= x <= 1}, all of them, and the lower left hull of what they give."""
    rng = np.random.default_rng(seed)
    n, m = 5, 3
    A, b = rng.uniform(0, 1, (m, n)), rng.uniform(1, 2, m)
    costs = rng.uniform(-2, 1, (2, n))
    m_ = saddlepoint.Model("front")
    items, rows = m_.set("I", range(n)), m_.set("R", range(m))
    a, limit = m_.data("a", rows, items, A), m_.data("limit", rows, b)
    one, two = (m_.data(f"c{k}", items, costs[k]) for k in (0, 1))
    x = m_.decide("x", items, lower=0, upper=1)
    m_.minimise(saddlepoint.sum(one * x, over=items))
    m_.minimise(saddlepoint.sum(two * x, over=items))
    m_.subject_to(limited=saddlepoint.sum(a * x, over=items) <= limit)
    found = m_.lab.frontier()
    whole, right = np.vstack([A, np.eye(n), -np.eye(n)]), np.concatenate([b, np.ones(n), np.zeros(n)])
    vertices = [
        v
        for rows_ in itertools.combinations(range(len(right)), n)
        if abs(np.linalg.det(whole[list(rows_)])) > 1e-9
        and (whole @ (v := np.linalg.solve(whole[list(rows_)], right[list(rows_)])) <= right + 1e-9).all()
    ]
    expected = lower_left_hull(np.array(vertices) @ costs.T)
    got = np.array(list(zip(*(found.table.columns[name] for name in found.names), strict=True)))
    assert len(got) == len(expected) and got == pytest.approx(expected, abs=1e-6)
    assert found.exit_code == 0 and found.proven[:-1].all()


def lower_left_hull(points: Any) -> Any:
    """Corners of what no point beats, by the gift wrapping of the lower left side."""
    at = min(range(len(points)), key=lambda k: (round(points[k][0], 9), points[k][1]))
    hull = [points[at]]
    while True:
        ahead = [p for p in points if p[0] > hull[-1][0] + 1e-9 and p[1] < hull[-1][1] - 1e-9]
        if not ahead:
            return np.array(hull)
        slope = min((p[1] - hull[-1][1]) / (p[0] - hull[-1][0]) for p in ahead)
        on = [p for p in ahead if abs((p[1] - hull[-1][1]) / (p[0] - hull[-1][0]) - slope) < 1e-9]
        hull.append(max(on, key=lambda p: p[0]))


def test_the_command_prints_and_says_what_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "two.yml"
    file.write_text(
        "sets: {P: {items: [a, b]}}\n"
        "tables:\n"
        "  x: {type: endogenous, coordinates: [P], variables_info: {x: {lower: 0, upper: 4}}}\n"
        "  cost: {type: exogenous, coordinates: [P], variables_info: {c: }}\n"
        "problem:\n"
        "  objective:\n    - cost: Minimize(sum(c * x, over=P))\n    - left: Minimize(at(x, P='a'))\n"
        "  expressions: [served: 'sum(x, over=P) == 5']\n"
        "data: {cost: {a: 1, b: 3}}\n",
        encoding="utf-8",
    )
    run = CliRunner()
    shown = run.invoke(saddle, ["frontier", str(file), "--json"])
    told = json.loads(shown.output)
    assert [(p["cost"], p["left"]) for p in told["points"]] == [(7.0, 4.0), (13.0, 1.0)]
    assert (told["form"], shown.exit_code) == ("corners", 0)
    text = run.invoke(saddle, ["frontier", str(file), "left", "cost"]).output
    assert "Trade-off of left (minimised) and cost (minimised)" in text and "-0.5" in text
    for asked, code in ((["cost", "lft"], "X440"), (["cost"], "X440"), (["cost", "cost"], "X440")):
        with pytest.raises(SaddleError, match=code):
            saddlepoint.open(file).frontier(asked)
    with pytest.raises(SaddleError, match="X441"):
        saddlepoint.open(file).frontier(points=1)


def test_why_there_is_no_plan_is_told_of_the_first_priority() -> None:
    found = lab(ranked(COST, SMOKE)).diagnose(scenarios=["s2"])
    assert "served" in str(found)
