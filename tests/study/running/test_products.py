"""Products of two continuous decisions in one problem, solved with proof."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import saddlepoint
from saddlepoint import declare
from saddlepoint.cli import saddle
from saddlepoint.errors import SaddleError
from saddlepoint.model.blanks import input_sheets
from saddlepoint.store import open_store

POOL: list[dict[str, str]] = [
    {"balance": "sum(f, over=crudes) == sum(y, over=goods)"},
    {"mixing": "sum(s * f, over=crudes) == p * sum(y, over=goods)"},
    {"market": "y + z <= d"},
    {"limit": "p * y + 2 * z <= m * (y + z)"},
]


def pool(**changes: Any) -> saddlepoint.Lab:
    """Haverly's pooling problem; its three published cases are three scenarios."""

    def table(kind: str, coordinates: list[str], name: str, **own: Any) -> dict[str, Any]:
        return {"type": kind, "coordinates": coordinates, "variables_info": {name: own or None}}

    decided = {"lower": 0, "upper": 600}
    problem: dict[str, Any] = {
        "objective": [
            "Maximize(sum(r * (y + z), over=goods) - sum(c * f, over=crudes) - 10 * sum(z, over=goods))"
        ],
        "expressions": POOL,
        "products": "global",
    }
    return saddlepoint.define(
        sets={"case": {"split_problem": True}, "crudes": {}, "goods": {}},
        variables={
            "feed": table("endogenous", ["case", "crudes"], "f", **decided),
            "quality": table("endogenous", ["case"], "p", **{"lower": 1, "upper": 3, **changes.get("p", {})}),
            "pooled": table("endogenous", ["case", "goods"], "y", **decided),
            "direct": table("endogenous", ["case", "goods"], "z", **decided),
            "sulphur": table("exogenous", ["crudes"], "s"),
            "cost": table("exogenous", ["case", "crudes"], "c"),
            "price": table("exogenous", ["goods"], "r"),
            "allowed": table("exogenous", ["goods"], "m"),
            "demand": table("exogenous", ["case", "goods"], "d"),
        },
        problem={k: v for k, v in {**problem, **changes.get("problem", {})}.items() if v is not None},
        items={"case": ["first", "second", "third"], "crudes": ["A", "B"], "goods": ["X", "Y"]},
        data={
            "sulphur": [3.0, 1.0],
            "cost": [6.0, 16.0, 6.0, 16.0, 6.0, 13.0],
            "price": [9.0, 15.0],
            "allowed": [2.5, 1.5],
            "demand": [100.0, 200.0, 600.0, 200.0, 100.0, 200.0],
        },
    )


def test_the_published_pools() -> None:
    """400, 600 and 750 (Haverly, ACM SIGMAP Bulletin 25, 1978), each with a bound; without prices."""
    found = pool().solve(starts=2)
    np.testing.assert_allclose(found.objective[""], [400, 600, 750], rtol=1e-7)
    table = found.certificates[""].columns
    assert set(table["status"]) == {"optimal"}
    assert set(table["bound_by"]) == {"own"}
    assert (np.abs(table["bound"] - [400, 600, 750]) <= 1e-6 * table["bound"]).all()
    assert found.exit_code == 0
    p, y = (found.table(k).columns["values"] for k in ("quality", "pooled"))
    f = found.table("feed").columns["values"].reshape(3, 2)
    np.testing.assert_allclose(f @ [3.0, 1.0], p * y.reshape(3, 2).sum(axis=1), atol=1e-5)
    assert np.isnan(found.price("market").columns["price"]).all()
    assert not np.isnan(found.price("market").columns["slack"]).any()
    assert "no prices" in " ".join(found.plan.announcements)


def test_check_and_explain_take_it_and_a_plain_run_does_not() -> None:
    lab = pool()
    assert not lab.check()
    assert "boxes, divided until none can hold a better plan (`starts=8`)" in lab.explain()
    with pytest.raises(SaddleError, match="C850") as caught:
        lab.solve()
    assert "starts=8" in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "code", "says"),
    [
        ({"problem": {"products": None}}, "E204", "products: global"),
        ({"problem": {"products": "yes"}}, "Y014", "global"),
        ({"p": {"upper": None}}, "K851", "'quality'"),
        ({"problem": {"expressions": [*POOL, {"odd": "p * square(y) <= 5"}]}}, "E204", "no sum of decisions"),
        ({"problem": {"expressions": [*POOL, {"odd": "p * (p * y) <= 5"}]}}, "E204", "no sum of decisions"),
        ({"problem": {"expressions": [*POOL, {"odd": "norm2(f) <= 500"}]}}, "K850", "cones"),
    ],
)
def test_what_is_wrong_is_told_with_a_remedy(changes: dict[str, Any], code: str, says: str) -> None:
    with pytest.raises(SaddleError, match=code) as caught:
        pool(**changes).solve(starts=2)
    assert says in str(caught.value)
    assert caught.value.diagnostics[0].fix


def test_the_search_keeps_to_the_time_limit() -> None:
    """Without time there are plans and no proof: nothing is called optimal, and no bound is above the optimum."""
    found = pool().solve(starts=2, time_limit=1e-9)
    table = found.certificates[""].columns
    assert not set(table["status"]) & {"optimal", "infeasible"}
    assert (np.nan_to_num(table["bound"], nan=np.inf) >= np.array([400, 600, 750]) * (1 - 1e-6)).all()
    assert found.exit_code == 4


def test_no_plan_is_proven() -> None:
    found = pool(problem={"expressions": [*POOL, {"odd": "p * y >= 1000"}]}).solve(starts=2)
    assert set(found.certificates[""].columns["status"]) == {"infeasible"}
    assert found.exit_code == 3


def test_squares_and_products_together() -> None:
    """x² is largest at the ends of its range: (3, −1) and (−1, 3) earn 10, and y = 1 adds twice the first of them."""
    lab = saddlepoint.define(
        sets={"k": {}},
        variables={
            "x": {
                "type": "endogenous",
                "coordinates": ["k"],
                "variables_info": {"x": {"lower": -1, "upper": 3}},
            },
            "y": {
                "type": "endogenous",
                "coordinates": ["k"],
                "variables_info": {"y": {"lower": 0, "upper": 1}},
            },
            "a": {"type": "exogenous", "coordinates": ["k"], "variables_info": {"a": None}},
        },
        problem={
            "objective": ["Maximize(sum(x * x, over=k) + sum(a * x * y, over=k))"],
            "expressions": [{"sum": "sum(x, over=k) <= 3"}],
            "products": "global",
        },
        items={"k": ["one", "two"]},
        data={"a": [2.0, 0.0]},
    )
    found = lab.solve(starts=2)
    assert found.objective[""][0] == pytest.approx(16.0)
    np.testing.assert_allclose(found.table("x").columns["values"], [3, -1], atol=1e-6)


def test_the_store_keeps_bound_and_settings(tmp_path: Path) -> None:
    folder = tmp_path / "pool"
    made = pool()
    known = made.inputs()
    declare.write_spec(folder, made.settings.spec, "yaml")
    declare.write_sets(folder, made.settings.spec, list(made.items.items))
    declare.write_inputs(folder, input_sheets(made.model, dict(known.tables)), "csv")
    assert "products: global" in (folder / "problem.yml").read_text()
    lab = saddlepoint.open(folder)
    assert lab.run(starts=2).exit_code == 0
    with open_store(folder / "database.db") as store:
        rows = store.query("SELECT objective, bound, bound_by, gap FROM _scenarios ORDER BY rowid")
    np.testing.assert_allclose([r[0] for r in rows], [400, 600, 750], rtol=1e-7)
    np.testing.assert_allclose([r[1] for r in rows], [400, 600, 750], rtol=1e-6)
    assert {r[2] for r in rows} == {"own"}
    assert max(r[3] for r in rows) <= 1e-6


@pytest.mark.filterwarnings("error")
def test_plans_that_get_better_without_end() -> None:
    """A linear decision without an upper bound earns without end: said so, and not a plan of value 0."""
    model = saddlepoint.Model("endless")
    model.allow_products()
    x, y, z = (
        model.decide("x", lower=0, upper=1),
        model.decide("y", lower=0, upper=1),
        model.decide("z", lower=0),
    )
    model.minimise(x * y - z)
    found = model.solve(starts=2)
    assert found.certificates[""].columns["status"][0] == "unbounded"
    assert found.exit_code == 3


@pytest.mark.parametrize("k", [1e-9, 1e-8, 1.0, 1e9])
def test_a_plan_in_any_unit(k: float) -> None:
    model = saddlepoint.Model("unit")
    model.allow_products()
    x, y = model.decide("x", lower=0, upper=10 * k), model.decide("y", lower=0, upper=10 * k)
    model.minimise((x + y) * (1 / k))
    model.subject_to(c=x * y >= k * k)
    found = model.solve(starts=2)
    assert found.certificates[""].columns["status"][0] == "optimal"
    assert found.objective[""][0] == pytest.approx(2.0, rel=1e-6)


SMALL = """
sets: {}
tables:
    sides: {type: endogenous, coordinates: [], variables_info: {a: {lower: 0, upper: 10}, b: {lower: 0, upper: 10}}}
problem:
    objective: ["Minimize(a + b)"]
    expressions: [{area: "a * b >= 200"}]
    products: global
"""


def test_without_a_plan_the_advice_is_a_command_that_takes_products(tmp_path: Path) -> None:
    path = tmp_path / "field.yml"
    path.write_text(SMALL, encoding="utf-8")
    assert "(`--global 8`)" in CliRunner().invoke(saddle, ["explain", str(path)]).output
    done = CliRunner().invoke(saddle, ["run", str(path), "--global"])
    assert done.exit_code == 3, done.output
    assert "no plan: proven of all boxes looked at" in done.output
    assert "saddle diagnose" in done.output
    told = CliRunner().invoke(saddle, ["diagnose", str(path)])
    assert told.exit_code == 3, told.output
    assert "`soft:` at a relation" in told.output
    assert "--global 8`: the tables `violation_…` say by how much" in told.output


def test_questions_about_an_optimum_say_why_they_are_not_answered() -> None:
    with pytest.raises(SaddleError, match="K740"):
        pool().ranges()
    with pytest.raises(SaddleError, match="K852") as caught:
        pool().vary("price[X]", 1.0, 10.0)
    assert "starts=8" in str(caught.value)


def test_products_without_a_plan_are_diagnosed_and_the_remedy_helps() -> None:
    """A third of the sulphur is allowed, less than any crude has; missed at a price, the violation says by how much. In the second case
    200 of the 800 come at 2 %, as there are no more than 600 at 1 %."""
    strict = [*POOL[:2], {"market": "y + z == d"}, {"limit": "p * y + 2 * z <= m * (y + z) / 3"}]
    found = pool(problem={"expressions": strict}).diagnose()
    assert found.counts == {"": 3}
    assert {one.status.word for one in found.findings} == {"infeasible"}
    assert all("`soft:`" in one.note for one in found.findings)
    strict[3] = {**strict[3], "soft": "100"}
    missed = pool(problem={"expressions": strict}).solve(starts=2).table("violation_limit")
    lacking = (1.0 - 2.5 / 3.0) * np.array([100.0, 600.0, 100.0]) + 0.5 * 200.0 + np.array([0.0, 200.0, 0.0])
    assert missed.domain.names == ("goods", "case")
    np.testing.assert_allclose(missed.columns["values"].reshape(2, 3).sum(axis=0), lacking, atol=1e-4)


def test_another_plan_that_is_as_good_is_told_without_prices(tmp_path: Path) -> None:
    """x² is as large at −1 as at 1; no price is shown where there is none, and `bound` names what to run."""
    m = saddlepoint.Model("twins")
    m.allow_products()
    x = m.decide("x", lower=-1, upper=1)
    m.maximise(x * x)
    folder = tmp_path / "twins"
    m.write(folder)
    runner = CliRunner()
    done = runner.invoke(saddle, ["run", str(folder), "--global"])
    assert done.exit_code == 0, done.output
    assert "another plan was met that is as good" in done.output
    assert "Prices" not in done.output
    assert "gap to the bound of all plans" in done.output
    refused = runner.invoke(saddle, ["bound", str(folder)])
    assert "K723" in refused.output and "--global 8" in refused.output


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("solver", "highs"),
        ("settings", {"threads": 1}),
        ("isolate", True),
        ("memory_limit", 500),
        ("exact", True),
    ],
)
def test_what_the_search_does_not_heed_is_refused(option: str, value: object) -> None:
    with pytest.raises(
        SaddleError, match=f"products of two decisions does not heed the option {option}"
    ) as raised:
        pool().solve(starts=8, **{option: value})
    assert [found.code for found in raised.value.diagnostics] == ["L109"]
