"""Relations of one decision each that cannot hold together: one asks for more than another allows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from saddlepoint.arrays import Array, Mask
from saddlepoint.compile.bind import BoundProgram, bound_values
from saddlepoint.compile.program import Layer, RowBlock, listed
from saddlepoint.errors import NOWHERE, Diagnostic

SHORT = 1e-9
"""Beside the bounds: how far apart is rounding."""


def at_odds(bound: BoundProgram) -> Iterator[Diagnostic]:
    """K906 for each relation that asks more of a decision than another relation, or its declaration, allows, or allows less than
    its declaration asks for; what is declared alone is C440."""
    low, high = np.broadcast_arrays(bound.batch.lb, bound.batch.ub)
    with np.errstate(invalid="ignore"):
        crossed = low - high > SHORT * np.maximum(np.abs(low), np.abs(high))
    if not crossed.any():
        return
    told: set[str] = set()
    for layer in bound.program.lower:
        for s, column, row in _tight(bound, layer, low, crossed):
            block = _block(bound, row)
            other = _holder(bound, s, column, high)
            if block is None or block.name in told or _declared(block, other):
                continue
            told.add(block.name)
            yield _finding(bound, block, row, other, s, float(low[s, column]), float(high[s, column]))
    for layer in bound.program.upper if not told else ():
        for s, column, row in _tight(bound, layer, high, crossed):
            block = _block(bound, row)
            if block is None or block.name in told or block.name.endswith("_upper"):
                continue
            told.add(block.name)
            yield _below(bound, block, row, s, float(low[s, column]), float(high[s, column]))


def _tight(bound: BoundProgram, layer: Layer, side: Array, where: Mask) -> Iterator[tuple[int, int, int]]:
    """Scenario, column and row of a layer wherever it sets the side of a column that is asked for."""
    columns = listed(layer.cols)
    values = np.broadcast_to(bound_values(layer, bound.program, bound.rhs), (len(side), len(columns)))
    rows = listed(layer.rows)
    holds = (values == side[:, columns]) & where[:, columns]
    if bound.absent is not None:
        holds = holds & ~bound.absent[:, rows]
    for s, k in np.argwhere(holds).tolist():
        yield s, int(columns[k]), int(rows[k])


def _holder(bound: BoundProgram, s: int, column: int, high: Array) -> int | None:
    """The row that sets the upper side of a column in a scenario; None where the declaration does."""
    mine = np.zeros(high.shape, np.bool_)
    mine[s, column] = True
    found = (row for layer in bound.program.upper for _, _, row in _tight(bound, layer, high, mine))
    return next(found, None)


def _block(bound: BoundProgram, row: int) -> RowBlock | None:
    return next((b for b in bound.program.rows if b.start <= row < b.start + b.size), None)


def _declared(block: RowBlock, other: int | None) -> bool:
    """Whether both bounds are those of the declaration, which are looked at elsewhere."""
    return block.name.endswith("_lower") and other is None


def _finding(
    bound: BoundProgram, block: RowBlock, row: int, other: int | None, s: int, low: float, high: float
) -> Diagnostic:
    rival = "its declaration" if other is None else _named(bound, other)
    said = f"{_named(bound, row)}{_where(bound, s)} asks for at least {low:.6g} of a decision of which {rival} allows at most {high:.6g}"
    return _short(block, said)


def _below(bound: BoundProgram, block: RowBlock, row: int, s: int, low: float, high: float) -> Diagnostic:
    said = f"{_named(bound, row)}{_where(bound, s)} allows at most {high:.6g} of a decision that its declaration keeps at {low:.6g} at least"
    return _short(block, said)


def _short(block: RowBlock, said: str) -> Diagnostic:
    return Diagnostic(
        "K906",
        said,
        block.mark or NOWHERE,
        why="There is no plan then, whatever else is decided.",
        fix="Look at the data of the two: a capacity below the demand, a unit, a sign; `lab.diagnose()` says how much is missing.",
        severity="warning",
    )


def _where(bound: BoundProgram, s: int) -> str:
    scenario = bound.program.scenarios
    return f" in {', '.join(scenario.coordinates(s))}" if scenario.size > 1 else ""


def _named(bound: BoundProgram, row: int) -> str:
    block = _block(bound, row)
    if block is None:
        return "another relation"
    return block.domain.called(block.called, int(block.cells[row - block.start]))
