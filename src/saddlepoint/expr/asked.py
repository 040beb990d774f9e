"""Conditions: what is asked of data and of items of sets, as nodes that are 1 where it holds and 0 where it does not."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from saddlepoint.errors import suggest
from saddlepoint.expr.axes import SetView
from saddlepoint.expr.facts import Facts
from saddlepoint.expr.given import Refuse
from saddlepoint.expr.named import constant_node
from saddlepoint.expr.node import Node, Operator
from saddlepoint.expr.operators.conditions import BOTH, COMPARISONS, EITHER, NOT
from saddlepoint.records import dataclass

_MIRRORED: Mapping[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.Gt,
    ast.Gt: ast.Lt,
    ast.LtE: ast.GtE,
    ast.GtE: ast.LtE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Reads conditions. tables: the variable for which the key of a table stands; number: how the syntax of an expression becomes
    a node; join: a record on its arguments."""

    sets: Mapping[str, SetView]
    tables: Mapping[str, str]
    number: Callable[[ast.expr], Node]
    join: Callable[[Operator, tuple[Node, ...], ast.AST], Node]
    refuse: Refuse

    def condition(self, part: ast.expr) -> Node:
        """The node of a condition; raises ExpressionError where it asks for a decision, or for nothing that can be known."""
        if isinstance(part, ast.BoolOp):
            record = BOTH if isinstance(part.op, ast.And) else EITHER
            node = self.condition(part.values[0])
            for other in part.values[1:]:
                node = self.join(record, (node, self.condition(other)), part)
            return node
        if isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.Not):
            return self.join(NOT, (self.condition(part.operand),), part)
        if isinstance(part, ast.Compare):
            return self._compared(part)
        return self._bare(part)

    def _compared(self, part: ast.Compare) -> Node:
        sides = [part.left, *part.comparators]
        node: Node | None = None
        for left, op, right in zip(sides, part.ops, sides[1:], strict=False):
            one = self._pair(left, op, right, part)
            node = one if node is None else self.join(BOTH, (node, one), part)
        assert node is not None
        return node

    def _pair(self, left: ast.expr, op: ast.cmpop, right: ast.expr, part: ast.Compare) -> Node:
        for asked, other, sign in ((left, right, op), (right, left, _mirrored(op))):
            labels = self._labels(asked)
            others = self._labels(other)
            if labels is not None and others is not None and isinstance(sign, ast.Eq | ast.NotEq):
                return _of_two(labels, others, isinstance(sign, ast.Eq), part)
            if labels is not None:
                return self._of_items(*labels, sign, other, part)
        record = COMPARISONS.get(type(op).__name__)
        if record is None:
            raise self.refuse("E121", "'in' asks for items of a set", part, "write Tech in ('pv', 'wind')")
        return self.join(record, (self._data(left), self._data(right)), part)

    def _bare(self, part: ast.expr) -> Node:
        """What stands alone in a condition: a table that has a row there, or a comparison made elsewhere."""
        asked = (
            part.args[0] if _is_exists(part) and isinstance(part, ast.Call) and len(part.args) == 1 else part
        )
        if isinstance(asked, ast.Name):
            name = self.tables.get(asked.id, asked.id)
            return self._given(ast.copy_location(ast.Name(name, ast.Load()), asked))
        if asked is not part or _is_exists(part):
            raise self.refuse(
                "E111", "exists takes a variable of an input table", part, "for example exists(distance)"
            )
        node = self._data(part)
        if node.operator is None or node.operator.group not in ("conditions", "axes"):
            raise self.refuse("E121", "a condition must ask something", part, "compare the number: … > 0")
        return node

    def _given(self, part: ast.Name) -> Node:
        if part.id in self.sets:
            raise self.refuse("E121", f"{part.id} is a set: ask for its items", part, f"{part.id} == 'label'")
        node = self.number(part)
        variable = node.variable
        if variable is None:
            raise self.refuse(
                "E121", "a condition must ask something", part, f"Compare the number: {part.id} > 0."
            )
        if node.facts.decision or variable.role != "data":
            return self._data(part)
        if not variable.may_lack:
            raise self.refuse(
                "E127",
                f"every cell of {part.id!r} must have a row, so there is nothing to ask",
                part,
                f"say default: 0 at the table {variable.table!r}; to ask for its numbers, write {part.id} > 0",
            )
        there = replace(variable, name=f"exists({part.id})", table=given_key(variable.table))
        return Node(variable.facts, variable=there, mark=node.mark)

    def _data(self, part: ast.expr) -> Node:
        node = self.number(part)
        if node.facts.decision:
            raise self.refuse(
                "E121",
                "a condition asks for data, and this is decided by the solver",
                part,
                "use data, or write the rule as a relation",
            )
        return node

    def _labels(self, part: ast.expr) -> _Labels | None:
        """The set that a name stands for, with one label per item: the item itself, or what a column says of it."""
        if isinstance(part, ast.Name) and part.id in self.sets:
            view = self.sets[part.id]
            return view, view.axis.items, part.id
        if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
            key = part.value.id
            if key not in self.sets:
                raise self.refuse("E120", f"there is no set {key!r}", part, suggest(key, self.sets))
            columns = self.sets[key].columns
            if part.attr not in columns:
                raise self.refuse(
                    "E120",
                    f"the set {key!r} has no column {part.attr!r}",
                    part,
                    suggest(part.attr, columns)
                    if columns
                    else "add it as a filter or an aggregation of the set",
                )
            return self.sets[key], columns[part.attr], f"{key}.{part.attr}"
        return None

    def _of_items(
        self, view: SetView, labels: tuple[str, ...], name: str, op: ast.cmpop, other: ast.expr, part: ast.AST
    ) -> Node:
        if isinstance(op, ast.In | ast.NotIn):
            parts = other.elts if isinstance(other, ast.Tuple | ast.List | ast.Set) else [other]
            wanted = {self._label(view, labels, name, p) for p in parts}
        elif isinstance(op, ast.Eq | ast.NotEq):
            wanted = {self._label(view, labels, name, other)}
        else:
            raise self.refuse(
                "E121",
                f"items of {view.axis.name} have names, not sizes",
                part,
                f"compare position({view.axis.name}), or ask with == and in",
            )
        holds = np.array([label in wanted for label in labels])
        if isinstance(op, ast.NotIn | ast.NotEq):
            holds = ~holds
        facts = Facts(repeats=(view.repeat,))
        return constant_node(holds.astype(np.float64).reshape(facts.shape), facts, name=ast.unparse(part))

    def _label(self, view: SetView, labels: tuple[str, ...], name: str, part: ast.expr) -> str:
        if isinstance(part, ast.Name) and part.id in ("first", "last") and labels is view.axis.items:
            return labels[0 if part.id == "first" else -1]
        if not isinstance(part, ast.Constant) or isinstance(part.value, bool):
            raise self.refuse("E123", f"a label of {name} must stand here", part, "write it in quotes")
        label = str(part.value)
        if label not in labels:
            raise self.refuse(
                "E123", f"no item of {view.axis.name} has the label {label!r} in {name}"
                if labels is not view.axis.items
                else f"{label!r} is not an item of {name}",
                part,
                suggest(label, sorted(set(labels))),
            )  # fmt: skip
        return label


_Labels = tuple[SetView, tuple[str, ...], str]


def _of_two(left: _Labels, right: _Labels, same: bool, part: ast.AST) -> Node:
    """Whether the labels of the items of two sets are the same: `Lines.bus0 == Buses` is the incidence of a network."""
    (view, labels, _), (other, others, _) = left, right
    equal = np.array(labels)[:, None] == np.array(others)[None, :]
    if view.axis.name == other.axis.name:
        repeats, holds = (view.repeat,), np.diagonal(equal)
    elif view.repeat.rank < other.repeat.rank:
        repeats, holds = (view.repeat, other.repeat), equal
    else:
        repeats, holds = (other.repeat, view.repeat), equal.T
    facts = Facts(repeats=repeats)
    values = np.where(holds, 1.0, 0.0) if same else np.where(holds, 0.0, 1.0)
    return constant_node(values.reshape(facts.shape), facts, name=ast.unparse(part))


def given_key(table: str) -> str:
    """The key under which it is told where a table has rows."""
    return f"exists({table})"


def _is_exists(part: ast.AST) -> bool:
    return isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id == "exists"


def _mirrored(op: ast.cmpop) -> ast.cmpop:
    kind = _MIRRORED.get(type(op))
    return op if kind is None else kind()
