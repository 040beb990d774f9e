"""Each difference that docs/guides/from_cvxlab.md names, beside CVXlab itself: SADDLEPOINT_CVXLAB=PYTHON pytest tests/cvxlab/test_beside_cvxlab.py

PYTHON is an interpreter that has CVXlab 1.1.0; without it these tests are skipped, and say so.
"""

import os
import sys
from pathlib import Path

import pytest

from benchmarks.cvxlab_folders import Rows, solved, tables
from saddlepoint.files import Sheet, write_workbook

PYTHON = os.environ.get("SADDLEPOINT_CVXLAB", "")
pytestmark = pytest.mark.skipif(not PYTHON, reason="SADDLEPOINT_CVXLAB names no interpreter that has CVXlab")

SETS = "t:\n  filters: {kind: [base, peak]}\ns:\n  split_problem: true\n"
COST = "cost: {type: exogenous, coordinates: [t], variables_info: {c: {t: {dim: cols}}}}\n"
DEMAND = "dem: {type: exogenous, coordinates: [s], variables_info: {D: }}\n"
PLAN = "x: {type: endogenous, coordinates: [s, t], variables_info: {x: {nonneg: true, t: {dim: cols}}}}\n"
UNREAD = "u: {type: endogenous, coordinates: [t], variables_info: {u: {t: {dim: cols}}}}\n"
HYBRID = (
    "h: {type: {one: endogenous, two: exogenous}, coordinates: [s, t], variables_info: "
    "{hb: {t: {dim: cols, filters: {kind: base}}}, h: {t: {dim: cols}}}}\n"
    "g: {type: endogenous, coordinates: [s, t], variables_info: {g: {t: {dim: cols}}}}\n"
)
PLAIN = "objective: [Minimize(c @ tran(x))]\nexpressions: [sum(x) >= D{more}]\n"
PAIR = "one: {expressions: [hb == D]}\ntwo: {expressions: [g == 2 * h]}\n"


def _both(
    tmp_path: Path, tables_text: str, problem: str, inputs: dict[str, Sheet]
) -> tuple[dict[str, Rows], dict[str, Rows]]:
    folder = tmp_path / "m"
    (folder / "input_data").mkdir(parents=True)
    (folder / "structure_sets.yml").write_text(SETS)
    (folder / "structure_variables.yml").write_text(tables_text)
    (folder / "problem.yml").write_text(problem)
    sets = [Sheet("_set_T", ("t_Name", "t_kind"), (["a", "b"], ["base", "peak"]))]
    write_workbook(folder / "sets.xlsx", [*sets, Sheet("_set_S", ("s_Name",), (["lo", "hi"],))])
    write_workbook(folder / "input_data" / "input_data.xlsx", list(inputs.values()))
    found: list[dict[str, Rows]] = []
    for python, engine in ((PYTHON, "cvxlab"), (sys.executable, "saddlepoint")):
        place, wrong = solved(python, engine, folder, "yml", tmp_path)
        assert not wrong, (engine, wrong)
        found.append(tables(place / "database.db"))
    return found[0], found[1]


def _sheet(name: str, keys: str, *rows: tuple[object, ...]) -> Sheet:
    header = ("id", *(f"{key}_Name" for key in keys), "values")
    return Sheet(
        name, header, tuple(map(list, zip(*((k, *row) for k, row in enumerate(rows, 1)), strict=True)))
    )


COSTS = _sheet("cost", "t", ("a", 2.0), ("b", 3.0))
DEMANDS = _sheet("dem", "s", ("lo", 10.0), ("hi", 20.0))


def test_what_both_say(tmp_path: Path) -> None:
    inputs = {"cost": COSTS, "dem": DEMANDS}
    theirs, ours = _both(tmp_path, COST + DEMAND + PLAN, PLAIN.format(more=""), inputs)
    assert ours["x"] == pytest.approx(theirs["x"])
    assert ours["dem"] == theirs["dem"]


def test_scenarios_without_a_plan_and_tables_that_no_formula_reads(tmp_path: Path) -> None:
    inputs = {"cost": COSTS, "dem": DEMANDS}
    problem = PLAIN.format(more=", sum(x) <= 15")
    theirs, ours = _both(tmp_path, COST + DEMAND + PLAN + UNREAD, problem, inputs)
    assert ours["x"]["hi", "a"] is None
    assert theirs["x"]["hi", "a"] in (0.0, None)
    assert set(ours["u"].values()) == {None}
    assert set(theirs["u"].values()) == {0.0}


def test_cells_of_hybrid_tables_that_nobody_decides(tmp_path: Path) -> None:
    rows = [(s, t, 7.0) for s in ("lo", "hi") for t in ("a", "b")]
    inputs = {"dem": DEMANDS, "h": _sheet("h", "st", *rows)}
    theirs, ours = _both(tmp_path, DEMAND + HYBRID, PAIR, inputs)
    assert ours["g"]["lo", "b"] == 14.0
    assert theirs["g"]["lo", "b"] == 0.0
    assert ours["h"]["lo", "a"] == theirs["h"]["lo", "a"] == 10.0


def test_relations_of_data(tmp_path: Path) -> None:
    inputs = {"cost": COSTS, "dem": DEMANDS}
    theirs, ours = _both(tmp_path, COST + DEMAND + PLAN, PLAIN.format(more=", c >= 0"), inputs)
    assert ours["x"] == pytest.approx(theirs["x"])
