"""Rows that ask for nothing beside rows of the same relation that ask for something: below 0 where the others are above, as after
a wrong sign."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from saddlepoint.arrays import Array, Mask
from saddlepoint.compile.bind import BoundProgram
from saddlepoint.compile.program import RowBlock
from saddlepoint.errors import NOWHERE, Diagnostic
from saddlepoint.printing.grid import number

FEWEST: Final = 3
"""Rows that ask for something, beside which others are told."""
PART: Final = 0.1
"""No more than this part of a relation is told of: else it is meant so."""


def idle_rows(bound: BoundProgram, low: Array, high: Array) -> Iterator[Diagnostic]:
    """K914 for the relations of one scenario; low, high: (m,) the least and the largest activity of the solver's rows within the
    bounds of the decisions."""
    program = bound.program
    for block in program.rows:
        if block.size <= FEWEST:
            continue
        part = slice(block.start, block.start + block.size)
        sides = bound.rhs[0][part]
        if bound.absent is not None:
            sides = np.where(bound.absent[0][part], 0.0, sides)
        for idle, sign in (
            (program.has_lower[part] & ~program.has_upper[part] & _beyond(low, bound, part, 1), 1),
            (program.has_upper[part] & ~program.has_lower[part] & _beyond(high, bound, part, -1), -1),
        ):
            odd = _odd(idle, sign * sides)
            if odd.any():
                yield _told(block, sides, odd, sign)


def few_signs(numbers: Array) -> bool:
    """Whether a few numbers of a table have another sign than the others: without such, a side below 0 is what a formula has
    made, as where a stock covers the first demand."""
    below, above = np.count_nonzero(numbers < 0), np.count_nonzero(numbers > 0)
    return bool(0 < min(below, above) <= PART * (below + above))


def _beyond(ends: Array, bound: BoundProgram, part: slice, sign: int) -> Mask:
    """Whether the activity of a relation's rows never falls below their side (sign 1), or never exceeds it (−1).

    A row of one decision is a bound of its column: it asks for nothing where another bound lies further in.
    """
    program, batch, sides = bound.program, bound.batch, bound.rhs[0][part]
    solver, single = program.row_of[part], program.col_of[part]
    alone = (solver < 0) & (single >= 0)
    own = np.where(sign * program.scale[part] > 0, batch.lb[0][single], batch.ub[0][single])
    with np.errstate(invalid="ignore"):
        reached = np.where(alone, program.scale[part] * own, np.append(ends, 0.0)[solver])
    return np.where(alone, sign * (reached - sides) > 0, (solver >= 0) & (sign * (reached - sides) >= 0))


def _odd(idle: Mask, sides: Array) -> Mask:
    """The few rows that ask for nothing and whose side has another sign than that of all others, which ask for something."""
    odd = idle & (sides < 0)
    others = ~odd & (sides != 0)
    busy = others & ~idle & (sides > 0)
    few = odd.sum() <= max(1, PART * len(sides)) and busy.sum() >= FEWEST and not (others & ~busy).any()
    return odd if few else np.zeros(len(sides), dtype=bool)


def _told(block: RowBlock, sides: Array, odd: Mask, sign: int) -> Diagnostic:
    k = int(np.flatnonzero(odd)[0])
    label = ", ".join(block.domain.coordinates(int(block.cells[k])))
    words, compared, side = ("least", "more", "above") if sign > 0 else ("most", "less", "below")
    rest = f"; {int(odd.sum()) - 1:,} more of the relation like it" if odd.sum() > 1 else ""
    others = int((sign * sides > 0).sum())
    return Diagnostic(
        "K914",
        f"{block.called}[{label}] asks for at {words} {number(float(sides[k]))}, which always holds; {others:,} others ask for {compared} than 0{rest}",
        block.mark or NOWHERE,
        why=f"Its side has another sign than all others, which are {side} 0: a wrong sign leaves a plan and changes it.",
        fix="Look at the sign of the numbers that this side is made of; where it is meant, nothing is to be done.",
        severity="warning",
    )
