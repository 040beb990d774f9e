"""Blank input files, for the tables that have none."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from saddlepoint import declare
from saddlepoint.declare import FileLayout
from saddlepoint.declare.data import BOOK, INPUTS
from saddlepoint.errors import Diagnostic, UsageError
from saddlepoint.files import Sheet, read_workbook
from saddlepoint.lab import Lab
from saddlepoint.labels import Table
from saddlepoint.model.blanks import blank_sheets
from saddlepoint.model.load import used_rows
from saddlepoint.model.model import Model
from saddlepoint.store import catalogue, content, initial_table


def input_layout(arguments: Mapping[str, Any]) -> FileLayout:
    """How input files are laid out: CSV files, one workbook per table, or one workbook."""
    if arguments["input_data_files_type"] == "csv":
        return "csv"
    return "workbooks" if arguments["multiple_input_files"] else "workbook"


def write_blanks(
    folder: Path,
    model: Model,
    wanted: Sequence[str] | None,
    known: Mapping[str, Table],
    layout: FileLayout,
    force: bool,
) -> tuple[Path, ...]:
    """Write input sheets for tables without one (all of the wanted if force), beside those that are kept; FileError."""
    sheets = [sheet for sheet in blank_sheets(model, known) if not wanted or sheet.name in wanted]
    present = declare.read_inputs(folder, [t.key for t in model.inputs])
    if not force:
        sheets = [sheet for sheet in sheets if sheet.name not in present]
    if not sheets:
        return ()
    if layout != "workbook":
        return declare.write_inputs(folder, sheets, layout, force)
    book = folder / INPUTS / BOOK
    others = list[Sheet]()
    if book.exists():
        new = {sheet.name.casefold() for sheet in sheets}
        others = [s for tab, s in read_workbook(book).items() if tab.casefold() not in new]
    return declare.write_inputs(folder, [*others, *sheets], layout, force=True)


def unlisted_changes(lab: Lab, wanted: Collection[str]) -> None:
    """UsageError X230 for every table beside the wanted ones whose input file differs from what was loaded before.

    CVXlab runs on the old numbers of such a table, and a run here on what the input files say. FileError, DataError, StoreError.
    """
    if not lab.database.exists():
        return
    with lab.store(readonly=True) as store:
        noted = {entry.name: entry.content for entry in catalogue(store)}
    read = lab.inputs()
    now = {key: (key, used_rows(table)) for key, table in read.tables.items()}
    now |= {key: (initial_table(key), table) for key, table in read.initial.items()}
    changed = [
        key
        for key, (name, table) in now.items()
        if key not in wanted and noted.get(name) and content(table) != noted[name]
    ]
    if changed:
        fix = "add the table to table_key_list, or put the numbers back that were loaded before"
        raise UsageError(
            [
                Diagnostic(
                    "X230",
                    f"the input file of table {key!r} has changed, and table_key_list leaves it out",
                    fix=fix,
                )
                for key in changed
            ]
        )
