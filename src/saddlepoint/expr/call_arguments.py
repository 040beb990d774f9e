"""The arguments of an operator's call: expressions first, then options."""

from __future__ import annotations

import ast
from collections.abc import Callable

from saddlepoint.errors import suggest
from saddlepoint.expr.axis_words import OVER
from saddlepoint.expr.given import Refuse
from saddlepoint.expr.node import Node, Operator, OperatorOption, OperatorOptions
from saddlepoint.expr.parse import signed_number
from saddlepoint.records import dataclass


@dataclass(frozen=True, slots=True)
class CallReader:
    """Reads calls. node: how the syntax of an argument becomes a node; first: the same for the first, which may be uncertain
    where the operator takes that."""

    node: Callable[[ast.expr], Node]
    first: Callable[[ast.expr], Node]
    refuse: Refuse

    def arguments(self, record: Operator, part: ast.Call) -> tuple[tuple[Node, ...], OperatorOptions]:
        """The arguments and the options of a call, all options in their order; raises ExpressionError."""
        most = record.arity[1]
        taken = len(part.args) if most is None else min(len(part.args), most)
        self._check_count(record, part, taken)
        options = self._options(record, part, taken)
        if not taken:
            return (), options
        return (self.first(part.args[0]), *map(self.node, part.args[1:taken])), options

    def _check_count(self, record: Operator, part: ast.Call, taken: int) -> None:
        least, most = record.arity
        if taken >= least and (most is None or len(part.args) <= most + len(record.options)):
            return
        some = f"{least} or more" if most is None else f"{least}" if least == most else f"{least} to {most}"
        raise self.refuse(
            "E111",
            f"{record.name} takes {some} argument(s){_options_text(record)}; {len(part.args)} given",
            part,
            _example(record),
        )

    def _options(self, record: Operator, part: ast.Call, taken: int) -> OperatorOptions:
        options = dict(record.options)
        for key, arg in zip(record.options, part.args[taken:], strict=False):
            options[key] = self._literal(key, arg)
        for keyword in part.keywords:
            key = keyword.arg
            if key is None:
                raise self.refuse("E111", "'**' has no meaning in a formula", part, _example(record))
            if key not in options:
                raise self.refuse(
                    "E111", f"{record.name} has no option {key!r}", part, _options_known(key, record)
                )
            options[key] = self._literal(key, keyword.value)
        return tuple(options.values())

    def _literal(self, key: str, part: ast.expr) -> OperatorOption:
        number = signed_number(part)
        if number is not None:
            return number
        fix = "Write the number itself."
        if key == "axis":
            fix = "Write 0 or 1; the larger of two arrays is maximum(a, b), the smaller minimum(a, b)."
        raise self.refuse("E208", f"the option {key!r} must be a plain number", part, fix)


def _options_text(record: Operator) -> str:
    return f" and the option(s) {', '.join(record.options)}" if record.options else ""


def _example(record: Operator) -> str:
    return f"Write, for example, {record.example}."


def _options_known(key: str, record: Operator) -> str:
    """What may be meant by a keyword that a word does not take: those of its form along sets need over=."""
    along = OVER.get(record.name)
    if along is None:
        return suggest(key, record.options) if record.options else f"{record.name} takes its arguments only."
    if key in along.takes:
        return f"{key}= goes with over=: name the sets, as in {along.example}."
    return suggest(key, [*along.takes, *record.options])
