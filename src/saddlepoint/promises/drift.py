"""An alarm on misses that come too often, with a bounded chance of a false one."""

from __future__ import annotations

from typing import Final

import numpy as np

from saddlepoint.arrays import Array, Index, Mask

FALSE: Final = 0.005
"""Chance of an alarm over the whole run where the promise holds at every origin."""
_BETS: Final = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8)


def alarm(misses: Mask, promise: float) -> int | None:
    """The origin from which misses came too often, None where no alarm is raised.

    Shiryaev–Roberts: M(t) = (1 + M(t − 1))·(1 + λ(miss − ε)), averaged over bets λ; M(t) − t is a supermartingale
    where each miss has at most the probability ε, so M reaches T/FALSE with a chance of at most FALSE. The start is
    the one whose product is largest. Source: J. Shin, A. Ramdas, A. Rinaldo, E-detectors, New England J. Statist. Data
    Sci. 2 (2023) 229–260.
    """
    place = int(alarms(misses[None, :], promise)[0])
    return None if place < 0 else _start(_factors(misses[: place + 1], promise))


def alarms(misses: Mask, promise: float) -> Index:
    """The origin at which an alarm is raised in each row of misses (r, T), −1 where none is; (r,)."""
    count = misses.shape[1]
    factors = _factors(misses, promise)
    total, limit = np.zeros(factors.shape[:2]), count / FALSE
    found = np.full(len(misses), -1, dtype=np.int64)
    for now in range(count):
        total = (1.0 + total) * factors[:, :, now]
        found[(found < 0) & (total.mean(axis=0) >= limit)] = now
    return found


def _factors(misses: Mask, promise: float) -> Array:
    """1 + λ(miss − ε) for each bet λ; (bets, …, T)."""
    tail = 1.0 - promise
    bets = np.array(_BETS).reshape(-1, *(1,) * misses.ndim) / tail
    return 1.0 + bets * (misses - tail)


def _start(factors: Array) -> int:
    """Where the product of the factors up to the alarm is largest."""
    logs = np.log(np.maximum(factors, 1e-300))
    after = np.cumsum(logs[:, ::-1], axis=1)[:, ::-1]
    return int(np.unravel_index(np.argmax(after), after.shape)[1])
