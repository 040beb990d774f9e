"""Each difference that docs/guides/from_cvxlab.md names, beside CVXlab itself: SADDLEPOINT_CVXLAB=PYTHON pytest tests/cvxlab/test_beside_cvxlab.py

PYTHON is an interpreter that has CVXlab 1.1.0; without it these tests are skipped, and say so.
"""

from pathlib import Path

import pytest

from saddlepoint.files import write_workbook
from tests.cvxlab.beside import beside_cvxlab, both, folder_of, sheet

pytestmark = beside_cvxlab

SETS = "t:\n  filters: {kind: [base, peak]}\nu:\ns:\n  split_problem: true\n"
ITEMS = {
    "t": {"t_Name": ["a", "b"], "t_kind": ["base", "peak"]},
    "u": {"u_Name": ["p", "q"]},
    "s": {"s_Name": ["hi", "lo"]},
}
COST = "cost: {type: exogenous, coordinates: [t], variables_info: {c: {t: {dim: cols}}}}\n"
DEMAND = "dem: {type: exogenous, coordinates: [s], variables_info: {D: }}\n"
PLAN = "x: {type: endogenous, coordinates: [s, t], variables_info: {x: {nonneg: true, t: {dim: cols}}}}\n"
COSTS = {"t_Name": ["a", "b"], "values": [2.0, 3.0]}
DEMANDS = {"s_Name": ["hi", "lo"], "values": [20.0, 10.0]}
LEAST = "objective:\n  - Minimize(c @ tran(x))\nexpressions:\n  - sum(x) >= D\n"
MATRIX = (
    "M: {type: exogenous, coordinates: [t, u], variables_info: {M: {t: {dim: rows}, u: {dim: cols}}}}\n"
    "w: {type: endogenous, coordinates: [t, u], variables_info: {w: {t: {dim: rows}, u: {dim: cols}}}}\n"
    "v: {type: endogenous, coordinates: [t], variables_info: {v: {t: {dim: rows}}}}\n"
)
ENTRIES = {"t_Name": ["a", "a", "b", "b"], "u_Name": ["p", "q", "p", "q"], "values": [1.0, 3.0, 2.0, 4.0]}


def _plan(tmp_path: Path, problem: str = LEAST, more: str = "") -> Path:
    return folder_of(
        tmp_path, (SETS, COST + DEMAND + PLAN + more, problem), ITEMS, {"cost": COSTS, "dem": DEMANDS}
    )


def _loop(tmp_path: Path) -> Path:
    """y = D + 0.9 z and z = 0.5 y, for a large and a small D: y = D / 0.55."""
    tables = DEMAND + (
        "y: {type: {one: endogenous, two: exogenous}, coordinates: [s], variables_info: {y: }}\n"
        "z: {type: {one: exogenous, two: endogenous}, coordinates: [s], variables_info: {z: }}\n"
    )
    problem = "one: {expressions: [y == D + 0.9 * z]}\ntwo: {expressions: [z == 0.5 * y]}\n"
    start = {"s_Name": ["hi", "lo"], "values": [0.0, 0.0]}
    inputs = {"dem": {"s_Name": ["hi", "lo"], "values": [1e6, 1.0]}, "y": start, "z": start}
    return folder_of(tmp_path, (SETS, tables, problem), ITEMS, inputs)


def test_what_both_say(tmp_path: Path) -> None:
    theirs, ours = both(
        _plan(tmp_path), "made = solved(ready()); said = [table('x'), table('dem'), status(made)]"
    )
    assert ours == theirs == [[20.0, 0.0, 10.0, 0.0], [20.0, 10.0], ["optimal", "optimal"]]


def test_exchange_between_sub_problems(tmp_path: Path) -> None:
    """From this start CVXlab's two interleaved sequences never meet: its plan and its prices are of different points."""
    tables = DEMAND + (
        "first: {type: exogenous, coordinates: [t], variables_info: {c0: {t: {dim: cols}}}}\n"
        "slope: {type: exogenous, coordinates: [t], variables_info: {k: {t: {dim: cols}}}}\n"
        "use: {type: exogenous, coordinates: [t], variables_info: {e: {t: {dim: cols}}}}\n"
        "x: {type: {plan: endogenous, price: exogenous}, coordinates: [t, s], variables_info: {x: {t: {dim: cols}}}}\n"
        "c: {type: {plan: exogenous, price: endogenous}, coordinates: [t, s], variables_info: {c: {t: {dim: cols}}}}\n"
    )
    problem = (
        "plan:\n  objective:\n  - Maximize(c @ tran(x))\n  expressions:\n  - e @ tran(x) <= D\n  - x >= 0\n"
        "price:\n  expressions:\n  - c - k @ diag(x) - c0 == 0\n"
    )
    goods, one = ["a", "b"], ["lo", "lo"]
    inputs = {
        "dem": {"s_Name": ["lo"], "values": [150.0]},
        "first": {"t_Name": goods, "values": [1.0, 2.2]},
        "slope": {"t_Name": goods, "values": [0.005, 0.01]},
        "use": {"t_Name": goods, "values": [1.7, 3.5]},
        "x": {"t_Name": goods, "s_Name": one, "values": [150 / 1.7, 0.0]},
        "c": {"t_Name": goods, "s_Name": one, "values": [1.0, 2.2]},
    }
    folder = folder_of(tmp_path, (SETS, tables, problem), {**ITEMS, "s": {"s_Name": ["lo"]}}, inputs)
    theirs, ours = both(
        folder,
        "made = solved(ready(), solution_mode='integrated'); said = [table('x'), table('c'), status(made)]",
    )
    apart = [
        [c - 1.0 - 0.005 * x, d - 2.2 - 0.01 * y] for (x, y), (c, d) in ((f[0], f[1]) for f in (theirs, ours))
    ]
    assert theirs[2] == ours[2] == ["optimal", "optimal"]
    assert max(map(abs, apart[0])) > 0.4
    assert apart[1] == pytest.approx([0, 0], abs=1e-9)


def test_convergence_of_each_scenario_by_itself(tmp_path: Path) -> None:
    theirs, ours = both(
        _loop(tmp_path),
        "made = solved(ready(), solution_mode='integrated'); said = [table('y'), status(made)]",
    )
    assert theirs[1] == ours[1] == ["optimal"] * 4
    assert ours[0] == pytest.approx([1e6 / 0.55, 1 / 0.55], rel=1e-5)
    assert theirs[0][1] == pytest.approx(1.0), "beside a million, the small scenario never seems to move"


def test_the_limit_of_iterations(tmp_path: Path) -> None:
    script = "made = solved(ready(), solution_mode='integrated', maximum_iterations=2); said = [table('y'), status(made)]"
    theirs, ours = both(_loop(tmp_path), script)
    assert theirs == [[1.45e6, 1.0], ["optimal"] * 4]
    assert ours == [[None, None], ["not_converged"] * 4]


def test_the_relative_norm(tmp_path: Path) -> None:
    script = "solved(ready(), solution_mode='integrated', convergence_norm='max_relative'); said = table('y')"
    theirs, ours = both(_loop(tmp_path), script)
    assert theirs == pytest.approx([1.45e6, 1.45])
    assert ours == pytest.approx([1e6 / 0.55, 1 / 0.55], rel=1e-5)


def test_results_of_an_earlier_run_are_no_start(tmp_path: Path) -> None:
    script = """
how = {"solution_mode": "integrated", "maximum_iterations": 2 if theirs else 20}
solved(ready(), **how)
said = [table("y")]
solved(opened(use_existing_data=True), **how)
said.append(table("y"))
"""
    theirs, ours = both(_loop(tmp_path), script)
    assert theirs[0] != theirs[1]
    assert ours[0] == ours[1]


def test_scenarios_without_a_plan_and_tables_that_no_formula_reads(tmp_path: Path) -> None:
    unread = "u: {type: endogenous, coordinates: [t], variables_info: {z: {t: {dim: cols}}}}\n"
    script = "made = solved(ready()); said = [table('x'), table('u'), made.is_problem_solved, status(made)]"
    theirs, ours = both(_plan(tmp_path, LEAST + "  - sum(x) <= 15\n", unread), script)
    assert theirs[3] == ours[3] == ["infeasible", "optimal"]
    assert ours[0] == [None, None, 10.0, 0.0]
    assert theirs[0][0] in (0.0, None)
    assert (ours[1], theirs[1]) == ([None, None], [0.0, 0.0])
    assert (ours[2], theirs[2]) == (False, True), (
        "solved: every scenario has its answer; that there was a run"
    )


def test_cells_of_hybrid_tables_that_nobody_decides(tmp_path: Path) -> None:
    tables = DEMAND + (
        "h: {type: {one: endogenous, two: exogenous}, coordinates: [s, t], variables_info: "
        "{hb: {t: {dim: cols, filters: {kind: base}}}, h: {t: {dim: cols}}}}\n"
        "g: {type: endogenous, coordinates: [s, t], variables_info: {g: {t: {dim: cols}}}}\n"
    )
    problem = "one: {expressions: [hb == D]}\ntwo: {expressions: [g == 2 * h]}\n"
    given = {"s_Name": ["hi", "hi", "lo", "lo"], "t_Name": ["a", "b", "a", "b"], "values": [7.0] * 4}
    folder = folder_of(tmp_path, (SETS, tables, problem), ITEMS, {"dem": DEMANDS, "h": given})
    script = "solved(ready(), solution_mode='integrated'); said = [table('h'), table('g')]"
    theirs, ours = both(folder, script)
    assert ours == [[20.0, 7.0, 10.0, 7.0], [40.0, 14.0, 20.0, 14.0]]
    assert theirs[1][1] == theirs[1][3] == 0.0


def test_operators_of_data_see_the_newest_values(tmp_path: Path) -> None:
    tables = DEMAND + (
        "power: {type: exogenous, coordinates: [s], variables_info: {p: }}\n"
        "h: {type: {one: endogenous, two: exogenous}, coordinates: [s], variables_info: {h: }}\n"
        "g: {type: endogenous, coordinates: [s], variables_info: {g: }}\n"
    )
    problem = "one:\n  expressions:\n  - h == D\ntwo:\n  expressions:\n  - g == pow(h, p)\n"
    two, one = ({"s_Name": ["hi", "lo"], "values": [v, v]} for v in (2.0, 1.0))
    folder = folder_of(tmp_path, (SETS, tables, problem), ITEMS, {"dem": DEMANDS, "power": two, "h": one})
    theirs, ours = both(folder, "solved(ready(), solution_mode='integrated'); said = table('g')")
    assert (theirs, ours) == ([1.0, 1.0], [400.0, 100.0])


@pytest.mark.parametrize(
    ("relations", "numbers", "code"),
    [
        ("w == M * M\n  - v == sum(M, 1)", [[7.0, 15.0, 10.0, 22.0], [4.0, 6.0]], "E203"),
        ("w == mult(M, diag(M))\n  - v == sum(M, 1)", [[1.0, 12.0, 2.0, 16.0], [4.0, 6.0]], "E390"),
        ("v >= diag(M)\n  - w == M", [[1.0, 3.0, 2.0, 4.0], [4.0, 4.0]], "E390"),
    ],
)
def test_two_readings(tmp_path: Path, relations: str, numbers: list[list[float]], code: str) -> None:
    """The last: beside a column the diagonal makes a table of every row with every entry, so that each v is at least the largest."""
    problem = f"objective:\n  - Minimize(sum(v))\nexpressions:\n  - {relations}\n"
    folder = folder_of(tmp_path, (SETS, MATRIX, problem), ITEMS, {"M": ENTRIES})
    script = "said = [refusal(lambda: solved(ready())), []]\nif theirs: said[1] = [table('w'), table('v')]"
    theirs, ours = both(folder, script)
    assert theirs[0] == ""
    assert [pytest.approx(part) for part in numbers] == theirs[1]
    assert code in ours[0]


def test_tables_that_are_not_named_stay_as_the_database_holds_them(tmp_path: Path) -> None:
    script = """
made = ready()
from openpyxl import load_workbook
path = folder / "input_data" / "input_data.xlsx"
book = load_workbook(path)
for name, number in (("dem", 99.0), ("cost", 1.0)):
    for row in book[name].iter_rows(min_row=2):
        row[-1].value = number
book.save(path)
said = [refusal(lambda: made.refresh_database_and_initialize_problem(force_overwrite=True, table_key_list=["den"])) != ""]
made.refresh_database_and_initialize_problem(force_overwrite=True, table_key_list=["dem"])
solved(made)
said += [table("cost"), table("dem"), table("x")]
"""
    theirs, ours = both(_plan(tmp_path), script)
    assert theirs == ours == [True, [2.0, 3.0], [99.0, 99.0], [99.0, 0.0, 99.0, 0.0]]


MACHINERY = {
    *("ConfigFiles.TEMPLATES_DIR_PATH", "NumericalSettings.CVXPY_DEFAULT_SETTINGS"),
    *("NumericalSettings.SPARSE_MATRIX_SIZE_THRESHOLD", "NumericalSettings.SPARSE_MATRIX_ZEROS_THRESHOLD"),
    *("NumericalSettings.SQL_BATCH_SIZE", "NumericalSettings.SQL_BATCH_SIZE_MAX"),
    *("NumericalSettings.SQL_BATCH_SIZE_MIN", "NumericalSettings.SQL_MAX_BATCH_MEMORY_MB"),
    *("SymbolicDefinitions.NONE_VARIANTS", "SymbolicDefinitions.TOKEN_PATTERNS"),
}
"""How CVXlab reads text, writes SQL and calls CVXPY: of no use to a script, and not here."""
NAMES = """
import inspect, types
if theirs:
    from cvxlab.log_exc import exceptions
else:
    from saddlepoint.cvxlab import exceptions
names = set()

def take(owner, prefix, special=()):
    for name in dir(owner):
        value = inspect.getattr_static(owner, name)
        own = not isinstance(value, types.ModuleType) and not str(getattr(value, "__module__", "")).startswith("importlib")
        if own and (not name.startswith("_") or name in special):
            names.add(prefix + name)
            try:
                given = inspect.signature(getattr(owner, name)).parameters
            except (TypeError, ValueError):
                continue
            names.update(f"{prefix}{name}({p})" for p in given if p not in ("self", "args", "kwargs"))

take(cvxlab, "", ("__version__", "__authors__", "__license__"))
take(cvxlab.Model, "Model.", ("__init__",))
for group in [g for g in dir(cvxlab.Defaults) if not g.startswith("_")]:
    names.add("Defaults." + group)
    take(getattr(cvxlab.Defaults, group), f"Defaults.{group}.")
names.update("exceptions." + name for name in dir(exceptions) if not name.startswith("_"))
made = ready()
names.update(f"model.{name}" for name in vars(made) if not name.startswith("_"))
said = sorted(names)
"""


def test_every_public_name(tmp_path: Path) -> None:
    """Of the module, of Model and its arguments, of a model, of Defaults, and the exceptions."""
    theirs, ours = both(_plan(tmp_path), NAMES)
    assert {"Model.run_model(relative_tolerance)", "Defaults.Labels.DIM", "exceptions.SettingsError"} <= set(
        theirs
    )
    assert len(theirs) > 180
    assert set(theirs) - set(ours) == {f"Defaults.{name}" for name in MACHINERY}


def test_the_order_of_coordinates(tmp_path: Path) -> None:
    """Two sets on one axis stand as the coordinates of the table do: where two tables differ, different items meet."""
    tables = (
        "M: {type: exogenous, coordinates: [u, t], variables_info: {m: {t: {dim: rows}, u: {dim: rows}}}}\n"
        "x: {type: endogenous, coordinates: [t, u], variables_info: {x: {t: {dim: rows}, u: {dim: rows}}}}\n"
    )
    entries = {"u_Name": ["p", "p", "q", "q"], "t_Name": ["a", "b", "a", "b"], "values": [1.0, 2.0, 3.0, 4.0]}
    folder = folder_of(tmp_path, (SETS, tables, "expressions:\n  - x == m\n"), ITEMS, {"M": entries})
    script = """
made = solved(ready())
with sqlite3.connect(folder / "database.db") as db:
    rows = db.execute('SELECT t_Name, u_Name, "values" FROM x ORDER BY 1, 2').fetchall()
said = [rows, [] if theirs else [w.code for w in made.lab.warnings]]
"""
    theirs, ours = both(folder, script)
    assert theirs[0] == ours[0] == [["a", "p", 1.0], ["a", "q", 2.0], ["b", "p", 3.0], ["b", "q", 4.0]]
    assert "M460" in ours[1]


def test_switched_off_rows(tmp_path: Path) -> None:
    folder = _plan(tmp_path)
    variables = {
        "table_key": ["cost", "dem", "x"],
        "type": ["exogenous", "exogenous", "endogenous"],
        "coordinates": ["t", "s", "s, t"],
        "variables_info": ["c", "D", "x"],
        "nonneg": [None, None, "true"],
        "t": ["dim: cols", None, "dim: cols"],
    }
    problem = {
        "objective": ["Minimize(c @ tran(x))", None, None],
        "expressions": [None, "sum(x) >= D", "sum(x) <= 5"],
        "skip": [None, None, "x"],
    }
    sets = {
        "set_key": ["t", "u", "s"],
        "split_problem": [None, None, "true"],
        "filters": ["kind: [base, peak]", None, None],
    }
    tabs = {"structure_sets": sets, "structure_variables": variables, "problem": problem}
    write_workbook(folder / "model_settings.xlsx", [sheet(name, columns) for name, columns in tabs.items()])
    script = """
def work():
    global said
    said = table("x") if solved(ready("xlsx")) else None
said = refusal(work) or said
"""
    theirs, ours = both(folder, script)
    assert "not successful" in theirs
    assert ours == [20.0, 0.0, 10.0, 0.0]


def test_operators_of_the_user(tmp_path: Path) -> None:
    folder = _plan(tmp_path, LEAST + "  - twice(sum(x)) <= 90\n")
    (folder / "user_defined_operators.py").write_text(
        "def twice(x):\n    open('was_run.txt', 'w').close()\n    return 2 * x\n"
    )
    script = """
said = [refusal(lambda: solved(ready())), (folder / "was_run.txt").exists()]
if not theirs:
    said.append(status(solved(ready(import_custom_operators=True))))
"""
    theirs, ours = both(folder, script)
    assert theirs == ["", True]
    assert ours[1:] == [False, ["optimal", "optimal"]]
    assert "saddle trust" in ours[0]


def test_the_keyboard_and_saved_models(tmp_path: Path) -> None:
    """Nothing waits for an answer here; what CVXlab 1.1.0 itself cannot save is saved, and opened again."""
    script = """
asked = []
builtins.input = lambda prompt="": asked.append(prompt) or "n"
made = ready()
solved(made)
before = table("x")
made.load_results_to_database()
made.reinitialize_sqlite_database()
said = [len(asked) > 0, table("x") == before]
said.append(refusal(lambda: cvxlab.handle_model_instance("save", "mine", instance=made)))
again = None if said[-1] else cvxlab.handle_model_instance("load", "mine", source_dir_path=folder / "instances")
said.append(again is not None)
made = ready()
said.append([status(made), made.is_problem_solved])
"""
    theirs, ours = both(_plan(tmp_path), script)
    assert theirs[:2] == [True, True]
    assert theirs[3:] == [False, [[None], True]]
    assert ours == [False, True, "", True, [[None], False]]


def test_spaces_around_labels(tmp_path: Path) -> None:
    items = {**ITEMS, "t": {"t_Name": ["a ", " b c"], "t_kind": ["base", "peak"]}}
    inputs = {"cost": {**COSTS, "t_Name": ["a ", " b c"]}, "dem": DEMANDS}
    script = """
solved(ready())
with sqlite3.connect(folder / "database.db") as db:
    said = db.execute('SELECT DISTINCT t_Name FROM x ORDER BY "values" DESC').fetchall(), table("x")
"""
    theirs, ours = both(folder_of(tmp_path, (SETS, COST + DEMAND + PLAN, LEAST), items, inputs), script)
    assert theirs[1] == ours[1] == [20, 0, 10, 0]
    assert (theirs[0], ours[0]) == ([["a "], [" b c"]], [["a"], ["b c"]])


def test_models_with_logarithms_need_no_solver_named(tmp_path: Path) -> None:
    problem = "objective:\n  - Maximize(sum(logs(x)))\nexpressions:\n  - sum(x) <= D\n"
    folder = _plan(tmp_path, problem)
    operators = "import cvxpy as cp\n\n\ndef logs(x):\n    return cp.log(x)\n"
    (folder / "user_defined_operators.py").write_text(operators)
    script = """
made = ready() if theirs else ready(import_custom_operators=True)
said = [refusal(lambda: solved(made)) != "" or status(made) != ["optimal"] * 2]
solved(made, **({"solver": "CLARABEL"} if theirs else {}))
said.append(table("x"))
"""
    theirs, ours = both(folder, script)
    assert (theirs[0], ours[0]) == (True, False)
    assert theirs[1] == pytest.approx([10, 10, 5, 5], rel=1e-5)
    assert ours[1] == pytest.approx([10, 10, 5, 5], rel=1e-5)


def test_of_several_optima_each_may_give_another(tmp_path: Path) -> None:
    """At equal costs every division of the demand is best."""
    inputs = {"cost": {**COSTS, "values": [2.0, 2.0]}, "dem": DEMANDS}
    theirs, ours = both(
        folder_of(tmp_path, (SETS, COST + DEMAND + PLAN, LEAST), ITEMS, inputs),
        "solved(ready()); said = table('x')",
    )
    for plan in (theirs, ours):
        assert [plan[0] + plan[1], plan[2] + plan[3]] == pytest.approx([20, 10])


def test_a_run_without_a_refresh_and_misspelt_arguments(tmp_path: Path) -> None:
    script = """
made = opened()
made.initialize_model_environment()
said = [refusal(lambda: made.run_model())]
made = ready()
said += [refusal(lambda: made.run_model(solver="highs", force_overwrite=True)), refusal(lambda: made.run_model(maximum_iteration=3, force_overwrite=True))]
"""
    theirs, ours = both(_plan(tmp_path), script)
    assert "Initialize problem" in theirs[0]
    assert theirs[1]
    assert (ours[0], ours[1], theirs[2]) == ("", "", "")
    assert "X720" in ours[2]


def test_where_a_run_by_command_takes_its_numbers(tmp_path: Path) -> None:
    """What SQL wrote counts for CVXlab and under its names; the command reads the files unless told."""
    script = """
solved(ready())
with sqlite3.connect(folder / "database.db") as db:
    db.execute("UPDATE dem SET [values] = 7")
solved(opened(use_existing_data=True))
said = [table("x")]
if not theirs:
    import subprocess
    command = "import sys; from saddlepoint.cli import main; main()"
    for more in ([], ["--source", "database"]):
        words = [sys.executable, "-c", command, "run", str(folder), *more]
        said.append(subprocess.run(words, capture_output=True, text=True).stderr)
    said.append(table("x"))
"""
    theirs, ours = both(_plan(tmp_path), script)
    assert theirs[0] == ours[0] == [7.0, 0.0, 7.0, 0.0]
    assert "B022" in ours[1]
    assert ours[3] == [7.0, 0.0, 7.0, 0.0]


def test_what_is_odd_is_passed_over_by_both(tmp_path: Path) -> None:
    """A label near a declared one, both forms of the settings, other items at the same places, a relation of data only."""
    problem = "objective:\n  - Minimize(c @ M @ tran(x))\nexpressions:\n  - sum(x) >= D\n  - c >= 0\n"
    items = {**ITEMS, "t": {"t_Name": ["a", "b"], "t_kind": ["base", "peek"]}}
    inputs = {"cost": COSTS, "dem": DEMANDS, "M": {**ENTRIES, "values": [0.0, 1.0, 1.0, 0.0]}}
    tables = COST + DEMAND + PLAN + MATRIX.splitlines()[0] + "\n"
    folder = folder_of(tmp_path, (SETS, tables, problem), items, inputs)
    write_workbook(folder / "model_settings.xlsx", [sheet("structure_sets", {"set_key": ["t"]})])
    script = """
made = solved(ready())
said = [table("x"), [] if theirs else sorted({w.code for w in made.lab.warnings})]
"""
    theirs, ours = both(folder, script)
    assert theirs[0] == ours[0] == [0.0, 20.0, 0.0, 10.0]
    assert {"M460", "M461", "S007"} <= set(ours[1])


def test_variables_repeated_over_other_items(tmp_path: Path) -> None:
    tables = DEMAND + (
        "cost: {type: exogenous, coordinates: [u], variables_info: {c: {u: {dim: intra, filters: {kind: [base, peak]}}}}}\n"
        "x: {type: endogenous, coordinates: [s, u], variables_info: {x: {nonneg: true, u: {dim: intra}}}}\n"
    )
    sets = SETS.replace("u:\n", "u:\n  filters: {kind: [base, peak, off]}\n")
    items = {**ITEMS, "u": {"u_Name": ["p", "q", "r"], "u_kind": ["base", "peak", "off"]}}
    inputs = {"cost": {"u_Name": ["p", "q", "r"], "values": [1.0, 2.0, 3.0]}, "dem": DEMANDS}
    problem = "objective:\n  - Minimize(c * x)\nexpressions:\n  - x >= D\n"
    folder = folder_of(tmp_path, (sets, tables, problem), items, inputs)
    theirs, ours = both(folder, "said = refusal(lambda: solved(ready()))")
    assert theirs
    assert "E202" in ours
