"""What scenarios have spent of a limit of time, the same for each of them, and what is left."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager

import numpy as np

from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.records import dataclass

NEAR_END = 0.9
"""Share of its time after which a scenario gets no other attempt."""
AT_LEAST = 0.5
"""Seconds that answers may be made exact in, however late they come."""


@dataclass(slots=True)
class TimeSpent:
    """limit: seconds of every scenario, None without one; spent: (S,) seconds of each, changed in place."""

    limit: float | None
    spent: Array

    def left(self, scenario: int) -> float | None:
        """The seconds that a scenario has left; None without a limit."""
        return None if self.limit is None else self.limit - float(self.spent[scenario])

    def left_of(self, where: Index, more: Array) -> float | None:
        """The seconds that the scenarios `where` have left together to make answers exact that took `more` seconds each, AT_LEAST in any case; None without a limit."""
        if self.limit is None:
            return None
        return max(AT_LEAST, float(np.maximum(0.0, self.limit - self.spent[where] - more).sum()))

    @contextmanager
    def of(self, where: Index) -> Generator[None]:
        """What is done inside counts as time of the scenarios `where`, as much for each, where solvers told less."""
        began, before = time.perf_counter(), self.spent[where]
        yield
        mean = (time.perf_counter() - began) / max(1, len(where))
        self.spent[where] = np.maximum(self.spent[where], before + mean)

    def is_over(self, where: Index) -> Mask:
        """Of the scenarios `where`, those with no time for another attempt; a limit of iterations is no end of time."""
        return (
            np.zeros(len(where), np.bool_)
            if self.limit is None
            else self.spent[where] >= NEAR_END * self.limit
        )
