"""Sets of outcomes: how likely their items are, and where they may stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from saddlepoint.declare.spec import VariableSpec
from saddlepoint.errors import Diagnostic, suggest
from saddlepoint.expr.axes import OutcomeSet
from saddlepoint.expr.node import Variable
from saddlepoint.model.model import SetInfo, TableInfo
from saddlepoint.model.views import view


def with_outcomes(
    sets: Mapping[str, SetInfo], tables: Mapping[str, TableInfo], variables: Mapping[str, Variable]
) -> tuple[dict[str, SetInfo], list[Diagnostic]]:
    """The sets, those of outcomes with their probabilities; and what is wrong with these (M800, M801)."""
    found: list[Diagnostic] = []
    out = dict(sets)
    for key, info in sets.items():
        if not info.spec.outcomes:
            continue
        wrong = [*_probability_findings(info, tables, variables), *_side_findings(key, tables)]
        found += wrong
        if not wrong:
            out[key] = replace(info, outcomes=OutcomeSet(_probability(info, tables, variables, sets)))
    return out, found


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


def _probability(
    info: SetInfo,
    tables: Mapping[str, TableInfo],
    variables: Mapping[str, Variable],
    sets: Mapping[str, SetInfo],
) -> Variable | None:
    """The probabilities along the set as a named axis."""
    name = info.spec.probability
    if name is None:
        return None
    made, _ = view(tables[variables[name].table], VariableSpec(name), sets)
    return made
