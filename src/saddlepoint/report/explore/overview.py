"""What the page is told at first: sets, tables, and the newest whole run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from saddlepoint.report.page.content import kind_of
from saddlepoint.report.pictures.cells import PlotData, dimension
from saddlepoint.store import Store, catalogue, history, read_sets
from saddlepoint.store.browse import count_rows, count_statuses
from saddlepoint.store.identifiers import fold

MOST_ITEMS: Final = 5_000


def overview(store: Store) -> dict[str, Any]:
    """The sets, the tables and the newest whole run, with its statuses."""
    runs = [r for r in history(store, 50) if r.exit is not None]
    run = runs[0].id if runs else None
    labels = [n for n in store.columns("_scenarios") if n.endswith("_Name")]
    scenario = {fold(n.removesuffix("_Name")) for n in labels}
    return {
        "sets": [_set(one.key, one.names, fold(one.key) in scenario) for one in read_sets(store)],
        "tables": [
            {"name": i.name, "title": _title(i.name), "kind": kind_of(i), "unit": i.unit, "description": i.description,
             "rows": count_rows(store, i.name),
             "axes": [n.removesuffix("_Name") for n in store.columns(i.name) if n.endswith("_Name")]}
            for i in catalogue(store) if i.kind != "initial" and store.has(i.name)
        ],
        "scenario_sets": [n.removesuffix("_Name") for n in labels],
        "run": None if not runs else {"id": run, "started": runs[0].started, "command": runs[0].command, "seconds": runs[0].seconds},
        "statuses": count_statuses(store, run),
    }  # fmt: skip


def _title(name: str) -> str:
    return PlotData(table=name, column="values", dimensions=(), values=np.zeros(())).title


def _set(key: str, items: Sequence[str], scenario: bool) -> dict[str, Any]:
    made = dimension(key, items, scenario)
    return {
        "name": key, "items": list(items[:MOST_ITEMS]), "size": len(items), "kind": made.kind, "time": made.time, "dates": made.dates,
        "numbers": None if made.numbers is None else made.numbers[:MOST_ITEMS].tolist(),
    }  # fmt: skip
