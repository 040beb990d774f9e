"""What CVXlab's Model holds: the lab of its folder, the last run, and what both know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import signature
from pathlib import Path
from typing import Any, Literal

from saddlepoint import declare
from saddlepoint.cvxlab.exceptions import every_method
from saddlepoint.cvxlab.frames import scenarios_frame
from saddlepoint.cvxlab.logging import LOG, ignored, set_up
from saddlepoint.cvxlab.parts import Core, FileManager, ModelPaths, ModelSettings
from saddlepoint.declare.read import settings_files
from saddlepoint.declare.set_files import SETS
from saddlepoint.errors import Diagnostic, SaddleError, UsageError, render, suggest
from saddlepoint.lab import Lab, Source
from saddlepoint.model.at_rest import holds_inputs
from saddlepoint.store import catalogue
from saddlepoint.store.tables import read_table, table_names
from saddlepoint.study.results.result import Result


@every_method
class OpenedModel:
    """A model folder as it was opened, and the answers of its last run."""

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
        import_custom_operators: bool = False,
        import_custom_constants: bool = False,
        **others: Any,
    ) -> None:
        set_up(log_level, log_format)
        ignored(others, "Model", signature(type(self)).parameters)
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
        self._trust = import_custom_operators or import_custom_constants
        self.lab = self._open()
        self._result: Result | None = None
        self.initialized = False
        self._asked: Mapping[str, Any] = {}
        self._begin()

    def _begin(self) -> None:
        """What the constructor does with the folder: read the items, or write a blank workbook of them."""
        existing = self.arguments["use_existing_data"]
        if existing:
            self.load_model_coordinates()
        elif (self.folder / SETS).exists():
            LOG.info("%s exists and is kept", SETS)
        else:
            declare.write_sets(self.folder, self.lab.settings.spec)
            LOG.info("wrote a blank %s: fill in the items", SETS)
        if self.arguments["detailed_validation"] and existing:
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
        return Lab.open(self.folder, wanted, "cvxlab", trust=self._trust, source=self._source, lenient=True)

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
            raise UsageError(unknown("input table", wrong, inputs))

    def _tell(self, result: Result) -> None:
        for line in result.plan.announcements:
            LOG.info("%s", line)
        for key, table in result.certificates.items():
            words = table.column("status").tolist()
            counts = ", ".join(f"{words.count(w)} {w}" for w in dict.fromkeys(words))
            (LOG.info if result.is_solved else LOG.warning)("%s: %s", key or "the problem", counts)

    def load_model_coordinates(self) -> None:
        """Read the items of the sets. FileError, DeclareError, ModelError."""
        self.lab = self._open()
        self._look()
        LOG.info("%s: %d sets, %d scenarios", self.folder.name, len(self.sets), self.lab.study.scenarios.size)
        for each in self.lab.warnings:
            LOG.warning("%s", render(each))


def unknown(what: str, names: Sequence[str], known: Sequence[str]) -> list[Diagnostic]:
    return [Diagnostic("X108", f"there is no {what} {name!r}", fix=suggest(name, known)) for name in names]
