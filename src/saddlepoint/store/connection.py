"""One connection to one database: opened with care, closed for certain, its errors explained."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from saddlepoint.errors import Diagnostic, Mark, StoreError
from saddlepoint.store.faults import damaged, sqlite_error, wrongly_asked
from saddlepoint.store.identifiers import INITIAL, SET, fold, quote

if TYPE_CHECKING:
    from saddlepoint.store.run_records import RunRecord
    from saddlepoint.store.taken_over import CvxlabImport

CACHE_KIB: Final = 16_000


class Store:
    """A database held open; use it in a `with` statement.

    path: None for a database in memory; adopted: what was taken over when the file was CVXlab's, else None; run: the kept
    run as of which it is read, None = as it is now; shown: the tables that this run has.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path | None, *, readonly: bool) -> None:
        self._connection = connection
        self.path = path
        self.readonly = readonly
        self.adopted: CvxlabImport | None = None
        self.run: RunRecord | None = None
        self.shown: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The file's name, for messages."""
        return self.path.name if self.path is not None else ":memory:"

    @property
    def variable_limit(self) -> int:
        """How many parameters one statement may have."""
        return self._connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER)

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run one statement; the number of rows it changed. StoreError."""
        with self._explained():
            return self._connection.execute(sql, parameters).rowcount

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> None:
        """Run one statement for each tuple of parameters. StoreError."""
        with self._explained():
            self._connection.executemany(sql, parameters)

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a SELECT. StoreError."""
        with self._explained():
            return self._connection.execute(sql, parameters).fetchall()

    def select(self, sql: str) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """Header and rows of what a person asks in SQL; nothing where the statement gives no rows. StoreError."""
        with self._explained():
            try:
                cursor = self._connection.execute(sql)
                return tuple(column[0] for column in cursor.description or ()), cursor.fetchall()
            except (sqlite3.Error, sqlite3.Warning) as error:
                if (finding := wrongly_asked(error, self.name, self.names())) is None:
                    raise
                raise StoreError(finding) from error

    def stream(
        self, sql: str, parameters: Sequence[Any] = (), size: int = 8192
    ) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of a SELECT in pieces of `size`. StoreError."""
        with self._explained():
            cursor = self._connection.execute(sql, parameters)
            while rows := cursor.fetchmany(size):
                yield rows

    @contextmanager
    def transaction(self) -> Generator[None, None, None]:
        """All that is written inside becomes visible at once, or not at all; inside another one it is part of that."""
        if self._connection.in_transaction:
            yield
            return
        if self.readonly:
            raise StoreError(_readonly(self.name))
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self.execute("ROLLBACK")
            raise

    @contextmanager
    def snapshot(self) -> Generator[None, None, None]:
        """All that is read inside belongs to one state of the database, whatever others write meanwhile."""
        if self._connection.in_transaction:
            yield
            return
        self.execute("BEGIN")
        try:
            yield
        finally:
            self.execute("ROLLBACK")

    @contextmanager
    def own_views(self) -> Generator[None, None, None]:
        """Views may be made that this connection alone sees, though it may not write."""
        self.execute("PRAGMA query_only = OFF")
        try:
            yield
        finally:
            self.execute("PRAGMA query_only = ON")

    def names(self) -> tuple[str, ...]:
        """The names of all tables, in the order in which they were made."""
        found = self.query(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'"
        )
        if self.run is None:
            return tuple(name for (name,) in found)
        own = [name for (name,) in found if name.startswith("_") and not name.startswith(SET)]
        return (*own, *sorted(self.shown))

    def has(self, table: str) -> bool:
        """Whether there is a table of this name, whatever its case."""
        if self.run is not None:
            return fold(table) in map(fold, self.names())
        found = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ? COLLATE NOCASE"
        return not fold(table).startswith("sqlite_") and bool(self.query(found, (table,)))

    def columns(self, table: str) -> dict[str, str]:
        """Column → declared type (upper case), in their order; empty if there is no such table."""
        if self.run is not None and name_hidden(table, self.shown):
            return {}
        return {row[1]: str(row[2]).upper() for row in self.query(f"PRAGMA table_info({quote(table)})")}

    def copy_to(self, path: Path) -> None:
        """Write the whole database, as it is now, to another file."""
        with self._explained():
            target = sqlite3.connect(path)
            try:
                self._connection.backup(target)
            finally:
                target.close()

    def close(self) -> None:
        """Give the file back; an open transaction is rolled back."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _explained(self) -> Generator[None, None, None]:
        try:
            yield
        except sqlite3.Error as error:
            raise sqlite_error(error, self.name) from error
        except UnicodeEncodeError as error:
            raise StoreError(_unstorable(error, self.name)) from error
        except UnicodeDecodeError as error:
            why = f"A name in it is no text in UTF-8 (byte 0x{error.object[error.start]:02x})."
            raise StoreError(damaged(Mark(self.name), why)) from error


def name_hidden(table: str, shown: frozenset[str]) -> bool:
    """Whether a table is one of the model that a kept run did not have."""
    ours = table.startswith("_") and not table.startswith((SET, INITIAL))
    return not ours and fold(table) not in map(fold, shown)


def connect(path: Path | None, *, readonly: bool, wait: float) -> Store:
    """A connection with our settings, the file not yet looked at; path None: in memory. StoreError."""
    uri = "file::memory:" if path is None else f"{path.absolute().as_uri()}?mode={_mode(path, readonly)}"
    place = ":memory:" if path is None else path.name
    try:
        connection = sqlite3.connect(uri, uri=True, timeout=wait, isolation_level=None)
    except sqlite3.Error as error:
        raise sqlite_error(error, place) from error
    store = Store(connection, path, readonly=readonly)
    try:
        for pragma in _pragmas(readonly):
            store.execute(f"PRAGMA {pragma}")
    except BaseException:
        with suppress(StoreError):
            store.close()
        raise
    return store


def _mode(path: Path, readonly: bool) -> str:
    """Never makes a file: `open_store` does. Readers too open for writing where they may: only so can they roll back what a
    killed writer left."""
    if not readonly:
        return "rw"
    return "rw" if os.access(path, os.W_OK) and os.access(path.absolute().parent, os.W_OK) else "ro"


def _pragmas(readonly: bool) -> tuple[str, ...]:
    shared = (
        "trusted_schema = OFF",
        "foreign_keys = OFF",
        "cell_size_check = ON",
        f"cache_size = -{CACHE_KIB}",
    )
    if readonly:
        return (*shared, "temp_store = MEMORY", "query_only = ON")
    # without legacy_alter_table a user's view on a result table would forbid to swap that table
    return (*shared, "legacy_alter_table = ON", "synchronous = FULL", "secure_delete = OFF")


def _readonly(place: str) -> Diagnostic:
    return Diagnostic(
        "B008",
        "the database cannot be written.",
        Mark(place),
        why="It was opened for reading only.",
        fix="Open it without readonly.",
    )


def _unstorable(error: UnicodeEncodeError, place: str) -> Diagnostic:
    return Diagnostic(
        "B017",
        f"the text {error.object!r} cannot be stored.",
        Mark(place),
        why="It has a character that is no Unicode text (half of a surrogate pair).",
        fix="Retype the label.",
    )
