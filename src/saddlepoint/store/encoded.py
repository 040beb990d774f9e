"""Columns of a large table held in memory: among millions of rows a choice is found in milliseconds, which no index does for
every choice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from saddlepoint.arrays import Array, Index, Int32, Mask
from saddlepoint.records import dataclass
from saddlepoint.store.connection import Store
from saddlepoint.store.identifiers import coordinate, fold, quote

PIECE: Final = 50_000
"""Rows that are read at once."""
Chosen = Mapping[str, Sequence[str]]
"""Set → the labels that rows may have."""
Told = Callable[[int], None]
"""Is told how many rows have been read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedColumns:
    """The labels of R rows as numbers, and one column of numbers.

    ids: (R,) their rowids, rising; codes: column of texts → (R,) which of its texts; texts: column → text → its code; numbers:
    (R,) what the rows are ordered by, NaN where there is none; order: the places of those that have a number, from the least.
    """

    ids: Index
    codes: Mapping[str, Int32]
    texts: Mapping[str, Mapping[str | None, int]]
    numbers: Array
    order: Index

    def __len__(self) -> int:
        return len(self.ids)

    def within(self, where: Chosen) -> Mask | None:
        """(R,) the rows of a choice, None for all: sets that the table has not do not count."""
        columns = {fold(name): name for name in self.codes}
        found: Mask | None = None
        for key, labels in where.items():
            name = columns.get(fold(coordinate(key)))
            if name is None or not labels:
                continue
            wanted = np.zeros(len(self.texts[name]), np.bool_)
            wanted[[self.texts[name][label] for label in labels if label in self.texts[name]]] = True
            part = wanted[self.codes[name]]
            found = part if found is None else found & part
        return found


def read_encoded(
    store: Store,
    name: str,
    texts: Sequence[str],
    *,
    number: str | None = None,
    run: int | None = None,
    tell: Told = lambda done: None,
) -> EncodedColumns:
    """Read columns of a table. texts: of labels and words; number: the column to order by; run: only rows of this run. StoreError."""
    pieces: list[tuple[Index, list[Int32], Array]] = []
    known: list[dict[str | None, int]] = [{} for _ in texts]
    fields = ", ".join(map(quote, texts))
    which = "" if run is None else f" WHERE run = {int(run)}"
    command = f"SELECT rowid{', ' if texts else ''}{fields}, {'NULL' if number is None else quote(number)} FROM {quote(name)}{which} ORDER BY rowid"
    done = 0
    for rows in store.stream(command, size=PIECE):
        pieces.append(_encoded(rows, known))
        tell(done := done + len(rows))
    ids = np.concatenate([np.zeros(0, np.int64), *(ids for ids, _, _ in pieces)])
    codes = {
        column: np.concatenate([np.zeros(0, np.int32), *(codes[k] for _, codes, _ in pieces)])
        for k, column in enumerate(texts)
    }
    numbers = np.concatenate([np.zeros(0), *(values for _, _, values in pieces)])
    order = np.argsort(numbers, kind="stable")[: np.count_nonzero(~np.isnan(numbers))]
    kinds = dict(zip(texts, known, strict=True))
    return EncodedColumns(ids=ids, codes=codes, texts=kinds, numbers=numbers, order=order)


def _encoded(
    rows: Sequence[tuple[Any, ...]], known: Sequence[dict[str | None, int]]
) -> tuple[Index, list[Int32], Array]:
    """Rowids, codes of texts and numbers of some rows; texts that are new enter `known`."""
    ids, *columns, numbers = zip(*rows, strict=True)
    codes: list[Int32] = []
    for index, column in zip(known, columns, strict=True):
        for text in dict.fromkeys(column):
            index.setdefault(text, len(index))
        codes.append(np.fromiter(map(index.__getitem__, column), np.int32, len(column)))
    return np.array(ids, np.int64), codes, np.array(numbers, np.float64)
