"""A disk that takes no more: said in one finding, nothing half written, what was there before unchanged."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.forks import Forks, forks

EXAMPLE = Path(__file__).parents[2] / "examples" / "production_planning"
FULL = """
import resource, signal, sys
sys.dont_write_bytecode = True
from saddlepoint.cli import main
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
sys.argv[:] = ["saddle", *sys.argv[2:]]
main()
"""

pytestmark = pytest.mark.skipif(os.name != "posix", reason="limits of POSIX systems")


class Disk:
    """Commands whose files may not be larger than a limit."""

    def __init__(self, forks: Forks) -> None:
        self._forks = forks

    def __call__(self, limit: int, *arguments: object, **environment: str) -> tuple[int, str]:
        """The exit code of a command, and what it said, with files of at most `limit` bytes."""
        code, said = self._forks.call(FULL, ["saddle", limit, *arguments], **environment)
        assert "Traceback" not in said and "unexpected" not in said, said
        return code, said


@pytest.fixture(scope="module")
def call() -> Generator[Disk]:
    with forks() as started:
        yield Disk(started)


@pytest.fixture(scope="module")
def solved(call: Disk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that was run, with a table of many rows among its results."""
    folder = tmp_path_factory.mktemp("full") / "m"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("database.db*"))
    assert call(10_000_000, "run", folder)[0] == 0
    with closing(sqlite3.connect(folder / "database.db")) as store, store:
        store.execute('CREATE TABLE many (id INTEGER PRIMARY KEY, K_Name TEXT, "values" REAL)')
        rows = ((f"item {k}", k * 1.2345678901) for k in range(30_000))
        store.executemany('INSERT INTO many (K_Name, "values") VALUES (?, ?)', rows)
        store.execute("INSERT INTO _tables (name, kind) VALUES ('many', 'result')")
    return folder


@pytest.mark.parametrize("limit", [0, 4096, 150_000])
@pytest.mark.parametrize(
    ("to", "name"), [("xlsx", "book.xlsx"), ("csv", "many.csv"), ("parquet", "many.parquet")]
)
def test_exports(call: Disk, solved: Path, tmp_path: Path, to: str, name: str, limit: int) -> None:
    target = tmp_path / "out" / ("book.xlsx" if to == "xlsx" else "")
    (tmp_path / "tmp").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).write_text("precious")
    code, said = call(
        limit,
        "export",
        solved,
        "--to",
        to,
        "-o",
        target,
        "--force",
        "--table",
        "many",
        TMPDIR=str(tmp_path / "tmp"),
    )
    # a slow machine says before how far it is
    assert (code, re.findall(r"^error (?:F041)?", said, re.MULTILINE)) == (1, ["error F041"]), said
    assert (tmp_path / "out" / name).read_text() == "precious"
    assert [p.name for p in (tmp_path / "out").iterdir() if p.name.startswith(".")] == []
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize("limit", [0, 4096, 60_000, 110_000])
def test_runs(call: Disk, tmp_path: Path, limit: int) -> None:
    """Wherever the database stops growing, it is whole, holds the earlier results, and takes the next run."""
    folder = Path(shutil.copytree(EXAMPLE, tmp_path / "m", ignore=shutil.ignore_patterns("database.db*")))
    code, said = call(limit, "run", folder)
    assert code == 1 and ("B016" in said or "B008" in said), said
    assert {p.name for p in folder.iterdir() if p.name.startswith((".", "database"))} <= {"database.db"}
    if (folder / "database.db").exists():
        with closing(sqlite3.connect(folder / "database.db")) as store:
            assert store.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert call(10_000_000, "run", folder)[0] == 0


def test_pictures_and_tables(call: Disk, tmp_path: Path) -> None:
    for option, name in (("--xlsx", "a.xlsx"), ("--plot", "a.png")):
        (tmp_path / name).write_text("precious")
        asked = ["dispatch", "--random", 3, "--mean", 100, option, tmp_path / name, "--force"]
        code, said = call(1000, *asked, MPLCONFIGDIR=str(tmp_path / "mpl"))
        assert (code, "error F041" in said) == (1, True), said
        assert (tmp_path / name).read_text() == "precious"


def test_results_in_parquet_stay_as_they_were(call: Disk, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    folder = Path(shutil.copytree(EXAMPLE, tmp_path / "m", ignore=shutil.ignore_patterns("database.db*")))
    assert call(10_000_000, "run", folder, "--to", "parquet")[0] == 0
    before = {p: p.read_bytes() for p in (folder / "results").rglob("*") if p.is_file()}
    shutil.copy(folder / "database.db", tmp_path / "copy.db")
    code, said = call(800, "run", folder, "--to", "parquet")
    assert code == 1, said
    assert {p: p.read_bytes() for p in (folder / "results").rglob("*") if p.is_file()} == before
    assert call(10_000_000, "run", folder, "--to", "parquet")[0] == 0
