"""A model in the making: sets, data, decisions, then objectives and relations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, Unpack

from saddlepoint import declare
from saddlepoint.building.expression import AxisSet, Expression, formula_of, here
from saddlepoint.building.sets import DraftSets
from saddlepoint.building.statements import Statements, key_of
from saddlepoint.building.tables import DraftTables, by_cell, uses
from saddlepoint.declare import Reading, SetSpec, Spec, TableSpec, scenarios_from
from saddlepoint.declare.sample import drawn_items
from saddlepoint.declare.scenarios import Scenarios
from saddlepoint.declare.spec import SampleSpec, SamplingMethod
from saddlepoint.declare.write import write_scenario_file
from saddlepoint.lab import Lab
from saddlepoint.model.blanks import input_sheets
from saddlepoint.study.results.result import Result
from saddlepoint.study.running.arguments import SolveArguments

DecisionDomain = Literal["real", "integer", "boolean", "semicontinuous"]
Only = Mapping[Any, Mapping[str, object]]


class Model(Statements):
    """A model in the making. Errors name the Python line that said it.

    What it states itself is the one problem of the model; several sub-problems are made with `problem`.
    """

    def __init__(self, name: str = "model", scenarios: object = None) -> None:
        super().__init__()
        self.name, self._scenarios = name, scenarios
        self._sets, self._tables = DraftSets(), DraftTables()
        self._problems: list[Statements] = []

    def set(
        self,
        name: str,
        items: Iterable[object],
        *,
        scenarios: bool = False,
        description: str = "",
        parent: Iterable[object] | None = None,
        filters: Mapping[str, Iterable[object]] | None = None,
        outcomes: bool = False,
        probability: str | None = None,
        along: AxisSet | None = None,
        **labels: Iterable[object],
    ) -> AxisSet:
        """A set with its items, and columns of labels beside them.

        scenarios: each item is a problem of its own; parent: of each item the one above it, "" at a root; filters: columns
        of labels by which views choose items; outcomes: one of the items will come true; probability: the name of the data that
        say how likely each is (equally likely if there are none); along: the stages, in each of which one of the items comes true.
        """
        spec = SetSpec(
            name,
            description=description,
            split_problem=scenarios,
            outcomes=outcomes or probability is not None or along is not None,
            probability=probability,
            along=None if along is None else along.key,
        )
        return self._sets.add(spec, items, labels, filters or {}, parent)

    def sample(
        self,
        name: str,
        *tables: Expression,
        number: int,
        method: SamplingMethod = "latin",
        seed: int = 0,
        description: str = "",
    ) -> AxisSet:
        """A set of outcomes that are draws of uncertain tables, all tables together in each; from then on the tables run over it."""
        sample = SampleSpec(
            tables=tuple(map(key_of, tables)), number=number, method=method, seed=seed, mark=here(name)
        )
        spec = SetSpec(name, description=description, outcomes=True, sample=sample)
        return self._sets.add(spec, drawn_items(sample).names, {}, {}, None)

    def items_of(self, axis: AxisSet) -> tuple[str, ...]:
        """The items of a set, in their order."""
        return self._sets.items[axis.key].names

    def groups(self, name: str, of: Expression, description: str = "") -> AxisSet:
        """The set of the distinct labels of a column: `groups("Regions", towns.region)`."""
        key, _, column = of.text.rpartition(".")
        spec = SetSpec(name, description=description, groups=(key.strip("'\""), column), mark=here(name))
        return self._sets.follow(spec)

    def copy(self, name: str, of: AxisSet, description: str = "") -> AxisSet:
        """A second set with the same items: the other end of a route."""
        return self._sets.follow(SetSpec(name, description=description, copy_from=of.key, mark=here(name)))

    def data(
        self,
        name: str,
        *sets_and_values: object,
        unit: str = "",
        default: float | None = None,
        description: str = "",
        rows: AxisSet | None = None,
        cols: AxisSet | None = None,
        only: Only | None = None,
        blank_fill: float | None = None,
    ) -> Expression:
        """Data over sets: `data("cost", tech, values)`. The values are a number, a mapping of labels, a pandas Series or frame, an
        array in the order of the sets.

        default: what absent cells hold; rows, cols: sets that are sides of a matrix; only: set → {filter: labels} of the items
        that this variable sees.
        """
        *sets, values = sets_and_values
        self._tables.add(
            name, "exogenous", sets, {"sets": uses(rows, cols, only), "blank_fill": blank_fill}, unit=unit,
            description=description, default=default,
        )  # fmt: skip
        self._tables.numbers[name] = values
        return Expression(name)

    def uncertain(
        self,
        name: str,
        *sets: AxisSet,
        samples: AxisSet | None = None,
        values: object = None,
        weights: Expression | None = None,
        covariance: Expression | None = None,
        radius: Expression | None = None,
        against: str | Expression | None = None,
        unit: str = "",
        description: str = "",
        rows: AxisSet | None = None,
        cols: AxisSet | None = None,
        **statistics: object,
    ) -> Expression:
        """Data that are not known: a distribution for each cell (`distribution="normal", mean=50, std=10`), each a value, a
        mapping of labels or an array; or draws, `values` over the sets of which `samples` is one. against: the set of values
        for which robust relations hold, `"box"`, `"budget(3)"`, `"ellipsoid(2)"`.
        """
        told = {"weights": weights, "covariance": covariance, "radius": radius}
        self._tables.add(
            name, "uncertain", sets, {"sets": uses(rows, cols, None)}, unit=unit, description=description,
            samples=None if samples is None else samples.key, against=None if against is None else formula_of(against if isinstance(against, Expression) else Expression(against)),
            **{key: None if given is None else key_of(given) for key, given in told.items()},
        )  # fmt: skip
        items = [self._sets.items[key] for key in self._tables.specs[name].coordinates]
        self._tables.numbers[name] = values if samples is not None else by_cell(items, statistics)
        return Expression(name)

    def constant(
        self, name: str, value: str, *sets: AxisSet, rows: AxisSet | None = None, cols: AxisSet | None = None
    ) -> Expression:
        """A constant of the language, such as `identity` or `arange_1`."""
        self._tables.add(name, "constant", sets, {"sets": uses(rows, cols, None), "value": value})
        return Expression(name)

    def decide(
        self,
        name: str,
        *sets: object,
        lower: object = None,
        upper: object = None,
        fix: object = None,
        nonneg: bool = False,
        domain: DecisionDomain = "real",
        where: Expression | None = None,
        adapts: str | Iterable[str] = (),
        unit: str = "",
        description: str = "",
        rows: AxisSet | None = None,
        cols: AxisSet | None = None,
        only: Only | None = None,
        decided_in: Statements | None = None,
        start: object = None,
    ) -> Expression:
        """A decision over sets.

        lower, upper, fix: numbers or data, priced like relations; nonneg: at least 0, without a price; where: a condition
        under which its cells exist; adapts: what it reacts to (`"demand before Weeks"`), one or several; decided_in: the
        sub-problem that decides it, where others read it as data; start: its first values there.
        """
        variable = {
            "sets": uses(rows, cols, only), "lower": formula_of(lower), "upper": formula_of(upper), "fix": formula_of(fix),
            "nonneg": nonneg,
        }  # fmt: skip
        self._tables.add(
            name,
            "endogenous",
            sets,
            variable,
            unit=unit,
            description=description,
            where=formula_of(where),
            adapts=(adapts,) if isinstance(adapts, str) else tuple(adapts),
            domain=domain,
        )
        if decided_in is not None:
            self._tables.owners[name] = decided_in.key
        if start is not None:
            self._tables.numbers[name] = start
        return Expression(name)

    def view(
        self,
        name: str,
        of: Expression,
        *,
        rows: AxisSet | None = None,
        cols: AxisSet | None = None,
        only: Only | None = None,
        lower: object = None,
        upper: object = None,
        nonneg: bool = False,
        blank_fill: float | None = None,
    ) -> Expression:
        """Another variable of the same table: other sides of a matrix, or some items only. UsageError X442."""
        variable = {
            "sets": uses(rows, cols, only), "lower": formula_of(lower), "upper": formula_of(upper), "nonneg": nonneg,
            "blank_fill": blank_fill,
        }  # fmt: skip
        self._tables.view(name, key_of(of), variable)
        return Expression(name)

    def problem(self, key: str) -> Statements:
        """A sub-problem: it has `minimise`, `maximise`, `subject_to`, `define` and `report` of its own."""
        made = Statements(key)
        self._problems.append(made)
        return made

    @property
    def spec(self) -> Spec:
        """The model as declared."""
        problems = [self, *self._problems] if not self.is_empty or not self._problems else self._problems
        tables = tuple(self._in_roles(table, problems) for table in self._tables.specs.values())
        return Spec(
            name=self.name,
            sets=tuple(self._sets.specs),
            tables=tables,
            problems=tuple(problem.stated for problem in problems),
        )

    @property
    def lab(self) -> Lab:
        """The lab of the model as it is now: check, explain, mathematics, …"""
        items = tuple(self._sets.items[s.key] for s in self._sets.specs if s.key in self._sets.items)
        reading = Reading(self.spec, items)
        told: Scenarios = Scenarios() if self._scenarios is None else scenarios_from(self._scenarios)
        numbers = dict(self._tables.numbers)
        return Lab(lambda: reading, lambda: reading, data=numbers, read_scenarios=lambda: told)

    def solve(self, **arguments: Unpack[SolveArguments]) -> Result:
        """Solve in memory; arguments as in `Lab.solve`. Raises what the stages raise, with the Python line."""
        return self.lab.solve(**arguments)

    def write(self, folder: str | Path) -> Path:
        """Write the model as a folder of YAML and CSV files; FileError F041, F042, DataError."""
        place, lab = Path(folder), self.lab
        known = lab.inputs()
        declare.write_spec(place, self.spec, "yaml")
        if any(each.needs_items for each in self._sets.specs):
            declare.write_sets(place, self.spec, list(self._sets.items.values()))
        declare.write_inputs(place, input_sheets(lab.model, {**known.initial, **known.tables}), "csv")
        if self._scenarios is not None:
            write_scenario_file(place, self._scenarios)
        return place

    def _in_roles(self, table: TableSpec, problems: Iterable[Statements]) -> TableSpec:
        """A decision that other sub-problems read, with what it is to each of them."""
        owner = self._tables.owners.get(table.key)
        if owner is None:
            return table
        mine = {variable.name for variable in table.variables}
        readers = {p.key: "exogenous" for p in problems if p.key != owner and mine & p.names}
        return replace(table, kind="hybrid", roles={owner: "endogenous", **readers})
