"""Opening: each kind of bad file has its own finding, and none is harmed."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from saddlepoint.errors import StoreError
from saddlepoint.labels import Axis, Domain, Table
from saddlepoint.store import RunRecord, catalogue, history, last_outcomes, open_store, show_rows, stage
from saddlepoint.store.kept import kept_runs, read_forms
from saddlepoint.store.notes import read_notes
from saddlepoint.store.plain_views import renew_views
from saddlepoint.store.runs import (
    InputHashes,
    begin_run,
    count_outcomes,
    note_loaded,
    objective_ranges,
    run_objectives,
)
from saddlepoint.store.sets import SetRows, first_items, keep_sets, stored_sets
from saddlepoint.store.stale import loaded_inputs, stale
from saddlepoint.store.tables import keep_table, read_table, table_names

OVER = Domain((Axis("S", tuple(f"i{k}" for k in range(2000))),))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "database.db"


def filled(path: Path) -> Path:
    with open_store(path) as store:
        keep_table(store, Table.of("t", OVER, 1.0))
    return path


def raw(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def refused(path: Path, code: str, readonly: bool = False) -> str:
    with pytest.raises(StoreError) as caught:
        open_store(path, readonly=readonly, wait=0.1).close()
    assert caught.value.diagnostics[0].code == code
    assert path.name in str(caught.value)
    return str(caught.value)


def test_no_file_to_read(path: Path) -> None:
    refused(path, "B001", readonly=True)
    assert not path.exists()


def test_no_folder_and_a_folder(tmp_path: Path) -> None:
    refused(tmp_path / "none" / "database.db", "B002")
    refused(tmp_path, "B002")


@pytest.mark.parametrize("content", [b"hello", b"PK\x03\x04" * 100, b"\0" * 5000])
def test_not_a_database(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    refused(path, "B003")
    refused(path, "B003", readonly=True)
    assert path.read_bytes() == content


@pytest.mark.parametrize("part", [20, 99, 5000, 40_000])
def test_a_file_cut_short(path: Path, part: int) -> None:
    content = filled(path).read_bytes()[:part]
    path.write_bytes(content)
    refused(path, "B004")
    refused(path, "B004", readonly=True)
    assert path.read_bytes() == content


def test_a_file_with_garbage_inside_is_said_to_be_damaged(path: Path) -> None:
    content = bytearray(filled(path).read_bytes())
    content[len(content) // 2 :] = b"\xff" * (len(content) - len(content) // 2)
    path.write_bytes(content)
    with open_store(path, readonly=True) as store, pytest.raises(StoreError, match="B004"):
        read_table(store, "t", OVER)


def test_a_file_of_zero_bytes_is_said_and_stays(path: Path) -> None:
    path.touch()
    refused(path, "B021")
    refused(path, "B021", readonly=True)
    assert path.read_bytes() == b""


def test_a_new_database_is_never_empty(path: Path) -> None:
    open_store(path).close()
    assert path.read_bytes().startswith(b"SQLite format 3")
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("tail", ["-journal", "-wal", "-shm", "-run-1"])
def test_links_beside_the_database_are_not_written_through(path: Path, tail: str) -> None:
    elsewhere = path.parent / "precious.txt"
    elsewhere.write_text("precious")
    filled(path)
    Path(f"{path}{tail}").symlink_to(elsewhere)
    with (
        pytest.raises(StoreError) as caught,
        open_store(path) as store,
        stage(store, RunRecord("2026", "run")),
    ):
        pass
    assert {d.code for d in caught.value.diagnostics} == {"B019"}
    assert elsewhere.read_text() == "precious"


def test_a_users_file_with_the_name_of_a_lock_stays(path: Path) -> None:
    filled(path)
    mine = Path(f"{path}-run-7")
    mine.write_text("my notes")
    filled(path)
    assert mine.read_text() == "my notes"


@pytest.mark.skipif(os.name != "posix", reason="limits of POSIX systems")
def test_paths_that_are_too_long(tmp_path: Path) -> None:
    deep = tmp_path
    while len(str(deep)) < 495:
        deep /= "d" * 40
    deep.mkdir(parents=True)
    assert "bytes, and SQLite takes" in refused(deep / "database.db", "B002")
    with pytest.raises(StoreError) as caught:
        open_store(tmp_path / ("n" * 300), readonly=True)
    assert caught.value.diagnostics[0].code == "B002"


def test_bytes_that_are_no_text(path: Path) -> None:
    """In a label, in the name of a table, in a record of a run: damaged, each time, and no traceback."""
    with open_store(filled(path)) as store:
        begin_run(store, RunRecord("2026", "run"))
    raw(path, "UPDATE t SET S_Name = CAST(x'ff41' AS TEXT) WHERE id = 3")
    with open_store(path) as store:
        for read in (lambda: read_table(store, "t", OVER), lambda: show_rows(store, "t")):
            with pytest.raises(StoreError) as caught:
                read()
            assert caught.value.diagnostics[0].code == "B004"
    raw(path, "UPDATE _runs SET command = CAST(x'ff41' AS TEXT)")
    with open_store(path) as store, pytest.raises(StoreError, match="B004"):
        history(store)
    raw(path, "CREATE TABLE naam (naam_Name TEXT)")
    path.write_bytes(path.read_bytes().replace(b"naam", b"n\xffam"))
    with open_store(path, readonly=True) as store, pytest.raises(StoreError, match="B004"):
        table_names(store)


def test_an_older_schema_is_read_and_brought_up_to_date(path: Path) -> None:
    older = """ALTER TABLE _tables DROP COLUMN content; ALTER TABLE _tables DROP COLUMN accepted;
        ALTER TABLE _runs DROP COLUMN whole; DROP TABLE _model; DROP TABLE _notes; DROP TABLE _loaded;
        DROP INDEX _runs_name; ALTER TABLE _runs DROP COLUMN name; ALTER TABLE _runs DROP COLUMN note;
        ALTER TABLE _runs DROP COLUMN kept; ALTER TABLE _runs DROP COLUMN contents; ALTER TABLE _tables DROP COLUMN stale;
        ALTER TABLE _scenarios DROP COLUMN gone; DROP TABLE _kept; DROP TABLE _forms; DROP TABLE _steps; PRAGMA user_version = 1"""
    with open_store(filled(path)) as store:
        begin_run(store, RunRecord("2026", "run"))
    raw(path, *older.split(";"))
    with open_store(path, readonly=True) as store:
        assert [info.name for info in catalogue(store)] == ["t"]
        assert last_outcomes(store)[1] == () and read_notes(store) == ()
        assert kept_runs(store) == () and stale(store) is None
    with open_store(path) as store:
        assert [info.content for info in catalogue(store)] == [""]
        keep_table(store, Table.of("t", OVER, 1.0))
        assert len(catalogue(store)[0].content) == 32


def test_a_newer_schema(path: Path) -> None:
    raw(filled(path), "PRAGMA user_version = 99")
    assert "schema 99" in refused(path, "B005")
    refused(path, "B005", readonly=True)


def test_another_programs_database(path: Path) -> None:
    raw(path, "CREATE TABLE bookmarks (url TEXT)")
    content = path.read_bytes()
    refused(path, "B006")
    refused(path, "B006", readonly=True)
    assert path.read_bytes() == content
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_locked(path: Path) -> None:
    filled(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        refused(path, "B007")
        other.execute("ROLLBACK")
        other.execute("BEGIN IMMEDIATE")
        with open_store(path, wait=0.1) as store:
            with pytest.raises(StoreError, match="B007"):
                keep_table(store, Table.of("t", OVER, 2.0))
            assert read_table(store, "t", OVER).values.max() == 1.0


def test_read_only(path: Path) -> None:
    with open_store(filled(path), readonly=True) as store:
        with pytest.raises(StoreError, match="B008"):
            keep_table(store, Table.of("t", OVER, 2.0))
        with pytest.raises(StoreError, match="B008"):
            store.execute("DELETE FROM t")
        np.testing.assert_array_equal(read_table(store, "t", OVER).values, 1.0)


def test_a_foreign_trigger_is_named_and_does_not_run(path: Path) -> None:
    raw(filled(path), "CREATE TRIGGER evil AFTER INSERT ON t BEGIN DELETE FROM t; END")
    assert "'evil' on table 't'" in refused(path, "B009")
    with open_store(path, readonly=True) as store:
        assert len(read_table(store, "t", OVER)) == 2000


def test_opening_twice_migrates_once(path: Path) -> None:
    filled(path)
    with open_store(path) as one, open_store(path) as two:
        assert one.query("PRAGMA user_version") == two.query("PRAGMA user_version") == [(5,)]
        assert one.query("PRAGMA trusted_schema") == [(0,)]


def test_an_error_inside_a_transaction_leaves_nothing(path: Path) -> None:
    with open_store(filled(path)) as store:
        with pytest.raises(RuntimeError), store.transaction():
            keep_table(store, Table.of("t", OVER, 2.0))
            keep_table(store, Table.of("u", OVER, 2.0))
            raise RuntimeError
        assert table_names(store) == ("t",)
        assert read_table(store, "t", OVER).values.max() == 1.0


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_not_waited_for(path: Path) -> None:
    os.mkfifo(path)
    assert "pipe" in refused(path, "B002")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE _runs SET options = '{not json'",
        "UPDATE _runs SET seconds = 'abc'",
        "UPDATE _runs SET versions = '5'",
        "UPDATE _runs SET exit = 9e999",
        "UPDATE _runs SET exit = x'ff00'",
        "UPDATE _runs SET options = '[1]'",
        "UPDATE _runs SET versions = '{\"numpy\": 5}'",
        "UPDATE _runs SET contents = '5'",
        "UPDATE _runs SET contents = '1e400'",
        "UPDATE _runs SET contents = '{\"inputs\": 5}'",
        "UPDATE _runs SET contents = '{\"others\": {}}'",
        "UPDATE _runs SET contents = replace(hex(zeroblob(50000)), '0', '[')",
    ],
)
def test_records_of_runs_that_somebody_spoiled(path: Path, statement: str) -> None:
    with open_store(path) as store:
        begin_run(store, RunRecord("2026-01-01", "run", seconds=1.0))
    raw(path, statement)
    with open_store(path) as store, pytest.raises(StoreError) as caught:
        history(store)
    assert caught.value.diagnostics[0].code == "B004"


@pytest.mark.parametrize(
    "text", ["5", "1.5", "null", "[]", '"a"', "", "{", '{"files": {"a": 1}}', "[" * 9999]
)
def test_what_was_loaded_that_somebody_spoiled(path: Path, text: str) -> None:
    with open_store(path) as store:
        note_loaded(store, "a", "b", InputHashes(files={"need.csv": "c"}))
    raw(path, f"UPDATE _loaded SET contents = '{text}'")
    with open_store(path) as store:
        if text in ("null", ""):
            assert loaded_inputs(store).contents == InputHashes()
            return
        with pytest.raises(StoreError, match=r"B004: \S*, _loaded.contents"):
            loaded_inputs(store)


def test_a_text_among_the_objectives(path: Path) -> None:
    """SQLite keeps a text in a column of numbers."""
    with open_store(path) as store:
        store.execute(
            "INSERT INTO _scenarios (run, problem, status, objective) VALUES (1, '', 'optimal', 2.5)"
        )
        assert run_objectives(store)[0][4:] == (2.5, 2.5, 2.5)
        assert objective_ranges(store, 1) == (("", 2.5, 2.5),)
    raw(path, "INSERT INTO _scenarios (run, problem, status, objective) VALUES (1, '', 'optimal', 'EUR')")
    with open_store(path) as store:
        for read in (run_objectives, lambda store: objective_ranges(store, 1)):
            with pytest.raises(StoreError, match=r"B004: \S*, _scenarios.objective"):
                read(store)


def test_bytes_in_place_of_words(path: Path) -> None:
    """SQLite keeps them in a column of texts."""
    with open_store(path) as store:
        keep_table(store, Table.of("t", OVER, 1.0))
        assert [entry.name for entry in catalogue(store)] == ["t"]
        store.execute("INSERT INTO _scenarios (run, problem, status) VALUES (1, '', 'optimal')")
    raw(path, "UPDATE _tables SET unit = x'00'")
    raw(path, "UPDATE _scenarios SET status = x'00'")
    with open_store(path) as store:
        with pytest.raises(StoreError, match=r"B004: \S*, _tables"):
            catalogue(store)
        with pytest.raises(StoreError, match=r"B004: \S*, _scenarios"):
            run_objectives(store)
    raw(path, "UPDATE _scenarios SET problem = x'00'")
    with open_store(path) as store, pytest.raises(StoreError, match=r"B004: \S*, _scenarios"):
        count_outcomes(store, 1)


def spoil(path: Path, table: str, change: str) -> None:
    """A change to a table whose columns may no longer be empty, as bytes changed in the file make one."""
    with closing(sqlite3.connect(path)) as base:
        base.execute("PRAGMA writable_schema = 1")
        base.execute("UPDATE sqlite_master SET sql = replace(sql, ' NOT NULL', '') WHERE name = ?", (table,))
        base.commit()
    raw(path, f"UPDATE {table} SET {change}")


@pytest.mark.parametrize("value", ["NULL", "x'00ff'"])
def test_items_and_names_that_are_no_texts(path: Path, value: str) -> None:
    """A database whose bytes somebody changed held an item that is NULL, and ended a run in "unexpected error"."""
    two, three = SetRows("S", ("a", "b"), {}, {}), SetRows("T", ("c", "d", "e"), {}, {})
    over = Domain((Axis("S", two.names), Axis("T", three.names)))
    with open_store(path) as store:
        keep_sets(store, (two, three))
        keep_table(store, Table.of("t", over, 1.0))
        renew_views(store)
        store.execute("INSERT INTO _forms (name, labels, columns) VALUES ('t', '[\"a\"]', '{}')")
    spoil(path, "_set_T", f"T_Name = {value} WHERE id = 2")
    with open_store(path) as store:
        for read in (renew_views, stored_sets, lambda store: first_items(store, 3)):
            with pytest.raises(StoreError, match=r"B004: \S*, _set_T"):
                read(store)
    spoil(path, "_forms", f"name = {value}")
    with open_store(path) as store, pytest.raises(StoreError, match=r"B004: \S*, _forms"):
        read_forms(store, "t")


def test_bytes_in_place_of_numbers_are_not_shown(path: Path) -> None:
    raw(filled(path), "UPDATE t SET \"values\" = x'00ff' WHERE id = 2")
    with open_store(path) as store, pytest.raises(StoreError, match=r"B004: \S*, t.values"):
        show_rows(store, "t")


def test_forms_of_kept_tables_that_somebody_spoiled(path: Path) -> None:
    with open_store(path) as store:
        store.execute("INSERT INTO _forms (name, labels, columns) VALUES ('t', '[\"a\"]', '{}')")
        assert read_forms(store)[1].labels == ("a",)
    for spoiled in ("labels = '5'", "labels = '[5]'", "columns = '[]'", "columns = x'ff'"):
        raw(path, f"UPDATE _forms SET {spoiled}")
        with open_store(path) as store, pytest.raises(StoreError, match="B004"):
            read_forms(store)


def test_a_table_of_ours_that_somebody_dropped(path: Path) -> None:
    filled(path)
    raw(path, "DROP TABLE _runs")
    with open_store(path) as store, pytest.raises(StoreError) as caught:
        begin_run(store, RunRecord("2026-01-01", "run"))
    assert caught.value.diagnostics[0].code == "B004"


def test_a_view_is_not_shown(path: Path) -> None:
    filled(path)
    raw(
        path,
        "CREATE VIEW v AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n",
    )
    with open_store(path, readonly=True) as store, pytest.raises(StoreError) as caught:
        show_rows(store, "v")
    assert caught.value.diagnostics[0].code == "B011"
