# pyright: basic
"""A run that is killed or interrupted in the middle, and goes on."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

import saddlepoint
from saddlepoint.errors import StoreError, UsageError
from saddlepoint.store import open_store
from saddlepoint.store.lease import hold

KILLED = """
import os, signal, sys
from saddlepoint.lab import Lab

def die(done, total):
    if done >= int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)

Lab.open(sys.argv[1]).run(die, chunk=1, to=sys.argv[2])
"""
INTERRUPTED = """
import contextlib, signal, sys
import saddlepoint.cli.run
from saddlepoint.cli import saddle

def stop(done, total):
    if done == 3:
        signal.raise_signal(signal.SIGINT)

saddlepoint.cli.run.progress = lambda quiet: contextlib.nullcontext(stop)
saddle.main(["run", sys.argv[1], "--chunk", "1", *sys.argv[2:]])
"""


PASSING = {"_runs", "_scenarios", "_convergence", "_tables", "_model"}


def child(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """All tables of a database but what differs from run to run."""
    connection = sqlite3.connect(path)
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    )
    found = {n: connection.execute(f'SELECT * FROM "{n}"').fetchall() for (n,) in names}
    connection.close()
    return {n: r for n, r in found.items() if n not in PASSING}


@pytest.mark.parametrize("model", ["a_lp_4", "a_int_4"])
def test_a_killed_run_goes_on_where_it_was(folder, model: str) -> None:
    path, whole = folder(model), folder(model, "whole")
    saddlepoint.open(whole).run(chunk=1)
    assert child(KILLED, path, "database", 2).returncode == -9
    with open_store(path / "database.db", readonly=True) as store:
        assert not store.has("production")
    told: list[int] = []
    summary = saddlepoint.open(path).run(lambda done, _: told.append(done), resume=True, chunk=1)
    assert {sum(words.values()) for words in summary.counts.values()} == {4}
    assert summary.exit_code == 0 and min(told) >= 1 + (model == "a_lp_4")
    assert rows(path / "database.db") == rows(whole / "database.db")


def test_a_killed_run_of_other_data_is_not_gone_on_with(folder) -> None:
    path = folder("a_lp_4")
    assert child(KILLED, path, "database", 2).returncode == -9
    (path / "problem.yml").write_text((path / "problem.yml").read_text() + "\n# changed\n")
    told: list[int] = []
    saddlepoint.open(path).run(lambda done, _: told.append(done), resume=True, chunk=1)
    assert min(told) == 1


def test_a_killed_run_into_parquet_goes_on(folder) -> None:
    pandas = pytest.importorskip("pandas")
    path, whole = folder("a_lp_4"), folder("a_lp_4", "whole")
    saddlepoint.open(whole).run(chunk=1)
    assert child(KILLED, path, "parquet", 3).returncode == -9
    assert not (path / "results").exists()
    told: list[int] = []
    summary = saddlepoint.open(path).run(
        lambda done, _: told.append(done), resume=True, chunk=1, to="parquet"
    )
    assert summary.counts == {"": {"optimal": 4}} and min(told) > 1
    assert [p.name for p in path.glob(".results*")] == []
    with sqlite3.connect(whole / "database.db") as store:
        for table in ("production", "price_c1", "price_c3", "reduced_cost_production"):
            there = pandas.read_sql(f"SELECT * FROM {table} ORDER BY id", store)
            here = pandas.read_parquet(path / "results" / table).sort_values("id", ignore_index=True)
            here = here.astype({c: object for c in here if c.endswith("_Name")})
            here, there = (f.astype(object).where(f.notna(), None) for f in (here, there))
            pandas.testing.assert_frame_equal(here, there, check_dtype=False, check_exact=True)
        statuses = pandas.read_parquet(path / "results" / "_scenarios")
        assert statuses["status"].tolist() == ["optimal"] * 4
    store.close()


def test_a_run_into_parquet_leaves_the_database_and_replaces_the_folder(folder) -> None:
    path = folder("a_lp_4")
    lab = saddlepoint.open(path)
    lab.run()
    before = rows(path / "database.db")
    lab.run(to="parquet", chunk=1)
    assert len(list((path / "results" / "production").iterdir())) == 4
    lab.run(to="parquet")
    assert rows(path / "database.db") == before
    assert len(list((path / "results" / "production").iterdir())) == 1


def test_results_that_stand_in_the_folder_alone_are_told_with_it(folder) -> None:
    """The table of a variable, by either name; a variable whose table is not there is no proposal for itself."""
    lab = saddlepoint.open(folder("a_lp_4"))
    lab.run(to="parquet")
    (variable,) = (name for name, there in lab.study.variables.items() if there.table == "production")
    for key in ("production", variable):
        with pytest.raises(UsageError, match=r"X101.*the folder results/production has it"):
            lab.result().table(key)
    with pytest.raises(UsageError, match="the run has no table 'productoin'"):
        lab.result().table("productoin")
    (lab.folder / "results" / "_saddlepoint.json").unlink()
    with pytest.raises(UsageError) as found:
        lab.result().table(variable)
    assert f"'{variable}'" not in str(found.value.diagnostics[0].fix)


def test_control_c_keeps_earlier_results_and_can_be_gone_on_with(folder) -> None:
    path, whole = folder("a_lp_4"), folder("a_lp_4", "whole")
    saddlepoint.open(whole).run(chunk=1)
    saddlepoint.open(path).run()
    before = rows(path / "database.db")
    stopped = child(INTERRUPTED, path)
    assert stopped.returncode == 130 and "--resume" in stopped.stderr
    assert "Traceback" not in stopped.stderr
    shown = {n: r for n, r in rows(path / "database.db").items() if not n.startswith("_")}
    assert shown == {n: r for n, r in before.items() if not n.startswith("_")}
    command = [sys.executable, "-c", "from saddlepoint.cli import main; main()", "run", str(path)]
    again = subprocess.run(
        [*command, "--chunk", "1", "--resume"], capture_output=True, text=True, timeout=60, check=False
    )
    assert again.returncode == 0, again.stderr
    assert "4 optimal" in again.stdout
    assert rows(path / "database.db") == rows(whole / "database.db")


def test_one_run_at_a_time_writes_the_folder(folder) -> None:
    path = folder("a_lp_4")
    lease = hold(path / ".results.lock")
    assert lease is not None
    with pytest.raises(StoreError, match="B007"):
        saddlepoint.open(path).run(to="parquet")
    lease.release()
    assert saddlepoint.open(path).run(to="parquet").exit_code == 0
    assert not list(path.glob(".results*"))


def test_any_next_run_brings_back_results_that_a_kill_left_aside(folder) -> None:
    path = folder("a_lp_4")
    lab = saddlepoint.open(path)
    lab.run(to="parquet")
    before = {p.name for p in (path / "results").iterdir()}
    (path / "results").rename(path / ".results-old.part")
    (path / ".results-swap.json").write_text('{"new": ".results-0123456789abcdef.part/new"}')
    lab.run()
    assert {p.name for p in (path / "results").iterdir()} == before
    assert not list(path.glob(".results*"))
