"""Sets of outcomes: how likely their items are, and where they may stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from saddlepoint.errors import Diagnostic, suggest
from saddlepoint.expr.axes import OutcomeSet
from saddlepoint.expr.node import Variable
from saddlepoint.model.model import SetInfo, TableInfo
from saddlepoint.model.views import plain_view


def with_outcomes(
    sets: Mapping[str, SetInfo], tables: Mapping[str, TableInfo], variables: Mapping[str, Variable]
) -> tuple[dict[str, SetInfo], list[Diagnostic]]:
    """The sets, those of outcomes with their probabilities; and what is wrong with these (M800, M801, M830, M831)."""
    found: list[Diagnostic] = []
    out = dict(sets)
    for key, info in sets.items():
        if not info.spec.outcomes:
            continue
        wrong = [*_probability_findings(info, tables, variables), *_side_findings(key, tables)]
        wrong += _stage_findings(info, sets, tables)
        found += wrong
        if not wrong:
            likely = plain_view(info.spec.probability, tables, variables, sets)
            out[key] = replace(info, outcomes=OutcomeSet(likely, along=info.spec.along or ""))
    return out, found


def _stage_findings(
    info: SetInfo, sets: Mapping[str, SetInfo], tables: Mapping[str, TableInfo]
) -> Iterable[Diagnostic]:
    key, along = info.spec.key, info.spec.along
    if along is None:
        return
    why = _no_stages(info, sets)
    if why:
        fix = suggest(along, sets) or "Name a set of stages, such as months, whose items follow each other."
        yield Diagnostic("M830", f"{key!r} cannot lie along {along!r}: {why}", info.spec.mark, fix=fix)
        return
    for table in tables.values():
        if table.spec.kind != "exogenous" and key in table.rest.names and along not in table.rest.names:
            message = f"the table {table.spec.key!r} runs over {key} and not over {along}"
            why = f"In every item of {along} another of {key} comes true, so what follows it belongs to that item."
            fix = f"Give it the coordinates [{along}, {key}], or leave {key} out: then it is decided before anything is known."
            yield Diagnostic("M831", message, table.spec.mark, why=why, fix=fix)


def _no_stages(info: SetInfo, sets: Mapping[str, SetInfo]) -> str:
    along = info.spec.along
    assert along is not None
    if along not in sets:
        return "there is no such set"
    stages = sets[along]
    if stages.spec.outcomes:
        return "it is a set of outcomes itself"
    if stages.spec.split_problem:
        return "its items are problems of their own"
    if info.items.parents is not None or stages.items.parents is not None:
        return "a tree says itself what follows what"
    return ""


def probabilities_of(sets: Mapping[str, SetInfo], used: Iterable[TableInfo]) -> set[str]:
    """The variables that hold the probabilities of the outcomes over which some of these tables run."""
    keys = {name for table in used for name in table.domain.names}
    return {
        s.outcomes.probability.name
        for k, s in sets.items()
        if k in keys and s.outcomes is not None and s.outcomes.probability is not None
    }


def _probability_findings(
    info: SetInfo, tables: Mapping[str, TableInfo], variables: Mapping[str, Variable]
) -> Iterable[Diagnostic]:
    name, key, mark = info.spec.probability, info.spec.key, info.spec.mark
    if name is None:
        return
    if name not in variables:
        message = f"the probability of {key!r} is {name!r}, which is no variable"
        yield Diagnostic("M800", message, mark, fix=suggest(name, variables))
        return
    table = tables[variables[name].table]
    if table.spec.kind != "exogenous":
        message = f"the probability {name!r} of {key!r} must be data; its table is {table.spec.kind}"
        yield Diagnostic("M800", message, mark, fix="Name a variable of an exogenous table.")
    elif table.rest.names != (key,):
        have = ", ".join(table.rest.names) or "no set"
        message = f"the probability {name!r} of {key!r} runs over {have}"
        yield Diagnostic("M800", message, mark, fix=f"Give its table the coordinates [{key}].")


def _side_findings(key: str, tables: Mapping[str, TableInfo]) -> Iterable[Diagnostic]:
    for table in tables.values():
        for one in table.spec.variables:
            if key in one.sets and one.sets[key].dim in ("rows", "cols"):
                message = f"variable {one.name!r} puts the outcomes {key!r} on a side of a matrix"
                fix = f"Leave {key} out of the variable: outcomes are a named axis."
                yield Diagnostic("M801", message, one.sets[key].mark, fix=fix)
