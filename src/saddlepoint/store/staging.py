"""Results of a run: staged table by table beside the old ones, swapped in by one final transaction."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import numpy as np

from saddlepoint.arrays import Index
from saddlepoint.errors import Diagnostic, Mark, StoreError
from saddlepoint.labels import Domain, Table
from saddlepoint.store.connection import Store
from saddlepoint.store.identifiers import coordinate, quote
from saddlepoint.store.insert import insert_cells
from saddlepoint.store.json_cells import read_json, read_names, read_object
from saddlepoint.store.kept import Copy, check_name, copy_table, keep
from saddlepoint.store.lease import Lease, take
from saddlepoint.store.leftovers import chunks_of, clean, clear, discard, is_resumable, leftovers, staged_name
from saddlepoint.store.plain_views import drop_views, renew_views
from saddlepoint.store.run_records import ConvergenceRecords, Outcomes, RunRecord, ScenarioRecords
from saddlepoint.store.runs import (
    begin_run,
    count_outcomes,
    end_run,
    forget_gone,
    write_convergence,
    write_scenarios,
)
from saddlepoint.store.stale import mark_stale
from saddlepoint.store.steps import SearchSteps
from saddlepoint.store.tables import (
    CatalogueEntry,
    cells,
    column_names,
    create_key,
    create_table,
    forget_results,
    note,
)

_LARGE: Final = 50_000


class Staged:
    """The open stage of one run; what is put is invisible until the `with` block of `stage` ends without error."""

    def __init__(self, store: Store, run: int, partial: bool, named: tuple[str, str] = ("", "")) -> None:
        self.run = run
        self.partial = partial
        self._name, self._note = named
        self._store = store
        self._ending: tuple[float | None, int] = (None, 0)

    @property
    def done(self) -> frozenset[str]:
        """The chunks that need not be computed again."""
        return chunks_of(self._store, self.run)

    def steps(self, search: str) -> SearchSteps:
        """What a long search inside a chunk has found so far, and where it writes down more."""
        return SearchSteps(self._store, self.run, search)

    def outcomes(self) -> tuple[Outcomes, ...]:
        """What the chunks put so far have found. StoreError."""
        return count_outcomes(self._store, self.run)

    @contextmanager
    def chunk(self, name: str = "") -> Generator[None, None, None]:
        """Everything put inside is staged by one transaction; a name makes the chunk resumable."""
        with self._store.transaction():
            yield
            if name:
                self._store.execute("INSERT INTO _chunks (run, chunk) VALUES (?, ?)", (self.run, name))

    def put(self, table: Table, scenario_axes: Sequence[str] = (), within: Domain | None = None) -> None:
        """Stage rows of a result table; repeated calls with one key append.

        scenario_axes: the axes that say which scenario a row belongs to (a partial run replaces those rows only);
        within: the whole domain of which this chunk's is a part, so that rows stand in its order whatever the
        order of the chunks. StoreError.
        """
        name = staged_name(self.run, table.key)
        with self._store.transaction():
            if not self._store.has(name):
                create_table(self._store, name, table)
                self._store.execute(
                    "INSERT INTO _staged (run, name, axes, unit, description) VALUES (?, ?, ?, ?, ?)",
                    (self.run, table.key, _axes(scenario_axes, within), table.unit, table.description),
                )
            if within is None or (within == table.domain and table.rows is None):
                insert_cells(self._store, name, column_names(table), table.domain, cells(table), table.rows)
            else:
                names = [*map(coordinate, table.domain.names), "id", *table.columns]
                ids = flat_places(table, within) + 1
                insert_cells(self._store, name, names, table.domain, [ids, *cells(table)], table.rows)

    def scenarios(self, records: ScenarioRecords) -> None:
        """Stage statuses, objectives and certificates. StoreError."""
        write_scenarios(self._store, self.run, records)

    def convergence(self, records: ConvergenceRecords) -> None:
        """Stage the changes between sweeps. StoreError."""
        write_convergence(self._store, self.run, records)

    def finish(self, seconds: float | None, code: int) -> None:
        """Say how long the run took and how it ended (exit code), for `_runs`."""
        self._ending = (seconds, code)

    def commit(self) -> None:
        """Swap everything in, in one transaction; the run is kept if it has a name."""
        tables = _staged_tables(self._store, self.run)
        for name in tables:
            if _is_large(self._store, staged_name(self.run, name)):
                _key(self._store, self.run, name)
        made = self._copied(tables)
        with self._store.transaction():
            drop_views(self._store)
            for name, (axes, info) in tables.items():
                _key(self._store, self.run, name)
                _swap(self._store, staged_name(self.run, name), name, axes if self.partial else {})
                note(self._store, info)
            if self.partial:
                _forget_outcomes(self._store, self.run, tables)
            else:
                forget_results(self._store, tables)
            clear(self._store, self.run)
            end_run(self._store, self.run, *self._ending, whole=not self.partial)
            if self._name:
                keep(self._store, self.run, self._name, self._note, made)
            mark_stale(self._store)
            renew_views(self._store)

    def _copied(self, tables: Mapping[str, tuple[Axes, CatalogueEntry]]) -> list[Copy]:
        """The copies for keeping of a whole run, made before the swap so that others need not wait for them."""
        if not self._name or self.partial:
            return []
        entries = [info for _, info in tables.values()]
        return [copy_table(self._store, self.run, info, staged_name(self.run, info.name)) for info in entries]


@contextmanager
def stage(
    store: Store, run: RunRecord, *, partial: bool = False, resume: bool = False
) -> Generator[Staged, None, None]:
    """The stage of a run: committed when the block ends, left as it was when it raises. StoreError.

    partial: replace only the rows of the scenarios that are put; otherwise result tables that the run does not
    put disappear. resume: go on with a killed run of the same command, options and inputs, if there is one. A run with a
    name is kept under it (B480 at once if another has it).
    """
    staged, lease = _open(store, run, partial, resume)
    try:
        yield staged
        staged.commit()
    except BaseException:
        if not is_resumable(store, staged.run):
            discard(store, staged.run)
        raise
    finally:
        if lease is not None:
            lease.release()


def _open(store: Store, run: RunRecord, partial: bool, resume: bool) -> tuple[Staged, Lease | None]:
    if run.name:
        check_name(store, run.name)
    if resume:
        for old in leftovers(store):
            lease = take(store, old.run.id or 0) if _same(old.run, run) else None
            if lease is not None or (store.path is None and _same(old.run, run)):
                return Staged(store, old.run.id or 0, partial, (run.name, run.note)), lease
    clean(store, finished_chunks=True)
    with store.transaction():
        number = begin_run(store, run)
        lease = take(store, number)
    if lease is None and store.path is not None:
        raise StoreError(_taken(store, number))
    return Staged(store, number, partial, (run.name, run.note)), lease


def _same(old: RunRecord, new: RunRecord) -> bool:
    def identity(run: RunRecord) -> tuple[str, ...]:
        texts = (json.dumps(dict(part), sort_keys=True, default=str) for part in (run.options, run.versions))
        return (run.command, run.settings_hash, run.inputs_hash, *texts)

    return identity(old) == identity(new)


def _taken(store: Store, number: int) -> Diagnostic:
    return Diagnostic(
        "B007",
        f"the lock file of run {number} is held by another program.",
        Mark(store.name),
        fix="Wait until the other program ends, then try again.",
    )


Axes = Mapping[str, Sequence[str] | None]
"""Scenario axis → the items that it has today, None if that is not known."""


def _axes(names: Sequence[str], within: Domain | None) -> str:
    items = {} if within is None else {axis.name: axis.items for axis in within.axes}
    return json.dumps({name: items.get(name) for name in names})


def _staged_tables(store: Store, run: int) -> dict[str, tuple[Axes, CatalogueEntry]]:
    rows = store.query("SELECT name, axes, unit, description FROM _staged WHERE run = ?", (run,))
    return {
        name: (
            _known(store, axes),
            CatalogueEntry(name, "result", unit=unit or "", description=text or "", run=run),
        )
        for name, axes, unit, text in rows
    }


def _known(store: Store, axes: Any) -> Axes:
    """The axes of staged rows; an earlier version wrote their names alone."""
    if isinstance(read_json(store, "_staged.axes", axes), list):
        return dict.fromkeys(read_names(store, "_staged.axes", axes))
    return read_object(store, "_staged.axes", axes)


def _is_large(store: Store, name: str) -> bool:
    """Whether sorting the rows for the key takes so long that others should not have to wait for it at the swap."""
    return (store.query(f"SELECT max(rowid) FROM {quote(name)}")[0][0] or 0) > _LARGE


def _key(store: Store, run: int, name: str) -> None:
    index, staged = f"_key{run}_{name}", staged_name(run, name)
    axes = [column.removesuffix("_Name") for column in store.columns(staged) if column.endswith("_Name")]
    if not store.query("SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = ?", (index,)):
        with store.transaction():
            create_key(store, staged, axes, index)


def _swap(store: Store, staged: str, name: str, axes: Axes) -> None:
    if axes:
        _widen(store, staged, name)
    if axes and store.columns(staged) == store.columns(name):
        _merge(store, staged, name, [quote(coordinate(axis)) for axis in axes])
        for axis, items in axes.items():
            if items is not None:  # rows of scenarios that are no more
                there = "SELECT value FROM json_each(?)"
                gone = f"{quote(coordinate(axis))} NOT IN ({there})"
                store.execute(f"DELETE FROM {quote(name)} WHERE {gone}", (json.dumps(list(items)),))
        return
    store.execute(f"DROP TABLE IF EXISTS {quote(name)}")
    store.execute(f"ALTER TABLE {quote(staged)} RENAME TO {quote(name)}")


def _widen(store: Store, staged: str, name: str) -> None:
    """Give a table of an earlier version the last columns that the staged one has more."""
    have, want = list(store.columns(name)), list(store.columns(staged))
    if have and have == want[: len(have)]:
        for column in want[len(have) :]:
            store.execute(f"ALTER TABLE {quote(name)} ADD COLUMN {quote(column)} REAL")


def _merge(store: Store, staged: str, name: str, axes: Sequence[str]) -> None:
    fields = ", ".join(map(quote, [column for column in store.columns(name) if column != "id"]))
    which = ", ".join(axes)
    store.execute(
        f"DELETE FROM {quote(name)} WHERE ({which}) IN (SELECT DISTINCT {which} FROM {quote(staged)})"
    )
    # an id is a place in the domain; if the domain has changed since, a kept row may stand there
    free = f"CASE WHEN id IN (SELECT id FROM {quote(name)}) THEN NULL ELSE id END"
    store.execute(
        f"INSERT INTO {quote(name)} (id, {fields}) SELECT {free}, {fields} FROM {quote(staged)} ORDER BY id"
    )


def _forget_outcomes(store: Store, run: int, tables: Mapping[str, tuple[Axes, CatalogueEntry]]) -> None:
    """Outcomes of scenarios that the sets no longer have go with the rows of these scenarios."""
    known = {axis: items for axes, _ in tables.values() for axis, items in axes.items() if items is not None}
    for axis, items in known.items():
        forget_gone(store, run, axis, items)


def flat_places(table: Table, within: Domain) -> Index:
    """The flat positions in the whole domain of the rows of a chunk."""
    grid = np.zeros((1,) * len(within.axes), dtype=np.int64)
    for k, (part, whole) in enumerate(zip(table.domain.axes, within.axes, strict=True)):
        codes = whole.codes(part.items).reshape([-1 if j == k else 1 for j in range(len(within.axes))])
        grid = grid * len(whole) + codes
    flat = np.broadcast_to(grid, table.domain.shape).reshape(-1)
    return flat if table.rows is None else flat[table.rows]
