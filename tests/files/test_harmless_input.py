"""Input meant to harm: pipes that never end, characters that a terminal obeys, links out of the folder."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

import saddlepoint
from saddlepoint.cli import saddle
from saddlepoint.errors import DataError, Diagnostic, ExpressionError, FileError, Mark, StoreError, render
from saddlepoint.files import read_bytes
from saddlepoint.files.atomic import write_log, write_text

EXAMPLE = Path(__file__).parents[2] / "examples" / "production_planning"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "m", ignore=shutil.ignore_patterns("database.db*")))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.csv")
    with pytest.raises(FileError) as caught:
        read_bytes(tmp_path / "a.csv")
    assert caught.value.diagnostics[0].code == "F002"


def test_findings_hold_nothing_that_a_terminal_obeys() -> None:
    hostile = "a\x1b[31m\r\x9b\x00\u202eb"
    found = Diagnostic("D003", hostile, Mark("f.csv", 1, 1, text=hostile, end=3), why=hostile, fix=hostile)
    text = render(found)
    assert all(c.isprintable() or c == "\n" for c in text)
    assert text.count("\ufffd") == 5 * 4


def test_the_database_stays_in_the_folder(folder: Path, tmp_path: Path) -> None:
    (folder / "database.db").symlink_to(tmp_path / "elsewhere.db")
    with pytest.raises(FileError) as caught:
        saddlepoint.open(folder).load()
    assert caught.value.diagnostics[0].code == "F040"
    assert not (tmp_path / "elsewhere.db").exists()


def test_logs_and_templates_stay_in_the_folder(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "precious"
    outside.write_text("mine")
    (folder / "convergence_all.log").symlink_to(outside)
    write_log([folder / "convergence_all.log"], "theirs", "the")
    assert outside.read_text() == "mine"
    assert (folder / "convergence_all.log").read_text() == "theirs"
    shutil.rmtree(folder / "input_data")
    (tmp_path / "else").mkdir()
    (folder / "input_data").symlink_to(tmp_path / "else")
    with pytest.raises(FileError) as caught:
        saddlepoint.open(folder).template()
    assert caught.value.diagnostics[0].code == "F040"
    assert not list((tmp_path / "else").iterdir())


def test_a_log_is_written_over_ours_alone(tmp_path: Path) -> None:
    log, other, theirs = (tmp_path / name for name in ("a.log", "a_saddlepoint.log", "theirs"))
    for text in ("Log of many words", "Log of one", "Log of two words"):
        write_log([log], text, "Log")
        assert log.read_text() == text
    theirs.hardlink_to(log)
    write_log([log, other], "Log once more", "Log")
    assert (log.read_text(), theirs.read_text()) == ("Log once more", "Log of two words")
    log.write_text("")
    write_log([log, other], "Log after a kill", "Log")
    assert log.read_text() == "Log after a kill"
    log.write_text("My own")
    write_log([log, other], "Log beside", "Log")
    assert (log.read_text(), other.read_text()) == ("My own", "Log beside")
    other.unlink()
    other.mkdir()
    with pytest.raises(FileError) as caught:
        write_log([log, other], "Log nowhere", "Log")
    assert caught.value.diagnostics[0].code == "F041"
    assert "Rename" in str(caught.value)
    assert log.read_text() == "My own"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_device_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.xlsx")
    with pytest.raises(FileError) as caught:
        write_text(tmp_path / "a.xlsx", "text")
    assert caught.value.diagnostics[0].code == "F041"
    assert not (tmp_path / "a.xlsx").is_file()


def test_an_export_spares_the_database(folder: Path) -> None:
    lab = saddlepoint.open(folder)
    lab.run()
    before = lab.database.read_bytes()
    with pytest.raises(FileError) as caught:
        lab.export("xlsx", lab.database, force=True)
    assert caught.value.diagnostics[0].code == "F042"
    assert lab.database.read_bytes() == before


@pytest.mark.parametrize(
    ("line", "code", "exit_code"),
    [
        ("run m --tolerance 1e300", "X111", 2),
        ("run m --tolerance inf", "X111", 2),
        ("run m --coupled --parallel", "exclude each other", 2),
        ("dispatch --random 5 --mean 300 --std 30 --seed -1", "P010", 1),
        ("dispatch --random 1000000000 --mean 300 --std 30", "P010", 1),
    ],
)
def test_options_without_meaning(
    folder: Path, monkeypatch: pytest.MonkeyPatch, line: str, code: str, exit_code: int
) -> None:
    monkeypatch.chdir(folder.parent)
    result = CliRunner().invoke(saddle, line.split())
    assert result.exit_code == exit_code
    assert code in result.output


@pytest.mark.parametrize(
    ("raised", "code"), [(OSError(errno.ENOSPC, "No space left"), "F041"), (MemoryError(), "X133")]
)
def test_what_the_machine_refuses(
    folder: Path, monkeypatch: pytest.MonkeyPatch, raised: Exception, code: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise raised

    saddlepoint.open(folder).load()
    monkeypatch.setattr(saddlepoint.Lab, "store", refuse)
    result = CliRunner().invoke(saddle, ["history", str(folder)])
    assert (result.exit_code, f"error {code}" in result.output) == (1, True), result.output


def test_endless_numbers_in_the_database(folder: Path) -> None:
    saddlepoint.open(folder).load()
    with closing(sqlite3.connect(folder / "database.db")) as connection, connection:
        connection.execute('UPDATE products_data SET "values" = 9e999 WHERE id = 1')
    with pytest.raises(StoreError) as changed:
        saddlepoint.open(folder).load()
    assert [d.code for d in changed.value.diagnostics] == ["B022"]
    saddlepoint.open(folder).load(accept=True)
    with pytest.raises(ExpressionError) as caught:
        saddlepoint.open(folder).solve()
    assert [d.code for d in caught.value.diagnostics] == ["E303"]
    saddlepoint.open(folder).load(force=True)
    assert saddlepoint.open(folder).solve().exit_code == 0


@pytest.mark.parametrize(
    ("line", "code"), [("1,low,abc", "D006"), ("1,lo,150", "D003"), ("1,high,150", "D004")]
)
def test_one_mistake_is_told_once(folder: Path, line: str, code: str) -> None:
    model = saddlepoint.open(folder).model
    assert "energy_avail" in model.tables
    data = folder / "input_data"
    frames = saddlepoint.open(folder).inputs().tables
    (data / "input_data.xlsx").unlink()
    for key, table in frames.items():
        names = [f"{name}_Name" for name in table.domain.names]
        rows = [",".join([*names, "values"])]
        rows += [
            ",".join([*table.domain.coordinates(k), repr(float(v))])
            for k, v in enumerate(table.columns["values"])
        ]
        (data / f"{key}.csv").write_text("\n".join(rows) + "\n")
    (data / "energy_avail.csv").write_text(f"id,Scenarios_energy_Name,values\n{line}\n2,high,300\n")
    with pytest.raises(DataError) as caught:
        saddlepoint.open(folder).inputs()
    assert [d.code for d in caught.value.diagnostics] == [code]
