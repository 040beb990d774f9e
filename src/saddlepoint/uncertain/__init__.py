"""Distributions and buffers: pure functions of numbers, one record per buffer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from saddlepoint.uncertain.buffers import (
    BUFFERS,
    Rung,
    coverage_rows,
    cvar_rows,
    find,
    floor_rows,
    ladder,
    mean_rows,
    names,
    parameters,
    quantile_rows,
    readers,
    std_rows,
)
from saddlepoint.uncertain.expected import Expected, expected
from saddlepoint.uncertain.newsvendor import Newsvendor, UnitPrices, at_fill_rate, newsvendor, profit
from saddlepoint.uncertain.record import PARAMETERS, Buffer, Parameter, Parameters, Requirement
from saddlepoint.uncertain.samples import wasserstein_cvar, wasserstein_quantile
from saddlepoint.uncertain.scenario_approach import scenario_size, violation_bound, wait_and_judge

if TYPE_CHECKING:
    from saddlepoint.uncertain.fitting.fit import fit
    from saddlepoint.uncertain.fitting.values import Fit, FittedLaw, History, Outlier, TimePattern

__all__ = [
    "BUFFERS",
    "PARAMETERS",
    "Buffer",
    "Expected",
    "Fit",
    "FittedLaw",
    "History",
    "Newsvendor",
    "Outlier",
    "Parameter",
    "Parameters",
    "Requirement",
    "Rung",
    "TimePattern",
    "UnitPrices",
    "at_fill_rate",
    "coverage_rows",
    "cvar_rows",
    "expected",
    "find",
    "fit",
    "floor_rows",
    "ladder",
    "mean_rows",
    "names",
    "newsvendor",
    "parameters",
    "profit",
    "quantile_rows",
    "readers",
    "scenario_size",
    "std_rows",
    "violation_bound",
    "wait_and_judge",
    "wasserstein_cvar",
    "wasserstein_quantile",
]

_LATER = {"fit": "fit", **dict.fromkeys(("FittedLaw", "Fit", "History", "Outlier", "TimePattern"), "values")}
"""Name → its file in `fitting`, loaded when it is asked for."""


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'saddlepoint.uncertain' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"saddlepoint.uncertain.fitting.{_LATER[name]}"), name)
