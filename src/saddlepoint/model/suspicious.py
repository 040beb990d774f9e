"""Numbers that are allowed and look wrong: far from their neighbours, or given where no formula reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from saddlepoint.arrays import Array, Mask
from saddlepoint.errors import Diagnostic, Mark
from saddlepoint.files.sheet import Sheet
from saddlepoint.labels.cells import in_words
from saddlepoint.model.fetch import Fetched, all_cells, places_of
from saddlepoint.model.model import Model, TableInfo
from saddlepoint.model.wide import long_form

FAR = 1e6
"""Beside the median of its neighbours."""
FEWEST = 3
"""Numbers of a line, zeros left out, from which a median is told."""
SHOWN = 5


def suspicious_data(model: Model, fetched: Fetched, sheets: Mapping[str, Sheet]) -> Iterable[Diagnostic]:
    """Warnings: K620 (numbers 1e6 times larger or smaller than their neighbours), K621 (numbers that no formula reads).

    Neighbours are the other numbers along one set of the table; a number counts as far if it is so along every set with
    enough numbers: attributes of different sizes side by side are not.
    """
    for info in model.inputs:
        table = fetched.tables.get(info.key)
        if table is None or "values" not in table.columns:
            continue
        sheet = sheets.get(info.key)
        mark = places_of(info, None if sheet is None else long_form(info, sheet))
        values = table.columns["values"]
        yield from _far(info, values, mark)
        yield from _unread(model, info, values, mark)


def _far(info: TableInfo, values: Array, mark: Callable[[int], Mark]) -> Iterable[Diagnostic]:
    size, told = _beside_median(np.abs(values).reshape(info.domain.shape))
    far = np.flatnonzero(told & ((size >= FAR) | (size <= 1 / FAR)))
    for cell in far[:SHOWN].tolist():
        where = ", ".join(info.domain.coordinates(cell))
        larger = size[cell] >= FAR
        times = size[cell] if larger else 1 / size[cell]
        more = (
            f"; {len(far) - SHOWN} more of the table like it"
            if len(far) > SHOWN and cell == far[SHOWN - 1]
            else ""
        )
        yield Diagnostic(
            "K620",
            f"{info.key}[{where}] is {values[cell]:g}, {times:.2g} times {'larger' if larger else 'smaller'} than its neighbours{more}",
            mark(cell),
            why="Another unit, a slip of the keyboard, or a number that stands for no limit: such sizes side by side cost digits.",
            fix="Correct the number or its unit; where it means no limit, leave the cell blank or drop the relation there with where.",
            severity="warning",
        )


def _beside_median(size: Array) -> tuple[Array, Mask]:
    """Each number beside the median of its lines, the least remarkable one, flat; and whether there is such a line."""
    known = np.where((size > 0) & np.isfinite(size), size, np.nan)
    best = np.full(known.shape, np.inf)
    told = np.zeros(known.shape, dtype=bool)
    for axis in range(known.ndim):
        enough = np.isfinite(known).sum(axis=axis, keepdims=True) >= FEWEST
        if not enough.any():
            continue
        filled = np.where(enough, known, 1.0)
        ratio = np.log(filled) - np.log(np.nanmedian(filled, axis=axis, keepdims=True))
        mine = np.broadcast_to(enough, known.shape) & np.isfinite(known)
        nearer = mine & (np.abs(ratio) < np.abs(best))
        best[nearer] = ratio[nearer]
        told |= mine
    return np.exp(np.where(told, best, 0.0)).reshape(-1), told.reshape(-1)


def _unread(
    model: Model, info: TableInfo, values: Array, mark: Callable[[int], Mark]
) -> Iterable[Diagnostic]:
    idle = np.flatnonzero(np.isfinite(values) & (values != 0) & ~read_cells(model, info))
    if not len(idle):
        return
    named = in_words(info.domain, idle)
    where = "; ".join(w for w in named[:SHOWN] if w)
    rest = f"; and {len(named) - SHOWN} more places" if len(named) > SHOWN else ""
    count = "1 number" if len(idle) == 1 else f"{len(idle):,} numbers"
    yield Diagnostic(
        "K621",
        f"no formula reads {count} of table {info.key!r}" + (f": {where}{rest}" if where else ""),
        mark(int(idle[0])),
        why="They change nothing, whatever they are: a filter leaves them out, or a name is missing in a formula.",
        fix="Read them in a formula, widen the filter of the variable, or delete them.",
        severity="warning",
    )


def read_cells(model: Model, info: TableInfo) -> Mask:
    """Flat mask of the cells of a table that a relation, an objective or a figure of the report reads."""
    read = np.zeros(info.domain.size, dtype=bool)
    for problem in model.problems:
        figures = (n.variable for report in problem.reports for n in report.node.walk())
        for variable in (*problem.variables.values(), *figures):
            if variable is not None and variable.table == info.key and variable.values is None:
                read[all_cells(variable.cells, variable.strides, info)] = True
    return read
