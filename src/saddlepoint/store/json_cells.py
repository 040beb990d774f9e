"""JSON and numbers in the cells of our own tables: what was written there, or the finding for what somebody spoiled."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from saddlepoint.errors import Mark, StoreError
from saddlepoint.store.connection import Store
from saddlepoint.store.faults import damaged


def read_json(store: Store, cell: str, text: Any) -> Any:
    """The value of a cell, None for an empty one. cell: table and column, for the message. StoreError B004."""
    try:
        return None if text is None else json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise _spoiled(store, cell, f"it is no JSON ({type(error).__name__})") from error


def read_object(store: Store, cell: str, text: Any) -> dict[str, Any]:
    """The fields of a cell that holds an object, none for an empty cell. StoreError B004."""
    found = read_json(store, cell, text)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise _spoiled(store, cell, "it is no object of JSON")
    return cast(dict[str, Any], found)


def read_texts(store: Store, cell: str, text: Any) -> dict[str, str]:
    """The fields of an object whose values are texts. StoreError B004."""
    found = read_object(store, cell, text)
    if not are_texts(found.values()):
        raise _spoiled(store, cell, "a field is no text")
    return found


def read_names(store: Store, cell: str, text: Any) -> tuple[str, ...]:
    """The texts of a cell that holds a list of them. StoreError B004."""
    found = read_json(store, cell, text)
    if not isinstance(found, list) or not are_texts(found):
        raise _spoiled(store, cell, "it is no list of texts")
    return tuple(found)


def check_objectives(store: Store, values: Iterable[Any]) -> None:
    """Refuse what is neither a number nor empty: SQLite keeps a text in a column of numbers. StoreError B004."""
    for value in values:
        if not isinstance(value, int | float | None):
            raise _spoiled(store, "_scenarios.objective", "it holds what is no number")


def check_words(store: Store, table: str, values: Iterable[Any]) -> None:
    """Refuse what is neither a text nor empty: SQLite keeps bytes in a column of texts. StoreError B004."""
    for value in values:
        if not isinstance(value, str | None):
            raise _spoiled(store, table, "a word in it is no text")


def check_names(store: Store, table: str, values: Iterable[Any]) -> None:
    """Refuse names, as of tables and items, that are no texts, as bytes changed in the file leave them. StoreError B004."""
    if not are_texts(values):
        raise _spoiled(store, table, "a name in it is no text")


def check_shown(store: Store, table: str, kinds: Mapping[str, str], rows: Sequence[Sequence[Any]]) -> None:
    """Refuse bytes in columns of texts and numbers; kinds: column → type, in the order of the cells. StoreError B004."""
    for k, (column, kind) in enumerate(kinds.items()):
        if kind in ("TEXT", "REAL", "INTEGER"):
            for place, row in enumerate(rows, 1):
                if isinstance(row[k], bytes):
                    raise _spoiled(store, f"{table}.{column}", f"row {place} holds bytes")


def are_texts(values: Any) -> bool:
    """Whether all of these are texts."""
    return all(isinstance(value, str) for value in values)


def _spoiled(store: Store, cell: str, why: str) -> StoreError:
    return StoreError(damaged(Mark(store.name, cell=cell), f"{cell} cannot be read: {why}."))
