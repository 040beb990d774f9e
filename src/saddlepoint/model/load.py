"""Inputs from files into the store, or back from the store where nothing changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from saddlepoint.errors import DataError, Diagnostic, Mark, StoreError
from saddlepoint.labels import Table
from saddlepoint.model.fetch import Fetched, check_complete
from saddlepoint.model.model import Model, TableInfo
from saddlepoint.model.seen_cells import blank_table
from saddlepoint.model.sheet_table import STATISTICS
from saddlepoint.records import dataclass
from saddlepoint.store import CatalogueEntry, Inputs, Store, catalogue
from saddlepoint.store.contents import altered, content
from saddlepoint.store.identifiers import initial_table
from saddlepoint.store.notes import keep_notes, read_notes
from saddlepoint.store.plain_views import renew_views
from saddlepoint.store.run_records import InputHashes
from saddlepoint.store.sets import SetChange, keep_sets
from saddlepoint.store.stale import loaded_inputs
from saddlepoint.store.tables import TableChange, keep_table, note, read_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """What loading did. fetched: the tables; changes: what differs from what the store held; fresh: whether the files
    were read (else the store's numbers are still theirs); accepted: tables taken as they stood in the store; displaced:
    tables whose numbers, written by another program, differed from those of the files."""

    fetched: Fetched
    changes: tuple[TableChange, ...] = ()
    sets: tuple[SetChange, ...] = ()
    fresh: bool = True
    accepted: tuple[str, ...] = ()
    displaced: tuple[str, ...] = ()


def keep_inputs(model: Model, fetched: Fetched, store: Store) -> Loading:
    """Write sets and input tables into the store, in one transaction, and say what changed. StoreError."""
    with store.transaction():
        foreign = {entry.name for entry in catalogue(store) if entry.kind == "input" and not entry.content}
        sets = keep_sets(store, [s.items for s in model.sets.values()])
        changes = [keep_table(store, used_rows(table)) for table in fetched.tables.values()]
        changes += [
            keep_table(store, table, initial_table(key), "initial") for key, table in fetched.initial.items()
        ]
        keep_notes(store, fetched.warnings)
        renew_views(store)
    displaced = tuple(c.name for c in changes if c.name in foreign and c.kind != "same")
    return Loading(fetched=fetched, changes=tuple(changes), sets=sets, displaced=displaced)


def make_blank(model: Model, store: Store) -> None:
    """Make the tables of sets, inputs and results that the store lacks, without numbers, in one transaction. StoreError."""
    with store.transaction():
        keep_sets(store, [s.items for s in model.sets.values()])
        for info in model.tables.values():
            if info.spec.kind == "constant" or info.distributed or store.has(info.key):
                continue
            kind = "result" if info.spec.kind in ("endogenous", "hybrid") else "input"
            keep_table(store, blank_table(model, info), kind=kind)
        renew_views(store)


def source_words(loading: Loading, source: str) -> str:
    """Where the inputs of a run came from, in a sentence; "" where that goes without saying."""
    if source == "database":
        return "Inputs: those that the database holds, as they stand there; the input files were not read."
    if loading.displaced:
        listed = ", ".join(loading.displaced)
        return (
            f"Inputs: the input files. CVXlab's database held other numbers of {listed}; they are in its copy (move it "
            "back, and `source='database'` takes them)."
        )
    return ""


def used_rows(table: Table) -> Table:
    """The table without the rows of cells for which there is no number at all."""
    if "values" not in table.columns or not np.isnan(table.columns["values"]).any():
        return table
    return Table(
        table.key,
        table.domain,
        table.columns,
        rows=np.flatnonzero(~np.isnan(table.columns["values"])),
        unit=table.unit,
        description=table.description,
    )


def stored_inputs(model: Model, store: Store) -> Fetched | None:
    """The inputs as the store holds them; None if a table is not there, or its content was not noted.

    Raises StoreError (B022 for every table that holds something else than what was loaded), DataError (D005).
    """
    tables: dict[str, Table] = {}
    initial: dict[str, Table] = {}
    found: list[Diagnostic] = []
    changed: list[Diagnostic] = []
    noted = {info.name: info.content for info in catalogue(store)}
    for info in model.inputs:
        name = _stored_name(info)
        if not store.has(name):
            if info.spec.kind == "hybrid" or not any(info.key in p.reads for p in model.problems):
                continue
            return None
        if not noted.get(name):
            return None
        table = stored_table(info, store, name)
        if (difference := altered(store, name, table, noted[name])) is not None:
            changed.append(difference)
        found += [d for d in check_complete(model, info, table) if d.severity == "error"]
        found += endless_cells(info, table, store, name)
        (initial if info.spec.kind == "hybrid" else tables)[info.key] = table
    if changed:
        raise StoreError(changed)
    if found:
        raise DataError(found)
    return Fetched(tables, initial, read_notes(store))


def accept_inputs(model: Model, store: Store) -> tuple[str, ...]:
    """Take the inputs as they stand in the store, whatever was loaded; the tables that were changed. StoreError."""
    with store.transaction():
        known = {info.name: info for info in catalogue(store)}
        return tuple(info.key for info in model.inputs if _accept(info, store, known))


def _accept(info: TableInfo, store: Store, known: Mapping[str, CatalogueEntry]) -> bool:
    name = _stored_name(info)
    if name not in known or not store.has(name):
        return False
    now = content(stored_table(info, store, name))
    if now == known[name].content:
        return False
    note(store, replace(known[name], content=now, accepted=True))
    return True


def files_now(folder: Path, store: Store) -> Inputs:
    """What the files of a model folder hold now; of the tables only if the files are those that were loaded. FileError, StoreError."""
    from saddlepoint import declare

    loaded, settings, files = (
        loaded_inputs(store),
        declare.settings_hashes(folder),
        declare.input_hashes(folder),
    )
    inputs = inputs_hash(declare.input_hash(folder), store)
    tables = loaded.contents.inputs if inputs == loaded.inputs_hash else {}
    contents = InputHashes(settings=settings, files=files, inputs=tables)
    return Inputs(declare.settings_hash(folder), inputs, contents)


def inputs_hash(files: str, store: Store) -> str:
    """The hash of the inputs that the store holds: that of the files, and of what was accepted beside them. StoreError."""
    own = [f"{info.name}\0{info.content}\n" for info in catalogue(store) if info.accepted]
    return hashlib.sha256("".join([files, *own]).encode()).hexdigest() if own else files


def endless_cells(info: TableInfo, table: Table, store: Store, name: str) -> Iterable[Diagnostic]:
    """A finding (D006) for every column of a stored table in which a number is infinite where it may not be."""
    for column, array in table.columns.items():
        if info.spec.kind == "exogenous" and column == "values":
            continue
        if array.dtype.kind == "f" and np.isinf(array).any():
            where = ", ".join(table.domain.coordinates(int(np.flatnonzero(np.isinf(array))[0])))
            yield Diagnostic(
                "D006",
                f"table {table.key!r}: {column} of {where or table.key} is not finite",
                Mark(store.name, cell=name),
                why="Somebody wrote into the database; no solver takes such a number.",
                fix="Load the input files again: `lab.load(force=True)`.",
            )


def _stored_name(info: TableInfo) -> str:
    """The table of the store that holds the inputs of one; where it is decided, the initial values."""
    return initial_table(info.key) if info.spec.kind == "hybrid" else info.key


def stored_table(info: TableInfo, store: Store, name: str) -> Table:
    """The numbers of an input table as a table of the store holds them. StoreError."""
    columns: Sequence[str] = ("values",)
    if info.distributed:
        have = store.columns(info.key)
        columns = ("distribution", *(s for s in STATISTICS if s in have))
    return read_table(store, info.key, info.domain, columns, name)
