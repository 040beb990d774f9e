"""How much may be done after a solver, set around it and heeded inside: words of numbers that rational arithmetic works on, and a time, for factorisations too."""

from __future__ import annotations

import math
import time
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

from saddlepoint.records import dataclass


class TooLong(ArithmeticError):
    """The effort is used up; the text says so."""


@dataclass(slots=True)
class Effort:
    """What is left. words: of 64 bits; until: on the clock of perf_counter; ended: whether something inside was given up."""

    words: float
    until: float
    ended: bool = False


_current: ContextVar[Effort | None] = ContextVar("effort", default=None)


@contextmanager
def bounded(seconds: float | None = None, words: float = math.inf) -> Generator[Effort]:
    """Inside, rational arithmetic raises TooLong beyond so many seconds (None: no end) or words, or those around it."""
    outer = _current.get()
    until = math.inf if seconds is None else time.perf_counter() + seconds
    if outer is not None:
        words, until = min(words, outer.words), min(until, outer.until)
    effort = Effort(words, until)
    token = _current.set(effort)
    try:
        yield effort
    finally:
        _current.reset(token)
        if outer is not None and words < math.inf:
            outer.words -= words - effort.words
        if outer is not None:
            outer.ended |= effort.ended


def seconds_left() -> float:
    """The seconds that are left, inf where no time is set: who is about to repeat what took longer gives up, as a factorisation hears nothing."""
    effort = _current.get()
    return math.inf if effort is None else effort.until - time.perf_counter()


def spend(words: int) -> None:
    """Take from the effort that is left; TooLong where it is used up."""
    effort = _current.get()
    if effort is None:
        return
    effort.words -= words
    if effort.words < 0 or time.perf_counter() > effort.until:
        effort.ended = True
        raise TooLong("it would take longer than it may")
