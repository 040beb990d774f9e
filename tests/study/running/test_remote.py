"""Chunks on a dask cluster: the same answers, also when a worker is killed."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from saddlepoint.errors import Diagnostic, Mark, StudyError, UsageError
from saddlepoint.study.running.remote import spreading
from tests.study.outcome_models import write_carpenter

CHILD = Path(__file__).with_name("dask_child.py")


def test_a_killed_worker_changes_nothing(folder: Any, tmp_path: Path) -> None:
    """In a process of its own: what a cluster leaves behind is no concern of the other tests."""
    pytest.importorskip("distributed")
    folders = [folder(name, name) for name in ("a_lp_4", "a_int_4")]
    command = [sys.executable, CHILD, write_carpenter(tmp_path / "carpenter"), *folders]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0 and done.stdout.endswith("equal\n"), done.stderr


def test_places_that_do_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="X132"), spreading("local:none"):
        pass
    with pytest.raises(UsageError, match="X132"), spreading("nowhere://x"):
        pass
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match="X131"), spreading("local"):
        pass


def test_errors_travel() -> None:
    error = StudyError(Diagnostic("K107", "it reads what nobody decided", Mark("a.yml", 3), fix="decide it"))
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is StudyError and again.diagnostics == error.diagnostics


def test_nobody_else_can_speak_to_a_local_cluster(folder: Any) -> None:
    """Whoever reaches a scheduler runs code as its owner: it asks for the certificate of the run, and listens here only."""
    pytest.importorskip("distributed")
    pytest.importorskip("cryptography")
    command = [sys.executable, CHILD.with_name("local_cluster_child.py"), folder("a_lp_4")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0 and done.stdout.endswith("kept out, then solved\n"), done.stderr
