"""The inputs of a model: from its files, from memory, or as they lie in the database."""

from __future__ import annotations

import time
from collections.abc import Collection, Generator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from saddlepoint import declare
from saddlepoint.errors import Diagnostic, StoreError
from saddlepoint.files import Sheet
from saddlepoint.files.atomic import clear_parts
from saddlepoint.lab.opened import Source
from saddlepoint.lab.stored import Stored
from saddlepoint.model.fetch import Fetched, fetch
from saddlepoint.model.load import (
    Loading,
    accept_inputs,
    files_now,
    inputs_hash,
    keep_inputs,
    make_blank,
    stored_inputs,
)
from saddlepoint.model.model import Model
from saddlepoint.store import Inputs, Store
from saddlepoint.store.owner import note_owner
from saddlepoint.store.run_records import InputHashes
from saddlepoint.store.runs import loaded_hashes, note_loaded
from saddlepoint.store.stale import Stale, loaded_inputs, mark_stale, stale
from saddlepoint.study.scenarios.expand import idle_changes

if TYPE_CHECKING:
    from saddlepoint.declare.skeleton import FileLayout
    from saddlepoint.declare.template import Templated

PATIENCE = 3600.0
"""Seconds after which nobody goes on writing a temporary file."""


class WithInputs(Stored):
    """A model with its inputs."""

    def inputs(self) -> Fetched:
        """The input tables, from files or memory or, if that is the source, from the store; FileError, DataError,
        StoreError."""
        if self.source == "database":
            with self.store(readonly=True) as store:
                return self._at_rest(store).fetched
        return self._given()

    def load(self, force: bool = False, accept: bool = False, only: Collection[str] = ()) -> Loading:
        """Bring the store up to date with the input files, and say what changed; FileError, DataError, StoreError.

        force: read the files even if they have not changed; accept: take the inputs as they stand in the store, though
        somebody has changed them there; only: these tables, while the store keeps what it holds of the others.
        """
        if only:
            return self._load_some(only)
        with self._loaded(force, accept, "files") as (_, loading):
            return loading

    def template(self, layout: FileLayout | None = None, force: bool = False) -> tuple[Templated, ...]:
        """Make the files to fill in, or add what they lack: tabs and columns of sets.xlsx first, then tables and rows of the
        inputs. Values stay; a copy of every file that changes is kept in the folder `backup`. FileError, DataError.

        layout: of tables without a file; force: blank inputs anew, the old files are moved to `backup`.
        """
        from saddlepoint.model.blanks import growths

        folder = self._folder("template")
        if self.data is not None:
            growths(self.model, self._sheets())
            return ()
        if sets := declare.template_sets(folder, self.settings.spec):
            return sets
        return declare.template_inputs(
            folder, growths(self.model, {} if force else self._sheets()), layout, force
        )

    def _load_some(self, only: Collection[str]) -> Loading:
        ready = self._given(only)
        with self.store() as store:
            loading = keep_inputs(self.model, ready, store)
            note_owner(store, self.model.name)
            note_loaded(store, self._settings_hash, "")
            return loading

    def stale(self) -> Stale | None:
        """Why the results in the store do not fit the files of today; None if they do, or if there are none. StoreError."""
        with self.store(readonly=True) as store:
            return stale(store, self._inputs_now(store))

    def make_blank(self) -> None:
        """Make the tables of inputs and results that the store lacks, without numbers, so that views and links find them;
        StoreError."""
        with self.store() as store:
            make_blank(self.model, store)

    def _given(self, only: Collection[str] = ()) -> Fetched:
        fetched = fetch(self.model, self._sheets(), only)
        idle = idle_changes(fetched, self.scenarios)
        return replace(fetched, warnings=(*fetched.warnings, *self._ignored(), *idle))

    def _sheets(self, model: Model | None = None) -> Mapping[str, Sheet]:
        model = model or self.model
        if self.folder is None or self.data is not None:
            from saddlepoint.model.frames import sheets_of

            return sheets_of(model, {} if self.data is None else self.data)
        past = {t.key: t.spec for t in model.inputs if t.spec.history is not None}
        return declare.read_inputs(self.folder, [t.key for t in model.inputs], past)

    def _ignored(self) -> tuple[Diagnostic, ...]:
        """Warnings of input files and tabs that no table reads."""
        if self.folder is None or self.data is not None:
            return ()
        wanted = [table.key for table in self.model.inputs]
        past = [Path(t.spec.history).stem for t in self.model.inputs if t.spec.history is not None]
        decided = [t for t in self.model.tables if t not in wanted]
        return declare.ignored_inputs(self.folder, [*wanted, *past], decided)

    def _current(self) -> Fetched:
        """The inputs: from memory, or from the store if it is up to date with the files, else from the files."""
        if self.folder is None or not self.database.exists() or self.source == "database":
            return self.inputs()
        try:
            with self._loaded() as (_, loading):
                return loading.fetched
        except StoreError as error:
            if {d.code for d in error.diagnostics} != {"B008"}:
                raise
            return self._given()  # the folder is read-only; to solve in memory the files suffice

    @contextmanager
    def _loaded(
        self, force: bool = False, accept: bool = False, source: Source | None = None
    ) -> Generator[tuple[Store, Loading]]:
        """The store, up to date with the source. A new one is made only when there is something to put into it."""
        at_rest = (source or self.source) == "database"
        ready = None if self.database.exists() or at_rest else self._given()
        clear_parts(self.database.parent, time.time() - PATIENCE)
        with self.store() as store:
            yield store, self._at_rest(store) if at_rest else self._load(store, force, accept, ready)

    def _load(
        self, store: Store, force: bool = False, accept: bool = False, ready: Fetched | None = None
    ) -> Loading:
        files = declare.input_hash(self._folder("store"))
        loaded = (self._settings_hash, inputs_hash(files, store)) == loaded_hashes(store)
        with store.transaction() if accept else nullcontext():
            accepted = accept_inputs(self.model, store) if accept and loaded and not force else ()
            kept = stored_inputs(self.model, store) if loaded and not force else None
        loading = Loading(fetched=kept, fresh=False, accepted=accepted) if kept is not None else None
        if loading is None or accepted:
            loading = loading or keep_inputs(self.model, ready or self._given(), store)
            self._note_loaded(store, files)
        return loading

    def _note_loaded(self, store: Store, files: str) -> None:
        """Note whose database it is and that it holds what the files say; results of other inputs are marked as stale."""
        note_owner(store, self.model.name)
        with store.transaction():
            note_loaded(store, self._settings_hash, inputs_hash(files, store), self._contents({}))
            mark_stale(store)

    def _at_rest(self, store: Store) -> Loading:
        from saddlepoint.model.at_rest import inputs_at_rest

        return Loading(fetched=inputs_at_rest(self.model, store), fresh=False)

    def _contents(self, inputs: Mapping[str, str]) -> InputHashes:
        """The files as they are, and the input tables as they were loaded."""
        folder = self._folder("store")
        settings = {} if self.data is not None else declare.settings_hashes(folder)
        files = {} if self.data is not None else declare.input_hashes(folder)
        return InputHashes(settings=settings, files=files, inputs=inputs)

    def _inputs_now(self, store: Store) -> Inputs:
        """What the files hold now."""
        folder = self._folder("store")
        if self.data is None:
            return files_now(folder, store)
        inputs = inputs_hash(declare.input_hash(folder), store)
        return Inputs(self._settings_hash, inputs, loaded_inputs(store).contents)
