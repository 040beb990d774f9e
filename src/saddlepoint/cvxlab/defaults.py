"""CVXlab's `Defaults`: names of files and columns, words that arguments take, numbers that hold where nothing is said."""

from __future__ import annotations

from typing import Any, Final, Literal

from saddlepoint.declare.data import BOOK, INPUTS
from saddlepoint.declare.read import WORKBOOK
from saddlepoint.declare.set_files import SETS
from saddlepoint.expr.words import OPERATORS
from saddlepoint.model.constants import CONSTANTS
from saddlepoint.model.language import CONSTANTS_FILE, OPERATORS_FILE
from saddlepoint.solve.route.stages.choose import solvers
from saddlepoint.store import DATABASE
from saddlepoint.study.coupling.norms import NORMS
from saddlepoint.study.running.options import DEFAULTS

EXPECTED: Final = "database_expected.db"
INSTANCES: Final = "instances"
TOLERANCE: Final = 0.02
"""Relative difference that `check_model_results` passes."""


def installed_solvers() -> list[str]:
    """The names of the solvers that are installed, in CVXPY's spelling (HIGHS); a run takes any case."""
    return [line.name.upper() for line in solvers() if line.installed]


class _ByGroup(type):
    """Names of the groups are found on `Defaults` itself, too."""

    def __getattr__(cls, name: str) -> Any:
        for group in vars(cls).values():
            if isinstance(group, type) and name in vars(group):
                return getattr(group, name)
        raise AttributeError(f"Defaults has no {name!r}")


class Defaults(metaclass=_ByGroup):
    """Fixed names and numbers, in CVXlab's groups."""

    class LiteralTypes:
        """What arguments take."""

        SettingsSource = Literal["yml", "xlsx"]
        DataFileType = Literal["xlsx", "csv"]
        LogLevel = Literal["info", "debug", "warning", "error"]
        LogFormat = Literal["standard", "detailed"]
        NormType = Literal["max_relative", "max_absolute", "l1", "l2", "linf"]
        SetUpdateMode = Literal["all", "filters", "aggregations"]
        HybridVarType = Literal["endogenous", "exogenous"]
        TransferUpdate = Literal["settings", "sets", "all"]
        ConvergenceTables = Literal["all_endogenous", "hybrid_only"]
        HandleModelInstance = Literal["save", "load"]
        SolutionMode = Literal["parallel", "sequential", "integrated"]

    class ConfigFiles:
        """Names of files and folders."""

        SETUP_INFO: Final = {0: "structure_sets", 1: "structure_variables", 2: "problem"}
        SETUP_XLSX_FILE: Final = WORKBOOK
        SETS_FILE: Final = SETS
        AVAILABLE_SETUP_SOURCES: Final = ("yml", "xlsx")
        AVAILABLE_DATA_FILES_EXTENSIONS: Final = ("xlsx", "csv")
        INPUT_DATA_DIR: Final = INPUTS
        INPUT_DATA_FILE_NAME: Final = BOOK.removesuffix(".xlsx")
        SQLITE_DATABASE_FILE: Final = DATABASE
        SQLITE_DATABASE_FILE_TEST: Final = EXPECTED
        INSTANCES_DIR: Final = INSTANCES
        CUSTOM_OPERATORS_FILE_NAME: Final = OPERATORS_FILE
        CUSTOM_CONSTANTS_FILE_NAME: Final = CONSTANTS_FILE
        DEFAULT_ENCODING: Final = "utf-8"

    class Labels:
        """Names of keys and columns."""

        NAME: Final = "name"
        FILTERS: Final = "filters"
        SET: Final = "set"
        DIM: Final = "dim"
        AGGREGATIONS: Final = "aggregations"
        COORDINATES_KEY: Final = "coordinates"
        VARIABLES_INFO_KEY: Final = "variables_info"
        VALUE_KEY: Final = "value"
        BLANK_FILL_KEY: Final = "blank_fill"
        NONNEG_KEY: Final = "nonneg"
        PROBLEM: Final = "problem"
        SCENARIO_COORDINATES: Final = "info"
        PROBLEM_STATUS: Final = "status"
        OBJECTIVE: Final = "objective"
        EXPRESSIONS: Final = "expressions"
        GENERIC_FIELD_TYPE: Final = "TEXT"
        VALUES_FIELD: Final = {"values": ["values", "REAL"]}
        ID_FIELD: Final = {"id": ["id", "INTEGER PRIMARY KEY"]}
        SET_TABLE_NAME_PREFIX: Final = "_set_"
        COLUMN_NAME_SUFFIX: Final = "_Name"
        COLUMN_AGGREGATION_SUFFIX: Final = "_agg_"

    class SymbolicDefinitions:
        """What settings and formulas may say."""

        DIMENSIONS: Final = {"ROWS": "rows", "COLS": "cols", "INTRA": "intra", "INTER": "inter"}
        VARIABLE_TYPES: Final = {
            "CONSTANT": "constant",
            "EXOGENOUS": "exogenous",
            "ENDOGENOUS": "endogenous",
        }
        VARIABLE_DOMAINS: Final = {"INTEGER": "integer", "BOOLEAN": "boolean"}
        ALLOWED_CONSTANTS: Final = CONSTANTS
        ALLOWED_OPERATORS: Final = OPERATORS

    class NumericalSettings:
        """Numbers that hold where nothing is said."""

        TOLERANCE_TESTS_RESULTS_CHECK: Final = TOLERANCE
        MODEL_COUPLING_SETTINGS: Final = {
            "allowed_norms": list(NORMS),
            "relative_tolerance": DEFAULTS["relative_tolerance"],
            "max_iterations": 20,
        }
        get_installed_solvers = staticmethod(installed_solvers)
