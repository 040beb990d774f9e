"""Plans, figures and prices of a run as tables of a page: what fits whole, what is larger in sums and ranges."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import Any, Final

from saddlepoint.labels.column_units import main_unit, name_and_unit
from saddlepoint.model.model import Constraint, Model, Problem
from saddlepoint.printing.grid import GAP, grid, natural_width, numerals, without_rounding
from saddlepoint.records import dataclass
from saddlepoint.report.overview import headline, sentence
from saddlepoint.report.pivots import INDENT, Labels, Pivoted, laid_out, pivot, placed_cells
from saddlepoint.store import (
    CatalogueEntry,
    Shown,
    Store,
    catalogue,
    coordinate,
    price_table,
    report_table,
    sums_by,
)
from saddlepoint.store.tables import RowFilter
from saddlepoint.store.totals import counts, largest_rows, totals

OWN_LINES: Final = 14
"""Lines of a table of the prices of one relation, at most."""
MOST_SUMS: Final = 26
"""Items of a set by which a table is summed up, at most."""
PLAN_LINES: Final = 60
"""Lines of plans and figures together, and …"""
PRICE_LINES: Final = 40
"""… of the prices of one problem, from which on tables are told in a line each."""
MOSTLY: Final = 0.25
"""Plans of which no more than this part is not 0 say less than others."""
MOST_CELLS: Final = 40
"""Numbers that are not 0 of a large table, shown one by one, at most."""
LEAST_FORMULA: Final = 16
"""Letters of a formula that are shown at least."""


def result_tables(
    store: Store, model: Model, kept: Sequence[Labels], width: int, full: bool = False
) -> Iterator[list[str]]:
    """Plans, then figures, then prices, of every problem, for the scenarios that were run. StoreError.

    full: every table that fits on a page; else those that say most, on PLAN_LINES and PRICE_LINES, and the others in a line each.
    """
    known = {info.name: info for info in catalogue(store)}
    figures = [f for p in model.problems for f in _figures(store, model, p, known, kept, width)]
    decided = dict.fromkeys(t for p in model.problems for t in p.decides if t in known)
    plans = {key: _plan(store, model, known[key], kept, width) for key in decided}
    room = math.inf if full else PLAN_LINES - sum(len(lines) + 1 for lines in figures)
    yield from _within_room(store, model, kept, plans, room)
    yield from figures
    for problem in model.problems:
        yield from _prices(store, model, problem, known, kept, width, math.inf if full else PRICE_LINES)


def _within_room(
    store: Store, model: Model, kept: Sequence[Labels], plans: Mapping[str, list[str]], room: float
) -> Iterator[list[str]]:
    """The tables of plans, in their order; where they take more lines than there are, some in a line each: of those that are
    mostly 0, of whole numbers, or long."""
    if sum(len(lines) + 1 for lines in plans.values()) <= room:
        yield from plans.values()
        return
    sizes = {key: totals(store, key, _within(store, model, key, kept)) for key in plans}
    said = sorted(
        plans,
        key=lambda key: (
            sizes[key].nonzero <= MOSTLY * sizes[key].rows,
            model.tables[key].spec.domain != "real",
            len(plans[key]),
        ),
    )
    shown: set[str] = set()
    for key in said:
        if len(plans[key]) < room or (not shown and key == said[-1]):
            shown.add(key)
            room -= len(plans[key]) + 1
    yield from (lines for key, lines in plans.items() if key in shown)
    yield [
        "Tables in a line each: `lab.show('TABLE')` shows one, `full=True` all",
        *(f"{INDENT}{headline(store, k, _within(store, model, k, kept))}" for k in plans if k not in shown),
    ]


def _plan(store: Store, model: Model, info: CatalogueEntry, kept: Sequence[Labels], width: int) -> list[str]:
    whole = pivot(store, model, info.name, kept, width)
    if whole is None:
        said = [info.description] if info.description else []
        return [*said, *_in_sums(store, model, info.name, kept, width)]
    unit = f" [{main_unit(info.unit)}]" if info.unit else ""
    title = f"{info.name}{unit}" + (f": {info.description}" if info.description else "")
    return [title, *whole.lines(width)]


def _in_sums(store: Store, model: Model, name: str, kept: Sequence[Labels], width: int) -> Iterator[str]:
    """A table too large for a page: how large it is, and its sums by scenario and the set of the fewest items."""
    where = _within(store, model, name, kept)
    size, sizes = totals(store, name, where), counts(store, name, where)
    yield sentence(store, name, size, sizes)
    if 0 < size.nonzero <= MOST_CELLS:
        yield from _not_zero(store, name, where, width)
        return
    own = {
        n: size for n, size in sizes.items() if coordinate(n) not in map(coordinate, model.scenarios.names)
    }
    few = sorted((size, n) for n, size in own.items() if 1 < size <= MOST_SUMS)
    by = [*(n for n in sizes if n not in own and sizes[n] <= MOST_SUMS), *(n for _, n in few[:1])]
    if by:
        sums = sums_by(store, name, by, where)
        titled = Shown((*map(coordinate, by), "values"), sums.rows, sums.total)
        yield from grid(*laid_out(titled, width=width), INDENT, width=width)
    over = ", ".join(n for n in own if n not in by)
    yield (
        f"{INDENT}summed over {over}; `lab.show('{name}')` shows the table"
        if by and over
        else f"{INDENT}`lab.show('{name}')`"
    )


def _not_zero(store: Store, name: str, where: RowFilter, width: int) -> Iterator[str]:
    """The numbers of a table that are not 0, in its order."""
    found = largest_rows(store, name, where, MOST_CELLS)
    place, value = found.header.index("id"), found.header.index("values")
    rows = sorted((row for row in found.rows if row[value]), key=lambda row: row[place])
    kept = Shown(found.header, tuple(rows), len(rows)).without("id")
    titles = [title.removesuffix("_Name") for title in kept.header]
    yield from grid(titles, kept.rows, INDENT, width=width)
    yield f"{INDENT}the others are 0; `lab.show('{name}')` shows the table"


def _within(store: Store, model: Model, name: str, kept: Sequence[Labels]) -> RowFilter:
    """The scenarios that were run, of those that a table has rows of."""
    own = {n: [labels[k] for labels in kept] for k, n in enumerate(model.scenarios.names)}
    columns = store.columns(name)
    return {n: list(dict.fromkeys(labels)) for n, labels in own.items() if coordinate(n) in columns}


def _figures(
    store: Store,
    model: Model,
    problem: Problem,
    known: Mapping[str, CatalogueEntry],
    kept: Sequence[Labels],
    width: int,
) -> Iterator[list[str]]:
    """The figures of the report: those of one number together, then a table for each of the others."""
    single: dict[str, dict[Labels, Any]] = {}
    tables: list[list[str]] = []
    down: list[str] = []
    for figure in problem.reports:
        name = report_table(figure.name, problem.key)
        if name not in known:
            continue
        title = name_and_unit(figure.name, figure.unit)
        whole = pivot(store, model, name, kept, width)
        if whole is None:
            tables.append(list(_in_sums(store, model, name, kept, width)))
        elif whole.header[-1] == name and whole.depth <= len(model.scenarios.names):
            down = whole.header[:-1]
            single[title] = {tuple(row[:-1]): row[-1] for row in whole.rows}
        else:
            note = f": {figure.description}" if figure.description else ""
            tables.append([title + note, *whole.lines(width)])
    if single:
        yield [
            "Report" + (f" of {problem.title}" if problem.key else ""),
            *grid([*down, *single], _rows(single), INDENT, len(down), width),
        ]
    yield from tables


def _rows(columns: Mapping[str, Mapping[Labels, Any]]) -> list[list[Any]]:
    """Columns of one number per scenario as rows, each after the labels of its scenario."""
    places = dict.fromkeys(p for column in columns.values() for p in column)
    return [[*place, *(column.get(place) for column in columns.values())] for place in places]


@dataclass(slots=True, kw_only=True)
class _Prices:
    """Prices of one problem by how they are shown. together: title → place → (price, whether it binds), beside each other; apart:
    tables of their own; left_out: rows of a table of those that are too large."""

    down: list[str] = field(default_factory=list[str])
    together: dict[str, dict[Labels, Any]] = field(default_factory=dict)
    legend: list[str] = field(default_factory=list[str])
    apart: list[list[str]] = field(default_factory=list[list[str]])
    left_out: list[tuple[Any, ...]] = field(default_factory=list[tuple[Any, ...]])


def _prices(
    store: Store,
    model: Model,
    problem: Problem,
    known: Mapping[str, CatalogueEntry],
    kept: Sequence[Labels],
    width: int,
    room: float,
) -> Iterator[list[str]]:
    """All prices of one problem: together where they fit beside each other, else apart, else in ranges; a star where the constraint binds.

    room: lines of tables of their own.
    """
    if not problem.objectives or problem.products:
        return
    found = _Prices()
    for constraint in problem.constraints:
        name = price_table(constraint.name, problem.key)
        if name in known:
            _add(found, store, model, constraint, known[name], kept, width, room)
    title = f" of {problem.title}" if problem.key else ""
    marked = f"* binds{'; integers fixed at the plan' if _has_integers(problem, model) else ''}"
    if found.together:
        rows = _starred(found.together)
        lines = grid([*found.down, *found.together], rows, INDENT, len(found.down), width)
        yield [f"Prices{title} ({marked})", *lines, *found.legend]
    yield from ([f"Prices{title}: {head} ({marked})", *rest] for head, *rest in found.apart)
    if found.left_out:
        yield [
            f"Prices{title} in a line for each relation: `lab.show('price_…')`",
            *_in_ranges(found.left_out, width),
        ]
    if found.together or found.apart or found.left_out:
        yield [
            f"{INDENT}A price says by how much the objective grows when the right-hand side of a relation, as it is written, grows by one."
        ]


def _add(
    found: _Prices,
    store: Store,
    model: Model,
    constraint: Constraint,
    info: CatalogueEntry,
    kept: Sequence[Labels],
    width: int,
    room: float,
) -> None:
    """Put the prices of one relation where they fit; room: as in `_prices`."""
    unit = main_unit(info.unit)
    named = name_and_unit(constraint.name, unit)
    note = f"  ({constraint.description})" if constraint.description else ""
    cells = placed_cells(store, model, info.name, kept, marked=True)
    if cells is not None:
        titles, scenarios, placed = cells
        down, own = titles[:scenarios], dict[str, dict[Labels, Any]]()
        for place, cell in placed.items():
            of = " / ".join(place[scenarios:])
            own.setdefault(f"{constraint.name}[{of}]" if of else constraint.name, {})[place[:scenarios]] = (
                cell
            )
        if _width(down, found.together | own) <= width:
            found.down, found.together = down, found.together | own
            found.legend.append(f"{INDENT}{named}  {constraint.text}{note}")
            return
    whole = pivot(store, model, info.name, kept, width, marked=True, most=OWN_LINES)
    if whole is not None:
        lines = [f"{named}  {constraint.text}{note}", *_marked(whole).lines(width)]
        if sum(len(one) + 1 for one in found.apart) + len(lines) <= room:
            found.apart.append(lines)
            return
    size = totals(store, info.name, _within(store, model, info.name, kept))
    found.left_out.append((named, size.rows, size.binding, size.least, size.most, constraint.text))


def _width(down: Sequence[str], columns: Mapping[str, Mapping[Labels, Any]]) -> int:
    return natural_width([*down, *columns], _starred(columns)) + len(INDENT)


def _marked(table: Pivoted) -> Pivoted:
    """A table of (price, whether it binds) as texts."""
    titles = [str(k) for k in range(table.depth, len(table.header))]
    columns = {title: {(str(r),): row[int(title)] for r, row in enumerate(table.rows)} for title in titles}
    texts = _starred(columns)
    rows = [[*row[: table.depth], *mine[1:]] for row, mine in zip(table.rows, texts, strict=True)]
    return replace(table, rows=rows)


def _in_ranges(rows: Sequence[tuple[Any, ...]], width: int) -> list[str]:
    """Relations with how many of their rows bind, and from where to where their prices go; long formulas are cut."""
    header = ("relation", "rows", "bind", "least", "greatest", "formula")
    room = max(
        LEAST_FORMULA, width - len(INDENT) - natural_width(header[:-1], [row[:-1] for row in rows]) - len(GAP)
    )
    cut = [(*row[:-1], row[-1] if len(row[-1]) <= room else row[-1][: room - 2] + " …") for row in rows]
    return grid(header, cut, INDENT)


def _starred(columns: Mapping[str, Mapping[Labels, Any]]) -> list[list[Any]]:
    """Prices as rows of texts, each after its labels, with a star where the constraint binds; what is rounding beside the largest
    of all is 0."""
    cells = [cell or (None, 0) for column in columns.values() for cell in column.values()]
    quiet = iter(without_rounding([price for price, _ in cells], [binds for _, binds in cells]))
    rows: dict[Labels, dict[str, Any]] = {}
    for title, column in columns.items():
        prices = [next(quiet) for _ in column]
        for (place, cell), price, text in zip(
            column.items(), prices, numerals(prices, exact=True), strict=True
        ):
            shown = None if price is None else text + (" *" if cell[1] else "  ")
            rows.setdefault(place, {})[title] = shown
    return [[*place, *(row.get(title) for title in columns)] for place, row in rows.items()]


def _has_integers(problem: Problem, model: Model) -> bool:
    return any(model.tables[t].spec.domain != "real" for t in problem.decides)
