"""Whether the process that stages a run is still alive: it holds a lock that dies with it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from pathlib import Path

from saddlepoint.errors import StoreError
from saddlepoint.records import dataclass
from saddlepoint.store.connection import Store
from saddlepoint.store.faults import link_finding, sqlite_error


@dataclass(frozen=True, slots=True)
class Lease:
    """A lock on a small file, taken through SQLite so that it works on every system."""

    path: Path
    connection: sqlite3.Connection

    def release(self) -> None:
        """Give the lock back and remove its file, which is empty."""
        self.connection.close()
        with suppress(OSError):
            if self.path.stat().st_size == 0:
                self.path.unlink()


def take(store: Store, run: int) -> Lease | None:
    """The lock of a run; None if another process holds it, or if the database is in memory. StoreError."""
    return None if store.path is None else hold(lock_file(store.path, run))


def hold(path: Path) -> Lease | None:
    """A lock on a file of this name, made for it; None if another process holds it. StoreError B008, B019 (a link)."""
    if path.is_symlink():
        raise StoreError(link_finding(path))
    connection: sqlite3.Connection | None = None
    try:
        connection = sqlite3.connect(path, timeout=0, isolation_level=None)
        connection.execute("PRAGMA journal_mode = OFF")  # nothing is ever written: no second file
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error as error:
        if connection is not None:
            connection.close()
        if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_BUSY:
            return None
        raise sqlite_error(error, path.name) from error
    return Lease(path, connection)


def lock_file(database: Path, run: int) -> Path:
    """The file whose lock says that a run is alive."""
    return database.with_name(f"{database.name}-run-{run}")


def lock_files(database: Path) -> dict[int, Path]:
    """The lock files beside a database: run → file. They are empty; a file with content is somebody else's."""
    prefix = lock_file(database, 0).name.removesuffix("0")
    with os.scandir(database.absolute().parent) as entries:
        tails = [entry.name.removeprefix(prefix) for entry in entries if entry.name.startswith(prefix)]
    files = {int(tail): lock_file(database, int(tail)) for tail in tails if tail.isdecimal()}
    return {run: file for run, file in files.items() if not file.is_symlink() and not _size(file)}


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:  # gone since
        return 1
