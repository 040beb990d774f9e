"""Known bases of a batch of linear or quadratic problems: bases that are optimal for many of its scenarios, found in a sample and tried before all else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.records import dataclass
from saddlepoint.solve.kernels import cache
from saddlepoint.solve.kernels.answer import BASIC, LOWER, KernelAnswer
from saddlepoint.solve.kernels.basis_maps import Maps, maps, numbers, places
from saddlepoint.solve.kernels.form import spread

PARTS = (32, 224, 768)
"""Sizes of the parts of a sample."""
FIRST = 0.02
"""What the first part of a sample may cost beside the answers it gives, as a share of the sweep without known bases."""
SPENT = 0.3
"""Of what is saved so far, the share that may be spent on the next part."""
WORTH = 0.25
"""The share of the time of a sweep that known bases are to save: less is within what these estimates err by."""
COMPILE_SECONDS = 6.0
"""What compiling the trial costs, once per machine."""
SWEEPS = 20
"""Sweeps like this one that compiling is to pay for."""


@dataclass(frozen=True, slots=True)
class KnownBases:
    """Known optimal bases of one matrix, the most frequent first: codes (K, n + m), int8 as in `Basis`; fixed (n + m,): the columns
    and rows that have one value in every scenario."""

    codes: NDArray[np.int8]
    fixed: Mask

    @classmethod
    def none(cls, n: int, m: int) -> KnownBases:
        return cls(np.zeros((0, n + m), np.int8), np.zeros(n + m, bool))


@dataclass(frozen=True, slots=True)
class ScenarioSolver:
    """What answers scenarios from one start. solve: numbers of scenarios → their answers, written into `answer`; usual: pivots of a scenario before any is
    solved; seconds: what a scenario with so many pivots takes."""

    answer: KernelAnswer
    solve: Callable[[Index], None]
    usual: float
    seconds: Callable[[float], float]


def sweep(
    batch: Batch, scales: tuple[Array, Array], solver: ScenarioSolver, known: KnownBases | None
) -> KernelAnswer:
    """All scenarios: by known bases (None: those of a sample), what is left by the solver itself."""
    rest = np.arange(batch.size)
    if known is None:
        drawn, known = survey(batch, solver, batch.size)
        rest = np.delete(rest, drawn)
    if len(known.codes) and len(rest) and _fits(batch, known):
        _try(batch, maps(batch, scales, known.codes, known.fixed), rest, solver.answer)
        rest = rest[~solver.answer.done[rest]]
    if len(rest):
        solver.solve(rest)
    return solver.answer


def _try(batch: Batch, found: Maps, which: Index, answer: KernelAnswer) -> None:
    """Answers of the scenarios `which` that have one of the known bases."""
    if len(found.codes):
        jit = cache.load("known_bases")
        block = jit.blank_block(places(batch)[1], len(found.fixed))
        jit.known_bases(numbers(batch), found, block, which, answer)
        cache.note("known_bases")


def _fits(batch: Batch, known: KnownBases) -> bool:
    """Whether one matrix is that of all scenarios, and held what known bases take for held."""
    one = len(batch.A) == 1 and len(batch.P) == 1
    return one and not (known.fixed & ~fixed_in_all(batch)).any()


def of_sample(batch: Batch, solver_of: Callable[[Batch], ScenarioSolver]) -> KnownBases:
    """The known bases of a batch, from a sample that `solver_of` makes a solver of; none where they would not pay."""
    some = batch.take(spread(batch.size, 0, sum(PARTS)))
    return survey(some, solver_of(some), batch.size)[1]


def survey(batch: Batch, solver: ScenarioSolver, size: int) -> tuple[Index, KnownBases]:
    """Scenarios that were solved as a sample, (count,), and the known bases of a sweep of `size` like them; none where they would not pay."""
    n, m = batch.structure.n, batch.structure.m
    none, drawn = KnownBases.none(n, m), np.zeros(0, np.int64)
    if len(batch.A) > 1 or len(batch.P) > 1:
        return drawn, none
    fixed = fixed_in_all(batch)
    usual = solver.seconds(solver.usual)
    seen, found, codes = Counter[bytes](), Found([], FIRST / SPENT * usual, 1.0), solver.answer.basis
    for part in PARTS:
        hoped = min(found.gain, found.left * usual)
        if len(drawn) + part > batch.size or CALL + part * (found.gain + COUNT) > SPENT * hoped * size:
            break
        sample = np.setdiff1d(spread(batch.size, len(drawn), len(drawn) + part), drawn)
        solver.solve(sample)
        drawn = np.concatenate([drawn, sample])
        some = codes[sample[solver.answer.done[sample]]]
        seen.update(row.tobytes() for row in np.where(fixed & (some != BASIC), LOWER, some))
        usual = solver.seconds(float(solver.answer.iterations[drawn].mean()))
        found = paying(seen, len(drawn), usual, batch, size)
        if not found.codes:
            return drawn, none
    if not found.codes or not _is_ready(found.gain * size):
        return drawn, none
    kept = np.frombuffer(b"".join(found.codes), np.int8).reshape(len(found.codes), n + m)
    return drawn, KnownBases(kept, fixed)


def _is_ready(seconds: float) -> bool:
    """Whether the trial is compiled, or pays for it in some sweeps that save so many seconds each."""
    return cache.ready("known_bases") or SWEEPS * seconds > COMPILE_SECONDS


@dataclass(frozen=True, slots=True)
class Found:
    """Bases that pay, the most frequent first; the seconds per scenario that they save; the share of scenarios that have none of them."""

    codes: list[bytes]
    gain: float
    left: float


def paying(seen: Counter[bytes], taken: int, seconds: float, batch: Batch, size: int) -> Found:
    """So many of the bases that one more would cost more than it saves in a sweep of `size`.

    seen: how often each was optimal in a sample of `taken` scenarios, which take `seconds` each by the solver. One in each count is left out: a basis
    that was seen once stands for those that were not, and nothing is known of its share (Good 1953).
    """
    pairs = batch.structure.n + batch.structure.m
    trying, writing = trial_seconds(batch), WRITE * pairs
    ready = (READY + READY_TERM * pairs**3) / size
    codes: list[bytes] = []
    gain, left = 0.0, 1.0
    for code, count in seen.most_common():
        more = (count - 1) / taken * (seconds - writing) - left * trying - ready
        if more <= 0.0:
            break
        codes.append(code)
        gain += more
        left -= count / taken
    return Found(codes, gain, left) if gain > WORTH * seconds else Found([], 0.0, 1.0)


CALL = 6e-5
"""Seconds of a call of a kernel and of judging what it finds."""
COUNT = 6e-7
"""Seconds of counting a basis."""
READY, READY_TERM = 1.4e-5, 1.2e-9
"""Seconds of making a map of a basis, and per cube of its pairs (measured at 15 and 60)."""
STEP = 2e-10
"""Seconds of a loop over a block, per scenario in it (measured)."""
WRITE = 4e-9
"""Seconds of writing an answer, per pair (measured)."""


def trial_seconds(batch: Batch) -> float:
    """Seconds per scenario of trying a basis. Prices of own costs are made for those within all limits alone, which are a few times as many as it solves."""
    n, m, moving = batch.structure.n, batch.structure.m, places(batch)[1]
    if batch.structure.is_quadratic:
        return 1.5 * (n + m) / 2 * (moving / 4 + 3) * STEP
    priced = len(batch.q) > 1
    sides = min(n, moving - n if priced else moving)
    return (2 if priced else 1) * m * (sides / 4 + 3) * STEP


def fixed_in_all(batch: Batch) -> Mask:
    """(n + m,) which columns and rows have lo = hi in every scenario."""
    found = [low[0] == high[0] for low, high in ((batch.lb, batch.ub), (batch.l, batch.u))]
    if found[0].any():
        found[0] &= (batch.lb == batch.ub).all(axis=0)
    if found[1].any():
        found[1] &= (batch.l == batch.u).all(axis=0)
    return np.concatenate(found)
