"""What names mean in one problem."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, field
from typing import Literal

from saddlepoint.expr.axes import SetView
from saddlepoint.expr.facts import Facts
from saddlepoint.expr.node import Node, Operator, Variable
from saddlepoint.expr.ranges import Declared
from saddlepoint.expr.words import OPERATORS
from saddlepoint.records import dataclass

OF_PLANS = ("price", "slack")
"""What may be asked of a relation once a plan is known, in figures of the report."""
SENSES: Mapping[str, Literal[1, -1]] = {"Minimize": 1, "Maximize": -1}


@dataclass(frozen=True, slots=True)
class Scope:
    """What names mean in one problem: its variables and operators, the sets of the model; between what its decisions lie;
    whether products of two continuous decisions are meant; the expressions that it defines by a name; the variable that a
    condition asks for where it names a table by its key; and, after a solve, its relations."""

    variables: Mapping[str, Variable]
    operators: Mapping[str, Operator] = field(default_factory=lambda: OPERATORS)
    sets: Mapping[str, SetView] = field(default_factory=dict)
    relations: Mapping[str, Facts] = field(default_factory=dict)
    _: KW_ONLY
    ranges: Declared = field(default_factory=dict)
    products: bool = False
    defined: Mapping[str, Node] = field(default_factory=dict)
    tables: Mapping[str, str] = field(default_factory=dict)
