"""Where the scenarios of a batch start from: one basis that was optimal for a scenario like them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.solve.kernels.answer import Basis, KernelAnswer
from saddlepoint.solve.kernels.form import mean


def first_basis(batch: Batch, solve: Callable[[Batch, Basis], KernelAnswer]) -> Basis | None:
    """The optimal basis of the mean of all scenarios, else of the first of three that has an optimum; None without."""
    cold = Basis.slack(batch.structure.n, batch.structure.m)
    for probe in _probes(batch):
        answer = solve(probe, cold)
        if answer.done[0]:
            return answer.basis_of(0)
    return None


def _probes(batch: Batch) -> Iterator[Batch]:
    if batch.size > 1:
        yield mean(batch)
    for s in range(min(batch.size, 3)):
        yield batch.take(np.array([s]))
