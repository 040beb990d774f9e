"""The door of the store: a path becomes an open database of the present schema, or a located error."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from saddlepoint.errors import Diagnostic, FileError, Mark, StoreError
from saddlepoint.files.atomic import replacing
from saddlepoint.store.connection import Store, connect
from saddlepoint.store.faults import cannot_open, inspect_database, link_finding, too_long
from saddlepoint.store.leftovers import clean
from saddlepoint.store.migrations import is_ours, migrate, refuse_newer

DATABASE = "database.db"
MODEL_FILE = (".yml", ".yaml")
"""How the names of models in one file end."""
WAIT = 10.0
BESIDE = ("-journal", "-wal", "-shm")
"""What SQLite adds to the name of a database for files of its own."""


def database_of(place: Path) -> Path:
    """Where the results of a place are: database.db of a folder, that of a model in one file, else the place itself."""
    if place.is_dir():
        return place / DATABASE
    return place.with_suffix(".db") if place.suffix.casefold() in MODEL_FILE else place


def open_store(
    path: str | Path, *, readonly: bool = False, wait: float = WAIT, run: str | int | None = None
) -> Store:
    """Open or create a database; `:memory:` makes one that nobody else sees. StoreError.

    readonly: the file must exist and is not changed; wait: seconds to wait for another program's lock; run: show it as it
    was when this run was kept (its name or number; for reading only).
    A database of CVXlab is taken over when opened for writing (see `Store.adopted`), and read as it is otherwise.
    """
    place = None if str(path) == ":memory:" else Path(path)
    readonly = readonly or run is not None
    if place is not None:
        _look(place, readonly)
        if not readonly and not place.exists():
            _create(place)
    store = connect(place, readonly=readonly, wait=wait)
    try:
        _prepare(store)
        if run is not None:
            from saddlepoint.store.as_of import show_as_of

            show_as_of(store, run)
    except BaseException:
        store.close()
        raise
    return store


def _look(path: Path, readonly: bool) -> None:
    try:
        _refuse_place(path, readonly)
    except (OSError, ValueError) as error:
        said = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise StoreError(cannot_open(Mark(path.name[:100]), f"The system says: {said}.")) from error


def _refuse_place(path: Path, readonly: bool) -> None:
    mark = Mark(path.name)
    if (far := too_long(path)) is not None:
        raise StoreError(far)
    if path.is_dir():
        raise StoreError(cannot_open(mark, "The path is a folder."))
    if not path.parent.is_dir():
        raise StoreError(cannot_open(mark, f"The folder {path.parent.name!r} does not exist."))
    links = [side for tail in BESIDE if (side := Path(f"{path}{tail}")).is_symlink()]
    if links:
        raise StoreError([link_finding(link) for link in links])
    if path.exists():
        if not path.is_file():
            raise StoreError(cannot_open(mark, "It is a pipe or a device."))
        inspect_database(path)
    elif readonly:
        raise StoreError.of("B001", "there is no database yet.", mark, fix="Solve first: `lab.run()`.")


def _create(path: Path) -> None:
    """Make a new database elsewhere and give it its name when it is whole: a file of zero bytes is never left."""
    try:
        with replacing(path, force=False) as part, connect(part, readonly=False, wait=0.0) as store:
            migrate(store)
    except FileError as error:
        if error.diagnostics[0].code != "F042":  # else another process has made it meanwhile
            raise StoreError(_unwritable(path, error.diagnostics[0])) from error


def _unwritable(path: Path, found: Diagnostic) -> Diagnostic:
    said = found.message.partition(": ")[2]
    fix = "Give yourself the right to write to the folder, free some space, or copy the model elsewhere."
    return Diagnostic(
        "B008", "the database cannot be made.", Mark(path.name), why=f"The folder says: {said}.", fix=fix
    )


def _refuse_foreign(store: Store) -> None:
    from saddlepoint.store.import_cvxlab import foreign, looks_like_cvxlab

    if not looks_like_cvxlab(store):
        raise StoreError(foreign(store))


def _prepare(store: Store) -> None:
    ours = is_ours(store)
    if ours:
        refuse_newer(store)
    if store.readonly:
        if not ours and store.names():
            _refuse_foreign(store)
        return
    refuse_triggers(store)
    if not ours and store.names():
        from saddlepoint.store.import_cvxlab import import_cvxlab

        store.adopted = import_cvxlab(store)
    migrate(store)
    with suppress(StoreError):  # another program writes just now: the next opening cleans
        clean(store)


def refuse_triggers(store: Store) -> None:
    """StoreError B009 if the database has triggers."""
    rows = store.query("SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' ORDER BY name")
    found = [_trigger(store, name, table) for name, table in rows]
    if found:
        raise StoreError(found)


def _trigger(store: Store, name: str, table: str) -> Diagnostic:
    return Diagnostic(
        "B009",
        f"the trigger {name!r} on table {table!r} would run whenever we write.",
        Mark(store.name),
        why="Saddlepoint makes no triggers; one that somebody else made could change the numbers.",
        fix=f"Remove it (DROP TRIGGER {name}), or move the file away.",
    )
