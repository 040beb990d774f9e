"""What can be wrong with the rows of a table that others may have edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from saddlepoint.errors import Diagnostic, Mark, suggest
from saddlepoint.files.folder import RESULTS, tables_in
from saddlepoint.store.connection import Store

MOST: Final = 20


def table_in_folder(store: Store, name: str) -> Diagnostic | None:
    """There is no such table, but a run wrote it to the folder of results; None where it did not."""
    written = _written(store)
    if name not in written:
        return None
    place = f"{RESULTS}/{written[name].name}"
    return Diagnostic(
        "B011",
        f"there is no table {name!r}; the folder {place} has it.",
        Mark(store.name),
        why="A run with `to='parquet'` wrote its results there, not into the database.",
        fix=f"Read them there, `pandas.read_parquet('{place}')`, or run again without `to='parquet'`.",
    )


def _written(store: Store) -> Mapping[str, Path]:
    return {} if store.path is None else tables_in(store.path.parent / RESULTS)


def unknown_table(store: Store, name: str) -> Diagnostic:
    """There is no such table."""
    if (elsewhere := table_in_folder(store, name)) is not None:
        return elsewhere
    inner = ("_staged_", "_rows_", "_cells_")
    known = sorted(
        (other for other in store.names() if not other.startswith(inner)), key=lambda other: other[0] == "_"
    )
    return Diagnostic(
        "B011",
        f"there is no table {name!r}.",
        Mark(store.name),
        fix=suggest(name, [*known, *_written(store)]),
    )


def other_columns(store: Store, name: str, wanted: Sequence[str], found: Sequence[str]) -> Diagnostic:
    """The columns are not those that the model gives the table."""
    absent = [column for column in wanted if column not in found]
    extra = [column for column in found if column.endswith("_Name") and column not in wanted]
    parts = ["has no column " + ", ".join(map(repr, absent))] if absent else []
    parts += ["has a coordinate " + ", ".join(map(repr, extra)) + " that the model does not"] if extra else []
    return Diagnostic(
        "B012",
        f"table {name!r} {' and '.join(parts)}.",
        Mark(store.name, cell=name),
        why="Its columns were made for another form of the model. Found: " + ", ".join(found) + ".",
        fix="Load the input files again; results come with the next run.",
    )


def unknown_column(store: Store, name: str, key: str, found: Sequence[str]) -> Diagnostic:
    """A table has no column of this name."""
    keys = [column.removesuffix("_Name") for column in found if column != "id"]
    return Diagnostic(
        "B012", f"table {name!r} has no column {key!r}.", Mark(store.name, cell=name), fix=suggest(key, keys)
    )


def unknown_label(
    store: Store, name: str, row: int, column: str, label: object, items: Sequence[str]
) -> Diagnostic:
    """A row has a label that is no item of its set."""
    shown = "has no label" if label is None else f"has {label!r}, which is no item of the set"
    return Diagnostic(
        "B013",
        f"{column} {shown}.",
        Mark(store.name, cell=f"{name}, row {row}"),
        fix=suggest(str(label), items) if label is not None else "Give the label, or delete the row.",
    )


def repeated(store: Store, name: str, row: int, coordinates: Sequence[str]) -> Diagnostic:
    """A second row for the same cell."""
    return Diagnostic(
        "B014",
        f"a second row for ({', '.join(coordinates)}).",
        Mark(store.name, cell=f"{name}, row {row}"),
        why="Each combination of coordinates has one row.",
        fix="Delete one of the two rows.",
    )


def no_number(store: Store, name: str, row: int, column: str, value: object) -> Diagnostic:
    """Text in a column of numbers."""
    return Diagnostic(
        "B015",
        f"{column} is {value!r}, not a number.",
        Mark(store.name, cell=f"{name}, row {row}"),
        fix="Write a number with a decimal point, or leave the cell blank (NULL).",
    )


def capped(found: Sequence[Diagnostic], store: Store) -> list[Diagnostic]:
    """The first findings, and how many more there are."""
    if len(found) <= MOST:
        return list(found)
    more = Diagnostic("B013", f"… and {len(found) - MOST} more rows of this kind.", Mark(store.name))
    return [*found[:MOST], more]
