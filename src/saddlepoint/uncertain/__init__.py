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
    quantile_rows,
    readers,
    std_rows,
)
from saddlepoint.uncertain.record import PARAMETERS, Buffer, Parameter, Requirement
from saddlepoint.uncertain.samples import wasserstein_cvar, wasserstein_quantile

__all__ = [
    "BUFFERS",
    "PARAMETERS",
    "Buffer",
    "Parameter",
    "Requirement",
    "Rung",
    "coverage_rows",
    "cvar_rows",
    "find",
    "floor_rows",
    "ladder",
    "mean_rows",
    "names",
    "quantile_rows",
    "readers",
    "std_rows",
    "wasserstein_cvar",
    "wasserstein_quantile",
]
