"""Numbers that are allowed and look wrong: far from their neighbours, or given where no formula reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.errors import Diagnostic, Mark
from saddlepoint.files.sheet import Sheet
from saddlepoint.labels.cells import in_words
from saddlepoint.model.fetch import Fetched, cells_seen, places_of
from saddlepoint.model.lone_signs import lone_sign, lone_sign_note
from saddlepoint.model.model import Model, TableInfo
from saddlepoint.model.odd_signs import odd_signs
from saddlepoint.model.outlying import FEWEST, times_apart
from saddlepoint.model.wide import long_form
from saddlepoint.printing.grid import number

FAR = 1e6
"""Beside the median of its neighbours."""
DUST = 1e-14
"""Beside the largest of a table: what a formula left that made it, such as the sine of π, and no number."""
TWO = 2
"""Numbers of a group of one unit, at least."""
GAP, TIGHT = 150.0, 10.0
"""How far apart two groups are at least, and how far each spreads at most."""
FACTORS, WIDE = (1000.0, 3600.0, 1e6), 3.0
"""Between kW and MW, seconds and hours, W and MW; and how far the middles of groups may lie from it."""
MOST_LINES = 10_000
SHOWN = 5


def suspicious_data(model: Model, fetched: Fetched, sheets: Mapping[str, Sheet]) -> Iterable[Diagnostic]:
    """Warnings: K620 (numbers much larger or smaller than their neighbours), K912 (numbers of another sign than these), K913 (the
    one number of a sign), K621 (numbers that no formula reads), K903 (numbers of one line in two groups that are a factor between
    units apart).

    Neighbours are the other numbers along one set of the table; a number counts as far if it is a million times the median of
    every line that it stands in, or if a gap parts it from others that are alike: attributes of different sizes side by side are
    not.
    """
    for info in model.inputs:
        table = fetched.tables.get(info.key)
        if table is None:
            continue
        sheet = sheets.get(info.key)
        mark = places_of(info, None if sheet is None else long_form(info, sheet))
        for column, numbers in table.columns.items():
            if numbers.dtype.kind == "f" and numbers.size == info.domain.size:
                yield from _far(info, column, numbers, mark)
                yield from _odd(info, column, numbers, mark)
        if "values" not in table.columns:
            continue
        values = table.columns["values"]
        yield from _lone(info, values, mark)
        yield from _two_units(info, values, mark)
        yield from _unread(model, info, values, mark)


def _far(info: TableInfo, column: str, values: Array, mark: Callable[[int], Mark]) -> Iterable[Diagnostic]:
    shaped = values.reshape(info.domain.shape)
    size, told = _beside_median(np.abs(shaped))
    apart = times_apart(shaped).reshape(-1)
    times = np.where(np.isfinite(apart), apart, size)
    dust = np.abs(values) <= DUST * np.abs(values[np.isfinite(values)]).max(initial=0.0)
    far = np.flatnonzero(~dust & (np.isfinite(apart) | (told & ((size >= FAR) | (size <= 1 / FAR)))))
    for cell in far[:SHOWN].tolist():
        larger = times[cell] >= 1
        factor = times[cell] if larger else 1 / times[cell]
        more = _more(far, cell)
        yield Diagnostic(
            "K620",
            f"{_cell(info, column, cell)} is {number(float(values[cell]))}, {number(float(format(factor, '.2g')))} times {'larger' if larger else 'smaller'} than its neighbours{more}",
            mark(cell),
            why="Another unit, a slip of the keyboard, or a number that stands for no limit: such sizes side by side cost digits.",
            fix="Correct the number or its unit; where it means no limit, leave the cell blank or drop the relation there with where.",
            severity="warning",
        )


def _odd(info: TableInfo, column: str, values: Array, mark: Callable[[int], Mark]) -> Iterable[Diagnostic]:
    """Numbers of another sign than all their neighbours."""
    odd = np.flatnonzero(odd_signs(values.reshape(info.domain.shape)))
    for cell in odd[:SHOWN].tolist():
        one, all_others = ("below", "above") if values[cell] < 0 else ("above", "below")
        more = _more(odd, cell)
        yield Diagnostic(
            "K912",
            f"{_cell(info, column, cell)} is {values[cell]:g}, {one} 0, where its neighbours are {all_others}{more}",
            mark(cell),
            why="A sign that one number alone has is mostly a slip of the keyboard.",
            fix="Correct the sign; where it is meant, nothing is to be done.",
            severity="warning",
        )


def _more(found: Index, cell: int) -> str:
    """How many more there are, at the last cell that is told."""
    last = len(found) > SHOWN and cell == found[SHOWN - 1]
    return f"; {len(found) - SHOWN} more of the table like it" if last else ""


def _lone(info: TableInfo, values: Array, mark: Callable[[int], Mark]) -> Iterable[Diagnostic]:
    """The one number of a sign, where that is not told already as more than chance."""
    cell = lone_sign(values)
    if cell is not None and not odd_signs(values.reshape(info.domain.shape)).reshape(-1)[cell]:
        yield lone_sign_note(info, values, cell, mark(cell))


def _cell(info: TableInfo, column: str, cell: int) -> str:
    """A number for a sentence: "demand[north]", "the mean of demand[north]"."""
    named = info.domain.called(info.key, cell)
    return named if column == "values" else f"the {column} of {named}"


def _two_units(info: TableInfo, values: Array, mark: Callable[[int], Mark]) -> Iterable[Diagnostic]:
    """Lines of a table (along one set, all else alike) whose numbers fall into two groups, one about a thousand times the other."""
    grid = np.abs(values).reshape(info.domain.shape)
    flat = np.arange(info.domain.size).reshape(info.domain.shape)
    found: list[tuple[int, int, float]] = []
    lines = 0
    for axis in range(grid.ndim):
        for numbers, cells in zip(_lines(grid, axis), _lines(flat, axis), strict=True):
            known = np.flatnonzero((numbers > 0) & np.isfinite(numbers))
            lines += len(known) >= 2 * TWO
            parted = _parted(numbers[known]) if len(known) >= 2 * TWO else None
            if parted is not None:
                large, times = parted
                found.append((int(cells[known[large][0]]), int(cells[known[~large][0]]), times))
        if found:
            break
    if not found or 2 * len(found) < lines:
        return
    high, low, times = found[0]
    named = [f"{info.key}[{', '.join(info.domain.coordinates(cell))}]" for cell in (high, low)]
    yield Diagnostic(
        "K903",
        f"the numbers of {info.key} fall into two groups about {times:.0f} apart: {named[0]} is {values[high]:g}, {named[1]} is {values[low]:g}",
        mark(high),
        why=f"So far apart are kW and MW, kg and t{', seconds and hours' if times > 2000 else ''}; a table has one unit{f', here {info.spec.unit}' if info.spec.unit else ''}.",
        fix="Bring them to one unit, or split the table; where the sizes are right, nothing is to be done.",
        severity="warning",
    )


def _lines(grid: NDArray[Any], axis: int) -> Iterable[NDArray[Any]]:
    """The lines along one axis, at most MOST_LINES of them."""
    return np.moveaxis(grid, axis, -1).reshape(-1, grid.shape[axis])[:MOST_LINES]


def _parted(numbers: Array) -> tuple[Mask, float] | None:
    """Which numbers are the large ones of two tight groups a factor between units apart, and that factor; None if there are none."""
    ordered = np.sort(numbers)
    gaps = ordered[1:] / ordered[:-1]
    k = int(np.argmax(gaps))
    small, large = ordered[: k + 1], ordered[k + 1 :]
    if min(len(small), len(large)) < TWO or gaps[k] < GAP:
        return None
    tight = max(small[-1] / small[0], large[-1] / large[0]) <= TIGHT
    times = float(np.median(large) / np.median(small))
    near = [f for f in FACTORS if f / WIDE <= times <= f * WIDE]
    return (numbers > small[-1], near[0]) if tight and near else None


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
    stated = (v for p in model.problems for v in p.variables.values())
    figures = (v for p in model.problems for report in p.reports for v in report.node.variables)
    read = cells_seen((*stated, *figures), info)
    idle = np.flatnonzero(np.isfinite(values) & (values != 0) & ~read)
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
