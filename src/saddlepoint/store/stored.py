"""A table of the store by its name alone, labelled with the items that it has there."""

from __future__ import annotations

from saddlepoint.errors import StoreError
from saddlepoint.labels import Axis, Domain, Table
from saddlepoint.store.connection import Store
from saddlepoint.store.findings import unknown_table
from saddlepoint.store.identifiers import quote, set_table
from saddlepoint.store.tables import read_table


def stored_domain(store: Store, name: str) -> Domain:
    """The items of each coordinate that occur in a table, in the order of its set, or of the rows. StoreError B011."""
    columns = store.columns(name)
    if not columns:
        raise StoreError(unknown_table(store, name))
    labels = [column for column in columns if column.endswith("_Name")]
    return Domain(tuple(Axis(label.removesuffix("_Name"), _items(store, name, label)) for label in labels))


def _items(store: Store, name: str, label: str) -> tuple[str, ...]:
    fields = f"{quote(label)}, min(id)"
    rows = store.query(f"SELECT {fields} FROM {quote(name)} GROUP BY 1 ORDER BY 2")
    found = [str(item) for item, _ in rows]
    items = set_table(label.removesuffix("_Name"))
    if label not in store.columns(items):
        return tuple(found)
    order = [str(item) for (item,) in store.query(f"SELECT {quote(label)} FROM {quote(items)} ORDER BY id")]
    known, there = set(order), set(found)
    return (*(item for item in order if item in there), *(item for item in found if item not in known))


def read_stored(store: Store, name: str) -> Table:
    """A whole table of the store: all its columns beside the labels. StoreError B011, and what reading raises."""
    with store.snapshot():
        domain = stored_domain(store, name)
        columns = [c for c in store.columns(name) if c != "id" and not c.endswith("_Name")]
        return read_table(store, name, domain, columns)
