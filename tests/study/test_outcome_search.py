"""A search over outcomes that is killed goes on from its last pass."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import saddlepoint
from saddlepoint.solve.decomposition.cuts import Pass
from saddlepoint.solve.decomposition.passes import Passes
from saddlepoint.store import open_store
from tests.study.outcome_models import write_carpenter

KILLED = """
import os, signal, sys
import saddlepoint
from saddlepoint.store.steps import SearchSteps

add = SearchSteps.add
left = [int(sys.argv[2])]

def add_and_die(self, step):
    add(self, step)
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)

SearchSteps.add = add_and_die
saddlepoint.open(sys.argv[1]).run()
"""


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """Where passes were made."""
    made: list[np.ndarray] = []
    real = Passes.at

    def at(self: Passes, x: np.ndarray) -> Pass:
        made.append(x)
        return real(self, x)

    monkeypatch.setattr(Passes, "at", at)
    return made


def test_a_killed_search_goes_on_from_its_last_pass(tmp_path: Path, counted: list[np.ndarray]) -> None:
    whole = saddlepoint.open(write_carpenter(tmp_path / "whole"))
    whole.run()
    all_passes = len(counted)
    path = write_carpenter(tmp_path / "killed")
    done = subprocess.run([sys.executable, "-c", KILLED, path, "5"], timeout=300, check=False)
    assert done.returncode == -signal.SIGKILL and all_passes > 8
    with open_store(path / "database.db", readonly=True) as store:
        assert store.query("SELECT count(*) FROM _steps") == [(5,)] and not store.has("bought")
    counted.clear()
    lab = saddlepoint.open(path)
    summary = lab.run(resume=True)
    assert summary.counts == {"": {"optimal": 1}} and len(counted) == all_passes - 5
    for table in ("bought", "made", "price_room", "price_market"):
        np.testing.assert_allclose(
            _values(path, table), _values(tmp_path / "whole", table), rtol=1e-9, atol=1e-12
        )
    with open_store(path / "database.db", readonly=True) as store:
        assert store.query("SELECT count(*) FROM _steps") == [(0,)]


def _values(path: Path, table: str) -> np.ndarray:
    with open_store(path / "database.db", readonly=True) as store:
        column = next(c for c in store.columns(table) if c in ("values", "price"))
        return np.array([v for (v,) in store.query(f'SELECT "{column}" FROM "{table}" ORDER BY id')])
