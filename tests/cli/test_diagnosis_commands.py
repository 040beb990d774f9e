"""`saddle diagnose` and `saddle vary` as they are typed: words, JSON, pictures, exit codes and what wrong input is told."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from saddlepoint.cli import saddle

MODEL = """
sets:
    Plants: {items: [old, new]}
    Cases: {items: [calm, busy, feast], split_problem: true}
tables:
    output: {type: endogenous, coordinates: [Plants, Cases], unit: MWh, variables_info: {x: {lower: 0}}}
    capacity: {type: exogenous, coordinates: [Plants], unit: MWh, variables_info: {k: }}
    cost: {type: exogenous, coordinates: [Plants], variables_info: {c: }}
    need: {type: exogenous, coordinates: [Cases], unit: MWh, variables_info: {d: }}
problem:
    objective:
        - Minimize(sum(c * x, over=Plants))
    expressions:
        - served: sum(x, over=Plants) >= d
        - fits: x <= k
data:
    capacity: {old: 6, new: 4}
    cost: {old: 1, new: 5}
    need: {calm: 5, busy: 8, feast: 13}
"""


def _saddle(*words: object) -> Result:
    return CliRunner().invoke(saddle, [str(word) for word in words])


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plants") / "plants.yml"
    path.write_text(MODEL, encoding="utf-8")
    return path


def test_diagnose_names_the_scenario_the_set_and_the_amounts(model: Path) -> None:
    told = _saddle("diagnose", model)
    assert told.exit_code == 3
    assert told.stdout.startswith("feast: infeasible\n")
    for line in (
        "served: sum(x, over=Plants) >= d  ← need",
        "fits ({old, new}): x <= k  ← capacity",
        "lower need by 3 MWh, from 13 to 10 (-23.1 %); the objective is 26 then",
    ):
        assert line in told.stdout
    assert "calm" not in told.stdout
    assert not model.with_suffix(".db").exists()


def test_diagnose_as_json_has_all_amounts(model: Path) -> None:
    told = json.loads(_saddle("diagnose", model, "--only", "capacity", "--json").stdout)
    assert told["counts"] == {"": 1}
    (found,) = told["findings"]
    assert (found["scenario"], found["status"]) == ({"Cases": "feast"}, "infeasible")
    assert {m["name"]: m["count"] for m in found["conflict"]["members"]} == {"served": 1, "fits": 2}
    for repair in found["repairs"]:
        assert repair["verified"]
        (change,) = repair["changes"]
        assert change["table"] == "capacity"
        assert sum(c["after"] - c["before"] for c in change["cells"]) >= 3 - 1e-9


def test_diagnose_of_a_sound_model_exits_with_0(model: Path) -> None:
    told = _saddle("diagnose", model, "--scenario", "calm")
    assert (told.exit_code, told.stdout) == (0, "Every scenario has a plan and a finite optimum.\n")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--protect", "capacty"), "K500", "Did you mean 'capacity'?"),
        (("--only", "output"), "K500", "'output' is no input table"),
        (("--weight", "need=0"), "K501", "is not positive"),
        (("--weight", "need=dear"), "", "'need=dear' is not TABLE=NUMBER"),
        (("--most", "0"), "", "--most"),
    ],
)
def test_diagnose_says_what_is_wrong_with_a_wish(
    model: Path, words: Sequence[str], code: str, said: str
) -> None:
    _is_told(["diagnose", model, *words], code, said)


def _is_told(words: Sequence[object], code: str, said: str) -> None:
    told = _saddle(*words)
    assert told.exit_code == (1 if code else 2)
    assert f"error {code}:" in told.output if code else "Usage: " in told.output
    assert said in told.output


def test_vary_prints_the_points_and_where_no_plan_is(model: Path) -> None:
    told = _saddle("vary", model, "need[busy]", "--from", 2, "--to", 12)
    assert [line.split() for line in told.stdout.splitlines()] == [
        ["busy:", "need[busy]", "is", "8", "MWh"],
        ["need[busy]", "objective", "slope", "after"],
        ["-" * 10, "-" * 9, "-" * 11],
        ["2", "2", "1"],
        ["6", "6", "5"],
        ["10", "26", "–"],
        ["no", "plan", "above", "10"],
    ]


def test_vary_says_which_scenarios_it_left_out(model: Path) -> None:
    told = _saddle("vary", model, "capacity[old]", "--from", 4, "--to", 20, "--most", 1)
    assert "calm: capacity[old] is 6" in told.stdout
    assert "2 more scenarios read capacity[old]: --most traces more" in told.stdout
    told = _saddle("vary", model, "need[feast]", "--from", 0, "--to", 5, "--most", 1)
    assert told.stdout.startswith("feast: need[feast] is 13 MWh\n")
    assert "more scenarios" not in told.stdout


def test_vary_outside_all_plans_says_so(model: Path) -> None:
    told = _saddle("vary", model, "capacity[old]", "--from", -9, "--to", -1, "--scenario", "calm")
    assert told.stdout == "calm: capacity[old] is 6 MWh\n  no plan anywhere in between\n"


def test_vary_as_json_and_as_a_picture(model: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    place = tmp_path / "curve.png"
    told: Any = json.loads(
        _saddle("vary", model, "cost[new]", "--from", 0, "--to", 9, "--json", "-o", place).stdout
    )
    assert told["left_out"] == 0
    calm, busy, feast = told["curves"]
    assert (calm["at"], calm["slope"]) == (pytest.approx([0, 1, 9]), pytest.approx([4, 0]))
    assert (busy["objective"][-1], busy["now"], busy["complete"]) == (pytest.approx(24), 5.0, True)
    assert feast["at"] == []
    assert place.read_bytes().startswith(b"\x89PNG")
    told = _saddle("vary", model, "cost[new]", "--from", 0, "--to", 9, "--plot")
    assert told.stdout.endswith("plants_vary.png\n")
    assert (model.parent / "plants_vary.png").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["vary", "cost[new]", "--from", 0, "--to", 9],
        ["regimes"],
        ["ranges"],
        ["sensitivity", "--vary", "cost"],
    ],
)
def test_no_picture_is_overwritten_unless_asked(model: Path, tmp_path: Path, words: Sequence[object]) -> None:
    place = tmp_path / "mine.png"
    place.write_text("precious")
    told = _saddle(words[0], model, *words[1:], "--output", place)
    assert (told.exit_code, "F042" in told.stderr, place.read_text()) == (1, True, "precious")


def test_a_page_replaces_an_earlier_one_alone(tmp_path: Path) -> None:
    small = tmp_path / "m.yml"
    small.write_text(
        "sets: {T: {items: 1..2}}\n"
        "tables: {x: {type: endogenous, coordinates: [T], variables_info: {x: {lower: 1}}}}\n"
        "problem: {objective: Minimize(sum(x)), expressions: [x >= 2, x <= 1]}\n"
    )
    assert _saddle("run", small).exit_code == 3
    told = _saddle("plot", small, "x")
    assert (told.exit_code, "X522" in told.stderr, "infeasible" in told.stderr) == (2, True, True)
    pages = [_saddle("report", small, "--no-living").exit_code for _ in range(2)]
    (page,) = tmp_path.glob("*report.html")
    page.write_text("precious")
    told = _saddle("report", small, "--no-living")
    assert (pages, told.exit_code, page.read_text()) == ([0, 0], 1, "precious")


@pytest.mark.parametrize("label", ["foo", "calm,busy"])
def test_why_names_labels_that_do_not_exist_as_run_does(model: Path, label: str) -> None:
    told, run = (
        _saddle("why", f"{model}:{label}", f"{model}:{label}"),
        _saddle("run", model, "--scenario", label),
    )
    assert (told.exit_code, told.stderr) == (2, run.stderr)


def test_why_of_a_model_without_scenarios_and_what_is_rounding(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.yml").write_text(
            "sets: {T: {items: 1..2}}\n"
            "tables: {x: {type: endogenous, coordinates: [T], variables_info: {x: {lower: 1}}}}\n"
            "problem: {objective: Minimize(sum(x)), expressions: [x >= 2]}\n"
        )
        assert _saddle("run", tmp_path / f"{name}.yml").exit_code == 0
    one, two = tmp_path / "one.yml", tmp_path / "two.yml"
    assert "K102" in _saddle("why", f"{one}:foo", f"{one}:bar").stderr
    with closing(sqlite3.connect(tmp_path / "two.db")) as store, store:
        store.execute('UPDATE x SET "values" = 1.4e-14 WHERE id = 1')
    assert "  1: 2 and 0: -2 (-100.00%)" in _saddle("compare", one, two).stdout


@pytest.mark.parametrize(
    ("datum", "ends", "code", "said"),
    [
        ("ned[busy]", (0, 1), "K502", "Did you mean 'need'?"),
        ("need[buzy]", (0, 1), "K502", "Did you mean 'busy'?"),
        ("need", (0, 1), "K502", "Write need[Cases] with an item of each"),
        ("need[busy", (0, 1), "K502", "Write need[busy]."),
        ("need[busy]", (1, 0), "K504", "the lower first"),
        ("need[busy]", ("nan", 0), "K504", "the lower first"),
        ("need[busy]", ("little", 0), "", "--from"),
    ],
)
def test_vary_says_what_is_wrong(
    model: Path, datum: str, ends: tuple[object, object], code: str, said: str
) -> None:
    _is_told(["vary", model, datum, "--from", ends[0], "--to", ends[1]], code, said)
