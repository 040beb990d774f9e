"""Runs of whole numbers that stop at a gap: bound and gap stand in the table of scenarios, the largest gap at the end, and what is left out is counted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import saddlepoint
from saddlepoint import call
from saddlepoint.cli.commands import saddle


def _knapsacks(folder: Path, scenarios: int) -> Path:
    """What is worth most in a bag, for several sizes of it."""
    rng = np.random.default_rng(2)
    weights = rng.integers(10, 99, (4, 18)).astype(float)
    m = saddlepoint.Model("bags")
    things, limits = m.set("Things", range(18)), m.set("Limits", range(4))
    sizes = m.set("Sizes", range(scenarios), scenarios=True)
    take = m.decide("take", things, sizes, domain="boolean")
    weight = m.data("weight", limits, things, weights)
    worth = m.data("worth", things, weights.mean(axis=0) + rng.uniform(0, 15, 18))
    room = m.data("room", limits, sizes, np.outer(weights.sum(axis=1), np.linspace(0.3, 0.7, scenarios)))
    m.subject_to(fits=call("sum", weight * take, over=things) <= room)
    m.maximise(call("sum", worth * take))
    m.write(folder)
    return folder


@pytest.mark.parametrize("scenarios", [3, 24])
def test_every_gap_is_told(tmp_path: Path, scenarios: int) -> None:
    folder = _knapsacks(tmp_path / "bags", scenarios)
    ended = CliRunner().invoke(saddle, ["run", str(folder), "--setting", "mip_rel_gap=0.9"])
    said = ended.output
    lab = saddlepoint.open(folder)
    told = lab.show("_scenarios")
    found = [dict(zip(told.header, row, strict=True)) for row in told.rows]
    assert ended.exit_code == 4
    assert {row["status"] for row in found} == {"feasible"}
    assert f"largest gap to the bound of all plans is {100 * max(row['gap'] for row in found):.2g} %" in said
    if scenarios == 3:
        head = next(line for line in said.splitlines() if line.split()[:2] == ["Sizes", "status"])
        assert head.split()[-2:] == ["bound", "gap"]
        assert "more:" not in said
    else:
        assert "  4 more: the table _scenarios has" in said
