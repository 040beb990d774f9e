"""What was run: the run itself, the status of each scenario, the way to convergence."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import repeat
from typing import Any

import numpy as np

from saddlepoint.arrays import Index
from saddlepoint.errors import Mark, StoreError
from saddlepoint.labels import Domain
from saddlepoint.store.connection import Store
from saddlepoint.store.faults import damaged
from saddlepoint.store.identifiers import checked_names, coordinate, fold, quote, set_table
from saddlepoint.store.insert import insert_rows, scalars
from saddlepoint.store.json_cells import are_texts, check_objectives, check_words, read_object, read_texts
from saddlepoint.store.run_records import (
    ConvergenceRecords,
    InputHashes,
    Outcomes,
    RunRecord,
    ScenarioRecords,
)

_TYPES = {"f": "REAL", "i": "INTEGER", "b": "INTEGER", "U": "TEXT"}


def begin_run(store: Store, run: RunRecord) -> int:
    """Enter a run that has not finished; its id."""
    store.execute(
        """INSERT INTO _runs (started, command, options, versions, settings_hash, inputs_hash, name, note, contents)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (
            run.started,
            run.command,
            _json(run.options),
            _json(run.versions),
            run.settings_hash,
            run.inputs_hash,
            run.name or None,
            run.note or None,
            _json(asdict(run.contents)),
        ),
    )
    return int(store.query("SELECT last_insert_rowid()")[0][0])


def end_run(store: Store, run: int, seconds: float | None, code: int, whole: bool = False) -> None:
    """Enter how a run ended; whole: whether it replaced all results."""
    store.execute(
        "UPDATE _runs SET seconds = ?, exit = ?, whole = ? WHERE id = ?", (seconds, code, int(whole), run)
    )


def history(store: Store, limit: int | None = None) -> tuple[RunRecord, ...]:
    """The runs, the newest first. StoreError."""
    if not store.has("_runs"):
        return ()
    names = store.columns("_runs")  # fewer in an older database, opened for reading only
    rows = store.query("SELECT * FROM _runs ORDER BY id DESC LIMIT ?", (-1 if limit is None else limit,))
    try:
        return tuple(_record(store, dict(zip(names, row, strict=True))) for row in rows)
    except (KeyError, ValueError, TypeError, OverflowError) as error:
        why = f"A row of _runs cannot be read: {error}."
        raise StoreError(damaged(Mark(store.name), why)) from error


def _record(store: Store, row: Mapping[str, Any]) -> RunRecord:
    seconds, code = row["seconds"], row["exit"]
    return RunRecord(
        str(row["started"]),
        str(row["command"]),
        options=read_object(store, "_runs.options", row["options"]),
        versions=read_texts(store, "_runs.versions", row["versions"]),
        settings_hash=str(row["settings_hash"]),
        inputs_hash=str(row["inputs_hash"]),
        seconds=None if seconds is None else float(seconds),
        exit=None if code is None else int(code),
        id=int(row["id"]),
        name=str(row.get("name") or ""),
        note=str(row.get("note") or ""),
        kept=bool(row.get("kept")),
        contents=contents_of(store, "_runs.contents", row.get("contents")),
    )


def contents_of(store: Store, cell: str, text: str | None) -> InputHashes:
    """What was stored of a run's inputs, in a cell by table and column; nothing is known of the runs of earlier versions.
    StoreError B004."""
    parts = read_object(store, cell, text or "{}")
    known = {part: parts.pop(part, {}) for part in ("settings", "files", "inputs")}
    if parts or not all(isinstance(found, dict) and are_texts(found.values()) for found in known.values()):
        raise StoreError(damaged(Mark(store.name, cell=cell), f"{cell} does not hold names and hashes."))
    return InputHashes(**known)


def loaded_hashes(store: Store) -> tuple[str, str]:
    """Hashes of settings and inputs as the store holds them, "" where nothing was loaded. StoreError."""
    if not store.has("_loaded"):  # an older database, opened for reading only
        ended = (run for run in history(store, 20) if run.exit is not None)
        last = next(ended, RunRecord("", ""))
        return last.settings_hash, last.inputs_hash
    rows = store.query("SELECT settings_hash, inputs_hash FROM _loaded")
    return (str(rows[0][0]), str(rows[0][1])) if rows else ("", "")


def note_loaded(
    store: Store, settings_hash: str, inputs_hash: str, contents: InputHashes | None = None
) -> None:
    """Enter which settings and inputs the store holds, in place of earlier ones. StoreError."""
    with store.transaction():
        store.execute("DELETE FROM _loaded")
        parts = _json(asdict(contents or InputHashes()))
        store.execute("INSERT INTO _loaded VALUES (?, ?, ?)", (settings_hash, inputs_hash, parts))


def write_scenarios(store: Store, run: int, records: ScenarioRecords) -> None:
    """Append the outcomes of scenarios to `_scenarios`. StoreError."""
    size = len(records.positions)
    texts = [_texts(column) for column in (records.status, records.solver, records.route)]
    names = ["run", "problem", "status", "solver", "route", *records.numbers]
    fixed = (repeat(run, size), repeat(records.problem, size))
    columns: list[Iterable[Any]] = [*fixed, *texts, *map(scalars, records.numbers.values())]
    if records.exact:
        names.append("exact")
        columns.append([records.exact.get(s) for s in range(size)])
    with store.transaction():
        _add_columns(store, "_scenarios", {"exact": "TEXT"} if records.exact else {})
        _add_columns(store, "_scenarios", {n: _TYPES[a.dtype.kind] for n, a in records.numbers.items()})
        _append(store, "_scenarios", records.domain, records.positions, names, columns)


def write_convergence(store: Store, run: int, records: ConvergenceRecords) -> None:
    """Append changes between sweeps to `_convergence`. StoreError."""
    size = len(records.change)
    columns = [
        scalars(records.iteration),
        _texts(records.table),
        scalars(records.change),
        scalars(records.threshold),
    ]
    names = ["run", "iteration", "table", "change", "threshold"]
    _append(store, "_convergence", records.domain, records.scenario, names, [repeat(run, size), *columns])


def last_convergence(store: Store) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]]:
    """Header and rows of `_convergence` of the newest run with sub-problems in a loop, in the order of their sweeps.

    The header: a column for each set of scenarios, then iteration, table, change, threshold. StoreError.
    """
    labels = [name for name in store.columns("_convergence") if name.endswith("_Name")]
    columns = (*labels, "iteration", "table", "change", "threshold")
    last = "SELECT max(run) FROM _convergence"
    fields = ", ".join(map(quote, columns))
    rows = store.query(f"SELECT {fields} FROM _convergence WHERE run = ({last}) ORDER BY rowid")
    return columns, tuple(rows)


def last_outcomes(
    store: Store, limit: int | None = None
) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]]:
    """Header and rows of `_scenarios`: of each problem and scenario, the outcome in the newest run that finished it.

    limit: the first so many (None = all). Runs before the last one that replaced all results do not count, nor do scenarios that
    the sets no longer have.
    """
    columns = [name for name in store.columns("_scenarios") if name != "gone"]
    if not columns:
        return (), ()
    rows = store.query(
        f"SELECT {', '.join(map(quote, columns))} FROM ({newest_outcomes(store)}) ORDER BY place LIMIT ?",
        (-1 if limit is None else limit,),
    )
    return tuple(columns), tuple(rows)


def outcome_count(store: Store) -> int:
    """How many outcomes count today. StoreError."""
    return int(store.query(f"SELECT count(*) FROM ({newest_outcomes(store)})")[0][0])


def newest_outcomes(store: Store, until: int | None = None) -> str:
    """A SELECT of the rows of `_scenarios` that count, with their `place`; until: that counted after this run. StoreError."""
    columns = list(store.columns("_scenarios"))
    by = ", ".join(quote(name) for name in columns if name == "problem" or name.endswith("_Name"))
    ended = "exit IS NOT NULL" + (f" AND id <= {until}" if until is not None else "")
    counting = [f"run IN (SELECT id FROM _runs WHERE {ended})"]
    if "whole" in store.columns("_runs"):
        counting.append(f"run >= (SELECT coalesce(max(id), 0) FROM _runs WHERE whole = 1 AND {ended})")
    if "gone" in columns:
        last = "SELECT coalesce(max(id), 0) FROM _runs" if until is None else str(until)
        counting.append(f"(gone IS NULL OR gone > ({last}))")
    counting += _present(store, columns) if until is None else ()
    return f"""SELECT * FROM (
        SELECT *, rank() OVER (PARTITION BY {by} ORDER BY run DESC) AS age, rowid AS place FROM _scenarios
        WHERE {" AND ".join(counting)}
    ) WHERE age = 1"""


def _present(store: Store, columns: Sequence[str]) -> Iterator[str]:
    """The conditions on rows of `_scenarios` that they stand for items of today."""
    for name in (name for name in columns if name.endswith("_Name")):
        items = set_table(name.removesuffix("_Name"))
        if name in store.columns(items):
            there = f"SELECT {quote(name)} FROM {quote(items)}"
            yield f"({quote(name)} IS NULL OR {quote(name)} IN ({there}))"


def forget_gone(store: Store, run: int, axis: str, items: Sequence[str]) -> None:
    """Let outcomes of items that a scenario axis no longer has count until this run only. StoreError."""
    name = coordinate(axis)
    if name in store.columns("_scenarios"):
        store.execute(
            f"""UPDATE _scenarios SET gone = ? WHERE gone IS NULL AND {quote(name)} IS NOT NULL
            AND {quote(name)} NOT IN (SELECT value FROM json_each(?))""",
            (run, json.dumps(list(items))),
        )


def run_outcomes(
    store: Store, run: int, most: int | None = None
) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]]:
    """Header and rows of `_scenarios` of one run, in its order; at most `most`. StoreError."""
    limit = -1 if most is None else most
    columns = [name for name in store.columns("_scenarios") if name != "gone"]
    fields = ", ".join(map(quote, columns))
    rows = store.query(f"SELECT {fields} FROM _scenarios WHERE run = ? ORDER BY rowid LIMIT ?", (run, limit))
    return tuple(columns), tuple(rows)


def objective_ranges(store: Store, run: int) -> tuple[tuple[Any, ...], ...]:
    """Problem, smallest and largest objective of a run. StoreError B004."""
    command = "SELECT problem, min(objective), max(objective) FROM _scenarios WHERE run = ? GROUP BY problem"
    found = tuple(store.query(command, (run,)))
    check_objectives(store, (value for row in found for value in row[1:]))
    return found


def count_outcomes(store: Store, run: int) -> tuple[Outcomes, ...]:
    """What a run has found so far, by problem and status, whose words are the caller's to judge. StoreError B004."""
    others = "max(abs(rel_prim)), max(abs(rel_dual)), max(abs(unc))"
    worst, gap, besides = f"max(max(abs(gap)), {others})", "max(abs(gap))", f"max({others})"
    rows = store.query(
        f"""SELECT problem, status, count(*), coalesce({worst}, 0.0), coalesce({gap}, 0.0), coalesce({besides}, 0.0) FROM _scenarios WHERE run = ?
        GROUP BY problem, status ORDER BY min(rowid)""",
        (run,),
    )
    names = ("problem", "status", "count", "residual", "gap", "besides")
    found = tuple(Outcomes(**dict(zip(names, row, strict=True))) for row in rows)
    check_words(store, "_scenarios", (one.problem for one in found))
    return found


def joint_gaps(store: Store) -> dict[int, float]:
    """Run → the largest gap that it left between a plan of a coupled model and what is proven, where it looked for one. StoreError."""
    if "joint_gap" not in store.columns("_scenarios"):
        return {}
    rows = store.query("SELECT run, max(joint_gap) FROM _scenarios WHERE joint_gap IS NOT NULL GROUP BY run")
    return {int(run): float(gap) for run, gap in rows}


def run_objectives(store: Store) -> tuple[tuple[Any, ...], ...]:
    """Of each run, problem and status: count, smallest and largest objective, their mean; in the order of the runs. StoreError B004."""
    if not store.columns("_scenarios"):
        return ()
    fields = "run, problem, status, count(*), min(objective), max(objective), avg(objective)"
    found = tuple(
        store.query(f"SELECT {fields} FROM _scenarios GROUP BY run, problem, status ORDER BY run, min(rowid)")
    )
    check_words(store, "_scenarios", (value for row in found for value in row[1:3]))
    check_objectives(store, (value for row in found for value in row[4:]))
    return found


def forget_unfinished(store: Store, run: int) -> None:
    """Delete what a run that did not finish has left in `_scenarios` and `_convergence`."""
    for name in ("_scenarios", "_convergence"):
        store.execute(f"DELETE FROM {name} WHERE run = ?", (run,))


def _append(
    store: Store, into: str, domain: Domain, at: Index, names: Sequence[str], columns: Sequence[Iterable[Any]]
) -> None:
    labels = checked_names([coordinate(axis) for axis in domain.names], into)
    with store.transaction():
        _add_columns(store, into, dict.fromkeys(labels, "TEXT"))
        written = [_labels(domain, k, at) for k in range(len(labels))]
        insert_rows(store, into, [*names, *labels], zip(*columns, *written, strict=False))


def _add_columns(store: Store, table: str, types: Mapping[str, str]) -> None:
    known = set(map(fold, store.columns(table)))
    for name, kind in types.items():
        if fold(name) not in known:
            store.execute(f"ALTER TABLE {table} ADD COLUMN {quote(name)} {kind}")


def _labels(domain: Domain, k: int, at: Index) -> Iterator[str]:
    items = domain.axes[k].items
    inner = int(np.prod(domain.shape[k + 1 :], dtype=np.int64))
    return map(items.__getitem__, scalars(at // inner % len(items)))


def _texts(column: str | Sequence[str]) -> Iterable[str]:
    return repeat(column) if isinstance(column, str) else column


def _json(mapping: Mapping[str, Any]) -> str:
    return json.dumps(dict(mapping), sort_keys=True, ensure_ascii=False, default=str)
