"""Whether the results fit the inputs: the runs they are from against what is loaded, or against the files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from saddlepoint.records import dataclass
from saddlepoint.store.connection import Store
from saddlepoint.store.run_records import InputHashes, RunRecord
from saddlepoint.store.runs import contents_of, history, loaded_hashes, newest_outcomes
from saddlepoint.store.tables import catalogue

NAMED: Final = 4
"""Tables and files that a sentence names."""
AT_REST: Final = "database"
"""Stands for the files of a run that took its inputs from the database as it was."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What is there now: the two hashes that runs are recorded with, and hashes by part as far as they are known."""

    settings_hash: str
    inputs_hash: str
    contents: InputHashes


@dataclass(frozen=True, slots=True, kw_only=True)
class Stale:
    """Results that are older than what they should follow from.

    runs: those that they are from and that read something else; changed: settings files, and input tables or files, that
    are not as they were; whole: whether all results are from such runs.
    """

    runs: tuple[RunRecord, ...]
    changed: tuple[str, ...]
    whole: bool

    @property
    def sentence(self) -> str:
        """What to tell a person."""
        what = "the results are" if self.whole else "some of the results are"
        first = self.runs[0]
        which = f"run {first.id} of {first.started[:16].replace('T', ' ')}"
        which += f" and {len(self.runs) - 1} more" if len(self.runs) > 1 else ""
        more = f" and {len(self.changed) - NAMED} more" if len(self.changed) > NAMED else ""
        changed = ", ".join(self.changed[:NAMED]) + more if self.changed else "the inputs"
        return f"{what} older than the model: from {which}, before {changed} changed; `lab.run()` makes them new."


def loaded_inputs(store: Store) -> Inputs:
    """What the database holds. StoreError."""
    settings, inputs = loaded_hashes(store)
    known = InputHashes()
    if "contents" in store.columns("_loaded"):
        rows = store.query("SELECT contents FROM _loaded")
        known = contents_of(store, "_loaded.contents", rows[0][0]) if rows else known
    tables = {info.name: info.content for info in catalogue(store) if info.kind != "result" and info.content}
    contents = InputHashes(settings=known.settings, files=known.files, inputs=tables)
    return Inputs(settings, inputs, contents)


def stale(store: Store, now: Inputs | None = None) -> Stale | None:
    """Why the current results do not fit what there is now (None: what is loaded); None if they do. StoreError."""
    if not any(info.kind == "result" for info in catalogue(store)):
        return None
    now = now or loaded_inputs(store)
    sources = source_runs(store)
    older = [run for run in sources if not _fits(run, now)]
    if not older:
        return None
    changed = dict.fromkeys(name for run in older for name in changes(run, now))
    return Stale(runs=tuple(older), changed=tuple(changed), whole=len(older) == len(sources))


def mark_stale(store: Store) -> None:
    """Write into `_tables` whether the results fit what is loaded; part of a transaction. StoreError."""
    found = stale(store)
    store.execute(
        "UPDATE _tables SET stale = ? WHERE kind = 'result'",
        (None if found is None else _plain(found.sentence),),
    )


def _plain(sentence: str) -> str:
    return sentence.partition(";")[0] + "."


def source_runs(store: Store) -> list[RunRecord]:
    """The runs that today's results are from, the newest first. StoreError."""
    if not store.columns("_scenarios"):
        return []
    since = "SELECT coalesce(max(id), 0) FROM _runs WHERE whole = 1 AND exit IS NOT NULL"
    rows = (
        store.query(f"SELECT DISTINCT run FROM _scenarios WHERE run >= ({since})")
        if _knows_whole(store)
        else []
    )
    ids = {run for (run,) in rows}
    if len(ids) != 1:
        ids = {run for (run,) in store.query(f"SELECT DISTINCT run FROM ({newest_outcomes(store)})")}
    return [run for run in history(store) if run.id in ids and run.exit is not None]


def _knows_whole(store: Store) -> bool:
    return "whole" in store.columns("_runs")


def _fits(run: RunRecord, now: Inputs) -> bool:
    same = (run.settings_hash, run.inputs_hash) == (now.settings_hash, now.inputs_hash)
    return same or not any(True for _ in changes(run, now))


def changes(run: RunRecord, now: Inputs) -> Iterator[str]:
    """What is not as the run read it: settings files, then input tables, or files where the tables are not known.

    A run that took its inputs from the database has read no file that could be newer.
    """
    was, contents = run.contents, now.contents
    if run.settings_hash != now.settings_hash:
        yield from _named(was.settings, contents.settings, "the settings")
    if run.inputs_hash != now.inputs_hash and AT_REST not in was.files:
        if was.inputs and contents.inputs:
            yield from _differing(was.inputs, contents.inputs)
        else:
            yield from _named(was.files, contents.files, "the inputs")


def _named(was: Mapping[str, str], now: Mapping[str, str], otherwise: str) -> Iterator[str]:
    found = list(_differing(was, now)) if was and now else []
    yield from found or [otherwise]


def _differing(was: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    return (name for name in dict.fromkeys([*was, *now]) if was.get(name) != now.get(name))
