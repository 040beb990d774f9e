"""The database as it was when a run was kept: the plain names read what that run read and wrote."""

from __future__ import annotations

from saddlepoint.store.connection import Store
from saddlepoint.store.identifiers import quote
from saddlepoint.store.kept import find_kept, read_copies, select_copy
from saddlepoint.store.plain_views import table_views
from saddlepoint.store.run_records import RunRecord


def show_as_of(store: Store, run: str | int) -> RunRecord:
    """Let an open, read-only store show a kept run under the plain names, to every reader and to plain SQL. StoreError B481.

    TEMP views hide the present tables; `_runs` ends with that run, so that outcomes count as they did then.
    """
    found = find_kept(store, run)
    number = found.id or 0
    copies = read_copies(store, number)
    with store.own_views():
        for copy in copies:
            store.execute(f"CREATE TEMP VIEW {quote(copy.name)} AS {select_copy(copy)}")
        store.execute(
            f"""CREATE TEMP VIEW _tables AS SELECT name, kind, unit, description,
            CASE kind WHEN 'result' THEN run END AS run, content, NULL AS accepted, NULL AS stale
            FROM main._kept WHERE run = {number} AND kind <> 'set'"""
        )
        store.execute(f"CREATE TEMP VIEW _runs AS SELECT * FROM main._runs WHERE id <= {number}")
        store.execute(
            f"CREATE TEMP VIEW _loaded AS SELECT settings_hash, inputs_hash, contents FROM main._runs WHERE id = {number}"
        )
    store.run = found
    store.shown = frozenset(copy.name for copy in copies)
    with store.own_views():
        for copy in copies:
            for name, select in table_views(store, copy.name) if copy.kind != "set" else ():
                store.execute(f"CREATE TEMP VIEW {quote(name)} AS {select}")
    return found
