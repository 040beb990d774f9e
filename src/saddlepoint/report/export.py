"""The store as files: one workbook, or a CSV or Parquet file per table."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from saddlepoint.errors import Diagnostic, FileError, Mark, UsageError, suggest
from saddlepoint.files import Sheet, distinct_names, tab_name, write_csv, write_workbook
from saddlepoint.files.paths import refuse_together
from saddlepoint.files.workbook import Tell
from saddlepoint.report.workbook import dressed, dressed_across, forms_of, front, spread_across
from saddlepoint.store import CatalogueEntry, Store, catalogue, last_outcomes, show_rows
from saddlepoint.study.results.exported import (
    ACROSS,
    CONTENTS,
    OUTCOMES,
    SETS,
    sets_in_words,
    without_endings,
)

ExportFormat = Literal["xlsx", "csv", "parquet"]


def export(
    store: Store,
    target: ExportFormat,
    output: Path,
    tables: Collection[str] = (),
    force: bool = False,
    title: str = "",
    stale: str = "",
    long: bool = False,
    tell: Tell | None = None,
    *,
    units: Mapping[str, str] | None = None,
    order: Sequence[str] = (),
) -> tuple[Path, ...]:
    """Write inputs, results, prices and statuses to files; the files written.

    output: the workbook, or the folder of the CSV or Parquet files; tables: only these (empty = all); title, stale: what
    the front sheet of a workbook says of the model, and of results that do not fit the inputs; long: a row per cell in every tab,
    also where two sets ask for the items of one across; tell: is told how many rows of a workbook are written; units: of the
    objectives, by problem; order: names of tables as their tabs stand (others after them). Texts that a spreadsheet would take
    for formulas stay texts. Raises UsageError X105 (no such table), FileError F041, F042,
    F043, F051, StoreError.
    """
    _spare(store, output)
    with store.snapshot():
        chosen = _chosen(store, tables, order)
        sheets = [*_sheets(store, chosen)]
        first = front(store, chosen, title, stale, units or {}) if target == "xlsx" else None
    if first is not None:
        refuse_together([output], force)
        _write_dressed(output, first, sheets, chosen, long, force, tell)
        return (output,)
    names = distinct_names(sheet.name for sheet in sheets)
    paths = {output / f"{names[sheet.name]}.{target}": sheet for sheet in sheets}
    refuse_together(paths, force)
    for path, sheet in paths.items():
        if target == "csv":
            write_csv(path, sheet, force=force)
        else:
            from saddlepoint.files.parquet import write_parquet

            write_parquet(path, sheet, force)
    return tuple(paths)


def _write_dressed(
    output: Path,
    first: Sheet,
    sheets: list[Sheet],
    chosen: Sequence[CatalogueEntry],
    long: bool,
    force: bool,
    tell: Tell | None,
) -> None:
    """A workbook with a front sheet, and the items of one set across where a table asks for it."""
    units = {info.name: info.unit for info in chosen}
    wide = {} if long else {s.name: found for s in sheets if s.name in units and (found := spread_across(s))}
    contents = sheets[0]
    over = {sheet.name: sets_in_words(sheet.header) for sheet in sheets}
    names = list(map(str, contents.columns[0]))
    across: list[object] = [sets_in_words([wide[name][1]]) if name in wide else "" for name in names]
    sets: list[object] = [over[name] for name in names]
    header = (*contents.header, ACROSS, SETS)
    contents = replace(contents, header=header, columns=(*contents.columns, across, sets))
    pairs = [(s, forms_of(s)) for s in (first, contents)]
    for sheet in sheets[1:]:
        if sheet.name in wide:
            pairs.append(dressed_across(wide[sheet.name][0], units[sheet.name]))
        else:
            pairs.append(
                dressed(sheet, units[sheet.name]) if sheet.name in units else (sheet, forms_of(sheet))
            )
    titled = [
        replace(sheet, header=without_endings(sheet.header)) if sheet.name in units else sheet
        for sheet, _ in pairs
    ]
    write_workbook(output, _tabs(titled), force, [forms for _, forms in pairs], tell)


def _chosen(store: Store, tables: Collection[str], order: Sequence[str]) -> list[CatalogueEntry]:
    known = {info.name: info for info in catalogue(store) if info.kind != "initial" and store.has(info.name)}
    wrong = [name for name in tables if name not in known]
    if wrong:
        raise UsageError(
            [Diagnostic("X105", f"there is no table {name!r}", fix=suggest(name, known)) for name in wrong]
        )
    place = {name: k for k, name in enumerate(order)}
    sorted_names = sorted(known, key=lambda name: place.get(name, len(place)))
    return [known[name] for name in sorted_names if not tables or name in tables]


def _sheets(store: Store, chosen: list[CatalogueEntry]) -> Iterator[Sheet]:
    columns: tuple[list[object], ...] = (
        [info.name for info in chosen],
        [info.kind for info in chosen],
        [info.unit for info in chosen],
        [info.description for info in chosen],
    )
    yield Sheet(CONTENTS, ("table", "kind", "unit", "description"), columns)
    header, rows = last_outcomes(store)
    if rows:
        yield _sheet(OUTCOMES, header, rows)
    for info in chosen:
        shown = show_rows(store, info.name).without("id")
        yield _sheet(info.name, shown.header, shown.rows)


def _sheet(name: str, header: tuple[str, ...], rows: tuple[tuple[object, ...], ...]) -> Sheet:
    columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in header]
    return Sheet(name, header, tuple(columns))


def _tabs(sheets: list[Sheet]) -> list[Sheet]:
    """The sheets under names that a workbook can tell apart."""
    taken: set[str] = set()
    tabs: list[Sheet] = []
    for sheet in sheets:
        name, k = tab_name(sheet.name), 1
        while name.casefold() in taken:
            k += 1
            name = f"{tab_name(sheet.name)[: 30 - len(str(k))]}~{k}"
        taken.add(name.casefold())
        tabs.append(Sheet(name, sheet.header, sheet.columns))
    return tabs


def _spare(store: Store, output: Path) -> None:
    """The database itself is never overwritten, whatever is forced."""
    if store.path is not None and output.resolve() == store.path.resolve():
        why, fix = "It is the database that is exported.", "Choose another file."
        raise FileError.of("F042", "is not overwritten", Mark(output.name), why=why, fix=fix)
