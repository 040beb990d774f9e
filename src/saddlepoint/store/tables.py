"""Tables with labels at rest: written, compared, read back, shown."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from saddlepoint.arrays import Mask
from saddlepoint.errors import StoreError
from saddlepoint.labels import Domain, Table
from saddlepoint.records import dataclass
from saddlepoint.store.connection import Store
from saddlepoint.store.contents import content
from saddlepoint.store.findings import other_columns, unknown_column, unknown_table
from saddlepoint.store.identifiers import checked_names, coordinate, fold, quote, set_table
from saddlepoint.store.insert import insert_cells
from saddlepoint.store.json_cells import check_names, check_shown, check_words
from saddlepoint.store.read_cells import read_cells

SAMPLE: Final = 5
EntryKind = Literal["input", "initial", "result"]


@dataclass(frozen=True, slots=True)
class TableChange:
    """What keeping a table changed.

    kind: `new`, `same`, `values` (cells differ), `form` (other columns, or other items); count: cells that differ,
    came or went; sample: the coordinates of the first of them.
    """

    name: str
    kind: Literal["new", "same", "values", "form"]
    count: int = 0
    sample: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One entry of the catalogue.

    run: the run that wrote it, None for inputs; content: the hash of an input as loaded, "" where none was noted;
    accepted: whether it was changed in the database and taken as it stood; stale: of results, why they do not fit the
    inputs that are loaded, "" where they do.
    """

    name: str
    kind: EntryKind
    _: KW_ONLY
    unit: str = ""
    description: str = ""
    run: int | None = None
    content: str = ""
    accepted: bool = False
    stale: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """Rows for display: the header, the rows, and how many rows there are in all."""

    header: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    total: int

    def without(self, *names: str) -> Shown:
        """The rows without these columns."""
        keep = [k for k, name in enumerate(self.header) if name not in names]
        rows = tuple(tuple(row[k] for k in keep) for row in self.rows)
        return Shown(tuple(self.header[k] for k in keep), rows, self.total)


def keep_table(store: Store, table: Table, name: str | None = None, kind: EntryKind = "input") -> TableChange:
    """Store a table in place of what had its name (default: its key), and say what changed. StoreError."""
    name = table.key if name is None else name
    with store.transaction():
        change = _compare(store, table, name)
        if change.kind != "same":
            store.execute(f"DROP TABLE IF EXISTS {quote(name)}")
            create_table(store, name, table)
            insert_cells(store, name, column_names(table), table.domain, cells(table), table.rows)
            create_key(store, name, table.domain.names, f"_key_{name}")
        note(
            store,
            CatalogueEntry(
                name, kind, unit=table.unit, description=table.description, content=content(table)
            ),
        )
    return change


def forget_table(store: Store, name: str) -> bool:
    """Remove a table that the model no longer has; whether there was one. StoreError."""
    with store.transaction():
        found = store.has(name)
        store.execute(f"DROP TABLE IF EXISTS {quote(name)}")
        store.execute("DELETE FROM _tables WHERE name = ?", (name,))
    return found


def forget_results(store: Store, kept: Collection[str] = ()) -> None:
    """Remove the results but for some. StoreError."""
    for info in catalogue(store):
        if info.kind == "result" and info.name not in kept:
            forget_table(store, info.name)


def read_table(
    store: Store, key: str, domain: Domain, columns: Sequence[str] = ("values",), name: str | None = None
) -> Table:
    """The table over a domain; cells without a row, and blank ones, are NaN ("" in text columns).

    rows of the result: None if every cell has a row. StoreError: no such table, other columns, unknown labels, two
    rows for one cell, text where a number belongs; all findings at once.
    """
    name = key if name is None else name
    with store.snapshot():
        kinds = store.columns(name)
        if not kinds:
            raise StoreError(unknown_table(store, name))
        labels = [coordinate(axis) for axis in domain.names]
        found = [column for column in kinds if column.endswith("_Name")]
        if set(found) != set(labels) or not set(columns) <= set(kinds):
            raise StoreError(other_columns(store, name, [*labels, *columns], list(kinds)))
        arrays, rows = read_cells(
            store, name, domain, {column: kinds[column] == "TEXT" for column in columns}
        )
        info = entry_of(store, name) or CatalogueEntry(name, "input")
    return Table(key, domain, arrays, rows=rows, unit=info.unit, description=info.description)


def table_names(store: Store, kind: EntryKind | None = None) -> tuple[str, ...]:
    """The names of the tables of the model and of its results, in the order in which they were made."""
    if kind is not None:
        return tuple(info.name for info in catalogue(store) if info.kind == kind)
    return tuple(name for name in store.names() if not name.startswith("_"))


def has_numbers(store: Store, name: str) -> bool:
    """Whether some row of a table holds a value. StoreError."""
    if "values" not in store.columns(name):
        return False
    return bool(store.query(f'SELECT 1 FROM {quote(name)} WHERE "values" IS NOT NULL LIMIT 1'))


def catalogue(store: Store) -> tuple[CatalogueEntry, ...]:
    """What is known of each table that we wrote. StoreError B004."""
    if not store.has("_tables"):
        return ()
    columns = store.columns("_tables")
    later = ", ".join(one if one in columns else "NULL" for one in ("content", "accepted", "stale"))
    fields = f"name, kind, unit, description, run, {later}"
    rows = tuple(store.query(f"SELECT {fields} FROM _tables ORDER BY name"))
    check_names(store, "_tables", (name for row in rows for name in row[:2]))
    check_words(store, "_tables", (word for row in rows for word in row[2:4]))
    return tuple(
        CatalogueEntry(
            name,
            kind,
            unit=unit or "",
            description=text or "",
            run=run,
            content=noted or "",
            accepted=bool(accepted),
            stale=stale or "",
        )
        for name, kind, unit, text, run, noted, accepted, stale in rows
    )


def entry_of(store: Store, name: str) -> CatalogueEntry | None:
    """What the catalogue says of one table."""
    return next((one for one in catalogue(store) if one.name == name), None)


RowFilter = Mapping[str, str | Sequence[str]]
"""Set key or column → the label, or labels, that rows must have."""


def show_rows(
    store: Store, name: str, where: RowFilter | None = None, limit: int | None = None, offset: int = 0
) -> Shown:
    """Rows of any table as they are; where: set key or column → label or labels. StoreError."""
    kinds = table_columns(store, name)
    condition, values = conditions(store, name, where)
    with store.snapshot():
        ((total,),) = store.query(f"SELECT count(*) FROM {quote(name)}{condition}", values)
        order = "id" if "id" in kinds else "1"
        rows = store.query(
            f"SELECT * FROM {quote(name)}{condition} ORDER BY {order} LIMIT ? OFFSET ?",
            (*values, -1 if limit is None else limit, offset),
        )
    check_shown(store, name, kinds, rows)
    return Shown(tuple(kinds), tuple(rows), total)


def table_columns(store: Store, name: str) -> dict[str, str]:
    """Column → type of a table that is there; StoreError B011."""
    kinds = store.columns(name) if store.has(name) else {}
    if not kinds:
        raise StoreError(unknown_table(store, name))
    return kinds


def conditions(
    store: Store, name: str, where: RowFilter | None, alias: str = ""
) -> tuple[str, tuple[str, ...]]:
    """A WHERE clause ("" for all rows) and its values; StoreError B012."""
    if not where:
        return "", ()
    kinds = table_columns(store, name)
    chosen = [(known_column(store, name, key, kinds), labels) for key, labels in where.items()]
    listed = [(column, (labels,) if isinstance(labels, str) else tuple(labels)) for column, labels in chosen]
    dot = f"{alias}." if alias else ""
    parts = [f"{dot}{quote(column)} IN ({', '.join('?' * len(labels))})" for column, labels in listed]
    return f" WHERE {' AND '.join(parts)}", tuple(label for _, labels in listed for label in labels)


def known_column(store: Store, name: str, key: str, kinds: Mapping[str, str]) -> str:
    """The column of a set key, or of this name, whatever its case; StoreError B012."""
    for candidate in (coordinate(key), key):
        for kind in kinds:
            if fold(kind) == fold(candidate):
                return kind
    raise StoreError(unknown_column(store, name, key, list(kinds)))


def create_table(store: Store, name: str, table: Table) -> None:
    """An empty table with the columns of this one."""
    fields = [f"{quote(coordinate(axis))} TEXT NOT NULL" for axis in table.domain.names]
    fields += [f"{quote(column)} {_sql_type(array)}" for column, array in table.columns.items()]
    fields += foreign_keys(store, table.domain.names)
    checked_names(["id", *column_names(table)], name)
    store.execute(f"CREATE TABLE {quote(name)} (id INTEGER PRIMARY KEY, {', '.join(fields)})")


def foreign_keys(store: Store, axes: Sequence[str]) -> list[str]:
    """The clauses that relate the labels of sets to the tables of their items, for those that are there."""
    there = set(store.names()) if axes else set[str]()
    columns = {axis: quote(coordinate(axis)) for axis in axes if set_table(axis) in there}
    return [
        f"FOREIGN KEY ({column}) REFERENCES {quote(set_table(axis))} ({column})"
        for axis, column in columns.items()
    ]


def create_key(store: Store, name: str, axes: Sequence[str], index: str) -> None:
    """The unique key over the coordinates, built after the rows are in: one sort in place of a search per row."""
    if axes:
        fields = ", ".join(quote(coordinate(axis)) for axis in axes)
        store.execute(f"CREATE UNIQUE INDEX {quote(index)} ON {quote(name)} ({fields})")


def column_names(table: Table) -> list[str]:
    """The columns as stored: labels in declared order, then values."""
    return [*map(coordinate, table.domain.names), *table.columns]


def cells(table: Table) -> list[NDArray[Any]]:
    """The columns of the rows in use."""
    return [table.column(column) for column in table.columns]


def note(store: Store, info: CatalogueEntry) -> None:
    """Enter a table into the catalogue, in place of an earlier entry."""
    store.execute(
        """INSERT OR REPLACE INTO _tables (name, kind, unit, description, run, content, accepted)
        VALUES (?, ?, ?, ?, ?, ?, ?)""",
        (
            info.name,
            info.kind,
            info.unit,
            info.description,
            info.run,
            info.content or None,
            info.accepted or None,
        ),
    )


def _sql_type(array: NDArray[Any]) -> str:
    if array.dtype.kind in "UTO":
        return "TEXT"
    return "INTEGER" if array.dtype.kind in "bui" else "REAL"


def _compare(store: Store, table: Table, name: str) -> TableChange:
    kinds = store.columns(name)
    if not kinds:
        return TableChange(name, "new", len(table))
    wanted = {
        "id": "INTEGER",
        **dict.fromkeys(map(coordinate, table.domain.names), "TEXT"),
        **{column: _sql_type(array) for column, array in table.columns.items()},
    }
    if list(kinds.items()) != list(wanted.items()):
        return TableChange(name, "form", len(table))
    try:
        old = read_table(store, table.key, table.domain, tuple(table.columns), name)
    except StoreError:
        return TableChange(name, "form", len(table))
    differ = np.fromiter(_differing(old, table), dtype=np.int64)
    sample = tuple(table.domain.coordinates(int(k)) for k in differ[:SAMPLE])
    return TableChange(name, "values" if len(differ) else "same", len(differ), sample)


def _differing(old: Table, new: Table) -> Iterator[int]:
    differ = _used(old) != _used(new)
    for column, array in new.columns.items():
        before, after = old.columns[column], array
        if array.dtype.kind in "UTO":
            differ |= before != after
        else:
            after = after.astype(np.float64)
            differ |= (before != after) & ~(np.isnan(before) & np.isnan(after))
    return iter(np.flatnonzero(differ & (_used(old) | _used(new))).tolist())


def _used(table: Table) -> Mask:
    used = np.full(table.domain.size, table.rows is None)
    if table.rows is not None:
        used[table.rows] = True
    return used
