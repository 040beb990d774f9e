"""Results of another database, copied into the stage of a run."""

from __future__ import annotations

import json
from collections.abc import Collection

from saddlepoint.store.connection import Store
from saddlepoint.store.identifiers import coordinate, quote
from saddlepoint.store.leftovers import staged_name
from saddlepoint.store.staging import Staged
from saddlepoint.store.tables import CatalogueEntry, catalogue


def take_results(store: Store, staged: Staged, source: Store, run: int, axes: Collection[str]) -> None:
    """Stage all result tables, statuses and changes between sweeps that a run of another database has left there.

    axes: the scenario axes of the model. A cell that is staged already stays. StoreError.
    """
    with staged.chunk():
        for info in catalogue(source):
            if info.kind == "result" and source.has(info.name):
                _take_table(store, staged, source, info, axes)
        for name in ("_scenarios", "_convergence"):
            _take_rows(store, staged, source, name, run)


def drop_repeated(store: Store, staged: Staged) -> None:
    """Keep one of the outcomes of a problem and scenario that several sources had. StoreError."""
    keys = [c for c in store.columns("_scenarios") if c == "problem" or c.endswith("_Name")]
    first = f"SELECT min(rowid) FROM _scenarios WHERE run = ? GROUP BY {', '.join(map(quote, keys))}"
    store.execute(
        f"DELETE FROM _scenarios WHERE run = ? AND rowid NOT IN ({first})", (staged.run, staged.run)
    )


def _take_table(
    store: Store, staged: Staged, source: Store, info: CatalogueEntry, axes: Collection[str]
) -> None:
    name, kinds = staged_name(staged.run, info.name), source.columns(info.name)
    if not store.has(name):
        fields = ", ".join(f"{quote(column)} {kind}" for column, kind in kinds.items() if column != "id")
        store.execute(f"CREATE TABLE {quote(name)} (id INTEGER PRIMARY KEY, {fields})")
        own = [axis for axis in axes if coordinate(axis) in kinds]
        store.execute(
            "INSERT INTO _staged (run, name, axes, unit, description) VALUES (?, ?, ?, ?, ?)",
            (staged.run, info.name, json.dumps(own), info.unit, info.description),
        )
    _copy(store, source, f"SELECT {_list(kinds)} FROM {quote(info.name)} ORDER BY id", (), name, kinds)


def _take_rows(store: Store, staged: Staged, source: Store, name: str, run: int) -> None:
    columns = [column for column in source.columns(name) if column != "run"]
    known = store.columns(name)
    for column in columns:
        if column not in known:
            store.execute(f"ALTER TABLE {name} ADD COLUMN {quote(column)} TEXT")
    select = f"SELECT {staged.run}, {_list(columns)} FROM {name} WHERE run = ? ORDER BY rowid"
    _copy(store, source, select, (run,), name, ["run", *columns])


def _copy(
    store: Store, source: Store, select: str, given: tuple[int, ...], into: str, columns: Collection[str]
) -> None:
    places = ", ".join("?" * len(columns))
    insert = f"INSERT OR IGNORE INTO {quote(into)} ({_list(columns)}) VALUES ({places})"
    for rows in source.stream(select, given):
        store.executemany(insert, rows)


def _list(columns: Collection[str]) -> str:
    return ", ".join(map(quote, columns))
