"""What a fleet is made of, from columns, a data frame, a sheet or a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from saddlepoint.errors import NOWHERE, Diagnostic, FileError, Mark, PlanningError, suggest
from saddlepoint.files.numbers import to_floats, why_not_number
from saddlepoint.files.sheet import Sheet, as_labels
from saddlepoint.planning.checks import MarkAt, check_fleet

KNOWN: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("machine", "unit", "names"),
    "alpha": ("a", "quadratic"),
    "beta": ("b", "linear"),
    "gamma": ("c", "fixed", "fixed_cost"),
    "lower": ("l", "min", "minimum"),
    "upper": ("u", "max", "maximum", "capacity"),
}
"""Column → its other names."""
_NEEDED: Final = ("alpha", "beta", "upper")
_BLANK_IS_ZERO: Final = ("gamma", "lower")


def machines_of_file(path: object, tab: str | None = None) -> dict[str, Any]:
    """The arguments of `Fleet.of` from a .csv or .xlsx file; FileError, PlanningError P003–P008 with the place in the file."""
    file = Path(str(path))
    if file.suffix.lower() != ".xlsx":
        from saddlepoint.files.delimited import read_csv

        return machines_of_sheet(read_csv(file))
    from saddlepoint.files.excel import read_workbook

    sheets = read_workbook(file, None if tab is None else [tab])
    if tab is not None and tab not in sheets:
        raise FileError.of("P006", f"the workbook has no sheet {tab!r}", Mark(file.name))
    return machines_of_sheet(sheets[tab] if tab is not None else next(iter(sheets.values())))


def machines_of_sheet(sheet: Sheet) -> dict[str, Any]:
    """The same from a sheet; findings carry its places."""
    kept = [row for row in range(len(sheet)) if not sheet.is_blank_row(row)]
    columns = {
        title: [cells[row] for row in kept] for title, cells in zip(sheet.header, sheet.columns, strict=True)
    }

    def place(row: int, title: str) -> Mark:
        found = _column_of(sheet.header, title)
        column = sheet.header.index(found) if found in sheet.header else 0
        return sheet.mark(kept[row] if 0 <= row < len(kept) else -1, column)

    return machines_of_columns(columns, place)


def machines_of_columns(
    columns: Mapping[str, Sequence[Any]] | Any, place: MarkAt | None = None
) -> dict[str, Any]:
    """The same from a mapping or data frame; see Fleet.of_columns. place: (row, column) → place, for findings."""
    table = columns if isinstance(columns, Mapping) else _of_frame(columns)
    where = place or (lambda row, title: NOWHERE if row < 0 else Mark(source="row", line=row + 1))
    header = [str(title) for title in table]
    _raise([*_of_header(header, where)])
    lengths = {str(title): len(table[title]) for title in table}
    if len(set(lengths.values())) > 1:
        text = "columns differ in length: " + ", ".join(f"{k} has {v}" for k, v in lengths.items())
        _raise([Diagnostic("P006", text, where(-1, header[0]), fix="Give one cell per row.")])
    rows = lengths[header[0]]
    numbers = _numbers(table, header, rows, where)
    given = _column_of(header, "name")
    names = [f"machine_{k + 1}" for k in range(rows)] if given is None else as_labels(list(table[given]))
    blank = [row for row, name in enumerate(names) if not name]
    _raise([Diagnostic("P007", "a machine has no name", where(row, "name"), fix="Name it.") for row in blank])
    _raise(check_fleet(names, *numbers.values(), place=where)[1])
    return {"names": names, **numbers}


def _raise(found: Sequence[Diagnostic]) -> None:
    if found:
        raise PlanningError(found)


def _of_header(header: Sequence[str], where: MarkAt) -> Iterator[Diagnostic]:
    """What is wrong with the titles: lacking, unknown, two of one meaning."""
    yield from (_absent(title, header, where) for title in _NEEDED if _column_of(header, title) is None)
    yield from (_unknown(title, where) for title in header if title.strip() and _meaning(title) is None)
    meanings = [m for m in map(_meaning, header) if m is not None]
    for m in {m for m in meanings if meanings.count(m) > 1}:
        yield Diagnostic("P006", f"two columns mean {m!r}", where(-1, m), fix="Keep one of them.")


def _numbers(table: Any, header: Sequence[str], rows: int, where: MarkAt) -> dict[str, Any]:
    """The columns of numbers, blanks as 0; PlanningError names every cell that is none."""
    numbers: dict[str, Any] = {}
    found: list[Diagnostic] = []
    for title in ("alpha", "beta", "gamma", "lower", "upper"):
        given = _column_of(header, title)
        cells = [None] * rows if given is None else list(table[given])
        values = to_floats(cells)
        wrong = [*values.wrong.tolist(), *([] if title in _BLANK_IS_ZERO else values.blank.tolist())]
        found += [_no_number(cells[row], title, where(row, title)) for row in sorted(wrong)]
        numbers[title] = np.where(np.isnan(values.values), 0.0, values.values)
    _raise(found)
    return numbers


def _of_frame(frame: Any) -> dict[str, list[Any]]:
    if not hasattr(frame, "columns"):
        text = f"a fleet cannot be read from a value of the type {type(frame).__name__}"
        raise PlanningError.of(
            "P006", text, NOWHERE, why="", fix="Give a mapping of columns, or a data frame."
        )
    return {str(title): list(frame[title]) for title in frame.columns}


def _meaning(title: str) -> str | None:
    plain = title.strip().casefold()
    return next((name for name, others in KNOWN.items() if plain == name or plain in others), None)


def _column_of(header: Sequence[str], name: str) -> str | None:
    return next((title for title in header if _meaning(title) == name), None)


def _absent(title: str, header: Sequence[str], where: MarkAt) -> Diagnostic:
    others = ", ".join(KNOWN[title])
    fix = f"Add it (other names it may have: {others}). " + suggest(title, header)
    return Diagnostic("P006", f"the fleet has no column {title!r}", where(-1, title), why="", fix=fix)


def _unknown(title: str, where: MarkAt) -> Diagnostic:
    return Diagnostic(
        "P006",
        f"the fleet has an unknown column {title!r}",
        where(-1, title),
        why="",
        fix=suggest(title, KNOWN),
    )


def _no_number(cell: object, title: str, mark: Mark) -> Diagnostic:
    if cell is None or cell == "":
        return Diagnostic("P005", f"{title} is blank", mark, why="", fix="Give a number.")
    why, fix = why_not_number(cell)
    return Diagnostic("P005", f"{title} is {cell!r}, not a number", mark, why=why, fix=fix)
