"""Blank input files, for the tables that have none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from saddlepoint import declare
from saddlepoint.declare import FileLayout
from saddlepoint.declare.data import BOOK, INPUTS
from saddlepoint.files import Sheet, read_workbook
from saddlepoint.labels import Table
from saddlepoint.model.blanks import blank_sheets
from saddlepoint.model.model import Model


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
