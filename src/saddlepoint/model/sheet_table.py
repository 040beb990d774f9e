"""One sheet → Table: labels matched with items, numbers checked and brought into the table's unit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from saddlepoint.arrays import Array, Index, Texts
from saddlepoint.errors import Diagnostic, Mark, suggest
from saddlepoint.expr.operators.statistics import COLUMNS
from saddlepoint.files.numbers import to_floats, why_not_number
from saddlepoint.files.sheet import Sheet, as_label, as_labels
from saddlepoint.labels import Table
from saddlepoint.model.dates import date_readings, dated_codes
from saddlepoint.model.limits import HUGE, NO_LIMIT
from saddlepoint.model.model import TableInfo
from saddlepoint.model.units import factor_between

STATISTICS = COLUMNS
"""Number columns of an uncertain table (FORMATS: beside `distribution`)."""

SHOWN = 5
"""Findings of one kind that are said one by one; the rest are counted."""


def table_of(info: TableInfo, sheet: Sheet) -> tuple[Table | None, list[Diagnostic]]:
    """One sheet as a Table over the table's domain, NaN where the sheet has no number; None if columns are missing."""
    names = {axis.name: f"{axis.name}_Name" for axis in info.domain.axes}
    wanted = _value_columns(info, sheet)
    found = list(missing_columns(info, sheet))
    if found:
        return None, found
    units = [UNIT] if info.spec.unit and sheet.index(UNIT) is not None else []
    found += _extra_columns(info, sheet, [*names.values(), *wanted, *units])
    used = _used_rows(sheet, [*names.values(), *wanted])
    flat, wrong = _positions(info, sheet, names, used)
    found += wrong
    columns: dict[str, Array | Texts] = {}
    for name in wanted:
        column, wrong = _column(info, sheet, name, used, flat)
        found += wrong
        columns[name] = column
    if units:
        found += _converted(info, sheet, used, flat, columns)
    return Table(
        info.key, info.domain, columns, rows=None, unit=info.spec.unit, description=info.spec.description
    ), found


UNIT = "unit"
"""The column that says in which unit the numbers of a row are."""


def _converted(
    info: TableInfo, sheet: Sheet, used: Index, flat: Index, columns: dict[str, Array | Texts]
) -> Iterable[Diagnostic]:
    """Numbers in the unit of their table; D080 for rows in a unit that is none of its kind."""
    given = as_labels(sheet.column(UNIT))
    units = [given[k] or info.spec.unit for k in used.tolist()]
    known = {
        u: 1.0 if u == info.spec.unit else factor_between(u, info.spec.unit) for u in dict.fromkeys(units)
    }
    for unit, factor in known.items():
        if factor is None:
            yield Diagnostic(
                "D080",
                f"table {info.key!r} is in {info.spec.unit}, and {unit!r} cannot be converted to it",
                sheet.mark(int(used[units.index(unit)]), sheet.index(UNIT) or 0),
                fix="Write a unit of the same kind, or leave the cell blank for the table's own.",
            )
    factors = np.array([known[u] or 1.0 for u in units])
    good = flat >= 0
    for name, column in columns.items():
        if name in _IN_UNITS:
            column[flat[good]] = column[flat[good]] * factors[good]


_IN_UNITS = frozenset({"values", "mean", "std", "lower", "upper"})
"""Columns whose numbers have the unit of their table."""


def _value_columns(info: TableInfo, sheet: Sheet) -> list[str]:
    if not info.distributed:
        return ["values"]
    return ["distribution", *(s for s in STATISTICS if sheet.index(s) is not None)]


def positions_in(info: TableInfo, sheet: Sheet) -> Index:
    """Flat positions of the rows of a long sheet, -1 for labels that are no items."""
    names = {axis.name: f"{axis.name}_Name" for axis in info.domain.axes}
    if not names and not len(sheet):
        return np.zeros(0, dtype=np.int64)
    return _positions(info, sheet, names, np.arange(len(sheet)))[0]


def missing_columns(info: TableInfo, sheet: Sheet) -> Iterable[Diagnostic]:
    """D002 for every column that a long sheet lacks."""
    wanted = [*(f"{axis.name}_Name" for axis in info.domain.axes), *_value_columns(info, sheet)]
    for name in wanted:
        if sheet.index(name) is None:
            yield Diagnostic(
                "D002",
                f"table {info.key!r} has no column {name!r}",
                sheet.mark(-1),
                fix=suggest(name, [h for h in sheet.header if h])
                + f" The header must name {', '.join(wanted)}.",
            )


def _extra_columns(info: TableInfo, sheet: Sheet, wanted: Iterable[str]) -> Iterable[Diagnostic]:
    known = {"id", ""} | {w.casefold() for w in wanted}
    for k, title in enumerate(sheet.header):
        if title.casefold() not in known:
            yield Diagnostic(
                "D008",
                f"column {title!r} of table {info.key!r} is ignored",
                sheet.mark(-1, k),
                fix="Delete it, or give it the name of a coordinate.",
                severity="warning",
            )


def _used_rows(sheet: Sheet, wanted: Iterable[str]) -> Index:
    """Rows in which some wanted column holds something."""
    columns = [sheet.column(w) for w in wanted]
    if columns and set(map(type, columns[0])) == {str} and all(columns[0]):
        return np.arange(len(sheet))
    return np.array([k for k in range(len(sheet)) if any(as_label(c[k]) for c in columns)], dtype=np.int64)


def _positions(
    info: TableInfo, sheet: Sheet, names: Mapping[str, str], used: Index
) -> tuple[Index, list[Diagnostic]]:
    flat = np.zeros(len(used), dtype=np.int64)
    bad = np.zeros(len(used), dtype=bool)
    found: list[Diagnostic] = []
    for axis in info.domain.axes:
        column = sheet.column(names[axis.name])
        labels = as_labels(column)
        codes = axis.codes(labels)[used]
        unknown = np.flatnonzero(codes < 0)
        if len(unknown):
            codes[unknown] = dated_codes(axis, [labels[row] for row in used[unknown].tolist()])
        if (codes < 0).any():
            found += _unknown_labels(info, sheet, names[axis.name], axis.items, used[codes < 0])
        bad |= codes < 0
        flat = flat * len(axis) + codes
    flat[bad] = -1
    found += _duplicates(info, sheet, used, flat)
    return flat, found


def _unknown_labels(
    info: TableInfo, sheet: Sheet, column: str, items: tuple[str, ...], rows: Index
) -> Iterable[Diagnostic]:
    k = sheet.index(column) or 0
    for row in rows[:SHOWN].tolist():
        label = as_label(sheet.columns[k][row])
        yield Diagnostic(
            "D003",
            f"table {info.key!r}: {label!r} is not an item of {column.removesuffix('_Name')!r}"
            if label
            else f"table {info.key!r}: a row has no {column.removesuffix('_Name')}",
            sheet.mark(row, k),
            fix=_meant(label, items),
        )
    if len(rows) > SHOWN:
        yield Diagnostic(
            "D003",
            f"table {info.key!r}: {len(rows) - SHOWN} more rows have unknown labels in {column!r}",
            sheet.mark(-1, k),
        )


def _meant(label: str, items: tuple[str, ...]) -> str:
    two = [item for item in date_readings(label) if item in items]
    if len(two) > 1:
        return f"It may mean {' or '.join(map(repr, two))}: write the one that is meant."
    return suggest(label, items)


def _duplicates(info: TableInfo, sheet: Sheet, used: Index, flat: Index) -> Iterable[Diagnostic]:
    valid = flat[flat >= 0]
    if not len(valid) or np.bincount(valid, minlength=1).max() <= 1:
        return
    _, first = np.unique(flat, return_index=True)
    again = np.setdiff1d(np.flatnonzero(flat >= 0), first)
    for k in again[:SHOWN].tolist():
        earlier = int(used[np.flatnonzero(flat == flat[k])[0]])
        where = ", ".join(info.domain.coordinates(int(flat[k]))) or "the table's one cell"
        yield Diagnostic(
            "D004",
            f"table {info.key!r} has two rows for {where}",
            sheet.mark(int(used[k])),
            why=f"the first is at {sheet.mark(earlier)}",
            fix="Keep one of them.",
        )


def _column(
    info: TableInfo, sheet: Sheet, name: str, used: Index, flat: Index
) -> tuple[Array | Texts, list[Diagnostic]]:
    cells = sheet.column(name)
    if len(used) < len(cells):
        cells = [cells[k] for k in used.tolist()]
    good = np.flatnonzero(flat >= 0)
    if name == "distribution":
        texts = np.full(info.domain.size, "", dtype=object)
        texts[flat[good]] = [as_label(cells[k]) for k in good.tolist()]
        return texts.astype(np.str_), []
    numbers = to_floats(cells, endless=name == "values" and info.spec.kind == "exogenous")
    k = sheet.index(name) or 0
    found = [
        _not_number(info, sheet.mark(int(used[row]), k), cells[row]) for row in numbers.wrong[:SHOWN].tolist()
    ]
    if len(numbers.wrong) > SHOWN:
        found.append(
            Diagnostic(
                "D006",
                f"table {info.key!r}: {len(numbers.wrong) - SHOWN} more cells are no numbers",
                sheet.mark(-1, k),
            )
        )
    found += _odd_sizes(info, sheet, k, used, numbers.values)
    found += _texts(info, sheet, k, used, cells, numbers.values)
    values = np.full(info.domain.size, np.nan)
    values[flat[good]] = numbers.values[good]
    return values, found


LARGE, TINY = 1e15, float(np.finfo(np.float64).tiny)


def _odd_sizes(info: TableInfo, sheet: Sheet, k: int, used: Index, values: Array) -> Iterable[Diagnostic]:
    """A warning for numbers that are too large for solvers or may stand for no limit, and for those below the normal numbers of 64 bits."""
    size = np.abs(values)
    odd = np.flatnonzero(((size >= LARGE) & np.isfinite(values)) | ((size > 0) & (size < TINY)))
    for row in odd[:SHOWN].tolist():
        place, value = int(used[row]), values[row]
        large = abs(value) >= LARGE
        size_word = "large" if large else "small"
        yield Diagnostic(
            "D013",
            f"table {info.key!r}, {_row_name(info, sheet, place)}: {value:g} "
            + (
                "is a limit as any other number is"
                if NO_LIMIT <= abs(value) < HUGE
                else f"is too {size_word} to be computed with"
            ),
            sheet.mark(place, k),
            why="solvers refuse factors from 1e15 on, and only inf is no limit"
            if large
            else "64 bits hold it with fewer digits than other numbers, down to one",
            fix="Write inf if there is no limit, else choose a larger unit."
            if large
            else "Write 0, or choose a smaller unit.",
            severity="warning",
        )
    if len(odd) > SHOWN:
        message = f"table {info.key!r}: {len(odd) - SHOWN} more numbers are too large or too small"
        yield Diagnostic("D013", message, sheet.mark(-1, k), severity="warning")


def _row_name(info: TableInfo, sheet: Sheet, row: int) -> str:
    labels = (as_label(sheet.column(f"{axis.name}_Name")[row]) for axis in info.domain.axes)
    return ", ".join(labels) or "its one cell"


def _texts(
    info: TableInfo, sheet: Sheet, k: int, used: Index, cells: Sequence[object], values: Array
) -> Iterable[Diagnostic]:
    """A warning for numbers that are texts where numbers can be written: in workbooks and in memory."""
    if not (sheet.cells or sheet.source.startswith("data[")) or str not in set(map(type, cells)):
        return
    rows = [row for row in np.flatnonzero(np.isfinite(values)).tolist() if isinstance(cells[row], str)]
    if rows:
        more = f" (and {len(rows) - 1} more)" if len(rows) > 1 else ""
        yield Diagnostic(
            "D009",
            f"table {info.key!r}: {as_label(cells[rows[0]])!r} is a number written as text{more}",
            sheet.mark(int(used[rows[0]]), k),
            why="It is read as the number; another program may leave it out of its sums.",
            fix="Give the cells the format 'General' and type them again."
            if sheet.cells
            else "Give numbers, not texts.",
            severity="warning",
        )


def _not_number(info: TableInfo, mark: Mark, cell: object) -> Diagnostic:
    why, fix = why_not_number(cell)
    return Diagnostic(
        "D006", f"table {info.key!r}: {as_label(cell)!r} is not a number", mark, why=why, fix=fix
    )


def rows_of(info: TableInfo, sheet: Sheet) -> Mapping[int, int]:
    """Flat position → the row of the sheet that stands for it."""
    names = {axis.name: f"{axis.name}_Name" for axis in info.domain.axes}
    used = _used_rows(sheet, [*names.values(), *_value_columns(info, sheet)])
    flat, _ = _positions(info, sheet, names, used)
    return dict(zip(flat.tolist(), used.tolist(), strict=True))
