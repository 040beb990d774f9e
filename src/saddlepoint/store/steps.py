"""What a long search inside a run has found so far, written down step by step: a killed run goes on from it."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from saddlepoint.records import dataclass
from saddlepoint.store.connection import Store

TABLE: Final = "_steps"


@dataclass(frozen=True, slots=True)
class SearchSteps:
    """The steps of one search of a run; search: its name, the same whenever the same numbers are solved."""

    store: Store
    run: int
    search: str

    def steps(self) -> Iterator[Mapping[str, NDArray[Any]]]:
        """What was written down, in order. StoreError."""
        if self.store.has(TABLE):
            sql = f"SELECT content FROM {TABLE} WHERE run = ? AND search = ? ORDER BY step"
            for (content,) in self.store.query(sql, (self.run, self.search)):
                with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                    yield {name: arrays[name] for name in arrays.files}

    def add(self, step: Mapping[str, NDArray[Any]]) -> None:
        """Write down one more step, in a transaction of its own. StoreError."""
        content, arrays = io.BytesIO(), dict[str, Any](step)
        np.savez_compressed(content, **arrays)
        with self.store.transaction():
            self.store.execute(
                f"CREATE TABLE IF NOT EXISTS {TABLE} (step INTEGER PRIMARY KEY, run INTEGER, search TEXT, content BLOB)"
            )
            self.store.execute(
                f"INSERT INTO {TABLE} (run, search, content) VALUES (?, ?, ?)",
                (self.run, self.search, content.getvalue()),
            )


def has_steps(store: Store, run: int) -> bool:
    """Whether a run has written down any step."""
    return store.has(TABLE) and bool(store.query(f"SELECT 1 FROM {TABLE} WHERE run = ? LIMIT 1", (run,)))


def runs_with_steps(store: Store) -> list[int]:
    """The runs that have written down steps."""
    if not store.has(TABLE):
        return []
    return [run for (run,) in store.query(f"SELECT DISTINCT run FROM {TABLE}")]


def forget_steps(store: Store, run: int) -> None:
    """Remove the steps of a run."""
    if store.has(TABLE):
        store.execute(f"DELETE FROM {TABLE} WHERE run = ?", (run,))
        if not store.query(f"SELECT 1 FROM {TABLE} LIMIT 1"):
            store.execute(f"DROP TABLE {TABLE}")
