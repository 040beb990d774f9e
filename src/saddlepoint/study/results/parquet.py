"""Results as a folder of Parquet files: one folder per table, one file per chunk of scenarios, swapped in at the end.

Labels and columns are those of the database. The chunks of a run are written by several threads while the next chunk is
solved; a run that is killed leaves its chunks in a folder named after the hash of what it computes.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from saddlepoint.files import safe_name
from saddlepoint.files.atomic import write_text
from saddlepoint.files.parquet import Labels, write_columns
from saddlepoint.labels import Domain, Table
from saddlepoint.solve.label import Answer
from saddlepoint.solve.solution import Status
from saddlepoint.store import Outcomes, RunRecord, coordinate, places
from saddlepoint.study.results.write_results import convergence, outcome_records, result_tables
from saddlepoint.study.running.plan import Plan
from saddlepoint.study.running.run import Piece
from saddlepoint.study.scenarios.chunks import with_axes

RESULTS: Final = "results"
WRITERS: Final = 4
_DONE: Final = "_done"
_SCENARIOS: Final = "_scenarios"


class ParquetFolder:
    """The open folder of a run; invisible until the `with` block of `parquet_folder` ends without error."""

    def __init__(self, work: Path, pool: ThreadPoolExecutor) -> None:
        self._work, self._pool = work, pool
        self._writing: tuple[str, list[Outcomes], list[Future[None]]] | None = None
        self._found = {
            path.stem: [Outcomes(**one) for one in json.loads(path.read_text("utf-8"))["outcomes"]]
            for path in sorted((work / _DONE).glob("*.json"))
        }
        names = (json.loads(p.read_text("utf-8"))["name"] for p in (work / _DONE).glob("*.json"))
        self.done = frozenset[str](names)

    def outcomes(self) -> tuple[Outcomes, ...]:
        """What the chunks that are done have found."""
        return tuple(one for found in self._found.values() for one in found)

    def keep(self, plan: Plan, piece: Piece) -> None:
        """Begin to write a piece, when the one before is on disk; FileError F041, F051."""
        self.settle()
        name = f"part-{safe_name(piece.name)}"  # readers of folders skip names that begin with _
        futures = [
            self._pool.submit(write_columns, self._work / table / f"{name}{ending}.parquet", columns)
            for table, ending, columns in _files(plan, piece)
        ]
        self._writing = piece.name, _outcomes(piece), futures

    def settle(self) -> None:
        """Wait until all that was begun is written, and note it as done."""
        if self._writing is None:
            return
        name, outcomes, futures = self._writing
        self._writing = None
        for future in futures:
            future.result()
        text = json.dumps({"name": name, "outcomes": [asdict(one) for one in outcomes]})
        write_text(self._work / _DONE / f"{safe_name(name)}.json", text)


@contextmanager
def parquet_folder(parent: Path, record: RunRecord, resume: bool = False) -> Generator[ParquetFolder]:
    """A folder `results` in `parent`, in place of what was there when the block ends, left as it was when it raises.

    resume: go on with the chunks of a killed run of the same inputs, options and versions. FileError F041, F051.
    """
    work = parent / f".{RESULTS}-{_identity(record)}.part"
    for old in parent.glob(f".{RESULTS}-*.part"):
        if old != work or not resume:
            shutil.rmtree(old, ignore_errors=True)
    (work / _DONE).mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(WRITERS, "parquet") as pool:
        folder = ParquetFolder(work, pool)
        try:
            yield folder
        finally:
            folder.settle()
    _swap(work, parent / RESULTS)


def _swap(work: Path, results: Path) -> None:
    shutil.rmtree(work / _DONE)
    old = results.with_name(f".{RESULTS}-old.part")
    if results.exists():
        results.replace(old)
    work.replace(results)
    shutil.rmtree(old, ignore_errors=True)


def _identity(record: RunRecord) -> str:
    """SHA-256 of what decides the results: settings, inputs, options, versions (its first 16 digits)."""
    parts = (record.settings_hash, record.inputs_hash, dict(record.options), dict(record.versions))
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _files(plan: Plan, piece: Piece) -> Iterator[tuple[str, str, Mapping[str, NDArray[Any] | Labels]]]:
    """Table, what to add to the file's name, columns."""
    for problem, answer in piece.answers.items():
        for table in result_tables(plan, problem, answer):
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


def _columns(table: Table, scenarios: Domain) -> dict[str, NDArray[Any] | Labels]:
    rows = np.arange(table.domain.size) if table.rows is None else table.rows
    ids = places(table, with_axes(table.domain, scenarios)) + 1
    return {"id": ids, **_labels(table.domain, rows), **{n: table.column(n) for n in table.columns}}


def _labels(domain: Domain, rows: NDArray[np.int64]) -> dict[str, Labels]:
    codes: Sequence[NDArray[np.int64]] = np.unravel_index(rows, domain.shape) if domain.axes else ()
    pairs = zip(domain.axes, codes, strict=True)
    return {coordinate(axis.name): Labels(code.astype(np.int64), axis.items) for axis, code in pairs}


def _records(answer: Answer) -> dict[str, NDArray[Any] | Labels]:
    records = outcome_records(answer)
    texts = {name: np.array(getattr(records, name)) for name in ("status", "solver", "route")}
    names = ("objective", "iterations", "seconds", "rel_prim", "rel_dual", "gap", "unc", "verified")
    numbers = {name: np.asarray(getattr(records, name)) for name in names}
    problem = np.full(len(answer.which), answer.program.problem)
    return {"problem": problem, **_labels(records.domain, answer.which), **texts, **numbers}


def _outcomes(piece: Piece) -> list[Outcomes]:
    found: list[Outcomes] = []
    for problem, answer in piece.answers.items():
        c = answer.solution.certificates
        worst = np.max([np.abs(a) for a in (c.rel_prim, c.rel_dual, c.gap, c.unc)], axis=0)
        for code in np.unique(answer.solution.status).tolist():
            those = answer.solution.status == code
            residual = float(np.nan_to_num(worst[those]).max())
            found.append(Outcomes(problem, Status(code).word, int(those.sum()), residual))
    return found
