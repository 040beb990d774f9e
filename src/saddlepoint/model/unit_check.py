"""Units of formulas: sums and relations need equal ones; what has no unit fits everywhere."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, replace
from functools import reduce

from saddlepoint.errors import Diagnostic, Mark
from saddlepoint.expr.node import Node, Relation
from saddlepoint.expr.operators.conditions import NOT
from saddlepoint.expr.show import text
from saddlepoint.model.model import Objective, Problem, Report, TableInfo
from saddlepoint.model.units import Unit, factor_between, moderate, unit_of
from saddlepoint.printing.sentences import clipped
from saddlepoint.records import dataclass


@dataclass(frozen=True, slots=True)
class _Measure:
    """The unit of an expression; literal: the product of the numbers written in it, which may convert units; mixed: whether units
    that differ were put together in it, though none but hours or numbers are between them; written: whether a number stands in it
    as a factor, be it 1, that may have a unit of its own; said: the unit in the user's words, "" where it is none of the user's."""

    unit: Unit | None
    literal: float = 1.0
    _: KW_ONLY
    bare: bool = False
    mixed: bool = False
    written: bool = False
    said: str = ""

    @property
    def shown(self) -> str:
        """The unit for a message."""
        return self.said or str(self.unit)

    @property
    def certain(self) -> bool:
        """Whether the unit is that of the numbers: no number may have converted them, and no hour was left out."""
        return self.unit is not None and not self.bare and not self.mixed and not self.written


_UNKNOWN, _BARE = _Measure(None), _Measure(Unit(), bare=True)


def certain_unit(nodes: Iterable[Node]) -> Unit | None:
    """The unit that expressions have together, None where it does not follow from the units of their tables."""
    return _common([_check(node)[0] for node in nodes]).unit


def _common(parts: Sequence[_Measure]) -> _Measure:
    """What parts of a sum have together: the unit of those that are certain, which must be one; where hours alone are between
    them, that with more of them, since a step lasts one hour where nothing else is said."""
    known = [one for one in parts if one.certain]
    rates = {
        (_without_hours(one.unit), round(math.log(one.unit.factor), 9))
        for one in known
        if one.unit is not None
    }
    if len(rates) == 1 and not any(one.mixed for one in parts):
        return max(known, key=_hours)
    return replace(_UNKNOWN, mixed=len(rates) > 1 or any(one.mixed for one in parts))


def _without_hours(unit: Unit) -> tuple[tuple[str, float], ...]:
    return tuple((word, power) for word, power in unit.powers if word != "h")


def _hours(measure: _Measure) -> float:
    return dict(measure.unit.powers).get("h", 0.0) if measure.unit is not None else 0.0


def unit_findings(problems: Sequence[Problem], tables: Mapping[str, TableInfo]) -> list[Diagnostic]:
    """M090 (equal but for a factor), M091 (different dimensions) and M092 (the same, as warnings: with words of the user's own,
    or by hours alone). Models in which nothing has a unit are not looked at."""
    specs = [info.spec for info in tables.values()]
    if not any(one.unit or any(v.unit for v in one.variables) for one in specs):
        return []
    found = [d for info in tables.values() for d in _views(info)]
    for problem in problems:
        defined = [
            (f"the definition of {one.name!r}", d) for one in problem.definitions for d in _figure(one)
        ]
        known = {d.message for _, d in defined}
        stated = [(where, d) for where, d in _stated(problem) if d.message not in known]
        found += (replace(d, message=f"{where} {d.message}") for where, d in (*defined, *stated))
    return list(dict.fromkeys(found))


def _stated(problem: Problem) -> Iterable[tuple[str, Diagnostic]]:
    """What relations, objectives and figures of a problem do wrong: who, and a finding that begins with what it does, by which it
    is known again: a definition at fault is so in all that uses it."""
    for constraint in problem.constraints:
        for relation in constraint.relations:
            yield from ((f"the relation {constraint.name!r}", d) for d in _relation(relation))
    for together in (problem.objectives, *(rank.objectives for rank in problem.ranks)):
        yield from (("the objective", d) for d in _added(together))
    for report in (r for r in problem.reports if not r.told):
        yield from ((f"the figure {report.name!r}", d) for d in _figure(report))


def _added(objectives: Sequence[Objective]) -> Iterable[Diagnostic]:
    """What is wrong inside of objectives that are added up, and between the first of them and the others.

    Objectives with names may be meant to be traded off against each other: that their units differ is a warning.
    """
    first = None
    for objective in objectives:
        node = objective.goal.node
        measure, found = _check(node)
        yield from found
        if first is None:
            first = measure, text(node), objective.name
            continue
        for one in _compare(measure, first[0], node.mark, (text(node), first[1])):
            yield _traded(one) if first[2] and objective.name else one


def _traded(found: Diagnostic) -> Diagnostic:
    fix = "`saddle frontier` trades them off; a run adds them up, for which a unit has to be corrected, or a factor to be written."
    return replace(found, code="M092", severity="warning", fix=fix)


def _figure(report: Report) -> Iterable[Diagnostic]:
    """What is wrong inside of an expression, and beside the unit that it is said to have."""
    measure, found = _check(report.node)
    yield from found
    declared = unit_of(report.unit) if report.unit else None
    if declared is not None:
        shown = (text(report.node), f"its unit {report.unit}")
        yield from _compare(measure, _Measure(declared, said=report.unit), report.node.mark, shown)


def _views(info: TableInfo) -> Iterable[Diagnostic]:
    """A variable whose unit is another one than that of its table."""
    for one in info.spec.variables:
        if one.unit and info.spec.unit and one.unit != info.spec.unit:
            factor = factor_between(info.spec.unit, one.unit)
            if factor is not None and not math.isclose(factor, 1.0, rel_tol=1e-9):
                yield Diagnostic(
                    "M090",
                    f"the variable {one.name!r} has the unit {one.unit}, and its table {info.spec.unit}: a factor of {factor:g}",
                    one.mark,
                    why="A variable shows the numbers of its table as they are.",
                    fix="Give both the same unit, or none to the variable.",
                )


def _relation(relation: Relation) -> list[Diagnostic]:
    left, found = _check(relation.left)
    right, more = _check(relation.right)
    shown = text(relation.left), text(relation.right)
    return [*found, *more, *_compare(left, right, relation.mark, shown)]


def _check(node: Node) -> tuple[_Measure, list[Diagnostic]]:
    found: list[Diagnostic] = []
    return _measure(node, found), found


def _measure(node: Node, found: list[Diagnostic]) -> _Measure:
    if node.number is not None:
        return _within_floats(_Measure(Unit(), abs(node.number) or 1.0, bare=True, written=True))
    if node.variable is not None:
        if node.variable.role == "constant":
            return _BARE
        unit = unit_of(node.variable.unit) if node.variable.unit else None
        return _Measure(unit, said=node.variable.unit if unit is not None else "")
    operator = node.the_operator
    parts = [_measure(each, found) for each in node.visible]
    if operator.joins is not None or operator is NOT:
        _all_equal(node, parts, found)
        return _BARE
    if operator.whole is not None:
        return _all_equal(node, parts, found)
    match operator.degree:
        case None:
            return _UNKNOWN
        case "option":
            return _power(node, parts)
        case tuple(degrees):
            return reduce(_times, map(_raised, parts, degrees))
        case degree:
            return _raised(_all_equal(node, parts, found), degree)


def _times(left: _Measure, right: _Measure) -> _Measure:
    literal, mixed = left.literal * right.literal, left.mixed or right.mixed
    unit = None if left.unit is None or right.unit is None else left.unit * right.unit
    said = left.said if right.bare else right.said if left.bare else ""
    return _within_floats(
        _Measure(
            unit,
            literal,
            bare=unit is not None and left.bare and right.bare,
            mixed=mixed,
            written=left.written or right.written,
            said=said if unit is not None else "",
        )
    )


def _raised(part: _Measure, exponent: float) -> _Measure:
    if exponent == 1:
        return part
    if part.unit is None:
        return replace(_UNKNOWN, mixed=part.mixed)
    try:
        made = _Measure(
            part.unit**exponent,
            part.literal**exponent,
            bare=part.bare,
            mixed=part.mixed,
            written=part.written,
        )
        return _within_floats(made)
    except OverflowError:
        return _UNKNOWN


def _within_floats(measure: _Measure) -> _Measure:
    """The measure, or none where a product of its factors could leave what floats hold."""
    held = moderate(measure.literal) and (measure.unit is None or moderate(measure.unit.factor))
    return measure if held else _Measure(None, mixed=measure.mixed)


def _power(node: Node, parts: Sequence[_Measure]) -> _Measure:
    exponent = node.options[0] if node.options else node.visible[1].number if len(node.visible) > 1 else None
    return _raised(parts[0], float(exponent)) if isinstance(exponent, int | float) else _UNKNOWN


def _all_equal(node: Node, parts: Sequence[_Measure], found: list[Diagnostic]) -> _Measure:
    """The common unit of the arguments; each is compared with the first one that has a unit."""
    known = [k for k, each in enumerate(parts) if each.unit is not None and not each.bare]
    for k in known[1:]:
        shown = _as_written(node.visible[known[0]]), _as_written(node.visible[k])
        found += _compare(parts[known[0]], parts[k], node.mark, shown)
    if known:
        common = _common(parts)
        return common if common.certain else replace(parts[known[0]], mixed=common.mixed)
    if len(parts) == 1:
        return parts[0]
    if not parts or any(each.unit is None for each in parts):
        return _UNKNOWN
    return replace(_BARE, written=any(each.written for each in parts))


def _as_written(node: Node) -> str:
    """What a user would recognise of a part: without the selections that words along sets put around it."""
    while node.call is None and node.operator is not None:
        parts = [a for a in node.visible if a.variable is None or a.variable.role != "constant"]
        if len(parts) != 1 or not (
            node.operator.moves is not None or node.operator.name in ("mult", "negative")
        ):
            break
        node = parts[0]
    return text(node)


def _compare(left: _Measure, right: _Measure, mark: Mark, shown: tuple[str, str]) -> Iterable[Diagnostic]:
    if left.unit is None or right.unit is None or left.bare or right.bare:
        return
    one, other = map(clipped, shown)
    strange = left.unit.strange | right.unit.strange
    apart = dict((left.unit / right.unit).powers)
    if set(apart) <= {"h"}:
        yield from _scaled(left, right, mark, (one, other))
    elif not left.written and not right.written:
        yield Diagnostic(
            "M092" if strange else "M091",
            f"puts {one} and {other} together, whose units differ: {left.shown} and {right.shown}",
            mark,
            why=f"the table of units does not know {', '.join(sorted(strange))}" if strange else "",
            fix="Correct a unit, or the formula.",
            severity="warning" if strange else "error",
        )


def _scaled(left: _Measure, right: _Measure, mark: Mark, shown: tuple[str, str]) -> Iterable[Diagnostic]:
    """M090 for a factor that no number of the formula explains. Hours may be apart: a step lasts one where nothing else is said."""
    one, other = shown
    assert left.unit is not None
    assert right.unit is not None
    a, b = left.unit.factor, right.unit.factor
    sizes = [(a, a / left.literal), (b, b / right.literal)]
    if any(math.isclose(x, y, rel_tol=1e-9) for x in sizes[0] for y in sizes[1]):
        return
    factor, less = max(a / b, b / a), (one if a > b else other)
    yield Diagnostic(
        "M090",
        f"puts {one} and {other} together, whose units differ by a factor of {factor:g}",
        mark,
        why=f"{one} is in {left.shown}, {other} in {right.shown}.",
        fix=f"Multiply {less} by {factor:g}, or give the data in one unit.",
    )
