"""Views for people who write SQL: plain names of sets, `value` in place of a word of SQL, the items of a set across."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from saddlepoint.store.connection import Store
from saddlepoint.store.identifiers import SET, fold, quote, set_table
from saddlepoint.store.json_cells import check_names
from saddlepoint.store.tables import catalogue
from saddlepoint.store.totals import MEASURES

VIEW: Final = "view_"
WIDE: Final = "wide_"
KEPT: Final = "kept_"
MARK: Final = "/* Saddlepoint makes this view anew with its table */"
MOST_ACROSS: Final = 100
"""Items of a set that stand across."""
_FEW_ITEMS: Final = 12
"""A set of so few items rather stands across than a long one: hours and customers go down."""
_FEW_ROWS: Final = 20_000
"""Rows among which it is looked for which items occur."""


def drop_views(store: Store) -> None:
    """Remove our views, to be made anew: SQLite goes through all there are whenever it renames a table. StoreError."""
    for name, made in _views(store).items():
        if MARK in made:
            store.execute(f"DROP VIEW {quote(name)}")


def renew_views(store: Store) -> None:
    """Bring `view_<table>`, `wide_<table>` and `view_kept_<table>` up to date; views of other people stay. StoreError."""
    there = _views(store)
    wanted = {name: f"CREATE VIEW {quote(name)} AS {MARK} {select}" for name, select in _wanted(store)}
    taken = {fold(name) for name in store.names()}
    taken |= {fold(name) for name, made in there.items() if MARK not in made}
    for name, made in there.items():
        if MARK in made and wanted.get(name) != made:
            store.execute(f"DROP VIEW {quote(name)}")
    for name, text in wanted.items():
        if there.get(name) != text and fold(name) not in taken:
            store.execute(text)


def _views(store: Store) -> dict[str, str]:
    """View → the statement that made it."""
    return dict(store.query("SELECT name, sql FROM sqlite_master WHERE type = 'view'"))


def table_views(store: Store, table: str) -> Iterator[tuple[str, str]]:
    """The views of a table: name and SELECT. StoreError."""
    columns = store.columns(table)
    names = plain_names([column for column in columns if column != "id"])
    if names:
        yield f"{VIEW}{table}", _select(names, table)
    measure = next((column for column in MEASURES if columns.get(column) == "REAL"), None)
    if measure and (across := _across(store, table, names)):
        yield f"{WIDE}{table}", _wide(table, names, measure, *across)


def _wanted(store: Store) -> Iterator[tuple[str, str]]:
    for info in catalogue(store):
        if store.has(info.name) and not info.name.startswith("_"):
            yield from table_views(store, info.name)
    if store.has("_forms"):
        names = [name for (name,) in store.query("SELECT DISTINCT name FROM _forms ORDER BY form")]
        check_names(store, "_forms", names)
        for name in names:
            kept = f"{KEPT}{name.removeprefix('_')}"
            columns = [row[1] for row in store.query(f"PRAGMA table_info({quote(kept)})")]
            if columns and not name.startswith(SET):
                yield f"{VIEW}{kept}", _select(plain_names(columns), kept)


def plain_names(columns: Sequence[str]) -> dict[str, str]:
    """Column → the name of its set, or `value`; columns whose plain name another one has keep their own."""
    plain = {name: "value" if name == "values" else name.removesuffix("_Name") or name for name in columns}
    own = [fold(name) for name in columns]
    count = [fold(name) for name in plain.values()]
    return {
        name: name if count.count(fold(one)) > 1 or (one != name and fold(one) in own) else one
        for name, one in plain.items()
    }


def _select(names: Mapping[str, str], table: str) -> str:
    fields = ", ".join(f"{quote(column)} AS {quote(name)}" for column, name in names.items())
    return f"SELECT {fields} FROM {quote(table)}"


def best_across(sizes: Mapping[str, int]) -> list[str]:
    """Sets, or columns, that may stand across, the best first: the last one of few items, then the last one that fits."""
    fit = [name for name, size in reversed([*sizes.items()]) if 1 < size <= MOST_ACROSS]
    few = [name for name in fit if sizes[name] <= _FEW_ITEMS]
    return [*few, *(name for name in fit if name not in few)] if len(sizes) > 1 else []


def _across(store: Store, table: str, names: Mapping[str, str]) -> tuple[str, list[str]] | None:
    """The column of labels to put across, with its items, where these can be names of columns.

    A table with as many rows as its sets allow has every item, as no row stands twice.
    """
    labels = [column for column in names if column.endswith("_Name")]
    if len(labels) < 2:
        return None
    sizes = {column: _size(store, column) for column in labels}
    few = not store.query(f"SELECT 1 FROM {quote(table)} LIMIT 1 OFFSET {_FEW_ROWS}")
    whole = few and math.prod(sizes.values()) == _count(store, table)
    items = {column: _items(store, table, column, sizes[column], few and not whole) for column in labels}
    for column in best_across({column: len(found) for column, found in items.items()}):
        rest = {fold(names[other]) for other in labels if other != column}
        titles = {fold(item) for item in items[column]}
        if len(titles) == len(items[column]) and not titles & rest and "\0" not in "".join(titles):
            return column, items[column]
    return None


def _size(store: Store, column: str) -> int:
    """The number of items of the set of a column of labels, 0 of an unknown one."""
    own = set_table(column.removesuffix("_Name"))
    return _count(store, own) if store.has(own) else 0


def _count(store: Store, table: str) -> int:
    return store.query(f"SELECT count(*) FROM {quote(table)}")[0][0]


def _items(store: Store, table: str, column: str, size: int, some: bool) -> list[str]:
    """The items of a set of so many in their order, some: without those that the table has not; none of an unknown or long set."""
    if not 0 < size <= 10 * MOST_ACROSS:
        return []
    own = set_table(column.removesuffix("_Name"))
    found = [item for (item,) in store.query(f"SELECT {quote(column)} FROM {quote(own)} ORDER BY id")]
    check_names(store, own, found)
    if not some:
        return found
    used = {item for (item,) in store.query(f"SELECT DISTINCT {quote(column)} FROM {quote(table)}")}
    return [item for item in found if item in used]


def _wide(table: str, names: Mapping[str, str], measure: str, across: str, items: Sequence[str]) -> str:
    rest = [column for column in names if column.endswith("_Name") and column != across]
    fields = [f"{quote(column)} AS {quote(names[column])}" for column in rest]
    for item in items:
        text = "'" + item.replace("'", "''") + "'"
        fields.append(f"max(CASE {quote(across)} WHEN {text} THEN {quote(measure)} END) AS {quote(item)}")
    by = ", ".join(map(quote, rest))
    return f"SELECT {', '.join(fields)} FROM {quote(table)} GROUP BY {by} ORDER BY min(id)"
