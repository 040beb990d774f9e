"""The verbs that solve: in memory, or from files to the database."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, Unpack

import numpy as np

from saddlepoint.arrays import Index
from saddlepoint.errors import Diagnostic
from saddlepoint.lab.inputs import WithInputs
from saddlepoint.model.fetch import Fetched
from saddlepoint.model.load import source_words
from saddlepoint.report.convergence import log_writer
from saddlepoint.store import stage
from saddlepoint.study.coupling.coupling import Progress
from saddlepoint.study.execute import Summary, execute, keep_result
from saddlepoint.study.results.result import Result, collect
from saddlepoint.study.running.arguments import SolveArguments
from saddlepoint.study.running.plan import Plan, plan
from saddlepoint.study.running.programs import compiled_programs
from saddlepoint.study.running.remote import spreading
from saddlepoint.study.running.request import make_request
from saddlepoint.study.running.run import run
from saddlepoint.study.scenarios.expand import allowed, widen_numbers


class Solving(WithInputs):
    """A model that is solved."""

    @property
    def chosen(self) -> Index:
        """The scenarios that scenarios.yml leaves, as positions in `study.scenarios`; StudyError."""
        left = allowed(self.study.scenarios, self.scenarios)
        return np.arange(self.study.scenarios.size) if left is None else left

    def plan(self, fetched: Fetched, **arguments: Unpack[SolveArguments]) -> Plan:
        """What a run would do; arguments as in `solve`. UsageError, StudyError."""
        numbers = widen_numbers(self.study, fetched, self.scenarios)
        chosen = allowed(self.study.scenarios, self.scenarios)
        return plan(self.study, numbers, make_request(arguments), chosen)

    def explain(self, **arguments: Unpack[SolveArguments]) -> str:
        """The compiled problems in words: sizes, pattern, route and reason; arguments as in `solve`."""
        from saddlepoint.report.explain import explain

        planned = self.plan(self._current(), **arguments)
        return explain(planned.model, planned.order, compiled_programs(planned))

    def solve(
        self, progress: Progress | None = None, on: str | None = None, **arguments: Unpack[SolveArguments]
    ) -> Result:
        """Solve in memory. Arguments: scenarios, mode, chain, chunk, and the fields of Options and Coupling.

        on: where (study.running.remote.spreading; None = here). Raises what the stages raise; a scenario without an answer is
        a status, not an error.
        """
        begin = time.perf_counter()
        planned = self.plan(self._current(), **arguments)
        with spreading(on) as spread:
            pieces = list(run(planned, progress, spread=spread))
        result = collect(planned, pieces, time.perf_counter() - begin)
        return replace(result, warnings=self._said(planned))

    def run(
        self,
        progress: Progress | None = None,
        resume: bool = False,
        on: str | None = None,
        to: Literal["database", "parquet"] = "database",
        name: str = "",
        note: str = "",
        searching: Callable[[float, float], None] | None = None,
        enough: Callable[[], bool] | None = None,
        **arguments: Unpack[SolveArguments],
    ) -> Summary:
        """Load what changed, solve, write piece by piece: `saddle run`. Arguments as in `solve`.

        resume: go on with a killed run of the same; to: `parquet` writes a folder `results` beside the database; name: keep
        what the run reads and writes under this name (StoreError B480); note: what the history says of it; searching: told, in a
        long integer search on this machine, the objective of the best plan so far and the bound, several times a second; enough:
        asked as often whether that plan is enough: the search ends with it, and what is open is left.
        """
        from saddlepoint.study.results.parquet import settle_folder as settle_results

        beside = self.database.parent
        results = beside if to == "parquet" else None
        settle_results(beside)
        with self._loaded() as (store, loading), spreading(on) as spread:
            planned = self.plan(loading.fetched, **arguments)
            if on is None:
                asked = replace(planned.request, searching=searching, enough=enough)
                planned = replace(planned, request=asked)
            record = self._record(store, arguments, loading.fetched, name=name, note=note)
            log = log_writer(beside, planned.request.coupling)
            summary = execute(
                planned, store, record, time.perf_counter, progress, resume, log, spread, results
            )
            return replace(summary, inputs=source_words(loading, self.source))

    def save(self, result: Result, name: str = "", note: str = "") -> Summary:
        """Write a result into the store, as a run; name: keep it under this name, too; StoreError."""
        tell = log_writer(self.database.parent, result.plan.request.coupling)
        with self.store() as store:
            record = self._record(store, {}, result.plan.fetched, name=name, note=note)
            summary = keep_result(store, result, record)
        for coupled in result.coupled.values():
            tell(coupled)
        return summary

    def merge(self, parts: Sequence[str | Path]) -> Summary:
        """Write the results of parts (runs with `database=`) into the store, as one run; StudyError K130, StoreError."""
        from saddlepoint.study.merge import merge

        with self._loaded() as (store, loading):
            planned = self.plan(loading.fetched)
            record = self._record(store, {})
            return merge(planned, store, [Path(part) for part in parts], record, time.perf_counter)

    def clear(self) -> None:
        """Remove the results from the store; inputs and history stay. FileError, DataError, StoreError."""
        with self._loaded() as (store, _), stage(store, self._record(store, {}, command="clear")) as staged:
            staged.finish(None, 0)

    def _said(self, planned: Plan) -> tuple[Diagnostic, ...]:
        """The warnings of `check` on the way to a plan; they go to the log `saddlepoint` as well."""
        import logging

        found = tuple(dict.fromkeys((*self.warnings, *planned.model.warnings, *planned.fetched.warnings)))
        for each in found:
            logging.getLogger("saddlepoint").warning("%s: %s: %s", each.code, each.mark, each.message)
        return found
