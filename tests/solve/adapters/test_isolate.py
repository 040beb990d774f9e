"""The process of an isolated solver runs nothing of the folder it is started in, and may fail to start."""

from __future__ import annotations

from pathlib import Path

import pytest

from saddlepoint.solve.adapters import isolate
from saddlepoint.solve.solution import Status


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
