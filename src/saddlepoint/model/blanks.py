"""Input tables to fill in: blank ones, and what is missing in those that are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from itertools import product

import numpy as np

from saddlepoint.errors import DataError, Diagnostic
from saddlepoint.files import Sheet, as_labels
from saddlepoint.labels import Table
from saddlepoint.model.fetch import has_blank_fill
from saddlepoint.model.model import Model, TableInfo
from saddlepoint.model.sheet_table import STATISTICS, missing_columns, positions_in
from saddlepoint.model.wide import WideForm, arrangement
from saddlepoint.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """What an input table lacks. sheet: as it is, None if it has none; blank: as it would be made anew; titles: column →
    title, rows: column → cell, both beyond those of the sheet."""

    table: str
    sheet: Sheet | None
    blank: Sheet
    titles: Mapping[int, object] = field(default_factory=dict)
    rows: Sequence[Mapping[int, object]] = ()

    @property
    def cells(self) -> int:
        """How many rows and titles are added."""
        return len(self.blank) if self.sheet is None else len(self.rows) + len(self.titles)


def blank_sheets(model: Model, known: Mapping[str, Table] | None = None) -> tuple[Sheet, ...]:
    """One Sheet per input table with its coordinates written out and the value column blank (or the known numbers)."""
    return tuple(_blank(info, (known or {}).get(info.key)) for info in model.inputs)


def input_sheets(model: Model, known: Mapping[str, Table]) -> tuple[Sheet, ...]:
    """One Sheet per input table with its numbers: rows that are there, where absent ones have a meaning; of hybrid tables those
    that have first values."""
    made = [_blank(info, known[info.key]) for info in model.inputs if info.key in known]
    optional = {info.key for info in model.inputs if _optional(model, info)}
    return tuple(_filled(sheet) if sheet.name in optional else sheet for sheet in made)


def _filled(sheet: Sheet) -> Sheet:
    """Only the rows that hold a value."""
    values = sheet.column("values")
    rows = [k for k in range(len(sheet)) if values[k] is not None]
    columns = tuple([column[k] for k in rows] for column in sheet.columns)
    return Sheet(sheet.name, sheet.header, columns, source=sheet.source)


def growths(model: Model, sheets: Mapping[str, Sheet]) -> tuple[Growth, ...]:
    """What the inputs lack, for tables that lack something; sheets: those that are there. DataError D002.

    Absent rows that stand for a number (default, blank_fill) or for a first guess are not missing; whole tables are, where
    there are no inputs at all.
    """
    found: list[Diagnostic] = []
    grown: list[Growth] = []
    for info in model.inputs:
        sheet = sheets.get(info.key)
        if sheet is None and (not sheets or not _optional(model, info)):
            grown.append(Growth(table=info.key, sheet=None, blank=_blank(info)))
        elif sheet is not None and not _optional(model, info):
            wide = arrangement(info, sheet)
            wrong = [] if wide is not None else list(missing_columns(info, sheet))
            found += wrong
            if not wrong:
                grown.append(_long(info, sheet) if wide is None else _wide(info, sheet, wide))
    if found:
        raise DataError(found)
    return tuple(each for each in grown if each.cells)


def _optional(model: Model, info: TableInfo) -> bool:
    return has_blank_fill(model, info.key) or info.spec.default is not None or info.spec.kind == "hybrid"


def _long(info: TableInfo, sheet: Sheet) -> Growth:
    missing = np.setdiff1d(np.arange(info.domain.size), positions_in(info, sheet))
    places = [sheet.index(f"{name}_Name") or 0 for name in info.domain.names]
    number = sheet.index("id")
    rows: list[Mapping[int, object]] = []
    for k, cell in enumerate(missing.tolist()):
        row: dict[int, object] = dict(zip(places, info.domain.coordinates(cell), strict=True))
        rows.append(row if number is None else {**row, number: len(sheet) + k + 1})
    return Growth(table=info.key, sheet=sheet, blank=sheet, rows=rows)


def _wide(info: TableInfo, sheet: Sheet, wide: WideForm) -> Growth:
    axes = {axis.name: axis for axis in info.domain.axes}
    present = set(wide.across.codes([sheet.header[k] for k in wide.cells]).tolist())
    lacking = [item for k, item in enumerate(wide.across.items) if k not in present]
    titles: dict[int, object] = {len(sheet.header) + k: item for k, item in enumerate(lacking)}
    codes = [axes[key].codes(as_labels(sheet.columns[k])).tolist() for key, k in wide.down.items()]
    known = set(zip(*codes, strict=True))
    rows: list[Mapping[int, object]] = [
        {k: axes[key].items[c] for (key, k), c in zip(wide.down.items(), cell, strict=True)}
        for cell in product(*(range(len(axes[key])) for key in wide.down))
        if wide.down and cell not in known
    ]
    return Growth(table=info.key, sheet=sheet, blank=sheet, titles=titles, rows=rows)


def _blank(info: TableInfo, table: Table | None = None) -> Sheet:
    columns: dict[str, list[object]] = {"id": list(range(1, info.domain.size + 1))}
    for name in info.domain.names:
        columns[f"{name}_Name"] = list(info.domain.labels(name))
    for name in _written(info, table):
        cells = table.columns[name].tolist() if table is not None and name in table.columns else None
        columns[name] = [None] * info.domain.size if cells is None else [_cell(c) for c in cells]
    return Sheet(info.key, tuple(columns), tuple(columns.values()), source=info.key)


def _written(info: TableInfo, table: Table | None) -> Sequence[str]:
    """The columns of an input file; of distributions at least name, mean and deviation, and what is known beyond."""
    if not info.distributed:
        return ("values",)
    known = () if table is None else table.columns
    least = ("mean",) if info.spec.covariance is not None else ("mean", "std")
    return ("distribution", *(s for s in STATISTICS if s in least or s in known))


def _cell(value: object) -> object:
    return None if isinstance(value, float) and np.isnan(value) else value
