"""What a long search inside a run has found so far, written down step by step: a killed run goes on from it."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saddlepoint.records import dataclass
from saddlepoint.store.connection import Store


@dataclass(frozen=True, slots=True)
class SearchSteps:
    """The steps of one search of a run; search: its name, the same whenever the same numbers are solved."""

    store: Store
    run: int
    search: str

    def steps(self) -> Iterator[Mapping[str, NDArray[Any]]]:
        """What was written down, in order. StoreError."""
        sql = "SELECT content FROM _steps WHERE run = ? AND search = ? ORDER BY step"
        for (content,) in self.store.query(sql, (self.run, self.search)):
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                yield {name: arrays[name] for name in arrays.files}

    def add(self, step: Mapping[str, NDArray[Any]]) -> None:
        """Write down one more step, in a transaction of its own. StoreError."""
        content, arrays = io.BytesIO(), dict[str, Any](step)
        np.savez_compressed(content, **arrays)
        with self.store.transaction():
            values = (self.run, self.search, content.getvalue())
            self.store.execute("INSERT INTO _steps (run, search, content) VALUES (?, ?, ?)", values)


def has_steps(store: Store, run: int) -> bool:
    """Whether a run has written down any step."""
    return bool(store.query("SELECT 1 FROM _steps WHERE run = ? LIMIT 1", (run,)))
