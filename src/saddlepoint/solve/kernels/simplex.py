"""Many small linear problems at once: dense bounded simplex from the basis of a solved neighbour."""

from __future__ import annotations

from saddlepoint.algebra.structure import Batch
from saddlepoint.solve.kernels import cache
from saddlepoint.solve.kernels.answer import Basis, KernelAnswer
from saddlepoint.solve.kernels.form import data, geometric_scales, not_continuous_rows
from saddlepoint.solve.kernels.pilot import first_basis
from saddlepoint.solve.kernels.unproven import withdraw

MAX_ENTRIES = 400_000


def unsupported_reason(batch: Batch) -> str | None:
    """Why this batch is not for the simplex kernel; None when it is."""
    structure = batch.structure
    if (reason := not_continuous_rows(structure)) is not None:
        return reason
    if structure.is_quadratic:
        return "its objective is quadratic"
    if structure.m * structure.n > MAX_ENTRIES:
        return f"a dense tableau of {structure.m} × {structure.n} is too large to gain over a sparse solver"
    return None


def pilot(batch: Batch) -> Basis | None:
    """The optimal basis of the mean of all scenarios, else of the first one that has an optimum; None without.

    Raises ImportError without numba.
    """
    return first_basis(batch, solve)


def solve(batch: Batch, basis: Basis | None = None, limit: int | None = None) -> KernelAnswer:
    """Answers of all scenarios of a linear batch, each started from `basis` (the pilot's by default).

    The same scenario gets the same answer in any batch with the same basis. limit: pivots per scenario and phase.
    Holds no GIL while it works: callers may run chunks (`batch.take`) in threads. Raises ImportError without numba,
    ValueError when the batch does not fit.

    Dual simplex with cost shifting and bound flipping, then primal simplex; prices are the reduced costs of row
    activities (Dantzig 1963; Koberstein 2005, ch. 3–4).
    """
    if (reason := unsupported_reason(batch)) is not None:
        raise ValueError(f"not for the simplex kernel: {reason}")
    n, m = batch.structure.n, batch.structure.m
    if basis is None:
        basis = pilot(batch) or Basis.slack(n, m)
    answer = KernelAnswer.blank(batch.size, n, m)
    cache.load("simplex").simplex(data(batch, geometric_scales(batch), basis.codes, limit), answer)
    cache.note("simplex")
    answer.objective[:] += batch.r[:, 0]
    withdraw(batch, answer)
    return answer
