"""What a sensitivity analysis found, and the numbers of its runs, at rest: `_sensitivity` and `_sensitivity_runs`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.records import dataclass
from saddlepoint.store.connection import Store
from saddlepoint.store.identifiers import coordinate, quote
from saddlepoint.store.insert import insert_rows

TABLE: Final = "_sensitivity"
RUNS: Final = "_sensitivity_runs"


@dataclass(frozen=True, slots=True)
class KeptRuns:
    """The finished chunks of one question; key: a hash of it and of the inputs. Those of other questions go."""

    store: Store
    key: str

    def __post_init__(self) -> None:
        with self.store.transaction():
            self.store.execute(
                f"CREATE TABLE IF NOT EXISTS {RUNS} (question TEXT, chunk TEXT, measures INTEGER, runs INTEGER, "
                "numbers BLOB, PRIMARY KEY (question, chunk))"
            )
            self.store.execute(f"DELETE FROM {RUNS} WHERE question <> ?", (self.key,))

    def get(self, chunk: str) -> Array | None:
        """The numbers of a chunk, shape (measures, runs, scenarios); None if it is not there. StoreError."""
        rows = self.store.query(
            f"SELECT measures, runs, numbers FROM {RUNS} WHERE question = ? AND chunk = ?", (self.key, chunk)
        )
        if not rows:
            return None
        measures, runs, blob = rows[0]
        return np.frombuffer(blob, dtype="<f8").reshape(measures, runs, -1)

    def put(self, chunk: str, numbers: Array) -> None:
        """Keep a chunk, in a transaction of its own. StoreError."""
        values = (self.key, chunk, numbers.shape[0], numbers.shape[1], numbers.astype("<f8").tobytes())
        with self.store.transaction():
            self.store.execute(f"INSERT OR REPLACE INTO {RUNS} VALUES (?, ?, ?, ?, ?)", values)


def keep_indices(
    store: Store, scenarios: Sequence[str], method: str, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Write the indices of an analysis in place of those of an earlier one. StoreError.

    rows: measure, factor, index, value, half, and a label per scenario set.
    """
    labels = [coordinate(name) for name in scenarios]
    texts = ", ".join(f"{quote(name)} TEXT" for name in ("method", "measure", *labels, "factor", "index"))
    names = ["method", "measure", *labels, "factor", "index", "value", "half"]
    keys = ["measure", *scenarios, "factor", "index", "value", "half"]
    with store.transaction():
        store.execute(f"DROP TABLE IF EXISTS {TABLE}")
        store.execute(f"CREATE TABLE {TABLE} (id INTEGER PRIMARY KEY, {texts}, value REAL, half REAL)")
        insert_rows(store, TABLE, names, ([method, *(row[key] for key in keys)] for row in rows))
