"""The input files of a model folder: where each table's data stand, and hashes that tell what changed."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Final

from saddlepoint.declare.read import WORKBOOK, settings_files
from saddlepoint.declare.scenarios import SCENARIOS
from saddlepoint.declare.set_files import set_files
from saddlepoint.declare.spec import TableSpec
from saddlepoint.errors import Diagnostic, FileError, Mark, collected, suggest
from saddlepoint.files import (
    Sheet,
    inside,
    read_bytes,
    read_csv,
    read_workbook,
    safe_name,
    tab_name,
    tab_names,
)

INPUTS: Final = "input_data"
BOOK: Final = "input_data.xlsx"


def read_inputs(
    folder: Path, wanted: Collection[str], histories: Mapping[str, TableSpec] | None = None
) -> dict[str, Sheet]:
    """Table → its input Sheet, for the wanted tables that have one; FileError.

    histories: tables whose rows are fitted to a file of past values, and are not read from a file of their own.

    Sources: a tab of input_data/input_data.xlsx, <table>.xlsx, or <table>.csv, whatever the case; F044 if a table has
    several.
    """
    past = histories or {}
    sources = input_places(folder, [table for table in wanted if table not in past])
    found = [_ambiguous(table, places) for table, places in sources.items() if len(places) > 1]
    sheets: dict[str, Sheet] = {}
    tabs = {places[0][1]: table for table, places in sources.items() if places[0][0].name.casefold() == BOOK}
    readers = [(path, table) for table, ((path, _), *_) in sources.items() if table not in tabs.values()]
    with collected(found):
        book = _book(folder)
        if tabs and book is not None:
            read = read_workbook(book, tabs, f"{INPUTS}/{book.name}")
            sheets |= {tabs[tab]: sheet for tab, sheet in read.items() if tab in tabs}
    for path, table in readers:
        with collected(found):
            sheets[table] = _one(path, table)
    if found:
        raise FileError(found)
    if past:
        from saddlepoint.declare.history import fitted_sheet

        sheets |= {
            table: fitted_sheet(inside(folder, f"{INPUTS}/{spec.history}"), spec)
            for table, spec in past.items()
        }
    return {table: sheets[table] for table in wanted if table in sheets}


def ignored_inputs(folder: Path, wanted: Collection[str], decided: Collection[str]) -> tuple[Diagnostic, ...]:
    """A warning (D012) for every file in input_data, and every tab of its workbook, that no input table reads; FileError.

    wanted: the tables that are read; decided: those that the solver decides.
    """
    names = _names(wanted)
    book = _book(folder)
    places = [(tab, Mark(f"{INPUTS}/{BOOK}", cell=tab)) for tab in _tabs(book)]
    places += [(path.stem, Mark(f"{INPUTS}/{path.name}")) for path in input_files(folder) if path != book]
    known = {name.casefold() for name in decided}
    return tuple(
        _ignored(name, mark, wanted, name.casefold() in known)
        for name, mark in places
        if name.casefold() not in names
    )


def _ignored(name: str, mark: Mark, wanted: Collection[str], decided: bool) -> Diagnostic:
    what = "tab" if mark.cell else "file"
    why = "The solver decides this table." if decided else "No input table has this name."
    fix = "Remove it, or keep it elsewhere." if decided else f"{suggest(name, wanted)} Or keep it elsewhere."
    return Diagnostic("D012", f"the {what} {name!r} is ignored", mark, why=why, fix=fix, severity="warning")


def settings_hash(folder: Path) -> str:
    """SHA-256 of what makes the model: settings, items, scenarios, the user's own operators; in hexadecimal."""
    return _hash(settings_hashes(folder))


def settings_hashes(folder: Path) -> dict[str, str]:
    """The files that make the model, each with its SHA-256 in hexadecimal."""
    names = [*settings_files(folder, "yaml"), folder / WORKBOOK, *set_files(folder)]
    names += sorted(folder.glob("user_defined_*.py"))
    if (folder / SCENARIOS).exists():
        names += [folder / SCENARIOS, *sorted(folder.glob("*.csv"))]
    return _hashes(folder, names)


def input_hash(folder: Path) -> str:
    """SHA-256 of the data files in input_data, in hexadecimal."""
    return _hash(input_hashes(folder))


def input_hashes(folder: Path) -> dict[str, str]:
    """The data files in input_data, each with its SHA-256 in hexadecimal."""
    return _hashes(folder, input_files(folder))


def input_files(folder: Path) -> list[Path]:
    """The data files in input_data, without hidden files and the lock files of spreadsheet programs."""
    inputs = folder / INPUTS
    if not inputs.is_dir():
        return []
    paths = sorted(inputs.iterdir())
    return [
        p for p in paths if p.suffix.casefold() in {".xlsx", ".csv"} and not p.name.startswith((".", "~$"))
    ]


def _book(folder: Path) -> Path | None:
    return next((path for path in input_files(folder) if path.name.casefold() == BOOK), None)


def _tabs(book: Path | None) -> tuple[str, ...]:
    return () if book is None else tab_names(book, f"{INPUTS}/{book.name}")


def input_places(folder: Path, wanted: Collection[str]) -> dict[str, list[tuple[Path, str]]]:
    """Table → places that hold it: (file, tab)."""
    names = _names(wanted)
    sources: dict[str, list[tuple[Path, str]]] = {}
    book = _book(folder)
    for tab in _tabs(book):
        if tab.casefold() in names:
            sources.setdefault(names[tab.casefold()], []).append((inside(folder, f"{INPUTS}/{BOOK}"), tab))
    for path in input_files(folder):
        if path != book and path.stem.casefold() in names:
            place = inside(folder, f"{INPUTS}/{path.name}")
            sources.setdefault(names[path.stem.casefold()], []).append((place, path.stem))
    return sources


def _names(wanted: Iterable[str]) -> dict[str, str]:
    """Name of a file or tab, without capitals → the table that it belongs to."""
    return {name.casefold(): table for table in wanted for name in (safe_name(table), tab_name(table), table)}


def _one(path: Path, table: str) -> Sheet:
    """A file of its own: CSV, or a workbook whose tab has the table's name, or which has one tab."""
    source = f"{INPUTS}/{path.name}"
    if path.suffix.casefold() == ".csv":
        return read_csv(path, source)
    tabs = tab_names(path, source)
    mine = [tab for tab in tabs if tab.casefold() in {table.casefold(), tab_name(table).casefold()}] or list(
        tabs
    )
    if len(mine) != 1:
        fix = f"Call the tab {tab_name(table)!r}."
        message = f"none of the tabs belongs to the table {table!r}: {', '.join(tabs)}"
        raise FileError.of("F045", message, Mark(source), fix=fix)
    return read_workbook(path, mine, source)[mine[0]]


def _ambiguous(table: str, places: list[tuple[Path, str]]) -> Diagnostic:
    where = ", ".join(
        f"{path.name}" + (f" (tab {tab})" if path.suffix == ".xlsx" else "") for path, tab in places
    )
    why = "They may hold different numbers."
    return Diagnostic(
        "F044",
        f"the table {table!r} has several inputs: {where}",
        Mark(INPUTS),
        why=why,
        fix="Keep one of them.",
    )


def _hash(files: Mapping[str, str]) -> str:
    return hashlib.sha256(
        "".join(f"{name}\0{digest}\n" for name, digest in files.items()).encode()
    ).hexdigest()


def _hashes(folder: Path, paths: Iterable[Path]) -> dict[str, str]:
    names = {path.relative_to(folder).as_posix(): path for path in paths if path.is_file()}
    return {name: hashlib.sha256(read_bytes(path, name)).hexdigest() for name, path in names.items()}
