"""A model whose names are resolved: sets, tables, variables, problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, field
from typing import Literal

from saddlepoint.declare.spec import SetItems, SetSpec, TableSpec
from saddlepoint.errors import Diagnostic, Mark
from saddlepoint.expr.axes import OutcomeSet, SetView
from saddlepoint.expr.facts import Repeat
from saddlepoint.expr.node import Chance, Goal, Node, Relation, Variable
from saddlepoint.labels import Axis, Domain
from saddlepoint.records import dataclass


@dataclass(frozen=True, slots=True)
class SetInfo:
    """A set with its items; rank: its place among the model's sets; outcomes: None where its items are none."""

    spec: SetSpec
    items: SetItems
    axis: Axis
    rank: int
    _: KW_ONLY
    outcomes: OutcomeSet | None = None

    @property
    def split(self) -> bool:
        return self.spec.split_problem

    @property
    def along(self) -> str:
        """The set of stages that these outcomes lie along, "" for all others."""
        return "" if self.outcomes is None else self.outcomes.along

    @property
    def view(self) -> SetView:
        """What formulas know of it."""
        columns = {**self.items.filters, **self.items.aggregations}
        repeat = Repeat(self.rank, self.axis)
        return SetView(repeat, columns, self.spec.groups, self.items.parents, outcomes=self.outcomes)


@dataclass(frozen=True, slots=True)
class TableInfo:
    """A table with its domain; splits: the part of the domain that selects the scenario."""

    spec: TableSpec
    domain: Domain
    splits: Domain

    @property
    def key(self) -> str:
        return self.spec.key

    @property
    def rest(self) -> Domain:
        """The domain within one scenario."""
        return self.domain.without(self.splits.names)

    @property
    def distributed(self) -> bool:
        """Whether each cell holds a distribution."""
        return self.spec.kind == "uncertain" and self.spec.samples is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """A named relation (or chance constraint) of a problem; notes: what a rewrite did to it, in sentences."""

    name: str
    relation: Relation | Chance
    text: str
    description: str
    mark: Mark
    notes: tuple[str, ...] = ()

    @property
    def relations(self) -> tuple[Relation, ...]:
        """The relation, or those that hold together."""
        return (self.relation,) if isinstance(self.relation, Relation) else self.relation.relations

    @property
    def sides(self) -> tuple[Node, ...]:
        """The sides of all of them."""
        return tuple(side for one in self.relations for side in one.sides)


@dataclass(frozen=True, slots=True)
class Objective:
    """One of the goals that are added up. price: of a soft relation's penalty, the data that must not be negative; priority: which
    goals come first (1), None = all together; name: as the settings call it."""

    goal: Goal
    text: str
    description: str
    price: Node | None = None
    _: KW_ONLY
    priority: int | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A figure that is computed from plans, data and prices; node: its expression, in which all of these are data. told: it says
    what an objective has reached."""

    name: str
    node: Node
    text: str
    unit: str = ""
    description: str = ""
    told: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rank:
    """Objectives of one priority, to be pursued before others. name: of the relation that holds them afterwards; level: the
    number at which it does, data of that relation."""

    name: str
    objectives: tuple[Objective, ...]
    sense: Literal[1, -1]
    level: Variable


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One problem: what it minimises or maximises, subject to what.

    ranks: the objectives that come before `objectives`, each with a relation among the constraints that holds it at its best.
    definitions: the expressions that it gives names. reports: the figures computed from its plans. slacks: the tables of the
    violations of its soft relations. exists: decided table → the condition under which its cells exist, over all sets of the
    table within one scenario.
    variables: those its formulas name, with this problem's roles. scenarios: the product of the split sets on
    which it depends. products: whether products of two continuous decisions are meant. sense: +1 to minimise, −1 to maximise, 0
    without objective.
    """

    key: str
    objectives: tuple[Objective, ...]
    constraints: tuple[Constraint, ...]
    variables: Mapping[str, Variable]
    scenarios: Domain
    sense: int
    exists: Mapping[str, Node] = field(default_factory=dict)
    reports: tuple[Report, ...] = ()
    slacks: tuple[TableInfo, ...] = ()
    ranks: tuple[Rank, ...] = ()
    definitions: tuple[Report, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    products: bool = False

    @property
    def every_objective(self) -> tuple[Objective, ...]:
        """The objectives of all priorities, the first ones first."""
        return (*(o for rank in self.ranks for o in rank.objectives), *self.objectives)

    @property
    def decides(self) -> tuple[str, ...]:
        """Keys of the tables whose cells are decided here, in order of first use."""
        return tuple(dict.fromkeys(v.table for v in self.variables.values() if v.role == "decision"))

    @property
    def reads(self) -> tuple[str, ...]:
        """Keys of the tables that are data here."""
        return tuple(dict.fromkeys(v.table for v in self.variables.values() if v.role == "data"))

    @property
    def title(self) -> str:
        return f"problem {self.key!r}" if self.key else "the problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Everything a model declares, resolved. variables: every view, with role "data" or "constant" or, for plain
    endogenous tables, "decision". lenient: whether it is CVXlab's (declare.spec.Spec)."""

    name: str
    sets: Mapping[str, SetInfo]
    tables: Mapping[str, TableInfo]
    variables: Mapping[str, Variable]
    problems: tuple[Problem, ...]
    warnings: tuple[Diagnostic, ...] = ()
    lenient: bool = False

    def problem(self, key: str) -> Problem:
        """The problem with this key; KeyError if there is none."""
        for problem in self.problems:
            if problem.key == key:
                return problem
        raise KeyError(key)

    @property
    def scenarios(self) -> Domain:
        """The product of all split sets that some problem depends on, in the model's order."""
        used = {name for p in self.problems for name in p.scenarios.names}
        return Domain(tuple(s.axis for s in self.sets.values() if s.spec.key in used))

    @property
    def outcome_sets(self) -> frozenset[str]:
        """The sets whose items are outcomes."""
        return frozenset(s.spec.key for s in self.sets.values() if s.outcomes is not None)

    @property
    def counted(self) -> str:
        """What one answer of a run is called: it stands for a scenario, or else for one of several problems, or alone."""
        return "scenario" if len(self.problems) == 1 and self.scenarios.names else "answer"

    @property
    def defaults(self) -> Mapping[str, float]:
        """Input table → the number that its absent cells stand for, where there is one."""
        return {t.key: t.spec.default for t in self.tables.values() if t.spec.default is not None}

    @property
    def inputs(self) -> tuple[TableInfo, ...]:
        """The tables whose numbers come from the user: exogenous, uncertain, and hybrid ones as starting values."""
        return tuple(t for t in self.tables.values() if t.spec.kind in ("exogenous", "uncertain", "hybrid"))
