"""The results of a kept run as the current ones again."""

from __future__ import annotations

from dataclasses import replace

from saddlepoint.records import excerpt
from saddlepoint.store.connection import Store
from saddlepoint.store.identifiers import quote
from saddlepoint.store.kept import Copy, find_kept, read_copies, select_copy
from saddlepoint.store.plain_views import renew_views
from saddlepoint.store.run_records import RunRecord
from saddlepoint.store.runs import begin_run, end_run, history, newest_outcomes
from saddlepoint.store.stale import mark_stale
from saddlepoint.store.tables import CatalogueEntry, create_key, forget_results, note


def restore_kept(store: Store, run: str | int, record: RunRecord) -> RunRecord:
    """Put the results of a kept run in place of the current ones, as a new run of the history. StoreError B481.

    record: when, and by which command; what the results were made from is taken from the kept run.
    """
    with store.transaction():
        kept = find_kept(store, run)
        hashes = excerpt(kept, "settings_hash", "inputs_hash", "contents", "versions")
        number = begin_run(store, replace(record, options={"run": kept.name or kept.id}, name="", **hashes))
        forget_results(store)
        for copy in read_copies(store, kept.id or 0):
            if copy.kind == "result":
                _restore(store, number, copy)
        _restore_outcomes(store, kept.id or 0, number)
        end_run(store, number, 0.0, kept.exit or 0, whole=True)
        mark_stale(store)
        renew_views(store)
    return next(one for one in history(store) if one.id == number)


def _restore(store: Store, run: int, copy: Copy) -> None:
    fields = [f"{quote(label)} TEXT NOT NULL" for label in copy.form.labels]
    fields += [f"{quote(column)} {kind}" for column, kind in copy.form.columns.items()]
    name = quote(copy.name)
    store.execute(f"CREATE TABLE {name} (id INTEGER PRIMARY KEY, {', '.join(fields)})")
    store.execute(f"INSERT INTO {name} {select_copy(copy)} ORDER BY id")
    axes = [label.removesuffix("_Name") for label in copy.form.labels]
    create_key(store, copy.name, axes, f"_key{run}_{copy.name}")
    note(store, CatalogueEntry(copy.name, "result", unit=copy.unit, description=copy.description, run=run))


def _restore_outcomes(store: Store, kept: int, run: int) -> None:
    columns = ", ".join(quote(name) for name in store.columns("_scenarios") if name not in ("run", "gone"))
    store.execute(
        f"INSERT INTO _scenarios (run, {columns}) SELECT {run}, {columns} FROM ({newest_outcomes(store, kept)}) ORDER BY place"
    )
