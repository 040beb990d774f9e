"""The text of native solvers that no option keeps back, led where nobody reads it."""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from functools import cache
from typing import Final

TALKATIVE: Final = frozenset({"COPT"})
"""Solvers that print at every solve: COPT tells where it looked for a licence."""


class _Stdout:
    """The descriptor of stdout, led nowhere while it is held."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holders = 0
        self._kept: int | None = None

    def hold(self) -> None:
        with self._lock:
            self._holders += 1
            if self._holders > 1:
                return
            _flush()
            with suppress(OSError):  # a process without stdout has nothing to keep
                self._kept = os.dup(1)
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, 1)
                os.close(nowhere)

    def release(self) -> None:
        with self._lock:
            self._holders -= 1
            if self._holders or self._kept is None:
                return
            _flush()
            os.dup2(self._kept, 1)
            os.close(self._kept)
            self._kept = None


_STDOUT: Final = _Stdout()


@contextmanager
def silent() -> Generator[None]:
    """What is written to the descriptor of stdout leads nowhere, as long as any thread is in here.

    So does text that other threads write there in the meantime; what they print through `sys.stdout` of a notebook, and stderr, stay.
    """
    _STDOUT.hold()
    try:
        yield
    finally:
        _STDOUT.release()


_HEARING: Final = threading.Lock()
_MOST: Final = 65_536
"""Bytes that are heard: a pipe of Linux holds no more."""


def heard(act: Callable[[], object]) -> tuple[str, Exception | None]:
    """What is written to stdout and stderr, by Python or not, while something short is done, one at a time, and the exception that ended it."""
    told, raised = io.StringIO(), None
    with _HEARING, suppress(OSError):
        reads, writes = os.pipe()
        os.set_blocking(reads, False)  # another process may hold the other end
        os.set_blocking(writes, False)
        _flush()
        kept = [(number, os.dup(number)) for number in (1, 2)]
        for number, _ in kept:
            os.dup2(writes, number)
        os.close(writes)
        try:
            with redirect_stdout(told), redirect_stderr(told):
                act()
        except Exception as error:
            raised = error
        finally:
            _flush()
            for number, copy in kept:
                os.dup2(copy, number)
                os.close(copy)
        with os.fdopen(reads, "rb") as native:
            told.write((native.read(_MOST) or b"").decode(errors="replace"))
    return told.getvalue(), raised


def _flush() -> None:
    """What Python and C hold back goes where stdout leads now."""
    import ctypes

    with suppress(AttributeError, OSError, ValueError):
        sys.stdout.flush()
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).fflush(None)


@cache
def first_banner(name: str) -> None:
    """Let a solver print the banner of its first model in a process, before any option can be set."""
    if name in _BANNERS:
        with silent(), redirect_stdout(io.StringIO()):
            _BANNERS[name]()


def _first_highs() -> None:
    import highspy

    highspy.Highs()


def _first_gurobi() -> None:
    """Without a licence the first model fails; CVXPY says so at the next."""
    import gurobipy  # pyright: ignore[reportMissingImports]

    with suppress(gurobipy.GurobiError):  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
        gurobipy.Model().dispose()  # pyright: ignore[reportUnknownMemberType]


_BANNERS: Final[dict[str, Callable[[], None]]] = {"HIGHS": _first_highs, "GUROBI": _first_gurobi}
