"""Bounds that a variable's declaration states, as the relations that they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from saddlepoint.declare.spec import FormulaSpec, TableSpec, VariableSpec

_SIGNS: Final[Mapping[str, str]] = {"lower": ">=", "upper": "<=", "fix": "=="}


def stated_bounds(used: Mapping[str, TableSpec], problem: str) -> list[FormulaSpec]:
    """The relations x >= lower, x <= upper and x == fix (where it has a row) of the variables that a problem decides.

    used: the variables that its formulas name, each with its table. A relation is named after variable and key.
    """
    return [
        _relation(variable, key, rule)
        for name, table in used.items()
        if table.kind == "endogenous" or table.roles.get(problem) == "endogenous"
        for variable in table.variables
        if variable.name == name
        for key, rule in variable.rules.items()
    ]


def _relation(variable: VariableSpec, key: str, rule: FormulaSpec) -> FormulaSpec:
    written = f"{variable.name} {_SIGNS[key]} {rule.text}"
    where = FormulaSpec(f"exists({rule.text})", mark=rule.mark) if key == "fix" else None
    mark = replace(rule.mark, text=written, start=0, end=len(written))
    return FormulaSpec(written, f"{variable.name}_{key}", mark=mark, where=where)
