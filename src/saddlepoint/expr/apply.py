"""An operator on its arguments: the checks and the node that follow from its record."""

from __future__ import annotations

from dataclasses import replace

from saddlepoint.errors import NOWHERE, Mark
from saddlepoint.expr.node import Nature, Node, Operator, OperatorOptions
from saddlepoint.expr.refusals import DecidedData, TwoDecisions


def apply(
    record: Operator, args: tuple[Node, ...], options: OperatorOptions = (), mark: Mark = NOWHERE
) -> Node:
    """The node that a record makes of these arguments; raises Refusal where they do not go together."""
    _check_data(record, args)
    special = record.make(args, options) if record.make is not None else None
    if special is not None:
        return replace(special, mark=mark)
    if record.variant is not None:
        record = record.variant(options)
    _check_decisions(record, args)
    facts = record.shape(tuple(a.facts for a in args), options)
    hidden = record.hidden(args) if record.hidden is not None else ()
    return Node(facts, record, args + hidden, options=options, mark=mark, shown=len(args) if hidden else None)


def _check_data(record: Operator, args: tuple[Node, ...]) -> None:
    for place, what in record.data.items():
        if place < len(args) and args[place].facts.decision:
            raise DecidedData(f"{what} of {record.name} must be data", "Use a number or a table.")


def _check_decisions(record: Operator, args: tuple[Node, ...]) -> None:
    decided = [a for a in args if a.facts.decision]
    if record.nature is Nature.DATA and decided:
        raise DecidedData(
            f"{record.name} works on data only, and {who(decided[0])} is decided here", "Use a data table."
        )
    if record.nature is Nature.BILINEAR and len(decided) > 1:
        raise TwoDecisions.of(who(decided[0]), who(decided[1]))


def who(node: Node) -> str:
    """The names of the decisions of an expression."""
    names = [v.name for v in node.variables if v.role == "decision"]
    return ", ".join(dict.fromkeys(names))
