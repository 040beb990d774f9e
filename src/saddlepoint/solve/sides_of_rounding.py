"""Limits of the size of a rounding error, where they decide: read as written, and told by name.

A limit of −8.9e-16 that conversion left where 0 was meant leaves a sum of nonnegative quantities without a plan. Data are
never changed; but where a problem has no certified answer, it is solved again with zeros there, and what comes of it is said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from saddlepoint.algebra.columnar import Notes
from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index
from saddlepoint.errors import SolveError
from saddlepoint.printing.sentences import some_of
from saddlepoint.records import dataclass
from saddlepoint.solve.proof.formulas import Formulas
from saddlepoint.solve.proof.sizes import row_terms
from saddlepoint.solve.solution import Options, Solution, Status

ROUNDING = 1e-12
"""Part of a row's largest coefficient, and of one unit of a column, below which a side other than 0 may be a rounding error."""
MOST_SCENARIOS, MOST_NAMED, SECONDS = 3, 3, 10.0
_ENDED = (Status.INFEASIBLE, Status.UNVERIFIED)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallSides:
    """Rows and columns of one scenario with a side of rounding size, these sides, and the batch with zeros there."""

    rows: Index
    columns: Index
    row_sides: Array
    column_sides: Array
    zeroed: Batch


def small_sides(batch: Batch) -> SmallSides | None:
    """The sides of one scenario that may be rounding errors; None where there are none."""
    s = batch.structure
    every = np.ones(s.m, np.bool_)
    row_size = ROUNDING * row_terms(s.A, batch.A, np.ones((1, s.n)), every)
    column_size = np.full((1, s.n), ROUNDING)
    parts: dict[str, Array] = {}
    small: dict[str, Array] = {}
    for name, size in (("l", row_size), ("u", row_size), ("lb", column_size), ("ub", column_size)):
        side = getattr(batch, name)
        small[name] = (side != 0) & (np.abs(side) <= size)
        parts[name] = np.where(small[name], 0.0, side)
    rows, columns = (
        np.flatnonzero(np.logical_or(small[a], small[b])[0]) for a, b in (("l", "u"), ("lb", "ub"))
    )
    if not len(rows) + len(columns):
        return None
    return SmallSides(
        rows=rows,
        columns=columns,
        row_sides=np.where(small["u"], batch.u, batch.l)[0, rows],
        column_sides=np.where(small["ub"], batch.ub, batch.lb)[0, columns],
        zeroed=replace(batch, **parts),
    )


def sides_of_rounding(
    batch: Batch, options: Options, row: Callable[[int], str], column: Callable[[int], str]
) -> str:
    """What a scenario without certified answer owes to limits of rounding size, in a sentence; "" if to none.

    row, column: what the user calls them.
    """
    found = small_sides(batch)
    if found is None:
        return ""
    from saddlepoint.solve.solve import solve

    limit = SECONDS if options.time_limit is None else min(SECONDS, options.time_limit)
    try:
        again = solve(found.zeroed, Options(time_limit=limit, tolerance=options.tolerance))
    except SolveError:
        return ""
    if not again.planned[0]:
        return ""
    named = [
        *((row(i), v) for i, v in zip(found.rows.tolist(), found.row_sides.tolist(), strict=True)),
        *((column(j), v) for j, v in zip(found.columns.tolist(), found.column_sides.tolist(), strict=True)),
    ]
    listed = some_of([f"{name}: {side:.2g}" for name, side in named], MOST_NAMED)
    return f"limits of rounding size are read as written ({listed}); with 0 in their place there is an answer: was 0 meant?"


def rounding_notes(
    batch: Batch, solution: Solution, formulas: Formulas, options: Options
) -> Mapping[int, str]:
    """Scenario → what it owes to limits of rounding size, for the first scenarios that have no certified answer and time left of their limit."""
    said = Notes()
    ended = np.isin(solution.status, _ENDED)
    limit = np.inf if options.time_limit is None else options.time_limit
    left = np.minimum(SECONDS, limit - solution.seconds)
    for s in np.flatnonzero(ended & (left > 0))[:MOST_SCENARIOS].tolist():
        text = sides_of_rounding(
            batch.take(np.array([s])),
            Options(time_limit=float(left[s]), tolerance=options.tolerance),
            lambda i: formulas.name("row", i) or f"row {i}",
            lambda j: formulas.name("column", j) or f"column {j}",
        )
        if text:
            said[s] = text
    return said
