"""A least change whose prices cannot be certified (cplex1 and vol1 of Netlib) repairs all the same, and is not called the least."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from saddlepoint.algebra.structure import Batch
from saddlepoint.declare.examples import copy_example
from saddlepoint.lab import Lab
from saddlepoint.solve.diagnosis import least_change as module
from saddlepoint.solve.solution import Options, Solution, Status
from saddlepoint.solve.solve import solve


@pytest.mark.parametrize("shift", [0.0, -1.0])
def test_a_plan_without_certified_prices_is_a_repair_if_it_keeps_the_relations(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, shift: float
) -> None:
    folder = copy_example("distribution", tmp_path_factory.mktemp("d") / "d")
    table = folder / "input_data" / "oven_hours.csv"
    table.write_text(table.read_text().replace("north,22", "north,12"))

    def unproven(batch: Batch, options: Options | None = None) -> Solution:
        found = solve(batch, options)
        return replace(found, status=np.full_like(found.status, Status.UNVERIFIED), x=found.x + shift)

    monkeypatch.setattr(module, "solve", unproven)
    (finding,) = Lab.open(folder).diagnose().findings
    straight = [r for r in finding.repairs if r.tables == ("oven_hours",)]
    if shift:
        assert straight == []
    else:
        assert straight and all(r.verified and not r.least for r in straight)


def test_large_problems_are_repaired_as_small_ones(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By interior points, after a look whether a table can help at all."""
    folder = copy_example("distribution", tmp_path_factory.mktemp("d") / "d")
    table = folder / "input_data" / "oven_hours.csv"
    table.write_text(table.read_text().replace("north,22", "north,12"))
    (small,) = Lab.open(folder).diagnose().findings
    looks: list[bool] = []
    plain = module._seems_hopeless

    def looked(batch: Batch) -> bool:
        looks.append(plain(batch))
        return looks[-1]

    monkeypatch.setattr(module, "LARGE", 0)
    monkeypatch.setattr(module, "_seems_hopeless", looked)
    (large,) = Lab.open(folder).diagnose().findings
    assert set(looks) == {True, False}
    assert {(r.tables, round(r.objective, 6)) for r in large.repairs} == {
        (r.tables, round(r.objective, 6)) for r in small.repairs
    }
