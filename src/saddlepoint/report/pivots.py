"""Tables of the store as they stand on a terminal: the layout that fits it, and what stands in place of a larger one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from saddlepoint.labels.column_units import with_unit
from saddlepoint.model.model import Model
from saddlepoint.printing.grid import grid, natural_width, quieted_prices
from saddlepoint.records import dataclass
from saddlepoint.store import Shown, Store, coordinate, show_rows

PAGE: Final = 120
"""Columns where there is no terminal."""
LINES: Final = 30
"""Lines of a table in a summary, at most."""
CELLS: Final = 600
"""Numbers of a table that is laid out, at most."""
INDENT: Final = "  "

Labels = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pivoted:
    """A table with labels across. depth: columns of labels on the left."""

    header: list[str]
    rows: list[list[Any]]
    depth: int

    @property
    def width(self) -> int:
        """The columns of a terminal that it takes."""
        return natural_width(self.header, self.rows) + len(INDENT)

    def lines(self, width: int | None) -> list[str]:
        """Its lines, in parts where it is wider."""
        return grid(self.header, self.rows, INDENT, self.depth, width)


def pivot(
    store: Store,
    model: Model,
    name: str,
    kept: Sequence[Labels],
    width: int,
    marked: bool = False,
    most: int = LINES,
) -> Pivoted | None:
    """A result table of the scenarios that were run, in the first layout that fits on a page; None if none does.

    The last coordinate across; else the scenarios across; else the last coordinate across in parts. marked: cells are (price, whether the
    constraint binds); most: lines that are shown.
    """
    cells = placed_cells(store, model, name, kept, marked)
    if cells is None:
        return None
    layouts = list(_layouts(*cells, name))
    for one in layouts:
        if one.width <= width and len(one.rows) + 2 <= most:
            return one
    first = layouts[0]
    return first if len(first.lines(width)) <= most else None


PlacedCells = tuple[list[str], int, dict[Labels, Any]]
"""Titles of the coordinates, the scenarios' first; how many these are; coordinates → cell."""


def placed_cells(
    store: Store, model: Model, name: str, kept: Sequence[Labels], marked: bool = False
) -> PlacedCells | None:
    """The numbers of a result table in the scenarios that were run, by coordinates; None if they are too many for a page. marked:
    as in `pivot`."""
    if show_rows(store, name, None, 0).total > CELLS:
        return None
    shown = show_rows(store, name)
    axes = [coordinate(n) for n in model.scenarios.names]
    down = [shown.header.index(a) for a in axes if a in shown.header]
    others = [k for k, t in enumerate(shown.header) if t.endswith("_Name") and k not in down]
    value = shown.header.index("price" if marked else "values")
    binds = shown.header.index("binding") if marked else None
    wanted = {tuple(labels[axes.index(shown.header[k])] for k in down) for labels in kept}
    found = {
        tuple(str(row[k]) for k in [*down, *others]): row[value]
        if binds is None
        else (row[value], row[binds])
        for row in shown.rows
        if tuple(str(row[k]) for k in down) in wanted
    }
    titles = [shown.header[k].removesuffix("_Name") for k in [*down, *others]]
    return titles, len(down), found


def _layouts(titles: list[str], scenarios: int, found: dict[Labels, Any], name: str) -> Iterator[Pivoted]:
    every = range(len(titles))
    across = every[scenarios:][-1:]
    yield _turned(titles, found, [k for k in every if k not in across], across, name)
    if scenarios < len(titles):
        yield _turned(titles, found, every[scenarios:], every[:scenarios], name)


def _turned(
    titles: list[str], found: dict[Labels, Any], down: Sequence[int], across: Sequence[int], name: str
) -> Pivoted:
    """Cells with some coordinates down and the others across."""
    rows: dict[Labels, dict[str, Any]] = {}
    for place, cell in found.items():
        here = rows.setdefault(tuple(place[k] for k in down), {})
        here[" / ".join(place[k] for k in across)] = cell
    columns = list(dict.fromkeys(t for here in rows.values() for t in here))
    header = [*(titles[k] for k in down), *(t or name for t in columns)]
    body = [[*place, *(here.get(t) for t in columns)] for place, here in rows.items()]
    return Pivoted(header=header, rows=body, depth=len(down))


def quieted(shown: Shown) -> Shown:
    """The rows of a table of prices without what is rounding: the slack of a relation that binds, and prices (`quieted_prices`)."""
    return replace(shown, rows=tuple(quieted_prices(shown.header, shown.rows)))


def laid_out(shown: Shown, unit: str = "", width: int = PAGE) -> tuple[list[str], list[list[Any]]]:
    """Header and rows of a table: numbers with the last coordinate across where that fits on a page, else with the one that makes the
    page shortest.

    unit: as the catalogue says it, shown in the titles of the columns.
    """
    plain = quieted(shown.without("id"))
    titles = [name.removesuffix("_Name") for name in plain.header]
    labels = [k for k, name in enumerate(plain.header) if name.endswith("_Name")]
    rows = [list(row) for row in plain.rows]
    alone = len(titles) == len(labels) + 1 and "values" in titles
    as_it_is = [with_unit(title, unit) for title in titles], rows
    if len(labels) < 2 or not alone or shown.total > len(rows):
        return as_it_is
    value = titles.index("values")
    found = {tuple(str(row[k]) for k in labels): row[value] for row in rows}
    keys = [titles[k] for k in labels]
    every = range(len(keys))
    turned = [_turned(keys, found, [k for k in every if k != last], [last], "values") for last in every[::-1]]
    fitting = [one for one in turned if one.width - len(INDENT) <= width]
    if not fitting:
        return as_it_is
    best = fitting[0] if fitting[0] is turned[0] else min(fitting, key=lambda one: len(one.rows))
    return best.header, best.rows
