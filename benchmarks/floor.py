"""The floor: a bare script for one model folder with calamine, numpy, highspy and sqlite3, no checks: python -m benchmarks.floor FOLDER"""

from __future__ import annotations

import csv
import sqlite3
import sys
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import highspy
import numpy as np

TOLERANCE, SWEEPS = 1e-9, 100


def read(folder: Path) -> dict[str, list[list[Any]]]:
    """Table → its rows, without the header."""
    inputs = folder / "input_data"
    tables = {}
    for path in inputs.glob("*.csv"):
        with path.open(encoding="utf-8") as file:
            tables[path.stem] = list(csv.reader(file))[1:]
    if (inputs / "input_data.xlsx").exists():
        from python_calamine import CalamineWorkbook

        book = CalamineWorkbook.from_path(inputs / "input_data.xlsx")
        tables |= {name: book.get_sheet_by_name(name).to_python()[1:] for name in book.sheet_names}
    return tables


def values(rows: list[list[Any]]) -> np.ndarray:
    return np.array([row[-1] for row in rows], dtype=float)


def session(cost, upper, rows, start, index, value) -> highspy.Highs:
    """HiGHS with max cost·x, 0 ≤ x ≤ upper, rows[0] ≤ A x ≤ rows[1]."""
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    n, m = len(cost), len(rows[0])
    none = np.zeros(n, np.int32)
    where = np.asarray(start, np.int32), np.asarray(index, np.int32)
    highs.passModel(n, m, len(value), 1, -1, 0.0, cost, np.zeros(n), upper, *rows, *where, value, none)
    return highs


def products(tables, path: Path, coupled: bool) -> None:
    data = {(row[1], row[2]): row[3] for row in tables["products_data"]}
    names = list(dict.fromkeys(row[1] for row in tables["products_data"]))
    c0, e, m = (np.array([data[p, a] for p in names]) for a in ("profit_initial", "energy", "material"))
    slope = np.array([data[p, "profit_slope"] for p in names]) if coupled else None
    energy, material = tables["energy_avail"], tables["material_avail"]
    none = np.full(2, np.inf)
    highs = session(c0, none, (-none, none), [0, 2, 4], [0, 1, 0, 1], np.stack([e, m], 1).reshape(-1))
    highs.setOptionValue("presolve", "off")
    rows, columns = np.arange(2, dtype=np.int32), np.arange(2, dtype=np.int32)
    plans, prices = [], []
    for left in product(values(energy), values(material)):
        highs.changeRowsBounds(2, rows, -none, np.array(left))
        x, c = None, c0
        for _ in range(SWEEPS):
            highs.changeColsCost(2, columns, c)
            highs.run()
            found = highs.getSolution()
            before, x = x, np.array(found.col_value)
            if slope is None or (before is not None and np.abs(x - before).max() <= TOLERANCE):
                break
            c = c0 + slope * x
        plans.append(x)
        prices.append(found.row_dual)
    scenarios = list(product((row[1] for row in energy), (row[1] for row in material)))
    table(path, "production", ("product", "energy", "material"), (names, scenarios), np.stack(plans, 1))
    table(path, "price", ("constraint", "energy", "material"), (("c1", "c2"), scenarios), np.stack(prices, 1))


def large(tables, path: Path) -> None:
    c, b = values(tables["profit"]), values(tables["availability"])
    use = values(tables["coefficients"]).reshape(len(b), len(c))
    start = np.arange(len(c) + 1) * len(b)
    index = np.tile(np.arange(len(b)), len(c))
    rows = (np.full(len(b), -np.inf), b)
    highs = session(c, np.full(len(c), np.inf), rows, start, index, np.ascontiguousarray(use.T).reshape(-1))
    highs.run()
    found = highs.getSolution()
    names, resources = ([row[1] for row in tables[k]] for k in ("profit", "availability"))
    table(path, "production", ("product",), (names, [()]), np.array(found.col_value)[:, None])
    table(path, "price", ("resource",), (resources, [()]), np.array(found.row_dual)[:, None])


def dispatch(tables, path: Path) -> None:
    cost, capacity, demand = (values(tables[k]) for k in ("cost_t", "capacity_t", "demand_t"))
    share = values(tables["availability_t"]).reshape(len(cost), len(demand))
    hours = len(demand)
    rows = (demand, np.full(hours, np.inf))
    start, index = np.arange(share.size + 1), np.tile(np.arange(hours), len(cost))
    upper = (capacity[:, None] * share).reshape(-1)
    highs = session(-np.repeat(cost, hours), upper, rows, start, index, np.ones(share.size))
    highs.run()
    found = highs.getSolution()
    technologies, labels = ([row[1] for row in tables[k]] for k in ("cost_t", "demand_t"))
    hourly = [(hour,) for hour in labels]
    plan = np.array(found.col_value).reshape(len(cost), hours)
    table(path, "supply_t", ("technology", "hour"), (technologies, hourly), plan)
    table(path, "price", ("constraint", "hour"), (("c1",), hourly), np.array(found.row_dual)[None])


def table(path: Path, name: str, columns: Sequence[str], labels, numbers: np.ndarray) -> None:
    first, rest = labels
    rows = (
        (one, *many, number)
        for one, line in zip(first, numbers.tolist(), strict=True)
        for many, number in zip(rest, line, strict=True)
    )
    with sqlite3.connect(path) as connection:
        fields = ", ".join(f'"{c}" TEXT' for c in columns)
        connection.execute(f"CREATE TABLE {name} ({fields}, number REAL)")
        marks = ", ".join("?" * (len(columns) + 1))
        connection.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)


def main(folder: Path) -> None:
    tables, path = read(folder), folder / "floor.db"
    path.unlink(missing_ok=True)
    if "products_data" in tables:
        products(tables, path, "production" in tables)
    elif "coefficients" in tables:
        large(tables, path)
    else:
        dispatch(tables, path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
