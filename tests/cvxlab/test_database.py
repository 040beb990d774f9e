"""The database as CVXlab's users link to it: tables that are always there, related to their sets."""

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

import saddlepoint
from saddlepoint import cvxlab
from saddlepoint.files import Sheet, write_workbook

SETS = "t:\n  filters: {kind: [base, peak]}\ns:\n  split_problem: true\n"
TABLES = """\
cost: {type: exogenous, coordinates: [t], variables_info: {c: {t: {dim: cols, filters: {kind: base}}}}}
dem: {type: exogenous, coordinates: [s], variables_info: {D: }}
x: {type: endogenous, coordinates: [s, t], variables_info: {x: {t: {dim: cols}}, xb: {nonneg: true, t: {dim: cols, filters: {kind: base}}}}}
unread: {type: endogenous, coordinates: [t], variables_info: {u: {t: {dim: cols}}}}
h: {type: {one: endogenous, two: exogenous}, coordinates: [t], variables_info: {hb: {t: {dim: cols, filters: {kind: base}}}, h: {t: {dim: cols}}}}
g: {type: endogenous, coordinates: [t], variables_info: {g: {t: {dim: cols}}}}
"""
PROBLEMS = """\
main:
  objective: [Minimize(c @ tran(xb))]
  expressions: [sum(xb) >= D]
one:
  expressions: [hb == 2 * c]
two:
  expressions: [g == 2 * h]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "m"
    (folder / "input_data").mkdir(parents=True)
    (folder / "structure_sets.yml").write_text(SETS)
    (folder / "structure_variables.yml").write_text(TABLES)
    (folder / "problem.yml").write_text(PROBLEMS)
    tabs = [Sheet("_set_T", ("t_Name", "t_kind"), (["a", "b"], ["base", "peak"]))]
    write_workbook(folder / "sets.xlsx", [*tabs, Sheet("_set_S", ("s_Name",), (["lo", "hi"],))])
    (folder / "input_data" / "cost.csv").write_text("t_Name,values\na,2.5\n")
    (folder / "input_data" / "dem.csv").write_text("s_Name,values\nlo,10\nhi,20\n")
    (folder / "input_data" / "h.csv").write_text("t_Name,values\na,1\nb,7\n")
    return folder


def _sql(folder: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "database.db")) as db, db:
        return db.execute(statement).fetchall()


def _model(folder: Path) -> cvxlab.Model:
    return cvxlab.Model(folder.name, folder.parent, "yml", log_level="error")


def test_tables_are_there_from_the_beginning_and_after_all_is_reset(folder: Path) -> None:
    model = _model(folder)
    model.initialize_model_environment()
    for table, count in {"x": 4, "unread": 2, "h": 2, "g": 2, "cost": 1, "dem": 2}.items():
        assert _sql(folder, f'SELECT count(*), count("values") FROM {table}') == [(count, 0)], table
    _sql(folder, """CREATE VIEW report AS SELECT t_Name, sum("values") FROM x GROUP BY 1""")
    model.refresh_database_and_initialize_problem(force_overwrite=True)
    model.run_model(solution_mode="sequential")
    model.load_results_to_database(force_overwrite=True)
    assert _sql(folder, "SELECT * FROM report") == [("a", 30.0), ("b", None)]
    assert _sql(folder, 'SELECT t_Name, "values" FROM unread') == [("a", None), ("b", None)]
    model.reinitialize_sqlite_database(force_overwrite=True)
    assert _sql(folder, "SELECT * FROM report") == [("a", None), ("b", None)]
    assert _sql(folder, 'SELECT count("values") FROM dem') == [(2,)]


def test_a_blank_database_does_not_hide_the_input_files(folder: Path) -> None:
    model = _model(folder)
    model.initialize_model_environment()
    model.run_model(solution_mode="sequential")
    assert model.variable("xb", 1).to_numpy().tolist() == [[20.0]]


def test_tables_are_related_to_their_sets(folder: Path) -> None:
    model = _model(folder)
    model.initialize_model_environment()
    for table in ("x", "dem"):
        related = {tuple(row[2:5]) for row in _sql(folder, f"PRAGMA foreign_key_list({table})")}
        sets = ["s", "t"] if table == "x" else ["s"]
        assert related == {(f"_set_{key.upper()}", f"{key}_Name", f"{key}_Name") for key in sets}
    assert _sql(folder, "PRAGMA foreign_key_check") == []


def test_cells_of_hybrid_tables_that_nobody_decides_hold_their_input(folder: Path) -> None:
    """CVXlab 1.1.0 puts 0 in their place, so that g of b would be 0."""
    model = _model(folder)
    model.initialize_model_environment()
    model.refresh_database_and_initialize_problem(force_overwrite=True)
    model.run_model(solution_mode="sequential")
    model.load_results_to_database(force_overwrite=True)
    assert _sql(folder, 'SELECT t_Name, "values" FROM h') == [("a", 5.0), ("b", 7.0)]
    assert _sql(folder, 'SELECT "values" FROM g') == [(10.0,), (14.0,)]
    assert model.variable("h").to_numpy().tolist() == [[5.0, 7.0]]


def test_a_run_of_some_scenarios_leaves_the_others(folder: Path) -> None:
    lab = saddlepoint.open(folder, lenient=True)
    lab.run()
    (folder / "input_data" / "dem.csv").write_text("s_Name,values\nlo,11\nhi,22\n")
    lab.run(scenarios=["hi"])
    rows = _sql(folder, 'SELECT s_Name, t_Name, "values" FROM x ORDER BY s_Name, t_Name')
    assert rows == [("hi", "a", 22.0), ("hi", "b", None), ("lo", "a", 10.0), ("lo", "b", None)]


def test_elsewhere_cells_that_no_formula_reads_have_no_row(folder: Path) -> None:
    lab = saddlepoint.open(folder)
    lab.run()
    assert _sql(folder, "SELECT count(*) FROM x") == [(2,)]
    assert _sql(folder, 'SELECT t_Name, "values" FROM h') == [("a", 5.0), ("b", 7.0)]
    np.testing.assert_array_equal(lab.solve().table("h").values, [5.0, 7.0])
