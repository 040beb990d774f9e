"""A database written by CVXlab is taken over: its tables become ours, the user's own stay, and the file is kept as a copy."""

from __future__ import annotations

from pathlib import Path

from saddlepoint.errors import Diagnostic, Mark, StoreError
from saddlepoint.files.atomic import replacing
from saddlepoint.files.paths import there
from saddlepoint.store.connection import Store, connect
from saddlepoint.store.identifiers import SET, fold, quote
from saddlepoint.store.migrations import is_ours, migrate
from saddlepoint.store.tables import CatalogueEntry, create_key, foreign_keys, note
from saddlepoint.store.taken_over import CvxlabImport


def looks_like_cvxlab(store: Store) -> bool:
    """Whether the tables have CVXlab's form: sets `_set_KEY` with names, and tables with `values`."""
    names = store.names()
    sets = [name for name in names if name.startswith(SET)]
    return bool(sets) and all(_set_column(store, name) for name in sets) and not is_ours(store)


def import_cvxlab(store: Store) -> CvxlabImport | None:
    """Take over a database of CVXlab, in one transaction; StoreError if it is another's.

    None if another process has just done it.
    """
    if store.path is None or not (is_ours(store) or looks_like_cvxlab(store)):
        raise StoreError(foreign(store))
    with store.transaction():
        if is_ours(store):
            return None
        copy = _copy(store.path)
        names = store.names()
        objections = {name: _objection(store, name) for name in names}
        taken = tuple(name for name in names if not objections[name])
        for name in set(names) & _own_names():
            store.execute(f"DROP TABLE {quote(name)}")
        migrate(store)
        for name in taken:
            _take(store, name)
    return CvxlabImport(copy, taken, {name: why for name, why in objections.items() if why})


def _copy(path: Path) -> Path:
    """Copy the file as it is on disk, through a connection of its own: SQLite copies no database that is being written."""
    copy = _free(path)
    with replacing(copy, force=False) as part, connect(path, readonly=True, wait=0) as original:
        original.copy_to(part)
    return copy


def _own_names() -> set[str]:
    """The names of our bookkeeping, which no other table may have; the copy keeps one that had."""
    with connect(None, readonly=False, wait=0) as empty:
        migrate(empty)
        return set(empty.names())


def _take(store: Store, name: str) -> None:
    """Give a table our columns, key and entry."""
    old = _free_name(store, f"_old_{name}")
    kinds = store.columns(name)
    labels = [column for column in kinds if _is_label(name, column)]
    store.execute(f"ALTER TABLE {quote(name)} RENAME TO {quote(old)}")
    fields = [
        f"{quote(column)} {'TEXT' if kind != 'REAL' else kind}"
        for column, kind in kinds.items()
        if column != "id"
    ]
    axes = [label.removesuffix("_Name") for label in labels]
    relations = () if name.startswith(SET) else foreign_keys(store, axes)
    inside = ", ".join(["id INTEGER PRIMARY KEY", *fields, *relations])
    store.execute(f"CREATE TABLE {quote(name)} ({inside})")
    store.execute(f"INSERT INTO {quote(name)} SELECT * FROM {quote(old)} ORDER BY id")
    create_key(store, name, axes, f"_key_{name}")
    store.execute(f"DROP TABLE {quote(old)}")
    if not name.startswith(SET):
        note(store, CatalogueEntry(name, "input"))


def _free_name(store: Store, name: str) -> str:
    while store.has(name):
        name = f"_{name}"
    return name


def _objection(store: Store, name: str) -> str:
    """Why a table does not fit; "" if it does."""
    kinds = store.columns(name)
    if next(iter(kinds), "") != "id":
        return "its first column is not id"
    labels = [column for column in kinds if _is_label(name, column)]
    if name.startswith(SET):
        if not labels:
            return "it has no column of item names"
    elif fold(name).startswith("_"):
        return "names that start with _ are no tables of a model"
    elif set(kinds) != {"id", *labels, "values"}:
        return "its columns are not id, labels and values"
    fields = ", ".join(map(quote, labels))
    rows = (
        store.query(f"SELECT {fields} FROM {quote(name)} GROUP BY {fields} HAVING count(*) > 1 LIMIT 1")
        if labels
        else []
    )
    return f"it has two rows for ({', '.join(map(str, rows[0]))})" if rows else ""


def _is_label(table: str, column: str) -> bool:
    if table.startswith(SET):
        return (
            column == f"{column.removesuffix('_Name')}_Name"
            and column.upper() == f"{table.removeprefix(SET)}_NAME"
        )
    return column.endswith("_Name")


def _set_column(store: Store, name: str) -> str:
    return next((column for column in store.columns(name) if _is_label(name, column)), "")


def _free(path: Path) -> Path:
    """A name for the copy that no file has."""
    candidates = (
        path.with_name(f"{path.stem}_cvxlab{'' if k == 1 else f'_{k}'}{path.suffix}")
        for k in range(1, 10_000)
    )
    return next(candidate for candidate in candidates if not there(candidate))


def foreign(store: Store) -> Diagnostic:
    """The finding for a database that somebody else made."""
    return Diagnostic(
        "B006",
        "the database belongs to another program.",
        Mark(store.name),
        why="It holds tables, but neither Saddlepoint nor CVXlab made it; writing to it could harm its owner.",
        fix="Move the file away; a new database is made from the input files.",
    )
