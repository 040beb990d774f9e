"""The proven bound of a coupled model, at rest: `_bound`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from saddlepoint.store.connection import Store
from saddlepoint.store.identifiers import coordinate, quote
from saddlepoint.store.insert import insert_rows

TABLE: Final = "_bound"
POINTS: Final = "_fixed_points"
_OF_POINTS: Final = {
    "point": "INTEGER",
    "joint": "REAL",
    "drawn": "INTEGER",
    "starts": "INTEGER",
    "reached": "INTEGER",
    "piece": "INTEGER",
    "complete": "INTEGER",
}
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


def keep_fixed_points(
    store: Store, scenarios: Sequence[str], rows: Sequence[Mapping[str, Any]], tables: Mapping[str, int]
) -> None:
    """Write the fixed points of small models in place of what was there. StoreError.

    rows: a label per scenario set, point, joint, drawn, starts, reached, piece, complete, and the cells of the exchanged tables,
    of which `tables` counts them.
    """
    labels = [coordinate(name) for name in scenarios]
    cells = [f"{table}_{k + 1}" for table, count in tables.items() for k in range(count)]
    kinds = [
        *(f"{quote(n)} TEXT" for n in labels),
        *(f"{n} {kind}" for n, kind in _OF_POINTS.items()),
        *(f"{quote(c)} REAL" for c in cells),
    ]
    with store.transaction():
        store.execute(f"DROP TABLE IF EXISTS {POINTS}")
        if rows:
            store.execute(f"CREATE TABLE {POINTS} (id INTEGER PRIMARY KEY, {', '.join(kinds)})")
            made = (
                [
                    *(row[n] for n in scenarios),
                    *(_plain(row[n]) for n in _OF_POINTS),
                    *(v for t in tables for v in row["tables"][t]),
                ]
                for row in rows
            )
            insert_rows(store, POINTS, [*labels, *_OF_POINTS, *cells], made)


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else value
