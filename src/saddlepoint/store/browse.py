"""Parts of large results, for somebody who waits: pages of rows, counts and distributions, with indices where tables are large."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from saddlepoint.errors import Diagnostic, UsageError
from saddlepoint.records import dataclass
from saddlepoint.store.connection import Store
from saddlepoint.store.identifiers import coordinate, fold, quote
from saddlepoint.store.sets import read_sets
from saddlepoint.store.tables import catalogue

LARGE: Final = 50_000
"""Rows from which on a table gets an index for each of its sets."""
FEW: Final = 8
"""A set of fewer items gets no index: it would mislead more than it helps."""
MOST_ROWS: Final = 5_000
"""Rows of a table that the page draws; of a whole large table EVEN."""
EVEN: Final = 2_000
SAMPLE: Final = 4_000
"""Places of a run that are looked at where its objectives are too many."""
COUNTED: Final = 200_000
"""Rows beyond this are not counted while somebody waits."""
BINS: Final = 40
Chosen = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Clause:
    """A condition with its values."""

    text: str
    values: tuple[Any, ...]


def index_commands(store: Store) -> list[str]:
    """The commands that make the indices which large tables lack."""
    there = {name for (name,) in store.query("SELECT name FROM sqlite_master WHERE type = 'index'")}
    many = {coordinate(one.key) for one in read_sets(store) if len(one.names) >= FEW}
    wanted: list[tuple[str, str]] = []
    labels = [n for n in store.columns("_scenarios") if n.endswith("_Name")]
    if count_rows(store, "_scenarios") >= LARGE:
        wanted.append(("_explore_objective", f"_scenarios (run, objective, {_fields([*labels, 'status'])})"))
        wanted.append(("_explore_status", "_scenarios (run, status, objective)"))
        for name in (n for n in labels if n in many):
            others = _fields([*(n for n in labels if n != name), "status"])
            wanted.append((f"_explore_{name}", f"_scenarios (run, {quote(name)}, objective, {others})"))
    for info in catalogue(store):
        if info.kind == "result" and store.has(info.name) and count_rows(store, info.name) >= LARGE:
            axes = [n for n in store.columns(info.name) if n.endswith("_Name")]
            wanted += [
                (f"_explore_{info.name}_{axis}", f"{quote(info.name)} ({quote(axis)})")
                for axis in axes[1:]
                if axis in many
            ]
    return [f"CREATE INDEX {quote(name)} ON {what}" for name, what in wanted if name not in there]


def count_statuses(store: Store, run: int | None) -> list[dict[str, Any]]:
    """Of each status how many scenarios of a run have it, and the least and the largest objective among them."""
    counts = store.query("SELECT status, count(*) FROM _scenarios WHERE run = ? GROUP BY status", (run,))
    found: list[dict[str, Any]] = []
    for status, count in counts:
        low, high = (
            store.query(
                f"SELECT {end}(objective) FROM _scenarios WHERE run = ? AND status = ?", (run, status)
            )
            for end in ("min", "max")
        )
        found.append({"status": status, "count": count, "low": low[0][0], "high": high[0][0]})
    return found


def scenarios(store: Store, run: int, where: Chosen, order: str, offset: int, limit: int) -> dict[str, Any]:
    """One page of outcomes within the choice. UsageError X527."""
    orders = {"": "rowid", "objective": "objective", "-objective": "objective DESC"}
    if order not in orders:
        raise UsageError(Diagnostic("X527", f"there is no order {order!r}", fix="Choose one of the page."))
    columns = [n for n in store.columns("_scenarios") if n != "run"]
    clause = _clause(store, "_scenarios", where)
    text = f"FROM _scenarios WHERE run = ?{clause.text}"
    total = _count(store, text, (run, *clause.values))
    known = " AND objective IS NOT NULL" if order else ""
    page = f"{text}{known} ORDER BY {orders[order]} LIMIT ? OFFSET ?"
    if clause.text and not order and total <= COUNTED:  # the plus lets an index choose, not the order
        page = f"FROM _scenarios WHERE rowid IN (SELECT rowid {text} ORDER BY +rowid LIMIT ? OFFSET ?) ORDER BY rowid"
    rows = store.query(f"SELECT {_fields(columns)} {page}", (run, *clause.values, limit, offset))
    return {"columns": columns, "rows": rows, "total": total, "counted": COUNTED}


def distribution(store: Store, run: int, where: Chosen) -> dict[str, Any]:
    """How many objectives within the choice lie in each of forty equal steps; of very many, of an even sample."""
    clause = _clause(store, "_scenarios", where)
    text, values = (
        f"FROM _scenarios WHERE run = ? AND objective IS NOT NULL{clause.text}",
        (run, *clause.values),
    )
    ((low,),) = store.query(f"SELECT objective {text} ORDER BY objective LIMIT 1", values) or [(None,)]
    ((high,),) = store.query(f"SELECT objective {text} ORDER BY objective DESC LIMIT 1", values) or [(None,)]
    if low is None or high <= low:
        return {"low": low, "high": high, "bins": [], "sampled": False}
    many = _count(store, text, values) > COUNTED
    if many:
        text = (
            text.replace("_scenarios", "_scenarios NOT INDEXED", 1) + f" AND rowid IN ({_places(store, run)})"
        )
    step = (high - low) / BINS
    found = store.query(
        f"SELECT min(CAST((objective - ?) / ? AS INTEGER), ?) AS bin, count(*) {text} GROUP BY bin",
        (low, step, BINS - 1, *values),
    )
    return {
        "low": low,
        "high": high,
        "bins": [[low + k * step, low + (k + 1) * step, n] for k, n in found],
        "sampled": many,
    }


def _places(store: Store, run: int) -> str:
    """Even places among the outcomes of a run, as a list in SQL."""
    first, last = (
        store.query(f"SELECT {end}(rowid) FROM _scenarios WHERE run = ?", (run,))[0][0]
        for end in ("min", "max")
    )
    return ",".join(str(int(k)) for k in np.linspace(first, last, SAMPLE))


def _part(clause: str, total: int) -> tuple[str, str]:
    """Which rows of so many are shown, as a word and as SQL: all, the first, or an even part."""
    if total <= MOST_ROWS:
        return "all", f"1{clause} ORDER BY id"
    if clause:
        return "first", f"1{clause} LIMIT {MOST_ROWS}"
    ids = ",".join(str(1 + int(k)) for k in np.linspace(0, total - 1, EVEN))
    return "even", f"id IN ({ids}) ORDER BY id"


def table(store: Store, name: str, where: Chosen) -> dict[str, Any]:
    """Rows of a table within the choice, at most MOST_ROWS: all, an even part of the whole, or the first. UsageError X527."""
    known = {i.name: i for i in catalogue(store)}
    if name not in known or not store.has(name):
        raise UsageError(Diagnostic("X527", f"there is no table {name!r}", fix="Choose one of the page."))
    columns = [n for n in store.columns(name) if n != "id"]
    clause = _clause(store, name, where)
    total = (
        count_rows(store, name)
        if not clause.text
        else _count(store, f"FROM {quote(name)} WHERE 1{clause.text}", clause.values)
    )
    part, which = _part(clause.text, total)
    rows = store.query(f"SELECT {_fields(columns)} FROM {quote(name)} WHERE {which}", clause.values)
    return {"columns": columns, "rows": rows, "total": total, "part": part, "counted": COUNTED}


def _clause(store: Store, name: str, where: Chosen) -> Clause:
    """The condition that a choice puts on a table: sets that the table has not do not count."""
    columns = {fold(n): n for n in store.columns(name)}
    parts: list[str] = []
    values: list[str] = []
    for key, labels in where.items():
        column = columns.get(fold(coordinate(key)))
        if column is not None and labels:
            parts.append(f" AND {quote(column)} IN ({', '.join('?' * len(labels))})")
            values += labels
    return Clause("".join(parts), tuple(values))


def _count(store: Store, text: str, values: Sequence[Any]) -> int:
    """How many rows, counted up to COUNTED + 1."""
    ((found,),) = store.query(f"SELECT count(*) FROM (SELECT 1 {text} LIMIT {COUNTED + 1})", values)
    return int(found)


def count_rows(store: Store, name: str) -> int:
    """How many rows a table has, from the ends of its keys where it has no gaps."""
    first, last = (store.query(f"SELECT {end}(rowid) FROM {quote(name)}")[0][0] for end in ("min", "max"))
    return 0 if first is None else int(last) - int(first) + 1


def _fields(names: Sequence[str]) -> str:
    return ", ".join(map(quote, names))
