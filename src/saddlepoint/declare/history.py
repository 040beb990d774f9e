"""A file of past demand as histories: which column holds the values, which the time, which tells histories apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.declare.moments import Moments, moments
from saddlepoint.declare.spec import TableSpec
from saddlepoint.errors import Diagnostic, Mark, PlanningError, suggest
from saddlepoint.files.delimited import read_csv
from saddlepoint.files.numbers import cell_number, to_floats, why_not_number
from saddlepoint.files.sheet import Sheet, as_label
from saddlepoint.uncertain.fitting.values import LEAST, History

TIMES: Final = ("time", "date", "week", "month", "day", "period", "year", "quarter", "hour", "timestamp")
VALUES: Final = ("values", "value", "demand", "sales", "quantity", "load")
"""Names by which a column is recognised where none is named."""
RARE: Final = 0.1
"""Longer steps than the usual one are periods left out up to this part of all steps, beyond it pauses such as weekends."""
_LOOKED_AT: Final = 40
"""Cells by which a column of dates is known."""
_MOVED: Final = "A gap moves every later value to another place in its season."
_FILL: Final = "Write what was asked for in that period, 0 if nothing was."
_UNTIMED: Final = (
    "No column of times was found: the values are taken in the order of the file, the oldest first."
)
_IN_A_YEAR: Final = 366
"""Numbers up to this one may count days, weeks or months of a year, and begin again."""
_SPACINGS: Final = ((1 / 24, 24), (1.0, 7), (7.0, 52), (30.5, 12), (91.3, 4))
"""Days between values → values per season."""


def read_histories(
    path: Path,
    by: str | None = None,
    time: str | None = None,
    value: str | None = None,
    season: int | None = None,
) -> tuple[History, ...]:
    """The histories of a .csv or .xlsx file, each in order of time.

    by: the column that tells histories apart; time: that of the times (dates or numbers; without such a column the rows are
    the oldest first, and `remark` says so where there are other columns); value: that of the values; where none is named, by the
    usual names, or the only column of numbers. FileError; PlanningError U541–U544 with the place.
    """
    sheet = _sheet(path)
    used = {name: _column(sheet, name) for name in (by, time, value) if name is not None}
    when = used[time] if time is not None else _times(sheet, list(used.values()))
    taken = [k for k in (used.get(by or ""), when) if k is not None]
    what = used[value] if value is not None else _values(sheet, taken)
    rows = [k for k in range(len(sheet)) if not sheet.is_blank_row(k)]
    if not rows:
        text = f"{sheet.source} has no rows below its column names; {LEAST} values are the least history"
        fix = "Write a row for each period."
        raise PlanningError.of("U541", text, sheet.mark(-1), fix=fix)
    groups: dict[str, list[int]] = {}
    for row in rows:
        label = path.stem if by is None else as_label(sheet.columns[used[by]][row])
        groups.setdefault(label, []).append(row)
    _numbers_only(sheet, what, rows)
    if when is None:
        remark = _UNTIMED if len(sheet.header) > len({*taken, what}) else ""
        return tuple(_untimed(sheet, name, chosen, what, season, remark) for name, chosen in groups.items())
    return tuple(_history(sheet, name, chosen, when, what, season) for name, chosen in groups.items())


def fitted_sheet(path: Path, table: TableSpec) -> Sheet:
    """The rows of an uncertain table, fitted to a file of past values: one per item of its coordinate, or the only one.

    FileError; PlanningError U541–U544, U548 (several coordinates); UsageError X131.
    """
    from saddlepoint.uncertain.fitting.fit import fit

    if len(table.coordinates) > 1:
        text = f"table {table.key!r} has several coordinates and a history"
        why = "A file of past values tells its rows apart by one column."
        fix = "Keep one coordinate, or state the rows of the table yourself."
        raise PlanningError.of("U548", text, table.mark, why=why, fix=fix)
    header = _sheet(path).header
    by = next((n for key in table.coordinates for n in (key, f"{key}_Name") if n in header), None)
    if table.coordinates and by is None:
        text = f"the history {path.name} of table {table.key!r} has no column {table.coordinates[0]!r}"
        raise PlanningError.of("U544", text, table.mark, fix=suggest(table.coordinates[0], header))
    found = [fit(history) for history in read_histories(path, by)]
    rows = [one.row() for one in found]
    names = [n for n in ("distribution", "mean", "std", "dof") if any(n in row for row in rows)]
    labels: list[list[object]] = [[one.history.name for one in found]] if table.coordinates else []
    numbers: list[list[object]] = [[row.get(n) for row in rows] for n in names]
    columns = (*labels, *numbers)
    titles = (*(f"{key}_Name" for key in table.coordinates), *names)
    return Sheet(table.key, titles, columns, source=path.name, cells=False)


def _sheet(path: Path) -> Sheet:
    if path.suffix.lower() != ".xlsx":
        return read_csv(path)
    from saddlepoint.files.excel import read_workbook

    return next(iter(read_workbook(path, None).values()))


def _column(sheet: Sheet, name: str) -> int:
    found = sheet.index(name)
    if found is None:
        text = f"{sheet.source} has no column {name!r}"
        raise PlanningError.of("U544", text, sheet.mark(-1), fix=suggest(name, sheet.header))
    return found


def _recognised(sheet: Sheet, names: Sequence[str], taken: Sequence[int]) -> int | None:
    return next((k for n in names if (k := sheet.index(n)) is not None and k not in taken), None)


def _times(sheet: Sheet, taken: Sequence[int]) -> int | None:
    """The column of times: by a usual name, or the only one of dates."""
    named = _recognised(sheet, TIMES, taken)
    if named is not None:
        return named
    free = [k for k in range(len(sheet.header)) if k not in taken]
    dated = [k for k in free if _of_dates(sheet.columns[k])]
    return dated[0] if len(dated) == 1 else None


def _of_dates(cells: Sequence[object]) -> bool:
    labels = [as_label(cell) for cell in cells[:_LOOKED_AT]]
    found = moments(labels)
    return found is not None and found.dated and not any(map(_is_number, labels))


def _is_number(label: str) -> bool:
    return not len(to_floats([label]).wrong)


def _values(sheet: Sheet, taken: Sequence[int]) -> int:
    named = _recognised(sheet, VALUES, taken)
    if named is not None:
        return named
    free = [k for k in range(len(sheet.header)) if k not in taken]
    numbers = [k for k in free if _of_numbers(sheet.columns[k])]
    if len(numbers) != 1:
        many = ", ".join(sheet.header[k] for k in numbers) or "none"
        text = f"which column of {sheet.source} holds the values? Columns of numbers: {many}"
        raise PlanningError.of("U544", text, sheet.mark(-1), fix="Name it (`quantity=COLUMN`).")
    return numbers[0]


def _of_numbers(cells: Sequence[object]) -> bool:
    """Whether a column holds numbers alone, those with commas too: they are read nowhere, but it is a column of values."""
    wrong = to_floats(cells).wrong.tolist()
    return all("comma" in why_not_number(cells[k])[0] for k in wrong)


def _numbers_only(sheet: Sheet, column: int, rows: Sequence[int]) -> None:
    cells = [sheet.columns[column][row] for row in rows]
    floats = to_floats(cells)
    found = [_no_number(cells[k], sheet.mark(rows[k], column)) for k in floats.wrong.tolist()]
    if len(found) > 1 and any("decimal comma" in one.why for one in found):
        every = " For the whole column: replace its commas by points, or let the spreadsheet write decimal points before saving."
        found = [replace(one, fix=one.fix + every) for one in found]
    found += [_gap(sheet.mark(rows[k], column)) for k in floats.blank.tolist()]
    if found:
        raise PlanningError(found)


def _no_number(cell: object, mark: Mark) -> Diagnostic:
    why, fix = why_not_number(cell)
    message = f"a value of the history is {cell!r}, not a number"
    if not fix or "blank" in fix:
        fix = _FILL
    return Diagnostic("U542", message, mark, why=why, fix=fix)


def _gap(mark: Mark) -> Diagnostic:
    return Diagnostic("U542", "a value of the history is missing", mark, why=_MOVED, fix=_FILL)


def _untimed(
    sheet: Sheet, name: str, rows: Sequence[int], what: int, season: int | None, remark: str
) -> History:
    values = np.array([cell_number(sheet.columns[what][row]) for row in rows])
    return History(values=values, name=name, season=season, source=sheet.source, remark=remark)


def _history(
    sheet: Sheet, name: str, rows: Sequence[int], when: int, what: int, season: int | None
) -> History:
    values = np.array([cell_number(sheet.columns[what][row]) for row in rows])
    labels = [as_label(sheet.columns[when][row]) for row in rows]
    found = moments(labels)
    if found is None:
        _once(sheet, name, rows, labels, labels, when)
        raise PlanningError(_not_understood(sheet, name, labels[0], sheet.mark(rows[0], when), when))
    _no_slips(sheet, name, rows, found, when)
    _once(sheet, name, rows, labels, found.places, when)
    order = sorted(range(len(rows)), key=lambda k: found.places[k])
    in_time = np.array(found.places)[order]
    if not found.dated:
        _no_new_year(sheet, name, rows, found.places, when)
    _every_period(sheet, name, [rows[k] for k in order], in_time, when)
    guessed = season if season is not None or not found.dated else _season(in_time)
    return History(
        values=values[order],
        times=tuple(labels[k] for k in order),
        name=name,
        season=guessed,
        source=sheet.source,
    )


def _not_understood(sheet: Sheet, name: str, label: str, mark: Mark, when: int) -> Diagnostic:
    text = f"the times of the history of {name!r}, such as {label!r}, are not understood as dates or numbers in one way of writing"
    why = "Values are put in the order of their times; taken as they stand, a file that has the newest first would be read backwards."
    fix = (
        "Write all of them in one way: 2024-07-08, 08.07.2024, 2024-W28, KW28/2024, 2024-07, or 1, 2, 3. "
        f"Where the rows are the oldest first, the column {sheet.header[when]!r} may be left out instead."
    )
    return Diagnostic("U543", text, mark, why=why, fix=fix)


def _no_new_year(sheet: Sheet, name: str, rows: Sequence[int], places: Sequence[float], when: int) -> None:
    """PlanningError U543 at numbers that begin again, as weeks do at the end of a year (51, 52, 1, 2)."""
    steps = np.diff(places)
    breaks = [
        np.flatnonzero(sign * steps < 0.0) for sign in (1.0, -1.0) if sign * (places[-1] - places[0]) < 0.0
    ]
    if max(places) > _IN_A_YEAR or not breaks or len(breaks[0]) != 1 or len(steps) < 2:
        return
    k = int(breaks[0][0])
    before, after = (as_label(sheet.columns[when][rows[j]]) for j in (k, k + 1))
    text = f"the times of the history of {name!r} begin again: {after} after {before}"
    why = "Of numbers without a year it is not known whether they go on in the next one or are out of order."
    fix = "Write the year with them (2024-W28, 2024-07), or put the rows in order of their numbers."
    raise PlanningError.of("U543", text, sheet.mark(rows[k + 1], when), why=why, fix=fix)


def _every_period(sheet: Sheet, name: str, rows: Sequence[int], moments: Array, when: int) -> None:
    """PlanningError U542 where few periods are left out; regular pauses (weekends) are many."""
    steps = np.diff(moments)
    jumps = np.flatnonzero(steps > 1.5 * np.median(steps)) if len(steps) else steps
    if not 0 < len(jumps) <= RARE * len(steps):
        return
    found = [_left_out(sheet, name, rows[k], rows[k + 1], when) for k in jumps.tolist()]
    raise PlanningError(found)


def _left_out(sheet: Sheet, name: str, before: int, after: int, when: int) -> Diagnostic:
    ends = [as_label(sheet.columns[when][row]) for row in (before, after)]
    text = f"the history of {name!r} has no value between {ends[0]} and {ends[1]}"
    return Diagnostic("U542", text, sheet.mark(after, when), why=_MOVED, fix=_FILL)


def _no_slips(sheet: Sheet, name: str, rows: Sequence[int], found: Moments, when: int) -> None:
    """PlanningError U543 at labels that are no times where most are: a slip, a row of totals."""
    kind = "date" if found.dated else "number"
    why = f"The other times of this column are {kind}s, and values are put in their order."
    fix = f"Write it as a {kind} like the others, or take the row out if it is no period (a total, a note)."

    def slip(k: int) -> Diagnostic:
        label = as_label(sheet.columns[when][rows[k]])
        return Diagnostic(
            "U543",
            f"the time {label!r} of the history of {name!r} is no {kind}",
            sheet.mark(rows[k], when),
            why=why,
            fix=fix,
        )

    if found.slips:
        raise PlanningError([slip(k) for k in found.slips])


def _once(
    sheet: Sheet, name: str, rows: Sequence[int], labels: Sequence[str], times: Sequence[object], when: int
) -> None:
    seen: set[object] = set()
    for row, label, time in zip(rows, labels, times, strict=True):
        if time in seen:
            text = f"the history of {name!r} has two values for {label}"
            why = (
                "Each time has one value; a file of several histories needs the column that tells them apart."
            )
            fix = "Name that column (`by=COLUMN`), or add the two values up."
            raise PlanningError.of("U543", text, sheet.mark(row, when), why=why, fix=fix)
        seen.add(time)


def _season(days: Array) -> int | None:
    """Values per season by the usual spacing; None where it is an unusual one."""
    spacing = float(np.median(np.diff(days))) if len(days) > 1 else 0.0
    if spacing <= 0.0:
        return None
    return next((season for gap, season in _SPACINGS if abs(spacing / gap - 1.0) < 0.1), None)
