"""What a table of inputs holds, as a hash that is noted when it is loaded and compared when it is read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np

from saddlepoint.errors import Diagnostic, Mark
from saddlepoint.labels import Table
from saddlepoint.store.connection import Store


def content(table: Table) -> str:
    """BLAKE2b of labels, cells in use and numbers, as they come back from SQLite (no -0, one NaN), in hexadecimal."""
    whole = hashlib.blake2b(digest_size=16)
    for part in _parts(table):
        whole.update(len(part).to_bytes(8, "big"))
        whole.update(part)
    return whole.hexdigest()


def altered(store: Store, name: str, table: Table, noted: str) -> Diagnostic | None:
    """The finding for a table that holds something else than what was loaded (B022)."""
    if content(table) == noted:
        return None
    return Diagnostic(
        "B022",
        f"the input table {table.key!r} was changed inside the database since it was loaded.",
        Mark(store.name, cell=name),
        why="Runs are recorded with the hash of the input files; these numbers are others than those of the files.",
        fix="Read the files again with `lab.load(force=True)`, or take the numbers as they stand with `lab.load(accept=True)`.",
    )


def _parts(table: Table) -> Iterator[bytes]:
    rows = table.rows
    if rows is not None and len(rows) == table.domain.size:
        rows = None
    for axis in table.domain.axes:
        yield _text([axis.name, *axis.items])
    rows = None if rows is None else np.sort(rows)
    yield b"" if rows is None else rows.astype("<i8").tobytes()
    for name, column in table.columns.items():
        yield _text([name])
        cells = column if rows is None else column[rows]
        if cells.dtype.kind in "UTO":
            yield _text(cells.tolist())
            continue
        numbers = cells.astype("<f8") + 0.0
        numbers[np.isnan(numbers)] = np.nan
        yield numbers.tobytes()


def _text(words: list[str]) -> bytes:
    return "\0".join(words).encode("utf-8", "surrogatepass")
