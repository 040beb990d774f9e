"""What the page is told at first: sets, tables, and the newest whole run."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from saddlepoint.labels.column_units import column_unit, main_unit
from saddlepoint.report.page.content import kind_of
from saddlepoint.report.pictures.cells import DimensionKind, dimension, kinds_of_sets, piled, title_of
from saddlepoint.store import Store, catalogue, history
from saddlepoint.store.browse import count_rows
from saddlepoint.store.sets import first_items

MOST_ITEMS: Final = 5_000


def explore_overview(store: Store, outcomes: Collection[str]) -> dict[str, Any]:
    """The sets, the tables and the newest whole run; outcomes: the sets whose items are outcomes."""
    runs = [r for r in history(store, 50) if r.exit is not None]
    labels = [n for n in store.columns("_scenarios") if n.endswith("_Name")]
    kinds = kinds_of_sets(store, outcomes)
    return {
        "sets": [_set(key, items, size, kinds.of(key)) for key, items, size in first_items(store, MOST_ITEMS)],
        "tables": [
            {"name": i.name, "title": title_of(i.name), "kind": kind_of(i), "unit": main_unit(i.unit), "amounts": kind_of(i) in ("plan", "report") and piled(i.name, i.unit), "description": i.description,
             "units": {column: column_unit(i.unit, column) for column in store.columns(i.name)},
             "rows": count_rows(store, i.name),
             "axes": [n.removesuffix("_Name") for n in store.columns(i.name) if n.endswith("_Name")]}
            for i in catalogue(store) if i.kind != "initial" and store.has(i.name)
        ],
        "scenario_sets": [n.removesuffix("_Name") for n in labels],
        "run": None if not runs else {"id": runs[0].id, "started": runs[0].started, "command": runs[0].command, "seconds": runs[0].seconds},
    }  # fmt: skip


def _set(key: str, items: Sequence[str], size: int, kind: DimensionKind | None) -> dict[str, Any]:
    made = dimension(key, items, kind)
    return {
        "name": key, "items": list(items), "size": size, "kind": made.kind, "time": made.time, "dates": made.dates,
        "numbers": None if made.numbers is None else made.numbers.tolist(),
    }  # fmt: skip
