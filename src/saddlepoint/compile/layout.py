"""The columns of a problem: where each decided table lies, which of its cells are used, bounds and integrality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from saddlepoint.algebra.uniform import span
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.compile.form import Tables
from saddlepoint.compile.lifting import Datum
from saddlepoint.compile.lower import variable_columns
from saddlepoint.compile.presence import existing_cells
from saddlepoint.compile.program import ColumnBlock
from saddlepoint.model.model import Model, Problem
from saddlepoint.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The columns before compression: how many, where those of the tables lie, which are whole; used: those in use,
    increasing; ub: (len(used),) their implicit upper bounds; blocks."""

    tables: Tables
    count: int
    used: Index
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
    used, nonneg, boolean, integer = (np.zeros(count, dtype=bool) for _ in range(4))
    decided = [v for v in problem.variables.values() if v.role == "decision"]
    existing = {
        key: existing_cells(rule, model.tables[key].rest, data).cells for key, rule in problem.exists.items()
    }
    for variable in decided:
        columns = span(variable_columns(variable, start[variable.table]))
        if variable.table in existing and isinstance(columns, slice):
            columns = _within(existing[variable.table] + start[variable.table], columns)
        used[columns] = True
        if variable.nonneg or variable.boolean:
            nonneg[columns] = True
        if variable.boolean:
            boolean[columns] = True
        if variable.integer:
            integer[columns] = True
    for name, variable in model.variables.items():
        if variable.nonneg and variable.table in start and name not in problem.variables:
            nonneg[span(variable_columns(variable, start[variable.table]))] = True
    for key, cells in existing.items():
        here = slice(start[key], start[key] + model.tables[key].rest.size)
        stays = np.zeros(model.tables[key].rest.size, dtype=bool)
        stays[cells] = True
        used[here] &= stays
    size = {key: model.tables[key].rest.size for key in start}
    places = np.flatnonzero(used)
    return Layout(
        tables=Tables(start=start, size=size, used=used, nonneg=nonneg, existing=existing),
        count=count,
        used=places,
        ub=np.where(boolean[places], 1.0, np.inf) if boolean.any() else infinite(len(places)),
        integer=integer,
        blocks=tuple(_blocks(problem, model, start, places)),
    )


def _within(columns: Index, whole: slice) -> Index:
    """Those of increasing columns that lie in a slice."""
    first, last = np.searchsorted(columns, [whole.start, whole.stop])
    return columns[first:last]


def _blocks(problem: Problem, model: Model, start: Mapping[str, int], used: Index) -> Sequence[ColumnBlock]:
    blocks: list[ColumnBlock] = []
    first = 0
    for key in problem.decides:
        info = model.tables[key]
        cells = _within(used, slice(start[key], start[key] + info.rest.size)) - start[key]
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
