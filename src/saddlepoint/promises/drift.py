"""An alarm on misses that come too often, with a bounded chance of a false one."""

from __future__ import annotations

from typing import Final

import numpy as np

from saddlepoint.arrays import Mask

FALSE: Final = 0.01
"""Chance of an alarm over the whole run where the promise holds at every origin."""
_BETS: Final = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8)


def alarm(misses: Mask, promise: float, false: float = FALSE) -> int | None:
    """The origin from which misses came too often, None where no alarm is raised.

    Shiryaev–Roberts: M(t) = (1 + M(t − 1))·(1 + λ(miss − ε)), averaged over bets λ; M(t) − t is a supermartingale
    where each miss has at most the probability ε, so M reaches T/false with a chance of at most `false`. The start is
    the one whose product is largest. Source: J. Shin, A. Ramdas, A. Rinaldo, E-detectors, New England J. Statist. Data
    Sci. 2 (2023) 229–260.
    """
    tail = 1.0 - promise
    bets = np.array(_BETS) / tail
    factors = 1.0 + bets[:, None] * (misses[None, :] - tail)
    total, limit = np.zeros(len(bets)), len(misses) / false
    for now in range(len(misses)):
        total = (1.0 + total) * factors[:, now]
        if total.mean() >= limit:
            return _start(factors[:, : now + 1])
    return None


def _start(factors: np.ndarray) -> int:
    """Where the product of the factors up to the alarm is largest."""
    logs = np.log(np.maximum(factors, 1e-300))
    after = np.cumsum(logs[:, ::-1], axis=1)[:, ::-1]
    return int(np.unravel_index(np.argmax(after), after.shape)[1])
