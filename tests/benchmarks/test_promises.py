"""The table of promises on a small scale: guarantees within a point, and shortfalls where an assumption fails."""

from __future__ import annotations

import pytest

from benchmarks.promise_coverage import coverage
from benchmarks.promise_worlds import worlds

WORLDS = {world.name: world for world in worlds()}


@pytest.mark.parametrize("name", [n for n, world in WORLDS.items() if world.exchangeable])
def test_ranks_keep_what_they_guarantee(name: str) -> None:
    found = {b: (c, kept) for b, c, kept in coverage(WORLDS[name], 50, 150, seed=3)}
    assert found["conformal"][0] >= 0.94
    assert found["order-statistic"][1] >= 0.82  # 0.9, five standard errors below
    assert found["wasserstein-samples"][0] >= 0.94


def test_assumptions_decide() -> None:
    normal = {b: c for b, c, _ in coverage(WORLDS["normal"], 20, 400, seed=4)}
    assert normal["prediction"] == pytest.approx(0.95, abs=0.01)
    assert normal["normal"] < normal["prediction"]
    drift = {b: c for b, c, _ in coverage(WORLDS["drift"], 200, 50, seed=5)}
    assert max(drift["conformal"], drift["prediction"]) < 0.75
    assert min(drift["cross-conformal"], drift["adaptive-conformal"]) > 0.9
