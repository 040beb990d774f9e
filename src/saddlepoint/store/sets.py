"""The items of the sets: one table `_set_<SETKEY>` each, as Excel and plain SQL users read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from itertools import chain
from typing import Protocol

from saddlepoint.errors import Mark, StoreError
from saddlepoint.records import dataclass
from saddlepoint.store.connection import Store
from saddlepoint.store.identifiers import SET, checked_names, coordinate, fold, quote, set_table
from saddlepoint.store.insert import insert_rows
from saddlepoint.store.json_cells import check_names, check_words


class SetLike(Protocol):
    """What a set must tell: its key, its items in order, one label per item for each filter and aggregation."""

    @property
    def key(self) -> str: ...
    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def filters(self) -> Mapping[str, tuple[str, ...]]: ...
    @property
    def aggregations(self) -> Mapping[str, tuple[str, ...]]: ...


@dataclass(frozen=True, slots=True)
class SetRows:
    """A set as stored; filters and aggregations: name → one label per item, "" where there is none."""

    key: str
    names: tuple[str, ...]
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    aggregations: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SetChange:
    """What keeping a set changed: items that came, items that went, and whether anything differs at all."""

    key: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: bool = False


def keep_sets(store: Store, sets: Sequence[SetLike]) -> tuple[SetChange, ...]:
    """Store the sets and forget those that are no longer there; what changed, set by set. StoreError."""
    checked_names([set_table(one.key) for one in sets], store.name)
    with store.transaction():
        changes = tuple(_keep(store, one) for one in sets)
        kept = {set_table(one.key) for one in sets}
        for name in store.names():
            if name.startswith(SET) and name not in kept:
                store.execute(f"DROP TABLE {quote(name)}")
    return changes


def stored_sets(store: Store) -> tuple[SetRows, ...]:
    """The sets as stored, in the order in which they were first kept. StoreError."""
    with store.snapshot():
        return tuple(_read(store, name) for name in store.names() if name.startswith(SET))


def items_of_sets(store: Store) -> dict[str, tuple[str, ...]]:
    """Set, its name folded → its items, in the order in which they are kept. StoreError."""
    return {fold(one.key): one.names for one in stored_sets(store)}


def first_items(store: Store, most: int) -> list[tuple[str, tuple[str, ...], int]]:
    """Of each set its key, its first items, and how many it has. StoreError."""
    found: list[tuple[str, tuple[str, ...], int]] = []
    for table in (name for name in store.names() if name.startswith(SET)):
        column = next(name for name in store.columns(table) if name.endswith("_Name"))
        rows = store.query(f"SELECT {quote(column)} FROM {quote(table)} ORDER BY id LIMIT ?", (most,))
        ((size,),) = store.query(f"SELECT count(*) FROM {quote(table)}")
        items = tuple(label for (label,) in rows)
        check_names(store, table, items)
        found.append((column.removesuffix("_Name"), items, int(size)))
    return found


def _keep(store: Store, one: SetLike) -> SetChange:
    table = set_table(one.key)
    columns = checked_names(
        [
            coordinate(one.key),
            *(f"{one.key}_{name}" for name in one.filters),
            *(f"{one.key}_agg_{name}" for name in one.aggregations),
        ],
        table,
    )
    labels = chain(one.filters.values(), one.aggregations.values())
    new = list(zip(one.names, *([label or None for label in column] for column in labels), strict=True))
    old = _rows(store, table) if list(store.columns(table)) == ["id", *columns] else None
    if old == new:
        return SetChange(one.key)
    before = [row[0] or "" for row in old or ()]
    if old is None:
        _create(store, table, columns)
    store.execute(f"DELETE FROM {quote(table)}")
    insert_rows(store, table, columns, new)
    return SetChange(one.key, _missing(one.names, before), _missing(before, one.names), changed=True)


def _create(store: Store, table: str, columns: Sequence[str]) -> None:
    first, *others = map(quote, columns)
    store.execute(f"DROP TABLE IF EXISTS {quote(table)}")
    fields = ", ".join([f"{first} TEXT NOT NULL UNIQUE", *(f"{other} TEXT" for other in others)])
    store.execute(f"CREATE TABLE {quote(table)} (id INTEGER PRIMARY KEY, {fields})")


def _missing(these: Iterable[str], among: Iterable[str]) -> tuple[str, ...]:
    known = set(among)
    return tuple(label for label in these if label not in known)


def _rows(store: Store, table: str) -> list[tuple[str | None, ...]]:
    return [row[1:] for row in store.query(f"SELECT * FROM {quote(table)} ORDER BY id")]


def _read(store: Store, table: str) -> SetRows:
    columns = [name for name in store.columns(table) if name != "id"]
    if not columns or not columns[0].endswith("_Name"):
        raise StoreError.of(
            "B012",
            f"table {table!r} has no column of item names.",
            Mark(store.name),
            fix="Load the sets again.",
        )
    key = columns[0].removesuffix("_Name")
    rows = _rows(store, table)
    listed = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    check_names(store, table, listed[0])
    check_words(store, table, (label for column in listed[1:] for label in column))
    labels = {
        name.removeprefix(f"{key}_"): tuple(label or "" for label in column)
        for name, column in zip(columns[1:], listed[1:], strict=True)
    }
    return SetRows(
        key,
        listed[0],
        {name: column for name, column in labels.items() if not name.startswith("agg_")},
        {name.removeprefix("agg_"): column for name, column in labels.items() if name.startswith("agg_")},
    )
