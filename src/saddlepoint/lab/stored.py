"""What lies in the database of a model: tables, results, kept runs, and the line that a run gets in its history."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from saddlepoint.declare import is_model
from saddlepoint.files import contained, inside
from saddlepoint.lab.opened import Opened
from saddlepoint.model.fetch import Fetched
from saddlepoint.store import DATABASE, RunRecord, Shown, Store, history, open_store, show_rows
from saddlepoint.store.kept import drop_kept, keep_current, kept_runs
from saddlepoint.store.owner import refuse_other
from saddlepoint.store.restore import restore_kept
from saddlepoint.store.stale import loaded_inputs
from saddlepoint.store.tables import RowFilter
from saddlepoint.study.results.stored import StoredResult, stored_result
from saddlepoint.version import __version__


class Stored(Opened):
    """A model with its database."""

    @property
    def database(self) -> Path:
        """Where the store is; FileError F040 if a link leads out of the model folder."""
        if self._database is None or self.folder is None:
            return inside(self._folder("store"), DATABASE)
        return contained(self.folder, self._database)

    def store(self, readonly: bool = False, run: str | int | None = None) -> Store:
        """The database of the folder, to be used in a `with` statement; StoreError (B020: that of another model).

        run: for reading only, as it was when this run was kept: tables, inputs and outcomes under their plain names.
        """
        store = open_store(self.database, readonly=readonly or run is not None, run=run)
        try:
            if self._database is not None and not readonly:
                self._refuse_other(store)
        except BaseException:
            store.close()
            raise
        return store

    def _stored(self) -> Store:
        """The database to be changed, where there is one; none is made. StoreError B001."""
        if not self.database.exists():
            self.store(readonly=True).close()
        return self.store()

    def _refuse_other(self, store: Store) -> None:
        beside = self.database.resolve().parent
        place = beside.name if beside != self.folder and is_model(beside) else ""
        own = place if self.database.name == DATABASE else ""
        refuse_other(store, self.model.name, self._settings_hash, self.model.tables, own)

    def show(
        self,
        table: str,
        where: RowFilter | None = None,
        limit: int | None = None,
        run: str | int | None = None,
    ) -> Shown:
        """Rows of a table of the store, as they are; where: set → label or labels; run: as a kept run has them. StoreError."""
        with self.store(readonly=True, run=run) as store:
            return show_rows(store, table, where, limit)

    def result(self, run: str | int | None = None) -> StoredResult:
        """The results in the store: the current ones, or those of a kept run; StoreError B481."""
        variables = {name: variable.table for name, variable in self.study.variables.items()}
        return stored_result(partial(self.store, readonly=True, run=run), variables)

    def runs(self) -> tuple[RunRecord, ...]:
        """The runs that are kept, the newest first; StoreError."""
        with self.store(readonly=True) as store:
            return kept_runs(store)

    def keep(self, name: str, note: str = "") -> RunRecord:
        """Keep the current results, and the inputs as loaded, under a name; StoreError B001, B480, B482."""
        with self._stored() as store:
            return keep_current(store, name, note)

    def drop(self, run: str | int) -> RunRecord:
        """Forget the inputs and results of a kept run (its name or number); the history keeps its line. StoreError B481."""
        with self._stored() as store:
            return drop_kept(store, run)

    def restore(self, run: str | int) -> RunRecord:
        """Put the results of a kept run in place of the current ones, as a new line of the history; StoreError B481."""
        with self._stored() as store:
            return restore_kept(store, run, self._record(store, {}, command="saddle runs restore"))

    def history(self, limit: int | None = None) -> tuple[RunRecord, ...]:
        """The runs, the newest first; StoreError."""
        with self.store(readonly=True) as store:
            return history(store, limit)

    def _record(
        self,
        store: Store,
        options: Mapping[str, Any],
        fetched: Fetched | None = None,
        command: str | None = None,
        name: str = "",
        note: str = "",
    ) -> RunRecord:
        """What is noted of a run; fetched: the inputs that it has taken, where they need not be those loaded from files."""
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        loaded = loaded_inputs(store)
        if fetched is not None and self.source == "database":
            from saddlepoint.model.at_rest import inputs_taken

            loaded = inputs_taken(self._settings_hash, fetched)
        return RunRecord(
            now,
            command or self.command,
            options={k: v for k, v in options.items() if v is not None and k != "kernels"},
            versions=_versions(),
            settings_hash=loaded.settings_hash,
            inputs_hash=loaded.inputs_hash,
            name=name,
            note=note,
            contents=loaded.contents,
        )


def _versions() -> dict[str, str]:
    import highspy

    parts = (highspy.HIGHS_VERSION_MAJOR, highspy.HIGHS_VERSION_MINOR, highspy.HIGHS_VERSION_PATCH)
    return {
        "python": sys.version.split(maxsplit=1)[0],
        "saddlepoint": __version__,
        "numpy": np.__version__,
        "highspy": ".".join(map(str, parts)),
    }
