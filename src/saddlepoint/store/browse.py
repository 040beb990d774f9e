"""Parts of large results, for somebody who waits: pages of rows, counts and distributions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from saddlepoint.arrays import Index
from saddlepoint.errors import UsageError
from saddlepoint.store.connection import Store
from saddlepoint.store.encoded import Chosen, EncodedColumns, Told, read_encoded
from saddlepoint.store.identifiers import quote
from saddlepoint.store.tables import CatalogueEntry, entry_of

MOST_ROWS: Final = 5_000
"""Rows of a table that the page draws; of more, EVEN."""
EVEN: Final = 2_000
BINS: Final = 40


def hold_outcomes(store: Store, run: int, tell: Told = lambda done: None) -> EncodedColumns:
    """The outcomes of a run: their labels and statuses, in the order of their objectives. StoreError."""
    labels = [name for name in store.columns("_scenarios") if name.endswith("_Name")]
    return read_encoded(store, "_scenarios", [*labels, "status"], number="objective", run=run, tell=tell)


def told_apart(store: Store, run: int) -> tuple[Any, ...]:
    """What makes the outcomes of a run that has ended what they are. StoreError."""
    return ("_scenarios", run, *store.query("SELECT started FROM _runs WHERE id = ?", (run,)))


def hold_table(store: Store, name: str, tell: Told = lambda done: None) -> EncodedColumns:
    """The labels of a table. UsageError X527, StoreError."""
    known_table(store, name)
    return read_encoded(store, name, [n for n in store.columns(name) if n.endswith("_Name")], tell=tell)


def count_statuses(held: EncodedColumns) -> list[dict[str, Any]]:
    """Of each status how many scenarios have it, and the least and the largest objective among them."""
    codes, found = held.codes["status"], list[dict[str, Any]]()
    ordered = codes[held.order]
    for status, code in held.texts["status"].items():
        ends = held.order[ordered == code]
        low, high = (held.numbers[ends[[0, -1]]].tolist()) if len(ends) else (None, None)
        found.append({"status": status, "count": int(np.sum(codes == code)), "low": low, "high": high})
    return found


def scenarios(
    store: Store, held: EncodedColumns, where: Chosen, order: str, offset: int, limit: int
) -> dict[str, Any]:
    """One page of outcomes within the choice. UsageError X527."""
    if order not in ("", "objective", "-objective"):
        raise UsageError.of("X527", f"there is no order {order!r}", fix="Choose one of the page.")
    within = held.within(where)
    places = _places(held, where) if not order else held.order[:: -1 if order.startswith("-") else 1]
    if order and within is not None:
        places = places[within[places]]
    columns = [n for n in store.columns("_scenarios") if n != "run"]
    rows = _rows(store, "_scenarios", columns, held.ids[places[offset : offset + limit]])
    total = len(held) if within is None else int(np.count_nonzero(within))
    return {"columns": columns, "rows": rows, "total": total}


def distribution(held: EncodedColumns, where: Chosen) -> dict[str, Any]:
    """How many objectives within the choice lie in each of forty equal steps."""
    within = held.within(where)
    places = held.order if within is None else held.order[within[held.order]]
    values = held.numbers[places]
    if not len(values) or values[-1] <= values[0]:
        end = float(values[0]) if len(values) else None
        return {"low": end, "high": end, "bins": []}
    low, high = float(values[0]), float(values[-1])
    edges = np.linspace(low, high, BINS + 1).tolist()
    ends = np.searchsorted(values, edges[1:-1], side="left")
    counts = np.diff([0, *ends, len(values)])
    bins = [[edges[k], edges[k + 1], int(n)] for k, n in enumerate(counts) if n]
    return {"low": low, "high": high, "bins": bins}


def browse_rows(store: Store, name: str, held: EncodedColumns | None, where: Chosen) -> dict[str, Any]:
    """Rows of a table within the choice, where they are more than MOST_ROWS an even part of them.

    held: of `hold_table`; None where all rows are chosen. UsageError X527.
    """
    known_table(store, name)
    columns = [n for n in store.columns(name) if n != "id"]
    if held is None:
        first, total = _ends(store, name)
        ids = np.arange(first, first + total) if total <= MOST_ROWS else first + _even(total)
    else:
        places = _places(held, where)
        total = len(places)
        ids = held.ids[places if total <= MOST_ROWS else places[_even(total)]]
    part = "all" if total <= MOST_ROWS else "even"
    return {"columns": columns, "rows": _rows(store, name, columns, ids), "total": total, "part": part}


def known_table(store: Store, name: str) -> CatalogueEntry:
    """What the catalogue says of a table. UsageError X527."""
    found = entry_of(store, name)
    if found is None or not store.has(name):
        raise UsageError.of("X527", f"there is no table {name!r}", fix="Choose one of the page.")
    return found


def count_rows(store: Store, name: str) -> int:
    """How many rows a table has, from the ends of its keys where it has no gaps. StoreError."""
    return _ends(store, name)[1]


def _ends(store: Store, name: str) -> tuple[int, int]:
    """The first rowid of a table, and how many there are up to the last."""
    first, last = (store.query(f"SELECT {end}(rowid) FROM {quote(name)}")[0][0] for end in ("min", "max"))
    return (0, 0) if first is None else (int(first), int(last) - int(first) + 1)


def _places(held: EncodedColumns, where: Chosen) -> Index:
    """The places of the rows within a choice, as they are stored."""
    within = held.within(where)
    return np.arange(len(held)) if within is None else np.flatnonzero(within)


def _even(total: int) -> Index:
    """EVEN places among so many."""
    return np.linspace(0, total - 1, EVEN).astype(np.int64)


def _rows(store: Store, name: str, columns: Sequence[str], ids: Index) -> list[tuple[Any, ...]]:
    """The rows of these rowids, in their order; those that are gone meanwhile are left out."""
    fields = ", ".join(map(quote, columns))
    wanted = ",".join(map(str, ids.tolist()))
    found = store.query(f"SELECT rowid, {fields} FROM {quote(name)} WHERE rowid IN ({wanted})")
    rows = {row[0]: row[1:] for row in found}
    return [rows[key] for key in ids.tolist() if key in rows]
