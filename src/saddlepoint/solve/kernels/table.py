"""The table of batch kernels: which of them takes a batch, and their answers in the form that `solve` checks."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from saddlepoint.algebra.columnar import concat
from saddlepoint.algebra.structure import Batch
from saddlepoint.solve.answers import Kernel
from saddlepoint.solve.kernels import cache, qp, simplex, waterfill
from saddlepoint.solve.kernels.answer import KernelAnswer, Outcome
from saddlepoint.solve.solution import Solution, Status

MANY = 16
"""From so many scenarios on a kernel that is compiled already gains over a solver's session."""
COMPILE_SECONDS = 15.0
"""What compiling one kernel costs, once per machine (10–20 s measured); below that a solver's session is used."""
SMALL = 5_000
"""Largest rows × columns at which dense tableaus gain over sparse solvers."""

IMPORT_SECONDS = 0.6
"""What importing numba and loading compiled code costs a process once."""

_Run = Callable[[Batch], KernelAnswer]


def batch_kernels(workers: int = 1, expected: int = 0) -> tuple[Kernel, ...]:
    """The kernels in order of preference; each splits its batch over `workers` threads.

    expected: scenarios of the whole sweep, of which one batch may be a chunk: they pay for compiling and loading.
    """
    return (
        Kernel("water-filling", partial(_fit, "waterfill", expected), partial(_run, _waterfill, workers)),
        Kernel("batch simplex", partial(_fit, "simplex", expected), partial(_run, _simplex, workers)),
        Kernel("batch QP", partial(_fit, "qp", expected), partial(_run, _qp, workers)),
    )


def _fit(name: cache.KernelName, expected: int, batch: Batch) -> str | None:
    """The reason why this kernel takes the batch, or None."""
    s = batch.structure
    unsupported_reason = {
        "waterfill": waterfill.unsupported_reason,
        "simplex": simplex.unsupported_reason,
        "qp": qp.unsupported_reason,
    }[name]
    if not cache.available() or s.m == 0 or batch.size < MANY or unsupported_reason(batch) is not None:
        return None
    if (name != "waterfill" and s.m * s.n > SMALL) or (name == "waterfill" and not s.is_quadratic):
        return None
    alternative = max(batch.size, expected) * _session_seconds(s.m * s.n)
    if not cache.ready(name) and alternative < COMPILE_SECONDS:
        return None
    if "numba" not in sys.modules and alternative < IMPORT_SECONDS:
        return None
    return f"{batch.size} small problems of one structure in one compiled call"


def _session_seconds(entries: int) -> float:
    """What a hot solver's session takes per scenario of a problem with so many rows × columns (measured)."""
    return (45 + 0.35 * entries) * 1e-6


def _run(prepare: Callable[[Batch], _Run], workers: int, batch: Batch) -> tuple[Solution, NDArray[np.bool_]]:
    run = prepare(batch)
    if workers <= 1:
        return _answers(batch, run(batch))
    chunks = np.array_split(np.arange(batch.size), min(workers, batch.size))
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(workers) as pool:
        parts = [batch.take(chunk) for chunk in chunks]
        found = [_answers(part, answer) for part, answer in zip(parts, pool.map(run, parts), strict=True)]
    return concat([answers for answers, _ in found]), np.concatenate([done for _, done in found])


def _waterfill(_batch: Batch) -> _Run:
    return waterfill.solve


def _simplex(batch: Batch) -> _Run:
    return partial(simplex.solve, basis=simplex.pilot(batch))


def _qp(batch: Batch) -> _Run:
    return partial(qp.solve, basis=qp.pilot(batch))


def _answers(batch: Batch, found: KernelAnswer) -> tuple[Solution, NDArray[np.bool_]]:
    """Optima and Farkas vectors are taken (and checked); all else goes on to a solver."""
    out = Solution.blank(batch.structure, batch.size)
    infeasible = found.outcome == Outcome.INFEASIBLE
    out.status[found.done], out.status[infeasible] = Status.OPTIMAL, Status.INFEASIBLE
    out.x[:], out.y[:], out.z[:], out.w[:] = found.x, found.y, found.z, 0.0
    out.x[infeasible] = np.nan
    out.iterations[:] = found.iterations
    return out, found.done | infeasible
