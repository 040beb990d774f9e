"""Relations that only together ask for too much: found before a run, with both totals, from any shape of model; nothing is said of the examples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import saddlepoint
from saddlepoint.declare.examples import copy_example
from saddlepoint.lab import Lab

TABLES = """
ship: {type: endogenous, coordinates: [Cases, Plants, Towns], variables_info: {x: {nonneg: true}}}
built: {type: endogenous, coordinates: [Cases, Plants], variables_info: {b: {nonneg: true}}}
room: {type: exogenous, coordinates: [Plants], variables_info: {k: }}
yields: {type: exogenous, coordinates: [Plants], variables_info: {e: }}
need: {type: exogenous, coordinates: [Cases, Towns], variables_info: {d: }}
"""


def _lab(*relations: str, **data: Any) -> Lab:
    tables = [t for t in TABLES.strip().splitlines() if t.split(":")[0] in ("ship", *data)]
    return saddlepoint.define(
        sets="Cases: {split_problem: true}\nPlants:\nTowns:\n",
        variables="\n".join(tables),
        problem={"objective": ["Minimize(sum(x, over=(Plants, Towns)))"], "expressions": [*relations]},
        items={"Cases": ["low", "high"], "Plants": ["p", "q"], "Towns": ["a", "b", "c"]},
        data={k: v for k, v in data.items() if v is not None},
    )


def _said(lab: Lab) -> list[str]:
    return [d.message for d in lab.check(data=True) if d.code == "K906"]


CAPACITY = "limit: sum(x, over=Towns) <= k"
DEMAND = "cover: sum(x, over=Plants) >= d"


def test_total_demand_above_total_capacity() -> None:
    def made(high: list[float]) -> Lab:
        return _lab(CAPACITY, DEMAND, room=[7.0, 8.0], need=[[1.0, 2.0, 3.0], high])

    assert _said(made([4.0, 5.0, 6.0])) == []
    assert _said(made([4.0, 5.0, 6.5])) == [
        "cover (3 rows) from need asks for 15.5 in high in all, and limit (2 rows) from room allows at most 15"
    ]


def test_a_unit_is_named_as_the_likeliest_cause_and_all_scenarios_are_counted() -> None:
    lab = _lab(CAPACITY, DEMAND, room=[7.0, 8.0], need=[[1000.0, 2000.0, 3000.0], [4000.0, 5000.0, 6000.0]])
    (found,) = (d for d in lab.check(data=True) if d.code == "K906")
    assert found.message.endswith(
        "asks for 6000 in low in all, and limit (2 rows) from room allows at most 15; so it is in 1 more scenario"
    )
    assert "400 times as much is asked for, as where units differ" in found.why
    assert found.fix.startswith("Look at need, room: a unit, a digit, a sign")


def test_rows_that_count_with_weights_say_so() -> None:
    """Half of what p sends arrives: 2 · 10 = 0.5 · 20 + 10 can be sent, and 21 is asked for."""
    lab = _lab(
        CAPACITY,
        "cover: sum(e * x, over=Plants) >= d",
        room=[20.0, 10.0],
        yields=[0.5, 1.0],
        need=[[5.0, 5.0, 10.0], [5.0, 5.0, 11.0]],
    )
    assert _said(lab) == [
        "cover (3 rows) from need asks for 21 in high in all, each row times what it counts for, and limit (2 rows) from room allows at most 20"
    ]


def test_integrality_is_not_what_is_short() -> None:
    """x = 1/2 would do: a run says that no whole plan is there, and `check` says only what holds without integrality."""
    lab = saddlepoint.define(
        sets="Plants:\n",
        variables="on: {type: endogenous, integer: true, coordinates: [Plants], variables_info: {x: {lower: 0, upper: 1}}}",
        problem={
            "objective": ["Minimize(sum(x, over=Plants))"],
            "expressions": ["half: 2 * sum(x, over=Plants) == 1"],
        },
        items={"Plants": ["p", "q"]},
    )
    assert _said(lab) == []


def test_it_speaks_where_and_only_where_there_is_no_plan() -> None:
    rng = np.random.default_rng(1)
    spoken: list[bool] = []
    for _ in range(10):
        room, need = rng.uniform(3, 9, 2), rng.uniform(2, 5, (2, 3))
        spoken.append(bool(need.sum(axis=1).max() > room.sum()))
        assert bool(_said(_lab(CAPACITY, DEMAND, room=room.tolist(), need=need.tolist()))) == spoken[-1]
    assert len({*spoken}) == 2


def test_a_negative_capacity_of_one_decision_is_told(tmp_path: Path) -> None:
    copy_example("distribution", tmp_path / "d")
    table = tmp_path / "d" / "input_data" / "oven_hours.csv"
    table.write_text(table.read_text().replace("south,20", "south,-20"))
    assert _said(Lab.open(tmp_path / "d")) == [
        "oven[south, 1] allows at most -20 of a decision that its declaration keeps at 0 at least"
    ]


def test_a_capacity_with_a_digit_too_few_is_told_with_all_tables(tmp_path: Path) -> None:
    copy_example("distribution", tmp_path / "d")
    table = tmp_path / "d" / "input_data" / "oven_hours.csv"
    table.write_text(table.read_text().replace("north,22", "north,2"))
    assert _said(Lab.open(tmp_path / "d")) == [
        "served (16 rows) from demand asks for 67 in all, and oven (4 rows) from oven_hours and balance from first_stock allow at most 11"
    ]


def test_one_factor_for_all_scenarios_is_said_only_where_it_is_one() -> None:
    """Each town gets 4 at most and asks for 6, and for 8 in the other scenario: a third less and half less are no one factor."""
    lab = saddlepoint.define(
        sets="Cases: {split_problem: true}\nTowns:\n",
        variables="ship: {type: endogenous, coordinates: [Cases, Towns], variables_info: {x: {nonneg: true}}}\n"
        "need: {type: exogenous, coordinates: [Cases, Towns], variables_info: {d: }}",
        problem={
            "objective": ["Minimize(sum(x, over=Towns))"],
            "expressions": ["cover: x >= d", "top: x + 0 * sum(x, over=Towns) <= 4"],
        },
        items={"Cases": ["low", "high"], "Towns": ["a", "b", "c", "d", "e"]},
        data={"need": [[6.0] * 5, [8.0] * 5]},
    )
    found = lab.diagnose()
    assert "factor" in {r.kind for one in found.findings for r in one.repairs}
    lowered = [r for r in found.together[""] if r.tables == ("need",)]
    assert lowered and {r.kind for r in lowered} == {"cells"}
    for repair in lowered:
        (change,) = repair.changes
        mended = np.array([6.0] * 5 + [8.0] * 5)
        mended[change.cells] = change.after
        assert mended.max() <= 4 + 1e-9


def test_relations_that_have_no_sum_are_named(tmp_path: Path) -> None:
    """What is held in thousands: the limit of trade is a sum of absolute values, whose rows no person has written; then a sum of squares."""
    made = copy_example("portfolio", tmp_path / "p")
    table = made / "input_data" / "held.csv"
    head, *rows = table.read_text().splitlines()
    large = [f"{line.rsplit(',', 1)[0]},{float(line.rsplit(',', 1)[1]) * 1000}" for line in rows]
    table.write_text("\n".join([head, *large]) + "\n")
    said = "no plan in calm keeps all_money and calm_trade together; so it is in 2 more scenarios"
    assert _said(Lab.open(made)) == [said]
    problem = made / "problem.yml"
    problem.write_text(
        problem.read_text().replace("sum(abs(w - today), over=Assets)", "sum(square(w - today), over=Assets)")
    )
    assert _said(Lab.open(made)) == [said]
