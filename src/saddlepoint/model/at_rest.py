"""The numbers of a model as its database holds them, whatever the input files say."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from saddlepoint.errors import DataError, Diagnostic, Mark
from saddlepoint.labels import Table
from saddlepoint.model.fetch import Fetched, check_complete, filled
from saddlepoint.model.load import endless_cells, stored_table
from saddlepoint.model.model import Model, TableInfo
from saddlepoint.store import Inputs, Store, catalogue
from saddlepoint.store.contents import content
from saddlepoint.store.identifiers import initial_table
from saddlepoint.store.notes import read_notes
from saddlepoint.store.run_records import InputHashes
from saddlepoint.store.stale import AT_REST
from saddlepoint.store.tables import has_numbers


def _name_at_rest(info: TableInfo, store: Store, kinds: Mapping[str, str]) -> str:
    """The table that holds the inputs of one; where it is decided, the initial values."""
    begun = store.has(initial_table(info.key)) or kinds.get(info.key) == "result"
    return initial_table(info.key) if info.spec.kind == "hybrid" and begun else info.key


def inputs_at_rest(model: Model, store: Store) -> Fetched:
    """The inputs as they stand in the store, blanks filled where the settings say so.

    A hybrid table starts from what was loaded for it, or, in a database that CVXlab wrote, from what it holds.
    DataError (D001, D005, D006) where numbers lack or are no numbers, StoreError where rows do not fit.
    """
    kinds = {entry.name: entry.kind for entry in catalogue(store)}
    tables: dict[str, Table] = {}
    initial: dict[str, Table] = {}
    found: list[Diagnostic] = []
    for info in model.inputs:
        name = _name_at_rest(info, store, kinds)
        if not store.has(name):
            found += _absent(model, info, store, tables)
            continue
        table = filled(model, info, stored_table(info, store, name))
        if info.spec.kind == "hybrid":
            if not np.isnan(table.columns["values"]).all():
                initial[info.key] = table
            continue
        tables[info.key] = table
        found += [_in_database(each, store, name) for each in check_complete(model, info, table)]
        found += endless_cells(info, table, store, name)
    if errors := [d for d in found if d.severity == "error"]:
        raise DataError(errors)
    return Fetched(tables, initial, read_notes(store))


def holds_inputs(model: Model, store: Store) -> bool:
    """Whether some input table of the store has a number."""
    return any(has_numbers(store, info.key) for info in model.inputs)


def inputs_taken(settings_hash: str, fetched: Fetched) -> Inputs:
    """What is noted of a run that took its numbers from the database: hashes of the numbers themselves."""
    whole = _contents_hash(fetched)
    tables = {key: content(table) for key, table in {**fetched.initial, **fetched.tables}.items()}
    return Inputs(settings_hash, whole, InputHashes(files={AT_REST: whole}, inputs=tables))


def _contents_hash(fetched: Fetched) -> str:
    whole = hashlib.sha256()
    for kind in (fetched.tables, fetched.initial):
        for key, table in sorted(kind.items()):
            whole.update(f"{key}\0{content(table)}\n".encode())
    return whole.hexdigest()


def _absent(model: Model, info: TableInfo, store: Store, tables: dict[str, Table]) -> Iterable[Diagnostic]:
    if info.spec.kind == "hybrid":
        return
    table = filled(model, info, Table.of(info.key, info.domain, np.nan, info.spec.unit))
    if not check_complete(model, info, table):
        tables[info.key] = table
        return
    yield Diagnostic(
        "D001",
        f"the database has no table {info.key!r}",
        Mark(store.name),
        fix="Load the input files into it (`lab.load()`), or run from the files.",
    )


def _in_database(found: Diagnostic, store: Store, name: str) -> Diagnostic:
    fix = "Write the number into the database, or load the input files again (`lab.load(force=True)`)."
    return replace(found, mark=Mark(store.name, cell=name), fix=fix)
