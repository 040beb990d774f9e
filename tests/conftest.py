"""Laws are tried on the same examples in every run; SADDLEPOINT_RANDOM=1 tries new ones."""

from __future__ import annotations

import gc
import importlib.util
import os
import re
import signal
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import find, settings
from hypothesis.strategies import booleans

if (
    signal.getsignal(signal.SIGINT) is signal.SIG_IGN
):  # begun in the background: children would be deaf to it too
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("new", deadline=None)
settings.load_profile("new" if os.environ.get("SADDLEPOINT_RANDOM") else "same")


OPTIONAL = (
    *(
        "pandas",
        "polars",
        "xarray",
        "pyarrow",
        "matplotlib",
        "cvxpy",
        "piqp",
        "osqp",
        "scs",
        "pyscipopt",
        "numba",
    ),
    *("dask", "distributed", "cryptography", "flint", "openpyxl"),
    *("statsmodels", "pyvinecopulib", "SALib", "playwright", "IPython"),
)
"""Packages of the extras, and those that tests alone use."""


def _missing(text: str) -> str | None:
    """The optional package that a failure names and that is not installed."""
    named = re.findall(
        r"No module named '(\w+)|needs the package (\w+)|\b(CVXPY|cvxpy)\b.{0,20} not installed", text
    )
    said = {n.lower() for groups in named for n in groups if n}
    return next((n for n in OPTIONAL if n.lower() in said and importlib.util.find_spec(n) is None), None)


@pytest.fixture
def without_gurobi(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where gurobipy is not installed, whether it is or not."""
    there = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "gurobipy" else there(name))


def pytest_collection_finish() -> None:
    """What all tests share, and the tests themselves, need not be looked through again and again.

    Before, Hypothesis takes the generators of random numbers in hand: it looks for their holders, and sees no frozen ones.
    """
    find(booleans(), bool)
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if importlib.util.find_spec("numba") is None:
        terminalreporter.section("numba is not installed", red=True)
        terminalreporter.line(
            "No compiled kernel was tested: tests/solve/kernels and their like were skipped."
        )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """A test that fails for want of an optional package is skipped, and says which; with all extras none is."""
    report = yield
    package = _missing(str(report.longrepr)) if report.failed else None
    if package is not None:
        report.outcome = "skipped"
        report.longrepr = (str(item.path), item.location[1] or 0, f"Skipped: {package} is not installed")
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, Any, Any]:
    """The same for files that import such a package."""
    report = yield
    package = _missing(str(report.longrepr)) if report.failed else None
    if package is not None:
        report.outcome = "skipped"
        report.longrepr = (str(collector.path), 0, f"Skipped: {package} is not installed")
    return report
