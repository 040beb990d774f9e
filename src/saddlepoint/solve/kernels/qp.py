"""Many small dense convex quadratic problems at once: exact active sets by principal pivots from a solved neighbour."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index
from saddlepoint.solve.kernels import cache
from saddlepoint.solve.kernels.answer import Basis, KernelAnswer
from saddlepoint.solve.kernels.form import data, not_continuous_rows, quadratic_scales
from saddlepoint.solve.kernels.known_bases import KnownBases, ScenarioSolver, of_sample, sweep
from saddlepoint.solve.kernels.pilot import first_basis
from saddlepoint.solve.kernels.unproven import withdraw

MAX_PAIRS = 200
USUAL_EXCHANGES = 1.0
"""Pivots of a scenario, before any is solved."""


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


def known_bases(batch: Batch, basis: Basis) -> KnownBases:
    """Active sets that are optimal for many scenarios, from a sample; none where a matrix varies or they would not pay.

    Raises ImportError without numba.
    """
    scales = quadratic_scales(batch)
    return of_sample(batch, lambda some: _solver(some, scales, basis))


def started(batch: Batch) -> Callable[[Batch], KernelAnswer]:
    """What solves this batch and its chunks: from the active set of the pilot, its known ones tried first.

    Raises ImportError without numba.
    """
    basis = pilot(batch) or Basis.slack(batch.structure.n, batch.structure.m)
    return partial(solve, basis=basis, known=known_bases(batch, basis))


def solve(
    batch: Batch, basis: Basis | None = None, limit: int | None = None, known: KnownBases | None = None
) -> KernelAnswer:
    """Answers of all scenarios of a convex quadratic (or linear) batch, each started from `basis` (without one: the pilot's, with known bases).

    basis: BASIC columns lie between their bounds, BASIC rows between their sides; any combination may be given. P may be
    singular. The same scenario gets the same answer in any batch with the same basis and the same known bases; from other known bases it differs by
    rounding alone. limit: pivots per scenario. known: active sets that are tried first, where all scenarios have the same matrices.
    Holds no GIL while it works. A scenario whose P is not positive semidefinite has outcome NOT_CONVEX. Raises
    ImportError without numba, ValueError when the batch does not fit.

    The start is made optimal by shifting data, the shifts are taken back along a parametric path of principal
    pivots (Cottle, Pang & Stone 1992, ch. 4; Best 1996); one step of iterative refinement ends it.
    """
    if (reason := unsupported_reason(batch)) is not None:
        raise ValueError(f"not for the quadratic kernel: {reason}")
    if basis is None:
        basis = pilot(batch) or Basis.slack(batch.structure.n, batch.structure.m)
    elif known is None:
        known = KnownBases.none(batch.structure.n, batch.structure.m)
    scales = quadratic_scales(batch)
    answer = sweep(batch, scales, _solver(batch, scales, basis, limit), known)
    answer.objective[:] += batch.r[:, 0]
    withdraw(batch, answer)
    return answer


def _solver(
    batch: Batch, scales: tuple[Array, Array], basis: Basis, limit: int | None = None
) -> ScenarioSolver:
    """The compiled active sets from a start; without the constant of the objective and before their claims are looked at."""
    n, m = batch.structure.n, batch.structure.m
    answer = KernelAnswer.blank(batch.size, n, m)
    given, kernel = data(batch, scales, basis.codes, limit), cache.load("qp")
    room = kernel.blank_room(n, m)

    def solve(which: Index) -> None:
        kernel.qp(given, room, which, answer)
        cache.note("qp")

    return ScenarioSolver(answer, solve, USUAL_EXCHANGES, partial(_seconds, n + m))


def _seconds(pairs: int, pivots: float) -> float:
    """What a scenario with so many pivots takes (measured at 10 × 5 to 60 × 20)."""
    return 0.55e-6 + 0.5e-9 * pairs**2 + pivots * (1.5e-7 + 6e-9 * pairs)
