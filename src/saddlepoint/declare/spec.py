"""What the files say, after the schema and before any name is resolved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, field
from typing import Literal

from saddlepoint.errors import NOWHERE, Mark
from saddlepoint.records import dataclass

DimName = Literal["rows", "cols", "intra", "inter"]
TableKind = Literal["exogenous", "endogenous", "constant", "uncertain", "hybrid"]


SamplingMethod = Literal["random", "latin", "sobol"]


@dataclass(frozen=True, slots=True)
class ItemList:
    """Items written in the settings. labels: item → {filter or aggregation: label}."""

    names: tuple[str, ...]
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSpec:
    """Draws of uncertain tables, all tables together in each draw."""

    tables: tuple[str, ...]
    number: int
    method: SamplingMethod = "latin"
    seed: int = 0
    mark: Mark = NOWHERE


@dataclass(frozen=True, slots=True)
class SetSpec:
    """One entry of structure_sets. filters: name → allowed labels; aggregations: names; groups: the set and the column of
    it whose distinct labels are the items; items: those given in place; outcomes: of its items one will come true; probability: the
    variable that says how likely each is; along: the set of stages, in each of which one of the items comes true; sample: the
    items are draws of uncertain tables."""

    key: str
    _: KW_ONLY
    description: str = ""
    split_problem: bool = False
    copy_from: str | None = None
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    aggregations: tuple[str, ...] = ()
    mark: Mark = NOWHERE
    groups: tuple[str, str] | None = None
    items: ItemList | None = None
    outcomes: bool = False
    probability: str | None = None
    along: str | None = None
    sample: SampleSpec | None = None

    @property
    def needs_items(self) -> bool:
        """Whether the items come from outside the settings."""
        return self.copy_from is None and self.groups is None and self.items is None


@dataclass(frozen=True, slots=True)
class SetItems:
    """The rows of one tab of sets.xlsx: item names, and per filter or aggregation one label per item."""

    key: str
    names: tuple[str, ...]
    _: KW_ONLY
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    aggregations: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    mark: Mark = NOWHERE
    parents: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class SetUse:
    """How one variable uses one set: on which side, and which items (filter name → labels kept)."""

    dim: DimName | None = None
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    mark: Mark = NOWHERE


@dataclass(frozen=True, slots=True)
class VariableSpec:
    """One entry of variables_info.

    sets: set key → use; value: name of a constant; lower, upper, fix: expressions (a number, a data variable) that bound or
    settle it where it is decided.
    """

    name: str
    sets: Mapping[str, SetUse] = field(default_factory=dict)
    _: KW_ONLY
    value: str | None = None
    blank_fill: float | None = None
    nonneg: bool = False
    unit: str = ""
    mark: Mark = NOWHERE
    lower: FormulaSpec | None = None
    upper: FormulaSpec | None = None
    fix: FormulaSpec | None = None
    uncertainty_measure: bool = False

    @property
    def rules(self) -> Mapping[str, FormulaSpec]:
        """The bounds that are stated, by key."""
        known = {"lower": self.lower, "upper": self.upper, "fix": self.fix}
        return {key: rule for key, rule in known.items() if rule is not None}


@dataclass(frozen=True, slots=True)
class TableSpec:
    """One entry of structure_variables.

    kind "hybrid" has its roles (problem key → endogenous | exogenous); samples: set key, weights, covariance and
    radius: variable names, history: a file of past values, against: the set of values against which robust relations hold
    (uncertain tables only). adapts: to which uncertain variables a decision reacts. where: the condition under which a decided
    cell exists; default: what an input cell without a number holds.
    """

    key: str
    _: KW_ONLY
    kind: TableKind
    coordinates: tuple[str, ...] = ()
    description: str = ""
    roles: Mapping[str, Literal["endogenous", "exogenous"]] = field(default_factory=dict)
    domain: Literal["real", "integer", "boolean", "semicontinuous"] = "real"
    variables: tuple[VariableSpec, ...] = ()
    unit: str = ""
    samples: str | None = None
    weights: str | None = None
    covariance: str | None = None
    radius: str | None = None
    history: str | None = None
    against: FormulaSpec | None = None
    adapts: tuple[str, ...] = ()
    mark: Mark = NOWHERE
    where: FormulaSpec | None = None
    default: float | None = None
    uncertainty_enabled: bool = False


@dataclass(frozen=True, slots=True)
class FormulaSpec:
    """The text of an objective or a relation; mark.text is the source line, mark.start where the formula begins.

    where: the condition under which it holds, as a formula of its own; each: sets for whose every item it is meant to hold;
    soft: at which price, a number or data, it may be missed; priority: of an objective, 1 first.
    """

    text: str
    name: str | None = None
    _: KW_ONLY
    description: str = ""
    mark: Mark = NOWHERE
    where: FormulaSpec | None = None
    each: tuple[str, ...] = ()
    soft: FormulaSpec | None = None
    priority: int | None = None


@dataclass(frozen=True, slots=True)
class ReportSpec:
    """A figure that is computed from a plan, or an expression that is given a name: name, formula, unit and description."""

    name: str
    formula: FormulaSpec
    unit: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class ProblemSpec:
    """One problem; key "" for the unnamed one. definitions: the expressions that it gives names; products: whether products of two
    continuous decisions are meant (`products: global`)."""

    key: str
    _: KW_ONLY
    objectives: tuple[FormulaSpec, ...] = ()
    expressions: tuple[FormulaSpec, ...] = ()
    mark: Mark = NOWHERE
    reports: tuple[ReportSpec, ...] = ()
    definitions: tuple[ReportSpec, ...] = ()
    products: bool = False

    @property
    def title(self) -> str:
        return f"problem {self.key!r}" if self.key else "the problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """A whole model as declared. trust: whether user_defined_*.py may be loaded (`operators: trust`); lenient: a folder of
    CVXlab, in which what is odd is a warning, and matrices align by position."""

    name: str
    sets: tuple[SetSpec, ...]
    tables: tuple[TableSpec, ...]
    problems: tuple[ProblemSpec, ...]
    trust: bool = False
    lenient: bool = False
