"""Decisions that adapt to what has been seen: their rules, and which elements each of them may react to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from typing import Final

import numpy as np

from saddlepoint.arrays import Mask
from saddlepoint.declare.spec import TableSpec, VariableSpec
from saddlepoint.errors import Diagnostic, suggest
from saddlepoint.expr.facts import Facts, Repeat
from saddlepoint.expr.named import constant_node
from saddlepoint.expr.node import DecisionRule, Information, Node, Uncertainty, Variable
from saddlepoint.labels import Axis, Domain
from saddlepoint.model.model import SetInfo, TableInfo
from saddlepoint.model.views import strides_of, view
from saddlepoint.records import dataclass

SEEN_RANK: Final = -1
"""The place of the elements among the sets of a problem: before all others (rewrite.spread.ELEMENT_RANK)."""
_WRITTEN: Final = re.compile(
    r"(?P<what>\w+)"
    r"(?:\s+(?:(?P<lag>\d+)\s+)?(?P<when>before|up to)\s+(?P<over>[^\s].*?))?"
    r"(?:\s+each\s+(?P<each>[^\s].*?))?\s*"
)


@dataclass(frozen=True, slots=True)
class Reaction:
    """What a decision reacts to: an uncertain variable; over: the set along which only items at least `lag` before count;
    each: a set whose items react to their own entries only."""

    what: str
    over: str | None = None
    lag: int = 0
    each: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapting:
    """The adapting decisions of a problem with their rules, the tables of these, and where the rules have cells."""

    variables: Mapping[str, Variable] = field(default_factory=dict)
    tables: tuple[TableInfo, ...] = ()
    exists: Mapping[str, Node] = field(default_factory=dict)


def reaction(written: str) -> Reaction | None:
    """`D`, `D before Weeks`, `D 2 before Weeks`, `D up to Weeks`, each with `each Products`; None for another text."""
    found = _WRITTEN.fullmatch(written.strip())
    if found is None:
        return None
    when, lag = found["when"], found["lag"]
    steps = int(lag) if lag else 1 if when == "before" else 0
    return Reaction(found["what"], found["over"], steps, found["each"])


def rule_name(name: str) -> str:
    """The table and the variable of a rule."""
    return f"rule_{name}"


def adapting(
    used: Iterable[str],
    variables: Mapping[str, Variable | None],
    tables: Mapping[str, TableInfo],
    sets: Mapping[str, SetInfo],
) -> tuple[Adapting, list[Diagnostic]]:
    """What of a problem adapts; used: the variables that it names; variables: all, with their role in it. Findings M780–M782,
    M784, M080."""
    mine = [v for n in used if (v := variables[n]) is not None]
    reacting = {
        v.table: tables[v.table] for v in mine if v.role == "decision" and tables[v.table].spec.adapts
    }
    if not reacting:
        return Adapting(), []
    told = {k: [_reaction(text, t.spec) for text in t.spec.adapts] for k, t in reacting.items()}
    found = [d for each in told.values() for one in each if isinstance(one, list) for d in one]
    chosen = {k: [one for one in each if isinstance(one, Reaction)] for k, each in told.items()}
    for key, reactions in chosen.items():
        found += [d for one in reactions for d in _unknown(one, tables[key], variables, tables)]
    found += [d for t in reacting.values() for d in (*_taken(t, tables, variables), *_whole(t))]
    if found:
        return Adapting(), found
    seen = _seen(mine, [variables[one.what] for each in chosen.values() for one in each], tables, sets)
    return _made(mine, reacting, chosen, seen, variables, tables, sets), []


def _reaction(text: str, spec: TableSpec) -> Reaction | list[Diagnostic]:
    made = reaction(text)
    fix = "Write D, D before Weeks, D 2 before Weeks or D up to Weeks, and `each Products` if items react to their own."
    return made or [
        Diagnostic("M780", f"adapts of table {spec.key!r} cannot be read: {text!r}", spec.mark, fix=fix)
    ]


def _unknown(
    one: Reaction, mine: TableInfo, variables: Mapping[str, Variable | None], tables: Mapping[str, TableInfo]
) -> Iterable[Diagnostic]:
    """Names in a reaction that mean nothing there."""
    mark = mine.spec.mark
    variable = variables.get(one.what)
    uncertain = [n for n, v in variables.items() if v is not None and tables[v.table].distributed]
    if variable is None or not tables[variable.table].distributed:
        message = f"{mine.key!r} adapts to {one.what!r}, which is no variable of a table of distributions"
        yield Diagnostic("M781", message, mark, fix=suggest(one.what, uncertain))
        return
    for key in (one.over, one.each):
        for info in (mine, tables[variable.table]):
            if key is not None and key not in info.rest.names:
                message = f"{mine.key!r} adapts along {key!r}, which is no coordinate of table {info.key!r} within a scenario"
                yield Diagnostic("M782", message, mark, fix=suggest(key, info.rest.names))


def _taken(
    info: TableInfo, tables: Mapping[str, TableInfo], variables: Mapping[str, Variable | None]
) -> Iterable[Diagnostic]:
    for name in (info.key, *(v.name for v in info.spec.variables)):
        if rule_name(name) in {*tables, *variables}:
            message = f"the name {rule_name(name)!r} is taken: it is that of the rule of {name!r}"
            yield Diagnostic("M080", message, info.spec.mark, fix="Rename the other one.")


def _whole(info: TableInfo) -> Iterable[Diagnostic]:
    if info.spec.domain != "real":
        why = "An affine rule has any real value."
        message = f"table {info.key!r} is {info.spec.domain} and cannot adapt"
        yield Diagnostic(
            "M784", message, info.spec.mark, why=why, fix="Delete `adapts`, or let a real decision adapt."
        )
    for one in info.spec.variables:
        if one.fix is not None:
            fix = "Say with lower and upper between what its rule may lie."
            yield Diagnostic("M784", f"{one.name!r} adapts and cannot be fixed", one.fix.mark, fix=fix)


def _seen(
    mine: Iterable[Variable],
    named: Iterable[Variable | None],
    tables: Mapping[str, TableInfo],
    sets: Mapping[str, SetInfo],
) -> Information:
    """All uncertain elements of a problem, those of one table after those of another."""
    keys = dict.fromkeys(v.table for v in (*mine, *named) if v is not None and tables[v.table].distributed)
    told = {v.table: v.uncertainty for v in (*named, *mine) if v is not None}
    parts: dict[str, tuple[Variable, int]] = {}
    items: list[str] = []
    for key in keys:
        whole, _ = view(tables[key], VariableSpec(key), sets)
        assert whole is not None
        parts[key] = (replace(whole, uncertainty=told[key]), len(items))
        labels = ["/".join(tables[key].rest.coordinates(k)) or key for k in range(tables[key].rest.size)]
        items += labels if len(keys) == 1 else [f"{key}: {label}" for label in labels]
    name = next(n for n in ("seen", "seen_element") if n not in sets)
    return Information(Repeat(SEEN_RANK, Axis(name, tuple(items))), parts)


def _made(
    mine: Iterable[Variable],
    reacting: Mapping[str, TableInfo],
    chosen: Mapping[str, list[Reaction]],
    seen: Information,
    variables: Mapping[str, Variable | None],
    tables: Mapping[str, TableInfo],
    sets: Mapping[str, SetInfo],
) -> Adapting:
    made: dict[str, Variable] = {}
    for variable in mine:
        if variable.table in reacting:
            slopes = _slopes(variable, reacting[variable.table], seen)
            told = Uncertainty(rule=DecisionRule(slopes, seen))
            made[variable.name] = replace(variable, uncertain=True, uncertainty=told, nonneg=False)
            made[slopes.name] = slopes
    exists = {
        rule_name(key): _may_react(info, chosen[key], seen, variables, tables, sets)
        for key, info in reacting.items()
    }
    return Adapting(
        variables=made, tables=tuple(_table(info, seen) for info in reacting.values()), exists=exists
    )


def _table(info: TableInfo, seen: Information) -> TableInfo:
    whole = Domain((*info.rest.axes, seen.repeat.axis, *info.splits.axes))
    what = f"how {info.key} reacts: its change per unit of what is seen above its mean"
    spec = TableSpec(
        key=rule_name(info.key),
        kind="endogenous",
        coordinates=whole.names,
        description=what,
        mark=info.spec.mark,
    )
    return TableInfo(spec, whole, info.splits)


def _slopes(variable: Variable, info: TableInfo, seen: Information) -> Variable:
    """One slope for each element and each cell of the decision."""
    count = len(seen.repeat.axis)
    facts = replace(variable.facts, repeats=(seen.repeat, *variable.facts.repeats))
    place = variable.place.repeated(count)
    return Variable(
        name=rule_name(variable.name),
        table=rule_name(info.key),
        facts=facts,
        role="decision",
        cells=place.scaled(info.splits.size),
        place=place,
        strides=tuple(strides_of(info.splits).items()),
    )


def _may_react(
    info: TableInfo,
    reactions: Iterable[Reaction],
    seen: Information,
    variables: Mapping[str, Variable | None],
    tables: Mapping[str, TableInfo],
    sets: Mapping[str, SetInfo],
) -> Node:
    """1 where a cell of the decision may know an element, over the elements and the sets of its table."""
    domain = info.rest
    allowed = np.zeros((len(seen.repeat.axis), domain.size), dtype=bool)
    for one in reactions:
        variable = variables[one.what]
        assert variable is not None
        _, start = seen.tables[variable.table]
        known = _known(one, domain, tables[variable.table].rest, variable)
        allowed[start : start + len(known)] |= known
    axes = domain.axes
    order = sorted(range(len(axes)), key=lambda k: sets[axes[k].name].rank)
    cells = allowed.reshape(-1, *domain.shape).transpose(0, *(k + 1 for k in order))
    facts = Facts((seen.repeat, *(sets[axes[k].name].view.repeat for k in order)))
    node = constant_node(cells.astype(np.float64).reshape(facts.shape), facts, name="known")
    return replace(node, mark=info.spec.mark)


def _known(one: Reaction, mine: Domain, theirs: Domain, variable: Variable) -> Mask:
    """(elements of a table, cells of the decision) where a reaction allows one to know the other."""
    known = np.zeros((theirs.size, mine.size), dtype=bool)
    known[variable.place.flat] = True
    for key, test in ((one.over, one.lag), (one.each, None)):
        if key is not None:
            element, cell = _codes(theirs, key)[:, None], _codes(mine, key)[None, :]
            known &= (element == cell) if test is None else (element <= cell - test)
    return known


def _codes(domain: Domain, key: str) -> np.ndarray:
    return np.unravel_index(np.arange(domain.size), domain.shape)[domain.names.index(key)]
