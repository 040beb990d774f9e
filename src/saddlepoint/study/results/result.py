"""The answers of a run, held in memory, in the user's terms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from saddlepoint.algebra.columnar import concat
from saddlepoint.arrays import Array, Texts
from saddlepoint.errors import Diagnostic, Mark, StoreError, UsageError, suggest
from saddlepoint.labels import Table
from saddlepoint.model.flat_numbers import flat_numbers
from saddlepoint.records import dataclass
from saddlepoint.solve.label import Answer
from saddlepoint.solve.solution import Status
from saddlepoint.store import Outcomes
from saddlepoint.store.faults import damaged
from saddlepoint.study.coupling.coupling import Coupled
from saddlepoint.study.results.idle_cells import with_idle
from saddlepoint.study.results.reports import report_tables
from saddlepoint.study.running.plan import Plan
from saddlepoint.study.running.run import Piece, run
from saddlepoint.study.running.tables import plan_tables, positions, price_tables, reduced_costs

if TYPE_CHECKING:
    from saddlepoint.solve.diagnosis.ranges import Ranges


@dataclass(frozen=True, slots=True)
class Result:
    """What a run found. answers: problem → answer for all chosen scenarios; coupled: the verdicts on loops, by the
    keys of their problems; ranges: how far prices and plans of linear problems hold, where asked; seconds: wall time; warnings:
    what of the model and its inputs is ignored or looks wrong."""

    plan: Plan
    answers: Mapping[str, Answer]
    coupled: Mapping[tuple[str, ...], Coupled]
    seconds: float = 0.0
    _: KW_ONLY
    warnings: tuple[Diagnostic, ...] = ()
    ranges: Mapping[str, Ranges] = field(default_factory=dict[str, "Ranges"])

    def __repr__(self) -> str:
        return f"Result({self._sentence()})"

    def _repr_html_(self) -> str:
        from saddlepoint.printing.html import MOST_ROWS, html_table

        every = [(f"objective {key}".rstrip(), outcome(answer)) for key, answer in self.answers.items()]
        rows = [
            (what, word, int((words == word).sum()), *_ends(found.column("objective")[words == word]))
            for what, found in every[:MOST_ROWS]
            for words in (found.column("status"),)
            for word in dict.fromkeys(words.tolist())
        ]
        return html_table(
            self._sentence(),
            ("of", "status", "scenarios", "least", "largest"),
            rows,
            max(len(rows), len(every)),
        )

    def _sentence(self) -> str:
        """Sizes, whether all is certified, what tables there are."""
        answers = self.answers.values()
        tables = ", ".join(dict.fromkeys(t.key for a in answers for t in plan_tables(a, self.plan.model)))
        count = max((len(answer.which) for answer in answers), default=0)
        some = "every answer is certified" if self.is_solved else "not every scenario has a plan"
        return f"{len(self.answers)} problems, {count:,} scenarios, {self.seconds:.3g} s: {some}; tables: {tables}"

    @property
    def tables(self) -> Mapping[str, Table]:
        """All decided tables, by key; NaN where a scenario has no answer."""
        decided = (t for a in self.answers.values() for t in plan_tables(a, self.plan.model))
        return {t.key: t for t in with_idle(decided, self.plan)}

    def table(self, key: str) -> Table:
        """One decided table, an input table of the run, or a figure (`report_<name>`), by its name or by that of a variable that
        looks at it; UsageError X101 if there is none."""
        known = {**self.plan.fetched.tables, **self.tables}
        known |= {f"report_{name}": table for name, table in self.reports.items()}
        known |= self.range_tables
        views = {name: variable.table for name, variable in self.plan.model.variables.items()}
        views |= {n: v.table for p in self.plan.model.problems for n, v in p.variables.items()}
        name = key if key in known else views.get(key, key)
        if name not in known:
            fix = suggest(key, [*known, *views])
            raise UsageError.of("X101", f"the run has no table {key!r}", fix=fix)
        return known[name]

    @property
    def range_tables(self) -> Mapping[str, Table]:
        """How far prices and plans hold, under the names that they are stored by; empty where `ranges` was not asked for."""
        from saddlepoint.study.results.range_tables import range_tables

        found = (range_tables(key, self.answers[key], r, self.plan.model) for key, r in self.ranges.items())
        return {t.key: t for tables in found for t in tables}

    @property
    def reports(self) -> Mapping[str, Table]:
        """The figures that the model reports, by name (`problem.name` where several problems have one)."""
        flat = flat_numbers(self.plan.fetched.tables.values(), self.plan.model.defaults)
        named = [(k, t) for k, a in self.answers.items() for t in report_tables(a, self.plan.model, flat)]
        names = [t.key for _, t in named]
        return {t.key if names.count(t.key) == 1 else f"{k}.{t.key}": t for k, t in named}

    def price(self, constraint: str, problem: str | None = None) -> Table:
        """Price, slack and binding of one constraint; UsageError X102, X103."""
        found = {
            key: table
            for key, answer in self.answers.items()
            if problem in (None, key)
            for table in price_tables(answer)
            if table.key == constraint
        }
        if not found:
            names = [b.name for k, a in self.answers.items() if problem in (None, k) for b in a.program.rows]
            message, fix = f"the run has no constraint {constraint!r}", suggest(constraint, names)
            raise UsageError.of("X102", message, fix=fix)
        if len(found) > 1:
            message = f"several problems have a constraint {constraint!r}: {', '.join(map(repr, found))}"
            raise UsageError.of("X103", message, fix="Name the problem too.")
        return next(iter(found.values()))

    def reduced_cost(self, key: str) -> Table:
        """What one more unit of an implicit bound (nonneg, boolean) is worth; UsageError X101."""
        known = {t.key: t for a in self.answers.values() for t in reduced_costs(a, self.plan.model)}
        if key not in known:
            raise UsageError.of("X101", f"the run decides no table {key!r}", fix=suggest(key, known))
        return known[key]

    @property
    def certificates(self) -> Mapping[str, Table]:
        """Problem → status, objective and the four residuals of every scenario."""
        return {key: outcome(answer) for key, answer in self.answers.items()}

    @property
    def objective(self) -> Mapping[str, Array]:
        """Problem → objective of every scenario (S,), in the user's sense."""
        return {key: answer.objective for key, answer in self.answers.items()}

    @property
    def exit_code(self) -> int:
        """0 every scenario optimal or a certified fixed point; 3 some infeasible or unbounded; 4 not certified."""
        return exit_code(a.solution.status for a in self.answers.values())

    @property
    def is_solved(self) -> bool:
        return self.exit_code == 0


def _ends(values: Array) -> tuple[float | None, float | None]:
    known = values[np.isfinite(values)]
    return (float(known.min()), float(known.max())) if len(known) else (None, None)


_NO_PLAN = (Status.INFEASIBLE, Status.UNBOUNDED, Status.INFEASIBLE_OR_UNBOUNDED)


def exit_code(statuses: Iterable[NDArray[np.int8]]) -> int:
    """The exit code of all statuses together (4 goes before 3)."""
    every = {s for part in statuses for s in Status if (part == s).any()}
    if every - {Status.OPTIMAL, Status.FIXED_POINT, *_NO_PLAN}:
        return 4
    return 3 if every & set(_NO_PLAN) else 0


def recorded_statuses(outcomes: Iterable[Outcomes], place: str) -> NDArray[np.int8]:
    """The statuses that a database, named by its place, has written down. StoreError B004 for a word that is none."""
    words = [one.status for one in outcomes]
    known = {status.word: status for status in Status}
    unknown = next((word for word in words if word not in known), None)
    if unknown is not None:
        raise StoreError(damaged(Mark(place, cell="_scenarios"), f"{unknown!r} is no status of a scenario."))
    return np.array([known[word] for word in words], np.int8)


def outcome(answer: Answer) -> Table:
    """Status, objective, route and residuals of every scenario, over the problem's scenario domain."""
    solution, domain = answer.solution, answer.program.scenarios
    where = positions(domain, domain.only(()), domain, answer.which, np.zeros(1, np.int64))[0]
    words = np.array([s.word for s in Status])
    columns: dict[str, Array | Texts] = {}
    status = np.full(domain.size, "", dtype=words.dtype)
    status[where] = words[solution.status]
    columns["status"] = status
    numbers = {"objective": answer.objective, **solution.effort, **solution.certificates.facts}
    for name, values in numbers.items():
        column = np.full(domain.size, np.nan)
        column[where] = values
        columns[name] = column
    if answer.bounds:
        columns["bound"] = np.full(domain.size, np.nan)
        columns["bound"][where] = answer.bounds["bound"]
        columns["bound_by"] = np.full(domain.size, "", answer.bounds["bound_by"].dtype)
        columns["bound_by"][where] = answer.bounds["bound_by"]
    rows = None if len(where) == domain.size else where
    return Table(answer.program.problem or "scenarios", domain, columns, rows=rows)


def solved(plan: Plan) -> Result:
    """What a plan comes to, in memory."""
    return collect(plan, run(plan))


def collect(plan: Plan, pieces: Iterable[Piece], seconds: float = 0.0) -> Result:
    """All pieces of a run as one result."""
    parts: dict[str, list[Answer]] = {}
    loops: dict[tuple[str, ...], list[Coupled]] = {}
    ranged: dict[str, list[Ranges]] = {}
    for piece in pieces:
        for key, found in piece.ranges.items():
            ranged.setdefault(key, []).append(found)
        for key, answer in piece.answers.items():
            parts.setdefault(key, []).append(answer)
        if piece.coupled is not None:
            loops.setdefault(tuple(piece.answers), []).append(piece.coupled)
    coupled = {keys: concat(chunks) for keys, chunks in loops.items()}
    looped = {key: answer for loop in coupled.values() for key, answer in loop.answers.items()}
    answers = {key: looped.get(key) or concat(chunks) for key, chunks in parts.items()}
    ranges = {key: concat(chunks) for key, chunks in ranged.items()}
    return Result(plan=plan, answers=answers, coupled=coupled, seconds=seconds, ranges=ranges)
