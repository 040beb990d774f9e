"""The L-shaped method as a batch kernel: every scenario's extensive form, taken apart, solved, put together, and judged as any other."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.solve.decomposition.l_shaped import l_shaped, unfit
from saddlepoint.solve.decomposition.passes import Journal, Journals
from saddlepoint.solve.decomposition.split import Parted, put_together, split
from saddlepoint.solve.decomposition.two_stage import Scatter, in_this_thread, threads
from saddlepoint.solve.interfaces import L_SHAPED, Kernel
from saddlepoint.solve.solution import Options, Solution, Status

FEWEST: Final = 1_000
"""Outcomes from which the method is tried unasked."""
FEWEST_WHOLE: Final = 10
"""The same where decisions after the outcome are whole: 50 outcomes of sslp_5_25 take 35 s as one problem, 4 s one by one."""
MOST_YES_OR_NO: Final = 16
"""Decisions before the outcome up to which it is tried unasked then: its cuts may have to visit very many of them."""
UNEVEN: Final = 1e6
"""How unequal the costs of outcomes are from which it is tried whatever their number: the extensive form drowns the small ones."""
TOLERANCE: Final = 2e-8
"""The relative gap at which it stops; the answer is then judged as an extensive form."""


def outcome_kernel(
    labels: Index,
    options: Options,
    fewest: int | None = None,
    scatter: Scatter | None = None,
    steps: Callable[[str], Journal] | None = None,
) -> Kernel:
    """The kernel for a problem whose columns follow outcomes; labels: (n,) the outcome of each column, −1 none, −2 unknown.

    scatter: puts outcomes where they are solved (None: threads here); steps: where a search writes down its passes, by its name.
    """
    where = scatter or threads(options.workers)
    run = partial(_run, labels=labels, options=options, scatter=where, steps=steps)
    return Kernel(L_SHAPED, partial(_fit, labels=labels, fewest=FEWEST if fewest is None else fewest), run)


def _fit(batch: Batch, labels: Index, fewest: int) -> str | None:
    found = apart(batch, 0, labels)
    if isinstance(found, str):
        return None
    count, uneven = len(found.weights), float(found.weights.max() / max(found.weights.min(), 1e-300))
    why = f"{count:,} outcomes are solved one by one and joined by cuts"
    if batch.structure.integer[found.columns].any():
        few = count < min(fewest, FEWEST_WHOLE) or found.problem.n > MOST_YES_OR_NO
        return None if few else f"{why} (integer L-shaped method)"
    if count >= fewest:
        return why
    return f"{why}, for their probabilities differ by a factor of {uneven:.0e}" if uneven >= UNEVEN else None


def apart(
    batch: Batch, scenario: int, labels: Index, shares: Array | None = None, scatter: Scatter = in_this_thread
) -> Parted | str:
    """One scenario in two stages, or why the method cannot take it; shares, scatter: as for `split`."""
    s = batch.structure
    if s.is_conic or s.is_quadratic:
        return "it is not linear"
    if not (labels >= 0).any():
        return "no decision follows an outcome"
    found = split(batch, scenario, labels, shares, scatter)
    if isinstance(found, str):
        return found
    chunk = next(found.problem.chunks())
    return unfit(found.problem.first, chunk.batch) or found


def _run(
    batch: Batch,
    labels: Index,
    options: Options,
    scatter: Scatter,
    steps: Callable[[str], Journal] | None,
) -> tuple[Solution, Mask]:
    out = Solution.blank(batch.structure, batch.size)
    done = np.zeros(batch.size, bool)
    for s in range(batch.size):
        if options.stop is not None and options.stop():
            break
        parts = apart(batch, s, labels, scatter=scatter)
        if not isinstance(parts, str):
            done[s] = _one(batch, s, parts, options, out, _journals(batch, s, labels, steps))
    return out, done


def _journals(batch: Batch, s: int, labels: Index, steps: Callable[[str], Journal] | None) -> Journals | None:
    """Where the search of a scenario is written down: under a hash of its numbers and outcomes, so that others never meet its cuts."""
    if steps is None:
        return None
    key = _numbers_hash(batch, s, labels)
    return lambda part: steps(f"{key}:{part}")


def _numbers_hash(batch: Batch, s: int, labels: Index) -> str:
    """A hash of all numbers of a scenario, and of the outcome that each column follows."""
    found = hashlib.sha256()
    for name in ("q", "r", "A", "l", "u", "lb", "ub"):
        found.update(np.ascontiguousarray(batch.row(name, s)).tobytes())
    for part in (batch.structure.A.indptr, batch.structure.A.indices, batch.structure.integer, labels):
        found.update(np.ascontiguousarray(part).tobytes())
    return found.hexdigest()


def _one(
    batch: Batch, s: int, parts: Parted, options: Options, out: Solution, journals: Journals | None
) -> bool:
    found = l_shaped(parts.problem, options, TOLERANCE, journals=journals)
    if found.status not in (Status.OPTIMAL, Status.FEASIBLE):
        return False
    x, y, z = put_together(batch, s, parts, found, replace(options, workers=1))
    out.x[s], out.y[s], out.z[s] = x, y, z
    out.status[s] = Status.OPTIMAL
    cost, constant = batch.row("q", s) @ x, batch.row("r", s)[0]
    out.objective[s] = cost + constant
    out.bound[s] = found.bound - constant if batch.structure.is_integer else cost
    out.bound_by[s] = found.bound_by
    out.iterations[s] = found.passes
    return True
