"""A folder in which nothing can be written, also after a run that was killed in it: what only reads goes on."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.forks import Forks, forks

EXAMPLE = Path(__file__).parents[2] / "examples" / "production_planning"
KILLED = """
import os, signal, sys
from saddlepoint.lab import Lab

def die(done, total):
    if done >= 2:
        os.kill(os.getpid(), signal.SIGKILL)

Lab.open(sys.argv[1]).run(die, chunk=1)
"""
HALF_DONE = """
import os, sqlite3, sys
store = sqlite3.connect(sys.argv[1], isolation_level=None)
store.execute("PRAGMA cache_size = 2")
store.execute("BEGIN")
store.execute("CREATE TABLE big AS WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n LIMIT 20000) SELECT k FROM n")
os._exit(9)
"""
SADDLE = "from saddlepoint.cli import main; main()"
SOLVE = "import sys, saddlepoint; sys.exit(saddlepoint.open(sys.argv[1]).solve().exit_code)"

WITHOUT = ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner"]
"""Takes from root the right to write where nobody may."""

pytestmark = pytest.mark.skipif(
    os.name != "posix" or (os.geteuid() == 0 and shutil.which("setpriv") is None),
    reason="rights of POSIX systems",
)


class Python:
    """Code in processes of their own, which may not write where nobody may."""

    def __init__(self, forks: Forks) -> None:
        self._forks = forks

    def __call__(self, code: str, *arguments: object) -> tuple[int, str]:
        """The exit code, and what was said."""
        status, said = self._forks.call(code, ["saddle", *arguments])
        assert "Traceback" not in said and "unexpected" not in said, said
        return status, said


@pytest.fixture(scope="module")
def python() -> Generator[Python]:
    with forks(*(WITHOUT if os.geteuid() == 0 else [])) as started:
        yield Python(started)


@pytest.fixture
def folder(python: Python, tmp_path: Path) -> Generator[Path]:
    """A folder with results and the chunks of a killed run."""
    path = Path(shutil.copytree(EXAMPLE, tmp_path / "m", ignore=shutil.ignore_patterns("database.db*")))
    assert python(SADDLE, "run", path)[0] == 0
    assert python(KILLED, path)[0] == -9
    yield path
    path.chmod(0o755)


def lock(folder: Path) -> None:
    for path in folder.rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    folder.chmod(0o555)


def test_what_only_reads_works(python: Python, folder: Path, tmp_path: Path) -> None:
    lock(folder)
    before = sorted(p.name for p in folder.iterdir())
    reading = (
        ["show"],
        ["show", "production"],
        ["history"],
        ["check"],
        ["explain"],
        ["export", "-o", tmp_path / "e.xlsx"],
    )
    for command, *more in reading:
        assert python(SADDLE, command, folder, *more)[0] == 0
    assert python(SOLVE, folder)[0] == 0
    for more in ([], ["--to", "parquet"]):
        code, said = python(SADDLE, "run", folder, *more)
        assert (code, "error B008" in said) == (1, True), said
    assert python(SADDLE, "run", folder, "--output", tmp_path / "part.db")[0] == 0
    assert sorted(p.name for p in folder.iterdir()) == before


def test_a_folder_without_a_database(python: Python, folder: Path) -> None:
    (folder / "database.db").unlink()
    lock(folder)
    assert python(SOLVE, folder)[0] == 0
    code, said = python(SADDLE, "run", folder)
    assert (code, "error B008" in said) == (1, True), said


def test_a_transaction_that_was_cut_off(python: Python, folder: Path, tmp_path: Path) -> None:
    """SQLite cannot take it back in a folder that is read-only; a copy can be read, and is whole."""
    assert python(HALF_DONE, folder / "database.db")[0] == 9
    assert (folder / "database.db-journal").stat().st_size > 0
    lock(folder)
    code, said = python(SADDLE, "history", folder)
    assert (code, "half done" in said) == (1, True), said
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    for path in (copy, *copy.rglob("*")):
        path.chmod(0o755)
    assert python(SADDLE, "history", copy)[0] == 0
    with closing(sqlite3.connect(copy / "database.db")) as store:
        assert store.execute("SELECT count(*) FROM sqlite_master WHERE name = 'big'").fetchall() == [(0,)]
