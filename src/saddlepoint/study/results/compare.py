"""Two sets of results side by side: tables, cells that differ beyond a tolerance, statuses."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from saddlepoint.errors import Diagnostic, Mark, UsageError, suggest
from saddlepoint.files import as_label, cell_number
from saddlepoint.records import dataclass
from saddlepoint.solve.solution import EFFORT, FACTS, RESIDUALS
from saddlepoint.store import catalogue, database_of, last_outcomes, open_store, show_rows
from saddlepoint.study.results.exported import OUTCOMES, read_exported, without_apostrophe

SAMPLE: Final = 5
NOISE: Final = 1e-9
"""Of the second number: a smaller first one has no percentage."""
_ROUNDING: Final = 1e-12
"""By which certified results may be off beside their residual, relative to the largest number of their column."""
_MOST_NOISE: Final = 1e-6
_SKIPPED: Final = frozenset({"id", "run", "solver", "route", *EFFORT, *FACTS})
"""Columns that may differ between equal answers."""

_ENDLESS: Final = {"inf": math.inf, "-inf": -math.inf}
"""How workbooks and text files write ends that are nowhere."""
_UNREADABLE: Final = (bytes, list, dict)

RowKey = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableRows:
    """A table to compare: coordinate columns, value columns, and the values of every row by its labels.

    noise: how far apart the numbers of two certified answers may lie that are equal, relative to the largest of their column.
    """

    labels: tuple[str, ...]
    columns: tuple[str, ...]
    cells: Mapping[RowKey, tuple[Any, ...]]
    noise: float = 0.0


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs in one table.

    kind: only_first, only_second (the table is on one side only), columns (other columns), cells. missing, extra:
    rows only in the first or in the second; missing_rows, extra_rows: the labels of the first of them; count: cells
    beyond the tolerance; largest: the largest difference of two numbers; sample: (labels, column, first, second) of
    the first cells.
    """

    table: str
    kind: str
    _: KW_ONLY
    missing: int = 0
    extra: int = 0
    count: int = 0
    largest: float = 0.0
    sample: tuple[tuple[RowKey, str, Any, Any], ...] = ()
    missing_rows: tuple[RowKey, ...] = ()
    extra_rows: tuple[RowKey, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """differences: the tables that differ; compared: tables that both sides have; cells: cells compared."""

    differences: tuple[Difference, ...]
    compared: int
    cells: int

    @property
    def same(self) -> bool:
        return not self.differences


def compare(
    first: Mapping[str, TableRows],
    second: Mapping[str, TableRows],
    relative: float = 1e-6,
    absolute: float = 1e-9,
    most: int = SAMPLE,
) -> Comparison:
    """What differs; two numbers are equal if |a − b| ≤ absolute + relative · max(|a|, |b|), blank equals blank. In results
    of certified runs the absolute part is at least their noise, unless it is 0.

    most: how many cells and rows of each table are given in samples.
    """
    found = [Difference(name, "only_first") for name in first if name not in second]
    found += [Difference(name, "only_second") for name in second if name not in first]
    both = [name for name in first if name in second]
    cells = 0
    for name in both:
        one, other = first[name], second[name]
        if set(one.labels) != set(other.labels) or set(one.columns) != set(other.columns):
            found.append(Difference(name, "columns"))
            continue
        cells += len(one.cells) * len(one.columns)
        difference = _compared(name, one, other, relative, absolute, most)
        if difference is not None:
            found.append(difference)
    return Comparison(tuple(sorted(found, key=_weight)), len(both), cells)


def share(first: float, second: float) -> float | None:
    """By what part of the first number the second differs; None where the first is but noise beside it."""
    return (second - first) / abs(first) if abs(first) > NOISE * abs(second) else None


def _weight(each: Difference) -> tuple[int, float]:
    """Objectives first, then figures of the report, then the other tables, those with the largest differences first."""
    kind = 0 if each.table == OUTCOMES else 1 if each.table.startswith("report_") else 2
    return kind, -each.largest


def read_results(place: Path, run: str = "", scenario: str = "") -> Mapping[str, TableRows]:
    """The tables of a model folder, a model in one file, a database, an exported workbook, or a folder of exported CSV or Parquet files.

    run: those of a kept run; scenario: of one scenario alone (`low,high`), without its labels, so that it can stand beside
    another. Raises X480 (no such scenario), UsageError X106 (nothing of the kind), X170 (a cell that is neither number nor text),
    FileError, StoreError.
    """
    found = _read(place, run)
    return _of_scenario(found, scenario) if scenario else found


def _of_scenario(tables: Mapping[str, TableRows], scenario: str) -> Mapping[str, TableRows]:
    """The rows of one scenario, without the labels that name it; UsageError X480."""
    outcomes = tables.get(OUTCOMES, TableRows((), (), {}))
    axes = [label for label in outcomes.labels if label != "problem"]
    labels = [part.strip() for part in scenario.split(",")]
    chosen = dict(zip(axes, labels, strict=False))
    part = {name: _rows_at(table, chosen) for name, table in tables.items()}
    if len(axes) != len(labels) or not part[OUTCOMES].cells:
        known = {", ".join(key[outcomes.labels.index(axis)] for axis in axes) for key in outcomes.cells}
        message = f"the results have no scenario {scenario!r}"
        raise UsageError.of("X480", message, fix=suggest(", ".join(labels), sorted(known)))
    return part


def _rows_at(table: TableRows, chosen: Mapping[str, str]) -> TableRows:
    wanted = {k: chosen[label] for k, label in enumerate(table.labels) if label in chosen}
    rest = [k for k in range(len(table.labels)) if k not in wanted]
    cells = {
        tuple(key[k] for k in rest): row
        for key, row in table.cells.items()
        if all(key[k] == label for k, label in wanted.items())
    }
    return TableRows(tuple(table.labels[k] for k in rest), table.columns, cells, table.noise)


def _read(place: Path, run: str) -> Mapping[str, TableRows]:
    database = database_of(place)
    if database.suffix == ".db" and (database.exists() or not place.is_dir()):
        return _stored(database, run)
    sheets = read_exported(place)
    if not sheets:
        raise UsageError.of(
            "X106",
            f"{str(place)!r} holds no results",
            why="It is neither a model folder with a database, nor a database, nor an export.",
            fix="Give a folder that was run, its database.db, or what `lab.export('csv', 'results')` wrote.",
        )
    return {
        name: _rows(sheet.source or sheet.name, sheet.header, zip(*sheet.columns, strict=True))
        for name, sheet in sheets.items()
    }


def _stored(path: Path, run: str) -> Mapping[str, TableRows]:
    with open_store(path, readonly=True, run=run or None) as store, store.snapshot():
        kinds = {i.name: i.kind for i in catalogue(store) if i.kind != "initial" and store.has(i.name)}
        names = [*kinds] or [name for name in store.names() if not name.startswith("_")]
        tables: dict[str, TableRows] = {}
        for name in names:
            shown = show_rows(store, name)
            tables[name] = _rows(f"{path.name}, {name}", shown.header, shown.rows)
        header, rows = last_outcomes(store)
        noise = _noise(header, rows)
        tables |= {n: replace(tables[n], noise=noise) for n, kind in kinds.items() if kind == "result"}
        if rows:
            tables[OUTCOMES] = _rows(f"{path.name}, _scenarios", header, rows)
    return tables


def _noise(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> float:
    """How far results may be off: the largest residual of their certificates and a rounding."""
    at = [k for k, name in enumerate(header) if name in RESIDUALS]
    found = (abs(row[k]) for row in rows for k in at if isinstance(row[k], float) and math.isfinite(row[k]))
    return min(max(found, default=0.0) + _ROUNDING, _MOST_NOISE)


def _rows(place: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> TableRows:
    labels = [k for k, t in enumerate(header) if t.endswith("_Name") or t == "problem"]
    values = [k for k, t in enumerate(header) if k not in labels and t not in _SKIPPED]
    cells: dict[RowKey, tuple[Any, ...]] = {}
    for n, row in enumerate(rows, start=1):
        odd = next((k for k in (*labels, *values) if isinstance(row[k], _UNREADABLE)), None)
        if odd is not None:
            raise UsageError(_unreadable(place, n, header[odd], row[odd]))
        cells[tuple(without_apostrophe(as_label(row[k])) for k in labels)] = tuple(
            _value(row[k]) for k in values
        )
    return TableRows(tuple(header[k] for k in labels), tuple(header[k] for k in values), cells)


def _unreadable(place: str, row: int, column: str, cell: object) -> Diagnostic:
    return Diagnostic(
        "X170",
        f"{column} is {str(cell)[:40]}, which is neither a number nor a text",
        Mark(place, cell=f"row {row}"),
        why="Results hold numbers and labels; another program wrote this cell.",
        fix="Write a number or leave the cell blank, or run the model again.",
    )


def _value(cell: Any) -> Any:
    """A number if it is one in any form, else the text; None where blank."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, int | float | Decimal):
        return float(cell)
    text = without_apostrophe(cell) if isinstance(cell, str) else as_label(cell)
    if text in _ENDLESS:
        return _ENDLESS[text]
    found = cell_number(text)
    return without_apostrophe(text) if math.isnan(found) else found


def _compared(
    name: str, one: TableRows, other: TableRows, relative: float, absolute: float, most: int
) -> Difference | None:
    order = [other.labels.index(label) for label in one.labels]
    columns = [other.columns.index(column) for column in one.columns]
    second = {tuple(key[k] for k in order): [row[k] for k in columns] for key, row in other.cells.items()}
    missing = [key for key in one.cells if key not in second]
    extra = [key for key in second if key not in one.cells]
    least = _least(one, second.values(), absolute, max(one.noise, other.noise))
    differing = list(_differing(one, second, relative, least))
    if not (missing or extra or differing):
        return None
    sizes = [abs(a - b) for _, _, a, b in differing if isinstance(a, float) and isinstance(b, float)]
    largest = max(sizes, default=0.0)
    return Difference(
        name,
        "cells",
        missing=len(missing),
        extra=len(extra),
        count=len(differing),
        largest=largest,
        sample=tuple(differing[:most]),
        missing_rows=tuple(missing[:most]),
        extra_rows=tuple(extra[:most]),
    )


def _least(
    one: TableRows, second: Collection[Sequence[Any]], absolute: float, noise: float
) -> dict[str, float]:
    """Column → differences up to which numbers are equal whatever their size."""
    if not absolute or not noise:
        return dict.fromkeys(one.columns, absolute)
    return {
        column: max(absolute, noise * max((abs(v) for row in (*one.cells.values(), *second) if isinstance(v := row[k], float)), default=0.0))
        for k, column in enumerate(one.columns)
    }  # fmt: skip


def _differing(
    one: TableRows, second: Mapping[RowKey, Sequence[Any]], relative: float, least: Mapping[str, float]
) -> Iterator[tuple[RowKey, str, Any, Any]]:
    for key, row in one.cells.items():
        other = second.get(key)
        if other is None:
            continue
        for column, a, b in zip(one.columns, row, other, strict=True):
            if a == b:
                continue
            numbers = isinstance(a, float) and isinstance(b, float)
            if not numbers or abs(a - b) > least[column] + relative * max(abs(a), abs(b)):
                yield key, column, a, b
