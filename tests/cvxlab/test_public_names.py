"""The public names of CVXlab 1.1.0, all of which scripts may use."""

import inspect
from pathlib import Path

import pytest

from saddlepoint import cvxlab
from saddlepoint.cvxlab import exceptions
from saddlepoint.declare.examples import copy_example
from saddlepoint.errors import FileError, UsageError

MODULE = {
    "Model": (),
    "Defaults": (),
    "__version__": (),
    "installed_solvers": (),
    "gui": (),
    "create_model_dir": (
        *("model_dir_name", "main_dir_path", "force_overwrite", "settings_file_type"),
        "include_user_defined_templates",
    ),
    "copy_user_defined_templates": ("path_destination",),
    "transfer_setup_info_xlsx": ("source_file_name", "source_dir_path", "destination_dir_path", "update"),
    "handle_model_instance": ("action", "file_name", "source_dir_path", "instance"),
}
MODEL = {
    "__init__": (
        *(
            "model_dir_name",
            "main_dir_path",
            "model_settings_from",
            "detailed_validation",
            "use_existing_data",
        ),
        *("multiple_input_files", "input_data_files_type", "log_level", "log_format"),
    ),
    "initialize_model_environment": (),
    "refresh_database_and_initialize_problem": ("force_overwrite", "table_key_list"),
    "run_model": (
        *("force_overwrite", "solution_mode", "scenarios_idx", "solver", "solver_verbose", "solver_settings"),
        *("sequential_solution_chain", "convergence_monitoring", "convergence_norm", "relative_tolerance"),
        *("convergence_tables_to_check", "convergence_tables_to_skip", "maximum_iterations"),
        "keep_previous_iteration_db",
    ),
    "load_results_to_database": ("scenarios_idx", "force_overwrite", "suppress_warnings"),
    "generate_input_data_files": ("table_key_list", "values_cleanup", "force_overwrite"),
    "reinitialize_sqlite_database": ("force_overwrite",),
    "check_model_results": ("other_db_dir_path", "other_db_name", "numerical_tolerance"),
    "update_sets_tables": ("set_keys_list", "update_mode"),
    "variable": ("name", "scenario_key", "intra_problem_key", "if_hybrid_var"),
    "set": ("name",),
    "show_model_summary": (),
}
OF_1_0 = (
    *("load_model_coordinates", "initialize_blank_data_structure", "load_exogenous_data_to_sqlite_database"),
    *("initialize_problems", "update_database_and_problem"),
)
ATTRIBUTES = (
    *("sets", "data_tables", "variables", "scenarios", "is_problem_solved"),
    *("logger", "files", "settings", "paths", "core"),
)
EXCEPTIONS = (
    *("CVXLabError", "ModelFolderError", "ConceptualModelError", "SettingsError", "MissingDataError"),
    *("OperationalError", "IntegrityError", "NumericalProblemError", "TableNotFoundError", "ResultsError"),
)
GROUPS = {
    "LiteralTypes": ("SettingsSource", "DataFileType", "LogLevel", "NormType", "SolutionMode"),
    "ConfigFiles": (
        "SETUP_XLSX_FILE",
        "SETS_FILE",
        "INPUT_DATA_DIR",
        "SQLITE_DATABASE_FILE",
        "INSTANCES_DIR",
    ),
    "Labels": ("FILTERS", "DIM", "VALUES_FIELD", "ID_FIELD", "COLUMN_NAME_SUFFIX", "SET_TABLE_NAME_PREFIX"),
    "SymbolicDefinitions": ("DIMENSIONS", "VARIABLE_TYPES", "ALLOWED_CONSTANTS", "ALLOWED_OPERATORS"),
    "NumericalSettings": (
        "TOLERANCE_TESTS_RESULTS_CHECK",
        "MODEL_COUPLING_SETTINGS",
        "get_installed_solvers",
    ),
}


def _takes(function: object) -> set[str]:
    return set(inspect.signature(function).parameters)  # type: ignore[arg-type]


def test_the_module_has_every_name_with_its_arguments() -> None:
    for name, arguments in MODULE.items():
        assert hasattr(cvxlab, name), name
        if arguments:
            assert set(arguments) <= _takes(getattr(cvxlab, name)), name


def test_the_model_has_every_method_with_its_arguments(tmp_path: Path) -> None:
    for name, arguments in {**MODEL, **dict.fromkeys(OF_1_0, ())}.items():
        assert set(arguments) <= _takes(getattr(cvxlab.Model, name)), name
    copy_example("production_planning", tmp_path / "plan")
    model = cvxlab.Model("plan", tmp_path, "yml", log_level="error")
    assert [name for name in ATTRIBUTES if not hasattr(model, name)] == []
    assert model.paths.sqlite_database == model.paths["model_dir"] / "database.db"
    assert model.settings["model_name"] == "plan"


def test_defaults_and_exceptions_have_every_name() -> None:
    assert [
        name for name in EXCEPTIONS if not issubclass(getattr(exceptions, name), exceptions.CVXLabError)
    ] == []
    for group, names in GROUPS.items():
        assert [n for n in names if not hasattr(getattr(cvxlab.Defaults, group), n)] == [], group
    assert cvxlab.Defaults.SETS_FILE == "sets.xlsx"
    assert "HIGHS" in cvxlab.Defaults.NumericalSettings.get_installed_solvers()
    with pytest.raises(AttributeError, match="Defaults has no 'NOTHING'"):
        _ = cvxlab.Defaults.NOTHING


def test_the_status_of_every_problem_and_scenario(tmp_path: Path) -> None:
    copy_example("production_planning", tmp_path / "plan")
    model = cvxlab.Model("plan", tmp_path, "yml", log_level="error")
    model.initialize_model_environment()
    assert model.core.problem.problem_status is None
    model.refresh_database_and_initialize_problem(force_overwrite=True)
    assert model.core.problem.problem_status == {None: None}
    model.run_model()
    status = model.core.problem.problem_status
    assert status is not None
    assert status["Sub-problem [None] - Scenario ['high', 'low']"] == "optimal"
    assert len(status) == 4
    assert model.core.problem.problems_keys == [None]
    assert model.core.index.list_exogenous_data_tables == ["products_data", "energy_avail", "material_avail"]


def test_misspelt_arguments_are_errors(tmp_path: Path) -> None:
    copy_example("production_planning", tmp_path / "plan")
    model = cvxlab.Model("plan", tmp_path, "yml", log_level="error")
    with pytest.raises(exceptions.SettingsError, match=r"(?s)X720.*maximum_iterations"):
        model.run_model(maximum_iteration=40)
    with pytest.raises(exceptions.SettingsError, match=r"(?s)X720.*use_existing_data"):
        cvxlab.Model("plan", tmp_path, "yml", use_exiting_data=True)
    with pytest.warns(UserWarning, match="no effect in Saddlepoint: numerical_tolerance_max"):
        model.run_model(numerical_tolerance_max=0.1)
    assert cvxlab.installed_solvers() == cvxlab.Defaults.NumericalSettings.ALLOWED_SOLVERS


def test_errors_are_caught_by_the_classes_of_either(tmp_path: Path) -> None:
    with pytest.raises(exceptions.ModelFolderError) as caught:
        cvxlab.Model("nowhere", tmp_path, "yml", log_level="error")
    assert isinstance(caught.value, FileError)
    assert "F001" in str(caught.value.message)
    with pytest.raises(exceptions.SettingsError, match="X462"):
        cvxlab.gui()


def test_a_model_folder_is_cleared_and_no_other(tmp_path: Path) -> None:
    folder = copy_example("production_planning", tmp_path / "plan")
    (folder / "notes.txt").write_text("mine")
    cvxlab.create_model_dir("plan", tmp_path)
    assert (folder / "notes.txt").exists()
    cvxlab.create_model_dir("plan", tmp_path, force_overwrite=True)
    assert {path.name for path in folder.iterdir()} == {
        "structure_sets.yml",
        "structure_variables.yml",
        "problem.yml",
    }
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "thesis.tex").write_text("x")
    with pytest.raises(UsageError, match=r"X461.*thesis"):
        cvxlab.create_model_dir("papers", tmp_path, force_overwrite=True)
    assert (tmp_path / "papers" / "thesis.tex").exists()


def test_instances_lie_where_scripts_look_for_them(tmp_path: Path) -> None:
    folder = copy_example("production_planning", tmp_path / "plan")
    model = cvxlab.Model("plan", tmp_path, "yml", log_level="error")
    cvxlab.handle_model_instance("save", "mine.pkl", instance=model)
    assert (folder / "instances" / "mine.json").exists()
    for place in (folder / "instances", folder):
        again = cvxlab.handle_model_instance("load", "mine", source_dir_path=place)
        assert again is not None
        assert again.folder == folder
    (folder / "instances" / "old.pkl").write_bytes(b"")
    with pytest.raises(UsageError, match="X463"):
        cvxlab.handle_model_instance("load", "old", source_dir_path=folder / "instances")


def test_what_programs_reach_into(tmp_path: Path) -> None:
    """MARIO asks the settings as a mapping, says that the folder's Python may run, and replaces a function of support.util."""
    import pandas

    from saddlepoint.cvxlab.support import util

    folder = copy_example("production_planning", tmp_path / "m")
    (folder / "user_defined_operators.py").write_text("def twice(matrix):\n    return 2 * matrix\n")
    problem = (folder / "problem.yml").read_text()
    (folder / "problem.yml").write_text(problem.replace("e @ tran(x)", "twice(e) @ tran(x)"))
    model = cvxlab.Model("m", tmp_path, "yml", log_level="error", import_custom_operators=True)
    assert model.settings.get("input_data_files_type", "csv") == "xlsx"
    assert model.settings.get("nothing", "csv") == "csv"
    model.initialize_model_environment()
    model.refresh_database_and_initialize_problem(force_overwrite=True)
    model.run_model()
    assert model.is_problem_solved
    assert util.merge_dicts([{"a": 1, "b": None}, {"a": [2, 1]}, None]) == {"a": [1, 2, 1]}
    assert util.merge_dicts([{"a": 1}, {"a": [2, 1]}], unique_values=True) == {"a": [1, 2]}
    frame = pandas.DataFrame(
        {"k": ["t", "t"], "type": ["{one: 1}", None], "v": ["x", "y"], "w": [None, "[3, 4]"]}
    )
    assert util.pivot_dataframe_to_data_structure(frame, "k", "v") == {
        "t": {"type": {"one": 1}, "v": {"x": {}, "y": {"w": [3, 4]}}}
    }
    with pytest.raises(ValueError, match="no column"):
        util.pivot_dataframe_to_data_structure(frame, "z")
