"""Distributions and buffers: pure functions of numbers, one record per buffer."""

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
from saddlepoint.uncertain.record import PARAMETERS, Buffer, Parameter, Requirement
from saddlepoint.uncertain.samples import wasserstein_cvar, wasserstein_quantile
from saddlepoint.uncertain.scenario_approach import scenario_size, violation_bound, wait_and_judge

__all__ = [
    "BUFFERS",
    "PARAMETERS",
    "Buffer",
    "Expected",
    "Parameter",
    "Requirement",
    "Rung",
    "coverage_rows",
    "cvar_rows",
    "expected",
    "find",
    "floor_rows",
    "ladder",
    "mean_rows",
    "names",
    "parameters",
    "quantile_rows",
    "readers",
    "scenario_size",
    "std_rows",
    "violation_bound",
    "wait_and_judge",
    "wasserstein_cvar",
    "wasserstein_quantile",
]
