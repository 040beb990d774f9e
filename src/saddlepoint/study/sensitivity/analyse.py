"""Global sensitivity of a model: the runs of a design, solved in batches, and the indices that follow."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import Any, Protocol

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.declare.scenarios import Scenarios
from saddlepoint.declare.spec import SampleSpec, SetItems, Spec
from saddlepoint.errors import Diagnostic, UsageError
from saddlepoint.labels import Domain, Table
from saddlepoint.model.fetch import Fetched
from saddlepoint.model.model import Model
from saddlepoint.records import dataclass, excerpt
from saddlepoint.study.coupling.coupling import Progress
from saddlepoint.study.running.plan import Request, plan
from saddlepoint.study.running.run import run
from saddlepoint.study.scenarios.expand import widen_spec
from saddlepoint.study.scenarios.select import DRAW
from saddlepoint.study.sensitivity.design import MAIN, METHODS, Analysis, Design, design_runs, indices
from saddlepoint.study.sensitivity.factors import (
    Factors,
    Width,
    model_factors,
    uncertain_tables,
    without_spread,
)
from saddlepoint.study.sensitivity.measures import Measure, measured, measures
from saddlepoint.study.sensitivity.routes import Routes

AT_ONCE = 20_000
"""Runs that are solved, and kept, together."""

Resolve = Callable[[Spec, Sequence[SetItems]], Model]


class Kept(Protocol):
    """Where the numbers of finished chunks are kept, so that a killed analysis goes on."""

    def get(self, chunk: str) -> Array | None:
        """The numbers of a chunk, None if it is not there."""
        ...

    def put(self, chunk: str, numbers: Array) -> None:
        """Keep them."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked. samples: of the design; spread: table → how far its cells go; every: that of tables that only say that they
    are uncertain; group: "table" or a set; measures: names of decided variables."""

    method: Analysis = "morris"
    samples: int = 100
    seed: int = 0
    spread: Mapping[str, Width] | None = None
    every: float = 0.1
    group: str | None = None
    measures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexRow:
    """One index of a factor (or group) for a measure in a scenario; half: of its 95 % interval, NaN = none."""

    measure: str
    scenario: tuple[str, ...]
    factor: str
    index: str
    value: float
    half: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """What was found. main: the index by which factors are ranked; runs: of the model, in each scenario; failed: measure → runs
    without a plan, over all scenarios; still: measures (in scenarios) that do not vary, or have too few runs; solved: solver or kernel →
    problems that it solved now, those of kept runs not counted; uncompiled: kernels for problems like these that were not asked, as
    they are not compiled on this machine."""

    question: Question
    rows: tuple[IndexRow, ...]
    scenarios: tuple[str, ...]
    main: str
    runs: int
    factors: int
    failed: Mapping[str, int]
    still: tuple[str, ...]
    solved: Mapping[str, int]
    uncompiled: tuple[str, ...]

    @property
    def table(self) -> list[dict[str, Any]]:
        """The indices as records: measure, the scenario's labels by set, factor, index, value, half."""
        return [
            {
                "measure": row.measure,
                **dict(zip(self.scenarios, row.scenario, strict=True)),
                **excerpt(row, "factor", "index", "value", "half"),
            }
            for row in self.rows
        ]


def sensitivity(
    spec: Spec,
    items: Sequence[SetItems],
    fetched: Fetched,
    resolve: Resolve,
    asked: Question,
    request: Request,
    kept: Kept | None = None,
    progress: Progress | None = None,
) -> Sensitivity:
    """Run the design of a question and analyse it. UsageError X131, X464–X469, X880, and what resolving and solving raise.

    fetched: the inputs, distributions as they are; kept: where finished chunks are, and go.
    """
    _check(asked)
    spread = dict(asked.spread or {})
    varied = uncertain_tables(spec, spread)
    base = resolve(without_spread(spec, varied), items)
    declared = {table.key: table for table in spec.tables}
    given = replace(
        base, tables={k: replace(t, spec=declared.get(k, t.spec)) for k, t in base.tables.items()}
    )
    found = model_factors(given, fetched, spread, asked.every, asked.group)
    wanted = measures(base, asked.measures)
    made = design_runs(asked.method, found, asked.samples, asked.seed)
    job = _Job(
        spec=without_spread(spec, varied),
        items=items,
        fetched=fetched,
        resolve=resolve,
        base=base,
        factors=found,
        measures=wanted,
        request=replace(request, expected=len(made.points) * max(1, base.scenarios.size)),
    )
    parts: list[Array] = []
    for start in range(0, len(made.points), AT_ONCE):
        points = made.points[start : start + AT_ONCE]
        name = f"{start}:{_digest(points)}"
        numbers = kept.get(name) if kept is not None else None
        if numbers is None or numbers.shape[:2] != (len(wanted), len(points)):
            numbers = job.results(points)
            if kept is not None:
                kept.put(name, numbers)
        parts.append(numbers)
        if progress is not None:
            progress(start + len(points), len(made.points))
    return _found(asked, made, found, job, np.concatenate(parts, axis=1))


def _check(asked: Question) -> None:
    found: list[Diagnostic] = []
    if asked.method not in METHODS:
        found.append(
            Diagnostic("X469", f"{asked.method!r} is no method", fix=f"Take one of {', '.join(METHODS)}.")
        )
    if asked.samples < 4:
        found.append(Diagnostic("X469", f"{asked.samples} samples are too few", fix="Take at least 4."))
    if not 0 < asked.every < np.inf:
        found.append(
            Diagnostic("X469", f"the spread must be above 0, not {asked.every:g}", fix="Give 0.1 for ± 10 %.")
        )
    if found:
        raise UsageError(found)


def _digest(points: Array) -> str:
    return hashlib.blake2b(points.tobytes(), digest_size=12).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """The model at points: every point is one more scenario of one batch."""

    spec: Spec
    items: Sequence[SetItems]
    fetched: Fetched
    resolve: Resolve
    base: Model
    factors: Factors
    measures: Sequence[Measure]
    request: Request
    routes: Routes = field(default_factory=Routes)

    def results(self, points: Array) -> Array:
        """(measures, points, scenarios)."""
        values = self.factors.values(self.fetched.tables, points)
        sample = SampleSpec(tables=tuple(values), number=len(points))
        wider = widen_spec(self.spec, self.items, self.base, Scenarios(sample=sample))
        assert wider is not None
        model = self.resolve(*wider)
        tables = {k: self._wide(model, k, t, values.get(k)) for k, t in self.fetched.tables.items()}
        initial = {k: self._wide(model, k, t, None) for k, t in self.fetched.initial.items()}
        planned = plan(model, replace(self.fetched, tables=tables, initial=initial), self.request)
        return measured(self.routes.noting(run(planned)), self.measures, len(points), self.base.scenarios)

    def _wide(self, model: Model, key: str, table: Table, values: Array | None) -> Table:
        if key not in model.tables:
            return table
        domain: Domain = model.tables[key].domain
        if values is not None:
            return replace(table, domain=domain, columns={"values": values.reshape(-1)}, rows=None)
        if DRAW not in domain:
            return table
        copies = domain.size // table.domain.size
        columns = {name: np.tile(column, copies) for name, column in table.columns.items()}
        return replace(table, domain=domain, columns=columns, rows=None)


def _found(asked: Question, made: Design, found: Factors, job: _Job, results: Array) -> Sensitivity:
    scenarios = job.base.scenarios
    rows: list[IndexRow] = []
    failed: dict[str, int] = {}
    still: list[str] = []
    for k, measure in enumerate(job.measures):
        missing = int(np.isnan(results[k]).sum())
        failed |= {measure.name: missing} if missing else {}
        before, without = len(rows), list[str]()
        for s in range(scenarios.size):
            labels = tuple(scenarios.coordinates(s))
            more = list(_rows(measure.name, labels, made, results[k, :, s]))
            rows += more
            without += [] if more else [f"{measure.name} ({', '.join(labels)})"]
        still += without if len(rows) > before else [measure.name]
    return Sensitivity(
        question=asked,
        rows=tuple(rows),
        scenarios=scenarios.names,
        main=MAIN[asked.method],
        runs=len(made.points),
        factors=found.size,
        failed=failed,
        still=tuple(still),
        solved=job.routes.solved,
        uncompiled=tuple(job.routes.uncompiled),
    )


def _rows(measure: str, scenario: tuple[str, ...], made: Design, results: Array) -> Iterator[IndexRow]:
    for index, (values, halves) in (indices(made, results) or {}).items():
        for name, value, half in zip(made.names, values.tolist(), halves.tolist(), strict=True):
            yield IndexRow(
                measure=measure, scenario=scenario, factor=name, index=index, value=value, half=half
            )
