"""The sheets of an exported workbook as a person wants them: a front sheet, units, numbers and dates as such, number formats."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any, Final

import numpy as np

from saddlepoint.files import Sheet, as_label, cell_number
from saddlepoint.labels.column_units import name_and_unit, with_unit
from saddlepoint.printing.grid import gap_text
from saddlepoint.store import (
    CatalogueEntry,
    Outcomes,
    Store,
    count_outcomes,
    history,
    last_outcomes,
    show_rows,
)
from saddlepoint.store.plain_views import best_across

FRONT: Final = "summary"
OPEN: Final = 1e-6
"""A gap above this is that of an integer plan to its bound, and no residual."""
_FEW: Final = 12
"""Rows of a figure of the report that the front sheet shows."""
_EPOCH: Final = datetime.datetime(1899, 12, 30)
_FIRST: Final = datetime.datetime(1900, 3, 1)
"""Before this day spreadsheets disagree on the calendar."""
_DAY: Final = datetime.timedelta(days=1)
_DATE, _MOMENT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm"


def dressed(sheet: Sheet, unit: str) -> tuple[Sheet, tuple[str, ...]]:
    """A sheet with the unit of each column in its header and labels that are numbers or dates as such, and the number format of
    each column."""
    pairs = [
        _labels(cells) if title.endswith("_Name") else (cells, number_form(cells))
        for title, cells in zip(sheet.header, sheet.columns, strict=True)
    ]
    header = tuple(with_unit(title, unit) for title in sheet.header)
    return replace(sheet, header=header, columns=tuple(c for c, _ in pairs)), tuple(f for _, f in pairs)


def spread_across(sheet: Sheet) -> tuple[Sheet, str] | None:
    """A table over two sets and more with the items of one across, and the name of that column; None where a row per cell is better.

    Only tables of one column of numbers, with a row for every combination of their labels, are spread.
    """
    labels = [k for k, title in enumerate(sheet.header) if title.endswith("_Name")]
    if len(labels) < 2 or [*sheet.header[len(labels) :]] != ["values"]:
        return None
    items = [[*dict.fromkeys(map(str, sheet.columns[k]))] for k in labels]
    sizes = tuple(map(len, items))
    if math.prod(sizes) != len(sheet) or any(
        row != whole
        for row, whole in zip(zip(*sheet.columns[: len(labels)], strict=True), product(*items), strict=True)
    ):
        return None
    for title in best_across(dict(zip(sheet.header, sizes, strict=False))):
        k = sheet.header.index(title)
        if not any(item.endswith("_Name") or not item for item in items[k]):
            return _spread_along(sheet, items, k), title
    return None


def _spread_along(sheet: Sheet, items: Sequence[Sequence[str]], k: int) -> Sheet:
    shape = tuple(map(len, items))
    values = np.empty(len(sheet), dtype=object)
    values[:] = sheet.columns[-1]
    columns = np.moveaxis(values.reshape(shape), k, 0).reshape(shape[k], -1)
    rest = [*zip(*product(*(each for j, each in enumerate(items) if j != k)), strict=True)]
    header = (*(title for j, title in enumerate(sheet.header[:-1]) if j != k), *items[k])
    return replace(
        sheet, header=header, columns=(*map(list[object], rest), *(list(column) for column in columns))
    )


def dressed_across(sheet: Sheet, unit: str) -> tuple[Sheet, tuple[str, ...]]:
    """A sheet with items across, as `dressed` makes others: the unit behind each item, one number format for all."""
    labels = [title.endswith("_Name") for title in sheet.header]
    pairs = [_labels(cells) for cells, label in zip(sheet.columns, labels, strict=True) if label]
    numbers = sheet.columns[len(pairs) :]
    form = number_form([cell for cells in numbers for cell in cells if cell is not None])
    items = [name_and_unit(title, unit) for title in sheet.header[len(pairs) :]]
    header = (*sheet.header[: len(pairs)], *items)
    forms = (*(form for _, form in pairs), *[form] * len(numbers))
    return replace(sheet, header=header, columns=(*(cells for cells, _ in pairs), *numbers)), forms


def number_form(cells: Sequence[object]) -> str:
    """The number format of a column, after its largest number; "" of texts."""
    try:
        values = np.array(cells, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        return ""
    values = np.abs(values[np.isfinite(values)])
    largest = float(values.max(initial=0.0))
    if largest >= 1e12 or 0.0 < largest < 1e-3:
        return "0.00E+00"
    if (values == np.floor(values)).all():
        return "#,##0"
    return "#,##0.00" if largest >= 1.0 else "0.0000"


def _labels(cells: list[object]) -> tuple[list[object], str]:
    """Labels as numbers or as days of a spreadsheet, where every one of them reads back as it was; the format to show them in."""
    known = {str(cell) for cell in cells}
    for convert, form in ((_as_number, "General"), (_as_day, _DATE), (_as_moment, _MOMENT)):
        found = {label: value for label in known if (value := convert(label)) is not None}
        if len(found) < len(known) or not known:
            continue
        if form == _MOMENT and all(value == math.floor(value) for value in found.values()):
            break  # midnights alone would read back as days
        return [found[str(cell)] for cell in cells], form
    return cells, ""


def _as_number(label: str) -> float | None:
    value = cell_number(label)
    return value if math.isfinite(value) and as_label(value) == label else None


def _as_day(label: str) -> float | None:
    return _serial(label, "%Y-%m-%d")


def _as_moment(label: str) -> float | None:
    return _serial(label, "%Y-%m-%d %H:%M")


def _serial(label: str, form: str) -> float | None:
    """The day number of a spreadsheet."""
    try:
        value = datetime.datetime.strptime(label, form)
    except ValueError:
        return None
    return (value - _EPOCH) / _DAY if value >= _FIRST and value.strftime(form) == label else None


def front(
    store: Store, chosen: Sequence[CatalogueEntry], title: str, stale: str, units: Mapping[str, str]
) -> Sheet:
    """What the results are, whether they fit the inputs, what was found (units: of objectives, by problem), and where it comes
    from. StoreError."""
    rows: list[tuple[str, object]] = [("Stale", stale)] if stale else []
    rows += [*_found(store, units), *_figures(store, chosen), *_origin(store, chosen)]
    names, values = zip(*rows, strict=True) if rows else ((), ())
    return Sheet(FRONT, ("Model", title or "-"), ([*names], [*values]))


def _found(store: Store, units: Mapping[str, str]) -> Iterator[tuple[str, object]]:
    """Statuses, and the objective of each problem: the value, or the least and the largest over the scenarios."""
    header, rows = last_outcomes(store)
    at = {name: k for k, name in enumerate(header)}
    for problem in dict.fromkeys(row[at["problem"]] for row in rows):
        own = [row for row in rows if row[at["problem"]] == problem]
        of = f" of {problem}" if problem else ""
        words = [row[at["status"]] for row in own]
        counts = (f"{word}: {words.count(word):,}" for word in dict.fromkeys(words))
        yield f"Scenarios{of}", ", ".join(counts)
        values = [row[at["objective"]] for row in own if row[at["objective"]] is not None]
        unit = units.get(problem, "")
        yield from _spread(name_and_unit(f"Objective{of}", unit), values)


def _spread(name: str, values: Sequence[float]) -> Iterator[tuple[str, object]]:
    if len(values) == 1:
        yield name, values[0]
    elif values:
        yield from ((f"{name}, {word}", of(values)) for word, of in _ENDS)


_ENDS: Final[tuple[tuple[str, Callable[[Sequence[float]], float]], ...]] = (("least", min), ("largest", max))


def _figures(store: Store, chosen: Sequence[CatalogueEntry]) -> Iterator[tuple[str, object]]:
    for info in chosen:
        if not info.name.startswith("report_"):
            continue
        shown = show_rows(store, info.name, limit=_FEW + 1)
        name = name_and_unit(info.name.removeprefix("report_"), info.unit)
        labels = [k for k, column in enumerate(shown.header) if column.endswith("_Name")]
        if "values" not in shown.header:
            continue
        if shown.total > _FEW:
            yield name, f"{shown.total:,} values, in the tab {info.name}"
            continue
        for row in shown.rows:
            of = ", ".join(str(row[k]) for k in labels)
            yield (f"{name}: {of}" if of else name), row[shown.header.index("values")]


def _origin(store: Store, chosen: Sequence[CatalogueEntry]) -> Iterator[tuple[str, object]]:
    """Runs, versions, hashes."""
    sources = {info.run for info in chosen if info.run}
    for run in history(store):
        if run.id not in sources:
            continue
        called = f" ({run.name})" if run.name else ""
        yield f"Run {run.id}{called}", f"{run.started[:16].replace('T', ' ')} UTC, {run.command}"
        if run.note:
            yield "Note", run.note
        yield from _errors(count_outcomes(store, run.id))
        yield "Made with", ", ".join(f"{name} {version}" for name, version in run.versions.items())
        yield "Hash of the settings", run.settings_hash
        yield "Hash of the inputs", run.inputs_hash


def _errors(found: Sequence[Outcomes]) -> Iterator[tuple[str, str]]:
    """The largest residual of a run, and the gap of its plans to their bound where that is more than the tolerance of a certificate."""
    gap = max((one.gap for one in found), default=0.0)
    open_gap = gap > OPEN
    if found:
        yield "Largest residual", f"{max(one.besides if open_gap else one.residual for one in found):.1e}"
    if open_gap:
        yield "Largest gap to the bound", gap_text(gap)


def forms_of(sheet: Sheet) -> tuple[str, ...]:
    """The number format of each column, of a sheet that stays as it is."""
    return tuple(mixed_form(cells) if sheet.name == FRONT else number_form(cells) for cells in sheet.columns)


def mixed_form(cells: Sequence[Any]) -> str:
    """The number format of the numbers of a column that may hold texts too."""
    return number_form([cell for cell in cells if isinstance(cell, int | float)])
