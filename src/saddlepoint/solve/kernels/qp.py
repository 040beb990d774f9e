"""Many small dense convex quadratic problems at once: exact active sets by principal pivots from a solved neighbour."""

from __future__ import annotations

from saddlepoint.algebra.structure import Batch
from saddlepoint.solve.kernels import cache
from saddlepoint.solve.kernels.answer import Basis, KernelAnswer
from saddlepoint.solve.kernels.form import data, not_continuous_rows, quadratic_scales
from saddlepoint.solve.kernels.pilot import first_basis
from saddlepoint.solve.kernels.unproven import withdraw

MAX_PAIRS = 200


def unsupported_reason(batch: Batch) -> str | None:
    """Why this batch is not for the quadratic kernel; None when it is (a linear objective is fine, too)."""
    structure = batch.structure
    if (reason := not_continuous_rows(structure)) is not None:
        return reason
    if structure.n + structure.m > MAX_PAIRS:
        return f"{structure.n} variables and {structure.m} rows are too many for a dense tableau"
    return None


def pilot(batch: Batch) -> Basis | None:
    """The active set of the mean of all scenarios, else of the first one that has an optimum; None without.

    Raises ImportError without numba.
    """
    return first_basis(batch, solve)


def solve(batch: Batch, basis: Basis | None = None, limit: int | None = None) -> KernelAnswer:
    """Answers of all scenarios of a convex quadratic (or linear) batch, each started from `basis` (the pilot's).

    basis: BASIC columns lie between their bounds, BASIC rows between their sides; any combination may be given. P may be
    singular. The same scenario gets the same answer in any batch with the same basis. limit: pivots per scenario.
    Holds no GIL while it works. A scenario whose P is not positive semidefinite has outcome NOT_CONVEX. Raises
    ImportError without numba, ValueError when the batch does not fit.

    The start is made optimal by shifting data, the shifts are taken back along a parametric path of principal
    pivots (Cottle, Pang & Stone 1992, ch. 4; Best 1996); one step of iterative refinement ends it.
    """
    if (reason := unsupported_reason(batch)) is not None:
        raise ValueError(f"not for the quadratic kernel: {reason}")
    n, m = batch.structure.n, batch.structure.m
    if basis is None:
        basis = pilot(batch) or Basis.slack(n, m)
    answer = KernelAnswer.blank(batch.size, n, m)
    kernel = cache.load("qp")
    kernel.qp(data(batch, quadratic_scales(batch), basis.codes, limit), kernel.blank_room(n, m), answer)
    cache.note("qp")
    answer.objective[:] += batch.r[:, 0]
    withdraw(batch, answer)
    return answer
