"""Claims of a kernel that its own vectors do not carry are withdrawn: those scenarios go to a solver."""

from __future__ import annotations

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.solve.kernels.answer import KernelAnswer, Outcome
from saddlepoint.solve.proof.exclusion import ROUNDED, exclusion
from saddlepoint.solve.proof.weak_duality import LOST


def withdraw(batch: Batch, answer: KernelAnswer) -> None:
    """Mark INACCURATE what claims to be infeasible without a gain, or unbounded along a ray that does not descend.

    The gain is made of y alone: after very many pivots z may no longer be −Aᵀy. The answer belongs to the caller, who has just
    made it. An unbounded scenario without a ray (NaN) is left as it is.
    """
    _without_gain(batch, answer)
    _without_descent(batch, answer)


def _without_gain(batch: Batch, answer: KernelAnswer) -> None:
    claimed = np.flatnonzero(answer.outcome == Outcome.INFEASIBLE)
    if not len(claimed):
        return
    carried = exclusion(batch.take(claimed), answer.y[claimed]).exceeds(ROUNDED, LOST)
    answer.outcome[claimed[~carried]] = Outcome.INACCURATE


def _without_descent(batch: Batch, answer: KernelAnswer) -> None:
    claimed = np.flatnonzero(answer.outcome == Outcome.UNBOUNDED)
    if not len(claimed):
        return
    terms = answer.x[claimed] * batch.take(claimed).q
    flat = terms.sum(axis=1) >= -ROUNDED * np.abs(terms).sum(axis=1)
    answer.outcome[claimed[flat]] = Outcome.INACCURATE
