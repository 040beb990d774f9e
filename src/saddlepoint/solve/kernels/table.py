"""The table of batch kernels: which of them takes a batch, and their answers in the form that `solve` checks."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Final

import numpy as np

from saddlepoint.algebra.columnar import concat
from saddlepoint.algebra.structure import Batch, Structure
from saddlepoint.arrays import Mask
from saddlepoint.records import dataclass
from saddlepoint.solve.interfaces import Kernel
from saddlepoint.solve.kernels import cache, cone, qp, simplex, sparse, waterfill
from saddlepoint.solve.kernels.answer import BASIC, KernelAnswer, Outcome
from saddlepoint.solve.solution import Solution, Status

MANY = 16
"""From so many scenarios on a kernel that is compiled already gains over a solver's session."""
SMALL = 5_000
"""Largest rows × columns at which dense tableaus gain over sparse ones."""
MEDIUM = 5_000
"""Largest number of rows at which the compiled sparse simplex gains over a solver's session (2.5 times at 3,676 rows; more were not measured)."""

IMPORT_SECONDS = 0.6
"""What importing numba and loading compiled code costs a process once."""

_Run = Callable[[Batch], KernelAnswer]


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelRecord:
    """One batch kernel. Another one is a record here, its name in `cache.KernelName`, in `cache.KERNELS` and in `uncompiled`, and its smallest
    problem in `warming._run`.

    name: of its compiled module; title: in routes; unsupported_reason: why a batch is not for it, None when it is;
    prepare: a batch, and how many scenarios its whole sweep has → what solves it and its chunks, with the start they share;
    gains: whether problems of a structure are of a size and kind at which it beats a solver's session; compile_seconds: what compiling it costs, once per machine.
    """

    name: cache.KernelName
    title: str
    unsupported_reason: Callable[[Batch], str | None]
    prepare: Callable[[Batch, int], _Run]
    gains: Callable[[Structure], bool]
    session_seconds: Callable[[Structure], float]
    compile_seconds: float = 15.0


def _dense_session(structure: Structure) -> float:
    """What a hot solver's session takes per scenario of a problem with so many rows × columns (measured)."""
    return (110 + 0.35 * structure.m * structure.n) * 1e-6


def _sparse_session(structure: Structure) -> float:
    return (110 + 0.7 * structure.A.nnz) * 1e-6


def _cone_session(structure: Structure) -> float:
    """What a session of Clarabel that is told only what changes takes per scenario (measured: 82 µs at 5 columns, 1,020 at 100)."""
    return (50 + 9 * structure.n) * 1e-6


def _is_medium(structure: Structure) -> bool:
    return not _is_small(structure) and structure.m <= MEDIUM


def _is_small(structure: Structure) -> bool:
    return structure.m * structure.n <= SMALL


RECORDS: Final = (
    KernelRecord(
        name="waterfill",
        title="water-filling",
        unsupported_reason=waterfill.unsupported_reason,
        prepare=lambda batch, expected: waterfill.solve,
        gains=lambda structure: structure.is_quadratic,
        session_seconds=_dense_session,
    ),
    KernelRecord(
        name="simplex",
        title="batch simplex",
        unsupported_reason=simplex.unsupported_reason,
        prepare=simplex.started,
        gains=_is_small,
        session_seconds=_dense_session,
    ),
    KernelRecord(
        name="sparse",
        title="sparse batch simplex",
        unsupported_reason=sparse.unsupported_reason,
        prepare=lambda batch, expected: partial(sparse.solve, basis=sparse.pilot(batch)),
        gains=_is_medium,
        session_seconds=_sparse_session,
        compile_seconds=40.0,
    ),
    KernelRecord(
        name="qp",
        title="batch QP",
        unsupported_reason=qp.unsupported_reason,
        prepare=lambda batch, expected: qp.started(batch),
        gains=_is_small,
        session_seconds=_dense_session,
    ),
    KernelRecord(
        name="cone",
        title="batch cones",
        unsupported_reason=cone.unsupported_reason,
        prepare=lambda batch, expected: partial(cone.solve, start=cone.pilot(batch)),
        gains=cone.is_small,
        session_seconds=_cone_session,
        compile_seconds=20.0,
    ),
)
"""In order of preference."""


def batch_kernels(workers: int = 1, expected: int = 0) -> tuple[Kernel, ...]:
    """The kernels in order of preference; each splits its batch over `workers` threads.

    expected: scenarios of the whole sweep, of which one batch may be a chunk: they pay for compiling and loading.
    """
    return tuple(
        Kernel(r.title, partial(_fit, r, expected), partial(_run, r.prepare, workers, expected))
        for r in RECORDS
    )


def uncompiled(structure: Structure) -> tuple[str, ...]:
    """The kernels that would gain on problems of this structure, but are not compiled on this machine yet."""
    if not cache.available() or structure.is_integer or not (structure.m or structure.is_conic):
        return ()
    kind = ("waterfill", "qp") if structure.is_quadratic else ("simplex", "sparse")
    kind = ("cone",) if structure.is_conic else kind
    return tuple(
        r.title for r in RECORDS if r.name in kind and r.gains(structure) and not cache.ready(r.name)
    )


def pays(name: cache.KernelName, batch: Batch, expected: int) -> bool:
    """Whether a kernel takes a batch and gains on so many problems of its kind, its compiling counted."""
    return any(r.name == name and _fit(r, expected, batch) is not None for r in RECORDS)


def _fit(record: KernelRecord, expected: int, batch: Batch) -> str | None:
    """The reason why this kernel takes the batch, or None."""
    s = batch.structure
    if not cache.available() or not (s.m or s.is_conic) or batch.size < MANY:
        return None
    if record.unsupported_reason(batch) is not None or not record.gains(s):
        return None
    alternative = max(batch.size, expected) * record.session_seconds(s)
    if not cache.ready(record.name) and alternative < record.compile_seconds:
        return None
    if "numba" not in sys.modules and alternative < IMPORT_SECONDS:
        return None
    return f"{batch.size} problems of one structure in one compiled call"


def _run(
    prepare: Callable[[Batch, int], _Run], workers: int, expected: int, batch: Batch
) -> tuple[Solution, Mask]:
    run = prepare(batch, expected)
    if workers <= 1:
        return _answers(batch, run(batch))
    chunks = np.array_split(np.arange(batch.size), min(workers, batch.size))
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(workers) as pool:
        parts = [batch.take(chunk) for chunk in chunks]
        found = [_answers(part, answer) for part, answer in zip(parts, pool.map(run, parts), strict=True)]
    return concat([answers for answers, _ in found]), np.concatenate([done for _, done in found])


def _answers(batch: Batch, found: KernelAnswer) -> tuple[Solution, Mask]:
    """Optima and Farkas vectors are taken (and checked); all else goes on to a solver."""
    out = Solution.blank(batch.structure, batch.size)
    infeasible = found.outcome == Outcome.INFEASIBLE
    out.status[found.done], out.status[infeasible] = Status.OPTIMAL, Status.INFEASIBLE
    out.x[:], out.y[:], out.z[:], out.w[:] = found.x, found.y, found.z, found.w
    out.x[infeasible] = np.nan
    if not (batch.structure.is_quadratic or batch.structure.is_conic):
        out.basic[:] = (found.basis == BASIC) & found.done[:, None]
    out.iterations[:] = found.iterations
    return out, found.done | infeasible
