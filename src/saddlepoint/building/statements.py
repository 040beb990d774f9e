"""What a problem states, said in Python: objectives, relations, definitions, figures."""

from __future__ import annotations

import re
from dataclasses import KW_ONLY, field

from saddlepoint.building.expression import AxisSet, Expression, formula_of, here, text_of
from saddlepoint.declare.spec import FormulaSpec, ProblemSpec, ReportSpec
from saddlepoint.errors import UsageError
from saddlepoint.records import dataclass


@dataclass(slots=True, eq=False)
class Statements:
    """A problem in the making; key "" for the one without a name."""

    key: str = ""
    _: KW_ONLY
    objectives: list[FormulaSpec] = field(default_factory=list)
    relations: list[FormulaSpec] = field(default_factory=list)
    figures: list[ReportSpec] = field(default_factory=list)
    definitions: list[ReportSpec] = field(default_factory=list)
    products: bool = False

    def allow_products(self) -> None:
        """Products of two continuous decisions may stand in the formulas: `run(starts=…)` then solves the problem with proof."""
        self.products = True

    def minimise(
        self,
        expression: Expression,
        name: str | None = None,
        *,
        priority: int | None = None,
        description: str = "",
    ) -> None:
        """Add to what is minimised; name: of the line; priority: 1 comes first (all objectives have one, or none)."""
        self._aim(f"Minimize({text_of(expression)})", name, priority, description)

    def maximise(
        self,
        expression: Expression,
        name: str | None = None,
        *,
        priority: int | None = None,
        description: str = "",
    ) -> None:
        """Add to what is maximised; name and priority as for `minimise`."""
        self._aim(f"Maximize({text_of(expression)})", name, priority, description)

    def subject_to(
        self,
        *unnamed: object,
        where: Expression | None = None,
        each: AxisSet | tuple[AxisSet, ...] | None = None,
        soft: object = None,
        priority: int | None = None,
        description: str = "",
        **relations: Expression,
    ) -> None:
        """Relations by name: `subject_to(balance=made == demand)`.

        where: the condition under which they hold; each: sets for whose every item they are meant to hold; soft: the price
        at which they may be missed, priority: the objectives with which that counts. UsageError X445 without a name.
        """
        if unnamed:
            raise UsageError.of(
                "X445",
                "a relation has no name",
                here(text_of(unnamed[0])),
                why="Prices, conflicts and repairs are told by the names of relations.",
                fix=f"Write subject_to(balance={text_of(unnamed[0])}).",
            )
        keys = () if each is None else each if isinstance(each, tuple) else (each,)
        for name, one in relations.items():
            self.relations.append(
                FormulaSpec(
                    text_of(one),
                    name,
                    description=description,
                    mark=here(text_of(one)),
                    where=formula_of(where),
                    each=tuple(key_of(key) for key in keys),
                    soft=formula_of(soft),
                    priority=priority,
                )
            )

    def define(self, name: str, expression: Expression, unit: str = "", description: str = "") -> Expression:
        """A name for an expression, for use in formulas of this problem."""
        self.definitions.append(_named(name, expression, unit, description))
        return Expression(name)

    def report(self, name: str, expression: Expression, unit: str = "", description: str = "") -> None:
        """A figure that is computed from the plan."""
        self.figures.append(_named(name, expression, unit, description))

    @property
    def stated(self) -> ProblemSpec:
        """The problem as declared."""
        return ProblemSpec(
            self.key,
            objectives=tuple(self.objectives),
            expressions=tuple(self.relations),
            reports=tuple(self.figures),
            definitions=tuple(self.definitions),
            products=self.products,
        )

    @property
    def names(self) -> frozenset[str]:
        """Every name that its formulas use, words of the language too."""
        formulas = [*self.objectives, *self.relations]
        formulas += [f for one in self.relations for f in (one.where, one.soft) if f is not None]
        formulas += [one.formula for one in (*self.figures, *self.definitions)]
        return frozenset(name for f in formulas for name in re.findall(r"[^\W\d]\w*", f.text))

    @property
    def is_empty(self) -> bool:
        return not (self.objectives or self.relations or self.figures or self.definitions)

    def _aim(self, shown: str, name: str | None, priority: int | None, description: str) -> None:
        if name is None and priority is not None:
            name = f"objective_{len(self.objectives) + 1}"
        one = FormulaSpec(shown, name, description=description, mark=here(shown), priority=priority)
        self.objectives.append(one)


def key_of(named: object) -> str:
    """The key of a set, a problem or a table that is given as such or by its name."""
    if isinstance(named, AxisSet | Statements):
        return named.key
    return named.text if isinstance(named, Expression) else str(named)


def _named(name: str, expression: Expression, unit: str, description: str) -> ReportSpec:
    shown = text_of(expression)
    return ReportSpec(name, FormulaSpec(shown, mark=here(shown)), unit, description)
