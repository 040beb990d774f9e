# pyright: basic
"""The proven bound of coupled models."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import saddlepoint
from saddlepoint.cli import saddle
from saddlepoint.declare.examples import copy_example
from saddlepoint.errors import StudyError
from saddlepoint.report.bound_text import bound_text, no_better_plan
from saddlepoint.store import open_store

SETS = {"s": {"split_problem": True}}
ITEMS = {"s": ["one", "two"]}
DATA = {"D": [3.0, 5.0]}
BEST = "no plan of all together is better than these"


def _pair(
    first: Mapping[str, object], second: Mapping[str, object], kinds: Mapping[str, object] | None = None
) -> saddlepoint.Lab:
    tables = {
        "D": {"type": "exogenous", "coordinates": ["s"], "variables_info": {"D": None}},
        "x": {
            "type": {"a": "endogenous", "b": "exogenous"},
            "coordinates": ["s"],
            "variables_info": {"x": None},
            **(kinds or {}),
        },
        "y": {
            "type": {"a": "exogenous", "b": "endogenous"},
            "coordinates": ["s"],
            "variables_info": {"y": None},
        },
    }
    return saddlepoint.define(
        sets=SETS, variables=tables, problem={"a": first, "b": second}, items=ITEMS, data=DATA
    )


def test_the_published_tutorial(tmp_path: Path) -> None:
    """The joint optimum of the low scenarios is (88.235, 0) with 127.162630, where the loop ends at 112.653061."""
    folder = copy_example("production_planning_nonlinear", tmp_path / "m")
    found = saddlepoint.open(folder).bound()
    np.testing.assert_allclose(found.value, [127.162630, 127.162630, 192.0, 332.179931], atol=1e-5)
    np.testing.assert_allclose(found.fixed_point, [112.653061, 112.653061, 192.0, 332.179931], atol=1e-5)
    assert (found.bound >= found.value * (1 - 1e-12)).all()
    assert found.proven
    assert found.exit_code == 0
    np.testing.assert_allclose(found.tables["production"][0], [88.235294, 0], atol=1e-5)
    np.testing.assert_allclose(found.tables["profit"][0], [1.441176, 2.2], atol=1e-6)
    with open_store(folder / "database.db") as store:
        kept = store.query("SELECT best, bound, gap FROM _bound ORDER BY id")
    np.testing.assert_allclose([row[0] for row in kept], found.value)


def test_the_command(tmp_path: Path) -> None:
    folder = copy_example("production_planning_nonlinear", tmp_path / "m")
    done = CliRunner().invoke(saddle, ["bound", str(folder), "--scenario", "low,high", "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["problems"] == ["production", "profit"]
    assert [round(row["best"], 5) for row in said["scenarios"]] == [127.16263]
    shutil.rmtree(folder)


def test_what_is_read_may_stand_in_relations() -> None:
    """max x with x·y ≤ D and y = 1 + x / 2: x² / 2 + x = D."""
    lab = _pair(
        {"objective": ["Maximize(x)"], "expressions": ["y * x <= D", "x >= 0", "x <= 10"]},
        {"expressions": ["y == 1 + 0.5 * x"]},
    )
    found = lab.bound()
    np.testing.assert_allclose(found.value, [-1 + np.sqrt(7), -1 + np.sqrt(11)], rtol=1e-6)
    assert found.proven


def test_a_best_plan_that_is_no_fixed_point() -> None:
    """Each alone: x takes all it can as y is data. Together x·(4 − x) is best at 2."""
    lab = _pair(
        {"objective": ["Maximize(y * x)"], "expressions": ["x >= 0", "x <= D"]},
        {"expressions": ["y == 4 - x"]},
    )
    found = lab.bound(starts=1)
    np.testing.assert_allclose(found.value, [4, 4], rtol=1e-6)
    assert (found.gap <= 2e-6).all()


def test_a_solver_that_fails_says_why_in_a_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("the solver is out of order")

    monkeypatch.setattr("saddlepoint.solve.adapters.clarabel.ClarabelSession.solve", fails)
    folder = copy_example("production_planning_nonlinear", tmp_path / "m")
    done = CliRunner().invoke(saddle, ["run", str(folder), "--solver", "clarabel"])
    assert done.exit_code != 0
    said = "has no answer with the values exchanged so far: error, RuntimeError: the solver is out of order"
    assert said in done.output


@pytest.mark.parametrize(
    ("first", "second", "kinds", "code"),
    [
        ({"expressions": ["x == D - y"]}, {"expressions": ["y == 0.5 * x"]}, {}, "K720"),
        (
            {"objective": ["Minimize(x)"], "expressions": ["x >= D - y", "x <= 9"]},
            {"expressions": ["y == 0.5 * x ** 2"]},
            {},
            "K721",
        ),
        (
            {"objective": ["Minimize(square(x))"], "expressions": ["x >= D - y"]},
            {"expressions": ["y == 0.5 * x"]},
            {},
            "K721",
        ),
        (
            {"objective": ["Maximize(y * x)"], "expressions": ["x >= D - y"]},
            {"expressions": ["y == 0.5 * x"]},
            {},
            "K851",
        ),
    ],
)
def test_what_cannot_be_bounded_is_refused(
    first: dict[str, object], second: dict[str, object], kinds: dict[str, object], code: str
) -> None:
    with pytest.raises(StudyError, match=code):
        _pair(first, second, kinds).bound()


def test_what_is_convex_once_together_needs_no_ends() -> None:
    """y·x with y = x/2 is a convex square, least where x = D − y, at 2D/3. One plan is best, and none is said to be as good."""
    least = {"objective": ["Minimize(y * x)"], "expressions": ["x >= D - y"]}
    found = _pair(least, {"expressions": ["y == 0.5 * x"]}).bound(starts=1)
    np.testing.assert_allclose(found.value, [2.0, 50 / 9], rtol=1e-6)
    assert found.proven and not found.tied.any()


def test_a_model_without_a_loop(tmp_path: Path) -> None:
    folder = copy_example("production_planning", tmp_path / "m")
    done = CliRunner().invoke(saddle, ["bound", str(folder)])
    assert done.exit_code == 1
    assert "K723" in done.output


def test_a_run_from_several_starts_keeps_what_is_proven(tmp_path: Path) -> None:
    folder = copy_example("production_planning_nonlinear", tmp_path / "m")
    done = CliRunner().invoke(saddle, ["run", str(folder), "--global", "3", "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)["joint"]
    np.testing.assert_allclose(
        [p["joint_best"] for p in said], [127.162630, 127.162630, 192.0, 332.179931], atol=1e-5
    )
    assert all(p["joint_best"] <= p["joint_bound"] <= p["joint_best"] * (1 + 1e-6) for p in said)
    with open_store(folder / "database.db") as store:
        kept = store.query(
            "SELECT joint, joint_best, joint_bound, joint_gap FROM _scenarios WHERE problem = 'production'"
        )
    np.testing.assert_allclose([row[2] for row in kept], [p["joint_bound"] for p in said])
    assert max(row[3] for row in kept) <= 1e-6
    assert "joint gap 1e-06 %" in CliRunner().invoke(saddle, ["history", str(folder)]).output
    log = (folder / "convergence_low-low.log").read_text()
    assert "Joint problem: best plan 127.162630, proven bound 127.1626" in log
    assert BEST in CliRunner().invoke(saddle, ["run", str(folder), "--global", "3"]).output
    assert "it may be a local one" in CliRunner().invoke(saddle, ["run", str(folder)]).output


def test_no_better_plan_is_said_only_where_all_fixed_points_are_best(tmp_path: Path) -> None:
    folder = copy_example("production_planning_nonlinear", tmp_path / "m")
    (coupled,) = saddlepoint.open(folder).solve(starts=3).coupled.values()
    joint, proof = coupled.joint, coupled.proof
    one = np.arange(len(joint)) == 1
    assert no_better_plan(joint, proof)
    assert not no_better_plan(np.where(one, 0.9 * joint, joint), proof)
    assert not no_better_plan(np.where(one, np.nan, joint), proof)
    assert not no_better_plan(joint, replace(proof, gap=np.where(one, 0.01, proof.gap)))
    assert not no_better_plan(joint, replace(proof, gap=np.where(one, np.nan, proof.gap)))


def test_a_run_says_why_nothing_is_proven() -> None:
    found = _pair(
        {"objective": ["Minimize(square(x))"], "expressions": ["x >= D - y"]},
        {"expressions": ["y == 0.5 * x"]},
    ).solve(starts=2)
    (coupled,) = found.coupled.values()
    assert not coupled.proof.known.any()
    assert set(coupled.proof.unproven) == {0, 1}
    assert "curved by itself" in coupled.proof.unproven[0]


def test_all_fixed_points_of_the_published_tutorial(tmp_path: Path) -> None:
    """Two in which one product is made, to which the loop is drawn, and one between them that it leaves."""
    folder = copy_example("production_planning_nonlinear", tmp_path / "m")
    done = CliRunner().invoke(saddle, ["bound", str(folder), "--scenario", "low,high", "--json"])
    assert done.exit_code == 0, done.output
    points = json.loads(done.stdout)["fixed_points"]
    np.testing.assert_allclose([p["joint"] for p in points], [127.162630, 112.653061, 104.825291], atol=1e-5)
    assert [p["drawn"] for p in points] == [True, True, False]
    assert [p["reached"] for p in points] == [False, True, False]
    assert all(p["complete"] and not p["piece"] for p in points)
    assert sum(p["starts"] for p in points) == 8
    x, c = np.array(points[2]["tables"]["production"]), np.array(points[2]["tables"]["profit"])
    assert (x > 0).all()
    with open_store(folder / "database.db") as store:
        kept = store.query("SELECT point, joint, drawn, complete, profit_1 FROM _fixed_points ORDER BY id")
    assert [row[0] for row in kept] == [1, 2, 3]
    assert kept[2][4] == pytest.approx(c[0])


def test_fixed_points_against_every_pattern() -> None:
    """max y·x on [0, 2] with y = Dx − 4: x = 0 and 2, and 4/D between them, where the profit of a unit is 0."""
    found = _pair(
        {"objective": ["Maximize(y * x)"], "expressions": ["x >= 0", "x <= 2"]},
        {"expressions": ["y == D * x - 4"]},
    ).bound()
    for s, slope in enumerate((3.0, 5.0)):
        points = sorted(found.points.of(s), key=lambda p: float(p.values["x"][0]))
        np.testing.assert_allclose([p.values["x"][0] for p in points], [0.0, 4.0 / slope, 2.0], atol=1e-6)
        assert [p.drawn for p in points] == [True, False, True]
    assert found.points.complete.all()


def test_why_fixed_points_are_not_told() -> None:
    found = _pair(
        {"objective": ["Minimize(x)"], "expressions": ["x >= 1", "y * x >= 1", "x <= 9"]},
        {"expressions": ["y == 0.5 * x"]},
    ).bound()
    assert "coefficients" in found.points.why
    assert not found.points.complete.any()


def test_scenarios_that_are_proven_to_have_no_plan() -> None:
    low = {"objective": ["Minimize(x)"], "expressions": ["x >= 3 - y", "x <= D - 1"]}
    found = _pair(low, {"objective": ["Minimize(y)"], "expressions": ["y == 0.1 * x"]}).bound()
    assert found.empty.any() and not found.empty.all()
    assert found.exit_code == 3
    assert [row["gap"] is None for row in found.rows] == found.empty.tolist()


def _one_price(unit: float, wide: float, lower: float = 0.0) -> saddlepoint.Lab:
    """A price that is what is made less one unit, beside a number of another size: fixed at 0, 1 and 3 units."""
    m = saddlepoint.Model("price")
    plan, market = m.problem("plan"), m.problem("market")
    x = m.decide("x", lower=lower, upper=3 * unit, decided_in=plan, start=lower)
    w = m.decide("w", lower=0, upper=wide, decided_in=plan, start=0.0)
    y = m.decide("y", decided_in=market, start=0.0)
    plan.maximise(y * x + w)
    market.subject_to(price=y == x - unit)
    return m.lab


@pytest.mark.parametrize(("unit", "wide"), [(1, 1), (1, 1e6), (1e-6, 1e-6), (1e-7, 1e-9)])
def test_fixed_points_are_told_apart_by_their_own_size(unit: float, wide: float) -> None:
    found = _one_price(unit, wide).bound().points
    assert found.complete.all()
    made = sorted(float(point.values["x"].item()) / unit for point in found.points)
    np.testing.assert_allclose(made, [0, 1, 3], atol=1e-6)


def test_a_decision_without_room_has_its_one_fixed_point() -> None:
    found = _one_price(1.0, 0.0, lower=3.0).bound()
    assert [float(point.values["x"].item()) for point in found.points.points] == [3.0]
    assert found.points.complete.all()


def test_ends_of_a_piece_of_fixed_points_are_told_as_such() -> None:
    m = saddlepoint.Model("free")
    plan, market = m.problem("plan"), m.problem("market")
    x = m.decide("x", lower=0, upper=3, decided_in=plan, start=0.0)
    y = m.decide("y", decided_in=market, start=0.0)
    plan.maximise(y * x)
    market.subject_to(price=y == 0 * x)
    found = m.lab.bound()
    assert [point.piece for point in found.points.points] == [True, True]
    assert "end of a piece" in bound_text(found)
