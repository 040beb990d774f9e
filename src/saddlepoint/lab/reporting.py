"""The verbs that show a model and its results: texts, tables, files, pictures, pages."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from saddlepoint.errors import SaddleError, UsageError
from saddlepoint.files import contained
from saddlepoint.lab.solving import Solving
from saddlepoint.model.price_units import objective_unit, objective_units
from saddlepoint.report.run_summary import Scenario, outcomes, run_summary
from saddlepoint.store import Store, count_outcomes, history
from saddlepoint.store.kept import find_kept, kept_runs
from saddlepoint.study.coupling.coupling import Progress
from saddlepoint.study.execute import Summary
from saddlepoint.study.running.plan import Plan

if TYPE_CHECKING:
    from saddlepoint.files.written_programs import ProgramFormat
    from saddlepoint.report.explore.server import ExploreServer
    from saddlepoint.report.export import ExportFormat
    from saddlepoint.report.mathematics import MathFormat
    from saddlepoint.study.diagnosis.diagnose import Diagnosis


QUICK: Final = 10.0
"""Seconds of a run whose scenarios without a plan are looked into for its page; of longer ones `diagnose` is named there."""
LOOKED_INTO: Final = 3
"""How many of its scenarios."""


class Reporting(Solving):
    """A model that is shown."""

    def report(self, summary: Summary, width: int | None = None, full: bool = False) -> str:
        """What a run found, in words and tables: statuses, plans, prices, what binds; width: columns of the terminal; full: every
        table that fits on a page, where some are told in a line each. StoreError."""
        with self.store(readonly=True) as store:
            return run_summary(store, self.study, summary, width, full)

    def outcomes(self, run: int) -> list[Scenario]:
        """Status, objective and residual of every problem and scenario of a run; StoreError."""
        with self.store(readonly=True) as store:
            return outcomes(store, self.study, run)

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

    def export(
        self,
        target: ExportFormat,
        output: str | Path,
        tables: Collection[str] = (),
        force: bool = False,
        run: str | int | None = None,
        *,
        long: bool = False,
        tell: Progress | None = None,
    ) -> tuple[Path, ...]:
        """Write tables of the store to a workbook ("xlsx") or a folder of files ("csv", "parquet"); what was written.

        tables: only these (empty = all); run: those of a kept run; long: in the workbook too a row per cell, also where two sets
        ask for the items of one across; tell: is told how many of its rows are written. UsageError X105, FileError F040 (a link
        leads out of the model folder), F041, F042, F043, F051, StoreError.
        """
        from saddlepoint.report.export import export
        from saddlepoint.study.results.table_order import table_order

        place = self._place(output)
        old = self.stale() if target == "xlsx" and run is None and self.folder is not None else None
        sentence = old.sentence if old else ""
        with self.store(readonly=True, run=run) as store:
            units = objective_units(self.model) if target == "xlsx" else {}
            name = self.model.name
            order = table_order(self.study)
            return export(
                store, target, place, tables, force, name, sentence, long, tell, units=units, order=order
            )

    def write_programs(
        self, form: ProgramFormat, folder: str | Path, force: bool = False
    ) -> tuple[Path, ...]:
        """Write every problem in every scenario as a program that other solvers read: one .mps or .lp file each; what was written.

        Rows and columns have the names of relations, variables and items. UsageError X700 (cones), X701 (priorities, sub-problems that read
        each other), FileError F040, F041, F042, F700; raises what compile raises.
        """
        from saddlepoint.files.paths import distinct_names
        from saddlepoint.files.written_programs import write_programs
        from saddlepoint.study.running.programs_written import program_files

        made = dict(program_files(self.plan(self.inputs())))
        files = distinct_names(made)
        return write_programs(self._place(folder), {files[name]: p for name, p in made.items()}, form, force)

    def write_program(self, output: str | Path, scenario: str = "", force: bool = False) -> Path:
        """Write the one program of the model, or that of one scenario, to a file .mps or .lp; UsageError X900 where there are several.

        Else as `write_programs`.
        """
        from saddlepoint.files.written_programs import write_program
        from saddlepoint.study.running.programs_written import program_files

        made = dict(program_files(self.plan(self.inputs(), scenarios=[scenario] if scenario else ())))
        if len(made) != 1:
            fix = "Give a folder instead of a file: it gets one file for each."
            raise UsageError.of(
                "X900", f"the model is {len(made):,} programs, and one file holds one", fix=fix
            )
        path = self._place(output)
        write_program(path, next(iter(made.values())), force)
        return path

    def _place(self, output: str | Path) -> Path:
        """Where a file is written: within the model folder if there is one; FileError F040."""
        return Path(output) if self.folder is None else contained(self.folder, Path(output))

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
        panels: the set across, in colours, in panels; where: set → labels shown; column: which numbers; run: of a kept run.
        UsageError X131, X521–X526, FileError F040–F042, StoreError.
        """
        from saddlepoint.report.pictures.plot import plot, wishes_of

        asked = (tables,) if isinstance(tables, str) else tuple(tables)
        place = self._place(output)
        wishes = wishes_of(kind, x, colour, panels)
        trees = {one.key: one.parents for one in self.items.items if one.parents}
        with self.store(readonly=True, run=run) as store:
            return plot(
                store, asked, place, wishes=wishes, where=where, column=column, trees=trees,
                outcomes=self.model.outcome_sets, objective=objective_unit(objective_units(self.model)), force=force,
            )  # fmt: skip

    def write_report(
        self,
        output: str | Path,
        *,
        living: bool = True,
        force: bool = False,
        run: str | int | None = None,
        against: Sequence[str | int] = (),
    ) -> Path:
        """Write the report as one HTML page that needs no network: summary, plans, prices, what binds, comparison, mathematics,
        certificate, provenance; the file. FileError F040–F042, StoreError.

        living: whether a small model can be solved again in the page with other inputs; run: the page of a kept run; against: the
        kept runs that it is compared with (all of the others).
        """
        from saddlepoint.files.atomic import write_text
        from saddlepoint.report.page.report_page import report_page

        place = self._place(output)
        with self.store(readonly=True, run=run) as store:
            notes, changed = self._notes_of(store)
            plan = self._plan_of(store) if not changed and (living or _lost(store)) else None
            fresh = plan is not None and (store.run is not None or not notes)
            page = report_page(
                store,
                self.study,
                plan if living else None,
                notes,
                self._others(run, against),
                partial(self.store, True),
                _reasons_of(store, plan) if fresh else None,
            )
        write_text(place, page, force)
        return place

    def _notes_of(self, store: Store) -> tuple[list[str], bool]:
        """What stands at the head of a page, and whether the settings are others than those of its run."""
        if store.run is None:
            old = self.stale()
            return [old.sentence] if old else [], False
        notes = [f"This is run {store.run.id}, kept as {store.run.name!r}. {store.run.note}".strip()]
        changed = store.run.settings_hash != self._settings_hash
        if changed:
            notes.append(
                "The settings have changed since this run: the mathematics below are those of today."
            )
        return notes, changed

    def _plan_of(self, store: Store) -> Plan | None:
        """What a run of the inputs of a page would do, None where they do not fit the model."""
        if store.run is None:
            return self.plan(self._current())
        from saddlepoint.model.at_rest import inputs_at_rest

        try:
            return self.plan(inputs_at_rest(self.model, store))
        except SaddleError:
            return None

    def _others(self, run: str | int | None, against: Sequence[str | int]) -> list[int]:
        """The numbers of the kept runs that a page of this one is compared with. StoreError B481."""
        with self.store(readonly=True) as store:
            newest = next(iter(history(store, 1)), None)
            own = find_kept(store, run).id if run is not None else newest.id if newest is not None else None
            others = [find_kept(store, one) for one in against] or kept_runs(store)
        return [one.id for one in others if one.id is not None and one.id != own]

    def explore(self, port: int = 0, *, runs: bool = True) -> ExploreServer:
        """A page over the database for any number of scenarios, served to this machine only; call `serve_forever()` of it.

        port: 0 = a free one; runs: whether the page may start a run. The database is read only. UsageError X528, StoreError.
        """
        from saddlepoint.report.explore.server import explore_server

        with self.store(readonly=True):
            pass
        own = self.folder is not None and self.data is None
        again = self._run_again if runs and own else None
        return explore_server(
            port,
            self.model.name,
            partial(self.store, True),
            again,
            outcomes=self.model.outcome_sets,
            words={"counted": self.model.counted, "objective": objective_unit(objective_units(self.model))},
        )

    def _run_again(self, tell: Progress) -> int:
        """The exit code of a run of the files as they are now."""
        folder, database = self._folder("explore"), self._database
        fresh = self.open(folder, command="saddle explore", database=database, trust=self.trust)
        return fresh.run(tell).exit_code


def _lost(store: Store) -> bool:
    """Whether scenarios of the newest run have no plan, or no finite optimum."""
    from saddlepoint.report.page.report_page import LOST

    newest = next(iter(history(store, 1)), None)
    found = () if newest is None or newest.id is None else count_outcomes(store, newest.id)
    return any(one.status in LOST for one in found)


def _reasons_of(store: Store, plan: Plan | None) -> Diagnosis | None:
    """Why scenarios of the newest run have no plan; None where all have one, where it would take long or was a run of some
    scenarios only."""
    from saddlepoint.study.diagnosis.diagnose import diagnose
    from saddlepoint.study.results.result import collect
    from saddlepoint.study.running.plan import own_scenarios
    from saddlepoint.study.running.run import run

    newest = next(iter(history(store, 1)), None)
    if (
        plan is None
        or newest is None
        or newest.id is None
        or newest.seconds is None
        or newest.seconds > QUICK
    ):
        return None
    whole = sum(len(own_scenarios(problem, plan)) for problem in plan.model.problems)
    if not _lost(store) or sum(one.count for one in count_outcomes(store, newest.id)) != whole:
        return None
    begin = time.perf_counter()
    try:
        result = collect(plan, list(run(plan, None)), time.perf_counter() - begin)
        return diagnose(result, time.perf_counter, most=LOOKED_INTO, patience=QUICK)
    except SaddleError:
        return None
