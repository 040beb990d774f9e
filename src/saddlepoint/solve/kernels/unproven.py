"""Claims of a kernel that its own vectors do not carry are withdrawn: those scenarios go to a solver."""

from __future__ import annotations

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.solve.kernels.answer import KernelAnswer, Outcome

NOTHING = 1e-12
"""A gain, or a descent, below this part of its terms is rounding."""


def withdraw(batch: Batch, answer: KernelAnswer) -> None:
    """Mark INACCURATE what claims to be infeasible without a gain, or unbounded along a ray that does not descend.

    The answer belongs to the caller, who has just made it. An unbounded scenario without a ray (NaN) is left as it is.
    """
    _without_gain(batch, answer)
    _without_descent(batch, answer)


def _without_gain(batch: Batch, answer: KernelAnswer) -> None:
    claimed = np.flatnonzero(answer.outcome == Outcome.INFEASIBLE)
    if not len(claimed):
        return
    part = batch.take(claimed)
    gain, size = np.zeros(len(claimed)), np.zeros(len(claimed))
    for dual, low, high in ((answer.y[claimed], part.l, part.u), (answer.z[claimed], part.lb, part.ub)):
        side = np.where(dual > 0, low, np.where(dual < 0, high, 0.0))
        terms = np.where(dual == 0, 0.0, dual * np.nan_to_num(side, posinf=0.0, neginf=0.0))
        gain += terms.sum(axis=1)
        size += np.abs(terms).sum(axis=1)
    answer.outcome[claimed[gain <= NOTHING * size]] = Outcome.INACCURATE


def _without_descent(batch: Batch, answer: KernelAnswer) -> None:
    claimed = np.flatnonzero(answer.outcome == Outcome.UNBOUNDED)
    if not len(claimed):
        return
    terms = answer.x[claimed] * batch.take(claimed).q
    flat = terms.sum(axis=1) >= -NOTHING * np.abs(terms).sum(axis=1)
    answer.outcome[claimed[flat]] = Outcome.INACCURATE
