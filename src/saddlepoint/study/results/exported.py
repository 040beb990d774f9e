"""What `saddle export` wrote, read back: every table under its own name and in its own columns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from saddlepoint.files import Sheet, as_label, read_csv, read_workbook, safe_name

OUTCOMES: Final = "scenarios"
CONTENTS: Final = "contents"
FRONT: Final = "summary"
ACROSS: Final = "across"
"""The column of the contents that says which set stands across in a tab."""
SETS: Final = "sets"
"""The column of the contents that says over which sets a table runs, whose titles in its tab have no ending."""
_BETWEEN: Final = ", "
_TAIL: Final = "_Name"
_WITH_UNIT: Final = re.compile(r"([a-z_]+) \[.*\]")


def read_exported(place: Path) -> Mapping[str, Sheet]:
    """Name of the table → its rows; nothing where there is no export. FileError."""
    sheets = _files(place)
    contents = next((sheet for sheet in sheets if sheet.name == CONTENTS), None)
    names = _full_names(sheets, contents)
    across = _across(contents)
    return {
        names[sheet.name]: _as_stored(sheet, *across.get(names[sheet.name], ("", "", ())))
        for sheet in sheets
        if sheet.name != CONTENTS
    }


def without_apostrophe(text: str) -> str:
    """A text without the apostrophe that keeps spreadsheets from taking it for a formula."""
    return text[1:] if text[:1] == "'" and text[1:2] in set("=+-@") else text


def _files(place: Path) -> list[Sheet]:
    if place.is_dir():
        sheets = [read_csv(path) for path in sorted(place.glob("*.csv"))]
        paths = sorted(place.glob("*.parquet"))
        if paths:
            from saddlepoint.files.parquet import read_parquet

            sheets += [read_parquet(path) for path in paths]
        return sheets
    if place.suffix.casefold() == ".xlsx" and place.exists():
        sheets = list(read_workbook(place).values())
        return sheets[[sheet.name for sheet in sheets[:2]] == [FRONT, CONTENTS] :]
    return []


def _full_names(sheets: Sequence[Sheet], contents: Sheet | None) -> Mapping[str, str]:
    """Tab or file name → the table's own name, which a workbook cuts short and a file system may not hold."""
    others = [sheet.name for sheet in sheets if sheet.name not in (CONTENTS, OUTCOMES)]
    names = {sheet.name: sheet.name for sheet in sheets}
    if contents is not None and contents.index("table") is not None:
        tables = [without_apostrophe(as_label(cell)) for cell in contents.column("table")]
        files = {safe_name(table): table for table in tables}
        in_order = dict(zip(others, tables, strict=False)) if len(others) == len(tables) else {}
        names |= {name: files.get(name) or in_order.get(name, name) for name in others}
    return names


def sets_in_words(header: Sequence[str]) -> str:
    """The sets over which a table runs, for the contents."""
    return _BETWEEN.join(title.removesuffix(_TAIL) for title in header if title.endswith(_TAIL))


def without_endings(header: Sequence[str]) -> tuple[str, ...]:
    """The titles of a table for people: a set by its name, if no other column has it."""
    plain = [title.removesuffix(_TAIL) for title in header]
    return tuple(header) if len(set(plain)) < len(plain) else tuple(plain)


def _across(contents: Sheet | None) -> Mapping[str, tuple[str, str, tuple[str, ...]]]:
    """Table → the column of labels that stands across in its tab, the unit, and the sets over which it runs."""
    if contents is None or contents.index(ACROSS) is None:
        return {}
    titles = ("table", ACROSS, "unit", *([SETS] if contents.index(SETS) is not None else []))
    columns = ([as_label(cell) for cell in contents.column(title)] for title in titles)
    rows = zip(*columns, strict=True)
    return {
        without_apostrophe(table): (
            across,
            unit,
            tuple(filter(None, sets[0].split(_BETWEEN))) if sets else (),
        )
        for table, across, unit, *sets in rows
    }


def _as_stored(sheet: Sheet, across: str, unit: str, sets: Sequence[str]) -> Sheet:
    """The columns of the database: no units in headers, a row for each cell."""
    labels = len(sets) - bool(across)
    across = f"{across}{_TAIL}" if across in sets else across
    ended = [
        f"{title}{_TAIL}" if k < labels and title in sets else title for k, title in enumerate(sheet.header)
    ]
    sheet = replace(sheet, header=tuple(ended))
    if not across:
        named = [_WITH_UNIT.fullmatch(title) for title in sheet.header]
        header = (
            title if found is None else found[1] for title, found in zip(sheet.header, named, strict=True)
        )
        return replace(sheet, header=tuple(header))
    rest = [k for k, title in enumerate(sheet.header) if title.endswith(_TAIL)]
    items = [k for k in range(len(sheet.header)) if k not in rest]
    labels = [[cell for cell in sheet.columns[k] for _ in items] for k in rest]
    own: list[object] = [sheet.header[k].removesuffix(f" [{unit}]") for k in items] * len(sheet)
    values = [cell for row in zip(*(sheet.columns[k] for k in items), strict=True) for cell in row]
    header = (*(sheet.header[k] for k in rest), across, "values")
    return replace(sheet, header=header, columns=(*labels, own, values))
