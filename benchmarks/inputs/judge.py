"""What an input may end in, and what it may not: raw errors, defects, findings without code or place, hangs."""

from __future__ import annotations

import signal
import traceback
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from saddlepoint.errors import Diagnostic, SaddleError
from saddlepoint.errors.codes import CODES

PATIENCE = 5.0
"""Seconds of the processor that one input may take."""


class TooLong(BaseException):
    """An input takes longer than it may; no `except Exception` on the way catches it."""


@dataclass
class Trial:
    """What came of one input: the codes of its findings, the stages it passed, and what is wrong with them."""

    codes: set[str] = field(default_factory=set)
    passed: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def stage(self, name: str, call: Callable[[], Any]) -> Any:
        """What a call gives; None where it ended in findings (kept) or in a fault (kept too)."""
        try:
            given = call()
        except SaddleError as error:
            self.judge(name, error.diagnostics)
            return None
        except Exception as error:
            self.faults.append(f"{name}: {described(error)}")
            return None
        self.passed.append(name)
        return given

    def judge(self, name: str, found: Iterable[Diagnostic]) -> None:
        """Findings: each has a registered code, a sentence, a place where it speaks of the user's material, and says nothing of Python."""
        for each in found:
            self.codes.add(each.code)
            if each.code not in CODES:
                self.faults.append(f"{name}: the code {each.code!r} is not registered")
            if not each.message.strip() or "Traceback" in each.message:
                self.faults.append(f"{name}: {each.code} says {each.message[:200]!r}")
            if each.code[0] in "EYSMCRDF" and not _located(each):
                self.faults.append(f"{name}: {each.code} has no place: {each.message[:200]}")


def _located(found: Diagnostic) -> bool:
    mark = found.mark
    return bool(mark.source or mark.cell or mark.text or mark.line)


def described(error: BaseException) -> str:
    """The type, the text and the last places of an error."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "benchmarks" not in f.filename]
    places = [f"{f.filename.split('saddlepoint/')[-1]}:{f.lineno}" for f in frames[-3:]]
    return f"{type(error).__name__}: {str(error)[:300]} ({' < '.join(reversed(places))})"


@contextmanager
def patience(seconds: float = PATIENCE) -> Generator[None]:
    """TooLong after so many seconds of the processor, where Python runs at all (who waits outside ends a native call)."""

    def late(_number: int, _frame: Any) -> None:
        raise TooLong

    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.signal(signal.SIGPROF, before)
