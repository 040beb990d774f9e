"""An exception must take a traceback, a cause and notes: none of ours may refuse new values of its attributes."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Generator
from contextlib import contextmanager

import pytest

import saddlepoint

_OPTIONAL = ("pandas", "distributed", "dask", "matplotlib", "pyarrow", "polars", "xarray", "numba", "cvxpy")


def every_exception() -> list[type[BaseException]]:
    found: dict[str, type[BaseException]] = {}
    for module in pkgutil.walk_packages(saddlepoint.__path__, "saddlepoint."):
        if (
            ".examples" in module.name or ".jit_" in module.name
        ):  # compiled code is for `cache.load` to import
            continue
        try:
            loaded = importlib.import_module(module.name)
        except ModuleNotFoundError as missing:
            assert (missing.name or "").split(".")[0] in _OPTIONAL, missing
            continue
        for _, kind in inspect.getmembers(loaded, inspect.isclass):
            if issubclass(kind, BaseException) and kind.__module__.startswith("saddlepoint"):
                found[f"{kind.__module__}.{kind.__qualname__}"] = kind
    return list(found.values())


@contextmanager
def passing_through() -> Generator[None]:
    """A generator-based context manager sets the traceback of what passes through it."""
    yield


def test_exceptions_pass_through_a_context_manager() -> None:
    """Modules are imported here, not while tests are collected: that is done by every worker."""
    kinds = every_exception()
    assert {"ShapeMismatch", "ValueProblem", "FileError"} <= {kind.__name__ for kind in kinds}
    for kind in kinds:
        one = kind.__new__(kind)
        with pytest.raises(kind), passing_through():
            raise one from ValueError("cause")
        one.add_note("a note")
        assert one.__notes__ == ["a note"]
