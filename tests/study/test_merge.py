"""Parts of a run, made one by one, are the whole run."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import saddlepoint
from saddlepoint.cli import saddle
from saddlepoint.errors import StoreError, StudyError
from saddlepoint.lab import Lab

BATCH = Path(__file__).parents[2] / "docs" / "guides" / "batch"
PASSING = {"_runs", "_tables"}
"""Tables that say when and by which run."""


def rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    connection = sqlite3.connect(path)
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    )
    found = {n: connection.execute(f'SELECT * FROM "{n}"').fetchall() for (n,) in names if n not in PASSING}
    connection.close()
    return found


def results(path: Path) -> dict[str, list[tuple[object, ...]]]:
    return {name: cells for name, cells in rows(path).items() if not name.startswith("_")}


@pytest.mark.parametrize("model", ["a_lp_4", "a_int_4"])
def test_two_halves_are_the_whole(folder, tmp_path, model: str) -> None:
    path, whole = folder(model), folder(model, "whole")
    expected = saddlepoint.open(whole).run(chunk=1)
    for k in range(2):
        part = Lab.open(path, database=tmp_path / f"{k}.db")
        assert part.run(chunk=1, scenarios=f"{2 * k}:{2 * k + 2}").exit_code == 0
    assert not (path / "database.db").exists()
    summary = saddlepoint.open(path).merge([tmp_path / "1.db", tmp_path / "0.db"])
    assert (summary.exit_code, summary.counts, summary.messages) == (0, expected.counts, ())
    assert summary.residual == expected.residual
    assert results(path / "database.db") == results(whole / "database.db")


def test_runs_of_scenarios_yml_are_split_too(folder, tmp_path) -> None:
    path = folder("a_lp_4")
    text = "overrides: {x: {table: energy_avail, multiply: 0.9}}\nruns: {tight: [x]}\n"
    (path / "scenarios.yml").write_text(text)
    for k, span in enumerate(("0:3", "3:8")):
        Lab.open(path, database=tmp_path / f"{k}.db").run(chunk=1, scenarios=span)
    lab = saddlepoint.open(path)
    assert lab.merge([tmp_path / "0.db", tmp_path / "1.db"]).counts == {"": {"optimal": 8}}
    merged = results(path / "database.db")
    lab.run(chunk=1)
    assert results(path / "database.db") == merged


def test_what_both_parts_have_is_taken_once_and_what_none_has_is_named(folder, tmp_path) -> None:
    path = folder("a_lp_4")
    lab = saddlepoint.open(path)
    lab.run(chunk=1)
    before = results(path / "database.db")
    for k, span in enumerate(("0:2", "1:3")):
        Lab.open(path, database=tmp_path / f"{k}.db").run(chunk=1, scenarios=span)
    summary = lab.merge([tmp_path / "0.db", tmp_path / "1.db"])
    assert summary.counts == {"": {"optimal": 3}}
    assert summary.messages == ("the problem: 1 of 4 scenarios are in none of the parts",)
    assert {n: sorted(r) for n, r in results(path / "database.db").items()} == before


def test_parts_of_other_inputs_are_refused_and_nothing_is_written(folder, tmp_path) -> None:
    path = folder("a_lp_4")
    lab = saddlepoint.open(path)
    lab.run()
    before = results(path / "database.db")
    Lab.open(path, database=tmp_path / "0.db").run(scenarios="0:2")
    Lab.open(path, database=tmp_path / "1.db").load()
    (path / "problem.yml").write_text((path / "problem.yml").read_text() + "\n# changed\n")
    with pytest.raises(StudyError) as caught:
        saddlepoint.open(path).merge([tmp_path / "0.db", tmp_path / "1.db"])
    assert [(d.code, d.mark.source) for d in caught.value.diagnostics] == [("K130", "0.db"), ("K130", "1.db")]
    assert results(path / "database.db") == before


def test_the_commands(folder, tmp_path) -> None:
    path = folder("a_lp_4")
    for k in range(2):
        part = [
            "run",
            str(path),
            "--scenarios",
            f"{2 * k}:{2 * k + 2}",
            "--output",
            str(tmp_path / f"{k}.db"),
        ]
        assert CliRunner().invoke(saddle, part).exit_code == 0
    found = CliRunner().invoke(saddle, ["merge", str(path), str(tmp_path / "0.db"), str(tmp_path / "1.db")])
    assert found.exit_code == 0 and found.output.startswith("The problem: 4 optimal\nRun 1: 2 parts")


@pytest.mark.parametrize("word", ["'text'", "1e308", "9e999", "x'ff00fe'", "''"])
def test_a_part_whose_statuses_are_none(folder, tmp_path, word: str) -> None:
    path = folder("a_lp_4")
    Lab.open(path, database=tmp_path / "0.db").run(chunk=1)
    with sqlite3.connect(tmp_path / "0.db") as part:
        part.execute(f"UPDATE _scenarios SET status = {word} WHERE rowid = 2")
    lab = saddlepoint.open(path)
    with pytest.raises(StoreError, match=r"B004.*0\.db, _scenarios") as caught:
        lab.merge([tmp_path / "0.db"])
    assert "is no status of a scenario" in (caught.value.diagnostics[0].why or "")
    assert lab.history() == ()


def commands(tmp_path: Path) -> dict[str, str]:
    """An environment in which `saddle` is this one."""
    tool = tmp_path / "bin" / "saddle"
    tool.parent.mkdir()
    tool.write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -c "from saddlepoint.cli import main; main()" "$@"\n'
    )
    tool.chmod(0o755)
    return os.environ | {"PATH": f"{tool.parent}{os.pathsep}{os.environ['PATH']}"}


@pytest.mark.skipif(os.name != "posix", reason="shell scripts")
def test_the_array_job_and_the_last_one(folder, tmp_path) -> None:
    path, environment = folder("a_lp_4"), commands(tmp_path)
    for task in ("0", "1"):
        job = environment | {"SLURM_ARRAY_TASK_ID": task, "SLURM_CPUS_PER_TASK": "1"}
        subprocess.run(
            [BATCH / "array.sh", path, "2"], cwd=tmp_path, env=job, check=True, capture_output=True
        )
    subprocess.run([BATCH / "merge.sh", path], cwd=tmp_path, env=environment, check=True, capture_output=True)
    assert len(results(path / "database.db")["production"]) == 8


@pytest.mark.skipif(os.name != "posix", reason="shell commands")
def test_the_commands_of_the_snakefile(folder, tmp_path) -> None:
    """The rules' commands, filled in by hand where Snakemake is not installed."""
    path, environment = folder("a_lp_4", "plan"), commands(tmp_path)
    snakemake = shutil.which("snakemake")
    if snakemake:
        call = [
            snakemake,
            "--cores",
            "1",
            "--snakefile",
            str(BATCH / "Snakefile"),
            "--directory",
            str(tmp_path),
        ]
        subprocess.run(call, env=environment, check=True, capture_output=True)
    else:
        merge, part = re.findall(r'shell:\s+"(.+)"', (BATCH / "Snakefile").read_text())
        (tmp_path / "parts").mkdir()
        fill = {"{MODEL}": "plan", "{threads}": "1", "{input}": "parts/0.db parts/2.db"}
        lines = [
            part.replace("{wildcards.start}", str(s))
            .replace("{params.stop}", str(s + 2))
            .replace("{output}", f"parts/{s}.db")
            for s in (0, 2)
        ]
        for line in (*lines, merge):
            for blank, text in fill.items():
                line = line.replace(blank, text)
            assert "{" not in line
            subprocess.run(line, shell=True, cwd=tmp_path, env=environment, check=True, capture_output=True)
    assert len(results(path / "database.db")["production"]) == 8
