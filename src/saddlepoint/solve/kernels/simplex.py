"""Many small linear problems at once: dense bounded simplex from the basis of a solved neighbour."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index
from saddlepoint.solve.kernels import cache
from saddlepoint.solve.kernels.answer import Basis, KernelAnswer
from saddlepoint.solve.kernels.form import data, geometric_scales, not_continuous_rows
from saddlepoint.solve.kernels.known_bases import KnownBases, ScenarioSolver, of_sample, sweep
from saddlepoint.solve.kernels.lanes import Lanes, steps_pay
from saddlepoint.solve.kernels.pilot import first_basis
from saddlepoint.solve.kernels.unproven import withdraw

MAX_ENTRIES = 400_000
USUAL = 1.5
"""Pivots of a scenario, before any is solved."""


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


def known_bases(batch: Batch, basis: Basis, expected: int = 0) -> KnownBases:
    """Bases that are optimal for many scenarios, from a sample; none where the matrix varies or they would not pay.

    expected: scenarios of the whole sweep, of which the batch may be a chunk; they pay for scenarios in step, by which the sample is solved, too.
    Raises ImportError without numba.
    """
    scales = geometric_scales(batch)
    return of_sample(batch, lambda some: _solver(some, scales, basis, expected=max(batch.size, expected)))


def started(batch: Batch, expected: int = 0) -> Callable[[Batch], KernelAnswer]:
    """What solves this batch and its chunks: from the basis of the pilot, its known bases tried first.

    expected: scenarios of the whole sweep, of which the batch may be a chunk itself. Raises ImportError without numba.
    """
    expected = max(batch.size, expected)
    if steps_pay(batch, expected):
        cache.load("lanes")  # before threads would import it together
    basis = pilot(batch) or Basis.slack(batch.structure.n, batch.structure.m)
    return partial(solve, basis=basis, known=known_bases(batch, basis, expected), expected=expected)


def solve(
    batch: Batch,
    basis: Basis | None = None,
    limit: int | None = None,
    known: KnownBases | None = None,
    expected: int = 0,
) -> KernelAnswer:
    """Answers of all scenarios of a linear batch, each started from `basis` (without one: the pilot's, with known bases).

    The same scenario gets the same answer in any batch with the same basis; by known bases, and in step with others (`lanes`), it differs by
    rounding alone. limit: pivots per scenario and phase, each scenario by itself. known: bases that are tried first, where all scenarios have one
    matrix. expected: scenarios of the whole sweep, where the batch is a part of one. Holds no GIL while it works: callers may run chunks
    (`batch.take`) in threads. Raises ImportError without numba,
    ValueError when the batch does not fit.

    Dual simplex with cost shifting and bound flipping, then primal simplex; prices are the reduced costs of row
    activities (Dantzig 1963; Koberstein 2005, ch. 3–4).
    """
    if (reason := unsupported_reason(batch)) is not None:
        raise ValueError(f"not for the simplex kernel: {reason}")
    scales = geometric_scales(batch)
    if basis is None:
        basis = pilot(batch) or Basis.slack(batch.structure.n, batch.structure.m)
    elif known is None:
        known = KnownBases.none(batch.structure.n, batch.structure.m)
    answer = sweep(batch, scales, _solver(batch, scales, basis, limit, expected), known)
    answer.objective[:] += batch.r[:, 0]
    withdraw(batch, answer)
    return answer


def _solver(
    batch: Batch, scales: tuple[Array, Array], basis: Basis, limit: int | None = None, expected: int = 0
) -> ScenarioSolver:
    """The compiled simplex from a basis; without the constant of the objective and before its claims are looked at."""
    n, m = batch.structure.n, batch.structure.m
    answer = KernelAnswer.blank(batch.size, n, m)
    given, kernel = data(batch, scales, basis.codes, limit), cache.load("simplex")
    in_step = Lanes.of(batch, given, answer, expected)

    def solve(which: Index) -> None:
        rest = in_step.left_of(which) if limit is None else which
        if len(rest):
            kernel.simplex(given, rest, answer)
            cache.note("simplex")

    base, slope = (0.15e-6, 0.75e-9) if in_step.pays else (0.3e-6, 0.5e-9)
    return ScenarioSolver(answer, solve, USUAL, lambda pivots: base + slope * n * m * (pivots + 2.5))
