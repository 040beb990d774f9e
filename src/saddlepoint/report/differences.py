"""What differs between two sets of results, as a workbook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from saddlepoint.files import Sheet, write_workbook
from saddlepoint.report.workbook import mixed_form, number_form
from saddlepoint.study.results.compare import Comparison, Difference, share

_TABLES = (
    "table",
    "what",
    "rows only in the first",
    "rows only in the second",
    "cells",
    "largest difference",
)
_CELLS = ("table", "row", "column", "first", "second", "difference", "of the first")


def write_differences(path: Path, found: Comparison, force: bool = False) -> None:
    """A workbook of two tabs: what differs in each table, and the cells and rows that do. FileError F041–F043."""
    tables = [(d.table, d.kind, d.missing, d.extra, d.count, d.largest) for d in found.differences]
    cells = [row for each in found.differences for row in _cells(each)]
    sheets = [_sheet("tables", _TABLES, tables), _sheet("cells", _CELLS, cells)]
    forms = [
        [number_form(column) for column in sheets[0].columns],
        [mixed_form(c) for c in sheets[1].columns],
    ]
    if cells:
        forms[1][-1] = "0.00%"
    write_workbook(path, sheets, force, forms)


def _sheet(name: str, header: tuple[str, ...], rows: Sequence[Sequence[Any]]) -> Sheet:
    columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in header]
    return Sheet(name, header, tuple(columns))


def _cells(each: Difference) -> Iterator[tuple[Any, ...]]:
    for labels, column, a, b in each.sample:
        both = isinstance(a, float) and isinstance(b, float)
        yield (
            each.table,
            " / ".join(labels),
            column,
            a,
            b,
            b - a if both else None,
            share(a, b) if both else None,
        )
    for labels in each.missing_rows:
        yield each.table, " / ".join(labels), "", "there", "absent", None, None
    for labels in each.extra_rows:
        yield each.table, " / ".join(labels), "", "absent", "there", None, None
