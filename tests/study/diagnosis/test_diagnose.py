"""What is wrong with models that have no plan, and what would help: amounts that are known by hand, verified."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import saddlepoint
from saddlepoint import call
from saddlepoint.errors import StudyError
from saddlepoint.lab import Lab
from saddlepoint.report.diagnosis import diagnosis_data, diagnosis_text
from saddlepoint.report.repair_text import repair_sentence
from saddlepoint.solve.solution import Status

SETS = "Plants:\nHours:\n"
ITEMS = {"Plants": ["coal", "gas", "wind"], "Hours": ["night", "day", "peak"]}


def _lab(demand: list[float], cap: list[float], limit: float = 1e3, **more: Any) -> Lab:
    """Three plants over three hours; emissions 0.9, 0.4, 0 per unit, of which at most `limit`."""
    tables: dict[str, Any] = {
        "output": {
            "type": "endogenous",
            "coordinates": ["Hours", "Plants"],
            "unit": "MWh",
            "variables_info": {"x": {"Hours": {"dim": "rows"}, "Plants": {"dim": "cols"}, "nonneg": True}},
        },
        "capacity": {
            "coordinates": ["Plants"],
            "unit": "MW",
            "variables_info": {"cap": {"Plants": {"dim": "cols"}}},
        },
        "demand": {
            "coordinates": ["Hours"],
            "unit": "MWh",
            "variables_info": {"d": {"Hours": {"dim": "rows"}}},
        },
        "emission": {"coordinates": ["Plants"], "variables_info": {"e": {"Plants": {"dim": "cols"}}}},
        "cost": {"coordinates": ["Plants"], "variables_info": {"c": {"Plants": {"dim": "cols"}}}},
        "co2max": {"coordinates": [], "unit": "t", "variables_info": {"M": {}}},
    }
    for name, table in tables.items():
        table.setdefault("type", "exogenous" if name != "output" else "endogenous")
    problem = {
        "objective": ["Minimize(sum(x @ tran(c)))"],
        "expressions": [
            {"covered": "sum(x, 1) >= d"},
            {"limits": "x <= cap"},
            {"co2": "sum(x @ tran(e)) <= M"},
        ],
    }
    data = {
        "demand": demand,
        "capacity": cap,
        "emission": [0.9, 0.4, 0.0],
        "cost": [20.0, 40.0, 0.0],
        "co2max": [limit],
    }
    return saddlepoint.define(sets=SETS, variables=tables, problem=problem, items=ITEMS, data=data, **more)


def test_a_plant_too_small_for_the_peak() -> None:
    found = _lab([50, 80, 120], [60, 30, 20]).diagnose()
    (one,) = found.findings
    assert one.status is Status.INFEASIBLE
    assert one.conflict is not None
    assert one.conflict.proven
    named = {m.name: m.places for m in one.conflict.members}
    assert named == {"covered": ("peak",), "limits": ("peak, all 3 Plants",)}
    assert set(one.conflict.sources) == {"demand", "capacity"}
    by_table = {r.tables: r for r in one.repairs if r.kind == "cells"}
    (demand,) = by_table[("demand",)].changes
    assert demand.domain.coordinates(int(demand.cells[0])) == ("peak",)
    assert (demand.before.tolist(), demand.after.tolist()) == ([120.0], pytest.approx([110.0]))
    assert sum(by_table[("capacity",)].changes[0].amounts) == pytest.approx(10.0)
    assert all(r.verified for r in one.repairs)


def test_the_amounts_of_a_limit_on_emissions() -> None:
    """Covering 250 with wind first: 60 of wind, 30 · 3 of gas, 100 of coal: 126 t at the least."""
    found = _lab([50, 80, 120], [70, 30, 20], limit=100).diagnose()
    (one,) = found.findings
    repairs = {(r.tables, r.kind): r for r in one.repairs}
    (limit,) = repairs[("co2max",), "cells"].changes
    assert limit.after[0] == pytest.approx(126.0)
    text = diagnosis_text(found)
    assert "raise co2max by 26 t, from 100 to 126 (+26 %)" in text
    assert "co2: sum(x @ tran(e)) <= M  ← co2max" in text
    factor = repairs[("emission",), "cells"]
    assert factor.verified
    assert not factor.least


def test_what_may_not_change_does_not() -> None:
    lab = _lab([50, 80, 120], [60, 30, 20])
    protected = lab.diagnose(protect=["demand"]).findings[0]
    assert {t for r in protected.repairs for t in r.tables} == {"capacity"}
    none = lab.diagnose(protect=["demand", "capacity"]).findings[0]
    assert none.repairs == ()
    assert "protected" in none.note
    only = lab.diagnose(only=["demand"]).findings[0]
    assert {t for r in only.repairs for t in r.tables} == {"demand"}


def test_a_dear_table_comes_last() -> None:
    lab = _lab([50, 80, 120], [60, 30, 20])
    cheap = lab.diagnose(weights={"demand": 0.01}).findings[0].repairs[0]
    dear = lab.diagnose(weights={"demand": 100.0}).findings[0].repairs[0]
    assert (cheap.tables, dear.tables) == (("demand",), ("capacity",))


def test_a_feasible_model_needs_nothing() -> None:
    found = _lab([50, 80, 100], [60, 30, 20]).diagnose()
    assert found.is_sound
    assert diagnosis_text(found).startswith("Every scenario has a plan")


@pytest.mark.parametrize(
    ("given", "code"), [({"protect": ["demnad"]}, "K500"), ({"weights": {"demand": 0.0}}, "K501")]
)
def test_wishes_that_name_nothing(given: dict[str, Any], code: str) -> None:
    with pytest.raises(StudyError) as error:
        _lab([50, 80, 120], [60, 30, 20]).diagnose(**given)
    assert [d.code for d in error.value.diagnostics] == [code]


def test_an_endless_gain_names_the_bound_that_is_missing() -> None:
    lab = saddlepoint.define(
        sets="Goods:\n",
        items={"Goods": ["a", "b"]},
        variables={
            "sold": {
                "type": "endogenous",
                "coordinates": ["Goods"],
                "variables_info": {"s": {"Goods": {"dim": "cols"}, "nonneg": True}},
            },
            "made": {
                "type": "endogenous",
                "coordinates": ["Goods"],
                "variables_info": {"m": {"Goods": {"dim": "cols"}, "nonneg": True}},
            },
            "price": {
                "type": "exogenous",
                "coordinates": ["Goods"],
                "variables_info": {"p": {"Goods": {"dim": "cols"}}},
            },
        },
        problem={
            "objective": ["Maximize(sum(mult(p, s)))"],
            "expressions": [{"stock": "s <= m"}],
        },
        data={"price": [3.0, 0.0]},
    )
    found = lab.diagnose()
    ray = found.findings[0].ray
    assert ray is not None
    assert ray.verified
    ((bound,),) = ray.missing
    assert (bound.table, bound.direction) == ("sold", "increasing")
    assert bound.domain.coordinates(int(bound.cells[0])) == ("a",)
    assert "It ends with an upper bound on sold (a)" in diagnosis_text(found)
    assert diagnosis_data(found)["findings"][0]["ray"]["verified"] is True


def test_one_change_for_all_scenarios() -> None:
    lab = saddlepoint.define(
        sets="Cases: {split_problem: true}\n",
        items={"Cases": ["low", "high", "higher"]},
        variables={
            "x": {"type": "endogenous", "coordinates": ["Cases"], "variables_info": {"x": {"nonneg": True}}},
            "need": {"type": "exogenous", "coordinates": ["Cases"], "variables_info": {"d": {}}},
            "cap": {"type": "exogenous", "coordinates": [], "variables_info": {"k": {}}},
        },
        problem={"objective": ["Minimize(x)"], "expressions": [{"enough": "x >= d"}, {"room": "x <= k"}]},
        data={"need": [5.0, 12.0, 17.0], "cap": [10.0]},
    )
    found = lab.diagnose()
    assert found.counts == {"": 2}
    caps = [r for r in found.together[""] if r.tables == ("cap",)]
    assert [float(np.round(r.changes[0].after[0], 9)) for r in caps[:1]] == [17.0]


def test_a_share_above_one_comes_last_and_is_questioned(tmp_path: Path) -> None:
    """Half of what is taken in arrives: more than all of it is no repair to begin with; the number in the formula is pointed at."""
    text = """
sets: {Ways: {items: [a]}}
tables:
    flow: {type: endogenous, coordinates: [Ways], variables_info: {x: {lower: 0}}}
    kept: {type: exogenous, coordinates: [], variables_info: {e: }}
    need: {type: exogenous, coordinates: [], unit: t, variables_info: {d: }}
problem:
    objective: ["Minimize(sum(x, over=Ways))"]
    expressions: [{roof: "sum(x, over=Ways) <= 4"}, {arrives: "e * sum(x, over=Ways) >= d"}]
data: {kept: 0.9, need: 5}
"""
    from saddlepoint.report.diagnosis import diagnosis_text

    (tmp_path / "model.yml").write_text(text)
    found = saddlepoint.open(tmp_path / "model.yml").diagnose()
    repairs = found.findings[0].repairs
    assert [r.passes_one for r in repairs] == [False, True] and repairs[0].tables == ("need",)
    told = diagnosis_text(found)
    assert "above 1: only if it is no share" in told and "<= 4  ← the numbers in the formula" in told


@pytest.mark.parametrize("given", [0.0, -30.0])
def test_a_limit_of_nothing_or_of_the_wrong_sign_is_raised_past_zero(given: float) -> None:
    m = saddlepoint.Model("shop")
    goods = m.set("Goods", ["bread", "cake"])
    made = m.decide("made", goods, lower=0)
    m.subject_to(
        served=made >= m.data("need", goods, [10, 10]), fits=made <= m.data("cap", goods, [given, 30])
    )
    m.minimise(call("sum", made, over=goods))
    (finding,) = m.lab.diagnose(only=["cap"]).findings
    (repair,) = finding.repairs
    (change,) = repair.changes
    assert repair.verified
    assert (change.before.tolist(), change.after.tolist()) == ([given], pytest.approx([10.0]))
    assert repair.objective == pytest.approx(20.0)


def test_a_coefficient_in_another_unit_is_a_repair_too() -> None:
    """The table multiplies decisions: its lines are those of plans that break only the relations that it feeds."""
    lab = saddlepoint.define(
        sets="Goods: {items: [chairs, tables, shelves]}",
        variables="""
hours: {type: exogenous, coordinates: [Goods], unit: h, variables_info: {hours: }}
orders: {type: exogenous, coordinates: [Goods], variables_info: {orders: }}
output: {type: endogenous, coordinates: [Goods], variables_info: {x: {nonneg: true}}}
""",
        problem="objective: Minimize(sum(x))\nexpressions: [{capacity: 'sum(hours * x, over=Goods) <= 400'}, {promised: x >= orders}]",
        data={
            "hours": {"chairs": 0.5, "tables": 1200, "shelves": 0.8},
            "orders": {"chairs": 100, "tables": 80, "shelves": 60},
        },
    )
    (finding,) = lab.diagnose(only=["hours"]).findings
    (repair,) = finding.repairs
    (change,) = repair.changes
    assert (change.cells.tolist(), change.before.tolist()) == ([1], [1200.0])
    assert 3.5 < change.after[0] <= (400 - 50 - 48) / 80
    said = repair_sentence(repair)
    assert said.startswith("lower hours (tables) by 119") and "to 3." in said


def test_whole_numbers_without_an_objective_have_repairs() -> None:
    lab = saddlepoint.define(
        sets="A: {items: [a]}",
        variables="""
total: {type: exogenous, coordinates: [], variables_info: {total: }}
trucks: {type: endogenous, coordinates: [A], domain: integer, variables_info: {x: {nonneg: true, upper: 3}}}
""",
        problem="expressions: [{exactly: 'sum(2 * x, over=A) == total'}]",
        data={"total": 3},
    )
    (finding,) = lab.diagnose().findings
    (change,) = finding.repairs[0].changes
    assert change.table == "total" and change.after.tolist() in ([2.0], [4.0])
