"""How long `saddle explore` takes for an answer over very many scenarios: python -m benchmarks explore [--scenarios 1000000]

The database is written directly, not solved: two scenario sets of equal length, or one (`--alone`); a table over them and
three technologies. CPU milliseconds of the least of three, of questions as the page asks them, their JSON included.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from saddlepoint.labels import Axis, Domain, Table
from saddlepoint.report.explore.overview import explore_overview
from saddlepoint.store import Store, browse, open_store
from saddlepoint.store.run_records import RunRecord, ScenarioRecords
from saddlepoint.store.sets import SetRows, keep_sets
from saddlepoint.store.staging import stage


def write(path: Path, scenarios: int, alone: bool) -> None:
    """A database with so many outcomes of one run, and a result table of three rows for each."""
    side = scenarios if alone else round(scenarios**0.5)
    axes = [Axis(name, tuple(f"{name}{k}" for k in range(side))) for name in ("Load", "Cost")[: 2 - alone]]
    tech = Axis("Tech", ("pv", "wind", "gas"))
    domain, rng = Domain(tuple(axes)), np.random.default_rng(1)
    size = domain.size
    with open_store(path) as store:
        keep_sets(store, [SetRows(axis.name, axis.items) for axis in (*axes, tech)])
        with stage(store, RunRecord("2026-01-01T00:00:00", "benchmarks explore")) as staged, staged.chunk():
            whole = Domain((*axes, tech))
            staged.put(Table("generation", whole, {"values": rng.uniform(0, 100, whole.size)}), domain.names)
            staged.scenarios(
                ScenarioRecords(
                    problem="",
                    domain=domain,
                    positions=np.arange(size),
                    status=np.where(rng.uniform(size=size) < 0.99, "optimal", "infeasible").tolist(),
                    solver="highs",
                    route="kernel",
                    numbers={"objective": rng.normal(1000, 50, size), "seconds": np.full(size, 1e-5)},
                )
            )
            staged.finish(1.0, 0)


def questions(store: Store, alone: bool) -> dict[str, Callable[[], Any]]:
    """What the page asks."""
    outcomes, table = browse.hold_outcomes(store, 1), browse.hold_table(store, "generation")
    few = {"Load": ["Load7"]}
    many = {name: [f"{name}{k}" for k in range(0, 900, 3)] for name in ("Load", "Cost")[: 2 - alone]}
    found: dict[str, Callable[[], Any]] = {
        "overview": partial(explore_overview, store),
        "statuses": partial(browse.count_statuses, outcomes),
        "table, all": partial(browse.browse_rows, store, "generation", None, {}),
    }
    for name, where in {"all": {}, "one label": few, "300 labels of each set": many}.items():
        found[f"distribution, {name}"] = partial(browse.distribution, outcomes, where)
        for order in ("", "objective", "-objective"):
            page = partial(browse.scenarios, store, outcomes, where, order)
            found[f"page in order {order or 'of storage'}, {name}"] = partial(page, 0, 200)
        found[f"page far behind, {name}"] = partial(browse.scenarios, store, outcomes, where, "", 80_000, 200)
        if where:
            found[f"table, {name}"] = partial(browse.browse_rows, store, "generation", table, where)
    return found


def least(ask: Callable[[], Any]) -> float:
    """CPU milliseconds, of three."""
    spent: list[float] = []
    for _ in range(3):
        began = time.process_time()
        json.dumps(ask())
        spent.append(1e3 * (time.process_time() - began))
    return min(spent)


def main() -> None:
    parser = argparse.ArgumentParser("benchmarks explore")
    parser.add_argument("--scenarios", type=int, default=1_000_000)
    parser.add_argument("--alone", action="store_true", help="one scenario set of that length")
    parser.add_argument("--keep", type=Path, help="the database, written if it is not there")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as room:
        path = asked.keep or Path(room) / "many.db"
        if not path.exists():
            write(path, asked.scenarios, asked.alone)
        with open_store(path, readonly=True) as store:
            for what, hold in (("outcomes", browse.hold_outcomes), ("table", browse.hold_table)):
                began = time.process_time()
                held = hold(store, *((1,) if what == "outcomes" else ("generation",)))  # pyright: ignore
                print(
                    f"{what} read once: {len(held):,} rows in {time.process_time() - began:.2f} s of CPU, told meanwhile"
                )
            for what, ask in questions(store, asked.alone).items():
                print(f"{what:50} {least(ask):8.1f} ms")


if __name__ == "__main__":
    main()
