"""The columns of a problem: where each decided table lies, which of its cells are used, bounds and integrality."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.compile.form import Tables, seen_columns
from saddlepoint.compile.lifting import Datum
from saddlepoint.compile.presence import existing_cells
from saddlepoint.compile.program import ColumnBlock
from saddlepoint.model.model import Model, Problem
from saddlepoint.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The columns before compression: how many, where those of the tables lie, used: those in use,
    increasing, None = all; of these, shape (used,): implicit upper bounds, which may not be negative, which are whole."""

    tables: Tables
    count: int
    used: Index | None
    ub: Array
    nonneg: Mask
    integer: Mask
    blocks: tuple[ColumnBlock, ...]


def layout_of(problem: Problem, model: Model, data: Mapping[int, Datum]) -> Layout:
    """The columns of the tables that a problem decides; data: what its rules of existence read."""
    existing = {
        key: existing_cells(rule, model.tables[key].rest, data).cells for key, rule in problem.exists.items()
    }
    size = {
        key: len(existing[key]) if key in existing else model.tables[key].rest.size for key in problem.decides
    }
    ends = np.cumsum([0, *size.values()]).tolist()
    start = dict(zip(size, ends, strict=False))
    count = int(ends[-1])
    used, nonneg, boolean, integer = (np.zeros(count, dtype=bool) for _ in range(4))
    for variable in (v for v in problem.variables.values() if v.role == "decision"):
        columns = seen_columns(variable, start[variable.table], existing.get(variable.table))[1]
        used[columns] = True
        if variable.nonneg or variable.boolean:
            nonneg[columns] = True
        if variable.boolean:
            boolean[columns] = True
        if variable.integer:
            integer[columns] = True
    for name, variable in model.variables.items():
        if variable.nonneg and variable.table in start and name not in problem.variables:
            nonneg[seen_columns(variable, start[variable.table], existing.get(variable.table))[1]] = True
    tables = Tables(start=start, size=size, used=used, nonneg=nonneg, existing=existing)
    places = None if used.all() else np.flatnonzero(used)
    limited = boolean if places is None else boolean[places]
    return Layout(
        tables=tables,
        count=count,
        used=places,
        ub=np.where(limited, 1.0, np.inf) if limited.any() else infinite(len(limited)),
        nonneg=nonneg if places is None else nonneg[places],
        integer=integer if places is None else integer[places],
        blocks=tuple(_blocks(model, tables)),
    )


def _blocks(model: Model, tables: Tables) -> Iterator[ColumnBlock]:
    first = 0
    for key, start in tables.start.items():
        info, used = model.tables[key], tables.used[start : start + tables.size[key]]
        places = tables.existing.get(key)
        if not used.all():
            held = np.flatnonzero(used)
            places = held if places is None else places[held]
        yield ColumnBlock(
            table=key,
            domain=info.rest,
            start=first,
            size=info.rest.size if places is None else len(places),
            places=places,
            unit=info.spec.unit,
            description=info.spec.description,
            variable=next((v.name for v in info.spec.variables), ""),
            mark=next((v.mark for v in info.spec.variables), info.spec.mark),
        )
        first += info.rest.size if places is None else len(places)


def infinite(size: int) -> Array:
    """+∞ for every column, kept once."""
    return np.broadcast_to(np.float64(np.inf), (size,))
