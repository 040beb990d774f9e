"""What a coupled run is asked and what it answers: settings, the way, the verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np

from saddlepoint.algebra.columnar import Columnar, Notes
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.model.model import Problem
from saddlepoint.records import dataclass
from saddlepoint.solve.label import Answer
from saddlepoint.solve.solution import Status

State = Mapping[str, Array]
Scheme = Literal["gauss_seidel", "damped", "anderson", "auto"]
Progress = Callable[[int, int], None]

USUAL_LIMIT = 20
"""Sweeps after the first where no limit is given."""

LONGEST = 400
"""Sweeps after the first where no limit is given and a scenario still comes nearer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupling:
    """How to iterate.

    norm, relative_tolerance: the stopping test (study.coupling.norms); limit: sweeps after the first (None: USUAL_LIMIT,
    and on to LONGEST for scenarios that they bring nearer); scheme: gauss_seidel, damped (the next sweep starts from
    old + damping · (new − old)), anderson (mixing the last `memory` sweeps), or auto: these in turn where the one
    before fails. check, skip: tables the test looks at (None = all decided
    ones). starts: points to start from (more than 1 looks for the best fixed point); seed: of random starts.
    """

    norm: str = "l2"
    relative_tolerance: float = 0.01
    limit: int | None = None
    scheme: Scheme = "gauss_seidel"
    damping: float = 0.5
    memory: int = 3
    check: tuple[str, ...] | None = None
    skip: tuple[str, ...] = ()
    starts: int = 1
    seed: int = 0

    @property
    def sweeps(self) -> int:
        """Sweeps after the first that every scenario gets."""
        return USUAL_LIMIT if self.limit is None else self.limit


@dataclass(frozen=True, slots=True)
class Trace(Columnar):
    """The way of every scenario.

    tables: T watched tables; changes: (S, sweeps after the first, T), NaN after a scenario's last sweep;
    thresholds: (S, T); iterations: (S,) sweeps after the first.
    """

    tables: tuple[str, ...]
    changes: Array
    thresholds: Array
    iterations: Index


@dataclass(frozen=True, slots=True, kw_only=True)
class JointProof(Columnar):
    """What is proven of the sub-problems of a loop taken together, for S scenarios, in the sense of their objectives.

    best: (S,) the joint objective of the best plan found; bound: (S,) what no plan can beat; gap: (S,) |best − bound| / |best|; NaN where
    nothing is proven. boxes: (S,) looked at; tied: (S,) whether another plan is as good; unproven: scenario → why there is no bound.
    """

    best: Array
    bound: Array
    gap: Array
    boxes: Index
    tied: Mask
    unproven: Notes

    @property
    def known(self) -> Mask:
        """(S,) whether something is proven."""
        return np.isfinite(self.gap)

    @property
    def open(self) -> Mask:
        """(S,) whether something is proven and a gap is left: more than GAP and the rounding of the test for it."""
        from saddlepoint.solve.bilinear.branch import GAP

        return self.known & ~(self.gap <= 2 * GAP)

    @classmethod
    def none(cls, size: int, why: str = "") -> JointProof:
        """Nothing proven of so many scenarios."""
        return cls.filled(size, unproven=Notes(dict.fromkeys(range(size), why)) if why else Notes())


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupled(Columnar):
    """The verdict on a loop for S scenarios.

    answers: problem → its answer at the common point, with status fixed_point only where every sub-problem's
    certificate holds at that point. joint: (S,) objectives added up, NaN where senses are mixed or there is none.
    found: (S,) number of different certified fixed points seen. notes: scenario (position) → what failed.
    """

    answers: Mapping[str, Answer]
    trace: Trace
    joint: Array
    found: Index
    notes: Notes
    proof: JointProof

    @property
    def certified(self) -> Mask:
        """(S,) whether the scenario is a certified fixed point."""
        return np.all([a.solution.status == Status.FIXED_POINT for a in self.answers.values()], axis=0)


def joint_sense(problems: Sequence[Problem]) -> int:
    """+1 or −1 if all objectives of a loop have that sense, 0 if there is none or they are mixed."""
    senses = {p.sense for p in problems if p.sense}
    return senses.pop() if len(senses) == 1 else 0
