"""CVXlab's Model, each of its steps a verb of the lab."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from saddlepoint import declare
from saddlepoint.cvxlab.defaults import EXPECTED, TOLERANCE
from saddlepoint.cvxlab.exceptions import every_method
from saddlepoint.cvxlab.folders import kept
from saddlepoint.cvxlab.frames import found_variable, scenarios_frame, set_frame, variable_frame
from saddlepoint.cvxlab.inputs import input_layout, write_blanks
from saddlepoint.cvxlab.logging import LOG, ignored, say, set_up
from saddlepoint.cvxlab.parts import Core, FileManager, ModelPaths, ModelSettings
from saddlepoint.cvxlab.requests import ScenarioChoice, arguments_of, choices
from saddlepoint.declare.read import settings_files
from saddlepoint.declare.set_files import SETS
from saddlepoint.errors import Diagnostic, FileError, SaddleError, StudyError, UsageError, render, suggest
from saddlepoint.lab import Lab, Source
from saddlepoint.model.at_rest import holds_inputs
from saddlepoint.store import catalogue, read_table, table_names
from saddlepoint.study.results.compare import compare, read_results
from saddlepoint.study.results.result import Result


@every_method
class Model:
    """A model folder with CVXlab's steps: load coordinates, make blanks, load data, solve, write results.

    Raises FileError and DeclareError where the folder or its settings cannot be read.
    """

    def __init__(
        self,
        model_dir_name: str = "model",
        main_dir_path: str | Path | None = None,
        model_settings_from: Literal["yml", "xlsx"] = "xlsx",
        detailed_validation: bool = False,
        use_existing_data: bool = False,
        multiple_input_files: bool = False,
        input_data_files_type: Literal["xlsx", "csv"] = "xlsx",
        log_level: str = "info",
        log_format: str = "standard",
        **others: Any,
    ) -> None:
        set_up(log_level, log_format)
        ignored(others, "Model")
        self.arguments: Mapping[str, Any] = {
            "model_settings_from": model_settings_from,
            "detailed_validation": detailed_validation,
            "use_existing_data": use_existing_data,
            "multiple_input_files": multiple_input_files,
            "input_data_files_type": input_data_files_type,
            "log_level": log_level,
            "log_format": log_format,
        }
        self.folder = (Path(main_dir_path or Path.cwd()) / model_dir_name).resolve()
        self.logger = LOG
        self.files = FileManager()
        self.paths = ModelPaths.of(self.folder)
        self.settings = ModelSettings.of(model_dir_name, self.arguments)
        self.core = Core.of(self)
        self._source: Source = "files"
        self.lab = self._open()
        self._result: Result | None = None
        self._asked: Mapping[str, Any] = {}
        if use_existing_data:
            self.load_model_coordinates()
        elif (self.folder / SETS).exists():
            LOG.info("%s exists and is kept", SETS)
        else:
            declare.write_sets(self.folder, self.lab.settings.spec)
            LOG.info("wrote a blank %s: fill in the items", SETS)
        if detailed_validation and use_existing_data:
            self._validate()

    def _open(self) -> Lab:
        """The lab as the files are now; if the form asked for is not there, the other one."""
        wanted: declare.FileFormat | None = (
            "xlsx" if self.arguments["model_settings_from"] == "xlsx" else "yaml"
        )
        if not any(path.exists() for path in settings_files(self.folder, wanted)):
            other = "yaml" if wanted == "xlsx" else "xlsx"
            found = any(path.exists() for path in settings_files(self.folder, other))
            if found:
                LOG.warning("there are no settings in the form %s; reading %s", wanted, other)
            wanted = other if found else None
        return Lab.open(self.folder, wanted, "cvxlab", source=self._source, lenient=True)

    def _look(self) -> None:
        """From now on the database is what runs read, as in CVXlab, if it has numbers."""
        if self._source == "database" or not self.lab.database.exists():
            return
        with self.lab.store(readonly=True) as store:
            if holds_inputs(self.lab.model, store):
                self._source = self.lab.source = "database"

    def _take_over(self) -> None:
        """Make the database, or take that of CVXlab over, and say so."""
        with self.lab.store() as store:
            if store.adopted is not None:
                LOG.info("CVXlab's database is taken over; it is kept as %s", store.adopted.copy.name)

    def _validate(self) -> None:
        for each in self.lab.check():
            (LOG.error if each.severity == "error" else LOG.warning)("%s", render(each))

    @property
    def sets(self) -> list[str]:
        """The keys of the sets."""
        return list(self.lab.model.sets)

    @property
    def data_tables(self) -> list[str]:
        """The keys of the tables."""
        return list(self.lab.model.tables)

    @property
    def variables(self) -> list[str]:
        """The names of the variables."""
        return list(self.lab.model.variables)

    @property
    def scenarios(self) -> Any:
        """A data frame with one row per scenario; its index is what `scenarios_idx` means."""
        return scenarios_frame(self.lab.study)

    @property
    def is_problem_solved(self) -> bool:
        """Whether a run has answered every scenario with a certificate (CVXlab: whether there was a run)."""
        return self._result is not None and self._result.is_solved

    @property
    def result(self) -> Result | None:
        """The answers of the last run, as Saddlepoint has them."""
        return self._result

    def load_model_coordinates(self) -> None:
        """Read the items of the sets. FileError, DeclareError, ModelError."""
        self.lab = self._open()
        self._look()
        LOG.info("%s: %d sets, %d scenarios", self.folder.name, len(self.sets), self.lab.study.scenarios.size)
        for each in self.lab.warnings:
            LOG.warning("%s", render(each))

    def initialize_blank_data_structure(self) -> None:
        """Write blank input files for the tables that have none, and make the database. FileError, StoreError."""
        self.generate_input_data_files(values_cleanup=True)
        self._take_over()
        self.lab.make_blank()
        self._look()

    def initialize_model_environment(self) -> None:
        """`load_model_coordinates` and `initialize_blank_data_structure`."""
        self.load_model_coordinates()
        self.initialize_blank_data_structure()

    def generate_input_data_files(
        self,
        table_key_list: Sequence[str] | None = None,
        values_cleanup: bool = True,
        force_overwrite: bool = False,
    ) -> None:
        """Write input files with their coordinates; tables that have one are kept unless force_overwrite.

        values_cleanup: blank value cells, else the numbers that are known. FileError, UsageError X108.
        """
        self._known_tables(table_key_list)
        known = {} if values_cleanup else self._numbers()
        layout = input_layout(self.arguments)
        try:
            paths = write_blanks(self.folder, self.lab.model, table_key_list, known, layout, force_overwrite)
        except FileError as error:
            kept(error, self.folder)
            return
        for path in paths:
            LOG.info("wrote %s", path.relative_to(self.folder))

    def load_exogenous_data_to_sqlite_database(
        self, force_overwrite: bool = False, table_key_list: Sequence[str] | None = None
    ) -> None:
        """Bring the database up to date with the input files. FileError, DataError, StoreError, UsageError X108.

        table_key_list: only these tables; of the others the database keeps what it holds, and a run takes that.
        """
        self._known_tables(table_key_list)
        self.lab, self._result = self._open(), None
        if self.lab.database.exists():
            self._take_over()
        loading = self.lab.load(force_overwrite or self._source == "database", only=table_key_list or ())
        self._look()
        for change in loading.changes:
            if change.kind != "same":
                LOG.info("table %s: %s, %d cells", change.name, change.kind, change.count)

    def initialize_problems(self, force_overwrite: bool = False, **others: Any) -> None:
        """Compile the problems and say what they are. CompileError, DataError and what reading raises."""
        ignored(others, "initialize_problems")
        self._result = None
        self._look()
        LOG.debug("%s", self.lab.explain())
        LOG.info("%d problems compiled", len(self.lab.model.problems))

    def refresh_database_and_initialize_problem(
        self, force_overwrite: bool = False, table_key_list: Sequence[str] | None = None
    ) -> None:
        """`load_exogenous_data_to_sqlite_database` and `initialize_problems`."""
        self.load_exogenous_data_to_sqlite_database(force_overwrite, table_key_list)
        self.initialize_problems()

    def update_database_and_problem(self, force_overwrite: bool = False, **others: Any) -> None:
        """CVXlab 1.0's name of `refresh_database_and_initialize_problem`."""
        ignored(others, "update_database_and_problem")
        self.refresh_database_and_initialize_problem(force_overwrite)

    def update_sets_tables(
        self, set_keys_list: Sequence[str] | None = None, update_mode: str = "all"
    ) -> None:
        """Read the sets again and bring the database up to date (all of it). UsageError X108 and what loading raises."""
        wrong = [key for key in set_keys_list or () if key not in self.sets]
        if wrong:
            raise UsageError(_unknown("set", wrong, self.sets))
        if update_mode not in ("all", "filters", "aggregations"):
            ignored([f"update_mode={update_mode!r}"], "update_sets_tables")
        self.load_exogenous_data_to_sqlite_database()

    def reinitialize_sqlite_database(self, force_overwrite: bool = False) -> None:
        """Remove the results and read the input files again; without force_overwrite results are kept. StoreError."""
        if not force_overwrite and self._has_results():
            LOG.warning("the results in the database are kept; force_overwrite=True removes them")
        else:
            self.lab.clear()
            self.lab.make_blank()
        self.load_exogenous_data_to_sqlite_database(force_overwrite=True)

    def run_model(
        self,
        force_overwrite: bool = False,
        solution_mode: Literal["parallel", "sequential", "integrated"] | None = None,
        scenarios_idx: ScenarioChoice = None,
        solver: str | Mapping[str, str] | None = None,
        solver_verbose: bool | Mapping[str, bool] = False,
        solver_settings: Mapping[str, Any] | None = None,
        sequential_solution_chain: Sequence[str | int] | None = None,
        **others: Any,
    ) -> None:
        """Solve in memory; parallel unless told otherwise (integrated_problems=True, solution_mode).

        Also taken: integrated_problems, verbose, convergence_norm, convergence_tables_to_check and _to_skip,
        relative_tolerance, maximum_iterations. A model that has been run keeps its answers unless force_overwrite.
        Raises what `Lab.solve` raises.
        """
        if self._result is not None and not force_overwrite:
            LOG.warning("the model has been run and its answers are kept; force_overwrite=True runs it again")
            return
        asked = arguments_of(
            solution_mode,
            scenarios_idx,
            solver,
            solver_verbose,
            solver_settings,
            sequential_solution_chain,
            others,
            [problem.key for problem in self.lab.model.problems],
        )
        self._look()
        self._asked = {k: v for k, v in asked.items() if k != "scenarios"}
        self._result = self.lab.solve(**_choose(asked, self.lab))
        self._tell(self._result)

    def load_results_to_database(
        self,
        scenarios_idx: ScenarioChoice = None,
        force_overwrite: bool = False,
        suppress_warnings: bool = False,
    ) -> None:
        """Write the answers of the last run; without force_overwrite results that are there are kept.

        scenarios_idx: only these scenarios. Raises UsageError X109 (no run), X107, StoreError.
        """
        if self._result is None:
            fix = "Call run_model() first."
            raise UsageError(Diagnostic("X109", "there are no results: the model has not been run", fix=fix))
        if not force_overwrite and self._has_results():
            if not suppress_warnings:
                LOG.warning("the results in the database are kept; force_overwrite=True replaces them")
            return
        result = self._result
        if scenarios_idx is not None:
            result = self.lab.solve(
                **self._asked, scenarios=choices(scenarios_idx, self.lab.study.scenarios.size)
            )
        summary = self.lab.save(result)
        LOG.info("results are in %s (run %d)", self.lab.database.name, summary.run)

    def check_model_results(
        self,
        other_db_dir_path: str | Path | None = None,
        other_db_name: str | None = None,
        numerical_tolerance: float | None = None,
    ) -> None:
        """Compare the database with another (default: database_expected.db in the folder; tolerance 0.02, relative).

        Only tables that both have are compared. StudyError X112 names what differs; StoreError.
        """
        other = Path(other_db_dir_path or self.folder) / (other_db_name or EXPECTED)
        mine, theirs = read_results(self.lab.database), read_results(other)
        both = [name for name in mine if name in theirs and name != "scenarios"]
        tolerance = TOLERANCE if numerical_tolerance is None else numerical_tolerance
        found = compare({n: mine[n] for n in both}, {n: theirs[n] for n in both}, tolerance)
        if not found.same:
            raise StudyError(
                [
                    Diagnostic(
                        "X112",
                        f"table {d.table!r} differs from {other.name}: {d.count} cells, by up to {d.largest:g}",
                    )
                    for d in found.differences
                ]
            )
        LOG.info("%d tables agree with %s within %g", found.compared, other.name, tolerance)

    def variable(
        self,
        name: str,
        scenario_key: int | None = None,
        intra_problem_key: int | None = None,
        if_hybrid_var: Literal["endogenous", "exogenous"] = "endogenous",
    ) -> Any:
        """A variable as a data frame, rows and columns labelled; UsageError X107, X108.

        scenario_key: a row of `scenarios` (None: all, one below the other); if_hybrid_var: what was decided, or the
        values the input files start from.
        """
        table = found_variable(self.lab.study, name).table
        flat = {
            k: t.columns["values"]
            for k, t in self._numbers(if_hybrid_var == "exogenous").items()
            if k == table
        }
        return variable_frame(self.lab.study, name, flat, scenario_key, intra_problem_key)

    def set(self, name: str) -> Any:
        """The items of a set with their labels as a data frame; UsageError X108."""
        return set_frame(self.lab.model, name)

    def show_model_summary(self) -> None:
        """Print sets, tables, variables and scenarios, and whether the model is solved."""
        lines = {"Sets": self.sets, "Data tables": self.data_tables, "Variables": self.variables}
        for title, names in lines.items():
            say(f"{title}: {', '.join(names)}")
        say(f"Scenarios: {self.lab.study.scenarios.size}\nSolved: {self.is_problem_solved}")

    def _numbers(self, initial: bool = False) -> Mapping[str, Any]:
        """The tables that have numbers: inputs, and what the run or the database has decided."""
        try:
            fetched = (self._result.plan if self._result else self.lab.plan(self.lab.inputs())).fetched
        except SaddleError as error:
            LOG.warning("%s", error)
            return {}
        tables = {**fetched.initial, **fetched.tables}
        if self._result is not None:
            return {**self._result.tables, **tables} if initial else {**tables, **self._result.tables}
        stored = self._stored() if self.arguments["use_existing_data"] else {}
        return {**stored, **tables} if initial else {**tables, **stored}

    def _stored(self) -> Mapping[str, Any]:
        """The results in the database that fit the model."""
        if not self.lab.database.exists():
            return {}
        tables = self.lab.study.tables
        with self.lab.store(readonly=True) as store:
            names = [name for name in table_names(store, "result") if name in tables]
            return {name: read_table(store, name, tables[name].domain) for name in names}

    def _has_results(self) -> bool:
        """Whether a run has written results; blank tables are none."""
        if not self.lab.database.exists():
            return False
        with self.lab.store(readonly=True) as store:
            return any(entry.kind == "result" and entry.run is not None for entry in catalogue(store))

    def _known_tables(self, names: Sequence[str] | None) -> None:
        inputs = [t.key for t in self.lab.model.inputs]
        wrong = [name for name in names or () if name not in inputs]
        if wrong:
            raise UsageError(_unknown("input table", wrong, inputs))

    def _tell(self, result: Result) -> None:
        for line in result.plan.announcements:
            LOG.info("%s", line)
        for key, table in result.certificates.items():
            words = table.column("status").tolist()
            counts = ", ".join(f"{words.count(w)} {w}" for w in dict.fromkeys(words))
            (LOG.info if result.is_solved else LOG.warning)("%s: %s", key or "the problem", counts)


def _unknown(what: str, names: Sequence[str], known: Sequence[str]) -> list[Diagnostic]:
    return [Diagnostic("X108", f"there is no {what} {name!r}", fix=suggest(name, known)) for name in names]


def _choose(asked: Mapping[str, Any], lab: Lab) -> dict[str, Any]:
    """The arguments of a run, with scenario keys as choices."""
    wanted = asked.get("scenarios")
    rest = {k: v for k, v in asked.items() if k != "scenarios"}
    return rest if wanted is None else {**rest, "scenarios": choices(wanted, lab.study.scenarios.size)}
