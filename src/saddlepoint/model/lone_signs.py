"""The one number of a table that has a sign of its own: a slip of the keyboard leaves a plan where it only makes a relation ask
for nothing.

Less than `odd_signs` wants, which tells only what chance does not explain: what is said here is a question. The number has the
size of the others, as a slip changes the sign alone; so a price that falls below 0 for one hour is not asked about.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.errors import Diagnostic, Mark
from saddlepoint.model.fetch import Fetched
from saddlepoint.model.model import Model, TableInfo

FEWEST: Final = 5
"""Numbers of the other sign, at least."""
SMALL, LARGE = 0.1, 2.0
"""No smaller than all but this part of the others, and no larger than so many times the largest."""


def lone_sign(numbers: Array) -> int | None:
    """The flat position of the one number whose sign no other has, where FEWEST others have one and it is of their size; None if
    there is none."""
    flat = numbers.reshape(-1)
    below, above = np.count_nonzero(flat < 0), np.count_nonzero(flat > 0)
    if min(below, above) != 1 or max(below, above) < FEWEST:
        return None
    cell = int(np.argmin(flat) if below == 1 else np.argmax(flat))
    others = np.sort(np.abs(np.delete(flat, cell)))
    others = others[(others != 0) & np.isfinite(others)]
    mine = abs(float(flat[cell]))
    alike = others[int(SMALL * len(others))] <= mine <= LARGE * others[-1]
    return cell if alike else None


def lone_signs(model: Model, fetched: Fetched) -> Iterator[Diagnostic]:
    """K913 for the tables of a model, each at the place of its declaration."""
    for info in model.inputs:
        table = fetched.tables.get(info.key)
        if table is not None and "values" in table.columns:
            cell = lone_sign(table.columns["values"])
            if cell is not None:
                yield lone_sign_note(info, table.columns["values"], cell, info.spec.mark)


def lone_sign_note(info: TableInfo, values: Array, cell: int, mark: Mark) -> Diagnostic:
    """K913: a number may have a wrong sign."""
    side, others = (
        ("below", int((values > 0).sum())) if values[cell] < 0 else ("above", int((values < 0).sum()))
    )
    where = ", ".join(info.domain.coordinates(cell))
    return Diagnostic(
        "K913",
        f"{info.key}{f'[{where}]' if where else ''} is {values[cell]:.6g}, the only number {side} 0 beside {others:,} of the other sign: is its sign right?",
        mark,
        why="A wrong sign often leaves a plan: a relation then asks for nothing there.",
        fix="Correct the sign; where it is meant, nothing is to be done.",
        severity="warning",
    )
