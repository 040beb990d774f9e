"""The parts of CVXlab's Model that scripts reach into: paths, settings, files, core.problem, core.index."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final, Protocol, cast

from saddlepoint.declare.data import INPUTS
from saddlepoint.declare.set_files import SETS
from saddlepoint.errors import extra
from saddlepoint.files import Sheet, read_csv, read_workbook, write_csv, write_workbook
from saddlepoint.lab import Lab
from saddlepoint.records import dataclass
from saddlepoint.store import DATABASE
from saddlepoint.study.results.result import Result


class AnsweredModel(Protocol):
    """What the parts read of a model."""

    lab: Lab

    initialized: bool

    @property
    def result(self) -> Result | None: ...
    @property
    def sets(self) -> list[str]: ...
    @property
    def data_tables(self) -> list[str]: ...
    @property
    def variables(self) -> list[str]: ...
    @property
    def scenarios(self) -> Any: ...


class _ByName:
    """Attributes that can be had by their names in brackets, as in CVXlab 1.0."""

    __slots__ = ()

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)

    def get(self, name: str, default: Any = None) -> Any:
        """The attribute of this name, or the default where there is none."""
        return getattr(self, name, default)

    def keys(self) -> Iterator[str]:
        """The names."""
        return (one.name for one in fields(cast("Any", self)))


@dataclass(frozen=True, slots=True)
class ModelPaths(_ByName):
    """Where a model's files are."""

    model_dir: Path
    input_data_dir: Path
    sets_excel_file: Path
    sqlite_database: Path

    @classmethod
    def of(cls, folder: Path) -> ModelPaths:
        """The places in a folder."""
        return cls(folder, folder / INPUTS, folder / SETS, folder / DATABASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings(_ByName):
    """How a model was opened."""

    model_name: str
    log_level: str
    model_settings_from: str
    use_existing_data: bool
    multiple_input_files: bool
    input_data_files_type: str
    detailed_validation: bool

    @classmethod
    def of(cls, name: str, arguments: Mapping[str, Any]) -> ModelSettings:
        """The settings that these arguments of Model make."""
        known = {one.name for one in fields(cls)}
        return cls(model_name=name, **{k: v for k, v in arguments.items() if k in known})


class FileManager:
    """Tables in workbooks and CSV files as data frames; FileError."""

    def excel_to_dataframes_dict(
        self, excel_file_name: str, excel_file_dir_path: str | Path, sheet_names: list[str] | None = None
    ) -> dict[str, Any]:
        """Tab → data frame."""
        sheets = read_workbook(Path(excel_file_dir_path) / excel_file_name)
        return {
            name: _frame(sheet) for name, sheet in sheets.items() if not sheet_names or name in sheet_names
        }

    def get_excel_sheet_names(self, excel_file_name: str, excel_file_dir_path: str | Path) -> list[str]:
        """The names of the tabs."""
        return list(read_workbook(Path(excel_file_dir_path) / excel_file_name))

    def file_to_dataframe(self, file_name: str, file_dir_path: str | Path) -> Any:
        """A CSV file, or the first tab of a workbook."""
        path = Path(file_dir_path) / file_name
        sheet = (
            read_csv(path) if path.suffix.casefold() == ".csv" else next(iter(read_workbook(path).values()))
        )
        return _frame(sheet)

    def dataframe_to_excel(
        self,
        dataframe: Any,
        excel_filename: str,
        excel_dir_path: str | Path,
        sheet_name: str,
        force_overwrite: bool = False,
    ) -> None:
        """Write one tab, the others of the workbook stay; FileError F042 if the tab is there and force_overwrite is not."""
        path = Path(excel_dir_path) / excel_filename
        others = read_workbook(path) if path.exists() else {}
        kept = [sheet for name, sheet in others.items() if name != sheet_name]
        write_workbook(
            path, [*kept, _sheet(dataframe, sheet_name)], force_overwrite or sheet_name not in others
        )

    def dataframe_to_csv(
        self, dataframe: Any, csv_filename: str, csv_dir_path: str | Path, force_overwrite: bool = False
    ) -> None:
        """Write a CSV file; FileError F042 if it exists and force_overwrite is not said."""
        write_csv(Path(csv_dir_path) / csv_filename, _sheet(dataframe, csv_filename), force=force_overwrite)


def _frame(sheet: Sheet) -> Any:
    with extra("frames"):
        import pandas
    return pandas.DataFrame(dict(zip(sheet.header, sheet.columns, strict=True)))


def _sheet(frame: Any, name: str) -> Sheet:
    def cells(title: object) -> list[object]:
        return [None if isinstance(v, float) and math.isnan(v) else v for v in frame[title].tolist()]

    return Sheet(name, tuple(map(str, frame.columns)), tuple(cells(title) for title in frame.columns))


_WORDS: Final = {"fixed_point": "optimal"}


@dataclass(frozen=True, slots=True)
class ProblemPart:
    """What is known of the problems of a model."""

    model: AnsweredModel

    @property
    def problems_keys(self) -> list[str | None]:
        """Their keys, None for the only one without a name."""
        return [problem.key or None for problem in self.model.lab.model.problems]

    @property
    def number_of_sub_problems(self) -> int:
        """How many there are."""
        return len(self.problems_keys)

    @property
    def problem_status(self) -> dict[str | None, str | None] | None:
        """`Sub-problem [key] - Scenario [labels]` → status, a certified fixed point as optimal; before a run key → None, and
        None before the problems are initialised."""
        result = self.model.result
        if result is None:
            return dict.fromkeys(self.problems_keys) if self.model.initialized else None
        found: dict[str | None, str | None] = {}
        for key, table in result.certificates.items():
            rows = range(table.domain.size) if table.rows is None else table.rows.tolist()
            for row, status in zip(rows, table.column("status").tolist(), strict=True):
                scenario = f" - Scenario {list(table.domain.coordinates(row))}" if len(rows) > 1 else ""
                found[f"Sub-problem [{key or None}]{scenario}"] = _WORDS.get(str(status), str(status))
        return found


@dataclass(frozen=True, slots=True)
class IndexPart:
    """The names that a model declares."""

    model: AnsweredModel

    @property
    def list_sets(self) -> list[str]:
        """The keys of the sets."""
        return self.model.sets

    @property
    def list_data_tables(self) -> list[str]:
        """The keys of the tables."""
        return self.model.data_tables

    @property
    def list_exogenous_data_tables(self) -> list[str]:
        """The keys of the tables that have an input file."""
        return [table.key for table in self.model.lab.model.inputs]

    @property
    def list_variables(self) -> list[str]:
        """The names of the variables."""
        return self.model.variables

    @property
    def scenarios_info(self) -> Any:
        """One row per scenario."""
        return self.model.scenarios


@dataclass(frozen=True, slots=True)
class Core:
    """What CVXlab's scripts reach through `model.core`."""

    problem: ProblemPart
    index: IndexPart

    @classmethod
    def of(cls, model: AnsweredModel) -> Core:
        """The parts of a model."""
        return cls(ProblemPart(model), IndexPart(model))
