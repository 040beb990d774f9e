"""The schema of our own tables, as a list that only grows: number n of a file means the first n were applied."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from saddlepoint.errors import Mark, StoreError
from saddlepoint.store.connection import Store

APPLICATION_ID: Final = int.from_bytes(b"Sadl", "big")


def _first(store: Store) -> None:
    for statement in (
        """CREATE TABLE _tables (
            name TEXT PRIMARY KEY, kind TEXT NOT NULL, unit TEXT, description TEXT, run INTEGER
        ) WITHOUT ROWID""",
        """CREATE TABLE _runs (
            id INTEGER PRIMARY KEY AUTOINCREMENT, started TEXT NOT NULL, seconds REAL, command TEXT NOT NULL,
            options TEXT NOT NULL, versions TEXT NOT NULL, settings_hash TEXT NOT NULL, inputs_hash TEXT NOT NULL,
            exit INTEGER
        )""",
        """CREATE TABLE _scenarios (
            run INTEGER NOT NULL, problem TEXT NOT NULL, status TEXT NOT NULL, objective REAL, solver TEXT,
            route TEXT, iterations INTEGER, seconds REAL, rel_prim REAL, rel_dual REAL, gap REAL, unc REAL,
            verified INTEGER
        )""",
        "CREATE INDEX _scenarios_run ON _scenarios (run)",
        """CREATE TABLE _convergence (
            run INTEGER NOT NULL, iteration INTEGER NOT NULL, "table" TEXT NOT NULL, change REAL, threshold REAL
        )""",
        "CREATE INDEX _convergence_run ON _convergence (run)",
        """CREATE TABLE _staged (
            run INTEGER NOT NULL, name TEXT NOT NULL, axes TEXT NOT NULL, unit TEXT, description TEXT,
            PRIMARY KEY (run, name)
        ) WITHOUT ROWID""",
        "CREATE TABLE _chunks (run INTEGER NOT NULL, chunk TEXT NOT NULL, PRIMARY KEY (run, chunk)) WITHOUT ROWID",
    ):
        store.execute(statement)


def _second(store: Store) -> None:
    for statement in (
        "ALTER TABLE _tables ADD COLUMN content TEXT",
        "ALTER TABLE _tables ADD COLUMN accepted INTEGER",
        "ALTER TABLE _runs ADD COLUMN whole INTEGER",
        "CREATE TABLE _model (name TEXT NOT NULL)",
        "CREATE TABLE _notes (code TEXT NOT NULL, message TEXT NOT NULL, place TEXT, why TEXT, fix TEXT)",
    ):
        store.execute(statement)


def _third(store: Store) -> None:
    """What is loaded stands in a table of its own: loading is no run."""
    store.execute("CREATE TABLE _loaded (settings_hash TEXT NOT NULL, inputs_hash TEXT NOT NULL)")
    store.execute(
        """INSERT INTO _loaded SELECT settings_hash, inputs_hash FROM _runs WHERE exit IS NOT NULL
        ORDER BY id DESC LIMIT 1"""
    )


def _fourth(store: Store) -> None:
    """Runs that are kept, and what makes results stale."""
    for statement in (
        "ALTER TABLE _runs ADD COLUMN name TEXT",
        "ALTER TABLE _runs ADD COLUMN note TEXT",
        "ALTER TABLE _runs ADD COLUMN kept INTEGER",
        "ALTER TABLE _runs ADD COLUMN contents TEXT",
        "CREATE UNIQUE INDEX _runs_name ON _runs (name) WHERE kept = 1",
        "ALTER TABLE _loaded ADD COLUMN contents TEXT",
        "ALTER TABLE _tables ADD COLUMN stale TEXT",
        "ALTER TABLE _scenarios ADD COLUMN gone INTEGER",
        """CREATE TABLE _forms (
            form INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, labels TEXT NOT NULL, columns TEXT NOT NULL
        )""",
        """CREATE TABLE _kept (
            run INTEGER NOT NULL, name TEXT NOT NULL, form INTEGER NOT NULL, batch INTEGER NOT NULL,
            kind TEXT NOT NULL, unit TEXT, description TEXT, content TEXT, PRIMARY KEY (run, name)
        ) WITHOUT ROWID""",
        "CREATE INDEX _kept_form ON _kept (form, batch)",
    ):
        store.execute(statement)


def _fifth(store: Store) -> None:
    """The steps of long searches, which files of before got when the first of them was taken."""
    store.execute(
        "CREATE TABLE IF NOT EXISTS _steps (step INTEGER PRIMARY KEY, run INTEGER, search TEXT, content BLOB)"
    )


MIGRATIONS: Final[tuple[Callable[[Store], None], ...]] = (_first, _second, _third, _fourth, _fifth)
"""Append only; a released migration is never changed."""


def migrate(store: Store) -> None:
    """Bring the schema to this program's version, in one transaction; StoreError if the file is newer."""
    if _version(store) == len(MIGRATIONS):
        return
    with store.transaction():
        done = _version(store)
        refuse_newer(store, done)
        for step in MIGRATIONS[done:]:
            step(store)
        store.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        store.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def is_ours(store: Store) -> bool:
    """Whether this program made the database."""
    return store.query("PRAGMA application_id")[0][0] == APPLICATION_ID


def refuse_newer(store: Store, version: int | None = None) -> None:
    """StoreError if the schema is newer than this program."""
    found = _version(store) if version is None else version
    if found > len(MIGRATIONS):
        raise StoreError.of(
            "B005",
            f"the database was written by a newer Saddlepoint (schema {found}, this one knows {len(MIGRATIONS)}).",
            Mark(store.name),
            fix="Update the package (pip install -U saddlepoint), or delete the file and load the inputs again.",
        )


def _version(store: Store) -> int:
    return int(store.query("PRAGMA user_version")[0][0])
