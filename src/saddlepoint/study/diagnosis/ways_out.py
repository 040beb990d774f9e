"""Decisions that stand in for what is missing, at a price: unserved demand, bought help. They are known by their costs, not by their names.

In every relation in which they stand they cost, for the same effect, many times what any other decision of the relation does, and
nothing limits them.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.compile.program import ColumnBlock, Program

DEAR: Final = 10.0
"""So many times as much, at least."""


def ways_out(program: Program, batch: Batch) -> tuple[str, ...]:
    """The tables of a problem that stand in for what is missing, by the numbers of its first scenario."""
    pattern = batch.structure.A
    rows, columns, values = pattern.indices, pattern.columns(), batch.A[0]
    there = values != 0
    rows, columns, values = rows[there], columns[there], values[there]
    with np.errstate(all="ignore"):
        price = batch.q[0][columns] / np.abs(values)
    place = 2 * rows + (values > 0)
    return tuple(
        block.table
        for block in program.columns
        if _is_free(block, batch) and _is_dear(_of(block, columns), place, price, 2 * pattern.shape[0])
    )


def _of(block: ColumnBlock, columns: Index) -> Mask:
    return (columns >= block.start) & (columns < block.start + block.size)


def _is_free(block: ColumnBlock, batch: Batch) -> bool:
    """Whether the decisions of a table cost something, begin at 0 and have no upper bound."""
    part = slice(block.start, block.start + block.size)
    unbounded = (batch.lb[0, part] == 0).all() and np.isinf(batch.ub[0, part]).all()
    return bool(block.size and unbounded and (batch.q[0, part] > 0).all())


def _is_dear(mine: Mask, place: Index, price: Array, size: int) -> bool:
    """Whether entries cost many times what the others do that have the same effect in their rows. place: row and sign of an entry."""
    if not mine.any():
        return False
    others = np.full(size, -np.inf)
    np.maximum.at(others, place[~mine], price[~mine])
    beside = others[place[mine]]
    return bool((beside > 0).all() and (price[mine] >= DEAR * beside).all())
