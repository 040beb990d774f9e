"""The cells of the table of promises: one world, histories of one length, one kind of question."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.promise_coverage import coverage
from benchmarks.promise_power import holds, spoken
from benchmarks.promise_worlds import fresh_worlds, worlds

COVERAGE, BACKTEST, FRESH = "coverage", "back-test", "back-test of laws held out"
PARTS = (COVERAGE, BACKTEST, FRESH)


@dataclass(frozen=True, slots=True)
class Cell:
    """One world with histories of one length, and the settings that its figures depend on."""

    part: str
    n: int
    world: int
    replications: int
    seed: int
    version: str

    @property
    def key(self) -> str:
        """Of the line of the record."""
        return json.dumps(asdict(self), sort_keys=True)


def cells(sizes: list[int], replications: int, seed: int, version: str) -> Iterator[Cell]:
    """Every cell, the lengths one after the other: what is simulated for one is kept."""
    for n in sizes:
        for part in PARTS:
            for world in range(6 if part == FRESH else 12):
                yield Cell(part, n, world, replications, seed, version)


def figures(cell: Cell) -> dict[str, Any]:
    """What the record keeps of a cell: name of the world, CPU seconds, figures by buffer."""
    begun = time.process_time()
    world = (fresh_worlds() if cell.part == FRESH else worlds())[cell.world]
    found: dict[str, dict[str, Any]]
    if cell.part == COVERAGE:
        of = coverage(world, cell.n, cell.replications, cell.seed + 97 * cell.world + cell.n)
        found = {name: {"coverage": reached, "kept": kept} for name, reached, kept in of}
    else:
        seed = cell.seed + 89 * cell.world + cell.n + (50_000 if cell.part == FRESH else 0)
        said = spoken(world, cell.n, cell.replications, seed)
        found = {name: {"holds": holds(name, world), **asdict(one)} for name, one in said}
    return {"key": cell.key, "world": world.name, "cpu": time.process_time() - begun, "figures": found}
