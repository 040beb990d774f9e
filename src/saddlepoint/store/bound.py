"""The proven bound of a coupled model, at rest: `_bound`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from saddlepoint.store.connection import Store
from saddlepoint.store.identifiers import coordinate, quote
from saddlepoint.store.insert import insert_rows

TABLE: Final = "_bound"
_NUMBERS: Final = ("fixed_point", "best", "bound", "gap", "nodes")


def keep_bound(store: Store, scenarios: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write what was proven in place of what was there. StoreError.

    rows: a label per scenario set, fixed_point, best, bound, gap, nodes; None = none.
    """
    labels = [coordinate(name) for name in scenarios]
    texts = "".join(f"{quote(name)} TEXT, " for name in labels)
    numbers = ", ".join(f"{name} {'INTEGER' if name == 'nodes' else 'REAL'}" for name in _NUMBERS)
    with store.transaction():
        store.execute(f"DROP TABLE IF EXISTS {TABLE}")
        store.execute(f"CREATE TABLE {TABLE} (id INTEGER PRIMARY KEY, {texts}{numbers})")
        keys = [*scenarios, *_NUMBERS]
        insert_rows(store, TABLE, [*labels, *_NUMBERS], ([row[key] for key in keys] for row in rows))
