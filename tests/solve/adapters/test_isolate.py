"""The process of an isolated solver runs nothing of the folder it is started in, may fail to start, and prints nothing unasked."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from saddlepoint.algebra.structure import Batch
from saddlepoint.solve.adapters import isolate
from saddlepoint.solve.solution import Options, Solution, Status
from tests.solve.conftest import make_batch


def test_modules_of_the_working_folder_are_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "numpy.py").write_text("open('run', 'w').close()\nraise SystemExit(3)\n")
    monkeypatch.chdir(tmp_path)
    child = isolate._Child()
    try:
        assert child._receive(isolate.START) == "ready"
    finally:
        child.end()
    assert not (tmp_path / "run").exists()


def test_a_process_that_dies_at_its_start_is_no_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolate.sys, "executable", "/bin/false")
    child = isolate._Child()
    try:
        status, message = child.ask("work", None)
    finally:
        child.end()
    assert status is Status.ERROR
    assert "ended by itself" in message


def aborting(batch: Batch, options: Options) -> Solution:
    """A solver that says something and aborts."""
    print("iteration 1", flush=True)
    os.write(2, b"munmap_chunk(): invalid pointer\n")
    os.abort()


@pytest.mark.parametrize("verbose", [False, True])
def test_what_a_solver_prints_before_it_aborts(verbose: bool, capfd: pytest.CaptureFixture[str]) -> None:
    """Its last words are in the message; on the terminal only if they were asked for."""
    answers = isolate.solve_isolated(aborting, make_batch([1.0]), Options(verbose=verbose))
    heard = capfd.readouterr()
    assert Status(int(answers.status[0])) is Status.ERROR
    assert answers.messages[0].startswith("the solver's process ended by itself (exit code -6)")
    assert answers.messages[0].endswith("munmap_chunk(): invalid pointer") != verbose
    assert ("munmap_chunk" in heard.err, "iteration" in heard.err) == (verbose, verbose)
    assert heard.out == ""
