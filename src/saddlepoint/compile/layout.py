"""The columns of a problem: where each decided table lies, which of its cells are used, bounds and integrality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from saddlepoint.algebra.terms import span
from saddlepoint.arrays import Array, Mask
from saddlepoint.compile.form import Tables
from saddlepoint.compile.lifting import Datum
from saddlepoint.compile.lower import variable_columns
from saddlepoint.compile.presence import existing_cells
from saddlepoint.compile.program import ColumnBlock
from saddlepoint.model.model import Model, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The columns before compression: how many, where those of the tables lie, bounds and integrality; blocks."""

    tables: Tables
    count: int
    ub: Array
    integer: Mask
    blocks: tuple[ColumnBlock, ...]


def layout_of(problem: Problem, model: Model, data: Mapping[int, Datum]) -> Layout:
    """The columns of the tables that a problem decides; data: what its rules of existence read."""
    start: dict[str, int] = {}
    count = 0
    for key in problem.decides:
        start[key] = count
        count += model.tables[key].rest.size
    used = np.zeros(count, dtype=bool)
    decided = [v for v in problem.variables.values() if v.role == "decision"]
    lb, ub = np.full(count, -np.inf), infinite(count)
    if any(v.boolean for v in decided):
        ub = ub.copy()
    integer = np.zeros(count, dtype=bool)
    for variable in decided:
        columns = span(variable_columns(variable, start[variable.table]))
        used[columns] = True
        if variable.nonneg or variable.boolean:
            lb[columns] = 0.0
        if variable.boolean:
            ub[columns] = 1.0
        integer[columns] |= variable.integer
    for name, variable in model.variables.items():
        if variable.nonneg and variable.table in start and name not in problem.variables:
            columns = span(variable_columns(variable, start[variable.table]))
            lb[columns] = np.maximum(lb[columns], 0.0)
    for key in problem.exists:
        here = slice(start[key], start[key] + model.tables[key].rest.size)
        used[here] &= existing_cells(problem.exists[key], model.tables[key].rest, data).cells_mask
    size = {key: model.tables[key].rest.size for key in start}
    return Layout(
        tables=Tables(start, size, used, lb),
        count=count,
        ub=ub,
        integer=integer,
        blocks=tuple(_blocks(problem, model, start, used)),
    )


def _blocks(problem: Problem, model: Model, start: Mapping[str, int], used: Mask) -> Sequence[ColumnBlock]:
    blocks: list[ColumnBlock] = []
    first = 0
    for key in problem.decides:
        info = model.tables[key]
        cells = np.flatnonzero(used[start[key] : start[key] + info.rest.size])
        blocks.append(
            ColumnBlock(
                table=key,
                domain=info.rest,
                start=first,
                cells=cells,
                unit=info.spec.unit,
                description=info.spec.description,
            )
        )
        first += len(cells)
    return blocks


def infinite(size: int) -> Array:
    """+∞ for every column, kept once."""
    return np.broadcast_to(np.float64(np.inf), (size,))
