"""Runs that are kept: what they read and wrote stays, whatever comes later; who is killed loses nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from saddlepoint.errors import StoreError
from saddlepoint.labels import Axis, Domain, Table
from saddlepoint.store import (
    RunRecord,
    Store,
    catalogue,
    history,
    last_outcomes,
    open_store,
    show_rows,
    stage,
)
from saddlepoint.store.kept import drop_kept, find_kept, keep_current, kept_runs
from saddlepoint.store.leftovers import clean
from saddlepoint.store.restore import restore_kept
from saddlepoint.store.run_records import InputHashes, ScenarioRecords
from saddlepoint.store.runs import note_loaded, outcome_count
from saddlepoint.store.sets import SetRows, keep_sets, stored_sets
from saddlepoint.store.stale import stale
from saddlepoint.store.stored import read_stored
from saddlepoint.store.tables import keep_table, read_table

CHILD = Path(__file__).with_name("store_child.py")
CASES = Axis("Cases", ("low", "high", "wild"))
PRODUCTS = Axis("Products", ("a", "b"))
OVER = Domain((PRODUCTS, CASES))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "database.db"


def outcomes(cases: Axis, within: Axis, value: float) -> ScenarioRecords:
    n = len(cases)
    return ScenarioRecords(
        problem="",
        domain=Domain((within,)),
        positions=within.codes(cases.items),
        status="optimal",
        solver="s",
        route="r",
        numbers={"objective": np.full(n, value), "iterations": np.ones(n, int)}
        | dict.fromkeys(("seconds", "rel_prim", "rel_dual", "gap", "unc"), np.zeros(n)),
    )


def solve(
    store: Store,
    value: float,
    name: str = "",
    cases: Axis = CASES,
    within: Axis = CASES,
    products: Axis = PRODUCTS,
    hashes: tuple[str, str] = ("s", "i"),
    contents: InputHashes | None = None,
) -> None:
    """A run that finds `value` everywhere, and one input that equals it."""
    record = RunRecord(
        "2026-01-02T03:04",
        "run",
        name=name,
        settings_hash=hashes[0],
        inputs_hash=hashes[1],
        contents=contents or InputHashes(),
    )
    with stage(store, record, partial=len(cases) < len(within)) as staged:
        part, whole = Domain((products, cases)), Domain((products, within))
        with staged.chunk():
            staged.put(Table.of("plan", part, value, unit="MW"), ["Cases"], within=whole)
            staged.put(Table.of("report_cost", Domain((cases,)), value), ["Cases"], within=Domain((within,)))
            staged.put(Table.of("total", Domain(), value))
            staged.scenarios(outcomes(cases, within, value))
        staged.finish(1.0, 0)


def found(store: Store) -> tuple[float, ...]:
    """The one value of plan, figure, total, input, objective."""
    tables = ("plan", "report_cost", "total", "demand")
    every = [set(read_stored(store, name).columns["values"].tolist()) for name in tables]
    header, rows = last_outcomes(store)
    every.append({row[header.index("objective")] for row in rows})
    assert all(len(one) == 1 for one in every)
    return tuple(value for one in every for value in one)


def filled(path: Path) -> None:
    """Runs 1 (first), 2 (not kept), 3 (third); inputs and sets of their own."""
    with open_store(path) as store:
        for value, name in ((1.0, "first"), (2.0, ""), (3.0, "third")):
            keep_sets(store, [SetRows("Cases", CASES.items), SetRows("Products", PRODUCTS.items)])
            keep_table(store, Table.of("demand", OVER, value))
            solve(store, value, name)


def test_a_kept_run_is_read_under_the_plain_names(path: Path) -> None:
    filled(path)
    for run, value in ((None, 3.0), ("first", 1.0), (1, 1.0), ("third", 3.0)):
        with open_store(path, readonly=True, run=run) as store:
            assert found(store) == (value,) * 5
            assert {i.name: (i.kind, i.unit) for i in catalogue(store)}["plan"] == ("result", "MW")
            assert read_table(store, "plan", OVER).unit == "MW"
            assert show_rows(store, "plan", {"Cases": "high"}).total == 2
            assert [one.names for one in stored_sets(store)] == [CASES.items, PRODUCTS.items]
            assert store.query('SELECT avg("values") FROM plan') == [(value,)]
    with open_store(path, readonly=True) as store:
        assert store.query('SELECT run, name, sum("values") FROM kept_plan GROUP BY 1') == [
            (1, "first", 6.0),
            (3, "third", 18.0),
        ]


def test_the_database_as_of_a_run_is_not_written(path: Path) -> None:
    filled(path)
    with open_store(path, run="first") as store, pytest.raises(StoreError, match="B008"):
        keep_table(store, Table.of("demand", OVER, 9.0))


def test_tables_that_came_later_are_not_there(path: Path) -> None:
    filled(path)
    with open_store(path) as store:
        keep_table(store, Table.of("later", OVER, 1.0))
    with open_store(path, run="first") as store:
        assert not store.has("later")
        with pytest.raises(StoreError, match="B011"):
            show_rows(store, "later")
        with pytest.raises(StoreError, match="B011"):
            read_table(store, "later", OVER)


def test_equal_tables_are_stored_once(path: Path) -> None:
    with open_store(path) as store:
        keep_table(store, Table.of("demand", OVER, 1.0))
        for k in range(5):
            solve(store, 2.0 if k == 3 else 1.0, f"run {k}")
        batches = store.query("SELECT name, count(DISTINCT batch) FROM _kept GROUP BY name")
    assert dict(batches) == {"demand": 1, "plan": 3, "report_cost": 3, "total": 3}
    for k in range(5):
        with open_store(path, run=f"run {k}") as store:
            assert read_stored(store, "plan").values[0, 0] == (2.0 if k == 3 else 1.0)


def test_dropped_runs_leave_what_others_share(path: Path) -> None:
    with open_store(path) as store:
        keep_table(store, Table.of("demand", OVER, 1.0))
        for k in range(3):
            solve(store, 1.0, f"run {k}")
        assert drop_kept(store, "run 0").id == 1
        assert [run.name for run in kept_runs(store)] == ["run 2", "run 1"]
        assert [run.name for run in history(store)] == ["run 2", "run 1", "run 0"]
    with open_store(path, run="run 2") as store:
        assert found(store) == (1.0,) * 5
    with open_store(path) as store:
        drop_kept(store, 2)
        drop_kept(store, "run 2")
        assert not [n for n in store.names() if n.startswith(("_rows_", "_cells_"))]
        assert store.query("SELECT name FROM sqlite_master WHERE type = 'view' AND name LIKE 'kept%'") == []
        assert found(store) == (1.0,) * 5


def test_items_that_come_and_go(path: Path) -> None:
    """Labels in another order, new ones between old ones, fewer: each kept run has its own."""
    orders = (("a", "b"), ("new", "b", "a"), ("b",), ("a", "b", "new"))
    with open_store(path) as store:
        for k, items in enumerate(orders):
            products = Axis("Products", items)
            keep_sets(store, [SetRows("Cases", CASES.items), SetRows("Products", items)])
            keep_table(store, Table.of("demand", Domain((products, CASES)), k))
            solve(store, k, f"run {k}", products=products)
    for k, items in enumerate(orders):
        with open_store(path, run=f"run {k}") as store:
            assert found(store) == (k,) * 5
            assert read_stored(store, "plan").domain.axes[0].items == items
            assert {one.key: one.names for one in stored_sets(store)}["Products"] == items


def test_a_partial_run_keeps_the_whole_of_what_stands_then(path: Path) -> None:
    with open_store(path) as store:
        keep_table(store, Table.of("demand", OVER, 1.0))
        solve(store, 1.0)
        solve(store, 2.0, "mixed", cases=CASES.take([1]))
        solve(store, 3.0)
    with open_store(path, run="mixed") as store:
        assert read_table(store, "plan", OVER).values.tolist() == [[1.0, 2.0, 1.0]] * 2
        header, rows = last_outcomes(store)
        objective, case = header.index("objective"), header.index("Cases_Name")
        assert {row[case]: row[objective] for row in rows} == {"low": 1.0, "high": 2.0, "wild": 1.0}


def test_a_form_that_changed_stays_readable_beside_the_new_one(path: Path) -> None:
    with open_store(path) as store:
        with stage(store, RunRecord("2026", "run", name="flat")) as staged:
            staged.put(Table.of("plan", Domain((PRODUCTS,)), 1.0))
        with stage(store, RunRecord("2026", "run", name="deep")) as staged:
            staged.put(Table.of("plan", OVER, 2.0))
        rows = store.query('SELECT name, "Cases_Name" IS NULL, sum("values") FROM kept_plan GROUP BY 1')
    assert rows == [("deep", 0, 12.0), ("flat", 1, 2.0)]
    with open_store(path, run="flat") as store:
        assert read_stored(store, "plan").values.tolist() == [1.0, 1.0]


def test_restored_results_are_the_current_ones(path: Path) -> None:
    filled(path)
    with open_store(path) as store:
        record = restore_kept(store, "first", RunRecord("2027", "restore"))
        assert (record.id, record.command, record.options, record.exit) == (4, "restore", {"run": "first"}, 0)
        assert found(store)[:3] == (1.0, 1.0, 1.0)
        assert found(store)[3:] == (3.0, 1.0)  # inputs are the files' affair
        assert show_rows(store, "plan").header[0] == "id"
        solve(store, 5.0, cases=CASES.take([0]))
        assert read_table(store, "plan", OVER).values[0].tolist() == [5.0, 1.0, 1.0]
    with open_store(path, run="first") as store:
        assert found(store) == (1.0,) * 5


def test_the_current_results_are_kept_afterwards(path: Path) -> None:
    filled(path)
    with open_store(path) as store:
        solve(store, 3.0)
        assert keep_current(store, "again", "a note").id == 4
        assert find_kept(store, "again").note == "a note"
        with pytest.raises(StoreError, match="already, as 'again'"):
            keep_current(store, "once more")
        keep_table(store, Table.of("ranges", OVER, 1.0), kind="result")
        keep_current(store, "again")
    with open_store(path, run="again") as store:
        assert found(store) == (3.0,) * 5
        assert store.has("ranges")


@pytest.mark.parametrize("name", ["", " ", "12", "a@b", "a:b", " a", "x" * 101, "tab\t", "first"])
def test_names_that_no_run_can_have(path: Path, name: str) -> None:
    filled(path)
    with open_store(path) as store:
        solve(store, 4.0)
        with pytest.raises(StoreError, match="B480"):
            keep_current(store, name)
        if name:
            with pytest.raises(StoreError, match="B480"):
                solve(store, 9.0, name)
        assert found(store)[0] == 4.0
        assert len(history(store)) == 4


def test_without_results_there_is_nothing_to_keep(path: Path) -> None:
    with open_store(path) as store, pytest.raises(StoreError, match="B482"):
        keep_current(store, "base")
    with open_store(path) as store, pytest.raises(StoreError, match="B481"):
        drop_kept(store, "base")
    with pytest.raises(StoreError, match="B481"):
        open_store(path, run="base")


def test_outcomes_of_items_that_are_gone_go_with_their_rows(path: Path) -> None:
    """Also where the axis is no set of the model, like the runs of scenarios.yml."""
    fewer = Axis("Cases", ("low", "calm"))
    with open_store(path) as store:
        solve(store, 1.0, "before")
        solve(store, 2.0, cases=fewer.take([1]), within=fewer)
        header, rows = last_outcomes(store)
        assert sorted(row[header.index("Cases_Name")] for row in rows) == ["calm", "low"]
        assert set(read_stored(store, "plan").domain.axes[1].items) == {"calm", "low"}
    with open_store(path, run="before") as store:
        assert len(last_outcomes(store)[1]) == 3


def test_the_first_outcomes_and_how_many_there_are(path: Path) -> None:
    filled(path)
    with open_store(path, readonly=True) as store:
        assert last_outcomes(store, 2)[1] == last_outcomes(store)[1][:2]
        assert outcome_count(store) == len(CASES)


def test_stale_results_are_said_in_the_database(path: Path) -> None:
    was = InputHashes(
        settings={"problem.yml": "1"}, files={"demand.csv": "1"}, inputs={"demand": "1", "cost": "1"}
    )
    with open_store(path) as store:
        note_loaded(store, "s", "i", was)
        solve(store, 1.0, "base", contents=was)
        assert stale(store) is None
        keep_table(store, Table.of("demand", OVER, 7.0))
        note_loaded(store, "s2", "i2", InputHashes(settings={"problem.yml": "2"}))
        said = stale(store)
        assert said is not None
        assert said.changed == ("problem.yml", "cost", "demand")
        assert said.whole
        solve(store, 2.0, cases=CASES.take([0]), hashes=("s2", "i2"))
        assert [i.stale[:27] for i in catalogue(store) if i.kind == "result"] == [
            "some of the results are old"
        ] * 3
        partly = stale(store)
        assert partly is not None and not partly.whole and [run.id for run in partly.runs] == [1]
        solve(store, 2.0, hashes=("s2", "i2"))
        assert stale(store) is None
        assert {i.stale for i in catalogue(store)} == {""}
        restore_kept(store, "base", RunRecord("2027", "restore"))
        assert "before problem.yml" in {i.name: i.stale for i in catalogue(store)}["plan"]


def test_a_file_that_was_saved_again_makes_nothing_stale(path: Path) -> None:
    with open_store(path) as store:
        keep_table(store, Table.of("demand", OVER, 1.0))
        content = catalogue(store)[0].content
        note_loaded(store, "s", "i")
        solve(store, 1.0, contents=InputHashes(inputs={"demand": content}))
        note_loaded(store, "s", "i saved again")
        assert stale(store) is None


def whole(path: Path) -> tuple[float, tuple[str, ...]]:
    """The value of the current results and the names of the kept runs, each of them complete."""
    with open_store(path, readonly=True) as store:
        names = tuple(run.name for run in kept_runs(store))
        ((value,),) = store.query('SELECT DISTINCT "values" FROM plan')
    for name in names:
        with open_store(path, run=name) as store:
            for table in ("plan", "price_c1"):
                rows = store.query(f'SELECT count(*), min("values"), max("values") FROM {table}')
                assert rows == [(6000, *[{"first": 1.0, "second": 2.0}[name]] * 2)]
            assert len(last_outcomes(store)[1]) == 200
    return value, names


@pytest.mark.parametrize(
    ("task", "step", "ends"),
    [
        ("named", 17, {(1.0, ("first",)), (2.0, ("second", "first"))}),
        ("drop", 7, {(1.0, ("first",)), (1.0, ())}),
        ("restore", 13, {(1.5, ("first",)), (1.0, ("first",))}),
    ],
)
def test_killed_at_every_statement(
    tmp_path: Path, task: str, step: int, ends: set[tuple[float, tuple[str, ...]]]
) -> None:
    from tests.store.store_child import killed_at, run

    seen: set[tuple[float, tuple[str, ...]]] = set()
    statement = 1
    while True:
        path = tmp_path / f"{statement}.db"
        with open_store(path) as store:
            run(store, 1.0, name="first")
            if task == "restore":
                run(store, 1.5)
        code = killed_at(statement, str(path), task, 2.0)
        seen.add(whole(path))
        with open_store(path) as store:
            clean(store, finished_chunks=True)
            batches = {batch for (batch,) in store.query("SELECT DISTINCT batch FROM _kept")}
            for rows in (name for name in store.names() if name.startswith("_rows_")):
                assert {run for (run,) in store.query(f"SELECT DISTINCT _run FROM {rows}")} <= batches
            assert store.query("PRAGMA integrity_check") == [("ok",)]
        if code == 0:
            break
        assert code == -signal.SIGKILL
        statement += step
    assert seen == ends
    assert statement > 3 * step


def test_two_processes_that_want_one_name_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "database.db"
    open_store(path).close()
    command = [sys.executable, str(CHILD), str(path), "named"]
    writers = [subprocess.Popen([*command, value], stderr=subprocess.PIPE) for value in ("2.0", "2.0")]
    errors = [writer.communicate()[1] for writer in writers]
    with open_store(path, readonly=True) as store:
        names = sorted(run.name for run in kept_runs(store))
    ended = [writer.returncode for writer in writers]
    assert names == ["second", "second (2)"] if ended == [0, 0] else ["second"]
    assert all(code == 0 or b"B480" in error for code, error in zip(ended, errors, strict=True))


def test_a_full_disk_during_a_kept_run_loses_nothing(tmp_path: Path) -> None:
    from tests.store.store_child import run

    path = tmp_path / "database.db"
    with open_store(path) as store:
        run(store, 1.0, name="first")
        ((pages,),) = store.query("PRAGMA page_count")
    endings: list[bool] = []
    for more in (0, 40, 80, 160, 320, 640, 1280):
        with open_store(path) as store:
            store.execute(f"PRAGMA max_page_count = {pages + more}")
            try:
                run(store, 2.0, name="second")
                endings.append(True)
            except StoreError as error:
                assert {d.code for d in error.diagnostics} == {"B016"}
                assert "full" in str(error)
                endings.append(False)
        expected = (2.0, ("second", "first")) if endings[-1] else (1.0, ("first",))
        assert whole(path) == expected
        if endings[-1]:
            break
        with open_store(path) as store:
            clean(store, finished_chunks=True)
    assert endings[0] is False and endings[-1] is True and len(endings) > 2


def test_a_file_that_may_not_grow_loses_nothing(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    from tests.store.store_child import run

    path = tmp_path / "database.db"
    with open_store(path) as store:
        run(store, 1.0, name="first")
    for share in (1.0, 1.1):
        most = int(path.stat().st_size * share)
        found = subprocess.run(
            [sys.executable, str(CHILD), str(path), "named", "2.0"],
            check=False,
            stderr=subprocess.PIPE,
            preexec_fn=lambda most=most: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)),
        )
        assert found.returncode != 0 and b"StoreError" in found.stderr
        assert whole(path) == (1.0, ("first",))
