"""Ctrl-C in a long integer search: the best plan so far is kept, and a second one ends at once."""

from __future__ import annotations

import math
import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from saddlepoint.cli.output import echo


class Enough:
    """Whether somebody has said that the best plan so far is enough; told of a search as `lab.run(searching=…)` is, it tells on."""

    def __init__(self, tell: Callable[[float, float], None]) -> None:
        self._tell, self._planned, self._said = tell, False, threading.Event()

    def __call__(self) -> bool:
        return self._said.is_set()

    def told(self, plan: float, bound: float) -> None:
        """How far the search is: the objective of the best plan so far, infinite without one, and the bound."""
        self._planned = math.isfinite(plan)
        self._tell(plan, bound)

    @contextmanager
    def heard(self) -> Generator[None]:
        """Inside, the first Ctrl-C says that it is enough where there is a plan; others, and those before one, do what they did."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.getsignal(signal.SIGINT)

        def hear(number: int, frame: Any) -> None:
            signal.signal(signal.SIGINT, before)
            if not self._planned:
                signal.raise_signal(number)
                return
            self._said.set()
            echo("Ending with the best plan so far; Ctrl-C again ends at once and keeps nothing.", err=True)

        signal.signal(signal.SIGINT, hear)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)
