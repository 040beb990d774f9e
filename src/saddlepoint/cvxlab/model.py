"""CVXlab's Model, each of its steps a verb of the lab."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import signature
from pathlib import Path
from typing import Any, Literal

from saddlepoint.cvxlab.defaults import EXPECTED, TOLERANCE
from saddlepoint.cvxlab.exceptions import every_method
from saddlepoint.cvxlab.folders import kept
from saddlepoint.cvxlab.frames import found_variable, set_frame, variable_frame
from saddlepoint.cvxlab.inputs import input_layout, write_blanks
from saddlepoint.cvxlab.logging import LOG, ignored, say
from saddlepoint.cvxlab.opened import OpenedModel, unknown
from saddlepoint.cvxlab.requests import ScenarioChoice, choices, cvxlab_arguments
from saddlepoint.errors import Diagnostic, FileError, StudyError, UsageError
from saddlepoint.lab import Lab
from saddlepoint.study.results.compare import compare, read_results


@every_method
class Model(OpenedModel):
    """A model folder with CVXlab's steps: load coordinates, make blanks, load data, solve, write results.

    import_custom_operators, import_custom_constants (CVXlab 1.0): the folder's user_defined_*.py may be run; `saddle trust` says
    the same once. Raises FileError and DeclareError where the folder or its settings cannot be read.
    """

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
        self._result, self.initialized = None, True
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
            raise UsageError(unknown("set", wrong, self.sets))
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
        convergence_monitoring: bool = True,
        convergence_norm: str | None = None,
        convergence_tables_to_check: Sequence[str] | str | None = None,
        convergence_tables_to_skip: Sequence[str] | None = None,
        relative_tolerance: float | None = None,
        maximum_iterations: int | None = None,
        keep_previous_iteration_db: bool = False,
        **others: Any,
    ) -> None:
        """Solve in memory; parallel unless told otherwise (solution_mode, or integrated_problems=True of CVXlab 1.0).

        others: names of CVXlab 1.0. A model that has been run keeps its answers unless force_overwrite. Raises UsageError X460, X720,
        and what `Lab.solve` raises.
        """
        others |= {
            "convergence_monitoring": convergence_monitoring,
            "convergence_norm": convergence_norm,
            "convergence_tables_to_check": convergence_tables_to_check,
            "convergence_tables_to_skip": convergence_tables_to_skip,
            "relative_tolerance": relative_tolerance,
            "maximum_iterations": maximum_iterations,
            "keep_previous_iteration_db": keep_previous_iteration_db,
        }
        if self._result is not None and not force_overwrite:
            LOG.warning("the model has been run and its answers are kept; force_overwrite=True runs it again")
            return
        asked = cvxlab_arguments(
            solution_mode,
            scenarios_idx,
            solver,
            solver_verbose,
            solver_settings,
            sequential_solution_chain,
            others,
            [problem.key for problem in self.lab.model.problems],
            signature(self.run_model).parameters,
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
            raise UsageError.of("X109", "there are no results: the model has not been run", fix=fix)
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


def _choose(asked: Mapping[str, Any], lab: Lab) -> dict[str, Any]:
    """The arguments of a run, with scenario keys as choices."""
    wanted = asked.get("scenarios")
    rest = {k: v for k, v in asked.items() if k != "scenarios"}
    return rest if wanted is None else {**rest, "scenarios": choices(wanted, lab.study.scenarios.size)}
