"""CVXlab's `Defaults`: names of files and columns, words that arguments take, numbers that hold where nothing is said."""

from __future__ import annotations

from typing import Any, Final, Literal

import numpy as np

from saddlepoint.declare.data import BOOK, INPUTS
from saddlepoint.declare.read import WORKBOOK
from saddlepoint.declare.set_files import SETS
from saddlepoint.expr.words import OPERATORS
from saddlepoint.model.constants import CONSTANTS
from saddlepoint.model.language import CONSTANTS_FILE, OPERATORS_FILE
from saddlepoint.solve.route.stages.solver_table import solvers
from saddlepoint.store import DATABASE
from saddlepoint.study.coupling.norms import NORMS
from saddlepoint.study.running.arguments import DEFAULTS

EXPECTED: Final = "database_expected.db"
INSTANCES: Final = "instances"
TOLERANCE: Final = 0.02
"""Relative difference that `check_model_results` passes."""


def installed_solvers() -> list[str]:
    """The names of the solvers that are installed, in CVXPY's spelling (HIGHS); a run takes any case."""
    return [line.name.upper() for line in solvers() if line.installed]


_TRUE: Final = ("true", "True", "TRUE", 1, "1")
_FALSE: Final = ("false", "False", "FALSE", 0, "0")


class _Installed:
    """The solvers at the time of asking."""

    def __get__(self, instance: object, owner: type) -> list[str]:
        return installed_solvers()


class _ByGroup(type):
    """Names of the groups are found on `Defaults` itself, too."""

    def __getattr__(cls, name: str) -> Any:
        for group in vars(cls).values():
            if isinstance(group, type) and name in vars(group):
                return getattr(group, name)
        raise AttributeError(f"Defaults has no {name!r}")


class Defaults(metaclass=_ByGroup):
    """Fixed names and numbers, in CVXlab's groups: all that programs written for it may ask for, also where nothing here reads them."""

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
        ExcelEngine = Literal["openpyxl", "xlsxwriter"]
        TableHandling = Literal["update", "overwrite"]
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
        SQLITE_DATABASE_FILE_BKP: Final = "database_bkp.db"
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
        CVXPY_VAR: Final = "variable"
        SUB_PROBLEM_KEY: Final = "sub_problem_key"
        FILTER_DICT_KEY: Final = "filter"
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

    class DefaultStructures:
        """What keys the settings may have, and of which types their values are."""

        OPTIONAL: Final = object()
        ANY: Final = object()
        METADATA: Final = "description"
        SET_STRUCTURE: Final = (
            "set_key:",
            {
                METADATA: (OPTIONAL, str),
                "split_problem": (OPTIONAL, bool),
                "copy_from": (OPTIONAL, str),
                "filters": (OPTIONAL, {ANY: list}),
                "aggregations": (OPTIONAL, int | str | list),
            },
        )
        DATA_TABLE_STRUCTURE: Final = (
            "table_key:",
            {
                METADATA: (OPTIONAL, str),
                "type": (str, dict),
                "domain": (OPTIONAL, str),
                "coordinates": (str, list),
                "variables_info": {
                    ANY: {
                        "value": (OPTIONAL, str),
                        "blank_fill": (OPTIONAL, int | float),
                        "nonneg": (OPTIONAL, bool),
                        ANY: (OPTIONAL, {"dim": (OPTIONAL, str), "filters": (OPTIONAL, dict)}),
                    }
                },
            },
        )
        PROBLEM_STRUCTURE: Final = (
            "problem_key: # optional",
            {"objective": (OPTIONAL, list), "expressions": list, METADATA: (OPTIONAL, list)},
        )
        XLSX_PIVOT_KEYS: Final = {
            "structure_sets": ("set_key", None),
            "structure_variables": ("table_key", "variables_info"),
            "problem": ("problem_key", None),
        }
        XLSX_TEMPLATE_COLUMNS: Final = {
            "structure_sets": ["set_key", *SET_STRUCTURE[1]],
            "structure_variables": [
                "table_key",
                *DATA_TABLE_STRUCTURE[1],
                *("value", "blank_fill", "nonneg", "set_keys ..."),
            ],
            "problem": ["problem_key", *PROBLEM_STRUCTURE[1]],
        }
        ALLOWED_BOOL: Final = {word: word in _TRUE for word in (*_TRUE, *_FALSE)}

    class SymbolicDefinitions:
        """What settings and formulas may say."""

        STD_TEXT_DATA_FILL: Final = ""
        DIMENSIONS: Final = {"ROWS": "rows", "COLS": "cols", "INTRA": "intra", "INTER": "inter"}
        VARIABLE_TYPES: Final = {"CONSTANT": "constant", "EXOGENOUS": "exogenous", "ENDOGENOUS": "endogenous"}
        VARIABLE_DOMAINS: Final = {"INTEGER": "integer", "BOOLEAN": "boolean"}
        ALLOWED_CONSTANTS: Final = CONSTANTS
        ALLOWED_OPERATORS: Final = OPERATORS

    class NumericalSettings:
        """Numbers that hold where nothing is said."""

        STD_VALUES_TYPE: Final = float
        ALLOWED_VALUES_TYPES: Final = (int, float, np.dtype("float64"), np.dtype("int64"))
        ALLOWED_TEXT_TYPE: Final = str
        ALLOWED_SOLVERS: Final = _Installed()
        TOLERANCE_TESTS_RESULTS_CHECK: Final = TOLERANCE
        ROUNDING_DIGITS_RELATIVE_DIFFERENCE_DB: Final = 5
        MODEL_COUPLING_SETTINGS: Final = {
            "allowed_norms": list(NORMS),
            "relative_tolerance": DEFAULTS["relative_tolerance"],
            "absolute_minimum_guard_tolerance": 0.001,
            "max_iterations": 20,
        }
        get_installed_solvers = staticmethod(installed_solvers)
