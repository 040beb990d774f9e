"""Scenarios of small linear problems several at a time, before those that this leaves are looked at one by one."""

from __future__ import annotations

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Index
from saddlepoint.records import dataclass
from saddlepoint.solve.kernels import cache
from saddlepoint.solve.kernels.answer import KernelAnswer
from saddlepoint.solve.kernels.form import Data
from saddlepoint.solve.kernels.known_bases import COMPILE_SECONDS, SWEEPS

LARGEST = 300
"""Rows × columns up to which dictionaries side by side stay in the nearest caches (a third less time at 50, a tenth at 200, none at 450)."""
FEWEST = 1_000
"""Scenarios of a batch from which on a trial is a small part of it."""
TRIAL = 64
"""Scenarios after which those that were left are counted."""
SAVED_SIDES, SAVED_COSTS, SAVED_MATRIX = 5e-8, 2e-7, 4e-7
"""Seconds saved per scenario where right-hand sides and bounds alone vary, where costs do, and where matrices do (measured)."""
LOAD_SECONDS = 0.025
"""What loading the compiled code costs a process that has loaded the simplex (measured)."""


@dataclass(slots=True)
class Lanes:
    """Tries scenarios of one batch in step. data: the batch; answer: where what is answered is written; pays: whether to go on."""

    data: Data
    answer: KernelAnswer
    pays: bool

    @classmethod
    def of(cls, batch: Batch, data: Data, answer: KernelAnswer, expected: int) -> Lanes:
        """expected: scenarios of the whole sweep, of which the batch may be a chunk: they pay for loading and compiling."""
        return cls(data, answer, steps_pay(batch, expected))

    def left_of(self, which: Index) -> Index:
        """The scenarios without an answer of those tried, (·,); where ties are the rule all that come after the first ones are left, too."""
        if not self.pays:
            return which
        first = self._tried(which[:TRIAL])
        self.pays = 2 * len(first) <= min(len(which), TRIAL)
        rest = which[TRIAL:]
        return np.concatenate([first, self._tried(rest) if self.pays and len(rest) else rest])

    def _tried(self, which: Index) -> Index:
        cache.load("lanes").lanes(self.data, which, self.answer)
        cache.note("lanes")
        return which[~self.answer.done[which]]


def steps_pay(batch: Batch, expected: int) -> bool:
    """Whether scenarios of this batch are tried in step, in a sweep of so many like them."""
    small = batch.structure.m * batch.structure.n <= LARGEST and batch.size >= FEWEST
    saved = SAVED_MATRIX if len(batch.A) > 1 else SAVED_COSTS if len(batch.q) > 1 else SAVED_SIDES
    return small and _is_ready(max(batch.size, expected) * saved)


def _is_ready(seconds: float) -> bool:
    """Whether the compiled code is at hand, or so many seconds saved pay for loading it, twenty times as many for compiling it."""
    if cache.loaded("lanes"):
        return True
    return seconds > LOAD_SECONDS if cache.ready("lanes") else SWEEPS * seconds > COMPILE_SECONDS
