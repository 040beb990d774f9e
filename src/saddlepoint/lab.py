"""Lab: the object a person holds. Each method is one verb."""

from __future__ import annotations

import datetime
import hashlib
import sys
import time
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Unpack

import numpy as np

from saddlepoint import __version__, declare
from saddlepoint.arrays import Index
from saddlepoint.declare import FileFormat, Reading, Scenarios, SetItems, Spec
from saddlepoint.errors import Diagnostic, SaddleError, StoreError, UsageError
from saddlepoint.files import Sheet, contained, inside, read_bytes
from saddlepoint.files.atomic import clear_parts
from saddlepoint.files.paths import there
from saddlepoint.model.fetch import Fetched, fetch
from saddlepoint.model.language import Language, language
from saddlepoint.model.load import (
    Loading,
    accept_inputs,
    files_now,
    inputs_hash,
    keep_inputs,
    make_blank,
    source_words,
    stored_inputs,
)
from saddlepoint.model.model import Model
from saddlepoint.model.resolve import resolve
from saddlepoint.report.convergence import log_writer
from saddlepoint.report.run_summary import Scenario, outcomes, run_summary
from saddlepoint.store import (
    DATABASE,
    MODEL_FILE,
    InputHashes,
    Inputs,
    RowFilter,
    RunRecord,
    Shown,
    Stale,
    Store,
    database_of,
    drop_kept,
    history,
    keep_current,
    kept_runs,
    loaded_hashes,
    loaded_inputs,
    made_by_cvxlab,
    mark_stale,
    note_loaded,
    note_owner,
    open_store,
    refuse_other,
    refuse_triggers,
    restore_kept,
    show_rows,
    stage,
    stale,
)
from saddlepoint.study.coupling.coupling import Progress
from saddlepoint.study.execute import Summary, execute, keep_result
from saddlepoint.study.results.result import Result, collect
from saddlepoint.study.results.stored import StoredResult, stored_result
from saddlepoint.study.running.options import SolveArguments
from saddlepoint.study.running.plan import Plan, plan
from saddlepoint.study.running.programs import programs
from saddlepoint.study.running.remote import spreading
from saddlepoint.study.running.request import make_request
from saddlepoint.study.running.run import run
from saddlepoint.study.scenarios.expand import (
    allowed,
    as_given,
    idle_changes,
    plain_spec,
    widen_numbers,
    widen_spec,
)

if TYPE_CHECKING:
    from saddlepoint.declare.skeleton import FileLayout
    from saddlepoint.declare.template import Templated
    from saddlepoint.report.explore.server import ExploreServer
    from saddlepoint.report.export import ExportFormat
    from saddlepoint.report.mathematics import MathFormat
    from saddlepoint.study.diagnosis.diagnose import Diagnosis
    from saddlepoint.study.diagnosis.vary import Curves
    from saddlepoint.study.frontier.trace import Frontier
    from saddlepoint.study.sensitivity.analyse import Question, Sensitivity
    from saddlepoint.study.sensitivity.design import Analysis

Source = Literal["files", "database"]
"""RowFilter inputs come from."""
PATIENCE = 3600.0
"""Seconds after which nobody goes on writing a temporary file."""


class Lab:
    """A model with its data: from a folder (`saddlepoint.open`) or from memory (`saddlepoint.define`).

    The model is read once: open the folder again after a change of settings or sets. Data files are looked at whenever
    inputs are needed.
    folder: the model folder, None in memory; command: what the history says of runs.
    """

    def __init__(
        self,
        read_settings: Callable[[], Reading],
        read_items: Callable[[], Reading],
        folder: Path | None = None,
        data: Mapping[str, object] | None = None,
        command: str = "python",
        read_scenarios: Callable[[], Scenarios] = Scenarios,
        database: Path | None = None,
        trust: bool = False,
        source: Source = "files",
    ) -> None:
        self.source: Source = source
        self._read_settings, self._read_items = read_settings, read_items
        self._read_scenarios, self._database = read_scenarios, database
        self.folder, self.data, self.command, self.trust = folder, data, command, trust
        self._settings_hash = "" if folder is None else declare.settings_hash(folder)

    @classmethod
    def open(
        cls,
        folder: str | Path,
        settings: FileFormat | None = None,
        command: str = "python",
        database: str | Path | None = None,
        trust: bool = False,
        source: Source = "files",
        lenient: bool | None = None,
    ) -> Lab:
        """The lab of a model folder; its settings are read at once (FileError, DeclareError), the rest when needed.

        database: where inputs and results are stored (None = database.db in the folder); trust: whether the folder's
        user_defined_*.py may be run (they may too if `saddle trust` has been said of their content); source: whether
        inputs are those of the input files, or those that the database holds, as they stand there; lenient: whether the
        folder is CVXlab's, so that what is odd is a warning and matrices align by position (None = look at its database).
        """
        if (file := Path(folder)).suffix.casefold() in MODEL_FILE and file.is_file():
            return cls._of_file(file, command, database, trust)
        path = inside(Path(folder), ".")
        place = None if database is None else Path(database)
        loose = made_by_cvxlab(place or path / DATABASE) if lenient is None else lenient
        reading = declare.read_settings(Path(folder), settings, loose)
        items = partial(declare.read_items, path, reading.spec)
        scenarios = partial(declare.read_scenarios, path)
        return cls(lambda: reading, items, path, None, command, scenarios, place, trust, source)

    @classmethod
    def _of_file(cls, file: Path, command: str, database: str | Path | None, trust: bool) -> Lab:
        """The lab of a model in one file; its database has the file's name."""
        reading, data = declare.read_one_file(file)
        place = database_of(file) if database is None else Path(database)
        lab = cls(
            lambda: reading, lambda: reading, inside(file.parent, "."), data, command, Scenarios, place, trust
        )
        lab._settings_hash = hashlib.sha256(read_bytes(file)).hexdigest()
        return lab

    @classmethod
    def of(cls, data: Mapping[str, object] | None = None, **declared: Any) -> Lab:
        """A lab from values: see `saddlepoint.define`."""
        scenarios = declared.pop("scenarios", None)
        reading = declare.from_mapping(**declared)
        return cls(
            lambda: reading,
            lambda: reading,
            data=data or {},
            read_scenarios=partial(declare.scenarios_from, scenarios),
        )

    def _repr_html_(self) -> str:
        from saddlepoint.printing.html import html_table

        place = "in memory" if self.folder is None else f"in {self.folder.name}"
        try:
            model = self.model
        except SaddleError as error:
            return html_table(f"A model {place} that cannot be read: {error}", (), (), 0)
        sizes = ", ".join(f"{len(one.axis):,} {name}" for name, one in model.sets.items())
        count = f"{len(model.problems)} problem" + "s" * (len(model.problems) != 1)
        sentence = f"{model.name or 'A model'} {place}: {count} over {sizes}"
        rows = [(t.key, t.spec.kind, t.spec.unit, t.spec.description) for t in model.tables.values()]
        return html_table(sentence, ("table", "kind", "unit", "description"), rows, len(rows))

    @cached_property
    def settings(self) -> Reading:
        """What the settings say."""
        return self._read_settings()

    @cached_property
    def items(self) -> Reading:
        """The items of the sets; FileError, DeclareError."""
        return self._read_items()

    @cached_property
    def scenarios(self) -> Scenarios:
        """What scenarios.yml says; FileError, DeclareError."""
        return self._read_scenarios()

    @cached_property
    def model(self) -> Model:
        """The resolved model, its tables as the input files hold them; FileError and what resolve raises."""
        return as_given(self._plain, self.settings.spec)

    @cached_property
    def _plain(self) -> Model:
        return self._resolved(plain_spec(self.settings.spec, self.scenarios), self.items.items)

    @cached_property
    def study(self) -> Model:
        """The model that is solved: with the runs and draws of scenarios.yml as scenarios; StudyError."""
        spec = plain_spec(self.settings.spec, self.scenarios)
        wider = widen_spec(spec, self.items.items, self._plain, self.scenarios)
        return self._plain if wider is None else self._resolved(*wider)

    @cached_property
    def language(self) -> Language:
        """Operators and constants: the folder's own too if the user trusts them; FileError."""
        return language(self.folder, self.trust, self.settings.spec.trust)

    def _resolved(self, spec: Spec, items: Sequence[SetItems]) -> Model:
        return resolve(spec, items, self.language.operators, self.language.constants)

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What was ignored or looks wrong without being an error."""
        own = (*self.settings.warnings, *self.items.warnings, *self.language.warnings)
        return (*own, *self.model.warnings)

    def check(self, data: bool = False) -> tuple[Diagnostic, ...]:
        """Everything that can be wrong before a solver is called: settings, sets, names, formulas, data, convexity.

        data: also warn of numbers that look wrong and items that no relation reaches (K620–K622).
        """
        from saddlepoint.model.suspicious import suspicious_data
        from saddlepoint.study.running.crossed_bounds import crossed_bounds
        from saddlepoint.study.running.unreached import unreached_items

        found: list[Diagnostic] = []
        try:
            for reading in ("settings", "items", "language", "model"):
                found += getattr(self, reading).warnings
            fetched = self.inputs()
            found += fetched.warnings
            planned = self.plan(fetched)
            found += [d for d in planned.model.warnings if d not in self.model.warnings]
            made = programs(planned)
            found += crossed_bounds(planned)
            if data:
                sheets = {} if self.source == "database" else self._sheets()
                found += suspicious_data(self.model, fetched, sheets)
                found += unreached_items(self.model, [program for _, program, _, _ in made])
        except SaddleError as error:
            found += error.diagnostics
        found += self._check_store(not any(d.severity == "error" for d in found))
        return tuple(found)

    def _check_store(self, sound: bool) -> tuple[Diagnostic, ...]:
        """Why a run could not use the database, if there is one; sound: whether the model can be resolved."""
        try:
            if self.folder is None or not there(self.database):
                return ()
            with self.store(readonly=True) as store:
                refuse_triggers(store)
                files = inputs_hash(declare.input_hash(self.folder), store)
                if sound and (self._settings_hash, files) == loaded_hashes(store):
                    stored_inputs(self.model, store)
        except SaddleError as error:
            return error.diagnostics
        return ()

    def template(self, layout: FileLayout | None = None, force: bool = False) -> tuple[Templated, ...]:
        """Make the files to fill in, or add what they lack: tabs and columns of sets.xlsx first, then tables and rows of the
        inputs. Values stay; a copy of every file that changes is kept in the folder `backup`. FileError, DataError.

        layout: of tables without a file; force: blank inputs anew, the old files are moved to `backup`.
        """
        from saddlepoint.model.blanks import growths

        folder = self._folder("template")
        if self.data is not None:
            growths(self.model, self._sheets())
            return ()
        if sets := declare.template_sets(folder, self.settings.spec):
            return sets
        return declare.template_inputs(
            folder, growths(self.model, {} if force else self._sheets()), layout, force
        )

    def inputs(self) -> Fetched:
        """The input tables, from files or memory or, if that is the source, from the store; FileError, DataError,
        StoreError."""
        if self.source == "database":
            with self.store(readonly=True) as store:
                return self._at_rest(store).fetched
        return self._given()

    def _given(self, only: Collection[str] = ()) -> Fetched:
        fetched = fetch(self.model, self._sheets(), only)
        idle = idle_changes(fetched, self.scenarios)
        return replace(fetched, warnings=(*fetched.warnings, *self._ignored(), *idle))

    def load(self, force: bool = False, accept: bool = False, only: Collection[str] = ()) -> Loading:
        """Bring the store up to date with the input files, and say what changed; FileError, DataError, StoreError.

        force: read the files even if they have not changed; accept: take the inputs as they stand in the store, though
        somebody has changed them there; only: these tables, while the store keeps what it holds of the others.
        """
        if only:
            ready = self._given(only)
            with self.store() as store:
                loading = keep_inputs(self.model, ready, store)
                note_owner(store, self.model.name)
                note_loaded(store, self._settings_hash, "")
                return loading
        with self._loaded(force, accept, "files") as (_, loading):
            return loading

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

    def _said(self, planned: Plan) -> tuple[Diagnostic, ...]:
        """The warnings of `check` on the way to a plan; they go to the log `saddlepoint` as well."""
        import logging

        found = tuple(dict.fromkeys((*self.warnings, *planned.model.warnings, *planned.fetched.warnings)))
        for each in found:
            logging.getLogger("saddlepoint").warning("%s: %s: %s", each.code, each.mark, each.message)
        return found

    def save(self, result: Result, name: str = "", note: str = "") -> Summary:
        """Write a result into the store, as a run; name: keep it under this name, too; StoreError."""
        tell = log_writer(self.database.parent, result.plan.request.coupling)
        with self.store() as store:
            record = self._record(store, {}, result.plan.fetched, name=name, note=note)
            summary = keep_result(store, result, record)
        for coupled in result.coupled.values():
            tell(coupled)
        return summary

    def make_blank(self) -> None:
        """Make the tables of inputs and results that the store lacks, without numbers, so that views and links find them;
        StoreError."""
        with self.store() as store:
            make_blank(self.model, store)

    def clear(self) -> None:
        """Remove the results from the store; inputs and history stay. FileError, DataError, StoreError."""
        with (
            self._loaded() as (store, _),
            stage(store, self._record(store, {}, command="clear")) as staged,
        ):
            staged.finish(None, 0)

    def run(
        self,
        progress: Progress | None = None,
        resume: bool = False,
        on: str | None = None,
        to: Literal["database", "parquet"] = "database",
        name: str = "",
        note: str = "",
        **arguments: Unpack[SolveArguments],
    ) -> Summary:
        """Load what changed, solve, write piece by piece: `saddle run`. Arguments as in `solve`.

        resume: go on with a killed run of the same; to: `parquet` writes a folder `results` beside the database; name: keep
        what the run reads and writes under this name (StoreError B480); note: what the history says of it.
        """
        from saddlepoint.study.results.parquet import settle_folder as settle_results

        beside = self.database.parent
        results = beside if to == "parquet" else None
        settle_results(beside)
        with self._loaded() as (store, loading), spreading(on) as spread:
            planned = self.plan(loading.fetched, **arguments)
            record = self._record(store, arguments, loading.fetched, name=name, note=note)
            log = log_writer(beside, planned.request.coupling)
            summary = execute(
                planned, store, record, time.perf_counter, progress, resume, log, spread, results
            )
            return replace(summary, inputs=source_words(loading, self.source))

    def merge(self, parts: Sequence[str | Path]) -> Summary:
        """Write the results of parts (runs with `database=`) into the store, as one run; StudyError K130, StoreError."""
        from saddlepoint.study.merge import merge

        with self._loaded() as (store, loading):
            planned = self.plan(loading.fetched)
            record = self._record(store, {})
            return merge(planned, store, [Path(part) for part in parts], record, time.perf_counter)

    def runs(self) -> tuple[RunRecord, ...]:
        """The runs that are kept, the newest first; StoreError."""
        with self.store(readonly=True) as store:
            return kept_runs(store)

    def keep(self, name: str, note: str = "") -> RunRecord:
        """Keep the current results, and the inputs as loaded, under a name; StoreError B001, B480, B482."""
        with self._stored() as store:
            return keep_current(store, name, note)

    def drop(self, run: str | int) -> RunRecord:
        """Forget the inputs and results of a kept run (its name or number); the history keeps its line. StoreError B481."""
        with self._stored() as store:
            return drop_kept(store, run)

    def restore(self, run: str | int) -> RunRecord:
        """Put the results of a kept run in place of the current ones, as a new line of the history; StoreError B481."""
        with self._stored() as store:
            return restore_kept(store, run, self._record(store, {}, command="saddle runs restore"))

    def result(self, run: str | int | None = None) -> StoredResult:
        """The results in the store: the current ones, or those of a kept run; StoreError B481."""
        variables = {name: variable.table for name, variable in self.study.variables.items()}
        return stored_result(partial(self.store, readonly=True, run=run), variables)

    def stale(self) -> Stale | None:
        """Why the results in the store do not fit the files of today; None if they do, or if there are none. StoreError."""
        with self.store(readonly=True) as store:
            return stale(store, self._inputs_now(store))

    def show(
        self,
        table: str,
        where: RowFilter | None = None,
        limit: int | None = None,
        run: str | int | None = None,
    ) -> Shown:
        """Rows of a table of the store, as they are; where: set → label or labels; run: as a kept run has them. StoreError."""
        with self.store(readonly=True, run=run) as store:
            return show_rows(store, table, where, limit)

    def explain(self, **arguments: Unpack[SolveArguments]) -> str:
        """The compiled problems in words: sizes, pattern, route and reason; arguments as in `solve`."""
        from saddlepoint.report.explain import explain

        planned = self.plan(self._current(), **arguments)
        return explain(planned.model, planned.order, programs(planned))

    def frontier(
        self,
        objectives: Sequence[str] = (),
        points: int | None = None,
        problem: str | None = None,
        **arguments: Unpack[SolveArguments],
    ) -> Frontier:
        """The trade-off between two objectives: all corners where both are linear, else points at levels of the second.

        objectives: their names (none: the two that the problem has); points: corners at most, or levels; other arguments as
        in `solve`. UsageError X440, X441, and what `solve` raises.
        """
        from saddlepoint.study.frontier.trace import frontier

        return frontier(self.plan(self._current(), **arguments), objectives, points, problem)

    def sensitivity(
        self,
        method: Analysis = "morris",
        samples: int = 100,
        vary: Mapping[str, float] | None = None,
        spread: float = 0.1,
        group: str | None = None,
        measures: Sequence[str] = (),
        design_seed: int = 0,
        progress: Progress | None = None,
        **arguments: Unpack[SolveArguments],
    ) -> Sensitivity:
        """Which inputs drive the objective and the variables named in `measures`: indices of Morris, Sobol, delta or RBD-FAST.

        vary: input table → relative half width of its cells; spread: that of tables that say `uncertainty_enabled`; group: "table"
        or a set: one factor for each table or item. Other arguments as in `solve`. Kept in the store: `_sensitivity`, and the
        numbers of the runs, from which the same call goes on. UsageError X131, X464–X469, and what `solve` raises.
        """
        from saddlepoint.study.sensitivity.analyse import Question
        from saddlepoint.study.sensitivity.keep import analysed

        asked = Question(
            method=method,
            samples=samples,
            seed=design_seed,
            spread=vary or {},
            every=spread,
            group=group,
            measures=tuple(measures),
        )
        with nullcontext() if self.folder is None else self.store() as store:
            given, fetched = self._uncertain(asked, store)
            return analysed(
                given,
                self.items.items,
                fetched,
                self._resolved,
                asked,
                make_request(arguments),
                store,
                self._settings_hash,
                progress,
            )

    def _uncertain(self, asked: Question, store: Store | None) -> tuple[Spec, Fetched]:
        """The settings, and inputs of a model in which uncertain tables may be used plainly."""
        from saddlepoint.model.at_rest import inputs_at_rest
        from saddlepoint.study.sensitivity.factors import plain, uncertain_tables

        spec = self.settings.spec
        free = plain(spec, uncertain_tables(spec, asked.spread or {}))
        model = as_given(self._resolved(free, self.items.items), spec)
        if self.source == "database" and store is not None:
            return spec, inputs_at_rest(model, store)
        return spec, fetch(model, self._sheets(model))

    def diagnose(
        self,
        protect: Collection[str] = (),
        only: Collection[str] = (),
        weights: Mapping[str, float] | None = None,
        most: int | None = None,
        patience: float | None = None,
        **arguments: Unpack[SolveArguments],
    ) -> Diagnosis:
        """Why scenarios have no plan or no finite optimum, and the least changes of data that help, each verified.

        protect, only: tables that may not, or alone may, be changed; weights: table → how dear its change is; most: scenarios to look into;
        patience: seconds for repairs; arguments: as in `solve`. StudyError K500, K501, and what `solve` raises.
        """
        from saddlepoint.study.diagnosis.diagnose import MOST, diagnose
        from saddlepoint.study.diagnosis.repairs import RepairWishes

        wishes = RepairWishes(protected=protect, only=only, weights=weights or {})
        return diagnose(self.solve(**arguments), time.perf_counter, wishes, most or MOST, patience)

    def vary(
        self,
        datum: str,
        low: float,
        high: float,
        most: int | None = None,
        **arguments: Unpack[SolveArguments],
    ) -> Curves:
        """The exact curves of the optimum over one datum, `table[label, …]`, for the scenarios that read it.

        most: scenarios of each problem (50), the others are counted in `left_out`; arguments: as in `solve`. StudyError K502, K503,
        K504, and what `solve` raises.
        """
        from saddlepoint.study.diagnosis.vary import MOST_CURVES, vary

        return vary(self.solve(**arguments), datum, low, high, most or MOST_CURVES)

    def latex(self) -> str:
        """The problems in LaTeX, as the formulas say them: one aligned block each."""
        from saddlepoint.report.latex import latex_model

        return latex_model(self.model)

    def mathematics(self, form: MathFormat = "md") -> str:
        """The model as a page: nomenclature with units, objectives, relations with their domains, bounds, figures.

        form: Markdown with LaTeX ("md"), or HTML with MathML ("html").
        """
        from saddlepoint.report.mathematics import mathematics

        return mathematics(self.model, form)

    def history(self, limit: int | None = None) -> tuple[RunRecord, ...]:
        """The runs, the newest first; StoreError."""
        with self.store(readonly=True) as store:
            return history(store, limit)

    def report(self, summary: Summary) -> str:
        """What a run found, in words and tables: statuses, plans, prices, what binds; StoreError."""
        with self.store(readonly=True) as store:
            return run_summary(store, self.study, summary)

    def outcomes(self, run: int) -> list[Scenario]:
        """Status, objective and residual of every problem and scenario of a run; StoreError."""
        with self.store(readonly=True) as store:
            return outcomes(store, self.study, run)

    def export(
        self,
        target: ExportFormat,
        output: str | Path,
        tables: Collection[str] = (),
        force: bool = False,
        run: str | int | None = None,
    ) -> tuple[Path, ...]:
        """Write tables of the store to a workbook ("xlsx") or a folder of files ("csv", "parquet"); what was written.

        tables: only these (empty = all); run: those of a kept run. UsageError X105, FileError F040 (a link leads out of the model folder), F041,
        F042, F043, F051, StoreError.
        """
        from saddlepoint.report.export import export

        place = Path(output) if self.folder is None else contained(self.folder, Path(output))
        old = self.stale() if target == "xlsx" and run is None and self.folder is not None else None
        sentence = old.sentence if old else ""
        with self.store(readonly=True, run=run) as store:
            return export(store, target, place, tables, force, self.model.name, sentence)

    def plot(
        self,
        tables: str | Sequence[str],
        output: str | Path,
        *,
        kind: str | None = None,
        x: str | None = None,
        colour: str | None = None,
        panels: str | None = None,
        where: Mapping[str, Sequence[str]] | None = None,
        column: str | None = None,
        force: bool = False,
        run: str | int | None = None,
    ) -> str:
        """Draw a table of the store (or two figures of the report against each other); what kind of picture it is.

        The sets of the table decide, unless told: kind (area, lines, bars, heat, duration, distribution, band); x, colour,
        panels: the set across, in colours, in panels; where: set → labels shown; column: which numbers; run: of a kept run. UsageError X131,
        X521–X526, FileError F040–F042, StoreError.
        """
        from saddlepoint.report.pictures.plot import plot, wishes_of

        asked = (tables,) if isinstance(tables, str) else tuple(tables)
        place = Path(output) if self.folder is None else contained(self.folder, Path(output))
        wishes, trees = (
            wishes_of(kind, x, colour, panels),
            {one.key: one.parents for one in self.items.items if one.parents},
        )
        with self.store(readonly=True, run=run) as store:
            return plot(
                store, asked, place, wishes=wishes, where=where, column=column, trees=trees, force=force
            )

    def write_report(self, output: str | Path, *, living: bool = True, force: bool = False) -> Path:
        """Write the report as one HTML page that needs no network: summary, plans, prices, what binds, comparison, mathematics,
        certificate, provenance; the file. FileError F040–F042, StoreError.

        living: whether a small model can be solved again in the page with other inputs.
        """
        from saddlepoint.files.atomic import write_text
        from saddlepoint.report.page.report_page import report_page

        place = Path(output) if self.folder is None else contained(self.folder, Path(output))
        old = self.stale()
        plan, kept = (
            (self.plan(self._current()) if living else None),
            [run.id for run in self.runs() if run.id is not None],
        )
        with self.store(readonly=True) as store:
            reopen = partial(self.store, True)
            page = report_page(store, self.study, plan, [old.sentence] if old else [], kept, reopen)
        write_text(place, page, force)
        return place

    def explore(self, port: int = 0, *, runs: bool = True, index: bool = True) -> ExploreServer:
        """A page over the database for any number of scenarios, served to this machine only; call `serve_forever()` of it.

        port: 0 = a free one; runs: whether the page may start a run; index: whether large tables get the indices that make
        filters fast. UsageError X528, StoreError.
        """
        from saddlepoint.report.explore.server import serve
        from saddlepoint.store.browse import index_commands

        with self.store(readonly=True) as store:
            wanted = index_commands(store) if index else []
        if wanted:
            with self.store() as store:
                for command in wanted:
                    store.execute(command)

        def start(tell: Progress) -> int:
            return (
                Lab.open(
                    self._folder("explore"),
                    command="saddle explore",
                    database=self._database,
                    trust=self.trust,
                )
                .run(tell)
                .exit_code
            )

        own = self.folder is not None and self.data is None
        return serve(port, self.model.name, partial(self.store, True), start if runs and own else None)

    @property
    def database(self) -> Path:
        """RowFilter the store is; FileError F040 if a link leads out of the model folder."""
        if self._database is None or self.folder is None:
            return inside(self._folder("store"), DATABASE)
        return contained(self.folder, self._database)

    def store(self, readonly: bool = False, run: str | int | None = None) -> Store:
        """The database of the folder, to be used in a `with` statement; StoreError (B020: that of another model).

        run: for reading only, as it was when this run was kept: tables, inputs and outcomes under their plain names.
        """
        store = open_store(self.database, readonly=readonly or run is not None, run=run)
        try:
            if self._database is not None and not readonly:
                self._refuse_other(store)
        except BaseException:
            store.close()
            raise
        return store

    def _stored(self) -> Store:
        """The database to be changed, where there is one; none is made. StoreError B001."""
        if not self.database.exists():
            self.store(readonly=True).close()
        return self.store()

    def _refuse_other(self, store: Store) -> None:
        beside = self.database.resolve().parent
        place = beside.name if beside != self.folder and declare.is_model(beside) else ""
        own = place if self.database.name == DATABASE else ""
        refuse_other(store, self.model.name, self._settings_hash, self.model.tables, own)

    @contextmanager
    def _loaded(
        self, force: bool = False, accept: bool = False, source: Source | None = None
    ) -> Generator[tuple[Store, Loading]]:
        """The store, up to date with the source. A new one is made only when there is something to put into it."""
        at_rest = (source or self.source) == "database"
        ready = None if self.database.exists() or at_rest else self._given()
        clear_parts(self.database.parent, time.time() - PATIENCE)
        with self.store() as store:
            yield store, self._at_rest(store) if at_rest else self._load(store, force, accept, ready)

    def _at_rest(self, store: Store) -> Loading:
        from saddlepoint.model.at_rest import inputs_at_rest

        return Loading(fetched=inputs_at_rest(self.model, store), fresh=False)

    def _folder(self, what: str) -> Path:
        if self.folder is None:
            fix = "Write the model to a folder and open that, or use solve(), which needs no files."
            raise UsageError(
                Diagnostic("X120", f"{what} needs a model folder, and this lab is in memory", fix=fix)
            )
        return self.folder

    def _sheets(self, model: Model | None = None) -> Mapping[str, Sheet]:
        model = model or self.model
        if self.folder is None or self.data is not None:
            from saddlepoint.model.frames import sheets_of

            return sheets_of(model, self.data or {})
        past = {t.key: t.spec for t in model.inputs if t.spec.history is not None}
        return declare.read_inputs(self.folder, [t.key for t in model.inputs], past)

    def _current(self) -> Fetched:
        """The inputs: from memory, or from the store if it is up to date with the files, else from the files."""
        if self.folder is None or not self.database.exists() or self.source == "database":
            return self.inputs()
        try:
            with self._loaded() as (_, loading):
                return loading.fetched
        except StoreError as error:
            if {d.code for d in error.diagnostics} != {"B008"}:
                raise
            return self._given()  # the folder is read-only; to solve in memory the files suffice

    def _load(
        self, store: Store, force: bool = False, accept: bool = False, ready: Fetched | None = None
    ) -> Loading:
        files = declare.input_hash(self._folder("store"))
        loaded = (self._settings_hash, inputs_hash(files, store)) == loaded_hashes(store)
        with store.transaction() if accept else nullcontext():
            accepted = accept_inputs(self.model, store) if accept and loaded and not force else ()
            kept = stored_inputs(self.model, store) if loaded and not force else None
        loading = Loading(fetched=kept, fresh=False, accepted=accepted) if kept is not None else None
        if loading is None or accepted:
            loading = loading or keep_inputs(self.model, ready or self._given(), store)
            note_owner(store, self.model.name)
            with store.transaction():
                note_loaded(store, self._settings_hash, inputs_hash(files, store), self._contents({}))
                mark_stale(store)
        return loading

    def _contents(self, inputs: Mapping[str, str]) -> InputHashes:
        """The files as they are, and the input tables as they were loaded."""
        folder = self._folder("store")
        settings = {} if self.data is not None else declare.settings_hashes(folder)
        files = {} if self.data is not None else declare.input_hashes(folder)
        return InputHashes(settings=settings, files=files, inputs=inputs)

    def _inputs_now(self, store: Store) -> Inputs:
        """What the files hold now."""
        folder = self._folder("store")
        if self.data is None:
            return files_now(folder, store)
        inputs = inputs_hash(declare.input_hash(folder), store)
        return Inputs(self._settings_hash, inputs, loaded_inputs(store).contents)

    def _ignored(self) -> tuple[Diagnostic, ...]:
        """Warnings of input files and tabs that no table reads."""
        if self.folder is None or self.data is not None:
            return ()
        wanted = [table.key for table in self.model.inputs]
        past = [Path(t.spec.history).stem for t in self.model.inputs if t.spec.history is not None]
        decided = [t for t in self.model.tables if t not in wanted]
        return declare.ignored_inputs(self.folder, [*wanted, *past], decided)

    def _record(
        self,
        store: Store,
        options: Mapping[str, Any],
        fetched: Fetched | None = None,
        command: str | None = None,
        name: str = "",
        note: str = "",
    ) -> RunRecord:
        """What is noted of a run; fetched: the inputs that it has taken, where they need not be those loaded from files."""
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        loaded = loaded_inputs(store)
        if fetched is not None and self.source == "database":
            from saddlepoint.model.at_rest import inputs_taken

            loaded = inputs_taken(self._settings_hash, fetched)
        return RunRecord(
            now,
            command or self.command,
            options={k: v for k, v in options.items() if v is not None and k != "kernels"},
            versions=_versions(),
            settings_hash=loaded.settings_hash,
            inputs_hash=loaded.inputs_hash,
            name=name,
            note=note,
            contents=loaded.contents,
        )


def _versions() -> dict[str, str]:
    import highspy

    parts = (highspy.HIGHS_VERSION_MAJOR, highspy.HIGHS_VERSION_MINOR, highspy.HIGHS_VERSION_PATCH)
    return {
        "python": sys.version.split(maxsplit=1)[0],
        "saddlepoint": __version__,
        "numpy": np.__version__,
        "highspy": ".".join(map(str, parts)),
    }
