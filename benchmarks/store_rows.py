"""Rows into SQLite: our store beside plain executemany and pandas, in the same run.

python benchmarks/store_rows.py [rows] [folder]
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np

from saddlepoint.labels import Axis, Domain, Table
from saddlepoint.store import RunRecord, open_store, stage
from saddlepoint.store.tables import keep_table, read_table

NAMES = ("Products", "Hours", "Energy", "Material")


def table(rows: int) -> Table:
    sizes = (rows // 10_000, 100, 10, 10)
    axes = [Axis(n, tuple(f"item_{n[0]}_{k}" for k in range(m))) for n, m in zip(NAMES, sizes, strict=True)]
    domain = Domain(tuple(axes))
    draw = np.random.default_rng(1)
    columns = {"price": draw.random(domain.size), "slack": draw.random(domain.size)}
    return Table("price_c1", domain, {**columns, "binding": draw.random(domain.size) > 0.5})


def ours(path: Path, result: Table) -> None:
    with open_store(path) as store, stage(store, RunRecord("2026", "benchmark")) as staged:
        staged.put(result)


def ours_input(path: Path, result: Table) -> None:
    with open_store(path) as store:
        keep_table(store, Table("t", result.domain, {"values": result.columns["price"]}))


def ours_read(path: Path, result: Table) -> None:
    with open_store(path, readonly=True) as store:
        read_table(store, "price_c1", result.domain, tuple(result.columns))


def plain(path: Path, result: Table) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN")
    fields = ", ".join(
        [*(f"{name}_Name TEXT" for name in NAMES), "price REAL", "slack REAL", "binding INTEGER"]
    )
    connection.execute(f"CREATE TABLE t (id INTEGER PRIMARY KEY, {fields})")
    labels = product(*(axis.items for axis in result.domain.axes))
    numbers = zip(*(column.tolist() for column in result.columns.values()), strict=True)
    rows = (label + number for label, number in zip(labels, numbers, strict=True))
    columns = ", ".join([*(f"{name}_Name" for name in NAMES), *result.columns])
    connection.executemany(f"INSERT INTO t ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    connection.execute(f"CREATE UNIQUE INDEX k ON t ({', '.join(f'{name}_Name' for name in NAMES)})")
    connection.execute("COMMIT")
    connection.close()


def with_pandas(path: Path, result: Table) -> None:
    import pandas as pd

    connection = sqlite3.connect(path)
    frame = pd.DataFrame({**result.label_columns(), **result.columns})
    frame.to_sql("t", connection, index=False)
    connection.execute(f"CREATE UNIQUE INDEX k ON t ({', '.join(NAMES)})")
    connection.close()


def clock(what: str, work: Callable[[Path, Table], None], path: Path, result: Table) -> None:
    start, wall = time.process_time(), time.perf_counter()
    work(path, result)
    cpu, wall = time.process_time() - start, time.perf_counter() - wall
    print(f"{what:32} {cpu:6.2f} s CPU {wall:6.2f} s wall {cpu / len(result) * 1e6:6.2f} µs per row")


def main(rows: int, folder: Path) -> None:
    result = table(rows)
    print(f"{len(result)} rows, four labels, three numbers, unique key")
    clock("store: staged and swapped", ours, folder / "ours.db", result)
    clock("store: again, over the old", ours, folder / "ours.db", result)
    clock("store: read back", ours_read, folder / "ours.db", result)
    clock("store: input table, one number", ours_input, folder / "input.db", result)
    clock("sqlite3 executemany", plain, folder / "plain.db", result)
    clock("pandas to_sql", with_pandas, folder / "pandas.db", result)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as fresh:
        main(
            int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000,
            Path(sys.argv[2] if len(sys.argv) > 2 else fresh),
        )
