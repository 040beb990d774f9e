"""What SQLite says, turned into findings a person can act on."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from saddlepoint.errors import Diagnostic, Mark, StoreError, suggest

_MAGIC: Final = b"SQLite format 3\0"
_HEADER: Final = 100
_LONGEST: Final = 512 - len("-run-1000000-journal")
"""Bytes of a path that SQLite takes on POSIX systems, less what the names of the files beside it add."""


def sqlite_error(error: sqlite3.Error, place: str) -> StoreError:
    """The error of a stage that an error of SQLite stands for; place: the file's name."""
    code: int = getattr(error, "sqlite_errorcode", 0) or 0
    return StoreError(_finding(code & 0xFF, code, str(error), Mark(place)))


def _finding(primary: int, extended: int, said: str, mark: Mark) -> Diagnostic:
    row = _ROWS.get(extended) or _ROWS.get(primary)
    if row is not None:
        code, message, why, fix = row
        told = said.removeprefix("UNIQUE constraint failed: ")
        return Diagnostic(code, message.format(said=told), mark, why=why, fix=fix)
    if primary == sqlite3.SQLITE_NOTADB:
        return not_a_database(mark)
    if primary == sqlite3.SQLITE_CANTOPEN:
        return cannot_open(mark, "Its folder may be missing or not writable.")
    if primary == sqlite3.SQLITE_CORRUPT or said.startswith(_FOREIGN):
        return damaged(mark, f"SQLite says: {said}.")
    return Diagnostic("B018", f"SQLite refused: {said}.", mark, fix="Keep the file and report this message.")


_FOREIGN: Final = ("no such table: _", "table _", "Could not decode")
"""What SQLite says first of a database that lacks what ours has."""
_LOCKED: Final = (
    "B007",
    "the database is locked by another program.",
    "Another run, or a program that has the file open (a database browser, Excel, Power BI), is writing.",
    "Close the other program or wait until its run ends, then try again; nothing was changed.",
)
_HALF_DONE: Final = (
    "B008",
    "the database cannot be read as it is: a program that was killed left work half done.",
    "SQLite takes that work back at the next opening, and the file or its folder is read-only.",
    "Open it once where you may write (`lab.history()`), or copy the whole folder and use the copy.",
)
_READ_ONLY: Final = (
    "B008",
    "the database cannot be written.",
    "The file or its folder is read-only, or it was opened for reading only.",
    "Give yourself the right to write to the folder, or copy the model elsewhere.",
)
_FULL: Final = (
    "B016",
    "the disk did not take the data ({said}).",
    "The disk is full or failing; the transaction was rolled back.",
    "Free some space and run the command again.",
)
_TWICE: Final = (
    "B014",
    "two rows for the same combination of coordinates ({said}).",
    "Each combination of coordinates has one row.",
    "Remove the second one (of a label, a row or a scenario).",
)
_ROWS: Final = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_READONLY_ROLLBACK: _HALF_DONE,
    sqlite3.SQLITE_READONLY_RECOVERY: _HALF_DONE,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_IOERR: _FULL,
    sqlite3.SQLITE_CONSTRAINT_UNIQUE: _TWICE,
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY: _TWICE,
}
"""Code of SQLite (an extended one first) → code, sentence, why, fix."""


def wrongly_asked(error: Exception, place: str, names: Iterable[str]) -> Diagnostic | None:
    """What is wrong with a statement that a person wrote; None where the fault is not the statement's."""
    code: int = getattr(error, "sqlite_errorcode", 0) or 0
    said, mark = str(error), Mark(place)
    if code & 0xFF == sqlite3.SQLITE_READONLY:
        why = "Questions are answered from a database that is open for reading only."
        fix = "Ask with SELECT; a copy of the database may be changed with the programs of SQLite."
        return Diagnostic("B640", "the statement would write.", mark, why=why, fix=fix)
    if code not in (0, sqlite3.SQLITE_ERROR):
        return None
    fix = 'Correct the statement; names that are words of SQL, such as "values", stand in double quotes.'
    if said.startswith("no such column: "):
        fix = "In view_TABLE the columns have the plain names of their sets and `value`; in TABLE itself a set is called Set_Name."
    if said.startswith("no such table: "):
        tables = sorted(name for name in names if not name.startswith("_"))
        fix = suggest(said.removeprefix("no such table: "), tables)
    return Diagnostic("B640", f"the statement cannot be answered: {said.rstrip('.')}.", mark, fix=fix)


def damaged(mark: Mark, why: str) -> Diagnostic:
    """The finding for a truncated or corrupt file."""
    return Diagnostic(
        "B004",
        "the database is damaged.",
        mark,
        why=why,
        fix="Restore the file from a copy, or delete it and load the input files again.",
    )


def not_a_database(mark: Mark) -> Diagnostic:
    """The finding for a file of another kind."""
    return Diagnostic(
        "B003",
        "the file is not an SQLite database.",
        mark,
        why="Its first bytes are not those of SQLite.",
        fix="Move the file away; a new database is made from the input files.",
    )


def cannot_open(mark: Mark, why: str, fix: str = "Check the path and its permissions.") -> Diagnostic:
    """The finding for a path at which no database can be opened."""
    return Diagnostic("B002", "the database cannot be opened.", mark, why=why, fix=fix)


def link_finding(path: Path) -> Diagnostic:
    """The finding for a link in the place of a file that SQLite makes and removes beside a database."""
    return Diagnostic(
        "B019",
        "a file beside the database is a link.",
        Mark(path.name),
        why="SQLite writes into files of this name, and the link leads to a file of somebody else.",
        fix=f"Remove the link {path.name}; what it leads to stays as it is.",
    )


def emptied(mark: Mark) -> Diagnostic:
    """The finding for a file of zero bytes in the place of a database."""
    return Diagnostic(
        "B021",
        "the database has zero bytes.",
        mark,
        why="Saddlepoint never leaves such a file: its content was lost by a full disk, or a copy that did not end.",
        fix="Restore it from a copy, or delete the file: a new one is made from the input files.",
    )


def too_long(path: Path) -> Diagnostic | None:
    """The finding for a path that is longer than SQLite takes, its journal's name included; None if it is not."""
    size = len(os.fsencode(path.absolute()))
    if os.name != "posix" or size <= _LONGEST:
        return None
    return cannot_open(
        Mark(path.name),
        f"Its path has {size} bytes, and SQLite takes {_LONGEST}.",
        "Move the model to a folder with a shorter path.",
    )


def inspect_database(path: Path) -> None:
    """Look at the file before SQLite does; StoreError if it is no database, empty or cut short."""
    mark = Mark(path.name)
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            head = stream.read(_HEADER)
    except PermissionError as error:
        raise StoreError(cannot_open(mark, "You have no right to read it.")) from error
    if size == 0:
        raise StoreError(emptied(mark))
    if not _MAGIC.startswith(head[: len(_MAGIC)]):
        raise StoreError(not_a_database(mark))
    if len(head) < _HEADER:
        raise StoreError(damaged(mark, f"The file ends after {size} bytes."))
    if not any(Path(f"{path}{tail}").exists() for tail in ("-journal", "-wal")):
        _check_length(head, size, mark)


def _check_length(head: bytes, size: int, mark: Mark) -> None:
    page = int.from_bytes(head[16:18], "big")
    page = 65536 if page == 1 else page
    pages = int.from_bytes(head[28:32], "big")
    counted = head[24:28] == head[92:96]
    if counted and pages * page > size:
        raise StoreError(
            damaged(mark, f"The file was cut: {pages * page} bytes are announced, {size} are there.")
        )
