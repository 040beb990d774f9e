"""A folder of CVXlab is taken over: its numbers are kept, and so is its file."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from saddlepoint.errors import StoreError
from saddlepoint.labels import Axis, Domain
from saddlepoint.store import open_store, show_rows
from saddlepoint.store.sets import stored_sets
from saddlepoint.store.tables import read_table, table_names
from tests.store.store_child import killed_at

SOURCE = Path(__file__).parents[1] / "data" / "store" / "cvxlab_production_planning.db"
PRODUCTS = Axis("Products", ("product_1", "product_2"))
LOW_HIGH = ("low", "high")
PLAN = Domain((PRODUCTS, Axis("Scenarios_energy", LOW_HIGH), Axis("Scenarios_material", LOW_HIGH)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return Path(shutil.copyfile(SOURCE, tmp_path / "database.db"))


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def test_numbers_and_sets_are_taken_over_and_the_file_is_kept(path: Path) -> None:
    with open_store(path) as store:
        assert store.adopted is not None
        assert store.adopted.copy == path.with_name("database_cvxlab.db")
        assert not store.adopted.left
        assert set(table_names(store)) == {"production", "products_data", "energy_avail", "material_avail"}
        plan = read_table(store, "production", PLAN).values
        np.testing.assert_allclose(plan[0, 1, :], [120, 155.172413793], rtol=1e-9)
        assert [one.key for one in stored_sets(store)] == [
            "Products",
            "Attributes",
            "Scenarios_energy",
            "Scenarios_material",
        ]
        assert stored_sets(store)[1].filters == {"type": ("profit", "energy", "material")}
        related = store.query("SELECT * FROM pragma_foreign_key_list('production')")
        assert {(row[2], row[3], row[4]) for row in related} == {
            (f"_set_{key.upper()}", f"{key}_Name", f"{key}_Name")
            for key in ("Products", "Scenarios_energy", "Scenarios_material")
        }
    with closing(sqlite3.connect(path.with_name("database_cvxlab.db"))) as copy:
        assert copy.execute("PRAGMA application_id").fetchone() == (0,)
        assert copy.execute("SELECT count(*) FROM production").fetchone() == (8,)
    with open_store(path) as store:
        assert store.adopted is None
    assert len(list(path.parent.iterdir())) == 2


def test_reading_only_changes_nothing(path: Path) -> None:
    before = path.read_bytes()
    with open_store(path, readonly=True) as store:
        assert read_table(store, "production", PLAN).values[0, 1, 0] == pytest.approx(120)
    assert path.read_bytes() == before
    assert len(list(path.parent.iterdir())) == 1


def test_what_is_the_users_own_stays(path: Path) -> None:
    change(
        path,
        "CREATE TABLE notes (text TEXT)",
        "INSERT INTO notes VALUES ('mine')",
        "CREATE TABLE _mine (a INTEGER)",
        "CREATE TABLE _runs (what TEXT)",
        "INSERT INTO energy_avail (Scenarios_energy_Name, \"values\") VALUES ('low', 1)",
        "CREATE VIEW v AS SELECT * FROM production",
    )
    path.with_name("database_cvxlab.db").write_text("an older copy")
    with open_store(path) as store:
        assert store.adopted is not None
        assert store.adopted.copy.name == "database_cvxlab_2.db"
        assert set(store.adopted.left) == {"notes", "_mine", "_runs", "energy_avail"}
        assert "two rows for (low)" in store.adopted.left["energy_avail"]
        assert store.query("SELECT * FROM notes") == [("mine",)]
        assert store.has("_mine")
        assert "what" not in store.columns("_runs")
        assert store.query("SELECT count(*) FROM v") == [(8,)]
        assert show_rows(store, "production").total == 8


def test_a_table_with_more_columns_does_not_fit(path: Path) -> None:
    change(path, "ALTER TABLE material_avail ADD COLUMN comment TEXT")
    with open_store(path) as store:
        assert store.adopted is not None
        assert set(store.adopted.left) == {"material_avail"}


def test_a_damaged_one_is_not_taken_over(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:9000])
    with pytest.raises(StoreError, match="B004"):
        open_store(path)
    assert len(list(path.parent.iterdir())) == 1


def test_killed_while_taking_over_and_two_at_once(path: Path) -> None:
    child = [sys.executable, str(Path(__file__).with_name("store_child.py")), str(path)]
    for statement in range(5, 60, 3):
        code = killed_at(statement, str(path), "open")
        with open_store(path, readonly=True) as store:
            assert read_table(store, "production", PLAN).values[0, 1, 0] == pytest.approx(120)
        if code == 0:
            break
    shutil.copyfile(SOURCE, path)
    for copy in path.parent.glob("database_*"):
        copy.unlink()
    both = [subprocess.Popen([*child, "open", "0"]) for _ in range(2)]
    assert [one.wait() for one in both] == [0, 0]
    (copy,) = path.parent.glob("database_*")
    with closing(sqlite3.connect(copy)) as original:
        assert original.execute("PRAGMA application_id").fetchone() == (0,)
    with open_store(path) as store:
        assert store.adopted is None
        assert len(stored_sets(store)) == 4
