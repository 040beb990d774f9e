"""A few kills of each kind; `python -m tests.faults.kill` does a hundred and more."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.kill import kill_often


@pytest.mark.slow
def test_nothing_is_lost(tmp_path: Path) -> None:
    tally = kill_often(tmp_path / "model", kills=3, seed=3)
    assert tally.killed == 3
