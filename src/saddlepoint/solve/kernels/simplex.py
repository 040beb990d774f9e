"""Many small linear problems at once: dense bounded simplex from the basis of a solved neighbour."""

from __future__ import annotations

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.solve.kernels import cache
from saddlepoint.solve.kernels.answer import Basis, KernelAnswer
from saddlepoint.solve.kernels.form import contiguous, geometric_scales, mean

MAX_ENTRIES = 400_000


def misfit(batch: Batch) -> str | None:
    """Why this batch is not for the simplex kernel; None when it is."""
    structure = batch.structure
    if structure.is_integer:
        return "it has integer variables"
    if structure.is_conic:
        return "it has cones"
    if structure.is_quadratic:
        return "its objective is quadratic"
    if structure.m * structure.n > MAX_ENTRIES:
        return f"a dense tableau of {structure.m} × {structure.n} is too large to gain over a sparse solver"
    return None


def pilot(batch: Batch) -> Basis | None:
    """The optimal basis of the mean of all scenarios, else of the first one that has an optimum; None without.

    Raises ImportError without numba.
    """
    probes = [mean(batch)] if batch.size > 1 else []
    probes += [batch.take(np.array([s])) for s in range(min(batch.size, 3))]
    cold = Basis.slack(batch.structure.n, batch.structure.m)
    for probe in probes:
        answer = solve(probe, cold)
        if answer.done[0]:
            return answer.basis_of(0)
    return None


def solve(batch: Batch, basis: Basis | None = None, limit: int | None = None) -> KernelAnswer:
    """Answers of all scenarios of a linear batch, each started from `basis` (the pilot's by default).

    The same scenario gets the same answer in any batch with the same basis. limit: pivots per scenario and phase.
    Holds no GIL while it works: callers may run chunks (`batch.take`) in threads. Raises ImportError without numba,
    ValueError when the batch does not fit.

    Dual simplex with cost shifting and bound flipping, then primal simplex; prices are the reduced costs of row
    activities (Dantzig 1963; Koberstein 2005, ch. 3–4).
    """
    if (reason := misfit(batch)) is not None:
        raise ValueError(f"not for the simplex kernel: {reason}")
    n, m = batch.structure.n, batch.structure.m
    if basis is None:
        basis = pilot(batch) or Basis.slack(n, m)
    answer = KernelAnswer.blank(batch.size, n, m)
    rows, columns = geometric_scales(batch)
    pattern = batch.structure.A
    cache.load("simplex").simplex(
        pattern.indptr.astype(np.int64),
        pattern.indices.astype(np.int64),
        *(contiguous(array) for array in (batch.A, batch.q, batch.l, batch.u, batch.lb, batch.ub, rows, columns)),
        basis.codes,
        20 * (n + m) + 100 if limit is None else limit,
        answer.x,
        answer.y,
        answer.z,
        answer.objective,
        answer.iterations,
        answer.outcome,
        answer.basis,
    )
    cache.note("simplex")
    answer.objective[:] += batch.r[:, 0]
    return answer
