"""Known bases of a batch of linear problems: bases that are optimal for many of its scenarios, found in a sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Mask
from saddlepoint.records import dataclass
from saddlepoint.solve.kernels.answer import BASIC, LOWER, KernelAnswer

PARTS = (16, 48, 192)
"""Sizes of the parts of a sample."""
USUAL = 1.5
"""Pivots of a scenario, before any is solved."""
FIRST = 0.03
"""What the first part of a sample may cost, as a share of the sweep by the simplex alone."""
SPENT = 0.15
"""Of what is saved so far, the share that may be spent on the next part."""
WORTH = 0.15
"""The share of the time of the simplex that known bases are to save: less is within what these estimates err by."""
GOLDEN = 0.6180339887498949


@dataclass(frozen=True, slots=True)
class KnownBases:
    """Known optimal bases of one matrix, the most frequent first: codes (K, n + m), int8 as in `Basis`; fixed (n + m,): the columns
    and rows that have one value in every scenario."""

    codes: NDArray[np.int8]
    fixed: Mask

    @classmethod
    def none(cls, n: int, m: int) -> KnownBases:
        return cls(np.zeros((0, n + m), np.int8), np.zeros(n + m, bool))


def survey(batch: Batch, solve: Callable[[Batch], tuple[KernelAnswer, Mask]]) -> KnownBases:
    """The known bases of a batch, from a sample; none where they would not pay.

    solve: answers of the simplex alone, and which of their bases are the only optimal ones. Sample s is the scenario at the
    fractional part of s times the golden ratio, which spreads any number of them evenly.
    """
    n, m = batch.structure.n, batch.structure.m
    none = KnownBases.none(n, m)
    if batch.A.shape[0] > 1:
        return none
    fixed = fixed_in_all(batch)
    seen, taken, pivots = Counter[bytes](), 0, 0
    found = Found([], FIRST / SPENT * pivoting_seconds(n, m, USUAL))
    for part in PARTS:
        if sampling_seconds(n, m, part) > SPENT * found.gain * batch.size:
            break
        drawn = np.arange(taken, taken + part) * GOLDEN % 1.0
        sample = batch.take((drawn * batch.size).astype(np.int64))
        answer, strict = solve(sample)
        taken += part
        pivots += int(answer.iterations.sum())
        codes = answer.basis[strict]
        seen.update(row.tobytes() for row in np.where(fixed & (codes != BASIC), LOWER, codes).astype(np.int8))
        found = paying(seen, taken, pivots, batch)
        if not found.codes:
            return none
    if not found.codes:
        return none
    kept = np.frombuffer(b"".join(found.codes), np.int8).reshape(len(found.codes), n + m)
    return KnownBases(kept, fixed)


@dataclass(frozen=True, slots=True)
class Found:
    """Bases that pay, the most frequent first, and the seconds per scenario that they save."""

    codes: list[bytes]
    gain: float


def paying(seen: Counter[bytes], taken: int, pivots: int, batch: Batch) -> Found:
    """So many of the bases that trying one more would cost more than it saves.

    seen: how often each was optimal in a sample of `taken` scenarios, which took `pivots`. One in each count is left out: a basis
    that was seen once stands for those that were not, and nothing is known of its share (Good 1953).
    """
    n, m = batch.structure.n, batch.structure.m
    saved = pivoting_seconds(n, m, pivots / taken) - writing_seconds(batch)
    passes = trying_passes(batch)
    codes: list[bytes] = []
    gain, left = 0.0, 1.0
    for code, count in seen.most_common():
        share = (count - 1) / taken
        more = share * saved - passes * (PASS + left * LANE)
        if more <= 0.0:
            break
        codes.append(code)
        gain += more
        left -= count / taken
    return Found(codes, gain) if gain > WORTH * pivoting_seconds(n, m, pivots / taken) else Found([], 0.0)


PASS = 4e-11
"""Seconds per scenario for entering a loop over a block (measured: 10 ns a block)."""
LANE = 3e-10
"""Seconds of such a loop per scenario in it (measured)."""


def trying_passes(batch: Batch) -> int:
    """How many loops over a block trying a basis takes: of points, and of reduced costs where they are not the same for all."""
    n, m = batch.structure.n, batch.structure.m
    sides = 0 if (moves := moving(batch)).sum() == 0 else m * min(n, int(moves.sum()))
    return 2 * m + sides + (n * m + n if len(batch.q) > 1 else 0)


def pivoting_seconds(n: int, m: int, pivots: float) -> float:
    """What the simplex takes for a scenario with so many pivots (measured at 10 × 5 to 50 × 20)."""
    return 0.35e-6 + 0.5e-9 * n * m * (pivots + 2.5)


def sampling_seconds(n: int, m: int, part: int) -> float:
    """What a part of a sample takes: a call of the kernel, its judgement, and the scenarios themselves (measured)."""
    return 6e-5 + 1e-6 * (n + m) + part * pivoting_seconds(n, m, USUAL)


def writing_seconds(batch: Batch) -> float:
    """What an answer of a basis takes."""
    n, m = batch.structure.n, batch.structure.m
    return 2.5e-9 * (n + m) + (1e-9 * n * m if len(batch.q) > 1 else 0.0)


def fixed_in_all(batch: Batch) -> Mask:
    """(n + m,) which columns and rows have lo = hi in every scenario."""
    found = [low[0] == high[0] for low, high in ((batch.lb, batch.ub), (batch.l, batch.u))]
    if found[0].any():
        found[0] &= (batch.lb == batch.ub).all(axis=0)
    if found[1].any():
        found[1] &= (batch.l == batch.u).all(axis=0)
    return np.concatenate(found)


def moving(batch: Batch) -> Mask:
    """(n + m,) which columns and rows have sides of every scenario's own."""
    n, m = batch.structure.n, batch.structure.m
    columns, rows = len(batch.lb) > 1 or len(batch.ub) > 1, len(batch.l) > 1 or len(batch.u) > 1
    return np.concatenate([np.full(n, columns), np.full(m, rows)])
