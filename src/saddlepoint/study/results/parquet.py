"""Results as a folder of Parquet files: one folder per table, one file per chunk of scenarios, swapped in at the end.

Labels and columns are those of the database. The chunks of a run are written by several threads while the next chunk is
solved; a run that is killed leaves its chunks in a folder named after the hash of what it computes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from saddlepoint.arrays import Index, distinct
from saddlepoint.errors import Mark, StoreError
from saddlepoint.files import distinct_names, read_text, safe_name
from saddlepoint.files.atomic import write_text
from saddlepoint.files.folder import (
    RESULTS,
    begin_work,
    clear_work,
    pending,
    recover,
    refuse_foreign,
    seal,
    swap,
)
from saddlepoint.files.parquet import DictionaryColumn, write_columns
from saddlepoint.labels import Domain, Table
from saddlepoint.solve.label import Answer
from saddlepoint.solve.solution import Status
from saddlepoint.store import Outcomes, RunRecord, coordinate
from saddlepoint.store.lease import hold
from saddlepoint.store.staging import flat_places
from saddlepoint.study.results.write_results import convergence, outcome_records, tables_of_answer
from saddlepoint.study.running.plan import Plan
from saddlepoint.study.running.run import Piece
from saddlepoint.study.scenarios.chunks import with_axes

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

WRITERS: Final = 4
_DONE: Final = "done"
_NEW: Final = "new"
_MARKER: Final = "_unfinished.txt"
_SCENARIOS: Final = "_scenarios"


class ParquetFolder:
    """The open folder of a run; invisible until the `with` block of `parquet_folder` ends without error."""

    def __init__(self, work: Path, pool: ThreadPoolExecutor) -> None:
        self._work, self._pool = work, pool
        self._writing: tuple[str, list[Outcomes], list[Future[None]]] | None = None
        said = [json.loads(read_text(path)) for path in sorted((work / _DONE).glob("*.json"))]
        self._found = [[Outcomes(**one) for one in chunk["outcomes"]] for chunk in said]
        self.tables: dict[str, str] = {key: name for chunk in said for key, name in chunk["tables"].items()}
        self.done = frozenset[str](chunk["name"] for chunk in said)

    def outcomes(self) -> tuple[Outcomes, ...]:
        """What the chunks that are done have found."""
        return tuple(one for found in self._found for one in found)

    def keep(self, plan: Plan, piece: Piece) -> None:
        """Begin to write a piece, when the one before is on disk; FileError F041, F051."""
        self.settle()
        name = f"part-{safe_name(piece.name)}"  # readers of folders skip names that begin with _
        futures = [
            self._pool.submit(write_columns, self._place(table) / f"{name}{ending}.parquet", columns)
            for table, ending, columns in _files(plan, piece)
        ]
        self._writing = piece.name, _outcomes(piece), futures

    def _place(self, table: str) -> Path:
        """The folder of a table, by the one way from names to file names."""
        if table not in self.tables:
            self.tables = distinct_names([*self.tables, table])
        return self._work / _NEW / self.tables[table]

    def settle(self) -> None:
        """Wait until all that was begun is written, and note it as done."""
        if self._writing is None:
            return
        name, outcomes, futures = self._writing
        self._writing = None
        for future in futures:
            future.result()
        said = {"name": name, "tables": self.tables, "outcomes": [asdict(one) for one in outcomes]}
        write_text(self._work / _DONE / f"{safe_name(name)}.json", json.dumps(said))


@contextmanager
def parquet_folder(parent: Path, record: RunRecord, resume: bool = False) -> Generator[ParquetFolder]:
    """A folder `results` in `parent`, in place of what was there when the block ends, left as it was when it raises.

    resume: go on with the chunks of a killed run of the same inputs, options and versions. FileError F040, F041, F046
    (the folder holds what we did not write), F051; StoreError B007 (another run writes there).
    """
    from concurrent.futures import ThreadPoolExecutor

    results = parent / RESULTS
    with _alone(parent):
        recover(results)
        refuse_foreign(results)
        work = _begin(parent, _identity(record), resume)
        with ThreadPoolExecutor(WRITERS, "parquet") as pool:
            folder = ParquetFolder(work, pool)
            try:
                yield folder
            finally:
                folder.settle()
        seal(work / _NEW, {"run": record.command, "started": record.started, "tables": folder.tables})
        swap(work / _NEW, results)
        clear_work(work, _MARKER)


def settle_folder(parent: Path) -> None:
    """Complete or take back the swap of a run into Parquet files that was killed in its last steps. FileError F041."""
    if pending(parent / RESULTS):
        with _alone(parent):
            recover(parent / RESULTS)


@contextmanager
def _alone(parent: Path) -> Generator[None]:
    """One run at a time writes the folder; StoreError B007."""
    lease = hold(parent / f".{RESULTS}.lock")
    if lease is None:
        why, fix = "Another run writes its results there just now.", "Wait until it ends, then try again."
        raise StoreError.of("B007", f"the folder {RESULTS} is in use.", Mark(RESULTS), why=why, fix=fix)
    try:
        yield
    finally:
        lease.release()


def _begin(parent: Path, identity: str, resume: bool) -> Path:
    """The working folder: that of the run to go on with, or a new one; those of other runs are deleted."""
    work = parent / f".{RESULTS}-{identity}.part"
    for other in parent.glob(f".{RESULTS}-*.part"):
        if other != work or not resume or not (work / _NEW).is_dir():
            clear_work(other, _MARKER)
    begin_work(
        work,
        _MARKER,
        "The unfinished results of a run; `lab.run(resume=True)` goes on with it.\n",
        (_DONE, _NEW),
    )
    return work


def _identity(record: RunRecord) -> str:
    """SHA-256 of what decides the results: settings, inputs, options, versions (its first 16 digits)."""
    parts = (record.settings_hash, record.inputs_hash, dict(record.options), dict(record.versions))
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _files(
    plan: Plan, piece: Piece
) -> Iterator[tuple[str, str, Mapping[str, NDArray[Any] | DictionaryColumn]]]:
    """Table, what to add to the file's name, columns."""
    for problem, answer in piece.answers.items():
        for table in (*tables_of_answer(plan, problem, answer, piece.ranges.get(problem)), *piece.tables):
            yield table.key, "", _columns(table, answer.program.scenarios)
        yield _SCENARIOS, f"-{safe_name(problem)}" if problem else "", _records(answer)
    if piece.coupled is not None:
        way = convergence(piece.coupled)
        numbers = {"iteration": way.iteration, "table": np.array(way.table), "change": way.change}
        yield (
            "_convergence",
            "",
            {**_labels(way.domain, way.scenario), **numbers, "threshold": way.threshold},
        )


def _columns(table: Table, scenarios: Domain) -> dict[str, NDArray[Any] | DictionaryColumn]:
    rows = np.arange(table.domain.size) if table.rows is None else table.rows
    ids = flat_places(table, with_axes(table.domain, scenarios)) + 1
    return {"id": ids, **_labels(table.domain, rows), **{n: table.column(n) for n in table.columns}}


def _labels(domain: Domain, rows: Index) -> dict[str, DictionaryColumn]:
    codes: Sequence[Index] = np.unravel_index(rows, domain.shape) if domain.axes else ()
    pairs = zip(domain.axes, codes, strict=True)
    return {
        coordinate(axis.name): DictionaryColumn(code.astype(np.int64), axis.items) for axis, code in pairs
    }


def _records(answer: Answer) -> dict[str, NDArray[Any] | DictionaryColumn]:
    records = outcome_records(answer)
    texts = {name: np.array(getattr(records, name)) for name in ("status", "solver", "route")}
    problem = np.full(len(answer.which), answer.program.problem)
    return {"problem": problem, **_labels(records.domain, answer.which), **texts, **records.numbers}


def _outcomes(piece: Piece) -> list[Outcomes]:
    found: list[Outcomes] = []
    for problem, answer in piece.answers.items():
        worst = answer.solution.certificates.worst
        for code in distinct(answer.solution.status).tolist():
            those = answer.solution.status == code
            residual = float(np.nan_to_num(worst[those]).max())
            found.append(
                Outcomes(problem=problem, status=Status(code).word, count=int(those.sum()), residual=residual)
            )
    return found
