"""An exception must take a traceback, a cause and notes: none of ours may refuse new values of its attributes."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import saddlepoint

_OPTIONAL = ("pandas", "distributed", "dask", "matplotlib", "pyarrow", "polars", "xarray", "numba", "cvxpy")


def every_exception() -> list[type[BaseException]]:
    found: dict[str, type[BaseException]] = {}
    for module in pkgutil.walk_packages(saddlepoint.__path__, "saddlepoint."):
        if ".examples" in module.name:
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


EVERY = every_exception()


def test_there_are_exceptions_to_look_at() -> None:
    assert {"ShapeMismatch", "ValueProblem", "FileError"} <= {kind.__name__ for kind in EVERY}


@contextmanager
def passing_through() -> Iterator[None]:
    """A generator-based context manager sets the traceback of what passes through it."""
    yield


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__qualname__)
def test_an_exception_passes_through_a_context_manager(kind: type[BaseException]) -> None:
    one = kind.__new__(kind)
    with pytest.raises(kind), passing_through():
        raise one from ValueError("cause")
    one.add_note("a note")
    assert one.__notes__ == ["a note"]
