"""Units of prices: that of the objective over that of the relation, where both follow from the units of tables; else blank."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations_with_replacement, product
from typing import Final

from saddlepoint.model.model import Model, Problem, TableInfo
from saddlepoint.model.unit_check import certain_unit
from saddlepoint.model.units import Unit, unit_of, words_of
from saddlepoint.records import dataclass

_MOST_WORDS: Final = 3
_SENTENCE: Final = frozenset(["per", "each", "of"])
"""Words that make a unit a sentence, whose arithmetic nobody knows."""


@dataclass(frozen=True, slots=True)
class PriceUnits:
    """Units of one problem, "" where they do not follow. relations: of each relation; prices: of its price; costs: decided
    table → of what one more of it costs."""

    relations: Mapping[str, str]
    prices: Mapping[str, str]
    costs: Mapping[str, str]


def price_units(problem: Problem, tables: Mapping[str, TableInfo]) -> PriceUnits:
    """What one more of a right-hand side, or of a decision, is counted in."""
    declared = list(dict.fromkeys(_declared(tables.values())))
    if not declared:
        return PriceUnits({}, {}, {})
    names = _UnitNames(declared)
    goal = None
    if problem.sense:
        goal = certain_unit(one.goal.node for one in problem.objectives)
    sides = {one.name: certain_unit(one.sides) for one in problem.constraints}
    own = {key: unit_of(tables[key].spec.unit) for key in problem.decides if key in tables}
    return PriceUnits(
        {name: names.of(unit) for name, unit in sides.items()},
        {name: names.over(goal, unit) for name, unit in sides.items()},
        {key: names.over(goal, unit) for key, unit in own.items()},
    )


def objective_units(model: Model) -> Mapping[str, str]:
    """Problem → the unit of its objective, "" where it does not follow from the units of tables; problems without one are left out."""
    declared = list(dict.fromkeys(_declared(model.tables.values())))
    goals = {p.key: certain_unit(o.goal.node for o in p.objectives) for p in model.problems if p.objectives}
    names = _UnitNames(declared) if declared and goals else None
    return {key: "" if names is None else names.of(goal) for key, goal in goals.items()}


def goal_units(model: Model, problem: str) -> Mapping[str, str]:
    """Named objective of a problem → its unit, "" where it does not follow from the units of tables."""
    declared = list(dict.fromkeys(_declared(model.tables.values())))
    names = _UnitNames(declared) if declared else None
    goals = model.problem(problem).objectives
    return {o.name: "" if names is None else names.of(certain_unit([o.goal.node])) for o in goals if o.name}


def objective_unit(units: Mapping[str, str]) -> str:
    """The one unit of the objectives of all problems, "" where it differs."""
    found = set(units.values())
    return found.pop() if len(found) == 1 else ""


def _declared(tables: Iterable[TableInfo]) -> Iterable[str]:
    for info in tables:
        yield from (text for text in (info.spec.unit, *(v.unit for v in info.spec.variables)) if text)


class _UnitNames:
    """Units in the words that the model itself uses."""

    def __init__(self, declared: Sequence[str]) -> None:
        self._known: dict[tuple[object, ...], str] = {}
        self._count = 0
        words = dict.fromkeys(word for text in declared for word in words_of(text))
        self._words = [word for word in words if (unit := unit_of(word)) is not None and unit.powers]
        self._learn(declared)

    def _learn(self, texts: Iterable[str]) -> None:
        for text in filter(None, texts):
            unit = unit_of(text)
            if unit is not None and not unit.strange & _SENTENCE:
                self._known.setdefault(_same(unit), text)

    def _found(self, unit: Unit) -> str:
        """The shortest name in the model's words, with one word more as long as there is none."""
        while _same(unit) not in self._known and self._count < _MOST_WORDS:
            self._count += 1
            self._learn(
                _written(chosen, signs)
                for chosen in combinations_with_replacement(self._words, self._count)
                for signs in product((1, -1), repeat=self._count)
            )
        return self._known.get(_same(unit), "")

    def over(self, goal: Unit | None, unit: Unit | None) -> str:
        """The name of one unit over another."""
        return "" if goal is None or unit is None else self.of(goal / unit)

    def of(self, unit: Unit | None) -> str:
        """The name of a unit; "" for what has none, or none that a reader would know."""
        if unit is None or not unit.powers or unit.strange & _SENTENCE:
            return ""
        shown = str(unit)
        return self._found(unit) or ("" if shown[0].isdigit() else shown)


def _same(unit: Unit) -> tuple[object, ...]:
    return (unit.powers, round(math.log(unit.factor), 9))


def _written(words: Sequence[str], signs: Sequence[int]) -> str:
    """Words above the line with dots between them, each of the others after a slash; "" where none stands above it or a word on
    both sides."""
    above = [word for word, sign in zip(words, signs, strict=True) if sign > 0]
    below = [word for word, sign in zip(words, signs, strict=True) if sign < 0]
    if not above or set(above) & set(below):
        return ""
    return "/".join(["·".join(above), *below])
