"""Stages of runs: what killed processes left, whether it can be gone on with, and how it goes away."""

from __future__ import annotations

from typing import Final

from saddlepoint.records import dataclass
from saddlepoint.store.connection import Store
from saddlepoint.store.identifiers import quote
from saddlepoint.store.kept import forget_copies
from saddlepoint.store.lease import lock_files, take
from saddlepoint.store.run_records import RunRecord
from saddlepoint.store.runs import forget_unfinished, history
from saddlepoint.store.steps import has_steps

STAGED: Final = "_staged_"


@dataclass(frozen=True, slots=True)
class Leftover:
    """A run that was killed: what it was, and the names of its finished chunks."""

    run: RunRecord
    chunks: frozenset[str]


def leftovers(store: Store) -> tuple[Leftover, ...]:
    """Runs of killed processes that have finished chunks or steps of one, the newest first. StoreError."""
    if store.readonly:
        return ()
    found = (Leftover(run, chunks_of(store, run.id or 0)) for run in history(store) if run.exit is None)
    return tuple(
        one
        for one in found
        if (one.chunks or has_steps(store, one.run.id or 0)) and not _alive(store, one.run.id or 0)
    )


def is_resumable(store: Store, run: int) -> bool:
    """Whether a run has left something to go on from."""
    return bool(chunks_of(store, run)) or has_steps(store, run)


def clean(store: Store, *, finished_chunks: bool = False) -> int:
    """Remove what killed processes left and nobody can resume (with finished_chunks: all of it); how many runs."""
    count = 0
    for run in _stages(store):
        if (finished_chunks or not is_resumable(store, run)) and not _alive(store, run):
            discard(store, run)
            count += 1
    _remove_locks(store)
    return count


def staged_name(run: int, table: str) -> str:
    """The name of a result table until it is swapped in."""
    return f"{STAGED}{run}_{table}"


def _alive(store: Store, run: int) -> bool:
    if store.path is None:
        return False
    lease = take(store, run)
    if lease is None:
        return True
    lease.release()
    return False


def _remove_locks(store: Store) -> None:
    """Remove the lock files of runs that are no longer alive: looking at one removes it.

    A file without an unfinished run in `_runs` may be that of a run just beginning, inside its first transaction;
    under the write lock there is no such run.
    """
    files = lock_files(store.path) if store.path is not None and not store.readonly else {}
    begun = (
        {run for (run,) in store.query("SELECT id FROM _runs WHERE exit IS NULL")} if files else set[int]()
    )
    for run in begun & set(files):
        _alive(store, run)
    if set(files) - begun:
        with store.transaction():
            for run in set(files) - begun:
                _alive(store, run)


def _stages(store: Store) -> list[int]:
    if store.readonly or not store.has("_staged"):
        return []
    unfinished = "SELECT id FROM _runs WHERE exit IS NULL"
    rows = store.query(
        f"""SELECT run FROM _staged UNION SELECT run FROM _chunks UNION SELECT run FROM _steps
        UNION SELECT run FROM _scenarios WHERE run IN ({unfinished})
        UNION SELECT run FROM _convergence WHERE run IN ({unfinished})"""
    )
    return sorted(run for (run,) in rows)


def chunks_of(store: Store, run: int) -> frozenset[str]:
    """The names of the finished chunks of a run."""
    return frozenset(chunk for (chunk,) in store.query("SELECT chunk FROM _chunks WHERE run = ?", (run,)))


def clear(store: Store, run: int) -> None:
    """Remove the staged tables of a run, its chunks and the steps of its searches."""
    prefix = staged_name(run, "")
    for name in store.names():
        if name.startswith(prefix):
            store.execute(f"DROP TABLE {quote(name)}")
    for bookkeeping in ("_staged", "_chunks", "_steps"):
        store.execute(f"DELETE FROM {bookkeeping} WHERE run = ?", (run,))


def discard(store: Store, run: int) -> None:
    """Remove all that an unfinished run has left."""
    with store.transaction():
        clear(store, run)
        forget_copies(store, run)
        forget_unfinished(store, run)
