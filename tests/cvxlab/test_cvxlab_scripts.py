"""Scripts in the style of the published tutorials, with only the import changed."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from saddlepoint import cvxlab
from saddlepoint.cli import saddle
from saddlepoint.declare.examples import copy_example
from saddlepoint.errors import DataError, FileError, StudyError, UsageError
from saddlepoint.files import Sheet, write_workbook
from saddlepoint.files.paths import copy_folder

DATA = Path(__file__).parents[1] / "data" / "models"
BASE = [(0, 42.857143), (0, 42.857143), (120, 0), (155.172414, 10.344828)]
PROFIT = [94.285714, 94.285714, 120.0, 177.931034]
FIXED = [(0, 42.857143), (0, 42.857143), (120, 0), (176.470588, 0)]
UNIT = [(1, 2.628571), (1, 2.628571), (1.6, 2.2), (1.882353, 2.2)]


@pytest.fixture(autouse=True)
def _logger() -> Iterator[None]:
    yield
    log = logging.getLogger("saddlepoint.cvxlab")
    log.handlers.clear()
    log.propagate = True


def _folder(tmp_path: Path, name: str, form: str) -> Path:
    """The published model in either form of the settings."""
    if form == "xlsx":
        (source,) = DATA.glob(f"{name}_xlsx") if "nonlinear" in name else (None,)
        if source is not None:
            return copy_folder(source, tmp_path / name)
        from saddlepoint.declare import read_settings, write_spec

        folder = copy_example(name, tmp_path / name)
        write_spec(folder, read_settings(folder).spec, "xlsx")
        for path in folder.glob("*.yml"):
            path.unlink()
        return folder
    return copy_example(name, tmp_path / name)


def _stored(folder: Path, table: str) -> dict[tuple[str, ...], list[float]]:
    """(energy, material) → the values of the products, from plain SQL."""
    with sqlite3.connect(folder / "database.db") as db:
        rows = db.execute(
            f'SELECT Scenarios_energy_Name, Scenarios_material_Name, Products_Name, "values" FROM {table} ORDER BY id'
        ).fetchall()
    db.close()
    found: dict[tuple[str, ...], list[float]] = {}
    for energy, material, _, value in rows:
        found.setdefault((energy, material), []).append(value)
    return found


@pytest.mark.parametrize("form", ["yml", "xlsx"])
def test_base_model_in_the_style_of_1_0(tmp_path: Path, form: str) -> None:
    folder = _folder(tmp_path, "production_planning", form)
    model = cvxlab.Model(
        model_dir_name="production_planning",
        main_dir_path=str(tmp_path),
        model_settings_from=form,  # type: ignore[arg-type]
        log_level="warning",
    )
    model.load_model_coordinates()
    model.initialize_blank_data_structure()
    model.load_exogenous_data_to_sqlite_database(force_overwrite=True)
    model.initialize_problems(force_overwrite=True)
    model.run_model(verbose=False, integrated_problems=False)
    model.load_results_to_database()
    assert model.is_problem_solved
    for key, plan in enumerate(BASE):
        frame = model.variable("x", scenario_key=key)
        assert frame.shape == (1, 2)
        assert list(frame.columns) == ["product_1", "product_2"]
        assert frame.to_numpy()[0] == pytest.approx(plan, abs=1e-6)
        profit = float((model.variable("c").to_numpy() * frame.to_numpy()).sum())
        assert profit == pytest.approx(PROFIT[key], abs=1e-6)
    for values, plan in zip(_stored(folder, "production").values(), BASE, strict=True):
        assert values == pytest.approx(plan, abs=1e-6)


@pytest.mark.parametrize("form", ["yml", "xlsx"])
def test_nonlinear_model_in_the_style_of_1_1(tmp_path: Path, form: str) -> None:
    folder = _folder(tmp_path, "production_planning_nonlinear", form)
    model = cvxlab.Model("production_planning_nonlinear", tmp_path, form, log_level="error")  # type: ignore[arg-type]
    model.initialize_model_environment()
    model.refresh_database_and_initialize_problem(force_overwrite=True)
    model.run_model(
        force_overwrite=True,
        solution_mode="integrated",
        convergence_norm="l2",
        maximum_iterations=20,
        relative_tolerance=0.01,
        solver="HIGHS",
    )
    model.load_results_to_database(force_overwrite=True)
    for key, (plan, unit) in enumerate(zip(FIXED, UNIT, strict=True)):
        assert model.variable("x", key).to_numpy()[0] == pytest.approx(plan, abs=1e-6)
        assert model.variable("c", key).to_numpy()[0] == pytest.approx(unit, abs=1e-6)
    assert list(_stored(folder, "profit").values())[3] == pytest.approx(UNIT[3], abs=1e-6)
    log = (folder / "convergence_high-high.log").read_text()
    assert "1.556e+00" in log
    assert "2.368e+01*" in log
    assert "3.009e-02" in log
    assert "1.485e-01*" in log


def test_whole_frames_sets_and_scenarios(tmp_path: Path) -> None:
    _folder(tmp_path, "production_planning_nonlinear", "yml")
    model = cvxlab.Model("production_planning_nonlinear", tmp_path, "yml", log_level="error")
    model.initialize_model_environment()
    assert model.sets == ["Products", "Attributes", "Scenarios_energy", "Scenarios_material"]
    assert model.data_tables[:2] == ["production", "profit"]
    assert {"x", "c", "c_0", "c_s", "e", "m", "E", "M"} == set(model.variables)
    assert model.set("Attributes").columns.tolist() == ["Attributes_Name", "Attributes_type"]
    assert model.scenarios["info"].tolist()[1] == ["low", "high"]
    assert model.scenarios["Scenarios_energy_Name"].tolist() == ["low", "low", "high", "high"]
    slope = model.variable("c_s")
    assert slope.index.name == "Attributes_Name"
    assert slope.index.tolist() == ["profit_slope"]
    assert slope.to_numpy()[0] == pytest.approx([0.005, 0.01])
    assert model.variable("E", scenario_key=3).iloc[0, 0] == 300.0
    model.run_model(integrated_problems=True)
    every = model.variable("x")
    assert every.index.names[:2] == ["Scenarios_energy_Name", "Scenarios_material_Name"]
    assert every.to_numpy()[3] == pytest.approx(FIXED[3], abs=1e-6)


def test_some_scenarios_only(tmp_path: Path) -> None:
    folder = _folder(tmp_path, "production_planning", "yml")
    model = cvxlab.Model("production_planning", tmp_path, "yml", log_level="error")
    model.refresh_database_and_initialize_problem()
    model.run_model(scenarios_idx=[3])
    model.load_results_to_database(scenarios_idx=3)
    stored = {k: v for k, v in _stored(folder, "production").items() if v[0] is not None}
    assert list(stored) == [("high", "high")]
    with pytest.raises(UsageError, match="X107"):
        model.run_model(force_overwrite=True, scenarios_idx=7)


def test_what_exists_is_kept_unless_told_otherwise(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = _folder(tmp_path, "production_planning", "yml")
    before = (folder / "input_data" / "input_data.xlsx").read_bytes()
    model = cvxlab.Model("production_planning", tmp_path, "yml")
    model.initialize_model_environment()
    model.refresh_database_and_initialize_problem()
    assert (folder / "input_data" / "input_data.xlsx").read_bytes() == before
    model.run_model()
    model.run_model()
    assert "answers are kept" in capsys.readouterr().err
    model.load_results_to_database()
    with sqlite3.connect(folder / "database.db") as db:
        db.execute('UPDATE production SET "values" = 7')
    db.close()
    model.load_results_to_database()
    assert "results in the database are kept" in capsys.readouterr().err
    assert _stored(folder, "production")[("low", "low")] == [7.0, 7.0]
    model.load_results_to_database(force_overwrite=True)
    assert _stored(folder, "production")[("low", "low")] == pytest.approx(BASE[0], abs=1e-6)


def test_changed_inputs_are_read_on_refresh(tmp_path: Path) -> None:
    folder = _folder(tmp_path, "production_planning", "yml")
    model = cvxlab.Model("production_planning", tmp_path, "yml", log_level="error")
    model.refresh_database_and_initialize_problem()
    model.run_model()
    (folder / "input_data" / "input_data.xlsx").rename(tmp_path / "kept.xlsx")
    other = {"energy_avail": "Scenarios_energy_Name,values\nlow,300\nhigh,300\n"}
    other["material_avail"] = "Scenarios_material_Name,values\nlow,90\nhigh,90\n"
    for table, text in other.items():
        (folder / "input_data" / f"{table}.csv").write_text(text)
    from saddlepoint.files import read_workbook, write_csv

    write_csv(
        folder / "input_data" / "products_data.csv",
        read_workbook(tmp_path / "kept.xlsx")["products_data"],
        guard=False,
    )
    model.refresh_database_and_initialize_problem()
    assert not model.is_problem_solved
    model.run_model()
    for key in range(4):
        assert model.variable("x", key).to_numpy()[0] == pytest.approx(BASE[3], abs=1e-6)


def test_a_new_model_from_nothing(tmp_path: Path) -> None:
    cvxlab.create_model_dir("fresh", tmp_path, settings_file_type="yml", include_user_defined_templates=True)
    folder = tmp_path / "fresh"
    assert (folder / "user_defined_operators.py").exists()
    for name in ("structure_sets.yml", "structure_variables.yml", "problem.yml"):
        (folder / name).write_text((DATA / "production_planning" / name).read_text())
    cvxlab.create_model_dir("fresh", tmp_path)
    assert "Products" in (folder / "structure_sets.yml").read_text()
    model = cvxlab.Model("fresh", tmp_path, "yml", multiple_input_files=True, log_level="error")
    assert (folder / "sets.xlsx").exists()
    with pytest.raises(Exception, match="S009"):
        model.load_model_coordinates()
    (folder / "sets.xlsx").write_bytes((DATA / "production_planning" / "sets.xlsx").read_bytes())
    model.load_model_coordinates()
    model.initialize_blank_data_structure()
    made = {path.name for path in (folder / "input_data").iterdir()}
    assert made == {"products_data.xlsx", "energy_avail.xlsx", "material_avail.xlsx"}
    with pytest.raises(Exception, match="D00"):
        model.refresh_database_and_initialize_problem()


def test_arguments_without_effect_are_warned_of(tmp_path: Path) -> None:
    _folder(tmp_path, "production_planning", "yml")
    with pytest.warns(UserWarning, match="gui"):
        model = cvxlab.Model("production_planning", tmp_path, "yml", log_level="error", gui=True)
    model.refresh_database_and_initialize_problem()
    with pytest.warns(UserWarning, match="keep_previous_iteration_db"):
        model.run_model(keep_previous_iteration_db=True, convergence_monitoring=True)
    assert model.is_problem_solved


def test_check_model_results(tmp_path: Path) -> None:
    folder = _folder(tmp_path, "production_planning", "yml")
    model = cvxlab.Model("production_planning", tmp_path, "yml", log_level="error")
    model.refresh_database_and_initialize_problem()
    model.run_model()
    model.load_results_to_database()
    (folder / "database_expected.db").write_bytes((folder / "database.db").read_bytes())
    model.check_model_results()
    with sqlite3.connect(folder / "database_expected.db") as db:
        db.execute('UPDATE production SET "values" = "values" * 1.1')
    db.close()
    with pytest.raises(StudyError, match=r"X112.*production"):
        model.check_model_results()
    model.check_model_results(numerical_tolerance=0.2)
    (folder / "database_expected.db").unlink()
    with pytest.raises(Exception, match=r"B001|X106"):
        model.check_model_results()


def test_instances_are_saved_without_pickle(tmp_path: Path) -> None:
    folder = _folder(tmp_path, "production_planning", "yml")
    model = cvxlab.Model("production_planning", tmp_path, "yml", log_level="error")
    model.refresh_database_and_initialize_problem()
    model.run_model()
    model.load_results_to_database()
    cvxlab.handle_model_instance("save", "kept", instance=model)
    assert (folder / "instances" / "kept.json").read_text().startswith("{")
    again = cvxlab.handle_model_instance("load", "kept", source_dir_path=folder)
    assert again is not None
    assert again.variable("x", 3).to_numpy()[0] == pytest.approx(BASE[3], abs=1e-6)
    with pytest.raises(UsageError):
        cvxlab.handle_model_instance("save", "kept")
    (folder / "instances" / "kept.json").write_text("[]")
    with pytest.raises(FileError, match="F002"):
        cvxlab.handle_model_instance("load", "kept", source_dir_path=folder)


def test_wrong_names_and_missing_runs(tmp_path: Path) -> None:
    _folder(tmp_path, "production_planning", "yml")
    model = cvxlab.Model("production_planning", tmp_path, "yml", log_level="error")
    model.refresh_database_and_initialize_problem()
    with pytest.raises(UsageError, match="X109"):
        model.load_results_to_database()
    for call in (model.variable, model.set):
        with pytest.raises(UsageError, match="X108"):
            call("nothing")
    with pytest.raises(UsageError, match="X108"):
        model.load_exogenous_data_to_sqlite_database(table_key_list=["nothing"])
    with pytest.raises(Exception, match="L103"):
        model.run_model(solver="NO_SUCH")
    with pytest.raises(FileError, match="F001"):
        cvxlab.Model("nothing", tmp_path)


def test_results_are_removed_only_when_told(tmp_path: Path) -> None:
    folder = _folder(tmp_path, "production_planning", "yml")
    model = cvxlab.Model("production_planning", tmp_path, "yml", log_level="error")
    model.refresh_database_and_initialize_problem()
    model.run_model()
    model.load_results_to_database()
    model.reinitialize_sqlite_database()
    assert _stored(folder, "production")
    model.reinitialize_sqlite_database(force_overwrite=True)
    assert set(map(tuple, _stored(folder, "production").values())) == {(None, None)}


def test_settings_and_sets_from_one_workbook(tmp_path: Path) -> None:
    source = DATA / "production_planning_nonlinear_xlsx"
    from saddlepoint.files import read_workbook, write_workbook

    sheets = [
        *read_workbook(source / "model_settings.xlsx").values(),
        *read_workbook(source / "sets.xlsx").values(),
    ]
    write_workbook(tmp_path / "setup.xlsx", sheets)
    target = tmp_path / "model"
    target.mkdir()
    cvxlab.transfer_setup_info_xlsx("setup.xlsx", tmp_path, target)
    model = cvxlab.Model("model", tmp_path, "xlsx", log_level="error")
    model.load_model_coordinates()
    assert model.scenarios.shape[0] == 4


def test_installed_solvers() -> None:
    assert "HIGHS" in cvxlab.installed_solvers()


def test_transfer_leaves_out_what_is_switched_off(tmp_path: Path) -> None:
    from saddlepoint.files import Sheet, read_workbook, write_workbook

    problem = {
        "problem_key": [None, None, None],
        "objective": ["Minimize(sum(x))", None, None],
        "expressions": [None, "sum(x) >= 10", "sum(x) >= 100"],
        "notes": [None, "demand", None],
        "skip": [None, None, "x"],
    }
    items = {"id": [1, 2], "t_Name": ["a", "b"], "notes": [None, "new"]}
    sheets = [Sheet(n, tuple(c), tuple(c.values())) for n, c in (("problem", problem), ("_set_T", items))]
    write_workbook(tmp_path / "work.xlsx", sheets)
    cvxlab.transfer_setup_info_xlsx("work.xlsx", tmp_path, tmp_path)
    settings = read_workbook(tmp_path / "model_settings.xlsx")["problem"]
    assert settings.header == ("problem_key", "objective", "expressions")
    assert settings.column("expressions")[-1] == "sum(x) >= 10"
    names = read_workbook(tmp_path / "sets.xlsx")["_set_T"]
    assert (names.header, names.columns[0]) == (("t_Name",), ["a", "b"])


def _dispatch(tmp_path: Path) -> Path:
    """Two machines at 2 and 3 a piece, a demand of 10 or 20: the cheaper one makes it all."""
    folder = tmp_path / "m"
    (folder / "input_data").mkdir(parents=True)
    (folder / "structure_sets.yml").write_text("t:\ns:\n  split_problem: true\n")
    (folder / "structure_variables.yml").write_text(
        "cost: {type: exogenous, coordinates: [t], variables_info: {c: {t: {dim: cols}}}}\n"
        "dem: {type: exogenous, coordinates: [s], variables_info: {D: }}\n"
        "x: {type: endogenous, coordinates: [s, t], variables_info: {x: {nonneg: true, t: {dim: cols}}}}\n"
    )
    (folder / "problem.yml").write_text(
        "objective:\n  - Minimize(c @ tran(x))\nexpressions:\n  - sum(x) >= D\n"
    )
    sets = [Sheet("_set_T", ("t_Name",), (["a", "b"],)), Sheet("_set_S", ("s_Name",), (["lo", "hi"],))]
    write_workbook(folder / "sets.xlsx", sets)
    (folder / "input_data" / "cost.csv").write_text("t_Name,values\na,2\nb,3\n")
    _demand(folder, 10, 20)
    return folder


def _demand(folder: Path, low: object, high: object) -> None:
    (folder / "input_data" / "dem.csv").write_text(f"s_Name,values\nlo,{low}\nhi,{high}\n")


def _sql(folder: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "database.db")) as db, db:
        return db.execute(statement).fetchall()


def _ran(folder: Path, refresh: object = None, use_existing_data: bool = True) -> list[object]:
    """x of the cheaper machine in both scenarios, after a run under CVXlab's names."""
    model = cvxlab.Model(
        folder.name, folder.parent, "yml", use_existing_data=use_existing_data, log_level="error"
    )
    if refresh is not None:
        model.refresh_database_and_initialize_problem(force_overwrite=True, table_key_list=refresh)  # type: ignore[arg-type]
    model.run_model()
    model.load_results_to_database(force_overwrite=True)
    return [v for (v,) in _sql(folder, """SELECT "values" FROM x WHERE t_Name = 'a' ORDER BY id""")]


def test_the_database_is_what_runs_read(tmp_path: Path) -> None:
    """As CVXlab 1.1.0: numbers reach a run through the database, and files only through a refresh."""
    folder = _dispatch(tmp_path)
    assert _ran(folder, [], use_existing_data=False) == [10, 20]
    _demand(folder, 99, 99)
    assert _ran(folder) == [10, 20]
    assert _ran(folder, use_existing_data=False) == [10, 20]
    _sql(folder, """UPDATE dem SET "values" = 50 WHERE s_Name = 'lo'""")
    assert _ran(folder) == [50, 20]
    _demand(folder, "", "")
    assert _ran(folder) == [50, 20]
    assert _ran(folder, ["cost"]) == [50, 20]
    with pytest.raises(DataError, match=r"D005.*dem\.csv"):
        _ran(folder, [])
    _demand(folder, 7, 8)
    assert _ran(folder, ["dem"]) == [7, 8]
    _sql(folder, """UPDATE dem SET "values" = NULL WHERE s_Name = 'lo'""")
    with pytest.raises(DataError, match=r"D005: database\.db, dem: .* no value for lo"):
        _ran(folder)


def _saddle(*words: object) -> Result:
    return CliRunner().invoke(saddle, [str(word) for word in words])


def test_a_run_says_which_numbers_it_took(tmp_path: Path) -> None:
    folder = _dispatch(tmp_path)
    _ran(folder, [])
    _sql(folder, """UPDATE dem SET "values" = 50 WHERE s_Name = 'lo'""")
    refused = _saddle("run", folder)
    assert refused.exit_code == 1
    assert "B022" in refused.stderr
    assert "as they stand there" in _saddle("run", folder, "--source", "database").stdout
    assert _sql(folder, """SELECT max("values") FROM x""") == [(50.0,)]
    assert _saddle("load", folder, "--force").exit_code == 0
    assert "Inputs" not in _saddle("run", folder).stdout


def test_a_database_of_cvxlab_with_other_numbers_than_the_files(tmp_path: Path) -> None:
    folder = _dispatch(tmp_path)
    for statement in (
        "CREATE TABLE _set_T (id INTEGER PRIMARY KEY, t_Name TEXT)",
        "CREATE TABLE _set_S (id INTEGER PRIMARY KEY, s_Name TEXT)",
        "INSERT INTO _set_T VALUES (1, 'a'), (2, 'b')",
        "INSERT INTO _set_S VALUES (1, 'lo'), (2, 'hi')",
        'CREATE TABLE cost (id INTEGER PRIMARY KEY, t_Name TEXT, "values" REAL)',
        'CREATE TABLE dem (id INTEGER PRIMARY KEY, s_Name TEXT, "values" REAL)',
        "INSERT INTO cost VALUES (1, 'a', 2), (2, 'b', 3)",
        "INSERT INTO dem VALUES (1, 'lo', 30), (2, 'hi', 40)",
        "CREATE TABLE mine (word TEXT)",
        "INSERT INTO mine VALUES ('kept')",
    ):
        _sql(folder, statement)
    (tmp_path / "other").mkdir()
    other = copy_folder(folder, tmp_path / "other" / "m")
    assert _ran(other) == [30, 40]
    said = _saddle("run", folder).stdout
    assert "kept as database_cvxlab.db" in said
    assert "other numbers of dem" in said
    assert _sql(folder, "SELECT word FROM mine") == [("kept",)]
    assert _sql(folder, """SELECT sum("values") FROM x""") == [(30.0,)]
