"""Tables of the store as they stand on a terminal: one set across where it fits, and what stands in place of a larger one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from saddlepoint.labels.column_units import with_unit
from saddlepoint.model.model import Model
from saddlepoint.printing.grid import without_rounding
from saddlepoint.store import Shown, Store, coordinate, show_rows

WIDEST: Final = 120
"""Tables of more characters in a line are left to `saddle show` too."""
NARROWEST: Final = 9

Labels = tuple[str, ...]


def pivot(
    store: Store, model: Model, name: str, kept: Sequence[Labels], most: int, marked: bool = False
) -> tuple[list[str], list[list[Any]]] | None:
    """A result table with the last coordinate across, scenarios and the other coordinates down; None if it is too large.

    marked: prices, with a star where the constraint binds.
    """
    shown = show_rows(store, name, None, most * 8 + 1)
    if shown.total > most * 8:
        return None
    axes = [coordinate(n) for n in model.scenarios.names]
    down = [shown.header.index(a) for a in axes if a in shown.header]
    others = [k for k, t in enumerate(shown.header) if t.endswith("_Name") and k not in down]
    aside = [] if marked else others[:-1]
    across = [k for k in others if k not in aside]
    value = shown.header.index("price" if marked else "values")
    binds = shown.header.index("binding") if marked else None
    wanted = {tuple(labels[axes.index(shown.header[k])] for k in down) for labels in kept}
    cells: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in shown.rows:
        place = tuple(str(row[k]) for k in down)
        if place in wanted:
            here = cells.setdefault((*place, *(str(row[k]) for k in aside)), {})
            cell = row[value] if binds is None else (row[value], row[binds])
            here[" / ".join(str(row[k]) for k in across)] = cell
    titles = list(dict.fromkeys(t for here in cells.values() for t in here))
    if len(titles) * len(cells) > most * 8 or not fits(titles):
        return None
    header = [shown.header[k].removesuffix("_Name") for k in [*down, *aside]] + [t or name for t in titles]
    return header, [[*place, *(here.get(t) for t in titles)] for place, here in cells.items()]


def quieted(shown: Shown) -> Shown:
    """The rows of a table of prices without what is rounding: the slack of a relation that binds, and prices (`without_rounding`)."""
    if not {"price", "slack", "binding"} <= set(shown.header):
        return shown
    price, slack, binds = map(shown.header.index, ("price", "slack", "binding"))
    prices = without_rounding([row[price] for row in shown.rows], [row[binds] for row in shown.rows])
    rows: list[tuple[Any, ...]] = []
    for row, cell in zip(shown.rows, prices, strict=True):
        cells = list(row)
        cells[price] = cell
        if cells[binds] and cells[slack] is not None:
            cells[slack] = 0.0
        rows.append(tuple(cells))
    return replace(shown, rows=tuple(rows))


def laid_out(shown: Shown, unit: str = "") -> tuple[list[str], list[list[Any]]]:
    """Header and rows of a table: numbers with the last coordinate across where all of them fit on a page.

    unit: as the catalogue says it, shown in the titles of the columns.
    """
    plain = quieted(shown.without("id"))
    titles = [name.removesuffix("_Name") for name in plain.header]
    labels = [k for k, name in enumerate(plain.header) if name.endswith("_Name")]
    rows = [list(row) for row in plain.rows]
    alone = len(titles) == len(labels) + 1 and "values" in titles
    if len(labels) < 2 or not alone or shown.total > len(rows):
        return [with_unit(title, unit) for title in titles], rows
    *down, across = labels
    value = titles.index("values")
    columns = list(dict.fromkeys(str(row[across]) for row in rows))
    cells: dict[Labels, dict[str, Any]] = {}
    for row in rows:
        cells.setdefault(tuple(str(row[k]) for k in down), {})[str(row[across])] = row[value]
    if not fits(columns):
        return [with_unit(title, unit) for title in titles], rows
    header = [*(titles[k] for k in down), *columns]
    return header, [[*place, *(here.get(t) for t in columns)] for place, here in cells.items()]


def fits(titles: Sequence[str]) -> bool:
    """Whether columns with these titles stand beside each other on a page."""
    return sum(max(len(t), NARROWEST) + 2 for t in titles) <= WIDEST


def too_large(store: Store, name: str) -> str:
    """What stands in place of a table that is too large for a summary."""
    return f"{show_rows(store, name, None, 0).total:,} rows, `lab.show('{name}')`"
