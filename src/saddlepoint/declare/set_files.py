"""Where the items of sets stand: tabs of sets.xlsx, or sets/<Set>.csv."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from saddlepoint.declare.items import set_tab, titles_of
from saddlepoint.declare.spec import SetSpec, Spec
from saddlepoint.errors import Diagnostic, FileError, Mark
from saddlepoint.files import Sheet, inside, read_csv, read_workbook, safe_name

SETS: Final = "sets.xlsx"
SET_FOLDER: Final = "sets"


def set_sheets(folder: Path, spec: Spec) -> dict[str, Sheet]:
    """Set key → its Sheet, for the sets that have one; FileError, F130 where a set has a tab and a file of its own."""
    sheets: dict[str, Sheet] = {}
    path = inside(folder, SETS)
    if path.exists():
        tabs = [tab for each in spec.sets for tab in (set_tab(each.key), f"_set_{each.key.upper()}")]
        folded = {name.casefold(): sheet for name, sheet in read_workbook(path, tabs, SETS).items()}
        for each in spec.sets:
            sheet = folded.get(f"_set_{each.key}".casefold()) or folded.get(set_tab(each.key).casefold())
            if sheet is not None:
                sheets[each.key] = sheet
    own = set_csv_files(folder, spec)
    if twice := [key for key in own if key in sheets]:
        raise FileError([_twice(key, own[key]) for key in twice])
    known = {each.key: each for each in spec.sets}
    return sheets | {
        key: _titled(known[key], read_csv(path, f"{SET_FOLDER}/{path.name}")) for key, path in own.items()
    }


def set_csv_files(folder: Path, spec: Spec) -> dict[str, Path]:
    """Set key → its file in sets/, whatever the case; FileError F006, F040."""
    place = inside(folder, SET_FOLDER)
    if not place.is_dir():
        return {}
    files = {
        path.stem.casefold(): path.name
        for path in sorted(place.iterdir())
        if path.suffix.casefold() == ".csv"
    }
    found = {
        each.key: name
        for each in spec.sets
        if (name := files.get(each.key.casefold()) or files.get(safe_name(each.key).casefold()))
    }
    return {key: inside(folder, f"{SET_FOLDER}/{name}") for key, name in found.items()}


def set_files(folder: Path) -> list[Path]:
    """All files that may hold items, whether they are there or not."""
    place = folder / SET_FOLDER
    return [folder / SETS, *(sorted(place.glob("*.csv")) if place.is_dir() else ())]


def _titled(spec: SetSpec, sheet: Sheet) -> Sheet:
    """The header with the names that a tab has, where it says `name`, the set's key, or a label's name alone."""
    name, *columns = titles_of(spec)
    short = {"name": name, spec.key.casefold(): name}
    labels = (*spec.filters, *spec.aggregations)
    short |= {label.casefold(): column for label, column in zip(labels, columns, strict=True)}
    known = {title.casefold() for title in sheet.header}
    header = (short.get(title.casefold(), title) for title in sheet.header)
    return replace(
        sheet,
        header=tuple(
            t if t.casefold() not in known else o for t, o in zip(header, sheet.header, strict=True)
        ),
    )


def _twice(key: str, path: Path) -> Diagnostic:
    return Diagnostic(
        "F130",
        f"the set {key!r} has a tab in {SETS} and a file of its own",
        Mark(f"{SET_FOLDER}/{path.name}"),
        why="They may hold different items.",
        fix="Keep one of them.",
    )
