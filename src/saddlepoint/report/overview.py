"""A table of any size on a page: what it sums up to, over which labels, its largest entries, its first rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from saddlepoint.labels.column_units import main_unit
from saddlepoint.printing.grid import grid, six_digits
from saddlepoint.report.pivots import PAGE, laid_out
from saddlepoint.store import Shown, Store, show_rows, sums_by
from saddlepoint.store.tables import RowFilter, entry_of
from saddlepoint.store.totals import Totals, counts, largest_rows, measure_column, totals

FEW: Final = 12
"""Sums are shown over coordinates with at most so many labels, and over the first one."""
HEAD: Final = 8
"""Rows of a long table that are shown."""


def overview(
    store: Store, name: str, where: RowFilter | None = None, width: int | None = None
) -> Iterator[str]:
    """The lines of an overview of a table of the store. StoreError B011, B012."""
    found, sizes = totals(store, name, where), counts(store, name, where)
    yield sentence(store, name, found, sizes)
    if found.given:
        for axis in _summed(sizes):
            yield from ("", *grid_of(sums_by(store, name, [axis], where), width))
        biggest = largest_rows(store, name, where).without("id")
        yield from ("", "The largest", *grid_of(biggest, width))
    across = list(sizes.values())[-1] if len(sizes) > 1 and found.column == "values" else 1
    head = show_rows(store, name, where, HEAD * across if across <= FEW else HEAD)
    info = entry_of(store, name)
    laid = laid_out(replace(head, total=len(head.rows)), info.unit if info else "", width or PAGE)
    yield from ("", "The first rows", *grid(*laid, "  ", width=width))


def headline(store: Store, name: str, where: RowFilter | None = None) -> str:
    """A table in a sentence. StoreError B011, B012."""
    return sentence(store, name, totals(store, name, where), counts(store, name, where))


def sentence(store: Store, name: str, found: Totals, axes: Mapping[str, int]) -> str:
    """A table in a sentence: its unit, size, sum (of prices: how many bind) and range. axes: coordinate → how many labels occur."""
    info = entry_of(store, name)
    unit = main_unit(info.unit) if info is not None else ""
    size = " × ".join(f"{count:,} {axis}" for axis, count in axes.items())
    parts = [
        f"{name}{f' [{unit}]' if unit else ''}: {found.rows:,} rows" + (f" ({size})" if len(axes) > 1 else "")
    ]
    if found.column and not found.given:
        parts.append("no numbers")
    if found.least is not None and found.most is not None:
        parts.append(f"{found.nonzero:,} not 0")
        if found.column == "values" and found.total is not None:
            parts.append(f"total {six_digits(found.total)}")
        if found.binding is not None:
            parts.append(f"{found.binding:,} bind")
        parts.append(f"from {six_digits(found.least)} to {six_digits(found.most)}")
    return ", ".join(parts)


def grid_of(shown: Shown, width: int | None = None) -> list[str]:
    """Rows under titles without the ending of label columns."""
    titles = [title.removesuffix("_Name") for title in shown.header]
    return grid(titles, shown.rows, "  ", width=width)


def _summed(sizes: dict[str, int]) -> Sequence[str]:
    """The coordinates over which sums are worth a look."""
    if len(sizes) < 2:
        return ()
    return [axis for axis, size in sizes.items() if 1 < size <= FEW]


def grouped(
    store: Store, name: str, by: Sequence[str], where: RowFilter | None, width: int | None
) -> Iterator[str]:
    """Sums of a table over everything but some coordinates, the last of them across where that fits. StoreError B011, B012."""
    shown = sums_by(store, name, by, where)
    if measure_column({"values": ""}) == shown.header[-1]:
        titled = Shown((*(f"{key}_Name" for key in by), "values"), shown.rows, shown.total)
        yield from grid(*laid_out(titled, width=width or PAGE), width=width)
        return
    yield from grid(shown.header, shown.rows, width=width)
