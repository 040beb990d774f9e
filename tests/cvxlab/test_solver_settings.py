"""Solvers, settings, chains and tables of the stopping test as scripts of CVXlab give them."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from saddlepoint import cvxlab
from saddlepoint.cvxlab.solver_settings import as_ours, solver_options
from saddlepoint.errors import SaddleError, StudyError, UsageError
from saddlepoint.files import Sheet, write_workbook

TABLES = """\
k: {type: {one: exogenous, two: endogenous}, coordinates: [s], variables_info: {k: }}
z: {type: {one: endogenous, two: exogenous}, coordinates: [s], variables_info: {z: {nonneg: true}}}
b: {type: exogenous, coordinates: [s], variables_info: {B: }}
"""
PROBLEMS = """\
one:
  objective:
    - Minimize(z)
  expressions:
    - z >= B + k
two:
  expressions:
    - k - 0.5 * z == 0
"""


@pytest.fixture
def model(tmp_path: Path) -> cvxlab.Model:
    """z ≥ 10 + k and k = z/2: from k = 4 a chain one, two, one reaches z = 17, a loop z = 20."""
    folder = tmp_path / "m"
    (folder / "input_data").mkdir(parents=True)
    (folder / "structure_sets.yml").write_text("s:\n  split_problem: true\n")
    (folder / "structure_variables.yml").write_text(TABLES)
    (folder / "problem.yml").write_text(PROBLEMS)
    write_workbook(folder / "sets.xlsx", [Sheet("_set_S", ("s_Name",), (["only"],))])
    for name, value in {"b": 10, "k": 4, "z": 1}.items():
        (folder / "input_data" / f"{name}.csv").write_text(f"s_Name,values\nonly,{value}\n")
    made = cvxlab.Model("m", tmp_path, "yml", log_level="error")
    made.initialize_model_environment()
    made.refresh_database_and_initialize_problem(force_overwrite=True)
    return made


def _z(model: cvxlab.Model, **arguments: Any) -> float | None:
    model.run_model(force_overwrite=True, **arguments)
    model.load_results_to_database(force_overwrite=True)
    with closing(sqlite3.connect(model.folder / "database.db")) as db:
        rows = db.execute('SELECT "values" FROM z').fetchall()
    assert len(rows) == 1
    return None if rows[0][0] is None else float(rows[0][0])


def test_a_problem_may_stand_in_the_chain_several_times(model: cvxlab.Model) -> None:
    assert _z(model, solution_mode="sequential", sequential_solution_chain=["one", "two", "one"]) == 17
    assert _z(model, solution_mode="sequential", sequential_solution_chain=["one", "two"]) == 14
    assert _z(model, solution_mode="integrated") == pytest.approx(20, rel=1e-4)
    with pytest.raises(StudyError, match=r"K105: 'three'"):
        _z(model, solution_mode="sequential", sequential_solution_chain=["three"])


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"solution_mode": "integrated", "convergence_tables_to_check": ["zz"]}, "K460"),
        ({"solution_mode": "integrated", "convergence_tables_to_skip": ["zz"]}, "K460"),
        ({"solver": {"tow": "CLARABEL"}}, "X460.*two"),
        ({"solver_verbose": {"tow": True}}, "X460"),
        ({"solver_settings": {"one": {}, "tow": {}}}, "X460"),
        ({"solver_settings": {"warmstart": True}}, "L106"),
    ],
)
def test_misspelt_names_are_errors(model: cvxlab.Model, arguments: dict[str, Any], code: str) -> None:
    with pytest.raises(SaddleError, match=f"(?s){code}"):
        _z(model, **arguments)


def test_each_problem_has_its_own_solver_and_settings(model: cvxlab.Model) -> None:
    settings = {"one": {"max_iter": 50}, "two": {"time_limit": 5.0}}
    chain = {"solution_mode": "sequential"}
    assert _z(model, solver={"one": "CLARABEL"}, solver_settings=settings, **chain) == pytest.approx(14)
    result = model.result
    assert result is not None
    one, two = (result.plan.request.options_of(key) for key in ("one", "two"))
    assert (one.solver, one.settings) == ("CLARABEL", {"max_iter": 50})
    assert (two.solver, two.settings) == (None, {"time_limit": 5.0})


def test_each_problem_of_a_loop_has_its_own_solver_and_settings(model: cvxlab.Model) -> None:
    """Three parts z and one y of 10 + k, and k = z/2: z = 0.75 (10 + z/2) = 12, whoever solves which problem."""
    other = "y: {type: endogenous, coordinates: [s], variables_info: {y: {nonneg: true}}}\n"
    mixed = PROBLEMS.replace("Minimize(z)", "Minimize(z + 2 * y)").replace("- z >= B + k", "- z + y >= B + k")
    mixed = mixed.replace("\ntwo:", "\n    - z <= 3 * y\ntwo:")
    (model.folder / "structure_variables.yml").write_text(TABLES + other)
    (model.folder / "problem.yml").write_text(mixed)
    model.refresh_database_and_initialize_problem(force_overwrite=True)
    loop: dict[str, Any] = {"solution_mode": "integrated"}
    assert _z(model, **loop, solver={"one": "CLARABEL"}) == pytest.approx(12, rel=1e-4)
    assert _solvers(model, "one") == {"clarabel"}
    assert _z(model, **loop, solver={"one": "HIGHS", "two": "CLARABEL"}) == pytest.approx(12, rel=1e-4)
    assert _solvers(model, "one") == {"highs"}
    starved = {"one": {"max_iter": 1}, "two": {}}
    assert _z(model, **loop, solver={"one": "CLARABEL"}, solver_settings=starved) is None
    with pytest.raises(SaddleError, match="L106"):
        _z(model, **loop, solver_settings={"one": {"no_such_setting": 1}, "two": {}})
    with pytest.raises(SaddleError, match="L120"):
        model.lab.solve(mode="integrated", each={"one": {"exact": True}})


def _solvers(model: cvxlab.Model, problem: str) -> set[str]:
    assert model.result is not None
    return {m.solver.casefold() for m in model.result.answers[problem].solution.method.values}


def test_settings_as_cvxpy_takes_them(model: cvxlab.Model) -> None:
    chain = {"solution_mode": "sequential"}
    scipy = {"scipy_options": {"method": "highs-ds", "time_limit": 60}}
    assert _z(model, solver="SCIPY", solver_settings=scipy, **chain) == 14
    assert _z(model, solver_settings={"warm_start": True, "ignore_dpp": True}, **chain) == 14
    assert _z(model, solver_settings={"solver": "CLARABEL", "verbose": False}, **chain) == pytest.approx(14)


def test_words_of_cvxpy_in_ours() -> None:
    asked = {"solver": "SCIPY", "verbose": False, "settings": {"scipy_options": {"method": "highs-ipm"}}}
    assert as_ours(asked) == {"solver": "highs", "settings": {"solver": "ipm"}, "verbose": None}
    nested = {
        "solver": None,
        "verbose": None,
        "settings": {"highs_options": {"presolve": "off"}, "gp": False},
    }
    assert as_ours(nested) == {"solver": None, "settings": {"presolve": "off"}, "verbose": None}
    made = solver_options({"a": "SCS"}, True, None, {"max_iters": 5}, ["a", "b"])
    assert made["settings"] == {"max_iters": 5}
    assert made["each"] == {"a": {"solver": "SCS", "settings": {"max_iters": 5}, "verbose": True}}
    with pytest.raises(UsageError, match=r"X460: solver names a problem 'c'"):
        solver_options({"c": "SCS"}, None, None, None, ["a", "b"])
