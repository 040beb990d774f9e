"""What the truth tests share: folders of the benchmark families, numbers read back with plain SQL, small models."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import saddlepoint
from benchmarks.families import generate


@pytest.fixture
def folder(tmp_path: Path) -> Callable[[str], Path]:
    """A fresh folder of a benchmark family, by its name."""
    return lambda name: generate(name, tmp_path)


@pytest.fixture
def column() -> Callable[..., np.ndarray]:
    """A column of a table of a folder's database, in the order of its rows."""

    def read(folder: Path, table: str, name: str = "values", order: str = "id") -> np.ndarray:
        with sqlite3.connect(folder / "database.db") as connection:
            rows = connection.execute(f'SELECT "{name}" FROM "{table}" ORDER BY {order}').fetchall()
        return np.array([row[0] for row in rows])

    return read


@pytest.fixture
def certified(column) -> Callable[[Path], None]:
    """Every scenario of the folder's only run has one of the words and residuals of at most 1e-6."""

    def check(folder: Path, *words: str) -> None:
        assert set(column(folder, "_scenarios", "status", "rowid")) == set(words)
        for name in ("rel_prim", "rel_dual", "gap", "unc"):
            assert np.abs(column(folder, "_scenarios", name, "rowid").astype(float)).max() <= 1e-6
        assert (column(folder, "_scenarios", "verified", "rowid") == 1).all()

    return check


@pytest.fixture
def small() -> Callable[..., saddlepoint.Lab]:
    """A lab in memory from tables {name: (type, variables, coordinates)}."""

    def make(items, tables, problem, data=None, sets=None) -> saddlepoint.Lab:
        declared = {
            key: {"type": kind, "coordinates": list(coordinates), "variables_info": variables}
            for key, (kind, variables, coordinates) in tables.items()
        }
        return saddlepoint.define(
            sets=sets or {key: {"description": key} for key in items},
            variables=declared,
            problem=problem,
            items=items,
            data=data or {},
        )

    return make
