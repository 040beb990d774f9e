"""Sheets → the numbers of a model: which tables need one, blanks filled, gaps found."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import numpy as np

from saddlepoint.arrays import Index, Mask
from saddlepoint.errors import DataError, Diagnostic, Mark
from saddlepoint.expr.node import Variable
from saddlepoint.files.sheet import Sheet
from saddlepoint.labels import Table
from saddlepoint.labels.positions import Positions
from saddlepoint.model.conditional import conditional_names
from saddlepoint.model.distributions import check_distributions
from saddlepoint.model.model import Model, Problem, TableInfo
from saddlepoint.model.sheet_table import SHOWN, rows_of, table_of
from saddlepoint.model.wide import long_form
from saddlepoint.records import dataclass


@dataclass(frozen=True, slots=True)
class Fetched:
    """The numbers of a model's inputs.

    tables: exogenous and uncertain tables by key; initial: starting values of hybrid tables that the user gave.
    """

    tables: Mapping[str, Table]
    initial: Mapping[str, Table]
    warnings: tuple[Diagnostic, ...] = ()


def fetch(model: Model, sheets: Mapping[str, Sheet], only: Collection[str] = ()) -> Fetched:
    """The input tables of a model from its sheets (table key → sheet); only: these tables (empty = all).

    Raises DataError with every missing table or column, unknown label, duplicate or missing coordinate, and cell
    that is no finite number.
    """
    tables: dict[str, Table] = {}
    initial: dict[str, Table] = {}
    found: list[Diagnostic] = []
    wanted = [info for info in model.inputs if not only or info.key in only]
    most = most_cells()
    if large := [info for info in wanted if info.domain.size > most]:
        raise DataError([_too_many(info, most) for info in large])
    for info in wanted:
        hybrid = info.spec.kind == "hybrid"
        sheet = sheets.get(info.key)
        if sheet is None:
            if not hybrid and info.spec.default is None and _needs(model, info.key):
                found.append(_missing_table(info))
            elif not hybrid and (info.spec.default is not None or has_blank_fill(model, info.key)):
                tables[info.key] = filled(
                    model, info, Table.of(info.key, info.domain, np.nan, info.spec.unit)
                )
            continue
        sheet = long_form(info, sheet)
        table, problems = table_of(info, sheet)
        found += problems
        if table is None:
            continue
        if hybrid:
            if not np.isnan(table.columns["values"]).all():
                initial[info.key] = filled(model, info, table)
        else:
            tables[info.key] = filled(model, info, table)
            if not any(d.severity == "error" for d in problems):
                found += check_complete(model, info, tables[info.key], sheet)
    errors = [d for d in found if d.severity == "error"]
    if errors:
        raise DataError(errors)
    return Fetched(tables, initial, tuple(d for d in found if d.severity == "warning"))


MOST_CELLS = 1_000_000_000
"""Cells of an input table, whether there are data for them or not."""
BYTES_A_CELL = 40
"""Of an input table, until its problem is compiled: its numbers, which of them are given, and copies on the way."""


def most_cells() -> int:
    """The cells of an input table that the memory of this machine holds."""
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return MOST_CELLS
    return min(MOST_CELLS, memory // BYTES_A_CELL) if memory > 0 else MOST_CELLS


def _too_many(info: TableInfo, most: int) -> Diagnostic:
    message = f"table {info.key!r} has {info.domain.size:,} cells, more than can be held here ({most:,})"
    fix = "Divide it into tables over fewer sets."
    return Diagnostic(
        "D014", message, info.spec.mark, why="Every combination of the items of its sets is a cell.", fix=fix
    )


def _needs(model: Model, key: str) -> bool:
    return any(
        v.table == key and (v.values is None) for p in model.problems for v in p.variables.values()
    ) and any(v.table == key and v.blank_fill is None for v in model.variables.values())


def has_blank_fill(model: Model, key: str) -> bool:
    """Whether some variable says what blank cells of a table hold."""
    return any(v.table == key and v.blank_fill is not None for v in model.variables.values())


def _missing_table(info: TableInfo) -> Diagnostic:
    mark = info.spec.mark
    fix = (
        f"Add a tab {info.key!r} to input_data/input_data.xlsx, or {info.key}.xlsx or {info.key}.csv beside it "
        "(`lab.template()` writes blank ones)."
    )
    if mark.source.endswith((".yml", ".yaml")) and "structure_" not in mark.source:
        fix = f"Write its numbers in the same file: data: {{{info.key}: …}}."
    return Diagnostic("D001", f"there are no data for table {info.key!r}", mark, fix=fix)


def filled(model: Model, info: TableInfo, table: Table) -> Table:
    """The table with its blank cells filled where a variable that reads them says so (blank_fill)."""
    if "values" not in table.columns:
        return table
    values = table.columns["values"]
    if not np.isnan(values).any():
        return table
    values = values.copy()
    for variable in model.variables.values():
        if variable.table == info.key and variable.blank_fill is not None:
            cells = all_cells(variable.cells, variable.strides, info)
            values[cells[np.isnan(values[cells])]] = variable.blank_fill
    return table.with_values(values)


def all_cells(cells: Positions, strides: tuple[tuple[str, int], ...], info: TableInfo) -> Index:
    """Flat positions a view reads in every scenario."""
    flat = cells.flat
    for name, stride in strides:
        steps = np.arange(len(info.domain.axis(name)), dtype=np.int64) * stride
        flat = (steps[:, None] + flat).reshape(-1)
    return flat


def check_complete(
    model: Model, info: TableInfo, table: Table, sheet: Sheet | None = None
) -> list[Diagnostic]:
    """What is wrong with the cells that some formula reads: no number, or an unfit distribution."""
    if "values" not in table.columns:
        return check_distributions(info, table, _asked(model, info), places_of(info, sheet))
    missing = np.isnan(table.columns["values"])
    if info.spec.default is not None or not missing.any():
        return []
    gaps = np.flatnonzero(_asked(model, info) & missing)
    if not len(gaps):
        return []
    return list(_gaps(info, gaps, sheet))


def _gaps(info: TableInfo, gaps: Index, sheet: Sheet | None) -> Iterable[Diagnostic]:
    """One finding per blank cell that has a row, where they are few, else one at the first of them; and one for the cells that
    have none."""
    fix = (
        "Fill the cells (`lab.template()` adds the rows that are missing and keeps all values); say default: 0 at the table (or a blank_fill, inf "
        "where no limit is meant) if absent rows stand for a number; or leave these cells out of the formula with where."
    )
    rows = {} if sheet is None else rows_of(info, sheet)
    blank = [gap for gap in gaps.tolist() if gap in rows]
    told = [[gap] for gap in blank] if len(blank) <= SHOWN else [blank]
    for some in told if sheet is not None else ():
        assert sheet is not None
        mark = sheet.mark(rows[some[0]], sheet.index("values") or 0)
        yield Diagnostic("D005", f"table {info.key!r} has no value for {_named(info, some)}", mark, fix=fix)
    rest = [gap for gap in gaps.tolist() if gap not in rows]
    if rest:
        where = info.spec.mark if sheet is None else sheet.mark(-1)
        why = "" if sheet is None else "These cells have no row."
        message = f"table {info.key!r} has no value for {_named(info, rest)}"
        yield Diagnostic("D005", message, where, why=why, fix=fix)


def _named(info: TableInfo, gaps: Sequence[int]) -> str:
    more = f" and {len(gaps) - SHOWN} more" if len(gaps) > SHOWN else ""
    return "; ".join(", ".join(info.domain.coordinates(gap)) or info.key for gap in gaps[:SHOWN]) + more


def _asked(model: Model, info: TableInfo) -> Mask:
    """Flat mask of the cells that some formula reads, whatever a condition leaves out."""
    asked = (v for p in model.problems for v in _unexcused(p))
    return cells_seen(asked, info)


def _unexcused(problem: Problem) -> Iterable[Variable]:
    excused = conditional_names(problem)
    return (v for v in problem.variables.values() if v.name not in excused)


def cells_seen(variables: Iterable[Variable], info: TableInfo) -> Mask:
    """Flat mask over the domain of a table: the cells at which these variables look.

    Of a table that is drawn over outcomes (its first coordinate in formulas) the cells of every draw are one.
    """
    seen = np.zeros(info.domain.size, dtype=bool)
    for variable in variables:
        if variable.table == info.key:
            seen[all_cells(variable.cells, variable.strides, info) % max(1, len(seen))] = True
    return seen


def places_of(info: TableInfo, sheet: Sheet | None) -> Callable[[int], Mark]:
    """Flat position → the row of the sheet that stands for it (without a sheet, the table's own place)."""
    if sheet is None:
        return lambda row: info.spec.mark
    row_of = rows_of(info, sheet)
    return lambda row: sheet.mark(row_of.get(row, -1))
