"""Ctrl-C and the polite end (SIGTERM): the first ends a command in words, a second one kills."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from typing import Any, Final

INTERRUPTED: Final = 130
"""The exit code of a command that was interrupted."""
AGAIN: Final = 2.0
"""Seconds after which a command that has not ended is told again."""
_SOLVERS = "saddlepoint.solve.route.stages.attempt"
"""The module that is there where solvers were at work."""
_ENDING = (
    b"\nEnding: solvers get two seconds to stop; Ctrl-C once more kills the process. Earlier results stay.\n"
)

_heard: set[int] = set()


def listen() -> None:
    """From now on the first signal raises KeyboardInterrupt, and raises it again until `ended` is called."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)


def ended() -> bool:
    """Whether a signal has been heard; it is raised no more.

    Modules in native code make an ImportError or nothing of the exception that was raised in them, so that how a
    command ended does not say why.
    """
    if _heard:
        _again(0.0)
    return bool(_heard)


def say_interrupted(more: str = "") -> None:
    """Say that the command was interrupted; more: how it goes on."""
    with suppress(OSError):
        print(f"Interrupted. Earlier results are as they were{more}.", file=sys.stderr, flush=True)


def leave() -> None:
    """End at once where native solvers were at work: one that was left to itself would hold the process up, or abort."""
    if _SOLVERS in sys.modules:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(130)


def _interrupt(number: int, _frame: Any) -> None:
    """From now on a signal kills: native code may hold up one that has words of its own."""
    if not _heard and _SOLVERS in sys.modules:
        with suppress(OSError):
            os.write(2, _ENDING)
    _heard.add(number)
    sys.unraisablehook = _drop
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_DFL)
    _again(AGAIN)
    raise KeyboardInterrupt


def _drop(_unraisable: Any) -> None:
    """Nothing is said of exceptions that callbacks and ends of generators cannot raise: they are the interrupt or follow from it."""


def _again(seconds: float) -> None:
    """Interrupt once more after some seconds, never for 0; not on systems without alarms."""
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, _interrupt)
        signal.setitimer(signal.ITIMER_REAL, seconds)
