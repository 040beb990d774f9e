"""The L-shaped method as a batch kernel: every scenario's extensive form, taken apart, solved, put together, and judged as any other."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.solve.answers import Kernel
from saddlepoint.solve.decomposition.l_shaped import l_shaped, unfit
from saddlepoint.solve.decomposition.split import Parted, column_labels, put_together, split
from saddlepoint.solve.solution import Options, Solution, Status

NAME: Final = "L-shaped"
FEWEST: Final = 1_000
"""Outcomes from which the method is tried unasked."""
UNEVEN: Final = 1e6
"""How unequal the costs of outcomes are from which it is tried whatever their number: the extensive form drowns the small ones."""
TOLERANCE: Final = 2e-8
"""The relative gap at which it stops; the answer is then judged as an extensive form."""


def outcome_kernel(labels: Index, options: Options, fewest: int = FEWEST) -> Kernel:
    """The kernel for a problem whose columns follow outcomes; labels: (n,) the outcome of each column, −1 none, −2 unknown."""
    return Kernel(
        NAME, partial(_fit, labels=labels, fewest=fewest), partial(_run, labels=labels, options=options)
    )


def _fit(batch: Batch, labels: Index, fewest: int) -> str | None:
    found = apart(batch, 0, labels)
    if isinstance(found, str):
        return None
    count, uneven = len(found.weights), float(found.weights.max() / max(found.weights.min(), 1e-300))
    if count < fewest and uneven < UNEVEN:
        return None
    why = f"{count:,} outcomes are solved one by one and joined by cuts"
    return why if count >= fewest else f"{why}, for their probabilities differ by a factor of {uneven:.0e}"


def apart(batch: Batch, scenario: int, labels: Index, shares: Array | None = None) -> Parted | str:
    """One scenario in two stages, or why the method cannot take it; shares: as for `split`."""
    s = batch.structure
    if s.is_conic or s.is_quadratic:
        return "it is not linear"
    if not (labels >= 0).any():
        return "no decision follows an outcome"
    found = split(batch, scenario, column_labels(s, labels), shares)
    if isinstance(found, str):
        return found
    chunk = next(found.problem.chunks())
    return unfit(found.problem.first, chunk.batch) or found


def _run(batch: Batch, labels: Index, options: Options) -> tuple[Solution, Mask]:
    out = Solution.blank(batch.structure, batch.size)
    done = np.zeros(batch.size, bool)
    for s in range(batch.size):
        if options.stop is not None and options.stop():
            break
        parts = apart(batch, s, labels)
        if not isinstance(parts, str):
            done[s] = _one(batch, s, parts, options, out)
    return out, done


def _one(batch: Batch, s: int, parts: Parted, options: Options, out: Solution) -> bool:
    found = l_shaped(parts.problem, options, TOLERANCE)
    if found.status not in (Status.OPTIMAL, Status.FEASIBLE):
        return False
    x, y, z = put_together(batch, s, parts, found, options)
    out.x[s], out.y[s], out.z[s] = x, y, z
    out.status[s] = Status.OPTIMAL
    out.objective[s] = batch.row("q", s) @ x + batch.row("r", s)[0]
    out.bound[s] = found.bound if batch.structure.is_integer else out.objective[s]
    out.bound_by[s] = found.bound_by
    out.iterations[s] = found.passes
    return True
