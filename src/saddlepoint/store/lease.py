"""Whether the process that stages a run is still alive: it holds a lock that dies with it."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from saddlepoint.store.connection import Store
from saddlepoint.store.faults import explain


@dataclass(frozen=True, slots=True)
class Lease:
    """A lock on a small file beside the database, taken through SQLite so that it works on every system."""

    path: Path
    connection: sqlite3.Connection

    def release(self) -> None:
        """Give the lock back and remove its file."""
        self.connection.close()
        with suppress(OSError):
            self.path.unlink(missing_ok=True)


def take(store: Store, run: int) -> Lease | None:
    """The lock of a run; None if another process holds it, or if the database is in memory. StoreError."""
    if store.path is None:
        return None
    path = lock_file(store.path, run)
    connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = OFF")  # nothing is ever written: no second file
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error as error:
        connection.close()
        if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_BUSY:
            return None
        raise explain(error, path.name) from error
    return Lease(path, connection)


def lock_file(database: Path, run: int) -> Path:
    """The file whose lock says that a run is alive."""
    return database.with_name(f"{database.name}-run-{run}")


def lock_files(database: Path) -> dict[int, Path]:
    """The lock files beside a database: run → file."""
    prefix = lock_file(database, 0).name.removesuffix("0")
    tails = ((file, file.name.removeprefix(prefix)) for file in database.absolute().parent.iterdir())
    return {int(tail): file for file, tail in tails if file.name.startswith(prefix) and tail.isdecimal()}
