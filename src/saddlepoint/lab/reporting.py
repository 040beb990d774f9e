"""The verbs that show a model and its results: texts, tables, files, pictures, pages."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from saddlepoint.files import contained
from saddlepoint.lab.solving import Solving
from saddlepoint.report.run_summary import Scenario, outcomes, run_summary
from saddlepoint.study.coupling.coupling import Progress
from saddlepoint.study.execute import Summary

if TYPE_CHECKING:
    from saddlepoint.files.written_programs import ProgramFormat
    from saddlepoint.report.explore.server import ExploreServer
    from saddlepoint.report.export import ExportFormat
    from saddlepoint.report.mathematics import MathFormat


class Reporting(Solving):
    """A model that is shown."""

    def report(self, summary: Summary) -> str:
        """What a run found, in words and tables: statuses, plans, prices, what binds; StoreError."""
        with self.store(readonly=True) as store:
            return run_summary(store, self.study, summary)

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
        ask for the items of one across; tell: is told how many of its rows are written. UsageError X105, FileError F040 (a link leads out of the model folder), F041,
        F042, F043, F051, StoreError.
        """
        from saddlepoint.report.export import export

        place = self._place(output)
        old = self.stale() if target == "xlsx" and run is None and self.folder is not None else None
        sentence = old.sentence if old else ""
        with self.store(readonly=True, run=run) as store:
            return export(store, target, place, tables, force, self.model.name, sentence, long, tell)

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
        panels: the set across, in colours, in panels; where: set → labels shown; column: which numbers; run: of a kept run. UsageError X131,
        X521–X526, FileError F040–F042, StoreError.
        """
        from saddlepoint.report.pictures.plot import plot, wishes_of

        asked = (tables,) if isinstance(tables, str) else tuple(tables)
        place = self._place(output)
        wishes = wishes_of(kind, x, colour, panels)
        trees = {one.key: one.parents for one in self.items.items if one.parents}
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

        place, old = self._place(output), self.stale()
        plan = self.plan(self._current()) if living else None
        kept = [run.id for run in self.runs() if run.id is not None]
        reopen = partial(self.store, True)
        with self.store(readonly=True) as store:
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

        own = self.folder is not None and self.data is None
        again = self._run_again if runs and own else None
        return serve(port, self.model.name, partial(self.store, True), again)

    def _run_again(self, tell: Progress) -> int:
        """The exit code of a run of the files as they are now."""
        folder, database = self._folder("explore"), self._database
        fresh = self.open(folder, command="saddle explore", database=database, trust=self.trust)
        return fresh.run(tell).exit_code
