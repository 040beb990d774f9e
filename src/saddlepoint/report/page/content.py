"""What a page holds of a database: sets, tables and answers as plain values, their numbers in one array."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import field, replace
from typing import Any, Final

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.labels.column_units import column_unit, main_unit
from saddlepoint.records import dataclass
from saddlepoint.report.pictures.cells import SetKinds, dimension, kinds_of_sets, piled, title_of
from saddlepoint.store import CatalogueEntry, Shown, Store, catalogue, last_outcomes, show_rows, sums_by
from saddlepoint.store.identifiers import (
    COST_RANGE,
    INPUT_RANGE,
    PRICE,
    PRICE_RANGE,
    REDUCED_COST,
    REPORT,
    fold,
)
from saddlepoint.store.runs import outcome_count
from saddlepoint.store.sets import items_of_sets
from saddlepoint.store.totals import adds_up, counts, measure_column

MOST_NUMBERS: Final = 1_200_000
"""Numbers that a page holds at most; the tables beyond are named, not shown."""
MOST_SUMMED: Final = 20_000
"""Rows that the sums of a larger table may have."""
MOST_SHOWN: Final = 20_000
"""Answers that a page holds at most."""
MOST_OUTCOMES: Final = 5_000
"""A kept run of more answers is not compared with."""
_ORDER: Final = ("report", "plan", "price", "input", "reduced cost")


@dataclass(slots=True)
class PageNumbers:
    """The numbers of a page, one after the other; a part is known by its first place and its length."""

    parts: list[Array] = field(default_factory=list[Array])
    size: int = 0

    def put(self, values: Any) -> tuple[int, int]:
        """Append numbers; where they are."""
        array = np.asarray(values, dtype=np.float64).reshape(-1)
        self.parts.append(array)
        self.size += len(array)
        return self.size - len(array), len(array)

    def bytes(self) -> bytes:
        """All of them, little-endian."""
        joined = np.concatenate(self.parts) if self.parts else np.zeros(0)
        return joined.astype("<f8").tobytes()


def kind_of(info: CatalogueEntry) -> str:
    """What a table is to a reader: report, plan, price, input or reduced cost."""
    if info.kind == "input":
        return "input"
    kinds = ((PRICE, "price"), (REDUCED_COST, "reduced cost"), (REPORT, "report"))
    for prefix, kind in (
        *kinds,
        (PRICE_RANGE, "price"),
        (COST_RANGE, "reduced cost"),
        (INPUT_RANGE, "price"),
    ):
        if info.name.startswith(prefix):
            return kind
    return "plan"


def table_contents(
    store: Store, numbers: PageNumbers, only: Collection[str] = (), outcomes: Collection[str] = ()
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[str]]:
    """The sets, the tables that fit, those that do not as sums over their longest sets, and the names of what does not fit even
    so. StoreError.

    only: these tables (empty = all); outcomes: the sets whose items are outcomes.
    """
    known = items_of_sets(store)
    kinds = kinds_of_sets(store, outcomes)
    entries = [i for i in catalogue(store) if i.kind != "initial" and store.has(i.name)]
    entries = [i for i in entries if not only or i.name in only]
    entries.sort(key=lambda i: _ORDER.index(kind_of(i)))
    sets: dict[str, dict[str, Any]] = {}
    tables: list[dict[str, Any]] = []
    left_out: list[str] = []
    for info in entries:
        values = [n for n in store.columns(info.name) if n != "id" and not n.endswith("_Name")]
        rows = show_rows(store, info.name, None, 0).total
        if numbers.size + rows * (1 + len(values)) > MOST_NUMBERS:
            summed = _summed(store, info, kinds)
            if summed is None or numbers.size + 2 * len(summed[1].rows) > MOST_NUMBERS:
                left_out.append(info.name)
                continue
            info, shown = summed
        else:
            summed, shown = None, show_rows(store, info.name).without("id")
        table = _table(shown, info, known, kinds, sets, numbers)
        tables.append(table | {"summed": summed is not None})
    return list(sets.values()), tables, left_out


def _summed(store: Store, info: CatalogueEntry, kinds: SetKinds) -> tuple[CatalogueEntry, Shown] | None:
    """A large table as sums (of prices: means) over its longest sets, under a name that says so.

    None where scenarios and outcomes alone are too many, and of figures that are rates or shares.
    """
    if kind_of(info) == "report" and not piled(info.name, info.unit):
        return None
    sizes = counts(store, info.name)
    kept, dropped = list(sizes), list[str]()
    while math.prod(sizes[key] for key in kept) > MOST_SUMMED:
        free = [key for key in kept if kinds.of(key) is None]
        if not free:
            return None
        dropped.append(max(free, key=lambda key: sizes[key]))
        kept.remove(dropped[-1])
    value = measure_column(store.columns(info.name))
    if not kept or not dropped or not value:
        return None
    found = sums_by(store, info.name, kept)
    named = replace(
        info, name=f"{info.name}, {'sums' if adds_up(value) else 'means'} over {', '.join(dropped)}"
    )
    return named, Shown((*(f"{key}_Name" for key in kept), value), found.rows, found.total)


def _table(
    shown: Shown,
    info: CatalogueEntry,
    known: Mapping[str, Sequence[str]],
    kinds: SetKinds,
    sets: dict[str, dict[str, Any]],
    numbers: PageNumbers,
) -> dict[str, Any]:
    columns = list(zip(*shown.rows, strict=True)) if shown.rows else [()] * len(shown.header)
    axes: list[dict[str, Any]] = []
    place = np.zeros(len(shown.rows), dtype=np.int64)
    numeric: dict[str, tuple[int, int]] = {}
    texts: dict[str, list[str]] = {}
    for name, column in zip(shown.header, columns, strict=True):
        if name.endswith("_Name"):
            key = name.removesuffix("_Name")
            axis = sets.get(key)
            if axis is None:
                items = known.get(fold(key)) or tuple(dict.fromkeys(map(str, column)))
                axis = sets.setdefault(key, _set(key, items, kinds, numbers))
            at = {item: k for k, item in enumerate(axis["items"])}
            place = place * len(at) + np.fromiter(
                (at[str(v)] for v in column), dtype=np.int64, count=len(column)
            )
            axes.append(axis)
        elif str in set(map(type, column)):
            texts[name] = ["" if v is None else str(v) for v in column]
        elif any(v is not None for v in column) or name in ("values", "price"):
            numeric[name] = numbers.put([np.nan if v is None else v for v in column])
    size = int(np.prod([len(a["items"]) for a in axes], dtype=np.int64))
    dense = len(place) == size and bool((place == np.arange(size)).all())
    return {
        "name": info.name, "title": title_of(info.name), "kind": kind_of(info), "unit": main_unit(info.unit), "description": info.description,
        "axes": [a["name"] for a in axes], "rows": len(place), "places": None if dense else numbers.put(place),
        "columns": numeric, "texts": texts, "units": {name: column_unit(info.unit, name) for name in numeric},
        "amounts": kind_of(info) in ("plan", "report") and piled(info.name, info.unit),
    }  # fmt: skip


def _set(key: str, items: Sequence[str], kinds: SetKinds, numbers: PageNumbers) -> dict[str, Any]:
    made = dimension(key, items, kinds.of(key))
    return {
        "name": key, "items": list(items), "kind": made.kind, "time": made.time, "dates": made.dates,
        "numbers": None if made.numbers is None else numbers.put(made.numbers),
    }  # fmt: skip


def outcome_contents(store: Store) -> dict[str, Any]:
    """Statuses, objectives and residuals of the newest outcomes, column by column, in the order of the sets; the first of very many."""
    header, found = last_outcomes(store, MOST_SHOWN)
    rows = _in_order_of_sets(store, header, found)
    wanted = [k for k, n in enumerate(header) if n not in ("run",)]
    labels = {header[k] for k in wanted if header[k].endswith("_Name")}
    columns = {
        header[k].removesuffix("_Name"): [
            ("" if row[k] is None else str(row[k])) if header[k] in labels else _plain(row[k]) for row in rows
        ]
        for k in wanted
    }
    return {
        "sets": [n.removesuffix("_Name") for n in header if n in labels],
        "columns": columns,
        "size": len(rows),
        "of": len(rows) if len(rows) < MOST_SHOWN else outcome_count(store),
    }


def _in_order_of_sets(
    store: Store, header: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> list[tuple[Any, ...]]:
    """Outcomes by problem, then by the items of their sets, whichever run brought them."""
    known = items_of_sets(store)
    keys = [k for k, name in enumerate(header) if name.endswith("_Name")]
    if "problem" in header:
        keys.insert(0, header.index("problem"))
    places = [
        {
            item: at
            for at, item in enumerate(
                known.get(fold(header[k].removesuffix("_Name"))) or dict.fromkeys(row[k] for row in rows)
            )
        }
        for k in keys
    ]
    return sorted(rows, key=lambda row: [at.get(row[k], len(at)) for k, at in zip(keys, places, strict=True)])


def scalar_figures(store: Store) -> dict[str, list[tuple[dict[str, str], Any]]]:
    """The figures of the report that are one number per scenario: title → labels and number."""
    scenario = {n for n in store.columns("_scenarios") if n.endswith("_Name")}
    found: dict[str, list[tuple[dict[str, str], Any]]] = {}
    for info in catalogue(store):
        axes = [n for n in store.columns(info.name) if n.endswith("_Name")]
        if kind_of(info) != "report" or not set(axes) <= scenario:
            continue
        shown = show_rows(store, info.name)
        at = [shown.header.index(n) for n in axes]
        value = shown.header.index("values")
        title = title_of(info.name)
        found[title + (f" [{info.unit}]" if info.unit else "")] = [
            (
                {n.removesuffix("_Name"): str(row[k]) for n, k in zip(axes, at, strict=True)},
                _plain(row[value]),
            )
            for row in shown.rows
        ]
    return found


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not np.isfinite(value) else value
