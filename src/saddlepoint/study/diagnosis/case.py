"""One problem in one scenario, compiled with all its data as parameters: what may be asked of it with other numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.compile.bind import BoundProgram, bind
from saddlepoint.compile.compile import compile_problem
from saddlepoint.compile.feeds import Feeds, feeds
from saddlepoint.compile.lifting import Parametric
from saddlepoint.compile.numbers import Numbers
from saddlepoint.compile.program import Program
from saddlepoint.errors import Diagnostic, StudyError
from saddlepoint.expr.node import Relation, Variable
from saddlepoint.labels import Domain
from saddlepoint.model.model import Model, Problem
from saddlepoint.model.ranks import stages
from saddlepoint.records import dataclass
from saddlepoint.study.results.result import Result
from saddlepoint.study.running.plan import Plan, known_numbers, numbers_of
from saddlepoint.study.running.tables import positions


@dataclass(frozen=True, slots=True)
class DataSource:
    """Where the cells of what a problem reads come from: an input table, and of a distribution the column."""

    table: str
    column: str = "values"

    def __str__(self) -> str:
        return self.table if self.column == "values" else f"{self.table}, {self.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parametrised:
    """A problem of a plan, its numbers in some scenarios, and its Program with all tables that it reads as parameters.

    flat: the numbers of all tables, what other problems have decided among them; sources: key of what is read → where its cells come
    from; numbers: of the scenarios asked for, in their order.
    """

    plan: Plan
    problem: Problem
    program: Program
    flat: Mapping[str, Array]
    numbers: Numbers
    sources: Mapping[str, DataSource]
    _feeds: dict[tuple[str, int], Feeds] = field(
        default_factory=dict[tuple[str, int], Feeds], repr=False, compare=False
    )

    @property
    def model(self) -> Model:
        return self.plan.model

    @property
    def scenarios(self) -> Domain:
        return self.program.scenarios

    def bound(self, scenario: int = 0) -> BoundProgram:
        """The Program with the numbers of one scenario (a place among the case's own)."""
        return bind(self.program, self.numbers.take(np.array([scenario])))

    def cells(self, key: str) -> Domain:
        """The domain of a table within one scenario."""
        return self.model.tables[self.sources[key].table].rest

    def values(self, key: str, scenario: int = 0) -> Array:
        """The numbers of a table within one scenario, flat."""
        return self.flat[key][self.places(key, scenario)]

    def places(self, key: str, scenario: int = 0) -> Index:
        """Where the cells of a table within one scenario lie in the whole table."""
        info = self.model.tables[self.sources[key].table]
        own = self.numbers.which[[scenario]]
        splits = self.scenarios.only(info.splits.names)
        from saddlepoint.study.scenarios.select import project

        which = project(own, self.scenarios, splits)
        return positions(info.rest, splits, info.domain, np.arange(info.rest.size), which)[0]

    def changed(self, moved: Mapping[str, Array], scenario: int = 0) -> BoundProgram:
        """The Program with other numbers: table → (K, cells within one scenario); one batch of K."""
        count = max((len(v) for v in moved.values()), default=1)
        numbers = self.numbers.take(np.full(count, scenario))
        return bind(self.program, replace(numbers, current=dict(moved)))

    def feeds(self, key: str, scenario: int = 0) -> Feeds:
        """Which cells of a table feed which numbers of the Program; kept."""
        if (key, scenario) not in self._feeds:
            one = self.numbers.take(np.array([scenario]))
            data = self.bound(scenario).data[0]
            self._feeds[key, scenario] = feeds(self.program, one, data, key, self.cells(key).size)
        return self._feeds[key, scenario]


def case_of(plan: Plan, problem: str, which: Index, result: Result | None = None) -> Parametrised:
    """The case of a problem in some of its scenarios (flat positions); result: what other problems have decided. Of objectives
    with priorities the first: whether there is a plan is decided there.

    Raises what compile raises, StudyError K107 where it reads what is not known, K852 where it multiplies decisions.
    """
    return case_with(plan, problem, which, known_numbers(plan) if result is None else all_numbers(result))


def all_numbers(result: Result) -> dict[str, Array]:
    """The numbers of all tables of a result, decided ones too."""
    decided = {key: np.nan_to_num(table.columns["values"]) for key, table in result.tables.items()}
    return known_numbers(result.plan) | decided


def case_with(plan: Plan, problem: str, which: Index, flat: Mapping[str, Array]) -> Parametrised:
    """As `case_of`, where the numbers of all tables are known."""
    found = stages(plan.model.problem(problem))[0]
    if found.products:
        raise StudyError(_multiplied(found))
    numbers = replace(numbers_of(found, plan, flat), which=which)
    sources = sources_of(found, plan.model)
    program = compile_problem(found, plan.model, numbers, parametric=Parametric(sources, zeros=True))
    return Parametrised(
        plan=plan, problem=found, program=program, flat=flat, numbers=numbers, sources=sources
    )


def _multiplied(problem: Problem) -> Diagnostic:
    return Diagnostic(
        "K852",
        f"{problem.title} multiplies decisions: what its optimum hangs on cannot be followed",
        why="Its best plan is found by a search that divides ranges (`products: global`), and may jump where a number moves.",
        fix="Solve for several numbers: runs in scenarios.yml with `lab.run(starts=8)`, or `saddle sensitivity`.",
    )


def sources_of(problem: Problem, model: Model) -> Mapping[str, DataSource]:
    """What a problem reads → the table and column that hold it; only what a person gives as numbers."""
    from saddlepoint.expr.operators.statistics import COLUMNS
    from saddlepoint.expr.uncertain import column_key

    by_column = {column_key(t, c): DataSource(t, c) for t in model.tables for c in COLUMNS}
    found: dict[str, DataSource] = {}
    for variable in _read(problem):
        key = variable.table
        if key in by_column:
            found[key] = by_column[key]
        elif key in model.tables and not (model.tables[key].distributed):
            found[key] = DataSource(key)
    return found


def _read(problem: Problem) -> list[Variable]:
    """The data variables that the formulas of a problem hold, those that a rewrite has made among them."""
    nodes = [o.goal.node for o in problem.objectives]
    for constraint in problem.constraints:
        if isinstance(constraint.relation, Relation):
            nodes += constraint.sides
    found = (v for top in nodes for v in top.variables)
    return [v for v in found if v.role == "data" and v.values is None and v.sparse is None]
