"""kill -9 at every statement and at random moments, and two processes at once, with real processes."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from saddlepoint.errors import StoreError
from saddlepoint.labels import Axis, Domain, Table
from saddlepoint.store import RunRecord, history, last_outcomes, open_store, stage
from saddlepoint.store.leftovers import clean, leftovers
from saddlepoint.store.tables import keep_table, read_table
from tests.store.store_child import killed_at

CHILD = Path(__file__).with_name("store_child.py")
CASES = Axis("Cases", tuple(f"{k}" for k in range(200)))
OVER = Domain((Axis("Products", tuple(f"p{k}" for k in range(30))), CASES))


def first_run(path: Path) -> None:
    with open_store(path) as store:
        keep_table(store, Table.of("input", OVER, 1.0))
        with stage(store, RunRecord("2026", "run")) as staged:
            for key in ("plan", "price_c1"):
                staged.put(Table.of(key, OVER, 1.0), ["Cases"])


def child(path: Path, *arguments: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, str(CHILD), str(path), *map(str, arguments)], stdout=subprocess.PIPE
    )


def whole(path: Path) -> float:
    """The one number that all cells of both result tables hold, whichever run wrote them."""
    with open_store(path, readonly=True) as store, store.snapshot():
        found = {
            key: set(read_table(store, key, OVER).columns["values"].tolist()) for key in ("plan", "price_c1")
        }
        newest = next(run for run in history(store) if run.exit is not None)
    ((value),) = found["plan"]
    assert found["price_c1"] == {value}
    assert newest.options.get("value", 1.0) == value
    return value


def no_leftovers(path: Path) -> None:
    with open_store(path) as store:
        clean(store, finished_chunks=True)
        assert not [name for name in store.names() if name.startswith("_staged_")]
        assert (
            store.query("SELECT count(*) FROM _staged")
            == store.query("SELECT count(*) FROM _chunks")
            == [(0,)]
        )
        assert store.query(
            "SELECT count(*) FROM _scenarios WHERE run IN (SELECT id FROM _runs WHERE exit IS NULL)"
        ) == [(0,)]
        assert store.query("PRAGMA integrity_check") == [("ok",)]
        keep_table(
            store, Table.of("another", OVER, 1.0)
        )  # the next writer removes a journal that was never needed
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_killed_at_every_statement(tmp_path: Path) -> None:
    seen: set[float] = set()
    statement, step = 1, 4
    while True:
        path = tmp_path / f"{statement}" / "database.db"
        path.parent.mkdir()
        first_run(path)
        code = killed_at(statement, str(path), "run", 2.0)
        seen.add(whole(path))
        no_leftovers(path)
        if code == 0:
            break
        assert code == -signal.SIGKILL
        statement += step
    assert seen == {1.0, 2.0}
    assert statement > 10 * step


def test_killed_at_random_moments(tmp_path: Path) -> None:
    path = tmp_path / "database.db"
    first_run(path)
    chance = random.Random(5)
    value = 1.0
    for _ in range(6):
        process = child(path, "loop", 0)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(chance.uniform(0.0, 0.3))
        process.kill()
        process.communicate()
        assert whole(path) >= value
        value = whole(path)
    no_leftovers(path)


def test_what_a_killed_run_finished_is_resumed(tmp_path: Path) -> None:
    path = tmp_path / "database.db"
    first_run(path)
    process = child(path, "hang", 2.0)
    assert process.stdout is not None
    process.stdout.readline()
    with open_store(path) as store:
        assert leftovers(store) == ()
        assert clean(store, finished_chunks=True) == 0
    process.kill()
    process.communicate()
    assert whole(path) == 1.0
    with open_store(path) as store:
        assert [one.chunks for one in leftovers(store)] == [{"0"}]
    child(path, "run", 2.0).communicate()
    assert whole(path) == 2.0
    with open_store(path) as store:
        assert len(last_outcomes(store)[1]) == 200
        assert [run.exit for run in history(store)] == [0, 0]
    no_leftovers(path)


def test_two_processes_on_one_folder(tmp_path: Path) -> None:
    path = tmp_path / "database.db"
    first_run(path)
    writers = [child(path, "run", value) for value in (2.0, 3.0, 4.0)]
    values: set[float] = set()
    while any(writer.poll() is None for writer in writers):
        with open_store(path, readonly=True) as store, store.snapshot():
            plan, price = (read_table(store, key, OVER).columns["values"] for key in ("plan", "price_c1"))
        assert np.unique(plan).size == 1
        np.testing.assert_array_equal(plan, price)
        values.add(float(plan[0]))
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    for writer in writers:
        writer.communicate()
    assert values <= {1.0, 2.0, 3.0, 4.0}
    with open_store(path) as store:
        assert sorted(run.exit or 0 for run in history(store)) == [0, 0, 0, 0]
        assert len(history(store)) == 4
    no_leftovers(path)


def test_two_partial_runs_at_once_keep_the_rows_of_both(tmp_path: Path) -> None:
    path = tmp_path / "database.db"
    first_run(path)
    writers = [child(path, "partial", value, start) for value, start in ((2.0, 0), (3.0, 100))]
    assert [writer.wait() for writer in writers] == [0, 0]
    for writer in writers:
        writer.communicate()
    with open_store(path) as store:
        plan = read_table(store, "plan", OVER).values
    assert set(plan[:, :100].ravel()) == {2.0}
    assert set(plan[:, 100:].ravel()) == {3.0}


def test_a_new_database_opened_by_two_at_once(tmp_path: Path) -> None:
    path = tmp_path / "database.db"
    writers = [child(path, "run", value) for value in (2.0, 2.0)]
    assert [writer.wait() for writer in writers] == [0, 0]
    for writer in writers:
        writer.communicate()
    assert whole(path) == 2.0
    no_leftovers(path)


def test_a_lock_held_too_long_is_said(tmp_path: Path) -> None:
    path = tmp_path / "database.db"
    first_run(path)
    with open_store(path) as one, one.transaction():
        one.execute("DELETE FROM input")
        with open_store(path, wait=0.05) as other, pytest.raises(StoreError, match="B007"):
            keep_table(other, Table.of("input", OVER, 2.0))


def test_lock_files_of_the_dead_go_and_those_of_the_living_stay(tmp_path: Path) -> None:
    path = tmp_path / "database.db"
    first_run(path)
    dead, living, unrelated = (tmp_path / f"database.db-run-{tail}" for tail in ("7", "8", "notes"))
    dead.touch()
    unrelated.touch()
    with closing(sqlite3.connect(living, isolation_level=None)) as holder:
        holder.execute("PRAGMA journal_mode = OFF")
        holder.execute("BEGIN EXCLUSIVE")
        open_store(path).close()
        assert {file.name for file in tmp_path.iterdir()} == {path.name, living.name, unrelated.name}
    open_store(path).close()
    assert {file.name for file in tmp_path.iterdir()} == {path.name, unrelated.name}
